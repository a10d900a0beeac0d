//! The only place with keys: it seals and opens values, wraps the data keys of dossiers, indexes blindly, and keeps
//! the keyring.
//!
//! ```text
//! root key            wraps the keyring
//! └ cohort key        one per class and quarter, in versions: personal/2029Q4/1 (bank, log: a key pair)
//!   └ data key        one per dossier, wrapped in the database
//!     └ HKDF          one key per value → AES-256-GCM
//!   index key         one per class and quarter → blind indexes
//! service keys        message authentication, audit signature
//! ```
//!
//! `docs/VAULT.md` writes every format down. There is no database in here: [`Vault`] is a library over two files.

mod blind_index;
mod calendar;
mod check;
mod data_key;
mod error;
mod keyring;
mod pair;
mod primitives;
mod recovery;
mod rotation;
mod scope;
mod sealed;
mod secret_key;
mod service_key;
mod value;

#[cfg(test)]
mod tests;

pub use calendar::{
    CALENDAR_QUARTERS, Cohort, CohortInfo, KeyName, KeyState, NotAKeyName, Tombstone, VersionInfo,
};
pub use check::{Calendar, CheckReport, Problem};
pub use data_key::DataKey;
pub use error::VaultError;
pub use keyring::Scope;
pub use keyring::files::KeyringFiles;
pub use keyring::root::{FileRoot, RootKey, RootKeyProvider};
pub use recovery::{RecoverySheet, SheetError, restore_root};
pub use rotation::{Destroyed, UNREFERENCED_DAYS, cohort_may_go, version_may_go};
pub use scope::Part;
pub use sealed::Place;
pub use service_key::{MacPurpose, verify_audit_head};
pub use value::MAX_PLAIN;

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::NaiveDate;
use ring::rand::SystemRandom;

use crate::domain::class::Class;
use crate::domain::id::Id;

use keyring::Keyring;
use keyring::store::{Loaded, Store, Write};

/// The keys of a process, and all that is done with them.
///
/// Shared between threads behind an `Arc`. It reads the keyring when it is opened and when it is told to
/// ([`Vault::reload`]); whoever uses a key in the meantime goes on with the generation that was loaded when it began.
pub struct Vault {
    store: Store,
    loaded: RwLock<Arc<Loaded>>,
}

impl Vault {
    /// Opens the keyring in two files, and finishes or undoes a change of the root key that was cut short.
    ///
    /// # Errors
    /// [`VaultError::KeyringMissing`], [`VaultError::RootMissing`], [`VaultError::Readable`],
    /// [`VaultError::ExampleKeyring`], [`VaultError::NewerFormat`], [`VaultError::KeyringDamaged`],
    /// [`VaultError::RootDamaged`], [`VaultError::RootMismatch`], [`VaultError::Io`].
    pub fn open(files: KeyringFiles) -> Result<Self, VaultError> {
        Self::open_with(files.keyring, Arc::new(FileRoot::new(files.root)))
    }

