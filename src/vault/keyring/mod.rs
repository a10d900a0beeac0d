//! The keys that a process holds, and the way between them and the keyring file.

pub(super) mod document;
pub(super) mod files;
pub(super) mod root;
pub(super) mod store;
mod written;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use ring::rand::SystemRandom;

use crate::domain::class::Class;
use crate::domain::id::Id;
use crate::domain::quarter::Quarter;

use super::calendar::{
    CALENDAR_QUARTERS, Cohort, CohortInfo, KeyName, KeyState, Tombstone, VersionInfo,
};
use super::error::VaultError;
use super::pair::{self, PUBLIC};
use super::secret_key::SecretKey;
use super::service_key::{self, ServiceKey};

/// Whether a keyring is the whole or a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every key of the site. Only such a keyring can be changed.
    Full,
    /// The keys of some classes and purposes, for a process that does only some of the work.
    Part,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "full",
            Self::Part => "part",
        })
    }
}

impl FromStr for Scope {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "full" => Ok(Self::Full),
            "part" => Ok(Self::Part),
            _ => Err("not a scope; the scopes are full and part"),
        }
    }
}

/// A version of a cohort key.
pub(super) struct Version {
    pub state: KeyState,
    pub created: NaiveDate,
    pub unreferenced_since: Option<NaiveDate>,
    pub key: CohortKey,
}

/// What wraps data keys.
pub(super) enum CohortKey {
    /// One key that wraps and unwraps.
    Symmetric(SecretKey),
    /// A public key that wraps, and a private one that unwraps.
    Pair {
        public: [u8; PUBLIC],
        /// None in a keyring that can only seal.
        private: Option<SecretKey>,
    },
}

impl CohortKey {
    /// A new one for a class.
    pub(super) fn random(class: Class, random: &SystemRandom) -> Result<Self, VaultError> {
        let key = SecretKey::random(random)?;
        if !class.is_paired() {
            return Ok(Self::Symmetric(key));
        }
        Ok(Self::Pair { public: pair::public_of(&key)?, private: Some(key) })
    }

    /// A second copy for another keyring, without what opens where that is to seal only.
    pub(super) fn duplicate(&self, only_seals: bool) -> Self {
        match self {
            Self::Symmetric(key) => Self::Symmetric(key.duplicate()),
            Self::Pair { public, private } => {
                let private = private.as_ref().filter(|_| !only_seals);
                Self::Pair { public: *public, private: private.map(SecretKey::duplicate) }
            }
        }
    }
}

/// The keys of a cohort.
pub(super) struct CohortKeys {
    pub versions: BTreeMap<u32, Version>,
    /// None where the class has key pairs: nothing is looked up there.
    pub index: Option<SecretKey>,
}

/// The keyring, opened.
pub(super) struct Keyring {
    pub deployment: Id,
    pub generation: u32,
    pub scope: Scope,
    /// The classes whose values it opens.
    pub classes: Vec<Class>,
    /// The classes for which it can seal and not open.
    pub only_seals: Vec<Class>,
    pub audit_public: [u8; 32],
    pub cohorts: BTreeMap<Cohort, CohortKeys>,
    pub services: BTreeMap<ServiceKey, SecretKey>,
    pub destroyed: BTreeMap<KeyName, NaiveDate>,
}

impl Keyring {
    /// The keyring of a new site, without cohorts.
    pub(super) fn new(deployment: Id, random: &SystemRandom) -> Result<Self, VaultError> {
        let mut services = BTreeMap::new();
        for name in ServiceKey::all() {
            services.insert(name, SecretKey::random(random)?);
        }
        let seed = services.get(&ServiceKey::Audit).map(SecretKey::expose);
        let audit_public =
            seed.and_then(service_key::audit_public).ok_or(VaultError::Randomness)?;
        Ok(Self {
            deployment,
            generation: 0,
            scope: Scope::Full,
            classes: Class::ALL.to_vec(),
            only_seals: Vec::new(),
            audit_public,
            cohorts: BTreeMap::new(),
            services,
            destroyed: BTreeMap::new(),
        })
    }

