//! Blind indexes, message authentication, signatures.

use std::collections::HashSet;

use crate::domain::class::Class;
use crate::domain::lookup::LookupKind;
use crate::domain::quarter::Quarter;

use super::super::{MacPurpose, Vault, VaultError, verify_audit_head};
use super::{Site, TODAY, assert_err, day, files_in, id, quarter};

#[test]
fn a_value_is_found_in_the_cohort_that_it_lies_in() {
    let (_site, vault) = Site::new();
    let kind = LookupKind::AccountEmail;
    let all = vault.blind_all(kind, "Ada@Example.ORG ").unwrap();
    let quarters: Vec<Quarter> = Quarter::of(day(TODAY)).calendar(32).collect();
    assert_eq!(all.len(), 33);
    for (quarter, index) in quarters.iter().zip(&all) {
        assert_eq!(vault.blind(kind, *quarter, "ada@example.org").unwrap(), *index);
    }
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 33);
}

#[test]
fn kinds_values_and_sites_don_t_mix() {
    let (_site, vault) = Site::new();
    let folder = tempfile::tempdir().unwrap();
    let other = Vault::create(files_in(folder.path()), Some(id(8)), day(TODAY)).unwrap();
    let when = quarter("2029Q4");
    let one = vault.blind(LookupKind::AccountEmail, when, "ada@example.org").unwrap();
    assert_ne!(one, vault.blind(LookupKind::ApplicantEmail, when, "ada@example.org").unwrap());
    assert_ne!(one, vault.blind(LookupKind::AccountEmail, when, "bob@example.org").unwrap());
    assert_ne!(one, other.blind(LookupKind::AccountEmail, when, "ada@example.org").unwrap());
    assert_err!(
        vault.blind(LookupKind::AccountEmail, quarter("2020Q1"), "ada@example.org"),
        VaultError::KeyUnavailable { name } if name == "personal/2020Q1"
    );
}

#[test]
fn a_look_up_over_all_cohorts_is_fast() {
    let (_site, vault) = Site::new();
    let start = std::time::Instant::now();
    for _ in 0..100 {
        vault.blind_all(LookupKind::ApplicantGithub, "ada").unwrap();
    }
    // It takes some 50 µs; a key that were opened from the keyring each time would take thousands.
    let each = start.elapsed() / 100;
    assert!(each.as_micros() < 2_000, "{each:?} for one look-up");
}

#[test]
fn message_authentication_keeps_purposes_and_parts_apart() {
    let (_site, vault) = Site::new();
    let purposes = MacPurpose::ALL.map(|purpose| vault.mac(purpose, &[b"a"]).unwrap());
    assert_eq!(purposes.iter().collect::<HashSet<_>>().len(), MacPurpose::ALL.len());
    let link = |parts: &[&[u8]]| vault.mac(MacPurpose::Link, parts).unwrap();
    assert_eq!(link(&[b"ab", b"c"]), link(&[b"ab", b"c"]));
    assert_ne!(link(&[b"ab", b"c"]), link(&[b"a", b"bc"]));
    assert_ne!(link(&[b"abc"]), link(&[b"abc", b""]));
    let tag = link(&[b"ab"]);
    assert!(vault.verify_mac(MacPurpose::Link, &[b"ab"], &tag).unwrap());
    assert!(!vault.verify_mac(MacPurpose::Code, &[b"ab"], &tag).unwrap());
    assert!(!vault.verify_mac(MacPurpose::Link, &[b"ab"], &tag[..31]).unwrap());
}

#[test]
fn service_keys_outlive_every_change() {
    let (site, vault) = Site::new();
    let before = MacPurpose::ALL.map(|purpose| vault.mac(purpose, &[b"a"]).unwrap());
    vault.roll_root().unwrap();
    vault.extend(day("2027-02-01")).unwrap();
    let vault = site.open();
    assert_eq!(MacPurpose::ALL.map(|purpose| vault.mac(purpose, &[b"a"]).unwrap()), before);
}

#[test]
fn audit_heads_are_signed_for_one_site() {
    let (_site, vault) = Site::new();
    let public = vault.audit_public_key();
    let signature = vault.sign_audit_head(b"head").unwrap();
    assert!(verify_audit_head(&public, &id(9), b"head", &signature));
    assert!(!verify_audit_head(&public, &id(8), b"head", &signature));
    assert!(!verify_audit_head(&public, &id(9), b"heed", &signature));
    assert!(!verify_audit_head(&public, &id(9), b"head", &signature[1..]));
}

#[test]
fn what_is_random_differs() {
    let (_site, vault) = Site::new();
    assert_ne!(vault.random_id().unwrap(), vault.random_id().unwrap());
    assert_ne!(vault.random_bytes::<32>().unwrap(), vault.random_bytes::<32>().unwrap());
    assert_eq!(vault.classes(), Class::ALL);
    assert_eq!(vault.only_seals(), []);
}
