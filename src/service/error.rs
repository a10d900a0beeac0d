//! What a use case can answer instead of a result.

use chrono::{DateTime, Utc};

use crate::domain::form::FieldError;
use crate::store::StoreError;
use crate::vault::VaultError;

/// Why a use case did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// There is no such thing, or it is somebody else's: the answer is the same.
    #[error("not found")]
    NotFound,
    /// Nobody is signed in, or the session has ended.
    #[error("not signed in")]
    SignedOut,
    /// The person is signed in and lacks the role.
    #[error("another role is needed")]
    Forbidden,
    /// The person is signed in, and has to prove anew who they are.
    #[error("a fresh proof is needed")]
    ProofNeeded,
    /// Some fields need mending.
    #[error("the form needs mending")]
    Invalid(Vec<FieldError>),
    /// The round takes no applications now.
    #[error("the round is closed")]
    RoundClosed {
        /// The round.
        name: String,
        /// When it closed; none when it has not opened yet.
        closed_at: Option<DateTime<Utc>>,
    },
    /// The link or code was used, has expired, or never was.
    #[error("the link is of no use any more")]
    LinkSpent,
    /// The thing changed meanwhile.
    #[error("it changed meanwhile")]
    Conflict,
    /// It was asked for, or tried, too often.
    #[error("too often")]
    TooMany {
        /// After how long it may be tried again.
        seconds: u64,
    },
    /// Too much to do at this moment.
    #[error("busy")]
    Busy,
    /// The disk is full; nothing was saved.
    #[error("the disk is full")]
    Full,
    /// Signing in elsewhere came to nothing.
    #[error("signing in elsewhere came to nothing: {0}")]
    Elsewhere(Trouble),
    /// Something else, for the log: ids only.
    #[error("{0}")]
    Internal(String),
}

impl ServiceError {
    /// A failure for the log. The text holds ids, never personal data.
    #[must_use]
    pub fn internal(what: impl std::fmt::Display) -> Self {
        Self::Internal(what.to_string())
    }

    /// One field that needs mending.
    #[must_use]
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field: field.into(), message: message.into() }])
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Conflict => Self::Conflict,
            StoreError::Busy => Self::Busy,
            StoreError::Full => Self::Full,
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<VaultError> for ServiceError {
    fn from(error: VaultError) -> Self {
        Self::Internal(format!("vault: {error}"))
    }
}

/// Why signing in elsewhere came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It was not begun in this browser, was finished already, or was begun too long ago.
    #[error("it was not begun here, or is over")]
    Stale,
    /// The person did not agree to it there.
    #[error("it was not agreed to there")]
    Denied,
    /// The provider does not take what came back, or what this site was set up with.
    #[error("the provider refused")]
    Refused,
    /// The provider can't be reached.
    #[error("the provider can't be reached")]
    Silent,
    /// The provider answers something that makes no sense.
    #[error("the provider's answer makes no sense")]
    Nonsense,
    /// It is not the account that is joined to one's own.
    #[error("it is another account there")]
    Another,
    /// Nothing says that the person was asked there just now.
    #[error("nothing says that they signed in there just now")]
    NotAnew,
    /// That account is joined to somebody else's.
    #[error("that account is joined to another")]
    Taken,
    /// One's own account has one joined already.
    #[error("the account has one joined already")]
    Second,
}

impl From<Trouble> for ServiceError {
    fn from(trouble: Trouble) -> Self {
        Self::Elsewhere(trouble)
    }
}
