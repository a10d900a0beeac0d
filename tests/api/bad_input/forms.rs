//! The form itself: what is wrong is named at the top and beside the field, and what was typed stays.

use reqwest::Method;

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::html::Page;
use crate::support::journey::{
    FORM, HARDSHIP, PROJECT, Typed, fill_in, fill_section, id_in, person, shown,
};

const URLENCODED: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const OWN: (&str, &str) = ("sec-fetch-site", "same-origin");

fn typed(pairs: &[(&str, &str)]) -> Typed {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

async fn send(browser: &Client, page: &Page, body: &[u8]) -> Page {
    browser.raw(Method::POST, &page.url, &[URLENCODED, OWN], body.to_vec()).await
}

fn token(page: &Page) -> String {
    page.form(FORM).value("token").unwrap().to_owned()
}

#[actix_web::test]
async fn what_is_too_long_is_said_and_stays_on_the_page() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let you = app.begin(&browser, PROJECT, "kim@mail.example").await;
    let full =
        typed(&[("name", &"ñ".repeat(200)), ("location", "Turku"), ("github_username", "kim")]);
    let request = fill_section(&browser, &you, &full).await.expect(200);
    assert!(request.url.ends_with("/form/request"), "200 characters are not too long");

    let long = "ñ".repeat(201);
    let refused = browser
        .submit(
            &you,
            FORM,
            &[("name", long.as_str()), ("location", "Oulu"), ("github_username", "kim")],
        )
        .await;
    let refused = refused.expect(422);
    assert_eq!(refused.errors(), ["Name must be 200 characters or fewer; it has 201"]);
    assert_eq!(
        refused.text_of("#name-error"),
        "Error: Name must be 200 characters or fewer; it has 201"
    );
    assert_eq!(refused.attributes(".error-summary a", "href"), ["#name"]);
    assert!(refused.has("#name[aria-invalid=true]") && !refused.has("#location[aria-invalid]"));
    assert_eq!(refused.form(FORM).value("name"), Some(long.as_str()));
    let again = browser.visit(&you.url).await.expect(200).form(FORM);
    assert_eq!(again.value("name"), Some("ñ".repeat(200).as_str()), "what was kept before stays");
    assert_eq!(again.value("location"), Some("Oulu"), "what can be kept is kept");

    let words = vec!["word"; 301].join(" ");
    let (line, text) = ("x".repeat(501), "y".repeat(20_001));
    let answers =
        [("answer.summary", words.as_str()), ("answer.title", &line), ("answer.benefit", &text)];
    let refused = browser.submit(&request, FORM, &answers).await.expect(422);
    for (name, value) in answers {
        assert_eq!(refused.form(FORM).value(name), Some(value));
        assert!(refused.has(&format!("#{}-error", name.replace('.', "-"))), "{name}");
    }
    let all = refused.errors().join("\n");
    for part in ["300 words or fewer; it has 301", "500 characters or fewer", "20000 characters"] {
        assert!(all.contains(part), "{part} is not in {all}");
    }
    // On the button that saves a draft, too many words are kept, and only what can't be kept is said.
    let mut saving = answers.to_vec();
    saving.push(("action", "save"));
    let refused = browser.submit(&request, FORM, &saving).await.expect(422);
    assert_eq!(refused.errors().len(), 2, "{:?}", refused.errors());
    let kept = browser.visit(&request.url).await.expect(200).form(FORM);
    assert_eq!(kept.value("answer.summary"), Some(words.as_str()));
    assert_eq!(kept.value("answer.title"), Some(""));
    app.stop().await;
}

