//! A connection to either database.

use diesel::{PgConnection, SqliteConnection};

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    /// PostgreSQL, for more than one machine.
    Postgres(PgConnection),
    /// SQLite, for one.
    Sqlite(SqliteConnection),
}
