//! The four primitives, and nothing but calls of the libraries that implement them.

use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};
use ring::rand::{SecureRandom, SystemRandom};
use ring::{hkdf, hmac};

use super::error::VaultError;

/// The length of an AES-256 key, of an HMAC-SHA256 tag and of every key of ours, in bytes.
pub(super) const KEY: usize = 32;
/// The length of a GCM nonce, in bytes.
pub(super) const NONCE: usize = 12;
/// The length of a GCM tag, in bytes.
pub(super) const TAG: usize = 16;

/// A length that HKDF is asked for.
struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// HKDF-SHA256: fills `out` from key material, salt and the concatenated parts of `info`.
/// False when more is asked for than HKDF gives (255 × 32 bytes).
pub(super) fn hkdf(salt: &[u8], material: &[u8], info: &[&[u8]], out: &mut [u8]) -> bool {
    let length = Length(out.len());
    hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
        .extract(material)
        .expand(info, length)
        .and_then(|okm| okm.fill(out))
        .is_ok()
}

/// HMAC-SHA256 over parts, each preceded by its length (32 bits, big endian), so that no two lists of parts
/// give the same bytes.
pub(super) fn mac<'a>(key: &[u8], parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; KEY] {
    let mut parts = parts.into_iter();
    hmac_over(key, |take| {
        for part in parts.by_ref() {
            take(&length(part));
            take(part);
        }
    })
}

/// HMAC-SHA256 over what `feed` hands on.
pub(super) fn hmac_over(key: &[u8], feed: impl FnOnce(&mut dyn FnMut(&[u8]))) -> [u8; KEY] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    feed(&mut |bytes| context.update(bytes));
    let mut out = [0; KEY];
    // An HMAC-SHA256 tag has 32 bytes, always.
    out.iter_mut().zip(context.sign().as_ref()).for_each(|(to, from)| *to = *from);
    out
}

/// A part's length as it is written before the part. Parts are far shorter than 4 GiB.
pub(super) fn length(part: &[u8]) -> [u8; 4] {
    u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes()
}

/// AES-256-GCM in place. None when the text is longer than GCM takes (64 GiB).
pub(super) fn gcm_seal(
    key: &[u8; KEY],
    nonce: &[u8; NONCE],
    associated: &[u8],
    text: &mut [u8],
) -> Option<[u8; TAG]> {
    Aes256Gcm::new(key.into())
        .encrypt_inout_detached(nonce.into(), associated, InOutBuf::from(text))
        .ok()
        .map(Into::into)
}

/// AES-256-GCM in place. False, with the text as it was, when the tag is not that of key, nonce and texts.
pub(super) fn gcm_open(
    key: &[u8; KEY],
    nonce: &[u8; NONCE],
    associated: &[u8],
    text: &mut [u8],
    tag: &[u8; TAG],
) -> bool {
    Aes256Gcm::new(key.into())
        .decrypt_inout_detached(nonce.into(), associated, InOutBuf::from(text), tag.into())
        .is_ok()
}

/// Fills `out` with randomness of the system.
///
/// # Errors
/// [`VaultError::Randomness`]: nothing may be made or sealed then.
pub(super) fn fill(random: &SystemRandom, out: &mut [u8]) -> Result<(), VaultError> {
    random.fill(out).map_err(|_| VaultError::Randomness)
}
