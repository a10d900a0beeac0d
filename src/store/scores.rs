//! What assessors gave to packets.

use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::schema::{assignments, scores};
use crate::domain::id::Id;
use crate::domain::sealed::Sealed;

/// What an assessor gave for one criterion.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = scores)]
pub struct Score {
    /// Its id.
    pub id: Id,
    /// The packet's dossier.
    pub dossier_id: Id,
    /// The assignment.
    pub assignment_id: Id,
    /// The place of the criterion among all of the plan, from 0.
    pub criterion: i64,
    /// The points, sealed; blank while there are none.
    pub points: Sealed,
    /// The comment, sealed; blank where there is none.
    pub comment: Sealed,
}

/// Replaces everything that an assessor gave to a packet.
///
/// # Errors
/// When the database can't be asked.
pub fn replace(
    connection: &mut AnyConnection,
    assignment: &Id,
    new: &[Score],
) -> Result<(), StoreError> {
    let old = scores::table.filter(scores::assignment_id.eq(assignment));
    diesel::delete(old).execute(connection)?;
    for score in new {
        diesel::insert_into(scores::table).values(score.clone()).execute(connection)?;
    }
    Ok(())
}

/// What an assessor gave to a packet, by criterion.
///
/// # Errors
/// When the database can't be asked.
pub fn of_assignment(
    connection: &mut AnyConnection,
    assignment: &Id,
) -> Result<Vec<Score>, StoreError> {
    Ok(scores::table
        .filter(scores::assignment_id.eq(assignment))
        .order(scores::criterion)
        .load(connection)?)
}

/// Those of some assignments for which something was given, a draft or more.
///
/// # Errors
/// When the database can't be asked.
pub fn begun(connection: &mut AnyConnection, assignments: &[Id]) -> Result<Vec<Id>, StoreError> {
    let ids: Vec<&str> = assignments.iter().map(Id::as_str).collect();
    Ok(scores::table
        .filter(scores::assignment_id.eq_any(ids))
        .select(scores::assignment_id)
        .distinct()
        .load(connection)?)
}

/// Everything that assessors gave in a round.
///
/// # Errors
/// When the database can't be asked.
pub fn of_round(connection: &mut AnyConnection, round: &Id) -> Result<Vec<Score>, StoreError> {
    Ok(scores::table
        .inner_join(assignments::table)
        .filter(assignments::round_id.eq(round))
        .select(scores::all_columns)
        .order((scores::assignment_id, scores::criterion))
        .load(connection)?)
}

/// Replaces a comment.
///
/// # Errors
/// When the database can't be asked.
pub fn set_comment(
    connection: &mut AnyConnection,
    id: &Id,
    comment: &Sealed,
) -> Result<(), StoreError> {
    diesel::update(scores::table.find(id)).set(scores::comment.eq(comment)).execute(connection)?;
    Ok(())
}
