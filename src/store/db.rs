//! One kind of connection over two databases, and how each is opened.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection};
use diesel::{Connection as _, PgConnection, RunQueryDsl, SqliteConnection};

use super::checkpointer::LONG;
use super::error::StoreError;

pub use super::connection::AnyConnection;

/// Does the same with either connection: where the common one cannot (`ON CONFLICT`, row locks), and where what is asked
/// is a part of what people do often. The common one writes the text of a statement anew each time that it is asked, two
/// or three times over; either by itself finds it by its type.
macro_rules! either {
    ($connection:expr, $inner:ident => $body:expr) => {
        match $connection {
            $crate::store::db::AnyConnection::Postgres($inner) => $body,
            $crate::store::db::AnyConnection::Sqlite($inner) => $body,
        }
    };
}
pub(super) use either;

/// Where the database is.
#[derive(Clone)]
pub enum Target {
    /// A file.
    Sqlite(PathBuf),
    /// A `postgres://` address, which may hold a password.
    Postgres(secrecy::SecretString),
}

/// Counts the queries that a store sends, without what begins and ends transactions.
#[derive(Clone, Default)]
pub struct QueryCount(Arc<AtomicU64>);

impl QueryCount {
    /// How many there were since the store was opened.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Leaves the statement out that is sent next. The sum wraps around, so that the order does not matter.
    pub(super) fn leave_one_out(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Instrumentation for QueryCount {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
            InstrumentationEvent::BeginTransaction { .. }
            | InstrumentationEvent::CommitTransaction { .. }
            | InstrumentationEvent::RollbackTransaction { .. } => self.leave_one_out(),
            _ => {}
        }
    }
}

/// Whether a connection may write.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

impl Target {
    pub(super) fn connect(
        &self,
        access: Access,
        count: &QueryCount,
    ) -> Result<AnyConnection, StoreError> {
        match self {
            Self::Sqlite(path) => connect_sqlite(path, access, count),
            Self::Postgres(address) => connect_postgres(address, count),
        }
    }
}

fn connect_sqlite(
    path: &Path,
    access: Access,
    count: &QueryCount,
) -> Result<AnyConnection, StoreError> {
    make_private(path)?;
    let path = path.to_str().ok_or_else(|| {
        StoreError::Connect("the path of the database must be written in UTF-8".to_owned())
    })?;
    let mut connection =
        SqliteConnection::establish(path).map_err(|e| StoreError::Connect(e.to_string()))?;
    // The busy timeout comes first: switching to the write-ahead log takes a lock.
    // What is deleted is overwritten, and what is acknowledged is on disk.
    connection.batch_execute(
        "PRAGMA busy_timeout = 5000;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA secure_delete = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -2000;
         PRAGMA mmap_size = 0;
         PRAGMA journal_size_limit = 16777216;",
    )?;
    connection.batch_execute(&format!("PRAGMA wal_autocheckpoint = {LONG};"))?;
    // The cache of a reader is as large as the memory that SQLite takes for it in one piece (.cargo/config.toml), and
    // holds what a page of a list is made of. More would be of no use: each commit makes readers forget it.
    connection.batch_execute(match access {
        Access::Read => "PRAGMA query_only = ON;",
        Access::Write => "PRAGMA cache_size = -4000;",
    })?;
    connection.set_instrumentation(count.clone());
    Ok(AnyConnection::Sqlite(connection))
}

/// Makes the file for its user's eyes only, if it is not there. SQLite gives the files beside it the same rights.
fn make_private(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map(|_| ())
        .map_err(|e| StoreError::Connect(format!("{}: {e}", path.display())))
}

fn connect_postgres(
    address: &secrecy::SecretString,
    count: &QueryCount,
) -> Result<AnyConnection, StoreError> {
    use secrecy::ExposeSecret;
    let mut connection = PgConnection::establish(address.expose_secret())
        // The server's own words may repeat the address, and with it the password.
        .map_err(|e| StoreError::Connect(without_secrets(&e.to_string(), address)))?;
    connection.batch_execute(
        "SET TIME ZONE 'UTC'; SET client_min_messages = warning; SET lock_timeout = '10s';
         SET idle_in_transaction_session_timeout = '60s';",
    )?;
    connection.set_instrumentation(count.clone());
    Ok(AnyConnection::Postgres(connection))
}

fn without_secrets(message: &str, address: &secrecy::SecretString) -> String {
    use secrecy::ExposeSecret;
    message.replace(address.expose_secret(), "the address in the settings")
}

/// Makes and tests connections for a pool.
pub(super) struct Manager {
    pub target: Target,
    pub access: Access,
    pub count: QueryCount,
}

impl r2d2::ManageConnection for Manager {
    type Connection = AnyConnection;
    type Error = StoreError;

    fn connect(&self) -> Result<AnyConnection, StoreError> {
        self.target.connect(self.access, &self.count)
    }

    fn is_valid(&self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        diesel::sql_query("SELECT 1").execute(connection)?;
        Ok(())
    }

    fn has_broken(&self, connection: &mut AnyConnection) -> bool {
        use diesel::connection::TransactionManager;
        type Of = <AnyConnection as diesel::Connection>::TransactionManager;
        std::thread::panicking()
            || <Of as TransactionManager<AnyConnection>>::is_broken_transaction_manager(connection)
    }
}
