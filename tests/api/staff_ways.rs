//! Staff sign in with a password and a code; a mailed link only lets them set that up. Passkeys need a browser:
//! `tests/browser/passkeys.rs`.

use std::process::Command;

use almoner::clock::Clock as _;
use almoner::web::routes::{For, ROUTES};
use reqwest::Method;

use super::samples::sample_of;
use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::html::Page;
use crate::support::journey::FORM;

pub const ADDRESS: &str = "ada@foundation.example";
pub const PASSWORD: &str = "correct horse battery staple";

/// A site as it is by default: a mailed link is not enough for staff.
pub async fn strict() -> TestApp {
    TestApp::start_with(|settings| settings.sign_in.staff_by_mail = false).await
}

/// What somebody keeps who set up a password.
pub struct Kept {
    /// The key in their app.
    pub key: String,
    /// Their recovery codes.
    pub codes: Vec<String>,
}

impl Kept {
    /// What the app shows, so many seconds from now.
    pub fn code(&self, app: &TestApp, seconds: i64) -> String {
        let time = (app.clock.now().timestamp() + seconds).to_string();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/totp.py");
        let output = Command::new("python3").args([script, &self.key, &time]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

/// Somebody who just came in by a link sets up a password with its app.
pub async fn set_up(app: &TestApp, browser: &Client) -> Kept {
    let page = browser.visit("/staff/ways/password").await.expect(200);
    let typed = [("password", PASSWORD), ("again", PASSWORD)];
    let page = browser.submit_and_follow(&page, FORM, &typed).await.expect(200);
    let mut kept = Kept { key: page.text_of(".key").replace(' ', ""), codes: Vec::new() };
    assert!(
        page.attributes("svg.qr path", "d").first().unwrap().len() > 1000,
        "there is a picture"
    );
    let code = kept.code(app, 0);
    let page = browser.submit(&page, FORM, &[("code", &code)]).await.expect(200);
    kept.codes = page.texts_of(".codes code");
    kept
}

/// The first administrator, with a password set up.
pub async fn admin(app: &TestApp) -> (Client, Kept) {
    let browser = app.first_admin(&["officer"]).await;
    let kept = set_up(app, &browser).await;
    // The code of this step is used.
    app.clock.advance(60);
    (browser, kept)
}

/// Gives address and password, and comes to where the code is asked for.
pub async fn give_password(browser: &Client, email: &str, password: &str) -> Page {
    let page = browser.visit("/staff/sign-in").await.expect(200);
    let form = "form[action='/staff/sign-in/password']";
    let typed = [("email", email), ("password", password)];
    browser.submit_and_follow(&page, form, &typed).await
}

pub async fn is_in(browser: &Client) -> bool {
    browser.get("/staff/applications").await.status == 200
}

/// Whether somebody was written to about this.
async fn was_told(app: &TestApp, address: &str, what: &str) -> bool {
    app.mails().await.iter().any(|mail| mail.to == address && mail.text.contains(what))
}

#[actix_web::test]
async fn who_came_by_a_link_sets_up_a_way_and_does_nothing_else() {
    let app = strict().await;
    let browser = app.first_admin(&["officer"]).await;
    let ways = browser.visit("/staff").await.expect(200);
    assert_eq!(
        (ways.url.as_str(), ways.text_of("h1").as_str()),
        ("/staff/ways", "Set up a way to sign in")
    );
    assert!(!ways.has("nav a"), "nothing else is offered");
    let token = ways.form("form.out").value("token").unwrap().to_owned();
    let (mut open, mut closed) = (0, 0);
    for route in ROUTES {
        if !matches!(route.who, For::Staff | For::Role(_)) {
            continue;
        }
        let sample = sample_of(route);
        let path = ["{draft}", "{submitted}", "{person}"]
            .iter()
            .fold(sample.path.to_owned(), |path, name| {
                path.replace(name, "aaaaaaaaaaaaaaaaaaaaaaaaaa")
            });
        if route.weak {
            open += 1;
            continue;
        }
        let mut fields = sample.fields.to_vec();
        fields.push(("token", &token));
        let answer = match route.method {
            "GET" => browser.get(&path).await,
            _ => browser.post(&path, &fields).await,
        };
        closed += 1;
        if route.method == "GET" {
            assert_eq!(
                (answer.status, answer.header("location")),
                (303, Some("/staff/ways")),
                "{path}"
            );
        } else {
            assert_eq!(answer.status, 403, "{path}");
            assert!(answer.html.contains("Set up a way to sign in first"), "{path}");
        }
    }
    assert!(open > 10 && closed > 8, "{open} open, {closed} closed");
    app.stop().await;
}

#[actix_web::test]
async fn a_password_with_a_code_signs_in_and_mail_does_no_longer() {
    let app = strict().await;
    let invited = app.first_admin(&["officer"]).await;
    let before = invited.cookie("__Host-staff").unwrap();
    // Another session, and a mailed link, from before.
    let link = {
        let page = app.browser().visit("/staff/sign-in/mail").await.expect(200);
        app.browser().submit(&page, FORM, &[("email", ADDRESS)]).await.expect(303);
        app.mail_to(ADDRESS).await.link_to("/staff/sign-in/link/")
    };
    let other = app.browser();
    let page = other.visit(&link).await.expect(200);
    other.submit_and_follow(&page, FORM, &[]).await.expect(200);
    let page = app.browser().visit("/staff/sign-in/mail").await.expect(200);
    app.clock.advance(1);
    app.browser().submit(&page, FORM, &[("email", ADDRESS)]).await.expect(303);
    let unused = app.mail_to(ADDRESS).await.link_to("/staff/sign-in/link/");
    assert_ne!(link, unused);

    let kept = set_up(&app, &invited).await;
    assert_eq!(kept.codes.len(), 10);
    assert!(is_in(&invited).await, "the session is enough to work now");
    assert_ne!(invited.cookie("__Host-staff").unwrap(), before, "under a new id");
    let thief = app.browser();
    thief.set_cookie("__Host-staff", &before);
    thief.get("/staff/account").await.expect(303);
    other.get("/staff/account").await.expect(303);
    app.browser().visit(&unused).await.expect(410);
    assert!(was_told(&app, ADDRESS, "added to your account: a password").await);

    // No link is sent any more: the mail says why, and the answer is as ever.
    app.clock.advance(1);
    let browser = app.browser();
    let page = browser.visit("/staff/sign-in/mail").await.expect(200);
    let known = browser.submit_and_follow(&page, FORM, &[("email", ADDRESS)]).await.expect(200);
    let nobody = [("email", "nobody@foundation.example")];
    let unknown = browser.submit_and_follow(&page, FORM, &nobody).await.expect(200);
    assert_eq!(known.html, unknown.html);
    let mail = app.mail_to(ADDRESS).await;
    assert_eq!(mail.subject, "Signing in at Example Foundation");
    assert!(mail.text.contains("you have a stronger way"), "{}", mail.text);
    assert!(!mail.text.contains("/sign-in/link/"), "{}", mail.text);

    app.clock.advance(60);
    let browser = app.browser();
    let page = give_password(&browser, "  ADA@Foundation.Example ", PASSWORD).await.expect(200);
    assert_eq!(page.text_of("h1"), "Enter the code");
    assert!(!is_in(&browser).await);
    let visit = browser.cookie("__Host-visit").unwrap();
    let code = kept.code(&app, 0);
    browser.submit_and_follow(&page, FORM, &[("code", &code)]).await.expect(200);
    assert!(is_in(&browser).await);

    // What was begun is used up, also for who stole its cookie; and a code counts once.
    let thief = app.browser();
    thief.set_cookie("__Host-visit", &visit);
    thief.submit(&page, FORM, &[("code", &kept.code(&app, 30))]).await.expect(410);
    let page = give_password(&thief, ADDRESS, PASSWORD).await.expect(200);
    thief.submit(&page, FORM, &[("code", &code)]).await.expect(422);
    assert!(!is_in(&thief).await);
    app.stop().await;
}

#[actix_web::test]
async fn a_clock_may_be_off_by_one_step_and_no_step_counts_twice() {
    let app = strict().await;
    let (_, kept) = admin(&app).await;
    for (offset, enters) in
        [(-90, false), (-60, false), (60, false), (90, false), (-30, true), (0, true), (30, true)]
    {
        let browser = app.browser();
        let page = give_password(&browser, ADDRESS, PASSWORD).await.expect(200);
        browser.submit_and_follow(&page, FORM, &[("code", &kept.code(&app, offset))]).await;
        assert_eq!(is_in(&browser).await, enters, "{offset} seconds off");
    }
    // The newest step was taken: an older one, still in time, is not.
    let browser = app.browser();
    let page = give_password(&browser, ADDRESS, PASSWORD).await.expect(200);
    browser.submit(&page, FORM, &[("code", &kept.code(&app, 0))]).await.expect(422);
    app.stop().await;
}

#[actix_web::test]
async fn a_proof_is_by_what_one_has_and_renews_the_session() {
    let app = strict().await;
    let (browser, kept) = admin(&app).await;
    app.clock.advance(300);
    let page = browser.visit("/staff/people/invite").await.expect(200);
    assert_eq!(page.text_of("h1"), "Prove that it is you");
    assert!(!page.html.contains("Mail me a code"));
    let before = browser.cookie("__Host-staff").unwrap();
    let token = page.form("form.out").value("token").unwrap().to_owned();
    browser.post("/staff/prove", &[("token", &token), ("then", "/staff")]).await.expect(403);
    let wrong = [("password", "not the password at all"), ("code", &kept.code(&app, 0))];
    let page = browser.submit(&page, FORM, &wrong).await.expect(422);
    assert_eq!(page.form(FORM).value("password"), Some(""), "a password never comes back");
    let right = [("password", PASSWORD), ("code", &kept.code(&app, 0))];
    let page = browser.submit_and_follow(&page, FORM, &right).await.expect(200);
    assert_eq!(page.url, "/staff/people/invite");
    assert_ne!(browser.cookie("__Host-staff").unwrap(), before);
    // The same code proves nothing more.
    app.clock.advance(0);
    let page = browser.visit("/staff/prove").await.expect(200);
    browser.submit(&page, FORM, &right).await.expect(422);
    // Ways are changed by those alone who proved it just now.
    app.clock.advance(301);
    let page = browser.visit("/staff/ways").await.expect(200);
    assert!(!page.has("form[action='/staff/ways/passkeys']"));
    let token = page.form("form.out").value("token").unwrap().to_owned();
    for path in
        ["/staff/ways/passkeys", "/staff/ways/password/codes", "/staff/ways/password/remove"]
    {
        let fields: &[(&str, &str)] =
            if path.ends_with("passkeys") { &[("name", "Phone")] } else { &[] };
        let mut fields = fields.to_vec();
        fields.push(("token", &token));
        let answer = browser.post(path, &fields).await.expect(303);
        assert_eq!(answer.header("location"), Some("/staff/prove?then=%2Fstaff%2Fways"), "{path}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn a_recovery_code_counts_once_and_new_ones_end_the_old_after_a_question() {
    let app = strict().await;
    let (ada, kept) = admin(&app).await;
    let page = ada.visit("/staff/ways").await.expect(200);
    // The only way in is not offered for removal, and the question leads back.
    assert!(!page.has("a[href='/staff/ways/password/remove']"));
    let back = ada.get("/staff/ways/password/remove").await.expect(303);
    assert_eq!(back.header("location"), Some("/staff/ways"));
    let sure = ada.click(&page, "Make new recovery codes").await.expect(200);
    assert_eq!(sure.text_of("h1"), "Make new recovery codes?");
    let enter = async |code: &str| {
        let browser = app.browser();
        let page = give_password(&browser, ADDRESS, PASSWORD).await.expect(200);
        browser.submit_and_follow(&page, FORM, &[("code", code)]).await;
        is_in(&browser).await
    };
    // To ask changes nothing.
    let typed = kept.codes[0].to_lowercase().replace('-', " ");
    assert!(enter(&typed).await);
    assert!(!enter(&typed).await, "once");
    let page = ada.visit("/staff/ways").await.expect(200);
    assert!(page.html.contains("Recovery codes left: 9."), "{}", page.text_of("main"));
    let made = ada.submit(&sure, FORM, &[]).await.expect(200);
    let codes = made.texts_of(".codes code");
    assert_eq!(codes.len(), 10);
    assert!(was_told(&app, ADDRESS, "New recovery codes were made").await);
    assert!(!enter(&kept.codes[1]).await && enter(&codes[3]).await);
    // Who has not proved it just now is asked to do that first.
    app.clock.advance(301);
    let asked = ada.get("/staff/ways/password/codes").await.expect(303);
    let prove = "/staff/prove?then=%2Fstaff%2Fways%2Fpassword%2Fcodes";
    assert_eq!(asked.header("location"), Some(prove));
    app.stop().await;
}

#[actix_web::test]
async fn the_last_way_stays_and_an_administrator_clears_a_colleague_s() {
    let app = strict().await;
    let (ada, kept) = admin(&app).await;
    let page = ada.visit("/staff/ways").await.expect(200);
    let token = page.form("form.out").value("token").unwrap().to_owned();
    let page = ada.post("/staff/ways/password/remove", &[("token", &token)]).await.expect(422);
    assert!(page.html.contains("This is your only way in"), "{}", page.text_of("main"));

    let olu = app.staff(&ada, "Olu Officer", "olu@foundation.example", &["officer"]).await;
    let lost = set_up(&app, &olu).await;
    app.clock.advance(60);
    let people = ada.visit("/staff/people").await.expect(200);
    let page = ada.click(&people, "Olu Officer").await.expect(200);
    let cleared = ada.submit_and_follow(&page, "form[action$='/ways']", &[]).await.expect(200);
    assert!(cleared.html.contains("The ways to sign in are cleared"));
    assert!(!is_in(&olu).await);
    assert!(was_told(&app, "olu@foundation.example", "took every way to sign in away").await);
    let browser = app.browser();
    let page = give_password(&browser, "olu@foundation.example", PASSWORD).await.expect(200);
    for code in [lost.code(&app, 0), lost.codes[0].clone()] {
        browser.submit(&page, FORM, &[("code", &code)]).await.expect(422);
    }
    // Then a mailed link lets them in again, to set up another way.
    app.clock.advance(1);
    let page = browser.visit("/staff/sign-in/mail").await.expect(200);
    browser.submit(&page, FORM, &[("email", "olu@foundation.example")]).await.expect(303);
    let link = app.mail_to("olu@foundation.example").await.link_to("/staff/sign-in/link/");
    let page = browser.visit(&link).await.expect(200);
    let page = browser.submit_and_follow(&page, FORM, &[]).await.expect(200);
    assert_eq!(page.text_of("h1"), "Set up a way to sign in");
    set_up(&app, &browser).await;
    assert!(is_in(&browser).await);
    // Nobody clears their own.
    app.clock.advance(60);
    let own = ada.visit("/staff/prove").await.expect(200);
    let right = [("password", PASSWORD), ("code", &kept.code(&app, 0))];
    ada.submit_and_follow(&own, FORM, &right).await.expect(200);
    let page = ada.visit("/staff/people").await.expect(200);
    let page = ada.click(&page, "Ada Admin").await.expect(200);
    assert!(!page.has("form[action$='/ways']"));
    let token = page.form("form.out").value("token").unwrap().to_owned();
    let path = format!("{}/ways", page.url.split('?').next().unwrap());
    ada.post(&path, &[("token", &token)]).await.expect(422);
    app.stop().await;
}

#[actix_web::test]
async fn a_disabled_member_does_not_come_in_with_password_and_code() {
    let app = strict().await;
    let (ada, _) = admin(&app).await;
    let olu = app.staff(&ada, "Olu Officer", "olu@foundation.example", &["officer"]).await;
    let kept = set_up(&app, &olu).await;
    app.clock.advance(60);
    let browser = app.browser();
    let begun = give_password(&browser, "olu@foundation.example", PASSWORD).await.expect(200);
    let people = ada.visit("/staff/people").await.expect(200);
    let page = ada.click(&people, "Olu Officer").await.expect(200);
    let form = "details form[action$='/state']";
    ada.submit_and_follow(&page, form, &[]).await.expect(200);
    browser.submit(&begun, FORM, &[("code", &kept.code(&app, 0))]).await.expect(422);
    assert!(!is_in(&browser).await && !is_in(&olu).await);
    app.stop().await;
}

#[actix_web::test]
async fn passkey_pages_answer_nonsense_with_one_page_and_no_session() {
    let app = strict().await;
    admin(&app).await;
    let browser = app.browser();
    let page = browser.visit("/staff/sign-in").await.expect(200);
    let form = "form[action='/staff/sign-in/passkey']";
    let asked = browser.submit_and_follow(&page, form, &[]).await.expect(200);
    let question = asked.attributes("form[data-passkey=get]", "data-question").remove(0);
    let question: serde_json::Value = serde_json::from_str(&question).unwrap();
    assert_eq!(question["publicKey"]["userVerification"], "required");
    assert_eq!(question["publicKey"]["rpId"], "localhost");
    assert!(
        question["publicKey"]["allowCredentials"].as_array().is_none_or(Vec::is_empty),
        "nobody is named"
    );
    assert!(question["mediation"].is_null());
    let long = "x".repeat(10_000);
    for nonsense in [
        "",
        "{}",
        "null",
        "\u{1}",
        long.as_str(),
        r#"{"id":"AA","rawId":"AA","type":"public-key","extensions":{},"response":{"authenticatorData":"AA","clientDataJSON":"AA","signature":"AA","userHandle":"AAAAAAAAAAAAAAAAAAAAAA"}}"#,
    ] {
        let page = browser.visit("/staff/sign-in").await.expect(200);
        let asked = browser.submit_and_follow(&page, form, &[]).await.expect(200);
        let action = asked.form(FORM).action;
        let page = browser.post(&action, &[("credential", nonsense)]).await.expect(422);
        assert!(page.html.contains("That passkey was not accepted"));
        // A question is answered once.
        browser.post(&action, &[("credential", nonsense)]).await.expect(410);
    }
    assert!(browser.cookie("__Host-staff").is_none());
    let answer = browser.raw(Method::HEAD, "/staff/sign-in/passkey", &[], Vec::new()).await;
    assert_eq!(answer.status, 410, "reading uses nothing up, and there is nothing to read");
    app.stop().await;
}
