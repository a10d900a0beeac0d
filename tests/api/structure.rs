//! The database as it really is: every column is accounted for, and migrations go up, down and up again with data.

use std::collections::BTreeSet;

use almoner::inventory::{COLUMNS, Column};
use almoner::store::{AnyConnection, columns, migrations};
use diesel::connection::SimpleConnection as _;

use crate::staff_ways::{PASSWORD, give_password, set_up};
use crate::support::app::TestApp;
use crate::support::database::Database;
use crate::support::journey::{EVENT, FORM, PROJECT, ask_to_apply, open_link, person};
use crate::support::on_postgres;

#[actix_web::test]
async fn every_column_of_the_database_is_in_the_inventory_and_no_other() {
    let app = TestApp::start().await;
    let mut database = Database::open(&app.settings.database);
    let live = columns::all(&mut database.0).unwrap();
    let live: BTreeSet<(&str, &str)> =
        live.iter().map(|(table, column)| (table.as_str(), column.as_str())).collect();
    let known: BTreeSet<(&str, &str)> =
        COLUMNS.iter().map(|(table, column, _)| (*table, *column)).collect();
    assert_eq!(known.len(), COLUMNS.len(), "none twice");
    assert_eq!(live.difference(&known).collect::<Vec<_>>(), Vec::<&(&str, &str)>::new());
    assert_eq!(known.difference(&live).collect::<Vec<_>>(), Vec::<&(&str, &str)>::new());
    // A column that holds sealed values or fingerprints holds bytes, and nothing else does but digests and signatures.
    app.apply(&person(0)).await;
    app.first_admin(&["officer"]).await;
    let kind = if matches!(database.0, AnyConnection::Sqlite(_)) { "typeof" } else { "pg_typeof" };
    for (table, column, what) in COLUMNS {
        let types = database.texts(&format!(
            "SELECT DISTINCT CAST({kind}({column}) AS TEXT) AS value FROM {table} WHERE {column} IS NOT NULL"
        ));
        let bytes = types.iter().any(|name| name == "blob" || name == "bytea");
        let digest = ["hash", "signature"].contains(column);
        let sealed = matches!(what, Column::Sealed(_) | Column::BlindIndex);
        assert!(types.is_empty() || bytes == (sealed || digest), "{table}.{column}: {types:?}");
        assert!(types.len() < 2, "{table}.{column}: {types:?}");
    }
    // What a new column would do.
    database.run("ALTER TABLE members ADD COLUMN nickname TEXT");
    let live = columns::all(&mut database.0).unwrap();
    assert!(live.contains(&("members".to_owned(), "nickname".to_owned())));
    app.stop().await;
}

/// Tables, columns, types, keys, checks and indexes, as the database itself writes them.
fn schema(database: &mut Database) -> Vec<String> {
    match &database.0 {
        AnyConnection::Sqlite(_) => database.texts(
            "SELECT type || ' ' || name || ' ' || COALESCE(sql, '') AS value FROM sqlite_master
             WHERE name <> '__diesel_schema_migrations' AND tbl_name <> '__diesel_schema_migrations'
             ORDER BY value",
        ),
        AnyConnection::Postgres(_) => database.texts(
            "SELECT value FROM (
               SELECT CONCAT_WS(' ', 'column', table_name, column_name, data_type, is_nullable, column_default)
                 AS value FROM information_schema.columns
                 WHERE table_schema = current_schema() AND table_name <> '__diesel_schema_migrations'
               UNION ALL SELECT CONCAT_WS(' ', conrelid::regclass::text, pg_get_constraintdef(oid))
                 FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
                   AND conrelid::regclass::text <> '__diesel_schema_migrations'
               UNION ALL SELECT indexdef FROM pg_indexes
                 WHERE schemaname = current_schema() AND tablename <> '__diesel_schema_migrations'
             ) AS parts ORDER BY value",
        ),
    }
}

fn broken_references(database: &mut Database) -> i64 {
    match &database.0 {
        AnyConnection::Sqlite(_) => {
            database.number("SELECT COUNT(*) AS value FROM pragma_foreign_key_check")
        }
        // PostgreSQL keeps them whole at every moment.
        AnyConnection::Postgres(_) => database.number(
            "SELECT COUNT(*) AS value FROM pg_constraint WHERE contype = 'f' AND NOT convalidated",
        ),
    }
}

