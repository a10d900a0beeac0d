//! Unlikely values are given wherever a person can give one. Then every byte that the site has written is searched for
//! them, however they could be written: there are none, but in the mails that were delivered.

use std::path::{Path, PathBuf};

use reqwest::Method;

use crate::files::{self, FILE_FORM};
use crate::support::attachments::{MAKER, of_each_kind};
use crate::support::bytes::{Search, files_below, spellings};
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::html::Page;
use crate::support::journey::{
    EVENT, FORM, HARDSHIP, PROJECT, Typed, ask_to_apply, fill_in, fill_section, id_in, open_link,
    person, shown, submit,
};
use crate::support::on_postgres;
use crate::support::postgres::TestDatabase;
use crate::support::server::Server;

/// An address that nobody has.
const IP: &str = "2001:db8:5eed:ca1a:b1e:fee1:dead:c0de";
const IP_BYTES: [u8; 16] = [
    0x20, 0x01, 0x0d, 0xb8, 0x5e, 0xed, 0xca, 0x1a, 0x0b, 0x1e, 0xfe, 0xe1, 0xde, 0xad, 0xc0, 0xde,
];
const IP_IN_FULL: &str = "2001:0db8:5eed:ca1a:0b1e:fee1:dead:c0de";

/// Makes values that occur nowhere else, and remembers them.
#[derive(Default)]
struct Canaries(Vec<String>);

impl Canaries {
    /// A word that stands for itself.
    fn word(&mut self, place: &str) -> String {
        let word = format!("qz7{place}{}x", self.0.len());
        self.0.push(word.clone());
        word
    }

    /// A text with letters that are written in more than one way; the whole of it is looked for, and the word alone.
    fn text(&mut self, place: &str) -> String {
        let text = format!("Zoë {} & Kanárie", self.word(place));
        self.0.push(text.clone());
        text
    }

    fn email(&mut self, place: &str) -> String {
        format!("{}@{}.example", self.word(place), self.word("host"))
    }

    /// Something secret that the site made up.
    fn secret(&mut self, value: Option<String>) {
        self.0.push(value.unwrap());
    }

    /// What somebody fills in in a form: a canary wherever there is room for one. Amounts, days and choices have none.
    fn fill(&mut self, mut typed: Typed) -> Typed {
        for (name, value) in &mut typed {
            *value = match name.as_str() {
                "github_username" => self.word("github-user-"),
                "answer.hours" | "answer.attendees" => {
                    let number = format!("7319{:04}", 9000 + self.0.len());
                    self.0.push(number.clone());
                    number
                }
                "social_usernames" => format!("{}\n{}", self.text("social"), self.text("other")),
                "answer.amount" | "answer.date" | "answer.category" | "answer.kind"
                | "answer.affected" => continue,
                consent if consent.starts_with("consent.") => continue,
                answer => self.text(answer.rsplit('.').next().unwrap()),
            };
        }
        typed
    }
}

/// A site, and somebody who comes to it from far away with an unusual browser.
struct Stage {
    server: Server,
    canaries: Canaries,
    browser_name: String,
}

impl Stage {
    fn browser(&self) -> Client {
        let name = self.browser_name.as_str();
        let headers = [("x-forwarded-for", IP), ("user-agent", name), ("referer", name)];
        Client::with_headers(self.server.port, &headers)
    }

    async fn begin(&mut self, browser: &Client, round: &str, email: &str) -> Page {
        ask_to_apply(browser, round, email).await;
        let link = self.server.link(email, "/sign-in/link/").await;
        self.canaries.secret(link.rsplit('/').next().map(str::to_owned));
        self.canaries.secret(browser.cookie("__Host-visit"));
        let page = open_link(browser, &link).await;
        self.canaries.secret(browser.cookie("__Host-applicant"));
        self.canaries.secret(page.form(FORM).value("token").map(str::to_owned));
        page
    }

    /// Somebody applies; answers the browser, and the page that follows the last section.
    async fn apply(&mut self, round: &str, typed: Typed) -> (Client, Page, Typed) {
        let (browser, email) = (self.browser(), self.canaries.email("mail"));
        let typed = self.canaries.fill(typed);
        let page = self.begin(&browser, round, &email).await;
        if round == PROJECT {
            self.attach(&browser, &id_in(&page.url)).await;
        }
        let check = fill_in(&browser, page, &typed).await;
        for (name, value) in typed.iter().filter(|(name, _)| !name.starts_with("consent.")) {
            assert_eq!(shown(&check).get(name), Some(value), "{name} is held");
        }
        (browser, check, typed)
    }

