//! What applicants are asked to agree to: one box a purpose, each with its exact text.

use std::fmt;
use std::str::FromStr;

use super::programme::OutsideAssessment;

pub use text::{ConsentFacts, ConsentText, RIGHTS};

mod text;

/// Something that an applicant is asked to agree to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// Keeping and assessing the application. There is no application without it.
    Application,
    /// Showing the username and the shared answers to assessors from outside, where that needs a consent of its own.
    OutsideAssessment,
    /// Keeping the answer to a question, by its key, that asks for something sensitive.
    Sensitive(String),
}

/// The text names nothing that applicants are asked to agree to.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a purpose of consent")]
pub struct NotAPurpose;

impl Purpose {
    /// The word that is stored: `application`, `outside_assessment` or `sensitive.<question>`.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Application => "application".to_owned(),
            Self::OutsideAssessment => "outside_assessment".to_owned(),
            Self::Sensitive(question) => format!("sensitive.{question}"),
        }
    }

    /// The name of its form control: `consent.<word>`.
    #[must_use]
    pub fn control(&self) -> String {
        format!("consent.{}", self.word())
    }

    /// Whether its box stands before the first draft. The boxes beside questions stand with their questions.
    #[must_use]
    pub const fn is_asked_first(&self) -> bool {
        matches!(self, Self::Application | Self::OutsideAssessment)
    }

    /// Whether nothing can go on without it.
    #[must_use]
    pub const fn required(&self) -> bool {
        matches!(self, Self::Application)
    }

    /// The purposes that are asked for before a first draft in a programme.
    #[must_use]
    pub fn asked_first(assessment: OutsideAssessment) -> Vec<Self> {
        match assessment {
            OutsideAssessment::WithConsent => vec![Self::Application, Self::OutsideAssessment],
            OutsideAssessment::Always | OutsideAssessment::Never => vec![Self::Application],
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word())
    }
}

impl FromStr for Purpose {
    type Err = NotAPurpose;

    fn from_str(text: &str) -> Result<Self, NotAPurpose> {
        match text {
            "application" => Ok(Self::Application),
            "outside_assessment" => Ok(Self::OutsideAssessment),
            _ => match text.strip_prefix("sensitive.") {
                Some(question) if !question.is_empty() => Ok(Self::Sensitive(question.to_owned())),
                _ => Err(NotAPurpose),
            },
        }
    }
}

#[cfg(test)]
mod tests;
