//! PDF files: read with bounds, and written anew from what a page needs.
//!
//! The library's types, its ways of unpacking and its writer are used, but neither its loader (see [`read`]) nor its
//! reader of text: it keeps to what a page says first, and leaves out what is drawn by way of forms.

mod anew;
mod font;
mod lex;
mod marked;
mod matrix;
mod pages;
mod read;
mod rules;
mod stream;
mod tables;
mod unpack;
mod words;

use std::panic::catch_unwind;

use super::{FileError, FileKind, Strictness};
use crate::domain::secret::Secret;

/// The most bytes that all streams of one file may unpack to: pictures of whole pages among them.
const MOST_UNPACKED_PDF: usize = 160_000_000;

/// Why a PDF can't be read, or may not be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Damaged,
    TooMuch,
    TooManyPixels,
    Locked,
    HoldsFiles,
    CanBeUncovered,
    HasLayers,
}

impl From<Fault> for FileError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Damaged => Self::Damaged(FileKind::Pdf),
            Fault::TooMuch => Self::UnpacksTooLarge,
            Fault::TooManyPixels => Self::TooManyPixels,
            Fault::Locked => Self::Locked,
            Fault::HoldsFiles => Self::HoldsFiles,
            Fault::CanBeUncovered => Self::CanBeUncovered,
            Fault::HasLayers => Self::HasLayers,
        }
    }
}

/// Writes a PDF anew: its pages and what they show, as they are in its newest version.
pub(super) fn clean(bytes: &[u8], strictness: Strictness) -> Result<Vec<u8>, FileError> {
    // What a library makes of a hostile file is not to end the process: a panic is a damaged file.
    catch_unwind(|| anew::write(bytes, strictness))
        .unwrap_or(Err(Fault::Damaged))
        .map_err(FileError::from)
}

/// The text of its pages, line by line: all that is drawn as text, whether something stands over it or not.
pub(super) fn text(bytes: &[u8]) -> Option<Secret> {
    let words = catch_unwind(|| words::read(bytes)).unwrap_or(Err(Fault::Damaged)).ok()?;
    Some(Secret::new(words))
}
