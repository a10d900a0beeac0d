//! Packets shared out by the machine: shown first, then done, and never past a conflict.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use almoner::domain::id::Id;

use crate::assigning::{CONFLICTS, SHARE_OUT, TABLE, give, settle, settled};
use crate::support::html::Page;
use crate::support::journey::FORM;
use crate::support::rounds::Round;

/// Who has which packet.
fn pairs(round: &mut Round) -> BTreeSet<String> {
    let live = "SELECT packet_id || ' ' || assessor_id AS value FROM assignments
        WHERE state IN ('offered', 'accepted', 'submitted')";
    round.texts(live).into_iter().collect()
}

fn loads(round: &mut Round) -> BTreeMap<String, usize> {
    let mut loads = BTreeMap::new();
    for pair in pairs(round) {
        *loads.entry(pair.split(' ').nth(1).unwrap().to_owned()).or_default() += 1;
    }
    loads
}

fn fill(round: &mut Round, packets: usize, assessors: usize) -> (Vec<Id>, Vec<Id>) {
    let packets = (0..packets).map(|n| round.with_packet(&format!("user{n}"), &[]).1).collect();
    let assessors = (0..assessors)
        .map(|n| {
            let email = format!("assessor{n}@elsewhere.example");
            round.assessor(&format!("Assessor {n}"), &email, "2027-09-30")
        })
        .collect();
    (packets, assessors)
}

fn reasons(page: &Page) -> Vec<String> {
    page.texts_of("#seen li")
}

#[actix_web::test]
async fn packets_are_shared_out_as_they_were_shown_and_the_same_again() {
    let (app, officer, mut round) = settled(2).await;
    fill(&mut round, 10, 4);
    let none = pairs(&mut round);
    let page = officer.visit(SHARE_OUT).await.expect(200);
    assert!(none.is_empty() && pairs(&mut round).is_empty(), "a preview writes nothing");
    assert_eq!(page.text_of("#seen"), "Assign 20");
    assert_eq!(page.texts_of("td[data-label=Gets]"), ["5", "5", "5", "5"]);
    let page = officer.submit_and_follow(&page, FORM, &[]).await.expect(200);
    assert!(page.url.starts_with(TABLE) && page.html.contains("shared out"), "{}", page.url);
    let first = pairs(&mut round);
    assert_eq!(first.len(), 20);
    assert!(loads(&mut round).values().all(|load| *load == 5));
    // One mail a person, however many packets.
    let mails = app.mails().await;
    for n in 0..4 {
        let to = format!("assessor{n}@elsewhere.example");
        let theirs: Vec<_> = mails.iter().filter(|mail| mail.to == to).collect();
        assert_eq!(theirs.len(), 1);
        assert!(
            theirs[0].text.contains("5 packets wait for your assessment"),
            "{}",
            theirs[0].text
        );
    }
    let page = officer.visit(SHARE_OUT).await.expect(200);
    assert_eq!(page.text_of("h2"), "Nothing is missing");

    // From the same beginning comes the same end; another seed draws otherwise.
    round.run("DELETE FROM assignments");
    let page = officer.visit(SHARE_OUT).await.expect(200);
    officer.submit(&page, FORM, &[]).await.expect(303);
    assert_eq!(pairs(&mut round), first);
    round.run("DELETE FROM assignments; UPDATE assessment_plans SET seed = seed - 1");
    let page = officer.visit(SHARE_OUT).await.expect(200);
    officer.submit(&page, FORM, &[]).await.expect(303);
    assert_ne!(pairs(&mut round), first);
    app.stop().await;
}

