//! Submission: once, while the round is open, and only by whose application it is.

use std::rc::Rc;

use chrono::{TimeZone, Utc};

use crate::support::app::TestApp;
use crate::support::database::Database;
use crate::support::journey::{
    FORM, PROJECT, agree, ask_to_apply, closely, fill_in, fill_section, id_in, open_link, person,
    shown, submit, together,
};

/// How often an application was submitted, as the database and the mails have it.
async fn submissions(app: &TestApp) -> (i64, i64, usize) {
    let mut database = Database::open(&app.settings.database);
    let moved = "SELECT COUNT(*) AS value FROM status_changes WHERE to_status = 'submitted'";
    let audited = "SELECT COUNT(*) AS value FROM audit WHERE action = 'application.submitted'";
    let mails = app.mails().await;
    let receipts = mails.iter().filter(|mail| mail.text.contains("/applications/")).count();
    (database.number(moved), database.number(audited), receipts)
}

#[actix_web::test]
async fn a_submission_that_is_sent_again_changes_nothing() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let person = person(7);
    let you = app.begin(&browser, PROJECT, &person.email).await;
    let check = fill_in(&browser, you, &person.project(7)).await;
    let receipt = submit(&browser, &check).await;
    app.clock.advance(30);
    let again = submit(&browser, &check).await;
    assert_eq!(again.html, receipt.html, "the same receipt, with the same time");
    assert_eq!(submissions(&app).await, (1, 1, 1));

    let base = format!("/applications/{}", id_in(&receipt.url));
    // What was submitted can't be edited: neither by the page that is still open, nor by opening it anew.
    let section = format!("{base}/form/you");
    let page = browser.visit(&section).await.expect(200);
    assert!(page.url.ends_with(&base) && page.has(".status.submitted"), "{}", page.url);
    let token = check.form(FORM).value("token").unwrap().to_owned();
    let page = browser.post(&section, &[("token", &token), ("name", "Other")]).await.expect(409);
    assert_eq!(page.text_of("h1"), "This application changed meanwhile");
    // Withdrawn is withdrawn.
    let page = browser.visit(&format!("{base}/withdraw")).await.expect(200);
    let page = browser.submit_and_follow(&page, FORM, &[]).await.expect(200);
    assert!(page.has(".status.withdrawn"));
    assert_eq!(shown(&page).get("name"), Some(&person.name));
    browser.submit(&check, FORM, &[]).await.expect(409);
    assert_eq!(submissions(&app).await, (1, 1, 1));
    app.stop().await;
}

#[actix_web::test]
async fn eight_submissions_at_the_same_moment_are_one() {
    let app = TestApp::start().await;
    let browser = Rc::new(app.browser());
    let person = person(8);
    let you = app.begin(&browser, PROJECT, &person.email).await;
    let check = Rc::new(fill_in(&browser, you, &person.project(8)).await);
    let answers = together(0..8, 8, |_| {
        let (browser, check) = (browser.clone(), check.clone());
        async move { browser.submit(&check, FORM, &[]).await }
    })
    .await;
    for answer in answers {
        let answer = answer.expect(303);
        assert!(answer.header("location").unwrap().ends_with("/receipt"));
    }
    assert_eq!(submissions(&app).await, (1, 1, 1));
    let mut database = Database::open(&app.settings.database);
    let tally = "SELECT n AS value FROM tallies WHERE status = 'submitted' AND n > 0";
    assert_eq!(database.number(tally), 1, "and it is counted once");
    app.stop().await;
}

#[actix_web::test]
async fn eight_people_may_be_the_first_to_agree_at_the_same_moment() {
    let app = TestApp::start().await;
    let asking = (0..8).map(|nth| (app.browser(), format!("p{nth}@mail.example")));
    together(asking, 8, |(browser, email)| async move {
        ask_to_apply(&browser, PROJECT, &email).await;
    })
    .await;
    let mut database = Database::open(&app.settings.database);
    assert_eq!((database.count("consents"), database.count("consent_texts")), (8, 1));
    app.stop().await;
}

#[actix_web::test]
async fn eight_saves_at_the_same_moment_lose_nothing_that_was_acknowledged() {
    let app = TestApp::start().await;
    let browser = Rc::new(app.browser());
    let you = Rc::new(app.begin(&browser, PROJECT, "kim@mail.example").await);
    let answers = together(0..8, 8, |nth| {
        let (browser, you) = (browser.clone(), you.clone());
        async move {
            let name = format!("Kim {nth}");
            let typed = [("name", name.as_str()), ("location", &name), ("action", "save")];
            (name.clone(), browser.submit(&you, FORM, &typed).await.status)
        }
    })
    .await;
    let saved: Vec<&String> =
        answers.iter().filter(|(_, status)| *status == 303).map(|(name, _)| name).collect();
    assert!(!saved.is_empty() && answers.iter().all(|(_, status)| [303, 409].contains(status)));
    let form = browser.visit(&you.url).await.expect(200).form(FORM);
    let (name, location) = (form.value("name").unwrap(), form.value("location").unwrap());
    assert_eq!(name, location, "one save is kept whole, not a mixture of two");
    assert!(saved.iter().any(|one| *one == name), "{name} was not acknowledged: {answers:?}");
    app.stop().await;
}

