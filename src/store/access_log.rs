//! The access log: days, and the sealed batches of requests in each.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::schema::{access_days, access_log, data_keys};
use crate::domain::id::Id;
use crate::domain::sealed::{Sealed, WrappedKey};

/// The dossier of a day and its key, if the day has one.
///
/// # Errors
/// When the database can't be asked.
pub fn day(
    connection: &mut AnyConnection,
    day: NaiveDate,
) -> Result<Option<(Id, WrappedKey)>, StoreError> {
    let found: Option<(Id, String, Sealed)> = access_days::table
        .inner_join(data_keys::table.on(data_keys::dossier_id.eq(access_days::dossier_id)))
        .filter(access_days::day.eq(day))
        .select((access_days::dossier_id, data_keys::cohort_key, data_keys::wrapped))
        .get_result(connection)
        .optional()?;
    Ok(found.map(|(dossier, cohort_key, bytes)| (dossier, WrappedKey { cohort_key, bytes })))
}

/// Makes a dossier that of a day.
///
/// # Errors
/// [`StoreError::Conflict`] when the day has one.
pub fn begin_day(
    connection: &mut AnyConnection,
    day: NaiveDate,
    dossier: &Id,
) -> Result<(), StoreError> {
    diesel::insert_into(access_days::table)
        .values((access_days::day.eq(day), access_days::dossier_id.eq(dossier)))
        .execute(connection)?;
    Ok(())
}

/// The days that are kept, the newest first.
///
/// # Errors
/// When the database can't be asked.
pub fn days(connection: &mut AnyConnection) -> Result<Vec<NaiveDate>, StoreError> {
    Ok(access_days::table
        .select(access_days::day)
        .order(access_days::day.desc())
        .load(connection)?)
}

/// Requests that were written together.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = access_log)]
pub struct Batch {
    /// Its id.
    pub id: Id,
    /// The dossier of the day.
    pub dossier_id: Id,
    /// When it was written, UTC.
    pub written_at: NaiveDateTime,
    /// How many requests are in it.
    pub requests: i64,
    /// How many requests before it were left out, because they came faster than they could be written.
    pub left_out: i64,
    /// The requests, sealed.
    pub entries: Sealed,
}

/// Adds a batch.
///
/// # Errors
/// [`StoreError::InUse`] when the day's dossier is gone.
pub fn insert(connection: &mut AnyConnection, batch: &Batch) -> Result<(), StoreError> {
    diesel::insert_into(access_log::table).values(batch.clone()).execute(connection)?;
    Ok(())
}

/// Batches of a day, the newest first, from a place on: the batch at that place is among them.
///
/// # Errors
/// When the database can't be asked.
pub fn batches(
    connection: &mut AnyConnection,
    dossier: &Id,
    from: Option<&(NaiveDateTime, Id)>,
    limit: i64,
) -> Result<Vec<Batch>, StoreError> {
    let mut query = access_log::table
        .filter(access_log::dossier_id.eq(dossier.as_str().to_owned()))
        .into_boxed();
    if let Some((at, id)) = from {
        query = query
            .filter(access_log::written_at.le(*at))
            .filter(access_log::written_at.lt(*at).or(access_log::id.le(id.clone())));
    }
    Ok(query
        .order((access_log::written_at.desc(), access_log::id.desc()))
        .limit(limit)
        .load(connection)?)
}

/// How many requests of a day were written, and how many left out.
///
/// # Errors
/// When the database can't be asked.
pub fn counts(connection: &mut AnyConnection, dossier: &Id) -> Result<(i64, i64), StoreError> {
    let rows: Vec<(i64, i64)> = access_log::table
        .filter(access_log::dossier_id.eq(dossier.as_str().to_owned()))
        .select((access_log::requests, access_log::left_out))
        .load(connection)?;
    Ok(rows.into_iter().fold((0, 0), |(a, b), (requests, left)| (a + requests, b + left)))
}
