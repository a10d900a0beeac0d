//! What hits an assessor at once is asked for once more before it is done.

use crate::assigning::{BACK, CONFLICTS, give, packet, settled};
use crate::barred::enter;
use crate::support::journey::{SURE, surely};

#[actix_web::test]
async fn taking_back_removing_a_conflict_and_ending_access_ask_first() {
    let (app, officer, mut round) = settled(1).await;
    let (application, id) = round.with_packet("octo-ines", &[]);
    let asa = round.assessor("Asa Assessor", "asa@elsewhere.example", "2027-09-30");
    let state = "SELECT state AS value FROM assignments";
    give(&officer, &id, &asa).await.expect(200);
    let page = packet(&officer, &id).await;
    let asked = officer.submit_and_follow(&page, BACK, &[]).await.expect(200);
    assert_eq!(asked.text_of("h1"), "Take the packet back?");
    assert!(asked.text_of("main").contains("Asa Assessor"));
    assert!(asked.text_of("main").contains("What they have typed so far is not handed in."));
    assert_eq!(round.texts(state), ["offered"]);
    let left = officer.click(&asked, "Leave it as it is").await.expect(200);
    assert_eq!(round.texts(state), ["offered"]);
    surely(&officer, &left, BACK).await.expect(200);
    assert_eq!(round.texts(state), ["ended"]);
    // Pressed again in a window that was left open, it is told that there is nothing to take back.
    let late = officer.submit_and_follow(&page, BACK, &[]).await.expect(200);
    assert!(!late.has(SURE));

    enter(&officer, &application, &asa, "They share a flat").await.expect(303);
    let page = officer.visit(CONFLICTS).await.expect(200);
    let remove = "form[action$='/conflicts/remove']";
    let asked = officer.submit_and_follow(&page, remove, &[]).await.expect(200);
    assert!(asked.text_of("main").contains("They share a flat"), "{}", asked.text_of("main"));
    let entered = "SELECT COUNT(*) AS value FROM conflicts";
    assert_eq!(round.number(entered), 1);
    officer.submit_and_follow(&asked, SURE, &[]).await.expect(200);
    assert_eq!(round.number(entered), 0);
    let late = officer.submit_and_follow(&page, remove, &[]).await.expect(200);
    assert!(!late.has(SURE), "it is gone already");

    let page = officer.visit(&format!("/staff/assessors/{asa}")).await.expect(200);
    let end = "form[action$='/end']";
    let asked = officer.submit_and_follow(&page, end, &[]).await.expect(200);
    assert!(asked.text_of("main").contains("asa@elsewhere.example"));
    let access = "SELECT state AS value FROM assessors";
    assert_eq!(round.texts(access), ["active"]);
    officer.submit_and_follow(&asked, SURE, &[]).await.expect(200);
    assert_ne!(round.texts(access), ["active"]);
    app.stop().await;
}