    /// Files, each in the place of the one before, and some that can't be kept.
    async fn attach(&mut self, browser: &Client, application: &str) {
        let said = self.canaries.word("infile");
        self.canaries.0.push(MAKER.to_owned());
        let address = files::address(application);
        for file in of_each_kind(&said) {
            let name = format!("{}.{}", self.canaries.word("filename"), file.kind.extension());
            let page = browser.visit(&address).await.expect(200);
            let kept = browser.attach_and_follow(&page, FILE_FORM, &name, &file.bytes).await;
            assert!(kept.expect(200).text_of(".attached").starts_with(&name), "{name} is held");
        }
        let page = browser.visit(&address).await.expect(200);
        let refused = format!("{}\0", self.canaries.text("refused"));
        let name = self.canaries.word("refusedname");
        browser.attach(&page, FILE_FORM, &name, refused.as_bytes()).await.expect(422);
        let large = self.canaries.text("large").repeat(200_000);
        browser.attach(&page, FILE_FORM, &name, large.as_bytes()).await.expect(422);
        let cut = page.form(FILE_FORM).in_parts(("file", &name, refused.as_bytes()));
        let cut = cut.split_at(cut.len() - 60).0.to_vec();
        browser.post_parts(&address, cut).await.expect(400);
    }

    /// Everything that can go wrong with what somebody types.
    async fn mistakes(&mut self) {
        let browser = self.browser();
        let email = self.canaries.email("mistaken");
        let page = self.begin(&browser, PROJECT, &email).await;
        let long = format!("{}{}", self.canaries.text("toolong"), "x".repeat(300));
        browser.submit(&page, FORM, &[("name", &long)]).await.expect(422);
        let (wrong, unsaved) = (self.canaries.word("wrong_"), self.canaries.text("unsaved"));
        browser.submit(&page, FORM, &[("github_username", &wrong)]).await.expect(422);
        browser.post(&page.url, &[("token", "forged"), ("name", &unsaved)]).await.expect(403);
        let (field, value) = (self.canaries.word("field"), self.canaries.text("value"));
        browser.post(&page.url, &[(&field, &value)]).await.expect(400);
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let body = format!("name={}%FF", self.canaries.word("latin"));
        browser.raw(Method::POST, &page.url, &headers, body.into_bytes()).await.expect(400);
        let (path, query) = (self.canaries.word("path"), self.canaries.word("query"));
        browser.get(&format!("/applications/{path}?{query}={query}")).await.expect(404);
        browser.get(&format!("/{path}/{query}")).await.expect(404);
        browser.raw(Method::from_bytes(b"QZ7METHODX").unwrap(), "/", &[], Vec::new()).await;
        self.canaries.0.push("QZ7METHODX".to_owned());

        // Addresses that are unknown, or none; codes that are wrong; a mail that nobody opens.
        let browser = self.browser();
        let (unknown, none) = (self.canaries.email("unknown"), self.canaries.word("none"));
        for (door, by_mail) in [("/sign-in", "/sign-in"), ("/staff/sign-in", "/staff/sign-in/mail")]
        {
            let page = browser.visit(by_mail).await.expect(200);
            browser.submit(&page, FORM, &[("email", &none)]).await.expect(422);
            browser.submit(&page, FORM, &[("email", &unknown)]).await.expect(303);
            let page = browser.visit(&format!("{door}/code")).await.expect(200);
            browser.submit(&page, FORM, &[("code", "73194186")]).await.expect(422);
        }
        self.canaries.0.push("73194186".to_owned());
        let never = self.canaries.email("never");
        ask_to_apply(&self.browser(), HARDSHIP, &never).await;
        self.server.link(&never, "/sign-in/link/").await;
    }