#[actix_web::test]
async fn migrations_go_up_down_and_up_again_with_data() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let applied = app.apply(&person(0)).await;
    app.apply_in(EVENT, &person(1).email, &person(1).event()).await;
    app.begin(&app.browser(), PROJECT, &person(2).email).await;
    officer.visit(&format!("/staff/applications/{}", applied.id)).await.expect(200);
    let browser = app.browser();
    ask_to_apply(&browser, PROJECT, &person(3).email).await;
    browser.post("/sign-in/code", &[("code", "12345678")]).await.expect(422);
    set_up(&app, &officer).await;
    let other = app.browser();
    let page = give_password(&other, "olu@foundation.example", PASSWORD).await.expect(200);
    other.submit(&page, FORM, &[("code", "000000")]).await.expect(422);
    // One that waits for nobody is opened for a reason of somebody's own.
    let mine = format!("/applications/{}/withdraw", applied.id);
    let page = applied.browser.visit(&mine).await.expect(200);
    applied.browser.submit_and_follow(&page, FORM, &[]).await.expect(200);
    let page = officer.visit(&format!("/staff/applications/{}", applied.id)).await.expect(200);
    let why = [("reason", "other"), ("reason_text", "A letter that came by post")];
    app.run_jobs().await;
    officer.submit(&page, FORM, &why).await.expect(200);
    let mut database = Database::open(&app.settings.database);
    // A passkey takes a browser, and the organisation's sign-in a provider.
    let olu = "FROM staff WHERE id IN (SELECT staff_id FROM passwords)";
    database.run(&format!(
        "INSERT INTO passkeys SELECT id, 'staff', dossier_id, id, NULL, name, email, created_at, NULL {olu}"
    ));
    database.run(&format!(
        "INSERT INTO organisation_links SELECT id, dossier_id, id, email, created_at {olu}"
    ));
    // GitHub is another server, and a change of an address takes a day.
    database.run(
        "INSERT INTO github_accounts \
         SELECT id, dossier_id, 'applicant', id, NULL, email, email, created_at FROM accounts",
    );
    database.run(
        "INSERT INTO address_changes SELECT id, dossier_id, id, NULL, email, email, NULL, \
         created_at, created_at, created_at, NULL, NULL FROM accounts",
    );
    // Assessment is a journey of its own; what a migration has to carry is a row in each table.
    let with = "FROM applications a JOIN members m ON m.application_id = a.id";
    for insert in [
        "assessors SELECT id, dossier_id, name, email, 'active', '2027-01-01', created_at, NULL, email FROM staff",
        "undertaking_texts VALUES ('text', 1, 'body', 'digest')",
        "assessment_plans SELECT id, name, '[]', 3, '2027-01-01', '2027-01-01', FALSE, 'text', 1, opens_at FROM rounds",
        "packets SELECT id, dossier_id, round_id, 1, 'released', '2026-11-22' FROM applications",
        &format!(
            "packet_fields SELECT m.id, m.dossier_id, a.id, 0, 'line', 'label', m.email {with}"
        ),
        &format!(
            "files SELECT m.id, m.dossier_id, a.id, 'plan', 'pdf', m.email, m.email, a.created_at {with}"
        ),
        &format!(
            "redactions SELECT m.id, m.dossier_id, a.id, 'plan', 'pdf', m.email, m.email, m.id, a.id, a.created_at {with}"
        ),
        &format!(
            "packet_files SELECT m.id, m.dossier_id, a.id, 0, 'pdf', 'label', m.email, m.email {with}"
        ),
        &format!(
            "preparations SELECT a.id, a.dossier_id, a.id, a.round_id, a.id, m.email, 0, a.created_at, a.created_at, NULL {with}"
        ),
        "assignments SELECT id, dossier_id, id, round_id, NULL, 'offered', '2027-01-01', created_at, NULL, NULL, NULL, 'none', NULL FROM applications",
        &format!("scores SELECT m.id, m.dossier_id, a.id, 0, m.email, m.email {with}"),
        &format!(
            "assessor_questions SELECT m.id, m.dossier_id, a.id, m.email, a.created_at, NULL, NULL, NULL {with}"
        ),
        "undertakings SELECT s.id, s.dossier_id, s.id, r.id, 'text', s.created_at FROM assessors s, rounds r WHERE r.id = (SELECT MIN(id) FROM rounds)",
        &format!(
            "conflicts SELECT m.id, m.dossier_id, a.id, s.id, 'other', m.email, s.id, a.created_at {with}, assessors s WHERE s.id = (SELECT MIN(id) FROM assessors)"
        ),
        &format!(
            "staff_scores SELECT m.id, m.dossier_id, a.id, 0, m.email, m.email, a.id, a.created_at {with}"
        ),
        &format!("notes SELECT m.id, m.dossier_id, a.id, a.id, m.email, a.created_at {with}"),
    ] {
        database.run(&format!("INSERT INTO {insert}"));
    }
    let empty: Vec<String> = database
        .counts()
        .into_iter()
        .filter(|(table, rows)| *rows == 0 && table != "leases")
        .map(|(table, _)| table)
        .collect();
    assert_eq!(empty, Vec::<String>::new(), "every table has data in it");
    drop(database);
    let (home, settings, clock) = app.stop().await;

    let mut database = Database::open(&settings.database);
    let (before, rows) = (schema(&mut database), database.counts());
    assert_eq!(broken_references(&mut database), 0);
    // Up again where all is there already: nothing changes.
    migrations::run(&mut database.0).unwrap();
    assert_eq!((schema(&mut database), database.counts()), (before.clone(), rows));
    if matches!(database.0, AnyConnection::Sqlite(_)) {
        database.run("PRAGMA foreign_keys = ON");
    }
    migrations::revert_all(&mut database.0).unwrap();
    assert_eq!(schema(&mut database), Vec::<String>::new(), "nothing is left");
    migrations::run(&mut database.0).unwrap();
    assert_eq!(schema(&mut database), before);
    assert_eq!(broken_references(&mut database), 0);
    assert!(database.counts().iter().all(|(_, rows)| *rows == 0));
    drop(database);
    // What is empty now is a place for a site as good as new, with the keys that are there.
    let app = TestApp::start_in(home, settings, clock).await.unwrap_or_else(|e| panic!("{e}"));
    app.apply(&person(4)).await;
    app.stop().await;
}

