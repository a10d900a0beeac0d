//! An officer prepares a packet and releases it, and reads the results of a round; no page on that way has barriers.

use std::time::{Duration, Instant};

use almoner::domain::strike::MARK;

use crate::axe::{Rules, assert_no_barriers, violations};
use crate::harness::{Browser, Kind};
use crate::journey::{open, problems};
use crate::pictures::demo_with_link;
use crate::support::app::TestApp;
use crate::support::database::Database;

/// Waits for a page whose heading begins so: a reference stands behind it.
pub async fn at(browser: &Browser, heading: &str) {
    let begun = Instant::now();
    let script =
        "return document.readyState === 'complete' && document.querySelector('h1')?.innerText";
    loop {
        let shown = browser.run(script, Vec::new()).await;
        if shown.as_str().is_some_and(|shown| shown.starts_with(heading)) {
            return;
        }
        assert!(begun.elapsed().as_secs() < 20, "{shown} is not {heading}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn check(browser: &Browser, heading: &str) {
    at(browser, heading).await;
    assert_no_barriers(browser).await;
}

/// Presses what leads to another page, and waits until this one is gone.
async fn leave_by(browser: &Browser, css: &str) {
    browser.run("window.isLeft = true", Vec::new()).await;
    browser.click(css).await;
    let begun = Instant::now();
    while browser.run("return window.isLeft === true", Vec::new()).await == true {
        assert!(begun.elapsed().as_secs() < 20, "{css} leads nowhere");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The site of the demo, with a round under assessment, and its officer.
async fn office(kind: Kind) -> (TestApp, Browser, String) {
    let app = TestApp::start().await;
    let link = demo_with_link(&app, "Officer").await;
    let browser = Browser::start(kind).await;
    browser.open(&link).await;
    browser.press("Sign in").await;
    let plans = "SELECT r.slug AS value FROM rounds r JOIN assessment_plans p ON p.round_id = r.id";
    let slug = Database::open(&app.settings.database).texts(plans).remove(0);
    (app, browser, format!("/staff/rounds/{slug}"))
}

#[actix_web::test]
async fn a_packet_is_prepared_and_released_on_a_desk() {
    let (app, browser, round) = office(Kind::DESK).await;
    open(&app, &browser, &format!("{round}/packets")).await;
    check(&browser, "Packets").await;
    leave_by(&browser, "tbody th a").await;
    check(&browser, "Prepare for assessment").await;
    assert!(browser.text_of(".head").await.contains("Not released"));

    // One press takes a strike back, one more strikes it out again.
    let struck = browser.text_of(".strikes bdi").await;
    let packet = |text: &str| text.matches(MARK).count();
    let before = packet(&browser.text_of("form.packet").await);
    leave_by(&browser, ".strike").await;
    check(&browser, "Prepare for assessment").await;
    assert_eq!(problems(&browser).await, ["Choose why it may stay, then press it again"]);
    let chosen =
        "for (const own of document.querySelectorAll('select[name^=keep]')) own.value = 'project'";
    browser.run(chosen, Vec::new()).await;
    leave_by(&browser, ".strike").await;
    check(&browser, "Prepare for assessment").await;
    assert_eq!(packet(&browser.text_of("form.packet").await), before - 1, "{struck}");
    leave_by(&browser, ".strike").await;
    at(&browser, "Prepare for assessment").await;
    assert_eq!(packet(&browser.text_of("form.packet").await), before);

    // What is marked is offered to be struck out; by keyboard it is sent with Enter.
    let marks = "const answer = document.querySelector('#answer-benefit .answer'); \
                 const range = document.createRange(); \
                 range.setStart(answer.firstChild, 0); range.setEnd(answer.firstChild, 12); \
                 const marked = document.getSelection(); marked.removeAllRanges(); marked.addRange(range);";
    browser.run(marks, Vec::new()).await;
    let begun = Instant::now();
    while browser.value_of("strike.benefit").await.is_empty() {
        assert!(begun.elapsed().as_secs() < 10, "what was marked is not offered");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    leave_by(&browser, "button[name=strike][value=benefit]").await;
    at(&browser, "Prepare for assessment").await;
    assert!(browser.text_of("[data-packet=benefit]").await.starts_with(MARK));
    browser.click("#answer-title details.by-hand summary").await;
    browser.fill("strike.title", "nothing like it").await;
    leave_by(&browser, "button[name=strike][value=title]").await;
    check(&browser, "Prepare for assessment").await;
    assert_eq!(problems(&browser).await.len(), 1);

    browser.press("Release the packet").await;
    check(&browser, "Prepare for assessment").await;
    assert!(browser.text_of(".said").await.contains("The packet is released"));
    browser.press("Close it to assessors").await;
    check(&browser, "Prepare for assessment").await;
    assert!(browser.text_of(".head").await.contains("Closed"));
    let path = browser.path().await;
    open(&app, &browser, path.split_once("/packet").unwrap().0).await;
    let history = browser.text_of(".history").await;
    assert!(history.contains("Released to assessors"), "{history}");
    assert!(history.contains("Closed to assessors"), "{history}");
    assert_no_barriers(&browser).await;
    browser.close().await;
    app.stop().await;
}

#[actix_web::test]
async fn results_are_read_on_a_desk_on_a_phone_and_in_the_dark() {
    let (app, browser, round) = office(Kind::DESK).await;
    open(&app, &browser, &format!("{round}/results")).await;
    check(&browser, "Results").await;
    assert!(browser.overflow().await <= 0, "the table scrolls in its own place");
    assert!(browser.shows(".plots svg").await);
    browser.prefer_dark(true).await;
    assert!(violations(&browser, Rules::Colours).await.is_empty());
    browser.prefer_dark(false).await;
    leave_by(&browser, "tbody th a").await;
    check(&browser, "Assessment").await;
    browser.fill("note", "To be spoken about on Monday").await;
    browser.press("Add the note").await;
    check(&browser, "Assessment").await;
    assert!(browser.text_of(".cards").await.contains("To be spoken about on Monday"));

    browser.resize(390).await;
    assert!(browser.overflow().await <= 0);
    open(&app, &browser, &format!("{round}/results")).await;
    check(&browser, "Results").await;
    assert!(browser.overflow().await <= 0);
    leave_by(&browser, "tbody th a").await;
    at(&browser, "Assessment").await;
    open(&app, &browser, &format!("{round}/packets")).await;
    assert!(browser.overflow().await <= 0);
    leave_by(&browser, "tbody th a").await;
    check(&browser, "Prepare for assessment").await;
    assert!(browser.overflow().await <= 0);
    browser.close().await;
    app.stop().await;
}
