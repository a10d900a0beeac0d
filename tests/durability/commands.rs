//! `almoner keys …` at the command line: what it prints, what it refuses, how it ends.

use std::fs;
use std::io::Write;
use std::process::Stdio;
use std::sync::Arc;

use almoner::clock::SystemClock;

use crate::support::{Home, Ran, Server};

/// Runs a command with something on its standard input.
fn run_with(home: &Home, arguments: &[&str], input: &str) -> Ran {
    let mut command = home.almoner(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Ran::of(child.wait_with_output().unwrap())
}

#[test]
fn keys_are_made_once() {
    let home = Home::new();
    let keys = home.data().join("keys");
    let told = home.must(&["keys", "generate"]);
    assert!(told.contains("keyring.toml") && told.contains("recovery sheet"), "{told}");
    let made = fs::read(keys.join("keyring.toml")).unwrap();
    home.run(&["keys", "generate"]).refused(&["exists already", "left as it is"]);
    let told = home.must(&["keys", "generate", "--if-missing"]);
    assert!(told.contains("There is a keyring"), "{told}");
    assert_eq!(fs::read(keys.join("keyring.toml")).unwrap(), made);
    // The first start takes them.
    Server::start(&home).stop();
    assert_eq!(fs::read(keys.join("keyring.toml")).unwrap(), made);

    let other = Home::new();
    other.must(&["keys", "generate", "--if-missing"]);
    assert!(other.data().join("keys").join("keyring.toml").exists());
}

#[test]
fn keys_are_listed_and_checked() {
    let home = Home::new();
    drop(home.make(Arc::new(SystemClock)));
    let json = home.must(&["keys", "list", "--json"]);
    let keys: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(keys.len(), 6 * 33, "six classes, this quarter and eight years");
    for key in &keys {
        assert_eq!(key["state"], "active");
        assert!(key["unreferenced_since"].is_null());
        assert_eq!(key.as_object().unwrap().len(), 4, "no key is printed: {key}");
    }
    let told = home.must(&["keys", "list"]);
    assert!(told.contains("generation 1") && told.lines().count() == 1 + keys.len(), "{told}");
    // The root key lies beside the keyring by default, which is worth a word.
    let ran = home.run(&["keys", "check"]);
    assert!(ran.out.contains("198 cohort keys"), "{}", ran.out);
    assert!(
        ran.err.contains("Better: the root key lies in the folder of the keyring"),
        "{}",
        ran.err
    );
    assert_eq!(ran.code, Some(0), "it is advice");
    fs::rename(home.data().join("keys").join("root.key"), home.data().join("root.key")).unwrap();
    fs::write(home.data().join("almoner.toml"), "[keys]\nroot_key_file = \"root.key\"\n").unwrap();
    let ran = home.run(&["keys", "check"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    assert_eq!(home.must(&["keys", "extend"]), "The calendar is complete.\n");
}

#[test]
fn a_rotation_says_what_it_did() {
    let home = Home::new();
    drop(home.make(Arc::new(SystemClock)));
    let name = home.vault().cohorts().first().unwrap().cohort.to_string();
    let told = home.must(&["keys", "rotate", &name]);
    assert!(told.contains(&format!("are wrapped under {name}/2 now")), "{told}");
    assert!(told.contains(&format!("Nothing refers to {name}/1 any more")), "{told}");
    home.run(&["keys", "rotate", "personal"])
        .refused(&["personal names no cohort", "personal/2029Q4"]);
    home.run(&["keys", "rotate", "personal/2029Q4/1"]).refused(&["without a version"]);
    home.run(&["keys", "rotate", "personal/2090Q1"])
        .refused(&["personal/2090Q1", "almoner keys extend"]);
    home.run(&["keys", "destroy", &name]).refused(&["has not ended"]);
    home.run(&["keys", "destroy", &name, "--yes"]).refused(&["has not ended"]);
    home.run(&["keys", "destroy", &format!("{name}/1"), "--yes"])
        .refused(&["30 days after nothing refers to it", "nothing has since"]);
    home.run(&["keys", "destroy", &format!("{name}/2"), "--yes"]).refused(&["it is in use"]);
    home.run(&["keys", "destroy", &format!("{name}/7"), "--yes"])
        .refused(&[&format!("{name}/7"), "is not in the keyring"]);
}

#[test]
fn the_root_key_comes_back_from_its_sheet() {
    let home = Home::new();
    drop(home.make(Arc::new(SystemClock)));
    let root = home.data().join("keys").join("root.key");
    let before = fs::read_to_string(&root).unwrap();
    let sheet = home.must(&["keys", "recovery"]);
    assert!(
        !before.trim().split(':').any(|part| sheet.contains(part)),
        "as letters made for paper"
    );
    fs::remove_file(&root).unwrap();
    home.run(&["keys", "list"]).refused(&["there is no root key", "keys recovery --restore"]);
    // One letter typed wrongly is found, and its line named.
    let third = sheet.lines().find(|line| line.trim().starts_with("3 ")).unwrap();
    let last = third.chars().next_back().unwrap();
    let mistyped = format!("{}{}", &third[..third.len() - 1], if last == 'Z' { 'Y' } else { 'Z' });
    let ran = run_with(&home, &["keys", "recovery", "--restore"], &sheet.replace(third, &mistyped));
    ran.refused(&["line 3", "mistyped"]);
    assert!(!root.exists());
    let ran = run_with(&home, &["keys", "recovery", "--restore"], &sheet.to_lowercase());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("opens the keyring"), "{}", ran.out);
    assert_eq!(fs::read_to_string(&root).unwrap(), before);
    Server::start(&home).stop();
    // The sheet of another site is no use.
    let other = Home::new();
    other.must(&["keys", "generate"]);
    fs::remove_file(other.data().join("keys").join("root.key")).unwrap();
    run_with(&other, &["keys", "recovery", "--restore"], &sheet)
        .refused(&["does not belong to the keyring"]);
}

#[test]
fn a_part_of_a_keyring_can_not_be_changed() {
    let home = Home::new();
    drop(home.make(Arc::new(SystemClock)));
    let part = home.data().join("part");
    let out = part.to_str().unwrap();
    home.run(&["keys", "scope", "--surface", "cellar", "--out", out])
        .refused(&["cellar names not the parts of a site", "assessor"]);
    let told = home.must(&["keys", "scope", "--surface", "applicant", "--out", out]);
    assert!(told.contains("for applicant: personal"), "{told}");
    let whole = fs::read(home.data().join("keys").join("keyring.toml")).unwrap();
    fs::write(
        home.data().join("almoner.toml"),
        format!("[keys]\nfolder = \"{out}\"\nroot_key_file = \"{out}/root.key\"\n"),
    )
    .unwrap();
    let listed = home.must(&["keys", "list", "--json"]);
    assert!(!listed.contains("staff/") && listed.contains("personal/"), "{listed}");
    let name = home.vault_of(&part).cohorts().first().unwrap().cohort.to_string();
    for arguments in [
        vec!["keys", "extend"],
        vec!["keys", "rotate", &name],
        vec!["keys", "scope", "--surface", "applicant", "--out", "elsewhere"],
    ] {
        home.run(&arguments).refused(&["is a part of another and can't be changed", "keys scope"]);
    }
    // A process with too few keys for what it serves says which.
    home.run(&["serve", "--listen", "127.0.0.1:0"])
        .refused(&["takes the whole keyring", "--surface"]);
    assert_eq!(fs::read(home.data().join("keys").join("keyring.toml")).unwrap(), whole);
}
