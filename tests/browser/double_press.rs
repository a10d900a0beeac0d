//! Somebody presses “Submit” twice: it is submitted once.

use fantoccini::Locator;

use crate::harness::{Browser, Kind};
use crate::journey::{self, arrived};
use crate::support::app::TestApp;

const EMAIL: &str = "ida@invented.example";

/// Presses twice, later once more, and answers how often the form was sent by the first two and in all.
async fn submit_thrice(kind: Kind) -> (usize, usize) {
    let app = TestApp::start().await;
    let browser = Browser::start(Kind { keeps_pages: true, notes_posts: true, ..kind }).await;
    journey::come_to_form(&app, &browser, "Project grants", EMAIL).await;
    journey::fill_in_project(&browser).await;
    browser.posts().await;
    browser.press_twice("form[action$='/check'] button").await;
    arrived(&browser, "Your application is in").await;
    let at_once = posts(&browser).await;
    // Somebody goes back, sees the page as it was left, and presses once more: that ends where it ended before.
    browser.client.back().await.unwrap();
    arrived(&browser, "Check your answers").await;
    browser.press("Submit").await;
    arrived(&browser, "Your application is in").await;
    let later = posts(&browser).await;
    browser.follow("status page").await;
    arrived(&browser, "Project grants").await;
    assert_eq!(browser.text_of(".standing .status").await, "Submitted");
    let mut changes = Vec::new();
    for change in browser.client.find_all(Locator::Css(".history .status")).await.unwrap() {
        changes.push(change.text().await.unwrap());
    }
    assert_eq!(changes.iter().filter(|change| *change == "Submitted").count(), 1, "{changes:?}");
    assert_eq!(journey::receipts(&app, EMAIL).await.len(), 1);
    browser.follow("Your applications").await;
    arrived(&browser, "Your applications").await;
    assert_eq!(browser.client.find_all(Locator::Css(".rounds li")).await.unwrap().len(), 1);
    browser.close().await;
    app.stop().await;
    (at_once, at_once + later)
}

/// How often the form was sent since this was last asked.
async fn posts(browser: &Browser) -> usize {
    let sent = browser.posts().await;
    assert!(sent.iter().all(|url| url.ends_with("/check")), "{sent:?}");
    sent.len()
}

#[actix_web::test]
async fn without_script_the_server_takes_the_second_for_the_first() {
    // Chromium itself may leave out a press that comes too soon after another.
    let (at_once, in_all) = submit_thrice(Kind::PHONE_WITHOUT_SCRIPT).await;
    assert_eq!(in_all, at_once + 1);
}

#[actix_web::test]
async fn with_script_the_second_is_not_even_sent() {
    assert_eq!(submit_thrice(Kind::DESK).await, (1, 2));
}
