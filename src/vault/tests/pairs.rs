//! What is sealed to a public key: it opens with the private one in its place, and nowhere else.

use crate::domain::class::Class;
use crate::domain::sealed::{Sealed, WrappedKey};
use crate::domain::slot::Padding;

use super::super::pair::{self, OVERHEAD, WRAPPED};
use super::super::secret_key::SecretKey;
use super::super::value::{self, Context};
use super::super::{KeyringFiles, Part, Vault, VaultError};
use super::{Site, TODAY, assert_err, day, id, quarter, wrapped, write_private};

const CONTEXT: Context<'_> = Context {
    deployment: "site",
    class: 6,
    slot: 60,
    row: "row",
    dossier: "dossier",
    padding: Padding::AtLeast(64),
};

fn key(byte: u8) -> SecretKey {
    SecretKey::from_slice(&[byte; 32]).unwrap()
}

fn sealed_with(context: &Context<'_>, plain: &[u8]) -> Vec<u8> {
    let public = pair::public_of(&key(1)).unwrap();
    pair::seal(&public, &key(2), context, 7, &[3; 32], plain).unwrap().into_bytes()
}

fn open(bytes: &[u8]) -> Result<Vec<u8>, VaultError> {
    pair::open(&key(1), &key(2), &CONTEXT, bytes).map(|text| text.to_vec())
}

#[test]
fn every_flipped_bit_gives_the_right_error() {
    let whole = sealed_with(&CONTEXT, b"192.0.2.7");
    assert_eq!(open(&whole).unwrap(), b"192.0.2.7");
    assert_eq!(whole.len(), OVERHEAD + 64);
    for position in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[position] ^= 1 << bit;
            let result = open(&bytes);
            match position {
                // Version, suite, flags.
                0 | 1 | 3 => assert_err!(result, VaultError::Unsupported),
                // Class, generation, encapsulated key, commitment. X25519 does not look at the highest bit of a
                // point, but the key schedule does.
                2 | 4..72 => assert_err!(result, VaultError::ContextMismatch),
                // Ciphertext and tag.
                _ => assert_err!(result, VaultError::Tampered),
            }
        }
    }
}

