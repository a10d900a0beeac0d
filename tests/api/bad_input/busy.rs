//! Another process holds the database: readers read on, and who writes is told so.

use std::time::{Duration, Instant};

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::journey::{person, together};
use crate::support::on_postgres;

#[actix_web::test]
async fn while_the_database_is_held_readers_read() {
    if on_postgres() {
        // There is no lock on a whole database there.
        return;
    }
    let app = TestApp::start().await;
    let applied = app.apply(&person(1)).await;
    let own = format!("/applications/{}", applied.id);
    let mut other = Database::open(&app.settings.database);
    other.run("BEGIN IMMEDIATE");
    // The session would be noted as used.
    app.clock.advance(600);

    let begun = Instant::now();
    let (port, cookie) = (app.port(), applied.browser.cookie("__Host-applicant").unwrap());
    let everybody = together(0..80, 80, |nth| {
        let (browser, own) = (Client::new(port), own.clone());
        browser.set_cookie("__Host-applicant", &cookie);
        async move {
            match nth % 4 {
                0 => browser.get("/").await.expect(200),
                1 => browser.get(&own).await.expect(200),
                _ => browser.post("/sign-in", &[("email", "kim@mail.example")]).await.expect(503),
            }
        }
    })
    .await;
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(20), "it took {took:?}");
    for page in everybody.iter().filter(|page| page.status == 503) {
        assert_eq!(page.header("retry-after"), Some("5"));
    }

    other.run("COMMIT");
    app.browser().post("/sign-in", &[("email", "kim@mail.example")]).await.expect(303);
    app.stop().await;
}
