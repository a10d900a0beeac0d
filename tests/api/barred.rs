//! Who must not assess what: conflicts that staff enter, oneself and one's team, and what one opened as staff.

use almoner::domain::id::Id;

use crate::assigning::{CONFLICTS, SHARE_OUT, TABLE, give, packet, settled};
use crate::support::client::Client;
use crate::support::html::Page;
use crate::support::journey::{FORM, PROJECT, person, surely};
use crate::support::rounds::{Round, Submitted};

pub const ENTER: &str = "form:has(#reference)";

/// Tries to give a packet to somebody whom the page does not offer.
async fn refused(officer: &Client, packet_id: &Id, assessor: &Id) -> String {
    let page = packet(officer, packet_id).await;
    let token = page.form("form.out").value("token").unwrap().to_owned();
    let fields = [
        ("token", token.as_str()),
        ("action", "give"),
        ("assessor", assessor.as_str()),
        ("due", "2027-03-20"),
    ];
    let page = officer.post(&format!("{TABLE}/{packet_id}"), &fields).await.expect(422);
    page.errors().remove(0)
}

fn state(round: &mut Round, packet: &Id, assessor: &Id) -> Vec<String> {
    round.texts(&format!(
        "SELECT state AS value FROM assignments WHERE packet_id = '{packet}' AND assessor_id = '{assessor}'"
    ))
}

pub async fn enter(officer: &Client, of: &Submitted, assessor: &Id, note: &str) -> Page {
    let page = officer.visit(CONFLICTS).await.expect(200);
    let reference = of.reference.to_lowercase().replace('-', " ");
    let typed = [
        ("assessor", assessor.as_str()),
        ("reference", reference.as_str()),
        ("kind", "other"),
        ("note", note),
    ];
    officer.submit(&page, ENTER, &typed).await
}

#[actix_web::test]
async fn a_conflict_that_staff_enter_ends_what_there_is_and_holds_from_then_on() {
    let (app, officer, mut round) = settled(1).await;
    let (application, id) = round.with_packet("octo-ines", &[]);
    let asa = round.assessor("Asa", "asa@elsewhere.example", "2027-09-30");
    give(&officer, &id, &asa).await.expect(200);
    let page = officer.visit(CONFLICTS).await.expect(200);
    let page = officer.submit(&page, ENTER, &[("reference", "K7QM-2XWB-9TRC")]).await.expect(422);
    assert_eq!(page.errors().len(), 3, "{:?}", page.errors());
    let page = enter(&officer, &application, &asa, "").await.expect(422);
    assert_eq!(page.errors(), ["Write down what kind of conflict it is"]);
    enter(&officer, &application, &asa, &"x".repeat(501)).await.expect(422);
    assert_eq!(state(&mut round, &id, &asa), ["offered"]);
    enter(&officer, &application, &asa, "They share a flat in Nairobi").await.expect(303);
    assert_eq!(state(&mut round, &id, &asa), ["conflict"]);
    let page = officer.visit(CONFLICTS).await.expect(200);
    let row = page.text_of("tbody tr");
    for told in ["Asa", &application.reference, "They share a flat in Nairobi", "by Olu Officer"] {
        assert!(row.contains(told), "{told}: {row}");
    }
    let again = enter(&officer, &application, &asa, "Twice").await.expect(422);
    assert_eq!(again.errors(), ["A conflict between these two is entered already"]);
    assert!(refused(&officer, &id, &asa).await.starts_with("A conflict of interest is entered"));
    let page = packet(&officer, &id).await;
    assert!(page.html.contains("a conflict is entered"), "{}", page.html);
    let page = officer.visit(SHARE_OUT).await.expect(200);
    assert!(page.text_of("#seen").contains(&application.reference), "{}", page.html);
    // In no database in clear, and in no audit.
    for text in round.texts("SELECT detail AS value FROM audit") {
        assert!(!text.contains("Nairobi"), "{text}");
    }

    // Entered by mistake: it can be given again, and is given to nobody by itself.
    let page = officer.visit(CONFLICTS).await.expect(200);
    let page = surely(&officer, &page, "form.in-row").await.expect(200);
    assert!(page.html.contains("None yet."));
    assert_eq!(state(&mut round, &id, &asa), ["ended"]);
    give(&officer, &id, &asa).await.expect(200);
    assert_eq!(state(&mut round, &id, &asa), ["offered"]);
    // What the assessor declared stays, whatever staff take out.
    round.run("UPDATE assignments SET state = 'conflict'");
    assert_eq!(
        refused(&officer, &id, &asa).await,
        "This assessor declared a conflict of interest."
    );
    enter(&officer, &application, &asa, "They say so themselves").await.expect(303);
    let page = officer.visit(CONFLICTS).await.expect(200);
    officer.submit_and_follow(&page, "form.in-row", &[]).await.expect(200);
    assert_eq!(state(&mut round, &id, &asa), ["conflict"]);
    app.stop().await;
}

#[actix_web::test]
async fn a_conflict_covers_the_other_applications_of_the_account() {
    let (app, officer, mut round) = settled(1).await;
    let applied = app.apply(&person(0)).await;
    let (first, _) = round.with_packet("octo-ines", &[]);
    let (second, id) = round.with_packet("octo-ines-2", &[]);
    round.run(&format!(
        "UPDATE applications SET account_id = (SELECT account_id FROM applications WHERE id = '{}')
         WHERE id IN ('{}', '{}')",
        applied.id, first.id, second.id
    ));
    let asa = round.assessor("Asa", "asa@elsewhere.example", "2027-09-30");
    give(&officer, &id, &asa).await.expect(200);
    enter(&officer, &first, &asa, "Siblings of the applicant").await.expect(303);
    assert_eq!(state(&mut round, &id, &asa), ["conflict"], "of the other application");
    assert!(refused(&officer, &id, &asa).await.starts_with("A conflict of interest is entered"));
    app.stop().await;
}

