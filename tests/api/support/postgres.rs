//! A PostgreSQL cluster of this test process alone, thrown away when the process ends, however it ends.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, OnceLock};
use std::time::{Duration, Instant};

use almoner::store::{Store, Target};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use super::port::port_that_stays_free;

/// Makes the cluster and runs it until the standard input ends, which it does when the test process is gone, even by
/// `kill -9`. Then the server is ended at once and the folder removed. The write-ahead log is kept for a while, so that
/// what is looked for in it was not written over by other tests.
const KEEPER: &str = r#"
trap '' HUP INT
cd "$2"
if "$1/initdb" --pgdata=data --username=almoner --pwfile=password --auth=password \
  --encoding=UTF8 --no-locale --no-sync >log 2>&1
then
  "$1/postgres" -D data -p "$3" -k "$2" -c listen_addresses=127.0.0.1 -c max_connections=300 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c wal_keep_size=128MB \
    -c shared_buffers=64MB >>log 2>&1 &
  server=$!
else
  touch failed
fi
read -r _
# A server that is just starting does not hear it the first time.
while [ -n "$server" ] && kill -QUIT "$server" 2>/dev/null; do sleep 0.1; done
cd / && rm -rf "$2"
"#;

/// A database of one test, dropped with it.
pub struct TestDatabase {
    name: String,
    /// Its address, with the password.
    pub url: String,
}

struct Cluster {
    folder: PathBuf,
    port: u16,
    password: String,
    databases: AtomicU32,
    /// Held open as long as this process lives: its end is the keeper's sign.
    _keeper: (Child, ChildStdin),
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();

/// The database with all tables and no rows that others are copied from, which takes a fraction of making the tables.
static WITH_TABLES: LazyLock<String> = LazyLock::new(|| {
    let name = "with_tables";
    let cluster = CLUSTER.get_or_init(Cluster::start);
    cluster.copy("template0", name);
    Store::migrate(&Target::Postgres(cluster.url(name).into())).unwrap();
    name.to_owned()
});

impl TestDatabase {
    /// An empty database. The first call in a process starts the cluster, which takes a few seconds.
    pub fn empty() -> Self {
        Self::copy_of("template0")
    }

    /// A database with all tables and no rows.
    pub fn with_tables() -> Self {
        Self::copy_of(&WITH_TABLES)
    }

    fn copy_of(other: &str) -> Self {
        let cluster = CLUSTER.get_or_init(Cluster::start);
        let name = format!("test_{}", cluster.databases.fetch_add(1, Ordering::SeqCst));
        cluster.copy(other, &name);
        Self { url: cluster.url(&name), name }
    }

    /// The folder in which the cluster keeps everything.
    pub fn cluster_folder() -> PathBuf {
        CLUSTER.get_or_init(Cluster::start).folder.clone()
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

    fn copy(&self, from: &str, to: &str) {
        let mut admin = PgConnection::establish(&self.url("postgres")).unwrap();
        admin.batch_execute(&format!("CREATE DATABASE {to} TEMPLATE {from}")).unwrap();
    }

    fn start() -> Self {
        let programs = programs();
        // In memory if all else is. Elsewhere the server's user may not get in, or the path is too long for a socket.
        let memory = Path::new("/dev/shm");
        let place = if std::env::temp_dir() == memory { memory } else { Path::new("/tmp") };
        let folder = tempfile::Builder::new()
            .prefix("almoner-postgres-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(place)
            .unwrap()
            .keep();
        // Other users of this machine can reach the port: what they can't do is sign in.
        let password =
            std::fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap().trim().to_owned();
        std::fs::write(folder.join("password"), &password).unwrap();
        let port = port_that_stays_free();
        let mut keeper = Command::new("/bin/sh");
        keeper
            .args(["-c", KEEPER, "keeper"])
            .arg(programs)
            .arg(&folder)
            .arg(port.to_string())
            .current_dir("/")
            .stdin(Stdio::piped())
            .process_group(0);
        // The server refuses to run as root.
        if user_id() == 0 {
            let (user, group) = nobody();
            for path in [&folder, &folder.join("password")] {
                std::os::unix::fs::chown(path, Some(user), Some(group)).unwrap();
            }
            keeper.uid(user).gid(group);
        }
        let mut keeper = keeper.spawn().unwrap();
        let stdin = keeper.stdin.take().unwrap();
        let cluster = Self {
            folder: folder.clone(),
            port,
            password,
            databases: AtomicU32::new(0),
            _keeper: (keeper, stdin),
        };
        cluster.wait(&folder);
        cluster
    }

    fn wait(&self, folder: &Path) {
        let begun = Instant::now();
        while let Err(error) = PgConnection::establish(&self.url("postgres")) {
            assert!(
                begun.elapsed() < Duration::from_secs(60) && !folder.join("failed").exists(),
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

#[test]
fn each_test_has_a_database_of_its_own() {
    if !super::on_postgres() {
        return;
    }
    let (one, other) = (TestDatabase::empty(), TestDatabase::empty());
    let mut first = PgConnection::establish(&one.url).unwrap();
    first.batch_execute("CREATE TABLE here (id BIGINT)").unwrap();
    let mut second = PgConnection::establish(&other.url).unwrap();
    assert!(second.batch_execute("SELECT id FROM here").is_err());
    let gone = other.url.clone();
    drop((second, other));
    assert!(PgConnection::establish(&gone).is_err(), "it is dropped, connections or not");
}
