//! The site in a real browser: without script on a phone, by keyboard alone, and with a search for barriers.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on must stop, and say where"
)]

mod axe;
mod harness;
mod harness_check;
