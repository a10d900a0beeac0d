//! The cohort keys that data keys may be wrapped under, and the data keys under one.

use diesel::prelude::*;

use super::db::{AnyConnection, either};
use super::error::StoreError;
use super::schema::{cohort_keys, data_keys};
use crate::domain::id::Id;
use crate::domain::sealed::{Sealed, WrappedKey};

/// A version of a cohort's key.
#[derive(Clone, Debug)]
pub struct CohortKey {
    /// Its name, such as `personal/2029Q4/1`.
    pub name: String,
    /// The class.
    pub class: &'static str,
    /// The quarter.
    pub quarter: String,
    /// The version.
    pub version: i64,
}

/// Makes a key known, so that data keys can be wrapped under it. Known ones stay as they are.
///
/// # Errors
/// When the database can't be asked.
pub fn register(connection: &mut AnyConnection, keys: &[CohortKey]) -> Result<usize, StoreError> {
    let rows: Vec<_> = keys
        .iter()
        .map(|key| {
            (
                cohort_keys::id.eq(&key.name),
                cohort_keys::class.eq(key.class),
                cohort_keys::quarter.eq(&key.quarter),
                cohort_keys::version.eq(key.version),
            )
        })
        .collect();
    Ok(either!(connection, inner => {
        diesel::insert_into(cohort_keys::table).values(rows).on_conflict_do_nothing().execute(inner)?
    }))
}

/// The names of all known keys, in order.
///
/// # Errors
/// When the database can't be asked.
pub fn known(connection: &mut AnyConnection) -> Result<Vec<String>, StoreError> {
    Ok(cohort_keys::table.select(cohort_keys::id).order(cohort_keys::id).load(connection)?)
}

/// How many data keys are wrapped under a key.
///
/// # Errors
/// When the database can't be asked.
pub fn count_under(connection: &mut AnyConnection, name: &str) -> Result<i64, StoreError> {
    Ok(data_keys::table.filter(data_keys::cohort_key.eq(name)).count().get_result(connection)?)
}

/// Some of the data keys wrapped under a key, with their dossiers, in the order of the dossiers.
///
/// # Errors
/// When the database can't be asked.
pub fn under(
    connection: &mut AnyConnection,
    name: &str,
    after: Option<&Id>,
    limit: i64,
) -> Result<Vec<(Id, WrappedKey)>, StoreError> {
    let after = after.map(Id::as_str).unwrap_or_default().to_owned();
    let rows: Vec<(Id, String, Sealed)> = data_keys::table
        .filter(data_keys::cohort_key.eq(name))
        .filter(data_keys::dossier_id.gt(after))
        .select((data_keys::dossier_id, data_keys::cohort_key, data_keys::wrapped))
        .order(data_keys::dossier_id)
        .limit(limit)
        .load(connection)?;
    Ok(rows
        .into_iter()
        .map(|(id, cohort_key, bytes)| (id, WrappedKey { cohort_key, bytes }))
        .collect())
}

/// Forgets a key for good: from this transaction's end no data key can be wrapped under it.
///
/// # Errors
/// [`StoreError::InUse`] while a data key is wrapped under it, also one being inserted at this moment.
pub fn forget(connection: &mut AnyConnection, name: &str) -> Result<(), StoreError> {
    diesel::delete(cohort_keys::table.find(name)).execute(connection)?;
    Ok(())
}
