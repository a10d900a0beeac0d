//! Requests that a page of ours did not send, and pages for other people.

use reqwest::Method;

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::journey::{FORM, PROJECT, fill_in, id_in, person, shown};

const URLENCODED: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

// proves X: token and Sec-Fetch-Site against forgery
#[actix_web::test]
async fn what_no_page_of_the_session_sent_is_refused() {
    let app = TestApp::start().await;
    let (browser, other) = (app.browser(), app.browser());
    let person = person(4);
    let you = app.begin(&browser, PROJECT, &person.email).await;
    let check = fill_in(&browser, you, &person.project(4)).await;
    let base = format!("/applications/{}", id_in(&check.url));
    let own = check.form(FORM).value("token").unwrap().to_owned();
    let foreign = app.begin(&other, PROJECT, "kim@mail.example").await;
    let foreign = foreign.form(FORM).value("token").unwrap().to_owned();
    for token in [None, Some(""), Some("x"), Some(foreign.as_str())] {
        let fields: Vec<(&str, &str)> = token.iter().map(|token| ("token", *token)).collect();
        for path in ["/check", "/withdraw"] {
            let page = browser.post(&format!("{base}{path}"), &fields).await.expect(403);
            assert_eq!(page.text_of("h1"), "This page was out of date");
            assert!(page.text_of("main").contains("Nothing was saved."));
        }
        browser.post("/sign-out", &fields).await.expect(403);
        let mut typed = fields.clone();
        typed.extend([("name", "Typed <i>long</i> ago"), ("social_usernames", "\none\ntwo")]);
        let page = browser.post(&format!("{base}/form/you"), &typed).await.expect(403);
        let texts = page.exact_texts_of("textarea");
        assert_eq!(texts, ["Typed <i>long</i> ago", "\none\ntwo"], "what was typed is given back");
    }
    for site in ["cross-site", "same-site", "none, cross-site", "elsewhere"] {
        let headers = [URLENCODED, ("sec-fetch-site", site)];
        let body = format!("token={own}").into_bytes();
        browser
            .raw(Method::POST, &format!("{base}/check"), &headers, body.clone())
            .await
            .expect(403);
        browser
            .raw(Method::POST, "/sign-in", &headers, b"email=a%40b.example".to_vec())
            .await
            .expect(403);
    }
    let page = browser.visit(&base).await.expect(200);
    assert!(page.has(".status.draft"), "nothing was submitted, and the session still lives");
    assert_eq!(shown(&page).get("name"), Some(&person.name));
    // An old browser that sends no such header is held by the token alone.
    let body = format!("token={own}").into_bytes();
    browser.raw(Method::POST, &format!("{base}/check"), &[URLENCODED], body).await.expect(303);
    app.stop().await;
}

#[actix_web::test]
async fn methods_that_a_page_does_not_have_are_refused() {
    let app = TestApp::start().await;
    let applied = app.apply(&person(5)).await;
    let own = format!("/applications/{}", applied.id);
    let headers = [("sec-fetch-site", "same-origin")];
    for (path, allowed) in [
        ("/".to_owned(), "GET, HEAD"),
        (own.clone(), "GET, HEAD"),
        (format!("{own}/check"), "GET, HEAD, POST"),
        ("/sign-out".to_owned(), "POST"),
        ("/staff/applications".to_owned(), "GET, HEAD, POST"),
        (format!("/staff/applications/{}/status", applied.id), "POST"),
    ] {
        for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::GET, Method::POST] {
            if allowed.contains(method.as_str()) {
                continue;
            }
            let page = applied.browser.raw(method.clone(), &path, &headers, Vec::new()).await;
            let page = page.expect(405);
            let mut methods: Vec<&str> =
                page.header("allow").unwrap_or_default().split(',').map(str::trim).collect();
            methods.sort_unstable();
            assert_eq!(methods.join(", "), allowed, "{method} {path}");
            assert_eq!(page.text_of("h1"), "That can't be done here");
        }
    }
    // No page changes anything by being read: nothing about people in the database is other than before.
    let mut database = Database::open(&app.settings.database);
    let before = database.counts();
    for path in ["", "/check", "/withdraw", "/receipt", "/form/you"] {
        applied.browser.get(&format!("{own}{path}")).await;
    }
    for path in ["/applications", "/sign-in", "/sign-out", "/staff", "/"] {
        applied.browser.get(path).await;
    }
    assert_eq!(database.counts(), before);
    app.stop().await;
}

