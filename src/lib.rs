//! Almoner takes in grant applications and keeps them in confidence.

pub mod clock;
pub mod config;
pub mod domain;
pub mod inventory;
pub mod store;
pub mod telemetry;
pub mod vault;
