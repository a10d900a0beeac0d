//! Types and rules. Nothing here does I/O, reads a clock or draws a random number.

pub mod class;
pub mod controller;
pub mod id;
pub mod lookup;
pub mod quarter;
pub mod secret;
pub mod slot;
