//! Types and rules. Nothing here does I/O, reads a clock or draws a random number.

pub mod access;
pub mod application;
pub mod class;
pub mod consent;
pub mod controller;
pub mod device;
pub mod form;
pub mod id;
pub mod identity;
pub mod lookup;
pub mod network;
pub mod notice;
pub mod one_time_code;
pub mod password;
pub mod programme;
pub mod proof;
pub mod quarter;
pub mod reason;
pub mod receipt;
pub mod retention;
pub mod role;
pub mod sealed;
pub mod secret;
pub mod slot;
pub mod strike;
pub mod text;
