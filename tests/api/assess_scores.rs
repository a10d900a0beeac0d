//! What assessors give to packets: drafts, scores, comments, questions, and what they see of others.

use almoner::domain::assignment::{Comments, State};
use almoner::domain::id::Id;

use crate::assess::{Stage, address, token, undertake};
use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::github::GitHub;
use crate::support::html::Page;
use crate::support::journey::{FORM, person};
use crate::support::packets::day;

/// The form for scores, which takes a question, too.
pub const SCORES: &str = "form.scores";

/// Points for every criterion, and the one comment that is required.
pub const COMPLETE: [(&str, &str); 5] = [
    ("points.3", "1"),
    ("points.4", "2"),
    ("points.5", "2"),
    ("points.6", "4"),
    ("comment.6", "Many will rely on it."),
];

pub async fn hand_in(browser: &Client, id: &Id, values: &[(&str, &str)]) -> Page {
    let page = browser.visit(&address(id)).await.expect(200);
    browser.submit_and_follow(&page, SCORES, values).await
}

async fn save(browser: &Client, id: &Id, values: &[(&str, &str)]) -> Page {
    let page = browser.visit(&address(id)).await.expect(200);
    let mut values = values.to_vec();
    values.push(("action", "save"));
    browser.submit_and_follow(&page, SCORES, &values).await
}

/// Puts a question to staff.
pub async fn ask(browser: &Client, page: &Page, question: &str) -> Page {
    browser.submit_and_follow(page, SCORES, &[("question", question), ("action", "ask")]).await
}

fn kept(page: &Page, name: &str) -> String {
    page.form(SCORES).value(name).unwrap_or_default().to_owned()
}

/// The sealed values of a table, whatever they hold.
fn scores(stage: &Stage) -> i64 {
    Database::open(&stage.app.settings.database).count("scores")
}

#[actix_web::test]
async fn a_draft_is_kept_and_handed_in_when_it_is_complete_and_can_be_changed() {
    let stage = Stage::set().await;
    let id = stage.readable().await;
    let browser = stage.first();
    let page = save(browser, &id, &[("points.4", "3"), ("comment.5", "Steady.")]).await.expect(200);
    assert!(page.text_of(".said").starts_with("Your draft is saved"));
    assert_eq!((kept(&page, "points.4"), kept(&page, "comment.5")), ("3".into(), "Steady.".into()));
    assert_eq!(page.form(SCORES).value("points.3"), None);
    let home = browser.visit("/assess").await.expect(200);
    assert_eq!(home.text_of("tbody .status"), "Draft");
    assert_eq!(stage.assessment.assignment(&id).state(), State::Accepted);

    let page = hand_in(browser, &id, &[("comment.3", "Half of it")]).await.expect(422);
    assert_eq!(
        page.errors(),
        [
            "Give points for “Active in the community”",
            "Give points for “Has the skills for this work”",
            "Give points for “Gain for the community”",
            "Say in a comment why you give these points for “Gain for the community”",
        ]
    );
    assert_eq!(page.attributes(".error-summary a", "href")[3], "#comment-6");
    assert_eq!(
        page.text_of("#comment-6-error"),
        "Error: Say in a comment why you give these points for “Gain for the community”"
    );
    // What was there and what was typed are both kept, incomplete as it is.
    assert_eq!(
        (kept(&page, "points.4"), kept(&page, "comment.3")),
        ("3".into(), "Half of it".into())
    );
    let page = browser.visit(&address(&id)).await.expect(200);
    assert_eq!(kept(&page, "comment.3"), "Half of it");
    assert_eq!(stage.audited("scores.handed_in"), Vec::<String>::new());

    let home = hand_in(browser, &id, &COMPLETE).await.expect(200);
    assert!(home.text_of(".said").starts_with("Your scores are handed in"));
    assert_eq!(home.text_of("tbody .status"), "Handed in");
    let row = stage.assessment.assignment(&id);
    assert_eq!((row.state(), row.scored_version), (State::Submitted, Some(1)));
    assert_eq!(row.comments(), Comments::Waiting);
    assert_eq!(stage.audited("scores.handed_in"), [format!("assessor {id}")]);
    assert_eq!(scores(&stage), 4);

    // Until scoring closes it can be changed, whole or not at all; a draft does not take its place.
    let page = browser.visit(&address(&id)).await.expect(200);
    assert!(page.text_of(".standing").contains("until the end of 31 March 2027"));
    assert!(!page.has("button[value=save]"));
    let wrong = browser.submit(&page, SCORES, &[("points.4", "1"), ("comment.6", "")]).await;
    assert_eq!(wrong.expect(422).errors().len(), 1);
    let token = token(browser).await;
    let draft = [("points.4", "0"), ("action", "save"), ("version", "1"), ("token", &token)];
    let refused = browser.post(&address(&id), &draft).await.expect(422);
    assert!(refused.errors()[0].starts_with("You have handed in these scores already"));
    assert_eq!(kept(&refused, "points.4"), "0", "what was typed is not lost");
    let page = browser.visit(&address(&id)).await.expect(200);
    assert_eq!(kept(&page, "points.4"), "2");
    hand_in(browser, &id, &[("points.4", "1")]).await.expect(200);
    let page = browser.visit(&address(&id)).await.expect(200);
    assert_eq!(kept(&page, "points.4"), "1");
    assert_eq!(scores(&stage), 4);

    let mut stage = stage;
    stage.assessment.change(|plan| plan.closes_on = day("2027-03-02"));
    hand_in(stage.first(), &id, &[("points.4", "2")]).await.expect(200);
    stage.assessment.change(|plan| plan.closes_on = day("2027-03-01"));
    let page = stage.first().visit(&address(&id)).await.expect(200);
    assert!(page.text_of("section[aria-labelledby=scores]").contains("2 of 3"));
    stage.app.stop().await;
}

