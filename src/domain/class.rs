//! The classes of data. Keys are separated by class, and so is who can open what.

use std::fmt;
use std::str::FromStr;

/// A class of data. A process holds the keys of some classes and can open nothing else.
///
/// The numbers are written into every sealed value and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Class {
    /// What applicants gave: the seven items, answers, consents, their accounts.
    Personal = 1,
    /// Copies made for assessors, and assessors' scores.
    Packet = 2,
    /// Bank details. Sealed to a public key.
    Bank = 3,
    /// Accounts of staff.
    Staff = 4,
    /// Accounts of assessors.
    Assessor = 5,
    /// The access log. Sealed to a public key.
    Log = 6,
}

impl Class {
    /// Every class, in the order of its number.
    pub const ALL: [Self; 6] =
        [Self::Personal, Self::Packet, Self::Bank, Self::Staff, Self::Assessor, Self::Log];

    /// The classes whose cohort keys are symmetric.
    pub const SYMMETRIC: [Self; 4] = [Self::Personal, Self::Packet, Self::Staff, Self::Assessor];

    /// The classes whose cohort keys are pairs: who seals a value can't open it again.
    pub const PAIRED: [Self; 2] = [Self::Bank, Self::Log];

    /// Whether its cohort keys are pairs.
    #[must_use]
    pub const fn is_paired(self) -> bool {
        matches!(self, Self::Bank | Self::Log)
    }

    /// The number written into sealed values.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The class of a number, if there is one.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.number() == number)
    }

    /// The word used in key names, tables and settings.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::Packet => "packet",
            Self::Bank => "bank",
            Self::Staff => "staff",
            Self::Assessor => "assessor",
            Self::Log => "log",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The text names no class.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a class of data; the classes are personal, packet, bank, staff, assessor and log")]
pub struct NotAClass;

impl FromStr for Class {
    type Err = NotAClass;

    fn from_str(text: &str) -> Result<Self, NotAClass> {
        Self::ALL.into_iter().find(|class| class.word() == text).ok_or(NotAClass)
    }
}
