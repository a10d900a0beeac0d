//! Tests of the vault from inside, where the format's parts can be reached.

mod golden;
mod golden_pairs;
mod keyrings;
mod killed;
mod lookups;
mod pairs;
mod recovery;
mod root_change;
mod rotation;
mod scope;
mod sharing;
mod values;
mod wycheproof;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chrono::NaiveDate;
use tempfile::TempDir;

use crate::domain::class::Class;
use crate::domain::id::Id;
use crate::domain::quarter::Quarter;
use crate::domain::sealed::WrappedKey;

use super::{KeyringFiles, Vault};

/// The day on which the sites of these tests begin.
const TODAY: &str = "2026-11-22";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn quarter(text: &str) -> Quarter {
    text.parse().unwrap()
}

fn id(number: u8) -> Id {
    Id::from_bytes([number; 16])
}

/// A keyring in a folder that is gone after the test, root key and keyring in folders of their own.
struct Site {
    folder: TempDir,
}

impl Site {
    fn new() -> (Self, Vault) {
        let site = Self { folder: tempfile::tempdir().unwrap() };
        let vault = Vault::create(site.files(), Some(id(9)), day(TODAY)).unwrap();
        (site, vault)
    }

    fn files(&self) -> KeyringFiles {
        files_in(self.folder.path())
    }

    fn open(&self) -> Vault {
        Vault::open(self.files()).unwrap()
    }
}

fn files_in(folder: &Path) -> KeyringFiles {
    KeyringFiles {
        keyring: folder.join("keys/keyring.toml"),
        root: folder.join("elsewhere/root.key"),
    }
}

/// Copies a site's two folders.
fn copy_site(from: &Path, to: &Path) {
    for part in ["keys", "elsewhere"] {
        fs::create_dir_all(to.join(part)).unwrap();
        for entry in fs::read_dir(from.join(part)).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, to.join(part).join(path.file_name().unwrap())).unwrap();
        }
    }
}

fn write_private(path: &Path, bytes: impl AsRef<[u8]>) {
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// A wrapped data key of a dossier, to see later whether it still opens.
fn wrapped(vault: &Vault, class: Class, when: &str, dossier: &Id) -> WrappedKey {
    vault.new_data_key(class, quarter(when), dossier).unwrap().1
}

/// Asserts that a result is an error of some kind, and shows what it is where it is not.
macro_rules! assert_err {
    ($result:expr, $pattern:pat $(if $guard:expr)?) => {
        match $result {
            Err($pattern) $(if $guard)? => {}
            Err(other) => panic!("another error: {other:?}"),
            Ok(_) => panic!("no error"),
        }
    };
}
use assert_err;
