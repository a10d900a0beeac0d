//! Suite 2: values sealed to a public key, so that whoever seals one can't open it again.
//!
//! HPKE (RFC 9180) in the mode with a pre-shared key: X25519, HKDF-SHA256, AES-256-GCM.
//!
//! ```text
//! version 1 · suite 1 · class 1 · flags 1 · generation 4 · enc 32 · commitment 32 · ciphertext · tag 16
//! ```
//!
//! `docs/VAULT.md` tells the whole format.

use std::convert::Infallible;

use hpke::aead::AesGcm256;
use hpke::inout::InOutBuf;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, PskBundle, Serializable, setup_receiver,
    setup_sender_with_rng,
};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::domain::sealed::Sealed;

use super::error::VaultError;
use super::primitives::{self, KEY, TAG, length};
use super::secret_key::SecretKey;
use super::value::{self, COMMITMENT, Context, HEADER, MAX_PLAIN};

/// The number of this suite.
const SUITE: u8 = 2;
/// The length of a public key, and of what a key is encapsulated in, in bytes.
pub(super) const PUBLIC: usize = 32;
const PROOF: usize = 32;
/// What a sealed value is longer than its padded text, in bytes.
#[cfg(test)]
pub(super) const OVERHEAD: usize = HEADER + PUBLIC + COMMITMENT + TAG;
/// The length of a dossier's wrapped key pair, in bytes.
pub(super) const WRAPPED: usize = PUBLIC + PROOF + HEADER + PUBLIC + COMMITMENT + KEY + TAG;
/// What the commitment is exported for.
const EXPORT: &[u8] = b"almoner commitment";

type Public = <X25519HkdfSha256 as Kem>::PublicKey;
type Private = <X25519HkdfSha256 as Kem>::PrivateKey;
type Encapped = <X25519HkdfSha256 as Kem>::EncappedKey;

/// The public key of a private one.
pub(super) fn public_of(private: &SecretKey) -> Result<[u8; PUBLIC], VaultError> {
    let private = Private::from_bytes(private.expose()).map_err(|_| VaultError::Unsupported)?;
    let mut public = [0; PUBLIC];
    public.copy_from_slice(&X25519HkdfSha256::sk_to_pk(&private).to_bytes());
    Ok(public)
}

/// Randomness that was drawn beforehand, and is handed out once: so its absence is an error and no panic.
struct Drawn<'a> {
    bytes: Option<&'a [u8; KEY]>,
    /// Whether more was asked for.
    short: bool,
}

impl TryRng for Drawn<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.short = true;
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.short = true;
        Ok(0)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        match self.bytes.take() {
            Some(bytes) if out.len() == KEY => out.copy_from_slice(bytes),
            _ => self.short = true,
        }
        Ok(())
    }
}

impl TryCryptoRng for Drawn<'_> {}

/// Seals a text for a place to a public key. `drawn` is fresh randomness, never used before.
pub(super) fn seal(
    to: &[u8; PUBLIC],
    psk: &SecretKey,
    context: &Context<'_>,
    generation: u32,
    drawn: &[u8; KEY],
    plain: &[u8],
) -> Result<Sealed, VaultError> {
    seal_bound(to, psk, context, &[], generation, drawn, plain)
}

/// Opens a value in a place with a private key. The text is wiped when it is dropped.
///
/// The order of the checks is that of suite 1: format, length, place and key, and only then the ciphertext.
pub(super) fn open(
    private: &SecretKey,
    psk: &SecretKey,
    context: &Context<'_>,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    open_bound(private, psk, context, &[], sealed)
}

/// Wraps a dossier's key pair to the public key of a cohort:
/// public key 32 · proof 32 · the private key as a sealed value.
///
/// The proof shows to those who seal, and can't open the private key, that the public key was put there by somebody
/// with the pre-shared key: else whoever can write to the database could have them seal to a key of their own.
pub(super) fn wrap(
    to: &[u8; PUBLIC],
    psk: &SecretKey,
    context: &Context<'_>,
    version: u32,
    drawn: &[u8; KEY],
    private: &SecretKey,
) -> Result<Sealed, VaultError> {
    let public = public_of(private)?;
    let sealed = seal_bound(to, psk, context, &public, version, drawn, private.expose())?;
    let mut wrapped = Vec::with_capacity(WRAPPED);
    wrapped.extend_from_slice(&public);
    wrapped.extend_from_slice(&proof(psk, context, &public)?);
    wrapped.extend_from_slice(sealed.as_bytes());
    Ok(Sealed::from_bytes(wrapped))
}

/// The public key of a wrapped key pair, once its proof was checked, and the sealed private key.
pub(super) fn public_in<'a>(
    psk: &SecretKey,
    context: &Context<'_>,
    wrapped: &'a [u8],
) -> Result<([u8; PUBLIC], &'a [u8]), VaultError> {
    if wrapped.len() != WRAPPED {
        return Err(VaultError::Truncated);
    }
    let (public, rest) = wrapped.split_first_chunk::<PUBLIC>().ok_or(VaultError::Truncated)?;
    let (found, sealed) = rest.split_first_chunk::<PROOF>().ok_or(VaultError::Truncated)?;
    if !bool::from(proof(psk, context, public)?.ct_eq(found)) {
        return Err(VaultError::ContextMismatch);
    }
    Ok((*public, sealed))
}

/// Opens a wrapped key pair with the private key of its cohort.
pub(super) fn unwrap(
    private: &SecretKey,
    psk: &SecretKey,
    context: &Context<'_>,
    wrapped: &[u8],
) -> Result<([u8; PUBLIC], SecretKey), VaultError> {
    let (public, sealed) = public_in(psk, context, wrapped)?;
    let bytes = open_bound(private, psk, context, &public, sealed)?;
    let own = SecretKey::from_slice(&bytes).ok_or(VaultError::Tampered)?;
    if public_of(&own)? == public { Ok((public, own)) } else { Err(VaultError::Tampered) }
}

