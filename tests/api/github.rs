//! Coming in by GitHub: against a server that answers in GitHub's documented form.

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::github::{CLIENT_SECRET, GitHub, Mood};
use crate::support::html::Page;
use crate::support::journey::{
    EVENT, FORM, Typed, agree, fill_in, id_in, open_link, person, submit,
};

/// The form that leads from the page for the address to GitHub.
const TO_GITHUB: &str = "form[action$='/github']";

async fn site() -> (TestApp, GitHub) {
    let github = GitHub::start().await;
    let app = TestApp::start_with(|settings| github.set_up(settings)).await;
    (app, github)
}

async fn end(app: TestApp, github: GitHub) {
    app.stop().await;
    github.stop().await;
}

/// From the start page over GitHub to the mail that confirms the address.
async fn ask_by_github(browser: &Client, github: &GitHub, email: &str) -> Page {
    let page = agree(browser, EVENT).await;
    let page = github.through(browser, &page, TO_GITHUB).await.expect(200);
    assert_eq!(page.url, "/apply/github");
    browser.submit_and_follow(&page, FORM, &[("email", email)]).await.expect(200)
}

/// Somebody new applies who comes by GitHub; as far as the first page of the form.
async fn begin(app: &TestApp, browser: &Client, github: &GitHub, email: &str) -> Page {
    ask_by_github(browser, github, email).await;
    let link = app.mail_to(email).await.link_to("/sign-in/link/");
    open_link(browser, &link).await
}

fn event(username: Option<&str>) -> Typed {
    let mut typed = person(1).event();
    match username {
        Some(name) => typed.insert("github_username".to_owned(), name.to_owned()),
        None => typed.remove("github_username"),
    };
    typed
}

/// Signs in from the page for that.
async fn sign_in(browser: &Client, github: &GitHub, door: &str) -> Page {
    let page = browser.visit(&format!("{door}/sign-in")).await.expect(200);
    github.through(browser, &page, TO_GITHUB).await
}

async fn marks(browser: &Client, address: &str) -> Vec<String> {
    browser.visit(address).await.expect(200).texts_of(".badge.mark")
}

/// Somebody of the foundation who reads applications.
async fn opened_by_officer(app: &TestApp, id: &str) -> Page {
    let officer = app.officer().await;
    officer.visit(&format!("/staff/applications/{id}")).await.expect(200)
}

// proves S42, S49, S44
#[actix_web::test]
async fn somebody_applies_by_github_and_signs_in_with_it() {
    let (app, github) = site().await;
    github.sign_in(583_231, "ferris-crab");
    let browser = app.browser();
    let page = begin(&app, &browser, &github, "ferris@mail.example").await;
    assert_eq!(page.form(FORM).value("github_username"), Some("ferris-crab"));
    assert!(page.texts_of(".badge.mark").contains(&"verified through GitHub".to_owned()));
    let page = fill_in(&browser, page, &event(None)).await;
    let page = submit(&browser, &page).await;
    let id = id_in(&page.url);
    let page = opened_by_officer(&app, &id).await;
    assert_eq!(page.texts_of(".badge.mark"), ["verified through GitHub"]);

    let other = app.browser();
    let page = sign_in(&other, &github, "").await.expect(200);
    assert!(page.url.starts_with("/applications"), "{}", page.url);
    other.visit(&format!("/applications/{id}")).await.expect(200);
    let page = other.visit("/account").await.expect(200);
    assert!(page.html.contains("Signed in through GitHub"), "{}", page.html);
    // Of what GitHub would tell, two things were asked and kept.
    assert!(!github.asked().contains(&"/user/emails".to_owned()), "{:?}", github.asked());
    for page in ["/account", "/applications", &format!("/applications/{id}")] {
        let html = other.visit(page).await.html;
        assert!(!html.to_lowercase().contains("canary") && !html.contains("583231"), "{page}");
    }
    end(app, github).await;
}

