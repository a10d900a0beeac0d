//! Parts of the site in processes of their own, each with its own keyring.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use almoner::app::{App, Running, keyring_files, target};
use almoner::clock::FixedClock;
use almoner::config::Settings;
use almoner::domain::class::Class;
use almoner::domain::id::Id;
use almoner::store::{Store, dossiers};
use almoner::vault::{KeyringFiles, MacPurpose, Part, Vault, VaultError};
use secrecy::ExposeSecret;

use crate::support::app::{Home, TestApp};
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::journey::{FORM, PROJECT, ask_to_apply, fill_in, person};
use crate::support::mails;
use crate::support::on_postgres;

/// The settings of a process that serves these surfaces, with its keyring written.
pub fn scoped(settings: &Settings, surfaces: &str) -> Settings {
    let surfaces = surfaces.parse().unwrap();
    let folder = settings.data.join(format!("keys-{surfaces}"));
    let full = Vault::open(keyring_files(settings)).unwrap();
    full.scope(&Part::of(surfaces), KeyringFiles::in_folder(&folder)).unwrap();
    let mut part = Settings { surfaces, ..settings.clone() };
    part.keys.root_key_file = folder.join("root.key");
    part.keys.folder = folder;
    part
}

async fn build(settings: &Settings, clock: &FixedClock) -> Result<App, String> {
    let (settings, clock) = (settings.clone(), Arc::new(clock.clone()));
    let built = actix_web::web::block(move || App::build(settings, clock)).await.unwrap();
    built.map_err(|error| error.to_string())
}

async fn start(settings: &Settings, clock: &FixedClock) -> Running {
    build(settings, clock).await.unwrap().start_without_jobs().unwrap()
}

/// One page of each part of the site, as somebody who is signed out gets it.
const PAGES: [(&str, &str); 23] = [
    ("applicant", "/"),
    ("applicant", "/privacy"),
    ("applicant", "/rounds/project-2027"),
    ("applicant", "/rounds/project-2027/apply"),
    ("applicant", "/sign-in"),
    ("applicant", "/applications"),
    ("staff,finance", "/staff"),
    ("staff,finance", "/staff/sign-in"),
    ("staff,finance", "/staff/sign-in/code"),
    ("staff,finance", "/staff/sign-in/passkey"),
    ("staff", "/staff/ways"),
    ("assessor", "/assess"),
    ("assessor", "/assess/sign-in"),
    ("assessor", "/assess/sign-in/passkey"),
    ("assessor", "/assess/account/passkeys/new"),
    ("staff", "/staff/applications"),
    ("staff", "/staff/people"),
    ("staff", "/staff/audit"),
    ("staff", "/staff/access-log"),
    ("applicant", "/account/who-saw-my-data"),
    ("applicant,staff,finance,assessor", "/healthz"),
    ("applicant,staff,finance,assessor", "/readyz"),
    ("applicant,staff,finance,assessor", "/static/site.css"),
];

#[actix_web::test]
async fn routes_of_other_surfaces_do_not_exist() {
    let (_home, settings, clock) = TestApp::start().await.stop().await;
    for surfaces in ["applicant", "staff", "finance", "assessor", "applicant,finance"] {
        let part = scoped(&settings, surfaces);
        let running = start(&part, &clock).await;
        let browser = Client::new(running.port());
        for (served_by, path) in PAGES {
            let path = path.replace("project-2027", PROJECT);
            let answer = browser.get(&path).await;
            let served = served_by.split(',').any(|one| surfaces.split(',').any(|own| own == one));
            assert_eq!(answer.status != 404, served, "{surfaces} {path}: {}", answer.status);
            // The way on is one that this process has.
            if !served {
                let on = answer.attributes("main a", "href").remove(0);
                assert_ne!(browser.get(&on).await.status, 404, "{surfaces} {path} leads to {on}");
            }
            let answer = browser.post(&path, &[]).await;
            assert_eq!(answer.status != 404, served, "{surfaces} POST {path}: {}", answer.status);
        }
        let mut database = Database::open(&settings.database);
        let told = database.texts("SELECT surfaces AS value FROM processes");
        assert_eq!(told, [surfaces.to_owned()]);
        let kept = database.count("access_log");
        running.stop().await;
        // Each of them can seal for the access log, whether or not it can read it.
        assert!(database.count("access_log") > kept, "{surfaces}");
    }
}