const STAFF_PAGES: [&str; 3] = ["/staff", "/staff/applications", "/staff/people"];

#[actix_web::test]
async fn staff_pages_are_for_staff() {
    let app = TestApp::start().await;
    let applied = app.apply(&person(6)).await;
    let page = format!("/staff/applications/{}", applied.id);
    let stranger = app.browser();
    let impostor = app.browser();
    impostor.set_cookie("__Host-staff", &applied.browser.cookie("__Host-applicant").unwrap());
    for browser in [&applied.browser, &stranger, &impostor] {
        for path in STAFF_PAGES.iter().copied().chain([page.as_str()]) {
            let answer = browser.get(path).await.expect(303);
            assert_eq!(answer.header("location"), Some("/staff/sign-in"));
            assert_eq!(answer.html, "");
        }
        for path in ["/staff/applications", "/staff/people/invite", &format!("{page}/status")] {
            let fields = [("to", "in_review"), ("email", "x@y.example"), ("roles", "admin")];
            let fields = if path == "/staff/applications" { &[] } else { &fields[..] };
            let answer = browser.post(path, fields).await;
            assert!([400, 403].contains(&answer.status), "{path} says {}", answer.status);
            assert!(!answer.html.contains(&applied.reference));
        }
    }
    let own = applied.browser.visit(&format!("/applications/{}", applied.id)).await.expect(200);
    assert!(own.has(".status.submitted"), "nobody moved it");
    app.stop().await;
}

async fn roles_of_nobody(browser: &Client, path: &str) {
    let page = browser.get(path).await.expect(403);
    assert_eq!(page.text_of("h1"), "You need another role");
}

#[actix_web::test]
async fn each_role_gets_its_own_pages_and_no_others() {
    let app = TestApp::start().await;
    let applied = app.apply(&person(6)).await;
    let page = format!("/staff/applications/{}", applied.id);
    let admin = app.first_admin(&[]).await;
    let officer = app.staff(&admin, "Olu", "olu@foundation.example", &["officer"]).await;
    let finance = app.staff(&admin, "Fay", "fay@foundation.example", &["finance"]).await;

    admin.visit("/staff/people").await.expect(200);
    officer.visit(&page).await.expect(200);
    for (browser, path) in [
        (&admin, "/staff/applications"),
        (&admin, page.as_str()),
        (&finance, "/staff/applications"),
        (&finance, &page),
        (&finance, "/staff/people"),
        (&officer, "/staff/people"),
    ] {
        roles_of_nobody(browser, path).await;
    }
    assert!(!admin.visit("/staff").await.expect(200).has("nav a[href='/staff/applications']"));
    assert!(!officer.visit("/staff").await.expect(200).has("nav a[href='/staff/people']"));

    // With the right token of the session, but without the role.
    let token = |page: &crate::support::html::Page| {
        page.form("form.out").value("token").unwrap().to_owned()
    };
    let admins = token(&admin.visit("/staff").await.expect(200));
    let officers = token(&officer.visit("/staff").await.expect(200));
    admin.post("/staff/applications", &[("token", &admins), ("name", "a")]).await.expect(403);
    let to = [("token", admins.as_str()), ("to", "in_review")];
    admin.post(&format!("{page}/status"), &to).await.expect(403);
    let invite = [("token", officers.as_str()), ("email", "me@x.example"), ("roles", "admin")];
    officer.post("/staff/people/invite", &invite).await.expect(403);
    assert!(app.mails().await.iter().all(|mail| mail.to != "me@x.example"));
    app.stop().await;
}

