//! Links and codes: each works once, for ten minutes, and opening a link uses nothing up.

use reqwest::Method;

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::html::Page;
use crate::support::journey::{EVENT, FORM, PROJECT, ask_to_apply, closely, open_link, together};

const KIM: &str = "kim@mail.example";
const MINUTE: i64 = 60;

/// The link that somebody gets who begins an application in this browser.
async fn link(app: &TestApp, browser: &Client) -> String {
    ask_to_apply(browser, PROJECT, KIM).await;
    app.mail_to(KIM).await.link_to("/sign-in/link/")
}

/// The code in the newest mail.
async fn code(app: &TestApp) -> String {
    app.mail_to(KIM).await.code()
}

async fn type_code(browser: &Client, code: &str) -> Page {
    let page = browser.visit("/sign-in/code").await.expect(200);
    browser.submit(&page, FORM, &[("code", code)]).await
}

async fn is_in(browser: &Client) -> bool {
    browser.get("/applications").await.status == 200
}

#[track_caller]
fn says_spent(page: Page) {
    let page = page.expect(410);
    assert_eq!(page.text_of("h1"), "This link or code no longer works");
    let text = page.text_of("main");
    assert!(text.contains("Ask for a new one") && page.has("a[href='/sign-in']"), "{text}");
}

#[actix_web::test]
async fn a_link_works_for_ten_minutes() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let address = link(&app, &browser).await;
    app.clock.advance(10 * MINUTE - 1);
    let page = browser.visit(&address).await.expect(200);
    app.clock.advance(1);
    says_spent(browser.visit(&address).await);
    says_spent(browser.submit(&page, FORM, &[]).await);
    assert!(!is_in(&browser).await);
    let address = link(&app, &browser).await;
    app.clock.advance(10 * MINUTE - 1);
    open_link(&browser, &address).await;
    assert!(is_in(&browser).await);
    app.stop().await;
}

#[actix_web::test]
async fn a_link_works_once() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let address = link(&app, &browser).await;
    let page = browser.visit(&address).await.expect(200);
    open_link(&browser, &address).await;
    says_spent(browser.visit(&address).await);
    let thief = app.browser();
    says_spent(thief.submit(&page, FORM, &[]).await);
    assert!(is_in(&browser).await && !is_in(&thief).await);
    app.stop().await;
}

#[actix_web::test]
async fn of_many_who_press_at_the_same_moment_one_comes_in() {
    let app = TestApp::start().await;
    let address = link(&app, &app.browser()).await;
    let page = app.browser().visit(&address).await.expect(200);
    let pressing = (0..8).map(|_| (app.browser(), page.clone()));
    let answers = together(pressing, 8, |(browser, page)| async move {
        browser.submit(&page, FORM, &[]).await.status
    })
    .await;
    let count = |status| answers.iter().filter(|one| **one == status).count();
    assert_eq!((count(303), count(410)), (1, 7), "{answers:?}");
    app.stop().await;
}

#[actix_web::test]
async fn opening_a_link_uses_nothing_up() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let address = link(&app, &browser).await;
    let scanner = app.browser();
    for _ in 0..6 {
        scanner.visit(&address).await.expect(200);
        scanner.raw(Method::HEAD, &address, &[], Vec::new()).await.expect(200);
    }
    assert!(!is_in(&scanner).await);
    assert_eq!(app.mails().await.len(), 1);
    open_link(&browser, &address).await;
    assert!(is_in(&browser).await);
    app.stop().await;
}

#[actix_web::test]
async fn a_link_works_in_another_browser_and_says_so() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let address = link(&app, &browser).await;
    assert!(!browser.visit(&address).await.expect(200).has(".inset"), "the same browser");
    let other = app.browser();
    let page = other.visit(&address).await.expect(200);
    assert!(page.text_of(".inset").contains("in another browser or on another device"));
    open_link(&other, &address).await;
    assert!(is_in(&other).await && !is_in(&browser).await);
    app.stop().await;
}

#[actix_web::test]
async fn links_that_were_never_sent_are_answered_like_old_ones() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let address = link(&app, &browser).await;
    let token = address.rsplit('/').next().unwrap().to_owned();
    let swapped = |at: usize| {
        let mut bytes = token.clone().into_bytes();
        let byte = bytes.get_mut(at).unwrap();
        *byte = if *byte == b'a' { b'b' } else { b'a' };
        String::from_utf8(bytes).unwrap()
    };
    let mut answers = Vec::new();
    for wrong in [
        swapped(0),
        swapped(token.len() - 1),
        token.get(..20).unwrap().to_owned(),
        format!("{token}a"),
        "%F0%9F%A6%80".to_owned(),
        "x".repeat(3000),
    ] {
        let page = browser.visit(&format!("/sign-in/link/{wrong}")).await;
        answers.push(page.html.clone());
        says_spent(page);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "each gets the same answer");
    // A link of applicants opens no door of staff, and is not used up by the attempt.
    let staff = format!("/staff/sign-in/link/{token}");
    browser.visit(&staff).await.expect(410);
    browser.post(&staff, &[]).await.expect(410);
    browser.visit(&format!("/staff/welcome/{token}")).await.expect(410);
    open_link(&browser, &address).await;
    app.stop().await;
}

