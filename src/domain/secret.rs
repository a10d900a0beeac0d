//! Opened values. They have no `Debug`, `Display` or `Serialize`, so that none reaches a log by accident.

use secrecy::{ExposeSecret, SecretSlice, SecretString};

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

/// The content of a file, on its way in or out. Its memory is wiped when it is dropped.
#[derive(Clone)]
pub struct SecretBytes(SecretSlice<u8>);

impl SecretBytes {
    /// Takes bytes into confidence.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(SecretSlice::from(bytes))
    }

    /// The bytes. Call it to hand a file to a person who may have it, to seal it, or to look through it.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }
}
