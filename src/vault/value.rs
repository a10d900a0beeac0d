//! Format 1 of a sealed value: how bytes are sealed for one place, and opened there only.
//!
//! ```text
//! version 1 · suite 1 · class 1 · flags 1 · generation 4 · salt 24 · commitment 32 · ciphertext · tag 16
//! ```
//!
//! `docs/VAULT.md` tells the whole format.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::domain::sealed::Sealed;
use crate::domain::slot::Padding;

use super::error::VaultError;
use super::primitives::{self, KEY, NONCE, TAG, length};
use super::secret_key::SecretKey;

/// The version of the format.
const VERSION: u8 = 1;
/// HKDF-SHA256 and AES-256-GCM. Suite 2 is in `pair`.
const SUITE: u8 = 1;
/// No flag exists.
const FLAGS: u8 = 0;

/// The length of what stands before a value, in bytes.
pub(super) const HEADER: usize = 8;
/// The length of the salt, in bytes.
pub(super) const SALT: usize = 24;
/// The length of the commitment, in bytes.
pub(super) const COMMITMENT: usize = 32;
/// What a sealed value is longer than its padded text, in bytes.
pub(super) const OVERHEAD: usize = HEADER + SALT + COMMITMENT + TAG;

/// Always the same, since the key is used for one value and never again: HKDF makes it from a random salt.
const ONCE: [u8; NONCE] = [0; NONCE];

/// The most bytes that one value can have: with its padding it fills 4 MiB.
pub const MAX_PLAIN: usize = (1 << 22) - 1;

/// The shortest bucket, in bytes.
const SHORTEST: usize = 64;
/// What stands between a text and the zeros that fill its bucket.
const MARK: u8 = 0x80;

/// The place that a value is bound to.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    /// The site.
    pub deployment: &'a str,
    /// The number of the class; 0 for service keys, which have none.
    pub class: u8,
    /// The number of the slot.
    pub slot: u16,
    /// The row, or the name of a key.
    pub row: &'a str,
    /// The dossier; empty in the keyring.
    pub dossier: &'a str,
    /// How a text is padded there.
    pub padding: Padding,
}

/// Seals a text for a place, under a salt that must never have been used with this key.
pub(super) fn seal(
    key: &SecretKey,
    context: &Context<'_>,
    generation: u32,
    salt: &[u8; SALT],
    plain: &[u8],
) -> Result<Sealed, VaultError> {
    let padded = padded_len(context.padding, plain.len())?;
    let header = header(SUITE, context.class, generation);
    let keys = derive(key, context, &header, salt)?;

    let mut sealed = Vec::with_capacity(OVERHEAD + padded);
    sealed.extend_from_slice(&header);
    sealed.extend_from_slice(salt);
    sealed.extend_from_slice(&keys.commitment);
    let start = sealed.len();
    pad_onto(&mut sealed, context.padding, padded, plain);
    // The text is enciphered where it lies: no copy of it stays behind.
    let text = sealed.get_mut(start..).unwrap_or_default();
    let tag = primitives::gcm_seal(&keys.key, &ONCE, &[], text)
        .ok_or(VaultError::TooLong { limit: MAX_PLAIN })?;
    sealed.extend_from_slice(&tag);
    Ok(Sealed::from_bytes(sealed))
}

/// Opens a value in a place. The text is wiped when it is dropped.
///
/// The order of the checks is part of the contract: format, length, place and key, and only then the ciphertext.
pub(super) fn open(
    key: &SecretKey,
    context: &Context<'_>,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let parts = split(sealed)?;
    check_length(parts.ciphertext.len())?;
    if parts.class != context.class {
        return Err(VaultError::ContextMismatch);
    }
    let keys = derive(key, context, parts.header, parts.salt)?;
    if !bool::from(keys.commitment.ct_eq(parts.commitment)) {
        return Err(VaultError::ContextMismatch);
    }
    let mut text = Zeroizing::new(parts.ciphertext.to_vec());
    if !primitives::gcm_open(&keys.key, &ONCE, &[], &mut text, parts.tag) {
        return Err(VaultError::Tampered);
    }
    unpad(&mut text, context.padding)?;
    Ok(text)
}

/// The generation that stands in a sealed value. Only meaningful once the value was opened.
pub(super) fn generation(sealed: &[u8]) -> Result<u32, VaultError> {
    let (_, generation) = split(sealed)?.header.split_at(4);
    Ok(generation.iter().fold(0, |number, byte| (number << 8) | u32::from(*byte)))
}

/// A value in its parts.
struct Parts<'a> {
    header: &'a [u8; HEADER],
    class: u8,
    salt: &'a [u8; SALT],
    commitment: &'a [u8; COMMITMENT],
    ciphertext: &'a [u8],
    tag: &'a [u8; TAG],
}

