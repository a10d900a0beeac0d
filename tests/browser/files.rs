//! Somebody attaches a file in a browser: on a desk by keyboard, on a phone without script; no page of it has barriers.

use std::path::Path;

use crate::axe::assert_no_barriers;
use crate::harness::{Browser, Kind};
use crate::journey::{
    self, PROJECT, PROJECT_STAFF_ONLY, YOU, arrived, come_to_form, give_all, problems,
};
use crate::support::app::TestApp;
use crate::support::attachments::{of_each_kind, pdf};
use fantoccini::Locator;

const EMAIL: &str = "noor@invented.example";
const ASK: &str = "Attach a plan or budget, if you have one (optional)";
const ENTER: &str = "\u{e007}";

/// A folder with files to choose from.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        for file in of_each_kind("Begin in spring.") {
            write(file.name, &file.bytes);
        }
        write("Our “plan” for 2027 – a last version of it (2).pdf", &pdf("Begin in spring."));
        write("song.mp3", b"ID3\x03\0\0\0\0\0\0");
        write("large.txt", &vec![b'x'; 4_100_000]);
        Self(folder)
    }

    /// Chooses one in the control of a page.
    async fn choose(&self, browser: &Browser, name: &str) {
        let path = self.0.path().join(name);
        assert!(Path::new(&path).exists());
        let control = browser.client.find(Locator::Css("#file")).await.unwrap();
        control.send_keys(path.to_str().unwrap()).await.unwrap();
    }
}

async fn check(browser: &Browser, heading: &str) {
    arrived(browser, heading).await;
    assert_no_barriers(browser).await;
}

/// As far as the page with the question.
async fn come_to_question(app: &TestApp, browser: &Browser) {
    come_to_form(app, browser, "Project grants", EMAIL).await;
    give_all(browser, YOU).await;
    browser.press("Save and continue").await;
    arrived(browser, "Your request").await;
    give_all(browser, PROJECT).await;
    browser.press("Save and continue").await;
    arrived(browser, "For our staff only").await;
}

#[actix_web::test]
async fn no_barriers_where_a_file_is_attached_and_removed() {
    let (app, files) = (TestApp::start().await, Files::new());
    let browser = Browser::start(Kind::DESK).await;
    come_to_question(&app, &browser).await;
    give_all(&browser, PROJECT_STAFF_ONLY).await;
    check(&browser, "For our staff only").await;
    browser.press("Save and attach a file").await;
    check(&browser, ASK).await;
    browser.press("Attach the file").await;
    check(&browser, ASK).await;
    assert_eq!(problems(&browser).await, ["Choose a file"]);
    files.choose(&browser, "song.mp3").await;
    browser.press("Attach the file").await;
    check(&browser, ASK).await;
    assert!(problems(&browser).await[0].starts_with("Choose a PDF"));
    files.choose(&browser, "large.txt").await;
    let said = "return document.querySelector('#file').validationMessage";
    assert_eq!(browser.run(said, Vec::new()).await, "Choose a file of at most 4 MB");
    let name = "Our “plan” for 2027 – a last version of it (2).pdf";
    files.choose(&browser, name).await;
    browser.press("Attach the file").await;
    check(&browser, ASK).await;
    assert_eq!(browser.text_of(".said").await, "The file is attached.");
    assert!(browser.text_of(".attached").await.starts_with(name));
    browser.follow("Remove this file").await;
    check(&browser, "Remove this file?").await;
    browser.follow("Keep it").await;
    arrived(&browser, ASK).await;
    browser.click(".back a").await;
    check(&browser, "For our staff only").await;
    journey::assert_kept(&browser, PROJECT_STAFF_ONLY).await;
    browser.press("Save and continue").await;
    check(&browser, "Check your answers").await;
    assert!(browser.text_of("[data-key='answer.plan']").await.starts_with(name));
    browser.press("Submit").await;
    arrived(&browser, "Your application is in").await;
    browser.follow("status page").await;
    check(&browser, "Project grants").await;
    assert!(browser.text_of("[data-key='answer.plan']").await.starts_with(name));
    browser.close().await;
    app.stop().await;
}

#[actix_web::test]
async fn enter_in_a_line_goes_on_and_a_file_is_attached_by_keyboard() {
    let (app, files) = (TestApp::start().await, Files::new());
    let browser = Browser::start(Kind::DESK).await;
    come_to_question(&app, &browser).await;
    browser.fill("answer.paid_work", "Nobody does.").await;
    browser.tab_to("[name='answer.languages']").await;
    browser.keys(ENTER).await;
    arrived(&browser, "Check your answers").await;
    browser.tab_to("a#answer-plan").await;
    browser.keys(ENTER).await;
    arrived(&browser, ASK).await;
    browser.tab_to("#file").await;
    files.choose(&browser, "plan.docx").await;
    browser.tab_to("main form[data-once] button").await;
    browser.keys(ENTER).await;
    arrived(&browser, ASK).await;
    browser.tab_to(".attached a").await;
    browser.tab_to("main form[data-once] a").await;
    browser.keys(ENTER).await;
    arrived(&browser, "Check your answers").await;
    let told = browser.text_of("[data-key='answer.plan']").await;
    assert!(told.starts_with("plan.docx (Word document"), "{told}");
    browser.close().await;
    app.stop().await;
}

#[actix_web::test]
async fn a_phone_without_script_attaches_one_too() {
    let (app, files) = (TestApp::start().await, Files::new());
    let browser = Browser::start(Kind::PHONE_WITHOUT_SCRIPT).await;
    come_to_question(&app, &browser).await;
    browser.press("Save and attach a file").await;
    arrived(&browser, ASK).await;
    files.choose(&browser, "photo.jpeg").await;
    browser.press("Attach the file").await;
    arrived(&browser, ASK).await;
    assert!(browser.text_of(".attached").await.starts_with("photo.jpeg"));
    assert_eq!(browser.overflow().await, 0);
    files.choose(&browser, "large.txt").await;
    browser.press("Attach the file").await;
    arrived(&browser, ASK).await;
    assert_eq!(problems(&browser).await, ["Choose a file of at most 4 MB"]);
    files.choose(&browser, "budget.xlsx").await;
    browser.press("Attach the file").await;
    arrived(&browser, ASK).await;
    assert!(browser.text_of(".attached").await.starts_with("budget.xlsx"));
    browser.follow("Remove this file").await;
    arrived(&browser, "Remove this file?").await;
    browser.press("Remove the file").await;
    arrived(&browser, ASK).await;
    assert!(!browser.shows(".attached").await);
    browser.close().await;
    app.stop().await;
}
