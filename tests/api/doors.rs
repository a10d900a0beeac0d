//! Every link that is sent or handed over opens the door that it is for, and no other; what was open before somebody
//! got their account back opens nothing afterwards.

use almoner::service::readmit;

use crate::assessors::invite;
use crate::staff_ways::{admin, is_in, set_up, strict};
use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::github::GitHub;
use crate::support::html::Page;
use crate::support::journey::{EVENT, FORM, ask_to_apply, open_link, person};

const KIM: &str = "kim@mail.example";
const NEW: &str = "new@mail.example";
const OLU: &str = "olu@foundation.example";
const ASA: &str = "asa@elsewhere.example";
const ADA: &str = "ada@foundation.example";

/// Every path that takes the token of a link.
const DOORS: [&str; 8] = [
    "/sign-in/link/",
    "/staff/sign-in/link/",
    "/staff/welcome/",
    "/assess/sign-in/link/",
    "/assess/welcome/",
    "/account/address/link/",
    "/account/recover/",
    "/account/stop/",
];

async fn asks(app: &TestApp, door: &str, email: &str) {
    app.clock.advance(1);
    let browser = app.browser();
    let page = browser.visit(door).await.expect(200);
    browser.submit(&page, FORM, &[("email", email)]).await.expect(303);
}

/// A link that the operator prints.
async fn handed(app: &TestApp, email: &'static str) -> String {
    let context = std::sync::Arc::clone(app.context());
    let readmitted = actix_web::web::block(move || readmit::readmit(&context, email)).await;
    readmitted.unwrap().unwrap_or_else(|error| panic!("{error}")).link.expose().to_owned()
}

#[actix_web::test]
async fn a_link_of_one_door_opens_no_other() {
    let app = TestApp::start().await;
    let mut links = Vec::new();
    let token = |link: &str| link.rsplit('/').next().unwrap().to_owned();
    let mut keep = |door: &'static str, link: &str| {
        assert!(link.contains(door), "{link}");
        links.push((door, token(link)));
    };
    keep("/staff/welcome/", &app.first_admin_link);
    // Somebody else prints one later, since the first is used up here.
    let kim = app.apply_in(EVENT, KIM, &person(1).event()).await;
    ask_to_apply(&app.browser(), EVENT, "noor@mail.example").await;
    keep("/sign-in/link/", &app.mail_to("noor@mail.example").await.link_to("/sign-in/link/"));
    asks(&app, "/sign-in", KIM).await;
    keep("/sign-in/link/", &app.mail_to(KIM).await.link_to("/sign-in/link/"));
    for (door, token) in &links {
        app.browser().get(&format!("{door}{token}")).await.expect(200);
    }
    let (_, first_admin) = links.remove(0);
    closed_elsewhere(&app, &kim.browser, "/staff/welcome/", &first_admin).await;

    let mut keep = |door: &'static str, link: &str| links.push((door, token(link)));
    let admin = app.first_admin(&["officer"]).await;
    asks(&app, "/staff/sign-in/mail", ADA).await;
    keep("/staff/sign-in/link/", &app.mail_to(ADA).await.link_to("/staff/sign-in/link/"));
    let page = admin.visit("/staff/people/invite").await.expect(200);
    let typed = [("email", OLU), ("roles", "officer")];
    admin.submit_and_follow(&page, FORM, &typed).await.expect(200);
    keep("/staff/welcome/", &app.mail_to(OLU).await.link_to("/staff/welcome/"));
    invite(&app, &admin, ASA, "2027-09-30").await.expect(200);
    let asa = app.mail_to(ASA).await.link_to("/assess/welcome/");
    let assessor = app.browser();
    let page = assessor.visit(&asa).await.expect(200);
    assessor.submit_and_follow(&page, FORM, &[("name", "Asa Assessor")]).await.expect(200);
    asks(&app, "/assess/sign-in", ASA).await;
    keep("/assess/sign-in/link/", &app.mail_to(ASA).await.link_to("/assess/sign-in/link/"));
    invite(&app, &admin, "bo@elsewhere.example", "2027-09-30").await.expect(200);
    let mail = app.mail_to("bo@elsewhere.example").await;
    keep("/assess/welcome/", &mail.link_to("/assess/welcome/"));
    help(&app, &admin, &kim.id, "newer@mail.example").await;
    let mail = app.mail_to("newer@mail.example").await;
    keep("/account/recover/", &mail.link_to("/account/recover/"));
    keep("/account/stop/", &app.mail_to(KIM).await.link_to("/account/stop/"));
    let page = kim.browser.visit("/account/address").await.expect(200);
    kim.browser.submit_and_follow(&page, FORM, &[("email", NEW)]).await.expect(200);
    let mail = app.mail_to(NEW).await;
    keep("/account/address/link/", &mail.link_to("/account/address/link/"));

    assert_eq!(links.len(), 9);
    for (door, token) in &links {
        closed_elsewhere(&app, &kim.browser, door, token).await;
    }
    // None of it used one up.
    for (door, token) in &links {
        let browser =
            if door.starts_with("/account/address") { &kim.browser } else { &app.browser() };
        browser.get(&format!("{door}{token}")).await.expect(200);
    }

    // What the operator hands over: to somebody who is there, and to somebody who is not.
    for (email, door) in [(ADA, "/staff/sign-in/link/"), ("new@staff.example", "/staff/welcome/")] {
        let link = handed(&app, email).await;
        let token = link.strip_prefix(&app.context().site.base_url).unwrap();
        let token = token.strip_prefix(door).unwrap();
        closed_elsewhere(&app, &kim.browser, door, token).await;
        app.browser().get(&format!("{door}{token}")).await.expect(200);
    }
    app.stop().await;
}

