//! What the tests stand on: a site of their own each, a browser, the mails it gets.

pub mod app;
pub mod attachments;
pub mod bytes;
pub mod client;
pub mod database;
pub mod documents;
pub mod github;
pub mod html;
pub mod journey;
pub mod mails;
pub mod packets;
pub mod passkey;
pub mod port;
pub mod postgres;
pub mod rounds;
pub mod server;
pub mod smtp;

/// Whether the tests run on PostgreSQL: `TEST_DATABASE=postgres`. Otherwise they run on SQLite.
#[expect(clippy::disallowed_methods, reason = "no setting of the program, but of its tests")]
pub fn on_postgres() -> bool {
    match std::env::var("TEST_DATABASE").unwrap_or_default().as_str() {
        "" | "sqlite" => false,
        "postgres" => true,
        other => panic!("TEST_DATABASE is `{other}`; it can be `sqlite` or `postgres`"),
    }
}
