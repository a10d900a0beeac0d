//! The first administrator comes in by the printed link, and later by mail: with the link or with the code.

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::html::Page;

const ADDRESS: &str = "ines@foundation.example";

/// Takes up the printed link, with the role that reads applications beside.
async fn become_first_admin(app: &TestApp, browser: &Client) -> Page {
    let welcome = browser.visit(&app.first_admin_link).await.expect(200);
    let form = "main form";
    let taken = [("name", "Inês Invented"), ("email", ADDRESS), ("roles", "officer")];
    browser.submit_and_follow(&welcome, form, &taken).await.expect(200)
}

/// Asks for a mail at the staff door.
async fn ask(browser: &Client, address: &str) -> Page {
    let door = browser.visit("/staff/sign-in/mail").await.expect(200);
    browser.submit_and_follow(&door, "main form", &[("email", address)]).await.expect(200)
}

async fn is_in(browser: &Client) -> bool {
    browser.get("/staff/applications").await.status == 200
}

#[actix_web::test]
async fn the_printed_link_makes_one_administrator_and_no_second() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let home = become_first_admin(&app, &browser).await;
    assert!(home.url.starts_with("/staff"), "{}", home.url);
    assert!(home.text_of("header").contains("Inês Invented"), "{}", home.text_of("header"));
    assert!(is_in(&browser).await);
    app.browser().visit(&app.first_admin_link).await.expect(410);
    let app = app.restart().await;
    assert_eq!(app.first_admin_link, "", "there is one already");
    app.stop().await;
}

#[actix_web::test]
async fn the_pages_at_the_door_of_staff_say_whose_it_is() {
    let app = TestApp::start().await;
    let welcome = app.first_admin_link.clone();
    for path in ["/staff/sign-in", "/staff/sign-in/mail", "/staff/sign-in/code", &welcome] {
        let page = app.browser().visit(path).await.expect(200);
        assert_eq!(page.text_of("header .place"), "Staff", "{path}");
        assert!(!page.has("header nav"), "{path} leads to no pages of applicants");
    }
    app.stop().await;
}

#[actix_web::test]
async fn the_mailed_link_works_in_another_browser_and_once() {
    let app = TestApp::start().await;
    become_first_admin(&app, &app.browser()).await;
    ask(&app.browser(), ADDRESS).await;
    let link = app.mail_to(ADDRESS).await.link_to("/staff/sign-in/link/");

    let other = app.browser();
    let page = other.visit(&link).await.expect(200);
    assert!(!is_in(&other).await, "opening the link consumes nothing and lets nobody in");
    let page_again = other.visit(&link).await.expect(200);
    assert_eq!(page.html, page_again.html);
    other.submit_and_follow(&page, "main form", &[]).await.expect(200);
    assert!(is_in(&other).await);
    // The session is in a cookie that only this host gets, over TLS or on this machine, and no script reads.
    assert!(other.cookie("__Host-staff").is_some());

    let late = app.browser();
    late.submit(&page, "main form", &[]).await.expect(410);
    late.visit(&link).await.expect(410);
    assert!(!is_in(&late).await);
    app.stop().await;
}

#[actix_web::test]
async fn the_mailed_code_works_where_it_was_asked_for_alone() {
    let app = TestApp::start().await;
    become_first_admin(&app, &app.browser()).await;
    let browser = app.browser();
    let page = ask(&browser, ADDRESS).await;
    let code = app.mail_to(ADDRESS).await.code();

    let thief = app.browser();
    let same_page = ask(&thief, "nobody@foundation.example").await;
    thief.submit_and_follow(&same_page, "main form", &[("code", &code)]).await;
    assert!(!is_in(&thief).await);

    let wrong = if code.starts_with('1') { "20000000" } else { "10000000" };
    let again = browser.submit(&page, "main form", &[("code", wrong)]).await.expect(422);
    assert!(!is_in(&browser).await);
    browser.submit_and_follow(&again, "main form", &[("code", &code)]).await.expect(200);
    assert!(is_in(&browser).await);
    app.stop().await;
}

#[actix_web::test]
async fn a_mailed_link_ends_after_ten_minutes() {
    let app = TestApp::start().await;
    become_first_admin(&app, &app.browser()).await;
    let browser = app.browser();
    let page = ask(&browser, ADDRESS).await;
    let mail = app.mail_to(ADDRESS).await;
    app.clock.advance(10 * 60 + 1);
    browser.visit(&mail.link_to("/staff/sign-in/link/")).await.expect(410);
    browser.submit(&page, "main form", &[("code", &mail.code())]).await.expect(410);
    assert!(!is_in(&browser).await);
    app.stop().await;
}

#[actix_web::test]
async fn an_unknown_address_gets_the_same_answer_and_no_mail() {
    let app = TestApp::start().await;
    become_first_admin(&app, &app.browser()).await;
    let known = ask(&app.browser(), ADDRESS).await;
    let unknown = ask(&app.browser(), "somebody@elsewhere.example").await;
    assert_eq!(
        known.html.replace(ADDRESS, ""),
        unknown.html.replace("somebody@elsewhere.example", "")
    );
    assert!(app.mails().await.iter().all(|mail| mail.to == ADDRESS));
    app.stop().await;
}

#[actix_web::test]
async fn signing_out_ends_the_session_and_not_the_cookie_alone() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let home = become_first_admin(&app, &browser).await;
    let stolen = browser.cookie("__Host-staff").unwrap();
    browser.submit_and_follow(&home, "form.out", &[]).await.expect(200);
    assert!(!is_in(&browser).await);
    browser.set_cookie("__Host-staff", &stolen);
    assert!(!is_in(&browser).await, "the session itself is over");
    app.stop().await;
}
