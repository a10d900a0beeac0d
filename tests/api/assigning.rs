//! Staff settle how a round is assessed, and share its packets out among assessors.

use std::collections::BTreeSet;

use almoner::domain::id::Id;

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::html::Page;
use crate::support::journey::{EVENT, FORM, HARDSHIP, PROJECT, SURE, person, surely};
use crate::support::rounds::Round;

pub const PLAN: &str = "/staff/rounds/project-2027/assessment";
pub const TABLE: &str = "/staff/rounds/project-2027/assignments";
pub const SHARE_OUT: &str = "/staff/rounds/project-2027/share-out";
pub const CONFLICTS: &str = "/staff/rounds/project-2027/conflicts";

/// Settles the plan: due on the 20th, open until the 31st of March.
pub async fn settle(officer: &Client, each: usize) {
    let page = officer.visit(PLAN).await.expect(200);
    let each = each.to_string();
    let typed = [("each", each.as_str()), ("due", "2027-03-20"), ("closes", "2027-03-31")];
    officer.submit_and_follow(&page, FORM, &typed).await.expect(200);
}

/// A site with an officer, the plan of the round for projects, and that round.
pub async fn settled(each: usize) -> (TestApp, Client, Round) {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    settle(&officer, each).await;
    let round = Round::of(&app, PROJECT);
    (app, officer, round)
}

/// The page of a packet.
pub async fn packet(officer: &Client, id: &Id) -> Page {
    officer.visit(&format!("{TABLE}/{id}")).await.expect(200)
}

/// The form by which a packet is given to somebody.
const GIVE: &str = "form:has(button[value=give])";
pub const BACK: &str = "form:has(button[value=take_back])";
const MOVE: &str = "form:has(button[value=due])";

pub async fn give(officer: &Client, packet_id: &Id, assessor: &Id) -> Page {
    let page = packet(officer, packet_id).await;
    officer.submit_and_follow(&page, GIVE, &[("assessor", assessor.as_str())]).await
}

/// What somebody with a console sends, whoever the page offers.
async fn give_anyway(officer: &Client, page: &Page, packet_id: &Id, assessor: &Id) -> Page {
    let token = page.form("form.out").value("token").unwrap().to_owned();
    let fields = [
        ("token", token.as_str()),
        ("action", "give"),
        ("assessor", assessor.as_str()),
        ("due", "2027-03-20"),
    ];
    officer.post(&format!("{TABLE}/{packet_id}"), &fields).await
}

/// Where the assignments of a packet stand, by the assessors' ids.
fn states(round: &mut Round, packet: &Id) -> Vec<String> {
    round.texts(&format!(
        "SELECT state AS value FROM assignments WHERE packet_id = '{packet}' ORDER BY made_at, id"
    ))
}

#[actix_web::test]
async fn a_round_is_planned_and_its_criteria_stay_as_they_were() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    app.apply(&person(0)).await;
    let list = officer.visit("/staff/assessment").await.expect(200);
    assert!(list.text_of("header nav").contains("Assessment"));
    let links = list.attributes("table a", "href");
    assert!(links.contains(&PLAN.to_owned()), "{links:?}");
    assert!(links.iter().any(|link| link.contains(HARDSHIP)), "{links:?}");
    assert!(!links.iter().any(|link| link.contains(EVENT)), "nobody outside assesses these");
    officer.visit("/staff/rounds/event/assessment").await.expect(404);
    officer.visit("/staff/rounds/nothing/assessment").await.expect(404);
    // Without a plan there is nothing to share out.
    for address in [TABLE, SHARE_OUT, "/staff/rounds/project-2027/assessors"] {
        let page = officer.visit(address).await;
        let page = officer.follow(page).await.expect(200);
        assert!(page.url.starts_with(PLAN) && page.html.contains("Settle first"), "{}", page.url);
    }

    let page = officer.visit(PLAN).await.expect(200);
    assert!(page.text_of(".side").contains("Gain for the community"), "{}", page.html);
    assert!(!page.text_of(".side").contains("A country we reach too little"), "staff score that");
    let wrong = [("each", "0"), ("due", "2027-03-01"), ("closes", "2027-02-01")];
    let page = officer.submit(&page, FORM, &wrong).await.expect(422);
    assert_eq!(page.errors().len(), 3, "{:?}", page.errors());
    assert_eq!(page.form(FORM).value("due"), Some("2027-03-01"), "what was typed stays");
    settle(&officer, 3).await;
    let mut round = Round::of(&app, PROJECT);
    let plans =
        "SELECT criteria || CAST(seed AS TEXT) || undertaking_id AS value FROM assessment_plans";
    let before = round.texts(plans);
    assert!(before[0].contains("Gain for the community") && before[0].contains("guidance"));
    assert!(
        round.texts("SELECT body AS value FROM undertaking_texts")[0]
            .contains("Example Foundation")
    );

    // The programme is another afterwards; what assessors judge by is not.
    round.run(
        "UPDATE programmes SET definition = REPLACE(definition, 'Gain for the community', 'Glory')",
    );
    let page = officer.visit(PLAN).await.expect(200);
    let typed =
        [("each", "2"), ("due", "2027-03-21"), ("closes", "2027-04-01"), ("show_others", "yes")];
    let page = officer.submit_and_follow(&page, FORM, &typed).await.expect(200);
    assert!(page.text_of(".side").contains("Gain for the community"), "{}", page.html);
    assert_eq!(round.texts(plans), before);
    assert_eq!(page.form(FORM).value("each"), Some("2"));
    assert_eq!(round.number("SELECT COUNT(*) AS value FROM undertaking_texts"), 1);
    let acts = round.texts(
        "SELECT action AS value FROM audit WHERE action LIKE 'assessment.%' ORDER BY action DESC",
    );
    assert_eq!(acts, ["assessment.opened", "assessment.changed"]);
    let list = officer.visit("/staff/assessment").await.expect(200);
    assert!(list.text_of("table").contains("21 March 2027"), "{}", list.text_of("table"));
    app.stop().await;
}

