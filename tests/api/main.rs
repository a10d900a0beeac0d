//! The house rules, and the whole site over HTTP as a browser would use it, on SQLite or PostgreSQL.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on must stop, and say where"
)]

mod access_log;
mod address;
mod asked_once_more;
mod assess;
mod assess_pages;
mod assess_scores;
mod assess_two_windows;
mod assess_wall;
mod assessor_passkeys;
mod assessors;
mod assigning;
mod audit;
mod bad_input;
mod barred;
mod canaries_of_an_applicant;
mod canary;
mod demo;
mod doors;
mod files;
mod files_bad_input;
mod five_hundred;
mod github;
mod invitations;
mod layers;
mod layers_assessors;
mod limits;
mod lists;
mod matrix;
mod matrix_cast;
mod naughty;
mod packets;
mod pages;
mod people;
mod redactions;
mod reminders;
mod results;
mod roles;
mod route_sources;
mod samples;
mod sharing_out;
mod smtp;
mod staff_organisation;
mod staff_organisation_closed;
mod staff_sign_in;
mod staff_ways;
mod staff_ways_bad_input;
mod staff_ways_changed;
mod start;
mod structure;
mod support;
mod support_check;
mod surfaces;
mod timing;
mod transport;
mod ways;
mod who_looked;
