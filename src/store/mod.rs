//! The only place with SQL. It sees sealed bytes and wrapped keys, never what is in them.
//!
//! A row that can only be one is read with `get_result`. `first` would add `LIMIT ?`, and SQLite plans a statement
//! with such a parameter anew each time it is run, which costs more than running it.

pub mod access_log;
pub mod accounts;
pub mod address_changes;
pub mod applications;
pub mod assessment_plans;
pub mod assessor_questions;
pub mod assessors;
pub mod assigning;
pub mod assignments;
pub mod audit;
pub mod audit_search;
pub mod challenges;
mod checkpointer;
pub mod columns;
pub mod conflicts;
mod connection;
pub mod consents;
pub mod db;
pub mod dossiers;
pub mod drafts;
pub mod error;
pub mod files;
pub mod github_accounts;
pub mod grants;
pub mod keys;
pub mod lists;
pub mod looked;
pub mod lookups;
pub mod migrations;
pub mod notes;
pub mod outbox;
pub mod packet_files;
pub mod packets;
pub mod preparations;
pub mod redactions;
pub mod reminders;
pub mod rounds;
pub mod schema;
pub mod scores;
pub mod sessions;
pub mod sign_in_failures;
pub mod sign_ins;
pub mod site;
mod sql_types;
pub mod staff;
pub mod staff_scores;
mod turns;
pub mod undertakings;
pub mod ways;
mod writer;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;

pub use connection::AnyConnection;
pub use db::{QueryCount, Target};
pub use error::StoreError;

use db::{Access, Manager};
use turns::Turns;
use writer::Writer;

/// How many connections read beside the writer of a SQLite database.
const READERS: u32 = 4;
/// How many connections there are to PostgreSQL.
const POSTGRES_CONNECTIONS: u32 = 12;
/// How often work is done again that the database could not bring into an order with other work.
const TRIES: usize = 5;
/// For how long somebody waits for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// The database, with one writer and several readers (SQLite) or a pool (PostgreSQL).
pub struct Store {
    readers: r2d2::Pool<Manager>,
    /// As many turns as there are connections in the pool, which by itself serves nobody in order.
    turns: Turns,
    /// None on PostgreSQL, where every connection may write.
    writer: Option<Writer>,
    count: QueryCount,
    target: Target,
}

impl Store {
    /// Opens the database and brings its schema up to date.
    ///
    /// # Errors
    /// When the database can't be opened, a migration fails, or the schema is newer than this program.
    pub fn open(target: Target) -> Result<Self, StoreError> {
        let count = QueryCount::default();
        migrations::run(&mut target.connect(Access::Write, &count)?)?;
        Self::open_counting(target, count)
    }

    /// Opens the database as it is: for processes that may not change its schema.
    ///
    /// # Errors
    /// When the database can't be opened, or the schema is older or newer than this program.
    pub fn open_current(target: Target) -> Result<Self, StoreError> {
        let count = QueryCount::default();
        migrations::must_be_current(&mut target.connect(Access::Write, &count)?)?;
        Self::open_counting(target, count)
    }

    fn open_counting(target: Target, count: QueryCount) -> Result<Self, StoreError> {
        let (writer, access, size) = match &target {
            Target::Sqlite(_) => {
                (Some(Writer::start(target.clone(), count.clone())?), Access::Read, READERS)
            }
            Target::Postgres(_) => (None, Access::Write, POSTGRES_CONNECTIONS),
        };
        let readers = r2d2::Pool::builder()
            .max_size(size)
            // Made when somebody needs one more: a spare one made ahead brings others with it while it is being made.
            .min_idle(Some(0))
            .connection_timeout(PATIENCE)
            .test_on_check_out(false)
            .build(Manager { target: target.clone(), access, count: count.clone() })
            .map_err(|e| StoreError::Connect(e.to_string()))?;
        Ok(Self { readers, turns: Turns::new(size), writer, count, target })
    }

