//! The audit: what was seen is written down, by ids alone, and whoever changes it is found out.

use almoner::service::audit_chain::{AuditReport, verify};

use crate::support::app::TestApp;
use crate::support::bytes::Search;
use crate::support::database::Database;
use crate::support::journey::{FORM, PROJECT, ask_to_apply, fill_in, id_in, person};

/// The entries of an action: subject and detail.
fn entries(database: &mut Database, action: &str) -> Vec<String> {
    database.texts(&format!(
        "SELECT COALESCE(subject, '-') || ' ' || detail AS value FROM audit
         WHERE action = '{action}' ORDER BY at, id"
    ))
}

async fn report(app: &TestApp) -> AuditReport {
    app.run_jobs().await;
    verify(app.context()).unwrap()
}

async fn whole(app: &TestApp) {
    let report = report(app).await;
    assert_eq!(report.wrong, Vec::<String>::new());
    assert_eq!((report.waiting, report.entries), (0, report.chained));
}

#[actix_web::test]
async fn each_page_and_search_is_one_entry_with_the_ids_and_nothing_about_anybody() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let (one, other) = (app.apply(&person(0)).await, app.apply(&person(2)).await);
    let mut database = Database::open(&app.settings.database);
    let before = database.count("audit");

    let list = officer.visit("/staff/applications").await.expect(200);
    assert_eq!(database.count("audit"), before + 1);
    let person = person(2);
    for search in [
        ("email", person.email.as_str()),
        ("github_username", &person.github_username),
        ("name", &person.name),
        ("name", "Nobody-of-that-name"),
    ] {
        officer.submit(&list, FORM, &[search]).await.expect(200);
    }
    officer.visit(&format!("/staff/applications/{}", one.id)).await.expect(200);
    officer.get(&format!("/staff/applications/{}", "a".repeat(26))).await.expect(404);
    assert_eq!(database.count("audit"), before + 6, "one each; nothing was shown by the last");

    let listed = entries(&mut database, "applications.listed");
    let details: Vec<serde_json::Value> = listed
        .iter()
        .map(|entry| serde_json::from_str(entry.strip_prefix("- ").unwrap()).unwrap())
        .collect();
    let mut words: Vec<&str> =
        details.iter().map(|detail| detail["search"].as_str().unwrap()).collect();
    words.sort_unstable();
    assert_eq!(words, ["email", "github_username", "name", "name", "none", "none"]);
    for detail in &details {
        let mut shown: Vec<&str> = detail["applications"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|id| id.as_str())
            .collect();
        shown.sort_unstable();
        let mut all = vec![one.id.as_str(), other.id.as_str()];
        all.sort_unstable();
        match detail["search"].as_str().unwrap() {
            // The officer came in to an empty list.
            "none" => assert!(shown.is_empty() || shown == all, "{shown:?}"),
            "name" => assert!(shown.is_empty() || shown == [other.id.as_str()], "{shown:?}"),
            _ => assert_eq!(shown, [other.id.as_str()]),
        }
        assert_eq!(detail.as_object().unwrap().len(), 2);
    }
    assert_eq!(entries(&mut database, "application.opened"), [format!("{} {{}}", one.id)]);

    // Nothing about anybody in any entry, of whatever kind.
    let all = database.texts("SELECT action || detail AS value FROM audit").join("\n");
    let told = Search::of([
        person.email.as_str(),
        &person.name,
        &person.github_username,
        "Nobody-of-that-name",
        "olu@foundation.example",
        "Olu Officer",
    ]);
    assert!(told.found_in(all.as_bytes()).is_empty(), "{all}");
    whole(&app).await;
    app.stop().await;
}

