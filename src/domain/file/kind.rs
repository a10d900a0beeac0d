//! The kinds of file that are taken, and how they are told from each other.

use std::str::FromStr;

use super::FileError;
use super::name::size_words;
use super::text::looks_like_text;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A PDF.
    Pdf,
    /// A PNG picture.
    Png,
    /// A JPEG picture.
    Jpeg,
    /// Text in UTF-8. Tables (CSV) and Markdown are text too: a spreadsheet program would run what is written in them.
    Text,
    /// A document of Word.
    Docx,
    /// A spreadsheet of Excel.
    Xlsx,
    /// An OpenDocument text.
    Odt,
    /// An OpenDocument spreadsheet.
    Ods,
}

/// The word names no kind of file.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a kind of file")]
pub struct NotAKind;

impl FileKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Pdf,
        Self::Png,
        Self::Jpeg,
        Self::Text,
        Self::Docx,
        Self::Xlsx,
        Self::Odt,
        Self::Ods,
    ];

    /// The word in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Text => "text",
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
            Self::Odt => "odt",
            Self::Ods => "ods",
        }
    }

    /// What a page calls it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pdf => "PDF",
            Self::Png => "PNG picture",
            Self::Jpeg => "JPEG picture",
            Self::Text => "Text",
            Self::Docx => "Word document",
            Self::Xlsx => "Excel spreadsheet",
            Self::Odt => "OpenDocument text",
            Self::Ods => "OpenDocument spreadsheet",
        }
    }

    /// What a page calls one of a size in bytes: "PDF, 213 kB".
    #[must_use]
    pub fn with_size(self, bytes: usize) -> String {
        format!("{}, {}", self.label(), size_words(bytes))
    }

    /// What a sentence calls it, after "this".
    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Pdf => "PDF",
            Self::Png | Self::Jpeg => "picture",
            Self::Text => "text file",
            Self::Docx | Self::Odt => "document",
            Self::Xlsx | Self::Ods => "spreadsheet",
        }
    }

    /// What its name ends in when it is handed out, without the dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Text => "txt",
            _ => self.word(),
        }
    }

    /// The value of `Content-Type` with which it is handed out.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Text => "text/plain; charset=utf-8",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
        }
    }

    /// Whether a redacted version of this kind may reach assessors. Documents and spreadsheets keep too much that
    /// nobody sees: what was changed, hidden columns, notes.
    #[must_use]
    pub const fn may_reach_assessors(self) -> bool {
        matches!(self, Self::Pdf | Self::Png | Self::Jpeg | Self::Text)
    }

    /// What the attribute `accept` of a file input says: which files the browser offers first. No rule: the bytes say.
    #[must_use]
    pub const fn accept() -> &'static str {
        ".pdf,.png,.jpg,.jpeg,.txt,.csv,.md,.docx,.xlsx,.odt,.ods,application/pdf,image/png,image/jpeg,text/plain"
    }

    /// The same for a version that reaches assessors.
    #[must_use]
    pub const fn accept_redacted() -> &'static str {
        ".pdf,.png,.jpg,.jpeg,.txt,.csv,.md,application/pdf,image/png,image/jpeg,text/plain"
    }
}

impl FromStr for FileKind {
    type Err = NotAKind;

    fn from_str(word: &str) -> Result<Self, NotAKind> {
        Self::ALL.into_iter().find(|kind| kind.word() == word).ok_or(NotAKind)
    }
}

/// What the first bytes tell. Which document a packed file is shows when it is unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Pdf,
    Png,
    Jpeg,
    Text,
    Zip,
}

impl Told {
    /// What a file is, by its bytes.
    pub(super) fn of(bytes: &[u8]) -> Result<Self, FileError> {
        // Some programs put a line end or a mark before the first bytes of a PDF; readers look past it.
        let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
        if bytes.is_empty() {
            Err(FileError::Empty)
        } else if start.starts_with(b"%PDF-") {
            Ok(Self::Pdf)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Ok(Self::Png)
        } else if bytes.starts_with(b"\xff\xd8\xff") {
            Ok(Self::Jpeg)
        } else if bytes.starts_with(b"PK\x03\x04") {
            Ok(Self::Zip)
        } else if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
            Err(FileError::OldOffice)
        } else {
            looks_like_text(bytes).map(|()| Self::Text)
        }
    }

    /// Whether it may be a version for assessors.
    pub(super) const fn may_reach_assessors(self) -> bool {
        !matches!(self, Self::Zip)
    }
}
