//! The master test of the wall. Unlikely values are planted in everything personal of an applicant; then everything that
//! an assessor can reach is asked for, by every method, in the one-process site and in a process of its own, and its status
//! lines, headers, bodies and mails are searched for them in every way of writing them.

use std::collections::{BTreeMap, BTreeSet};

use almoner::domain::assignment::State;
use almoner::domain::id::Id;
use almoner::inventory::Surface;
use almoner::store::Store;
use almoner::web::routes::ROUTES;
use reqwest::Method;
use ring::digest;

use crate::assess::{address, undertake};
use crate::assess_scores::COMPLETE;
use crate::assessors::invite;
use crate::files::apply_as;
use crate::packets::release;
use crate::redactions::redact;
use crate::roles;
use crate::support::app::TestApp;
use crate::support::bytes::Search;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::html::Page;
use crate::support::journey::{Applied, EVENT, FORM, PROJECT, Typed, person};
use crate::support::mails;
use crate::support::on_postgres;
use crate::support::packets::Assessment;
use crate::surfaces;

/// What is planted: what it is, and the value.
const PLANTED: [(&str, &str); 20] = [
    ("name", "Zephyrine Quillfeather"),
    ("given name", "Zephyrine"),
    ("family name", "Quillfeather"),
    ("e-mail address", "zq.quillfeather@canary-mail.example"),
    ("pronouns", "xe7qcanary/xem"),
    ("location", "Ottervale"),
    ("social", "zephyrquill@toots.example"),
    ("phone in an answer", "+44 20 7946 0958"),
    ("account in an answer", "GB82 WEST 1234 5698 7654 32"),
    ("staff-only answer", "Canarypaidwork"),
    ("other staff-only answer", "Canarylanguage"),
    ("another application", "Secondcanarytitle"),
    ("another assessor", "Boadicea Tanglewood"),
    ("another assessor's address", "bo-canary@elsewhere.example"),
    ("another assessor's comment", "Boscommentcanary"),
    ("staff's note", "Notecanaryofstaff"),
    ("staff's comment", "Staffcommentcanary"),
    ("name of a file", "Filenamecanary.txt"),
    ("content of a file", "Filecontentcanary, kept for staff"),
    ("staff's name of a redacted file", "Copynamecanary of Zephyr.txt"),
];

/// What is in the redacted version of the file: whoever has the packet may fetch that, and nobody else.
const COPY: &str = "Copycontent: one step after the other.";

/// What an assessor may see.
pub const USERNAME: &str = "otter-weaver";

/// The MD5 of the address and the name in lower case, hexadecimal, as picture services use them.
const MD5: [&str; 2] = ["9d6e029b24e88304c53e1db419745d22", "b79f80f6fa0543315c1842c7ff69b960"];

fn planted(nth: usize) -> &'static str {
    PLANTED[nth].1
}

fn application() -> Typed {
    let mut typed = person(0).project(0);
    let summary = format!(
        "I am {} of {}. Write to {} or @{}.\nCall {}, account {}.\nQuillfeather, Zephyrine",
        planted(0),
        planted(5),
        planted(3),
        planted(6),
        planted(7),
        planted(8),
    );
    for (key, value) in [
        ("name", planted(0)),
        ("pronouns", planted(4)),
        ("location", "Ottervale, SE"),
        ("github_username", USERNAME),
        ("social_usernames", "@zephyrquill@toots.example"),
        ("answer.summary", &summary),
        ("answer.background", "See https://zephyrquill.example/about – Zephyrine"),
        ("answer.paid_work", "Canarypaidwork pays me nothing."),
        ("answer.languages", "Canarylanguage"),
    ] {
        typed.insert(key.to_owned(), value.to_owned());
    }
    typed
}

pub struct Stage {
    pub app: TestApp,
    officer: Client,
    applied: Applied,
    pub assessor: Client,
    pub own: Id,
    search: Search,
    /// Identifiers that are put into addresses.
    pub ids: Vec<String>,
}

async fn join(app: &TestApp, officer: &Client, name: &str, address: &str) -> Client {
    invite(app, officer, address, "2027-09-30").await.expect(200);
    let link = app.mail_to(address).await.link_to("/assess/welcome/");
    let browser = app.browser();
    let page = browser.visit(&link).await.expect(200);
    browser.submit_and_follow(&page, FORM, &[("name", name)]).await.expect(200);
    browser
}

