//! No page where applicants change how they come in has barriers, nor the one that asks them to wait.

use std::num::NonZeroU32;

use crate::axe::assert_no_barriers;
use crate::harness::{Browser, Kind};
use crate::journey::{self, arrived, open, problems};
use crate::support::app::TestApp;
use crate::support::github::GitHub;

const EMAIL: &str = "noor@invented.example";
const NEW_EMAIL: &str = "noor@elsewhere.example";

async fn check(browser: &Browser, heading: &str) {
    arrived(browser, heading).await;
    assert_no_barriers(browser).await;
}

#[actix_web::test]
async fn no_barriers_where_ways_to_sign_in_are_changed() {
    let github = GitHub::start().await;
    github.sign_in(7, "noor-makes");
    let app = TestApp::start_with(|settings| github.set_up(settings)).await;
    let browser = Browser::start(Kind::DESK).await;
    journey::come_to_form(&app, &browser, "Project grants", EMAIL).await;
    browser.follow("Your account").await;
    check(&browser, "Your account").await;
    browser.follow("Join your GitHub account").await;
    check(&browser, "Sign-in with GitHub").await;
    browser.press("Go to GitHub and join it").await;
    check(&browser, "Your account").await;
    assert!(browser.shows(".said").await);

    // Later it takes a fresh proof.
    app.clock.advance(300);
    browser.follow("Use another address").await;
    check(&browser, "Prove that it is you").await;
    browser.press("Mail me a code").await;
    check(&browser, "Enter the code").await;
    browser.press("Go on").await;
    check(&browser, "Enter the code").await;
    assert_eq!(problems(&browser).await.len(), 1);
    browser.fill("code", &app.mail_to(EMAIL).await.code()).await;
    browser.press("Go on").await;
    check(&browser, "Another address").await;
    browser.press("Send me the link and the code").await;
    check(&browser, "Another address").await;
    assert_eq!(problems(&browser).await.len(), 1);
    browser.fill("email", NEW_EMAIL).await;
    browser.press("Send me the link and the code").await;
    check(&browser, "Confirm the new address").await;
    browser.open(&app.mail_to(NEW_EMAIL).await.link_to("/account/address/link/")).await;
    check(&browser, "Confirm the new address").await;
    browser.press("Use this address").await;
    check(&browser, "Your account").await;
    assert!(browser.text_of(".facts-list").await.contains(NEW_EMAIL));
    browser.follow("Take it away").await;
    check(&browser, "Sign-in with GitHub").await;
    app.clock.advance(300);
    // Too late to press it: the page that says so.
    browser.press("Take it away").await;
    check(&browser, "Prove that it is you").await;
    browser.follow("Prove that it is you").await;
    check(&browser, "Prove that it is you").await;
    browser.press("Prove it with GitHub").await;
    check(&browser, "Your account").await;
    open(&app, &browser, "/account/github").await;
    browser.press("Take it away").await;
    check(&browser, "Your account").await;

    // Somebody whom GitHub names, and nobody here knows.
    browser.press("Sign out").await;
    arrived(&browser, "Sign in to your applications").await;
    browser.complaints().await;
    check(&browser, "Sign in to your applications").await;
    browser.press("Sign in with GitHub").await;
    check(&browser, "No account with this GitHub account").await;
    browser.close().await;
    app.stop().await;
    github.stop().await;
}

#[actix_web::test]
async fn no_barriers_where_somebody_has_to_wait() {
    let app = TestApp::start_with(|settings| settings.limits = NonZeroU32::MIN).await;
    let browser = Browser::start(Kind::PHONE).await;
    for _ in 0..4 {
        open(&app, &browser, "/sign-in").await;
        browser.fill("email", EMAIL).await;
        browser.press("Send me the link and the code").await;
        arrived(&browser, "Check your mail").await;
    }
    open(&app, &browser, "/sign-in").await;
    browser.fill("email", EMAIL).await;
    browser.press("Send me the link and the code").await;
    check(&browser, "Too many tries").await;
    browser.close().await;
    app.stop().await;
}
