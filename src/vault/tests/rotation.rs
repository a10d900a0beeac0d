//! New versions, destruction, and what an old copy of the keyring is worth afterwards.

use std::fs;

use crate::domain::class::Class;
use crate::domain::lookup::LookupKind;
use crate::domain::slot::Slot;

use super::super::{
    KeyState, KeyringFiles, Place, Vault, VaultError, cohort_may_go, version_may_go,
};
use super::{
    Site, TODAY, assert_err, copy_site, day, files_in, id, quarter, wrapped, write_private,
};

const WHEN: &str = "2029Q4";

fn states(vault: &Vault) -> Vec<(u32, KeyState)> {
    let cohorts = vault.cohorts();
    let cohort = cohorts
        .iter()
        .find(|info| (info.cohort.class, info.cohort.quarter) == (Class::Personal, quarter(WHEN)));
    cohort.unwrap().versions.iter().map(|version| (version.name.version, version.state)).collect()
}

#[test]
fn a_rotation_goes_its_way_and_each_step_can_be_repeated() {
    let (_site, vault) = Site::new();
    let (class, when, today) = (Class::Personal, quarter(WHEN), day(TODAY));
    let place = Place { slot: Slot::MemberName, row: &id(2), dossier: &id(1) };
    let (key, first) = vault.new_data_key(class, when, &id(1)).unwrap();
    let sealed = vault.seal(&key, place, b"Ada").unwrap();
    let index = vault.blind(LookupKind::AccountEmail, when, "ada@example.org").unwrap();

    let name = vault.add_version(class, when, today).unwrap();
    assert_eq!(name, "personal/2029Q4/2");
    assert_eq!(vault.add_version(class, when, today).unwrap(), name);
    assert_eq!(states(&vault), [(1, KeyState::Active), (2, KeyState::Pending)]);
    assert_eq!(vault.generation(), 2);
    // A pending key is not used yet.
    assert_eq!(vault.new_data_key(class, when, &id(3)).unwrap().1.cohort_key, first.cohort_key);

    vault.activate_version(&name).unwrap();
    vault.activate_version(&name).unwrap();
    vault.activate_version(&first.cohort_key).unwrap();
    assert_eq!(states(&vault), [(1, KeyState::Retiring), (2, KeyState::Active)]);
    assert_eq!(vault.generation(), 3);
    assert_eq!(vault.current_key(class, when).unwrap(), name);

    let second = vault.rewrap(&first, &id(1), when).unwrap();
    assert_eq!(second.cohort_key, name);
    assert_ne!(second.bytes, first.bytes);
    for wrapped in [&first, &second] {
        let key = vault.open_data_key(wrapped, &id(1)).unwrap();
        assert_eq!(vault.open_value(&key, place, &sealed).unwrap().expose(), "Ada");
    }
    // Index keys stay: a look-up finds what it found.
    assert_eq!(vault.blind(LookupKind::AccountEmail, when, "ada@example.org").unwrap(), index);

    assert_err!(vault.mark_unreferenced(&name, today), VaultError::CohortInUse { .. });
    let since = vault.mark_unreferenced(&first.cohort_key, today).unwrap();
    assert_eq!(vault.mark_unreferenced(&first.cohort_key, day("2026-12-01")).unwrap(), since);
    assert_eq!(since, today);
    vault.mark_referenced(&first.cohort_key).unwrap();
    assert_eq!(
        vault.mark_unreferenced(&first.cohort_key, day("2026-12-01")).unwrap(),
        day("2026-12-01")
    );

    assert_err!(vault.destroy(std::slice::from_ref(&name), today), VaultError::CohortInUse { .. });
    let done = vault.destroy(std::slice::from_ref(&first.cohort_key), day("2027-01-05")).unwrap();
    assert_eq!(
        done.keys.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["personal/2029Q4/1"]
    );
    assert_eq!((done.cohorts.len(), done.generation), (0, vault.generation()));
    let again = vault.destroy(std::slice::from_ref(&first.cohort_key), day("2027-02-05")).unwrap();
    assert_eq!((again.keys.len(), again.generation, &again.root), (0, done.generation, &done.root));
    assert_err!(
        vault.open_data_key(&first, &id(1)),
        VaultError::KeyDestroyed { name, on } if name == first.cohort_key && on == day("2027-01-05")
    );
    assert!(vault.open_data_key(&second, &id(1)).is_ok());
    // The number of a destroyed version is never given again.
    assert_eq!(vault.add_version(class, when, today).unwrap(), "personal/2029Q4/3");
}

#[test]
fn a_dossier_moves_to_a_later_quarter() {
    let (_site, vault) = Site::new();
    let three_years = wrapped(&vault, Class::Personal, WHEN, &id(1));
    let seven_years = vault.rewrap(&three_years, &id(1), quarter("2033Q4")).unwrap();
    assert_eq!(seven_years.cohort_key, "personal/2033Q4/1");
    vault.destroy(&["personal/2029Q4/1".to_owned()], day("2030-01-01")).unwrap();
    assert_err!(vault.open_data_key(&three_years, &id(1)), VaultError::KeyDestroyed { .. });
    assert!(vault.open_data_key(&seven_years, &id(1)).is_ok());
}

