//! Who looked: why an application is opened, what the applicant reads of it, and how the audit is searched.

use crate::support::app::TestApp;
use crate::support::bytes::Search;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::html::Page;
use crate::support::journey::{Applied, FORM, person};

/// An approver's look at a list.
const IN_A_LIST: &str = "An approver saw name, GitHub username and status of {} in a list, once, \
                         to check applications under review before they are decided.";

/// A site with an officer, an approver and a privacy officer.
struct Office {
    app: TestApp,
    officer: Client,
    approver: Client,
    privacy: Client,
}

impl Office {
    async fn open() -> Self {
        let app = TestApp::start().await;
        let admin = app.first_admin(&[]).await;
        let officer =
            app.staff(&admin, "Olu Officer", "olu@foundation.example", &["officer"]).await;
        let approver =
            app.staff(&admin, "Ana Approver", "ana@foundation.example", &["approver"]).await;
        let privacy =
            app.staff(&admin, "Pia Privacy", "pia@foundation.example", &["privacy"]).await;
        Self { app, officer, approver, privacy }
    }
}

/// Why somebody opens an application, from the page that asks.
async fn say_why(browser: &Client, id: &str, fields: &[(&str, &str)]) -> Page {
    let page = browser.visit(&format!("/staff/applications/{id}")).await.expect(200);
    assert_eq!(page.text_of("h1"), "Why do you open this application?");
    browser.submit(&page, FORM, fields).await
}

async fn withdraw(applied: &Applied) {
    let page = applied.browser.visit(&format!("/applications/{}/withdraw", applied.id)).await;
    applied.browser.submit_and_follow(&page.expect(200), FORM, &[]).await.expect(200);
}

async fn seen(app: &TestApp, applied: &Applied) -> Page {
    // A look at a list comes there within two seconds, when the audit is chained.
    app.run_jobs().await;
    applied.browser.visit("/account/who-saw-my-data").await.expect(200)
}

