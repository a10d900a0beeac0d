//! Use cases, one file each, named by the verb: check who may → seal or open → one transaction, in which
//! what happened is audited and what follows is queued.
//!
//! All are plain synchronous functions. Values are sealed before a transaction begins, so that no key is
//! used while others wait; the generation of the keyring is compared inside it.

pub mod accept_assessor;
pub mod accept_staff;
pub mod access_log;
mod actor;
pub mod add_programmes;
pub mod address;
pub mod applicants;
pub mod assessors;
pub mod assign;
pub mod audit_chain;
pub(crate) mod challenges;
pub mod clocks;
pub mod consent_texts;
pub mod context;
pub mod deliver_mail;
pub mod demo;
pub mod elsewhere;
mod enter;
pub mod error;
pub mod first_start;
pub mod forget_unfinished;
pub mod github;
mod github_accounts;
mod gives_away;
pub mod health;
mod held_leases;
pub mod help_with_access;
pub mod invite_staff;
pub mod lease;
pub mod ledger;
pub mod limits;
pub mod links;
pub mod list_applications;
mod name_search;
pub mod new_draft;
mod nobody;
pub mod open_draft;
pub mod openings;
pub mod organisation;
pub mod outsiders;
pub mod own_sessions;
pub mod passkeys;
pub(crate) mod password_hash;
pub mod passwords;
pub mod people;
pub mod permitted;
pub mod prove;
pub mod prove_outside;
pub mod read_access_log;
pub mod read_application;
pub mod read_audit;
pub mod read_own;
pub mod readmit;
pub mod review;
pub mod rotate_keys;
pub mod rounds;
pub mod save_draft;
pub mod session;
pub mod sign_in;
pub mod start_application;
pub mod submit;
pub mod views;
pub mod way_in;
pub mod ways;
pub mod who_saw;
pub mod withdraw;

pub use context::{Context, Site};
pub use error::ServiceError;
