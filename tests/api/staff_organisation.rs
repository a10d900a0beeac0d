//! Staff sign in through the organisation's own sign-in: against a certified provider, run by Node.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use almoner::clock::{Clock as _, FixedClock, SystemClock};
use almoner::config::OidcSettings;
use chrono::TimeDelta;
use reqwest::Url;
use reqwest::redirect::Policy;
use secrecy::SecretString;

use crate::staff_ways::{is_in, set_up};
use crate::support::app::{Home, TestApp};
use crate::support::client::Client;
use crate::support::html::Page;
use crate::support::journey::FORM;
use crate::support::port::port_that_stays_free;

const ROAD: &str = "form[action='/staff/sign-in/organisation']";

/// A provider in a process of its own, and a site that knows it.
pub struct Both {
    pub app: TestApp,
    provider: Provider,
    port: u16,
}

/// It ends when this does.
struct Provider(Child);

impl Drop for Provider {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Both {
    pub async fn start(create: bool) -> Self {
        // The provider wants to know beforehand where people are sent back to.
        let own = port_that_stays_free();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/providers");
        assert!(
            folder.join("node_modules").exists(),
            "the provider is not there: run `npm ci` in tests/providers, or scripts/test, which does"
        );
        let mut provider = Command::new("node")
            .arg("oidc.js")
            .arg(format!("http://localhost:{own}/staff/sign-in/organisation/return"))
            .env("NODE_NO_WARNINGS", "1")
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(provider.stdout.take().unwrap()).lines();
        let port = loop {
            // Its own warnings about what is for tests alone come first.
            let line = lines.next().expect("the provider says its port").unwrap();
            if let Ok(port) = line.parse() {
                break port;
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        // Its tokens say the real time, and some tests need a little time to pass.
        let clock = FixedClock::at(SystemClock.now() - TimeDelta::minutes(20));
        let home = Home::new();
        let mut settings = home.settings(&clock);
        settings.sign_in.staff_by_mail = false;
        settings.listen.set_port(own);
        settings.oidc = Some(OidcSettings {
            issuer: format!("http://localhost:{port}"),
            client_id: "almoner".to_owned(),
            client_secret: SecretString::from("a-secret-of-the-tests"),
            name: "Example ID".to_owned(),
            allowed_domains: vec!["foundation.example".to_owned()],
            create,
            counts_as_fresh: false,
        });
        let app = TestApp::start_in(home, settings, clock).await.unwrap_or_else(|e| panic!("{e}"));
        Self { app, provider: Provider(provider), port }
    }

    async fn tell(&self, what: &str) {
        let address = format!("http://localhost:{}/{what}", self.port);
        let sent = reqwest::Client::new().post(address).send().await.unwrap();
        assert_eq!(sent.status(), 204);
    }

    pub async fn next(&self, sub: &str, email: &str, verified: bool) {
        let email = email.replace('@', "%40");
        self.tell(&format!("next?sub={sub}&email={email}&verified={verified}&name=Olu+There"))
            .await;
    }

    /// Goes where a page of ours sent somebody, through the provider, until it sends them back: answers where to.
    pub async fn through(&self, sent: &Page) -> String {
        let address = Url::parse(sent.header("location").unwrap()).unwrap();
        self.through_with(address, &mut BTreeMap::new()).await
    }

    /// The same in a browser that has these cookies of the provider's.
    async fn through_with(
        &self,
        mut address: Url,
        cookies: &mut BTreeMap<String, String>,
    ) -> String {
        let http = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        let query: BTreeMap<_, _> = address.query_pairs().into_owned().collect();
        let of = |name: &str| query.get(name).cloned().unwrap_or_default();
        assert_eq!(of("code_challenge_method"), "S256");
        assert!(of("state").len() >= 26 && of("nonce").len() >= 26 && of("state") != of("nonce"));
        for _ in 0..10 {
            if address.port() != Some(self.port) {
                return format!("{}?{}", address.path(), address.query().unwrap_or_default());
            }
            let line: Vec<String> =
                cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let answer =
                http.get(address.clone()).header("cookie", line.join("; ")).send().await.unwrap();
            for line in answer.headers().get_all("set-cookie") {
                let pair = line.to_str().unwrap().split(';').next().unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                cookies.insert(name.to_owned(), value.to_owned());
            }
            let Some(next) = answer.headers().get("location") else {
                panic!("{address}: {} {}", answer.status(), answer.text().await.unwrap());
            };
            address = address.join(next.to_str().unwrap()).unwrap();
        }
        panic!("the provider leads round in circles");
    }

    pub async fn sign_in(&self, browser: &Client) -> Page {
        let page = browser.visit("/staff/sign-in").await.expect(200);
        let policy = page.header("content-security-policy").unwrap().to_owned();
        assert!(
            policy.contains(&format!("form-action 'self' http://localhost:{};", self.port)),
            "{policy}"
        );
        let sent = browser.submit(&page, ROAD, &[]).await.expect(303);
        let back = self.through(&sent).await;
        let page = browser.get(&back).await;
        browser.follow(page).await
    }

    pub async fn stop(self) {
        self.app.stop().await;
    }
}

#[actix_web::test]
async fn an_account_there_is_joined_then_signs_in_and_proves() {
    let both = Both::start(false).await;
    let app = &both.app;
    let ada = app.first_admin(&["officer"]).await;
    // Nobody is joined yet: an address that is the same is no proof.
    both.next("ada-there", "ada@foundation.example", true).await;
    let browser = app.browser();
    let page = both.sign_in(&browser).await.expect(422);
    assert!(
        page.html.contains("Nobody here is joined to that account"),
        "{}",
        page.text_of("main")
    );

    let page = ada.visit("/staff/ways").await.expect(200);
    let sent = ada.submit(&page, "form[action='/staff/ways/organisation']", &[]).await.expect(303);
    let before = ada.cookie("__Host-staff").unwrap();
    let back = both.through(&sent).await;
    // Somebody else's browser can't finish it, and neither can this one twice.
    app.browser().get(&back).await.expect(410);
    let page = ada.get(&back).await;
    let page = ada.follow(page).await.expect(200);
    assert!(page.html.contains("Your account there is joined"), "{}", page.text_of("main"));
    assert_ne!(ada.cookie("__Host-staff").unwrap(), before);
    ada.get(&back).await.expect(410);
    assert!(is_in(&ada).await);
    let told = app
        .mails()
        .await
        .into_iter()
        .filter(|mail| mail.text.contains("A way to sign in was added"));
    assert_eq!(told.count(), 1);

    let browser = app.browser();
    both.sign_in(&browser).await.expect(200);
    assert!(is_in(&browser).await);

    app.clock.advance(301);
    let page = browser.visit("/staff/people/invite").await.expect(200);
    let sent =
        browser.submit(&page, "form[action='/staff/prove/organisation']", &[]).await.expect(303);
    let back = both.through(&sent).await;
    let page = browser.get(&back).await;
    let page = browser.follow(page).await.expect(200);
    assert_eq!(page.text_of("h1"), "Invite somebody");
    // Somebody else there proves nothing for her, and can't be joined to her as well.
    app.clock.advance(301);
    both.next("another-there", "other@foundation.example", true).await;
    let page = browser.visit("/staff/people/invite").await.expect(200);
    let sent =
        browser.submit(&page, "form[action='/staff/prove/organisation']", &[]).await.expect(303);
    let back = both.through(&sent).await;
    browser.get(&back).await.expect(409);
    both.stop().await;
}

#[actix_web::test]
async fn a_screen_left_signed_in_there_is_no_fresh_proof() {
    let both = Both::start(false).await;
    let app = &both.app;
    let ada = app.first_admin(&["officer"]).await;
    both.next("ada-there", "ada@foundation.example", true).await;
    let page = ada.visit("/staff/ways").await.expect(200);
    let sent = ada.submit(&page, "form[action='/staff/ways/organisation']", &[]).await.expect(303);
    let asked = Url::parse(sent.header("location").unwrap()).unwrap();
    assert!(asked.query().unwrap().contains("prompt=login"), "{asked}");
    assert!(asked.query().unwrap().contains("max_age=0"), "{asked}");
    // The browser stays signed in there from now on.
    let mut there = BTreeMap::new();
    let back = both.through_with(asked, &mut there).await;
    let page = ada.get(&back).await;
    ada.follow(page).await.expect(200);

    // To come in that is enough, but what takes a fresh proof does not open.
    let browser = app.browser();
    let page = browser.visit("/staff/sign-in").await.expect(200);
    let sent = browser.submit(&page, ROAD, &[]).await.expect(303);
    let asked = Url::parse(sent.header("location").unwrap()).unwrap();
    assert!(!asked.query().unwrap().contains("prompt="), "{asked}");
    let back = both.through_with(asked, &mut there).await;
    let page = browser.get(&back).await;
    browser.follow(page).await.expect(200);
    assert!(is_in(&browser).await);
    let page = browser.visit("/staff/people/invite").await.expect(200);
    assert_ne!(page.text_of("h1"), "Invite somebody");
    // Whoever sits down there can write another address into the browser, and is not asked who they are.
    let sent =
        browser.submit(&page, "form[action='/staff/prove/organisation']", &[]).await.expect(303);
    let asked = sent.header("location").unwrap();
    let edited = asked.replace("&prompt=login", "").replace("&max_age=0", "");
    assert_ne!(edited, asked);
    let back = both.through_with(Url::parse(&edited).unwrap(), &mut there).await;
    let page = browser.get(&back).await.expect(403);
    assert_eq!(page.text_of("h1"), "That was no fresh proof");
    let page = browser.visit("/staff/people/invite").await.expect(200);
    assert_ne!(page.text_of("h1"), "Invite somebody");
    // An age that was long ago is none either.
    app.clock.advance(2 * 60 * 60);
    let page = browser.visit("/staff/sign-in").await.expect(200);
    let sent = browser.submit(&page, ROAD, &[]).await.expect(303);
    let asked = sent.header("location").unwrap().to_owned() + "&max_age=86400";
    let back = both.through_with(Url::parse(&asked).unwrap(), &mut there).await;
    let page = browser.get(&back).await;
    browser.follow(page).await;
    let page = browser.visit("/staff/people/invite").await;
    assert_ne!(page.text_of("h1"), "Invite somebody");
    both.stop().await;
}

#[actix_web::test]
async fn an_invitation_is_taken_up_by_a_verified_address_of_an_allowed_domain_alone() {
    let both = Both::start(false).await;
    let app = &both.app;
    let ada = app.first_admin(&["officer"]).await;
    set_up(app, &ada).await;
    for email in ["olu@foundation.example", "eve@elsewhere.example"] {
        let page = ada.visit("/staff/people/invite").await.expect(200);
        let typed = [("email", email), ("roles", "officer")];
        ada.submit_and_follow(&page, FORM, &typed).await.expect(200);
    }
    let browser = app.browser();
    for (sub, email, verified) in [
        ("eve", "eve@elsewhere.example", true),
        ("eve", "olu@foundation.example", false),
        ("eve", "nobody@foundation.example", true),
        ("eve", "olu@foundation.example.evil.example", true),
    ] {
        both.next(sub, email, verified).await;
        both.sign_in(&browser).await.expect(422);
        assert!(!is_in(&browser).await, "{email}");
    }
    both.next("olu-there", "Olu@foundation.example", true).await;
    both.sign_in(&browser).await.expect(200);
    assert!(is_in(&browser).await);
    // From then on the identifier counts: another address of the domain is the same person, one outside is out.
    both.next("olu-there", "olu.married@foundation.example", true).await;
    let again = app.browser();
    both.sign_in(&again).await.expect(200);
    assert!(is_in(&again).await);
    both.next("olu-there", "olu@elsewhere.example", true).await;
    both.sign_in(&app.browser()).await.expect(422);
    // Whoever gets Olu's old address there is not Olu.
    both.next("olu-the-second", "olu@foundation.example", true).await;
    both.sign_in(&app.browser()).await.expect(422);
    both.stop().await;
}

#[actix_web::test]
async fn a_new_person_gets_an_account_without_roles_where_the_settings_say_so() {
    let both = Both::start(true).await;
    let app = &both.app;
    let ada = app.first_admin(&["officer"]).await;
    set_up(app, &ada).await;
    both.next("noor-there", "noor@foundation.example", true).await;
    let browser = app.browser();
    let page = both.sign_in(&browser).await.expect(200);
    assert!(page.html.contains("You have no role yet"), "{}", page.text_of("main"));
    browser.get("/staff/applications").await.expect(403);
    let again = app.browser();
    both.sign_in(&again).await.expect(200);
    let people = ada.visit("/staff/people").await.expect(200);
    assert_eq!(people.html.matches("noor@foundation.example").count(), 1);
    both.next("mallory", "mallory@elsewhere.example", true).await;
    both.sign_in(&app.browser()).await.expect(422);
    both.stop().await;
}

#[actix_web::test]
async fn a_provider_that_is_down_refuses_or_talks_nonsense_is_one_clear_page() {
    let mut both = Both::start(true).await;
    both.next("noor", "noor@foundation.example", true).await;
    let browser = both.app.browser();
    let page = browser.visit("/staff/sign-in").await.expect(200);
    // A state that is wrong, old, or nobody's.
    let sent = browser.submit(&page, ROAD, &[]).await.expect(303);
    let back = both.through(&sent).await;
    for wrong in
        ["", "?", "?code=x", "?state=x&code=y", "?state=%00&code=%FF", "?error=access_denied"]
    {
        let path = format!("/staff/sign-in/organisation/return{wrong}");
        let page = browser.get(&path).await;
        assert!([400, 410].contains(&page.status), "{wrong}: {}", page.status);
    }
    let forged = back.replace("code=", "code=x");
    browser.get(&forged).await.expect(502);
    browser.get(&back).await.expect(410);
    // The person says no.
    both.tell("next?deny=1").await;
    let sent = browser.submit(&page, ROAD, &[]).await.expect(303);
    let denied = both.through(&sent).await;
    browser.get(&denied).await.expect(403);
    both.next("noor", "noor@foundation.example", true).await;
    for (how, where_to) in [("discovery", 502), ("keys", 502)] {
        both.tell(&format!("broken?how={how}")).await;
        let answer = browser.submit(&page, ROAD, &[]).await.expect(where_to);
        assert_eq!(answer.text_of("h1"), "The other site’s answer made no sense");
        assert!(!answer.html.contains("issuer"), "nothing of it is repeated");
    }
    both.tell("broken?how=").await;
    let sent = browser.submit(&page, ROAD, &[]).await.expect(303);
    let back = both.through(&sent).await;
    both.tell("broken?how=token").await;
    browser.get(&back).await.expect(502);
    both.provider.0.kill().unwrap();
    both.provider.0.wait().unwrap();
    let answer = browser.submit(&page, ROAD, &[]).await.expect(504);
    assert_eq!(answer.text_of("h1"), "The other site does not answer");
    assert!(browser.cookie("__Host-staff").is_none());
    both.app.stop().await;
}
