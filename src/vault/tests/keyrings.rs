//! The keyring file: who may read it, and that nothing in it can be changed unnoticed.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use ring::rand::SystemRandom;

use crate::domain::class::Class;

use super::super::keyring::CohortKey;
use super::super::keyring::document::Document;
use super::super::keyring::{CohortKeys, Keyring, Version};
use super::super::secret_key::SecretKey;
use super::super::{
    Calendar, Cohort, KeyName, KeyState, KeyringFiles, Problem, RootKey, Vault, VaultError,
};
use super::{Site, TODAY, assert_err, day, files_in, id, quarter, wrapped, write_private};

#[test]
fn a_new_keyring_reaches_eight_years_and_is_for_its_owner_alone() {
    let (site, vault) = Site::new();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let files = site.files();
    assert_eq!((mode(&files.keyring), mode(&files.root)), (0o600, 0o600));
    assert_eq!(
        (mode(files.keyring.parent().unwrap()), mode(files.root.parent().unwrap())),
        (0o700, 0o700)
    );
    let report = vault.check().unwrap();
    assert_eq!((report.cohort_keys, report.index_keys, report.service_keys), (198, 132, 10));
    assert_eq!((report.generation, report.destroyed, &report.problems), (1, 0, &Vec::new()));
    let reach = |class| Calendar { class, first: quarter("2026Q4"), last: quarter("2034Q4") };
    assert_eq!(report.calendar, Class::ALL.map(reach));
    // No key stands in it in clear.
    let text = fs::read_to_string(&files.keyring).unwrap();
    let loaded = vault.loaded();
    for keys in loaded.keyring.cohorts.values() {
        let version = match &keys.versions.get(&1).unwrap().key {
            CohortKey::Symmetric(key) | CohortKey::Pair { private: Some(key), .. } => key,
            CohortKey::Pair { private: None, .. } => panic!("a pair that does not open"),
        };
        for key in [version].into_iter().chain(&keys.index).chain(loaded.keyring.services.values())
        {
            assert!(!text.contains(&data_encoding::BASE64.encode(key.expose())));
        }
    }
}

#[test]
fn neither_a_keyring_nor_a_root_key_is_overwritten() {
    let (site, _) = Site::new();
    let create = || Vault::create(site.files(), None, day(TODAY));
    let keyring = fs::read(site.files().keyring).unwrap();
    assert_err!(create(), VaultError::KeyringExists { path } if path == site.files().keyring);
    fs::remove_file(site.files().keyring).unwrap();
    assert_err!(create(), VaultError::KeyringExists { path } if path == site.files().root);
    write_private(&site.files().keyring, keyring);
    assert_eq!(site.open().deployment(), id(9));
}

#[test]
fn the_calendar_is_extended_and_an_extension_is_done_once() {
    let (site, vault) = Site::new();
    assert_eq!(vault.extend(day(TODAY)).unwrap(), 0);
    assert_eq!(vault.generation(), 1);
    let last = quarter("2035Q1");
    assert_err!(vault.current_key(Class::Personal, last), VaultError::KeyUnavailable { .. });
    // Another process extends it; this one finds the key without being told.
    assert_eq!(site.open().extend(day("2027-03-31")).unwrap(), 6);
    assert_eq!(vault.current_key(Class::Personal, last).unwrap(), "personal/2035Q1/1");
    assert_eq!(vault.generation(), 2);
    assert_eq!(vault.extend(day("2027-03-31")).unwrap(), 0);
}

#[test]
fn missing_files_are_named() {
    let (site, _) = Site::new();
    let nowhere = files_in(&site.folder.path().join("nowhere"));
    assert_err!(Vault::open(nowhere.clone()), VaultError::KeyringMissing { path } if path == nowhere.keyring);
    assert!(!nowhere.keyring.parent().unwrap().exists(), "looking makes no folder");
    let files = KeyringFiles { root: nowhere.root.clone(), ..site.files() };
    assert_err!(Vault::open(files), VaultError::RootMissing { path } if path == nowhere.root);
}

#[test]
fn files_that_others_can_read_are_refused_with_the_remedy() {
    let (site, _) = Site::new();
    for path in [site.files().keyring, site.files().root] {
        for mode in [0o640, 0o604, 0o620, 0o601] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = Vault::open(site.files()).err().unwrap();
            assert!(
                error.to_string().contains(&format!("chmod 600 {}", path.display())),
                "{error}"
            );
            assert!(matches!(error, VaultError::Readable { .. }));
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(Vault::open(site.files()).is_ok());
    }
}

#[test]
fn the_example_is_refused() {
    let (site, _) = Site::new();
    write_private(&site.files().keyring, include_str!("../../../keys.example"));
    let error = Vault::open(site.files()).err().unwrap();
    assert!(error.to_string().contains("almoner keys generate"), "{error}");
    assert!(matches!(error, VaultError::ExampleKeyring { .. }));
}

