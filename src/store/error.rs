//! What can go wrong in the store.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A failure of the store. It holds no personal data: values in the store are sealed, and constraint
/// messages of the databases name tables and columns.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The row is not there.
    #[error("no such row")]
    NotFound,
    /// The row is there, and is not as the caller took it to be.
    #[error("the row changed meanwhile")]
    Conflict,
    /// A rule of the use case says no, and everything is undone.
    #[error("a rule refused the change")]
    Refused,
    /// The keyring in this process is older than the one that the site works with.
    #[error("the keyring of this process is out of date")]
    StaleKeys,
    /// The row may not be deleted while another refers to it.
    #[error("the row is in use")]
    InUse,
    /// The disk is full; nothing was written.
    #[error("the disk is full; make room, nothing was written")]
    Full,
    /// No connection came free in time.
    #[error("the database is busy; try again")]
    Busy,
    /// The work panicked and was undone.
    #[error("the work failed and was undone")]
    Panicked,
    /// The store is closing.
    #[error("the store is closing")]
    Closed,
    /// The database said something else.
    #[error("the database refused: {0}")]
    Database(DieselError),
    /// The connection could not be made.
    #[error("the database cannot be opened: {0}")]
    Connect(String),
    /// The schema is newer than this program.
    #[error(
        "the database was made by a newer version of Almoner (its schema has {0}); start that version, or restore a backup made by this one"
    )]
    NewerSchema(String),
    /// The schema is older than this program, and this process may not change it.
    #[error(
        "the database schema is older than this version of Almoner, and only a process of the whole site changes it; run `almoner migrate` as the owner of the database"
    )]
    OldSchema,
    /// This database has no roles.
    #[error(
        "SQLite has no roles: who can open the file can read and write all of it; use PostgreSQL for that"
    )]
    NoRoles,
    /// A migration failed.
    #[error("the database schema could not be brought up to date: {0}")]
    Migration(String),
}

impl StoreError {
    /// Whether the failure may have undone more than the work that met it.
    pub(super) fn spoils_the_batch(&self) -> bool {
        match self {
            Self::Full | Self::Connect(_) => true,
            Self::Database(DieselError::DatabaseError(kind, _)) => !matches!(
                kind,
                DatabaseErrorKind::UniqueViolation
                    | DatabaseErrorKind::ForeignKeyViolation
                    | DatabaseErrorKind::CheckViolation
                    | DatabaseErrorKind::NotNullViolation
            ),
            Self::Database(
                DieselError::BrokenTransactionManager
                | DieselError::NotInTransaction
                | DieselError::AlreadyInTransaction,
            ) => true,
            _ => false,
        }
    }

    /// Whether the same work may succeed when it is done again (PostgreSQL's serialisation failures and deadlocks).
    pub(super) fn is_worth_another_try(&self) -> bool {
        match self {
            Self::Database(DieselError::DatabaseError(kind, information)) => {
                matches!(kind, DatabaseErrorKind::SerializationFailure)
                    || information.message().contains("deadlock detected")
            }
            _ => false,
        }
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        // Why the commit failed says more than that there was nothing left to roll back.
        let error = match error {
            DieselError::RollbackErrorOnCommit { commit_error, .. } => *commit_error,
            other => other,
        };
        match &error {
            DieselError::NotFound => Self::NotFound,
            DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => Self::InUse,
            // Two did the same at the same moment, and the other was first.
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Self::Conflict,
            DieselError::DatabaseError(_, information) => {
                let message = information.message();
                if message.contains("disk is full") || message.contains("No space left on device") {
                    Self::Full
                } else if message.contains("database is locked") || message.contains("lock timeout")
                {
                    Self::Busy
                } else {
                    Self::Database(error)
                }
            }
            _ => Self::Database(error),
        }
    }
}
