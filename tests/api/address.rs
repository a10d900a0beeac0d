//! The address of an account is changed: by its owner, or with the help of staff after a recorded check.

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::github::GitHub;
use crate::support::html::Page;
use crate::support::journey::{EVENT, FORM, agree, closely, open_link, person};

const OLD: &str = "old@mail.example";
const NEW: &str = "new@mail.example";

async fn ask(app: &TestApp, browser: &Client, email: &str) -> Page {
    // The newest mail is the one that is meant.
    app.clock.advance(1);
    let page = browser.visit("/account/address").await.expect(200);
    browser.submit_and_follow(&page, FORM, &[("email", email)]).await
}

async fn sign_in(app: &TestApp, email: &str) -> Client {
    app.clock.advance(1);
    let browser = app.browser();
    let door = browser.visit("/sign-in").await.expect(200);
    browser.submit(&door, FORM, &[("email", email)]).await.expect(303);
    let link = app.mail_to(email).await.link_to("/sign-in/link/");
    open_link(&browser, &link).await;
    browser
}

/// What was mailed to an address beside what had been mailed before.
async fn told(app: &TestApp, address: &str, before: &[String]) -> Vec<String> {
    let mails = texts(app).await;
    let new = mails.into_iter().filter(|mail| !before.contains(mail));
    let to = format!("{address}\n");
    new.filter_map(|mail| mail.strip_prefix(&to).map(str::to_owned)).collect()
}

/// Every mail so far: its address and, below that, its text.
async fn texts(app: &TestApp) -> Vec<String> {
    app.mails().await.iter().map(|mail| format!("{}\n{}", mail.to, mail.text)).collect()
}

async fn is_known(app: &TestApp, email: &str) -> bool {
    app.clock.advance(1);
    let before = texts(app).await;
    let browser = app.browser();
    let door = browser.visit("/sign-in").await.expect(200);
    browser.submit(&door, FORM, &[("email", email)]).await.expect(303);
    told(app, email, &before).await.len() == 1
}

#[actix_web::test]
async fn a_new_address_is_confirmed_by_code_and_both_are_told() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let form = app.begin(&browser, EVENT, OLD).await;
    let elsewhere = sign_in(&app, OLD).await;
    let page = ask(&app, &browser, "not an address").await.expect(422);
    assert_eq!(page.errors().len(), 1);
    let page = ask(&app, &browser, OLD).await.expect(422);
    assert_eq!(page.errors(), ["That is the address that you have already"]);
    let page = ask(&app, &browser, NEW).await.expect(200);
    let code = app.mail_to(NEW).await.code();
    assert!(is_known(&app, OLD).await && !is_known(&app, NEW).await, "nothing changes yet");
    let wrong = if code.starts_with('1') { "20000000" } else { "10000000" };
    let page = browser.submit(&page, FORM, &[("code", wrong)]).await.expect(422);
    let before = texts(&app).await;
    let page = browser.submit_and_follow(&page, FORM, &[("code", &code)]).await.expect(200);
    assert!(page.text_of("main").contains(NEW), "{}", page.html);
    let (old, new) = (told(&app, OLD, &before).await, told(&app, NEW, &before).await);
    assert!(old[0].contains("leads to it no longer") && old.len() == 1, "{old:?}");
    assert!(new[0].contains("was changed to this one") && new.len() == 1, "{new:?}");
    assert_eq!(elsewhere.get("/account").await.status, 303, "other browsers are signed out");
    assert!(is_known(&app, NEW).await && !is_known(&app, OLD).await);
    // The draft goes on with it.
    let page = browser.visit(&form.url).await.expect(200);
    assert!(page.text_of("dl.given").contains(NEW), "{}", page.html);
    sign_in(&app, NEW).await.visit("/applications").await.expect(200);
    app.stop().await;
}

