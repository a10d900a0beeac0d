//! The program does not start on what it can't work with. It says in one sentence what is wrong and what to do.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use almoner::clock::SystemClock;

use crate::support::{Home, Ran};

/// A site that was made and stopped.
fn site() -> Home {
    let home = Home::new();
    drop(home.make(Arc::new(SystemClock)));
    home
}

fn serve(home: &Home) -> Ran {
    home.run(&["serve", "--listen", "127.0.0.1:0"])
}

fn serve_with(home: &Home, variable: (&str, &str)) -> Ran {
    let mut command = home.almoner(&["serve", "--listen", "127.0.0.1:0"]);
    Ran::of(command.env(variable.0, variable.1).output().unwrap())
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_all(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn a_database_without_its_keyring() {
    let home = site();
    fs::remove_dir_all(home.data().join("keys")).unwrap();
    serve(&home).refused(&[
        "there is a database but no keyring",
        "keyring.toml",
        "put the newest copy",
    ]);
    assert!(
        !home.data().join("keys").join("root.key").exists(),
        "no new keys beside an old database"
    );
    home.run(&["keys", "generate"]).refused(&["there is a database", "put that back"]);
}

#[test]
fn a_keyring_without_its_root_key() {
    let home = site();
    fs::remove_file(home.data().join("keys").join("root.key")).unwrap();
    serve(&home).refused(&["there is no root key", "almoner keys recovery --restore"]);
}

#[test]
fn the_keyring_of_another_site() {
    let (home, other) = (site(), site());
    // It has a key that this site has never heard of, and must not hear of now.
    let rotated = home.count("SELECT COUNT(*) FROM cohort_keys");
    let vault = other.vault();
    let cohort = vault.cohorts().first().unwrap().cohort;
    other.must(&["keys", "rotate", &cohort.to_string()]);
    copy_all(&other.data().join("keys"), &home.data().join("keys"));
    serve(&home)
        .refused(&["this keyring belongs to site", "put the keyring of this database back"]);
    assert_eq!(home.count("SELECT COUNT(*) FROM cohort_keys"), rotated);
}

#[test]
fn an_older_keyring() {
    let home = site();
    let kept = home.data().join("keys-before");
    copy_all(&home.data().join("keys"), &kept);
    let cohort = home.vault().cohorts().first().unwrap().cohort.to_string();
    home.must(&["keys", "rotate", &cohort]);
    copy_all(&kept, &home.data().join("keys"));
    serve(&home)
        .refused(&["this keyring has generation 1", "put the newest copy of the keyring back"]);
}

#[test]
fn keys_that_others_can_read() {
    for file in ["keyring.toml", "root.key"] {
        let home = site();
        let path = home.data().join("keys").join(file);
        chmod(&path, 0o640);
        serve(&home).refused(&[file, "can be read by others", "chmod 600"]);
        chmod(&path, 0o600);
        chmod(path.parent().unwrap(), 0o755);
        let ran = home.run(&["keys", "check"]);
        assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
        assert!(ran.err.contains("chmod 700"), "{}", ran.err);
    }
}

#[test]
fn the_example_as_a_keyring() {
    let home = site();
    let path = home.data().join("keys").join("keyring.toml");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("keys.example"), &path).unwrap();
    chmod(&path, 0o600);
    serve(&home).refused(&["is the example", "almoner keys generate"]);
}

#[test]
fn a_keyring_that_was_changed_by_hand() {
    let home = site();
    let path = home.data().join("keys").join("keyring.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("generation = 1", "generation = 9", 1)).unwrap();
    serve(&home).refused(&["is damaged", "put its newest copy back"]);
}

#[test]
fn a_newer_schema() {
    let home = site();
    let path = home.data().join("almoner.db");
    let mut database =
        <diesel::SqliteConnection as diesel::Connection>::establish(path.to_str().unwrap())
            .unwrap();
    let sql = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20990101000000')";
    diesel::RunQueryDsl::execute(diesel::sql_query(sql), &mut database).unwrap();
    serve(&home).refused(&[
        "made by a newer version of Almoner",
        "20990101000000",
        "start that version",
    ]);
}

#[test]
fn settings_that_nobody_knows() {
    let home = Home::new();
    serve_with(&home, ("DATABASE_URL", "mysql://root@localhost/x")).refused(&[
        "mysql",
        "sqlite:PATH",
        "postgres://",
    ]);
    serve_with(&home, ("ALMONER_COLOUR", "green")).refused(&["ALMONER_COLOUR", "no setting"]);
    fs::create_dir_all(home.data()).unwrap();
    fs::write(home.data().join("almoner.toml"), "colour = \"green\"\n").unwrap();
    serve(&home).refused(&["almoner.toml", "there is no setting `colour`"]);
    assert!(!home.data().join("almoner.db").exists(), "nothing was made");
    let ran = home.run(&["serve", "--colour"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
}

#[test]
fn a_folder_that_can_not_be_written() {
    // Not even root may write there.
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_almoner"));
    command.env_clear().args(["serve", "--listen", "127.0.0.1:0", "--data", "/proc/self/task"]);
    Ran::of(command.output().unwrap()).refused(&["the data folder", "/proc/self/task", "--data"]);
}

#[test]
fn a_port_that_is_taken() {
    let home = Home::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    home.run(&["serve", "--listen", &address]).refused(&[&address, "choose another with --listen"]);
    assert!(
        !home.data().join("almoner.db").exists(),
        "nothing is made where nothing can be served"
    );
}
