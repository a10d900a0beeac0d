//! Almoner takes in grant applications and keeps them in confidence: what people give is sealed field by field,
//! and is gone when its time is up.
//!
//! # The map
//!
//! | room | what is in it | may use |
//! | --- | --- | --- |
//! | [`domain`], [`inventory`] | types and rules; the one declaration of every piece of personal data | each other |
//! | [`vault`] | the only place with keys: seals and opens, wraps data keys, indexes blindly | domain, inventory |
//! | [`clock`], [`config`], [`telemetry`] | the only readers of time and environment; the log | domain, inventory |
//! | [`store`] | the only place with SQL; sees sealed bytes only | domain, inventory |
//! | [`mail`] | writes mails and sends them | domain, inventory, config |
//! | [`provider`] | asks who somebody is where they sign in elsewhere | domain, inventory, config |
//! | [`service`] | use cases, one file each | domain, inventory, vault, store, clock, provider |
//! | [`web`] | pages, one folder an audience | service, domain, inventory, clock |
//! | [`jobs`] | what is done beside requests | service, domain, clock, mail |
//! | [`app`], [`cli`] | put it together; the command line | all |
//!
//! A test reads the imports of every file and fails on an edge that this table does not allow. Handlers never see
//! the database or a key; audiences never import each other.
//!
//! # One request, traced
//!
//! An applicant presses "Submit". `web::guard` refuses what another site posted. `web::permitted` asks
//! [`service::session`] who it is and [`service::permitted`] whether the application in the address is theirs: the
//! handler in `web::applicant` gets that row and no identifier. It checks the form's token and calls
//! [`service::submit::submit`] in a blocking thread. That opens the draft with the [`vault`], holds it against the
//! rules of [`domain::form`], computes with [`domain::retention`] how long it is kept from now on, wraps its data keys
//! under the key of that quarter and seals the IP address. Then one transaction of the [`store`] compares the
//! generation of the keyring and writes everything: status, keys, blind indexes, the mail in the outbox, the
//! entry in the audit. When it is on disk, the handler answers with a redirect to the receipt. Beside it,
//! [`jobs`] send the mail and chain the audit.
//!
//! `docs/ARCHITECTURE.md` says the same at length.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod inventory;
pub mod jobs;
pub mod mail;
pub mod provider;
pub mod service;
pub mod store;
pub mod telemetry;
pub mod vault;
pub mod web;