#[actix_web::test]
async fn what_can_not_be_kept_is_said_and_shown_and_the_rest_is_kept() {
    let stage = Stage::set().await;
    let id = stage.readable().await;
    let browser = stage.first();
    save(browser, &id, &[("points.6", "3"), ("comment.6", "Kept before.")]).await.expect(200);
    let token = token(browser).await;
    let long = "x".repeat(4001);
    let typed = [
        ("points.3", "2"),
        ("points.4", "two"),
        ("points.6", ""),
        ("comment.3", "Fine."),
        ("comment.4", long.as_str()),
        ("comment.6", "Ask jo@mail.example, or see https://jo.example/work"),
        ("action", "save"),
        ("version", "1"),
        ("token", token.as_str()),
    ];
    let page = browser.post(&address(&id), &typed).await.expect(422);
    assert_eq!(
        page.errors(),
        [
            "Points for “Active in the community” must be a whole number from 0 to 1",
            "Points for “Knows the language” must be a whole number from 0 to 3",
            "The comment on “Knows the language” must be 4000 characters or fewer; it has 4001",
            "The comment on “Gain for the community” has what looks like a link or a handle and an e-mail address in it. \
             Take it out: comments must lead to nobody",
        ]
    );
    assert_eq!(kept(&page, "comment.6"), typed[5].1, "what was typed is not lost");
    assert_eq!(kept(&page, "comment.4"), long);
    let page = browser.visit(&address(&id)).await.expect(200);
    assert_eq!(kept(&page, "comment.3"), "Fine.");
    assert_eq!(kept(&page, "comment.6"), "Kept before.");
    assert_eq!((kept(&page, "comment.4"), kept(&page, "points.6")), (String::new(), String::new()));
    // A field that the form does not have; among them points for what staff score.
    for name in ["points.0", "points.7", "points.03", "comment.x", "points.", "score"] {
        let fields = [(name, "1"), ("version", "1"), ("token", token.as_str())];
        browser.post(&address(&id), &fields).await.expect(400);
    }
    browser.post(&address(&id), &[("points.3", "1"), ("version", "1")]).await.expect(403);
    let page = browser.visit(&address(&id)).await.expect(200);
    assert_eq!(page.form(SCORES).value("points.3"), None);
    stage.app.stop().await;
}

