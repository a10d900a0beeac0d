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

/// A move of an application.
#[derive(Clone)]
pub struct StatusChange {
    /// From where.
    pub from: Status,
    /// To where.
    pub to: Status,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: "the applicant", "staff", or to staff the name of a colleague.
    pub by: Secret,
}
