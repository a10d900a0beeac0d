//! What pages tell people about where they are and what became of what they typed.

use crate::support::app::TestApp;
use crate::support::journey::{
    EVENT, FORM, HARDSHIP, PROJECT, Typed, fill_in, fill_section, id_in, people, person, submit,
};

#[actix_web::test]
async fn an_application_leads_back_to_the_list_from_which_it_was_opened() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let applied = app.apply(&person(1)).await;

    let filtered = "/staff/applications?programme=project&sort=oldest";
    let list = officer.visit(filtered).await.expect(200);
    let page = officer.click(&list, &person(1).name).await.expect(200);
    let back = |page: &crate::support::html::Page| page.attributes(".back a", "href");
    assert_eq!(back(&page), [filtered]);
    let moved = officer.submit_and_follow(&page, FORM, &[("to", "in_review")]).await.expect(200);
    assert_eq!(moved.text_of(".said"), "The status is changed.");
    assert_eq!(back(&moved), [filtered], "a change of status keeps the way back");
    let quiet = moved.attributes("button[name=to]", "class");
    assert_eq!(quiet, ["second"], "to put it back is not what one usually wants");
    for strange in ["https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "x=1", "name=Kim", ""] {
        let address = format!("/staff/applications/{}?from={strange}", applied.id);
        let page = officer.visit(&address).await.expect(200);
        assert_eq!(back(&page), ["/staff/applications"], "{strange}");
        let form = page.form("main form[method=post]");
        assert_eq!(form.value("from"), Some(""), "{strange}");
    }

    // An answer to POST can't be gone back to without sending it again, so that what was found stays open.
    let link = "table.list tbody a";
    assert!(list.attributes(link, "target").is_empty());
    let found = officer.submit(&list, FORM, &[("name", &person(1).name)]).await.expect(200);
    assert_eq!(found.attributes(link, "target"), ["_blank"]);
    assert_eq!(found.attributes(link, "aria-describedby"), ["own-tab"]);
    assert!(found.has("#own-tab"));
    let address = found.attributes(link, "href").swap_remove(0);
    assert!(address.ends_with("?from=programme%3Dproject%26sort%3Doldest"), "{address}");
    app.stop().await;
}

#[actix_web::test]
async fn a_list_says_what_was_searched_and_groups_rounds() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    app.apply(&person(1)).await;
    app.apply(&person(2)).await;
    let list = officer.visit("/staff/applications").await.expect(200);
    let programmes = list.texts_of("#programme option");
    assert_eq!(list.attributes("#round optgroup", "label"), programmes[1..]);
    let one = officer.visit("/staff/applications?programme=event").await.expect(200);
    assert_eq!(one.attributes("#round optgroup", "label"), ["Event support"]);

    let found = officer.submit(&one, FORM, &[("name", "x")]).await.expect(200);
    assert_eq!(found.text_of(".found"), "0 found, among the names in 0 applications.");
    assert_eq!(found.texts_of(".clear"), ["Clear the filters", "Clear the search"]);
    let found = officer.submit(&list, FORM, &[("name", &person(2).name)]).await.expect(200);
    assert_eq!(found.text_of(".found"), "1 found, among the names in 2 applications.");
    app.stop().await;
}

#[actix_web::test]
async fn an_application_is_headed_by_its_applicant_and_begins_with_the_answers() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let kim = person(1);
    let applied = app.apply(&kim).await;
    let page = officer.visit(&format!("/staff/applications/{}", applied.id)).await.expect(200);
    assert_eq!(page.text_of("h1"), format!("{} {}", kim.name, applied.reference));
    assert!(!page.text_of("title").contains(&kim.name), "titles stay in histories");
    let headings = page.texts_of("main h2");
    assert_eq!(headings, ["Answers", "Next step", "Assessment", "Applicant", "Record"]);
    let amounts = page.attributes("dd[data-key='answer.amount']", "data-currency");
    assert_eq!(amounts, ["USD"]);
    assert_eq!(page.attributes("dd[data-currency]", "data-key"), ["answer.amount"]);

    let receipt = format!("/applications/{}/receipt", applied.id);
    let receipt = applied.browser.visit(&receipt).await.expect(200);
    assert_eq!(receipt.text_of(".address"), kim.email);
    app.stop().await;
}

