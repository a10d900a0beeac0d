//! Sessions, fresh proof, and what administrators change about colleagues.

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::html::Page;
use crate::support::journey::{FORM, person};
use crate::support::mails;
use crate::support::server::Server;

const OLU: &str = "olu@foundation.example";

/// The address of a colleague's page.
async fn page_of(admin: &Client, name: &str) -> String {
    admin.visit("/staff/people").await.expect(200).link(name)
}

/// Signs in at a door of the site, by the code of the mail.
async fn sign_in(app: &TestApp, browser: &Client, door: &str, address: &str) -> Page {
    // The newest mail is the one that is meant.
    app.clock.advance(1);
    let by_mail = if door == "/staff" { "/staff/sign-in/mail" } else { "/sign-in" };
    let page = browser.visit(by_mail).await.expect(200);
    let page = browser.submit_and_follow(&page, FORM, &[("email", address)]).await.expect(200);
    let code = app.mail_to(address).await.code();
    browser.submit_and_follow(&page, FORM, &[("code", &code)]).await.expect(200)
}

/// Proves anew who somebody is, when they were sent to do that.
async fn prove(app: &TestApp, browser: &Client, asked: &Page, address: &str) -> Page {
    assert_eq!(asked.text_of("h1"), "Prove that it is you");
    app.clock.advance(1);
    let page = browser.submit_and_follow(asked, FORM, &[]).await.expect(200);
    let code = app.mail_to(address).await.code();
    browser.submit_and_follow(&page, FORM, &[("code", &code)]).await.expect(200)
}

async fn is_in(browser: &Client, path: &str) -> bool {
    browser.get(path).await.status == 200
}

#[actix_web::test]
async fn a_role_taken_away_ends_every_session_and_is_told() {
    let app = TestApp::start().await;
    let admin = app.first_admin(&[]).await;
    let first = app.staff(&admin, "Olu Officer", OLU, &["officer"]).await;
    let second = app.browser();
    sign_in(&app, &second, "/staff", OLU).await;
    assert!(
        is_in(&first, "/staff/applications").await && is_in(&second, "/staff/applications").await
    );

    let olu = admin.visit(&page_of(&admin, "Olu Officer").await).await.expect(200);
    assert!(olu.text_of("main").contains("in 2 browsers"), "{}", olu.text_of("main"));
    let roles = "form[action$='/roles']";
    let none = admin.submit(&olu, "form[action$='/sessions']", &[]).await.expect(303);
    assert!(none.header("location").unwrap().ends_with("?done=sessions"));
    assert!(
        !is_in(&first, "/staff/applications").await && !is_in(&second, "/staff/applications").await
    );
    sign_in(&app, &first, "/staff", OLU).await;
    assert!(is_in(&first, "/staff/applications").await);

    // What was asked for before the change lets nobody in after it.
    app.clock.advance(1);
    let asked = app.browser();
    let door = asked.visit("/staff/sign-in/mail").await.expect(200);
    let typed = asked.submit_and_follow(&door, FORM, &[("email", OLU)]).await.expect(200);
    let sent = app.mail_to(OLU).await;

    app.clock.advance(1);
    let mut form = olu.form(roles);
    form.set("roles", "finance");
    let changed = admin.follow(admin.send(&olu, &form).await).await.expect(200);
    assert!(changed.has(".said"));
    asked.submit(&typed, FORM, &[("code", &sent.code())]).await.expect(410);
    asked.visit(&sent.link_to("/staff/sign-in/link/")).await.expect(410);
    assert!(!is_in(&first, "/staff/applications").await, "the session has ended with the role");
    app.run_jobs().await;
    let mail = app.mail_to(OLU).await;
    assert!(mail.text.contains("Your roles are now: Officer, Finance."), "{}", mail.text);
    sign_in(&app, &first, "/staff", OLU).await;
    assert!(is_in(&first, "/staff/applications").await, "both roles were ticked");
    app.stop().await;
}

