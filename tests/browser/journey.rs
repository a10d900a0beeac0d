//! The steps that a person takes, in whatever browser.

use std::time::{Duration, Instant};

use fantoccini::Locator;

use crate::harness::Browser;
use crate::support::app::TestApp;

/// Answers, by the name of the control.
pub type Answers = [(&'static str, &'static str)];

/// What somebody tells about themselves.
pub const YOU: &Answers = &[
    ("name", "Mira Invented"),
    ("pronouns", "she/her"),
    ("location", "Łódź, PL"),
    ("github_username", "mira-makes"),
    ("social_usernames", "@mira@social.example\nmira.invented"),
];

/// What somebody asks for under “Project grants”.
pub const PROJECT: &Answers = &[
    ("answer.title", "A gentle introduction to lifetimes"),
    ("answer.category", "Community"),
    (
        "answer.summary",
        "Twelve short lessons, each with one drawing and one exercise that is checked at once.",
    ),
    (
        "answer.benefit",
        "People who gave up at their first borrow. They told us where, and we begin there.",
    ),
    ("answer.deliverables", "All lessons, in English and Polish, by the end of the sixth month."),
    ("answer.midpoint", "Six lessons, tried out with two classes."),
    ("answer.hours", "240"),
    ("answer.amount", "9000"),
    ("answer.background", "Five years of evening classes in the library on the square."),
];

/// What only staff read of that.
pub const PROJECT_STAFF_ONLY: &Answers =
    &[("answer.paid_work", "Nobody does."), ("answer.languages", "Polish, English")];

/// Opens a path of the site.
pub async fn open(app: &TestApp, browser: &Browser, path: &str) {
    browser.open(&format!("http://localhost:{}{path}", app.port())).await;
}

/// The heading of the privacy notice.
pub fn privacy_title(app: &TestApp) -> String {
    format!("Privacy notice of {}", app.context().site.controller.organisation)
}

/// Waits until a page with this heading is there, which it must be soon.
pub async fn arrived(browser: &Browser, heading: &str) {
    let begun = Instant::now();
    loop {
        let script =
            "return document.readyState === 'complete' && document.querySelector('h1')?.innerText";
        let shown = browser.run(script, Vec::new()).await;
        if shown == heading {
            return;
        }
        let path = browser.path().await;
        let page = browser.client.source().await.unwrap();
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{path} has the heading {shown}, not “{heading}”:\n{page}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Answers everything.
pub async fn give_all(browser: &Browser, answers: &Answers) {
    for (name, value) in answers {
        browser.give(name, value).await;
    }
}

/// Fails unless all of it stands in its controls, as it was typed.
pub async fn assert_kept(browser: &Browser, answers: &Answers) {
    for (name, value) in answers {
        assert_eq!(browser.value_of(name).await, *value, "{name}");
    }
}

/// What the summary of errors says.
pub async fn problems(browser: &Browser) -> Vec<String> {
    let mut problems = Vec::new();
    for link in browser.client.find_all(Locator::Css(".error-summary li a")).await.unwrap() {
        problems.push(link.text().await.unwrap());
    }
    problems
}

/// Goes from the start page to the page that asks for the age.
pub async fn come_to_age(app: &TestApp, browser: &Browser, programme: &str) {
    open(app, browser, "/").await;
    browser.follow(programme).await;
    arrived(browser, programme).await;
    browser.follow("Start an application").await;
    arrived(browser, "How old are you?").await;
}

/// Goes from the start page past what is asked before the address, and agrees to what has to be agreed to.
pub async fn come_to_address(app: &TestApp, browser: &Browser, programme: &str) {
    come_to_age(app, browser, programme).await;
    browser.tick("age", "adult").await;
    browser.press("Continue").await;
    arrived(browser, "Your consent").await;
    browser.tick("consent.application", "yes").await;
    browser.press("Continue").await;
}

/// Goes from the start page to the first page of the form, with the link in the mail.
pub async fn come_to_form(app: &TestApp, browser: &Browser, programme: &str, email: &str) {
    come_to_address(app, browser, programme).await;
    arrived(browser, "Your e-mail address").await;
    browser.fill("email", email).await;
    browser.press("Send me the link and the code").await;
    arrived(browser, "Check your mail").await;
    browser.open(&app.mail_to(email).await.link_to("/sign-in/link/")).await;
    arrived(browser, "Confirm your address").await;
    browser.press("Confirm and go to the form").await;
    arrived(browser, "About you").await;
}

/// Fills in the whole form of “Project grants”, without a mistake, up to the page that checks it.
pub async fn fill_in_project(browser: &Browser) {
    give_all(browser, YOU).await;
    browser.press("Save and continue").await;
    arrived(browser, "Your request").await;
    give_all(browser, PROJECT).await;
    browser.press("Save and continue").await;
    arrived(browser, "For our staff only").await;
    give_all(browser, PROJECT_STAFF_ONLY).await;
    browser.press("Save and continue").await;
    arrived(browser, "Check your answers").await;
}

/// How many mails say to this address that an application was received.
pub async fn receipts(app: &TestApp, email: &str) -> Vec<String> {
    let mails = app.mails().await.into_iter();
    mails
        .filter(|mail| mail.to == email && mail.subject.starts_with("We have your application"))
        .map(|mail| mail.subject)
        .collect()
}