#[actix_web::test]
async fn a_page_says_which_answer_is_not_saved_and_why() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let page = app.begin(&browser, HARDSHIP, "kim@mail.example").await;
    let id = id_in(&page.url);
    let request = browser.visit(&format!("/applications/{id}/form/request")).await.expect(200);
    let typed = |pairs: &[(&str, &str)]| -> Typed {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let long = "x".repeat(600);
    let answers = typed(&[("answer.need", "A new roof"), ("answer.title", &long)]);
    let page = fill_section(&browser, &request, &answers).await.expect(422);
    assert_eq!(
        page.texts_of(".unkept li"),
        [
            "“In one line: what has happened?” is not saved until it is corrected.",
            "“What would the money be for?” is not saved unless you tick the box above it."
        ]
    );
    let answers = typed(&[("answer.title", "The roof is gone")]);
    let page = fill_section(&browser, &request, &answers).await.expect(422);
    assert!(!page.has(".unkept"), "what is merely missing is not lost");

    // Somebody signed out gets what was typed back, under the words of the questions.
    browser.forget_cookies();
    let answers = typed(&[("answer.need", "A new roof"), ("answer.work", "A parser")]);
    let page = fill_section(&browser, &request, &answers).await.expect(403);
    assert_eq!(
        page.texts_of("main label"),
        ["What would the money be for?", "What do you maintain or do for the community?"]
    );
    assert_eq!(page.texts_of("main textarea"), ["A new roof", "A parser"]);
    for round in [EVENT, PROJECT, "nothing"] {
        let fields = [("round", round), ("answer.need", "A new roof")];
        let page = browser.post(&request.url, &fields).await.expect(403);
        assert_eq!(page.texts_of("main label"), ["Need"], "{round}");
    }
    app.stop().await;
}

// proves S46, A1, A3
#[actix_web::test]
async fn before_submission_people_are_told_what_in_their_answers_says_who_they_are() {
    let app = TestApp::start().await;
    let told = |page: &crate::support::html::Page| page.texts_of(".gives-away li");
    let with = |leak: &str| {
        people().into_iter().find(|person| person.leaks == [leak]).expect("one of 500 has it")
    };
    let (email, name) = (with("email"), with("name"));
    let quiet = people().into_iter().find(|person| person.leaks.is_empty()).unwrap();
    for (person, phrase) in [(&email, &email.email), (&name, &name.name)] {
        let browser = app.browser();
        let page = app.begin(&browser, PROJECT, &person.email).await;
        let mut check = fill_in(&browser, page, &person.project(0)).await;
        assert!(told(&check).contains(phrase), "{phrase}: {:?}", told(&check));
        assert_eq!(check.texts_of(".gives-away strong"), ["This seems to say who you are:"]);
        // It is a word, and no hindrance. What is changed is looked at anew.
        let change = browser.visit("/applications").await;
        assert_eq!(change.status, 200);
        let id = id_in(&check.url);
        let form = browser.visit(&format!("/applications/{id}/form/request")).await.expect(200);
        let neutral = [("answer.background", "Four years of it."), ("action", "save")];
        browser.submit_and_follow(&form, FORM, &neutral).await.expect(200);
        check = browser.visit(&format!("/applications/{id}/check")).await.expect(200);
        assert_eq!(told(&check), Vec::<String>::new());
        submit(&browser, &check).await;
    }
    let browser = app.browser();
    let page = app.begin(&browser, PROJECT, &quiet.email).await;
    let check = fill_in(&browser, page, &quiet.project(0)).await;
    assert_eq!(told(&check), Vec::<String>::new());
    // Where no assessor sees anything there is nothing to warn of.
    let browser = app.browser();
    let page = app.begin(&browser, EVENT, "lee@mail.example").await;
    let mut typed = Typed::new();
    for (key, value) in [
        ("name", "Lee Example"),
        ("location", "Bern, CH"),
        ("github_username", "lee-x"),
        ("answer.title", "A meeting of Lee Example"),
        ("answer.kind", "Workshop"),
        ("answer.date", "2027-05-14"),
        ("answer.place", "Bern"),
        ("answer.attendees", "40"),
        ("answer.objective", "Write to lee@mail.example."),
        ("answer.inclusion", "By asking."),
        ("answer.amount", "300"),
        ("answer.spend", "Rooms."),
    ] {
        typed.insert(key.to_owned(), value.to_owned());
    }
    let check = fill_in(&browser, page, &typed).await;
    assert_eq!(told(&check), Vec::<String>::new());
    app.stop().await;
}
