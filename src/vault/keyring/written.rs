//! The way between the keys in memory and the document on disk.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use ring::rand::SystemRandom;
use subtle::ConstantTimeEq;

use super::super::calendar::{KeyName, KeyState};
use super::super::error::VaultError;
use super::super::secret_key::SecretKey;
use super::super::value::{self, Context, SALT};
use super::super::{pair, primitives};
use super::document::{
    Base64, DestroyedEntry, Document, FORMAT, Held, Hex, IndexEntry, KeyEntry, PairEntry,
    ServiceEntry, Text,
};
use super::root::RootKey;
use super::{CohortKey, CohortKeys, Keyring, Version};
use crate::domain::slot::Padding;

/// The number that an entry of the keyring is bound to. Slots of the database stay below 0xFF00.
#[derive(Clone, Copy)]
#[repr(u16)]
enum Slot {
    /// A version of a cohort key.
    Cohort = 0xFF01,
    /// The index key of a cohort.
    Index = 0xFF02,
    /// A service key.
    Service = 0xFF03,
    /// The private key of a cohort's key pair.
    Private = 0xFF04,
}

/// What is said of an entry that is not what was written.
const UNOPENED: &str = "a key in it does not open";

impl Keyring {
    /// Seals every key under a root key, and writes the file. Also gives the MAC.
    pub(in super::super) fn seal(
        &self,
        root: &RootKey,
        random: &SystemRandom,
        path: &Path,
    ) -> Result<String, VaultError> {
        let wrap = |entry: Slot, class: u8, name: &dyn fmt::Display, key: &SecretKey| {
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
                let (state, created) = (Text(version.state), version.created);
                let unreferenced_since = version.unreferenced_since;
                match &version.key {
                    CohortKey::Symmetric(key) => document.key.push(KeyEntry {
                        wrapped: wrap(Slot::Cohort, class, &name, key)?,
                        name: Text(name),
                        state,
                        created,
                        unreferenced_since,
                    }),
                    CohortKey::Pair { public, private } => document.pair.push(PairEntry {
                        public: Hex(public.to_vec()),
                        wrapped: match private {
                            Some(private) => Some(wrap(Slot::Private, class, &name, private)?),
                            None => None,
                        },
                        name: Text(name),
                        state,
                        created,
                        unreferenced_since,
                    }),
                }
            }
            if let Some(index) = &keys.index {
                let wrapped = wrap(Slot::Index, class, cohort, index)?;
                document.index.push(IndexEntry { name: Text(*cohort), wrapped });
            }
        }
        for (name, key) in &self.services {
            let wrapped = wrap(Slot::Service, 0, name, key)?;
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
            classes: self.held(),
            root: Hex(root.fingerprint().to_vec()),
            audit_public: Hex(self.audit_public.to_vec()),
            mac: Base64(Vec::new()),
            key: Vec::new(),
            pair: Vec::new(),
            index: Vec::new(),
            service: Vec::new(),
            destroyed: destroyed
                .map(|(name, on)| DestroyedEntry { name: Text(*name), on: *on })
                .collect(),
        }
    }

    fn held(&self) -> Vec<Text<Held>> {
        let opens = self.classes.iter().map(|class| Held { class: *class, only_seals: false });
        let seals = self.only_seals.iter().map(|class| Held { class: *class, only_seals: true });
        opens.chain(seals).map(Text).collect()
    }

    fn context<'a>(&'a self, entry: Slot, class: u8, name: &'a str) -> Context<'a> {
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
    pub(in super::super) fn open(
        document: Document,
        root: &RootKey,
        path: &Path,
    ) -> Result<Self, VaultError> {
        let damaged = |what| VaultError::KeyringDamaged { path: path.to_owned(), what };
        if !bool::from(root.mac(&document.canonical()).as_slice().ct_eq(&document.mac.0)) {
            return Err(damaged("it was changed by hand, or is not whole"));
        }
        let audit_public = document.audit_public.0.as_slice().try_into();
        let held = |only_seals| {
            let held = document.classes.iter().map(|held| held.0);
            held.filter(|held| held.only_seals == only_seals).map(|held| held.class).collect()
        };
        let mut keyring = Self {
            deployment: document.deployment.clone(),
            generation: document.generation,
            scope: document.scope.0,
            classes: held(false),
            only_seals: held(true),
            audit_public: audit_public.map_err(|_| damaged("the audit key is no key"))?,
            cohorts: BTreeMap::new(),
            services: BTreeMap::new(),
            destroyed: document.destroyed.iter().map(|entry| (entry.name.0, entry.on)).collect(),
        };
        keyring.open_cohorts(&document, root, path)?;
        for entry in &document.service {
            let name = entry.name.0;
            let key = keyring.unwrap(root, Slot::Service, 0, &name, &entry.wrapped);
            let key = key.ok_or_else(|| damaged(UNOPENED))?;
            keyring.services.insert(name, key);
        }
        Ok(keyring)
    }

    fn open_cohorts(
        &mut self,
        document: &Document,
        root: &RootKey,
        path: &Path,
    ) -> Result<(), VaultError> {
        let damaged = |what| VaultError::KeyringDamaged { path: path.to_owned(), what };
        for entry in &document.index {
            let cohort = entry.name.0;
            let index =
                self.unwrap(root, Slot::Index, cohort.class.number(), &cohort, &entry.wrapped);
            let index = Some(index.ok_or_else(|| damaged(UNOPENED))?);
            let keys = CohortKeys { versions: BTreeMap::new(), index };
            if self.cohorts.insert(cohort, keys).is_some() {
                return Err(damaged("a cohort stands in it twice"));
            }
        }
        for entry in &document.key {
            let name = entry.name.0;
            let key =
                self.unwrap(root, Slot::Cohort, name.cohort.class.number(), &name, &entry.wrapped);
            let key = CohortKey::Symmetric(key.ok_or_else(|| damaged(UNOPENED))?);
            let keys = self.cohorts.get_mut(&name.cohort);
            let keys = keys.ok_or_else(|| damaged("a cohort has no index key"))?;
            let (state, created) = (entry.state.0, entry.created);
            let unreferenced_since = entry.unreferenced_since;
            let version = Version { state, created, unreferenced_since, key };
            if keys.versions.insert(name.version, version).is_some() {
                return Err(damaged("a key stands in it twice"));
            }
        }
        for entry in &document.pair {
            let name = entry.name.0;
            let key = self.open_pair(entry, root).ok_or_else(|| damaged(UNOPENED))?;
            let (state, created) = (entry.state.0, entry.created);
            let unreferenced_since = entry.unreferenced_since;
            let version = Version { state, created, unreferenced_since, key };
            let empty = || CohortKeys { versions: BTreeMap::new(), index: None };
            let keys = self.cohorts.entry(name.cohort).or_insert_with(empty);
            if keys.versions.insert(name.version, version).is_some() {
                return Err(damaged("a key stands in it twice"));
            }
        }
        let one_active = |keys: &CohortKeys| {
            keys.versions.values().filter(|version| version.state == KeyState::Active).count() == 1
        };
        if !self.cohorts.values().all(one_active) {
            return Err(damaged("a cohort has not one active key"));
        }
        Ok(())
    }

    /// A key pair, if it is one, and whole where the keyring says that it opens.
    fn open_pair(&self, entry: &PairEntry, root: &RootKey) -> Option<CohortKey> {
        let name = entry.name.0;
        let class = name.cohort.class;
        let public = entry.public.0.as_slice().try_into().ok()?;
        let private = match &entry.wrapped {
            Some(wrapped) => {
                let key = self.unwrap(root, Slot::Private, class.number(), &name, wrapped)?;
                Some(key).filter(|key| pair::public_of(key).is_ok_and(|own| own == public))
            }
            None => None,
        };
        let whole = private.is_some() == self.classes.contains(&class);
        let known = self.classes.contains(&class) || self.only_seals.contains(&class);
        (class.is_paired() && whole && known).then_some(CohortKey::Pair { public, private })
    }

    fn unwrap(
        &self,
        root: &RootKey,
        entry: Slot,
        class: u8,
        name: &dyn fmt::Display,
        wrapped: &Base64,
    ) -> Option<SecretKey> {
        let name = name.to_string();
        let opened = value::open(root.secret(), &self.context(entry, class, &name), &wrapped.0);
        let of_this = value::generation(&wrapped.0).is_ok_and(|g| g == self.generation);
        let bytes = opened.ok().filter(|_| of_this)?;
        SecretKey::from_slice(&bytes)
    }
}