#[actix_web::test]
async fn an_older_site_is_brought_up_to_date_with_all_that_is_in_it() {
    let app = TestApp::start().await;
    app.officer().await;
    let applied = app.apply(&person(0)).await;
    app.begin(&app.browser(), PROJECT, &person(2).email).await;
    let (home, settings, clock) = app.stop().await;
    let mut database = Database::open(&settings.database);
    let (newest, rows) = (schema(&mut database), database.counts());
    if matches!(database.0, AnyConnection::Sqlite(_)) {
        database.run("PRAGMA foreign_keys = ON");
    }
    migrations::revert_all_but(&mut database.0, 1).unwrap();
    assert_ne!(schema(&mut database), newest);
    assert_eq!(broken_references(&mut database), 0);
    drop(database);

    let app = TestApp::start_in(home, settings, clock).await.unwrap_or_else(|e| panic!("{e}"));
    let mut database = Database::open(&app.settings.database);
    assert_eq!(schema(&mut database), newest);
    assert_eq!(broken_references(&mut database), 0);
    // What people gave is all there; whoever was signed in signs in again.
    let kept = ["applications", "members", "answers", "consents", "accounts", "staff", "lookups"];
    let of = |counts: &[(String, i64)]| -> Vec<(String, i64)> {
        counts.iter().filter(|(table, _)| kept.contains(&table.as_str())).cloned().collect()
    };
    assert_eq!(of(&database.counts()), of(&rows));
    // The newest mail is the one that is meant.
    app.clock.advance(1);
    let browser = app.browser();
    // So that the mail that is asked for now is the newest.
    app.clock.advance(60);
    let page = browser.visit("/staff/sign-in/mail").await.expect(200);
    let typed = [("email", "olu@foundation.example")];
    let page = browser.submit_and_follow(&page, FORM, &typed).await.expect(200);
    let code = app.mail_to("olu@foundation.example").await.code();
    browser.submit_and_follow(&page, FORM, &[("code", &code)]).await.expect(200);
    let read = browser.visit(&format!("/staff/applications/{}", applied.id)).await.expect(200);
    assert!(read.html.contains(&applied.reference));
    app.stop().await;
}

