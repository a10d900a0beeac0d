//! Staff sign in with passkeys: made, used at the door, and to prove anew that it is oneself.

use crate::axe::assert_no_barriers;
use crate::harness::{Browser, Kind};
use crate::journey::{arrived, open};
use crate::support::app::TestApp;

/// A site as it is by default: a mailed link is not enough for staff.
async fn strict() -> TestApp {
    TestApp::start_with(|settings| settings.sign_in.staff_by_mail = false).await
}

/// The first administrator comes in by the printed link.
async fn come_in(app: &TestApp, browser: &Browser) {
    browser.open(&app.first_admin_link).await;
    browser.fill("name", "Robin Invented").await;
    browser.fill("email", "robin@staff.example").await;
    browser.press("Come in").await;
    arrived(browser, "Set up a way to sign in").await;
}

#[actix_web::test]
async fn a_passkey_is_made_signs_in_and_proves() {
    let app = strict().await;
    let browser = Browser::start(Kind::DESK).await;
    browser.keep_passkeys("internal").await;
    come_in(&app, &browser).await;
    assert_no_barriers(&browser).await;
    browser.press("Make a passkey").await;
    arrived(&browser, "Set up a way to sign in").await;
    assert_no_barriers(&browser).await;
    for (name, others) in [("Work laptop", 0), ("Security key", 1)] {
        if others == 1 {
            // A device holds one passkey of an account: this is another device.
            browser.keep_passkeys("usb").await;
        }
        browser.fill("name", name).await;
        browser.press("Make a passkey").await;
        arrived(&browser, "Make a passkey").await;
        assert_no_barriers(&browser).await;
        browser.press("Make the passkey").await;
        arrived(&browser, "Your ways to sign in").await;
        assert!(browser.text_of(".cards").await.contains(name));
    }
    assert_no_barriers(&browser).await;

    browser.press("Sign out").await;
    arrived(&browser, "Staff sign-in").await;
    browser.press("Sign in with a passkey").await;
    arrived(&browser, "People").await;
    // The browser says what signing out cleared; that is no complaint.
    browser.complaints().await;

    app.clock.advance(300);
    open(&app, &browser, "/staff/people/invite").await;
    arrived(&browser, "Prove that it is you").await;
    assert_no_barriers(&browser).await;
    browser.press("Use a passkey").await;
    let begun = std::time::Instant::now();
    while browser.path().await != "/staff/people/invite" {
        assert!(begun.elapsed().as_secs() < 20, "{}", browser.path().await);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }

    // With two, one can go; then the other stays.
    open(&app, &browser, "/staff/ways").await;
    // Both were made at the same moment of the clock: either may stand first.
    browser.click("form[action='/staff/ways/passkeys/remove'] button").await;
    // The page after it has the same heading; what was just done stands on it.
    for _ in 0..100 {
        if browser.shows(".said").await {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    arrived(&browser, "Your ways to sign in").await;
    let left = browser.text_of(".cards").await;
    assert!(left.contains("Work laptop") != left.contains("Security key"), "{left}");
    assert!(!browser.shows("form[action='/staff/ways/passkeys/remove']").await);
    browser.close().await;
    app.stop().await;
}

#[actix_web::test]
async fn a_browser_without_the_passkey_says_so_and_lets_nobody_in() {
    let app = strict().await;
    let browser = Browser::start(Kind::DESK).await;
    browser.keep_passkeys("internal").await;
    come_in(&app, &browser).await;
    browser.fill("name", "Work laptop").await;
    browser.press("Make a passkey").await;
    arrived(&browser, "Make a passkey").await;
    browser.press("Make the passkey").await;
    arrived(&browser, "Your ways to sign in").await;
    browser.close().await;

    let other = Browser::start(Kind::PHONE).await;
    other.keep_passkeys("internal").await;
    open(&app, &other, "/staff/sign-in").await;
    other.press("Sign in with a passkey").await;
    arrived(&other, "Use your passkey").await;
    let begun = std::time::Instant::now();
    while !other.text_of("form [role=status]").await.contains("No passkey was used") {
        assert!(begun.elapsed().as_secs() < 20, "nothing is said");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_no_barriers(&other).await;
    open(&app, &other, "/staff").await;
    arrived(&other, "Staff sign-in").await;
    other.close().await;

    // Without script the page says what works instead.
    let plain = Browser::start(Kind::PHONE_WITHOUT_SCRIPT).await;
    open(&app, &plain, "/staff/sign-in").await;
    plain.press("Sign in with a passkey").await;
    arrived(&plain, "Use your passkey").await;
    assert!(plain.text_of("main").await.contains("A password with a code works without script"));
    plain.press("Use a passkey").await;
    arrived(&plain, "Staff sign-in").await;
    assert!(plain.text_of(".error-summary").await.contains("That passkey was not accepted"));
    plain.close().await;
    app.stop().await;
}
