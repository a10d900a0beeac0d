//! Staff prepare packets and release them; the applicant sees that, and can close them.

use std::rc::Rc;

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::html::Page;
use crate::support::journey::{Applied, EVENT, FORM, HARDSHIP, PROJECT, Person, person};

const PACKET: &str = "form.packet";
const RELEASE: &str = "form.release";

/// Somebody whose answers name them in several ways.
fn talkative() -> (Person, crate::support::journey::Typed) {
    let person = person(0);
    let mut typed = person.project(0);
    let mut say = |key: &str, text: &str| typed.insert(format!("answer.{key}"), text.to_owned());
    say(
        "summary",
        "I, Onyango Cherotich, maintain this with the Lakeside Rust group.\nCall +44 20 7946 0958.",
    );
    say("background", "See https://cherotich.example/cv and cherotich-onyango-x on GitHub.");
    (person, typed)
}

fn address(applied: &Applied) -> String {
    format!("/staff/applications/{}/packet", applied.id)
}

async fn prepare(officer: &Client, applied: &Applied) -> Page {
    officer.visit(&address(applied)).await.expect(200)
}

/// Presses a button of the form with the strikes.
async fn press(officer: &Client, page: &Page, fields: &[(&str, &str)]) -> Page {
    officer.submit_and_follow(page, PACKET, fields).await
}

/// What assessors would read of an answer.
fn packet(page: &Page, key: &str) -> String {
    page.exact_text_of(&format!("[data-packet={key}]"))
}

pub async fn release(officer: &Client, applied: &Applied) -> Page {
    let page = prepare(officer, applied).await;
    officer.submit_and_follow(&page, RELEASE, &[("action", "release")]).await.expect(200)
}

// proves S39, A1, A2, A3
#[actix_web::test]
async fn strikes_are_proposed_with_a_reason_taken_back_and_added_by_hand() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let (person, typed) = talkative();
    let applied = app.apply_in(PROJECT, &person.email, &typed).await;
    let page = officer.visit(&format!("/staff/applications/{}", applied.id)).await.expect(200);
    let page = officer.click(&page, "Prepare for assessment").await.expect(200);
    let summary = packet(&page, "summary");
    for gone in ["Onyango", "Cherotich", "7946"] {
        assert!(!summary.contains(gone), "{summary}");
    }
    assert!(summary.contains("Lakeside Rust group"), "nobody said that this tells who it is");
    assert!(packet(&page, "background").contains("cherotich-onyango-x"), "which assessors may see");
    assert!(!packet(&page, "background").contains("cv"), "{}", packet(&page, "background"));
    assert!(page.text_of("#answer-summary .strikes").contains("This is the name of the applicant"));
    // What only staff read is no part of it.
    assert!(!page.has("[data-packet=paid_work]"));

    // One press takes a strike back, and one more strikes it out again.
    let name = page.attributes("#answer-summary .strike", "value").swap_remove(0);
    let page = press(&officer, &page, &[("turn", &name)]).await.expect(422);
    assert_eq!(page.errors(), ["Choose why it may stay, then press it again"]);
    let kept = [("turn", name.as_str()), ("keep.summary", "about_else")];
    let page = press(&officer, &page, &kept).await.expect(200);
    assert!(
        page.text_of(".strikes").contains("It was kept: It is about somebody or something else.")
    );
    assert!(page.text_of(".release").contains("1 place that the machine found stays as written"));
    assert!(packet(&page, "summary").contains("Onyango Cherotich"));
    let page = press(&officer, &page, &[("turn", &name)]).await.expect(200);
    assert!(!packet(&page, "summary").contains("Onyango"));
    let database = &mut Database::open(&app.settings.database);
    assert_eq!(database.count("packets"), 0, "nothing is released yet");

    // By hand; what does not stand there is said, and kept in its field.
    let page = press(&officer, &page, &[("strike", "summary"), ("strike.summary", "Riverside")])
        .await
        .expect(422);
    assert_eq!(page.errors(), ["This does not stand in the answer: look how it is written there"]);
    assert_eq!(page.attributes("[name='strike.summary']", "value"), ["Riverside"]);
    let page = press(&officer, &page, &[("strike", "summary"), ("strike.summary", " e ")])
        .await
        .expect(422);
    assert_eq!(
        page.errors(),
        ["Write at least two characters: a single one stands all over the answer"]
    );
    // In any case, with accents or without.
    let page = press(
        &officer,
        &page,
        &[("strike", "summary"), ("strike.summary", "lákeside RUST  group")],
    )
    .await
    .expect(200);
    assert!(!packet(&page, "summary").contains("Lakeside"));
    let by_hand = page.attributes("#answer-summary .strike", "value").swap_remove(1);
    let page = press(&officer, &page, &[("turn", &by_hand)]).await.expect(200);
    assert!(packet(&page, "summary").contains("Lakeside"));
    // In every answer, in other cases and accents as well.
    let page = press(
        &officer,
        &page,
        &[
            ("action", "keep"),
            ("further", "lákeside RUST group\n kernel "),
            ("tags", "rust, teaching"),
        ],
    )
    .await
    .expect(200);
    assert!(!packet(&page, "summary").contains("Lakeside"));
    assert!(!packet(&page, "title").contains("kernel"), "{}", packet(&page, "title"));
    assert_eq!(page.exact_text_of("#tags").trim(), "rust\nteaching");
    let long = "x".repeat(121);
    let page = press(&officer, &page, &[("action", "keep"), ("further", &long)]).await.expect(422);
    assert_eq!(page.errors(), ["Each must be 120 characters or fewer"]);
    assert_eq!(page.exact_text_of("#further").trim(), long);
    // What is not there any more, or never was, is told and changes nothing.
    let page = prepare(&officer, &applied).await;
    let token = page.attributes("[name=token]", "value").swap_remove(0);
    for wrong in ["summary:0-1", "nothing:0-1", "summary:x", "summary", "paid_work:0-3"] {
        let fields = [("token", token.as_str()), ("turn", wrong)];
        let answer = officer.post(&address(&applied), &fields).await;
        assert!([404, 409, 422].contains(&answer.status), "{wrong}: {}", answer.status);
    }
    app.stop().await;
}

