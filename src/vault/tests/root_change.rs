//! A change of the root key that is cut short at any step is finished or undone, and nothing is lost.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::domain::class::Class;
use crate::domain::id::Id;
use crate::domain::sealed::WrappedKey;

use super::super::{FileRoot, RootKey, RootKeyProvider, Vault, VaultError};
use super::{
    Site, TODAY, assert_err, copy_site, day, files_in, id, quarter, wrapped, write_private,
};

/// A root key in a file that takes a copy of the whole site before and after each thing that is done to it.
struct Watched {
    inner: FileRoot,
    site: PathBuf,
    copies: PathBuf,
    taken: Mutex<Vec<String>>,
}

impl Watched {
    fn copy(&self, moment: &str) {
        let mut taken = self.taken.lock().unwrap();
        let name = format!("{}-{moment}", taken.len());
        copy_site(&self.site, &self.copies.join(&name));
        taken.push(name);
    }

    fn around<T>(&self, what: &str, work: impl FnOnce() -> T) -> T {
        self.copy(&format!("before-{what}"));
        let done = work();
        self.copy(&format!("after-{what}"));
        done
    }
}

impl RootKeyProvider for Watched {
    fn load(&self) -> Result<RootKey, VaultError> {
        self.inner.load()
    }

    fn load_pending(&self) -> Result<Option<RootKey>, VaultError> {
        self.inner.load_pending()
    }

    fn store_pending(&self, key: &RootKey) -> Result<(), VaultError> {
        self.around("store", || self.inner.store_pending(key))
    }

    fn commit(&self) -> Result<(), VaultError> {
        self.around("commit", || self.inner.commit())
    }

    fn discard(&self) -> Result<(), VaultError> {
        self.around("discard", || self.inner.discard())
    }

    fn path(&self) -> Option<&Path> {
        self.inner.path()
    }
}

/// What must open before and after.
struct Witness(Vec<(Id, WrappedKey)>);

impl Witness {
    fn of(vault: &Vault) -> Self {
        let classes = (1..).zip(Class::ALL);
        Self(classes.map(|(n, class)| (id(n), wrapped(vault, class, "2029Q4", &id(n)))).collect())
    }

    fn check(&self, vault: &Vault, state: &str) {
        for (dossier, key) in &self.0 {
            let opened = vault.open_data_key(key, dossier);
            assert!(opened.is_ok(), "{state}: {:?}", opened.err());
        }
    }
}

