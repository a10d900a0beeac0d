//! The life of keys by the calendar: when they may go, what goes with them, and what the ledger says of it.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use almoner::app::{self, StartError};
use almoner::clock::{Clock, FixedClock, SystemClock};
use almoner::domain::class::Class;
use almoner::domain::quarter::Quarter;
use almoner::domain::secret::Secret;
use almoner::service::ledger::Ledger;
use almoner::service::permitted::OwnApplication;
use almoner::service::rotate_keys::{destroy, rotate};
use almoner::service::{Context, ServiceError, first_start, read_own, save_draft, submit};
use almoner::store::{dossiers, keys};
use almoner::vault::Cohort;
use chrono::{TimeZone, Utc};

use crate::rotation::all_open;
use crate::support::{Home, drafts};

const DAY: i64 = 86_400;

/// On this day a draft is kept until the second quarter, and thirty days later as well.
fn clock() -> FixedClock {
    FixedClock::at(Utc.with_ymd_and_hms(2027, 1, 5, 9, 0, 0).unwrap())
}

fn second_quarter() -> Cohort {
    Cohort { class: Class::Personal, quarter: "2027Q2".parse().unwrap() }
}

fn open(home: &Home, clock: &FixedClock) -> Result<Context, StartError> {
    app::open(&home.settings(), Arc::new(clock.clone()))
}

fn ledger(home: &Home) -> Ledger {
    app::ledger(&home.settings())
}

/// The sentence of a refusal.
fn said<T>(outcome: Result<T, ServiceError>) -> String {
    match outcome {
        Ok(_) => panic!("this must be refused"),
        Err(error) => error.to_string(),
    }
}

/// Erases every dossier of a cohort, as the sweep will.
fn erase_all(home: &Home, cohort: Cohort) {
    let store = home.store();
    for name in store.read(keys::known).unwrap() {
        if !name.starts_with(&format!("{cohort}/")) {
            continue;
        }
        for (dossier, _) in store.read(|c| keys::under(c, &name, None, i64::MAX)).unwrap() {
            store.write(move |connection| dossiers::erase(connection, &dossier)).unwrap();
        }
    }
}

#[test]
fn one_process_rotates_and_destroys_and_the_other_never_fails() {
    let (home, clock) = (Home::new(), clock());
    let changing = home.make(Arc::new(clock.clone()));
    let first = drafts(&changing, 0..2);
    let serving = open(&home, &clock).unwrap();
    first_start::beat(&serving).unwrap();
    let (done, cohort) = (AtomicBool::new(false), second_quarter());
    struct Stop<'a>(&'a AtomicBool);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let gate = &std::sync::Mutex::new(());
    let (made, saved) = std::thread::scope(|scope| {
        let (done, serving) = (&done, &serving);
        let _stop = Stop(done);
        scope.spawn(move || {
            while !done.load(Ordering::SeqCst) {
                first_start::beat(serving).unwrap();
                std::thread::sleep(Duration::from_millis(30));
            }
        });
        let makes = scope.spawn(move || {
            let mut made = Vec::new();
            while !done.load(Ordering::SeqCst) {
                let next = 10 + made.len();
                // The clock must not jump while somebody is on the way with a link of ten minutes.
                let _still = gate.lock().unwrap();
                made.extend(drafts(serving, next..next + 1));
                made[next / 2 - 5].is_whole(serving);
            }
            made
        });
        let saves = scope.spawn(move || {
            let mut person = first[0].clone();
            let mut count = 0;
            while !done.load(Ordering::SeqCst) {
                count += 1;
                let name = format!("Name {count}");
                let section = almoner::domain::form::Section::You;
                let values = vec![("name".to_owned(), Secret::new(&name))];
                let own = OwnApplication::find(serving, &person.who, &person.id).unwrap();
                save_draft::save(serving, &own, section, &values).unwrap();
                person.values.insert("name".to_owned(), name);
                person.is_whole(serving);
            }
            count
        });
        let mut old = Vec::new();
        for _ in 0..4 {
            let rotated = rotate(&changing, cohort.class, cohort.quarter, |_| ()).unwrap();
            assert_eq!(rotated.old.len(), 1);
            old.extend(rotated.old);
        }
        let still = gate.lock().unwrap();
        clock.advance(31 * DAY);
        drop(still);
        first_start::beat(serving).unwrap();
        for (version, name) in (1..).zip(&old) {
            assert_eq!(*name, format!("{cohort}/{version}"));
            let done = destroy(&changing, &ledger(&home), cohort, Some(version)).unwrap();
            assert_eq!(done.certificate.detail["keys"][0], **name);
            let referring = format!("SELECT COUNT(*) FROM data_keys WHERE cohort_key = '{name}'");
            assert_eq!(home.count(&referring), 0);
            assert_eq!(serving.generation(), changing.generation(), "it has dropped the key");
        }
        done.store(true, Ordering::SeqCst);
        (makes.join().unwrap(), saves.join().unwrap())
    });
    println!("{} drafts were made and {saved} saved meanwhile", made.len());
    assert!(made.len() > 3 && saved > 3);
    let current = format!("{cohort}/5");
    let under = format!("SELECT COUNT(*) FROM data_keys WHERE cohort_key LIKE '{cohort}/%'");
    assert!(home.count(&under) > 0);
    assert_eq!(home.count(&format!("{under} AND cohort_key <> '{current}'")), 0);
    all_open(&home);
    for person in &made {
        person.is_whole(&changing);
    }
}