#[actix_web::test]
async fn who_knows_a_field_gets_its_packets() {
    let (app, officer, mut round) = settled(1).await;
    let asa = round.assessor("Asa", "asa@elsewhere.example", "2027-09-30");
    let bo = round.assessor("Bo", "bo@elsewhere.example", "2027-03-10");
    for (who, words) in [(&asa, "Web; privacy,web"), (&bo, "Data")] {
        let page = officer.visit(&format!("/staff/assessors/{who}")).await.expect(200);
        let form = "form[action$='/tags']";
        let page = officer.submit_and_follow(&page, form, &[("tags", words)]).await.expect(200);
        assert!(page.html.contains("What they know about is saved."));
    }
    let page = officer.visit(&format!("/staff/assessors/{asa}")).await.expect(200);
    assert_eq!(page.form("form[action$='/tags']").value("tags"), Some("Web, privacy"));
    let long = "x".repeat(200);
    let form = "form[action$='/tags']";
    let wrong = officer.submit(&page, form, &[("tags", &long)]).await.expect(422);
    assert_eq!(wrong.form(form).value("tags"), Some(long.as_str()));
    for n in 0..3 {
        round.with_packet(&format!("web{n}"), &["web"]);
        round.with_packet(&format!("data{n}"), &["DATA"]);
    }
    let page = officer.visit(SHARE_OUT).await.expect(200);
    let said = page.text_of("main");
    assert!(said.contains("Of those marked the access ends before the due day"), "{said}");
    assert!(page.text_of("tbody").contains("Bo access ends before"), "{}", page.text_of("tbody"));
    officer.submit(&page, FORM, &[]).await.expect(303);
    let table = officer.visit(TABLE).await.expect(200);
    for row in table.texts_of("tbody tr") {
        let whose = if row.contains("web, Community") { "Asa" } else { "Bo" };
        assert!(row.contains(whose), "{row}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn what_changed_in_between_is_shown_again_first() {
    let (app, officer, mut round) = settled(2).await;
    let (packets, assessors) = fill(&mut round, 6, 4);
    let seen = officer.visit(SHARE_OUT).await.expect(200);
    give(&officer, &packets[0], &assessors[0]).await.expect(200);
    let before = pairs(&mut round);
    let page = officer.submit(&seen, FORM, &[]).await.expect(409);
    assert!(page.errors()[0].starts_with("Something has changed"), "{:?}", page.errors());
    assert_eq!(pairs(&mut round), before, "nothing is written");
    assert_eq!(page.text_of("#seen"), "Assign 11");
    officer.submit(&page, FORM, &[]).await.expect(303);
    assert!(pairs(&mut round).is_superset(&before), "what stands is kept");
    assert_eq!(pairs(&mut round).len(), 12);
    // Two officers press at the same moment: one of them shares out, the other is shown what there is now.
    round.run("DELETE FROM assignments");
    let seen = officer.visit(SHARE_OUT).await.expect(200);
    let (one, other) =
        tokio::join!(officer.submit(&seen, FORM, &[]), officer.submit(&seen, FORM, &[]));
    let both = BTreeSet::from([one.status, other.status]);
    assert_eq!(both, BTreeSet::from([303, 409]));
    assert_eq!(pairs(&mut round).len(), 12);
    app.stop().await;
}

#[actix_web::test]
async fn what_cannot_be_placed_is_named_with_the_reason() {
    let (app, officer, mut round) = settled(3).await;
    let (application, _) = round.with_packet("octo-ines", &[]);
    let (_, assessors) = fill(&mut round, 3, 2);
    let page = officer.visit(SHARE_OUT).await.expect(200);
    assert_eq!(reasons(&page), ["Each packet needs 3, and 2 assessors have access now."]);
    assert!(!page.has("button[id=seen]"));
    let third = round.assessor("Third", "third@elsewhere.example", "2027-09-30");
    for (n, assessor) in assessors.iter().enumerate() {
        let page = officer.visit(CONFLICTS).await.expect(200);
        let typed = [
            ("assessor", assessor.as_str()),
            ("reference", application.reference.as_str()),
            ("kind", if n == 0 { "employer" } else { "co_author" }),
        ];
        let form = "form:has(#reference)";
        officer.submit_and_follow(&page, form, &typed).await.expect(200);
    }
    let page = officer.visit(SHARE_OUT).await.expect(200);
    let told = format!(
        "{} needs 3 assessors, but only 1 can take it (2 can’t: a conflict of interest, no time, or taken back).",
        application.reference
    );
    assert_eq!(reasons(&page), [told]);
    let token = page.form("form.out").value("token").unwrap().to_owned();
    officer.post(SHARE_OUT, &[("token", &token), ("seen", "x")]).await.expect(409);
    assert!(pairs(&mut round).is_empty());
    // With fewer for each it can be done.
    settle(&officer, 1).await;
    let page = officer.visit(SHARE_OUT).await.expect(200);
    officer.submit(&page, FORM, &[]).await.expect(303);
    assert!(
        pairs(&mut round).iter().any(|pair| pair.ends_with(third.as_str())),
        "the one without a conflict"
    );
    app.stop().await;
}

#[actix_web::test]
async fn what_somebody_scored_who_has_left_counts_and_what_they_left_does_not() {
    let (app, officer, mut round) = settled(1).await;
    let (packets, assessors) = fill(&mut round, 2, 2);
    give(&officer, &packets[0], &assessors[0]).await.expect(200);
    give(&officer, &packets[1], &assessors[0]).await.expect(200);
    round.run(&format!(
        "UPDATE assignments SET state = 'submitted' WHERE packet_id = '{}';
         UPDATE assessors SET state = 'disabled' WHERE id = '{}'",
        packets[0], assessors[0]
    ));
    let page = officer.visit(SHARE_OUT).await.expect(200);
    assert_eq!(page.text_of("#seen"), "Assign 1");
    officer.submit(&page, FORM, &[]).await.expect(303);
    assert!(pairs(&mut round).contains(&format!("{} {}", packets[1], assessors[1])));
    // What was taken back or declined is not given to the same person again by the machine.
    round.run(&format!(
        "UPDATE assignments SET state = 'declined' WHERE assessor_id = '{}'",
        assessors[1]
    ));
    let page = officer.visit(SHARE_OUT).await.expect(200);
    assert_eq!(reasons(&page).len(), 1, "{}", page.html);
    give(&officer, &packets[1], &assessors[1]).await.expect(200);
    app.stop().await;
}

/// 400 packets, 40 assessors, 3 each, 200 conflicts.
#[actix_web::test]
async fn a_large_round_is_shared_out_evenly_and_past_every_conflict() {
    let (app, officer, mut round) = settled(3).await;
    let (packets, assessors) = fill(&mut round, 400, 40);
    let mut conflicts = BTreeSet::new();
    for n in 0..200 {
        let (packet, assessor) = (&packets[n * 7 % 400], &assessors[n * 11 % 40]);
        conflicts.insert(format!("{packet} {assessor}"));
        // The numbers that identifiers are written with here are two to seven.
        let id: String =
            format!("{n:03}").bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
        round.run(&format!(
            "INSERT INTO conflicts (id, dossier_id, application_id, assessor_id, kind, note, staff_id, noted_at)
             SELECT '{id:a>26}', dossier_id, application_id, '{assessor}', 'employer', work, id, changed_at
             FROM preparations WHERE packet_id = '{packet}'"
        ));
    }
    let begun = Instant::now();
    let page = officer.visit(SHARE_OUT).await.expect(200);
    let shown = begun.elapsed();
    assert_eq!(page.text_of("#seen"), "Assign 1,200");
    let begun = Instant::now();
    let page = officer.submit_and_follow(&page, FORM, &[]).await.expect(200);
    println!(
        "400 packets, 40 assessors, 3 each, 200 conflicts: shown in {shown:?}, done in {:?}",
        begun.elapsed()
    );
    assert_eq!(page.texts_of("tbody tr").len(), 50, "a page of them");
    let pairs = pairs(&mut round);
    assert_eq!(pairs.len(), 1200);
    assert_eq!(pairs.intersection(&conflicts).count(), 0);
    let loads = loads(&mut round);
    assert_eq!(
        (loads.len(), loads.values().min(), loads.values().max()),
        (40, Some(&30), Some(&30))
    );
    let next = page.attributes("a[rel=next]", "href").remove(0);
    let page = officer.visit(&next).await.expect(200);
    assert_eq!(page.texts_of("tbody tr").len(), 50);
    app.stop().await;
}
