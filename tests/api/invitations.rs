//! Invitations of staff that wait: seen, sent again, taken back, and not replaced in silence.

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::html::Page;
use crate::support::journey::FORM;

const OLU: &str = "olu@foundation.example";
const AGAIN: &str = "form:has(input[value=again])";
const BACK: &str = "form:has(input[value=back])";

async fn invite(app: &TestApp, admin: &Client, roles: &str) -> Page {
    // The newest mail is the one that is meant.
    app.clock.advance(1);
    let page = admin.visit("/staff/people/invite").await.expect(200);
    admin.submit_and_follow(&page, FORM, &[("email", OLU), ("roles", roles)]).await
}

async fn link(app: &TestApp) -> String {
    app.mail_to(OLU).await.link_to("/staff/welcome/")
}

async fn waiting(admin: &Client) -> Page {
    let people = admin.visit("/staff/people").await.expect(200);
    admin.click(&people, "Send again or take back").await.expect(200)
}

#[actix_web::test]
async fn one_that_waits_is_not_replaced_but_sent_again() {
    let app = TestApp::start().await;
    let admin = app.first_admin(&[]).await;
    invite(&app, &admin, "officer").await.expect(200);
    let first = link(&app).await;
    let mails = app.mails().await.len();
    let page = invite(&app, &admin, "finance").await.expect(422);
    assert!(page.errors()[0].starts_with("An invitation waits for this address"), "{}", page.html);
    assert_eq!(app.mails().await.len(), mails);
    let people = admin.visit("/staff/people").await.expect(200);
    assert!(people.text_of("tbody").contains("Officer"), "{}", people.text_of("tbody"));
    assert!(!people.text_of("tbody").contains("Finance"));

    let page = waiting(&admin).await;
    app.clock.advance(1);
    let page = admin.submit_and_follow(&page, AGAIN, &[]).await.expect(200);
    assert!(page.text_of(".said").contains("sent again"));
    let second = link(&app).await;
    assert_ne!(first, second);
    let browser = app.browser();
    browser.visit(&first).await.expect(410);
    // The one that lapsed is said to have done so, and can be sent again, too.
    app.clock.advance(7 * 24 * 3600 + 1);
    browser.visit(&second).await.expect(410);
    let admin = app.browser();
    let door = admin.visit("/staff/sign-in/mail").await.expect(200);
    let ada = [("email", "ada@foundation.example")];
    let page = admin.submit_and_follow(&door, FORM, &ada).await.expect(200);
    let code = app.mail_to("ada@foundation.example").await.code();
    admin.submit_and_follow(&page, FORM, &[("code", &code)]).await.expect(200);
    let page = waiting(&admin).await;
    assert!(page.text_of("main").contains("works no more"), "{}", page.text_of("main"));
    app.clock.advance(1);
    admin.submit_and_follow(&page, AGAIN, &[]).await.expect(200);
    let page = browser.visit(&link(&app).await).await.expect(200);
    browser.submit_and_follow(&page, FORM, &[("name", "Olu Officer")]).await.expect(200);
    // Who has come in is invited no longer.
    let people = admin.visit("/staff/people").await.expect(200);
    let page = admin.click(&people, "Olu Officer").await.expect(200);
    assert!(!page.has(AGAIN) && !page.has(BACK));
    let token = page.form("form.out").value("token").unwrap().to_owned();
    for to in ["again", "back"] {
        let sent = [("token", token.as_str()), ("to", to)];
        admin.post(&format!("{}/invitation", page.url), &sent).await.expect(422);
    }
    browser.get("/staff/applications").await.expect(200);
    app.stop().await;
}

#[actix_web::test]
async fn one_that_is_taken_back_is_forgotten() {
    let app = TestApp::start().await;
    let admin = app.first_admin(&[]).await;
    let mut database = Database::open(&app.settings.database);
    let before = database.count("staff");
    invite(&app, &admin, "officer").await.expect(200);
    let link = link(&app).await;
    let page = waiting(&admin).await;
    let page = admin.submit_and_follow(&page, BACK, &[]).await.expect(200);
    assert!(page.text_of(".said").contains("taken back"));
    assert!(!page.html.contains(OLU), "{}", page.html);
    app.browser().visit(&link).await.expect(410);
    assert_eq!(database.count("staff"), before);
    let audited =
        "SELECT COUNT(*) AS value FROM audit WHERE action = 'staff.invitation_taken_back'";
    assert_eq!(database.number(audited), 1);
    // The address can be invited anew.
    invite(&app, &admin, "finance").await.expect(200);
    app.stop().await;
}