#[actix_web::test]
async fn a_comment_is_kept_byte_for_byte_and_no_answer_tells_who_it_names() {
    let stage = Stage::set().await;
    let id = stage.readable().await;
    let browser = stage.first();
    let odd =
        "z\u{200b}w \u{202e}rtl\u{202c} שלום 👩‍💻 e\u{301} ﬁ\u{feff}\n\n  <b>&amp;\u{2028}\ttab ";
    let page = save(browser, &id, &[("comment.4", odd)]).await.expect(200);
    assert_eq!(page.exact_text_of("#comment-4"), format!("\n{odd}").trim_start_matches('\n'));
    // The applicant's own name and a stranger's: the same answer, byte for byte but for the comment itself.
    let (own, stranger) = (person(1).name, "Zebedee Quill".to_owned());
    let mut answers = Vec::new();
    for name in [&own, &stranger] {
        let comment = format!("{name} does this well.");
        let mut values = COMPLETE.to_vec();
        values.push(("comment.6", &comment));
        let page = browser.visit(&address(&id)).await.expect(200);
        let sent = browser.submit(&page, SCORES, &values).await.expect(303);
        assert_eq!(stage.assessment.assignment(&id).comments(), Comments::Waiting);
        let mut headers: Vec<String> = sent
            .headers
            .iter()
            .filter(|(name, _)| *name != "date")
            .map(|line| format!("{line:?}"))
            .collect();
        headers.sort();
        let shown = browser.visit(&address(&id)).await.expect(200);
        // Which scores they are is told by random letters, that of a form by others.
        let shown = shown.html.replace(&kept(&shown, "seen"), "SEEN");
        answers.push((headers, sent.html, shown.replace(name.as_str(), "NAME")));
    }
    assert_eq!(answers[0], answers[1]);
    stage.app.stop().await;
}

#[actix_web::test]
async fn comments_that_staff_return_and_packets_released_anew_are_asked_about_again() {
    let stage = Stage::set().await;
    let id = stage.readable().await;
    let browser = stage.first();
    hand_in(browser, &id, &COMPLETE).await.expect(200);
    stage.assessment.set_comments(&id, Comments::Returned);
    stage.assessment.move_to(&id, State::Accepted);
    let home = browser.visit("/assess").await.expect(200);
    assert_eq!(home.text_of("tbody .status"), "Comments to be changed");
    let page = browser.visit(&address(&id)).await.expect(200);
    assert!(
        page.text_of(".inset")
            .starts_with("Staff ask you to look at your comments again: they must name nobody")
    );
    assert_eq!(kept(&page, "comment.6"), "Many will rely on it.");
    hand_in(browser, &id, &[("comment.6", "Many will.")]).await.expect(200);
    assert_eq!(stage.assessment.assignment(&id).comments(), Comments::Waiting);

    // Somebody had the old packet open while staff released it anew.
    let before = browser.visit(&address(&id)).await.expect(200);
    stage.assessment.release_again(&stage.packets[0], "wren-codes");
    let home = browser.visit("/assess").await.expect(200);
    assert_eq!(home.text_of("tbody .status"), "The packet changed since you scored");
    let stale = browser.submit(&before, SCORES, &[("points.4", "3")]).await.expect(422);
    assert!(stale.errors()[0].starts_with("The packet was released anew while you scored it"));
    assert!(stale.html.contains("and on borrowing"), "the new packet stands beside");
    assert_eq!(kept(&stale, "points.4"), "3");
    assert_eq!(stage.assessment.assignment(&id).scored_version, Some(1));
    browser.submit_and_follow(&stale, SCORES, &[]).await.expect(200);
    let row = stage.assessment.assignment(&id);
    assert_eq!((row.scored_version, row.state()), (Some(2), State::Submitted));
    let page = browser.visit(&address(&id)).await.expect(200);
    assert!(!page.html.contains("The packet changed since you scored"));
    stage.app.stop().await;
}

