//! Somebody applies by keyboard alone. At every stop it must be seen where one is: [`Browser::tab_to`] looks.

use std::time::Duration;

use serde_json::json;

use crate::harness::{Browser, Kind};
use crate::journey::{self, arrived, open, problems};
use crate::support::app::TestApp;

const EMAIL: &str = "tomek@invented.example";
const ENTER: &str = "\u{e007}";
const DOWN: &str = "\u{e015}";
const SPACE: &str = " ";

/// Goes to a control and presses these keys.
async fn at(browser: &Browser, css: &str, keys: &str) {
    browser.tab_to(css).await;
    browser.keys(keys).await;
}

/// Whether what matches has the focus.
async fn is_at(browser: &Browser, css: &str) -> bool {
    let script = "return document.activeElement.matches(arguments[0])";
    browser.run(script, vec![json!(css)]).await == true
}

#[actix_web::test]
async fn somebody_applies_by_keyboard_alone() {
    let app = TestApp::start().await;
    let browser = Browser::start(Kind { notes_posts: true, ..Kind::DESK }).await;
    open(&app, &browser, "/").await;
    arrived(&browser, "Apply for a grant").await;
    browser.keys("\u{e004}").await;
    assert!(is_at(&browser, ".skip").await, "the first stop leads past the menu");
    browser.keys(ENTER).await;
    browser.keys("\u{e004}").await;
    assert!(is_at(&browser, "main .rounds a").await, "the menu was not gone past");
    at(&browser, "a[href='/rounds/event']", ENTER).await;
    arrived(&browser, "Event support").await;
    at(&browser, "a.button", ENTER).await;

    arrived(&browser, "How old are you?").await;
    at(&browser, "[name=age]", SPACE).await;
    at(&browser, "main button", ENTER).await;
    arrived(&browser, "Your consent").await;
    at(&browser, "main button", ENTER).await;
    mistake(&browser, "consent-application").await;
    browser.keys(SPACE).await;
    at(&browser, "main button", SPACE).await;
    arrived(&browser, "Your e-mail address").await;
    at(&browser, "[name=email]", EMAIL).await;
    browser.keys(ENTER).await;
    arrived(&browser, "Check your mail").await;
    let code = app.mail_to(EMAIL).await.code();
    at(&browser, "[name=code]", &code).await;
    browser.keys(ENTER).await;

    about_oneself(&browser).await;
    request(&browser).await;
    arrived(&browser, "Check your answers").await;
    assert_eq!(browser.text_of("[data-key='answer.kind']").await, "Workshop");
    assert_eq!(browser.text_of("[data-key='answer.date']").await, "2027-06-06");
    at(&browser, "form[action$='/check'] button", ENTER).await;
    arrived(&browser, "Your application is in").await;
    assert_eq!(journey::receipts(&app, EMAIL).await.len(), 1);
    at(&browser, ".out button", SPACE).await;
    arrived(&browser, "Sign in to your applications").await;
    assert_eq!(browser.posts().await.iter().filter(|url| url.ends_with("/check")).count(), 1);
    browser.close().await;
    app.stop().await;
}

/// After a mistake the summary has the focus; its first link leads to the control.
async fn mistake(browser: &Browser, control: &str) {
    let begun = std::time::Instant::now();
    while !is_at(browser, ".error-summary").await {
        assert!(begun.elapsed() < Duration::from_secs(20), "the summary has no focus");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(problems(browser).await.len(), 1);
    at(browser, ".error-summary a", ENTER).await;
    assert!(is_at(browser, &format!("#{control}")).await, "the link does not lead to {control}");
}

async fn about_oneself(browser: &Browser) {
    arrived(browser, "About you").await;
    at(browser, "[name=name]", "Tomek Invented").await;
    at(browser, "[name=location]", "Tarnow, PL").await;
    at(browser, "[name=github_username]", "tomek--").await;
    at(browser, "[name=social_usernames]", "tomek.invented").await;
    at(browser, "[name=action][value=continue]", ENTER).await;
    mistake(browser, "github_username").await;
    assert_eq!(browser.value_of("github_username").await, "tomek--");
    // To the end, and two characters back.
    browser.keys("\u{e010}\u{e003}\u{e003}").await;
    browser.keys(ENTER).await;
}

async fn request(browser: &Browser) {
    arrived(browser, "Your request").await;
    at(browser, "[name='answer.title']", "Compilers and cake").await;
    let count = "[data-count-for='answer-title']";
    // Said politely: while one types it is silent, and speaks when one pauses.
    assert_eq!(
        browser
            .run("return document.querySelector(arguments[0]).ariaLive", vec![json!(count)])
            .await,
        "polite"
    );
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert_eq!(browser.text_of(count).await, "9 words left of 12");
    browser.keys(" and then one more and another and one too many").await;
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert_eq!(browser.text_of(count).await, "1 word too many; up to 12");
    browser.keys(&"\u{e003}".repeat(9)).await;
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert_eq!(browser.text_of(count).await, "1 word left of 12");

    at(browser, "[name='answer.kind']", SPACE).await;
    browser.keys(DOWN).await;
    assert_eq!(browser.value_of("answer.kind").await, "Workshop");
    // Month and day alike, whichever the browser asks for first.
    at(browser, "[name='answer.date']", "06062027").await;
    assert_eq!(browser.value_of("answer.date").await, "2027-06-06");
    at(browser, "[name='answer.place']", "Tarnow, in Polish").await;
    at(browser, "[name='answer.attendees']", "25").await;
    at(browser, "[name='answer.objective']", "Everybody leaves with a program that runs.").await;
    at(browser, "[name='answer.inclusion']", "Step-free, free of charge, with a quiet room.").await;
    at(browser, "[name='answer.amount']", "300").await;
    at(browser, "[name='answer.spend']", "Cake and the room.").await;
    at(browser, "[name=action][value=continue]", ENTER).await;
}
