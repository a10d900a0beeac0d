//! Talks to the providers with which people sign in elsewhere: GitHub, and the organisation's own.
//!
//! Nothing of a provider's answer is believed before its form was checked, and nothing of it is logged: an answer may
//! quote what it was asked.

pub mod github;
pub mod http;
pub mod organisation;

use crate::config::Settings;

pub use github::GitHub;
pub use http::{Http, ProviderError};
pub use organisation::Organisation;

/// The providers that the settings name.
#[derive(Clone, Default)]
pub struct Providers {
    /// GitHub; none when it was not set up.
    pub github: Option<GitHub>,
    /// The organisation's own sign-in, for staff; none when it was not set up.
    pub organisation: Option<Organisation>,
}

impl Providers {
    /// Those of the settings, for a site at this address.
    ///
    /// # Errors
    /// [`ProviderError::Setting`] when an address can't be used.
    pub fn new(settings: &Settings, base_url: &str) -> Result<Self, ProviderError> {
        let github = settings.github.as_ref().map(|own| GitHub::new(own, base_url)).transpose()?;
        let oidc = settings.oidc.as_ref();
        let organisation = oidc.map(|own| Organisation::new(own, base_url)).transpose()?;
        Ok(Self { github, organisation })
    }
}
