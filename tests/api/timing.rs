//! Wherever somebody types an address, the answer is the same whether anybody has it: what it says, its headers, how long it
//! is, and how long it takes.

use std::time::Instant;

use crate::assessors::invite;
use crate::staff_ways::{ADDRESS, admin, strict};
use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::html::Page;
use crate::support::journey::{EVENT, FORM, agree, closely};

const KIM: &str = "kim@mail.example";
const OLU: &str = "olu@foundation.example";
const ASA: &str = "asa@elsewhere.example";

/// How often each address is typed before the times are looked at.
const ROUNDS: usize = 60;
/// How often that is done at most.
const TRIES: usize = 20;
/// The part of a time by which one address may differ from another.
const ALIKE: f64 = 0.04;

/// Types each of some addresses into a form, over and over and in turn, and holds what comes against each other.
#[expect(clippy::print_stdout, reason = "the figures are of use where the test fails or is read")]
async fn same_for_all(browser: &Client, page: &Page, addresses: &[&str]) {
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); addresses.len()];
    let mut shown = String::new();
    // What else the machine does falls on all alike: the more there is of it, the longer it takes to see through it.
    for _ in 0..TRIES {
        let mut answers = vec![None; addresses.len()];
        for round in 0..ROUNDS {
            for place in 0..addresses.len() {
                // None always comes after the same one.
                let case = (place + round) % addresses.len();
                let mut form = page.form(FORM);
                form.set("email", addresses[case]);
                let begun = Instant::now();
                let answer = browser.send(page, &form).await.expect(303);
                times[case].push(begun.elapsed().as_secs_f64());
                answers[case] = Some(but_for_random(&answer));
            }
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
        let usual = median(times[0].clone());
        let apart: Vec<f64> = times
            .iter()
            .map(|own| median(own.iter().zip(&times[0]).map(|(own, first)| own - first).collect()))
            .map(|seconds| seconds / usual)
            .collect();
        let spread = apart.iter().fold(0.0_f64, |most, own| most.max(*own))
            - apart.iter().fold(0.0_f64, |least, own| least.min(*own));
        shown = format!("{:.2} ms, apart by {apart:.3?}", usual * 1000.0);
        println!("{addresses:?}, {} each: {shown}", times[0].len());
        if spread < ALIKE {
            return;
        }
    }
    panic!("the time tells: {shown}");
}

/// What an answer says; of a cookie, which is random, how long it is.
fn but_for_random(answer: &Page) -> (u16, Vec<(String, String)>, String) {
    let (status, mut headers, body) = closely(answer);
    for (name, value) in &mut headers {
        if name == "set-cookie" {
            *value = value.len().to_string();
        }
    }
    (status, headers, body)
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

#[actix_web::test]
async fn at_the_door_of_applicants() {
    let app = TestApp::start().await;
    app.begin(&app.browser(), EVENT, KIM).await;
    let browser = app.browser();
    let page = browser.visit("/sign-in").await.expect(200);
    same_for_all(&browser, &page, &[KIM, "nobody@mail.example"]).await;
    app.stop().await;
}

#[actix_web::test]
async fn where_somebody_begins_to_apply() {
    let app = TestApp::start().await;
    app.begin(&app.browser(), EVENT, KIM).await;
    let browser = app.browser();
    let page = agree(&browser, EVENT).await;
    same_for_all(&browser, &page, &[KIM, "nobody@mail.example"]).await;
    app.stop().await;
}

#[actix_web::test]
async fn at_the_door_of_staff_by_mail() {
    let app = strict().await;
    let (ada, _) = admin(&app).await;
    app.staff(&ada, "Olu Officer", OLU, &["officer"]).await;
    let browser = app.browser();
    let page = browser.visit("/staff/sign-in/mail").await.expect(200);
    // Who may come by mail, who has a stronger way, and who is not there.
    same_for_all(&browser, &page, &[OLU, ADDRESS, "nobody@foundation.example"]).await;
    app.stop().await;
}

#[actix_web::test]
async fn at_the_door_of_assessors() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    invite(&app, &officer, ASA, "2027-09-30").await.expect(200);
    let link = app.mail_to(ASA).await.link_to("/assess/welcome/");
    let assessor = app.browser();
    let page = assessor.visit(&link).await.expect(200);
    assessor.submit_and_follow(&page, FORM, &[("name", "Asa Assessor")]).await.expect(200);
    invite(&app, &officer, "bo@elsewhere.example", "2027-09-30").await.expect(200);
    let browser = app.browser();
    let page = browser.visit("/assess/sign-in").await.expect(200);
    // Who may come in, who was invited and has not come, and who is not there.
    let addresses = [ASA, "bo@elsewhere.example", "no@elsewhere.example"];
    same_for_all(&browser, &page, &addresses).await;
    app.stop().await;
}

#[actix_web::test]
async fn where_an_account_gets_another_address() {
    let app = TestApp::start().await;
    app.begin(&app.browser(), EVENT, KIM).await;
    let browser = app.browser();
    app.begin(&browser, EVENT, "old@mail.example").await;
    let page = browser.visit("/account/address").await.expect(200);
    same_for_all(&browser, &page, &["free@mail.example", KIM]).await;
    app.stop().await;
}
