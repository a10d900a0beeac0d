//! Somebody applies on a phone that runs no script: small, slow, and whole.

use crate::harness::{Browser, Kind};
use crate::journey::{
    self, Answers, PROJECT, PROJECT_STAFF_ONLY, YOU, arrived, assert_kept, give_all, open, problems,
};
use crate::support::app::TestApp;

const EMAIL: &str = "mira@invented.example";

/// Waits for a page, which must fit the phone.
async fn came(browser: &Browser, heading: &str) {
    arrived(browser, heading).await;
    assert_eq!(browser.overflow().await, 0, "“{heading}” scrolls sideways");
}

#[actix_web::test]
async fn somebody_applies_with_the_mailed_link_and_takes_it_back() {
    let app = TestApp::start().await;
    let browser = Browser::start(Kind::PHONE_WITHOUT_SCRIPT).await;
    open(&app, &browser, "/").await;
    came(&browser, "Apply for a grant").await;
    browser.follow("Project grants").await;
    came(&browser, "Project grants").await;
    browser.follow("Start an application").await;

    came(&browser, "How old are you?").await;
    browser.press("Continue").await;
    assert_eq!(problems(&browser).await, ["Choose your age"]);
    browser.tick("age", "adult").await;
    browser.press("Continue").await;

    came(&browser, "Your consent").await;
    assert_eq!(browser.value_of("consent.application").await, "", "nothing is ticked beforehand");
    browser.press("Continue").await;
    assert_eq!(problems(&browser).await.len(), 1);
    browser.tick("consent.application", "yes").await;
    browser.press("Continue").await;

    came(&browser, "Your e-mail address").await;
    browser.fill("email", "mira@invented").await;
    browser.press("Send me the link and the code").await;
    assert_eq!(problems(&browser).await.len(), 1);
    assert_eq!(browser.value_of("email").await, "mira@invented");
    browser.fill("email", EMAIL).await;
    browser.press("Send me the link and the code").await;
    came(&browser, "Check your mail").await;
    browser.open(&app.mail_to(EMAIL).await.link_to("/sign-in/link/")).await;
    came(&browser, "Confirm your address").await;
    assert!(!browser.shows(".inset").await, "it is the same browser");
    browser.press("Confirm and go to the form").await;

    about_oneself(&browser).await;
    request(&browser).await;
    came(&browser, "For our staff only").await;
    give_all(&browser, PROJECT_STAFF_ONLY).await;
    browser.press("Save and continue").await;
    came(&browser, "Check your answers").await;
    for (name, value) in YOU.iter().chain(PROJECT).chain(PROJECT_STAFF_ONLY) {
        assert_eq!(browser.text_of(&format!("[data-key='{name}']")).await, *value, "{name}");
    }
    browser.press("Submit").await;

    came(&browser, "Your application is in").await;
    let reference = browser.text_of(".receipt .reference").await;
    assert_eq!(
        journey::receipts(&app, EMAIL).await,
        [format!("We have your application {reference}")]
    );
    browser.follow("status page").await;
    came(&browser, "Project grants").await;
    assert_eq!(browser.text_of(".standing .status").await, "Submitted");
    browser.follow("Withdraw this application").await;
    came(&browser, "Withdraw this application?").await;
    browser.press("Withdraw the application").await;
    came(&browser, "Project grants").await;
    assert_eq!(browser.text_of(".standing .status").await, "Withdrawn");
    assert_eq!(browser.text_of(".said").await, "Your application is withdrawn.");
    browser.press("Sign out").await;
    came(&browser, "Sign in to your applications").await;
    open(&app, &browser, "/applications").await;
    came(&browser, "Sign in to your applications").await;
    browser.close().await;
    app.stop().await;
}