#[actix_web::test]
async fn a_link_leads_to_nobody_of_another_audience() {
    let app = TestApp::start().await;
    app.officer().await;
    app.apply(&person(0)).await;
    let browser = app.browser();
    for (door, email) in
        [("/sign-in", person(0).email.as_str()), ("/staff/sign-in/mail", "olu@foundation.example")]
    {
        app.clock.advance(1);
        let page = browser.visit(door).await.expect(200);
        browser.submit(&page, FORM, &[("email", email)]).await.expect(303);
    }
    let links = [
        app.mail_to(&person(0).email).await.link_to("/sign-in/link/"),
        app.mail_to("olu@foundation.example").await.link_to("/staff/sign-in/link/"),
    ];
    let forged =
        "UPDATE sign_ins SET staff_id = (SELECT MIN(id) FROM staff) WHERE audience = 'applicant'";
    let mut database = Database::open(&app.settings.database);
    for wrong in [
        forged,
        "UPDATE sign_ins SET account_id = (SELECT MIN(id) FROM accounts) WHERE audience = 'staff'",
        "UPDATE sign_ins SET audience = 'staff' WHERE account_id IS NOT NULL",
        "UPDATE sign_ins SET audience = 'assessor' WHERE staff_id IS NOT NULL",
    ] {
        let refused = database.0.batch_execute(wrong).unwrap_err().to_string();
        assert!(refused.to_lowercase().contains("check constraint"), "{wrong}: {refused}");
    }
    drop(database);

    // What an older site has goes along; what somebody may have slipped into it leads to nobody.
    let (home, settings, clock) = app.stop().await;
    let mut database = Database::open(&settings.database);
    let newest = schema(&mut database);
    let owned = "SELECT COUNT(*) AS value FROM sign_ins WHERE account_id IS NOT NULL OR staff_id IS NOT NULL";
    assert_eq!(database.number(owned), 2);
    if matches!(database.0, AnyConnection::Sqlite(_)) {
        database.run("PRAGMA foreign_keys = ON");
    }
    migrations::revert_all_but(&mut database.0, 7).unwrap();
    assert_ne!(schema(&mut database), newest);
    assert_eq!(database.number(owned), 2);
    database.run(forged);
    drop(database);
    let app = TestApp::start_in(home, settings, clock).await.unwrap_or_else(|e| panic!("{e}"));
    let mut database = Database::open(&app.settings.database);
    assert_eq!(schema(&mut database), newest);
    assert_eq!(broken_references(&mut database), 0);
    assert_eq!(database.number(owned), 2);
    let mixed =
        "SELECT COUNT(*) AS value FROM sign_ins WHERE staff_id IS NOT NULL AND audience <> 'staff'";
    assert_eq!(database.number(mixed), 0);
    for link in links {
        let browser = app.browser();
        // The port is another one.
        let path = link.splitn(4, '/').nth(3).unwrap();
        open_link(&browser, &format!("/{path}")).await;
    }
    // Whoever goes takes their links along, as before.
    let links = "SELECT COUNT(*) AS value FROM sign_ins";
    let browser = app.browser();
    let page = browser.visit("/sign-in").await.expect(200);
    browser.submit(&page, FORM, &[("email", &person(0).email)]).await.expect(303);
    assert_eq!(database.number(owned), 1);
    let before = database.number(links);
    if matches!(database.0, AnyConnection::Sqlite(_)) {
        database.run("PRAGMA foreign_keys = ON");
    }
    database.run("DELETE FROM accounts");
    assert_eq!((database.number(owned), database.number(links)), (0, before - 1));
    app.stop().await;
}

#[actix_web::test]
async fn a_list_takes_the_same_few_queries_however_long_it_is() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let pages = [
        "/staff/applications",
        "/staff/applications?sort=oldest",
        "/staff/applications?programme=project&status=submitted",
    ];
    let (mut counted, mut applied) = (Vec::new(), 0);
    for wanted in [0, 1, 60] {
        for nth in applied..wanted {
            let email = format!("p{nth}@mail.example");
            app.apply_in(PROJECT, &email, &person(nth).project(nth)).await;
        }
        applied = wanted;
        for address in pages {
            let before = app.context().queries();
            let page = officer.visit(address).await.expect(200);
            counted.push(app.context().queries() - before);
            assert_eq!(page.attributes("tbody a", "href").len(), wanted.min(50), "{address}");
        }
    }
    let page = officer.visit("/staff/applications").await.expect(200);
    let before = app.context().queries();
    officer.submit(&page, FORM, &[("email", "p7@mail.example")]).await.expect(200);
    let exact = app.context().queries() - before;
    eprintln!("queries a page with 0, 1 and 50 rows: {counted:?}; with an exact search: {exact}");
    // On SQLite the writer asks once more, whether the transaction has really ended.
    let most = if on_postgres() { 6 } else { 7 };
    assert!(counted.iter().all(|queries| *queries <= most && Some(queries) == counted.first()));
    assert!(exact <= most + 1, "{exact}");
    app.stop().await;
}