// proves A33
#[actix_web::test]
async fn a_packet_is_released_read_by_its_fields_and_closed_at_once_when_it_is_taken_back() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let (person, typed) = talkative();
    let applied = app.apply_in(PROJECT, &person.email, &typed).await;
    let page = release(&officer, &applied).await;
    assert_eq!(
        page.text_of(".said"),
        "The packet is released. Assessors to whom you give it can read it."
    );
    assert!(page.text_of(".head").contains("Released last released on 2 March 2027"));
    let database = &mut Database::open(&app.settings.database);
    assert_eq!(database.texts("SELECT state AS value FROM packets"), ["released"]);
    let shared = applied.browser.visit(&format!("/applications/{}", applied.id)).await.expect(200);
    assert!(shared.text_of("main").contains("was released to them on 2 March 2027"));
    let fields = database.number("SELECT COUNT(*) AS value FROM packet_fields");
    assert!(fields > 8, "{fields}");
    // It is a dossier of its own, below the application's, of the same clock.
    let own = "FROM dossiers p JOIN dossiers a ON a.id = p.parent_id \
               JOIN applications own ON own.dossier_id = a.id \
               WHERE p.kind = 'packet' AND p.class = 'packet' AND p.keep_until = a.keep_until AND p.rule = a.rule";
    assert_eq!(database.number(&format!("SELECT COUNT(*) AS value {own}")), 1);

    // Closed by staff, and released again: the same packet, another version.
    let page = prepare(&officer, &applied).await;
    app.clock.advance(60);
    let page = officer.submit_and_follow(&page, RELEASE, &[("action", "close")]).await.expect(200);
    assert_eq!(page.text_of(".said"), "The packet is closed. No assessor can read it any more.");
    assert_eq!(database.texts("SELECT state AS value FROM packets"), ["closed"]);
    app.clock.advance(60);
    release(&officer, &applied).await;
    app.clock.advance(60);
    assert_eq!(database.texts("SELECT state AS value FROM packets"), ["released"]);
    assert_eq!(database.number("SELECT version AS value FROM packets"), 2);
    assert_eq!(database.number("SELECT COUNT(*) AS value FROM packet_fields"), fields);

    // What happened is told, to the applicant and to staff.
    let expected =
        ["Submitted", "Released to assessors", "Closed to assessors", "Released to assessors"];
    let own = format!("/applications/{}", applied.id);
    let page = applied.browser.visit(&own).await.expect(200);
    assert_eq!(page.texts_of(".history .status"), expected);
    let page = officer.visit(&format!("/staff/applications/{}", applied.id)).await.expect(200);
    assert_eq!(page.texts_of(".history .status"), expected);
    assert!(page.texts_of(".history li")[1].contains("by "), "{:?}", page.texts_of(".history li"));

    // proves R13
    let mine = format!("/applications/{}/withdraw", applied.id);
    let page = applied.browser.visit(&mine).await.expect(200);
    applied.browser.submit_and_follow(&page, FORM, &[]).await.expect(200);
    assert_eq!(database.texts("SELECT state AS value FROM packets"), ["closed"]);
    let page = applied.browser.visit(&own).await.expect(200);
    assert_eq!(page.texts_of(".history .status")[4..], ["Withdrawn", "Closed to assessors"]);
    let page = prepare(&officer, &applied).await;
    assert!(page.text_of(".inset").contains("took this application back"));
    assert!(!page.has(PACKET));
    let token = officer.visit("/staff").await.attributes("[name=token]", "value").swap_remove(0);
    let fields = [("token", token.as_str()), ("action", "release"), ("seen", "1.1")];
    officer.post(&address(&applied), &fields).await.expect(409);
    assert_eq!(database.texts("SELECT state AS value FROM packets"), ["closed"]);
    app.run_jobs().await;
    let told = applied.browser.visit("/account/who-saw-my-data").await.expect(200);
    assert!(told.text_of("main").contains("An officer opened application"));
    app.stop().await;
}

