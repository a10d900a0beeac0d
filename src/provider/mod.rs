//! Talks to the providers with which people sign in elsewhere: GitHub today.
//!
//! Nothing of a provider's answer is believed before its form was checked, and nothing of it is logged: an answer may
//! quote what it was asked.

pub mod github;
pub mod http;

use crate::config::Settings;

pub use github::GitHub;
pub use http::{Http, ProviderError};

/// The providers that the settings name.
#[derive(Clone, Default)]
pub struct Providers {
    /// GitHub; none when it was not set up.
    pub github: Option<GitHub>,
}

impl Providers {
    /// Those of the settings, for a site at this address.
    ///
    /// # Errors
    /// [`ProviderError::Setting`] when an address can't be used.
    pub fn new(settings: &Settings, base_url: &str) -> Result<Self, ProviderError> {
        let github = settings.github.as_ref().map(|own| GitHub::new(own, base_url)).transpose()?;
        Ok(Self { github })
    }
}
