//! A connection to either database.

#![expect(missing_docs, reason = "the derive writes public items without them")]

use diesel::{PgConnection, SqliteConnection};

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    /// PostgreSQL, for more than one machine.
    Postgres(PgConnection),
    /// SQLite, for one.
    Sqlite(SqliteConnection),
}