#[test]
fn keys_go_when_their_time_has_come_and_not_before() {
    let (home, clock) = (Home::new(), clock());
    let ctx = home.make(Arc::new(clock.clone()));
    let (cohort, ledger) = (second_quarter(), ledger(&home));
    drafts(&ctx, 0..2);
    let text = said(destroy(&ctx, &ledger, cohort, None));
    assert!(text.contains("has not ended") && text.contains("2027-06-30"), "{text}");
    let text = said(destroy(&ctx, &ledger, cohort, Some(1)));
    assert!(text.contains("it is in use"), "{text}");

    let rotated = rotate(&ctx, cohort.class, cohort.quarter, |_| ()).unwrap();
    assert!(rotated.moved >= 6, "two people with three dossiers each: {}", rotated.moved);
    clock.advance(29 * DAY);
    let text = said(destroy(&ctx, &ledger, cohort, Some(1)));
    assert!(text.contains("30 days after") && text.contains("2027-01-05"), "{text}");
    assert_eq!(ledger.lines(&ctx).unwrap(), [], "what is refused is not written down");
    clock.advance(DAY);
    destroy(&ctx, &ledger, cohort, Some(1)).unwrap();
    let text = said(destroy(&ctx, &ledger, cohort, Some(1)));
    assert!(text.contains("was destroyed on 2027-02-04"), "{text}");
    all_open(&home);

    // The quarter has ended, and somebody's data is still there.
    clock.advance(148 * DAY);
    assert_eq!(Quarter::of(clock.today()), cohort.quarter.next());
    let before = ctx.generation();
    let text = said(destroy(&ctx, &ledger, cohort, None));
    assert!(text.contains("still in use") && text.contains("2027Q2/2"), "{text}");
    assert_eq!(ctx.generation(), before);
    all_open(&home);
    erase_all(&home, cohort);
    let done = destroy(&ctx, &ledger, cohort, None).unwrap();
    assert_eq!(done.canaries.len(), 1);
    let lines = ledger.lines(&ctx).unwrap();
    let what: Vec<&str> = lines.iter().map(|line| line.what.as_str()).collect();
    assert_eq!(what, ["keys.destroying", "keys.destroyed", "keys.destroying", "keys.destroyed"]);
    assert_eq!(lines.last(), Some(&done.certificate));
    let names = home.count("SELECT COUNT(*) FROM cohort_keys WHERE id LIKE 'personal/2027Q2/%'");
    assert_eq!(names, 0, "nothing can be wrapped under it again");
    // A later start does not make the database know it again.
    drop(ctx);
    drop(open(&home, &clock).unwrap());
    let names = home.count("SELECT COUNT(*) FROM cohort_keys WHERE id LIKE 'personal/2027Q2/%'");
    assert_eq!(names, 0);
}