#[actix_web::test]
async fn drafts_are_invisible_to_staff() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let browser = app.browser();
    let person = person(2);
    let you = app.begin(&browser, PROJECT, &person.email).await;
    let check = fill_in(&browser, you, &person.project(2)).await;
    let id = id_in(&check.url);
    let none: String = id.chars().rev().collect();
    let list = officer.visit("/staff/applications").await.expect(200);
    assert_eq!(list.text_of(".empty h2"), "No applications yet");
    assert!(!list.has(".count-of:not(:empty)") || list.text_of(".count-of") == "0");
    for search in [
        ("name", person.name.as_str()),
        ("email", &person.email),
        ("github_username", &person.github_username),
    ] {
        let found = officer.submit(&list, FORM, &[search]).await.expect(200);
        assert_eq!(found.text_of(".empty h2"), "Nobody found");
    }
    let draft = officer.get(&format!("/staff/applications/{id}")).await.expect(404);
    let nothing = officer.get(&format!("/staff/applications/{none}")).await.expect(404);
    assert_eq!(draft.html, nothing.html);
    let token = list.form(FORM).value("token").unwrap().to_owned();
    let to = [("token", token.as_str()), ("to", "in_review")];
    officer.post(&format!("/staff/applications/{id}/status"), &to).await.expect(404);
    officer.get("/staff/applications?status=draft").await.expect(422);
    assert!(browser.visit(&format!("/applications/{id}")).await.has(".status.draft"));
    app.stop().await;
}

#[actix_web::test]
async fn who_signs_out_is_out_everywhere_that_cookie_is() {
    let app = TestApp::start().await;
    let applied = app.apply(&person(1)).await;
    let cookie = applied.browser.cookie("__Host-applicant").unwrap();
    let page = applied.browser.visit("/applications").await.expect(200);
    let out = applied.browser.submit(&page, "form.out", &[]).await.expect(303);
    assert_eq!(out.header("clear-site-data"), Some("\"cache\", \"storage\""));
    assert_eq!(applied.browser.cookie("__Host-applicant"), None);
    let thief = app.browser();
    thief.set_cookie("__Host-applicant", &cookie);
    assert_eq!(thief.get("/applications").await.expect(303).header("location"), Some("/sign-in"));
    app.stop().await;
}

// proves X: token against forgery
#[actix_web::test]
async fn a_session_that_can_not_be_looked_up_is_not_taken_for_none() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let cookie = officer.cookie("__Host-staff").unwrap();
    let mut database = Database::open(&app.settings.database);
    // The name can't be opened any more, and so neither can the session.
    let mend = "UPDATE staff SET name = (SELECT name FROM spoilt WHERE spoilt.id = staff.id)";
    database.run("CREATE TABLE spoilt AS SELECT id, name FROM staff");
    database.run(
        "UPDATE staff SET name = (SELECT name FROM spoilt WHERE spoilt.id <> staff.id LIMIT 1)",
    );
    officer.post("/staff/sign-out", &[]).await.expect(500);
    assert_eq!(officer.cookie("__Host-staff"), Some(cookie));
    database.run(mend);
    database.run("DROP TABLE spoilt");
    officer.get("/staff/applications").await.expect(200);
    // Where there is none, there is nothing to ask a token for.
    app.browser().post("/staff/sign-out", &[]).await.expect(303);
    app.stop().await;
}

// proves X: token and Sec-Fetch-Site against forgery
#[actix_web::test]
async fn an_older_browser_is_asked_for_the_origin() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let own = format!("http://localhost:{}", app.port());
    let form = ("content-type", "application/x-www-form-urlencoded");
    for (origin, status) in [("https://evil.example", 403), (own.as_str(), 303), ("null", 303)] {
        let body = b"email=kim%40mail.example".to_vec();
        let headers = [form, ("origin", origin)];
        browser.raw(Method::POST, "/sign-in", &headers, body).await.expect(status);
    }
    app.stop().await;
}
