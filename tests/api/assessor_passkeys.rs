//! Assessors sign in with passkeys of their own: made and removed on the page of their account, used at their door and
//! no other. In a browser: `tests/browser/assessors.rs`.

use almoner::clock::Clock as _;

use super::assessors::{ADDRESS, assessor, invite, is_in, page_of, welcome};
use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::html::Page;
use crate::support::journey::{FORM, closely, open_link, surely};
use crate::support::passkey::{Passkey, send};

const DOOR: &str = "/assess/sign-in";
const ACCOUNT: &str = "/assess/account";
const MAKE: &str = "form[action='/assess/account/passkeys']";
const REMOVE: &str = "form[action='/assess/account/passkeys/remove']";
const REFUSED: &str = "That passkey was not accepted. Try again, or use another way to sign in";

/// Makes a passkey from the page where one's own stand; answers it, and that page.
pub async fn make(origin: &str, browser: &Client, own: &str, name: &str) -> (Passkey, Page) {
    let page = browser.visit(own).await.expect(200);
    let form = format!("form[action='{own}/passkeys']");
    let page = browser.submit_and_follow(&page, &form, &[("name", name)]).await.expect(200);
    let (passkey, answer) = Passkey::make(&page, origin);
    let made = send(browser, &page, &answer).await;
    (passkey, browser.follow(made).await.expect(200))
}

/// Removes the passkey of this name from the page of one's account.
async fn remove(browser: &Client, name: &str) -> Page {
    let page = browser.visit(ACCOUNT).await.expect(200);
    let ids = page.attributes(&format!("{REMOVE} [name=passkey]"), "value");
    let named = |id: &&String| page.text_of(&format!("li:has([value='{id}']) strong")) == name;
    let id = ids.iter().find(named).unwrap_or_else(|| panic!("there is no {name}"));
    let form = format!("{REMOVE}:has([value='{id}'])");
    browser.submit_and_follow(&page, &form, &[]).await.expect(200)
}

/// A passkey that somebody had once.
async fn nobodys(app: &TestApp, browser: &Client) -> Passkey {
    let (passkey, _) = make(&app.context().site.base_url, browser, ACCOUNT, "Lost").await;
    remove(browser, "Lost").await;
    passkey
}

/// An assessor with a passkey, and the officer who invited them.
async fn with_passkey(app: &TestApp, until: &str) -> (Client, Client, Passkey) {
    let (officer, browser) = assessor(app, until).await;
    let (passkey, page) = make(&app.context().site.base_url, &browser, ACCOUNT, "Laptop").await;
    assert!(page.text_of(".said").contains("The passkey is made"), "{}", page.html);
    (officer, browser, passkey)
}

async fn told(app: &TestApp, what: &str) -> usize {
    app.mails().await.iter().filter(|mail| mail.to == ADDRESS && mail.text.contains(what)).count()
}

#[actix_web::test]
async fn a_passkey_is_made_signs_in_proves_and_is_removed() {
    let app = TestApp::start().await;
    let (_, browser, mut passkey) = with_passkey(&app, "2027-09-30").await;
    assert_eq!(told(&app, "A way to sign in was added").await, 1);
    let other = app.browser();
    let page = passkey.sign_in(&other, DOOR).await.expect(200);
    assert_eq!(page.url, "/assess?signed-in=1");
    let page = other.visit(ACCOUNT).await.expect(200);
    assert!(page.html.contains("Signed in with a passkey"), "{}", page.text_of("main"));
    assert!(page.text_of(".cards").contains("Laptop"));
    assert!(page.text_of(".cards").contains("Last used on"), "{}", page.text_of(".cards"));

    // Five minutes later it takes a fresh proof, which the passkey gives.
    app.clock.advance(5 * 60);
    let token = page.form("form.out").value("token").unwrap().to_owned();
    let late = other.visit(ACCOUNT).await.expect(200);
    assert!(!late.has(MAKE) && !late.has(REMOVE));
    for (path, field) in [("", "name"), ("/new", "credential"), ("/remove", "passkey")] {
        let path = format!("/assess/account/passkeys{path}");
        let answer = other.post(&path, &[("token", &token), (field, "x")]).await.expect(403);
        assert_eq!(answer.text_of("h1"), "Prove that it is you", "{path}");
    }
    let prove = other.visit(&late.link("prove that it is you")).await.expect(200);
    let form = "form[action='/assess/prove/passkey']";
    let page = other.submit_and_follow(&prove, form, &[]).await.expect(200);
    let answer = passkey.sign(&page);
    let before = other.cookie("__Host-assessor");
    let proved = send(&other, &page, &answer).await.expect(303);
    let page = other.follow(proved).await.expect(200);
    assert_eq!(page.url, ACCOUNT);
    assert_ne!(other.cookie("__Host-assessor"), before, "a proof gives the session another id");

    // Removed, it opens nothing. This session goes on, others end, and mail still lets them in.
    assert!(is_in(&browser).await);
    let page = remove(&other, "Laptop").await;
    assert!(page.text_of(".said").contains("gone") && !page.has(REMOVE));
    assert_eq!(told(&app, "A way to sign in was taken away").await, 1);
    assert!(is_in(&other).await && !is_in(&browser).await);
    let page = passkey.sign_in(&browser, DOOR).await.expect(422);
    assert_eq!(page.errors(), [REFUSED]);
    app.clock.advance(1);
    let page = browser.visit(DOOR).await.expect(200);
    browser.submit_and_follow(&page, FORM, &[("email", ADDRESS)]).await.expect(200);
    open_link(&browser, &app.mail_to(ADDRESS).await.link_to("/assess/sign-in/link/")).await;
    assert!(is_in(&browser).await);
    app.stop().await;
}

