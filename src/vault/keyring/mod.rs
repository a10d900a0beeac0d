//! The keys that a process holds, and the way between them and the keyring file.

pub(super) mod document;
pub(super) mod files;
pub(super) mod root;
pub(super) mod store;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use chrono::NaiveDate;
use ring::rand::SystemRandom;
use subtle::ConstantTimeEq;

use crate::domain::class::Class;
use crate::domain::id::Id;
use crate::domain::quarter::Quarter;
use crate::domain::slot::Padding;

use super::calendar::{
    CALENDAR_QUARTERS, Cohort, CohortInfo, KeyName, KeyState, Tombstone, VersionInfo,
};
use super::error::VaultError;
use super::primitives;
use super::secret_key::SecretKey;
use super::service_key::{self, ServiceKey};
use super::value::{self, Context, SALT};
use document::{
    Base64, DestroyedEntry, Document, FORMAT, Hex, IndexEntry, KeyEntry, ServiceEntry, Text,
};
use root::RootKey;

/// The number that an entry of the keyring is bound to. Slots of the database stay below 0xFF00.
#[derive(Clone, Copy)]
#[repr(u16)]
pub(super) enum Entry {
    /// A version of a cohort key.
    Cohort = 0xFF01,
    /// The index key of a cohort.
    Index = 0xFF02,
    /// A service key.
    Service = 0xFF03,
}

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
    pub key: SecretKey,
}

/// The keys of a cohort.
pub(super) struct CohortKeys {
    pub versions: BTreeMap<u32, Version>,
    pub index: SecretKey,
}

