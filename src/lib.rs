//! Almoner takes in grant applications and keeps them in confidence.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod inventory;
pub mod jobs;
pub mod mail;
pub mod service;
pub mod store;
pub mod telemetry;
pub mod vault;
pub mod web;