    /// Opens a keyring whose root key is kept elsewhere.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn open_with(keyring: PathBuf, root: Arc<dyn RootKeyProvider>) -> Result<Self, VaultError> {
        let store = Store { path: keyring, root, random: SystemRandom::new() };
        let loaded = store.open()?;
        Ok(Self::of(store, loaded))
    }

    /// Makes the keyring of a new site: a root key, the service keys, and the cohorts of the quarter of `today` and
    /// the eight years after it. A new identifier is drawn for the site where none is given.
    ///
    /// # Errors
    /// [`VaultError::KeyringExists`] when there is a keyring or a root key: neither is overwritten.
    /// [`VaultError::Randomness`], [`VaultError::Io`].
    pub fn create(
        files: KeyringFiles,
        deployment: Option<Id>,
        today: NaiveDate,
    ) -> Result<Self, VaultError> {
        Self::create_with(files.keyring, Arc::new(FileRoot::new(files.root)), deployment, today)
    }

    /// The same with a root key that is kept elsewhere.
    ///
    /// # Errors
    /// As [`Vault::create`].
    pub fn create_with(
        keyring: PathBuf,
        root: Arc<dyn RootKeyProvider>,
        deployment: Option<Id>,
        today: NaiveDate,
    ) -> Result<Self, VaultError> {
        let store = Store { path: keyring, root, random: SystemRandom::new() };
        let deployment = match deployment {
            Some(id) => id,
            None => random_id(&store.random)?,
        };
        let mut keyring = Keyring::new(deployment, &store.random)?;
        keyring.extend(today, &store.random)?;
        keyring.generation = 1;
        let loaded = store.create(&keyring)?;
        Ok(Self::of(store, loaded))
    }

    fn of(store: Store, loaded: Loaded) -> Self {
        Self { store, loaded: RwLock::new(Arc::new(loaded)) }
    }

    /// The keyring as it was last loaded.
    fn loaded(&self) -> Arc<Loaded> {
        // The lock guards one assignment, which can't be left half done.
        Arc::clone(&self.loaded.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The site's identifier, which every value is bound to.
    #[must_use]
    pub fn deployment(&self) -> Id {
        self.loaded().keyring.deployment.clone()
    }

    /// The generation of the keyring that was last loaded. It grows by one with every change.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.loaded().keyring.generation
    }

    /// Whether this is the whole keyring, which alone can be changed, or a part.
    #[must_use]
    pub fn scope_kind(&self) -> Scope {
        self.loaded().keyring.scope
    }

    /// The classes whose values this keyring opens.
    #[must_use]
    pub fn classes(&self) -> Vec<Class> {
        self.loaded().keyring.classes.clone()
    }

    /// The classes for which it can seal and not open.
    #[must_use]
    pub fn only_seals(&self) -> Vec<Class> {
        self.loaded().keyring.only_seals.clone()
    }

    /// Every cohort and the versions of its key, in order.
    #[must_use]
    pub fn cohorts(&self) -> Vec<CohortInfo> {
        self.loaded().keyring.info()
    }

    /// Every key that was destroyed.
    #[must_use]
    pub fn tombstones(&self) -> Vec<Tombstone> {
        self.loaded().keyring.tombstones()
    }

    /// Loads the keyring if it has changed on disk. True when it had: another generation is in use then.
    /// One look at the file's times, and no more, when it has not.
    ///
    /// # Errors
    /// [`VaultError::NotSuccessor`] when an older keyring was put there; the one in use stays in use. Else as
    /// [`Vault::open`].
    pub fn reload(&self) -> Result<bool, VaultError> {
        let stamp = self.store.stamp()?;
        if stamp.is_some() && stamp == self.loaded().stamp {
            return Ok(false);
        }
        self.reload_now()
    }

    fn reload_now(&self) -> Result<bool, VaultError> {
        let found = self.store.read()?;
        self.install(found)
    }

    /// Takes a keyring into use unless it is older than the one that is.
    fn install(&self, found: Loaded) -> Result<bool, VaultError> {
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        check_successor(&loaded, &found)?;
        let changed = loaded.mac != found.mac;
        *loaded = Arc::new(found);
        Ok(changed)
    }

    /// Changes the keyring on disk and loads it.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut Keyring) -> Result<(T, Write), VaultError>,
    ) -> Result<T, VaultError> {
        let held = self.loaded();
        let (answer, written) = self.store.change(|found| check_successor(&held, found), change)?;
        match written {
            Some(found) => {
                // Another thread of this process may have loaded a later one in the meantime.
                match self.install(found) {
                    Ok(_) | Err(VaultError::NotSuccessor { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            None => {
                self.reload()?;
            }
        }
        Ok(answer)
    }

    /// Adds the cohorts that the next eight years lack, of every class. Tells how many were added; 0 changes nothing.
    ///
    /// # Errors
    /// [`VaultError::ScopeViolation`] on a part of a keyring; else as [`Vault::open`].
    pub fn extend(&self, today: NaiveDate) -> Result<usize, VaultError> {
        let random = &self.store.random;
        self.change(|keyring| {
            let added = keyring.extend(today, random)?;
            Ok((added, if added == 0 { Write::Nothing } else { Write::SameRoot }))
        })
    }

    /// A new random identifier.
    ///
    /// # Errors
    /// [`VaultError::Randomness`]
    pub fn random_id(&self) -> Result<Id, VaultError> {
        random_id(&self.store.random)
    }

    /// Random bytes, for tokens and references.
    ///
    /// # Errors
    /// [`VaultError::Randomness`]
    pub fn random_bytes<const N: usize>(&self) -> Result<[u8; N], VaultError> {
        let mut bytes = [0; N];
        primitives::fill(&self.store.random, &mut bytes)?;
        Ok(bytes)
    }
}

fn random_id(random: &SystemRandom) -> Result<Id, VaultError> {
    let mut bytes = [0; 16];
    primitives::fill(random, &mut bytes)?;
    Ok(Id::from_bytes(bytes))
}

/// Fails when `found` is older than `held`, or has gone another way. Parts are written anew at one generation, and for
/// the same work: a process never comes to hold keys that it was not started with.
fn check_successor(held: &Loaded, found: &Loaded) -> Result<(), VaultError> {
    let (old, new) = (&held.keyring, &found.keyring);
    let follows = new.generation > old.generation
        || (new.generation == old.generation
            && (held.mac == found.mac || new.scope == Scope::Part));
    let same_work = new.scope == Scope::Full || new.holds() == old.holds();
    if follows && same_work && new.deployment == old.deployment && new.scope == old.scope {
        return Ok(());
    }
    Err(VaultError::NotSuccessor { held: old.generation, found: new.generation })
}
