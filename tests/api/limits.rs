//! How often something may be asked for, and how long somebody waits who failed to sign in.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use almoner::domain::role::Audience;
use almoner::service::ServiceError;
use almoner::service::limits::failures::{self, Try};

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::html::Page;
use crate::support::journey::{FORM, PROJECT, ask_to_apply, together};

const KIM: &str = "kim@mail.example";

/// A site with the limits that a site has, behind a proxy that says where people are.
async fn start() -> TestApp {
    TestApp::start_with(|settings| {
        settings.limits = NonZeroU32::MIN;
        settings.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    })
    .await
}

/// A browser of somebody there.
fn from(app: &TestApp, address: &str) -> Client {
    Client::with_headers(app.port(), &[("x-forwarded-for", address)])
}

async fn ask(browser: &Client, email: &str) -> Page {
    browser.post("/sign-in", &[("email", email)]).await
}

fn seconds(page: &Page) -> i64 {
    page.header("retry-after").unwrap().parse().unwrap()
}

#[actix_web::test]
async fn of_fifty_that_ask_at_once_a_few_are_served() {
    let app = start().await;
    // The same for an account that there is and for one that there is not.
    ask_to_apply(&from(&app, "198.51.100.1"), PROJECT, KIM).await;
    let mut answers = Vec::new();
    for (email, network) in [(KIM, "198.51.100.7"), ("nobody@mail.example", "198.51.100.8")] {
        let pages = together(0..50, 50, |_| {
            let browser = from(&app, network);
            async move { ask(&browser, email).await }
        })
        .await;
        let served = pages.iter().filter(|page| page.status == 303).count();
        assert_eq!(served, 4, "mails for one account from one network");
        let refused = pages.iter().find(|page| page.status == 429).unwrap();
        assert_eq!(pages.iter().filter(|page| page.status == 429).count(), 46);
        assert_eq!(refused.text_of("h1"), "Too many tries");
        assert!(refused.text_of("main").contains("still works"));
        assert!((1..=121).contains(&seconds(refused)), "{}", seconds(refused));
        // Of the limits that refused, another may have come first.
        let refused = pages.iter().filter(|page| page.status == 429);
        let said: BTreeSet<(String, Option<String>)> = refused
            .map(|page| (page.html.clone(), page.header("retry-after").map(str::to_owned)))
            .collect();
        assert!(said.len() <= 2, "that of the network, and that of the account from one network");
        answers.push(said);
    }
    assert_eq!(answers[0], answers[1], "nobody learns whether there is such an account");
    // From elsewhere the person still gets a mail, and in by it.
    app.clock.advance(1);
    let browser = from(&app, "203.0.113.9");
    let asked = ask_to_apply(&browser, PROJECT, KIM).await;
    assert_eq!(asked.text_of("h1"), "Check your mail");
    let link = app.mail_to(KIM).await.link_to("/sign-in/link/");
    let page = browser.visit(&link).await.expect(200);
    browser.submit_and_follow(&page, FORM, &[]).await.expect(200);
    app.stop().await;
}

#[actix_web::test]
async fn an_account_gets_a_dozen_mails_at_once_whoever_asks() {
    let app = start().await;
    let mut served = 0;
    for host in 1..=30 {
        served +=
            u32::from(ask(&from(&app, &format!("198.51.100.{host}")), KIM).await.status == 303);
    }
    assert_eq!(served, 12);
    let late = ask(&from(&app, "203.0.113.9"), " KIM@mail.example").await.expect(429);
    app.clock.advance(seconds(&late));
    ask(&from(&app, "203.0.113.9"), KIM).await.expect(303);
    // Another account is not concerned.
    ask(&from(&app, "203.0.113.9"), "ada@mail.example").await.expect(303);
    app.stop().await;
}

#[actix_web::test]
async fn one_network_is_one_whatever_its_addresses() {
    let app = start().await;
    let mut served = 0;
    for host in 1..=40 {
        let browser = from(&app, &format!("2001:db8:1:2::{host:x}"));
        let email = format!("somebody.{host}@mail.example");
        served += u32::from(ask(&browser, &email).await.status == 303);
    }
    assert_eq!(served, 20);
    ask(&from(&app, "2001:db8:1:3::1"), "somebody.1@mail.example").await.expect(303);
    app.stop().await;
}

#[actix_web::test]
async fn pages_and_posts_have_limits_that_nobody_meets_by_reading() {
    let app = start().await;
    let (reader, other) = (from(&app, "198.51.100.7"), from(&app, "198.51.100.8"));
    let pages = together(0..700, 50, |_| {
        let reader = from(&app, "198.51.100.7");
        async move { reader.get("/static/site.css").await.status }
    })
    .await;
    assert_eq!(pages.iter().filter(|status| **status == 200).count(), 600);
    let refused = reader.get("/").await.expect(429);
    assert!(refused.header("content-security-policy").is_some());
    other.get("/").await.expect(200);
    reader.get("/healthz").await.expect(200);
    app.clock.advance(1);
    reader.get("/").await.expect(200);
    let mut posts = Vec::new();
    for _ in 0..121 {
        posts.push(reader.post("/rounds/event/apply", &[("age", "adult")]).await.status);
    }
    assert_eq!(posts.iter().filter(|status| **status == 429).count(), 1);
    app.stop().await;
}

