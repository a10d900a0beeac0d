//! Assessors: invited by mail, with an end; they see their own pages and no other.

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::github::GitHub;
use crate::support::html::Page;
use crate::support::journey::{FORM, closely, open_link, surely};
use almoner::web::routes::{For, ROUTES};

pub const ADDRESS: &str = "asa@elsewhere.example";

/// The form that leads to GitHub.
const TO_GITHUB: &str = "form[action$='/github']";

pub async fn invite(app: &TestApp, officer: &Client, email: &str, until: &str) -> Page {
    // The newest mail is the one that is meant.
    app.clock.advance(1);
    let page = officer.visit("/staff/assessors/invite").await.expect(200);
    officer.submit_and_follow(&page, FORM, &[("email", email), ("until", until)]).await
}

/// Somebody invited comes in.
pub async fn welcome(app: &TestApp, email: &str) -> Client {
    let link = app.mail_to(email).await.link_to("/assess/welcome/");
    let browser = app.browser();
    let page = browser.visit(&link).await.expect(200);
    let page =
        browser.submit_and_follow(&page, FORM, &[("name", "Asa Assessor")]).await.expect(200);
    assert_eq!(page.url, "/assess?signed-in=1");
    browser
}

pub async fn assessor(app: &TestApp, until: &str) -> (Client, Client) {
    let officer = app.officer().await;
    invite(app, &officer, ADDRESS, until).await.expect(200);
    (officer, welcome(app, ADDRESS).await)
}

pub async fn is_in(browser: &Client) -> bool {
    browser.get("/assess").await.status == 200
}

/// The page of the only assessor, for an officer.
pub async fn page_of(officer: &Client) -> Page {
    let list = officer.visit("/staff/assessors").await.expect(200);
    let link = list.attributes("table a", "href").remove(0);
    officer.visit(&link).await.expect(200)
}

#[actix_web::test]
async fn an_invited_assessor_comes_in_and_sees_how_things_stand() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let page = invite(&app, &officer, ADDRESS, "2027-09-30").await.expect(200);
    assert!(page.html.contains(ADDRESS) && page.html.contains("30 September 2027"));
    let mail = app.mail_to(ADDRESS).await;
    assert!(mail.text.contains("until the end of 30 September 2027"), "{}", mail.text);
    let link = mail.link_to("/assess/welcome/");
    let browser = app.browser();
    let page = browser.visit(&link).await.expect(200);
    // Opening consumes nothing; a name is needed.
    assert_eq!(browser.visit(&link).await.html, page.html);
    let page = browser.submit(&page, FORM, &[]).await.expect(422);
    assert_eq!(page.errors(), ["Enter your name"]);
    let page =
        browser.submit_and_follow(&page, FORM, &[("name", "Asa Assessor")]).await.expect(200);
    let said = page.text_of("main");
    assert!(said.contains("Asa Assessor") && said.contains("30 September 2027"), "{said}");
    assert!(said.contains("No packets are assigned to you"), "{said}");
    app.browser().visit(&link).await.expect(410);
    let page = browser.visit("/assess/account").await.expect(200);
    assert!(page.html.contains("Signed in by an invitation"));
    app.stop().await;
}

#[actix_web::test]
async fn an_assessor_sees_no_page_but_their_own() {
    let app = TestApp::start().await;
    let (_, browser) = assessor(&app, "2027-09-30").await;
    let nobody = app.browser();
    let mut seen = 0;
    for route in ROUTES.iter().filter(|route| route.method == "GET") {
        let address = route.path.replace("{id}", &"a".repeat(26)).replace(['{', '}'], "");
        let answer = browser.get(&address).await;
        if matches!(route.who, For::Assessor) {
            continue;
        }
        // Whatever is not theirs is to them as to anyone.
        if !matches!(address.as_str(), "/healthz" | "/readyz") && !address.starts_with("/static") {
            assert_eq!(closely(&answer), closely(&nobody.get(&address).await), "{address}");
        }
        seen += 1;
    }
    assert!(seen > 30, "{seen}");
    app.stop().await;
}

#[actix_web::test]
async fn an_assessor_signs_in_by_mail_with_the_link_or_the_code() {
    let app = TestApp::start().await;
    let (_, browser) = assessor(&app, "2027-09-30").await;
    let home = browser.visit("/assess").await.expect(200);
    browser.submit_and_follow(&home, "form.out", &[]).await.expect(200);
    assert!(!is_in(&browser).await);
    // So that the mail that is asked for now is the newest.
    app.clock.advance(1);
    let door = browser.visit("/assess/sign-in").await.expect(200);
    let known = browser.submit_and_follow(&door, FORM, &[("email", ADDRESS)]).await.expect(200);
    let mail = app.mail_to(ADDRESS).await;
    let link = mail.link_to("/assess/sign-in/link/");
    // The link is for this door alone.
    let elsewhere = link.replace("/assess/sign-in", "/sign-in");
    browser.get(&elsewhere).await.expect(410);
    open_link(&browser, &link).await;
    assert!(is_in(&browser).await);

    app.clock.advance(1);
    let other = app.browser();
    let page = other.submit_and_follow(&door, FORM, &[("email", ADDRESS)]).await.expect(200);
    let code = app.mail_to(ADDRESS).await.code();
    other.submit_and_follow(&page, FORM, &[("code", &code)]).await.expect(200);
    assert!(is_in(&other).await);

    let stranger = app.browser();
    let unknown =
        stranger.submit_and_follow(&door, FORM, &[("email", "x@y.example")]).await.expect(200);
    assert_eq!(closely(&known), closely(&unknown));
    assert!(app.mails().await.iter().all(|mail| mail.to != "x@y.example"));
    app.stop().await;
}

