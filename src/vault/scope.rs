//! Smaller keyrings, for processes that do only some of the work.

use std::collections::BTreeMap;
use std::sync::Arc;

use ring::rand::SystemRandom;

use crate::domain::class::Class;

use super::Vault;
use super::error::VaultError;
use super::keyring::files::KeyringFiles;
use super::keyring::root::FileRoot;
use super::keyring::store::Store;
use super::keyring::{CohortKeys, Keyring, Scope, Version};
use super::secret_key::SecretKey;
use super::service_key::{MacPurpose, ServiceKey};

/// What a smaller keyring holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The classes whose cohort and index keys it holds.
    pub classes: Vec<Class>,
    /// The classes for which it can seal and not open; only those whose cohort keys are pairs.
    pub only_seals: Vec<Class>,
    /// The purposes that it can authenticate messages for.
    pub purposes: Vec<MacPurpose>,
    /// Whether it can sign audit heads.
    pub signs_audit: bool,
}

impl Vault {
    /// Writes a smaller keyring with a root key of its own, of the same site and generation. It can't be changed;
    /// write it again after each change of this one. An older part of the same site at that place is replaced.
    ///
    /// # Errors
    /// [`VaultError::ScopeViolation`] when this keyring is itself a part; [`VaultError::KeyNotInScope`] when it has no
    /// such class; [`VaultError::KeyringExists`] when another keyring, or a whole one, is at that place;
    /// [`VaultError::Randomness`], [`VaultError::Io`].
    pub fn scope(&self, part: &Part, out: KeyringFiles) -> Result<(), VaultError> {
        self.reload()?;
        let loaded = self.loaded();
        let keyring = loaded.keyring.part(part)?;
        let root = Arc::new(FileRoot::new(out.root));
        let store = Store { path: out.keyring, root, random: SystemRandom::new() };
        store.create_or_replace(&keyring).map(|_| ())
    }
}

impl Keyring {
    fn part(&self, part: &Part) -> Result<Self, VaultError> {
        if self.scope != Scope::Full {
            return Err(VaultError::ScopeViolation);
        }
        let mut asked = part.classes.iter().chain(&part.only_seals);
        if let Some(class) = asked.find(|class| !self.classes.contains(class)) {
            return Err(VaultError::KeyNotInScope(*class));
        }
        let only_seals: Vec<Class> = part
            .only_seals
            .iter()
            .copied()
            .filter(|class| class.is_paired() && !part.classes.contains(class))
            .collect();
        let wanted = |class| part.classes.contains(&class) || only_seals.contains(&class);
        let mut cohorts = BTreeMap::new();
        for (cohort, keys) in self.cohorts.iter().filter(|(cohort, _)| wanted(cohort.class)) {
            let mut versions = BTreeMap::new();
            for (number, version) in &keys.versions {
                let key = version.key.duplicate(only_seals.contains(&cohort.class));
                let (state, created) = (version.state, version.created);
                let unreferenced_since = version.unreferenced_since;
                versions.insert(*number, Version { state, created, unreferenced_since, key });
            }
            let index = keys.index.as_ref().map(SecretKey::duplicate);
            cohorts.insert(*cohort, CohortKeys { versions, index });
        }
        let service = |name: &ServiceKey| match name {
            ServiceKey::Mac(purpose) => part.purposes.contains(purpose),
            ServiceKey::Audit => part.signs_audit,
            ServiceKey::Psk(class) => wanted(*class),
        };
        let services = self.services.iter().filter(|(name, _)| service(name));
        let destroyed = self.destroyed.iter().filter(|(name, _)| wanted(name.cohort.class));
        Ok(Self {
            deployment: self.deployment.clone(),
            generation: self.generation,
            scope: Scope::Part,
            classes: Class::ALL.into_iter().filter(|class| part.classes.contains(class)).collect(),
            only_seals: only_seals.clone(),
            audit_public: self.audit_public,
            cohorts,
            services: services.map(|(name, key)| (*name, SecretKey::duplicate(key))).collect(),
            destroyed: destroyed.map(|(name, on)| (*name, *on)).collect(),
        })
    }
}
