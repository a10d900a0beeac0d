//! The root key, which wraps the keyring, and where it is kept.

use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use ring::rand::SystemRandom;
use zeroize::Zeroizing;

use super::super::error::VaultError;
use super::super::primitives::{self, KEY};
use super::super::secret_key::SecretKey;
use super::files;

/// What stands before the key in its file.
const PREFIX: &str = "almoner-root-key-1:";
/// The salt of what is derived from a root key. No value has a salt of this length.
const LABEL: &[u8] = b"almoner root key 1";

/// The length of a root key's fingerprint, in bytes.
pub(in super::super) const FINGERPRINT: usize = 16;

/// The key that wraps the keyring. Wiped when dropped.
pub struct RootKey(SecretKey);

impl RootKey {
    /// A new random key.
    pub(in super::super) fn random(random: &SystemRandom) -> Result<Self, VaultError> {
        SecretKey::random(random).map(Self)
    }

    /// The key that these bytes are; none unless they are 32. For providers.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        SecretKey::from_slice(bytes).map(Self)
    }

    /// The bytes. For providers and for the recovery sheet.
    #[must_use]
    pub fn expose(&self) -> &[u8; KEY] {
        self.0.expose()
    }

    /// The key, to seal the entries of the keyring with.
    pub(super) fn secret(&self) -> &SecretKey {
        &self.0
    }

    /// Tells which root key this is, and nothing about it.
    pub(in super::super) fn fingerprint(&self) -> [u8; FINGERPRINT] {
        let mut out = [0; FINGERPRINT];
        primitives::hkdf(LABEL, self.expose(), &[b"fingerprint"], &mut out);
        out
    }

    /// The MAC of a keyring.
    pub(super) fn mac(&self, canonical: &[u8]) -> [u8; KEY] {
        let mut key = Zeroizing::new([0; KEY]);
        primitives::hkdf(LABEL, self.expose(), &[b"keyring mac"], key.as_mut_slice());
        primitives::hmac_over(key.as_slice(), |take| take(canonical))
    }
}

/// Keeps the root key, and a second one while the keyring changes from one to the other.
///
/// Each call is durable when it returns. A key service can stand behind it in place of a file.
pub trait RootKeyProvider: Send + Sync {
    /// The current root key.
    ///
    /// # Errors
    /// [`VaultError::RootMissing`] where there is none; [`VaultError::RootDamaged`], [`VaultError::Readable`],
    /// [`VaultError::Io`].
    fn load(&self) -> Result<RootKey, VaultError>;

    /// The key of a change that has begun and is not finished.
    ///
    /// # Errors
    /// As [`RootKeyProvider::load`].
    fn load_pending(&self) -> Result<Option<RootKey>, VaultError>;

    /// Keeps a new key beside the current one.
    ///
    /// # Errors
    /// [`VaultError::Io`]
    fn store_pending(&self, key: &RootKey) -> Result<(), VaultError>;

    /// Destroys the current key and puts the pending one in its place.
    ///
    /// # Errors
    /// [`VaultError::Io`]; the pending key is kept then.
    fn commit(&self) -> Result<(), VaultError>;

    /// Destroys the pending key.
    ///
    /// # Errors
    /// [`VaultError::Io`]
    fn discard(&self) -> Result<(), VaultError>;

    /// The file of the current key, where it is a file.
    fn path(&self) -> Option<&Path>;
}

/// The root key in a file of mode 0600.
pub struct FileRoot {
    path: PathBuf,
}

impl FileRoot {
    /// The root key in the file `path`; while it changes, the new one is in `path` with `.new` appended.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    fn pending(&self) -> PathBuf {
        files::beside(&self.path, ".new")
    }
}

impl RootKeyProvider for FileRoot {
    fn load(&self) -> Result<RootKey, VaultError> {
        read(&self.path)?.ok_or_else(|| VaultError::RootMissing { path: self.path.clone() })
    }

    fn load_pending(&self) -> Result<Option<RootKey>, VaultError> {
        read(&self.pending())
    }

    fn store_pending(&self, key: &RootKey) -> Result<(), VaultError> {
        let text = Zeroizing::new(format!("{PREFIX}{}\n", BASE64.encode(key.expose())));
        let draft = files::beside(&self.path, ".draft");
        files::write_private(&draft, text.as_bytes())?;
        // Under its own name it is whole or absent, never a part.
        files::replace(&draft, &self.pending())
    }

    fn commit(&self) -> Result<(), VaultError> {
        files::wipe(&self.path)?;
        files::replace(&self.pending(), &self.path)
    }

    fn discard(&self) -> Result<(), VaultError> {
        files::wipe(&self.pending())?;
        files::remove(&self.pending())
    }

    fn path(&self) -> Option<&Path> {
        Some(&self.path)
    }
}

fn read(path: &Path) -> Result<Option<RootKey>, VaultError> {
    let Some(bytes) = files::read_private(path)? else { return Ok(None) };
    let damaged = || VaultError::RootDamaged { path: path.to_owned() };
    let text = std::str::from_utf8(&bytes).map_err(|_| damaged())?;
    let encoded = text.trim().strip_prefix(PREFIX).ok_or_else(damaged)?;
    let key = Zeroizing::new(BASE64.decode(encoded.as_bytes()).map_err(|_| damaged())?);
    RootKey::from_slice(&key).map(Some).ok_or_else(damaged)
}