#[actix_web::test]
async fn a_disabled_account_is_out_at_once_and_everywhere() {
    let app = TestApp::start().await;
    let admin = app.first_admin(&[]).await;
    let officer = app.staff(&admin, "Olu Officer", OLU, &["officer"]).await;
    // A link that was asked for before must be of no use afterwards.
    app.clock.advance(1);
    let asked = app.browser();
    let page = asked.visit("/staff/sign-in/mail").await.expect(200);
    let code = asked.submit_and_follow(&page, FORM, &[("email", OLU)]).await.expect(200);
    let mail = app.mail_to(OLU).await;

    let olu = admin.visit(&page_of(&admin, "Olu Officer").await).await.expect(200);
    app.clock.advance(1);
    let disable = "details form[action$='/state']";
    let done = admin.submit_and_follow(&olu, disable, &[]).await.expect(200);
    assert!(done.text_of("main").contains("disabled"));
    assert!(!is_in(&officer, "/staff").await);
    asked.submit(&code, FORM, &[("code", &mail.code())]).await.expect(410);
    asked.visit(&mail.link_to("/staff/sign-in/link/")).await.expect(410);
    // The door says nothing, and no mail goes out but the one that tells of it.
    let mails = app.mails().await.len();
    asked.submit_and_follow(&page, FORM, &[("email", OLU)]).await.expect(200);
    assert_eq!(app.mails().await.len(), mails, "nobody is written to who may not come in");
    assert!(app.mail_to(OLU).await.text.contains("disabled your account"));

    let again = admin.submit_and_follow(&done, "form[action$='/state']", &[]).await.expect(200);
    assert!(again.text_of("main").contains("active"));
    assert!(!is_in(&officer, "/staff").await, "an ended session stays ended");
    sign_in(&app, &officer, "/staff", OLU).await;
    assert!(is_in(&officer, "/staff/applications").await);
    app.stop().await;
}

#[actix_web::test]
async fn nobody_gives_themselves_a_role_and_an_administrator_remains() {
    let app = TestApp::start().await;
    let admin = app.first_admin(&[]).await;
    let own = admin.visit(&page_of(&admin, "Ada Admin").await).await.expect(200);
    assert!(!own.has("form[action$='/roles']") && own.text_of("main").contains("your own account"));
    let token = own.form("form.out").value("token").unwrap().to_owned();
    let refused = admin
        .post(&format!("{}/roles", own.url), &[("token", &token), ("roles", "officer")])
        .await
        .expect(422);
    assert_eq!(refused.errors(), ["You can’t change your own roles; ask another administrator"]);
    let disabled = [("token", token.as_str()), ("to", "disabled")];
    admin.post(&format!("{}/state", own.url), &disabled).await.expect(422);
    assert!(!is_in(&admin, "/staff/applications").await);

    // Two administrators take the role from each other at the same moment: one of them keeps it.
    let other = app.staff(&admin, "Bea Admin", "bea@foundation.example", &["admin"]).await;
    let bea = admin.visit(&page_of(&admin, "Bea Admin").await).await.expect(200);
    let ada = other.visit(&page_of(&other, "Ada Admin").await).await.expect(200);
    let others = other.visit("/staff/people").await.expect(200);
    let theirs = others.form("form.out").value("token").unwrap().to_owned();
    let (first, second) = (
        [("token", token.as_str()), ("roles", "officer")],
        [("token", theirs.as_str()), ("roles", "officer")],
    );
    let (to_bea, to_ada) = (format!("{}/roles", bea.url), format!("{}/roles", ada.url));
    let (first, second) = tokio::join!(admin.post(&to_bea, &first), other.post(&to_ada, &second));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 303, "{statuses:?}");
    assert!([403, 422].contains(&statuses[1]), "{statuses:?}");
    app.stop().await;
}

