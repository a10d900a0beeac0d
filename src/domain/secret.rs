//! Opened values. They have no `Debug`, `Display` or `Serialize`, so that none reaches a log by accident.

use secrecy::{ExposeSecret, SecretString};

/// A value that was opened, or that is about to be sealed. Its memory is wiped when it is dropped.
///
/// The only way to its text is [`Secret::expose`]: "where is something shown?" is one search.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a text into confidence.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text. Call it to show a value to a person who may see it, to seal it, or to compare it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether there is nothing in it that can be seen.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        super::text::is_blank(self.expose())
    }
}

impl Default for Secret {
    fn default() -> Self {
        Self::new(String::new())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}
