//! A process that changes the keyring is killed at random moments.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::domain::class::Class;

use super::super::{KeyState, Vault};
use super::{Site, day, files_in, id, quarter, wrapped};

/// The file that tells the child that it is one. Without it, it does nothing.
const MARKER: &str = "change-keys-here-until-killed";

/// Rotates, destroys and changes the root key in the folder it is started in, for as long as it lives.
#[test]
fn child() {
    if !Path::new(MARKER).exists() {
        return;
    }
    let vault = Vault::open(files_in(Path::new("."))).unwrap();
    let (class, when, today) = (Class::Personal, quarter("2029Q4"), day("2026-11-22"));
    loop {
        let old = vault.current_key(class, when).unwrap();
        let new = vault.add_version(class, when, today).unwrap();
        vault.activate_version(&new).unwrap();
        vault.mark_unreferenced(&old, today).unwrap();
        vault.destroy(&[old], today).unwrap();
        vault.roll_root().unwrap();
    }
}

fn kill_again_and_again(times: usize) {
    let (site, vault) = Site::new();
    fs::write(site.folder.path().join(MARKER), "").unwrap();
    let stays = wrapped(&vault, Class::Packet, "2029Q4", &id(1));
    let mut generation = vault.generation();
    let mut cut_short = 0;
    for round in 0..times {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "vault::tests::killed::child"])
            .current_dir(site.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It is at work once a change of its own is on disk; then it lives a moment longer.
        let start = Instant::now();
        while !(vault.reload().unwrap() && vault.generation() > generation) {
            assert!(start.elapsed() < Duration::from_secs(30), "the child does nothing");
            std::thread::sleep(Duration::from_millis(1));
        }
        let [moment] = vault.random_bytes::<1>().unwrap();
        std::thread::sleep(Duration::from_micros(u64::from(moment) * 600));
        child.kill().unwrap();
        child.wait().unwrap();
        if site.files().root.with_extension("key.new").exists() {
            cut_short += 1;
        }

        let fresh = Vault::open(site.files()).unwrap();
        assert!(fresh.generation() >= vault.generation(), "round {round}");
        generation = fresh.generation();
        assert!(fresh.open_data_key(&stays, &id(1)).is_ok(), "round {round}");
        let report = fresh.check().unwrap();
        assert_eq!(report.problems, [], "round {round}");
        assert_eq!(report.index_keys, 132, "round {round}");
        // It resumes: the next version is the pending one if there is one, and the old ones go.
        let (class, when, today) = (Class::Personal, quarter("2029Q4"), day("2026-11-22"));
        let new = fresh.add_version(class, when, today).unwrap();
        fresh.activate_version(&new).unwrap();
        let cohorts = fresh.cohorts();
        let versions = cohorts.into_iter().flat_map(|info| info.versions);
        let old: Vec<String> = versions
            .filter(|version| version.state == KeyState::Retiring)
            .map(|version| version.name.to_string())
            .collect();
        fresh.destroy(&old, today).unwrap();
        assert_eq!(fresh.check().unwrap().cohort_keys, 198, "round {round}");
        vault.reload().unwrap();
        generation = generation.max(vault.generation());
        assert!(vault.open_data_key(&stays, &id(1)).is_ok(), "round {round}");
    }
    println!("{cut_short} of {times} kills fell into a change of the root key");
    // About one in ten does. With few rounds it may be none.
    assert!(times < 100 || cut_short > 0);
}

/// Thirty times, and two hundred with `scripts/test --long`.
#[test]
fn nothing_is_lost_however_often_it_is_killed() {
    let long = std::env::var_os("TEST_LONG").is_some_and(|long| long == "1");
    kill_again_and_again(if long { 200 } else { 30 });
}