#[actix_web::test]
async fn packets_are_given_taken_back_and_given_on_by_hand() {
    let (app, officer, mut round) = settled(2).await;
    let (application, id) = round.with_packet("octo-ines", &["web"]);
    let (asa, bo) = (
        round.assessor("Asa", "asa@elsewhere.example", "2027-09-30"),
        round.assessor("Bo", "bo@elsewhere.example", "2027-03-10"),
    );
    let over = round.assessor("Over", "over@elsewhere.example", "2027-03-01");
    let page = officer.visit(TABLE).await.expect(200);
    let row = page.text_of("tbody tr");
    assert!(row.contains(&application.reference) && row.contains("octo-ines"), "{row}");
    assert!(row.contains("web, Community") && row.contains("nobody yet"), "{row}");
    assert_eq!(page.text_of("td.number"), "2");

    let page = give(&officer, &id, &asa).await.expect(200);
    assert!(page.html.contains("The packet is given"));
    let mail = app.mail_to("asa@elsewhere.example").await;
    assert_eq!(mail.subject, "A packet waits for your assessment");
    assert!(mail.text.contains("by 20 March 2027"), "{}", mail.text);
    for secret in ["octo-ines", application.reference.as_str(), "Asa", "2027 round", id.as_str()] {
        let whole = format!("{}{}{}", mail.headers, mail.text, mail.html);
        assert!(!whole.contains(secret), "{secret} in {whole}");
    }
    // One whose access ends before that day is named, and can be given it all the same.
    assert!(page.text_of(GIVE).contains("Bo (has 0, access ends before the due day)"));
    assert!(!page.text_of(GIVE).contains("Over"), "who has no access is not offered");
    let page = give_anyway(&officer, &page, &id, &asa).await.expect(422);
    assert_eq!(page.errors(), ["This assessor has this packet already"]);
    let page = give_anyway(&officer, &page, &id, &over).await.expect(422);
    assert!(page.errors()[0].starts_with("This assessor has no access now"));
    let page = give_anyway(&officer, &page, &id, &id).await.expect(422);
    assert_eq!(page.errors(), ["Choose an assessor"]);

    // The day moves, within bounds.
    let page = packet(&officer, &id).await;
    for (day, refusal) in [
        ("2027-03-01", "The due day must be today or later"),
        ("2027-04-01", "The due day must not be after the last day of scoring"),
        ("soon", "Enter the due day, such as 2027-09-30"),
    ] {
        let wrong =
            officer.submit(&page, MOVE, &[("action", "due"), ("due", day)]).await.expect(422);
        assert_eq!(wrong.errors(), [refusal]);
        let link = wrong.attributes(".error-summary a", "href").remove(0);
        assert!(wrong.has(&format!("input{link}")), "{link} leads to the control");
    }
    let moved = [("action", "due"), ("due", "2027-03-25")];
    let page = officer.submit_and_follow(&page, MOVE, &moved).await.expect(200);
    assert!(page.text_of(".cards").contains("Due 25 March 2027"), "{}", page.text_of(".cards"));

    // Taken from one and given to the other.
    let on = [("action", "reassign"), ("assessor", bo.as_str())];
    let page = officer.submit_and_follow(&page, MOVE, &on).await.expect(200);
    assert!(page.html.contains("taken back and given on"));
    assert_eq!(states(&mut round, &id).into_iter().collect::<BTreeSet<_>>().len(), 2);
    let said = page.text_of(".cards");
    assert!(said.contains("Asa Taken back") && said.contains("Bo Not answered yet"), "{said}");
    surely(&officer, &page, BACK).await.expect(200);
    assert_eq!(states(&mut round, &id), ["ended", "ended"]);
    // proves A17: given to the same person again, it is known by another id. What was scored goes along.
    let of_bo = format!("SELECT id AS value FROM assignments WHERE assessor_id = '{bo}'");
    let before = round.texts(&of_bo).remove(0);
    round.run(&format!(
        "INSERT INTO scores (id, dossier_id, assignment_id, criterion, points, comment) \
         SELECT 'score', dossier_id, id, 3, points, points FROM assignments, (SELECT wrapped AS points FROM data_keys LIMIT 1) AS any_key \
         WHERE id = '{before}'"
    ));
    give(&officer, &id, &bo).await.expect(200);
    assert_eq!(round.number("SELECT COUNT(*) AS value FROM assignments"), 2, "offered again");
    let again = round.texts(&of_bo).remove(0);
    assert_ne!(again, before);
    assert_eq!(round.texts("SELECT assignment_id AS value FROM scores"), [again]);
    assert_eq!(states(&mut round, &id).len(), 2);

    // A packet that is closed is listed as such, and nothing is missing.
    round.run("UPDATE packets SET state = 'closed'");
    let page = officer.visit(TABLE).await.expect(200);
    assert!(page.text_of("tbody th").ends_with("closed"), "{}", page.text_of("tbody th"));
    assert_eq!(page.text_of("td.number"), "–");
    assert_eq!(page.texts_of(".who-has .gone").len(), 2);
    assert!(!page.has("tbody th a"), "nothing is done with it");
    let page = officer.visit(&format!("{TABLE}?show=missing")).await.expect(200);
    assert!(!page.has("tbody"));
    let page = officer.visit(&format!("{TABLE}?show=closed")).await.expect(200);
    assert_eq!(page.texts_of("tbody tr").len(), 1);
    round.run("UPDATE packets SET state = 'released'");
    let acts = round.texts(
        "SELECT action AS value FROM audit WHERE action LIKE 'assignment.%' ORDER BY at, id",
    );
    assert_eq!(acts.len(), 6, "{acts:?}");
    app.stop().await;
}