#[actix_web::test]
async fn the_audit_says_in_which_role_people_were_looked_after() {
    let app = TestApp::start().await;
    // Somebody with three roles works in the one that it takes.
    let admin = app.first_admin(&["officer", "privacy"]).await;
    app.staff(&admin, "Olu Officer", OLU, &["officer"]).await;
    let olu = admin.visit(&page_of(&admin, "Olu Officer").await).await.expect(200);
    let mut form = olu.form("form[action$='/roles']");
    form.set("roles", "finance");
    admin.send(&olu, &form).await.expect(303);
    admin.submit(&olu, "form[action$='/sessions']", &[]).await.expect(303);
    admin.submit(&olu, "details form[action$='/state']", &[]).await.expect(303);
    crate::assessors::invite(&app, &admin, "asa@elsewhere.example", "2027-09-30").await.expect(200);
    let mut database = Database::open(&app.settings.database);
    let mut roles = |action: &str| {
        let roles = database.texts(&format!(
            "SELECT DISTINCT actor || ' ' || COALESCE(role, '-') AS value FROM audit WHERE action = '{action}'"
        ));
        assert_eq!(roles.len(), 1, "{action}: {roles:?}");
        roles.concat()
    };
    for action in [
        "staff.listed",
        "staff.invited",
        "staff.opened",
        "staff.roles_changed",
        "staff.sessions_ended",
        "staff.disabled",
    ] {
        assert_eq!(roles(action), "staff admin", "{action}");
    }
    for action in ["assessors.listed", "assessor.invited"] {
        assert_eq!(roles(action), "staff officer", "{action}");
    }
    // Of what is open to everybody of staff, no role is said.
    assert_eq!(roles("staff.invitation_taken_up"), "staff -");
    // The privacy officer finds it by the role.
    let found = admin.visit("/staff/audit?role=admin&action=staff.disabled").await.expect(200);
    assert!(found.text_of("tbody").contains("Administrator"), "{}", found.text_of("main"));
    app.stop().await;
}

#[actix_web::test]
async fn a_fresh_proof_gives_the_session_a_new_id_and_lasts_five_minutes() {
    let app = TestApp::start().await;
    let admin = app.first_admin(&[]).await;
    app.clock.advance(5 * 60);
    let asked = admin.visit("/staff/people/invite").await.expect(200);
    let before = admin.cookie("__Host-staff").unwrap();
    let wrong = admin.submit_and_follow(&asked, FORM, &[]).await.expect(200);
    let code = app.mail_to("ada@foundation.example").await.code();
    let other = if code.starts_with('1') { "20000000" } else { "10000000" };
    let again = admin.submit(&wrong, FORM, &[("code", other)]).await.expect(422);
    assert_eq!(admin.cookie("__Host-staff").as_deref(), Some(before.as_str()));
    let invite = admin.submit_and_follow(&again, FORM, &[("code", &code)]).await.expect(200);
    assert_eq!(invite.url, "/staff/people/invite");
    assert_ne!(admin.cookie("__Host-staff").as_deref(), Some(before.as_str()));
    let thief = app.browser();
    thief.set_cookie("__Host-staff", &before);
    assert!(!is_in(&thief, "/staff/people").await, "the old id opens nothing");
    // The code was used up.
    let used = admin.visit("/staff/prove/code").await.expect(200);
    admin.submit(&used, FORM, &[("code", &code)]).await.expect(410);

    // A form that was opened in time and is sent too late is not taken.
    app.clock.advance(5 * 60);
    let fields = [("email", "new@staff.example"), ("roles", "officer")];
    let late = admin.submit(&invite, FORM, &fields).await.expect(403);
    assert_eq!(late.text_of("h1"), "Prove that it is you");
    let back = admin.visit("/staff/people/invite").await.expect(200);
    let back = prove(&app, &admin, &back, "ada@foundation.example").await;
    admin.submit_and_follow(&back, FORM, &fields).await.expect(200);
    assert!(app.mails().await.iter().any(|mail| mail.to == "new@staff.example"));
    app.stop().await;
}

