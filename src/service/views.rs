//! What use cases hand to pages. Opened values are [`Secret`]s until a page shows them.

use chrono::{DateTime, Utc};

use crate::domain::application::Status;
use crate::domain::form::Section;
use crate::domain::secret::Secret;

/// A value beside its label.
#[derive(Clone)]
pub struct CheckRow {
    /// The name of the form control.
    pub control: String,
    /// The label.
    pub label: String,
    /// The value.
    pub value: Secret,
    /// The page of the form where it is given.
    pub section: Section,
    /// Who sees it, and how long it is kept.
    pub badge: String,
    /// What has to be mended before it can be submitted.
    pub error: Option<String>,
    /// Whether it may have several lines.
    pub multiline: bool,
    /// The currency of an amount.
    pub currency: Option<String>,
    /// Where it comes from, if that is worth a word.
    pub mark: Option<&'static str>,
    /// What in it seems to say who the applicant is, where assessors may see it and that is looked for.
    pub gives_away: Vec<Secret>,
    /// Where a file is asked for: which.
    pub file: Option<FileRow>,
}

/// A question that takes a file.
#[derive(Clone, Debug)]
pub struct FileRow {
    /// The question's key, by which what is attached is fetched.
    pub question: String,
    /// Whether something is attached.
    pub attached: bool,
}

/// A consent as it was given.
#[derive(Clone, Debug)]
pub struct ConsentView {
    /// What it was given for, in a few words.
    pub purpose_title: String,
    /// The exact text, in paragraphs.
    pub paragraphs: Vec<String>,
    /// Which version of that text.
    pub version: i64,
    /// When it was given.
    pub given_at: DateTime<Utc>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// What can happen to an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// It moved to where it says.
    Moved(Status),
    /// Its packet was released to assessors.
    Released,
    /// Its packet was closed to them.
    Closed,
}

impl Happened {
    /// The word by which pages tell it apart.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Moved(status) => status.word(),
            Self::Released => "released",
            Self::Closed => "closed",
        }
    }

    /// What pages call it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Moved(status) => status.label(),
            Self::Released => "Released to assessors",
            Self::Closed => "Closed to assessors",
        }
    }
}

/// Something that happened to an application.
#[derive(Clone)]
pub struct Event {
    /// What.
    pub what: Happened,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: "the applicant", "staff", or to staff the name of a colleague.
    pub by: Secret,
}