#[actix_web::test]
async fn the_applicant_reads_which_role_looked_when_and_why_and_no_name() {
    let Office { app, officer, approver, privacy } = Office::open().await;
    let (mine, other) = (app.apply(&person(0)).await, app.apply(&person(1)).await);
    let page = seen(&app, &mine).await;
    assert_eq!(page.text_of(".empty h2"), "Nobody has looked yet");

    // 2 March: twice in lists, opened once. Another's application is opened, too.
    officer.visit("/staff/applications").await.expect(200);
    officer.visit("/staff/applications?sort=oldest").await.expect(200);
    let address = |applied: &Applied| format!("/staff/applications/{}", applied.id);
    let page = officer.visit(&address(&mine)).await.expect(200);
    officer.visit(&address(&other)).await.expect(200);
    officer.submit_and_follow(&page, FORM, &[("to", "in_review")]).await.expect(200);
    // 3 March: an approver, to whose work it belongs now.
    app.clock.advance(24 * 3600);
    let approver = app.sign_in_again(&approver, "ana@foundation.example").await;
    approver.visit(&address(&mine)).await.expect(200);
    // 4 March: it was withdrawn, and waits for nobody.
    app.clock.advance(24 * 3600);
    let again = app.sign_in_applicant(&person(0).email).await;
    let mine = Applied { browser: again, ..mine };
    withdraw(&mine).await;
    let approver = app.sign_in_again(&approver, "ana@foundation.example").await;
    let page = say_why(&approver, &mine.id, &[]).await.expect(422);
    assert_eq!(page.errors(), ["Choose why you open this"]);
    for text in ["", "too short", &"x".repeat(301)] {
        let page =
            say_why(&approver, &mine.id, &[("reason", "other"), ("reason_text", text)]).await;
        assert_eq!(page.expect(422).errors(), ["Write down the reason, in 10 to 300 characters"]);
    }
    // What was typed is not dropped without a word.
    let both = [("reason", "mistake"), ("reason_text", "They called about the amount")];
    let page = say_why(&approver, &mine.id, &both).await.expect(422);
    assert!(page.errors()[0].starts_with("Choose “something else” to give a reason"));
    // A reason that only a queue gives is none to choose.
    let page = approver.visit(&address(&mine)).await.expect(200);
    let token = page.form(FORM).value("token").unwrap().to_owned();
    let forged = [("token", token.as_str()), ("reason", "screening")];
    approver.post(&address(&mine), &forged).await.expect(422);
    let mut database = Database::open(&app.settings.database);
    let opened = "SELECT COUNT(*) AS value FROM audit WHERE action = 'application.opened'";
    // Mine and the other's, the page after the move, and the approver's.
    assert_eq!(database.number(opened), 4);
    let typed = "They called and asked for <b>a copy</b>";
    let page = say_why(&approver, &mine.id, &[("reason", "other"), ("reason_text", typed)]).await;
    assert_eq!(page.expect(200).text_of(".head .status"), "Withdrawn");
    app.clock.advance(60);
    say_why(&approver, &mine.id, &[("reason", "claim")]).await.expect(200);
    assert_eq!(database.number(opened), 6);

    let page = seen(&app, &mine).await;
    assert_eq!(page.texts_of("main h2"), ["4 March 2027", "3 March 2027", "2 March 2027"]);
    let of = |text: &str| text.replace("{}", &mine.reference);
    assert_eq!(
        page.texts_of(".looks li"),
        [
            of(
                "An approver opened application {} at 09:31 UTC, to answer a legal claim or demand."
            ),
            of(
                "An approver opened application {} at 09:30 UTC, and wrote as the reason: They called and asked for <b>a copy</b>"
            ),
            // Who signs in comes to the list.
            of(IN_A_LIST),
            of(
                "An approver opened application {} at 09:30 UTC, to check applications under review before they are decided."
            ),
            of(IN_A_LIST),
            of("An officer opened application {} at 09:30 UTC, to screen applications."),
            of("An officer opened application {} at 09:30 UTC, to screen applications."),
            of(
                "An officer saw name, GitHub username and status of {} in a list, twice, to screen applications."
            ),
        ]
    );
    // Nobody is named, by whatever means; and the other's reference is not there.
    let ids = database.texts("SELECT id AS value FROM staff");
    let mut names: Vec<&str> = ids.iter().map(String::as_str).collect();
    names.extend([
        "Olu Officer",
        "Ana Approver",
        "olu@foundation.example",
        &other.reference,
        &other.id,
    ]);
    let found = Search::of(names).found_in(page.html.as_bytes());
    assert!(found.is_empty(), "{found:?}");
    let other = Applied { browser: app.sign_in_applicant(&person(1).email).await, ..other };
    assert!(seen(&app, &other).await.text_of("main").contains("An officer opened application"));
    assert!(!seen(&app, &other).await.text_of("main").contains("An approver opened"));

    // The typed reason lies sealed, and leads to nobody in clear.
    assert_eq!(database.count("audit_reasons"), 1);
    let all = database.texts("SELECT action || detail AS value FROM audit").join("\n");
    assert!(!all.contains("called"));
    drop(privacy);
    app.stop().await;
}

#[actix_web::test]
async fn who_looked_goes_with_the_application_and_the_entry_stays() {
    let Office { app, officer, .. } = Office::open().await;
    let mine = app.apply(&person(0)).await;
    withdraw(&mine).await;
    let typed = [("reason", "other"), ("reason_text", "A question that came by letter")];
    say_why(&officer, &mine.id, &typed).await.expect(200);
    let mut database = Database::open(&app.settings.database);
    let kept = |database: &mut Database| {
        (database.count("audit_subjects"), database.count("audit_reasons"))
    };
    assert_eq!(kept(&mut database), (1, 1));
    let entries = database.count("audit");
    // What an erasure does.
    let dossier = format!("SELECT dossier_id FROM applications WHERE id = '{}'", mine.id);
    database.run(&format!("DELETE FROM dossiers WHERE id = ({dossier})"));
    assert_eq!(kept(&mut database), (0, 0));
    assert_eq!(database.count("audit"), entries);
    app.run_jobs().await;
    let report = almoner::service::audit_chain::verify(app.context()).unwrap();
    assert_eq!(report.wrong, Vec::<String>::new());
    app.stop().await;
}