#[actix_web::test]
async fn a_typed_username_is_as_stated_and_a_joined_one_counts_when_it_is_submitted() {
    let (app, github) = site().await;
    github.sign_in(7, "Ferris");
    let browser = app.browser();
    let page = begin(&app, &browser, &github, "ferris@mail.example").await;
    // Another name is the applicant's word; the same in other letters is not another.
    let id = id_in(&page.url);
    let check = fill_in(&browser, page, &event(Some("somebody-else"))).await;
    assert_eq!(check.texts_of(".badge.mark"), ["as stated by the applicant"]);
    let form = format!("/applications/{id}/form/you");
    let page = browser.visit(&form).await.expect(200);
    assert!(page.texts_of(".badge.mark").is_empty());
    browser.submit(&page, FORM, &[("github_username", "fERRIS")]).await.expect(303);
    assert_eq!(marks(&browser, &form).await, ["verified through GitHub"]);
    // Taken away before it is submitted, it is the applicant's word again.
    let page = browser.visit("/account/github").await.expect(200);
    browser.submit_and_follow(&page, FORM, &[]).await.expect(200);
    let check = browser.visit(&format!("/applications/{id}/check")).await.expect(200);
    submit(&browser, &check).await;
    let page = opened_by_officer(&app, &id).await;
    assert_eq!(page.texts_of(".badge.mark"), ["as stated by the applicant"]);
    end(app, github).await;
}

// proves R29
#[actix_web::test]
async fn a_reused_username_shows_its_new_owner_nothing() {
    let (app, github) = site().await;
    github.sign_in(1, "ferris");
    let browser = app.browser();
    let page = begin(&app, &browser, &github, "first@mail.example").await;
    let id = id_in(&page.url);
    // The name changes hands; the first owner has another now.
    github.sign_in(2, "ferris");
    let second = app.browser();
    let page = sign_in(&second, &github, "").await.expect(200);
    assert_eq!(page.text_of("h1"), "No account with this GitHub account");
    assert_eq!(second.cookie("__Host-applicant"), None);
    let page = begin(&app, &second, &github, "second@mail.example").await;
    assert_ne!(id_in(&page.url), id);
    second.get(&format!("/applications/{id}")).await.expect(404);
    // The first one still comes in, under whatever name.
    github.sign_in(1, "ferris-the-first");
    let again = app.browser();
    sign_in(&again, &github, "").await.expect(200);
    again.visit(&format!("/applications/{id}/form/you")).await.expect(200);
    let page = again.visit("/account").await.expect(200);
    assert!(page.text_of("main").contains("ferris-the-first"));
    end(app, github).await;
}

#[actix_web::test]
async fn whoever_confirms_in_another_browser_joins_nobody_s_github() {
    let (app, github) = site().await;
    // Mallory comes by their own GitHub account and gives the address of somebody else.
    github.sign_in(666, "mallory");
    let mallory = app.browser();
    ask_by_github(&mallory, &github, "victim@mail.example").await;
    let link = app.mail_to("victim@mail.example").await.link_to("/sign-in/link/");
    let victim = app.browser();
    let page = victim.visit(&link).await.expect(200);
    assert!(page.html.contains("mallory") && page.text_of("main").contains("not joined"));
    let page = victim.submit_and_follow(&page, FORM, &[]).await.expect(200);
    assert_eq!(page.form(FORM).value("github_username"), Some(""));
    let page = sign_in(&mallory, &github, "").await.expect(200);
    assert_eq!(page.text_of("h1"), "No account with this GitHub account");
    end(app, github).await;
}

