//! What a person is told by mail when something about their account changed.

use std::str::FromStr;

use super::role::Audience;

/// A kind of way to sign in, as mails name it. What a person called it stays out of mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayKind {
    /// A passkey.
    Passkey,
    /// A password, with the codes of an app.
    Password,
    /// The sign-in of the organisation.
    Organisation,
    /// An account on GitHub.
    GitHub,
}

impl WayKind {
    /// Its word in the audit.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::Password => "password",
            Self::Organisation => "organisation",
            Self::GitHub => "github",
        }
    }
}

/// Who works on the account of somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// An administrator, on the pages of this site.
    Administrator,
    /// Whoever runs the machine, by the command line.
    Operator,
}

/// Something about an account changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The person has other roles.
    RolesChanged(By),
    /// The person may not come in any more.
    Disabled,
    /// The person may come in again.
    Enabled(By),
    /// There is one more way in.
    WayInAdded(WayKind),
    /// There is one way in less.
    WayInRemoved(WayKind),
    /// Somebody else took every way in away.
    WaysCleared(By),
    /// The recovery codes are others now.
    CodesRenewed,
    /// A mailed link was asked for, by somebody or for somebody who has a stronger way in.
    StrongerWay,
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
    pub const ALL: [Self; 23] = [
        Self::RolesChanged(By::Administrator),
        Self::RolesChanged(By::Operator),
        Self::Disabled,
        Self::Enabled(By::Administrator),
        Self::Enabled(By::Operator),
        Self::WayInAdded(WayKind::Passkey),
        Self::WayInAdded(WayKind::Password),
        Self::WayInAdded(WayKind::Organisation),
        Self::WayInAdded(WayKind::GitHub),
        Self::WayInRemoved(WayKind::Passkey),
        Self::WayInRemoved(WayKind::Password),
        Self::WayInRemoved(WayKind::Organisation),
        Self::WayInRemoved(WayKind::GitHub),
        Self::WaysCleared(By::Administrator),
        Self::WaysCleared(By::Operator),
        Self::CodesRenewed,
        Self::StrongerWay,
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
            Self::RolesChanged(By::Administrator) => "roles_changed",
            Self::RolesChanged(By::Operator) => "roles_changed_by_operator",
            Self::Disabled => "disabled",
            Self::Enabled(By::Administrator) => "enabled",
            Self::Enabled(By::Operator) => "enabled_by_operator",
            Self::WayInAdded(WayKind::Passkey) => "passkey_added",
            Self::WayInAdded(WayKind::Password) => "password_added",
            Self::WayInAdded(WayKind::Organisation) => "organisation_added",
            Self::WayInAdded(WayKind::GitHub) => "github_added",
            Self::WayInRemoved(WayKind::Passkey) => "passkey_removed",
            Self::WayInRemoved(WayKind::Password) => "password_removed",
            Self::WayInRemoved(WayKind::Organisation) => "organisation_removed",
            Self::WayInRemoved(WayKind::GitHub) => "github_removed",
            Self::WaysCleared(By::Administrator) => "ways_cleared",
            Self::WaysCleared(By::Operator) => "ways_cleared_by_operator",
            Self::CodesRenewed => "codes_renewed",
            Self::StrongerWay => "stronger_way",
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

    /// Whether it tells the roles that the person has now.
    #[must_use]
    pub const fn tells_roles(self) -> bool {
        matches!(self, Self::RolesChanged(_))
    }

    /// What the subject of the mail begins with; the organisation and [`Self::subject_end`] follow.
    #[must_use]
    pub const fn subject_start(self) -> &'static str {
        match self {
            Self::StrongerWay => "Signing in at",
            Self::OperatorHelped => "An administrator at",
            _ => "Your account at",
        }
    }

    /// What the subject of the mail ends with.
    #[must_use]
    pub const fn subject_end(self) -> &'static str {
        match self {
            Self::StrongerWay => "",
            Self::OperatorHelped => " was let in from the server",
            _ => " was changed",
        }
    }

    /// What the page is to which the mail leads.
    #[must_use]
    pub const fn page(self) -> &'static str {
        match self {
            Self::StrongerWay => "Sign in",
            Self::OperatorHelped => "The account",
            _ => "Your account",
        }
    }

    /// What happened, in a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::RolesChanged(By::Administrator) => {
                "An administrator changed your roles. You were signed out everywhere."
            }
            Self::RolesChanged(By::Operator) => {
                "Your roles were changed at the server, by whoever runs it. You were signed out everywhere."
            }
            Self::Disabled => {
                "An administrator disabled your account. You were signed out everywhere and can't sign in any more."
            }
            Self::Enabled(By::Administrator) => {
                "An administrator enabled your account again. You can sign in."
            }
            Self::Enabled(By::Operator) => {
                "Your account was enabled again at the server, by whoever runs it. You can sign in."
            }
            Self::WayInAdded(WayKind::Passkey) => {
                "A way to sign in was added to your account: a passkey."
            }
            Self::WayInAdded(WayKind::Password) => {
                "A way to sign in was added to your account: a password, with the codes of an app."
            }
            Self::WayInAdded(WayKind::Organisation) => {
                "A way to sign in was added to your account: the sign-in of your organisation."
            }
            Self::WayInAdded(WayKind::GitHub) => {
                "A way to sign in was added to your account: an account on GitHub."
            }
            Self::WayInRemoved(WayKind::Passkey) => {
                "A way to sign in was taken away from your account: a passkey."
            }
            Self::WayInRemoved(WayKind::Password) => {
                "A way to sign in was taken away from your account: the password, with its app and its recovery codes."
            }
            Self::WayInRemoved(WayKind::Organisation) => {
                "A way to sign in was taken away from your account: the sign-in of your organisation."
            }
            Self::WayInRemoved(WayKind::GitHub) => {
                "A way to sign in was taken away from your account: the account on GitHub."
            }
            Self::WaysCleared(By::Administrator) => {
                "An administrator took every way to sign in away from your account. You were signed out everywhere; ask \
                 for a mailed link to come in, and set up another way."
            }
            Self::WaysCleared(By::Operator) => {
                "Every way to sign in was taken away from your account at the server, by whoever runs it. You were signed \
                 out everywhere. The link that you were handed lets you in to set up another way."
            }
            Self::CodesRenewed => {
                "New recovery codes were made for your account. Those from before open nothing any more."
            }
            Self::StrongerWay => {
                "Somebody asked for a link to sign in to your account. None was sent, since you have a stronger way to \
                 sign in, and a mailed link is not enough any more. If it was you, sign in with your passkey, your \
                 password or your organisation's sign-in."
            }
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
                "At the server, whoever runs it gave somebody access as an administrator, by the command line. The page \
                 below says whose account it is."
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