    /// An administrator and an officer come in, and the officer looks for people.
    async fn staff(&mut self, id: &str, found: &Typed) -> Client {
        let admin = self.browser();
        let page = admin.visit(&self.server.first_admin).await.expect(200);
        let (name, email) = (self.canaries.text("admin"), self.canaries.email("admin"));
        let came =
            admin.submit_and_follow(&page, FORM, &[("name", &name), ("email", &email)]).await;
        came.expect(200);
        self.canaries.secret(admin.cookie("__Host-staff"));
        let people = admin.visit("/staff/people/invite").await.expect(200);
        let email = self.canaries.email("officer");
        let idle = self.canaries.email("idle");
        for address in [&email, &idle] {
            let invited = [("email", address.as_str()), ("roles", "officer")];
            admin.submit_and_follow(&people, FORM, &invited).await.expect(200);
        }
        let officer = self.browser();
        let link = self.server.link(&email, "/staff/welcome/").await;
        let page = officer.visit(&link).await.expect(200);
        let name = self.canaries.text("officer");
        officer.submit_and_follow(&page, FORM, &[("name", &name)]).await.expect(200);
        officer.submit(&officer.visit("/staff").await, "form.out", &[]).await.expect(303);
        let page = officer.visit("/staff/sign-in/mail").await.expect(200);
        officer.submit(&page, FORM, &[("email", &email)]).await.expect(303);
        let link = self.server.link(&email, "/staff/sign-in/link/").await;
        open_link(&officer, &link).await;

        let list = officer.visit("/staff/applications").await.expect(200);
        let (name, email) = (self.canaries.text("sought"), self.canaries.email("sought"));
        let github = self.canaries.word("sought");
        let known = found.get("name").unwrap();
        for search in
            [("name", &name), ("email", &email), ("github_username", &github), ("name", known)]
        {
            let found = officer.submit(&list, FORM, &[(search.0, search.1.as_str())]).await;
            assert_eq!(found.expect(200).html.contains(id), search.1 == known);
        }
        let page = officer.visit(&format!("/staff/applications/{id}")).await.expect(200);
        let file = page.link(&shown(&page)["answer.plan"]);
        assert_eq!(officer.fetch(&file).await.0, 200, "the file is held");
        assert_eq!(shown(&page).get("ip").map(String::as_str), Some(IP), "the address is held");
        assert_eq!(shown(&page).get("name"), Some(known));
        officer.submit_and_follow(&page, FORM, &[("to", "in_review")]).await.expect(200);
        officer
    }

    /// Everywhere the site can have written to, but for the mails.
    fn places(&self) -> Vec<PathBuf> {
        let mut places = vec![self.server.home.folder().to_owned()];
        if on_postgres() {
            places.push(TestDatabase::cluster_folder());
        }
        places
    }

    fn search(&self) -> Search {
        let texts = self.canaries.0.iter().map(String::as_str);
        Search::of(texts.chain([IP, IP_IN_FULL])).and("the address of the machine", &IP_BYTES)
    }

    fn found(&self, search: &Search) -> Vec<(PathBuf, String, &'static str)> {
        let mails = &self.server.settings.mail.folder;
        self.places().iter().flat_map(|place| search.found_below(place, mails)).collect()
    }

    fn database(&self) -> Database {
        Database::open(&self.server.settings.database)
    }
}

fn is_among(found: &[(PathBuf, String, &str)], file: impl Fn(&Path) -> bool) -> bool {
    found.iter().any(|(path, ..)| file(path))
}

