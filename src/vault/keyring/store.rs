//! Reads and replaces the keyring on disk, so that a process that dies at any moment leaves it whole.
//!
//! A change under the same root key: the new keyring beside the old one, then one rename. A change of the root key:
//!
//! 1. the new root key beside the old one (`root.key.new`),
//! 2. the keyring under it, beside the old one (`keyring.toml.new`),
//! 3. rename the keyring: from here on the change stands,
//! 4. wipe the old root key, rename the new one.
//!
//! Whoever finds `root.key.new` takes the step that is left: back when the keyring opens under the old key,
//! forward when it opens under the new one.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ring::rand::SystemRandom;

use super::super::error::VaultError;
use super::document::Document;
use super::files::{self, Stamp};
use super::root::{FINGERPRINT, RootKey, RootKeyProvider};
use super::{Keyring, Scope};

/// How often, and after which pause, a keyring is read again that nobody can lock while its files are replaced.
const TRIES: usize = 4;
const PAUSE: Duration = Duration::from_millis(25);

/// A keyring as it was read.
pub(in super::super) struct Loaded {
    pub keyring: Keyring,
    /// The file that it was read from.
    pub stamp: Option<Stamp>,
    /// The MAC: two keyrings with one MAC are the same.
    pub mac: Vec<u8>,
    pub root: [u8; FINGERPRINT],
}

/// What is to be done with a keyring that was changed in memory.
pub(in super::super) enum Write {
    /// Nothing: there was nothing to change.
    Nothing,
    /// Replace it, under the root key that it has.
    SameRoot,
    /// Replace it, under a new root key, so that no older copy can be opened any more.
    NewRoot,
}

/// The files of a keyring.
pub(in super::super) struct Store {
    pub path: PathBuf,
    pub root: Arc<dyn RootKeyProvider>,
    pub random: SystemRandom,
}

impl Store {
    /// Reads the keyring, and first finishes or undoes a change of the root key that somebody left half done.
    pub(in super::super) fn open(&self) -> Result<Loaded, VaultError> {
        let unfinished = self.stamp()?.is_some() && !matches!(self.root.load_pending(), Ok(None));
        // Where the folder can't be written to, the change stays unfinished, and can be read all the same.
        if unfinished && let Ok(_lock) = files::lock_to_write(&self.path) {
            self.recover()?;
        }
        self.read()
    }

    /// Reads the keyring while nobody writes it.
    pub(in super::super) fn read(&self) -> Result<Loaded, VaultError> {
        self.read_with_root().map(|(loaded, _)| loaded)
    }

    /// The same, with the root key that the keyring is sealed under.
    pub(in super::super) fn read_with_root(&self) -> Result<(Loaded, RootKey), VaultError> {
        self.must_exist()?;
        let lock = files::lock_to_read(&self.path)?;
        for _ in 1..TRIES {
            match self.read_with_root_now() {
                Err(VaultError::RootMismatch { .. }) if lock.is_none() => {
                    std::thread::sleep(PAUSE);
                }
                done => return done,
            }
        }
        self.read_with_root_now()
    }

    /// Puts a root key in place that opens the keyring on disk, where there is none or a damaged one.
    pub(in super::super) fn restore_root(&self, root: &RootKey) -> Result<(), VaultError> {
        self.must_exist()?;
        let _lock = files::lock_to_write(&self.path)?;
        let document = self.document()?;
        if root.fingerprint().as_slice() != document.root.0 {
            return Err(VaultError::RootMismatch { path: self.path.clone() });
        }
        Keyring::open(document, root, &self.path)?;
        match self.root.load() {
            Ok(found) if found.fingerprint() == root.fingerprint() => return Ok(()),
            Err(VaultError::RootMissing { .. } | VaultError::RootDamaged { .. }) => {}
            Err(error) => return Err(error),
            Ok(_) => {
                let path = self.root.path().unwrap_or(&self.path).to_owned();
                return Err(VaultError::KeyringExists { path });
            }
        }
        self.root.store_pending(root)?;
        self.root.commit()
    }

    fn must_exist(&self) -> Result<(), VaultError> {
        match self.stamp()? {
            Some(_) => Ok(()),
            None => Err(VaultError::KeyringMissing { path: self.path.clone() }),
        }
    }

    /// The stamp of the file on disk; none where there is no file.
    pub(in super::super) fn stamp(&self) -> Result<Option<Stamp>, VaultError> {
        Stamp::of(&self.path)
    }

    fn read_now(&self) -> Result<Loaded, VaultError> {
        self.read_with_root_now().map(|(loaded, _)| loaded)
    }

    fn read_with_root_now(&self) -> Result<(Loaded, RootKey), VaultError> {
        let stamp = self.stamp()?;
        let document = self.document()?;
        let root = self.root_of(&document)?;
        let mac = document.mac.0.clone();
        let fingerprint = root.fingerprint();
        let keyring = Keyring::open(document, &root, &self.path)?;
        Ok((Loaded { keyring, stamp, mac, root: fingerprint }, root))
    }

    fn document(&self) -> Result<Document, VaultError> {
        let bytes = files::read_private(&self.path)?;
        let bytes = bytes.ok_or_else(|| VaultError::KeyringMissing { path: self.path.clone() })?;
        Document::parse(&bytes, &self.path)
    }