#[test]
fn what_was_destroyed_stays_noise_in_every_old_copy() {
    let (home, clock) = (Home::new(), clock());
    let ctx = home.make(Arc::new(clock.clone()));
    let people = drafts(&ctx, 0..3);
    let own = OwnApplication::find(&ctx, &people[0].who, &people[0].id).unwrap();
    submit::submit(&ctx, &people[0].who, &own, None).unwrap();
    drop(ctx);
    let (data, files) = (home.data(), app::keyring_files(&home.settings()));
    let database = data.join("almoner.db");
    let (old_database, old_keyring) =
        (fs::read(&database).unwrap(), fs::read(&files.keyring).unwrap());

    let ctx = open(&home, &clock).unwrap();
    clock.advance(180 * DAY);
    erase_all(&home, second_quarter());
    destroy(&ctx, &ledger(&home), second_quarter(), None).unwrap();
    people[0].is_whole(&ctx);
    drop(ctx);

    // The old database with the keyring as it is now: the others open, and these never again.
    for leftover in ["almoner.db-wal", "almoner.db-shm"] {
        let _ = fs::remove_file(data.join(leftover));
    }
    fs::write(&database, &old_database).unwrap();
    let ctx = open(&home, &clock).unwrap();
    people[0].is_whole(&ctx);
    for person in &people[1..] {
        let text = said(
            OwnApplication::find(&ctx, &person.who, &person.id)
                .and_then(|own| read_own::get(&ctx, &own)),
        );
        assert!(text.contains("personal/2027Q2/1 was destroyed on"), "{text}");
    }
    drop(ctx);

    // With the old keyring as well: the root key that it was sealed under is gone.
    let new_keyring = fs::read(&files.keyring).unwrap();
    fs::write(&files.keyring, &old_keyring).unwrap();
    match open(&home, &clock) {
        Err(StartError::Vault(error)) => {
            assert!(error.to_string().contains("does not belong to the keyring"), "{error}");
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("an old copy of the keyring must not open"),
    }
    fs::write(&files.keyring, &new_keyring).unwrap();
    people[0].is_whole(&open(&home, &clock).unwrap());
}

#[test]
fn the_ledger_tells_a_line_that_was_cut_off_from_one_that_was_changed() {
    let home = Home::new();
    let ctx = home.make(Arc::new(SystemClock));
    let ledger = ledger(&home);
    let detail = |n: u64| serde_json::json!({ "n": n });
    assert_eq!(ledger.append(&ctx, "test.one", &detail(1)).unwrap().seq, 1);
    ledger.append(&ctx, "test.two", &detail(2)).unwrap();
    let whole = fs::read_to_string(ledger.path()).unwrap();

    // Somebody died over the third line.
    let half = r#"{"seq":3,"at":"2027-"#;
    fs::write(ledger.path(), format!("{whole}{half}")).unwrap();
    assert_eq!(ledger.lines(&ctx).unwrap().len(), 2, "it was never acknowledged");
    assert_eq!(ledger.append(&ctx, "test.three", &detail(3)).unwrap().seq, 4);
    let lines = ledger.lines(&ctx).unwrap();
    assert_eq!(lines[2].what, "ledger.mended");
    assert_eq!(lines[2].detail, serde_json::json!({ "bytes": half.len() }));
    let mended = fs::read_to_string(ledger.path()).unwrap();
    assert!(mended.starts_with(&whole));

    // Whatever else is not as it was written is found, and nothing is written after it.
    let line = |n: usize| mended.lines().nth(n).unwrap();
    for (changed, number) in [
        (mended.replacen("\"n\":1", "\"n\":7", 1), 1),
        (mended.replacen("test.two", "test.six", 1), 2),
        (mended.replacen(&format!("{}\n", line(1)), "", 1), 2),
        (mended.replacen(line(2), "{\"seq\":3", 1), 3),
        (format!("{mended}{}\n", line(0)), 5),
        (mended.replacen(&format!("{}\n", line(0)), "", 1), 1),
    ] {
        assert_ne!(changed, mended);
        fs::write(ledger.path(), &changed).unwrap();
        for text in [said(ledger.lines(&ctx)), said(ledger.append(&ctx, "test.more", &detail(4)))] {
            assert!(text.contains(&format!("line {number} of the ledger")), "{text}");
        }
        assert_eq!(fs::read_to_string(ledger.path()).unwrap(), changed);
    }
    fs::write(ledger.path(), &mended).unwrap();

    // Two processes that write at once.
    let other = home.open();
    std::thread::scope(|scope| {
        for ctx in [&*ctx, &other] {
            let ledger = &ledger;
            scope.spawn(move || {
                for n in 0..20 {
                    ledger.append(ctx, "test.many", &detail(n)).unwrap();
                }
            });
        }
    });
    assert_eq!(ledger.lines(&ctx).unwrap().len(), 44);
}