#[actix_web::test]
async fn the_link_confirms_for_who_is_signed_in_alone_and_once() {
    let app = TestApp::start().await;
    let browser = app.browser();
    app.begin(&browser, EVENT, OLD).await;
    ask(&app, &browser, NEW).await.expect(200);
    let link = app.mail_to(NEW).await.link_to("/account/address/link/");
    // Who reads the new mailbox by mistake, and who has another account, can do nothing with it.
    let stranger = app.browser();
    let page = stranger.visit(&link).await.expect(200);
    assert_eq!(page.text_of("h1"), "Sign in to your applications");
    assert!(page.text_of(".inset").contains("another e-mail address"), "{}", page.html);
    assert!(!page.html.contains(NEW));
    // It leads nowhere but there.
    for foreign in ["https://evil.example", "//evil.example", "/staff", "/account/address/linked"] {
        let page = stranger.visit(&format!("/sign-in?then={foreign}")).await.expect(200);
        assert!(!page.has("input[name=then]") && !page.has(".inset"), "{foreign}");
    }
    let other = app.browser();
    app.begin(&other, EVENT, "other@mail.example").await;
    other.get(&link).await.expect(410);
    // Nor does it open another door.
    let token = link.rsplit('/').next().unwrap();
    for door in ["/sign-in/link/", "/assess/sign-in/link/", "/staff/welcome/", "/account/recover/"]
    {
        browser.get(&format!("{door}{token}")).await.expect(410);
    }
    let page = browser.visit(&link).await.expect(200);
    let page = browser.submit_and_follow(&page, FORM, &[]).await.expect(200);
    assert!(page.text_of("main").contains(NEW));
    browser.get(&link).await.expect(410);
    // Too late.
    ask(&app, &browser, "third@mail.example").await.expect(200);
    let link = app.mail_to("third@mail.example").await.link_to("/account/address/link/");
    app.clock.advance(10 * 60 + 1);
    browser.get(&link).await.expect(410);
    app.stop().await;
}

#[actix_web::test]
async fn who_opens_the_link_signed_out_goes_on_to_it_after_the_code() {
    let app = TestApp::start().await;
    let browser = app.browser();
    app.begin(&browser, EVENT, OLD).await;
    ask(&app, &browser, NEW).await.expect(200);
    let link = app.mail_to(NEW).await.link_to("/account/address/link/");
    app.clock.advance(1);
    let other = app.browser();
    let page = other.visit(&link).await.expect(200);
    let page = other.submit(&page, FORM, &[("email", "no address")]).await.expect(422);
    let page = other.submit_and_follow(&page, FORM, &[("email", OLD)]).await.expect(200);
    let code = app.mail_to(OLD).await.code();
    let wrong = if code.starts_with('1') { "20000000" } else { "10000000" };
    let page = other.submit(&page, FORM, &[("code", wrong)]).await.expect(422);
    let page = other.submit_and_follow(&page, FORM, &[("code", &code)]).await.expect(200);
    assert_eq!(page.text_of("h1"), "Confirm the new address");
    let page = other.submit_and_follow(&page, FORM, &[]).await.expect(200);
    assert!(page.text_of("main").contains(NEW));
    app.stop().await;
}

#[actix_web::test]
async fn the_owner_sees_a_change_that_waits_and_stops_it() {
    let app = TestApp::start().await;
    let applied = app.apply_in(EVENT, OLD, &person(3).event()).await;
    let (owner, stop) = (&applied.browser, "form[action='/account/address/stop']");
    let page = owner.visit("/account").await.expect(200);
    assert!(!page.has(stop));
    let officer = app.officer().await;
    help(&app, &officer, &applied.id, NEW, CHECKED).await.expect(200);
    let recover = app.mail_to(NEW).await.link_to("/account/recover/");
    let page = owner.visit("/account").await.expect(200);
    assert!(page.text_of(".inset").contains(NEW), "{}", page.html);
    // Of others' accounts it says nothing, and others stop nothing.
    let other = app.browser();
    app.begin(&other, EVENT, "other@mail.example").await;
    let theirs = other.visit("/account").await.expect(200);
    assert!(!theirs.has(stop));
    let token = theirs.form("form.out").value("token").unwrap().to_owned();
    other.post("/account/address/stop", &[("token", &token)]).await.expect(303);
    let done = owner.submit_and_follow(&page, stop, &[]).await.expect(200);
    assert!(done.text_of(".said").contains("stopped") && !done.has(stop));
    // A second press of the same button finds nothing to stop, and says how things stand.
    let again = owner.submit_and_follow(&page, stop, &[]).await.expect(200);
    assert!(!again.has(stop) && !again.has(".said"));
    app.clock.advance(24 * 3600 + 1);
    app.browser().post(&recover, &[]).await.expect(410);
    assert!(is_known(&app, OLD).await && !is_known(&app, NEW).await);
    app.stop().await;
}

