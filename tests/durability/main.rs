//! Processes that are killed, disks that are full, keys that go: what was acknowledged is there, and nothing else is
//! claimed. These tests start the program itself, on SQLite.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that can't go on must stop and say where; the figures of a run are worth reading"
)]

mod commands;
mod full_disk;
mod keys;
mod kill_server;
mod refusals;
mod rotation;
mod support;