#[actix_web::test]
async fn what_is_released_is_what_was_looked_at() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let (person, typed) = talkative();
    let applied = app.apply_in(PROJECT, &person.email, &typed).await;
    let old = prepare(&officer, &applied).await;
    let name = old.attributes("#answer-summary .strike", "value").swap_remove(0);
    // In another tab a name is kept, and words are entered.
    let kept = [("turn", name.as_str()), ("keep.summary", "needed")];
    press(&officer, &old, &kept).await.expect(200);
    let lists = [("action", "keep"), ("further", "Lakeside")];
    press(&officer, &prepare(&officer, &applied).await, &lists).await.expect(200);
    officer.submit(&old, RELEASE, &[("action", "release")]).await.expect(409);
    let database = &mut Database::open(&app.settings.database);
    assert_eq!(database.count("packets"), 0);
    // Nor does an older page undo what was entered meanwhile.
    let by_hand = [("strike", "title"), ("strike.title", "kernel")];
    let page = press(&officer, &old, &by_hand).await.expect(200);
    assert_eq!(page.exact_text_of("#further").trim(), "Lakeside");
    // What was kept is something that was found: it is not released with those in which nothing was.
    let round = format!("/staff/rounds/{PROJECT}/packets?stage=clear");
    assert!(officer.visit(&round).await.expect(200).texts_of("tbody th").is_empty());
    release(&officer, &applied).await;
    assert_eq!(database.count("packets"), 1);
    app.stop().await;
}

#[actix_web::test]
async fn a_packet_goes_with_its_application() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let applied = app.apply(&person(1)).await;
    release(&officer, &applied).await;
    let database = &mut Database::open(&app.settings.database);
    database.run(&format!(
        "DELETE FROM dossiers WHERE id = (SELECT dossier_id FROM applications WHERE id = '{}')",
        applied.id
    ));
    for table in ["packets", "packet_fields", "preparations"] {
        assert_eq!(database.count(table), 0, "{table}");
    }
    assert_eq!(database.number("SELECT COUNT(*) AS value FROM dossiers WHERE kind = 'packet'"), 0);
    officer.visit(&address(&applied)).await.expect(404);
    app.stop().await;
}