/// The names of the files in both folders.
fn files(folder: &Path) -> Vec<String> {
    let list = |part| fs::read_dir(folder.join(part)).unwrap();
    let mut names: Vec<String> = ["keys", "elsewhere"]
        .into_iter()
        .flat_map(list)
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Opens a state that a process which died may have left, and goes on working with it.
fn resume(folder: &Path, witness: &Witness, generation: u32) {
    let state = folder.display().to_string();
    let vault = match Vault::open(files_in(folder)) {
        Ok(vault) => vault,
        Err(error) => panic!("{state}: {error:?}"),
    };
    assert_eq!(vault.generation(), generation, "{state}");
    assert!(files(folder).iter().all(|name| !name.ends_with(".new")), "{state}: put in order");
    witness.check(&vault, &state);
    vault.roll_root().unwrap();
    vault.extend(day("2027-02-01")).unwrap();
    witness.check(&Vault::open(files_in(folder)).unwrap(), &state);
    // Nothing is left over but a draft of a root key that no keyring was ever sealed under.
    let left = files(folder);
    let left: Vec<&str> = left.iter().map(String::as_str).collect();
    assert_eq!(left, ["keyring.lock", "keyring.toml", "root.key"], "{state}");
}

#[test]
fn whatever_step_it_is_cut_short_at() {
    let (site, vault) = Site::new();
    let witness = Witness::of(&vault);
    let copies = tempfile::tempdir().unwrap();
    let watched = Arc::new(Watched {
        inner: FileRoot::new(site.files().root),
        site: site.folder.path().to_owned(),
        copies: copies.path().to_owned(),
        taken: Mutex::new(Vec::new()),
    });
    let vault = Vault::open_with(site.files().keyring, watched.clone()).unwrap();
    vault.roll_root().unwrap();
    assert_eq!(vault.generation(), 2);
    let at = |name: &str| copies.path().join(name);
    let state = |name: &str, from: &str| {
        copy_site(&at(from), &at(name));
        files_in(&at(name))
    };
    let taken = watched.taken.lock().unwrap().clone();
    assert_eq!(taken, ["0-before-store", "1-after-store", "2-before-commit", "3-after-commit"]);

    // What lies between the copies. While the new root key is written:
    let whole = fs::read(files_in(&at("1-after-store")).root.with_extension("key.new")).unwrap();
    for length in [0, 10, whole.len() - 1, whole.len()] {
        let name = format!("draft-{length}");
        let files = state(&name, "0-before-store");
        write_private(&files.root.with_extension("key.draft"), &whole[..length]);
        resume(&at(&name), &witness, 1);
    }
    // While the new keyring is written:
    let text = fs::read(files_in(&at("2-before-commit")).keyring).unwrap();
    for length in [0, 10, text.len() / 2, text.len() - 1, text.len()] {
        let name = format!("keyring-{length}");
        let files = state(&name, "1-after-store");
        write_private(&files.keyring.with_extension("toml.new"), &text[..length]);
        resume(&at(&name), &witness, 1);
    }
    // While the old root key is wiped:
    let root = fs::read(files_in(&at("2-before-commit")).root).unwrap();
    for length in [1, root.len() / 2, root.len()] {
        let name = format!("wiped-{length}");
        let files = state(&name, "2-before-commit");
        let mut bytes = root.clone();
        bytes[..length].fill(0);
        write_private(&files.root, bytes);
        resume(&at(&name), &witness, 2);
    }
    // While a change is undone, the new root key is wiped:
    for length in [1, whole.len()] {
        let name = format!("undone-{length}");
        let files = state(&name, "1-after-store");
        let mut bytes = whole.clone();
        bytes[..length].fill(0);
        write_private(&files.root.with_extension("key.new"), bytes);
        resume(&at(&name), &witness, 1);
    }
    for (name, generation) in taken.iter().zip([1, 1, 2, 2]) {
        resume(&at(name), &witness, generation);
    }
}

#[test]
fn one_who_only_reads_is_not_disturbed_by_a_half_finished_change() {
    let (site, vault) = Site::new();
    let witness = Witness::of(&vault);
    let serving = site.open();
    // A change dies after the keyring is in place and before the root key is.
    let files = site.files();
    let old_root = fs::read(&files.root).unwrap();
    vault.roll_root().unwrap();
    fs::rename(&files.root, files.root.with_extension("key.new")).unwrap();
    write_private(&files.root, old_root);
    assert!(serving.reload().unwrap());
    assert_eq!(serving.generation(), 2);
    witness.check(&serving, "reloaded");
    assert!(files.root.with_extension("key.new").exists(), "reading changes nothing");
    // And one who writes puts it in order first.
    serving.add_version(Class::Staff, quarter("2030Q1"), day(TODAY)).unwrap();
    assert_eq!(super::super::Vault::open(files.clone()).unwrap().generation(), 3);
    assert!(!files.root.with_extension("key.new").exists());
}

#[test]
fn a_first_start_that_is_cut_short_is_begun_again_or_finished() {
    let (site, vault) = Site::new();
    let witness = Witness::of(&vault);
    let files = site.files();
    // The keyring is there, the root key still has its other name.
    fs::rename(&files.root, files.root.with_extension("key.new")).unwrap();
    assert_err!(Vault::create(files.clone(), None, day(TODAY)), VaultError::KeyringExists { .. });
    witness.check(&site.open(), "finished");
    // Only the new root key is there: nothing was sealed under it yet.
    let empty = tempfile::tempdir().unwrap();
    let begun = files_in(empty.path());
    fs::create_dir_all(begun.root.parent().unwrap()).unwrap();
    fs::copy(&files.root, begun.root.with_extension("key.new")).unwrap();
    assert_err!(Vault::open(begun.clone()), VaultError::KeyringMissing { .. });
    let vault = Vault::create(begun.clone(), None, day(TODAY)).unwrap();
    assert_eq!(Vault::open(begun).unwrap().deployment(), vault.deployment());
}

#[test]
fn a_failing_disk_leaves_the_old_keyring_in_use() {
    let (site, vault) = Site::new();
    let witness = Witness::of(&vault);
    // A folder stands where the draft of the new keyring is to be written.
    let blocked = site.files().keyring.with_extension("toml.new");
    fs::create_dir(&blocked).unwrap();
    assert_err!(vault.roll_root(), VaultError::Io { .. });
    assert_err!(vault.extend(day("2027-02-01")), VaultError::Io { .. });
    assert_eq!(vault.generation(), 1);
    witness.check(&vault, "in memory");
    witness.check(&site.open(), "on disk");
    fs::remove_dir(&blocked).unwrap();
    vault.roll_root().unwrap();
    witness.check(&site.open(), "afterwards");
}
