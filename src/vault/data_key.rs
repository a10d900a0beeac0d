//! The data key of a dossier, and its wrapping under the key of the quarter in which the dossier's time ends.

use crate::domain::class::Class;
use crate::domain::id::Id;
use crate::domain::quarter::Quarter;
use crate::domain::sealed::WrappedKey;
use crate::domain::slot::Slot;

use super::Vault;
use super::calendar::{Cohort, KeyName};
use super::error::VaultError;
use super::keyring::{Keyring, Version};
use super::secret_key::SecretKey;
use super::value::{self, Context, SALT};

/// The key that seals every value of one dossier. It can't be copied or shown, and is wiped when dropped.
pub struct DataKey {
    pub(super) key: SecretKey,
    pub(super) class: Class,
    pub(super) dossier: Id,
}

impl DataKey {
    /// The class of what it seals.
    #[must_use]
    pub fn class(&self) -> Class {
        self.class
    }
}

impl Vault {
    /// The name of the version of a cohort's key that new data keys are wrapped under.
    ///
    /// # Errors
    /// [`VaultError::KeyNotInScope`], [`VaultError::KeyDestroyed`], [`VaultError::KeyUnavailable`].
    pub fn current_key(&self, class: Class, quarter: Quarter) -> Result<String, VaultError> {
        let cohort = Cohort { class, quarter };
        self.with_current(cohort, |_, name, _| Ok(name.to_string()))
    }

    /// Makes the data key of a new dossier, and wraps it under the key of the quarter in which its time ends.
    ///
    /// # Errors
    /// As [`Vault::current_key`], and [`VaultError::Randomness`].
    pub fn new_data_key(
        &self,
        class: Class,
        quarter: Quarter,
        dossier: &Id,
    ) -> Result<(DataKey, WrappedKey), VaultError> {
        let key = SecretKey::random(&self.store.random)?;
        let wrapped = self.wrap(&key, Cohort { class, quarter }, dossier)?;
        Ok((DataKey { key, class, dossier: dossier.clone() }, wrapped))
    }

    /// Opens the data key of a dossier. When the keyring has no such key, it is read again once.
    ///
    /// # Errors
    /// [`VaultError::KeyNotInScope`], [`VaultError::KeyDestroyed`], [`VaultError::KeyUnavailable`]; and of the value
    /// [`VaultError::ContextMismatch`] (another dossier's), [`VaultError::Tampered`], [`VaultError::Truncated`],
    /// [`VaultError::Unsupported`].
    pub fn open_data_key(&self, wrapped: &WrappedKey, dossier: &Id) -> Result<DataKey, VaultError> {
        let name: KeyName = wrapped.cohort_key.parse().map_err(|_| {
            // What does not look like a name is not repeated: nobody knows what it is.
            VaultError::KeyUnavailable { name: "(no name of a key)".to_owned() }
        })?;
        self.with_keyring(|keyring| {
            let version = keyring.version(name)?;
            let context = context(keyring, name, &wrapped.cohort_key, dossier);
            let bytes = value::open(&version.key, &context, wrapped.bytes.as_bytes())?;
            let key = SecretKey::from_slice(&bytes).ok_or(VaultError::Tampered)?;
            Ok(DataKey { key, class: name.cohort.class, dossier: dossier.clone() })
        })
    }

    /// Wraps the data key of a dossier under the current key of `quarter`, of the same class: because the dossier's
    /// clock moved, or because the key it is wrapped under is being replaced. Values are not touched.
    ///
    /// # Errors
    /// As [`Vault::open_data_key`] and [`Vault::new_data_key`].
    pub fn rewrap(
        &self,
        wrapped: &WrappedKey,
        dossier: &Id,
        quarter: Quarter,
    ) -> Result<WrappedKey, VaultError> {
        let data_key = self.open_data_key(wrapped, dossier)?;
        self.wrap(&data_key.key, Cohort { class: data_key.class, quarter }, dossier)
    }

    fn wrap(
        &self,
        key: &SecretKey,
        cohort: Cohort,
        dossier: &Id,
    ) -> Result<WrappedKey, VaultError> {
        let salt = self.random_bytes::<SALT>()?;
        self.with_current(cohort, |keyring, name, version| {
            let cohort_key = name.to_string();
            let context = context(keyring, name, &cohort_key, dossier);
            let bytes = value::seal(&version.key, &context, name.version, &salt, key.expose())?;
            Ok(WrappedKey { cohort_key, bytes })
        })
    }

    /// Does something with the current key of a cohort.
    fn with_current<T>(
        &self,
        cohort: Cohort,
        work: impl Fn(&Keyring, KeyName, &Version) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        self.with_keyring(|keyring| {
            let (name, version) = keyring.active(cohort)?;
            work(keyring, name, version)
        })
    }

    /// Does something with the keyring, and once more after reading it again when it lacked a key.
    pub(super) fn with_keyring<T>(
        &self,
        work: impl Fn(&Keyring) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let held = self.loaded();
        match work(&held.keyring) {
            Err(error @ VaultError::KeyUnavailable { .. }) => {
                self.reload_now()?;
                let found = self.loaded();
                if found.mac == held.mac { Err(error) } else { work(&found.keyring) }
            }
            done => done,
        }
    }
}

/// The place of a wrapped data key: its row is the name of the key that wraps it.
fn context<'a>(
    keyring: &'a Keyring,
    name: KeyName,
    cohort_key: &'a str,
    dossier: &'a Id,
) -> Context<'a> {
    Context {
        deployment: keyring.deployment.as_str(),
        class: name.cohort.class.number(),
        slot: Slot::DataKey.number(),
        row: cohort_key,
        dossier: dossier.as_str(),
        padding: Slot::DataKey.padding(),
    }
}