#[actix_web::test]
async fn an_account_is_joined_after_both_were_proved_and_taken_away_again() {
    let (app, github) = site().await;
    let browser = app.browser();
    app.begin(&browser, EVENT, "ada@mail.example").await;
    github.sign_in(10, "ada-codes");
    app.clock.advance(10 * 60);
    let asked = browser.get("/account/github").await.expect(303);
    assert_eq!(asked.header("location"), Some("/prove?then=%2Faccount%2Fgithub"));
    let page = browser.follow(asked).await.expect(200);
    let page = browser.submit_and_follow(&page, FORM, &[]).await.expect(200);
    let code = app.mail_to("ada@mail.example").await.code();
    let old = browser.cookie("__Host-applicant");
    let page = browser.submit_and_follow(&page, FORM, &[("code", &code)]).await.expect(200);
    assert_eq!(page.url, "/account/github");
    assert_ne!(browser.cookie("__Host-applicant"), old, "the session goes on under another id");
    app.clock.advance(1);
    let page = github.through(&browser, &page, FORM).await.expect(200);
    assert!(page.text_of("main").contains("ada-codes"), "{}", page.html);
    let told = app.mail_to("ada@mail.example").await;
    assert!(told.text.contains("A way to sign in was added"), "{}", told.text);

    app.clock.advance(1);
    // Now GitHub proves it, too; another account there does not.
    app.clock.advance(10 * 60);
    let prove = browser.visit("/account/github").await.expect(200);
    github.sign_in(11, "eve");
    let refused = github.through(&browser, &prove, TO_GITHUB).await.expect(409);
    assert_eq!(refused.text_of("h1"), "That is another account");
    browser.get("/account/github").await.expect(303);
    github.sign_in(10, "ada-codes");
    let page = github.through(&browser, &prove, TO_GITHUB).await.expect(200);
    assert_eq!(page.url, "/account/github?signed-in=1");

    // Somebody else can't join the same one.
    let other = app.browser();
    app.begin(&other, EVENT, "eve@mail.example").await;
    let theirs = other.visit("/account/github").await.expect(200);
    let refused = github.through(&other, &theirs, FORM).await.expect(409);
    assert_eq!(refused.text_of("h1"), "That account is joined to another account here");

    app.clock.advance(1);
    let page = browser.submit_and_follow(&page, FORM, &[]).await.expect(200);
    assert!(page.html.contains("is taken away"), "{}", page.html);
    let told = app.mail_to("ada@mail.example").await;
    assert!(told.text.contains("taken away from your account"), "{}", told.text);
    let page = sign_in(&app.browser(), &github, "").await.expect(200);
    assert_eq!(page.text_of("h1"), "No account with this GitHub account");
    // It is free again.
    let theirs = other.visit("/account/github").await.expect(200);
    github.through(&other, &theirs, FORM).await.expect(200);
    end(app, github).await;
}

/// Each page says one thing clearly, and nothing of what came.
fn said(page: &Page, status: u16, title: &str) {
    assert_eq!((page.status, page.text_of("h1").as_str()), (status, title));
    for leak in [CLIENT_SECRET, "code-number", "gho_", "Unicorn", "access_denied", "bad_verif"] {
        assert!(!page.html.contains(leak), "{leak}: {}", page.html);
    }
}

