//! Conflicts of interest that staff know of.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::schema::{applications, conflicts, data_keys};
use crate::domain::id::Id;
use crate::domain::sealed::{Sealed, WrappedKey};

/// That an assessor must not assess an application, nor any other of the same account.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = conflicts)]
pub struct Conflict {
    /// Its id.
    pub id: Id,
    /// The application's dossier.
    pub dossier_id: Id,
    /// The application.
    pub application_id: Id,
    /// The assessor.
    pub assessor_id: Id,
    /// What kind it is; see [`crate::domain::assignment::ConflictKind`].
    pub kind: String,
    /// What staff wrote beside it, sealed; blank where they wrote nothing.
    pub note: Sealed,
    /// Who entered it.
    pub staff_id: Id,
    /// When, UTC.
    pub noted_at: NaiveDateTime,
}

/// Inserts a conflict.
///
/// # Errors
/// [`StoreError::Conflict`] when there is one between the two already.
pub fn insert(connection: &mut AnyConnection, new: &Conflict) -> Result<(), StoreError> {
    let there = of_application(connection, &new.application_id)?;
    if there.iter().any(|own| own.assessor_id == new.assessor_id) {
        return Err(StoreError::Conflict);
    }
    diesel::insert_into(conflicts::table).values(new.clone()).execute(connection)?;
    Ok(())
}

/// A conflict by its id.
///
/// # Errors
/// When the database can't be asked.
pub fn find(connection: &mut AnyConnection, id: &Id) -> Result<Option<Conflict>, StoreError> {
    Ok(conflicts::table.find(id).get_result(connection).optional()?)
}

/// The conflicts entered with applications of a round, the newest first, each with the application's reference and the
/// key of its dossier.
///
/// # Errors
/// When the database can't be asked.
pub fn entered_in(
    connection: &mut AnyConnection,
    round: &Id,
) -> Result<Vec<(Conflict, String, WrappedKey)>, StoreError> {
    let rows: Vec<(Conflict, String, String, Sealed)> = conflicts::table
        .inner_join(applications::table.on(applications::id.eq(conflicts::application_id)))
        .inner_join(data_keys::table.on(data_keys::dossier_id.eq(conflicts::dossier_id)))
        .filter(applications::round_id.eq(round))
        .order((conflicts::noted_at.desc(), conflicts::id))
        .select((
            conflicts::all_columns,
            applications::reference,
            data_keys::cohort_key,
            data_keys::wrapped,
        ))
        .load(connection)?;
    Ok(rows
        .into_iter()
        .map(|(own, reference, cohort_key, bytes)| {
            (own, reference, WrappedKey { cohort_key, bytes })
        })
        .collect())
}

/// Removes a conflict that was entered by mistake. Answers whether it was there.
///
/// # Errors
/// When the database can't be asked.
pub fn remove(
    connection: &mut AnyConnection,
    application: &Id,
    id: &Id,
) -> Result<bool, StoreError> {
    let own = conflicts::table.find(id).filter(conflicts::application_id.eq(application));
    Ok(diesel::delete(own).execute(connection)? == 1)
}

/// The conflicts entered with an application, the oldest first.
///
/// # Errors
/// When the database can't be asked.
pub fn of_application(
    connection: &mut AnyConnection,
    application: &Id,
) -> Result<Vec<Conflict>, StoreError> {
    Ok(conflicts::table
        .filter(conflicts::application_id.eq(application))
        .order((conflicts::noted_at, conflicts::id))
        .load(connection)?)
}

/// Each application of a round with the assessors who must not assess it, also because of another application of the
/// same account.
///
/// # Errors
/// When the database can't be asked.
pub fn of_round(connection: &mut AnyConnection, round: &Id) -> Result<Vec<(Id, Id)>, StoreError> {
    let other = diesel::alias!(applications as other);
    let mut found: Vec<(Id, Id)> = conflicts::table
        .inner_join(applications::table.on(applications::id.eq(conflicts::application_id)))
        .filter(applications::round_id.eq(round))
        .select((conflicts::application_id, conflicts::assessor_id))
        .load(connection)?;
    let elsewhere: Vec<(Id, Id)> = conflicts::table
        .inner_join(applications::table.on(applications::id.eq(conflicts::application_id)))
        .inner_join(other.on(other.field(applications::account_id).eq(applications::account_id)))
        .filter(other.field(applications::round_id).eq(round))
        .select((other.field(applications::id), conflicts::assessor_id))
        .load(connection)?;
    found.extend(elsewhere);
    found.sort();
    found.dedup();
    Ok(found)
}
