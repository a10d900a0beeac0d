//! Roles of the database, one a part of the site: what each may do there, and what it can't even see. PostgreSQL alone
//! has them.

use std::sync::Arc;

use almoner::app::{App, Running, keyring_files, target};
use almoner::clock::FixedClock;
use almoner::config::{Database as Setting, Settings};
use almoner::inventory::Surface;
use almoner::inventory::rights::{RIGHTS, Rights, Rows};
use almoner::store::{Store, StoreError, columns};
use almoner::vault::{KeyringFiles, Part, Vault};
use diesel::connection::SimpleConnection;
use secrecy::{ExposeSecret, SecretString};

use super::assessor_passkeys::make;
use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::journey::{EVENT, FORM, PROJECT, agree, ask_to_apply, fill_in, id_in, person};
use crate::support::mails;
use crate::support::on_postgres;

#[actix_web::test]
async fn sqlite_has_no_roles_and_says_so() {
    if on_postgres() {
        return;
    }
    let (_home, settings, _) = TestApp::start().await.stop().await;
    match Store::grant(&target(&settings)) {
        Err(error @ StoreError::NoRoles) => assert!(error.to_string().contains("PostgreSQL")),
        other => panic!("{other:?}"),
    }
}

/// A site with people of every audience in it, and roles; its owner's settings.
async fn peopled() -> TestApp {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let applied = app.apply(&person(0)).await;
    officer.visit(&format!("/staff/applications/{}", applied.id)).await.expect(200);
    app.begin(&app.browser(), EVENT, &person(1).email).await;
    ask_to_apply(&app.browser(), PROJECT, &person(2).email).await;
    let staff = app.browser();
    staff.post("/staff/sign-in/mail", &[("email", "olu@foundation.example")]).await.expect(303);
    staff.post("/staff/sign-in/code", &[("code", "12345678")]).await.expect(422);
    Store::grant(&target(&app.settings)).unwrap();
    // Again: nothing is left over, and nothing is in the way.
    let roles = Store::grant(&target(&app.settings)).unwrap();
    assert_eq!(roles, Surface::ALL.map(Surface::role));
    // Nobody has pages for assessors yet that would make such rows.
    let mut owner = Database::open(&app.settings.database);
    owner.run(
        "INSERT INTO dossiers (id, kind, class, keep_until, rule, created_at)
           VALUES ('of-assessor', 'assessor', 'assessor', '2030-01-01', 'staff', now());
         INSERT INTO assessors VALUES ('one', 'of-assessor', '\\x00', '\\x00', 'active', '2030-01-01', now());
         INSERT INTO sessions (id, handle, audience, dossier_id, assessor_id, device, proof, proved_at, created_at, seen_at, expires_at)
           VALUES ('own', 'own', 'assessor', 'of-assessor', 'one', '\\x00', 'mail', now(), now(), now(), now())",
    );
    app
}

/// Runs a statement as a role, undoes it, and answers what the database says.
pub fn as_role(owner: &mut Database, surface: Surface, statement: &str) -> Result<(), String> {
    let role = surface.role();
    owner.0.batch_execute(&format!("BEGIN; SET LOCAL ROLE {role}")).unwrap();
    let done = owner.0.batch_execute(statement).map_err(|error| error.to_string());
    owner.0.batch_execute("ROLLBACK").unwrap();
    done
}

pub fn is_refused(done: &Result<(), String>) -> bool {
    done.as_ref().is_err_and(|error| error.contains("permission denied"))
}

