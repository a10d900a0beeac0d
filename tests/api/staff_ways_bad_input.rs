//! The door of staff tells nobody who has an account, and takes whatever is typed.

use std::time::{Duration, Instant};

use crate::staff_ways::{ADDRESS, PASSWORD, admin, give_password, is_in, strict};
use crate::support::journey::{FORM, closely};

/// An address that nobody has.
const UNKNOWN: &str = "nobody@foundation.example";
/// Somebody who was invited, came, and has no password yet.
const WITHOUT: &str = "olu@foundation.example";

#[actix_web::test]
async fn nothing_tells_who_has_an_account_or_whether_the_password_was_right() {
    let app = strict().await;
    let (ada, _) = admin(&app).await;
    app.staff(&ada, "Olu Officer", WITHOUT, &["officer"]).await;
    let mut answers = Vec::new();
    for (email, password) in [
        (ADDRESS, PASSWORD),
        (ADDRESS, "this is not the password"),
        (UNKNOWN, PASSWORD),
        (WITHOUT, PASSWORD),
    ] {
        let browser = app.browser();
        let page = browser.visit("/staff/sign-in").await.expect(200);
        let form = "form[action='/staff/sign-in/password']";
        let typed = [("email", email), ("password", password)];
        let sent = browser.submit(&page, form, &typed).await.expect(303);
        let mut sent = closely(&sent);
        // The value of the cookie is random, in every answer.
        let cookie = browser.cookie("__Host-visit").unwrap();
        sent.1.iter_mut().for_each(|(_, value)| *value = value.replace(&cookie, "…"));
        let page = browser.visit("/staff/sign-in/password/code").await.expect(200);
        let mut tried = Vec::new();
        for code in ["000000", "K7QM-2XWB-9TRC", "", "１２３４５６", "x"] {
            tried.push(closely(&browser.submit(&page, FORM, &[("code", code)]).await.expect(422)));
        }
        // Then one waits, whoever one says to be.
        let early = closely(&browser.post("/staff/sign-in/password/code", &[("code", "x")]).await);
        assert_eq!(early.0, 429);
        tried.push(early);
        app.clock.advance(30);
        // And the sixth is one too many.
        tried.push(closely(&browser.submit(&page, FORM, &[("code", "000000")]).await.expect(410)));
        answers.push((sent, closely(&page), tried));
        app.clock.advance(25 * 3600);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
    app.stop().await;
}

#[actix_web::test]
async fn the_time_tells_nothing_either() {
    const ROUNDS: usize = 16;
    let app = strict().await;
    let (ada, _) = admin(&app).await;
    app.staff(&ada, "Olu Officer", WITHOUT, &["officer"]).await;
    let browser = app.browser();
    let cases = [
        (ADDRESS, PASSWORD),
        (ADDRESS, "not the password, no"),
        (UNKNOWN, PASSWORD),
        (WITHOUT, PASSWORD),
    ];
    // Other work on the machine only ever adds to a time: the fast quarter is compared, and of some tries one has to
    // show that they are alike.
    let mut shown = String::new();
    for _ in 0..5 {
        let mut times = vec![Vec::new(); cases.len()];
        for _ in 0..ROUNDS {
            for (case, (email, password)) in cases.iter().enumerate() {
                let fields = [("email", *email), ("password", *password)];
                let begun = Instant::now();
                browser.post("/staff/sign-in/password", &fields).await.expect(303);
                times[case].push(begun.elapsed());
            }
        }
        let fast: Vec<Duration> = times
            .iter_mut()
            .map(|times| {
                times.sort();
                times[ROUNDS / 4]
            })
            .collect();
        let (least, most) = (fast.iter().min().unwrap(), fast.iter().max().unwrap());
        shown = format!("{fast:?}");
        println!("times for known, wrong, unknown and without a password: {shown}");
        if most.as_secs_f64() < least.as_secs_f64() * 1.25 {
            app.stop().await;
            return;
        }
    }
    panic!("the time tells: {shown}");
}

#[actix_web::test]
async fn the_address_is_kept_on_a_mistake_and_the_password_never() {
    let app = strict().await;
    let browser = app.browser();
    for (email, password, mistakes) in [
        ("no address", PASSWORD, 1),
        (ADDRESS, "", 1),
        ("no address", "", 2),
        ("a@b.example\r\nBcc: c@d.example", PASSWORD, 1),
    ] {
        let page = browser.visit("/staff/sign-in").await.expect(200);
        let form = "form[action='/staff/sign-in/password']";
        let typed = [("email", email), ("password", password)];
        let page = browser.submit(&page, form, &typed).await.expect(422);
        assert_eq!(page.errors().len(), mistakes, "{email:?}");
        let shown = page.form(form);
        assert_eq!(
            shown.value("email").map(|text| text.replace("\r\n", "\n")),
            Some(email.replace("\r\n", "\n"))
        );
        assert_eq!(shown.value("password"), Some(""));
    }
    app.stop().await;
}

#[actix_web::test]
async fn a_password_of_a_megabyte_is_one_clear_page() {
    let app = strict().await;
    let (ada, _) = admin(&app).await;
    let browser = app.browser();
    // What the form of somebody who is signed out may have, and a megabyte.
    let page = give_password(&browser, ADDRESS, &"a".repeat(16_000)).await.expect(200);
    assert_eq!(page.text_of("h1"), "Enter the code");
    let begun = Instant::now();
    for length in [1 << 19, (1 << 20) + 1] {
        let long = "a".repeat(length);
        let typed = [("email", ADDRESS), ("password", long.as_str())];
        let page = browser.post("/staff/sign-in/password", &typed).await.expect(413);
        assert_eq!(page.text_of("h1"), "That was too much text");
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
    let long = "a".repeat((1 << 20) - 100);
    let page = ada.visit("/staff/ways/password").await.expect(200);
    let typed = [("password", long.as_str()), ("again", "")];
    let page = ada.submit(&page, FORM, &typed).await.expect(422);
    assert_eq!(page.errors(), ["A password can have at most 256 characters"]);
    assert!(!page.html.contains("aaaaaaaaaa"));
    app.stop().await;
}

#[actix_web::test]
async fn weak_passwords_are_refused_with_the_reason() {
    let app = strict().await;
    let browser = app.first_admin(&[]).await;
    let page = browser.visit("/staff/ways/password").await.expect(200);
    for (password, again, reason) in [
        ("", "", "Enter a password"),
        ("short one", "short one", "at least 15 characters"),
        ("passwordpassword", "passwordpassword", "tried first"),
        ("aaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaa", "repeats itself"),
        ("ada@foundation.example", "ada@foundation.example", "your address"),
        ("Example Foundation", "Example Foundation", "organisation’s name"),
        (PASSWORD, "correct horse battery stable", "the same password in both"),
    ] {
        let typed = [("password", password), ("again", again)];
        let page = browser.submit(&page, FORM, &typed).await.expect(422);
        let [error] = page.errors().try_into().unwrap();
        assert!(error.contains(reason), "{password}: {error}");
        assert!(password.is_empty() || !page.html.contains(&format!("value=\"{password}\"")));
    }
    assert!(!is_in(&browser).await);
    app.stop().await;
}

#[actix_web::test]
async fn nothing_counts_before_a_right_code_was_typed() {
    let app = strict().await;
    let browser = app.first_admin(&[]).await;
    let page = browser.visit("/staff/ways/password").await.expect(200);
    let typed = [("password", PASSWORD), ("again", PASSWORD)];
    let page = browser.submit_and_follow(&page, FORM, &typed).await.expect(200);
    for _ in 0..5 {
        browser.submit(&page, FORM, &[("code", "000000")]).await.expect(422);
    }
    browser.submit(&page, FORM, &[("code", "000000")]).await.expect(410);
    let ways = browser.visit("/staff/ways").await.expect(200);
    assert_eq!(ways.text_of("h1"), "Set up a way to sign in");
    // What somebody else's browser began is not this one's.
    let other = app.browser();
    other.get("/staff/ways/password/app").await.expect(303);
    app.stop().await;
}
