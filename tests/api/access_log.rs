//! The access log: every request, sealed, a day a dossier, for a year, and read for a reason only.

use almoner::domain::class::Class;
use almoner::service::access_log;
use almoner::vault::{KeyringFiles, Part, Vault, VaultError};

use crate::support::app::TestApp;
use crate::support::bytes::Search;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::html::Page;

use crate::support::on_postgres;

const AGENT: &str = "Netsurfer-of-a-kind/7.1";

/// A privacy officer.
async fn privacy(app: &TestApp) -> Client {
    let admin = app.first_admin(&[]).await;
    app.staff(&admin, "Pia Privacy", "pia@foundation.example", &["privacy"]).await
}

/// Opens a day, which is the newest unless fields say otherwise.
async fn look(browser: &Client, fields: &[(&str, &str)]) -> Page {
    let page = browser.visit("/staff/access-log").await.expect(200);
    let mut fields = fields.to_vec();
    if !fields.iter().any(|(name, _)| *name == "reason") {
        fields.push(("reason", "misuse"));
    }
    browser.submit(&page, "form.filters", &fields).await
}

/// The rows of a page, their cells joined.
fn rows(page: &Page) -> Vec<String> {
    page.texts_of("tbody tr")
}

// proves S41
#[actix_web::test]
async fn each_request_is_kept_without_what_is_secret() {
    let app = TestApp::start().await;
    let privacy = privacy(&app).await;
    let browser = Client::with_headers(
        app.port(),
        &[("user-agent", AGENT), ("referer", "https://news.example/grants?for=ada#top")],
    );
    browser.get("/rounds/event?who=ada@example.org").await.expect(200);
    browser.get("/sign-in/link/a-very-secret-token").await;
    browser.get("/sing-in/lnik/a-very-secret-token").await.expect(404);
    let id = "aibaeaqcaibaeaqcaibaeaqcai";
    browser.get(&format!("/applications/{id}/receipt")).await.expect(303);
    browser.post("/sign-in", &[("email", "typed@mail.example")]).await;
    browser.get("/static/site.css").await.expect(200);
    browser.get("/healthz").await.expect(200);
    browser.get("/readyz").await.expect(200);
    app.run_jobs().await;

    let page = look(&privacy, &[]).await.expect(200);
    let of_this_browser: Vec<String> =
        rows(&page).into_iter().filter(|row| row.contains(AGENT)).collect();
    let wanted = [
        "POST /sign-in 303",
        &format!("GET /applications/{id}/receipt 303"),
        "GET (no such page) 404",
        "GET /sign-in/link/{token} ",
        "GET /rounds/event 200",
    ];
    assert_eq!(of_this_browser.len(), wanted.len(), "{of_this_browser:#?}");
    for (row, wanted) in of_this_browser.iter().zip(wanted) {
        assert!(row.contains(wanted), "{row} is not {wanted}");
        assert!(row.contains("127.0.0.1") && row.contains("https://news.example/grants"), "{row}");
    }
    for secret in ["a-very-secret-token", "ada", "typed@mail.example", "site.css", "healthz"] {
        assert!(!of_this_browser.join("\n").contains(secret), "{secret}");
    }

    // By path, status and address.
    let found = look(&privacy, &[("path", "/rounds/"), ("status", "200")]).await.expect(200);
    assert!(rows(&found).iter().all(|row| row.contains("GET /rounds/event 200")));
    assert_eq!(rows(&found).len(), 1);
    let found = look(&privacy, &[("ip", "203.0.113.9")]).await.expect(200);
    assert_eq!(found.text_of(".empty h2"), "No request fits");
    let found = look(&privacy, &[("status", "no number")]).await.expect(422);
    assert_eq!(found.errors(), ["Enter a status of three digits, such as 404"]);
    assert_eq!(found.form("form.filters").value("status"), Some("no number"));
    assert_eq!(rows(&found).len(), 0);
    assert!(!found.url.contains('?'), "what was looked for is not in the address: {}", found.url);
    app.stop().await;
}

