//! Brings the schema up to date, and refuses one that is newer than this program.

use diesel::connection::SimpleConnection;
use diesel::migration::{MigrationSource, MigrationVersion};
use diesel::{RunQueryDsl, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::db::{AnyConnection, either};
use super::error::StoreError;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The advisory lock under which one process at a time migrates PostgreSQL ("alms" in ASCII).
const LOCK: i64 = 0x616c_6d73;

/// How many rows refer to rows that are not there.
#[derive(diesel::QueryableByName)]
struct Broken {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    rows: i64,
}

/// What the table of applied migrations says, asked without the right to make one.
#[derive(diesel::QueryableByName)]
struct Applied {
    #[diesel(sql_type = diesel::sql_types::Text)]
    version: String,
}

/// Refuses a schema that is older or newer than this program, and changes nothing.
///
/// # Errors
/// [`StoreError::OldSchema`], [`StoreError::NewerSchema`].
pub fn must_be_current(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let asked = "SELECT version FROM __diesel_schema_migrations ORDER BY version";
    let applied: Result<Vec<Applied>, _> =
        either!(connection, inner => diesel::sql_query(asked).load(inner));
    // There is no such table where nothing was ever migrated, and no right to read it where none was given.
    let applied = applied.map_err(|_| StoreError::OldSchema)?;
    let known = known()?;
    let newer = applied.iter().find(|own| !known.contains(&own.version));
    if let Some(newer) = newer {
        return Err(StoreError::NewerSchema(newer.version.clone()));
    }
    if applied.len() == known.len() { Ok(()) } else { Err(StoreError::OldSchema) }
}

fn known() -> Result<Vec<String>, StoreError> {
    let migrations = MigrationSource::<diesel::sqlite::Sqlite>::migrations(&MIGRATIONS);
    let migrations = migrations.map_err(failed)?;
    Ok(migrations.iter().map(|migration| migration.name().version().to_string()).collect())
}

/// Applies what is missing. Answers what was.
///
/// # Errors
/// When the schema is newer than this program, or a migration fails.
pub fn run(connection: &mut AnyConnection) -> Result<Vec<String>, StoreError> {
    refuse_newer(connection)?;
    let pending = either!(&mut *connection, inner => {
        inner.has_pending_migration(MIGRATIONS).map_err(failed)?
    });
    if !pending {
        return Ok(Vec::new());
    }
    if let AnyConnection::Postgres(inner) = connection {
        inner.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})"))?;
    }
    let done = apply(connection);
    if let AnyConnection::Postgres(inner) = connection {
        inner.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})"))?;
    }
    done
}

fn apply(connection: &mut AnyConnection) -> Result<Vec<String>, StoreError> {
    let pending = either!(&mut *connection, inner => {
        inner.has_pending_migration(MIGRATIONS).map_err(failed)?
    });
    if !pending {
        // Checking every reference takes seconds on a large site: not at a start that changes nothing.
        return Ok(Vec::new());
    }
    // Rebuilding a table with foreign keys on would delete all that hangs on it, and the pragma does
    // nothing inside a transaction.
    if let AnyConnection::Sqlite(inner) = connection {
        inner.batch_execute("PRAGMA foreign_keys = OFF;")?;
    }
    let migrated = match connection {
        AnyConnection::Postgres(inner) => {
            inner.run_pending_migrations(MIGRATIONS).map(names).map_err(failed)
        }
        AnyConnection::Sqlite(inner) => {
            inner.immediate_transaction::<_, StoreError, _>(apply_on_sqlite)
        }
    };
    if let AnyConnection::Sqlite(inner) = connection {
        inner.batch_execute("PRAGMA foreign_keys = ON;")?;
    }
    migrated
}

/// All or nothing, with other processes that start kept waiting. The references are looked at before the
/// commit, and only when something was changed: at 100,000 applications that takes a while.
fn apply_on_sqlite(connection: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    let done = names(connection.run_pending_migrations(MIGRATIONS).map_err(failed)?);
    if done.is_empty() {
        return Ok(done);
    }
    let broken = diesel::sql_query("SELECT COUNT(*) AS rows FROM pragma_foreign_key_check")
        .get_result::<Broken>(connection)?;
    if broken.rows > 0 {
        return Err(StoreError::Migration("rows refer to rows that are not there".to_owned()));
    }
    Ok(done)
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map")]
fn names(applied: Vec<MigrationVersion<'_>>) -> Vec<String> {
    applied.iter().map(ToString::to_string).collect()
}

/// Undoes every migration. For tests of the migrations; no command reaches it.
///
/// # Errors
/// When a migration can't be undone.
pub fn revert_all(connection: &mut AnyConnection) -> Result<(), StoreError> {
    either!(connection, inner => {
        inner.revert_all_migrations(MIGRATIONS).map(|_| ()).map_err(failed)
    })
}

/// Undoes every migration but the first so many, newest first. For tests of the migrations; no command reaches it.
///
/// # Errors
/// When a migration can't be undone.
pub fn revert_all_but(connection: &mut AnyConnection, first: usize) -> Result<(), StoreError> {
    either!(connection, inner => {
        let applied = inner.applied_migrations().map_err(failed)?.len();
        for _ in first..applied {
            inner.revert_last_migration(MIGRATIONS).map_err(failed)?;
        }
    });
    Ok(())
}

fn refuse_newer(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let applied: Vec<MigrationVersion<'static>> = either!(connection, inner => {
        inner.applied_migrations().map_err(failed)?
    });
    let known = known()?;
    match applied.iter().map(ToString::to_string).find(|version| !known.contains(version)) {
        Some(version) => Err(StoreError::NewerSchema(version)),
        None => Ok(()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    StoreError::Migration(error.to_string())
}
