//! What is done beside requests. Each job may run twice without harm; a lease in the database lets one
//! process at a time do it.

pub mod access_writer;
pub mod outbox;
pub mod reminders;
pub mod schedule;
