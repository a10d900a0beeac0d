//! What assessors and staff gave, the results of a round, and what may name the applicant in comments.

use almoner::domain::assignment::{Comments, State};
use almoner::domain::id::Id;

use crate::assess::undertake;
use crate::assess_scores::{SCORES, ask};
use crate::assessors::invite;
use crate::packets::release;
use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::html::Page;
use crate::support::journey::{Applied, FORM, PROJECT, Person, person};
use crate::support::packets::Assessment;

const RESULTS: &str = "/staff/rounds/project-2027/results";

/// A round with applications whose packets were released on the page, and assessors who have come in.
struct Panel {
    app: TestApp,
    officer: Client,
    assessment: Assessment,
    people: Vec<(Person, Applied)>,
    assessors: Vec<(Client, Id)>,
    assigned: Vec<Vec<Id>>,
}

impl Panel {
    /// Everybody assesses everything.
    async fn set(applications: usize, names: &[&str]) -> Self {
        let app = TestApp::start().await;
        let officer = app.officer().await;
        let mut people = Vec::new();
        for nth in 0..applications {
            let person = person(nth);
            let applied = app.apply(&person).await;
            release(&officer, &applied).await;
            people.push((person, applied));
        }
        let mut browsers = Vec::new();
        for name in names {
            let address = format!("{}@elsewhere.example", name.to_lowercase());
            invite(&app, &officer, &address, "2027-09-30").await.expect(200);
            let link = app.mail_to(&address).await.link_to("/assess/welcome/");
            let browser = app.browser();
            let page = browser.visit(&link).await.expect(200);
            browser.submit_and_follow(&page, FORM, &[("name", name)]).await.expect(200);
            browsers.push(browser);
        }
        let mut assessment = Assessment::open(&app);
        let assessors: Vec<_> = browsers.into_iter().zip(assessment.assessors()).collect();
        let mut assigned = Vec::new();
        for (_, applied) in &people {
            let packet = assessment.released(&applied.id);
            assigned.push(
                assessors
                    .iter()
                    .map(|(_, id)| assessment.assign(&packet, id, State::Accepted))
                    .collect::<Vec<_>>(),
            );
        }
        for (at, (browser, _)) in assessors.iter().enumerate() {
            undertake(browser, &assigned[0][at]).await.expect(200);
        }
        Self { app, officer, assessment, people, assessors, assigned }
    }

    /// An assessor hands in points for one application, with a comment on the last criterion.
    async fn score(&self, application: usize, assessor: usize, points: [&str; 4], comment: &str) {
        let browser = &self.assessors[assessor].0;
        let address = format!("/assess/packets/{}", self.assigned[application][assessor]);
        let page = browser.visit(&address).await.expect(200);
        let given = [
            ("points.3", points[0]),
            ("points.4", points[1]),
            ("points.5", points[2]),
            ("points.6", points[3]),
            ("comment.6", comment),
            ("action", "hand-in"),
        ];
        browser.submit_and_follow(&page, FORM, &given).await.expect(200);
        self.app.run_jobs().await;
    }

    fn address(&self, application: usize) -> String {
        format!("/staff/applications/{}/assessment", self.people[application].1.id)
    }

    async fn act(&self, application: usize, fields: &[(&str, &str)]) -> Page {
        let page = self.officer.visit(&self.address(application)).await.expect(200);
        let token = page.attributes("[name=token]", "value").swap_remove(0);
        let mut all = vec![("token", token.as_str())];
        all.extend(fields);
        let page = self.officer.post(&self.address(application), &all).await;
        self.officer.follow(page).await
    }

    /// Which hand-in stands to be settled on the page of an application.
    async fn seen(&self, application: usize) -> String {
        let page = self.officer.visit(&self.address(application)).await.expect(200);
        page.attributes("[name=seen]", "value").swap_remove(0)
    }

    async fn staff_points(&self, application: usize, points: [&str; 3]) -> Page {
        let fields = [
            ("action", "scores"),
            ("points.0", points[0]),
            ("points.1", points[1]),
            ("points.2", points[2]),
        ];
        self.act(application, &fields).await
    }
}

/// The cells of the row of an application, by the head of their column.
fn cell(page: &Page, reference: &str, column: &str) -> String {
    let rows = page.texts_of("tbody tr th[scope=row] .reference");
    let row = rows.iter().position(|own| own == reference).expect("a row of it") + 1;
    page.text_of(&format!(".results tbody tr:nth-child({row}) [data-label='{column}']"))
}

