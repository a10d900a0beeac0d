//! Sealed values: what opens, and how everything else fails.

use proptest::prelude::*;

use crate::domain::class::Class;
use crate::domain::sealed::Sealed;
use crate::domain::slot::{Padding, Slot};

use super::super::secret_key::SecretKey;
use super::super::value::{self, Context, MAX_PLAIN, OVERHEAD, SALT};
use super::super::{Place, Vault, VaultError};
use super::{Site, assert_err, id, quarter};

const CONTEXT: Context<'_> = Context {
    deployment: "site",
    class: 1,
    slot: 22,
    row: "row",
    dossier: "dossier",
    padding: Padding::AtLeast(64),
};

fn key(byte: u8) -> SecretKey {
    SecretKey::from_slice(&[byte; 32]).unwrap()
}

fn sealed() -> Vec<u8> {
    value::seal(&key(1), &CONTEXT, 7, &[3; SALT], b"ada@example.org").unwrap().into_bytes()
}

fn open(bytes: &[u8]) -> Result<Vec<u8>, VaultError> {
    value::open(&key(1), &CONTEXT, bytes).map(|text| text.to_vec())
}

#[test]
fn a_value_opens_in_its_place() {
    assert_eq!(open(&sealed()).unwrap(), b"ada@example.org");
    assert_eq!(value::generation(&sealed()).unwrap(), 7);
}

#[test]
fn every_flipped_bit_gives_the_right_error() {
    let whole = sealed();
    for position in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[position] ^= 1 << bit;
            let result = open(&bytes);
            match position {
                // Version, suite, flags.
                0 | 1 | 3 => assert_err!(result, VaultError::Unsupported),
                // Class, generation, salt, commitment.
                2 | 4..64 => assert_err!(result, VaultError::ContextMismatch),
                // Ciphertext and tag.
                _ => assert_err!(result, VaultError::Tampered),
            }
        }
    }
}

#[test]
fn every_truncation_and_every_extension_gives_the_right_error() {
    let long = vec![b'x'; 200];
    let whole = value::seal(&key(1), &CONTEXT, 7, &[3; SALT], &long).unwrap().into_bytes();
    assert_eq!(whole.len(), OVERHEAD + 256);
    for length in 0..whole.len() {
        let result = open(&whole[..length]);
        // Cut to the length of a shorter bucket it looks whole, until its tag is looked at.
        if [32, 64, 128].contains(&length.saturating_sub(OVERHEAD)) {
            assert_err!(result, VaultError::Tampered);
        } else {
            assert_err!(result, VaultError::Truncated);
        }
    }
    for more in 1..300 {
        let mut bytes = whole.clone();
        bytes.resize(whole.len() + more, 0);
        if more == 256 {
            assert_err!(open(&bytes), VaultError::Tampered);
        } else {
            assert_err!(open(&bytes), VaultError::Truncated);
        }
    }
    // Longer than any value is.
    let mut bytes = whole;
    bytes.resize(OVERHEAD + 2 * (MAX_PLAIN + 1), 0);
    assert_err!(open(&bytes), VaultError::Truncated);
}

#[test]
fn another_place_or_key_is_one_error() {
    let bytes = sealed();
    let other = |context: Context<'_>| value::open(&key(1), &context, &bytes).map(|_| ());
    assert!(other(CONTEXT).is_ok());
    for context in [
        Context { deployment: "other", ..CONTEXT },
        Context { class: 2, ..CONTEXT },
        Context { slot: 23, ..CONTEXT },
        Context { row: "other", ..CONTEXT },
        Context { dossier: "other", ..CONTEXT },
        // The same bytes one after the other, cut elsewhere.
        Context { row: "rowd", dossier: "ossier", ..CONTEXT },
        Context { row: "", dossier: "rowdossier", ..CONTEXT },
        Context { row: "dossier", dossier: "row", ..CONTEXT },
    ] {
        assert_err!(other(context), VaultError::ContextMismatch);
    }
    assert_err!(value::open(&key(2), &CONTEXT, &bytes), VaultError::ContextMismatch);
}

