//! An officer makes a redacted version of a file and releases it, and an assessor finds it; no page of it has barriers.

use almoner::domain::assignment::State;
use fantoccini::Locator;

use crate::axe::{Rules, assert_no_barriers, violations};
use crate::harness::{Browser, Kind};
use crate::journey::{arrived, open, problems};
use crate::pictures::demo_with_link;
use crate::support::app::TestApp;
use crate::support::database::Database;
use crate::support::documents::pdf;

const HEADING: &str = "A redacted version for assessors";

async fn check(browser: &Browser, heading: &str) {
    crate::packets::at(browser, heading).await;
    assert_no_barriers(browser).await;
}

/// Chooses a file in the control of a page.
async fn choose(browser: &Browser, folder: &std::path::Path, name: &str, content: &[u8]) {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    let control = browser.client.find(Locator::Css("#file")).await.unwrap();
    control.send_keys(path.to_str().unwrap()).await.unwrap();
}

#[actix_web::test]
async fn a_file_is_redacted_and_released_on_a_desk_in_the_dark_and_on_a_phone() {
    let app = TestApp::start().await;
    let folder = tempfile::tempdir().unwrap();
    let link = demo_with_link(&app, "Officer").await;
    let browser = Browser::start(Kind::DESK).await;
    browser.open(&link).await;
    browser.press("Sign in").await;
    let mut database = Database::open(&app.settings.database);
    let with_file = "SELECT f.application_id AS value FROM files f \
                     JOIN applications a ON a.id = f.application_id \
                     WHERE a.status IN ('submitted', 'in_review') ORDER BY a.reference";
    let application = database.texts(with_file).remove(0);
    let packet = format!("/staff/applications/{application}/packet");

    open(&app, &browser, &packet).await;
    check(&browser, "Prepare for assessment").await;
    assert!(browser.text_of("#files").await.contains("File not included"));
    browser
        .client
        .find(Locator::Css("#files .status.draft + a"))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    check(&browser, HEADING).await;
    browser.press("Upload it").await;
    check(&browser, HEADING).await;
    assert_eq!(problems(&browser).await, ["Choose a file"]);
    let says = [
        "Plan",
        "Write to somebody@mail.example, or call +44 20 7946 0958.",
        "See https://somebody.example/me",
    ];
    choose(&browser, folder.path(), "with bars.pdf", &pdf("Somebody", &says, true)).await;
    browser.press("Upload it").await;
    check(&browser, HEADING).await;
    assert!(browser.text_of("#redaction").await.contains("somebody@mail.example"));
    browser.press("Keep this").await;
    check(&browser, HEADING).await;
    assert!(browser.text_of("#redaction-title").await.ends_with("Still says something"));
    let made = pdf("Somebody", &["Plan", "Three months, then a release."], false);
    choose(&browser, folder.path(), "A plan without names.pdf", &made).await;
    browser.press("Upload it").await;
    check(&browser, HEADING).await;
    assert!(browser.text_of("#redaction-title").await.ends_with("To be looked at"));
    browser.tick("looked", "yes").await;
    browser.press("Keep this").await;
    check(&browser, HEADING).await;
    assert!(browser.text_of("#redaction-title").await.ends_with("Ready"));
    browser.prefer_dark(true).await;
    assert!(violations(&browser, Rules::Colours).await.is_empty());
    browser.prefer_dark(false).await;
    browser.resize(390).await;
    assert!(browser.overflow().await <= 0);
    browser.click(".back a").await;
    check(&browser, "Prepare for assessment").await;
    assert!(browser.overflow().await <= 0);
    let words = browser.text_of("form.release button").await;
    browser.press(&words).await;
    check(&browser, "Prepare for assessment").await;
    assert!(browser.text_of("#files").await.contains("It is in the packet."));
    browser.close().await;

    app.stop().await;
}

#[actix_web::test]
async fn an_assessor_finds_a_file_on_a_phone_without_script_and_loses_nothing_over_a_question() {
    let app = TestApp::start().await;
    let browser = Browser::start(Kind::PHONE_WITHOUT_SCRIPT).await;
    let (mut assessment, packets) = crate::assessing::set(&app, &browser).await;
    let who = assessment.assessors().remove(0);
    let id = assessment.assign(&packets[0], &who, State::Accepted);
    assessment.put_file(&packets[0], "Three months, then a release.");
    open(&app, &browser, &format!("/assess/packets/{id}")).await;
    arrived(&browser, "What you undertake").await;
    browser.tick("undertaking", "yes").await;
    browser.press("Accept and go on").await;
    arrived(&browser, "wren-codes").await;
    assert!(browser.overflow().await <= 0);
    assert!(browser.text_of(".attachments").await.starts_with("attachment-1.txt Text, 29 bytes"));
    browser.tick("points.4", "2").await;
    browser.fill("comment.6", "So far.").await;
    browser.fill("question", "May it be paid in two parts?").await;
    browser.press("Send the question").await;
    arrived(&browser, "wren-codes").await;
    assert!(browser.text_of(".said").await.starts_with("Your question is sent"));
    assert_eq!(browser.value_of("comment.6").await, "So far.");
    assert_eq!(browser.value_of("points.4").await, "2");
    let page = browser.path().await;
    browser.follow("attachment-1.txt").await;
    assert_eq!(browser.path().await, page, "it is saved, and not shown");
    browser.close().await;
    app.stop().await;
}