#[actix_web::test]
async fn too_many_keys_or_too_few_refuse_the_start() {
    let (_home, settings, clock) = TestApp::start().await.stop().await;
    let with_keys_of = |surfaces: &str, keys: &Settings| {
        let surfaces = surfaces.parse().unwrap();
        Settings { surfaces, keys: keys.keys.clone(), ..settings.clone() }
    };
    let (applicant, staff) = (scoped(&settings, "applicant"), scoped(&settings, "staff"));
    for (surfaces, keys, says) in [
        (
            "applicant",
            &settings,
            "must not hold these keys: packet, bank, staff, assessor, log, ledger, audit",
        ),
        ("assessor", &staff, "must not hold these keys: personal, staff, log, audit"),
        ("finance", &applicant, "must not hold these keys: personal, journey"),
        ("staff", &applicant, "must not hold these keys: bank:seal, journey, bank-psk"),
        ("applicant,staff", &applicant, "does not hold them: packet, staff, assessor, log, audit"),
        ("applicant,staff", &staff, "does not hold them: bank:seal, journey, bank-psk"),
        ("all", &staff, "takes the whole keyring"),
    ] {
        let Err(error) = build(&with_keys_of(surfaces, keys), &clock).await else {
            panic!("{surfaces} must not start with other keys");
        };
        assert!(error.contains(says) && error.contains("keys.folder"), "{surfaces}: {error}");
        if surfaces != "all" {
            assert!(error.contains(&format!("--surface {surfaces} --out DIR")), "{error}");
        }
    }
    // Without any, none are made.
    let mut none = with_keys_of("applicant", &settings);
    none.keys.folder = settings.data.join("none");
    let Err(error) = build(&none, &clock).await else { panic!("it must not start") };
    assert!(error.contains("almoner keys scope --surface applicant"), "{error}");
    assert!(!none.keys.folder.exists());
}

#[actix_web::test]
async fn a_part_of_a_site_makes_no_site() {
    let clock = FixedClock::at(TestApp::first_morning());
    let home = Home::empty();
    let settings = home.settings(&clock);
    if !on_postgres() {
        settings.make_data_folder().unwrap();
        Vault::create(keyring_files(&settings), None, TestApp::first_morning().date_naive())
            .unwrap();
    }
    let staff = scoped(&settings, "staff");
    let Err(error) = build(&staff, &clock).await else { panic!("it must not start") };
    assert!(error.contains("schema") && error.contains("almoner migrate"), "{error}");
    assert!(!Store::migrate(&target(&settings)).unwrap().is_empty());
    assert!(Store::migrate(&target(&settings)).unwrap().is_empty());
    let Err(error) = build(&staff, &clock).await else { panic!("it must not start") };
    assert!(error.contains("no site yet") && error.contains("whole keyring"), "{error}");
}

fn almoner(settings: &Settings, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_almoner"));
    command.args(arguments).arg("--data").arg(&settings.data).env_clear();
    if let almoner::config::Database::Postgres(address) = &settings.database {
        command.env("DATABASE_URL", address.expose_secret());
    }
    let ran = command.output().unwrap();
    let said = [ran.stdout, ran.stderr].concat();
    (ran.status.success(), String::from_utf8(said).unwrap())
}