#[actix_web::test]
async fn whoever_changes_the_audit_is_found_out() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    for nth in 0..6 {
        officer.visit("/staff/applications").await.expect(200);
        if nth % 2 == 0 {
            // Several signed heads, not one.
            app.run_jobs().await;
        }
    }
    whole(&app).await;
    let mut database = Database::open(&app.settings.database);
    let third = database.texts("SELECT audit_id AS value FROM audit_chain WHERE seq = 3").remove(0);
    let keep = [
        ("audit", format!("id = '{third}'")),
        ("audit_chain", "seq = 3".to_owned()),
        ("audit_heads", "1 = 1".to_owned()),
    ];
    // A copy from which each attempt is undone.
    for (table, rows) in &keep {
        database.run(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table} WHERE {rows}"));
    }
    let newest = "(SELECT MAX(seq) FROM audit_heads)";
    for (what, statements, told) in [
        ("the actor of an entry", format!("UPDATE audit SET actor = 'nobody' WHERE id = '{third}'"), "is not what was chained"),
        ("the role in an entry", format!("UPDATE audit SET role = 'finance' WHERE id = '{third}'"), "is not what was chained"),
        ("the reason in an entry", format!("UPDATE audit SET reason = 'claim' WHERE id = '{third}'"), "is not what was chained"),
        ("its details", format!("UPDATE audit SET detail = '[]' WHERE id = '{third}'"), "is not what was chained"),
        ("its time", format!("UPDATE audit SET at = '2020-01-01 00:00:00' WHERE id = '{third}'"), "is not what was chained"),
        ("an entry and its link removed", format!("DELETE FROM audit_chain WHERE seq = 3; DELETE FROM audit WHERE id = '{third}'"), "link 3 is missing"),
        ("a link removed", "DELETE FROM audit_chain WHERE seq = 3".to_owned(), "link 3 is missing"),
        ("a link altered", "UPDATE audit_chain SET hash = (SELECT hash FROM kept_audit_heads LIMIT 1) WHERE seq = 3".to_owned(), "is not what was chained"),
        ("a head removed", format!("DELETE FROM audit_heads WHERE seq = {newest}"), "is not signed"),
        ("a head forged", format!("UPDATE audit_heads SET signature = (SELECT signature FROM kept_audit_heads ORDER BY seq LIMIT 1) WHERE seq = {newest}"), "the signature of link"),
        ("a head altered", format!("UPDATE audit_heads SET hash = (SELECT hash FROM kept_audit_heads ORDER BY seq LIMIT 1) WHERE seq = {newest}"), "the signature of link"),
    ] {
        database.run(&statements);
        let wrong = verify(app.context()).unwrap().wrong;
        assert!(wrong.iter().any(|one| one.contains(told)), "{what}: {wrong:?}");
        database.run("DELETE FROM audit_heads");
        database.run("DELETE FROM audit_chain WHERE seq = 3");
        database.run(&format!("DELETE FROM audit WHERE id = '{third}'"));
        for (table, _) in &keep {
            database.run(&format!("INSERT INTO {table} SELECT * FROM kept_{table}"));
        }
        assert_eq!(verify(app.context()).unwrap().wrong, Vec::<String>::new(), "after {what}");
    }
    // An entry that was put in beside the chain.
    database.run(&format!(
        "INSERT INTO audit SELECT 'aaaaaaaaaaaaaaaaaaaaaaaaaa', at, actor, actor_id, action, subject, detail, role, reason
         FROM audit WHERE id = '{third}'"
    ));
    let wrong = verify(app.context()).unwrap().wrong;
    assert!(wrong.iter().any(|one| one.contains("entries, but")), "{wrong:?}");
    app.stop().await;
}

// proves R15 R10 R11
#[actix_web::test]
async fn after_an_erasure_the_audit_is_whole_and_leads_to_nobody() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let person = person(5);
    let you = app.begin(&browser, PROJECT, &person.email).await;
    let check = fill_in(&browser, you, &person.project(5)).await;
    let id = id_in(&check.url);
    ask_to_apply(&app.browser(), PROJECT, "never@mail.example").await;
    whole(&app).await;
    let mut database = Database::open(&app.settings.database);
    let entries_before = database.count("audit");
    assert_eq!(database.count("applications"), 1);
    let waiting = "SELECT COUNT(*) AS value FROM sign_ins WHERE purpose = 'apply'";
    assert_eq!(database.number(waiting), 1);

    app.clock.advance(2 * 24 * 3600);
    whole(&app).await;
    assert_eq!(database.number(waiting), 0, "an address that nobody confirmed is gone");
    assert_eq!(database.count("applications"), 1, "the draft is not");
    app.clock.advance(89 * 24 * 3600);
    whole(&app).await;
    for table in ["applications", "members", "answers", "consents", "status_changes"] {
        assert_eq!(database.count(table), 0, "{table}");
    }
    assert!(database.count("audit") > entries_before, "what happened is still known");
    let about = format!("SELECT COUNT(*) AS value FROM audit WHERE subject = '{id}'");
    assert!(database.number(&about) > 0);
    // The account goes by its own clock; of the application there is no key, no index and no dossier.
    let kept = database.texts("SELECT kind AS value FROM dossiers ORDER BY kind");
    assert!(
        !kept.iter().any(|kind| ["application", "member"].contains(&kind.as_str())),
        "{kept:?}"
    );
    assert_eq!(database.count("data_keys"), i64::try_from(kept.len()).unwrap());
    app.stop().await;
}
