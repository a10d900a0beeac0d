//! The wall between assessors and applicants: what two assessors can compare, and what their process can reach.

use std::collections::BTreeSet;

use almoner::app::{keyring_files, target};
use almoner::domain::assignment::State;
use almoner::domain::class::Class;
use almoner::domain::id::Id;
use almoner::inventory::Surface;
use almoner::inventory::rights::{RIGHTS, Rows};
use almoner::store::{Store, dossiers};
use almoner::vault::{Vault, VaultError};

use crate::assess::{Stage, address, undertake};
use crate::assess_scores::{COMPLETE, SCORES, ask, hand_in};
use crate::roles;
use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::html::Page;
use crate::support::journey::{FORM, person};
use crate::support::on_postgres;
use crate::surfaces;

/// Everything of a page that looks like an identifier.
fn identifiers(page: &Page) -> BTreeSet<String> {
    let headers = page.headers.iter().map(|(_, value)| value.to_str().unwrap().to_owned());
    let all: Vec<String> = headers.chain([page.html.clone(), page.url.clone()]).collect();
    all.iter()
        .flat_map(|text| text.split(|letter: char| !letter.is_ascii_alphanumeric()))
        .filter(|word| word.len() >= 20)
        .map(str::to_owned)
        .collect()
}

/// What an assessor got: identifiers, and the usernames in the order in which they stood.
#[derive(Default)]
struct Got {
    identifiers: BTreeSet<String>,
    orders: Vec<Vec<String>>,
    pages: usize,
}

impl Got {
    fn take(&mut self, page: Page) -> Page {
        self.identifiers.extend(identifiers(&page));
        for css in ["fieldset legend", "tbody th"] {
            let names = page.texts_of(css);
            if names.len() > 1 && names.iter().all(|name| name.starts_with("user-")) {
                self.orders.push(names);
            }
        }
        self.pages += 1;
        page
    }
}

/// Goes through everything there is: the undertaking, conflicts, every packet and each of its pages.
async fn walk(browser: &Client, first: &Id) -> Got {
    let mut got = Got::default();
    got.take(browser.visit("/assess").await.expect(200));
    let page = got.take(undertake(browser, first).await.expect(200));
    let mut form = page.form(FORM);
    let names: Vec<String> =
        form.names().into_iter().filter(|name| name.starts_with("answer.")).collect();
    for name in &names {
        form.set(name, "none");
    }
    let sent = got.take(browser.send(&page, &form).await.expect(303));
    let home = got.take(browser.follow(sent).await.expect(200));
    let packets = home.attributes("tbody td a", "href");
    assert_eq!(packets.len(), names.len());
    for packet in packets {
        got.take(browser.visit(&packet).await.expect(200));
        let id: Id = packet.rsplit('/').next().unwrap().parse().unwrap();
        got.take(hand_in(browser, &id, &COMPLETE).await.expect(200));
        for page in ["", "/others", "/conflict", "/undertaking"] {
            got.take(browser.visit(&format!("{packet}{page}")).await.expect(200));
        }
        let page = browser.visit(&packet).await.expect(200);
        let asked = [("question", "Why?"), ("action", "ask")];
        got.take(browser.submit(&page, SCORES, &asked).await.expect(303));
    }
    got.take(browser.visit("/assess/account").await.expect(200));
    got.identifiers.insert(browser.cookie("__Host-assessor").unwrap());
    got
}

#[actix_web::test]
async fn two_assessors_who_compare_share_no_id_and_no_order() {
    let mut stage = Stage::set().await;
    stage.assessment.change(|plan| plan.show_others = true);
    let application = stage.app.apply(&person(7)).await.id;
    stage.packets =
        (0..8).map(|nth| stage.assessment.release(&application, &format!("user-{nth}"))).collect();
    let mut got = Vec::new();
    for assessor in [0, 1] {
        let ids: Vec<Id> = (0..8).map(|packet| stage.offer(packet, assessor)).collect();
        got.push(walk(&stage.assessors[assessor].0, &ids[0]).await);
    }
    for one in &got {
        // Eight assignments, the session and the token of its forms.
        assert_eq!(one.identifiers.len(), 10, "{:?}", one.identifiers);
        assert!(one.orders.len() > 5 && one.pages > 50);
        // Once conflicts are answered, one order for each assessor, always the same.
        assert!(one.orders.iter().skip(1).all(|order| *order == one.orders[1]));
    }
    println!("{} and {} identifiers", got[0].identifiers.len(), got[1].identifiers.len());
    let shared: Vec<&String> = got[0].identifiers.intersection(&got[1].identifiers).collect();
    assert_eq!(shared, Vec::<&String>::new());
    // One in 40,320 that two of them are the same by chance.
    assert_ne!(got[0].orders[1], got[1].orders[1]);
    stage.app.stop().await;
}

