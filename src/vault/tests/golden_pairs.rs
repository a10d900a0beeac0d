//! Golden values of suite 2 and of the second format of the keyring, made by `tests/vault/vectors.py`.

use data_encoding::HEXLOWER;
use serde_json::Value;

use crate::domain::class::Class;
use crate::domain::sealed::{Sealed, WrappedKey};
use crate::domain::slot::{Padding, Slot};

use super::super::data_key::DossierKey;
use super::super::pair;
use super::super::secret_key::SecretKey;
use super::super::value::Context;
use super::super::{KeyringFiles, Vault};
use super::{day, quarter, write_private};

const VECTORS: &str = include_str!("../../../tests/vault/vectors.json");
const KEYRING: &str = include_str!("../../../tests/vault/keyring-2.toml");
const ROOT: &str = include_str!("../../../tests/vault/root.key");
const PAGE: &str = include_str!("../../../docs/VAULT.md");

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn bytes(value: &Value, name: &str) -> Vec<u8> {
    HEXLOWER.decode(text(value, name).as_bytes()).unwrap()
}

fn key(value: &Value, name: &str) -> SecretKey {
    SecretKey::from_slice(&bytes(value, name)).unwrap()
}

fn number(value: &Value, name: &str) -> u32 {
    u32::try_from(value[name].as_u64().unwrap()).unwrap()
}

/// The place of the golden value.
fn place<'a>(all: &'a Value, golden: &Value) -> Context<'a> {
    Context {
        deployment: text(all, "site"),
        class: Class::Log.number(),
        slot: u16::try_from(number(golden, "slot")).unwrap(),
        row: text(all, "row"),
        dossier: text(all, "dossier"),
        padding: Padding::AtLeast(64),
    }
}

#[test]
fn values_and_key_pairs_are_sealed_to_the_very_bytes() {
    let all: Value = serde_json::from_str(VECTORS).unwrap();
    let golden = &all["pair"];
    let psk = key(golden, "psk");
    let public: [u8; 32] = bytes(golden, "public").try_into().unwrap();
    assert_eq!(pair::public_of(&key(golden, "private")).unwrap(), public);
    let drawn = bytes(golden, "drawn").try_into().unwrap();
    let plain = text(golden, "text").as_bytes();
    let context = place(&all, golden);
    let generation = number(golden, "generation");
    let sealed = pair::seal(&public, &psk, &context, generation, &drawn, plain).unwrap();
    assert_eq!(sealed.as_bytes(), bytes(golden, "sealed"));

    let context = Context {
        slot: Slot::DataKey.number(),
        row: text(golden, "cohort_key"),
        padding: Padding::None,
        ..context
    };
    let cohort: [u8; 32] = bytes(golden, "cohort_public").try_into().unwrap();
    let drawn = bytes(golden, "wrapped_drawn").try_into().unwrap();
    let own = key(golden, "private");
    let wrapped = pair::wrap(&cohort, &psk, &context, 1, &drawn, &own).unwrap();
    assert_eq!(wrapped.as_bytes(), bytes(golden, "wrapped"));
}

#[test]
fn a_keyring_of_format_2_opens_and_so_does_what_was_sealed_with_it() {
    let all: Value = serde_json::from_str(VECTORS).unwrap();
    let golden = &all["pair"];
    let folder = tempfile::tempdir().unwrap();
    let files = KeyringFiles::in_folder(folder.path());
    write_private(&files.keyring, KEYRING);
    write_private(&files.root, ROOT);
    let vault = Vault::open(files.clone()).unwrap();
    assert_eq!(vault.classes(), [Class::Personal, Class::Staff, Class::Log]);
    assert_eq!(vault.current_key(Class::Log, quarter("2029Q4")).unwrap(), "log/2029Q4/1");
    let wrapped = WrappedKey {
        cohort_key: text(golden, "cohort_key").to_owned(),
        bytes: Sealed::from_bytes(bytes(golden, "wrapped")),
    };
    let dossier = text(&all, "dossier").parse().unwrap();
    let opened = vault.open_data_key(&wrapped, &dossier).unwrap();
    let DossierKey::Pair { public, private: Some(private) } = &opened.key else {
        panic!("no key pair")
    };
    assert_eq!(public.as_slice(), bytes(golden, "public"));
    let psk = key(golden, "psk");
    let text = pair::open(private, &psk, &place(&all, golden), &bytes(golden, "sealed")).unwrap();
    assert_eq!(text.as_slice(), golden["text"].as_str().unwrap().as_bytes());

    // It can be worked with, and lacks nothing afterwards.
    assert!(vault.extend(day("2027-01-15")).unwrap() > 0);
    let fresh = Vault::open(files).unwrap();
    assert_eq!(fresh.classes(), Class::ALL);
    assert!(fresh.open_data_key(&wrapped, &dossier).is_ok());
    assert!(fresh.current_key(Class::Bank, quarter("2029Q4")).is_ok());
}

/// What the page repeats is what is tested here.
#[test]
fn the_page_gives_these_values() {
    let all: Value = serde_json::from_str(VECTORS).unwrap();
    let squeezed: String = PAGE.split_whitespace().collect();
    for name in ["private", "public", "cohort_public", "psk", "sealed", "wrapped"] {
        let value = text(&all["pair"], name);
        assert!(squeezed.contains(value), "docs/VAULT.md lacks {name}: {value}");
    }
}
