//! What a person is told by mail when something about their account changed.

use std::str::FromStr;

use super::role::Audience;

/// Something about an account changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The person has other roles.
    RolesChanged,
    /// The person may not come in any more.
    Disabled,
    /// The person may come in again.
    Enabled,
    /// There is one more way in.
    WayInAdded,
    /// There is one way in less.
    WayInRemoved,
    /// The account's address is another now; this goes to the one before.
    AddressLeft,
    /// The account's address is another now; this goes to it.
    AddressChanged,
    /// Somebody with another account wanted to give it the address of this one.
    AddressClaimed,
    /// An assessor's access has another last day now.
    AccessChanged,
    /// An assessor's access was ended.
    AccessEnded,
    /// The operator of the machine let an administrator in, or made one.
    OperatorHelped,
}

impl Notice {
    /// Every notice.
    pub const ALL: [Self; 11] = [
        Self::RolesChanged,
        Self::Disabled,
        Self::Enabled,
        Self::WayInAdded,
        Self::WayInRemoved,
        Self::AddressLeft,
        Self::AddressChanged,
        Self::AddressClaimed,
        Self::AccessChanged,
        Self::AccessEnded,
        Self::OperatorHelped,
    ];

    /// Its word in the outbox.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::RolesChanged => "roles_changed",
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
            Self::WayInAdded => "way_in_added",
            Self::WayInRemoved => "way_in_removed",
            Self::AddressLeft => "address_left",
            Self::AddressChanged => "address_changed",
            Self::AddressClaimed => "address_claimed",
            Self::AccessChanged => "access_changed",
            Self::AccessEnded => "access_ended",
            Self::OperatorHelped => "operator_helped",
        }
    }

    /// The name of the mail in the outbox, to somebody of an audience.
    #[must_use]
    pub fn template(self, audience: Audience) -> String {
        format!("{}.{}", audience_word(audience), self.word())
    }

    /// The notice and the audience that a name in the outbox stands for.
    #[must_use]
    pub fn of_template(name: &str) -> Option<(Audience, Self)> {
        let (audience, word) = name.split_once('.')?;
        let audience = AUDIENCES.into_iter().find(|own| audience_word(*own) == audience)?;
        Some((audience, word.parse().ok()?))
    }

    /// What happened, in a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::RolesChanged => {
                "An administrator changed your roles. You were signed out everywhere."
            }
            Self::Disabled => {
                "An administrator disabled your account. You were signed out everywhere and can't sign in any more."
            }
            Self::Enabled => "An administrator enabled your account again. You can sign in.",
            Self::WayInAdded => "A way to sign in was added to your account.",
            Self::WayInRemoved => "A way to sign in was taken away from your account.",
            Self::AddressLeft => {
                "The e-mail address of your account was changed. This address leads to it no longer."
            }
            Self::AddressChanged => "The e-mail address of your account was changed to this one.",
            Self::AddressClaimed => {
                "Somebody who is signed in to another account wanted to give that account this address. Nothing was \
                 changed: this address leads to your account. If it was you, sign in with this address."
            }
            Self::AccessChanged => {
                "The last day of your access as an assessor was changed. Your start page says which day it is."
            }
            Self::AccessEnded => {
                "Your access as an assessor was ended. You were signed out everywhere and can't sign in any more."
            }
            Self::OperatorHelped => {
                "Whoever runs the machine of this site gave somebody access as an administrator, by the command line. \
                 The list of people says who administers the site now."
            }
        }
    }
}

const AUDIENCES: [Audience; 3] = [Audience::Applicant, Audience::Staff, Audience::Assessor];

const fn audience_word(audience: Audience) -> &'static str {
    match audience {
        Audience::Staff => "staff",
        Audience::Assessor => "assessor",
        _ => "applicant",
    }
}

/// The text names no notice.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a notice")]
pub struct NotANotice;

impl FromStr for Notice {
    type Err = NotANotice;

    fn from_str(text: &str) -> Result<Self, NotANotice> {
        Self::ALL.into_iter().find(|notice| notice.word() == text).ok_or(NotANotice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_the_outbox_are_read_back() {
        for notice in Notice::ALL {
            for audience in AUDIENCES {
                let name = notice.template(audience);
                assert_eq!(Notice::of_template(&name), Some((audience, notice)));
            }
        }
        for other in ["sign_in", "staff.", "nobody.disabled", "staff.sign_in", ""] {
            assert_eq!(Notice::of_template(other), None, "{other}");
        }
    }
}