/// What a role may do in a table is what the inventory says, in each of four ways.
fn check_table(
    owner: &mut Database,
    surface: Surface,
    table: &str,
    all: &[String],
    may: Option<&Rights>,
    wrong: &mut Vec<String>,
) {
    let mut expect = |rows: Rows, statement: String| {
        let done = as_role(owner, surface, &statement);
        let allowed = rows != Rows::None;
        if is_refused(&done) == allowed {
            wrong.push(format!("{surface:?}: {statement}: {done:?}, declared {rows:?}"));
        }
    };
    let of = |rows: fn(&Rights) -> Rows| may.map_or(Rows::None, rows);
    expect(of(|may| may.read), format!("SELECT * FROM {table}"));
    expect(of(|may| may.insert), format!("INSERT INTO {table} DEFAULT VALUES"));
    expect(of(|may| may.delete), format!("DELETE FROM {table}"));
    let columns = may.map(|may| may.columns).unwrap_or_default();
    for column in all {
        let listed = columns.is_empty() || columns.contains(&column.as_str());
        let rows = if listed { of(|may| may.update) } else { Rows::None };
        expect(rows, format!("UPDATE {table} SET {column} = DEFAULT WHERE false"));
    }
}

#[actix_web::test]
async fn each_role_may_do_in_each_table_what_is_declared_and_no_more() {
    if !on_postgres() {
        return;
    }
    let app = peopled().await;
    let mut owner = Database::open(&app.settings.database);
    let all = columns::all(&mut owner.0).unwrap();
    let (mut wrong, mut cells) = (Vec::new(), 0);
    for table in owner.tables() {
        let own = RIGHTS.iter().find(|own| own.table == table).unwrap();
        let names: Vec<String> =
            all.iter().filter(|(of, _)| *of == table).map(|(_, column)| column.clone()).collect();
        for surface in Surface::ALL {
            let may = own.rights.iter().find(|may| may.surface == surface);
            check_table(&mut owner, surface, &table, &names, may, &mut wrong);
            cells += 3 + names.len();
        }
    }
    println!("{cells} statements: role × table × read, insert, delete, update of each column");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The migrations' own table can be read, and nothing else be done to the schema.
    for surface in Surface::ALL {
        assert!(as_role(&mut owner, surface, "SELECT * FROM __diesel_schema_migrations").is_ok());
        for change in [
            "DELETE FROM __diesel_schema_migrations",
            "CREATE TABLE own (id TEXT)",
            "ALTER TABLE sessions DISABLE ROW LEVEL SECURITY",
            "DROP TABLE sessions",
            "CREATE ROLE another",
        ] {
            let done = as_role(&mut owner, surface, change);
            assert!(done.is_err(), "{surface:?}: {change}");
        }
    }
    app.stop().await;
}

/// A number that a query answers to a role.
fn number_as(owner: &mut Database, surface: Surface, sql: &str) -> i64 {
    owner.run(&format!("SET ROLE {}", surface.role()));
    let found = owner.number(&format!("SELECT COUNT(*) AS value FROM {sql}"));
    owner.run("RESET ROLE");
    found
}

