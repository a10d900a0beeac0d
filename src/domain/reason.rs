//! Why personal data is opened: the one place that says when a reason has to be given, and which there are.

use std::fmt;
use std::str::FromStr;

use super::application::Status;
use super::role::{Permission, Role, Roles};

/// The least and the most characters of a reason that is typed.
pub const TYPED: std::ops::RangeInclusive<usize> = 10..=300;

/// Why personal data was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// An officer's work on what came in.
    Screening,
    /// An approver's work on what is under review.
    Approval,
    /// The privacy officer's look at the audit.
    Oversight,
    /// Somebody asked about it.
    Question,
    /// A request of a person about their data.
    Request,
    /// Something went wrong.
    Mistake,
    /// A legal claim or demand.
    Claim,
    /// Misuse of the site.
    Misuse,
    /// Somebody can't get into their account any more.
    Access,
    /// Another one, which is typed.
    Other,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 10] = [
        Self::Screening,
        Self::Approval,
        Self::Oversight,
        Self::Question,
        Self::Request,
        Self::Mistake,
        Self::Claim,
        Self::Misuse,
        Self::Access,
        Self::Other,
    ];

    /// The word that is stored and used in form controls.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Screening => "screening",
            Self::Approval => "approval",
            Self::Oversight => "oversight",
            Self::Question => "question",
            Self::Request => "request",
            Self::Mistake => "mistake",
            Self::Claim => "claim",
            Self::Misuse => "misuse",
            Self::Access => "access",
            Self::Other => "other",
        }
    }

    /// How it reads after "to".
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Screening => "screen applications",
            Self::Approval => "check applications under review before they are decided",
            Self::Oversight => "check who looked at what",
            Self::Question => "answer a question about the application",
            Self::Request => "answer a person’s request about their data",
            Self::Mistake => "look into a mistake or a complaint",
            Self::Claim => "answer a legal claim or demand",
            Self::Misuse => "look into suspected misuse of the site",
            Self::Access => "help somebody back into their account",
            Self::Other => "do something else",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The text names no reason.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a reason")]
pub struct NotAReason;

impl FromStr for Reason {
    type Err = NotAReason;

    fn from_str(text: &str) -> Result<Self, NotAReason> {
        Self::ALL.into_iter().find(|reason| reason.word() == text).ok_or(NotAReason)
    }
}

/// What is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// A list of applications, or a search among them.
    List,
    /// One application, which stands here.
    Application(Status),
    /// A day of the access log.
    AccessLog,
    /// The audit.
    Audit,
}

impl Opening {
    /// What it takes.
    #[must_use]
    pub const fn permission(self) -> Permission {
        match self {
            Self::List | Self::Application(_) => Permission::ReadApplications,
            Self::AccessLog | Self::Audit => Permission::ReadAudit,
        }
    }

    /// The reason that a role's work gives by itself: what waits in its own queue. None where it has to be said.
    #[must_use]
    pub const fn standing(self, role: Role) -> Option<Reason> {
        match (self, role) {
            (
                Self::List | Self::Application(Status::Submitted | Status::InReview),
                Role::Officer,
            ) => Some(Reason::Screening),
            (Self::List | Self::Application(Status::InReview), Role::Approver) => {
                Some(Reason::Approval)
            }
            (Self::Audit, Role::Privacy) => Some(Reason::Oversight),
            _ => None,
        }
    }

    /// The reasons that can be given where none stands.
    #[must_use]
    pub const fn choices(self) -> &'static [Reason] {
        match self {
            Self::Application(_) => &[
                Reason::Question,
                Reason::Request,
                Reason::Mistake,
                Reason::Claim,
                Reason::Misuse,
                Reason::Other,
            ],
            Self::AccessLog => &[Reason::Misuse, Reason::Mistake, Reason::Request, Reason::Claim],
            Self::List | Self::Audit => &[],
        }
    }

    /// In which of their roles somebody opens it, and the standing reason: a role that has one comes first.
    #[must_use]
    pub fn role_of(self, roles: Roles) -> Option<(Role, Option<Reason>)> {
        let able = || roles.iter().filter(|role| self.permission().given_by().contains(role));
        let standing = able().find_map(|role| self.standing(role).map(|why| (role, Some(why))));
        standing.or_else(|| able().next().map(|role| (role, None)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_works_on_it_need_not_say_why() {
        let role = |roles: &[Role], opening: Opening| opening.role_of(Roles::of(roles));
        let officer = [Role::Officer];
        for status in [Status::Submitted, Status::InReview] {
            let opening = Opening::Application(status);
            assert_eq!(role(&officer, opening), Some((Role::Officer, Some(Reason::Screening))));
        }
        let withdrawn = Opening::Application(Status::Withdrawn);
        assert_eq!(role(&officer, withdrawn), Some((Role::Officer, None)));
        let submitted = Opening::Application(Status::Submitted);
        assert_eq!(role(&[Role::Approver], submitted), Some((Role::Approver, None)));
        // Who holds both acts in the role whose work it is.
        assert_eq!(
            role(&[Role::Officer, Role::Approver], submitted),
            Some((Role::Officer, Some(Reason::Screening)))
        );
        assert_eq!(role(&[Role::Privacy, Role::Admin, Role::Finance], submitted), None);
        assert_eq!(role(&[Role::Privacy], Opening::AccessLog), Some((Role::Privacy, None)));
        assert_eq!(role(&[Role::Admin], Opening::AccessLog), None);
    }

    #[test]
    fn wherever_a_reason_is_asked_there_are_some() {
        let openings = Status::ALL.map(Opening::Application).into_iter();
        for opening in openings.chain([Opening::List, Opening::AccessLog, Opening::Audit]) {
            let asked = Role::ALL
                .into_iter()
                .filter_map(|role| opening.role_of(Roles::of(&[role])))
                .any(|(_, standing)| standing.is_none());
            assert!(!asked || !opening.choices().is_empty(), "{opening:?}");
            // A standing reason can't be chosen in its place.
            let standing = Role::ALL.into_iter().filter_map(|role| opening.standing(role));
            assert!(standing.into_iter().all(|reason| !opening.choices().contains(&reason)));
        }
        for reason in Reason::ALL {
            assert_eq!(reason.word().parse(), Ok(reason));
        }
    }
}
