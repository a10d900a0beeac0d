//! Kinds of grant, their questions and criteria.

use serde::{Deserialize, Serialize};

/// A kind of grant, as its definition file says it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// The name in addresses.
    pub slug: String,
    /// The name on pages.
    pub name: String,
    /// What it is for, in a sentence or two.
    pub about: String,
    /// How much can be asked for.
    pub amount: Amount,
    /// How long what is granted lasts, in months.
    #[serde(default)]
    pub duration_months: Option<u32>,
    /// In which parts a grant is paid.
    #[serde(default)]
    pub instalments: Vec<String>,
    /// Whether applications are taken all the time.
    #[serde(default)]
    pub rolling: bool,
    /// What can be granted in a quarter, in whole units of the currency.
    #[serde(default)]
    pub budget_per_quarter: Option<i64>,
    /// How many grants of this kind a person may have in a year.
    #[serde(default)]
    pub most_per_person_and_year: Option<u32>,
    /// Whether awards are made public.
    #[serde(default = "yes")]
    pub publish_awards: bool,
    /// The age, in years, that a person must have reached on the day of the award.
    #[serde(default)]
    pub min_age_on_award: Option<u32>,
    /// Whether people outside the foundation assess.
    pub outside_assessment: OutsideAssessment,
    /// The mark that an application has to reach.
    #[serde(default)]
    pub pass_mark: Option<PassMark>,
    /// What is asked, in order.
    pub question: Vec<Question>,
    /// By what applications are judged.
    #[serde(default)]
    pub criterion: Vec<Criterion>,
}

/// How much can be asked for, in whole units of the currency.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// ISO 4217.
    pub currency: String,
    /// The least.
    pub least: i64,
    /// The most.
    pub most: i64,
}

/// Whether people outside the foundation assess applications of a programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OutsideAssessment {
    /// Every application.
    #[serde(rename = "always")]
    Always,
    /// None.
    #[serde(rename = "never")]
    Never,
    /// Those whose applicants gave a consent of its own.
    #[serde(rename = "only with the applicant's separate consent")]
    WithConsent,
}

/// The points that an application has to reach.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassMark {
    /// The points to reach.
    pub points: u32,
    /// The most points there are.
    pub of: u32,
}

/// What an applicant is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The name in forms: `answer.<key>`.
    pub key: String,
    /// The question.
    pub ask: String,
    /// What kind of answer is expected.
    pub kind: Kind,
    /// Whether an application needs an answer.
    pub required: bool,
    /// Whether the answer goes into the packet for assessors.
    pub shared: bool,
    /// Whether it asks for something sensitive: then it has a consent box of its own.
    #[serde(default)]
    pub sensitive: bool,
    /// The most words.
    #[serde(default)]
    pub words: Option<usize>,
    /// What can be chosen.
    #[serde(default)]
    pub options: Vec<String>,
}

/// What kind of answer a question expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One line of text.
    Line,
    /// Text of several lines.
    Text,
    /// One of the options.
    Choice,
    /// A whole number.
    Number,
    /// An amount in whole units of the programme's currency.
    Money,
    /// A calendar day.
    Date,
    /// A file, which only staff read.
    File,
}

/// By what applications are judged.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// What is looked for.
    pub name: String,
    /// The most points.
    pub points: u32,
    /// The least points that an application needs here.
    pub least: u32,
    /// Whose judgement it is.
    pub scored_by: ScoredBy,
    /// How to judge it, in a sentence or two.
    #[serde(default)]
    pub guidance: String,
    /// Whether points take a comment that says why.
    #[serde(default)]
    pub comment_required: bool,
}

/// Who scores a criterion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScoredBy {
    /// Staff.
    Staff,
    /// Assessors from outside.
    Assessor,
}

const fn yes() -> bool {
    true
}

/// The definition file is not in order.
#[derive(Debug, thiserror::Error)]
pub enum ProgrammeError {
    /// It is not TOML, or has a field that is unknown or missing.
    #[error("the programmes cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A rule is broken.
    #[error("programme \"{programme}\": {rule}")]
    Rule {
        /// Its slug.
        programme: String,
        /// What is wrong.
        rule: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    programme: Vec<Programme>,
}

/// Reads programmes from TOML.
///
/// # Errors
/// When the text cannot be read, or a programme breaks a rule.
pub fn parse(text: &str) -> Result<Vec<Programme>, ProgrammeError> {
    let file: File = toml::from_str(text)?;
    for programme in &file.programme {
        let refuse = |rule| ProgrammeError::Rule { programme: programme.slug.clone(), rule };
        if !is_key(&programme.slug) {
            return Err(refuse("the slug must be of lower-case letters, digits and hyphens"));
        }
        if programme.amount.least < 0 || programme.amount.least > programme.amount.most {
            return Err(refuse("the least amount must not be above the most"));
        }
        for (position, question) in programme.question.iter().enumerate() {
            if !is_key(&question.key) {
                return Err(refuse(
                    "a question's key must be of lower-case letters, digits, _ and -",
                ));
            }
            if programme.question.iter().skip(position + 1).any(|other| other.key == question.key) {
                return Err(refuse("two questions have the same key"));
            }
            if (question.kind == Kind::Choice) == question.options.is_empty() {
                return Err(refuse(
                    "options belong to questions of the kind choice, and to no others",
                ));
            }
            // What is in a file can't be struck out of it, and its consent box would stand on another page.
            if question.kind == Kind::File && (question.shared || question.sensitive) {
                return Err(refuse(
                    "a question of the kind file must have shared = false, and can't be sensitive",
                ));
            }
        }
    }
    Ok(file.programme)
}

/// Whether a text can be the slug of a programme or the key of a question.
#[must_use]
pub fn is_key(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 40
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b))
}

/// The programmes that a new site starts with.
pub const STARTING: &str = include_str!("starting_programmes.toml");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_starting_programmes_are_in_order() {
        let slugs: Vec<_> = parse(STARTING).unwrap().into_iter().map(|p| p.slug).collect();
        assert_eq!(slugs, ["project", "fellowship", "event", "hardship"]);
    }

    #[test]
    fn an_unknown_field_is_refused() {
        let text = STARTING.replacen("rolling = true", "roling = true", 1);
        assert!(parse(&text).is_err());
    }

    #[test]
    fn a_file_is_for_staff_alone() {
        let own = "kind = \"file\", required = false, shared = false";
        assert!(STARTING.contains(own));
        for wrong in ["shared = true", "shared = false, sensitive = true"] {
            let text = STARTING.replacen(own, &own.replace("shared = false", wrong), 1);
            assert!(matches!(parse(&text), Err(ProgrammeError::Rule { .. })), "{wrong}");
        }
    }

    #[test]
    fn two_questions_with_one_key_are_refused() {
        let text = STARTING.replacen("key = \"benefit\"", "key = \"summary\"", 1);
        assert!(matches!(parse(&text), Err(ProgrammeError::Rule { .. })));
    }
}