/// Tries a link at every other door, by opening it and by pressing the button that is not there.
async fn closed_elsewhere(app: &TestApp, kim: &Client, own: &str, token: &str) {
    let form = kim.visit("/account").await.expect(200).form("form.out");
    let secret = form.value("token").unwrap().to_owned();
    let mut closed = 0;
    for door in DOORS.into_iter().filter(|door| *door != own) {
        let address = format!("{door}{token}");
        // There one has to be signed in.
        let (browser, fields) = if door.starts_with("/account/address") {
            (kim, vec![("token", secret.as_str())])
        } else if door.ends_with("/welcome/") {
            (&app.browser(), vec![("name", "Mallory Invented")])
        } else {
            (&app.browser(), Vec::new())
        };
        for answer in [browser.get(&address).await, browser.post(&address, &fields).await] {
            assert_eq!(answer.status, 410, "{own} at {door}: {}", answer.text_of("main"));
            assert!(answer.header("set-cookie").is_none(), "{own} at {door}");
        }
        closed += 1;
    }
    assert_eq!(closed, 7);
}

async fn help(app: &TestApp, officer: &Client, id: &str, email: &str) {
    app.clock.advance(1);
    let mut page = officer.get(&format!("/staff/applications/{id}/access")).await;
    if page.status == 303 {
        page = officer.follow(page).await;
    }
    let typed = [("email", email), ("checked", "Called back; knew the reference")];
    officer.submit_and_follow(&page.expect(200), FORM, &typed).await.expect(200);
}

/// Signs in by GitHub.
async fn by_github(app: &TestApp, github: &GitHub) -> (Client, Page) {
    let browser = app.browser();
    let door = browser.visit("/sign-in").await.expect(200);
    let page = github.through(&browser, &door, "form[action$='/github']").await;
    (browser, page)
}

#[actix_web::test]
async fn who_gets_an_account_back_shares_it_with_nobody_s_github() {
    let github = GitHub::start().await;
    let app = TestApp::start_with(|settings| github.set_up(settings)).await;
    // A thief who reads the mailbox has joined an account of theirs, and is about to use it again.
    let applied = app.apply_in(EVENT, KIM, &person(1).event()).await;
    github.sign_in(666, "mallory");
    let page = applied.browser.visit("/account/github").await.expect(200);
    github.through(&applied.browser, &page, FORM).await.expect(200);
    let (thief, page) = by_github(&app, &github).await;
    assert!(page.url.starts_with("/applications"), "{}", page.url);
    let officer = app.officer().await;
    help(&app, &officer, &applied.id, NEW).await;
    let link = app.mail_to(NEW).await.link_to("/account/recover/");
    app.clock.advance(24 * 3600 + 1);
    // Under way at this moment: to come in, and to prove by GitHub that it is they.
    let door = thief.visit("/sign-in").await.expect(200);
    let sent = thief.submit(&door, "form[action$='/github']", &[]).await.expect(303);
    let under_way = github.agree(&sent).await;
    let (again, _) = by_github(&app, &github).await;
    app.clock.advance(301);
    let prove = again.visit("/account/github").await.expect(200);
    let sent = again.submit(&prove, "form[action$='/github']", &[]).await.expect(303);
    let proof_under_way = github.agree(&sent).await;

    let owner = app.browser();
    let page = owner.visit(&link).await.expect(200);
    let page = owner.submit_and_follow(&page, FORM, &[]).await.expect(200);
    assert!(page.url.starts_with("/applications"), "{}", page.url);
    let late = thief.visit(&under_way).await.expect(200);
    assert_eq!(late.text_of("h1"), "No account with this GitHub account");
    let late = again.visit(&proof_under_way).await;
    assert_ne!(late.text_of("h1"), "Your GitHub account", "{}", late.url);
    let (_, page) = by_github(&app, &github).await;
    assert_eq!(page.text_of("h1"), "No account with this GitHub account");
    for browser in [&thief, &again] {
        assert_eq!(browser.get("/account").await.status, 303, "signed out");
    }
    // Nothing is left of it; the owner joins their own.
    let mut database = Database::open(&app.settings.database);
    assert_eq!(database.count("github_accounts"), 0);
    let kept = "SELECT COUNT(*) AS value FROM lookups WHERE kind = 'account_github'";
    assert_eq!(database.number(kept), 0);
    github.sign_in(7, "kim");
    let page = owner.visit("/account/github").await.expect(200);
    github.through(&owner, &page, FORM).await.expect(200);
    let (_, page) = by_github(&app, &github).await;
    assert!(page.url.starts_with("/applications"), "{}", page.url);
    app.stop().await;
    github.stop().await;
}

