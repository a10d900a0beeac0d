//! Blind indexes: equal values are found without being opened.

use crate::domain::lookup::LookupKind;
use crate::domain::quarter::Quarter;
use crate::domain::sealed::BlindIndex;

use super::Vault;
use super::calendar::Cohort;
use super::error::VaultError;
use super::keyring::Keyring;
use super::primitives;
use super::secret_key::SecretKey;

impl Vault {
    /// The blind index of a value in the cohort of `quarter`: HMAC-SHA256 under the cohort's index key over the
    /// site, the kind and the normalised value.
    ///
    /// # Errors
    /// [`VaultError::KeyNotInScope`], [`VaultError::KeyDestroyed`], [`VaultError::KeyUnavailable`].
    pub fn blind(
        &self,
        kind: LookupKind,
        quarter: Quarter,
        value: &str,
    ) -> Result<BlindIndex, VaultError> {
        let value = zeroize::Zeroizing::new(kind.normalise(value));
        self.with_keyring(|keyring| {
            let cohort = Cohort { class: kind.class(), quarter };
            // Every kind of look-up is of a class that has index keys.
            let index = keyring.cohort(cohort)?.index.as_ref();
            let index = index.ok_or(VaultError::KeyNotInScope(cohort.class))?;
            Ok(blind(keyring, index, kind, &value))
        })
    }

    /// The blind indexes of a value in every living cohort of its class, oldest quarter first: what a look-up asks for.
    ///
    /// # Errors
    /// [`VaultError::KeyNotInScope`]
    pub fn blind_all(&self, kind: LookupKind, value: &str) -> Result<Vec<BlindIndex>, VaultError> {
        let class = kind.class();
        let loaded = self.loaded();
        let keyring = &loaded.keyring;
        if !keyring.classes.contains(&class) {
            return Err(VaultError::KeyNotInScope(class));
        }
        let value = zeroize::Zeroizing::new(kind.normalise(value));
        let of_class = keyring.cohorts.iter().filter(|(cohort, _)| cohort.class == class);
        let indexes = of_class.filter_map(|(_, keys)| keys.index.as_ref());
        Ok(indexes.map(|index| blind(keyring, index, kind, &value)).collect())
    }
}

fn blind(keyring: &Keyring, key: &SecretKey, kind: LookupKind, value: &str) -> BlindIndex {
    let number = kind.number().to_be_bytes();
    let parts: [&[u8]; 3] = [keyring.deployment.as_str().as_bytes(), &number, value.as_bytes()];
    BlindIndex::from_bytes(primitives::mac(key.expose(), parts))
}
