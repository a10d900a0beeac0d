//! Documents and spreadsheets: packed files whose parts are known by name. Each part is written anew, and what is not
//! known is not kept.

mod media;
mod odf;
mod ooxml;
mod package;
mod words;
mod xml;

use std::panic::catch_unwind;

use super::{FileError, FileKind};
use crate::domain::secret::Secret;

/// Why a document can't be read, or may not be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Unknown,
    Damaged,
    TooMuch,
    TooManyPixels,
    Locked,
    Macros,
    HoldsFiles,
    LoadsFromOutside,
}

impl From<Fault> for FileError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unknown => Self::UnknownKind,
            Fault::Damaged => Self::Damaged(FileKind::Docx),
            Fault::TooMuch => Self::UnpacksTooLarge,
            Fault::TooManyPixels => Self::TooManyPixels,
            Fault::Locked => Self::Locked,
            Fault::Macros => Self::Macros,
            Fault::HoldsFiles => Self::HoldsFiles,
            Fault::LoadsFromOutside => Self::LoadsFromOutside,
        }
    }
}

/// How deep documents may lie in each other: the numbers behind a chart are one inside.
const DEEPEST: usize = 1;

/// Tells which kind of document it is, and writes it anew.
pub(super) fn clean(bytes: &[u8]) -> Result<(FileKind, Vec<u8>), FileError> {
    catch_unwind(|| at_depth(bytes, 0)).unwrap_or(Err(Fault::Damaged)).map_err(FileError::from)
}

fn at_depth(bytes: &[u8], depth: usize) -> Result<(FileKind, Vec<u8>), Fault> {
    if depth > DEEPEST {
        return Err(Fault::HoldsFiles);
    }
    let parts = package::unpack(bytes)?;
    if let Some(kind) = odf::kind(&parts) {
        return Ok((kind, package::pack(&odf::clean(&parts)?, odf::KIND)?));
    }
    let kind = ooxml::kind(&parts)?;
    let kept =
        ooxml::clean(&parts, |inner| at_depth(inner, depth + 1).map(|(_, written)| written))?;
    Ok((kind, package::pack(&kept, ooxml::TYPES)?))
}

/// The text of its parts.
pub(super) fn text(bytes: &[u8]) -> Option<Secret> {
    let read = catch_unwind(|| words::read(&package::unpack(bytes)?));
    Some(Secret::new(read.unwrap_or(Err(Fault::Damaged)).ok()?))
}