/// The first page of the form, with a username that GitHub would not give, and without a place.
async fn about_oneself(browser: &Browser) {
    came(browser, "About you").await;
    let wrong: &Answers = &[
        ("name", "Mira Invented"),
        ("pronouns", "she/her"),
        ("location", ""),
        ("github_username", "mira makes"),
        ("social_usernames", "@mira@social.example\nmira.invented"),
    ];
    give_all(browser, wrong).await;
    browser.press("Save and continue").await;
    came(browser, "About you").await;
    let said = problems(browser).await;
    assert_eq!(said.len(), 2, "{said:?}");
    assert_kept(browser, wrong).await;
    // The summary leads to the control, where the mistake is named once more.
    browser.follow(&said[0]).await;
    assert!(browser.path().await.contains("/form/you"));
    assert!(browser.text_of("#location-error").await.contains(&said[0]));
    give_all(browser, YOU).await;
    browser.press("Save and continue").await;
}

/// The second page: a draft is saved halfway, then a title is too long and an amount is none.
async fn request(browser: &Browser) {
    came(browser, "Your request").await;
    give_all(browser, &PROJECT[..3]).await;
    browser.press("Save draft").await;
    came(browser, "Your request").await;
    assert!(browser.text_of(".said").await.starts_with("Your draft is saved."));
    assert_kept(browser, &PROJECT[..3]).await;
    give_all(browser, PROJECT).await;
    let wrong: &Answers = &[
        ("answer.title", "one two three four five six seven eight nine ten eleven twelve thirteen"),
        ("answer.amount", "a lot"),
    ];
    give_all(browser, wrong).await;
    browser.press("Save and continue").await;
    came(browser, "Your request").await;
    let said = problems(browser).await;
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].ends_with("must be 12 words or fewer; it has 13"), "{said:?}");
    assert_kept(browser, wrong).await;
    assert_kept(browser, &PROJECT[1..7]).await;
    give_all(browser, PROJECT).await;
    browser.press("Save and continue").await;
}

/// A hardship grant: with a sensitive question, whose answer is kept only with a tick beside it.
#[actix_web::test]
async fn somebody_applies_with_the_mailed_code() {
    let app = TestApp::start().await;
    let browser = Browser::start(Kind::PHONE_WITHOUT_SCRIPT).await;
    journey::come_to_address(&app, &browser, "Hardship grants").await;
    came(&browser, "Your e-mail address").await;
    browser.fill("email", EMAIL).await;
    browser.press("Send me the link and the code").await;
    came(&browser, "Check your mail").await;
    let code = app.mail_to(EMAIL).await.code();
    let wrong = if code.starts_with('1') { "2" } else { "1" }.to_owned() + &code[1..];
    browser.fill("code", &wrong).await;
    browser.press("Continue").await;
    assert_eq!(problems(&browser).await.len(), 1);
    browser.fill("code", &code).await;
    browser.press("Continue").await;

    came(&browser, "About you").await;
    give_all(&browser, YOU).await;
    browser.press("Save and continue").await;
    came(&browser, "Your request").await;
    let answers: &Answers = &[
        ("answer.title", "A burst pipe, and the rent is due"),
        ("answer.need", "Two months of rent while the flat dries."),
        ("answer.work", "A small library that many test suites stand on."),
        ("answer.amount", "1200"),
    ];
    give_all(&browser, answers).await;
    browser.press("Save and continue").await;
    came(&browser, "Your request").await;
    assert_eq!(problems(&browser).await.len(), 1, "the box beside the need is not ticked");
    assert_kept(&browser, answers).await;
    browser.tick("consent.sensitive.need", "yes").await;
    browser.press("Save and continue").await;
    came(&browser, "For our staff only").await;
    browser.press("Save and continue").await;

    came(&browser, "Check your answers").await;
    browser.click("#answer-amount").await;
    came(&browser, "Your request").await;
    browser.fill("answer.amount", "1300").await;
    browser.press("Save and continue").await;
    came(&browser, "Check your answers").await;
    assert_eq!(browser.text_of("[data-key='answer.amount']").await, "1300");
    browser.press("Submit").await;
    came(&browser, "Your application is in").await;
    assert_eq!(journey::receipts(&app, EMAIL).await.len(), 1);
    browser.close().await;
    app.stop().await;
}
