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
use crate::inventory::{Surface, Surfaces};

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

/// What every surface that lets people in authenticates: links, codes, sessions, forms, and the names of locks.
const DOOR: [MacPurpose; 5] = [
    MacPurpose::Link,
    MacPurpose::Code,
    MacPurpose::Session,
    MacPurpose::Forgery,
    MacPurpose::Lock,
];

/// The purposes that a surface authenticates messages for. None writes the ledger: that is for the whole keyring.
fn purposes(surface: Surface) -> Vec<MacPurpose> {
    match surface {
        Surface::Applicant => [&DOOR[..], &[MacPurpose::Journey]].concat(),
        Surface::Staff | Surface::Finance | Surface::Assessor => DOOR.to_vec(),
    }
}

/// Whether a surface chains the audit. One has to, and staff's is not open to everyone.
const fn signs_audit(surface: Surface) -> bool {
    matches!(surface, Surface::Staff)
}

impl Part {
    /// Exactly what a process of these surfaces needs, as far as there are such keys.
    #[must_use]
    pub fn of(surfaces: Surfaces) -> Self {
        let wanted: Vec<MacPurpose> = surfaces.iter().flat_map(purposes).collect();
        Self {
            classes: surfaces.opens(),
            only_seals: surfaces.only_seals(),
            purposes: MacPurpose::ALL.into_iter().filter(|own| wanted.contains(own)).collect(),
            signs_audit: surfaces.iter().any(signs_audit),
        }
    }

    /// The words of everything in it.
    #[must_use]
    pub fn words(&self) -> Vec<&'static str> {
        let classes = self.classes.iter().map(|class| class.word());
        let seals = self.only_seals.iter().map(|class| match class {
            Class::Bank => "bank:seal",
            _ => "log:seal",
        });
        let services = self.services().map(ServiceKey::word);
        classes.chain(seals).chain(services).collect()
    }

    fn services(&self) -> impl Iterator<Item = ServiceKey> + '_ {
        let macs = self.purposes.iter().copied().map(ServiceKey::Mac);
        let held = |class: &Class| self.classes.contains(class) || self.only_seals.contains(class);
        let pairs = Class::PAIRED.into_iter().filter(held).map(ServiceKey::Psk);
        macs.chain(self.signs_audit.then_some(ServiceKey::Audit)).chain(pairs)
    }
}

impl Vault {
    /// Whether this keyring can sign audit heads.
    #[must_use]
    pub fn signs_audit(&self) -> bool {
        self.loaded().keyring.holds().signs_audit
    }

    /// Refuses a keyring that holds more or less than a process of these surfaces needs. The whole site takes the whole
    /// keyring.
    ///
    /// # Errors
    /// [`VaultError::KeysTooMany`], [`VaultError::KeysTooFew`].
    pub fn must_fit(&self, surfaces: Surfaces) -> Result<(), VaultError> {
        let held = self.loaded().keyring.holds();
        if surfaces.is_all() {
            return match self.scope_kind() {
                Scope::Full => Ok(()),
                Scope::Part => Err(VaultError::PartForAll { held: held.words().join(", ") }),
            };
        }
        let (held, needed) = (held.words(), Part::of(surfaces).words());
        let without = |from: &[&'static str], those: &[&'static str]| {
            // Who needs a key whole is not told that its half is too much.
            let half_of =
                |word: &str| word.strip_suffix(":seal").is_some_and(|w| those.contains(&w));
            let rest = from.iter().copied().filter(|word| !those.contains(word) && !half_of(word));
            rest.collect::<Vec<_>>().join(", ")
        };
        let (excess, missing) = (without(&held, &needed), without(&needed, &held));
        if !excess.is_empty() {
            return Err(VaultError::KeysTooMany { surfaces, excess });
        }
        if !missing.is_empty() {
            return Err(VaultError::KeysTooFew { surfaces, missing });
        }
        Ok(())
    }

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
    /// Which keys it holds.
    pub(super) fn holds(&self) -> Part {
        let has = |name: &ServiceKey| self.services.contains_key(name);
        Part {
            classes: self.classes.clone(),
            only_seals: self.only_seals.clone(),
            purposes: MacPurpose::ALL
                .into_iter()
                .filter(|purpose| has(&ServiceKey::Mac(*purpose)))
                .collect(),
            signs_audit: has(&ServiceKey::Audit),
        }
    }

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
        let wanted_services: Vec<ServiceKey> = part.services().collect();
        let services = self.services.iter().filter(|(name, _)| wanted_services.contains(name));
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