    /// Brings the schema up to date. Answers the migrations that were applied.
    ///
    /// # Errors
    /// When the database can't be opened, a migration fails, or the schema is newer than this program.
    pub fn migrate(target: &Target) -> Result<Vec<String>, StoreError> {
        migrations::run(&mut target.connect(Access::Write, &QueryCount::default())?)
    }

    /// Makes a role of the database for every surface, and gives each its rights. Answers the roles.
    ///
    /// # Errors
    /// As [`grants::grant`].
    pub fn grant(target: &Target) -> Result<Vec<&'static str>, StoreError> {
        grants::grant(&mut target.connect(Access::Write, &QueryCount::default())?)
    }

    /// Whether this is SQLite.
    #[must_use]
    pub const fn is_sqlite(&self) -> bool {
        matches!(self.target, Target::Sqlite(_))
    }

    /// Whether who writes now has to wait for another process. What can be left undone had better be.
    #[must_use]
    pub fn is_held_up(&self) -> bool {
        self.writer.as_ref().is_some_and(Writer::is_held_up)
    }

    /// How many queries were sent so far.
    #[must_use]
    pub fn queries(&self) -> u64 {
        self.count.get()
    }

    /// Reads. What is read by several queries need not be of one moment.
    ///
    /// # Errors
    /// What the reading answers; [`StoreError::Busy`] when no connection comes free in time.
    pub fn read<T>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let _turn = self.turns.take(PATIENCE).ok_or(StoreError::Busy)?;
        let mut connection = self.readers.get().map_err(|_| StoreError::Busy)?;
        work(&mut connection)
    }

    /// Reads what is of one moment, by however many queries.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_moment<T>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.read(|connection| {
            connection.transaction(|connection| {
                if let AnyConnection::Postgres(inner) = connection {
                    inner.batch_execute(
                        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
                    )?;
                }
                work(connection)
            })
        })
    }

    /// Reads a few rows, found by their keys, on the way to a write. While nobody else is at work they are read by the
    /// connection that writes (SQLite): its own commits don't make it forget the pages that it knows, as they make every
    /// reader. Else as [`Store::read`].
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_ahead<T>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.ahead(work).unwrap_or_else(|work| self.read(work))
    }

    /// The same with rows of one moment. Else as [`Store::read_moment`].
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_moment_ahead<T>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.ahead(work).unwrap_or_else(|work| self.read_moment(work))
    }

    /// Reads by the connection that writes while nobody else is at work, what is of one moment. Gives the work back
    /// otherwise.
    fn ahead<T, W>(&self, work: W) -> Result<Result<T, StoreError>, W>
    where
        W: FnOnce(&mut AnyConnection) -> Result<T, StoreError>,
    {
        match &self.writer {
            Some(writer) if self.turns.are_all_free() => writer.read_if_idle(work),
            _ => Err(work),
        }
    }

    /// Writes in one transaction, and answers when it is on disk. The work may be done more than once;
    /// what an earlier time did was undone.
    ///
    /// # Errors
    /// What the work answers, [`StoreError::Busy`] when another process writes for long, [`StoreError::Full`] on a full
    /// disk, [`StoreError::Panicked`] when it panicked.
    pub fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut AnyConnection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        if let Some(writer) = &self.writer {
            return writer.write(work);
        }
        let mut tries = 1;
        loop {
            let _turn = self.turns.take(PATIENCE).ok_or(StoreError::Busy)?;
            let mut connection = self.readers.get().map_err(|_| StoreError::Busy)?;
            let outcome = connection.transaction(|connection| {
                catch_unwind(AssertUnwindSafe(|| work(connection)))
                    .unwrap_or(Err(StoreError::Panicked))
            });
            match outcome {
                Err(error) if error.is_worth_another_try() && tries < TRIES => tries += 1,
                outcome => return outcome,
            }
        }
    }
}
