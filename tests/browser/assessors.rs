//! An assessor, from the invitation to a passkey of their own; and no page on that way has barriers.

use crate::axe::assert_no_barriers;
use crate::harness::{Browser, Kind};
use crate::journey::{arrived, open, problems};
use crate::support::app::TestApp;
use crate::support::github::GitHub;

const ADDRESS: &str = "asa@elsewhere.example";

async fn check(browser: &Browser, heading: &str) {
    arrived(browser, heading).await;
    assert_no_barriers(browser).await;
}

/// Waits for a page to which a passkey leads by itself.
async fn comes_to(browser: &Browser, path: &str) {
    let begun = std::time::Instant::now();
    while browser.path().await != path {
        assert!(begun.elapsed().as_secs() < 20, "{} is not {path}", browser.path().await);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// An officer invites an assessor; answers the link in the mail.
async fn invite(app: &TestApp, browser: &Browser) -> String {
    browser.open(&app.first_admin_link).await;
    browser.fill("name", "Robin Invented").await;
    browser.fill("email", "robin@staff.example").await;
    browser.tick("roles", "officer").await;
    browser.press("Come in").await;
    open(app, browser, "/staff/assessors").await;
    check(browser, "Assessors").await;
    assert_eq!(browser.text_of(".empty h2").await, "No assessors yet");
    browser.follow("Invite an assessor").await;
    check(browser, "Invite an assessor").await;
    browser.press("Send the invitation").await;
    check(browser, "Invite an assessor").await;
    assert_eq!(problems(browser).await.len(), 2);
    browser.fill("email", ADDRESS).await;
    let script = "document.querySelector('[name=until]').value = '2027-09-30'";
    browser.run(script, Vec::new()).await;
    browser.press("Send the invitation").await;
    check(browser, "Assessors").await;
    browser.follow("Invited assessor").await;
    check(browser, "Invited assessor").await;
    app.mail_to(ADDRESS).await.link_to("/assess/welcome/")
}

#[actix_web::test]
async fn an_assessor_makes_a_passkey_and_comes_in_by_it() {
    let github = GitHub::start().await;
    let app = TestApp::start_with(|settings| github.set_up(settings)).await;
    let officer = Browser::start(Kind::DESK).await;
    let link = invite(&app, &officer).await;
    let browser = Browser::start(Kind::DESK).await;
    browser.keep_passkeys("internal").await;
    browser.open(&link).await;
    check(&browser, "Welcome").await;
    browser.press("Come in").await;
    check(&browser, "Welcome").await;
    assert_eq!(problems(&browser).await.len(), 1);
    browser.fill("name", "Asa Assessor").await;
    browser.press("Come in").await;
    check(&browser, "Assessments").await;
    open(&app, &officer, "/staff/assessors").await;
    check(&officer, "Assessors").await;
    officer.follow("Asa Assessor").await;
    check(&officer, "Asa Assessor").await;

    browser.follow("Your account").await;
    check(&browser, "Your account").await;
    browser.press("Make a passkey").await;
    check(&browser, "Your account").await;
    assert_eq!(problems(&browser).await, ["Enter a name for the passkey"]);
    browser.fill("name", "Laptop").await;
    browser.press("Make a passkey").await;
    check(&browser, "Make a passkey").await;
    browser.press("Make the passkey").await;
    check(&browser, "Your account").await;
    assert!(browser.text_of(".said").await.contains("The passkey is made"));
    assert!(browser.text_of(".cards").await.contains("Laptop"));

    browser.press("Sign out").await;
    arrived(&browser, "Assessors’ sign-in").await;
    // The browser says what signing out cleared; that is no complaint.
    browser.complaints().await;
    check(&browser, "Assessors’ sign-in").await;
    browser.press("Sign in with a passkey").await;
    arrived(&browser, "Assessments").await;
    // The staff's door asks for a passkey of theirs: this one is not accepted there.
    open(&app, &browser, "/staff/sign-in").await;
    browser.press("Sign in with a passkey").await;
    arrived(&browser, "Staff sign-in").await;
    assert!(problems(&browser).await[0].starts_with("That passkey was not accepted"));

    // Later it takes a fresh proof, which the passkey gives.
    app.clock.advance(300);
    open(&app, &browser, "/assess/account").await;
    check(&browser, "Your account").await;
    assert!(!browser.shows("[name=passkey] ~ button").await);
    browser.follow("prove that it is you").await;
    check(&browser, "Prove that it is you").await;
    browser.press("Use a passkey").await;
    comes_to(&browser, "/assess/account").await;
    arrived(&browser, "Your account").await;
    browser.click("form[action='/assess/account/passkeys/remove'] button").await;
    comes_to(&browser, "/assess/account?done=removed").await;
    check(&browser, "Your account").await;
    assert!(!browser.text_of("main").await.contains("Laptop"));

    // The account on GitHub is joined, and listed with the others.
    github.sign_in(99, "asa-reads");
    browser.follow("Join your GitHub account").await;
    check(&browser, "Sign-in with GitHub").await;
    browser.press("Go to GitHub and join it").await;
    check(&browser, "Your account").await;
    assert!(browser.text_of("main").await.contains("asa-reads"));
    browser.close().await;
    officer.close().await;
    app.stop().await;
    github.stop().await;
}

#[actix_web::test]
async fn an_assessor_s_passkey_that_is_gone_says_so_on_a_phone() {
    let app = TestApp::start().await;
    let browser = Browser::start(Kind::PHONE).await;
    browser.keep_passkeys("internal").await;
    open(&app, &browser, "/assess/sign-in").await;
    check(&browser, "Assessors’ sign-in").await;
    browser.press("Sign in with a passkey").await;
    arrived(&browser, "Use your passkey").await;
    let begun = std::time::Instant::now();
    while !browser.text_of("form [role=status]").await.contains("No passkey was used") {
        assert!(begun.elapsed().as_secs() < 20, "nothing is said");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_no_barriers(&browser).await;
    browser.follow("Use another way").await;
    arrived(&browser, "Assessors’ sign-in").await;
    browser.close().await;

    let plain = Browser::start(Kind::PHONE_WITHOUT_SCRIPT).await;
    open(&app, &plain, "/assess/sign-in").await;
    plain.press("Sign in with a passkey").await;
    arrived(&plain, "Use your passkey").await;
    assert!(plain.text_of("main").await.contains("A link or a code by mail works without script"));
    plain.press("Use a passkey").await;
    arrived(&plain, "Assessors’ sign-in").await;
    assert!(plain.text_of(".error-summary").await.contains("That passkey was not accepted"));
    plain.close().await;
    app.stop().await;
}
