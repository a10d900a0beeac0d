//! A PostgreSQL cluster of this test process alone, thrown away when the process ends, however it ends.

use std::io::Write;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

/// Runs the server until the standard input ends, which it does when the test process is gone, even by `kill -9`.
/// Then the server is ended at once and its folder removed.
const KEEPER: &str = r#"
trap '' HUP INT
"$1" -D "$2/data" -p "$3" -k "$2" -c listen_addresses=127.0.0.1 -c max_connections=300 \
  -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=64MB >"$2/log" 2>&1 &
server=$!
read -r _
kill -QUIT "$server" 2>/dev/null
wait "$server"
rm -rf "$2"
"#;

/// A database of one test, dropped with it.
pub struct TestDatabase {
    name: String,
    /// Its address, with the password.
    pub url: String,
}

struct Cluster {
    port: u16,
    password: String,
    databases: AtomicU32,
    /// Held open as long as this process lives: its end is the keeper's sign.
    _keeper: (Child, ChildStdin),
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();

impl TestDatabase {
    /// An empty database. The first call in a process starts the cluster, which takes a few seconds.
    pub fn create() -> Self {
        let cluster = CLUSTER.get_or_init(Cluster::start);
        let name = format!("test_{}", cluster.databases.fetch_add(1, Ordering::SeqCst));
        let mut admin = PgConnection::establish(&cluster.url("postgres")).unwrap();
        admin.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).unwrap();
        Self { url: cluster.url(&name), name }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Some(cluster) = CLUSTER.get() else { return };
        // A test that failed is told about that, and not about the clearing up: what stays goes with the cluster.
        if let Ok(mut admin) = PgConnection::establish(&cluster.url("postgres")) {
            let _ =
                admin.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        }
    }
}

impl Cluster {
    fn url(&self, database: &str) -> String {
        format!("postgres://almoner:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    fn start() -> Self {
        let programs = programs();
        // The server refuses to run as root.
        let user = (user_id() == 0).then(nobody);
        let folder =
            tempfile::Builder::new().prefix("almoner-postgres-").tempdir_in("/tmp").unwrap().keep();
        if let Some((user, group)) = user {
            std::os::unix::fs::chown(&folder, Some(user), Some(group)).unwrap();
        }
        // Other users of this machine can reach the port: what they can't do is sign in.
        let password =
            std::fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap().trim().to_owned();
        let password_file = folder.join("password");
        std::fs::write(&password_file, &password).unwrap();
        if let Some((user, group)) = user {
            std::os::unix::fs::chown(&password_file, Some(user), Some(group)).unwrap();
        }
        let mut initdb = Command::new(programs.join("initdb"));
        initdb
            .args([
                "--username=almoner",
                "--auth=password",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
            ])
            .arg(format!("--pwfile={}", password_file.display()))
            .arg("--pgdata")
            .arg(folder.join("data"));
        let made = as_user(&mut initdb, user).current_dir(&folder).output().unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));

        let port = free_port();
        let mut keeper = Command::new("/bin/sh");
        keeper
            .args(["-c", KEEPER, "keeper"])
            .arg(programs.join("postgres"))
            .arg(&folder)
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .process_group(0);
        let mut keeper = as_user(&mut keeper, user).current_dir(&folder).spawn().unwrap();
        let mut stdin = keeper.stdin.take().unwrap();
        stdin.flush().unwrap();
        let cluster =
            Self { port, password, databases: AtomicU32::new(0), _keeper: (keeper, stdin) };
        cluster.wait(&folder);
        cluster
    }

    fn wait(&self, folder: &Path) {
        let begun = Instant::now();
        while let Err(error) = PgConnection::establish(&self.url("postgres")) {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "PostgreSQL does not answer ({error}); its log:\n{}",
                std::fs::read_to_string(folder.join("log")).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// The folder of `initdb` and `postgres`: that of the newest version Debian installed, else the one on the path.
fn programs() -> PathBuf {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            Some((version, path.join("bin")))
        })
        .filter(|(_, folder)| folder.join("initdb").exists() && folder.join("postgres").exists())
        .collect();
    versions.sort();
    let newest = versions.pop().map(|(_, folder)| folder);
    newest.or_else(|| on_path("initdb")).expect(
        "PostgreSQL is not installed: install the package `postgresql`, or run scripts/test --without postgres",
    )
}

#[expect(clippy::disallowed_methods, reason = "asks where programs are, no setting")]
fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var("PATH").ok()?;
    std::env::split_paths(&path).find(|folder| folder.join(program).exists())
}

fn user_id() -> u32 {
    let id = Command::new("id").arg("-u").output().unwrap();
    String::from_utf8_lossy(&id.stdout).trim().parse().unwrap()
}

/// User and group of `nobody`.
fn nobody() -> (u32, u32) {
    let number = |flag: &str| {
        let id = Command::new("id").args([flag, "nobody"]).output().unwrap();
        String::from_utf8_lossy(&id.stdout).trim().parse().expect("there is a user `nobody`")
    };
    (number("-u"), number("-g"))
}

fn as_user(command: &mut Command, user: Option<(u32, u32)>) -> &mut Command {
    match user {
        Some((user, group)) => command.uid(user).gid(group),
        None => command,
    }
}

/// A port that nothing listens on at this moment.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn each_test_has_a_database_of_its_own() {
    if !super::on_postgres() {
        return;
    }
    let (one, other) = (TestDatabase::create(), TestDatabase::create());
    let mut first = PgConnection::establish(&one.url).unwrap();
    first.batch_execute("CREATE TABLE here (id BIGINT)").unwrap();
    let mut second = PgConnection::establish(&other.url).unwrap();
    assert!(second.batch_execute("SELECT id FROM here").is_err());
    let gone = other.url.clone();
    drop((second, other));
    assert!(PgConnection::establish(&gone).is_err(), "it is dropped, connections or not");
}