#[actix_web::test]
async fn the_assessors_process_does_all_of_it_with_its_own_keys_and_role() {
    let app = TestApp::start().await;
    let stage = Stage::set_in(app).await;
    let ids: Vec<Id> = (0..2).map(|packet| stage.offer(packet, 0)).collect();
    let Stage { app, assessment, assessors, .. } = stage;
    let cookie = assessors[0].0.cookie("__Host-assessor").unwrap();
    let (_home, settings, clock) = app.stop().await;
    let part = if on_postgres() {
        let mut owner = Database::open(&settings.database);
        Store::grant(&target(&settings)).unwrap();
        owner.run("ALTER ROLE almoner_assessor PASSWORD 'of-a-test'");
        roles::part_of(&settings, Surface::Assessor)
    } else {
        surfaces::scoped(&settings, "assessor")
    };
    let running = roles::start(part.clone(), &clock).await.unwrap();
    assert_eq!(running.context().classes(), [Class::Packet, Class::Assessor]);
    let browser = Client::new(running.port());
    browser.set_cookie("__Host-assessor", &cookie);
    let got = walk_plain(&browser, &ids[0]).await;
    assert!(got > 5);
    assert_eq!(assessment.assignment(&ids[0]).state(), State::Submitted);
    browser.visit(&format!("{}/conflict", address(&ids[1]))).await.expect(200);
    let page = browser.visit(&format!("{}/decline", address(&ids[1]))).await.expect(200);
    browser.submit_and_follow(&page, FORM, &[]).await.expect(200);
    assert_eq!(assessment.assignment(&ids[1]).state(), State::Declined);
    running.stop().await;

    // It can open no personal value, even when it is handed the row: not one key of such a dossier.
    let own = Vault::open(keyring_files(&part)).unwrap();
    let mut database = Database::open(&settings.database);
    let store = Store::open(target(&settings)).unwrap();
    let sealed = "SELECT dossier_id AS value FROM data_keys WHERE cohort_key LIKE 'personal/%'";
    let dossiers_of = database.texts(sealed);
    assert!(dossiers_of.len() >= 4);
    for dossier in dossiers_of {
        let dossier: Id = dossier.parse().unwrap();
        let wrapped = store.read(|connection| dossiers::key(connection, &dossier)).unwrap();
        match own.open_data_key(&wrapped, &dossier) {
            Err(VaultError::KeyNotInScope(Class::Personal)) => {}
            other => panic!("it opens: {:?}", other.map(|_| ())),
        }
    }
}

/// The same walk where others' scores are not shown.
async fn walk_plain(browser: &Client, first: &Id) -> usize {
    let page = undertake(browser, first).await.expect(200);
    let mut form = page.form(FORM);
    let names = form.names();
    for name in names.iter().filter(|name| name.starts_with("answer.")) {
        form.set(name, "none");
    }
    let sent = browser.send(&page, &form).await.expect(303);
    browser.follow(sent).await.expect(200);
    hand_in(browser, first, &COMPLETE).await.expect(200);
    let page = browser.visit(&address(first)).await.expect(200);
    ask(browser, &page, "Why?").await.expect(200);
    hand_in(browser, first, &[("points.4", "3")]).await.expect(200);
    7
}

/// The tables that the role of assessors' processes reads; every other is refused by the database. The test of all roles
/// in `roles.rs` holds the database to the table of rights; this one holds the table of rights to the wall.
const READS: [&str; 23] = [
    "access_days",
    "assessment_plans",
    "assessor_questions",
    "assessors",
    "assignments",
    "challenges",
    "cohort_keys",
    "data_keys",
    "dossiers",
    "github_accounts",
    "lookups",
    "packet_fields",
    "packet_files",
    "packets",
    "passkeys",
    "processes",
    "scores",
    "sessions",
    "sign_in_failures",
    "sign_ins",
    "site",
    "undertaking_texts",
    "undertakings",
];

#[actix_web::test]
async fn the_assessors_role_reads_its_own_tables_and_no_other() {
    let reads = |table: &str| {
        let own = RIGHTS.iter().find(|own| own.table == table);
        own.is_some_and(|own| {
            let mut may = own.rights.iter().filter(|may| may.surface == Surface::Assessor);
            may.any(|may| may.read != Rows::None)
        })
    };
    for own in RIGHTS {
        assert_eq!(reads(own.table), READS.contains(&own.table), "{}", own.table);
    }
    if !on_postgres() {
        return;
    }
    let stage = Stage::set().await;
    Store::grant(&target(&stage.app.settings)).unwrap();
    let mut owner = Database::open(&stage.app.settings.database);
    let mut refused = 0;
    for table in owner.tables() {
        let done = roles::as_role(&mut owner, Surface::Assessor, &format!("SELECT * FROM {table}"));
        assert_eq!(done.is_ok(), READS.contains(&table.as_str()), "{table}: {done:?}");
        refused += usize::from(roles::is_refused(&done));
    }
    println!("SELECT on {refused} tables is refused to the assessors' role");
    assert!(refused > 20);
    stage.app.stop().await;
}
