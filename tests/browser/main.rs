//! The site in a real browser: without script on a phone, by keyboard alone, and with a search for barriers.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on must stop, and say where"
)]

mod assessing;
mod assessors;
mod assigning;
mod axe;
mod barriers;
mod cookies;
mod double_press;
mod driver;
mod files;
mod harness;
mod harness_check;
mod journey;
mod keyboard;
mod own_account;
mod packets;
mod passkeys;
mod phone_without_script;
mod pictures;
mod redacting;
#[path = "../api/support/mod.rs"]
#[expect(dead_code, reason = "the tests without a browser use more of it")]
mod support;
mod who_looked;
