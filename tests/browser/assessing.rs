//! An assessor at work on a phone: the undertaking, conflicts of interest, a draft, scores; and what is left on the phone
//! when the packet is taken back. No page on that way has barriers.

use almoner::domain::assignment::State;

use crate::axe::assert_no_barriers;
use crate::harness::{Browser, Kind};
use crate::journey::{arrived, open, problems};
use crate::support::app::TestApp;
use crate::support::journey::person;
use crate::support::packets::{Assessment, Released};

const ADDRESS: &str = "asa@elsewhere.example";

async fn check(browser: &Browser, heading: &str) {
    arrived(browser, heading).await;
    assert_no_barriers(browser).await;
    browser.resize(390).await;
}

/// An assessor who has come in, and two packets of a round.
pub async fn set(app: &TestApp, browser: &Browser) -> (Assessment, Vec<Released>) {
    let officer = app.officer().await;
    let page = officer.visit("/staff/assessors/invite").await.expect(200);
    let typed = [("email", ADDRESS), ("until", "2027-09-30")];
    officer.submit_and_follow(&page, "main form[method=post]", &typed).await.expect(200);
    let link = app.mail_to(ADDRESS).await.link_to("/assess/welcome/");
    browser.open(&link).await;
    browser.fill("name", "Asa Assessor").await;
    browser.press("Come in").await;
    arrived(browser, "Assessments").await;
    let mut assessment = Assessment::open(app);
    let mut packets = Vec::new();
    for (nth, username) in [(1, "wren-codes"), (2, "quokka-9")] {
        let application = app.apply(&person(nth)).await.id;
        packets.push(assessment.release(&application, username));
    }
    (assessment, packets)
}