#[actix_web::test]
async fn five_wrong_codes_and_the_right_one_is_of_no_use() {
    let app = TestApp::start().await;
    let browser = app.browser();
    ask_to_apply(&browser, PROJECT, KIM).await;
    let right = code(&app).await;
    let wrong = if right == "00000000" { "00000001" } else { "00000000" };
    let refused = type_code(&browser, "abc").await.expect(422);
    assert_eq!(refused.errors(), ["Enter the 8 digits of the code"]);
    for _ in 0..5 {
        let refused = type_code(&browser, wrong).await.expect(422);
        assert_eq!(refused.errors(), ["The code is not right; check it against the newest mail"]);
    }
    says_spent(type_code(&browser, &right).await);
    assert!(!is_in(&browser).await);
    app.stop().await;
}

#[actix_web::test]
async fn many_wrong_codes_at_the_same_moment_are_all_counted() {
    let app = TestApp::start().await;
    let browser = std::rc::Rc::new(app.browser());
    ask_to_apply(&browser, PROJECT, KIM).await;
    let right = code(&app).await;
    let guesses: Vec<String> = (0..30).map(|nth| format!("{nth:08}")).collect();
    assert!(!guesses.contains(&right), "one chance in a million: run the test again");
    let page = std::rc::Rc::new(browser.visit("/sign-in/code").await.expect(200));
    let answers = together(guesses, 30, |guess| {
        let (browser, page) = (browser.clone(), page.clone());
        async move { browser.submit(&page, FORM, &[("code", &guess)]).await.status }
    })
    .await;
    let compared = answers.iter().filter(|status| **status == 422).count();
    assert!(compared <= 5, "{compared} guesses were compared: {answers:?}");
    says_spent(type_code(&browser, &right).await);
    app.stop().await;
}

#[actix_web::test]
async fn a_code_works_once_and_only_where_it_was_asked_for() {
    let app = TestApp::start().await;
    let browser = app.browser();
    ask_to_apply(&browser, PROJECT, KIM).await;
    let right = code(&app).await;
    let other = app.browser();
    let page = other.visit("/sign-in/code").await.expect(200);
    assert_eq!(page.text_of("h1"), "A code works only where it was asked for");
    other.post("/sign-in/code", &[("code", &right)]).await.expect(200);
    assert!(!is_in(&other).await);
    // Somebody else's cookie does not help, either.
    ask_to_apply(&other, EVENT, "lou@mail.example").await;
    type_code(&other, &right).await.expect(422);

    let (first, last) = right.split_at(4);
    let visit = browser.cookie("__Host-visit").unwrap();
    let page = type_code(&browser, &format!(" {first} {last} ")).await.expect(303);
    assert!(browser.follow(page).await.expect(200).url.contains("/form/you"));
    let late = app.browser();
    late.set_cookie("__Host-visit", &visit);
    says_spent(type_code(&late, &right).await);
    app.stop().await;
}

#[actix_web::test]
async fn an_address_that_is_not_known_gets_the_same_answer_and_no_mail() {
    let app = TestApp::start().await;
    let address = link(&app, &app.browser()).await;
    open_link(&app.browser(), &address).await;
    let mut answers = Vec::new();
    for email in [KIM, "nobody@mail.example"] {
        let browser = app.browser();
        let page = browser.visit("/sign-in").await.expect(200);
        let sent = browser.submit(&page, FORM, &[("email", email)]).await.expect(303);
        let page = browser.follow(sent.clone()).await.expect(200);
        let refused = type_code(&browser, "00000000").await;
        let cookie = browser.cookie("__Host-visit").unwrap();
        let (status, mut headers, body) = closely(&sent);
        headers.retain(|(name, _)| name != "set-cookie");
        let first = (status, headers, body, cookie.len());
        answers.push((first, closely(&page), closely(&refused)));
    }
    let mails = app.mails().await.iter().filter(|mail| mail.to == KIM).count();
    assert_eq!((mails, app.mails().await.len()), (2, 2), "nobody is written to who is not known");
    let [known, unknown] = answers.try_into().unwrap();
    assert_eq!(known, unknown);
    app.stop().await;
}