#[actix_web::test]
async fn rows_of_other_audiences_are_neither_seen_nor_touched() {
    if !on_postgres() {
        return;
    }
    let app = peopled().await;
    let mut owner = Database::open(&app.settings.database);
    // Each of these rows is there, and of somebody else.
    for (surface, rows) in [
        (Surface::Applicant, "sessions WHERE audience <> 'applicant'"),
        (Surface::Applicant, "sign_ins WHERE audience <> 'applicant'"),
        (Surface::Applicant, "sign_in_failures WHERE audience <> 'applicant'"),
        (Surface::Applicant, "dossiers WHERE class IN ('staff', 'assessor')"),
        (Surface::Applicant, "lookups WHERE kind = 'staff_email'"),
        (Surface::Applicant, "data_keys WHERE cohort_key LIKE 'staff/%'"),
        (Surface::Applicant, "audit WHERE action LIKE 'staff.%'"),
        (Surface::Finance, "sessions WHERE audience <> 'staff'"),
        (Surface::Finance, "dossiers WHERE class NOT IN ('bank', 'staff', 'log')"),
        (Surface::Finance, "sign_ins WHERE purpose NOT IN ('staff', 'proof')"),
        (Surface::Assessor, "sessions WHERE audience <> 'assessor'"),
        (Surface::Assessor, "dossiers WHERE class NOT IN ('packet', 'assessor', 'log')"),
        (Surface::Assessor, "data_keys WHERE cohort_key LIKE 'personal/%'"),
        (Surface::Assessor, "sign_ins"),
    ] {
        let there = owner.number(&format!("SELECT COUNT(*) AS value FROM {rows}"));
        assert!(there > 0, "nothing is there: {rows}");
        assert_eq!(number_as(&mut owner, surface, rows), 0, "{surface:?} {rows}");
    }
    for (surface, rows) in [
        (Surface::Applicant, "sessions"),
        (Surface::Applicant, "dossiers"),
        (Surface::Applicant, "data_keys"),
        (Surface::Staff, "sessions WHERE audience = 'applicant'"),
        (Surface::Finance, "staff"),
        (Surface::Assessor, "assessors"),
        (Surface::Assessor, "sessions"),
    ] {
        assert!(number_as(&mut owner, surface, rows) > 0, "{surface:?} sees its own: {rows}");
    }

    // proves: neither read nor write accounts, roles or sessions of others, not even by deleting their dossier.
    let people = "(SELECT COUNT(*) FROM staff) + (SELECT COUNT(*) FROM assessors)
         + (SELECT COUNT(*) FROM sessions WHERE audience <> 'applicant')";
    let others = format!("SELECT {people} AS value");
    let before = owner.number(&others);
    for surface in [Surface::Applicant, Surface::Finance, Surface::Assessor] {
        owner.run(&format!("BEGIN; SET LOCAL ROLE {}", surface.role()));
        owner.run("DELETE FROM dossiers");
        owner.run("RESET ROLE");
        assert_eq!(owner.number(&others), before, "{surface:?}");
        if surface != Surface::Applicant {
            assert!(owner.number("SELECT COUNT(*) AS value FROM applications") > 0);
        }
        owner.run("ROLLBACK");
    }
    let session = |audience: &str, person: &str| {
        format!(
            "INSERT INTO sessions (id, handle, audience, dossier_id, {audience}_id, device, proof, proved_at, created_at, seen_at, expires_at)
             VALUES ('x', 'x', '{audience}', '{person}', '{person}', '\\x00', 'mail', now(), now(), now(), now())"
        )
    };
    let member = owner.texts("SELECT id AS value FROM staff").pop().unwrap();
    let dossier =
        owner.texts("SELECT id AS value FROM dossiers WHERE class = 'personal'").pop().unwrap();
    let link = |audience: &str, purpose: &str| {
        format!(
            "INSERT INTO sign_ins (id, dossier_id, purpose, audience, attempts, created_at, expires_at)
             VALUES ('x', '{dossier}', '{purpose}', '{audience}', 0, now(), now())"
        )
    };
    for (surface, forged) in [
        (Surface::Applicant, session("staff", &member)),
        (Surface::Applicant, session("assessor", "one")),
        (Surface::Assessor, session("staff", &member)),
        (Surface::Finance, session("assessor", "one")),
        (Surface::Applicant, link("staff", "first_admin")),
        (Surface::Finance, link("staff", "first_admin")),
        (Surface::Finance, link("staff", "invitation")),
        (Surface::Assessor, link("staff", "staff")),
        (Surface::Applicant, "UPDATE dossiers SET class = 'staff'".to_owned()),
        (Surface::Finance, "UPDATE dossiers SET rule = 'unconfirmed'".to_owned()),
    ] {
        let done = as_role(&mut owner, surface, &forged).unwrap_err();
        assert!(done.contains("row-level security"), "{surface:?} {forged}: {done}");
    }
    app.stop().await;
}

/// The settings of a process of one surface, with its own keys and its own role.
pub fn part_of(settings: &Settings, surface: Surface) -> Settings {
    let surfaces = surface.word().parse().unwrap();
    let folder = settings.data.join(format!("keys-{surfaces}"));
    let full = Vault::open(keyring_files(settings)).unwrap();
    full.scope(&Part::of(surfaces), KeyringFiles::in_folder(&folder)).unwrap();
    let Setting::Postgres(address) = &settings.database else { panic!("it is PostgreSQL") };
    let (_, place) = address.expose_secret().split_once('@').unwrap();
    let address = format!("postgres://{}:of-a-test@{place}", surface.role());
    let database = Setting::Postgres(SecretString::from(address));
    let mut part = Settings { surfaces, database, ..settings.clone() };
    part.keys.root_key_file = folder.join("root.key");
    part.keys.folder = folder;
    part
}

