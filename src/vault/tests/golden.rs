//! Golden values of format 1. They were made by `tests/vault/vectors.py`, a second implementation of
//! `docs/VAULT.md`, and must open for ever.

use std::path::Path;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use serde_json::Value;

use crate::domain::class::Class;
use crate::domain::id::Id;
use crate::domain::lookup::LookupKind;
use crate::domain::sealed::{Sealed, WrappedKey};
use crate::domain::slot::Slot;

use super::super::secret_key::SecretKey;
use super::super::value::{self, Context};
use super::super::{
    FileRoot, KeyringFiles, MacPurpose, Place, RecoverySheet, RootKey, RootKeyProvider, Vault,
    VaultError, verify_audit_head,
};
use super::{assert_err, day, quarter, write_private};

const VECTORS: &str = include_str!("../../../tests/vault/vectors.json");
const KEYRING: &str = include_str!("../../../tests/vault/keyring.toml");
const ROOT: &str = include_str!("../../../tests/vault/root.key");
const PAGE: &str = include_str!("../../../docs/VAULT.md");

fn vectors() -> Value {
    serde_json::from_str(VECTORS).unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn bytes(value: &Value, name: &str) -> Vec<u8> {
    HEXLOWER.decode(text(value, name).as_bytes()).unwrap()
}

fn identifier(value: &Value, name: &str) -> Id {
    text(value, name).parse().unwrap()
}

fn number(value: &Value, name: &str) -> u16 {
    u16::try_from(value[name].as_u64().unwrap()).unwrap()
}

fn slot(value: &Value) -> Slot {
    let number = number(value, "slot");
    Slot::ALL.into_iter().find(|slot| slot.number() == number).unwrap()
}

/// The golden keyring in files as they have to be.
fn golden() -> (tempfile::TempDir, KeyringFiles) {
    let folder = tempfile::tempdir().unwrap();
    let files = KeyringFiles::in_folder(folder.path());
    write_private(&files.keyring, KEYRING);
    write_private(&files.root, ROOT);
    (folder, files)
}

#[test]
fn values_are_sealed_to_the_very_bytes() {
    let golden = vectors();
    let key = SecretKey::from_slice(&bytes(&golden, "data_key")).unwrap();
    for value in golden["values"].as_array().unwrap() {
        let slot = slot(value);
        let context = Context {
            deployment: text(&golden, "site"),
            class: Class::Personal.number(),
            slot: slot.number(),
            row: text(&golden, "row"),
            dossier: text(&golden, "dossier"),
            padding: slot.padding(),
        };
        let salt = bytes(value, "salt").try_into().unwrap();
        let generation = u32::from(number(value, "generation"));
        let plain = text(value, "text").as_bytes();
        let sealed = value::seal(&key, &context, generation, &salt, plain).unwrap();
        assert_eq!(sealed.as_bytes(), bytes(value, "sealed"));
    }
    for wrapped in golden["wrapped_data_keys"].as_array().unwrap() {
        let name = text(wrapped, "cohort_key");
        let cohort_key = bytes(&golden["cohort_keys"], name);
        let context = Context {
            deployment: text(&golden, "site"),
            class: Class::Personal.number(),
            slot: Slot::DataKey.number(),
            row: name,
            dossier: text(&golden, "dossier"),
            padding: Slot::DataKey.padding(),
        };
        let salt = bytes(wrapped, "salt").try_into().unwrap();
        let version: u32 = name.rsplit('/').next().unwrap().parse().unwrap();
        let cohort_key = SecretKey::from_slice(&cohort_key).unwrap();
        let sealed = value::seal(&cohort_key, &context, version, &salt, key.expose()).unwrap();
        assert_eq!(sealed.as_bytes(), bytes(wrapped, "sealed"));
    }
}

#[test]
fn a_keyring_of_format_1_opens_and_so_does_all_that_was_sealed_with_it() {
    let golden_values = vectors();
    let (_folder, files) = golden();
    let vault = Vault::open(files.clone()).unwrap();
    let dossier = identifier(&golden_values, "dossier");
    let row = identifier(&golden_values, "row");
    assert_eq!(vault.deployment(), identifier(&golden_values, "site"));
    assert_eq!(vault.generation(), 7);
    for wrapped in golden_values["wrapped_data_keys"].as_array().unwrap() {
        let wrapped = WrappedKey {
            cohort_key: text(wrapped, "cohort_key").to_owned(),
            bytes: Sealed::from_bytes(bytes(wrapped, "sealed")),
        };
        let key = vault.open_data_key(&wrapped, &dossier).unwrap();
        for value in golden_values["values"].as_array().unwrap() {
            let place = Place { slot: slot(value), row: &row, dossier: &dossier };
            let sealed = Sealed::from_bytes(bytes(value, "sealed"));
            assert_eq!(
                vault.open_value(&key, place, &sealed).unwrap().expose(),
                text(value, "text")
            );
        }
    }
    assert_eq!(vault.current_key(Class::Personal, quarter("2029Q4")).unwrap(), "personal/2029Q4/2");
    assert_eq!(vault.tombstones().len(), 1);

    let blind = &golden_values["blind_index"];
    assert_eq!(number(blind, "kind"), LookupKind::AccountEmail.number());
    assert_eq!(LookupKind::AccountEmail.normalise(text(blind, "value")), text(blind, "normalised"));
    let index = vault.blind(LookupKind::AccountEmail, quarter("2029Q4"), text(blind, "value"));
    assert_eq!(index.unwrap().as_bytes(), bytes(blind, "index"));

    let mac = &golden_values["mac"];
    let parts: Vec<&[u8]> = mac["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part.as_str().unwrap().as_bytes())
        .collect();
    assert_eq!(vault.mac(MacPurpose::Session, &parts).unwrap().as_slice(), bytes(mac, "tag"));

    let audit = &golden_values["audit"];
    let message = text(audit, "message").as_bytes();
    let signature = vault.sign_audit_head(message).unwrap();
    assert_eq!(signature.as_slice(), bytes(audit, "signature"));
    assert_eq!(vault.audit_public_key().as_slice(), bytes(audit, "public"));
    assert!(verify_audit_head(&vault.audit_public_key(), &vault.deployment(), message, &signature));

    // And it can be worked with.
    vault.roll_root().unwrap();
    assert!(vault.extend(day("2027-01-15")).unwrap() > 0);
    assert_eq!(Vault::open(files).unwrap().generation(), 9);
}

#[test]
fn the_root_key_its_fingerprint_the_keyrings_mac_and_the_sheet() {
    let golden_values = vectors();
    let (_folder, files) = golden();
    let root = FileRoot::new(files.root.clone()).load().unwrap();
    assert_eq!(root.expose().as_slice(), bytes(&golden_values, "root_key"));
    assert_eq!(root.fingerprint().as_slice(), bytes(&golden_values, "root_fingerprint"));
    let mac = data_encoding::BASE64.encode(&bytes(&golden_values, "keyring_mac"));
    assert!(KEYRING.contains(&format!("mac = \"{mac}\"")));

    let lines: Vec<&str> = golden_values["recovery_sheet"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect();
    let sheet = Vault::open(files).unwrap().recovery_sheet().unwrap().to_string();
    let printed: Vec<&str> =
        sheet.lines().map(str::trim).filter(|line| lines.contains(line)).collect();
    assert_eq!(printed, lines);
    let typed = RecoverySheet::parse(&lines.join("\n")).unwrap();
    assert_eq!(typed.expose(), root.expose());
}

/// What the page repeats is what is tested here.
#[test]
fn the_page_gives_these_values() {
    let golden = vectors();
    let squeezed: String = PAGE.split_whitespace().collect();
    let mut wanted = vec![
        text(&golden, "data_key"),
        text(&golden, "root_fingerprint"),
        text(&golden["blind_index"], "index"),
        text(&golden["mac"], "tag"),
        text(&golden["audit"], "signature"),
        text(&golden["values"][0], "sealed"),
        text(&golden["wrapped_data_keys"][0], "sealed"),
    ];
    let sheet = golden["recovery_sheet"].as_array().unwrap();
    let sheet: Vec<String> =
        sheet.iter().map(|line| line.as_str().unwrap().replace(' ', "")).collect();
    wanted.extend(sheet.iter().map(String::as_str));
    for value in wanted {
        assert!(squeezed.contains(value), "docs/VAULT.md lacks {value}");
    }
}

/// A root key behind a service that can give it out and can't keep a new one.
struct Fixed(FileRoot);

impl RootKeyProvider for Fixed {
    fn load(&self) -> Result<RootKey, VaultError> {
        self.0.load()
    }

    fn load_pending(&self) -> Result<Option<RootKey>, VaultError> {
        Ok(None)
    }

    fn store_pending(&self, _: &RootKey) -> Result<(), VaultError> {
        Err(VaultError::Randomness)
    }

    fn commit(&self) -> Result<(), VaultError> {
        Err(VaultError::Randomness)
    }

    fn discard(&self) -> Result<(), VaultError> {
        Ok(())
    }

    fn path(&self) -> Option<&Path> {
        None
    }
}

#[test]
fn a_root_key_can_be_kept_elsewhere_than_in_a_file() {
    let (_folder, files) = golden();
    let before = std::fs::read(&files.keyring).unwrap();
    let root = Arc::new(Fixed(FileRoot::new(files.root)));
    let vault = Vault::open_with(files.keyring.clone(), root).unwrap();
    assert_eq!(vault.generation(), 7);
    // A root key that can't be kept is not used.
    assert_err!(vault.roll_root(), VaultError::Randomness);
    assert_eq!(std::fs::read(&files.keyring).unwrap(), before);
    vault.extend(day("2027-01-15")).unwrap();
    assert_eq!(vault.generation(), 8);
}