#[actix_web::test]
async fn results_are_exact_ranked_and_say_what_is_missing() {
    let mut panel = Panel::set(3, &["Asa", "Bo", "Cy"]).await;
    let good = "It is worth it.";
    // The first: 11, 10 and 9 of 11; the second: 5 and 6, and Cy is missing; the third: nobody yet.
    panel.score(0, 0, ["1", "3", "2", "5"], good).await;
    panel.score(0, 1, ["1", "3", "2", "4"], good).await;
    panel.score(0, 2, ["1", "3", "2", "3"], good).await;
    panel.score(1, 0, ["0", "1", "1", "3"], good).await;
    panel.score(1, 1, ["1", "1", "1", "3"], good).await;
    let said = panel.staff_points(0, ["2", "0", "1"]).await.expect(200);
    assert_eq!(said.text_of(".said"), "Your points are kept.");
    assert_eq!(said.attributes("[name='points.0']", "value"), ["2"]);
    panel.staff_points(1, ["1", "", ""]).await.expect(200);
    let wrong = panel.staff_points(2, ["3", "x", "-1"]).await.expect(422);
    assert_eq!(wrong.errors().len(), 3, "{:?}", wrong.errors());
    assert_eq!(wrong.attributes("[name='points.1']", "value"), ["x"], "nothing typed is lost");

    let page = panel.officer.visit(RESULTS).await.expect(200);
    let [one, two, three] = [0, 1, 2].map(|nth| panel.people[nth].1.reference.clone());
    assert_eq!(page.texts_of("tbody th .reference"), [one.as_str(), &two, &three]);
    for (reference, column, expected) in [
        (&one, "Place", "1"),
        (&one, "Total", "13.00"),
        (&one, "Passes", "Yes"),
        (&one, "Spread", "1.00 9–11"),
        (&one, "Handed in", "3 of 3"),
        (&one, "Gain for the community", "4.00"),
        (&two, "Place", "(2)"),
        (&two, "Total", "6.50"),
        (&two, "Passes", "open"),
        (&two, "Handed in", "2 of 3"),
        (&two, "Missing", "Cy; 2 of staff"),
        (&three, "Place", "–"),
        (&three, "Missing", "Asa, Bo, Cy; 3 of staff"),
    ] {
        assert_eq!(cell(&page, reference, column), *expected, "{column} of {reference}");
    }
    assert!(cell(&page, &one, "Application").contains(&panel.people[0].0.github_username));
    // Nothing of a person but that.
    assert!(!page.text_of("main").contains(&panel.people[0].0.name));
    assert!(page.has(".plots svg"), "the plots");
    assert!(page.text_of(".plots").contains("Asa"));
    let open = panel.officer.visit(&format!("{RESULTS}?only=open")).await.expect(200);
    assert_eq!(open.texts_of("tbody th .reference"), [two.as_str(), &three]);
    panel.officer.visit(&format!("{RESULTS}?only=x")).await.expect(404);

    // An assignment that is taken back counts no more, and a packet that lacks an assessor is not assessed yet.
    panel.assessment.move_to(&panel.assigned[1][2], State::Ended);
    panel.staff_points(1, ["1", "0", "0"]).await.expect(200);
    panel.assessment.change(|plan| plan.each_packet = 3);
    let page = panel.officer.visit(RESULTS).await.expect(200);
    assert_eq!(cell(&page, &two, "Place"), "(2)");
    assert_eq!(cell(&page, &two, "Missing"), "1 to be assigned");
    panel.assessment.change(|plan| plan.each_packet = 2);
    let page = panel.officer.visit(RESULTS).await.expect(200);
    assert_eq!(cell(&page, &two, "Place"), "2");
    assert_eq!(cell(&page, &two, "Total"), "6.50");
    assert_eq!(cell(&page, &two, "Passes"), "No");

    // Nothing is waited for of a packet that nobody can read any more.
    let third = panel.assigned[2][0].clone();
    let closed = format!(
        "UPDATE packets SET state = 'closed' WHERE id = (SELECT packet_id FROM assignments WHERE id = '{third}')"
    );
    let database = &mut Database::open(&panel.app.settings.database);
    assert!(cell(&page, &three, "Missing").contains("Asa, Bo, Cy"));
    database.run(&closed);
    let page = panel.officer.visit(RESULTS).await.expect(200);
    assert!(!cell(&page, &three, "Missing").contains("Asa"), "{}", cell(&page, &three, "Missing"));
    assert!(!cell(&page, &three, "Missing").contains("assigned"));
    database.run(&closed.replace("closed", "released"));

    // proves R21: a fresh proof, an entry of the audit, and formulas that are none.
    let file = panel.officer.get(&format!("{RESULTS}.csv")).await.expect(200);
    assert!(
        file.header("content-disposition")
            .unwrap()
            .starts_with("attachment; filename=\"results-project-2027-2027-03-02-")
    );
    assert_eq!(file.header("cache-control"), Some("no-store"));
    let lines: Vec<&str> = file.html.split("\r\n").collect();
    assert_eq!(lines.len(), 5, "{lines:?}");
    assert!(lines[0].starts_with("Place,Complete,Application,GitHub username,Total,Passes,"));
    let username = &panel.people[0].0.github_username;
    assert!(
        lines[1].starts_with(&format!("1,yes,{one},{username},13,yes,10,1,9,11,")),
        "{}",
        lines[1]
    );
    panel.officer.get(&format!("{RESULTS}.xlsx")).await.expect(200);
    panel.app.clock.advance(6 * 60);
    let again = panel.officer.get(&format!("{RESULTS}.csv")).await;
    assert_eq!(again.status, 303, "the proof is not fresh any more");
    let exports = "SELECT COUNT(*) AS value FROM audit WHERE detail LIKE '%\"export\":%'";
    assert_eq!(Database::open(&panel.app.settings.database).number(exports), 2);
    panel.app.stop().await;
}

