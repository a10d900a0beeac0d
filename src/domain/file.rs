//! Files that people attach: which kinds are taken, told by their bytes alone, and what is taken out of them before
//! they are kept. Bytes in, bytes out.
//!
//! Nothing of a file is kept because it was not recognised: each kind is written anew from what it needs, so that what
//! tells who made it, when, where and with what stays behind.

mod error;
mod kind;
mod name;
mod office;
mod pdf;
mod picture;
mod text;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::error::FileError;
pub use self::kind::{FileKind, NotAKind};
pub use self::name::{shown_name, size_words};
use super::secret::{Secret, SecretBytes};

/// The most bytes of one file, as it comes and as it is kept.
pub const MOST_BYTES: usize = 4_000_000;

/// The most pixels of one picture: what it takes to show it grows with them, however few bytes it has.
const MOST_PIXELS: u64 = 60_000_000;

/// The most bytes that a packed file may unpack to.
const MOST_UNPACKED: usize = 40_000_000;

/// A file as it is kept.
#[derive(Clone)]
pub struct Clean {
    /// What it is.
    pub kind: FileKind,
    /// Its bytes, written anew.
    pub content: SecretBytes,
}

/// What is kept, sealed, beside a file's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// What the person called it, as [`shown_name`] leaves it.
    pub name: String,
    /// Its size in bytes, as it is kept.
    pub size: usize,
}

/// How much of a file may stay.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strictness {
    /// For staff: what a reader sees stays, what tells about the maker goes.
    Kept,
    /// For assessors: what could hold something that a reader doesn't see goes as well.
    Redacted,
}

/// Tells what a file is by its bytes, never by its name, and writes it anew without what tells about its maker.
/// Cleaning twice gives what cleaning once gives.
///
/// # Errors
///
/// With a sentence for the person, if it is of no kind that is taken, too large (also unpacked), damaged, locked by a
/// password, or does something when it is opened.
pub fn clean(content: SecretBytes) -> Result<Clean, FileError> {
    clean_to(&content, Strictness::Kept)
}

/// The same for a version that staff made for assessors. Only kinds that may reach them are taken, and nothing may stay
/// in it that stands under something else or that only a machine reads.
///
/// # Errors
///
/// As [`clean`], and if the kind doesn't reach assessors, or something was drawn over the text that can be taken off.
pub fn redacted(content: SecretBytes) -> Result<Clean, FileError> {
    clean_to(&content, Strictness::Redacted)
}

fn clean_to(content: &SecretBytes, strictness: Strictness) -> Result<Clean, FileError> {
    let bytes = content.expose();
    if bytes.len() > MOST_BYTES {
        return Err(FileError::TooLarge);
    }
    let told = kind::Told::of(bytes)?;
    if strictness == Strictness::Redacted && !told.may_reach_assessors() {
        return Err(FileError::NotForAssessors);
    }
    let (kind, content) = match told {
        kind::Told::Pdf => (FileKind::Pdf, pdf::clean(bytes, strictness)?),
        kind::Told::Png => (FileKind::Png, picture::png(bytes, strictness)?),
        kind::Told::Jpeg => (FileKind::Jpeg, picture::jpeg(bytes, strictness)?),
        kind::Told::Text => (FileKind::Text, text::clean(bytes)?),
        kind::Told::Zip => office::clean(bytes)?,
    };
    let content = SecretBytes::new(content);
    if content.expose().len() > MOST_BYTES {
        return Err(FileError::TooLarge);
    }
    Ok(Clean { kind, content })
}

/// The text that a machine can read out of a file that was cleaned: also what stands under a bar or in white on white.
/// `None` where it can read none, as in a picture or a scan.
#[must_use]
pub fn text_in(kind: FileKind, content: &SecretBytes) -> Option<Secret> {
    let bytes = content.expose();
    let text = match kind {
        FileKind::Png | FileKind::Jpeg => None,
        FileKind::Text => std::str::from_utf8(bytes).ok().map(Secret::new),
        FileKind::Pdf => pdf::text(bytes),
        FileKind::Docx | FileKind::Xlsx | FileKind::Odt | FileKind::Ods => office::text(bytes),
    };
    text.filter(|text| !text.is_blank())
}
