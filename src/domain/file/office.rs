//! Documents and spreadsheets.

use super::{FileError, FileKind};
use crate::domain::secret::Secret;

/// Writes a document anew.
pub(super) fn clean(_bytes: &[u8]) -> Result<(FileKind, Vec<u8>), FileError> {
    Err(FileError::UnknownKind)
}

/// The text of its parts.
pub(super) fn text(_bytes: &[u8]) -> Option<Secret> {
    None
}