// proves A34
#[actix_web::test]
async fn a_comment_that_names_the_applicant_is_held_back_and_the_assessor_can_try_no_names() {
    let mut panel = Panel::set(1, &["Asa", "Bo"]).await;
    panel.assessment.change(|plan| plan.show_others = true);
    let name = panel.people[0].0.name.clone();
    let (surname, other) = (name.rsplit(' ').next().unwrap().to_owned(), "Okonkwo-Lindqvist");
    assert!(!name.contains(other));
    // What the assessor reads is the same, whether it names the applicant or somebody else.
    let mut answers = Vec::new();
    for word in [other, surname.as_str()] {
        panel.score(0, 0, ["1", "3", "2", "5"], &format!("{word} has done this before.")).await;
        let mine = format!("/assess/packets/{}", panel.assigned[0][0]);
        let page = panel.assessors[0].0.visit(&mine).await.expect(200);
        let token = page.attributes("[name=token]", "value").swap_remove(0);
        let seen = page.form(SCORES).value("seen").unwrap().to_owned();
        let page = page.html.replace(&seen, "SEEN");
        answers.push(page.replace(word, "NAME").replace(&token, "TOKEN"));
    }
    assert_eq!(answers[0], answers[1]);
    let at = |own: &Panel| own.assessment.assignment(&own.assigned[0][0]).comments();
    assert_eq!(at(&panel), Comments::Found);
    // Neither the other assessor nor a total of anything shows it.
    panel.score(0, 1, ["1", "3", "2", "5"], "Fine.").await;
    let others = format!("/assess/packets/{}/others", panel.assigned[0][1]);
    let seen = panel.assessors[1].0.visit(&others).await.expect(200);
    assert!(!seen.html.contains(&surname));
    let results = panel.officer.visit(RESULTS).await.expect(200);
    assert!(results.text_of(".inset").contains("1 assessment may name the applicant"));
    let page = panel.officer.visit(&panel.address(0)).await.expect(200);
    assert!(page.texts_of(".given-by mark").contains(&surname), "{:?}", page.texts_of("mark"));

    // A name that begins in one comment and ends in the next is one as well, and both are marked.
    let cut = surname.char_indices().nth(3).map_or(3, |(at, _)| at);
    assert!(surname.len() >= 7, "{surname}");
    let address = format!("/assess/packets/{}", panel.assigned[0][1]);
    let page = panel.assessors[1].0.visit(&address).await.expect(200);
    let (first, second) = surname.split_at(cut);
    let given = [
        ("comment.5", format!("So said {first}")),
        ("comment.6", format!("{second} of old")),
        ("action", "hand-in".to_owned()),
    ];
    let given: Vec<(&str, &str)> =
        given.iter().map(|(name, value)| (*name, value.as_str())).collect();
    panel.assessors[1].0.submit_and_follow(&page, FORM, &given).await.expect(200);
    panel.app.run_jobs().await;
    assert_eq!(panel.assessment.assignment(&panel.assigned[0][1]).comments(), Comments::Found);
    let page = panel.officer.visit(&panel.address(0)).await.expect(200);
    let marked = page.texts_of(".given-by mark");
    assert!(
        marked.iter().any(|own| own == first) && marked.iter().any(|own| own == second),
        "{marked:?}"
    );
    let theirs = panel.assigned[0][1].to_string();
    let seen = page.attributes("[name=seen]", "value").swap_remove(1);
    panel.act(0, &[("action", &format!("return:{theirs}")), ("seen", &seen)]).await.expect(200);
    panel.score(0, 1, ["1", "3", "2", "5"], "Fine.").await;

    // Other words are asked for, and given.
    let id = panel.assigned[0][0].to_string();
    // What was read is what is settled: not what was handed in since.
    panel.act(0, &[("action", &format!("keep:{id}")), ("seen", "1")]).await.expect(409);
    // Nor do other words clear what is held back: who could try names by that would see which was right.
    panel.score(0, 0, ["1", "3", "2", "5"], "Nobody is named here.").await;
    assert_eq!(at(&panel), Comments::Found);
    let seen = panel.seen(0).await;
    panel.act(0, &[("action", &format!("return:{id}")), ("seen", &seen)]).await.expect(200);
    assert_eq!(at(&panel), Comments::Returned);
    let mine = panel.assessors[0].0.visit(&format!("/assess/packets/{id}")).await.expect(200);
    assert!(mine.text_of(".inset").contains("Staff ask you to look at your comments again"));
    panel.act(0, &[("action", &format!("return:{id}")), ("seen", &seen)]).await.expect(409);
    panel.score(0, 0, ["1", "3", "2", "5"], &format!("Still {surname}, I think.")).await;
    assert_eq!(at(&panel), Comments::Found);
    // Staff strike it out, for good.
    let seen = panel.seen(0).await;
    panel.act(0, &[("action", &format!("strike:{id}")), ("seen", &seen)]).await.expect(200);
    assert_eq!(at(&panel), Comments::Clear);
    let page = panel.officer.visit(&panel.address(0)).await.expect(200);
    let shown = page.text_of(".wide");
    assert!(shown.contains("█████") && !shown.contains("Still"), "{shown}");
    let seen = panel.assessors[1].0.visit(&others).await.expect(200);
    assert!(seen.text_of("main").contains("█████") && !seen.text_of("main").contains("Still"));
    // What is of another packet can't be settled here.
    let elsewhere = format!("keep:{}", "a".repeat(26));
    panel.act(0, &[("action", &elsewhere)]).await.expect(404);
    panel.act(0, &[("action", "forget:me")]).await.expect(422);
    panel.app.stop().await;
}