fn split(sealed: &[u8]) -> Result<Parts<'_>, VaultError> {
    let (header, rest) = split_header(SUITE, sealed)?;
    let [_, _, class, ..] = *header;
    let (salt, rest) = rest.split_first_chunk::<SALT>().ok_or(VaultError::Truncated)?;
    let (commitment, rest) = rest.split_first_chunk::<COMMITMENT>().ok_or(VaultError::Truncated)?;
    let (ciphertext, tag) = rest.split_last_chunk::<TAG>().ok_or(VaultError::Truncated)?;
    Ok(Parts { header, class, salt, commitment, ciphertext, tag })
}

/// What stands before a value of a suite.
pub(super) fn header(suite: u8, class: u8, generation: u32) -> [u8; HEADER] {
    let [a, b, c, d] = generation.to_be_bytes();
    [VERSION, suite, class, FLAGS, a, b, c, d]
}

/// Takes the header off a value, which must be of a suite.
pub(super) fn split_header(suite: u8, sealed: &[u8]) -> Result<(&[u8; HEADER], &[u8]), VaultError> {
    let (header, rest) = sealed.split_first_chunk::<HEADER>().ok_or(VaultError::Truncated)?;
    let [version, found, _, flags, ..] = *header;
    if (version, found, flags) != (VERSION, suite, FLAGS) {
        return Err(VaultError::Unsupported);
    }
    Ok((header, rest))
}

/// Appends a text with its padding, `padded` bytes in all.
pub(super) fn pad_onto(to: &mut Vec<u8>, padding: Padding, padded: usize, plain: &[u8]) {
    let end = to.len() + padded;
    to.extend_from_slice(plain);
    if padding != Padding::None {
        to.push(MARK);
        to.resize(end, 0);
    }
}

/// Takes the padding off.
pub(super) fn unpad(text: &mut Vec<u8>, padding: Padding) -> Result<(), VaultError> {
    if padding != Padding::None {
        let end = text.iter().rposition(|byte| *byte != 0);
        let end = end.filter(|end| text.get(*end) == Some(&MARK)).ok_or(VaultError::Tampered)?;
        text.truncate(end);
    }
    Ok(())
}

/// What HKDF gives for one value. Wiped when dropped.
struct Derived {
    key: [u8; KEY],
    commitment: [u8; COMMITMENT],
}

impl Drop for Derived {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

fn derive(
    key: &SecretKey,
    context: &Context<'_>,
    header: &[u8; HEADER],
    salt: &[u8; SALT],
) -> Result<Derived, VaultError> {
    let slot = context.slot.to_be_bytes();
    let parts: [&[u8]; 5] = [
        context.deployment.as_bytes(),
        header,
        &slot,
        context.row.as_bytes(),
        context.dossier.as_bytes(),
    ];
    let lengths = parts.map(length);
    let [p0, p1, p2, p3, p4] = parts;
    let [l0, l1, l2, l3, l4] = lengths.each_ref().map(|length| length.as_slice());
    let mut out = Zeroizing::new([0; KEY + COMMITMENT]);
    // In one piece: HKDF goes through it twice, and each part by itself would cost as much as the hashing.
    let info = [l0, p0, l1, p1, l2, p2, l3, p3, l4, p4].concat();
    if !primitives::hkdf(salt, key.expose(), &[&info], out.as_mut_slice()) {
        // 64 bytes are always granted.
        return Err(VaultError::Unsupported);
    }
    let mut derived = Derived { key: [0; KEY], commitment: [0; COMMITMENT] };
    let (first, second) = out.split_at(KEY);
    derived.key.copy_from_slice(first);
    derived.commitment.copy_from_slice(second);
    Ok(derived)
}

/// How long a text is once it is padded: the smallest power of two that holds it and its mark.
pub(super) fn padded_len(padding: Padding, plain: usize) -> Result<usize, VaultError> {
    match padding {
        Padding::None if plain == KEY => Ok(plain),
        Padding::None => Err(VaultError::TooLong { limit: KEY }),
        Padding::AtLeast(_) if plain > MAX_PLAIN => Err(VaultError::TooLong { limit: MAX_PLAIN }),
        Padding::AtLeast(least) => Ok((plain + 1).max(least).max(SHORTEST).next_power_of_two()),
    }
}

/// Whether a value can be this long, in whatever place: a key, or a bucket full.
///
/// Which of them fits the place is left to the commitment, so that a value in the wrong place is one error.
pub(super) fn check_length(ciphertext: usize) -> Result<(), VaultError> {
    let bucket = ciphertext.is_power_of_two() && (SHORTEST..=MAX_PLAIN + 1).contains(&ciphertext);
    if bucket || ciphertext == KEY { Ok(()) } else { Err(VaultError::Truncated) }
}