#[actix_web::test]
async fn a_page_holds_thirty_days_and_the_next_goes_on() {
    let Office { app, officer, .. } = Office::open().await;
    let mine = app.apply(&person(0)).await;
    let mut officer = officer;
    for _ in 0..33 {
        officer = app.sign_in_again(&officer, "olu@foundation.example").await;
        officer.visit(&format!("/staff/applications/{}", mine.id)).await.expect(200);
        app.clock.advance(24 * 3600);
    }
    let mine = Applied { browser: app.sign_in_applicant(&person(0).email).await, ..mine };
    let first = seen(&app, &mine).await;
    assert_eq!(first.texts_of("main section h2").len(), 30);
    let next = mine.browser.click(&first, "Earlier days").await.expect(200);
    assert_eq!(next.texts_of("main section h2"), ["4 March 2027", "3 March 2027", "2 March 2027"]);
    assert!(!next.html.contains("Earlier days"));
    for odd in ["x", "2027-99-01", "0000-00-00"] {
        let page = mine.browser.visit(&format!("/account/who-saw-my-data?before={odd}")).await;
        assert_eq!(page.expect(200).texts_of("main section h2").len(), 30, "{odd}");
    }
    app.stop().await;
}

/// The cells of the first column that link to an entry, and the others.
fn entries(page: &Page) -> Vec<(String, String)> {
    let links = page.attributes("tbody th a", "href");
    links.into_iter().zip(page.texts_of("tbody tr")).collect()
}

#[actix_web::test]
async fn the_privacy_officer_searches_the_audit_and_each_search_is_in_it() {
    let Office { app, officer, approver, privacy } = Office::open().await;
    let (mine, other) = (app.apply(&person(0)).await, app.apply(&person(1)).await);
    officer.visit("/staff/applications").await.expect(200);
    officer.visit(&format!("/staff/applications/{}", mine.id)).await.expect(200);
    officer.visit(&format!("/staff/applications/{}", other.id)).await.expect(200);
    let typed = [("reason", "other"), ("reason_text", "Seen on the stairs with the form")];
    say_why(&approver, &mine.id, &typed).await.expect(200);
    let mut database = Database::open(&app.settings.database);
    let id_of = |database: &mut Database, role: &str| {
        let id = format!("SELECT id AS value FROM staff WHERE roles = '{role}'");
        database.texts(&id).remove(0)
    };
    let (olu, ana) = (id_of(&mut database, "officer"), id_of(&mut database, "approver"));
    let before = database.count("audit");
    let search =
        async |query: &str| privacy.visit(&format!("/staff/audit?{query}")).await.expect(200);

    let page = search("").await;
    assert!(page.attributes("option", "value").contains(&"application.opened".to_owned()));
    assert_eq!(entries(&search("action=application.opened").await).len(), 3);
    assert_eq!(entries(&search("action=application.opened&role=approver").await).len(), 1);
    let by_olu = search(&format!("action=application.opened&staff={olu}")).await;
    assert_eq!(entries(&by_olu).len(), 2);
    assert!(
        entries(&by_olu).iter().all(|(_, row)| row.contains("Olu Officer")
            && row.contains(&mine.id) != row.contains(&other.id)),
        "colleagues by name, applications by identifier"
    );
    // What shows an application, a list among them, and what the applicant did to it.
    app.run_jobs().await;
    let about = search(&format!("reference={}", mine.reference.to_lowercase())).await;
    let text = about.text_of("tbody");
    assert!(
        text.contains("applications.listed") && text.contains("application.submitted"),
        "{text}"
    );
    assert_eq!(text.matches("application.opened").count(), 2);
    for nothing in [
        "reference=AAAA-BBBB-CCCC",
        "from=2027-03-03",
        "to=2027-03-01",
        "action=no.such.action",
        "role=finance",
    ] {
        assert_eq!(search(nothing).await.text_of(".empty h2"), "No entry fits", "{nothing}");
    }
    assert!(!entries(&search("from=2027-03-02&to=2027-03-02").await).is_empty());
    // What can't be understood is named and kept, and nothing is searched.
    let broken = privacy.visit("/staff/audit?from=yesterday&to=2027-02-30&staff=x&role=king");
    let broken = broken.await.expect(422);
    assert_eq!(broken.errors().len(), 4, "{:?}", broken.errors());
    let form = broken.form("form.filters");
    for (field, typed) in
        [("from", "yesterday"), ("to", "2027-02-30"), ("staff", "x"), ("role", "king")]
    {
        assert_eq!(form.value(field), Some(typed), "{field}");
    }
    assert!(entries(&broken).is_empty() && !broken.has(".empty"));
    let turned = privacy.visit("/staff/audit?from=2027-03-02&to=2027-03-01").await.expect(422);
    assert_eq!(turned.errors(), ["The last day is before the first"]);
    privacy.get("/staff/audit?after=nonsense").await.expect(404);
    assert_eq!(database.count("audit"), before + 11, "one a search");
    let searched = database.texts(
        "SELECT detail AS value FROM audit WHERE action = 'audit.searched' AND role = 'privacy'
         AND reason = 'oversight' ORDER BY at, id",
    );
    assert_eq!(searched.len(), 12, "and one when the privacy officer came in");
    assert!(
        searched.iter().any(|detail| detail.contains(&format!("\"application\":\"{}\"", mine.id)))
    );

    // An entry is opened for the name behind it.
    let (address, _) = entries(&search("role=approver&action=application.opened").await).remove(0);
    let entry = privacy.visit(&address).await.expect(200);
    let text = entry.text_of("main");
    for told in
        ["Ana Approver", &ana, "Seen on the stairs with the form", &mine.reference, &mine.id]
    {
        assert!(text.contains(told), "{told}: {text}");
    }
    let back = entry.attributes(".back a", "href");
    assert_eq!(back, ["/staff/audit?action=application.opened&role=approver"]);
    let opened =
        database.number("SELECT COUNT(*) AS value FROM audit WHERE action = 'audit.opened'");
    assert_eq!(opened, 1);
    privacy.get(&format!("/staff/audit/{}", "a".repeat(26))).await.expect(404);
    privacy.get("/staff/audit/x").await.expect(404);
    app.stop().await;
}

