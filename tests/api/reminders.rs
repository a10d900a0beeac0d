//! Assessors are reminded of what waits: three days before it is due, the day after, and when an officer asks for it.

use crate::assigning::{TABLE, give, settled};
use crate::support::app::TestApp;
use crate::support::mails::Mail;

const DAY: i64 = 24 * 3600;

async fn reminders(app: &TestApp, to: &str) -> Vec<Mail> {
    let all = app.mails().await.into_iter();
    all.filter(|mail| mail.to == to && mail.subject.starts_with("Reminder")).collect()
}

#[actix_web::test]
async fn an_assessor_is_reminded_twice_and_not_more() {
    let (app, officer, mut round) = settled(1).await;
    let email = "asa@elsewhere.example";
    let asa = round.assessor("Asa", email, "2027-09-30");
    let bo = round.assessor("Bo", "bo@elsewhere.example", "2027-09-30");
    let (first, one) = round.with_packet("octo-ines", &[]);
    let (_, two) = round.with_packet("octo-bo", &[]);
    let (_, done) = round.with_packet("octo-done", &[]);
    for id in [&one, &two] {
        give(&officer, id, &asa).await.expect(200);
    }
    give(&officer, &done, &bo).await.expect(200);
    round.run(&format!("UPDATE assignments SET state = 'submitted' WHERE packet_id = '{done}'"));
    // Due on the 20th: from the 2nd to the 16th nothing, on the 17th one mail for both packets, and then none.
    let mut counts = Vec::new();
    for day in 2..=25 {
        let before = reminders(&app, email).await.len();
        app.run_jobs().await;
        assert_eq!(reminders(&app, email).await.len(), before, "the same day again, {day}");
        counts.push(before);
        app.clock.advance(DAY);
    }
    let expected: Vec<usize> =
        (2..=25).map(|day| usize::from(day >= 17) + usize::from(day >= 21)).collect();
    assert_eq!(counts, expected);
    let mails = reminders(&app, email).await;
    assert_eq!(mails[0].subject, "Reminder: 2 packets wait for your assessment");
    assert!(mails[0].text.contains("The first scores are asked for by 20 March 2027."));
    assert!(mails[1].text.contains("For 2 of them the day is over"), "{}", mails[1].text);
    for mail in &mails {
        let whole = format!("{}{}{}", mail.headers, mail.text, mail.html);
        for secret in ["octo-ines", first.reference.as_str(), one.as_str(), "Project", "Asa"] {
            assert!(!whole.contains(secret), "{secret}");
        }
        assert!(mail.links().iter().any(|link| link.ends_with("/assess")), "{:?}", mail.links());
    }
    assert_eq!(reminders(&app, "bo@elsewhere.example").await.len(), 0, "theirs is handed in");
    // A later day begins it anew.
    round.run("UPDATE assignments SET due_on = '2027-03-29'");
    app.run_jobs().await;
    assert_eq!(reminders(&app, email).await.len(), 3, "three days before the 29th");
    app.stop().await;
}

#[actix_web::test]
async fn an_officer_reminds_now_and_once_a_day() {
    let (app, officer, mut round) = settled(1).await;
    let email = "asa@elsewhere.example";
    let asa = round.assessor("Asa", email, "2027-09-30");
    let bo = round.assessor("Bo", "bo@elsewhere.example", "2027-09-30");
    let gone = round.assessor("Gone", "gone@elsewhere.example", "2027-09-30");
    for (name, who) in [("octo-ines", &asa), ("octo-two", &asa), ("octo-bo", &bo), ("x", &gone)] {
        let (_, id) = round.with_packet(name, &[]);
        give(&officer, &id, who).await.expect(200);
    }
    round.run(&format!("UPDATE assessors SET state = 'disabled' WHERE id = '{gone}'"));
    let remind = "form:has(button[value=remind])";
    let page = officer.visit(&format!("{TABLE}?assessor={asa}")).await.expect(200);
    let page = officer.submit_and_follow(&page, remind, &[]).await.expect(200);
    assert!(page.html.contains("A reminder is on its way."));
    assert_eq!(reminders(&app, email).await.len(), 1);
    assert_eq!(reminders(&app, "bo@elsewhere.example").await.len(), 0);
    let page = officer.visit(TABLE).await.expect(200);
    officer.submit_and_follow(&page, remind, &[]).await.expect(200);
    let page = officer.submit_and_follow(&page, remind, &[]).await.expect(200);
    assert!(page.html.contains("Nobody is reminded"));
    for to in [email, "bo@elsewhere.example"] {
        assert_eq!(reminders(&app, to).await.len(), 1, "{to}");
    }
    assert_eq!(reminders(&app, "gone@elsewhere.example").await.len(), 0);
    // What is taken back before the mail is sent is not written of.
    app.clock.advance(DAY);
    round.run(&format!("DELETE FROM assignments WHERE assessor_id = '{bo}'"));
    app.run_jobs().await;
    assert_eq!(reminders(&app, "bo@elsewhere.example").await.len(), 1);
    app.stop().await;
}
