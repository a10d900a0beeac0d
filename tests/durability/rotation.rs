//! Commands that change keys are killed while a site is served and written to.

use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use almoner::app::{keyring_files, ledger};
use almoner::clock::{Clock, SystemClock};
use almoner::domain::class::Class;
use almoner::domain::id::Id;
use almoner::domain::quarter::Quarter;
use almoner::domain::retention::{DossierFacts, Periods};
use almoner::store::dossiers::{self, Kind, NewDossier};
use almoner::store::keys;
use almoner::vault::{Cohort, Vault, VaultError};
use chrono::{Months, NaiveDate};

use crate::support::{Draft, Home, Server, drafts, post, some_time, times};

/// Within this time after its start a command is killed.
const MOMENT: Duration = Duration::from_millis(900);

/// Tells the others to end, also when this one fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Serves the site and lets people work with it, while `change` changes its keys. Every request must be answered.
fn under_writes(home: &Home, people: &[Draft], change: impl FnOnce()) {
    let mut server = Server::start(home);
    let (port, done) = (server.port, AtomicBool::new(false));
    let names = Mutex::new(vec![None; people.len()]);
    std::thread::scope(|scope| {
        let _stop = Stop(&done);
        scope.spawn(|| {
            let _stop = Stop(&done);
            for n in 0.. {
                if done.load(Ordering::SeqCst) {
                    return;
                }
                let place = n % people.len();
                let name = format!("Name {n}");
                let answer = people[place].save_name(port, &name).expect("an answer");
                assert_eq!(answer.status, 303, "{}", answer.text);
                names.lock().unwrap()[place] = Some(name);
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        scope.spawn(|| {
            let _stop = Stop(&done);
            while !done.load(Ordering::SeqCst) {
                // Each makes a dossier, and with it a new data key.
                let answer = post(port, "/sign-in", "", &[("email", "nobody@people.example")]);
                let answer = answer.expect("an answer");
                assert_eq!(answer.status, 303, "{}", answer.text);
                std::thread::sleep(Duration::from_millis(40));
            }
        });
        change();
        assert!(!done.load(Ordering::SeqCst), "a request was not answered as it should be");
    });
    assert!(server.is_up());
    server.stop();
    let ctx = home.open();
    for (person, name) in people.iter().zip(names.into_inner().unwrap()) {
        let mut person = person.clone();
        person.values.insert("name".to_owned(), name.expect("everybody was renamed"));
        person.is_whole(&ctx);
    }
}

/// Starts a command and kills it at some moment.
fn kill_at_random(home: &Home, arguments: &[&str]) {
    let mut command = home.almoner(arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    some_time(MOMENT);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Every data key in the database opens with the keys on disk. Gives their number.
pub fn all_open(home: &Home) -> usize {
    let (store, vault, mut opened) = (home.store(), home.vault(), 0);
    for name in store.read(keys::known).unwrap() {
        for (dossier, wrapped) in store.read(|c| keys::under(c, &name, None, i64::MAX)).unwrap() {
            vault.open_data_key(&wrapped, &dossier).unwrap_or_else(|e| panic!("{name}: {e}"));
            opened += 1;
        }
    }
    opened
}

/// Dossiers as those of sign-ins, so that a rotation has something to do.
fn fill(home: &Home, last_day: NaiveDate, count: usize) {
    let (store, vault) = (home.store(), home.vault());
    let rows: Vec<NewDossier> = (0..count)
        .map(|_| {
            let id = vault.random_id().unwrap();
            let quarter = Quarter::of(last_day);
            let (_, key) = vault.new_data_key(Class::Personal, quarter, &id).unwrap();
            NewDossier {
                id,
                parent: None,
                kind: Kind::Account,
                class: Class::Personal,
                keep_until: last_day,
                rule: "account",
                created_at: SystemClock.now().naive_utc(),
                key,
            }
        })
        .collect();
    store
        .write(move |connection| rows.iter().try_for_each(|row| dossiers::insert(connection, row)))
        .unwrap();
}

#[test]
fn a_rotation_that_is_killed_goes_on() {
    let home = Home::new();
    let ctx = home.make(Arc::new(SystemClock));
    let people = drafts(&ctx, 0..4);
    drop(ctx);
    // Where the sign-ins are that are made meanwhile.
    let kept = DossierFacts::SignIn { created: SystemClock.today() };
    let last_day = kept.kept_until(&Periods::default()).last_day;
    let quarter = Quarter::of(last_day);
    let name = Cohort { class: Class::Personal, quarter }.to_string();
    fill(&home, last_day, 1200);
    let under = |current: bool, key: &str| {
        let sign = if current { "=" } else { "<>" };
        home.count(&format!(
            "SELECT COUNT(*) FROM data_keys WHERE cohort_key LIKE '{name}/%' AND cohort_key {sign} '{key}'"
        ))
    };
    let mut midway = 0;
    under_writes(&home, &people, || {
        for life in 0..times(30, 200) {
            kill_at_random(&home, &["keys", "rotate", &name]);
            let active = home.vault().current_key(Class::Personal, quarter).unwrap();
            if under(true, &active) > 0 && under(false, &active) > 0 {
                midway += 1;
            }
            if life % 10 == 0 {
                assert!(all_open(&home) >= 1200);
            }
            let told = home.must(&["keys", "rotate", &name]);
            let active = home.vault().current_key(Class::Personal, quarter).unwrap();
            assert!(told.contains(&format!("wrapped under {active} now")), "{told}");
            assert_eq!(under(false, &active), 0, "life {life}: something is left under an old key");
        }
    });
    println!("{midway} were killed with a part of the data keys wrapped anew");
    assert!(all_open(&home) >= 1200);
    let active = home.vault().current_key(Class::Personal, quarter).unwrap();
    let version: i64 = active.rsplit('/').next().unwrap().parse().unwrap();
    let audited = "SELECT COUNT(*) FROM audit WHERE action = 'keys.rotated'";
    assert_eq!(home.count(audited), version - 1, "each rotation is in the audit once");
    home.must(&["audit", "verify"]);
}

/// A site whose keyring has at least so many cohorts that have ended, and those.
fn site_with_ended_cohorts(home: &Home, count: usize) -> Vec<Cohort> {
    let settings = home.settings();
    settings.make_data_folder().unwrap();
    let today = SystemClock.today();
    let quarters = u32::try_from(count / Class::ALL.len() + 1).unwrap();
    let mut day = today.checked_sub_months(Months::new(3 * quarters)).unwrap();
    let vault = Vault::create(keyring_files(&settings), None, day).unwrap();
    while day < today {
        vault.extend(day).unwrap();
        day = day.checked_add_months(Months::new(60)).unwrap();
    }
    vault.extend(today).unwrap();
    let cohorts = vault.cohorts().into_iter().map(|info| info.cohort);
    cohorts.filter(|cohort| cohort.quarter.has_ended(today)).take(count).collect()
}

#[test]
fn a_destruction_that_is_killed_goes_on() {
    let lives = times(30, 200);
    let home = Home::new();
    let ended = site_with_ended_cohorts(&home, lives);
    assert_eq!(ended.len(), lives);
    let ctx = home.make(Arc::new(SystemClock));
    let people = drafts(&ctx, 0..4);
    drop(ctx);
    let mut cut_short = 0;
    under_writes(&home, &people, || {
        for cohort in &ended {
            let name = cohort.to_string();
            let before = home.vault();
            let dossier: Id = before.random_id().unwrap();
            let (_, canary) = before.new_data_key(cohort.class, cohort.quarter, &dossier).unwrap();
            kill_at_random(&home, &["keys", "destroy", &name, "--yes"]);
            let gone = home.vault().tombstones().iter().any(|own| own.name.cohort == *cohort);
            all_open(&home);
            let ran = home.run(&["keys", "destroy", &name, "--yes"]);
            if ran.code == Some(0) {
                cut_short += usize::from(gone);
            } else {
                ran.refused(&[&name, "was destroyed on"]);
            }
            let opened = home.vault().open_data_key(&canary, &dossier);
            assert!(matches!(opened, Err(VaultError::KeyDestroyed { .. })), "{name} still opens");
        }
    });
    println!(
        "{cut_short} were killed after the keys were gone and before the certificate was written"
    );
    all_open(&home);
    let ctx = home.open();
    let lines = ledger(&home.settings()).lines(&ctx).unwrap();
    let audit = home.count("SELECT COUNT(*) FROM audit WHERE action = 'keys.destroyed'");
    assert!(audit >= i64::try_from(lives).unwrap());
    for cohort in &ended {
        let name = format!("{cohort}/1");
        let certificates = lines
            .iter()
            .filter(|line| line.what == "keys.destroyed")
            .filter(|line| line.detail["keys"].as_array().unwrap().iter().any(|key| *key == name))
            .count();
        assert_eq!(certificates, 1, "{name}");
        assert_eq!(home.count(&format!("SELECT COUNT(*) FROM cohort_keys WHERE id = '{name}'")), 0);
    }
    assert_eq!(home.run(&["keys", "check"]).code, Some(0), "where the root key lies is advice");
    home.must(&["audit", "verify"]);
}