// proves S40
#[actix_web::test]
async fn without_the_separate_consent_there_is_no_packet_and_withdrawing_it_closes_the_packet() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let (silent, agreed) = (person(2), person(3));
    let typed = silent.items_and(&[
        ("answer.title", "A broken laptop"),
        ("consent.sensitive.need", "yes"),
        ("answer.need", "A new one, so that releases go on."),
        ("answer.work", "I maintain a parser."),
        ("answer.amount", "900"),
    ]);
    let without = app.apply_in(HARDSHIP, &silent.email, &typed).await;
    let page = prepare(&officer, &without).await;
    assert!(page.text_of(".inset").contains("has not agreed that people outside assess"));
    assert!(!page.text_of("main").contains("broken laptop"));
    let with = app.apply_agreeing(HARDSHIP, &agreed.email, &typed).await;
    release(&officer, &with).await;
    let round =
        officer.visit(&format!("/staff/rounds/{HARDSHIP}/packets?stage=none")).await.expect(200);
    assert_eq!(round.texts_of("tbody th").len(), 1, "the one without consent");
    let page = with.browser.visit(&format!("/applications/{}", with.id)).await.expect(200);
    let page =
        with.browser.click(&page, "Withdraw the consent to outside assessment").await.expect(200);
    let correcting = format!("/applications/{}/correct", with.id);
    let told = "Assessors go on reading what our staff released to them";
    assert!(with.browser.visit(&correcting).await.expect(200).text_of("main").contains(told));
    app.clock.advance(60);
    let page = with.browser.submit_and_follow(&page, FORM, &[]).await.expect(200);
    assert_eq!(page.text_of(".said"), "Only our staff assess your application from now on.");
    assert!(page.text_of("main").contains("closed since: no assessor can read it any more"));
    assert_eq!(page.texts_of(".history .status").last().unwrap(), "Closed to assessors");
    assert!(!with.browser.visit(&correcting).await.expect(200).text_of("main").contains(told));
    let database = &mut Database::open(&app.settings.database);
    assert_eq!(database.texts("SELECT state AS value FROM packets"), ["closed"]);
    let page = prepare(&officer, &with).await;
    assert!(page.text_of(".inset").contains("has not agreed"));
    // Nobody outside assesses events.
    let event = app.apply_in(EVENT, &person(4).email, &person(4).event()).await;
    let page = prepare(&officer, &event).await;
    assert!(page.text_of(".inset").contains("Nobody outside assesses"));
    officer.visit(&format!("/staff/rounds/{EVENT}/packets")).await.expect(404);
    app.stop().await;
}