    /// Adds the cohorts that the calendar lacks, from the quarter of `today` on. Tells how many.
    pub(super) fn extend(
        &mut self,
        today: NaiveDate,
        random: &SystemRandom,
    ) -> Result<usize, VaultError> {
        let mut added = 0;
        // A keyring of the first format knew no key pairs.
        self.classes = Class::ALL.to_vec();
        for name in Class::PAIRED.map(ServiceKey::Psk) {
            if let Entry::Vacant(place) = self.services.entry(name) {
                place.insert(SecretKey::random(random)?);
            }
        }
        for class in Class::ALL {
            for quarter in Quarter::of(today).calendar(CALENDAR_QUARTERS) {
                let cohort = Cohort { class, quarter };
                if self.cohorts.contains_key(&cohort) {
                    continue;
                }
                let version = self.next_version(cohort);
                let key = CohortKey::random(class, random)?;
                let created = today;
                let first =
                    Version { state: KeyState::Active, created, unreferenced_since: None, key };
                let index = match class.is_paired() {
                    true => None,
                    false => Some(SecretKey::random(random)?),
                };
                let versions = BTreeMap::from([(version, first)]);
                self.cohorts.insert(cohort, CohortKeys { versions, index });
                added += 1;
            }
        }
        Ok(added)
    }

    /// The number of a cohort's next version: one that no key had, a destroyed one neither.
    pub(super) fn next_version(&self, cohort: Cohort) -> u32 {
        let living = self.cohorts.get(&cohort).and_then(|keys| keys.versions.keys().next_back());
        let dead = self.destroyed.keys().filter(|name| name.cohort == cohort);
        let last = dead.map(|name| name.version).chain(living.copied()).max();
        last.unwrap_or(0) + 1
    }

    /// A version of a cohort key by its name.
    pub(super) fn version(&self, name: KeyName) -> Result<&Version, VaultError> {
        let keys = self.cohorts.get(&name.cohort);
        let version = keys.and_then(|keys| keys.versions.get(&name.version));
        version.ok_or_else(|| match self.destroyed.get(&name) {
            Some(on) => VaultError::KeyDestroyed { name: name.to_string(), on: *on },
            None => self.absent(name.cohort.class, &name),
        })
    }

    /// The keys of a cohort.
    pub(super) fn cohort(&self, cohort: Cohort) -> Result<&CohortKeys, VaultError> {
        self.cohorts.get(&cohort).ok_or_else(|| {
            let mut dead = self.destroyed.iter().filter(|(name, _)| name.cohort == cohort);
            match dead.next_back() {
                Some((_, on)) => VaultError::KeyDestroyed { name: cohort.to_string(), on: *on },
                None => self.absent(cohort.class, &cohort),
            }
        })
    }

    fn absent(&self, class: Class, name: &impl fmt::Display) -> VaultError {
        if self.classes.contains(&class) || self.only_seals.contains(&class) {
            VaultError::KeyUnavailable { name: name.to_string() }
        } else {
            VaultError::KeyNotInScope(class)
        }
    }

    /// The version that new data keys are wrapped under.
    pub(super) fn active(&self, cohort: Cohort) -> Result<(KeyName, &Version), VaultError> {
        let keys = self.cohort(cohort)?;
        let active = keys.versions.iter().find(|(_, version)| version.state == KeyState::Active);
        match active {
            Some((number, version)) => Ok((KeyName { cohort, version: *number }, version)),
            None => Err(self.absent(cohort.class, &cohort)),
        }
    }

    /// The pre-shared key of a class.
    pub(super) fn psk(&self, class: Class) -> Result<&SecretKey, VaultError> {
        self.services.get(&ServiceKey::Psk(class)).ok_or_else(|| {
            if self.classes.contains(&class) || self.only_seals.contains(&class) {
                VaultError::ServiceKeyNotInScope(ServiceKey::Psk(class).word())
            } else {
                VaultError::KeyNotInScope(class)
            }
        })
    }

    /// The cohorts, without their keys.
    pub(super) fn info(&self) -> Vec<CohortInfo> {
        let info = |(cohort, keys): (&Cohort, &CohortKeys)| {
            let version = |(number, version): (&u32, &Version)| VersionInfo {
                name: KeyName { cohort: *cohort, version: *number },
                state: version.state,
                created: version.created,
                unreferenced_since: version.unreferenced_since,
            };
            CohortInfo { cohort: *cohort, versions: keys.versions.iter().map(version).collect() }
        };
        self.cohorts.iter().map(info).collect()
    }

    /// The keys that were destroyed.
    pub(super) fn tombstones(&self) -> Vec<Tombstone> {
        self.destroyed.iter().map(|(name, on)| Tombstone { name: *name, on: *on }).collect()
    }
}