#[actix_web::test]
async fn everything_of_an_assessor_is_moved_and_ended_at_once() {
    let (app, officer, mut round) = settled(1).await;
    let asa = round.assessor("Asa", "asa@elsewhere.example", "2027-09-30");
    let packets: Vec<Id> = (0..3).map(|n| round.with_packet(&format!("user{n}"), &[]).1).collect();
    for id in &packets {
        give(&officer, id, &asa).await.expect(200);
    }
    round.run(&format!(
        "UPDATE assignments SET state = 'submitted' WHERE packet_id = '{}'",
        packets[0]
    ));
    let people = officer.visit("/staff/rounds/project-2027/assessors").await.expect(200);
    let mine = people.link("Asa");
    assert_eq!(people.texts_of("td.number"), ["2", "0", "1"]);
    let page = officer.visit(&mine).await.expect(200);
    assert_eq!(page.texts_of("tbody tr").len(), 3);
    let wrong = [("due", "2028-01-01")];
    let page = officer.submit(&page, MOVE, &wrong).await.expect(422);
    assert_eq!(page.errors().len(), 1);
    let page = officer.submit_and_follow(&page, MOVE, &[("due", "2027-03-28")]).await.expect(200);
    assert!(page.html.contains("The due day is moved."));
    let days = "SELECT COUNT(*) AS value FROM assignments WHERE due_on = '2027-03-28'";
    assert_eq!(round.number(days), 2, "what is handed in keeps its day");
    let end = "form:has(button[value=end])";
    let asked = officer.submit_and_follow(&page, end, &[]).await.expect(200);
    assert_eq!(asked.text_of("h1"), "Take all packets of this round back?");
    assert!(asked.text_of("main").contains("What is handed in stays."));
    let page = officer.submit_and_follow(&asked, SURE, &[]).await.expect(200);
    assert!(page.html.contains("The packets are taken back."));
    let ended = "SELECT COUNT(*) AS value FROM assignments WHERE state = 'ended'";
    assert_eq!(round.number(ended), 2);
    let page = surely(&officer, &page, end).await.expect(200);
    assert!(page.html.contains("There was nothing to change."));
    let too = [("handed_in_too", "yes")];
    let asked = officer.submit_and_follow(&page, end, &too).await.expect(200);
    assert!(asked.text_of("main").contains("Scores that were handed in count no longer."));
    assert_eq!(round.number(ended), 2);
    officer.submit_and_follow(&asked, SURE, &[]).await.expect(200);
    assert_eq!(round.number(ended), 3);
    app.stop().await;
}