#[actix_web::test]
async fn an_address_of_another_account_gets_the_same_answer_and_a_notice() {
    let app = TestApp::start().await;
    app.begin(&app.browser(), EVENT, "taken@mail.example").await;
    let browser = app.browser();
    app.begin(&browser, EVENT, OLD).await;
    let free = ask(&app, &browser, "free@mail.example").await.expect(200);
    let before = texts(&app).await;
    let taken = ask(&app, &browser, "Taken@mail.example").await.expect(200);
    assert_eq!(closely(&free), closely(&taken));
    let told = told(&app, "taken@mail.example", &before).await;
    assert!(told[0].contains("Nothing was changed") && told.len() == 1, "{told:?}");
    assert!(!told[0].contains(OLD) && !told[0].contains("/account/address/link/"));

    // Taken meanwhile: what was sent is of no use.
    ask(&app, &browser, NEW).await.expect(200);
    let link = app.mail_to(NEW).await.link_to("/account/address/link/");
    app.clock.advance(1);
    app.begin(&app.browser(), EVENT, NEW).await;
    let page = browser.visit(&link).await.expect(200);
    browser.submit(&page, FORM, &[]).await.expect(410);
    assert!(is_known(&app, OLD).await);
    app.stop().await;
}

#[actix_web::test]
async fn who_lost_a_mailbox_comes_by_github_and_changes_the_address() {
    let github = GitHub::start().await;
    let app = TestApp::start_with(|settings| github.set_up(settings)).await;
    github.sign_in(5, "ferris");
    let browser = app.browser();
    let to_github = "form[action$='/github']";
    let page = agree(&browser, EVENT).await;
    let page = github.through(&browser, &page, to_github).await.expect(200);
    browser.submit(&page, FORM, &[("email", OLD)]).await.expect(303);
    let link = app.mail_to(OLD).await.link_to("/sign-in/link/");
    open_link(&browser, &link).await;

    let later = app.browser();
    let door = later.visit("/sign-in").await.expect(200);
    github.through(&later, &door, to_github).await.expect(200);
    let page = ask(&app, &later, NEW).await.expect(200);
    let code = app.mail_to(NEW).await.code();
    later.submit_and_follow(&page, FORM, &[("code", &code)]).await.expect(200);
    assert!(is_known(&app, NEW).await && !is_known(&app, OLD).await);
    // GitHub still opens it, under the new address.
    github.through(&app.browser(), &door, to_github).await.expect(200);
    app.stop().await;
    github.stop().await;
}

async fn help(app: &TestApp, officer: &Client, id: &str, email: &str, checked: &str) -> Page {
    app.clock.advance(1);
    let address = format!("/staff/applications/{id}/access");
    let mut page = officer.get(&address).await;
    if page.status == 303 {
        page = officer.follow(page).await;
    }
    let page = page.expect(200);
    officer.submit_and_follow(&page, FORM, &[("email", email), ("checked", checked)]).await
}

const CHECKED: &str = "Called back; knew the reference and the amount";

