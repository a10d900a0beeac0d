//! Why a file is not taken.

use super::kind::FileKind;

/// Why a file is not taken: one sentence for the person, with what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// There are no bytes in it, or nothing that can be seen.
    #[error("This file is empty: choose one with something in it")]
    Empty,
    /// It has more than [`super::MOST_BYTES`] bytes, as it came or as it would be kept.
    #[error("Choose a file of at most 4 MB")]
    TooLarge,
    /// It is of no kind that is taken.
    #[error(
        "Choose a PDF, a PNG or JPEG picture, a text file, or a document or spreadsheet (.docx, .xlsx, .odt, .ods)"
    )]
    UnknownKind,
    /// It looks like text, but its letters can't be told.
    #[error("Save this text file in the encoding UTF-8, then choose it again")]
    NotUtf8,
    /// A document of the kinds before 2007, or one that is locked.
    #[error(
        "Save this document as .docx or .xlsx (or as PDF) and without a password, then choose it again"
    )]
    OldOffice,
    /// It could not be read to its end.
    #[error("This {} seems to be damaged or cut off: save it anew or print it to PDF, then choose it again", .0.noun())]
    Damaged(FileKind),
    /// It has more pixels than can be shown safely.
    #[error("This picture has more than 60 million pixels: make it smaller, then choose it again")]
    TooManyPixels,
    /// It can be opened with a password only.
    #[error(
        "This file is locked by a password. Save it without a password or print it to PDF, then choose it again"
    )]
    Locked,
    /// It has programs in it.
    #[error(
        "This document has macros in it. Save it without macros (as .docx, .xlsx, .odt or .ods), then choose it again"
    )]
    Macros,
    /// It unpacks to too much, has too many parts, or is nested too deep.
    #[error(
        "This file is too large once it is unpacked, or too intricate: save a smaller or simpler version of it"
    )]
    UnpacksTooLarge,
    /// It loads a part of itself from another place.
    #[error(
        "This document loads a part of itself from another place (a template, a picture or an object). Put it in or take it out, or save the document as PDF"
    )]
    LoadsFromOutside,
    /// It has other files in it.
    #[error("This document has another file in it. Take it out, or save the document as PDF")]
    HoldsFiles,
    /// A version for assessors is of a kind that doesn't reach them.
    #[error(
        "Save it as PDF first: documents and spreadsheets keep what was changed or hidden in them"
    )]
    NotForAssessors,
    /// A version for assessors has something drawn over its text that can be taken off.
    #[error(
        "A black bar drawn over text can be taken off again: take the text out or cover it, print it to PDF and upload that"
    )]
    CanBeUncovered,
    /// A version for assessors has layers that can be shown and hidden.
    #[error("This PDF has layers that can be shown and hidden: print it to PDF and upload that")]
    HasLayers,
}