/// The keyring, opened.
pub(super) struct Keyring {
    pub deployment: Id,
    pub generation: u32,
    pub scope: Scope,
    /// The classes that it holds keys of, or would if they had any.
    pub classes: Vec<Class>,
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
            classes: Class::SYMMETRIC.to_vec(),
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
        for class in self.classes.clone() {
            if !Class::SYMMETRIC.contains(&class) {
                continue;
            }
            for quarter in Quarter::of(today).calendar(CALENDAR_QUARTERS) {
                let cohort = Cohort { class, quarter };
                if self.cohorts.contains_key(&cohort) {
                    continue;
                }
                let version = self.next_version(cohort);
                let key = SecretKey::random(random)?;
                let created = today;
                let first =
                    Version { state: KeyState::Active, created, unreferenced_since: None, key };
                let index = SecretKey::random(random)?;
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
        if self.classes.contains(&class) {
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

    /// Seals every key under a root key, and writes the file. Also gives the MAC.
    pub(super) fn seal(
        &self,
        root: &RootKey,
        random: &SystemRandom,
        path: &Path,
    ) -> Result<String, VaultError> {
        let wrap = |entry: Entry, class: u8, name: &dyn fmt::Display, key: &SecretKey| {
            let mut salt = [0; SALT];
            primitives::fill(random, &mut salt)?;
            let name = name.to_string();
            let context = self.context(entry, class, &name);
            let sealed =
                value::seal(root.secret(), &context, self.generation, &salt, key.expose())?;
            Ok::<_, VaultError>(Base64(sealed.into_bytes()))
        };
        let mut document = self.outline(root);
        for (cohort, keys) in &self.cohorts {
            let class = cohort.class.number();
            for (number, version) in &keys.versions {
                let name = KeyName { cohort: *cohort, version: *number };
                document.key.push(KeyEntry {
                    wrapped: wrap(Entry::Cohort, class, &name, &version.key)?,
                    name: Text(name),
                    state: Text(version.state),
                    created: version.created,
                    unreferenced_since: version.unreferenced_since,
                });
            }
            let wrapped = wrap(Entry::Index, class, cohort, &keys.index)?;
            document.index.push(IndexEntry { name: Text(*cohort), wrapped });
        }
        for (name, key) in &self.services {
            let wrapped = wrap(Entry::Service, 0, name, key)?;
            document.service.push(ServiceEntry { name: Text(*name), wrapped });
        }
        document.mac = Base64(root.mac(&document.canonical()).to_vec());
        document.write().map_err(|_| VaultError::KeyringDamaged {
            path: path.to_owned(),
            what: "it can't be written as TOML",
        })
    }

    /// The document without its keys and its MAC.
    fn outline(&self, root: &RootKey) -> Document {
        let destroyed = self.destroyed.iter();
        Document {
            format: FORMAT,
            deployment: self.deployment.clone(),
            generation: self.generation,
            scope: Text(self.scope),
            classes: self.classes.iter().copied().map(Text).collect(),
            root: Hex(root.fingerprint().to_vec()),
            audit_public: Hex(self.audit_public.to_vec()),
            mac: Base64(Vec::new()),
            key: Vec::new(),
            index: Vec::new(),
            service: Vec::new(),
            destroyed: destroyed
                .map(|(name, on)| DestroyedEntry { name: Text(*name), on: *on })
                .collect(),
        }
    }

    fn context<'a>(&'a self, entry: Entry, class: u8, name: &'a str) -> Context<'a> {
        Context {
            deployment: self.deployment.as_str(),
            class,
            slot: entry as u16,
            row: name,
            dossier: "",
            padding: Padding::None,
        }
    }

    /// Opens a document with its root key: the MAC first, then every key in it.
    pub(super) fn open(
        document: Document,
        root: &RootKey,
        path: &Path,
    ) -> Result<Self, VaultError> {
        let damaged = |what| VaultError::KeyringDamaged { path: path.to_owned(), what };
        if !bool::from(root.mac(&document.canonical()).as_slice().ct_eq(&document.mac.0)) {
            return Err(damaged("it was changed by hand, or is not whole"));
        }
        let audit_public = document.audit_public.0.as_slice().try_into();
        let mut keyring = Self {
            deployment: document.deployment,
            generation: document.generation,
            scope: document.scope.0,
            classes: document.classes.into_iter().map(|class| class.0).collect(),
            audit_public: audit_public.map_err(|_| damaged("the audit key is no key"))?,
            cohorts: BTreeMap::new(),
            services: BTreeMap::new(),
            destroyed: document.destroyed.iter().map(|entry| (entry.name.0, entry.on)).collect(),
        };
        let unwrap = |keyring: &Self, entry, class, name: &dyn fmt::Display, wrapped: &Base64| {
            let name = name.to_string();
            let opened =
                value::open(root.secret(), &keyring.context(entry, class, &name), &wrapped.0);
            let of_this = value::generation(&wrapped.0).is_ok_and(|g| g == keyring.generation);
            let opened = opened.ok().filter(|_| of_this);
            opened
                .and_then(|bytes| SecretKey::from_slice(&bytes))
                .ok_or_else(|| damaged("a key in it does not open"))
        };
        for entry in &document.index {
            let cohort = entry.name.0;
            let class = cohort.class.number();
            let index = unwrap(&keyring, Entry::Index, class, &cohort, &entry.wrapped)?;
            let keys = CohortKeys { versions: BTreeMap::new(), index };
            if keyring.cohorts.insert(cohort, keys).is_some() {
                return Err(damaged("a cohort stands in it twice"));
            }
        }
        for entry in &document.key {
            let name = entry.name.0;
            let class = name.cohort.class.number();
            let key = unwrap(&keyring, Entry::Cohort, class, &name, &entry.wrapped)?;
            let keys = keyring.cohorts.get_mut(&name.cohort);
            let keys = keys.ok_or_else(|| damaged("a cohort has no index key"))?;
            let version = Version {
                state: entry.state.0,
                created: entry.created,
                unreferenced_since: entry.unreferenced_since,
                key,
            };
            if keys.versions.insert(name.version, version).is_some() {
                return Err(damaged("a key stands in it twice"));
            }
        }
        let one_active = |keys: &CohortKeys| {
            keys.versions.values().filter(|version| version.state == KeyState::Active).count() == 1
        };
        if !keyring.cohorts.values().all(one_active) {
            return Err(damaged("a cohort has not one active key"));
        }
        for entry in &document.service {
            let name = entry.name.0;
            let key = unwrap(&keyring, Entry::Service, 0, &name, &entry.wrapped)?;
            keyring.services.insert(name, key);
        }
        Ok(keyring)
    }
}