pub async fn start(settings: Settings, clock: &FixedClock) -> Result<Running, String> {
    let clock = Arc::new(clock.clone());
    let built = actix_web::web::block(move || App::build(settings, clock)).await.unwrap();
    let app = built.map_err(|error| error.to_string())?;
    Ok(app.start_without_jobs().unwrap())
}

#[actix_web::test]
async fn processes_work_under_their_roles_from_the_first_page_to_the_officers_list() {
    if !on_postgres() {
        return;
    }
    let app = peopled().await;
    let mut owner = Database::open(&app.settings.database);
    let (_home, settings, clock) = app.stop().await;
    for surface in Surface::ALL {
        owner.run(&format!("ALTER ROLE {} PASSWORD 'of-a-test'", surface.role()));
    }
    let applicant = start(part_of(&settings, Surface::Applicant), &clock).await.unwrap();
    let staff = start(part_of(&settings, Surface::Staff), &clock).await.unwrap();
    let finance = start(part_of(&settings, Surface::Finance), &clock).await.unwrap();
    let assessor = start(part_of(&settings, Surface::Assessor), &clock).await.unwrap();
    let processes = [&applicant, &staff, &finance, &assessor];
    let newest = |address: &str| {
        let sent = mails::read_all(&settings.mail.folder);
        sent.into_iter().rev().find(|mail| mail.to == address).unwrap()
    };

    clock.advance(60);
    let browser = Client::new(applicant.port());
    let page = agree(&browser, PROJECT).await;
    let typed = [("email", "kim@mail.example")];
    browser.submit_and_follow(&page, FORM, &typed).await.expect(200);
    let officer = Client::new(staff.port());
    let page = officer.visit("/staff/sign-in/mail").await.expect(200);
    let typed = [("email", "olu@foundation.example")];
    let code = officer.submit_and_follow(&page, FORM, &typed).await.expect(200);
    for process in processes {
        process.run_jobs().unwrap();
    }
    let link = newest("kim@mail.example").link_to("/sign-in/link/");
    let page = browser.visit(&link).await.expect(200);
    let you = browser.submit_and_follow(&page, FORM, &[]).await.expect(200);
    let application = id_in(&you.url).to_owned();
    let check = fill_in(&browser, you, &person(3).project(3)).await;
    let receipt = browser.submit_and_follow(&check, FORM, &[]).await.expect(200);
    assert!(receipt.url.contains("/receipt"), "{}", receipt.url);
    browser.visit("/account").await.expect(200);

    let typed = newest("olu@foundation.example").code();
    officer.submit_and_follow(&code, FORM, &[("code", &typed)]).await.expect(200);
    let list = officer.visit("/staff/applications").await.expect(200);
    assert!(list.html.contains(&person(3).name));
    let read = officer.visit(&format!("/staff/applications/{application}")).await.expect(200);
    let moved = officer.submit_and_follow(&read, "main form[method=post]", &[]).await.expect(200);
    assert!(moved.html.contains(&person(3).name));

    // Finance comes in by its own process; the mail to it is sent by staff's.
    clock.advance(60);
    let payer = Client::new(finance.port());
    let page = payer.visit("/staff/sign-in/mail").await.expect(200);
    let asked = [("email", "olu@foundation.example")];
    let page = payer.submit_and_follow(&page, FORM, &asked).await.expect(200);
    for process in processes {
        process.run_jobs().unwrap();
    }
    let mail = newest("olu@foundation.example");
    let link = mail.link_to("/staff/sign-in/link/");
    payer.get(link.split_at(link.find("/staff").unwrap()).1).await.expect(200);
    let typed = mail.code();
    // An officer is sent on to the list, which is staff's process' to show.
    payer.submit(&page, FORM, &[("code", &typed)]).await.expect(303);
    let own = payer.visit("/staff/account").await.expect(200);
    payer.visit("/staff/prove").await.expect(200);
    payer.submit_and_follow(&own, "form.out", &[]).await.expect(200);
    // An assessor takes up an invitation and comes in again, in a process that opens nothing personal.
    let invite = officer.visit("/staff/assessors/invite").await.expect(200);
    let invited = [("email", "asa@assess.example"), ("until", "2027-09-01")];
    officer.submit_and_follow(&invite, FORM, &invited).await.expect(200);
    staff.run_jobs().unwrap();
    let outsider = Client::new(assessor.port());
    let link = newest("asa@assess.example").link_to("/assess/welcome/");
    // In earnest one name stands before all processes; here each has a port, and staff's sent the mail.
    let page = outsider.visit(link.split_at(link.find("/assess").unwrap()).1).await.expect(200);
    let home = outsider.submit_and_follow(&page, FORM, &[("name", "Asa")]).await.expect(200);
    assert!(home.url.starts_with("/assess"), "{}", home.url);
    outsider.submit_and_follow(&home, "form.out", &[]).await.expect(200);
    clock.advance(60);
    let page = outsider.visit("/assess/sign-in").await.expect(200);
    let asked = [("email", "asa@assess.example")];
    let page = outsider.submit_and_follow(&page, FORM, &asked).await.expect(200);
    for process in processes {
        process.run_jobs().unwrap();
    }
    let typed = newest("asa@assess.example").code();
    let home = outsider.submit_and_follow(&page, FORM, &[("code", &typed)]).await.expect(200);
    // And by a passkey, which its process makes, uses and removes.
    let origin = &assessor.context().site.base_url;
    let (mut passkey, _) = make(origin, &outsider, "/assess/account", "Laptop").await;
    let home = outsider.visit(&home.url).await.expect(200);
    outsider.submit_and_follow(&home, "form.out", &[]).await.expect(200);
    passkey.sign_in(&outsider, "/assess/sign-in").await.expect(200);
    let page = outsider.visit("/assess/account").await.expect(200);
    let form = "form[action='/assess/account/passkeys/remove']";
    outsider.submit_and_follow(&page, form, &[]).await.expect(200);
    passkey.sign_in(&outsider, "/assess/sign-in").await.expect(422);
    staff.run_jobs().unwrap();
    for told in ["A way to sign in was added", "A way to sign in was taken away"] {
        let sent = mails::read_all(&settings.mail.folder);
        let to_them = sent.iter().filter(|mail| mail.to == "asa@assess.example");
        assert_eq!(to_them.filter(|mail| mail.text.contains(told)).count(), 1, "{told}");
    }

    // What the applicant submitted was acknowledged by mail, and everything is in the audit's chain.
    assert!(newest("kim@mail.example").text.contains("application"), "it was acknowledged");
    staff.run_jobs().unwrap();
    assert_eq!(owner.number("SELECT COUNT(*) AS value FROM audit_pending"), 0);
    let open = browser.visit(&format!("/applications/{application}/withdraw")).await.expect(200);
    browser.submit_and_follow(&open, FORM, &[]).await.expect(200);
    for process in [applicant, staff, finance, assessor] {
        process.stop().await;
    }
    assert_eq!(owner.count("processes"), 0, "each said that it ends");

    // Whoever may not change the schema does not try.
    owner.run("DELETE FROM __diesel_schema_migrations WHERE version = (SELECT MAX(version) FROM __diesel_schema_migrations)");
    let error = start(part_of(&settings, Surface::Applicant), &clock).await.err().unwrap();
    assert!(error.contains("almoner migrate"), "{error}");
    owner.run("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000000')");
    let error = start(part_of(&settings, Surface::Applicant), &clock).await.err().unwrap();
    assert!(error.contains("newer version"), "{error}");
}