#[actix_web::test]
async fn it_is_opened_for_a_reason_by_the_privacy_officer_alone_and_each_page_is_audited() {
    let app = TestApp::start().await;
    let privacy = privacy(&app).await;
    for _ in 0..130 {
        app.browser().get("/privacy").await.expect(200);
    }
    app.run_jobs().await;
    let mut database = Database::open(&app.settings.database);
    let opened = |database: &mut Database| {
        database.texts(
            "SELECT role || ' ' || reason || ' ' || detail AS value FROM audit
             WHERE action = 'access_log.opened' ORDER BY detail",
        )
    };
    let page = look(&privacy, &[("reason", "")]).await.expect(422);
    assert_eq!(page.errors(), ["Choose why you open this"]);
    assert_eq!(rows(&page).len(), 0);
    // That is a reason for the audit, and none for this.
    let token = page.form("form.filters").value("token").unwrap().to_owned();
    let forged = [("token", token.as_str()), ("day", "2027-03-02"), ("reason", "oversight")];
    privacy.post("/staff/access-log", &forged).await.expect(422);
    assert_eq!(opened(&mut database), Vec::<String>::new());

    let first = look(&privacy, &[("reason", "mistake"), ("path", "/privacy")]).await.expect(200);
    assert_eq!(rows(&first).len(), 100);
    let next = privacy.submit(&first, "form.paging", &[]).await.expect(200);
    assert_eq!(rows(&next).len(), 30, "each once");
    assert!(!next.has("form.paging"));
    let entries = opened(&mut database);
    assert_eq!(entries.len(), 2);
    for (entry, requests) in entries.iter().zip([100, 30]) {
        assert_eq!(
            *entry,
            format!(
                "privacy mistake {{\"day\":\"2027-03-02\",\"requests\":{requests},\"search\":[\"path\"]}}"
            )
        );
    }
    app.stop().await;
}

#[actix_web::test]
async fn it_lies_sealed_and_the_log_of_the_program_has_nothing_of_it() {
    let app = TestApp::start().await;
    let browser = Client::with_headers(app.port(), &[("user-agent", AGENT)]);
    browser.get("/rounds/event").await.expect(200);
    app.run_jobs().await;
    let mut database = Database::open(&app.settings.database);
    assert_eq!(database.number("SELECT CAST(SUM(requests) AS BIGINT) AS value FROM access_log"), 1);
    assert_eq!(
        database
            .texts("SELECT class || ' ' || rule AS value FROM dossiers WHERE kind = 'access_log'"),
        ["log access_log"]
    );
    let (cohort, sealed) = (
        "SELECT cohort_key AS value FROM data_keys WHERE cohort_key LIKE 'log/%'",
        Search::of([AGENT, "127.0.0.1", "/rounds/event"]),
    );
    assert_eq!(database.texts(cohort), ["log/2028Q1/1"], "the quarter in which the year ends");
    if !on_postgres() {
        let found = sealed.found_below(&app.settings.data, &app.settings.keys.folder);
        assert!(found.is_empty(), "{found:?}");
    }

    // A process that only seals for this class writes on, and can't read back.
    let files = KeyringFiles::in_folder(&app.folder().join("part"));
    let whole = Vault::open(almoner::app::keyring_files(&app.settings)).unwrap();
    let part = Part { only_seals: vec![Class::Log], ..Part::default() };
    whole.scope(&part, files.clone()).unwrap();
    let part = Vault::open(files).unwrap();
    let wrapped = almoner::domain::sealed::WrappedKey {
        cohort_key: "log/2028Q1/1".to_owned(),
        bytes: wrapped(&mut database),
    };
    let dossier = database.texts("SELECT dossier_id AS value FROM access_days").remove(0);
    let dossier = dossier.parse().unwrap();
    assert!(part.sealing_key(&wrapped, &dossier).is_ok());
    assert!(matches!(
        part.open_data_key(&wrapped, &dossier),
        Err(VaultError::KeyNotInScope(Class::Log))
    ));
    assert!(whole.open_data_key(&wrapped, &dossier).is_ok());
    app.stop().await;
}

/// The wrapped key pair of the only day there is.
fn wrapped(database: &mut Database) -> almoner::domain::sealed::Sealed {
    let hex = if on_postgres() { "ENCODE(wrapped, 'hex')" } else { "LOWER(HEX(wrapped))" };
    let text = database
        .texts(&format!("SELECT {hex} AS value FROM data_keys WHERE cohort_key LIKE 'log/%'"));
    let bytes = data_encoding::HEXLOWER.decode(text.first().unwrap().as_bytes()).unwrap();
    almoner::domain::sealed::Sealed::from_bytes(bytes)
}

