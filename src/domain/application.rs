//! Where an application stands, and who may move it.

use std::fmt;
use std::str::FromStr;

/// Where an application stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Being written; staff do not see it.
    Draft,
    /// Handed in.
    Submitted,
    /// Staff are looking at it.
    InReview,
    /// Taken back by the applicant.
    Withdrawn,
}

/// Who moves an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mover {
    /// The applicant whose it is.
    Applicant,
    /// Staff who may review.
    Staff,
}

/// The text names no status.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a status of an application")]
pub struct NotAStatus;

impl Status {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Submitted, Self::InReview, Self::Withdrawn];

    /// Those that staff see.
    pub const SEEN_BY_STAFF: [Self; 3] = [Self::Submitted, Self::InReview, Self::Withdrawn];

    /// The word in tables and addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::InReview => "in_review",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The name on pages.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Submitted => "Submitted",
            Self::InReview => "In review",
            Self::Withdrawn => "Withdrawn",
        }
    }

    /// What it means for the applicant, in a sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Draft => "You have not submitted it yet. Only you can see it.",
            Self::Submitted => "We have it. Nobody has started to review it yet.",
            Self::InReview => "Our staff are reviewing it.",
            Self::Withdrawn => "You took it back. It will not be considered.",
        }
    }

    /// Whether somebody may move an application from here to there.
    #[must_use]
    pub const fn may_become(self, next: Self, mover: Mover) -> bool {
        matches!(
            (self, next, mover),
            (Self::Draft, Self::Submitted, Mover::Applicant)
                | (Self::Submitted | Self::InReview, Self::Withdrawn, Mover::Applicant)
                | (Self::Submitted, Self::InReview, Mover::Staff)
                | (Self::InReview, Self::Submitted, Mover::Staff)
        )
    }
}

impl FromStr for Status {
    type Err = NotAStatus;

    fn from_str(text: &str) -> Result<Self, NotAStatus> {
        Self::ALL.into_iter().find(|status| status.word() == text).ok_or(NotAStatus)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What a person says of their age before anything about them is taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// 18 or older now.
    Adult,
    /// 16 or 17 now, and 18 by the day of the award.
    AdultByAward,
    /// 16 or 17 now.
    SixteenOrSeventeen,
    /// Younger.
    UnderSixteen,
}

/// Why somebody can't apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooYoung {
    /// Under sixteen: only with a guardian's verified consent.
    NeedsGuardian,
    /// This programme asks for more years on the day of the award.
    ForThisProgramme(u32),
}

impl Age {
    /// Every answer.
    pub const ALL: [Self; 4] =
        [Self::Adult, Self::AdultByAward, Self::SixteenOrSeventeen, Self::UnderSixteen];

    /// The answers that a programme offers.
    #[must_use]
    pub fn offered(min_age_on_award: Option<u32>) -> Vec<Self> {
        Self::ALL
            .into_iter()
            .filter(|age| {
                *age != Self::AdultByAward || min_age_on_award.is_some_and(|min| min >= 18)
            })
            .collect()
    }

    /// The word in forms and tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Adult => "adult",
            Self::AdultByAward => "adult_by_award",
            Self::SixteenOrSeventeen => "sixteen_or_seventeen",
            Self::UnderSixteen => "under_sixteen",
        }
    }

    /// The label of the radio button.
    #[must_use]
    pub const fn label(self, asks_more: bool) -> &'static str {
        match self {
            Self::Adult => "I am 18 or older",
            Self::AdultByAward => "I am 16 or 17, and will be 18 when grants are awarded",
            Self::SixteenOrSeventeen if asks_more => {
                "I am 16 or 17, and will not be 18 when grants are awarded"
            }
            Self::SixteenOrSeventeen => "I am 16 or 17",
            Self::UnderSixteen => "I am younger than 16",
        }
    }

    /// Whether somebody of this age may apply.
    ///
    /// # Errors
    /// Why not.
    pub fn admit(self, min_age_on_award: Option<u32>) -> Result<(), TooYoung> {
        match (self, min_age_on_award) {
            (Self::UnderSixteen, _) => Err(TooYoung::NeedsGuardian),
            (Self::SixteenOrSeventeen, Some(min)) if min >= 18 => {
                Err(TooYoung::ForThisProgramme(min))
            }
            _ => Ok(()),
        }
    }
}

impl FromStr for Age {
    type Err = NotAStatus;

    fn from_str(text: &str) -> Result<Self, NotAStatus> {
        Self::ALL.into_iter().find(|age| age.word() == text).ok_or(NotAStatus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_applicant_submits_and_withdraws() {
        for from in Status::ALL {
            assert!(!from.may_become(Status::Withdrawn, Mover::Staff));
            assert!(!from.may_become(Status::Draft, Mover::Staff));
            assert!(!from.may_become(Status::Draft, Mover::Applicant));
        }
        assert!(Status::Draft.may_become(Status::Submitted, Mover::Applicant));
        assert!(!Status::Withdrawn.may_become(Status::Submitted, Mover::Applicant));
    }

    // proves S31
    #[test]
    fn nobody_under_sixteen_and_no_minor_where_eighteen_is_asked() {
        assert_eq!(Age::UnderSixteen.admit(None), Err(TooYoung::NeedsGuardian));
        assert_eq!(Age::SixteenOrSeventeen.admit(None), Ok(()));
        assert_eq!(Age::SixteenOrSeventeen.admit(Some(18)), Err(TooYoung::ForThisProgramme(18)));
        assert_eq!(Age::AdultByAward.admit(Some(18)), Ok(()));
        assert!(!Age::offered(None).contains(&Age::AdultByAward));
    }
}