fn attempt<'a>(account: &'a str, client: &str) -> Try<'a> {
    let client: IpAddr = client.parse().unwrap();
    Try { audience: Audience::Staff, account: Some(account), client: Some(client) }
}

/// Tries at an account, and answers for how long somebody has to wait who may not.
fn fails(app: &TestApp, account: &str, client: &str) -> Result<(), u64> {
    match failures::check(app.context(), attempt(account, client)) {
        // Dropped: it failed.
        Ok(_counted) => Ok(()),
        Err(ServiceError::TooMany { seconds }) => Err(seconds),
        Err(other) => panic!("{other}"),
    }
}

fn succeeds(app: &TestApp, account: &str, client: &str) {
    let counted = failures::check(app.context(), attempt(account, client)).unwrap();
    counted.succeeded(app.context()).unwrap();
}

#[actix_web::test]
async fn of_fifty_passwords_at_once_five_are_looked_at() {
    let app = start().await;
    let context = Arc::clone(app.context());
    let tried: Vec<bool> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..50)
            .map(|_| {
                let ctx = &context;
                scope.spawn(move || failures::check(ctx, attempt(KIM, "198.51.100.7")).is_ok())
            })
            .collect();
        tries.into_iter().map(|tried| tried.join().unwrap()).collect()
    });
    assert_eq!(tried.iter().filter(|tried| **tried).count(), 5);
    app.stop().await;
}

#[actix_web::test]
async fn pauses_survive_a_restart_and_end() {
    let app = start().await;
    for _ in 0..5 {
        fails(&app, KIM, "198.51.100.7").unwrap();
    }
    let wait = fails(&app, "KIM@mail.example ", "198.51.100.7").unwrap_err();
    assert_eq!(wait, 6);
    let mut app = app.restart().await;
    assert_eq!(fails(&app, KIM, "198.51.100.7"), Err(wait), "a restart forgives nothing");
    // Each further failure takes longer, up to five minutes; trying too early makes nothing longer.
    let mut waits = Vec::new();
    for _ in 0..8 {
        let wait = fails(&app, KIM, "198.51.100.7").unwrap_err();
        assert_eq!(fails(&app, KIM, "198.51.100.7"), Err(wait));
        waits.push(wait - 1);
        app.clock.advance(i64::try_from(wait).unwrap());
        fails(&app, KIM, "198.51.100.7").unwrap();
    }
    assert_eq!(waits, [5, 10, 20, 40, 80, 160, 300, 300]);
    app = app.restart().await;
    app.clock.advance(301);
    succeeds(&app, KIM, "198.51.100.7");
    for _ in 0..5 {
        fails(&app, KIM, "198.51.100.7").unwrap();
    }
    // And nothing stays of it.
    app.clock.advance(24 * 3600 + 1);
    app.run_jobs().await;
    assert_eq!(Database::open(&app.settings.database).count("sign_in_failures"), 0);
    app.stop().await;
}

#[actix_web::test]
async fn an_attacker_waits_and_the_person_gets_in() {
    let app = start().await;
    // One network at it for an hour.
    for _ in 0..60 {
        let _ = fails(&app, KIM, "198.51.100.7");
        app.clock.advance(60);
    }
    assert!(fails(&app, KIM, "198.51.100.7").is_err(), "the attacker waits");
    succeeds(&app, KIM, "203.0.113.9");
    // A great many networks at it: the person waits for a minute at most, and a mailed link asks none of this.
    for host in 1..=250 {
        let _ = fails(&app, KIM, &format!("192.0.2.{host}"));
        app.clock.advance(1);
    }
    let wait = fails(&app, KIM, "203.0.113.9").unwrap_err();
    assert!(wait <= 61, "{wait}");
    app.clock.advance(i64::try_from(wait).unwrap());
    succeeds(&app, KIM, "203.0.113.9");
    app.stop().await;
}

#[actix_web::test]
async fn one_network_at_many_accounts_waits() {
    let app = start().await;
    let tried = (0..60)
        .filter(|nth| fails(&app, &format!("somebody.{nth}@mail.example"), "198.51.100.7").is_ok());
    assert_eq!(tried.count(), 40);
    assert!(fails(&app, KIM, "198.51.100.8").is_ok());
    app.stop().await;
}

#[actix_web::test]
async fn what_is_kept_of_failures_names_nobody() {
    let app = start().await;
    // Long enough that no handle has the name in it by chance, as one in some hundreds has "kim".
    fails(&app, "somebody@mail.example", "198.51.100.7").unwrap();
    let mut database = Database::open(&app.settings.database);
    let kept = database.texts("SELECT subject || ' ' || audience AS value FROM sign_in_failures");
    assert_eq!(kept.len(), 3, "the account, the network, and one at the other");
    for row in kept {
        let (subject, audience) = row.split_once(' ').unwrap();
        assert_eq!((subject.len(), audience), (26, "staff"));
        assert!(!row.contains("somebody") && !row.contains("198.51"), "{row}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn wrong_codes_are_counted_to_the_network_that_types_them() {
    let app = start().await;
    let mut statuses = Vec::new();
    for nth in 0..12 {
        let browser = from(&app, "198.51.100.7");
        ask(&browser, &format!("somebody.{nth}@mail.example")).await.expect(303);
        for _ in 0..4 {
            statuses.push(browser.post("/sign-in/code", &[("code", "12345678")]).await.status);
        }
    }
    assert_eq!(statuses.iter().filter(|status| **status == 422).count(), 40);
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 8);
    app.stop().await;
}
