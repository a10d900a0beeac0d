//! Nothing that an assessor types is lost: not by a question, and not by another window.

use almoner::domain::assignment::State;

use crate::assess::{Stage, address};
use crate::assess_scores::{COMPLETE, SCORES, ask, hand_in};
use crate::support::html::Page;

fn typed(page: &Page, name: &str) -> String {
    page.form(SCORES).value(name).unwrap_or_default().to_owned()
}

#[actix_web::test]
async fn a_question_keeps_the_scores_that_were_typed_and_scores_keep_the_question() {
    let stage = Stage::set().await;
    let id = stage.readable().await;
    let browser = stage.first();
    let page = browser.visit(&address(&id)).await.expect(200);
    let both = [
        ("points.4", "3"),
        ("comment.6", "So far."),
        ("question", "In two parts?"),
        ("action", "ask"),
    ];
    let page = browser.submit_and_follow(&page, SCORES, &both).await.expect(200);
    assert!(page.text_of(".said").starts_with("Your question is sent"));
    let page = browser.visit(&page.url).await.expect(200);
    assert_eq!(
        (typed(&page, "points.4"), typed(&page, "comment.6")),
        ("3".into(), "So far.".into())
    );
    assert_eq!(typed(&page, "question"), "");
    assert_eq!(stage.assessment.assignment(&id).state(), State::Accepted);

    // Neither is lost where one of them can't be kept.
    let wrong = [
        ("points.4", "1"),
        ("comment.5", "ask jo@mail.example"),
        ("question", " "),
        ("action", "ask"),
    ];
    let page = browser.submit(&page, SCORES, &wrong).await.expect(422);
    assert_eq!(page.errors().len(), 2, "{:?}", page.errors());
    assert_eq!(typed(&page, "comment.5"), "ask jo@mail.example");
    let sent = [("question", "And when?"), ("action", "ask")];
    let page = browser.submit(&page, SCORES, &sent).await.expect(422);
    assert!(page.text_of(".said").starts_with("Your question is sent"));
    assert_eq!((page.errors().len(), typed(&page, "question")), (1, String::new()));
    assert_eq!(typed(&page, "comment.5"), "ask jo@mail.example");
    let home = browser.visit(&address(&id)).await.expect(200);
    assert_eq!(typed(&home, "points.4"), "1", "what can be kept is kept");

    // A question that was typed and not sent stays, and nothing is handed in over it.
    let saved = [("comment.5", ""), ("question", "Half a question"), ("action", "save")];
    let page = browser.submit(&page, SCORES, &saved).await.expect(200);
    assert!(page.text_of(".said").starts_with("Your draft is saved"));
    assert_eq!(typed(&page, "question"), "Half a question");
    let mut all = COMPLETE.to_vec();
    let page = browser.submit(&page, SCORES, &all).await.expect(422);
    assert_eq!(
        page.errors(),
        ["Send your question, or empty its field: it is not sent with your scores"]
    );
    assert_eq!(stage.assessment.assignment(&id).state(), State::Accepted);
    all.push(("question", ""));
    browser.submit(&page, SCORES, &all).await.expect(303);
    assert_eq!(stage.assessment.assignment(&id).state(), State::Submitted);

    // What is handed in is not changed by a question, and what was typed over it stays on the page.
    let page = browser.visit(&address(&id)).await.expect(200);
    let over = [("points.4", "0"), ("question", "One more?"), ("action", "ask")];
    let page = browser.submit(&page, SCORES, &over).await.expect(200);
    assert!(
        page.text_of(".said").contains("What you changed in your scores is not handed in yet.")
    );
    assert_eq!(typed(&page, "points.4"), "0");
    let page = browser.visit(&address(&id)).await.expect(200);
    assert_eq!(typed(&page, "points.4"), "2");
    ask(browser, &page, "And the last?").await.expect(200);
    let wrong = [("points.4", "0"), ("question", "Unsent")];
    let page = browser.submit(&page, SCORES, &wrong).await.expect(422);
    assert_eq!((page.errors().len(), typed(&page, "points.4")), (1, "0".to_owned()));
    assert_eq!(stage.audited("question.asked").len(), 4);
    assert_eq!(stage.audited("scores.handed_in").len(), 1);
    stage.app.stop().await;
}

#[actix_web::test]
async fn an_older_window_does_not_replace_newer_scores_unseen() {
    let stage = Stage::set().await;
    let id = stage.readable().await;
    let browser = stage.first();
    let (one, two) =
        (browser.visit(&address(&id)).await, browser.visit(&address(&id)).await.expect(200));
    let newer = [("points.6", "5"), ("comment.6", "Newer words."), ("action", "save")];
    browser.submit(&one, SCORES, &newer).await.expect(303);
    let older =
        [("points.6", "1"), ("comment.6", "Older words."), ("points.3", "1"), ("action", "save")];
    let both = browser.submit(&two, SCORES, &older).await.expect(422);
    assert_eq!(
        both.errors(),
        [
            "In another window other points were saved for “Gain for the community” meanwhile. Look at both, then press again",
            "In another window another comment was saved for “Gain for the community” meanwhile. Look at both, then press again",
        ]
    );
    assert!(both.text_of(".criterion .inset").contains("5 of 5, and this comment: Newer words."));
    assert_eq!(typed(&both, "comment.6"), "Older words.");
    let page = browser.visit(&address(&id)).await.expect(200);
    assert_eq!((typed(&page, "points.6"), typed(&page, "points.3")), ("5".into(), String::new()));
    // Nor is it handed in, or kept with a question, unseen.
    let mut all = COMPLETE.to_vec();
    all.push(("action", "hand-in"));
    assert!(browser.submit(&two, SCORES, &all).await.expect(422).errors().len() > 1);
    let asked = [("points.6", "1"), ("question", "Why?"), ("action", "ask")];
    let page = browser.submit(&two, SCORES, &asked).await.expect(422);
    assert!(page.text_of(".said").starts_with("Your question is sent"));
    assert_eq!(stage.audited("scores.handed_in").len(), 0);
    // Who has seen both chooses.
    browser.submit(&both, SCORES, &[("action", "save")]).await.expect(303);
    let page = browser.visit(&address(&id)).await.expect(200);
    assert_eq!(
        (typed(&page, "points.6"), typed(&page, "comment.6")),
        ("1".into(), "Older words.".into())
    );
    // Where both say the same nothing is asked.
    browser.submit(&both, SCORES, &[("action", "save")]).await.expect(303);
    hand_in(browser, &id, &COMPLETE).await.expect(200);
    stage.app.stop().await;
}