#[test]
fn another_sites_root_key_opens_nothing() {
    let (site, _) = Site::new();
    let (other, _) = Site::new();
    let files = KeyringFiles { root: other.files().root, ..site.files() };
    assert_err!(Vault::open(files), VaultError::RootMismatch { path } if path == site.files().keyring);
}

#[test]
fn damage_is_told_from_newness() {
    let (site, _) = Site::new();
    let path = site.files().keyring;
    let text = fs::read_to_string(&path).unwrap();
    let open = |bytes: &[u8]| {
        write_private(&path, bytes);
        Vault::open(site.files())
    };
    assert_err!(
        open(text.replace("format = 2", "format = 3").as_bytes()),
        VaultError::NewerFormat { found: 3, .. }
    );
    for broken in [
        text.replace("format = 2", "format = 0"),
        text.replace("format = 2\n", ""),
        text.replace("scope = \"full\"", "scope = \"part\""),
        text.replace("generation = 1", "generation = 2"),
        text.replace("generation = 1", "generation = 1\nmore = 1"),
        text.replace("personal/2029Q4/1", "personal/2029Q4/2"),
        text.replace("created = \"2026-11-22\"", "created = \"2026-11-23\""),
        text[..text.len() / 2].to_owned(),
        String::new(),
    ] {
        assert_ne!(broken, text);
        assert_err!(open(broken.as_bytes()), VaultError::KeyringDamaged { .. });
    }
    assert_err!(open(&[0xff; 100]), VaultError::KeyringDamaged { .. });
    // A comment is no matter.
    assert!(open(format!("# by hand\n{text}").as_bytes()).is_ok());
    write_private(&site.files().root, "almoner-root-key-1:AAAA\n");
    assert_err!(Vault::open(site.files()), VaultError::RootDamaged { .. });
}

/// A keyring of one cohort with two versions, and a tombstone; and its root key.
fn small() -> (Keyring, RootKey) {
    let random = SystemRandom::new();
    let key = || SecretKey::random(&random).unwrap();
    let mut keyring = Keyring::new(id(9), &random).unwrap();
    let version = |state, unreferenced_since| Version {
        state,
        created: day(TODAY),
        unreferenced_since,
        key: CohortKey::Symmetric(key()),
    };
    let versions = BTreeMap::from([
        (1, version(KeyState::Retiring, Some(day(TODAY)))),
        (2, version(KeyState::Active, None)),
    ]);
    let cohort: Cohort = "personal/2029Q4".parse().unwrap();
    keyring.cohorts.insert(cohort, CohortKeys { versions, index: Some(key()) });
    let cohort: Cohort = "log/2029Q4".parse().unwrap();
    let first = Version {
        key: CohortKey::random(cohort.class, &random).unwrap(),
        ..version(KeyState::Active, None)
    };
    let versions = BTreeMap::from([(1, first)]);
    keyring.cohorts.insert(cohort, CohortKeys { versions, index: None });
    let dead: KeyName = "personal/2026Q1/1".parse().unwrap();
    keyring.destroyed.insert(dead, day(TODAY));
    (keyring, RootKey::random(&random).unwrap())
}

fn open_text(text: &[u8], root: &RootKey) -> Result<Keyring, VaultError> {
    let path = Path::new("keyring.toml");
    Keyring::open(Document::parse(text, path)?, root, path)
}

#[test]
fn no_byte_of_it_can_be_changed() {
    let (keyring, root) = small();
    let path = Path::new("keyring.toml");
    let text = keyring.seal(&root, &SystemRandom::new(), path).unwrap();
    let canonical = Document::parse(text.as_bytes(), path).unwrap().canonical();
    assert!(open_text(text.as_bytes(), &root).is_ok());
    let mut harmless = 0;
    for position in 0..text.len() {
        // Two bits of each byte, others in the next: all of them would take a minute.
        for bit in [position % 8, (position + 3) % 8] {
            let mut bytes = text.clone().into_bytes();
            bytes[position] ^= 1 << bit;
            if open_text(&bytes, &root).is_ok() {
                // In a comment, or white space for white space: it says the same.
                let same = Document::parse(&bytes, path).unwrap().canonical();
                assert!(same == canonical, "byte {position} bit {bit} changes something");
                harmless += 1;
            }
        }
    }
    let comments: usize = text.lines().filter(|line| line.starts_with('#')).map(str::len).sum();
    assert!(harmless < comments * 2 + text.len() / 16, "{harmless} changes did no harm");
}