#[actix_web::test]
async fn the_command_writes_exactly_the_keys_of_its_surfaces() {
    let (_home, settings, clock) = TestApp::start().await.stop().await;
    let folder = settings.data.join("finance");
    let out = folder.to_str().unwrap();
    let (done, said) = almoner(&settings, &["keys", "scope", "--surface", "finance", "--out", out]);
    assert!(
        done && said.contains("bank, staff, log:seal, link, code, session, forgery, lock"),
        "{said}"
    );
    let mut part = Settings { surfaces: "finance".parse().unwrap(), ..settings.clone() };
    part.keys.root_key_file = folder.join("root.key");
    part.keys.folder = folder.clone();
    let app = build(&part, &clock).await.unwrap();
    assert_eq!(app.context().classes(), [Class::Bank, Class::Staff]);
    assert_eq!(app.context().only_seals(), [Class::Log]);
    assert!(app.first_admin_link().is_none(), "its page is not among those of finance");
    let (done, said) = almoner(&settings, &["keys", "scope", "--surface", "money", "--out", out]);
    assert!(!done && said.contains("applicant, staff, finance and assessor"), "{said}");
}

#[actix_web::test]
async fn migrate_makes_a_site_for_its_processes_and_says_what_it_did() {
    let clock = FixedClock::at(TestApp::first_morning());
    let home = Home::empty();
    let settings = home.settings(&clock);
    if !on_postgres() {
        let (done, said) = almoner(&settings, &["migrate"]);
        assert!(done && said.contains("There is no keyring"), "{said}");
        Vault::create(keyring_files(&settings), None, TestApp::first_morning().date_naive())
            .unwrap();
    }
    let (done, said) = almoner(&settings, &["migrate"]);
    assert!(done && said.contains("The site is ready"), "{said}");
    assert_eq!(said.contains("Applied: 20261122000001, "), on_postgres(), "{said}");
    let (done, said) = almoner(&settings, &["migrate", "--grant"]);
    assert!(said.contains("The schema is up to date."), "{said}");
    assert_eq!(done, on_postgres(), "{said}");
    assert!(said.contains(if on_postgres() { "almoner_assessor" } else { "SQLite has no roles" }));
    start(&scoped(&settings, "applicant"), &clock).await.stop().await;
}

/// A link to a row of an audience and a purpose, as a process with the key of links and a right to insert makes one.
fn forged_link(settings: &Settings, id: char, audience: &str, purpose: &str) -> String {
    let id = id.to_string().repeat(Id::LEN);
    let mut database = Database::open(&settings.database);
    let class = if audience == "staff" { "staff" } else { "personal" };
    database.run(&format!(
        "INSERT INTO dossiers (id, kind, class, keep_until, rule, created_at)
           VALUES ('{id}', 'sign_in', '{class}', '2030-01-01', 'unconfirmed', '2027-03-02 09:00:00');
         INSERT INTO sign_ins (id, dossier_id, purpose, audience, attempts, created_at, expires_at)
           VALUES ('{id}', '{id}', '{purpose}', '{audience}', 0, '2027-03-02 09:00:00', '2027-03-03 09:00:00')"
    ));
    let vault = Vault::open(keyring_files(settings)).unwrap();
    let mac = vault.mac(MacPurpose::Link, &[id.as_bytes()]).unwrap();
    format!("{id}{}", data_encoding::BASE32_NOPAD.encode(&mac[..16]).to_ascii_lowercase())
}

#[actix_web::test]
async fn a_link_of_applicants_makes_nobody_a_member_of_staff() {
    let app = TestApp::start().await;
    let browser = app.browser();
    for (id, audience, purpose, page, status) in [
        ('a', "staff", "first_admin", "/staff/welcome", 200),
        ('b', "applicant", "first_admin", "/staff/welcome", 410),
        ('c', "applicant", "staff", "/staff/sign-in/link", 410),
        ('d', "assessor", "first_admin", "/staff/welcome", 410),
        ('e', "staff", "applicant", "/sign-in/link", 410),
        ('f', "applicant", "applicant", "/sign-in/link", 200),
        ('g', "assessor", "applicant", "/sign-in/link", 410),
        ('h', "assessor", "assessor", "/assess/sign-in/link", 200),
        ('i', "applicant", "assessor", "/assess/sign-in/link", 410),
        ('j', "applicant", "handed", "/staff/sign-in/link", 410),
        ('k', "staff", "handed", "/staff/sign-in/link", 200),
        ('l', "assessor", "handed", "/staff/sign-in/link", 410),
    ] {
        let token = forged_link(&app.settings, id, audience, purpose);
        browser.get(&format!("{page}/{token}")).await.expect(status);
    }
    app.stop().await;
}

