//! What can go wrong with keys and sealed values, and what to do then.

use std::io;
use std::path::PathBuf;

use chrono::NaiveDate;

use crate::domain::class::Class;
use crate::inventory::Surfaces;

use super::recovery::SheetError;

/// Why the vault refused. Holds names of keys, identifiers and paths; never a key, never a value.
///
/// The text says what to do and is meant for the operator. A client of the site gets one generic answer.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The keyring holds no keys of this class: another process does this work.
    #[error(
        "this keyring holds no {0} keys; let a process that holds them do this, or write a keyring that does with `almoner keys scope`"
    )]
    KeyNotInScope(Class),

    /// The keyring holds no service key of this name.
    #[error(
        "this keyring holds no service key `{0}`; write a keyring that does with `almoner keys scope`"
    )]
    ServiceKeyNotInScope(&'static str),

    /// The key was destroyed; what it sealed is gone for good.
    #[error("key {name} was destroyed on {on}; what it sealed can't be read any more, by anybody")]
    KeyDestroyed {
        /// The key or the cohort.
        name: String,
        /// The day on which it was destroyed.
        on: NaiveDate,
    },

    /// The keyring has no such key, and no record of its destruction.
    #[error(
        "key {name} is not in the keyring; extend the calendar with `almoner keys extend`, or put the newest copy of the keyring back"
    )]
    KeyUnavailable {
        /// The key or the cohort.
        name: String,
    },

    /// The value was sealed under another key or for another place: another row, column, dossier, class or site.
    #[error(
        "the value does not belong here: it was sealed for another place or under another key; run `almoner keys check`"
    )]
    ContextMismatch,

    /// The value was altered after it was sealed.
    #[error("the value was altered after it was sealed; restore it from a backup")]
    Tampered,

    /// The value is cut off, or something was appended to it.
    #[error(
        "the value is not whole: its length is none that a value has; restore it from a backup"
    )]
    Truncated,

    /// The value is of a newer format.
    #[error("the value is of a format that this version does not know; run a newer Almoner")]
    Unsupported,

    /// The value opens and is no text.
    #[error("the value is not text")]
    NotText,

    /// The value is too long to be sealed.
    #[error("the value is too long: at most {limit} bytes can be sealed")]
    TooLong {
        /// The most bytes that one value can have.
        limit: usize,
    },

    /// The key is still needed: by dossiers, or because it is the one that new data keys are wrapped under.
    #[error("key {name} is still in use; move or erase what depends on it first")]
    CohortInUse {
        /// The key or the cohort.
        name: String,
    },

    /// The keyring is a smaller one, written by `almoner keys scope`; it can't be changed.
    #[error(
        "this keyring is a part of another and can't be changed; change the full keyring, then write this one again with `almoner keys scope`"
    )]
    ScopeViolation,

    /// A process that serves some surfaces may hold their keys and no others.
    #[error(
        "a process that serves {surfaces} must not hold these keys: {excess}; write the keyring for it with `almoner keys scope --surface {surfaces} --out DIR`, and name that folder as keys.folder"
    )]
    KeysTooMany {
        /// What it serves.
        surfaces: Surfaces,
        /// The keys that it holds and must not.
        excess: String,
    },

    /// A process that serves some surfaces needs their keys.
    #[error(
        "a process that serves {surfaces} needs these keys, and its keyring does not hold them: {missing}; write the keyring for it with `almoner keys scope --surface {surfaces} --out DIR`, and name that folder as keys.folder"
    )]
    KeysTooFew {
        /// What it serves.
        surfaces: Surfaces,
        /// The keys that it lacks.
        missing: String,
    },

    /// A process that serves everything takes the whole keyring.
    #[error(
        "a process that serves the whole site takes the whole keyring, and this one is a part of it with {held}; name the folder of the whole one as keys.folder, or say with --surface what this process serves"
    )]
    PartForAll {
        /// The keys in it.
        held: String,
    },

    /// There is no keyring.
    #[error(
        "there is no keyring at {path}; put a copy back, or, for a new site, run `almoner keys generate`"
    )]
    KeyringMissing {
        /// Where it should be.
        path: PathBuf,
    },

    /// There is no root key.
    #[error(
        "there is no root key at {path}; put it back, or restore it from its recovery sheet with `almoner keys recovery --restore`"
    )]
    RootMissing {
        /// Where it should be.
        path: PathBuf,
    },

    /// There is one already, and it is not overwritten.
    #[error("{path} exists already and is left as it is; move it away if you want a new one")]
    KeyringExists {
        /// What is there.
        path: PathBuf,
    },

    /// The keyring is not as it was written.
    #[error("the keyring {path} is damaged ({what}); put its newest copy back")]
    KeyringDamaged {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },

    /// The root key file holds no root key.
    #[error(
        "the file {path} holds no root key; restore it from its recovery sheet with `almoner keys recovery --restore`"
    )]
    RootDamaged {
        /// Where it is.
        path: PathBuf,
    },

    /// Root key and keyring don't belong together.
    #[error(
        "the root key does not belong to the keyring {path}; put the newest copies of both back, or restore the root key from its newest recovery sheet"
    )]
    RootMismatch {
        /// Where the keyring is.
        path: PathBuf,
    },

    /// The keyring was written by a newer version.
    #[error(
        "the keyring {path} has format {found}, which is newer than this Almoner; run a newer one"
    )]
    NewerFormat {
        /// Where it is.
        path: PathBuf,
        /// Its format.
        found: i64,
    },

    /// The keyring on disk is older than the one in use, or has gone another way.
    #[error(
        "the keyring on disk (generation {found}) does not follow from the one in use (generation {held}); put the newest copy back"
    )]
    NotSuccessor {
        /// The generation in use.
        held: u32,
        /// The generation on disk.
        found: u32,
    },

    /// Others than the owner can read the file.
    #[error("{path} can be read by others; run `chmod 600 {path}`")]
    Readable {
        /// Where it is.
        path: PathBuf,
    },

    /// The file is the explained example, not a keyring.
    #[error(
        "{path} is the example that explains the format, not a keyring; make one with `almoner keys generate`"
    )]
    ExampleKeyring {
        /// Where it is.
        path: PathBuf,
    },

    /// A file could not be read or written.
    #[error("{path}: {source}; look at the disk and at who may read and write there")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// The system gave no randomness. Nothing is made or sealed without it.
    #[error("the system gives no randomness; nothing is sealed until it does")]
    Randomness,

    /// The recovery sheet was not typed in as it was printed.
    #[error("{0}")]
    Sheet(#[from] SheetError),
}

impl VaultError {
    /// Makes an error of the file system one of the vault.
    pub(super) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