#[actix_web::test]
async fn the_table_is_filtered() {
    let (app, officer, mut round) = settled(1).await;
    let asa = round.assessor("Asa", "asa@elsewhere.example", "2027-09-30");
    let bo = round.assessor("Bo", "bo@elsewhere.example", "2027-09-30");
    round.with_packet("nobody-has-it", &[]);
    let (_, late) = round.with_packet("late-one", &[]);
    let (changed, waits) = round.with_packet("waits", &[]);
    give(&officer, &late, &asa).await.expect(200);
    give(&officer, &waits, &bo).await.expect(200);
    round.run(&format!(
        "UPDATE assignments SET state = 'accepted', due_on = '2027-03-01' WHERE packet_id = '{late}'"
    ));
    round.run(&format!(
        "UPDATE applications SET changed_at = '2027-03-02 10:00:00' WHERE id = '{}'",
        changed.id
    ));
    let shown = async |query: &str| {
        let page = officer.visit(&format!("{TABLE}{query}")).await.expect(200);
        page.texts_of("td[data-label=GitHub]").into_iter().collect::<BTreeSet<_>>()
    };
    let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(shown("").await, of(&["nobody-has-it", "late-one", "waits"]));
    assert_eq!(shown("?show=missing").await, of(&["nobody-has-it"]));
    assert_eq!(shown("?show=unanswered").await, of(&["waits"]));
    assert_eq!(shown("?show=overdue").await, of(&["late-one"]));
    assert_eq!(shown(&format!("?assessor={bo}")).await, of(&["waits"]));
    assert_eq!(shown(&format!("?show=overdue&assessor={bo}")).await, of(&[]));
    assert_eq!(shown("?show=x&assessor=y").await.len(), 3, "what is no filter filters nothing");
    let page = officer.visit(TABLE).await.expect(200);
    assert_eq!(page.texts_of(".status.in_review"), ["stale"]);
    assert_eq!(page.texts_of(".status.late"), ["overdue"]);
    // Who can come in no longer is nobody who assesses.
    round.run(&format!("UPDATE assessors SET state = 'disabled' WHERE id = '{bo}'"));
    assert_eq!(shown("?show=missing").await, of(&["nobody-has-it", "waits"]));
    let page = officer.visit(TABLE).await.expect(200);
    assert!(page.texts_of(".status.late").contains(&"no access".to_owned()));
    // That the page was shown is told to those whose applications stand in it.
    app.run_jobs().await;
    let listed = format!(
        "SELECT COUNT(*) AS value FROM audit_subjects WHERE application_id = '{}'",
        changed.id
    );
    assert!(round.number(&listed) > 0);
    app.stop().await;
}

#[actix_web::test]
async fn who_is_not_an_officer_shares_nothing_out_and_no_other_page_can() {
    let (app, officer, mut round) = settled(1).await;
    let (_, id) = round.with_packet("octo-ines", &[]);
    let asa = round.assessor("Asa", "asa@elsewhere.example", "2027-09-30");
    app.browser().get(TABLE).await.expect(303);
    let page = packet(&officer, &id).await;
    let forged = [("action", "give"), ("assessor", asa.as_str()), ("due", "2027-03-20")];
    officer.post(&format!("{TABLE}/{id}"), &forged).await.expect(403);
    let mut with_more = forged.to_vec();
    let token = page.form("form.out").value("token").unwrap().to_owned();
    with_more.extend([("token", token.as_str()), ("state", "submitted")]);
    officer.post(&format!("{TABLE}/{id}"), &with_more).await.expect(400);
    let nothing = [("action", "give_all"), ("token", token.as_str())];
    officer.post(&format!("{TABLE}/{id}"), &nothing).await.expect(404);
    // A packet of this round under another one.
    let other = "/staff/rounds/fellowship-2027/assessment";
    let other_plan = officer.visit(other).await.expect(200);
    let typed = [("each", "1"), ("due", "2027-03-20"), ("closes", "2027-03-31")];
    officer.submit_and_follow(&other_plan, FORM, &typed).await.expect(200);
    let elsewhere = format!("/staff/rounds/fellowship-2027/assignments/{id}");
    officer.get(&elsewhere).await.expect(404);
    let mut with_token = forged.to_vec();
    with_token.push(("token", token.as_str()));
    officer.post(&elsewhere, &with_token).await.expect(404);
    assert_eq!(round.number("SELECT COUNT(*) AS value FROM assignments"), 0);
    // No longer an officer: the next request is refused.
    round.run("UPDATE staff SET roles = 'approver'");
    for address in [TABLE, PLAN, SHARE_OUT, CONFLICTS, "/staff/assessment"] {
        officer.get(address).await.expect(403);
    }
    give_anyway(&officer, &page, &id, &asa).await.expect(403);
    assert_eq!(round.number("SELECT COUNT(*) AS value FROM assignments"), 0);
    app.stop().await;
}
