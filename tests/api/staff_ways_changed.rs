//! What a change of the ways in does to those who came in by the old ones.

use super::staff_ways::{ADDRESS, PASSWORD, admin, give_password, is_in, set_up, strict};
use crate::support::journey::FORM;

#[actix_web::test]
async fn a_new_password_puts_out_who_came_in_by_the_old_one() {
    let app = strict().await;
    let (owner, kept) = admin(&app).await;
    let thief = app.browser();
    let page = give_password(&thief, ADDRESS, PASSWORD).await.expect(200);
    let code = kept.code(&app, 0);
    thief.submit_and_follow(&page, FORM, &[("code", &code)]).await.expect(200);
    assert!(is_in(&thief).await && is_in(&owner).await);
    set_up(&app, &owner).await;
    assert!(!is_in(&thief).await, "their session has ended with the password");
    assert!(is_in(&owner).await);
    app.stop().await;
}

#[actix_web::test]
async fn at_an_unattended_screen_nobody_makes_a_first_way_in() {
    let app = strict().await;
    let browser = app.first_admin(&["officer"]).await;
    app.clock.advance(5 * 60);
    let page = browser.visit("/staff/ways/password").await;
    let ways = browser.visit("/staff/ways").await.expect(200);
    let token = ways.form("form.out").value("token").unwrap().to_owned();
    let typed = [("token", token.as_str()), ("password", PASSWORD), ("again", PASSWORD)];
    let refused = browser.post("/staff/ways/password", &typed).await;
    let asks = |page: &crate::support::html::Page| page.text_of("h1") == "Prove that it is you";
    assert!(asks(&page) || asks(&refused) || refused.status == 403, "{}", refused.status);
    assert!(refused.status != 200, "no password was taken");
    app.stop().await;
}
