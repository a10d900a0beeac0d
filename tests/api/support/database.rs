//! The database of a site, from outside the site.

use almoner::config::Database as Setting;
use almoner::store::AnyConnection;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};
use secrecy::ExposeSecret;

/// A connection of its own to the database of a site.
pub struct Database(pub AnyConnection);

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

#[derive(diesel::QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    value: String,
}

impl Database {
    /// Connects to where the settings say.
    pub fn open(setting: &Setting) -> Self {
        Self(match setting {
            Setting::Sqlite(path) => {
                let mut inner = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                inner.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
                AnyConnection::Sqlite(inner)
            }
            Setting::Postgres(address) => {
                AnyConnection::Postgres(PgConnection::establish(address.expose_secret()).unwrap())
            }
        })
    }

    /// Runs statements.
    pub fn run(&mut self, sql: &str) {
        self.0.batch_execute(sql).unwrap();
    }

    /// A number that a query answers as `value`.
    pub fn number(&mut self, sql: &str) -> i64 {
        let query = diesel::sql_query(sql);
        let found: Number = match &mut self.0 {
            AnyConnection::Postgres(inner) => query.get_result(inner).unwrap(),
            AnyConnection::Sqlite(inner) => query.get_result(inner).unwrap(),
        };
        found.value
    }

    /// The texts that a query answers as `value`.
    pub fn texts(&mut self, sql: &str) -> Vec<String> {
        let query = diesel::sql_query(sql);
        let found: Vec<Word> = match &mut self.0 {
            AnyConnection::Postgres(inner) => query.load(inner).unwrap(),
            AnyConnection::Sqlite(inner) => query.load(inner).unwrap(),
        };
        found.into_iter().map(|row| row.value).collect()
    }

    /// How many rows a table has.
    pub fn count(&mut self, table: &str) -> i64 {
        self.number(&format!("SELECT COUNT(*) AS value FROM {table}"))
    }

    /// Every table that is not the migrations' own, in order of name.
    pub fn tables(&mut self) -> Vec<String> {
        let mut tables: Vec<String> = almoner::store::columns::all(&mut self.0)
            .unwrap()
            .into_iter()
            .map(|(table, _)| table)
            .collect();
        tables.dedup();
        tables
    }

    /// How many rows each table has.
    pub fn counts(&mut self) -> Vec<(String, i64)> {
        let tables = self.tables();
        tables.into_iter().map(|table| (table.clone(), self.count(&table))).collect()
    }
}