#[actix_web::test]
async fn the_audit_is_paged_and_each_entry_comes_once() {
    let Office { app, officer, privacy, .. } = Office::open().await;
    for _ in 0..120 {
        officer.visit("/staff/applications").await.expect(200);
    }
    let mut page = privacy.visit("/staff/audit?action=applications.listed").await.expect(200);
    let mut seen: Vec<String> = Vec::new();
    loop {
        let shown = page.attributes("tbody th a", "href");
        seen.extend(shown.iter().map(|link| link.split('?').next().unwrap().to_owned()));
        if !page.has("a[rel=next]") {
            break;
        }
        page = privacy.click(&page, "Next page").await.expect(200);
    }
    // Officer and approver came in to a list.
    assert_eq!(seen.len(), 122);
    let mut once = seen.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), seen.len());
    app.stop().await;
}

impl TestApp {
    /// Signs somebody of staff in again: their session is over.
    pub async fn sign_in_again(&self, _before: &Client, email: &str) -> Client {
        self.sign_in_at("/staff/sign-in", "/mail", email).await
    }

    /// Signs an applicant in again.
    pub async fn sign_in_applicant(&self, email: &str) -> Client {
        self.sign_in_at("/sign-in", "", email).await
    }

    async fn sign_in_at(&self, door: &str, by_mail: &str, email: &str) -> Client {
        // The newest mail is the one that is meant.
        self.clock.advance(1);
        let browser = self.browser();
        let page = browser.visit(&format!("{door}{by_mail}")).await.expect(200);
        browser.submit_and_follow(&page, FORM, &[("email", email)]).await.expect(200);
        let link = self.mail_to(email).await.link_to(&format!("{door}/link/"));
        let page = browser.visit(&link).await.expect(200);
        browser.submit_and_follow(&page, FORM, &[]).await.expect(200);
        browser
    }
}

#[actix_web::test]
async fn who_helped_with_access_is_told_as_well() {
    let Office { app, officer, .. } = Office::open().await;
    let mine = app.apply(&person(0)).await;
    let page = format!("/staff/applications/{}/access", mine.id);
    officer.visit(&page).await.expect(200);
    let page = seen(&app, &mine).await;
    let told = page.text_of("main");
    assert!(told.contains("help somebody back into their account"), "{told}");
    app.stop().await;
}