    /// The root key that a keyring is sealed under: the current one, or that of a change nobody finished yet.
    fn root_of(&self, document: &Document) -> Result<RootKey, VaultError> {
        let current = self.root.load();
        if let Ok(root) = &current
            && root.fingerprint().as_slice() == document.root.0
        {
            return current;
        }
        match self.root.load_pending() {
            Ok(Some(root)) if root.fingerprint().as_slice() == document.root.0 => Ok(root),
            _ => {
                current?;
                Err(VaultError::RootMismatch { path: self.path.clone() })
            }
        }
    }

    /// Finishes or undoes what a process that died has left. The caller holds the lock.
    fn recover(&self) -> Result<(), VaultError> {
        files::remove(&self.draft())?;
        let pending = match self.root.load_pending() {
            Ok(None) => return Ok(()),
            Ok(pending) => pending,
            // Somebody died while wiping it.
            Err(VaultError::RootDamaged { .. }) => None,
            Err(error) => return Err(error),
        };
        let document = self.document()?;
        let opens = |root: &RootKey| root.fingerprint().as_slice() == document.root.0;
        if pending.as_ref().is_some_and(opens) {
            // The keyring's new name must be on disk before the old root key goes.
            files::sync_folder(&self.path)?;
            return self.root.commit();
        }
        if opens(&self.root.load()?) {
            return self.root.discard();
        }
        Err(VaultError::RootMismatch { path: self.path.clone() })
    }

    /// Changes the keyring on disk and gives it back as it then is; none when there was nothing to change.
    /// `base` looks at what is on disk before it is changed.
    pub(in super::super) fn change<T>(
        &self,
        base: impl FnOnce(&Loaded) -> Result<(), VaultError>,
        change: impl FnOnce(&mut Keyring) -> Result<(T, Write), VaultError>,
    ) -> Result<(T, Option<Loaded>), VaultError> {
        self.must_exist()?;
        let _lock = files::lock_to_write(&self.path)?;
        self.recover()?;
        let mut loaded = self.read_now()?;
        base(&loaded)?;
        if loaded.keyring.scope != Scope::Full {
            return Err(VaultError::ScopeViolation);
        }
        let (answer, write) = change(&mut loaded.keyring)?;
        let new_root = match write {
            Write::Nothing => return Ok((answer, None)),
            Write::SameRoot => false,
            Write::NewRoot => true,
        };
        loaded.keyring.generation += 1;
        Ok((answer, Some(self.replace(&loaded.keyring, new_root)?)))
    }

    /// Writes a keyring where there is none, with a root key of its own.
    pub(in super::super) fn create(&self, keyring: &Keyring) -> Result<Loaded, VaultError> {
        let _lock = self.lock_new()?;
        if self.stamp()?.is_some() {
            return Err(VaultError::KeyringExists { path: self.path.clone() });
        }
        match (self.root.load(), self.root.path()) {
            (Err(VaultError::RootMissing { .. }), _) => {}
            // A root key without its keyring may be all that is left to open a copy of one.
            (Ok(_) | Err(_), Some(path)) => {
                return Err(VaultError::KeyringExists { path: path.to_owned() });
            }
            (Ok(_) | Err(_), None) => {
                return Err(VaultError::KeyringExists { path: self.path.clone() });
            }
        }
        self.replace(keyring, true)
    }

    /// Writes a part of a keyring, in place of an older part of the same one.
    pub(in super::super) fn create_or_replace(
        &self,
        keyring: &Keyring,
    ) -> Result<Loaded, VaultError> {
        if self.stamp()?.is_none() {
            return self.create(keyring);
        }
        let _lock = self.lock_new()?;
        self.recover()?;
        let old = self.read_now()?.keyring;
        if old.deployment != keyring.deployment || old.scope == Scope::Full {
            return Err(VaultError::KeyringExists { path: self.path.clone() });
        }
        self.replace(keyring, true)
    }

    fn lock_new(&self) -> Result<files::Lock, VaultError> {
        files::make_folder(&self.path)?;
        if let Some(path) = self.root.path() {
            files::make_folder(path)?;
        }
        files::lock_to_write(&self.path)
    }

    /// Puts a keyring in place. The caller holds the lock.
    fn replace(&self, keyring: &Keyring, new_root: bool) -> Result<Loaded, VaultError> {
        let written = self.write(keyring, new_root);
        if written.is_err() && self.stamp()?.is_some() {
            // What can't be undone now is undone by the next who opens the keyring.
            let _ = self.recover();
        }
        written?;
        self.read_now()
    }

    fn write(&self, keyring: &Keyring, new_root: bool) -> Result<(), VaultError> {
        let root = if new_root {
            let root = RootKey::random(&self.random)?;
            self.root.store_pending(&root)?;
            root
        } else {
            self.root.load()?
        };
        let text = keyring.seal(&root, &self.random, &self.path)?;
        let draft = self.draft();
        files::write_private(&draft, text.as_bytes())?;
        files::replace(&draft, &self.path)?;
        if new_root { self.root.commit() } else { Ok(()) }
    }

    fn draft(&self) -> PathBuf {
        files::beside(&self.path, ".new")
    }
}