pub async fn set() -> Stage {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let file = (planted(17), planted(18).as_bytes());
    let applied = apply_as(&app, planted(3), &application(), file).await;
    // The same person asks for something else.
    let mut second = person(0).event();
    second.insert("answer.title".to_owned(), planted(11).to_owned());
    second.insert("name".to_owned(), planted(0).to_owned());
    second.insert("github_username".to_owned(), USERNAME.to_owned());
    app.apply_in(EVENT, "zq.other@canary-mail.example", &second).await;
    // From another day on, the minute of the submission would be told apart.
    app.clock.advance(3 * 24 * 3600 + 61 * 60);
    let officer = app.sign_in_again(&officer, "olu@foundation.example").await;
    redact(&officer, &applied, (planted(19), COPY.as_bytes())).await.expect(200);
    release(&officer, &applied).await;
    let assessor = join(&app, &officer, "Asa Visitor", "asa@elsewhere.example").await;
    let other = join(&app, &officer, planted(12), planted(13)).await;

    let mut assessment = Assessment::open(&app);
    let packet = assessment.released(&applied.id);
    let known = assessment.assessors();
    let own = assessment.assign(&packet, &known[0], State::Accepted);
    let others = assessment.assign(&packet, &known[1], State::Accepted);
    undertake(&assessor, &own).await.expect(200);
    undertake(&other, &others).await.expect(200);
    let page = other.visit(&address(&others)).await.expect(200);
    let mut given = COMPLETE.to_vec();
    given.retain(|(name, _)| *name != "comment.6");
    given.extend([("comment.6", "Boscommentcanary is why."), ("action", "hand-in")]);
    other.submit_and_follow(&page, FORM, &given).await.expect(200);
    let about = format!("/staff/applications/{}/assessment", applied.id);
    let page = officer.visit(&about).await.expect(200);
    let token = page.attributes("[name=token]", "value").swap_remove(0);
    for fields in [
        [("action", "note"), ("note", "Notecanaryofstaff, for us alone"), ("token", &token)]
            .as_slice(),
        &[
            ("action", "scores"),
            ("points.0", "1"),
            ("comment.0", "Staffcommentcanary"),
            ("token", &token),
        ],
    ] {
        officer.post(&about, fields).await.expect(303);
    }
    app.run_jobs().await;

    let mut database = Database::open(&app.settings.database);
    let mut search = Search::of(PLANTED.map(|(_, value)| value));
    for (nth, value) in PLANTED.iter().map(|(_, value)| value.to_lowercase()).enumerate() {
        let value = value.as_bytes();
        for algorithm in [&digest::SHA256, &digest::SHA1_FOR_LEGACY_USE_ONLY, &digest::SHA512] {
            let hash = digest::digest(algorithm, value);
            let hex = data_encoding::HEXLOWER.encode(hash.as_ref());
            search = search.and(PLANTED[nth].0, hex.get(..32).unwrap().as_bytes());
            let base64 = data_encoding::BASE64.encode(hash.as_ref());
            search = search.and(PLANTED[nth].0, base64.get(..20).unwrap().as_bytes());
        }
    }
    for hash in MD5 {
        search = search.and("MD5", hash.as_bytes());
    }
    // The minute, and everything that leads from a packet to what it was made from.
    for minute in ["2027-03-02T09:3", "2 March 2027, 09:3", "2027-03-02 09:3"] {
        search = search.and("the minute of submission", minute.as_bytes());
    }
    let mut ids = vec![own.to_string(), others.to_string(), packet.id.to_string(), "a".repeat(26)];
    for (table, column) in [
        ("applications", "id"),
        ("applications", "reference"),
        ("accounts", "id"),
        ("members", "id"),
        ("preparations", "id"),
        ("packets", "id"),
        ("files", "id"),
        ("redactions", "id"),
        ("packet_files", "id"),
        ("packets", "dossier_id"),
        ("applications", "dossier_id"),
        ("members", "dossier_id"),
        ("rounds", "id"),
        ("programmes", "id"),
        ("staff", "id"),
    ] {
        for id in database.texts(&format!("SELECT {column} AS value FROM {table}")) {
            search = search.and(&format!("{table}.{column}"), id.as_bytes());
        }
    }
    search = search.and("another's assignment", others.as_str().as_bytes());
    search = search.and("another assessor's id", known[1].as_str().as_bytes());
    ids.push(applied.id.clone());
    Stage { app, officer, applied, assessor, own, search, ids }
}

