//! What assessors do with the packets that were assigned to them.
//!
//! Nothing here, and nothing that is used here, knows of a type that holds applicants' data: what can be read is a
//! packet, and what is written hangs on it. `tests/api/layers.rs` holds it to that.

pub mod answer_offers;
pub mod ask_staff;
pub mod fetch_file;
pub mod give_back;
pub mod give_scores;
mod mine;
mod oneself;
pub mod others;
pub mod overview;
pub mod own;
pub mod read_packet;
pub mod undertake;
