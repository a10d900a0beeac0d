//! The first steps: age, consent, address. Nothing is stored of somebody who does not get through them.

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::html::Page;
use crate::support::journey::{EVENT, FORM, HARDSHIP, PROJECT, agree};

async fn say_age(browser: &Client, round: &str, age: &str) -> Page {
    let page = browser.visit(&format!("/rounds/{round}/apply")).await.expect(200);
    browser.submit_and_follow(&page, FORM, &[("age", age)]).await
}

// proves S31
#[actix_web::test]
async fn somebody_too_young_is_told_why_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let browser = app.browser();
    browser.get("/").await.expect(200);
    app.run_jobs().await;
    let mut database = Database::open(&app.settings.database);
    // The access log has a basis of its own, and holds nothing of what is typed.
    let stored = |database: &mut Database| {
        let counts = database.counts().into_iter();
        counts.filter(|(table, _)| table != "access_log").collect::<Vec<_>>()
    };
    let before = stored(&mut database);
    for round in [PROJECT, EVENT, HARDSHIP] {
        let page = say_age(&browser, round, "under_sixteen").await.expect(200);
        assert_eq!(page.text_of("h1"), "You can’t apply by yourself yet");
        let text = page.text_of("main");
        assert!(text.contains("parent or guardian") && text.contains("Nothing that you told us"));
        assert!(page.html.contains("mailto:"), "how a guardian gets in touch");
        assert!(!page.has(FORM), "there is no way on");
    }
    let page = say_age(&browser, PROJECT, "sixteen_or_seventeen").await.expect(200);
    assert_eq!(page.text_of("h1"), "You can’t apply in this round");
    assert!(page.text_of("main").contains("at least 18 years old on the day of the award"));
    assert_eq!(stored(&mut database), before, "nothing is stored");
    assert_eq!(app.mails().await.len(), 0);
    // Programmes without an age of their own take people of sixteen; this one takes who is 18 on the day of the award.
    for (round, age) in [(EVENT, "sixteen_or_seventeen"), (PROJECT, "adult_by_award")] {
        let page = say_age(&browser, round, age).await.expect(200);
        assert_eq!(page.text_of("h1"), "Your consent");
    }
    assert_eq!(stored(&mut database), before);
    app.stop().await;
}

#[actix_web::test]
async fn without_an_age_there_is_no_way_on() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let apply = format!("/rounds/{PROJECT}/apply");
    for (fields, status) in [
        (vec![], 422),
        (vec![("age", "")], 422),
        (vec![("age", "ancient")], 422),
        (vec![("age", "adult"), ("age", "adult")], 400),
        (vec![("years", "30")], 400),
    ] {
        let page = browser.post(&apply, &fields).await.expect(status);
        if status == 422 {
            assert_eq!(page.errors(), ["Choose your age"]);
            assert_eq!(page.text_of("#age-error"), "Error: Choose your age");
            assert!(page.text_of("title").starts_with("Error: "));
        }
    }
    // An age that this programme does not offer.
    browser.post(&format!("/rounds/{EVENT}/apply"), &[("age", "adult_by_award")]).await.expect(422);
    app.stop().await;
}

// proves S35
#[actix_web::test]
async fn nothing_is_stored_before_consent() {
    let app = TestApp::start().await;
    let mut database = Database::open(&app.settings.database);
    let before = database.counts();
    let browser = app.browser();
    let page = say_age(&browser, HARDSHIP, "adult").await.expect(200);
    assert!(!page.html.contains(" checked"), "no box is ticked beforehand");
    let refused = browser.submit(&page, FORM, &[]).await.expect(422);
    assert_eq!(refused.errors().len(), 1, "the other purpose is optional: {:?}", refused.errors());
    let optional = [("consent.outside_assessment", "yes")];
    let refused = browser.submit(&page, FORM, &optional).await.expect(422);
    let ticked = "input[name='consent.outside_assessment'][checked]";
    assert!(refused.has(ticked), "what was ticked stays so");
    assert!(!refused.has("input[name='consent.application'][checked]"));
    // A purpose that nobody asked for.
    let journey = page.form(FORM).value("journey").unwrap().to_owned();
    let unknown = [("journey", journey.as_str()), ("consent.newsletter", "yes")];
    let consent = format!("/rounds/{HARDSHIP}/consent");
    let page = browser.post(&consent, &unknown).await.expect(400);
    assert!(page.text_of("main").contains("“consent.newsletter”"));
    // The page for the address can't be reached around consent, nor with what was signed for another round.
    for (round, journey) in
        [(HARDSHIP, journey.as_str()), (HARDSHIP, "forged"), (HARDSHIP, ""), (EVENT, &journey)]
    {
        let fields = [("journey", journey), ("email", "kim@mail.example")];
        let page = browser.post(&format!("/rounds/{round}/address"), &fields).await.expect(303);
        assert_eq!(page.header("location"), Some(format!("/rounds/{round}/apply").as_str()));
    }
    assert_eq!(database.counts(), before, "nothing is stored before consent");
    assert_eq!(app.mails().await.len(), 0);
    app.stop().await;
}

#[actix_web::test]
async fn an_address_that_is_none_comes_back_as_it_was_typed() {
    let app = TestApp::start().await;
    let mut database = Database::open(&app.settings.database);
    let before = database.count("sign_ins");
    let browser = app.browser();
    let page = agree(&browser, PROJECT).await;
    for wrong in ["", "kim", "kim@", "Kim <kim@mail.example>", "a b@mail.example", "<b>@x.example"]
    {
        let refused = browser.submit(&page, FORM, &[("email", wrong)]).await.expect(422);
        assert_eq!(refused.errors().len(), 1);
        assert!(refused.has("#email-error") && refused.has("#email[aria-invalid=true]"));
        assert_eq!(refused.form(FORM).value("email"), Some(wrong));
    }
    assert_eq!(database.count("sign_ins"), before);
    // What is right after all goes on from the page with the error.
    let refused = browser.submit(&page, FORM, &[("email", "kim")]).await.expect(422);
    let sent = browser.submit_and_follow(&refused, FORM, &[("email", "kim@mail.example")]).await;
    assert_eq!(sent.expect(200).text_of("h1"), "Check your mail");
    app.stop().await;
}

#[actix_web::test]
async fn the_first_steps_may_take_two_hours_and_no_more() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let page = agree(&browser, PROJECT).await;
    app.clock.advance(2 * 3600);
    let late = browser.submit(&page, FORM, &[("email", "kim@mail.example")]).await.expect(303);
    assert_eq!(late.header("location"), Some(format!("/rounds/{PROJECT}/apply").as_str()));
    assert_eq!(app.mails().await.len(), 0);
    app.stop().await;
}