/// What came back, as bytes: status line, headers, body.
fn bytes_of(page: &Page) -> Vec<u8> {
    let mut bytes = page.status.to_string().into_bytes();
    for (name, value) in &page.headers {
        bytes.extend(name.as_str().as_bytes());
        bytes.extend(b": ");
        bytes.extend(value.as_bytes());
        bytes.push(b'\n');
    }
    bytes.extend(page.html.as_bytes());
    bytes
}

/// What was found on the way: where, and what.
#[derive(Default)]
struct Crawl {
    asked: usize,
    statuses: BTreeMap<u16, usize>,
    found: BTreeSet<(String, String)>,
    /// Where the redacted version of the file came back.
    copies: BTreeSet<String>,
}

impl Crawl {
    fn take(&mut self, search: &Search, at: &str, own: &[&str], page: &Page) {
        self.asked += 1;
        *self.statuses.entry(page.status).or_default() += 1;
        // An address that somebody typed comes back in what leads from it: it told them nothing.
        let mut bytes = String::from_utf8_lossy(&bytes_of(page)).into_owned();
        if bytes.contains(COPY) {
            let address = at.split_whitespace().find(|part| part.starts_with('/'));
            self.copies.insert(address.unwrap_or(at).to_owned());
        }
        for typed in own {
            bytes = bytes.replace(typed, "");
        }
        for (what, way) in search.found_in(bytes.as_bytes()) {
            self.found.insert((at.to_owned(), format!("{what} ({way})")));
        }
    }
}

