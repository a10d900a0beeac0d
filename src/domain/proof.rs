//! How a person proved who they are.

use std::fmt;
use std::str::FromStr;

/// A way in which a person proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Proof {
    /// A link or a code that was mailed to them.
    Mail,
    /// A link that was handed to them: an invitation, or what the operator's command prints.
    Invitation,
    /// A passkey.
    Passkey,
    /// A password, with a code of an authenticator app or a recovery code.
    Password,
    /// The organisation's own sign-in (OpenID Connect).
    Organisation,
    /// GitHub.
    Github,
}

impl Proof {
    /// Every way.
    pub const ALL: [Self; 6] = [
        Self::Mail,
        Self::Invitation,
        Self::Passkey,
        Self::Password,
        Self::Organisation,
        Self::Github,
    ];

    /// The word in the table.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Invitation => "invitation",
            Self::Passkey => "passkey",
            Self::Password => "password",
            Self::Organisation => "organisation",
            Self::Github => "github",
        }
    }

    /// What it is called on pages.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Mail => "by mail",
            Self::Invitation => "by an invitation",
            Self::Passkey => "with a passkey",
            Self::Password => "with a password and a code",
            Self::Organisation => "through your organisation",
            Self::Github => "through GitHub",
        }
    }

    /// Whether it is enough for people who can open everybody's data: whoever gets hold of a mailbox, or of
    /// one password, has none of these.
    #[must_use]
    pub const fn is_strong(self) -> bool {
        matches!(self, Self::Passkey | Self::Password | Self::Organisation)
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The text names no way.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a way to prove who one is")]
pub struct NotAProof;

impl FromStr for Proof {
    type Err = NotAProof;

    fn from_str(text: &str) -> Result<Self, NotAProof> {
        Self::ALL.into_iter().find(|proof| proof.word() == text).ok_or(NotAProof)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for proof in Proof::ALL {
            assert_eq!(proof.word().parse(), Ok(proof));
        }
        assert_eq!("".parse::<Proof>(), Err(NotAProof));
    }
}
