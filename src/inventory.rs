//! The inventory: the one declaration of every piece of personal data that is held.
//!
//! The privacy notice, the badges beside form fields, the consent texts, the tables of `docs/PRIVACY.md` and the
//! classification of every database column derive from it, so that what is said and what is done are one thing.
//! How to add an item stands in `docs/PRIVACY.md`.

pub use badge::{Badge, free_text_hint};
pub use columns::{COLUMNS, Column};
pub use document::privacy_tables;
pub use items::ITEMS;
pub use notice::{Notice, at_collection, notice};
pub use surface::{NotSurfaces, Surface, Surfaces};

mod assessment;
mod badge;
mod columns;
pub mod cookies;
mod document;
mod items;
pub mod notice;
pub mod rights;
mod surface;

use crate::domain::class::Class;
use crate::domain::retention::{Rule, Span};
use crate::domain::role::Audience;
use crate::domain::slot::Slot;

/// A piece of personal data that is held.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// Its word: the name of its form control, where it has one.
    pub key: &'static str,
    /// Its name for readers.
    pub label: &'static str,
    /// What exactly is held, in one sentence.
    pub what: &'static str,
    /// Whom it is about.
    pub about: Subject,
    /// The class of its values; none where only random identifiers are held.
    pub class: Option<Class>,
    /// What it is used for. The legal basis follows from it.
    pub purpose: Purpose,
    /// How long it is kept.
    pub kept: Kept,
    /// The people to whom it is shown.
    pub shown_to: &'static [Audience],
    /// Where it comes from.
    pub source: &'static str,
    /// The columns in which it is sealed; none where it consists of identifiers and dates.
    pub slots: &'static [Slot],
    /// Whether a person may leave it out.
    pub optional: bool,
}

/// Whom an item is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The applicant, and asked of them: one of the seven items that consent is asked for.
    Applicant,
    /// The content of an application.
    Application,
    /// The applicant, and made by the running of the site.
    Running,
    /// A member of staff.
    Staff,
    /// An outside assessor.
    Assessor,
}

/// What personal data is used for. Each purpose has one legal basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Assessing applications.
    Assess,
    /// Carrying out and accounting for a grant.
    Grant,
    /// Letting people in, and writing to them about their application.
    Access,
    /// Proving that consent was given.
    Prove,
    /// Running the programmes with staff.
    Work,
    /// Seeing who looked at what, and keeping the site safe.
    Account,
}

/// The legal basis of a purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The person agreed, and can withdraw that.
    Consent,
    /// The person asked for something that can't be done without.
    Contract,
    /// A law demands it.
    LegalDuty,
    /// The organisation has a legitimate interest that was weighed against the person's.
    LegitimateInterest {
        /// The balancing, in one sentence or two.
        balancing: &'static str,
    },
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 6] =
        [Self::Assess, Self::Grant, Self::Access, Self::Prove, Self::Work, Self::Account];

    /// What it is, as an infinitive: "to …".
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Assess => "to assess an application and tell the applicant the result",
            Self::Grant => "to carry out a grant, account for it, and answer legal claims about it",
            Self::Access => {
                "to let a person into their account and write to them about their application"
            }
            Self::Prove => "to prove what a person agreed to, and when they withdrew it",
            Self::Work => {
                "to let members of staff in, and to know who works here and in which role"
            }
            Self::Account => {
                "to see who looked at which application, and to notice misuse of the site"
            }
        }
    }

    /// Its one legal basis.
    #[must_use]
    pub const fn basis(self) -> Basis {
        match self {
            Self::Assess => Basis::Consent,
            Self::Grant | Self::Access => Basis::Contract,
            Self::Prove => Basis::LegalDuty,
            Self::Work => Basis::LegitimateInterest {
                balancing: "Work on confidential applications has to be tied to named people. \
                            Only a name, a work address and roles are held, and only administrators see the list.",
            },
            Self::Account => Basis::LegitimateInterest {
                balancing: "Applicants gain most from a record of who opened their application: \
                            it holds random identifiers and no names, and after an erasure nothing leads from it to a person. \
                            Misuse is found by the access log, which is sealed, read by the privacy officer alone and for a recorded reason, \
                            and gone after a year.",
            },
        }
    }
}

impl Basis {
    /// Its name for readers.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Contract => "contract, or steps towards one at the person's request",
            Self::LegalDuty => "legal duty",
            Self::LegitimateInterest { .. } => "legitimate interest",
        }
    }
}

/// How long an item is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// As long as the dossier it lies in, under the rule that applies to that dossier at the time.
    Under(&'static [Rule]),
    /// So long, counted from a moment of its own.
    For(Span, &'static str),
    /// Without an end, since it leads to nobody once the dossiers it points to are gone.
    IdentifiersOnly,
}

impl Kept {
    /// The periods as phrases, one for each rule.
    #[must_use]
    pub fn phrases(self) -> Vec<String> {
        match self {
            Self::Under(rules) => rules.iter().map(|rule| rule.phrase()).collect(),
            Self::For(span, counted) => vec![format!("{span} {counted}")],
            Self::IdentifiersOnly => {
                vec![
                    "stays; nothing leads from it to a person once their records are gone"
                        .to_owned(),
                ]
            }
        }
    }
}

impl Item {
    /// The legal basis: that of its purpose.
    #[must_use]
    pub const fn basis(&self) -> Basis {
        self.purpose.basis()
    }

    /// Whether outside assessors may see it.
    #[must_use]
    pub fn reaches_assessors(&self) -> bool {
        self.shown_to.contains(&Audience::Assessor)
    }
}

/// The item with this key.
#[must_use]
pub fn find(key: &str) -> Option<&'static Item> {
    ITEMS.iter().find(|item| item.key == key)
}

/// The items about the applicant that consent is asked for, in the order in which they are asked.
pub fn asked_of_applicants() -> impl Iterator<Item = &'static Item> {
    ITEMS.iter().filter(|item| item.about == Subject::Applicant)
}

#[cfg(test)]
mod tests;
