//! The rules of retention, their periods, and how settings may shorten them.

use std::fmt;
use std::str::FromStr;

use chrono::{Days, Months, NaiveDate};

/// A length of time, counted in calendar days or calendar years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Span {
    /// So many days.
    Days(u32),
    /// So many years; 29 February becomes 28 February.
    Years(u32),
}

impl Span {
    /// The day that lies this span after `day`.
    #[must_use]
    pub fn after(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Days(days) => day.checked_add_days(Days::new(u64::from(days))),
            // `Months` takes the last day of February where there is no 29th.
            Self::Years(years) => day.checked_add_months(Months::new(years.saturating_mul(12))),
        }
        // Only reached by a day beyond the year 262,000.
        .unwrap_or(NaiveDate::MAX)
    }

    /// Whether it ends no later than `other`, whatever day both are counted from.
    #[must_use]
    pub fn is_within(self, other: Self) -> bool {
        match (self, other) {
            (Self::Days(own), Self::Days(limit)) | (Self::Years(own), Self::Years(limit)) => {
                own <= limit
            }
            (Self::Days(own), Self::Years(limit)) => own <= limit.saturating_mul(365),
            (Self::Years(own), Self::Days(limit)) => own.saturating_mul(366) <= limit,
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Days(0) => f.write_str("no time"),
            Self::Days(1) => f.write_str("24 hours"),
            Self::Days(days) => write!(f, "{days} days"),
            Self::Years(1) => f.write_str("one year"),
            Self::Years(years) => write!(f, "{} years", in_words(years)),
        }
    }
}

/// A number as a sentence writes it: in letters below ten.
#[must_use]
pub fn in_words(number: u32) -> String {
    const WORDS: [&str; 10] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let word = usize::try_from(number).ok().and_then(|number| WORDS.get(number));
    word.map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

/// A rule that says how long something is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// Someone asked for a sign-in link, or to start an application, and has not used it.
    Unconfirmed,
    /// A draft that has not been submitted.
    Draft,
    /// A submitted application that did not lead to a grant, or has not yet.
    Application,
    /// An application that led to a grant.
    Award,
    /// An application whose consent was withdrawn.
    ConsentWithdrawn,
    /// An applicant's account.
    Account,
    /// An account of a member of staff or an assessor.
    Staff,
    /// A mail that is waiting or was sent.
    Mail,
    /// A day of the access log.
    AccessLog,
    /// A request of a person about their data.
    Request,
    /// What remains to prove a consent after its application was erased.
    ConsentProof,
    /// The record of a hold, a legal demand or an export.
    Register,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 12] = [
        Self::Unconfirmed,
        Self::Draft,
        Self::Application,
        Self::Award,
        Self::ConsentWithdrawn,
        Self::Account,
        Self::Staff,
        Self::Mail,
        Self::AccessLog,
        Self::Request,
        Self::ConsentProof,
        Self::Register,
    ];

    /// The word that is stored beside the last day.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unconfirmed => "unconfirmed",
            Self::Draft => "draft",
            Self::Application => "application",
            Self::Award => "award",
            Self::ConsentWithdrawn => "consent_withdrawn",
            Self::Account => "account",
            Self::Staff => "staff",
            Self::Mail => "mail",
            Self::AccessLog => "access_log",
            Self::Request => "request",
            Self::ConsentProof => "consent_proof",
            Self::Register => "register",
        }
    }

    /// The longest that the rule allows. This is what the privacy notice says; settings can only shorten it.
    #[must_use]
    pub const fn longest(self) -> Span {
        match self {
            Self::Unconfirmed => Span::Days(1),
            Self::Draft | Self::Account => Span::Days(90),
            Self::Application
            | Self::Staff
            | Self::Request
            | Self::ConsentProof
            | Self::Register => Span::Years(3),
            Self::Award => Span::Years(7),
            Self::ConsentWithdrawn => Span::Days(0),
            Self::Mail => Span::Days(30),
            Self::AccessLog => Span::Years(1),
        }
    }

    /// What the rule is about, for readers.
    #[must_use]
    pub const fn subject(self) -> &'static str {
        match self {
            Self::Unconfirmed => "An address that nobody has confirmed, and a request to sign in",
            Self::Draft => "A draft",
            Self::Application => "An application that did not lead to a grant",
            Self::Award => "An application that led to a grant",
            Self::ConsentWithdrawn => "An application whose consent was withdrawn",
            Self::Account => "An applicant's account",
            Self::Staff => "An account of a member of staff",
            Self::Mail => "The record that a mail was sent",
            Self::AccessLog => "A day of the access log",
            Self::Request => "A request about a person's data",
            Self::ConsentProof => "The proof of a consent whose application was erased",
            Self::Register => "The record of a hold, a legal demand or an export",
        }
    }

    /// What the time is counted from, as a phrase that follows the span: "three years *from …*".
    #[must_use]
    pub const fn counted(self) -> &'static str {
        match self {
            Self::Unconfirmed => "after it was asked for, to the end of that day",
            Self::Draft => "after the last change",
            Self::Application => "from submission",
            Self::Award => "from the decision to award the grant",
            Self::ConsentWithdrawn => "erased at once, never later than the end of that day",
            Self::Account => {
                "after the last sign-in, and at least as long as an application of that person is kept"
            }
            Self::Staff => "after the account was deactivated, or after the last sign-in to it",
            Self::Mail => "after it was sent",
            Self::AccessLog => "after the day that it records",
            Self::Request | Self::ConsentProof => "after it was closed",
            Self::Register => "after its end",
        }
    }
}

