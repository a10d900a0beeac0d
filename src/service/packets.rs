//! Staff make packets of applications, and release them to assessors.

pub mod comments;
mod files;
mod laid;
pub mod prepare;
pub mod redact;
pub mod release;
pub mod round;
pub mod view;

pub(crate) mod team;