#[actix_web::test]
async fn access_ends_at_once_and_can_be_given_again() {
    let app = TestApp::start().await;
    let (officer, browser) = assessor(&app, "2027-09-30").await;
    let door = app.browser().visit("/assess/sign-in").await.expect(200);
    let waiting = app.browser();
    app.clock.advance(1);
    waiting.submit(&door, FORM, &[("email", ADDRESS)]).await.expect(303);
    let link = app.mail_to(ADDRESS).await.link_to("/assess/sign-in/link/");
    app.clock.advance(1);
    let page = page_of(&officer).await;
    surely(&officer, &page, "form[action$='/end']").await.expect(200);
    assert!(!is_in(&browser).await);
    assert!(app.mail_to(ADDRESS).await.text.contains("Your access as an assessor was ended"));
    // What was mailed before opens nothing, and nothing is mailed any more.
    waiting.get(&link).await.expect(410);
    let before = app.mails().await.len();
    app.browser().submit(&door, FORM, &[("email", ADDRESS)]).await.expect(303);
    assert_eq!(app.mails().await.len(), before);

    let page = page_of(&officer).await;
    let until = "form[action$='/until']";
    let wrong = officer.submit(&page, until, &[("until", "2027-03-01")]).await.expect(422);
    assert_eq!(wrong.errors(), ["The last day of access must be today or later"]);
    officer.submit_and_follow(&page, until, &[("until", "2027-04-01")]).await.expect(200);
    app.clock.advance(1);
    app.browser().submit(&door, FORM, &[("email", ADDRESS)]).await.expect(303);
    let link = app.mail_to(ADDRESS).await.link_to("/assess/sign-in/link/");
    let back = app.browser();
    open_link(&back, &link).await;
    assert!(is_in(&back).await);
    app.stop().await;
}

#[actix_web::test]
async fn access_ends_by_itself_with_its_last_day() {
    let app = TestApp::start().await;
    let (_, browser) = assessor(&app, "2027-03-02").await;
    // From half past nine to half past eleven at night, and in again.
    app.clock.advance(14 * 3600);
    assert!(!is_in(&browser).await, "unused for an hour, a session ends");
    let door = browser.visit("/assess/sign-in").await.expect(200);
    browser.submit(&door, FORM, &[("email", ADDRESS)]).await.expect(303);
    let mail = app.mail_to(ADDRESS).await.link_to("/assess/sign-in/link/");
    open_link(&browser, &mail).await;
    app.clock.advance(29 * 60);
    assert!(is_in(&browser).await);
    app.clock.advance(2 * 60);
    assert!(!is_in(&browser).await);
    let before = app.mails().await.len();
    browser.submit(&door, FORM, &[("email", ADDRESS)]).await.expect(303);
    assert_eq!(app.mails().await.len(), before);
    app.stop().await;
}

#[actix_web::test]
async fn the_list_has_pages_and_people_are_found() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let mut database = Database::open(&app.settings.database);
    let names = |page: &Page| page.texts_of("table.list td[data-label='E-mail address']");
    for nth in 0..51 {
        // Two at a time arrive in the same moment: the order is told by their ids then.
        app.clock.advance(nth % 2);
        invite(&app, &officer, &format!("a{nth:02}@elsewhere.example"), "2027-09-30").await;
    }
    let first = officer.visit("/staff/assessors").await.expect(200);
    assert_eq!(names(&first).len(), 50);
    let second = officer.click(&first, "Next page").await.expect(200);
    assert_eq!(names(&second), ["a00@elsewhere.example"]);
    assert!(!second.has("a[rel=next]"));
    let again = officer.click(&second, "First page").await.expect(200);
    assert_eq!(names(&again), names(&first));
    officer.get("/staff/assessors?after=nonsense").await.expect(404);

    let link = app.mail_to("a07@elsewhere.example").await.link_to("/assess/welcome/");
    let browser = app.browser();
    let page = browser.visit(&link).await.expect(200);
    browser.submit_and_follow(&page, FORM, &[("name", "Åsa Ásgeirsdóttir")]).await.expect(200);
    let search = "form[role=search]";
    for (sought, found) in [
        ("ÁSGEIRS", vec!["a07@elsewhere.example"]),
        (" A13@Elsewhere.example ", vec!["a13@elsewhere.example"]),
        ("a99@elsewhere.example", vec![]),
        ("nobody", vec![]),
    ] {
        let page = officer.submit(&first, search, &[("sought", sought)]).await.expect(200);
        assert_eq!(names(&page), found, "{sought}");
        assert_eq!(page.has(".empty"), found.is_empty());
        // Whom one looked for stands in the field and in no address.
        assert_eq!(page.form(search).value("sought"), Some(sought));
        assert!(!page.url.contains("sought"));
    }
    officer.submit(&first, search, &[("sought", " ")]).await.expect(303);
    // What was shown is in the audit; what was looked for is not.
    let audited = database
        .texts("SELECT detail AS value FROM audit WHERE action = 'assessors.listed'")
        .join("\n");
    assert!(audited.contains("\"search\":\"name\"") && audited.contains("\"search\":\"email\""));
    assert!(!audited.contains("sgeirs") && !audited.contains("elsewhere"), "{audited}");
    app.stop().await;
}

