//! Bad input: each kind gets a clear sentence, nothing that was typed is lost, and nothing happens that should not.

mod access;
mod forms;
mod links;
mod start;
mod submit;