#[actix_web::test]
async fn an_assessor_scores_on_a_phone_and_what_is_taken_back_does_not_come_back() {
    let app = TestApp::start().await;
    let browser = Browser::start(Kind { keeps_pages: true, ..Kind::PHONE }).await;
    let (mut assessment, packets) = set(&app, &browser).await;
    assessment.change(|plan| plan.show_others = true);
    let who = assessment.assessors().remove(0);
    let id = assessment.assign(&packets[0], &who, State::Offered);
    let other = assessment.assign(&packets[1], &who, State::Offered);

    open(&app, &browser, "/assess").await;
    check(&browser, "Assessments").await;
    assert!(!browser.text_of("main").await.contains("wren-codes"));
    browser.click("a.button").await;
    check(&browser, "What you undertake").await;
    browser.press("Accept and go on").await;
    check(&browser, "What you undertake").await;
    assert_eq!(problems(&browser).await, ["Tick the box if you undertake this"]);
    browser.tick("undertaking", "yes").await;
    browser.press("Accept and go on").await;

    check(&browser, "Conflicts of interest").await;
    browser.press("Save the answers").await;
    check(&browser, "Conflicts of interest").await;
    assert_eq!(problems(&browser).await, ["Answer for at least one packet"]);
    browser.tick(&format!("answer.{id}"), "none").await;
    browser.tick(&format!("answer.{other}"), "none").await;
    browser.press("Save the answers").await;
    check(&browser, "Assessments").await;
    let link = format!("a[href='/assess/packets/{id}']");
    browser.click(&link).await;

    check(&browser, "wren-codes").await;
    browser.tick("points.3", "1").await;
    browser.fill("comment.6", "Ask jo@mail.example").await;
    browser.press("Save draft").await;
    check(&browser, "wren-codes").await;
    assert_eq!(problems(&browser).await.len(), 1);
    assert_eq!(browser.value_of("comment.6").await, "Ask jo@mail.example");
    browser.fill("comment.6", "Many will rely on it.").await;
    browser.press("Save draft").await;
    check(&browser, "wren-codes").await;
    assert!(browser.text_of(".said").await.starts_with("Your draft is saved"));
    for (name, points) in [("points.4", "2"), ("points.5", "2")] {
        browser.tick(name, points).await;
    }
    browser.press("Hand in").await;
    check(&browser, "wren-codes").await;
    assert_eq!(problems(&browser).await, ["Give points for “Gain for the community”"]);
    assert_eq!(browser.value_of("comment.6").await, "Many will rely on it.");
    browser.tick("points.6", "4").await;
    browser.press("Hand in").await;
    check(&browser, "Assessments").await;
    assert!(browser.text_of(".said").await.starts_with("Your scores are handed in"));

    // It is changed, by keyboard alone.
    browser.click(&link).await;
    arrived(&browser, "wren-codes").await;
    browser.tab_to("[name='points.6']:checked").await;
    browser.keys(&char::from(fantoccini::key::Key::Right).to_string()).await;
    browser.tab_to("button[value=hand-in]").await;
    browser.keys(&char::from(fantoccini::key::Key::Enter).to_string()).await;
    arrived(&browser, "Assessments").await;
    browser.click(&link).await;
    arrived(&browser, "wren-codes").await;
    assert_eq!(browser.value_of("points.6").await, "5");
    browser.follow("What others gave").await;
    check(&browser, "What others gave").await;
    browser.follow("The packet").await;
    arrived(&browser, "wren-codes").await;
    browser.fill("question", "May it be paid in two parts?").await;
    browser.press("Send the question").await;
    check(&browser, "wren-codes").await;
    assert!(browser.text_of(".cards").await.contains("Not answered yet."));

    // The other one is given back.
    open(&app, &browser, &format!("/assess/packets/{other}")).await;
    arrived(&browser, "quokka-9").await;
    browser.follow("I have no time for it").await;
    check(&browser, "Do you have no time for this packet?").await;
    browser.press("Give the packet back").await;
    arrived(&browser, "Assessments").await;
    open(&app, &browser, &format!("/assess/packets/{id}")).await;
    arrived(&browser, "wren-codes").await;
    browser.follow("I have a conflict of interest").await;
    check(&browser, "Do you have a conflict of interest?").await;
    browser.follow("Keep it").await;
    arrived(&browser, "wren-codes").await;
    browser.follow("Assessments").await;
    arrived(&browser, "Assessments").await;

    // Staff take it back. The page that the browser showed a moment ago is not shown again.
    assessment.move_to(&id, State::Ended);
    browser.client.back().await.unwrap();
    arrived(&browser, "Page not found").await;
    assert!(!browser.text_of("body").await.contains("wren-codes"));
    browser.client.back().await.unwrap();
    arrived(&browser, "Page not found").await;
    browser.client.forward().await.unwrap();
    arrived(&browser, "Page not found").await;
    browser.close().await;
    app.stop().await;
}

#[actix_web::test]
async fn it_works_without_script() {
    let app = TestApp::start().await;
    let browser = Browser::start(Kind::PHONE_WITHOUT_SCRIPT).await;
    let (mut assessment, packets) = set(&app, &browser).await;
    let who = assessment.assessors().remove(0);
    let id = assessment.assign(&packets[0], &who, State::Accepted);
    open(&app, &browser, &format!("/assess/packets/{id}")).await;
    arrived(&browser, "What you undertake").await;
    browser.tick("undertaking", "yes").await;
    browser.press("Accept and go on").await;
    arrived(&browser, "wren-codes").await;
    for (name, points) in
        [("points.3", "1"), ("points.4", "2"), ("points.5", "2"), ("points.6", "4")]
    {
        browser.tick(name, points).await;
    }
    browser.fill("comment.6", "Many will rely on it.").await;
    browser.press("Hand in").await;
    arrived(&browser, "Assessments").await;
    assert!(browser.text_of("tbody").await.contains("Handed in"));
    assert_eq!(assessment.assignment(&id).state(), State::Submitted);
    browser.close().await;
    app.stop().await;
}