#[actix_web::test]
async fn an_account_is_got_back_although_github_was_taken_away_meanwhile() {
    let github = GitHub::start().await;
    let app = TestApp::start_with(|settings| github.set_up(settings)).await;
    let applied = app.apply_in(EVENT, KIM, &person(1).event()).await;
    github.sign_in(666, "mallory");
    let page = applied.browser.visit("/account/github").await.expect(200);
    github.through(&applied.browser, &page, FORM).await.expect(200);
    let officer = app.officer().await;
    help(&app, &officer, &applied.id, NEW).await;
    let link = app.mail_to(NEW).await.link_to("/account/recover/");
    // The thief covers their tracks.
    let page = applied.browser.visit("/account/github").await.expect(200);
    let page = applied.browser.submit_and_follow(&page, FORM, &[]).await.expect(200);
    assert!(page.html.contains("is taken away"), "{}", page.html);
    app.clock.advance(24 * 3600 + 1);
    let owner = app.browser();
    let page = open_link(&owner, &link).await;
    assert!(page.url.starts_with("/applications"), "{}", page.url);
    owner.visit(&format!("/applications/{}", applied.id)).await.expect(200);
    assert_eq!(applied.browser.get("/account").await.status, 303);
    let (_, page) = by_github(&app, &github).await;
    assert_eq!(page.text_of("h1"), "No account with this GitHub account");
    app.stop().await;
    github.stop().await;
}

#[actix_web::test]
async fn an_administrator_who_lost_every_way_in_is_let_in_by_the_operator() {
    let app = strict().await;
    let (ada, _) = admin(&app).await;
    assert!(is_in(&ada).await);
    let context = std::sync::Arc::clone(app.context());
    let done = actix_web::web::block(move || readmit::readmit(&context, "ada@foundation.example"));
    let done = done.await.unwrap().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        (done.is_new, done.was_disabled, done.is_promoted, done.cleared),
        (false, false, false, 1)
    );
    assert!(!is_in(&ada).await, "whoever has the lost way is out");
    let browser = app.browser();
    let page = browser.visit(done.link.expose()).await.expect(200);
    let page = browser.submit_and_follow(&page, FORM, &[]).await.expect(200);
    assert_eq!(page.text_of("h1"), "Set up a way to sign in");
    set_up(&app, &browser).await;
    assert!(is_in(&browser).await);
    app.stop().await;
}

#[actix_web::test]
async fn names_of_colleagues_hold_nothing_that_cannot_be_seen() {
    let app = TestApp::start().await;
    let ada = app.first_admin(&["officer"]).await;
    let page = ada.visit("/staff/people/invite").await.expect(200);
    let typed = [("email", "bo@foundation.example"), ("roles", "officer")];
    ada.submit_and_follow(&page, FORM, &typed).await.expect(200);
    let link = app.mail_to("bo@foundation.example").await.link_to("/staff/welcome/");
    let browser = app.browser();
    let page = browser.visit(&link).await.expect(200);
    for trick in ["\u{1b}]0;owned\u{7}Bo", "\u{2066}Ada Admin\u{2069}", "\u{202e}oB", "B\u{fffe}o"]
    {
        let again = browser.submit(&page, FORM, &[("name", trick)]).await.expect(422);
        assert!(again.text_of(".error-summary").contains("Name must be"), "{trick:?}");
    }
    browser.submit_and_follow(&page, FORM, &[("name", "Bö O’Officer 李")]).await.expect(200);
    app.stop().await;
}
