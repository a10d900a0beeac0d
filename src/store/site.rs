//! What is true of the whole site: its deployment, the generation of its keyring, its processes and leases.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::schema::{leases, processes, site};
use crate::domain::id::Id;

/// The one row about the site.
#[derive(Clone, Debug, Queryable)]
pub struct Site {
    /// The deployment that every value is bound to.
    pub deployment: Id,
    /// The newest generation of the keyring that a process has told of.
    pub generation: i64,
    /// When the first administrator came in.
    pub first_admin_at: Option<NaiveDateTime>,
}

/// The site, if its first start was finished.
///
/// # Errors
/// When the database can't be asked.
pub fn find(connection: &mut AnyConnection) -> Result<Option<Site>, StoreError> {
    Ok(site::table
        .select((site::deployment, site::generation, site::first_admin_at))
        .get_result(connection)
        .optional()?)
}

/// Writes the one row at the first start.
///
/// # Errors
/// When there is one already.
pub fn insert(
    connection: &mut AnyConnection,
    deployment: &Id,
    generation: i64,
) -> Result<(), StoreError> {
    diesel::insert_into(site::table)
        .values((
            site::id.eq(1_i64),
            site::deployment.eq(deployment),
            site::generation.eq(generation),
        ))
        .execute(connection)?;
    Ok(())
}

/// Raises the generation that the site works with. It never falls.
///
/// # Errors
/// When the database can't be asked.
pub fn raise_generation(connection: &mut AnyConnection, generation: i64) -> Result<(), StoreError> {
    diesel::update(site::table.filter(site::generation.lt(generation)))
        .set(site::generation.eq(generation))
        .execute(connection)?;
    Ok(())
}

/// Whether `generation` is the one that the site works with. Call it inside the transaction that writes
/// what was sealed under that generation.
///
/// # Errors
/// [`StoreError::StaleKeys`] when it is not.
pub fn compare_generation(
    connection: &mut AnyConnection,
    generation: i64,
) -> Result<(), StoreError> {
    let generations = site::table.select(site::generation);
    let current: i64 = match connection {
        // Locked, so that who raises it waits until this transaction has ended: else what is written here would
        // appear after they looked for what is left under an old key. SQLite has one writer.
        AnyConnection::Postgres(inner) => generations.for_share().get_result(inner)?,
        AnyConnection::Sqlite(inner) => generations.get_result(inner)?,
    };
    if current > generation { Err(StoreError::StaleKeys) } else { Ok(()) }
}

/// Notes that the first administrator has come in.
///
/// # Errors
/// [`StoreError::Conflict`] when one has come in before.
pub fn set_first_admin(
    connection: &mut AnyConnection,
    at: NaiveDateTime,
) -> Result<(), StoreError> {
    let changed = diesel::update(site::table.filter(site::first_admin_at.is_null()))
        .set(site::first_admin_at.eq(at))
        .execute(connection)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// A process tells that it lives, and which generation of the keyring it has loaded.
///
/// # Errors
/// When the database can't be asked.
pub fn beat(
    connection: &mut AnyConnection,
    process: &Id,
    surfaces: &str,
    generation: i64,
    now: NaiveDateTime,
) -> Result<(), StoreError> {
    let changed = diesel::update(processes::table.find(process))
        .set((processes::generation.eq(generation), processes::seen_at.eq(now)))
        .execute(connection)?;
    if changed == 0 {
        diesel::insert_into(processes::table)
            .values((
                processes::id.eq(process),
                processes::surfaces.eq(surfaces),
                processes::generation.eq(generation),
                processes::started_at.eq(now),
                processes::seen_at.eq(now),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// A process says that it ends.
///
/// # Errors
/// When the database can't be asked.
pub fn leave(connection: &mut AnyConnection, process: &Id) -> Result<(), StoreError> {
    diesel::delete(processes::table.find(process)).execute(connection)?;
    Ok(())
}

/// The lowest generation that a living process has loaded; none when no process lives.
/// Processes not seen since `since` count as dead, and are forgotten.
///
/// # Errors
/// When the database can't be asked.
pub fn lowest_generation(
    connection: &mut AnyConnection,
    since: NaiveDateTime,
) -> Result<Option<i64>, StoreError> {
    diesel::delete(processes::table.filter(processes::seen_at.lt(since))).execute(connection)?;
    Ok(processes::table.select(diesel::dsl::min(processes::generation)).get_result(connection)?)
}

/// Takes or keeps a lease, so that one process at a time does a job.
///
/// # Errors
/// When the database can't be asked.
pub fn take_lease(
    connection: &mut AnyConnection,
    name: &str,
    holder: &Id,
    now: NaiveDateTime,
    until: NaiveDateTime,
) -> Result<bool, StoreError> {
    let mine_or_over = leases::holder.eq(holder.as_str().to_owned()).or(leases::until.lt(now));
    let changed = diesel::update(leases::table.filter(leases::name.eq(name)).filter(mine_or_over))
        .set((leases::holder.eq(holder.as_str().to_owned()), leases::until.eq(until)))
        .execute(connection)?;
    if changed == 1 {
        return Ok(true);
    }
    let taken: i64 = leases::table.filter(leases::name.eq(name)).count().get_result(connection)?;
    if taken > 0 {
        return Ok(false);
    }
    let lease = (
        leases::name.eq(name),
        leases::holder.eq(holder.as_str().to_owned()),
        leases::until.eq(until),
    );
    // Somebody else may insert it at the same moment; then the lease is theirs.
    let inserted = super::db::either!(connection, inner => {
        diesel::insert_into(leases::table).values(lease).on_conflict_do_nothing().execute(inner)?
    });
    Ok(inserted == 1)
}

/// Gives a lease back.
///
/// # Errors
/// When the database can't be asked.
pub fn give_lease_back(
    connection: &mut AnyConnection,
    name: &str,
    holder: &Id,
) -> Result<(), StoreError> {
    diesel::delete(leases::table.find(name).filter(leases::holder.eq(holder.as_str().to_owned())))
        .execute(connection)?;
    Ok(())
}

/// Makes others that do the same wait until this transaction has ended (on PostgreSQL; SQLite has one
/// writer). `key` is a keyed digest, so that the lock tells nothing.
///
/// # Errors
/// When the database can't be asked.
pub fn lock(connection: &mut AnyConnection, key: i64) -> Result<(), StoreError> {
    if let AnyConnection::Postgres(inner) = connection {
        diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
            .bind::<diesel::sql_types::BigInt, _>(key)
            .execute(inner)?;
    }
    Ok(())
}
