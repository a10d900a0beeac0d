//! The data key of a dossier, and its wrapping under the key of the quarter in which the dossier's time ends.

use zeroize::Zeroizing;

use crate::domain::class::Class;
use crate::domain::id::Id;
use crate::domain::quarter::Quarter;
use crate::domain::sealed::WrappedKey;
use crate::domain::slot::Slot;

use super::Vault;
use super::calendar::{Cohort, KeyName};
use super::error::VaultError;
use super::keyring::{CohortKey, Keyring, Version};
use super::pair::{self, PUBLIC};
use super::primitives::KEY;
use super::secret_key::SecretKey;
use super::value::{self, Context, SALT};

/// The key that seals every value of one dossier. It can't be copied or shown, and is wiped when dropped.
pub struct DataKey {
    pub(super) key: DossierKey,
    pub(super) class: Class,
    pub(super) dossier: Id,
}

/// What a data key consists of.
pub(super) enum DossierKey {
    /// One key that seals and opens.
    Symmetric(SecretKey),
    /// A public key that seals, and a private one that opens.
    Pair {
        public: [u8; PUBLIC],
        /// None for whoever only seals.
        private: Option<SecretKey>,
    },
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
    /// Of a class with key pairs, the key that is given can seal and not open.
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
        let key = match class.is_paired() {
            true => DossierKey::Pair { public: pair::public_of(&key)?, private: None },
            false => DossierKey::Symmetric(key),
        };
        Ok((DataKey { key, class, dossier: dossier.clone() }, wrapped))
    }

    /// Opens the data key of a dossier. When the keyring has no such key, it is read again once.
    ///
    /// # Errors
    /// [`VaultError::KeyNotInScope`], [`VaultError::KeyDestroyed`], [`VaultError::KeyUnavailable`]; and of the value
    /// [`VaultError::ContextMismatch`] (another dossier's), [`VaultError::Tampered`], [`VaultError::Truncated`],
    /// [`VaultError::Unsupported`].
    pub fn open_data_key(&self, wrapped: &WrappedKey, dossier: &Id) -> Result<DataKey, VaultError> {
        let name = parse(&wrapped.cohort_key)?;
        self.with_keyring(|keyring| {
            let class = name.cohort.class;
            let version = keyring.version(name)?;
            let context = context(keyring, name, &wrapped.cohort_key, dossier);
            let bytes = wrapped.bytes.as_bytes();
            let key = match &version.key {
                CohortKey::Symmetric(key) => {
                    let bytes = value::open(key, &context, bytes)?;
                    DossierKey::Symmetric(
                        SecretKey::from_slice(&bytes).ok_or(VaultError::Tampered)?,
                    )
                }
                CohortKey::Pair { private: None, .. } => {
                    return Err(VaultError::KeyNotInScope(class));
                }
                CohortKey::Pair { private: Some(private), .. } => {
                    let psk = keyring.psk(class)?;
                    let (public, own) = pair::unwrap(private, psk, &context, bytes)?;
                    DossierKey::Pair { public, private: Some(own) }
                }
            };
            Ok(DataKey { key, class, dossier: dossier.clone() })
        })
    }

    /// What more can be sealed with for a dossier, by a process that may not be able to open it. Where the class has
    /// key pairs, nothing is opened for it, and nothing can be opened with it.
    ///
    /// # Errors
    /// As [`Vault::open_data_key`].
    pub fn sealing_key(&self, wrapped: &WrappedKey, dossier: &Id) -> Result<DataKey, VaultError> {
        let name = parse(&wrapped.cohort_key)?;
        if !name.cohort.class.is_paired() {
            return self.open_data_key(wrapped, dossier);
        }
        self.with_keyring(|keyring| {
            let class = name.cohort.class;
            keyring.version(name)?;
            let context = context(keyring, name, &wrapped.cohort_key, dossier);
            let psk = keyring.psk(class)?;
            let (public, _) = pair::public_in(psk, &context, wrapped.bytes.as_bytes())?;
            let key = DossierKey::Pair { public, private: None };
            Ok(DataKey { key, class, dossier: dossier.clone() })
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
        let class = data_key.class;
        match &data_key.key {
            DossierKey::Symmetric(key) | DossierKey::Pair { private: Some(key), .. } => {
                self.wrap(key, Cohort { class, quarter }, dossier)
            }
            DossierKey::Pair { private: None, .. } => Err(VaultError::KeyNotInScope(class)),
        }
    }

    fn wrap(
        &self,
        key: &SecretKey,
        cohort: Cohort,
        dossier: &Id,
    ) -> Result<WrappedKey, VaultError> {
        let salt = self.random_bytes::<SALT>()?;
        let drawn = Zeroizing::new(self.random_bytes::<KEY>()?);
        self.with_current(cohort, |keyring, name, version| {
            let cohort_key = name.to_string();
            let context = context(keyring, name, &cohort_key, dossier);
            let number = name.version;
            let bytes = match &version.key {
                CohortKey::Symmetric(own) => {
                    value::seal(own, &context, number, &salt, key.expose())?
                }
                CohortKey::Pair { public, .. } => {
                    let psk = keyring.psk(cohort.class)?;
                    pair::wrap(public, psk, &context, number, &drawn, key)?
                }
            };
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

fn parse(cohort_key: &str) -> Result<KeyName, VaultError> {
    // What does not look like a name is not repeated: nobody knows what it is.
    cohort_key
        .parse()
        .map_err(|_| VaultError::KeyUnavailable { name: "(no name of a key)".to_owned() })
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