#[actix_web::test]
async fn what_is_missing_is_said_at_every_page_and_before_submission() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let you = app.begin(&browser, PROJECT, "kim@mail.example").await;
    let refused = browser.submit(&you, FORM, &[]).await.expect(422);
    assert_eq!(
        refused.errors(),
        [
            "Enter your name",
            "Enter where you live, such as a town and a country",
            "Enter your GitHub username"
        ]
    );
    let base = format!("/applications/{}", id_in(&you.url));
    let request = browser.visit(&format!("{base}/form/request")).await.expect(200);
    assert_eq!(browser.submit(&request, FORM, &[]).await.expect(422).errors().len(), 9);
    // A draft may be as empty as it is.
    let saved = browser.submit_and_follow(&request, FORM, &[("action", "save")]).await.expect(200);
    assert!(saved.text_of(".said").contains("saved"), "{}", saved.text_of(".said"));
    let check = browser.visit(&format!("{base}/check")).await.expect(200);
    let refused = browser.submit(&check, FORM, &[]).await.expect(422);
    assert_eq!(refused.errors().len(), 13, "{:?}", refused.errors());
    assert!(refused.has(".wrong #name") && refused.has(".wrong #answer-paid_work"));
    assert!(browser.visit(&base).await.expect(200).has(".status.draft"), "nothing is submitted");
    assert_eq!(app.mails().await.len(), 1);
    app.stop().await;
}

#[actix_web::test]
async fn numbers_amounts_and_choices_are_what_they_should_be() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let you = app.begin(&browser, PROJECT, "kim@mail.example").await;
    let mut all = person(0).project(1);
    let request = fill_section(&browser, &you, &all).await.expect(200);
    for (name, value, part) in [
        ("answer.hours", "many", "must be a whole number"),
        ("answer.amount", "2499", "must be from USD 2500 to USD 20000"),
        ("answer.amount", "20001", "must be from USD 2500 to USD 20000"),
        ("answer.amount", "USD 3000.50", "must be an amount in whole USD"),
        (
            "answer.title",
            "far more words than the twelve that a title may have here, says it",
            "12 words",
        ),
    ] {
        all.insert(name.to_owned(), value.to_owned());
        let refused = fill_section(&browser, &request, &all).await.expect(422);
        let [error] = refused.errors().try_into().unwrap();
        assert!(error.contains(part), "{error}");
        assert_eq!(refused.form(FORM).value(name), Some(value));
        all = person(0).project(1);
    }
    let body = format!("token={}&answer.category=Sports", token(&request));
    let refused = send(&browser, &request, body.as_bytes()).await.expect(422);
    assert!(refused.text_of("#answer-category-error").contains("Choose one of the answers"));
    app.stop().await;
}

#[actix_web::test]
async fn what_is_not_utf8_names_the_field_and_saves_nothing() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let you = app.begin(&browser, PROJECT, "kim@mail.example").await;
    let token = token(&you);
    for bad in [&b"%FF"[..], b"%C3", b"%ED%A0%80", b"M\xfcnchen", b"%4", b"50%"] {
        let mut body = format!("token={token}&name=Kim&location=").into_bytes();
        body.extend_from_slice(bad);
        let refused = send(&browser, &you, &body).await.expect(400);
        let text = refused.text_of("main");
        assert!(text.contains("The field “location” was not sent as UTF-8 text."), "{text}");
        assert!(text.contains("Nothing was saved."), "{text}");
    }
    let body = format!("token={token}&name=K%00im");
    let refused = send(&browser, &you, body.as_bytes()).await.expect(400);
    assert!(refused.text_of("main").contains("“name”"));
    assert_eq!(browser.visit(&you.url).await.expect(200).form(FORM).value("name"), Some(""));
    app.stop().await;
}

