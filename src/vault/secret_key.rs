//! A key in memory.

use ring::rand::SystemRandom;
use zeroize::Zeroize;

use super::error::VaultError;
use super::primitives::{self, KEY};

/// 32 secret bytes: no `Debug`, no `Clone`, wiped when dropped. On the heap, so that moving one leaves no copy behind.
pub(super) struct SecretKey(Box<[u8; KEY]>);

impl SecretKey {
    /// A new random key.
    pub(super) fn random(random: &SystemRandom) -> Result<Self, VaultError> {
        let mut key = Self(Box::new([0; KEY]));
        primitives::fill(random, key.0.as_mut_slice())?;
        Ok(key)
    }

    /// The key that these bytes are, if they are 32.
    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != KEY {
            return None;
        }
        let mut key = Self(Box::new([0; KEY]));
        key.0.copy_from_slice(bytes);
        Some(key)
    }

    /// The bytes.
    pub(super) fn expose(&self) -> &[u8; KEY] {
        &self.0
    }

    /// A second copy, for a keyring that is written for another process.
    pub(super) fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }
}

impl Drop for SecretKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}
