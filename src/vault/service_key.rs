//! Keys that belong to the site and not to a cohort: message authentication for each purpose, and the signature
//! of audit heads.

use std::fmt;
use std::str::FromStr;

use ring::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};

use crate::domain::class::Class;
use crate::domain::id::Id;

use super::Vault;
use super::error::VaultError;
use super::primitives::{self, KEY, length};

/// What a message is authenticated for. Each purpose has a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MacPurpose {
    /// One-time links.
    Link,
    /// Codes that a person types in.
    Code,
    /// Session identifiers, as they are stored.
    Session,
    /// Tokens against forged requests.
    Forgery,
    /// The chain of the ledger.
    Ledger,
    /// Names of locks, such as the one on an address while its account is made.
    Lock,
    /// What a person carries through the first steps, before anything is stored.
    Journey,
}

impl MacPurpose {
    /// Every purpose.
    pub const ALL: [Self; 7] = [
        Self::Link,
        Self::Code,
        Self::Session,
        Self::Forgery,
        Self::Ledger,
        Self::Lock,
        Self::Journey,
    ];

    /// The word in the keyring.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Code => "code",
            Self::Session => "session",
            Self::Forgery => "forgery",
            Self::Ledger => "ledger",
            Self::Lock => "lock",
            Self::Journey => "journey",
        }
    }
}

/// A service key's name in the keyring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ServiceKey {
    /// A key for HMAC-SHA256.
    Mac(MacPurpose),
    /// The seed of the Ed25519 key that signs audit heads.
    Audit,
    /// The pre-shared key of a class whose cohort keys are pairs.
    Psk(Class),
}

impl ServiceKey {
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let shared = Class::PAIRED.into_iter().map(Self::Psk);
        MacPurpose::ALL.into_iter().map(Self::Mac).chain([Self::Audit]).chain(shared)
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Mac(purpose) => purpose.word(),
            Self::Audit => "audit",
            Self::Psk(Class::Bank) => "bank-psk",
            Self::Psk(_) => "log-psk",
        }
    }
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for ServiceKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::all().find(|key| key.word() == text).ok_or("not a service key")
    }
}

/// The public key of an audit seed; none when the seed is not 32 bytes.
pub(super) fn audit_public(seed: &[u8; KEY]) -> Option<[u8; 32]> {
    use ring::signature::KeyPair;
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
    pair.public_key().as_ref().try_into().ok()
}

impl Vault {
    /// Authenticates a message for a purpose: HMAC-SHA256 over the site's identifier and the parts, each preceded
    /// by its length, so that `["ab", "c"]` and `["a", "bc"]` differ.
    ///
    /// Compare it with [`Vault::verify_mac`], which takes the same time for every wrong one.
    ///
    /// # Errors
    /// [`VaultError::ServiceKeyNotInScope`]
    pub fn mac(&self, purpose: MacPurpose, parts: &[&[u8]]) -> Result<[u8; 32], VaultError> {
        let loaded = self.loaded();
        let name = ServiceKey::Mac(purpose);
        let key = loaded.keyring.services.get(&name);
        let key = key.ok_or(VaultError::ServiceKeyNotInScope(name.word()))?;
        let site = loaded.keyring.deployment.as_str().as_bytes();
        Ok(primitives::mac(key.expose(), [site].into_iter().chain(parts.iter().copied())))
    }

    /// Whether `tag` is what [`Vault::mac`] gives, found out in constant time.
    ///
    /// # Errors
    /// [`VaultError::ServiceKeyNotInScope`]
    pub fn verify_mac(
        &self,
        purpose: MacPurpose,
        parts: &[&[u8]],
        tag: &[u8],
    ) -> Result<bool, VaultError> {
        use subtle::ConstantTimeEq;
        Ok(self.mac(purpose, parts)?.as_slice().ct_eq(tag).into())
    }

    /// Signs a head of the audit chain (Ed25519), bound to this site. [`verify_audit_head`] checks it.
    ///
    /// # Errors
    /// [`VaultError::ServiceKeyNotInScope`]
    pub fn sign_audit_head(&self, message: &[u8]) -> Result<[u8; 64], VaultError> {
        let loaded = self.loaded();
        let missing = || VaultError::ServiceKeyNotInScope(ServiceKey::Audit.word());
        let seed = loaded.keyring.services.get(&ServiceKey::Audit).ok_or_else(missing)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.expose()).map_err(|_| missing())?;
        let signature = pair.sign(&audit_message(&loaded.keyring.deployment, message));
        signature.as_ref().try_into().map_err(|_| missing())
    }

    /// The public key that audit heads are verified with. Every keyring has it, a smaller one too.
    #[must_use]
    pub fn audit_public_key(&self) -> [u8; 32] {
        self.loaded().keyring.audit_public
    }
}

/// Whether `signature` is that of an audit head of the site `deployment`. Needs no keyring.
#[must_use]
pub fn verify_audit_head(
    public_key: &[u8; 32],
    deployment: &Id,
    message: &[u8],
    signature: &[u8],
) -> bool {
    UnparsedPublicKey::new(&ED25519, public_key)
        .verify(&audit_message(deployment, message), signature)
        .is_ok()
}

fn audit_message(deployment: &Id, message: &[u8]) -> Vec<u8> {
    let parts: [&[u8]; 3] = [b"almoner audit head", deployment.as_str().as_bytes(), message];
    parts.iter().flat_map(|part| length(part).into_iter().chain(part.iter().copied())).collect()
}