#[actix_web::test]
async fn an_invitation_is_sent_again_and_mended() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let page = invite(&app, &officer, "no address", "").await.expect(422);
    assert_eq!(page.errors().len(), 2, "{:?}", page.errors());
    let page = invite(&app, &officer, ADDRESS, "2099-01-01").await.expect(422);
    assert_eq!(page.errors(), ["The last day of access must be within two years"]);
    invite(&app, &officer, ADDRESS, "2027-09-30").await.expect(200);
    let first = app.mail_to(ADDRESS).await.link_to("/assess/welcome/");
    app.clock.advance(1);
    let page = page_of(&officer).await;
    officer.submit_and_follow(&page, "form[action$='/again']", &[]).await.expect(200);
    let second = app.mail_to(ADDRESS).await.link_to("/assess/welcome/");
    assert_ne!(first, second);
    app.browser().visit(&first).await.expect(410);
    app.browser().visit(&second).await.expect(200);
    // To invite the same person again mends the day.
    invite(&app, &officer, ADDRESS, "2027-10-31").await.expect(200);
    app.browser().visit(&second).await.expect(410);
    assert!(app.mail_to(ADDRESS).await.text.contains("31 October 2027"));
    welcome(&app, ADDRESS).await;
    let page = invite(&app, &officer, ADDRESS, "2027-10-31").await.expect(422);
    assert_eq!(page.errors(), ["There is an assessor with this address already"]);
    // Ended before they came in, an invitation is of no use.
    invite(&app, &officer, "bo@elsewhere.example", "2027-10-31").await.expect(200);
    let link = app.mail_to("bo@elsewhere.example").await.link_to("/assess/welcome/");
    let list = officer.visit("/staff/assessors").await.expect(200);
    let page = officer.visit(&list.link("Invited assessor")).await.expect(200);
    surely(&officer, &page, "form[action$='/end']").await.expect(200);
    app.browser().visit(&link).await.expect(410);
    app.stop().await;
}

#[actix_web::test]
async fn an_assessor_comes_by_github_and_no_applicant_does_here() {
    let github = GitHub::start().await;
    let app = TestApp::start_with(|settings| github.set_up(settings)).await;
    let (officer, browser) = assessor(&app, "2027-09-30").await;
    github.sign_in(99, "asa-reads");
    let through = async |browser: &Client, door: &str| {
        let page = browser.visit(&format!("{door}/sign-in")).await.expect(200);
        github.through(browser, &page, TO_GITHUB).await
    };
    let page = through(&app.browser(), "/assess").await.expect(200);
    assert_eq!(page.text_of("h1"), "No account with this GitHub account");
    let page = browser.visit("/assess/account/github").await.expect(200);
    let page = github.through(&browser, &page, FORM).await.expect(200);
    assert!(page.text_of("main").contains("asa-reads"), "{}", page.html);
    let other = app.browser();
    let page = through(&other, "/assess").await.expect(200);
    assert_eq!(page.url, "/assess?signed-in=1");
    // As an applicant they are nobody.
    let page = through(&app.browser(), "").await.expect(200);
    assert_eq!(page.text_of("h1"), "No account with this GitHub account");
    // They end a session that they do not know.
    let page = browser.visit("/assess/account").await.expect(200);
    let others = "form:has(input[value=others])";
    browser.submit_and_follow(&page, others, &[]).await.expect(200);
    assert!(!is_in(&other).await && is_in(&browser).await);
    // Access that has ended is ended here, too.
    app.clock.advance(1);
    let page = page_of(&officer).await;
    surely(&officer, &page, "form[action$='/end']").await.expect(200);
    let page = through(&app.browser(), "/assess").await.expect(200);
    assert_eq!(page.text_of("h1"), "No account with this GitHub account");
    app.stop().await;
    github.stop().await;
}
