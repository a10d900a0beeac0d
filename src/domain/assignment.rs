//! Where an assessor's task on one packet stands, and what becomes of the comments in it.

use std::str::FromStr;

/// Where an assignment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// The assessor has not yet said whether there is a conflict of interest, and sees the username alone.
    Offered,
    /// There is none, and the packet can be read.
    Accepted,
    /// The scores are handed in.
    Submitted,
    /// The assessor declared a conflict of interest.
    Conflict,
    /// The assessor has no time.
    Declined,
    /// Staff took it back.
    Ended,
}

/// The text names no state.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a state of an assignment")]
pub struct NotAState;

impl State {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Offered,
        Self::Accepted,
        Self::Submitted,
        Self::Conflict,
        Self::Declined,
        Self::Ended,
    ];

    /// Those of assignments that count as one of those that a packet needs.
    pub const LIVE: [Self; 3] = [Self::Offered, Self::Accepted, Self::Submitted];

    /// The word in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Submitted => "submitted",
            Self::Conflict => "conflict",
            Self::Declined => "declined",
            Self::Ended => "ended",
        }
    }

    /// The name on staff's pages.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Offered => "Not answered yet",
            Self::Accepted => "Being assessed",
            Self::Submitted => "Scores handed in",
            Self::Conflict => "Conflict of interest",
            Self::Declined => "No time",
            Self::Ended => "Taken back",
        }
    }

    /// Whether it counts as one of those that a packet needs.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Offered | Self::Accepted | Self::Submitted)
    }

    /// Whether the assessor may read the packet.
    #[must_use]
    pub const fn may_read(self) -> bool {
        matches!(self, Self::Accepted | Self::Submitted)
    }
}

impl FromStr for State {
    type Err = NotAState;

    fn from_str(text: &str) -> Result<Self, NotAState> {
        Self::ALL.into_iter().find(|state| state.word() == text).ok_or(NotAState)
    }
}

/// What became of the comments of an assignment.
///
/// They are looked through for what names the applicant where the applicant's data can be opened, and never while the
/// assessor waits: an answer that tells whether a name was found would let anybody try names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comments {
    /// Nothing was handed in.
    None,
    /// Handed in, and not looked through yet.
    Waiting,
    /// Nothing in them names the applicant.
    Clear,
    /// Something in them may name the applicant: nobody but staff reads them until somebody looked.
    Found,
    /// Staff asked for them to be written anew.
    Returned,
}

impl Comments {
    /// Every word.
    pub const ALL: [Self; 5] =
        [Self::None, Self::Waiting, Self::Clear, Self::Found, Self::Returned];

    /// The word in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Waiting => "waiting",
            Self::Clear => "clear",
            Self::Found => "found",
            Self::Returned => "returned",
        }
    }
}

impl FromStr for Comments {
    type Err = NotAState;

    fn from_str(text: &str) -> Result<Self, NotAState> {
        Self::ALL.into_iter().find(|state| state.word() == text).ok_or(NotAState)
    }
}

/// Why somebody must not assess somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConflictKind {
    /// One works, or worked lately, for the other or for the same employer.
    Employer,
    /// They wrote or published something together.
    CoAuthor,
    /// They are related or close.
    Personal,
    /// Something else, which a note says.
    Other,
}

impl ConflictKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Employer, Self::CoAuthor, Self::Personal, Self::Other];

    /// The word in tables and forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Employer => "employer",
            Self::CoAuthor => "co_author",
            Self::Personal => "personal",
            Self::Other => "other",
        }
    }

    /// The name on pages.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Employer => "Same employer, or one works for the other",
            Self::CoAuthor => "Wrote or published together",
            Self::Personal => "Family or close friends",
            Self::Other => "Something else",
        }
    }
}

impl FromStr for ConflictKind {
    type Err = NotAState;

    fn from_str(text: &str) -> Result<Self, NotAState> {
        Self::ALL.into_iter().find(|kind| kind.word() == text).ok_or(NotAState)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for state in State::ALL {
            assert_eq!(state.word().parse(), Ok(state));
            assert!(!state.may_read() || state.is_live());
            assert_eq!(State::LIVE.contains(&state), state.is_live());
        }
        for comments in Comments::ALL {
            assert_eq!(comments.word().parse(), Ok(comments));
        }
        for kind in ConflictKind::ALL {
            assert_eq!(kind.word().parse(), Ok(kind));
        }
    }
}