#[actix_web::test]
async fn staff_help_after_a_recorded_check_and_a_day() {
    let app = TestApp::start().await;
    let applied = app.apply_in(EVENT, OLD, &person(3).event()).await;
    let officer = app.officer().await;
    let page = help(&app, &officer, &applied.id, "", "").await.expect(422);
    assert_eq!(page.errors().len(), 2, "{:?}", page.errors());
    let page = help(&app, &officer, &applied.id, OLD, CHECKED).await.expect(422);
    assert_eq!(page.errors().len(), 1, "{:?}", page.errors());
    let before = texts(&app).await;
    let page = help(&app, &officer, &applied.id, NEW, CHECKED).await.expect(200);
    assert!(page.text_of(".cards").contains(CHECKED), "{}", page.html);
    let warned = told(&app, OLD, &before).await;
    assert!(warned.len() == 1 && warned[0].contains("/account/stop/"), "{warned:?}");
    assert!(!warned[0].contains(NEW));
    let link = app.mail_to(NEW).await.link_to("/account/recover/");

    // For a day it opens nothing.
    let new = app.browser();
    let early = new.visit(&link).await.expect(200);
    assert!(!early.has(FORM), "{}", early.html);
    new.post(&link, &[]).await.expect(410);
    app.clock.advance(24 * 3600 - 60);
    new.post(&link, &[]).await.expect(410);
    assert!(is_known(&app, OLD).await);
    app.clock.advance(61);
    let page = new.visit(&link).await.expect(200);
    let before = texts(&app).await;
    let page = new.submit_and_follow(&page, FORM, &[]).await.expect(200);
    assert!(page.url.starts_with("/applications"), "{}", page.url);
    new.visit(&format!("/applications/{}", applied.id)).await.expect(200);
    assert_eq!(told(&app, OLD, &before).await.len(), 1);
    assert!(is_known(&app, NEW).await && !is_known(&app, OLD).await);
    new.get(&link).await.expect(410);
    app.stop().await;
}

#[actix_web::test]
async fn the_address_before_can_stop_it() {
    let app = TestApp::start().await;
    let applied = app.apply_in(EVENT, OLD, &person(3).event()).await;
    let officer = app.officer().await;
    help(&app, &officer, &applied.id, NEW, CHECKED).await.expect(200);
    let recover = app.mail_to(NEW).await.link_to("/account/recover/");
    let stop = app.mail_to(OLD).await.link_to("/account/stop/");
    // One link is not the other.
    let swapped = recover.replace("/recover/", "/stop/");
    app.browser().get(&swapped).await.expect(410);
    let owner = app.browser();
    let page = owner.visit(&stop).await.expect(200);
    assert_eq!(owner.visit(&stop).await.html, page.html, "opening it changes nothing");
    let page = owner.submit(&page, FORM, &[]).await.expect(200);
    assert_eq!(page.text_of("h1"), "It is stopped");
    owner.get(&stop).await.expect(410);
    app.clock.advance(24 * 3600 + 1);
    app.browser().get(&recover).await.expect(410);
    app.browser().post(&recover, &[]).await.expect(410);
    assert!(is_known(&app, OLD).await && !is_known(&app, NEW).await);
    app.stop().await;
}

#[actix_web::test]
async fn a_help_that_nobody_used_is_forgotten() {
    let app = TestApp::start().await;
    let applied = app.apply_in(EVENT, OLD, &person(3).event()).await;
    let officer = app.officer().await;
    help(&app, &officer, &applied.id, NEW, CHECKED).await.expect(200);
    let recover = app.mail_to(NEW).await.link_to("/account/recover/");
    // Another help takes its place.
    help(&app, &officer, &applied.id, "newer@mail.example", CHECKED).await.expect(200);
    app.browser().get(&recover).await.expect(410);
    let recover = app.mail_to("newer@mail.example").await.link_to("/account/recover/");
    app.browser().get(&recover).await.expect(200);
    app.clock.advance(8 * 24 * 3600 + 1);
    app.run_jobs().await;
    app.browser().get(&recover).await.expect(410);
    app.stop().await;
}
