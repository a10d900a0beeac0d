//! Which columns the database really has, so that each can be held against the inventory.

use diesel::RunQueryDsl;
use diesel::sql_types::Text;

use super::db::{AnyConnection, either};
use super::error::StoreError;

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
}

/// Every table and column, in order, but those of the migrations' own bookkeeping.
///
/// # Errors
/// When the database can't be asked.
pub fn all(connection: &mut AnyConnection) -> Result<Vec<(String, String)>, StoreError> {
    let query = match connection {
        AnyConnection::Sqlite(_) => {
            "SELECT m.name AS table_name, c.name AS column_name
             FROM sqlite_master m, pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'
               AND m.name <> '__diesel_schema_migrations'
             ORDER BY m.name, c.cid"
        }
        AnyConnection::Postgres(_) => {
            "SELECT table_name::text AS table_name, column_name::text AS column_name
             FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name <> '__diesel_schema_migrations'
             ORDER BY table_name, ordinal_position"
        }
    };
    let rows: Vec<Row> = either!(connection, inner => diesel::sql_query(query).load(inner)?);
    Ok(rows.into_iter().map(|row| (row.table_name, row.column_name)).collect())
}