#[actix_web::test]
async fn assessors_ask_staff_answer_and_staff_discuss_among_themselves() {
    let panel = Panel::set(1, &["Asa"]).await;
    let mine = format!("/assess/packets/{}", panel.assigned[0][0]);
    let page = panel.assessors[0].0.visit(&mine).await.expect(200);
    let asked = "Is the library meant, or the book?";
    ask(&panel.assessors[0].0, &page, asked).await.expect(200);
    let results = panel.officer.visit(RESULTS).await.expect(200);
    assert!(results.text_of(".inset").contains("1 question of an assessor waits for an answer"));
    let page = panel.officer.visit(&panel.address(0)).await.expect(200);
    assert!(page.text_of(".question").contains(asked));
    let action = page.attributes("[name=action][value^='answer:']", "value").swap_remove(0);
    let control = action.replace(':', ".");
    let name = &panel.people[0].0.name;
    let naming = format!("Ask {name} yourself");
    let page = panel.act(0, &[("action", &action), (&control, &naming)]).await.expect(422);
    assert_eq!(page.errors(), [format!("The assessor must not read “{name}”: take it out")]);
    assert!(page.exact_text_of(&format!("[name='{control}']")).contains(&naming), "it is not lost");
    panel.act(0, &[("action", &action), (&control, "The library.")]).await.expect(200);
    panel.act(0, &[("action", &action), (&control, "The book.")]).await.expect(409);
    let page = panel.assessors[0].0.visit(&mine).await.expect(200);
    assert!(page.text_of("main").contains("The library."));

    // proves A25
    let note = "Let us talk on Monday <b>\u{202e}naïve\u{200b}";
    panel.act(0, &[("action", "note"), ("note", "  ")]).await.expect(422);
    panel.act(0, &[("action", "note"), ("note", note)]).await.expect(200);
    let page = panel.officer.visit(&panel.address(0)).await.expect(200);
    assert_eq!(page.exact_text_of(".cards .answer"), note);
    assert!(page.text_of(".cards").contains("Olu Officer"));
    assert!(!panel.assessors[0].0.visit(&mine).await.expect(200).html.contains("Monday"));
    let own = format!("/applications/{}", panel.people[0].1.id);
    assert!(!panel.people[0].1.browser.visit(&own).await.expect(200).html.contains("Monday"));
    assert_eq!(PROJECT, "project-2027");
    panel.app.stop().await;
}
