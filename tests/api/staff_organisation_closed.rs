//! What the organisation's sign-in does not open: nothing to addresses of other domains, and nothing by an invitation that
//! has run out.

use crate::staff_organisation::Both;
use crate::staff_ways::{ADDRESS, PASSWORD, give_password, is_in, set_up};
use crate::support::client::Client;
use crate::support::journey::FORM;

const JOIN: &str = "form[action='/staff/ways/organisation']";

#[actix_web::test]
async fn an_address_of_another_domain_joins_and_proves_nothing() {
    let both = Both::start(false).await;
    let app = &both.app;
    let ada = app.first_admin(&["officer"]).await;
    // Not even by somebody who is signed in here, nor where nobody there vouches for the address.
    for (email, verified) in [("ada@elsewhere.example", true), (ADDRESS, false)] {
        both.next("ada-there", email, verified).await;
        let page = ada.visit("/staff/ways").await.expect(200);
        let sent = ada.submit(&page, JOIN, &[]).await.expect(303);
        let back = both.through(&sent).await;
        let page = ada.get(&back).await.expect(422);
        assert!(page.html.contains("Nobody here is joined to that account"), "{email}");
        both.sign_in(&app.browser()).await.expect(422);
    }
    both.next("ada-there", ADDRESS, true).await;
    let page = ada.visit("/staff/ways").await.expect(200);
    let sent = ada.submit(&page, JOIN, &[]).await.expect(303);
    let page = ada.get(&both.through(&sent).await).await;
    ada.follow(page).await.expect(200);
    // Who has left the domain has left: the account that is joined proves nothing any more.
    app.clock.advance(301);
    for (email, opens) in [("ada@elsewhere.example", false), (ADDRESS, true)] {
        both.next("ada-there", email, true).await;
        let page = ada.visit("/staff/people/invite").await.expect(200);
        let sent =
            ada.submit(&page, "form[action='/staff/prove/organisation']", &[]).await.expect(303);
        let page = ada.get(&both.through(&sent).await).await;
        assert_eq!(page.status, if opens { 303 } else { 422 }, "{email}");
        let page = ada.visit("/staff/people/invite").await.expect(200);
        assert_eq!(page.text_of("h1") == "Invite somebody", opens, "{email}");
    }
    both.stop().await;
}

#[actix_web::test]
async fn an_invitation_that_has_run_out_opens_no_door() {
    let both = Both::start(false).await;
    let app = &both.app;
    // The provider's tokens say the real time: what was long ago was before it.
    let week = 7 * 24 * 3600;
    app.clock.advance(-week - 1);
    let ada = app.first_admin(&["officer"]).await;
    let kept = set_up(app, &ada).await;
    let invite = async |who: &Client| {
        app.clock.advance(1);
        let page = who.visit("/staff/people/invite").await.expect(200);
        let typed = [("email", "olu@foundation.example"), ("roles", "officer")];
        who.submit_and_follow(&page, FORM, &typed).await.expect(200);
        app.mail_to("olu@foundation.example").await.link_to("/staff/welcome/")
    };
    let link = invite(&ada).await;
    let olu = app.browser();
    app.clock.advance(week - 1);
    olu.get(&link).await.expect(200);
    app.clock.advance(1);
    both.next("olu-there", "olu@foundation.example", true).await;
    for _ in 0..2 {
        olu.get(&link).await.expect(410);
        olu.post(&link, &[("name", "Olu Officer")]).await.expect(410);
        both.sign_in(&olu).await.expect(410);
        assert!(!is_in(&olu).await);
        // The same once nothing is left of it but that somebody was invited.
        app.run_jobs().await;
    }
    // Another one lets in, by whichever door.
    let ada = app.browser();
    let page = give_password(&ada, ADDRESS, PASSWORD).await.expect(200);
    let code = kept.code(app, 0);
    ada.submit_and_follow(&page, FORM, &[("code", &code)]).await.expect(200);
    app.clock.advance(1);
    let people = ada.visit("/staff/people").await.expect(200);
    let page = ada.click(&people, "Send again or take back").await.expect(200);
    let again = "form:has(input[value=again])";
    ada.submit_and_follow(&page, again, &[]).await.expect(200);
    let link = app.mail_to("olu@foundation.example").await.link_to("/staff/welcome/");
    both.sign_in(&olu).await.expect(200);
    assert!(is_in(&olu).await);
    app.browser().get(&link).await.expect(410);
    both.stop().await;
}
