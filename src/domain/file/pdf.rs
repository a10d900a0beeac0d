//! PDF files.

use super::{FileError, FileKind, Strictness};
use crate::domain::secret::Secret;

/// Writes a PDF anew.
pub(super) fn clean(_bytes: &[u8], _strictness: Strictness) -> Result<Vec<u8>, FileError> {
    Err(FileError::Damaged(FileKind::Pdf))
}

/// The text of its pages.
pub(super) fn text(_bytes: &[u8]) -> Option<Secret> {
    None
}