#[test]
fn after_destruction_no_old_copy_of_the_keyring_helps() {
    let (site, vault) = Site::new();
    let gone = wrapped(&vault, Class::Personal, WHEN, &id(1));
    let stays = wrapped(&vault, Class::Personal, "2030Q1", &id(2));
    let old = tempfile::tempdir().unwrap();
    copy_site(site.folder.path(), old.path());

    let done = vault.destroy(&["personal/2029Q4/1".to_owned()], day("2030-01-01")).unwrap();
    assert_eq!(
        done.cohorts.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["personal/2029Q4"]
    );
    assert_err!(
        vault.blind(LookupKind::AccountEmail, quarter(WHEN), "ada@example.org"),
        VaultError::KeyDestroyed { .. }
    );
    assert_err!(vault.current_key(Class::Personal, quarter(WHEN)), VaultError::KeyDestroyed { .. });
    assert_eq!(vault.blind_all(LookupKind::AccountEmail, "ada@example.org").unwrap().len(), 32);
    assert_eq!(vault.tombstones().len(), 1);

    // The old keyring file comes back from a backup; the old root key does not.
    let files = KeyringFiles { keyring: files_in(old.path()).keyring, root: site.files().root };
    assert_err!(Vault::open(files), VaultError::RootMismatch { .. });
    let new = fs::read(site.files().keyring).unwrap();
    write_private(&site.files().keyring, fs::read(files_in(old.path()).keyring).unwrap());
    assert_err!(Vault::open(site.files()), VaultError::RootMismatch { .. });
    // With the files as they are, a fresh process tells a destroyed key from a missing one, and opens the rest.
    write_private(&site.files().keyring, new);
    let fresh = site.open();
    assert_err!(fresh.open_data_key(&gone, &id(1)), VaultError::KeyDestroyed { .. });
    assert!(fresh.open_data_key(&stays, &id(2)).is_ok());
    // It is the root key that makes the difference: whoever kept it too can still open the old copy.
    let everything = Vault::open(files_in(old.path())).unwrap();
    assert!(everything.open_data_key(&gone, &id(1)).is_ok());
}

#[test]
fn a_refused_destruction_destroys_nothing() {
    let (site, vault) = Site::new();
    let today = day(TODAY);
    let name = vault.add_version(Class::Personal, quarter(WHEN), today).unwrap();
    let root = fs::read(site.files().root).unwrap();
    let names = ["personal/2030Q1/1".to_owned(), "personal/2029Q4/1".to_owned()];
    assert_err!(vault.destroy(&names, today), VaultError::CohortInUse { name } if name == "personal/2029Q4");
    let names = ["personal/2030Q1/1".to_owned(), "personal/2020Q1/1".to_owned()];
    assert_err!(vault.destroy(&names, today), VaultError::KeyUnavailable { .. });
    assert_err!(vault.destroy(&["nonsense".to_owned()], today), VaultError::KeyUnavailable { .. });
    assert_eq!(fs::read(site.files().root).unwrap(), root);
    assert_eq!(site.open().tombstones(), []);
    // A cohort with a pending version goes as a whole when all of it is named.
    let names = ["personal/2029Q4/1".to_owned(), name];
    assert_eq!(vault.destroy(&names, today).unwrap().cohorts.len(), 1);
}

#[test]
fn a_cohort_that_is_made_again_has_keys_of_other_names() {
    let (_site, vault) = Site::new();
    let gone = wrapped(&vault, Class::Staff, WHEN, &id(1));
    vault.destroy(std::slice::from_ref(&gone.cohort_key), day(TODAY)).unwrap();
    assert_eq!(vault.extend(day(TODAY)).unwrap(), 1);
    assert_eq!(vault.current_key(Class::Staff, quarter(WHEN)).unwrap(), "staff/2029Q4/2");
    assert_err!(vault.open_data_key(&gone, &id(1)), VaultError::KeyDestroyed { .. });
}

#[test]
fn a_key_of_no_name_is_not_echoed() {
    let (_site, vault) = Site::new();
    let mut key = wrapped(&vault, Class::Personal, WHEN, &id(1));
    key.cohort_key = "ada@example.org".to_owned();
    let error = vault.open_data_key(&key, &id(1)).err().unwrap();
    assert!(!format!("{error} {error:?}").contains("ada"), "{error}");
    key.cohort_key = "bank/2029Q4/1".to_owned();
    assert_err!(vault.open_data_key(&key, &id(1)), VaultError::Truncated);
    key.cohort_key = "personal/2099Q4/1".to_owned();
    assert_err!(
        vault.open_data_key(&key, &id(1)),
        VaultError::KeyUnavailable { name } if name == "personal/2099Q4/1"
    );
}

#[test]
fn when_keys_may_go() {
    let when = quarter(WHEN);
    assert!(!cohort_may_go(when, day("2029-12-31")));
    assert!(cohort_may_go(when, day("2030-01-01")));
    assert!(!version_may_go(None, day("2030-01-01")));
    assert!(!version_may_go(Some(day("2029-12-02")), day("2029-12-31")));
    assert!(version_may_go(Some(day("2029-12-02")), day("2030-01-01")));
}