/// A value that lies open in each place where one could lie is found there.
fn the_search_finds_what_lies_open(stage: &Stage) {
    let control = "Zoë qz7control & Kanárie";
    let search = Search::of([control]);
    assert!(stage.found(&search).is_empty());
    let folder = stage.server.home.folder();
    let mut database = stage.database();
    if on_postgres() {
        database.run("SET synchronous_commit = on");
    }
    database.run(&format!("INSERT INTO leases VALUES ('{control}', 'x', '2027-01-01 00:00:00')"));
    if on_postgres() {
        // Looked at first: other tests write much, and the log is written over.
        let log = TestDatabase::cluster_folder().join("data/pg_wal");
        assert!(!search.found_below(&log, folder).is_empty(), "in the write-ahead log");
        database.run("CHECKPOINT");
        let is_table = |file: &Path| file.to_string_lossy().contains("/base/");
        assert!(is_among(&stage.found(&search), is_table), "in the database itself");
    } else {
        let is_wal = |file: &Path| file.to_string_lossy().ends_with("-wal");
        assert!(is_among(&stage.found(&search), is_wal), "in the write-ahead log");
        database.run("PRAGMA wal_checkpoint(TRUNCATE)");
        let is_main = |file: &Path| file.extension().is_some_and(|extension| extension == "db");
        assert!(is_among(&stage.found(&search), is_main), "in the database itself");
    }
    database.run("DELETE FROM leases WHERE holder = 'x'");
    let mut planted = Vec::new();
    for (nth, (way, bytes)) in spellings(control).into_iter().enumerate() {
        for place in [folder.join("tmp"), stage.server.settings.data.clone()] {
            let file = place.join(format!("open-{nth}"));
            std::fs::write(&file, [b"\xff\xfe".as_slice(), &bytes, b"\0"].concat()).unwrap();
            planted.push((file, way));
        }
    }
    let found = stage.found(&search);
    for (planted, way) in planted {
        assert!(found.iter().any(|(file, _, by)| *file == planted && *by == way), "{way}");
        std::fs::remove_file(&planted).unwrap();
    }
    let log = stage.server.log();
    let before = std::fs::read(&log).unwrap();
    std::fs::write(&log, [&before, control.as_bytes()].concat()).unwrap();
    assert!(is_among(&stage.found(&search), |file| *file == log), "in the log");
    std::fs::write(&log, before).unwrap();
}

// proves R19 S47 X
#[actix_web::test]
async fn nothing_that_people_give_lies_open_on_the_disk_or_in_the_log() {
    let mut canaries = Canaries::default();
    let browser_name = canaries.word("agent");
    let mut stage = Stage { server: Server::start(), canaries, browser_name };

    let (browser, check, typed) = stage.apply(PROJECT, person(0).project(0)).await;
    let receipt = submit(&browser, &check).await;
    let (browser, check, _) = stage.apply(EVENT, person(1).event()).await;
    let withdrawn = submit(&browser, &check).await;
    let page = browser.visit(&withdrawn.url.replace("/receipt", "/withdraw")).await.expect(200);
    browser.submit_and_follow(&page, FORM, &[]).await.expect(200);
    // A draft that is saved again and again, in the round with consents of their own.
    let need = [
        ("answer.title", ""),
        ("answer.need", ""),
        ("answer.work", ""),
        ("answer.anything", ""),
        ("answer.amount", "900"),
        ("consent.sensitive.need", "yes"),
        ("consent.sensitive.anything", "yes"),
    ];
    let mut draft = person(2).event();
    draft.retain(|name, _| !name.starts_with("answer."));
    draft.extend(need.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let (browser, check, typed_first) = stage.apply(HARDSHIP, draft.clone()).await;
    for section in ["you", "request", "staff-only"] {
        let typed_again = stage.canaries.fill(typed_first.clone());
        let page = check.url.replace("/check", &format!("/form/{section}"));
        let page = browser.visit(&page).await.expect(200);
        fill_section(&browser, &page, &typed_again).await.expect(200);
    }
    stage.mistakes().await;
    let officer = stage.staff(&id_in(&receipt.url), &typed).await;
    // Something that goes wrong inside, so that something is logged.
    let id = id_in(&receipt.url);
    let moved = format!("UPDATE members SET name = email WHERE application_id = '{id}'");
    stage.database().run(&moved);
    officer.visit(&format!("/staff/applications/{id}")).await.expect(500);

    let search = stage.search();
    let files = stage.places().iter().flat_map(|place| files_below(place, Path::new(""))).count();
    if on_postgres() {
        stage.database().run("CHECKPOINT");
    }
    assert_eq!(stage.found(&search), [], "while it runs");
    let log = std::fs::read_to_string(stage.server.log()).unwrap();
    assert!(log.contains("a request failed"), "it is logged what went wrong: {log:?}");
    the_search_finds_what_lies_open(&stage);
    stage.server.stop();
    if on_postgres() {
        stage.database().run("CHECKPOINT");
    }
    assert_eq!(stage.found(&search), [], "after it stopped");
    eprintln!(
        "{} canaries in {files} files and {} bytes of log: none; those planted openly were found",
        stage.canaries.0.len(),
        log.len()
    );
}