#[actix_web::test]
async fn many_points_are_typed_and_no_comment_is_nothing_to_look_through() {
    let stage = Stage::set().await;
    let id = stage.readable().await;
    let mut database = Database::open(&stage.app.settings.database);
    database.run(
        "UPDATE assessment_plans SET criteria = \
         REPLACE(REPLACE(criteria, '\"comment_required\":true', '\"comment_required\":false'), \
                 '\"points\":5', '\"points\":25')",
    );
    let browser = stage.first();
    let page = browser.visit(&address(&id)).await.expect(200);
    assert_eq!(page.attributes("#points-6", "type"), ["text"]);
    let over = browser.submit(&page, SCORES, &[("points.6", "26")]).await.expect(422);
    assert!(
        over.errors().iter().any(|error| error.ends_with("from 0 to 25")),
        "{:?}",
        over.errors()
    );
    let mut values = COMPLETE[..3].to_vec();
    values.extend([("points.6", "25"), ("comment.6", " \u{200b}")]);
    hand_in(browser, &id, &values).await.expect(200);
    assert_eq!(stage.assessment.assignment(&id).comments(), Comments::Clear);
    stage.app.stop().await;
}

#[actix_web::test]
async fn questions_go_to_staff_and_answers_come_back_to_the_packet() {
    let mut stage = Stage::set().await;
    let id = stage.readable().await;
    let browser = stage.first();
    let mails = stage.app.mails().await.len();
    let page = browser.visit(&address(&id)).await.expect(200);
    let wrong = ask(browser, &page, " ").await.expect(422);
    assert_eq!(wrong.errors(), ["Type your question"]);
    let long = "?".repeat(2001);
    let wrong = ask(browser, &page, &long).await.expect(422);
    assert_eq!(wrong.form(SCORES).value("question"), Some(long.as_str()), "it is not lost");
    let asked = "May it be paid in two parts?\n– so that half can begin";
    let page = ask(browser, &page, asked).await.expect(200);
    assert!(page.text_of(".said").starts_with("Your question is sent"));
    assert_eq!(page.exact_text_of(".cards .answer"), asked);
    assert!(page.text_of(".cards").ends_with("Not answered yet."));
    stage.assessment.answer_question(&stage.packets[0], "Yes, it may.");
    let browser = stage.first();
    let page = browser.visit(&address(&id)).await.expect(200);
    assert!(page.text_of(".cards").contains("Staff answered on 2 March 2027 Yes, it may."));
    for _ in 1..10 {
        ask(browser, &page, "And?").await.expect(200);
    }
    let over = ask(browser, &page, "And now?").await.expect(422);
    assert_eq!(over.errors(), ["You can ask 10 questions about one packet at most"]);
    let page = browser.visit(&address(&id)).await.expect(200);
    assert!(!page.has("#question") && page.text_of("main").contains("as many questions"));
    assert_eq!(stage.audited("question.asked").len(), 10);
    assert_eq!(stage.app.mails().await.len(), mails, "nobody is mailed");
    // Nobody else sees them.
    let own = stage.assign(0, 1, State::Accepted);
    let other = &stage.assessors[1].0;
    undertake(other, &own).await.expect(200);
    assert!(!other.visit(&address(&own)).await.expect(200).html.contains("paid in two parts"));
    stage.app.stop().await;
}