// proves S36: bank details have no place on the form
#[actix_web::test]
async fn fields_that_the_form_does_not_have_are_named_and_nothing_is_saved() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let you = app.begin(&browser, PROJECT, "kim@mail.example").await;
    let token = token(&you);
    for (more, name) in [
        ("iban=DE00", "iban"),
        ("email=other%40mail.example", "email"),
        ("ip=192.0.2.1", "ip"),
        ("answer.title=x", "answer.title"),
        ("status=submitted", "status"),
        ("%3Cb%3E=x", "<b>"),
    ] {
        let body = format!("token={token}&name=Kim&{more}");
        let refused = send(&browser, &you, body.as_bytes()).await.expect(400);
        let text = refused.text_of("main");
        assert!(text.contains(&format!("This form has no field “{name}”.")), "{text}");
    }
    let body = format!("token={token}&name=Kim&name=Kurt");
    let refused = send(&browser, &you, body.as_bytes()).await.expect(400);
    assert!(refused.text_of("main").contains("“name” was sent more than once"));
    let request = you.url.replace("/you", "/request");
    let page = browser.visit(&request.replace("?signed-in=1", "")).await.expect(200);
    for unknown in ["answer.nothing", "answer.paid_work", "consent.sensitive.title"] {
        let body = format!("token={token}&answer.title=x&{unknown}=yes");
        let refused = send(&browser, &page, body.as_bytes()).await.expect(400);
        assert!(refused.text_of("main").contains(&format!("“{unknown}”")));
    }
    assert_eq!(browser.visit(&you.url).await.expect(200).form(FORM).value("name"), Some(""));
    app.stop().await;
}

#[actix_web::test]
async fn bodies_that_are_no_forms_or_too_large_are_refused() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let you = app.begin(&browser, PROJECT, "kim@mail.example").await;
    let json = [("content-type", "application/json"), OWN];
    let refused = browser.raw(Method::POST, &you.url, &json, b"{\"name\":\"Kim\"}".to_vec()).await;
    assert!(refused.expect(400).text_of("main").contains("not a form"));
    let parts = [("content-type", "multipart/form-data; boundary=x"), OWN];
    browser.raw(Method::POST, &you.url, &parts, b"--x--".to_vec()).await.expect(400);

    let mut body = format!("token={}&name=", token(&you)).into_bytes();
    body.resize((1 << 20) + 1, b'x');
    let refused = send(&browser, &you, &body).await.expect(413);
    let text = refused.text_of("main");
    assert!(text.contains("longer than any form") && text.contains("Nothing was saved"), "{text}");
    body.truncate(1 << 20);
    send(&browser, &you, &body).await.expect(422);
    assert_eq!(browser.visit(&you.url).await.expect(200).form(FORM).value("name"), Some(""));
    app.stop().await;
}

#[actix_web::test]
async fn a_sensitive_answer_is_kept_only_with_its_own_consent() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let page = app.begin(&browser, HARDSHIP, "kim@mail.example").await;
    let answers = typed(&[
        ("name", "Kim"),
        ("location", "Turku"),
        ("github_username", "kim"),
        ("answer.title", "The roof is gone"),
        ("answer.need", "A new roof"),
        ("answer.work", "A parser"),
        ("answer.amount", "900"),
        ("answer.anything", "I am ill"),
    ]);
    let request = fill_section(&browser, &page, &answers).await.expect(200);
    let refused = fill_section(&browser, &request, &answers).await.expect(422);
    assert_eq!(refused.errors().len(), 1, "{:?}", refused.errors());
    assert!(refused.has("#consent-sensitive-need-error"));
    assert_eq!(refused.form(FORM).value("answer.need"), Some("A new roof"), "it stays on the page");
    let kept = browser.visit(&request.url).await.expect(200);
    assert_eq!(kept.form(FORM).value("answer.need"), Some(""), "and is not kept");
    assert_eq!(kept.form(FORM).value("answer.work"), Some("A parser"));

    let mut agreed = answers.clone();
    agreed
        .extend(typed(&[("consent.sensitive.need", "yes"), ("consent.sensitive.anything", "yes")]));
    let check = fill_in(&browser, kept, &agreed).await;
    assert_eq!(shown(&check).get("answer.anything").unwrap(), "I am ill");
    // The tick is taken back, and the answer goes with it.
    let last = browser.visit(&check.url.replace("/check", "/form/staff-only")).await.expect(200);
    let untick = [("consent.sensitive.anything", ""), ("answer.anything", "")];
    let check = browser.submit_and_follow(&last, FORM, &untick).await.expect(200);
    assert_eq!(shown(&check).get("answer.anything").unwrap(), "");
    app.stop().await;
}