// proves S41 R17
#[actix_web::test]
async fn a_day_is_gone_after_a_year_and_what_waits_is_written_at_the_end() {
    let app = TestApp::start().await;
    app.browser().get("/").await.expect(200);
    // Nothing ran that writes: it is written when the site stops.
    let app = app.restart().await;
    let mut database = Database::open(&app.settings.database);
    let days = "SELECT CAST(day AS TEXT) AS value FROM access_days ORDER BY day";
    assert_eq!(database.texts(days), ["2027-03-02"]);
    app.clock.advance(24 * 3600);
    app.browser().get("/").await.expect(200);
    app.run_jobs().await;
    assert_eq!(database.texts(days), ["2027-03-02", "2027-03-03"]);

    // 2 March 2028 is the last day of the first.
    app.clock.advance(365 * 24 * 3600);
    app.run_jobs().await;
    assert_eq!(app.context().today().to_string(), "2028-03-02");
    assert_eq!(database.texts(days), ["2027-03-02", "2027-03-03"]);
    app.clock.advance(24 * 3600);
    app.run_jobs().await;
    assert_eq!(database.texts(days), ["2027-03-03"]);
    let rows = "SELECT COUNT(*) AS value FROM access_log WHERE dossier_id NOT IN (SELECT dossier_id FROM access_days)";
    assert_eq!(database.number(rows), 0);
    assert_eq!(database.count("access_log"), 1);
    app.stop().await;
}

#[actix_web::test]
async fn what_comes_too_fast_is_left_out_and_counted() {
    let app = TestApp::start().await;
    let privacy = privacy(&app).await;
    app.run_jobs().await;
    let ctx = app.context();
    let access = almoner::domain::access::Access {
        at: ctx.now(),
        ip: "198.51.100.7".to_owned().into(),
        user_agent: "ü".repeat(150).into(),
        referrer: "\"\\".repeat(150).into(),
        method: "GET".to_owned(),
        path: "/".to_owned(),
        status: 200,
    };
    for _ in 0..access_log::MOST_WAITING + 37 {
        access_log::record(ctx, access.clone());
    }
    assert_eq!(access_log::waiting(ctx), access_log::MOST_WAITING);
    app.run_jobs().await;
    assert_eq!(access_log::waiting(ctx), 0);
    let page = look(&privacy, &[("ip", "198.51.100.7")]).await.expect(200);
    assert!(page.text_of(".found").contains("37 more came too fast and were left out"));
    let mut database = Database::open(&app.settings.database);
    assert_eq!(
        database.number("SELECT CAST(SUM(left_out) AS BIGINT) AS value FROM access_log"),
        37
    );
    app.stop().await;
}

#[actix_web::test]
async fn what_can_t_be_written_waits() {
    let app = TestApp::start().await;
    let mut database = Database::open(&app.settings.database);
    app.browser().get("/privacy").await.expect(200);
    database.run("ALTER TABLE access_log RENAME TO moved_away");
    let refused = access_log::write(app.context());
    assert!(refused.is_err());
    assert_eq!(access_log::waiting(app.context()), 1);
    database.run("ALTER TABLE moved_away RENAME TO access_log");
    app.run_jobs().await;
    assert_eq!(database.number("SELECT CAST(SUM(requests) AS BIGINT) AS value FROM access_log"), 1);
    app.stop().await;
}

#[actix_web::test]
async fn a_bad_request_gets_one_clear_answer() {
    let app = TestApp::start().await;
    let privacy = privacy(&app).await;
    let empty = app.start_page_of_log(&privacy).await;
    assert_eq!(empty.text_of(".empty h2"), "Nothing is kept yet");
    app.run_jobs().await;
    for day in ["", "2027-02-30", "2020-01-01", "yesterday"] {
        let page = privacy.visit("/staff/access-log").await.expect(200);
        let token = page.form("form.filters").value("token").unwrap().to_owned();
        let fields = [("token", token.as_str()), ("day", day), ("reason", "misuse")];
        let page = privacy.post("/staff/access-log", &fields).await.expect(422);
        assert_eq!(page.errors(), ["Choose a day of which something is kept"], "{day}");
        let odd = [fields[0], ("day", "2027-03-02"), fields[2], ("after", "1-2-3")];
        privacy.post("/staff/access-log", &odd).await.expect(404);
    }
    app.stop().await;
}

impl TestApp {
    /// The page of the access log before anything was written.
    async fn start_page_of_log(&self, browser: &Client) -> Page {
        let mut database = Database::open(&self.settings.database);
        database.run("DELETE FROM access_log; DELETE FROM access_days");
        browser.visit("/staff/access-log").await.expect(200)
    }
}