/// The path of the link that a command printed.
fn link_in(printed: &str) -> String {
    let line = printed.lines().find_map(|line| line.trim().strip_prefix("http://localhost"));
    line.unwrap_or_else(|| panic!("no link in {printed}")).to_owned()
}

#[actix_web::test]
async fn the_operator_lets_a_locked_out_administrator_in_and_all_are_told() {
    let mut server = Server::start();
    let admin = Client::new(server.port);
    let page = admin.visit(&server.first_admin).await.expect(200);
    let named = [("name", "Ada Admin"), ("email", "ada@foundation.example")];
    admin.submit_and_follow(&page, FORM, &named).await.expect(200);
    let listed = server.command(&["people", "list"]);
    assert_eq!(listed, "Ada Admin <ada@foundation.example>  active  Administrator\n");

    // Somebody new: an invitation is printed, nothing is mailed to them, and she who is there is told.
    let printed = server.command(&["people", "admit", "bea@foundation.example"]);
    assert!(printed.contains("no account with this address"), "{printed}");
    let told = server.link("ada@foundation.example", "/staff/people/").await;
    let bea = Client::new(server.port);
    let welcome = bea.visit(&link_in(&printed)).await.expect(200);
    bea.submit_and_follow(&welcome, FORM, &[("name", "Bea Admin")]).await.expect(200);
    assert!(is_in(&bea, "/staff/people").await);
    // The mail led to her page.
    assert_eq!(page_of(&bea, "Bea Admin").await, told);

    // She takes the role from Ada and disables her; the operator undoes both, and the new link works once.
    let ada = bea.visit(&page_of(&bea, "Ada Admin").await).await.expect(200);
    let token = ada.form("form.out").value("token").unwrap().to_owned();
    let roles = [("token", token.as_str()), ("roles", "privacy")];
    bea.post(&format!("{}/roles", ada.url), &roles).await.expect(303);
    let state = [("token", token.as_str()), ("to", "disabled")];
    bea.post(&format!("{}/state", ada.url), &state).await.expect(303);
    assert!(!is_in(&admin, "/staff").await);
    let elsewhere =
        ["people", "admit", "Ada@Foundation.example", "--base-url", "http://localhost:9999"];
    let printed = server.command(&elsewhere);
    assert!(printed.contains("  http://localhost:9999/staff/sign-in/link/"), "{printed}");
    let link = link_in(&printed.replace(":9999", ""));
    let page = admin.visit(&link).await.expect(200);
    admin.submit_and_follow(&page, FORM, &[]).await.expect(200);
    assert!(is_in(&admin, "/staff/people").await);
    admin.visit(&link).await.expect(410);
    let listed = server.command(&["people", "list", "--json"]);
    let people: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let ada = people.as_array().unwrap().iter().find(|row| row["name"] == "Ada Admin").unwrap();
    assert_eq!(ada["roles"], serde_json::json!(["privacy", "admin"]));
    assert_eq!(ada["state"], "active");
    server.link("ada@foundation.example", "/staff/people/").await;
    let told = mails::read_all(&server.settings.mail.folder);
    let told: Vec<_> = told.iter().filter(|mail| mail.to == "ada@foundation.example").collect();
    for what in ["enabled again at the server", "roles were changed at the server"] {
        assert!(told.iter().any(|mail| mail.text.contains(what)), "{what}: {told:?}");
    }
    server.stop();
}