#[actix_web::test]
async fn a_round_is_looked_through_and_those_with_nothing_found_are_released_together() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let (mut expected, mut all) = ((0, 0), Vec::new());
    for nth in 0..8 {
        let person = person(nth);
        all.push(app.apply(&person).await);
        if person.leaks.is_empty() { expected.0 += 1 } else { expected.1 += 1 }
    }
    assert!(expected.0 > 0 && expected.1 > 0, "{expected:?}");
    let round = format!("/staff/rounds/{PROJECT}/packets");
    let page = officer.visit(&round).await.expect(200);
    assert!(page.text_of("form.inset").contains("8 applications have not been looked through"));
    let page =
        officer.submit_and_follow(&page, "form.inset", &[("action", "look")]).await.expect(200);
    assert_eq!(page.text_of(".said"), "8 applications were looked through.");
    let to_look = officer.visit(&format!("{round}?stage=to_look")).await.expect(200);
    let clear = officer.visit(&format!("{round}?stage=clear")).await.expect(200);
    let (clear_rows, look_rows) =
        (clear.texts_of("tbody th").len(), to_look.texts_of("tbody th").len());
    assert_eq!(clear_rows + look_rows, 8);
    assert!(look_rows >= expected.1, "each of those that give somebody away: {look_rows}");
    // One that waits to be looked at is not released with the others, whoever sends its id.
    let other = to_look.attributes("tbody th a", "href").swap_remove(0);
    let other = other.split('/').nth(3).unwrap().to_owned();
    let token = clear.attributes("[name=token]", "value").swap_remove(0);
    let fields =
        [("token", token.as_str()), ("action", "release"), ("application", other.as_str())];
    let page = officer.post(&round, &fields).await;
    let page = officer.follow(page).await.expect(200);
    assert_eq!(page.text_of(".said"), "0 packets were released.");
    let page = officer
        .submit_and_follow(&clear, "main form:not(.inset)", &[("action", "release")])
        .await
        .expect(200);
    assert!(
        page.text_of(".said").starts_with(&clear_rows.to_string()),
        "{}",
        page.text_of(".said")
    );
    let database = &mut Database::open(&app.settings.database);
    assert_eq!(database.count("packets"), i64::try_from(clear_rows).unwrap());

    // A later change makes it stale, and visibly so.
    app.clock.advance(60);
    for applied in &all {
        let page =
            applied.browser.visit(&format!("/applications/{}", applied.id)).await.expect(200);
        let page =
            applied.browser.click(&page, "Correct something about yourself").await.expect(200);
        let wrong = [("name", " "), ("location", "Elsewhere")];
        let page = applied.browser.submit(&page, FORM, &wrong).await.expect(422);
        assert_eq!(page.attributes("[name=location]", "value"), ["Elsewhere"], "nothing is lost");
        let right = [("name", "Somebody Renamed"), ("github_username", "renamed-one")];
        let page = applied.browser.submit_and_follow(&page, FORM, &right).await.expect(200);
        assert_eq!(page.text_of(".said"), "Your corrections are saved.");
        assert!(page.text_of("main").contains("Somebody Renamed"));
    }
    // They are found by the new name, and their time has not moved.
    let page = officer.visit("/staff/applications").await.expect(200);
    let search = "form:has([name=github_username])";
    let page =
        officer.submit(&page, search, &[("github_username", "renamed-one")]).await.expect(200);
    assert_eq!(page.texts_of("tbody th").len(), 8);
    let until = "SELECT DISTINCT CAST(keep_until AS TEXT) AS value FROM dossiers WHERE kind = 'application'";
    assert_eq!(database.texts(until), ["2030-03-02"]);
    let page = officer.visit(&format!("{round}?stage=stale")).await.expect(200);
    assert_eq!(page.texts_of("tbody th").len(), clear_rows);
    let one = page.attributes("tbody th a", "href").swap_remove(0);
    let page = officer.visit(&one).await.expect(200);
    assert!(page.text_of(".inset").contains("was changed after this packet was released"));
    officer.visit(&format!("{round}?stage=nonsense")).await.expect(404);
    officer.visit("/staff/rounds/nothing/packets").await.expect(404);
    app.stop().await;
}

#[actix_web::test]
async fn two_officers_at_once_release_one_packet() {
    let app = TestApp::start().await;
    let officer = Rc::new(app.officer().await);
    let applied = app.apply(&person(5)).await;
    let page = prepare(&officer, &applied).await;
    let pressed = crate::support::journey::together(0..8, 8, |_| {
        let (officer, page) = (Rc::clone(&officer), page.clone());
        async move { officer.submit(&page, RELEASE, &[("action", "release")]).await.status }
    })
    .await;
    assert!(pressed.iter().all(|status| [303, 409].contains(status)), "{pressed:?}");
    let database = &mut Database::open(&app.settings.database);
    assert_eq!(database.count("packets"), 1);
    assert_eq!(database.number("SELECT COUNT(*) AS value FROM dossiers WHERE kind = 'packet'"), 1);
    let released = pressed.iter().filter(|status| **status == 303).count();
    assert_eq!(
        database.number("SELECT version AS value FROM packets"),
        i64::try_from(released).unwrap()
    );
    app.stop().await;
}
