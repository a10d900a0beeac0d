//! The pictures in the README: `cargo test --test browser -- --ignored pictures`.

use std::path::Path;

use actix_web::web;
use almoner::service::demo;

use crate::harness::{Browser, Kind};
use crate::journey::{PROJECT, YOU, arrived, come_to_form, give_all, open};
use crate::support::app::TestApp;
use crate::support::database::Database;

/// Takes a picture of the top of the page, without scroll bars.
async fn take(browser: &Browser, name: &str) {
    let script = "document.documentElement.style.scrollbarWidth = 'none'; scrollTo(0, 0)";
    browser.run(script, Vec::new()).await;
    browser
        .picture(&Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/screenshots").join(name))
        .await;
}

/// Lets the demo's people apply over three weeks, and gives the link of the one whose description begins so.
pub async fn demo_with_link(app: &TestApp, who: &str) -> String {
    let (ctx, clock) = (app.context().clone(), app.clock.clone());
    let filled = web::block(move || {
        demo::fill(&ctx, || clock.advance(25_000))?;
        demo::links(&ctx)
    });
    let links = filled.await.unwrap().unwrap_or_else(|error| panic!("{error}"));
    let link = links.iter().find(|link| link.who.starts_with(who)).unwrap();
    link.link.expose().to_owned()
}

#[actix_web::test]
#[ignore = "writes into docs/screenshots"]
async fn pictures() {
    let app = TestApp::start().await;
    let officer = demo_with_link(&app, "Officer").await;
    let browser = Browser::start(Kind::DESK).await;
    browser.open(&officer).await;
    browser.press("Sign in").await;
    open(&app, &browser, "/staff/applications").await;
    arrived(&browser, "Applications").await;
    take(&browser, "officer-list.png").await;
    let plans = "SELECT r.slug AS value FROM rounds r JOIN assessment_plans p ON p.round_id = r.id";
    let slug = Database::open(&app.settings.database).texts(plans).remove(0);
    open(&app, &browser, &format!("/staff/rounds/{slug}/results")).await;
    arrived(&browser, "Results").await;
    take(&browser, "results.png").await;
    open(&app, &browser, &format!("/staff/rounds/{slug}/packets")).await;
    arrived(&browser, "Packets").await;
    browser.click("tbody th a").await;
    let begun = std::time::Instant::now();
    while !browser.shows(".strikes").await {
        assert!(begun.elapsed().as_secs() < 20, "no packet to prepare");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let script = "document.querySelector('.strikes').closest('.prepared').scrollIntoView()";
    browser.run(script, Vec::new()).await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/screenshots/packet.png");
    browser.picture(&file).await;
    browser.close().await;

    let browser = Browser::start(Kind { width: 800, ..Kind::DESK }).await;
    come_to_form(&app, &browser, "Project grants", "mira@invented.example").await;
    give_all(&browser, YOU).await;
    browser.press("Save and continue").await;
    arrived(&browser, "Your request").await;
    give_all(&browser, &PROJECT[..4]).await;
    take(&browser, "form.png").await;
    browser.close().await;
    app.stop().await;
}