#[actix_web::test]
async fn assessors_processes_open_nothing_personal_even_when_handed_the_row() {
    let app = TestApp::start().await;
    app.apply(&person(1)).await;
    let (_home, settings, clock) = app.stop().await;
    let part = scoped(&settings, "assessor");
    let running = start(&part, &clock).await;
    assert_eq!(running.context().classes(), [Class::Packet, Class::Assessor]);
    // The row and its wrapped key lie in the database that the process reads.
    let mut database = Database::open(&settings.database);
    let dossier = database.texts("SELECT dossier_id AS value FROM members").pop().unwrap();
    let dossier: Id = dossier.parse().unwrap();
    let wrapped = Store::open(target(&settings))
        .unwrap()
        .read(|connection| dossiers::key(connection, &dossier))
        .unwrap();
    let own = Vault::open(keyring_files(&part)).unwrap();
    match own.open_data_key(&wrapped, &dossier) {
        Err(VaultError::KeyNotInScope(Class::Personal)) => {}
        other => panic!("it opens: {:?}", other.map(|_| ())),
    }
    assert!(
        Vault::open(keyring_files(&settings)).unwrap().open_data_key(&wrapped, &dossier).is_ok()
    );
    running.stop().await;
}

fn to(folder: &Path, address: &str) -> usize {
    mails::read_all(folder).iter().filter(|mail| mail.to == address).count()
}

#[actix_web::test]
async fn each_process_does_the_jobs_that_its_keys_allow_and_leaves_the_others() {
    let app = TestApp::start().await;
    let admin = app.browser();
    let page = admin.visit(&app.first_admin_link).await.expect(200);
    let named = [("name", "Admin"), ("email", "admin@staff.example")];
    admin.submit_and_follow(&page, "main form", &named).await.expect(200);
    let (_home, settings, clock) = app.stop().await;
    let applicant = start(&scoped(&settings, "applicant"), &clock).await;
    let staff = start(&scoped(&settings, "staff"), &clock).await;
    let folder = settings.mail.folder.clone();

    // Mail to staff waits for a process that can open its address, however often the other looks.
    let officer = Client::new(staff.port());
    officer.post("/staff/sign-in/mail", &[("email", "admin@staff.example")]).await.expect(303);
    let browser = Client::new(applicant.port());
    ask_to_apply(&browser, PROJECT, "kim@mail.example").await;
    for _ in 0..2 {
        applicant.run_jobs().unwrap();
    }
    assert_eq!((to(&folder, "kim@mail.example"), to(&folder, "admin@staff.example")), (1, 0));
    let mut database = Database::open(&settings.database);
    let waits = "SELECT COUNT(*) AS value FROM audit_pending";
    let chained = "SELECT COUNT(*) AS value FROM audit_chain";
    let before = database.number(chained);
    assert!(database.number(waits) > 0 || before > 0);
    staff.run_jobs().unwrap();
    assert_eq!((to(&folder, "kim@mail.example"), to(&folder, "admin@staff.example")), (1, 1));

    // Somebody applies in the one process and is read in the other.
    let mail = mails::read_all(&folder).into_iter().find(|mail| mail.to == "kim@mail.example");
    // The port of whoever asked: in earnest one name stands before all processes.
    let page = browser.visit(&mail.unwrap().link_to("/sign-in/link/")).await.expect(200);
    let you = browser.submit_and_follow(&page, FORM, &[]).await.expect(200);
    let check = fill_in(&browser, you, &person(1).project(1)).await;
    browser.submit_and_follow(&check, FORM, &[]).await.expect(200);
    assert!(database.number(waits) > 0, "no other process than staff's chains the audit");
    applicant.run_jobs().unwrap();
    assert!(database.number(waits) > 0);
    staff.run_jobs().unwrap();
    assert_eq!(database.number(waits), 0);
    assert!(database.number(chained) > before);
    applicant.stop().await;
    staff.stop().await;
}