impl Rule {
    /// The whole rule as a phrase, such as "three years from submission".
    #[must_use]
    pub fn phrase(self) -> String {
        match self {
            Self::ConsentWithdrawn => self.counted().to_owned(),
            _ => format!("{} {}", self.longest(), self.counted()),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Rule {
    type Err = NotARule;

    fn from_str(text: &str) -> Result<Self, NotARule> {
        Self::ALL.into_iter().find(|rule| rule.word() == text).ok_or(NotARule)
    }
}

/// The text names no rule of retention.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a rule of retention")]
pub struct NotARule;

/// The periods of a site, one for each rule. None is longer than what the privacy notice says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Periods {
    /// Those that differ from [`Rule::longest`].
    shortened: Vec<(Rule, Span)>,
}

/// A period that a site must not have.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum PeriodError {
    /// The notice promises less.
    #[error("{given} is too long for {rule}: the privacy notice says {longest}, and settings can only shorten it", longest = rule.longest())]
    TooLong {
        /// The rule that it was given for.
        rule: Rule,
        /// What was given.
        given: Span,
    },
    /// Nothing could be used before it is gone.
    #[error("the period for {0} has to be at least one day")]
    TooShort(Rule),
}

impl Periods {
    /// The periods of the notice, with some of them shortened.
    ///
    /// # Errors
    /// Refuses a period that is longer than the notice says, and one of no days.
    pub fn new(shortened: &[(Rule, Span)]) -> Result<Self, PeriodError> {
        for &(rule, given) in shortened {
            if !given.is_within(rule.longest()) {
                return Err(PeriodError::TooLong { rule, given });
            }
            if matches!(given, Span::Days(0) | Span::Years(0)) && rule != Rule::ConsentWithdrawn {
                return Err(PeriodError::TooShort(rule));
            }
        }
        Ok(Self { shortened: shortened.to_vec() })
    }

    /// The period of a rule.
    #[must_use]
    pub fn of(&self, rule: Rule) -> Span {
        // The last word wins, as in a settings file that is read over another.
        let own = self.shortened.iter().rev().find(|(shortened, _)| *shortened == rule);
        own.map_or(rule.longest(), |&(_, span)| span)
    }
}