#[test]
fn every_truncation_and_every_extension_gives_the_right_error() {
    let whole = sealed_with(&CONTEXT, &[b'x'; 200]);
    for length in 0..whole.len() {
        let result = open(&whole[..length]);
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
}

#[test]
fn another_place_key_or_shared_key_is_one_error() {
    let bytes = sealed_with(&CONTEXT, b"192.0.2.7");
    let other = |context: Context<'_>| pair::open(&key(1), &key(2), &context, &bytes).map(|_| ());
    assert!(other(CONTEXT).is_ok());
    for context in [
        Context { deployment: "other", ..CONTEXT },
        Context { class: 3, ..CONTEXT },
        Context { slot: 61, ..CONTEXT },
        Context { row: "other", ..CONTEXT },
        Context { dossier: "other", ..CONTEXT },
        Context { row: "rowd", dossier: "ossier", ..CONTEXT },
        Context { row: "dossier", dossier: "row", ..CONTEXT },
    ] {
        assert_err!(other(context), VaultError::ContextMismatch);
    }
    for (private, psk) in [(4, 2), (1, 4)] {
        let opened = pair::open(&key(private), &key(psk), &CONTEXT, &bytes);
        assert_err!(opened, VaultError::ContextMismatch);
    }
    // The public key and the shared key, which every process that seals has, open nothing.
    let public = SecretKey::from_slice(&pair::public_of(&key(1)).unwrap()).unwrap();
    assert_err!(pair::open(&public, &key(2), &CONTEXT, &bytes), VaultError::ContextMismatch);
    // A value of one suite is none of the other.
    assert_err!(value::open(&key(1), &CONTEXT, &bytes), VaultError::Unsupported);
    let symmetric = value::seal(&key(1), &CONTEXT, 7, &[3; value::SALT], b"Ada").unwrap();
    assert_err!(open(symmetric.as_bytes()), VaultError::Unsupported);
}

#[test]
fn a_point_that_nobody_s_key_is_makes_no_panic() {
    // Points of low order make X25519 give zeros.
    for point in [[0; 32], {
        let mut one = [0; 32];
        one[0] = 1;
        one
    }] {
        let sealed = pair::seal(&point, &key(2), &CONTEXT, 7, &[3; 32], b"Ada");
        assert_err!(sealed, VaultError::Tampered);
        let mut bytes = sealed_with(&CONTEXT, b"Ada");
        bytes[8..40].copy_from_slice(&point);
        assert_err!(open(&bytes), VaultError::ContextMismatch);
    }
}

#[test]
fn a_dossiers_key_pair_opens_for_its_dossier_under_its_key() {
    let (site, vault) = Site::new();
    for class in Class::PAIRED {
        let own = wrapped(&vault, class, "2029Q4", &id(1));
        assert_eq!(own.cohort_key, format!("{class}/2029Q4/1"));
        assert_eq!(own.bytes.as_bytes().len(), WRAPPED);
        assert!(vault.open_data_key(&own, &id(1)).is_ok());
        assert_err!(vault.open_data_key(&own, &id(2)), VaultError::ContextMismatch);
        assert_err!(vault.sealing_key(&own, &id(2)), VaultError::ContextMismatch);
        for name in ["bank/2030Q1/1", "log/2030Q1/1"] {
            let moved = WrappedKey { cohort_key: name.to_owned(), bytes: own.bytes.clone() };
            assert_err!(vault.open_data_key(&moved, &id(1)), VaultError::ContextMismatch);
        }
        let whole = own.bytes.as_bytes();
        for position in 0..whole.len() {
            let mut bytes = whole.to_vec();
            bytes[position] ^= 0x10;
            let bent = WrappedKey { bytes: Sealed::from_bytes(bytes), ..own.clone() };
            let expected = match position {
                // Public key, proof; class, generation, encapsulated key, commitment.
                0..64 | 66 | 68..136 => "belong here",
                64 | 65 | 67 => "newer Almoner",
                _ => "altered",
            };
            let error = vault.open_data_key(&bent, &id(1)).err().unwrap().to_string();
            assert!(error.contains(expected), "{position}: {error}");
            // Whoever seals needs public key and proof, and trusts nothing else in it.
            assert_eq!(vault.sealing_key(&bent, &id(1)).is_ok(), position >= 64, "{position}");
        }
        for length in [0, 1, 63, 64, WRAPPED - 1] {
            let bytes = Sealed::from_bytes(&whole[..length]);
            let cut = WrappedKey { bytes, ..own.clone() };
            assert_err!(vault.open_data_key(&cut, &id(1)), VaultError::Truncated);
            assert_err!(vault.sealing_key(&cut, &id(1)), VaultError::Truncated);
        }
        // A clock that moves and a rotation wrap it anew.
        let later = vault.rewrap(&own, &id(1), quarter("2033Q4")).unwrap();
        assert_eq!(later.cohort_key, format!("{class}/2033Q4/1"));
        assert_eq!(later.bytes.as_bytes()[..32], whole[..32], "the key pair is the same");
        let name = vault.add_version(class, quarter("2029Q4"), day(TODAY)).unwrap();
        vault.activate_version(&name).unwrap();
        let rotated = vault.rewrap(&own, &id(1), quarter("2029Q4")).unwrap();
        assert_eq!(rotated.cohort_key, format!("{class}/2029Q4/2"));
        vault.destroy(std::slice::from_ref(&own.cohort_key), day(TODAY)).unwrap();
        assert_err!(vault.open_data_key(&own, &id(1)), VaultError::KeyDestroyed { .. });
        assert_err!(vault.sealing_key(&own, &id(1)), VaultError::KeyDestroyed { .. });
        assert!(site.open().open_data_key(&rotated, &id(1)).is_ok());
    }
}

#[test]
fn who_only_seals_can_t_open_and_is_not_fooled() {
    let (site, full) = Site::new();
    let files = KeyringFiles::in_folder(&site.folder.path().join("seals"));
    let part = Part { only_seals: vec![Class::Log], ..Part::default() };
    full.scope(&part, files.clone()).unwrap();
    let text = std::fs::read_to_string(&files.keyring).unwrap();
    assert!(text.contains("classes = [\"log:seal\"]"), "{text}");
    let part = Vault::open(files.clone()).unwrap();
    assert_eq!((part.classes(), part.only_seals()), (vec![], vec![Class::Log]));

    let own = wrapped(&part, Class::Log, "2029Q4", &id(1));
    assert!(full.open_data_key(&own, &id(1)).is_ok(), "what it makes, the whole opens");
    for made_by in [&part, &full] {
        let own = wrapped(made_by, Class::Log, "2029Q4", &id(1));
        assert_err!(part.open_data_key(&own, &id(1)), VaultError::KeyNotInScope(Class::Log));
        assert_err!(
            part.rewrap(&own, &id(1), quarter("2030Q1")),
            VaultError::KeyNotInScope(Class::Log)
        );
        assert!(part.sealing_key(&own, &id(1)).is_ok());
    }
    assert_err!(
        part.new_data_key(Class::Bank, quarter("2029Q4"), &id(1)),
        VaultError::KeyNotInScope(Class::Bank)
    );

    // Somebody with the database and without the shared key puts a key of their own in the place.
    let mallory =
        Vault::create(super::files_in(&site.folder.path().join("m")), Some(id(9)), day(TODAY))
            .unwrap();
    let forged = wrapped(&mallory, Class::Log, "2029Q4", &id(1));
    assert_err!(part.sealing_key(&forged, &id(1)), VaultError::ContextMismatch);

    // A part that claims to open what it has no private key for is not whole.
    let claims = text.replace("log:seal", "log");
    write_private(&files.keyring, claims);
    assert_err!(Vault::open(files), VaultError::KeyringDamaged { .. });
}