#[test]
fn no_entry_can_be_taken_out_doubled_or_moved() {
    let (keyring, root) = small();
    let random = SystemRandom::new();
    let text = keyring.seal(&root, &random, Path::new("keyring.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let mut tried = 0;
    for (name, value) in &table {
        let mut without = table.clone();
        without.remove(name);
        assert!(open_text(without.to_string().as_bytes(), &root).is_err(), "without {name}");
        let toml::Value::Array(entries) = value else { continue };
        for position in 0..entries.len() {
            let alter = |change: &dyn Fn(&mut Vec<toml::Value>)| {
                let mut entries = entries.clone();
                change(&mut entries);
                let mut altered = table.clone();
                altered.insert(name.clone(), toml::Value::Array(entries));
                assert_ne!(altered, table);
                assert!(
                    open_text(altered.to_string().as_bytes(), &root).is_err(),
                    "{name} {position}"
                );
            };
            alter(&|entries| drop(entries.remove(position)));
            alter(&|entries| entries.insert(position, entries[position].clone()));
            if position > 0 {
                alter(&|entries| entries.swap(0, position));
            }
            tried += 1;
        }
    }
    assert!(tried > 12);
    // Nor can an entry come from the same keyring, sealed at another time: generation and root tell.
    let later = Keyring { generation: keyring.generation + 1, ..small().0 };
    let mixed: toml::Table = later.seal(&root, &random, Path::new("k")).unwrap().parse().unwrap();
    let mut altered = table.clone();
    altered.insert("key".to_owned(), mixed["key"].clone());
    assert!(open_text(altered.to_string().as_bytes(), &root).is_err());
}

#[test]
fn a_keyring_that_says_wrong_things_under_a_good_mac_is_refused() {
    let (mut keyring, root) = small();
    let cohort: Cohort = "personal/2029Q4".parse().unwrap();
    let versions = &mut keyring.cohorts.get_mut(&cohort).unwrap().versions;
    versions.get_mut(&1).unwrap().state = KeyState::Active;
    let text = keyring.seal(&root, &SystemRandom::new(), Path::new("k")).unwrap();
    assert_err!(open_text(text.as_bytes(), &root), VaultError::KeyringDamaged { .. });
}

#[test]
fn an_older_or_foreign_keyring_is_not_loaded_while_serving() {
    let (site, vault) = Site::new();
    let path = site.files().keyring;
    let first = fs::read(&path).unwrap();
    let key = wrapped(&vault, Class::Personal, "2029Q4", &id(1));
    vault.extend(day("2027-01-01")).unwrap();
    let second = fs::read(&path).unwrap();
    assert!(!vault.reload().unwrap());
    write_private(&path, &first);
    assert_err!(vault.reload(), VaultError::NotSuccessor { held: 2, found: 1 });
    assert_err!(vault.roll_root(), VaultError::NotSuccessor { held: 2, found: 1 });
    assert!(vault.open_data_key(&key, &id(1)).is_ok(), "the one in use stays in use");
    // The same generation, reached on another way.
    Vault::open(site.files()).unwrap().extend(day("2027-04-01")).unwrap();
    assert_err!(vault.reload(), VaultError::NotSuccessor { held: 2, found: 2 });
    write_private(&path, &second);
    assert!(!vault.reload().unwrap());
    fs::remove_file(&path).unwrap();
    assert_err!(vault.reload(), VaultError::KeyringMissing { .. });
}

#[test]
fn a_keyring_in_a_folder_that_can_t_be_written_to_is_read() {
    let (site, _) = Site::new();
    let lock = site.files().keyring.with_extension("lock");
    fs::remove_file(&lock).unwrap();
    // Permissions don't stop root, who runs these tests in a container; a link to nowhere does.
    symlink("/nonexistent/folder/lock", &lock).unwrap();
    let vault = site.open();
    assert_err!(vault.roll_root(), VaultError::Io { path, .. } if path == lock);
    assert_eq!(site.open().generation(), 1);
}

#[test]
fn what_should_be_put_right_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let files = KeyringFiles::in_folder(&folder.path().join("keys"));
    let keys = files.keyring.parent().unwrap().to_owned();
    let vault = Vault::create(files.clone(), None, day(TODAY)).unwrap();
    let beside = Problem::RootBesideKeyring { path: keys.clone() };
    assert_eq!(vault.check().unwrap().problems, std::slice::from_ref(&beside));
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o755)).unwrap();
    let open = Problem::FolderOpen { path: keys };
    assert_eq!(vault.check().unwrap().problems, [beside.clone(), open.clone()]);
    vault.destroy(&["staff/2028Q1/1".to_owned()], day(TODAY)).unwrap();
    let gap = Problem::Gap(Class::Staff, quarter("2027Q4"));
    assert_eq!(vault.check().unwrap().problems, [beside, open, gap]);
    write_private(&files.keyring, "");
    assert_err!(vault.check(), VaultError::KeyringDamaged { .. });
}
