//! What staff gave to applications, for the criteria that are theirs.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::schema::{applications, data_keys, staff_scores};
use crate::domain::id::Id;
use crate::domain::sealed::{Sealed, WrappedKey};

/// What staff gave for one criterion.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = staff_scores)]
pub struct StaffScore {
    /// Its id.
    pub id: Id,
    /// The application's dossier.
    pub dossier_id: Id,
    /// The application.
    pub application_id: Id,
    /// The place of the criterion among all of the plan, from 0.
    pub criterion: i64,
    /// The points, sealed.
    pub points: Sealed,
    /// The comment, sealed; blank where there is none.
    pub comment: Sealed,
    /// Who gave them.
    pub staff_id: Id,
    /// When, UTC.
    pub given_at: NaiveDateTime,
}

/// Replaces what was given for some criteria of an application.
///
/// # Errors
/// When the database can't be asked.
pub fn replace(
    connection: &mut AnyConnection,
    application: &Id,
    criteria: &[i64],
    new: &[StaffScore],
) -> Result<(), StoreError> {
    let old = staff_scores::table
        .filter(staff_scores::application_id.eq(application))
        .filter(staff_scores::criterion.eq_any(criteria.to_vec()));
    diesel::delete(old).execute(connection)?;
    for score in new {
        diesel::insert_into(staff_scores::table).values(score.clone()).execute(connection)?;
    }
    Ok(())
}

/// What staff gave to an application, by criterion.
///
/// # Errors
/// When the database can't be asked.
pub fn of_application(
    connection: &mut AnyConnection,
    application: &Id,
) -> Result<Vec<StaffScore>, StoreError> {
    Ok(staff_scores::table
        .filter(staff_scores::application_id.eq(application))
        .order(staff_scores::criterion)
        .load(connection)?)
}

/// Everything that staff gave in a round, with the keys of the applications' dossiers.
///
/// # Errors
/// When the database can't be asked.
pub fn of_round(
    connection: &mut AnyConnection,
    round: &Id,
) -> Result<Vec<(StaffScore, WrappedKey)>, StoreError> {
    let rows: Vec<(StaffScore, String, Sealed)> = staff_scores::table
        .inner_join(applications::table.on(applications::id.eq(staff_scores::application_id)))
        .inner_join(data_keys::table.on(data_keys::dossier_id.eq(staff_scores::dossier_id)))
        .filter(applications::round_id.eq(round))
        .select((staff_scores::all_columns, data_keys::cohort_key, data_keys::wrapped))
        .load(connection)?;
    Ok(rows
        .into_iter()
        .map(|(score, cohort_key, bytes)| (score, WrappedKey { cohort_key, bytes }))
        .collect())
}
