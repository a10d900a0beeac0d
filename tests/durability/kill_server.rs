//! The server is killed while people submit.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use almoner::clock::SystemClock;
use almoner::domain::application::Status;
use almoner::domain::id::Id;
use almoner::service::permitted::OwnApplication;
use almoner::service::{Context, read_own};

use crate::support::{Draft, Home, Server, drafts, some_time, times};

/// How many people press the button at the same time.
const CLIENTS: usize = 4;

/// How many drafts they have in each life of the server.
const EACH_LIFE: usize = 10;

/// What came of the requests of one life of the server.
#[derive(Default)]
struct Outcome {
    acknowledged: BTreeSet<Id>,
    /// Asked for, and no answer came: either may have happened, whole.
    in_doubt: BTreeSet<Id>,
}

#[test]
fn every_acknowledged_application_is_there_and_whole() {
    let home = Home::new();
    let ctx = home.make(Arc::new(SystemClock));
    let lives = times(30, 200);
    let mut open = drafts(&ctx, 0..lives * EACH_LIFE);
    drop(ctx);
    let mut submitted: Vec<Draft> = Vec::new();
    let (mut acknowledged, mut in_doubt, mut silent_but_there) = (0, 0, 0);
    for life in 0..lives {
        let server = Server::start(&home);
        let outcome = submit_until_killed(server, &open);
        acknowledged += outcome.acknowledged.len();
        in_doubt += outcome.in_doubt.len();

        let ctx = home.open();
        // The others were not asked for in this life; the end of the test looks at all.
        let untouched = open.split_off(EACH_LIFE.min(open.len()));
        let (now_submitted, still_open): (Vec<_>, Vec<_>) = open.into_iter().partition(|draft| {
            let there = is_submitted_whole(&home, &ctx, draft);
            if outcome.acknowledged.contains(&draft.id) {
                assert!(there, "life {life}: {} was acknowledged and is not there", draft.id);
            } else if there {
                assert!(outcome.in_doubt.contains(&draft.id), "life {life}: nobody submitted it");
                silent_but_there += 1;
            }
            there
        });
        submitted.extend(now_submitted);
        open = [still_open, untouched].concat();
        tallies_are_right(&home);
        home.must(&["audit", "verify"]);
    }
    println!(
        "{acknowledged} acknowledged, {in_doubt} without an answer, of which {silent_but_there} were there"
    );
    assert!(acknowledged > 0 && in_doubt > 0, "the kills came at no interesting moment");

    // What is left to do is done by the next that serves, and each mail is sent once.
    let server = Server::start(&home);
    wait_until(|| home.count("SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL") == 0);
    wait_until(|| home.count("SELECT COUNT(*) FROM audit_pending") == 0);
    server.stop();
    let ctx = home.open();
    let mails = names_in(&home.data().join("mail"));
    for draft in &submitted {
        assert!(is_submitted_whole(&home, &ctx, draft));
        let mail = mail_of(&draft.id);
        let sent = home
            .count(&format!("SELECT COUNT(*) FROM outbox WHERE {mail} AND sent_at IS NOT NULL"));
        assert_eq!(sent, 1, "{}", draft.id);
    }
    let receipts = "SELECT COUNT(*) FROM outbox WHERE template = 'application_received'";
    let files = mails.iter().filter(|name| name.ends_with(".eml")).count();
    assert_eq!(i64::try_from(files).unwrap(), home.count(receipts), "one file for each mail");
    assert_eq!(home.count(receipts), i64::try_from(submitted.len()).unwrap());
    for draft in &open {
        assert!(!is_submitted_whole(&home, &ctx, draft), "nobody was told so of {}", draft.id);
    }
    home.must(&["audit", "verify"]);
}

/// Several people submit one draft after another until nobody answers any more.
fn submit_until_killed(server: Server, open: &[Draft]) -> Outcome {
    let outcome = Mutex::new(Outcome::default());
    let port = server.port;
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let outcome = &outcome;
            scope.spawn(move || {
                for draft in open.iter().take(EACH_LIFE).skip(client).step_by(CLIENTS) {
                    let answer = draft.submit(port);
                    let mut outcome = outcome.lock().unwrap();
                    let Some(answer) = answer else {
                        outcome.in_doubt.insert(draft.id.clone());
                        return;
                    };
                    assert_eq!(answer.status, 303, "{}", answer.text);
                    assert!(answer.text.contains(&format!("/applications/{}/receipt", draft.id)));
                    outcome.acknowledged.insert(draft.id.clone());
                }
            });
        }
        some_time(Duration::from_millis(120));
        server.kill();
    });
    outcome.into_inner().unwrap()
}

/// Whether an application is submitted with everything that belongs to it; else it must be a draft with nothing of it.
fn is_submitted_whole(home: &Home, ctx: &Context, draft: &Draft) -> bool {
    let id = &draft.id;
    draft.is_whole(ctx);
    let own = read_own::get(ctx, &OwnApplication::find(ctx, &draft.who, id).unwrap()).unwrap();
    let there = own.row.status == Status::Submitted;
    assert!(there || own.row.status == Status::Draft, "{id}: {:?}", own.row.status);
    let expected = i64::from(there);
    assert_eq!(own.changes.len(), usize::from(there), "{id}: changes of the status");
    assert_eq!(own.row.submitted_at.is_some(), there, "{id}");
    let dossiers = format!(
        "SELECT dossier_id FROM applications WHERE id = '{id}' UNION SELECT dossier_id FROM members WHERE application_id = '{id}'"
    );
    for (what, count, sql) in [
        ("mail", 1, format!("SELECT COUNT(*) FROM outbox WHERE {}", mail_of(id))),
        (
            "audit",
            1,
            format!(
                "SELECT COUNT(*) FROM audit WHERE action = 'application.submitted' AND subject = '{id}'"
            ),
        ),
        ("ways to find it", 2, format!("SELECT COUNT(*) FROM lookups WHERE subject_id = '{id}'")),
        (
            "address",
            1,
            format!(
                "SELECT COUNT(*) FROM members WHERE application_id = '{id}' AND ip IS NOT NULL"
            ),
        ),
        (
            "clocks of three years",
            2,
            format!(
                "SELECT COUNT(*) FROM dossiers WHERE id IN ({dossiers}) AND julianday(keep_until) - julianday('now') > 1000"
            ),
        ),
    ] {
        assert_eq!(home.count(&sql), count * expected, "{id}: {what}");
    }
    there
}

fn mail_of(id: &Id) -> String {
    format!("template = 'application_received' AND subject_id = '{id}'")
}

fn tallies_are_right(home: &Home) {
    let wrong = "SELECT COUNT(*) FROM tallies t WHERE t.status <> 'draft' AND n <> (SELECT COUNT(*) FROM applications a
        WHERE a.round_id = t.round_id AND a.status = t.status)";
    assert_eq!(home.count(wrong), 0);
    let missing = "SELECT COUNT(*) FROM applications a WHERE a.status <> 'draft' AND NOT EXISTS (SELECT 1 FROM tallies t
        WHERE a.round_id = t.round_id AND a.status = t.status)";
    assert_eq!(home.count(missing), 0);
}

fn wait_until(done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(120), "it does not come to its end");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn names_in(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
