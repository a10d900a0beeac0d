//! Smaller keyrings.

use crate::domain::class::Class;
use crate::domain::lookup::LookupKind;

use super::super::{KeyringFiles, MacPurpose, Part, Scope, Vault, VaultError, verify_audit_head};
use super::{Site, TODAY, assert_err, day, id, quarter, wrapped};

fn assessor_part() -> Part {
    Part {
        classes: vec![Class::Packet, Class::Assessor],
        only_seals: vec![],
        purposes: vec![MacPurpose::Session, MacPurpose::Forgery],
        signs_audit: false,
    }
}

fn part_files(site: &Site) -> KeyringFiles {
    KeyringFiles::in_folder(&site.folder.path().join("assessor"))
}

#[test]
fn a_part_opens_its_classes_and_no_other() {
    let (site, full) = Site::new();
    full.scope(&assessor_part(), part_files(&site)).unwrap();
    let part = Vault::open(part_files(&site)).unwrap();
    assert_eq!(part.scope_kind(), Scope::Part);
    assert_eq!(part.classes(), [Class::Packet, Class::Assessor]);
    assert_eq!((part.deployment(), part.generation()), (full.deployment(), full.generation()));

    let packet = wrapped(&full, Class::Packet, "2029Q4", &id(1));
    assert!(part.open_data_key(&packet, &id(1)).is_ok());
    let personal = wrapped(&full, Class::Personal, "2029Q4", &id(1));
    assert_err!(part.open_data_key(&personal, &id(1)), VaultError::KeyNotInScope(Class::Personal));
    assert_err!(
        part.blind_all(LookupKind::AccountEmail, "ada@example.org"),
        VaultError::KeyNotInScope(Class::Personal)
    );
    assert_err!(
        part.new_data_key(Class::Staff, quarter("2029Q4"), &id(1)),
        VaultError::KeyNotInScope(Class::Staff)
    );
    let session = |vault: &Vault| vault.mac(MacPurpose::Session, &[b"a"]);
    assert_eq!(session(&part).unwrap(), session(&full).unwrap());
    assert_err!(part.mac(MacPurpose::Ledger, &[b"a"]), VaultError::ServiceKeyNotInScope("ledger"));
    assert_err!(part.sign_audit_head(b"head"), VaultError::ServiceKeyNotInScope("audit"));
    let signature = full.sign_audit_head(b"head").unwrap();
    assert!(verify_audit_head(&part.audit_public_key(), &part.deployment(), b"head", &signature));
    let file = std::fs::read_to_string(part_files(&site).keyring).unwrap();
    assert!(!file.contains("personal") && !file.contains("staff") && !file.contains("ledger"));
}

#[test]
fn a_part_finds_what_the_whole_has_indexed() {
    let (site, full) = Site::new();
    let applicant = Part { classes: vec![Class::Personal], ..Part::default() };
    full.scope(&applicant, part_files(&site)).unwrap();
    let part = Vault::open(part_files(&site)).unwrap();
    let all = |vault: &Vault| vault.blind_all(LookupKind::AccountEmail, "ada@example.org").unwrap();
    assert_eq!(all(&part), all(&full));
    assert_err!(part.mac(MacPurpose::Link, &[]), VaultError::ServiceKeyNotInScope("link"));
}

#[test]
fn a_part_can_t_be_changed() {
    let (site, full) = Site::new();
    full.scope(&assessor_part(), part_files(&site)).unwrap();
    let part = Vault::open(part_files(&site)).unwrap();
    let (class, when, today) = (Class::Packet, quarter("2029Q4"), day(TODAY));
    let name = part.current_key(class, when).unwrap();
    assert_err!(part.extend(today), VaultError::ScopeViolation);
    assert_err!(part.add_version(class, when, today), VaultError::ScopeViolation);
    assert_err!(part.activate_version(&name), VaultError::ScopeViolation);
    assert_err!(part.mark_unreferenced(&name, today), VaultError::ScopeViolation);
    assert_err!(part.destroy(&[name], today), VaultError::ScopeViolation);
    assert_err!(part.roll_root(), VaultError::ScopeViolation);
    let elsewhere = KeyringFiles::in_folder(&site.folder.path().join("third"));
    assert_err!(part.scope(&assessor_part(), elsewhere), VaultError::ScopeViolation);
}

#[test]
fn a_part_follows_the_whole_and_its_older_copy_is_dead() {
    let (site, full) = Site::new();
    let files = part_files(&site);
    full.scope(&assessor_part(), files.clone()).unwrap();
    let part = Vault::open(files.clone()).unwrap();
    let old = std::fs::read(&files.keyring).unwrap();
    let key = wrapped(&full, Class::Packet, "2026Q4", &id(1));
    assert!(part.open_data_key(&key, &id(1)).is_ok());

    full.destroy(&["packet/2026Q4/1".to_owned()], day("2027-01-02")).unwrap();
    full.scope(&assessor_part(), files.clone()).unwrap();
    assert!(part.reload().unwrap());
    assert_eq!(part.generation(), full.generation());
    assert_err!(part.open_data_key(&key, &id(1)), VaultError::KeyDestroyed { .. });

    super::write_private(&files.keyring, old);
    assert_err!(Vault::open(files), VaultError::RootMismatch { .. });
}

#[test]
fn a_part_is_written_over_nothing_but_an_older_part_of_its_site() {
    let (site, full) = Site::new();
    let (other_site, other) = Site::new();
    other.scope(&assessor_part(), part_files(&other_site)).unwrap();
    assert_err!(full.scope(&assessor_part(), site.files()), VaultError::KeyringExists { .. });
    // The other site has the same identifier here, so another is made.
    let third = tempfile::tempdir().unwrap();
    let third = super::files_in(third.path());
    let third = Vault::create(third, Some(id(7)), day(TODAY)).unwrap();
    assert_err!(
        third.scope(&assessor_part(), part_files(&other_site)),
        VaultError::KeyringExists { .. }
    );
    assert!(full.generation() == 1 && site.open().generation() == 1);
}
