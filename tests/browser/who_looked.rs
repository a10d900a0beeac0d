//! No page about who looked has barriers: for the applicant, for whoever is asked why, and for the privacy officer.

use crate::axe::assert_no_barriers;
use crate::harness::{Browser, Kind};
use crate::journey::{self, PROJECT, YOU, arrived, give_all, open, problems};
use crate::support::app::TestApp;

const EMAIL: &str = "noor@invented.example";

async fn check(browser: &Browser, heading: &str) {
    arrived(browser, heading).await;
    assert_no_barriers(browser).await;
}

/// Chooses from a list.
async fn choose(browser: &Browser, name: &str, value: &str) {
    let css = format!("select[name='{name}']");
    let list = browser.client.find(fantoccini::Locator::Css(&css)).await.unwrap();
    list.select_by_value(value).await.unwrap();
}

/// Somebody signs in by mail.
async fn sign_in(app: &TestApp, browser: &Browser, door: &str, email: &str) {
    // The newest mail is the one that is meant.
    app.clock.advance(1);
    browser.client.delete_all_cookies().await.unwrap();
    open(app, browser, door).await;
    browser.fill("email", email).await;
    browser.press("Send me the link and the code").await;
    arrived(browser, "Check your mail").await;
    let door = door.trim_end_matches("/mail");
    browser.open(&app.mail_to(email).await.link_to(&format!("{door}/link/"))).await;
    browser.press("Sign in").await;
}

#[actix_web::test]
async fn no_barriers_where_it_stands_who_looked() {
    let app = TestApp::start().await;
    let browser = Browser::start(Kind::DESK).await;
    journey::come_to_form(&app, &browser, "Project grants", EMAIL).await;
    give_all(&browser, YOU).await;
    browser.press("Save and continue").await;
    arrived(&browser, "Your request").await;
    give_all(&browser, PROJECT).await;
    browser.press("Save and continue").await;
    arrived(&browser, "For our staff only").await;
    give_all(&browser, journey::PROJECT_STAFF_ONLY).await;
    browser.press("Save and continue").await;
    browser.press("Submit").await;
    browser.follow("status page").await;
    browser.follow("Who saw my data").await;
    check(&browser, "Who saw my data").await;
    assert_eq!(browser.text_of(".empty h2").await, "Nobody has looked yet");

    // An officer looks at it, and once more when it was withdrawn.
    browser.client.delete_all_cookies().await.unwrap();
    browser.open(&app.first_admin_link).await;
    browser.fill("name", "Robin Invented").await;
    browser.fill("email", "robin@staff.example").await;
    browser.tick("roles", "officer").await;
    browser.tick("roles", "privacy").await;
    browser.press("Come in").await;
    open(&app, &browser, "/staff/applications").await;
    browser.click("tbody a").await;
    let address = browser.path().await;
    app.clock.advance(3600);
    sign_in(&app, &browser, "/sign-in", EMAIL).await;
    open(&app, &browser, &format!("{}/withdraw", address.replace("/staff", ""))).await;
    browser.press("Withdraw the application").await;
    sign_in(&app, &browser, "/staff/sign-in/mail", "robin@staff.example").await;
    open(&app, &browser, &address).await;
    check(&browser, "Why do you open this application?").await;
    browser.press("Open the application").await;
    check(&browser, "Why do you open this application?").await;
    assert_eq!(problems(&browser).await.len(), 1);
    browser.tick("reason", "other").await;
    browser.press("Open the application").await;
    check(&browser, "Why do you open this application?").await;
    assert_eq!(problems(&browser).await.len(), 1);
    browser.fill("reason_text", "They rang up and asked what we had kept.").await;
    browser.press("Open the application").await;
    assert!(browser.shows(".columns").await);

    // The privacy officer looks at who looked.
    browser.follow("Audit").await;
    check(&browser, "Audit").await;
    choose(&browser, "action", "application.opened").await;
    browser.press("Search").await;
    check(&browser, "Audit").await;
    browser.click("tbody th a").await;
    check(&browser, "application.opened").await;
    assert!(browser.text_of("main").await.contains("They rang up"));
    open(&app, &browser, "/staff/audit?role=finance").await;
    check(&browser, "Audit").await;
    open(&app, &browser, "/staff/access-log").await;
    check(&browser, "Access log").await;
    browser.press("Open").await;
    check(&browser, "Access log").await;
    assert_eq!(problems(&browser).await.len(), 1);
    choose(&browser, "reason", "misuse").await;
    browser.press("Open").await;
    check(&browser, "Access log").await;
    assert!(browser.shows("tbody").await);

    sign_in(&app, &browser, "/sign-in", EMAIL).await;
    browser.follow("Who saw my data").await;
    check(&browser, "Who saw my data").await;
    assert!(browser.text_of(".looks").await.contains("An officer"));
    browser.close().await;
    app.stop().await;
}