#[test]
fn a_ciphertext_with_a_good_tag_and_no_mark_is_refused() {
    // Sealed without padding (a key has none), then claimed to be padded.
    let context = Context { padding: Padding::None, ..CONTEXT };
    for plain in [[0; 32], [1; 32]] {
        let bytes = value::seal(&key(1), &context, 7, &[3; SALT], &plain).unwrap();
        assert_err!(open(bytes.as_bytes()), VaultError::Tampered);
    }
    assert_err!(
        value::seal(&key(1), &context, 7, &[3; SALT], &[0; 33]),
        VaultError::TooLong { limit: 32 }
    );
}

/// Every value of `Slot::ALL` in one row, each sealed for its column.
fn row(vault: &Vault, class: Class) -> Vec<(Slot, Sealed)> {
    let (key, _) = vault.new_data_key(class, quarter("2029Q4"), &id(1)).unwrap();
    let slots = Slot::ALL.into_iter().filter(|slot| slot.class() == Some(class));
    slots
        .map(|slot| {
            let place = Place { slot, row: &id(2), dossier: &id(1) };
            (slot, vault.seal(&key, place, b"Ada").unwrap())
        })
        .collect()
}

#[test]
fn every_swap_of_column_row_dossier_site_and_class_is_refused() {
    let (_site, vault) = Site::new();
    let other_site = tempfile::tempdir().unwrap();
    let other_files = super::files_in(other_site.path());
    let other = Vault::create(other_files, Some(id(8)), super::day(super::TODAY)).unwrap();
    let (key, wrapped) = vault.new_data_key(Class::Personal, quarter("2029Q4"), &id(1)).unwrap();
    let slots: Vec<Slot> =
        Slot::ALL.into_iter().filter(|slot| slot.class() == Some(Class::Personal)).collect();
    for slot in &slots {
        let home = Place { slot: *slot, row: &id(2), dossier: &id(1) };
        let sealed = vault.seal(&key, home, b"Ada").unwrap();
        assert_eq!(vault.open_value(&key, home, &sealed).unwrap().expose(), "Ada");
        for other in slots.iter().filter(|other| *other != slot) {
            let place = Place { slot: *other, ..home };
            assert_err!(vault.open_value(&key, place, &sealed), VaultError::ContextMismatch);
        }
        for place in [
            Place { row: &id(3), ..home },
            Place { dossier: &id(3), ..home },
            Place { slot: Slot::StaffName, ..home },
            Place { slot: Slot::DataKey, ..home },
        ] {
            assert_err!(vault.open_value(&key, place, &sealed), VaultError::ContextMismatch);
            if place.row == home.row {
                // Nor can such a value be made: it would open nowhere.
                assert_err!(vault.seal(&key, place, b"Ada"), VaultError::ContextMismatch);
            }
        }
        assert_err!(other.open_value(&key, home, &sealed), VaultError::ContextMismatch);
    }
    // The wrapped key opens for its dossier, under its own key and in its site alone.
    assert!(vault.open_data_key(&wrapped, &id(1)).is_ok());
    assert_err!(vault.open_data_key(&wrapped, &id(3)), VaultError::ContextMismatch);
    assert_err!(other.open_data_key(&wrapped, &id(1)), VaultError::ContextMismatch);
    for name in ["personal/2030Q1/1", "packet/2029Q4/1", "staff/2029Q4/1"] {
        let moved = crate::domain::sealed::WrappedKey {
            cohort_key: name.to_owned(),
            bytes: wrapped.bytes.clone(),
        };
        assert_err!(vault.open_data_key(&moved, &id(1)), VaultError::ContextMismatch);
    }
    // A wrapped key is no value and a value no wrapped key.
    let value = row(&vault, Class::Staff).remove(0);
    let disguised = crate::domain::sealed::WrappedKey {
        cohort_key: "staff/2029Q4/1".to_owned(),
        bytes: value.1,
    };
    assert_err!(vault.open_data_key(&disguised, &id(1)), VaultError::ContextMismatch);
}