fn proof(
    psk: &SecretKey,
    context: &Context<'_>,
    public: &[u8; PUBLIC],
) -> Result<[u8; PROOF], VaultError> {
    let parts = [
        b"almoner dossier key".as_slice(),
        context.deployment.as_bytes(),
        context.row.as_bytes(),
        context.dossier.as_bytes(),
    ];
    let lengths = parts.map(length);
    let info: Vec<&[u8]> =
        lengths.iter().zip(parts).flat_map(|(length, part)| [length.as_slice(), part]).collect();
    let mut out = [0; PROOF];
    // 32 bytes are always granted.
    let done = primitives::hkdf(public, psk.expose(), &info, &mut out);
    if done { Ok(out) } else { Err(VaultError::Unsupported) }
}

/// Site, header, slot, row and dossier, each with its length before it; for a key pair its public key, too.
fn info(context: &Context<'_>, header: &[u8; HEADER], bound: &[u8]) -> Vec<u8> {
    let slot = context.slot.to_be_bytes();
    let parts: [&[u8]; 6] = [
        context.deployment.as_bytes(),
        header,
        &slot,
        context.row.as_bytes(),
        context.dossier.as_bytes(),
        bound,
    ];
    let count = if bound.is_empty() { 5 } else { 6 };
    let mut info = Vec::with_capacity(160);
    for part in parts.into_iter().take(count) {
        info.extend_from_slice(&length(part));
        info.extend_from_slice(part);
    }
    info
}

fn bundle<'a>(psk: &'a SecretKey, context: &Context<'a>) -> Result<PskBundle<'a>, VaultError> {
    PskBundle::new(psk.expose(), context.deployment.as_bytes()).map_err(|_| VaultError::Unsupported)
}

fn seal_bound(
    to: &[u8; PUBLIC],
    psk: &SecretKey,
    context: &Context<'_>,
    bound: &[u8],
    generation: u32,
    drawn: &[u8; KEY],
    plain: &[u8],
) -> Result<Sealed, VaultError> {
    let header = value::header(SUITE, context.class, generation);
    let mode = OpModeS::<X25519HkdfSha256>::Psk(bundle(psk, context)?);
    let to = Public::from_bytes(to).map_err(|_| VaultError::Unsupported)?;
    let mut random = Drawn { bytes: Some(drawn), short: false };
    let (encapped, mut sender) = setup_sender_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &mode,
        &to,
        &info(context, &header, bound),
        &mut random,
    )
    // A public key of low order, which no private key has.
    .map_err(|_| VaultError::Tampered)?;
    if random.short {
        return Err(VaultError::Randomness);
    }
    let mut commitment = [0; COMMITMENT];
    sender.export(EXPORT, &mut commitment).map_err(|_| VaultError::Unsupported)?;

    let padded = value::padded_len(context.padding, plain.len())?;
    let mut sealed = Vec::with_capacity(HEADER + PUBLIC + COMMITMENT + padded + TAG);
    sealed.extend_from_slice(&header);
    sealed.extend_from_slice(&encapped.to_bytes());
    sealed.extend_from_slice(&commitment);
    let start = sealed.len();
    value::pad_onto(&mut sealed, context.padding, padded, plain);
    // The text is enciphered where it lies: no copy of it stays behind.
    let text = sealed.get_mut(start..).unwrap_or_default();
    let tag = sender
        .seal_inout_detached(InOutBuf::from(text), &[])
        .map_err(|_| VaultError::TooLong { limit: MAX_PLAIN })?;
    sealed.extend_from_slice(&tag.to_bytes());
    Ok(Sealed::from_bytes(sealed))
}

fn open_bound(
    private: &SecretKey,
    psk: &SecretKey,
    context: &Context<'_>,
    bound: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let (header, rest) = value::split_header(SUITE, sealed)?;
    let (encapped, rest) = rest.split_first_chunk::<PUBLIC>().ok_or(VaultError::Truncated)?;
    let (commitment, rest) = rest.split_first_chunk::<COMMITMENT>().ok_or(VaultError::Truncated)?;
    let (ciphertext, tag) = rest.split_last_chunk::<TAG>().ok_or(VaultError::Truncated)?;
    value::check_length(ciphertext.len())?;
    let [_, _, class, ..] = *header;
    if class != context.class {
        return Err(VaultError::ContextMismatch);
    }
    let mode = OpModeR::<X25519HkdfSha256>::Psk(bundle(psk, context)?);
    let private = Private::from_bytes(private.expose()).map_err(|_| VaultError::Unsupported)?;
    let encapped = Encapped::from_bytes(encapped).map_err(|_| VaultError::ContextMismatch)?;
    let mut receiver = setup_receiver::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &mode,
        &private,
        &encapped,
        &info(context, header, bound),
    )
    // What no sender makes: a point of low order.
    .map_err(|_| VaultError::ContextMismatch)?;
    let mut derived = [0; COMMITMENT];
    receiver.export(EXPORT, &mut derived).map_err(|_| VaultError::Unsupported)?;
    if !bool::from(derived.ct_eq(commitment)) {
        return Err(VaultError::ContextMismatch);
    }
    let mut text = Zeroizing::new(ciphertext.to_vec());
    let tag =
        hpke::aead::AeadTag::<AesGcm256>::from_bytes(tag).map_err(|_| VaultError::Tampered)?;
    receiver
        .open_inout_detached(InOutBuf::from(text.as_mut_slice()), &[], &tag)
        .map_err(|_| VaultError::Tampered)?;
    value::unpad(&mut text, context.padding)?;
    Ok(text)
}
