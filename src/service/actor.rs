//! Who does something.

use crate::domain::id::Id;
use crate::domain::role::Role;

/// Who does something, as the audit says it.
#[derive(Clone, Debug)]
pub enum Actor {
    /// The applicant with this account.
    Applicant(Id),
    /// The member of staff with this account, in what is open to each of them.
    Staff(Id),
    /// The member of staff with this account, in a role.
    InRole(Id, Role),
    /// The assessor with this account.
    Assessor(Id),
    /// Almoner itself, or the operator at its command line.
    System,
}

impl Actor {
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Applicant(_) => "applicant",
            Self::Staff(_) | Self::InRole(..) => "staff",
            Self::Assessor(_) => "assessor",
            Self::System => "system",
        }
    }

    pub(crate) fn id(&self) -> Option<Id> {
        match self {
            Self::Applicant(id) | Self::Staff(id) | Self::InRole(id, _) | Self::Assessor(id) => {
                Some(id.clone())
            }
            Self::System => None,
        }
    }

    pub(crate) const fn role(&self) -> Option<&'static str> {
        match self {
            Self::InRole(_, role) => Some(role.word()),
            Self::Applicant(_) | Self::Staff(_) | Self::Assessor(_) | Self::System => None,
        }
    }
}