#[actix_web::test]
async fn a_round_that_closes_takes_nothing_more_and_keeps_the_draft() {
    let app = TestApp::start().await;
    let person = person(9);
    app.begin(&app.browser(), PROJECT, &person.email).await;
    // It closes at noon on 28 April 2027, UTC, which is the end of the day before everywhere on Earth.
    let closes = Utc.with_ymd_and_hms(2027, 4, 28, 12, 0, 0).unwrap();
    let left = (closes - TestApp::first_morning()).num_seconds();
    app.clock.advance(left - 60);
    let browser = app.browser();
    let door = browser.visit("/sign-in").await.expect(200);
    browser.submit(&door, FORM, &[("email", &person.email)]).await.expect(303);
    let link = app.mail_to(&person.email).await.link_to("/sign-in/link/");
    let own = open_link(&browser, &link).await;
    let you = browser.click(&own, "Go on with the draft").await.expect(200);
    let check = fill_in(&browser, you.clone(), &person.project(9)).await;
    let consent = agree(&app.browser(), PROJECT).await;
    app.clock.advance(60);

    let refused = browser.submit(&check, FORM, &[]).await.expect(409);
    assert_eq!(refused.text_of("h1"), "This round is not open");
    let text = refused.text_of("main");
    assert!(text.contains("closed on 28 April 2027, 12:00 UTC"), "{text}");
    assert!(text.contains("A draft that you began is kept"), "{text}");
    assert_eq!(submissions(&app).await, (0, 0, 0));

    let base = format!("/applications/{}", id_in(&check.url));
    let again = browser.visit(&check.url).await.expect(200);
    assert!(again.text_of(".inset").contains("This round is closed."), "{}", again.html);
    assert!(!again.has(FORM), "there is no button to press");
    assert_eq!(shown(&again), shown(&check), "nothing is lost");
    let page = browser.visit(&base).await.expect(200);
    assert_eq!(shown(&page), shown(&check));
    // What was typed meanwhile is kept as well.
    let mut late = person.project(9);
    late.insert("name".to_owned(), "Late Name".to_owned());
    fill_section(&browser, &you, &late).await.expect(200);
    assert_eq!(shown(&browser.visit(&base).await).get("name").unwrap(), "Late Name");
    // Nobody else can begin, from wherever they stand.
    let page = app.browser().visit(&format!("/rounds/{PROJECT}")).await.expect(200);
    assert!(page.text_of("main").contains("This round is closed.") && !page.has("a.button"));
    app.browser().visit(&format!("/rounds/{PROJECT}/apply")).await.expect(409);
    app.browser().submit(&consent, FORM, &[("email", "new@mail.example")]).await.expect(409);
    assert!(!app.browser().visit("/").await.html.contains(PROJECT));
    app.stop().await;
}

// proves X: an object of someone else and one that does not exist give the same answer
#[actix_web::test]
async fn somebody_else_s_application_and_none_are_the_same() {
    let app = TestApp::start().await;
    let theirs = app.apply(&person(3)).await;
    let browser = app.browser();
    let you = app.begin(&browser, PROJECT, "kim@mail.example").await;
    let token = you.form(FORM).value("token").unwrap().to_owned();
    let draft = {
        let other = app.browser();
        id_in(&app.begin(&other, PROJECT, "lou@mail.example").await.url)
    };
    let none: String = theirs.id.chars().rev().collect();
    let mut database = Database::open(&app.settings.database);
    let before = database.counts();
    for path in ["", "/form/you", "/form/request", "/check", "/receipt", "/withdraw"] {
        let mut answers = Vec::new();
        for id in [&theirs.id, &draft, &none, &"0".repeat(26), &"nonsense".to_owned()] {
            let address = format!("/applications/{id}{path}");
            answers.push(closely(&browser.get(&address).await.expect(404)));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "GET {path}");
    }
    for (path, fields) in [
        ("/form/you", vec![("token", token.as_str()), ("name", "Mine"), ("action", "save")]),
        ("/check", vec![("token", token.as_str())]),
        ("/withdraw", vec![("token", token.as_str())]),
    ] {
        let mut answers = Vec::new();
        for id in [&theirs.id, &draft, &none, &"nonsense".to_owned()] {
            let address = format!("/applications/{id}{path}");
            answers.push(closely(&browser.post(&address, &fields).await.expect(404)));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "POST {path}");
    }
    assert_eq!(database.counts(), before, "and nothing happened");
    let page = theirs.browser.visit(&format!("/applications/{}", theirs.id)).await.expect(200);
    assert!(page.has(".status.submitted"));
    assert_eq!(shown(&page).get("name"), Some(&person(3).name));
    app.stop().await;
}