#[test]
fn two_values_of_one_dossier_have_nothing_in_common() {
    let (_site, vault) = Site::new();
    let (key, _) = vault.new_data_key(Class::Personal, quarter("2029Q4"), &id(1)).unwrap();
    let place = Place { slot: Slot::MemberName, row: &id(2), dossier: &id(1) };
    let one = vault.seal(&key, place, b"Ada").unwrap();
    let two = vault.seal(&key, place, b"Ada").unwrap();
    assert_eq!(one.as_bytes()[..8], two.as_bytes()[..8]);
    for (start, end) in [(8, 32), (32, 64), (64, 128), (128, 144)] {
        assert_ne!(one.as_bytes()[start..end], two.as_bytes()[start..end]);
    }
}

#[test]
fn what_is_not_text_and_what_is_too_long_is_said() {
    let (_site, vault) = Site::new();
    let (key, _) = vault.new_data_key(Class::Personal, quarter("2029Q4"), &id(1)).unwrap();
    let place = Place { slot: Slot::AnswerValue, row: &id(2), dossier: &id(1) };
    let sealed = vault.seal(&key, place, &[0xff, 0xfe]).unwrap();
    assert_err!(vault.open_value(&key, place, &sealed), VaultError::NotText);
    assert_eq!(vault.open_bytes(&key, place, &sealed).unwrap().as_slice(), [0xff, 0xfe]);
    let longest = vec![b'x'; MAX_PLAIN];
    let sealed = vault.seal(&key, place, &longest).unwrap();
    assert_eq!(sealed.as_bytes().len(), OVERHEAD + MAX_PLAIN + 1);
    assert_eq!(vault.open_bytes(&key, place, &sealed).unwrap().as_slice(), longest);
    assert_err!(
        vault.seal(&key, place, &vec![b'x'; MAX_PLAIN + 1]),
        VaultError::TooLong { limit: MAX_PLAIN }
    );
}

#[test]
fn slots_of_the_database_stay_clear_of_those_of_the_keyring() {
    assert!(Slot::ALL.into_iter().all(|slot| (1..0xFF00).contains(&slot.number())));
}

#[test]
fn errors_show_no_value() {
    let shown = format!("{:?} {}", VaultError::ContextMismatch, VaultError::Tampered);
    assert!(!shown.contains("ada@example.org"));
    assert_eq!(format!("{:?}", Sealed::from_bytes(sealed())), "Sealed(144 bytes)");
}

proptest! {
    #[test]
    fn any_bytes_come_back_and_their_length_is_hidden(
        plain in proptest::collection::vec(any::<u8>(), 0..3000),
        least in prop_oneof![Just(64_usize), Just(128), Just(256)],
        salt in any::<[u8; SALT]>(),
        end in 0..4_usize,
    ) {
        // Texts that end like padding are the ones to be afraid of.
        let mut plain = plain;
        plain.extend_from_slice(&[0x80, 0, 0][..end.min(3)]);
        let context = Context { padding: Padding::AtLeast(least), ..CONTEXT };
        let sealed = value::seal(&key(1), &context, 1, &salt, &plain).unwrap();
        let bucket = sealed.as_bytes().len() - OVERHEAD;
        prop_assert!(bucket.is_power_of_two() && bucket >= least && bucket > plain.len());
        prop_assert!(bucket == least || bucket / 2 <= plain.len());
        let opened = value::open(&key(1), &context, sealed.as_bytes()).unwrap();
        prop_assert_eq!(opened.as_slice(), plain.as_slice());
    }

    #[test]
    fn no_bytes_at_all_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(open(&bytes).is_err());
        let mut bytes = bytes;
        bytes.splice(0..bytes.len().min(4), [1, 1, 1, 0]);
        prop_assert!(open(&bytes).is_err());
    }
}
