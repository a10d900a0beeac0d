//! Seals values for a place in the database, and opens them there.

use zeroize::Zeroizing;

use crate::domain::id::Id;
use crate::domain::sealed::Sealed;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;

use super::Vault;
use super::data_key::{DataKey, DossierKey};
use super::error::VaultError;
use super::keyring::Keyring;
use super::pair;
use super::primitives::KEY;
use super::value::{self, Context, SALT};

/// Where a value lies: which column of which row, and whose dossier. It opens nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The column.
    pub slot: Slot,
    /// The row, by the identifier that was drawn before it was inserted.
    pub row: &'a Id,
    /// The dossier.
    pub dossier: &'a Id,
}

impl Vault {
    /// Seals a value for a place, padded so that its length tells little.
    ///
    /// # Errors
    /// [`VaultError::ContextMismatch`] when the key is not that of the place's dossier and class,
    /// [`VaultError::TooLong`], [`VaultError::Randomness`].
    pub fn seal(
        &self,
        key: &DataKey,
        place: Place<'_>,
        plain: &[u8],
    ) -> Result<Sealed, VaultError> {
        let loaded = self.loaded();
        let keyring = &loaded.keyring;
        let context = context(keyring, key, place)?;
        match &key.key {
            DossierKey::Symmetric(own) => {
                let salt = self.random_bytes::<SALT>()?;
                value::seal(own, &context, keyring.generation, &salt, plain)
            }
            DossierKey::Pair { public, .. } => {
                let drawn = Zeroizing::new(self.random_bytes::<KEY>()?);
                let psk = keyring.psk(key.class)?;
                pair::seal(public, psk, &context, keyring.generation, &drawn, plain)
            }
        }
    }

    /// Opens a value that is text.
    ///
    /// # Errors
    /// As [`Vault::open_bytes`], and [`VaultError::NotText`].
    pub fn open_value(
        &self,
        key: &DataKey,
        place: Place<'_>,
        sealed: &Sealed,
    ) -> Result<Secret, VaultError> {
        let bytes = self.open_bytes(key, place, sealed)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| VaultError::NotText)?;
        // Copied into a string of just that length, which `Secret` takes over without moving it.
        Ok(Secret::new(text))
    }

    /// Opens a value of any bytes. They are wiped when dropped.
    ///
    /// # Errors
    /// [`VaultError::ContextMismatch`] when the value was sealed for another place or under another key,
    /// [`VaultError::Tampered`], [`VaultError::Truncated`], [`VaultError::Unsupported`];
    /// [`VaultError::KeyNotInScope`] when the key only seals.
    pub fn open_bytes(
        &self,
        key: &DataKey,
        place: Place<'_>,
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let loaded = self.loaded();
        let context = context(&loaded.keyring, key, place)?;
        match &key.key {
            DossierKey::Symmetric(own) => value::open(own, &context, sealed.as_bytes()),
            DossierKey::Pair { private: Some(own), .. } => {
                let psk = loaded.keyring.psk(key.class)?;
                pair::open(own, psk, &context, sealed.as_bytes())
            }
            DossierKey::Pair { private: None, .. } => Err(VaultError::KeyNotInScope(key.class)),
        }
    }
}

/// The place, if it is one that the key may seal for.
fn context<'a>(
    keyring: &'a Keyring,
    key: &DataKey,
    place: Place<'a>,
) -> Result<Context<'a>, VaultError> {
    if !place.slot.takes(key.class) || *place.dossier != key.dossier {
        return Err(VaultError::ContextMismatch);
    }
    Ok(Context {
        deployment: keyring.deployment.as_str(),
        class: key.class.number(),
        slot: place.slot.number(),
        row: place.row.as_str(),
        dossier: place.dossier.as_str(),
        padding: place.slot.padding(),
    })
}
