//! Almoner takes in grant applications and keeps them in confidence.

pub mod clock;
pub mod domain;
pub mod inventory;