#[actix_web::test]
async fn what_goes_wrong_has_one_clear_page_each() {
    let (app, github) = site().await;
    github.sign_in(1, "ferris");
    let owner = app.browser();
    begin(&app, &owner, &github, "ferris@mail.example").await;
    let stale = "This sign-in can’t be finished here";
    let browser = app.browser();
    let door = browser.visit("/sign-in").await.expect(200);
    let back = || async {
        let sent = browser.submit(&door, TO_GITHUB, &[]).await.expect(303);
        github.agree(&sent).await
    };

    // Somebody else's link, as an attacker would send it: it does nothing, and stays of use to whoever began.
    let own = back().await;
    said(&app.browser().get(&own).await, 410, stale);
    let other = app.browser();
    sign_in(&other, &github, "").await.expect(200);
    said(&other.get(&own).await, 410, stale);
    browser.visit(&own).await.expect(200);
    // Used up.
    said(&browser.get(&own).await, 410, stale);

    // A state that is none of ours, or of ours with something changed.
    let own = back().await;
    for wrong in [
        "/sign-in/github/return".to_owned(),
        "/sign-in/github/return?code=x".to_owned(),
        "/sign-in/github/return?code=x&state=".to_owned(),
        format!("/sign-in/github/return?code=x&state={}", "ä".repeat(40)),
        own.replace("state=", "state=a"),
        format!("{own}L2Fzc2Vzcw"),
        // At another door.
        format!("/assess{own}"),
    ] {
        said(&browser.get(&wrong).await, 410, stale);
    }
    app.clock.advance(10 * 60 + 1);
    said(&browser.get(&own).await, 410, stale);

    for (mood, status, title) in [
        (Mood::Denied, 403, "You were not signed in"),
        (Mood::BadCode, 502, "The other site refused the sign-in"),
        (Mood::Nonsense, 502, "The other site’s answer made no sense"),
        (Mood::NoId, 502, "The other site’s answer made no sense"),
        (Mood::Broken, 502, "The other site’s answer made no sense"),
    ] {
        github.mood(mood);
        let own = back().await;
        said(&browser.get(&own).await, status, title);
        // It is over.
        github.mood(Mood::Well);
        said(&browser.get(&own).await, 410, stale);
    }
    // No code, and one that GitHub never gave.
    let own = back().await;
    let (path, query) = own.split_once('?').unwrap();
    let state = query.split('&').find(|pair| pair.starts_with("state=")).unwrap();
    said(
        &browser.get(&format!("{path}?{state}")).await,
        502,
        "The other site’s answer made no sense",
    );
    let own = back().await;
    let state = own.split('&').find(|pair| pair.starts_with("state=")).unwrap().to_owned();
    let stolen = format!("{path}?code=stolen&{state}");
    said(&browser.get(&stolen).await, 502, "The other site refused the sign-in");
    // GitHub is gone.
    let own = back().await;
    github.stop().await;
    said(&browser.get(&own).await, 504, "The other site does not answer");
    // Signing in by mail goes on.
    browser.submit(&door, "form[action='/sign-in']", &[("email", "ferris@mail.example")]).await;
    app.mail_to("ferris@mail.example").await.link_to("/sign-in/link/");
    app.stop().await;
}

#[actix_web::test]
async fn forms_may_lead_to_github_from_these_pages_alone() {
    let (app, github) = site().await;
    let browser = app.browser();
    let allowed = format!("form-action 'self' {};", github.base());
    let policy = |page: &Page| page.header("content-security-policy").unwrap().to_owned();
    for address in ["/sign-in", "/assess/sign-in"] {
        assert!(policy(&browser.get(address).await).contains(&allowed), "{address}");
    }
    let page = agree(&browser, EVENT).await;
    assert!(policy(&page).contains(&allowed));
    for address in ["/", "/staff/sign-in", "/privacy", "/sign-in/code"] {
        assert!(!policy(&browser.get(address).await).contains(&github.base()), "{address}");
    }
    end(app, github).await;
    // Where it was not set up, nobody is offered it.
    let app = TestApp::start().await;
    let page = app.browser().get("/sign-in").await.expect(200);
    assert!(!page.html.contains("GitHub"), "{}", page.html);
    app.browser().post("/sign-in/github", &[]).await.expect(404);
    app.stop().await;
}

#[actix_web::test]
async fn what_is_found_by_github_is_found_after_the_clock_moved_on() {
    let (app, github) = site().await;
    github.sign_in(1, "ferris");
    let browser = app.browser();
    let page = begin(&app, &browser, &github, "ferris@mail.example").await;
    let page = fill_in(&browser, page, &event(None)).await;
    // Submitting keeps the account for three years, under the keys of another quarter.
    submit(&browser, &page).await;
    app.clock.advance(80 * 24 * 3600);
    let again = app.browser();
    let page = sign_in(&again, &github, "").await.expect(200);
    assert!(page.url.starts_with("/applications"), "{}", page.url);
    end(app, github).await;
}
