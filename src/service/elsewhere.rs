//! Somebody proves who they are at another site: at GitHub, or through the organisation's own sign-in.

use super::error::{ServiceError, Trouble};
use crate::domain::secret::Secret;
use crate::provider::ProviderError;

/// Somebody is on the way there.
#[derive(Clone)]
pub struct Begun {
    /// Where to send the browser.
    pub address: String,
    /// The value of the cookie that ties their coming back to this browser.
    pub browser: String,
}

/// What the other site sends somebody back with.
#[derive(Clone, Default)]
pub struct Returned {
    /// What was begun.
    pub state: Secret,
    /// With which to ask the other site who it is; blank when there is none.
    pub code: Secret,
    /// A word for what went wrong; empty when nothing did.
    pub error: String,
}

impl From<ProviderError> for ServiceError {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Refused => Trouble::Refused.into(),
            ProviderError::Unreachable | ProviderError::Late | ProviderError::Failed(_) => {
                Trouble::Silent.into()
            }
            ProviderError::Setting | ProviderError::Insecure => Self::internal(error),
            ProviderError::TooLarge | ProviderError::Nonsense => Trouble::Nonsense.into(),
        }
    }
}
