//! Who may do what: the roles of staff, and the audiences that personal data is shown to.

use std::fmt;
use std::str::FromStr;

/// A role of a member of staff. One person may hold several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Reads and screens applications.
    Officer,
    /// Confirms what an officer proposed.
    Approver,
    /// Sees bank details and pays.
    Finance,
    /// Answers people's requests and reads the audit.
    Privacy,
    /// Invites people and looks after programmes and settings.
    Admin,
}

impl Role {
    /// Every role, in the order in which they are listed.
    pub const ALL: [Self; 5] =
        [Self::Officer, Self::Approver, Self::Finance, Self::Privacy, Self::Admin];

    /// The word that is stored and used in form controls.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Officer => "officer",
            Self::Approver => "approver",
            Self::Finance => "finance",
            Self::Privacy => "privacy",
            Self::Admin => "admin",
        }
    }

    /// The name shown to people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Officer => "Officer",
            Self::Approver => "Approver",
            Self::Finance => "Finance",
            Self::Privacy => "Privacy officer",
            Self::Admin => "Administrator",
        }
    }

    /// Somebody in this role, as an applicant is told of them.
    #[must_use]
    pub const fn of_staff(self) -> &'static str {
        match self {
            Self::Officer => "An officer",
            Self::Approver => "An approver",
            Self::Finance => "Somebody of finance",
            Self::Privacy => "The privacy officer",
            Self::Admin => "An administrator",
        }
    }

    /// What the role is for, in one sentence.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Officer => "Reads applications and screens them.",
            Self::Approver => {
                "Reads applications and confirms decisions that somebody else proposed."
            }
            Self::Finance => "Sees bank details and makes payments, and reads no applications.",
            Self::Privacy => "Answers people's requests about their data and reads the audit.",
            Self::Admin => {
                "Invites people and looks after programmes and settings, and reads no applications."
            }
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The text names no role.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a role; the roles are officer, approver, finance, privacy and admin")]
pub struct NotARole;

impl FromStr for Role {
    type Err = NotARole;

    fn from_str(text: &str) -> Result<Self, NotARole> {
        Self::ALL.into_iter().find(|role| role.word() == text).ok_or(NotARole)
    }
}

/// Something that only some roles may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// List, search and open applications.
    ReadApplications,
    /// Move an application on.
    ReviewApplications,
    /// Invite people, change their roles, deactivate them.
    ManagePeople,
    /// Invite outside assessors and end their access.
    ManageAssessors,
    /// Read the audit.
    ReadAudit,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 5] = [
        Self::ReadApplications,
        Self::ReviewApplications,
        Self::ManagePeople,
        Self::ManageAssessors,
        Self::ReadAudit,
    ];

    /// What it allows, for readers.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::ReadApplications => "list, search and open applications",
            Self::ReviewApplications => "move applications on",
            Self::ManagePeople => "invite people and change their roles",
            Self::ManageAssessors => "invite assessors and end their access",
            Self::ReadAudit => "read the audit",
        }
    }

    /// The roles that give it.
    #[must_use]
    pub const fn given_by(self) -> &'static [Role] {
        match self {
            Self::ReadApplications => &[Role::Officer, Role::Approver],
            Self::ReviewApplications | Self::ManageAssessors => &[Role::Officer],
            Self::ManagePeople => &[Role::Admin],
            Self::ReadAudit => &[Role::Privacy],
        }
    }
}

/// A set of roles, kept in the order of [`Role::ALL`].
///
/// Written as a comma-separated text, such as `officer,privacy`; the empty text is the empty set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Roles(u8);

impl Roles {
    /// No role at all.
    pub const NONE: Self = Self(0);

    /// The set of these roles.
    #[must_use]
    pub fn of(roles: &[Role]) -> Self {
        roles.iter().copied().collect()
    }

    /// Whether the role is among them.
    #[must_use]
    pub fn has(self, role: Role) -> bool {
        self.0 & Self::bit(role) != 0
    }

    /// Whether one of them gives this permission.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        permission.given_by().iter().any(|role| self.has(*role))
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The roles, in the order of [`Role::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.has(*role))
    }

    /// The names shown to people, such as `Officer, Privacy officer`.
    #[must_use]
    pub fn labels(self) -> String {
        self.iter().map(Role::label).collect::<Vec<_>>().join(", ")
    }

    const fn bit(role: Role) -> u8 {
        1 << role as u8
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().fold(0, |bits, role| bits | Self::bit(role)))
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, role) in self.iter().enumerate() {
            if position > 0 {
                f.write_str(",")?;
            }
            f.write_str(role.word())?;
        }
        Ok(())
    }
}

impl FromStr for Roles {
    type Err = NotARole;

    fn from_str(text: &str) -> Result<Self, NotARole> {
        text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::parse).collect()
    }
}

/// The people to whom a piece of personal data is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Audience {
    /// The person themselves.
    Applicant,
    /// Officers and approvers, who read applications.
    Staff,
    /// Administrators, who look after accounts of staff.
    Admin,
    /// The privacy officer, who reads the audit.
    Privacy,
    /// Outside assessors.
    Assessor,
}

impl Audience {
    /// Every audience.
    pub const ALL: [Self; 5] =
        [Self::Applicant, Self::Staff, Self::Admin, Self::Privacy, Self::Assessor];

    /// How it is named in tables for readers.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Applicant => "the person themselves",
            Self::Staff => "officers and approvers",
            Self::Admin => "administrators",
            Self::Privacy => "the privacy officer",
            Self::Assessor => "outside assessors",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_set_of_roles_survives_writing_and_reading(bits in 0_u8..32) {
            let roles: Roles =
                Role::ALL.into_iter().filter(|role| bits & (1 << *role as u8) != 0).collect();
            prop_assert_eq!(roles.to_string().parse::<Roles>(), Ok(roles));
            prop_assert_eq!(roles.iter().count(), bits.count_ones() as usize);
        }
    }

    #[test]
    fn an_unknown_role_is_refused() {
        assert_eq!("officer,owner".parse::<Roles>(), Err(NotARole));
        assert_eq!("Officer".parse::<Role>(), Err(NotARole));
        assert_eq!("".parse::<Roles>(), Ok(Roles::NONE));
    }

    #[test]
    fn administrators_read_no_applications() {
        let admin = Roles::of(&[Role::Admin]);
        assert!(admin.may(Permission::ManagePeople));
        assert!(!admin.may(Permission::ReadApplications));
        assert!(!admin.may(Permission::ReadAudit));
    }

    #[test]
    fn only_officers_move_applications_on() {
        for role in Role::ALL {
            let alone = Roles::of(&[role]);
            assert_eq!(alone.may(Permission::ReviewApplications), role == Role::Officer);
            assert_eq!(
                alone.may(Permission::ReadApplications),
                matches!(role, Role::Officer | Role::Approver)
            );
        }
        assert!(Permission::ALL.iter().all(|permission| !Roles::NONE.may(*permission)));
    }
}