/// Every address there is, with every identifier, by every method and asked for in several ways.
async fn crawl(browser: &Client, search: &Search, ids: &[String]) -> Crawl {
    let mut crawl = Crawl::default();
    let mut addresses: BTreeSet<String> = BTreeSet::new();
    for route in ROUTES {
        for id in ids {
            let path = route
                .path
                .replace("{id}", id)
                .replace("{slug}", PROJECT)
                .replace("{section}", "you")
                .replace("{question}", "plan")
                .replace("{number}", "1")
                .replace("{file}", "site.css")
                .replace("{token}", "abc");
            addresses.insert(path);
        }
    }
    let forged = b"token=forged&action=hand-in&points.3=9&answer=none&then=/assess".to_vec();
    let form =
        [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
    for address in &addresses {
        // What signs out or ends the session would end the walk.
        let last = address.contains("sign-out") || address.contains("sessions");
        for method in
            [Method::GET, Method::HEAD, Method::OPTIONS, Method::PUT, Method::DELETE, Method::PATCH]
        {
            let page = browser.raw(method.clone(), address, &[], Vec::new()).await;
            crawl.take(search, &format!("{method} {address}"), &[address], &page);
        }
        if !last {
            let page = browser.raw(Method::POST, address, &form, forged.clone()).await;
            crawl.take(search, &format!("POST {address}"), &[address], &page);
        }
        for accept in ["application/json", "text/csv, */*;q=0", "image/png"] {
            let headers =
                [("accept", accept), ("accept-language", "sv-SE"), ("range", "bytes=0-99")];
            let page = browser.raw(Method::GET, address, &headers, Vec::new()).await;
            crawl.take(search, &format!("GET {address} as {accept}"), &[address], &page);
        }
    }
    crawl
}

/// What a person gets who does all that an assessor can do, mistakes included.
async fn work(browser: &Client, search: &Search, own: &Id, crawl: &mut Crawl) {
    let mine = address(own);
    let mut take = |at: &str, page: &Page| crawl.take(search, at, &[], page);
    let home = browser.visit("/assess").await.expect(200);
    take("home", &home);
    assert!(home.text_of("main").contains(USERNAME), "the packet is there to be read");
    let page = browser.visit(&mine).await.expect(200);
    assert!(page.text_of("main").contains("█████"));
    take("packet", &page);
    let long = "x".repeat(5_000);
    for fields in [
        &[("comment.6", ""), ("action", "hand-in")][..],
        &[("comment.6", long.as_str()), ("action", "save")],
        &[("comment.6", "call +44 20 7946 0958"), ("action", "hand-in")],
        &[("comment.6", "Quillfeather"), ("action", "save")],
    ] {
        if fields.contains(&("action", "save")) && !page.has("[name=action][value=save]") {
            continue;
        }
        let answer = browser.submit(&page, FORM, fields).await;
        // What the assessor types themself comes back to them.
        crawl.take(search, "mistakes", &["Quillfeather", "+44 20 7946 0958"], &answer);
    }
    let mut take = |at: &str, page: &Page| crawl.take(search, at, &[], page);
    let mut given = COMPLETE.to_vec();
    given.push(("action", "hand-in"));
    let page = browser.visit(&mine).await.expect(200);
    let done = browser.submit_and_follow(&page, FORM, &given).await.expect(200);
    take("handed in", &done);
    for end in ["", "/files/1", "/others", "/conflict", "/decline", "/undertaking", "/nothing"] {
        take(&format!("{mine}{end}"), &browser.visit(&format!("{mine}{end}")).await);
    }
    take("account", &browser.visit("/assess/account").await);
    take("offers", &browser.visit("/assess/packets/conflicts").await);
}

// proves S39
#[actix_web::test]
async fn an_assessor_reaches_nothing_that_was_planted() {
    let Stage { app, officer, applied, assessor, own, search, ids } = set().await;
    // Staff are shown every one of them: what is looked for is there, and is found.
    let mut shown = BTreeSet::new();
    for page in ["", "/packet", "/packet/files/plan", "/assessment", "/files/plan"] {
        let page =
            officer.visit(&format!("/staff/applications/{}{page}", applied.id)).await.expect(200);
        shown.extend(search.found_in(page.html.as_bytes()).into_iter().map(|(what, _)| what));
    }
    for (what, value) in PLANTED {
        let seldom = ["another application", "another assessor's address"].contains(&what);
        assert!(seldom || shown.contains(value), "{what} is shown to staff: {shown:?}");
    }

    let mut got = crawl(&assessor, &search, &ids).await;
    work(&assessor, &search, &own, &mut got).await;
    println!("one process: {} answers, by status {:?}", got.asked, got.statuses);
    assert_eq!(got.found, BTreeSet::new());
    assert_eq!(got.copies, BTreeSet::from([format!("{}/files/1", address(&own))]));
    assert!(!got.statuses.contains_key(&429), "nothing was left out for being asked too often");

    // Mails to assessors, with their headers and the names of their files.
    let folder = app.settings.mail.folder.clone();
    app.run_jobs().await;
    let to_assessors: Vec<_> = mails::read_all(&folder)
        .into_iter()
        .filter(|mail| mail.to == "asa@elsewhere.example")
        .collect();
    assert!(!to_assessors.is_empty());
    for mail in &to_assessors {
        for part in [&mail.headers, &mail.subject, &mail.text, &mail.html] {
            let found = search.found_in(part.as_bytes());
            let found: Vec<_> = found.iter().filter(|(what, _)| what != "staff.id").collect();
            assert_eq!(found, Vec::<&(String, &str)>::new(), "{}", mail.subject);
        }
    }

    // The same in a process that holds an assessor's keys alone, and on PostgreSQL its role.
    let cookie = assessor.cookie("__Host-assessor").unwrap();
    let (_home, settings, clock) = app.stop().await;
    let part = if on_postgres() {
        let mut owner = Database::open(&settings.database);
        Store::grant(&almoner::app::target(&settings)).unwrap();
        owner.run("ALTER ROLE almoner_assessor PASSWORD 'of-a-test'");
        roles::part_of(&settings, Surface::Assessor)
    } else {
        surfaces::scoped(&settings, "assessor")
    };
    let running = roles::start(part, &clock).await.unwrap();
    let browser = Client::new(running.port());
    browser.set_cookie("__Host-assessor", &cookie);
    let mut got = crawl(&browser, &search, &ids).await;
    work(&browser, &search, &own, &mut got).await;
    println!("own process: {} answers, by status {:?}", got.asked, got.statuses);
    assert_eq!(got.found, BTreeSet::new());
    assert_eq!(got.copies, BTreeSet::from([format!("{}/files/1", address(&own))]));
    running.stop().await;
}
