//! An officer plans the assessment of a round, shares its packets out, and looks after what becomes of them: on a desk and
//! on a phone, by day and by night, without barriers.

use crate::axe::assert_no_barriers;
use crate::harness::{Browser, Kind};
use crate::journey::{arrived, open, problems};
use crate::support::app::TestApp;
use crate::support::journey::PROJECT;
use crate::support::rounds::Round;

async fn check(browser: &Browser, heading: &str) {
    arrived(browser, heading).await;
    assert_no_barriers(browser).await;
}

async fn give_day(browser: &Browser, name: &str, day: &str) {
    let script = format!("document.querySelector('[name={name}]').value = '{day}'");
    browser.run(&script, Vec::new()).await;
}

/// An officer who is signed in, before a round with packets and assessors.
async fn set(app: &TestApp, browser: &Browser) -> Round {
    browser.open(&app.first_admin_link).await;
    browser.fill("name", "Robin Invented").await;
    browser.fill("email", "robin@staff.example").await;
    browser.tick("roles", "officer").await;
    browser.press("Come in").await;
    arrived(browser, "Applications").await;
    let mut round = Round::of(app, PROJECT);
    for n in 0..7 {
        let tags: &[&str] = if n % 2 == 0 { &["web"] } else { &["teaching", "data science"] };
        round.with_packet(&format!("quiet-otter-{n}"), tags);
    }
    for (name, until) in [
        ("Asa Invented", "2027-09-30"),
        ("Bo Invented-Longname", "2027-03-10"),
        ("Chi Invented", "2027-12-31"),
    ] {
        let email = format!("{}@elsewhere.example", name.split(' ').next().unwrap());
        round.assessor(name, &email.to_lowercase(), until);
    }
    round
}

#[actix_web::test]
async fn an_officer_shares_packets_out_without_barriers() {
    let app = TestApp::start().await;
    let browser = Browser::start(Kind::DESK).await;
    let mut round = set(&app, &browser).await;
    browser.follow("Assessment").await;
    check(&browser, "Assessment").await;
    open(&app, &browser, "/staff/rounds/project-2027/assessment").await;
    check(&browser, "Plan of the assessment").await;
    browser.press("Settle the plan").await;
    check(&browser, "Plan of the assessment").await;
    assert_eq!(problems(&browser).await.len(), 2);
    browser.fill("each", "2").await;
    give_day(&browser, "due", "2027-03-20").await;
    give_day(&browser, "closes", "2027-03-31").await;
    browser.press("Settle the plan").await;
    check(&browser, "Plan of the assessment").await;

    browser.follow("Assignments").await;
    check(&browser, "Assignments").await;
    browser.follow("Share out").await;
    check(&browser, "Share the packets out").await;
    browser.press("Assign 14").await;
    check(&browser, "Assignments").await;
    round.run(
        "UPDATE assignments SET state = 'accepted', opened_at = made_at, due_on = '2027-03-01' WHERE id IN
           (SELECT MIN(id) FROM assignments GROUP BY packet_id);
         UPDATE assignments SET state = 'conflict' WHERE id IN (SELECT MAX(id) FROM assignments);
         UPDATE applications SET changed_at = '2027-03-02 11:00:00' WHERE id IN (SELECT MAX(id) FROM applications);
         UPDATE packets SET state = 'closed' WHERE id IN (SELECT MAX(id) FROM packets)",
    );
    open(&app, &browser, "/staff/rounds/project-2027/assignments").await;
    check(&browser, "Assignments").await;
    assert!(browser.text_of("tbody").await.contains("closed"));
    open(&app, &browser, "/staff/rounds/project-2027/assessors").await;
    check(&browser, "Assessors in this round").await;
    browser.click("tbody a").await;
    check(&browser, "Assignments").await;
    browser.click("details summary").await;
    assert_no_barriers(&browser).await;
    browser.click("tbody a").await;
    arrived_at_packet(&browser).await;
    browser.click("details summary").await;
    assert_no_barriers(&browser).await;
    browser.press("Give it").await;
    arrived_at_packet(&browser).await;
    assert_eq!(problems(&browser).await, ["Choose an assessor"]);
    assert_no_barriers(&browser).await;

    open(&app, &browser, "/staff/rounds/project-2027/conflicts").await;
    check(&browser, "Conflicts of interest").await;
    browser.press("Enter the conflict").await;
    check(&browser, "Conflicts of interest").await;
    assert_eq!(problems(&browser).await.len(), 3);
    let reference = round.texts("SELECT MIN(reference) AS value FROM applications").remove(0);
    browser.run("document.querySelector('[name=assessor]').selectedIndex = 1", Vec::new()).await;
    browser.fill("reference", &reference).await;
    browser.tick("kind", "co_author").await;
    browser.press("Enter the conflict").await;
    check(&browser, "Conflicts of interest").await;
    assert!(browser.text_of("tbody").await.contains(&reference));
    app.stop().await;
}

/// The heading names the packet by its reference.
async fn arrived_at_packet(browser: &Browser) {
    let begun = std::time::Instant::now();
    while !browser.text_of("h1").await.starts_with("Packet") {
        assert!(begun.elapsed().as_secs() < 20, "{}", browser.path().await);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