#[actix_web::test]
async fn a_proof_leads_on_to_pages_of_staff_alone() {
    let app = TestApp::start().await;
    let admin = app.first_admin(&[]).await;
    for foreign in ["https://evil.example/", "//evil.example", "/applications", "/\\evil.example"] {
        let page = admin.visit(&format!("/staff/prove?then={foreign}")).await.expect(200);
        assert_eq!(page.form(FORM).value("then"), Some("/staff"), "{foreign}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn people_see_where_they_are_signed_in_and_end_it() {
    let app = TestApp::start().await;
    let applied = app.apply(&person(3)).await;
    let address = person(3).email;
    let phone = Client::with_headers(
        app.port(),
        &[("user-agent", "Mozilla/5.0 (Linux; Android 14) Gecko/130.0 Firefox/130.0")],
    );
    sign_in(&app, &phone, "", &address).await;
    let third = app.browser();
    sign_in(&app, &third, "", &address).await;
    let own = applied.browser.visit("/account").await.expect(200);
    let sessions = own.texts_of(".cards li");
    assert_eq!(sessions.len(), 3, "{sessions:?}");
    let devices = own.texts_of(".cards strong");
    assert!(devices.contains(&"Firefox on Android".to_owned()), "{devices:?}");
    assert_eq!(own.texts_of(".cards .badge"), ["this browser"]);
    assert!(sessions.iter().all(|text| text.contains("Signed in by mail on")), "{sessions:?}");
    // When somebody came in and when they proved it last are two things.
    let asked = third.visit("/prove").await.expect(200);
    app.clock.advance(60);
    prove(&app, &third, &asked, &address).await;
    let proved = third.visit("/account").await.expect(200).texts_of(".cards li");
    let proved: Vec<_> =
        proved.iter().filter(|text| text.contains("Proved last that it is you by mail")).collect();
    assert!(proved.len() == 1 && proved[0].contains("this browser"), "{proved:?}");

    // Somebody else's session can't be ended, and looks like one that is not there.
    let stranger = app.apply(&person(4)).await.browser;
    let theirs = stranger.visit("/account").await.expect(200);
    let token = theirs.form("form.out").value("token").unwrap().to_owned();
    let handles = own.attributes(".cards input[name=session]", "value");
    for handle in &handles {
        let fields = [("token", token.as_str()), ("session", handle.as_str())];
        stranger.post("/account/sessions", &fields).await.expect(303);
    }
    assert!(is_in(&phone, "/applications").await && is_in(&third, "/applications").await);

    // The newest other one first: that is the third browser.
    let ended = applied.browser.submit_and_follow(&own, ".cards form", &[]).await.expect(200);
    assert_eq!(ended.texts_of(".cards li").len(), 2);
    assert!(!is_in(&third, "/applications").await && is_in(&phone, "/applications").await);
    let others = "section > form[action='/account/sessions']";
    let alone = applied.browser.submit_and_follow(&ended, others, &[]).await.expect(200);
    assert_eq!(alone.texts_of(".cards li").len(), 1);
    assert!(!is_in(&phone, "/applications").await);
    assert!(is_in(&applied.browser, "/applications").await);
    app.stop().await;
}

#[actix_web::test]
async fn a_session_id_that_we_did_not_give_is_never_taken_over() {
    let app = TestApp::start().await;
    app.apply(&person(3)).await;
    let browser = app.browser();
    // An attacker plants an id of their own choice before the person signs in.
    let planted = "abcdefghijklmnopqrstuvwxyz";
    browser.set_cookie("__Host-applicant", planted);
    sign_in(&app, &browser, "", &person(3).email).await;
    let own = browser.cookie("__Host-applicant").unwrap();
    assert_ne!(own, planted);
    let attacker = app.browser();
    attacker.set_cookie("__Host-applicant", planted);
    assert!(!is_in(&attacker, "/applications").await);

    // Signed out is signed out: the same id opens nothing afterwards.
    let page = browser.visit("/applications").await.expect(200);
    browser.submit(&page, "form.out", &[]).await.expect(303);
    attacker.set_cookie("__Host-applicant", &own);
    assert!(!is_in(&attacker, "/applications").await);
    app.stop().await;
}