#[actix_web::test]
async fn nobody_assesses_themself_or_a_team_they_belong_to() {
    let (app, officer, mut round) = settled(1).await;
    let (own, mine) = round.with_packet("octo-ines", &[]);
    let (team, theirs) = round.with_packet("somebody", &[]);
    round.team_member(&team, "Second@Mail.example", "Team-Mate", "");
    round.team_member(&own, "third@mail.example", "Passed-On", "77");
    let rule = "Nobody assesses themself or a team they belong to";
    // By the address, however it is written.
    let same = round.assessor("Same", "OCTO-INES@mail.example", "2027-09-30");
    assert!(refused(&officer, &mine, &same).await.starts_with(rule));
    give(&officer, &theirs, &same).await.expect(200);
    let second = round.assessor("Second", "second@mail.example", "2027-09-30");
    assert!(refused(&officer, &theirs, &second).await.starts_with(rule));
    // By the account on GitHub: the username where the numeric id is not known, else the id alone.
    let mate = round.assessor("Mate", "mate@elsewhere.example", "2027-09-30");
    round.join_github(&mate, "5", "team-mate");
    assert!(refused(&officer, &theirs, &mate).await.starts_with(rule));
    let other = round.assessor("Other", "other@elsewhere.example", "2027-09-30");
    round.join_github(&other, "78", "passed-on");
    give(&officer, &mine, &other).await.expect(200);
    let page = packet(&officer, &theirs).await;
    assert_eq!(page.html.matches("is a member of the application").count(), 2, "{}", page.html);

    // By the account that applied, whatever address and username stand in the application.
    let applied = app.apply(&person(0)).await;
    let (third, id) = round.with_packet("another-name", &[]);
    round.run(&format!(
        "UPDATE applications SET account_id = (SELECT account_id FROM applications WHERE id = '{}') WHERE id = '{}'",
        applied.id, third.id
    ));
    let holder = round.assessor("Holder", &person(0).email, "2027-09-30");
    assert!(refused(&officer, &id, &holder).await.starts_with(rule));

    // The machine keeps to it.
    round.run("DELETE FROM assignments; UPDATE assessors SET state = 'disabled'");
    round.run(&format!("UPDATE assessors SET state = 'active' WHERE id IN ('{same}', '{other}')"));
    for _ in 0..3 {
        let page = officer.visit(SHARE_OUT).await.expect(200);
        officer.submit(&page, FORM, &[]).await.expect(303);
        assert_eq!(state(&mut round, &mine, &same), Vec::<String>::new());
        assert_eq!(state(&mut round, &mine, &other), ["offered"]);
        round.run("DELETE FROM assignments; UPDATE assessment_plans SET seed = seed + 1");
    }
    // What stands against the rule already is named.
    round.run(&format!("UPDATE assessors SET state = 'active' WHERE id = '{second}'"));
    give(&officer, &mine, &second).await.expect(200);
    round.run(&format!("UPDATE assignments SET assessor_id = '{same}'"));
    let page = officer.visit(SHARE_OUT).await.expect(200);
    let told = page.text_of("#seen li");
    assert!(told.starts_with(&format!("{} is with Same. {rule}", own.reference)), "{told}");
    app.stop().await;
}

#[actix_web::test]
async fn nobody_assesses_what_they_opened_as_staff() {
    let (app, officer, mut round) = settled(1).await;
    let (opened, before) = round.with_packet("opened-before", &[]);
    let (later, after) = round.with_packet("opened-after", &[]);
    let (_, free) = round.with_packet("never-opened", &[]);
    // The officer assesses from outside, too.
    let olu = round.assessor("Olu outside", "OLU@foundation.example", "2027-09-30");
    let asa = round.assessor("Asa", "asa@elsewhere.example", "2027-09-30");
    officer.visit(&format!("/staff/applications/{}", opened.id)).await.expect(200);
    let rule = "Nobody assesses what they opened as staff";
    assert!(refused(&officer, &before, &olu).await.starts_with(rule));
    give(&officer, &after, &olu).await.expect(200);
    give(&officer, &after, &asa).await.expect(200);
    give(&officer, &free, &olu).await.expect(200);
    // That they stood in a list opens nothing.
    officer.visit("/staff/applications").await.expect(200);
    app.run_jobs().await;
    assert_eq!(state(&mut round, &after, &olu), ["offered"]);
    // Handed in or not: it ends with the opening.
    round.run("UPDATE assignments SET state = 'submitted'");
    officer.visit(&format!("/staff/applications/{}", later.id)).await.expect(200);
    assert_eq!(state(&mut round, &after, &olu), ["ended"]);
    assert_eq!(state(&mut round, &after, &asa), ["submitted"]);
    assert_eq!(state(&mut round, &free, &olu), ["submitted"]);
    assert!(refused(&officer, &after, &olu).await.starts_with(rule));
    let why = round.texts("SELECT detail AS value FROM audit WHERE action = 'assignment.ended'");
    assert!(why.len() == 1 && why[0].contains("opened_as_staff"), "{why:?}");
    // Asa is no member of staff; what they have is theirs, whoever opens it.
    round.run("DELETE FROM assignments");
    let page = officer.visit(SHARE_OUT).await.expect(200);
    officer.submit(&page, FORM, &[]).await.expect(303);
    assert_eq!(state(&mut round, &before, &asa), ["offered"]);
    assert_eq!(state(&mut round, &after, &asa), ["offered"]);
    assert_eq!(Round::of(&app, PROJECT).number("SELECT COUNT(*) AS value FROM assignments"), 3);
    app.stop().await;
}
