//! Somebody refuses cookies: what is public works, and signing in says what it would need.

use crate::harness::{Browser, Kind};
use crate::journey::{self, arrived, open};
use crate::support::app::TestApp;

const EMAIL: &str = "lena@invented.example";

/// How often the browser was sent on before this page.
async fn redirects(browser: &Browser) -> i64 {
    let script = "return performance.getEntriesByType('navigation')[0].redirectCount";
    browser.run(script, Vec::new()).await.as_i64().unwrap()
}

// proves S9
#[actix_web::test]
async fn without_cookies_all_that_is_public_works_and_signing_in_explains_itself() {
    let app = TestApp::start().await;
    let browser = Browser::start(Kind::WITHOUT_COOKIES).await;
    for (path, heading) in [
        ("/", "Apply for a grant"),
        ("/rounds/hardship", "Hardship grants"),
        ("/privacy", &journey::privacy_title(&app)),
        ("/applications", "Sign in to your applications"),
        ("/staff/applications", "Staff sign-in"),
        ("/sign-in/code", "A code works only where it was asked for"),
    ] {
        open(&app, &browser, path).await;
        arrived(&browser, heading).await;
        assert!(redirects(&browser).await <= 1, "{path}");
    }

    // What was said before the address is not lost: it needs no cookie.
    journey::come_to_address(&app, &browser, "Project grants").await;
    arrived(&browser, "Your e-mail address").await;
    browser.fill("email", EMAIL).await;
    browser.press("Send me the link and the code").await;
    arrived(&browser, "A code works only where it was asked for").await;
    assert!(browser.text_of("main").await.contains("allow cookies for this site"));

    browser.open(&app.mail_to(EMAIL).await.link_to("/sign-in/link/")).await;
    arrived(&browser, "Confirm your address").await;
    browser.press("Confirm and go to the form").await;
    refused(&browser).await;
    browser.follow("Go to the sign-in page").await;
    arrived(&browser, "Sign in to your applications").await;
    browser.fill("email", EMAIL).await;
    browser.press("Send me the link and the code").await;
    arrived(&browser, "A code works only where it was asked for").await;
    browser.follow("Go to the sign-in page").await;
    arrived(&browser, "Sign in to your applications").await;

    browser.open(&app.first_admin_link).await;
    arrived(&browser, "Welcome").await;
    browser.fill("name", "Robin Invented").await;
    browser.fill("email", "robin@staff.example").await;
    browser.press("Come in").await;
    refused(&browser).await;
    browser.follow("Go to the sign-in page").await;
    arrived(&browser, "Staff sign-in").await;

    let cookies = browser.client.get_all_cookies().await.unwrap();
    assert!(cookies.is_empty(), "{cookies:?}");
    browser.close().await;
    app.stop().await;
}

/// Nobody is sent around in circles: one page says what happened, and what to do.
async fn refused(browser: &Browser) {
    arrived(browser, "Your browser refused the cookie").await;
    assert!(redirects(browser).await <= 2);
    assert!(
        browser.text_of("main").await.contains("Allow cookies for this site, then sign in again.")
    );
}