#[actix_web::test]
async fn of_several_passkeys_one_is_removed_and_the_others_stay() {
    let app = TestApp::start().await;
    let (officer, browser, mut first) = with_passkey(&app, "2027-09-30").await;
    app.clock.advance(1);
    let (mut second, page) =
        make(&app.context().site.base_url, &browser, ACCOUNT, "Security key").await;
    assert_eq!(page.texts_of(".cards strong")[..2], ["Laptop", "Security key"]);
    let page = remove(&browser, "Laptop").await;
    assert!(!page.html.contains("Laptop") && page.html.contains("Security key"));
    first.sign_in(&app.browser(), DOOR).await.expect(422);
    second.sign_in(&app.browser(), DOOR).await.expect(200);
    // Another person's passkey is to an assessor as one that is not there.
    invite(&app, &officer, "bo@elsewhere.example", "2027-09-30").await.expect(200);
    let other = welcome(&app, "bo@elsewhere.example").await;
    let page = other.visit(ACCOUNT).await.expect(200);
    assert!(!page.html.contains("Security key"));
    let token = page.form("form.out").value("token").unwrap().to_owned();
    let mut database = Database::open(&app.settings.database);
    let theirs = database.texts("SELECT id AS value FROM passkeys").remove(0);
    let nobodys = "a".repeat(26);
    let mut answers = Vec::new();
    for id in [&theirs, &nobodys] {
        let typed = [("token", token.as_str()), ("passkey", id.as_str())];
        answers.push(closely(&other.post("/assess/account/passkeys/remove", &typed).await));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(database.count("passkeys"), 1);
    second.sign_in(&app.browser(), DOOR).await.expect(200);
    // One that counts as it did before was copied.
    second.go_back(1);
    let page = second.sign_in(&app.browser(), DOOR).await.expect(422);
    assert_eq!(page.errors(), [REFUSED]);
    app.stop().await;
}

/// The answers to two passkeys at a door, which must be alike to the byte, and to the same answers sent again.
async fn assert_alike(app: &TestApp, door: &str, one: &mut Passkey, nobodys: &mut Passkey) {
    let mut answers = Vec::new();
    for passkey in [one, nobodys] {
        let browser = app.browser();
        let (page, answer) = passkey.at(&browser, door).await;
        let first = send(&browser, &page, &answer).await.expect(422);
        assert_eq!(first.errors(), [REFUSED]);
        let again = send(&browser, &page, &answer).await.expect(410);
        assert!(browser.cookie("__Host-assessor").is_none());
        assert!(browser.cookie("__Host-staff").is_none());
        answers.push((closely(&first), closely(&again)));
    }
    assert_eq!(answers[0], answers[1], "{door}");
}

#[actix_web::test]
async fn a_passkey_opens_its_own_door_and_is_nobody_s_at_the_other() {
    let app = TestApp::start().await;
    let (officer, browser, mut passkey) = with_passkey(&app, "2027-09-30").await;
    let (mut of_staff, _) =
        make(&app.context().site.base_url, &officer, "/staff/ways", "Office").await;
    let mut nobodys = nobodys(&app, &browser).await;
    assert_alike(&app, "/staff/sign-in", &mut passkey, &mut nobodys).await;
    assert_alike(&app, DOOR, &mut of_staff, &mut nobodys).await;
    // Each opens its own.
    passkey.sign_in(&app.browser(), DOOR).await.expect(200);
    let page = of_staff.sign_in(&app.browser(), "/staff/sign-in").await.expect(200);
    assert!(page.url.starts_with("/staff"), "{}", page.url);
    // A question of the one door is none of the other, and there is no such door for applicants.
    let mixed = app.browser();
    let (_, answer) = passkey.at(&mixed, DOOR).await;
    let elsewhere = "/staff/sign-in/passkey/answer";
    mixed.post(elsewhere, &[("credential", &answer)]).await.expect(410);
    mixed.post("/sign-in/passkey", &[]).await.expect(404);
    app.stop().await;
}

#[actix_web::test]
async fn who_may_not_come_in_any_more_is_refused_like_somebody_unknown() {
    let app = TestApp::start().await;
    let (officer, browser, mut passkey) = with_passkey(&app, "2027-03-02").await;
    let mut nobodys = nobodys(&app, &browser).await;

    // Ended by staff.
    let page = page_of(&officer).await;
    surely(&officer, &page, "form[action$='/end']").await.expect(200);
    assert!(!is_in(&browser).await);
    assert_alike(&app, DOOR, &mut passkey, &mut nobodys).await;
    // Given again, until the end of this day: the same passkey opens.
    let page = page_of(&officer).await;
    let until = "form[action$='/until']";
    officer.submit_and_follow(&page, until, &[("until", "2027-03-02")]).await.expect(200);
    passkey.sign_in(&app.browser(), DOOR).await.expect(200);
    // Over by itself.
    app.clock.advance(15 * 3600);
    assert_eq!(app.clock.today().to_string(), "2027-03-03");
    assert_alike(&app, DOOR, &mut passkey, &mut nobodys).await;
    app.stop().await;
}

#[actix_web::test]
async fn an_answer_is_good_once_in_the_browser_that_asked_and_for_ten_minutes() {
    let app = TestApp::start().await;
    let (_, _, mut passkey) = with_passkey(&app, "2027-09-30").await;
    let browser = app.browser();
    let (page, answer) = passkey.at(&browser, DOOR).await;
    // Somebody who has seen the answer, elsewhere: with no question, and with another.
    let thief = app.browser();
    send(&thief, &page, &answer).await.expect(410);
    let (asked, _) = passkey.at(&thief, DOOR).await;
    send(&thief, &asked, &answer).await.expect(422);
    send(&browser, &page, &answer).await.expect(303);
    assert!(is_in(&browser).await && !is_in(&thief).await);
    // Again in the same browser: the question is used up, and another is not answered by it.
    send(&browser, &page, &answer).await.expect(410);
    let (asked, _) = passkey.at(&browser, DOOR).await;
    send(&browser, &asked, &answer).await.expect(422);
    let (late, answer) = passkey.at(&browser, DOOR).await;
    app.clock.advance(600);
    send(&browser, &late, &answer).await.expect(410);
    // A page of another site asked.
    passkey.origin("https://evil.example");
    passkey.sign_in(&app.browser(), DOOR).await.expect(422);
    app.stop().await;
}

const ONE_LINE: &str =
    "The name must be one line of 60 characters or fewer, all of which can be seen";

#[actix_web::test]
async fn names_and_nonsense_are_refused_and_failures_counted() {
    let app = TestApp::start_with(|settings| {
        settings.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    let (_, browser, mut passkey) = with_passkey(&app, "2027-09-30").await;
    let page = browser.visit(ACCOUNT).await.expect(200);
    let long = "x".repeat(61);
    for (name, says) in [
        (" ", "Enter a name for the passkey"),
        (long.as_str(), ONE_LINE),
        ("\u{202e}enohP", ONE_LINE),
    ] {
        let page = browser.submit(&page, MAKE, &[("name", name)]).await.expect(422);
        assert_eq!(page.errors(), [says]);
        assert_eq!(page.form(MAKE).value("name"), Some(name), "what was typed stands there");
    }
    let page = browser.submit_and_follow(&page, MAKE, &[("name", "Phone")]).await.expect(200);
    let refused = send(&browser, &page, "{}").await.expect(422);
    assert_eq!(refused.errors(), ["No passkey was made. Try again, or use another way"]);
    send(&browser, &page, "{}").await.expect(410);

    // From one network forty may fail; then it waits, and nobody elsewhere does.
    let attacker = Client::with_headers(app.port(), &[("x-forwarded-for", "198.51.100.7")]);
    let mut statuses = Vec::new();
    for _ in 0..42 {
        let door = attacker.visit(DOOR).await.expect(200);
        let page = attacker.submit_and_follow(&door, "form[action$='/passkey']", &[]).await;
        statuses.push(send(&attacker, &page, "{}").await.status);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 422).count(), 40, "{statuses:?}");
    assert_eq!(statuses[40..], [429, 429]);
    let home = Client::with_headers(app.port(), &[("x-forwarded-for", "203.0.113.9")]);
    passkey.sign_in(&home, DOOR).await.expect(200);
    app.stop().await;
}