#[actix_web::test]
async fn others_scores_are_seen_after_one_s_own_where_the_round_says_so() {
    let mut stage = Stage::set().await;
    let id = stage.readable().await;
    let theirs = stage.assign(0, 1, State::Accepted);
    undertake(&stage.assessors[1].0, &theirs).await.expect(200);
    let others = format!("{}/others", address(&id));
    let mut values = COMPLETE.to_vec();
    values.extend([("points.6", "5"), ("comment.6", "The best that I have read.")]);
    hand_in(&stage.assessors[1].0, &theirs, &values).await.expect(200);
    hand_in(stage.first(), &id, &COMPLETE).await.expect(200);
    stage.first().get(&others).await.expect(404);
    stage.assessment.change(|plan| plan.show_others = true);
    let page = stage.first().visit(&address(&id)).await.expect(200);
    let page = stage.first().click(&page, "What others gave").await.expect(200);
    assert!(page.text_of("main").contains("Nothing to see yet"), "nobody looked through it");
    assert!(!page.html.contains("best that I have read"));
    stage.assessment.set_comments(&theirs, Comments::Clear);
    let page = stage.first().visit(&others).await.expect(200);
    assert_eq!(page.texts_of("h2"), ["Another assessor"]);
    assert!(
        page.text_of("main").contains("Gain for the community 5 of 5 The best that I have read.")
    );
    assert!(!page.html.contains(theirs.as_str()) && !page.html.contains("Many will rely on it."));
    assert_eq!(stage.audited("scores.shown").len(), 2);
    stage.assessment.set_comments(&theirs, Comments::Found);
    assert!(!stage.first().visit(&others).await.expect(200).html.contains("best that I have read"));
    // Not before one's own are in, nor those that are not.
    stage.assessment.set_comments(&theirs, Comments::Clear);
    stage.assessment.move_to(&id, State::Accepted);
    stage.first().get(&others).await.expect(404);
    stage.assessment.move_to(&id, State::Submitted);
    stage.assessment.move_to(&theirs, State::Ended);
    assert!(!stage.first().visit(&others).await.expect(200).has("main section"));
    stage.app.stop().await;
}

#[actix_web::test]
async fn whoever_was_signed_out_over_it_gets_their_comments_back() {
    let stage = Stage::set().await;
    let id = stage.readable().await;
    let browser = stage.first();
    let page = browser.visit(&address(&id)).await.expect(200);
    stage.app.clock.advance(2 * 3600);
    let given_back = browser.submit(&page, SCORES, &COMPLETE).await.expect(403);
    assert_eq!(given_back.exact_texts_of("textarea"), ["Many will rely on it."]);
    assert!(!given_back.html.contains("wren-codes"));
    assert_eq!(scores(&stage), 0);
    let given_back = ask(browser, &page, "May it be paid in two parts?").await.expect(403);
    assert_eq!(given_back.exact_texts_of("textarea"), ["May it be paid in two parts?"]);
    stage.app.stop().await;
}

#[actix_web::test]
async fn nobody_assesses_themself() {
    let github = GitHub::start().await;
    let app = TestApp::start_with(|settings| github.set_up(settings)).await;
    let stage = Stage::set_in(app).await;
    let browser = stage.first();
    // GitHub does not tell capital letters apart.
    github.sign_in(99, "quokka-9");
    let page = browser.visit("/assess/account/github").await.expect(200);
    github.through(browser, &page, FORM).await.expect(200);
    let (own, another) = (stage.offer(1, 0), stage.offer(0, 0));
    let page = undertake(browser, &another).await.expect(200);
    assert_eq!(page.texts_of("fieldset legend"), ["wren-codes"]);
    assert_eq!(stage.assessment.assignment(&own).state(), State::Conflict);
    browser.visit(&address(&own)).await.expect(404);
    assert_eq!(stage.audited("assignment.conflict"), [format!("assessor {own}")]);
    // Also where the address is the first that is asked for, and scores were given before.
    stage.assessment.move_to(&own, State::Submitted);
    browser.visit(&address(&own)).await.expect(404);
    assert_eq!(stage.assessment.assignment(&own).state(), State::Conflict);
    assert!(!browser.visit("/assess").await.expect(200).html.contains("Quokka-9"));
    stage.app.stop().await;
    github.stop().await;
}
