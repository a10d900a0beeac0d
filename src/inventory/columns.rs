//! What every column of the database holds.

use crate::domain::slot::Slot;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Sealed values.
    Sealed(Slot),
    /// Keyed fingerprints of values, for exact look-ups.
    BlindIndex,
    /// Nothing personal, for this reason.
    Plain(&'static str),
}

/// Every column: its table, its name, and what it holds.
pub static COLUMNS: &[(&str, &str, Column)] = &[];
