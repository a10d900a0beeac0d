//! What assessors ask staff about a packet, and the answers.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::schema::{assessor_questions, assignments};
use crate::domain::id::Id;
use crate::domain::sealed::Sealed;

/// A question to staff.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = assessor_questions)]
pub struct AssessorQuestion {
    /// Its id.
    pub id: Id,
    /// The packet's dossier.
    pub dossier_id: Id,
    /// The assignment.
    pub assignment_id: Id,
    /// The question, sealed.
    pub body: Sealed,
    /// When it was asked, UTC.
    pub asked_at: NaiveDateTime,
    /// The answer, sealed.
    pub answer: Option<Sealed>,
    /// Who of staff answered.
    pub answered_by: Option<Id>,
    /// When, UTC.
    pub answered_at: Option<NaiveDateTime>,
}

/// Inserts a question.
///
/// # Errors
/// When the database can't be asked.
pub fn insert(connection: &mut AnyConnection, new: &AssessorQuestion) -> Result<(), StoreError> {
    diesel::insert_into(assessor_questions::table).values(new.clone()).execute(connection)?;
    Ok(())
}

/// A question by its id.
///
/// # Errors
/// When the database can't be asked.
pub fn find(
    connection: &mut AnyConnection,
    id: &Id,
) -> Result<Option<AssessorQuestion>, StoreError> {
    Ok(assessor_questions::table.find(id).get_result(connection).optional()?)
}

/// The questions of an assignment, the oldest first.
///
/// # Errors
/// When the database can't be asked.
pub fn of_assignment(
    connection: &mut AnyConnection,
    assignment: &Id,
) -> Result<Vec<AssessorQuestion>, StoreError> {
    Ok(assessor_questions::table
        .filter(assessor_questions::assignment_id.eq(assignment))
        .order((assessor_questions::asked_at, assessor_questions::id))
        .load(connection)?)
}

/// The questions about packets of a round, the oldest first.
///
/// # Errors
/// When the database can't be asked.
pub fn of_round(
    connection: &mut AnyConnection,
    round: &Id,
) -> Result<Vec<AssessorQuestion>, StoreError> {
    Ok(assessor_questions::table
        .inner_join(assignments::table)
        .filter(assignments::round_id.eq(round))
        .select(assessor_questions::all_columns)
        .order((assessor_questions::asked_at, assessor_questions::id))
        .load(connection)?)
}

/// Answers a question that nobody has answered.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody has.
pub fn answer(
    connection: &mut AnyConnection,
    id: &Id,
    (answer, by, now): (&Sealed, &Id, NaiveDateTime),
) -> Result<(), StoreError> {
    let open = assessor_questions::table.find(id).filter(assessor_questions::answer.is_null());
    let changed = diesel::update(open)
        .set((
            assessor_questions::answer.eq(answer),
            assessor_questions::answered_by.eq(by.as_str().to_owned()),
            assessor_questions::answered_at.eq(now),
        ))
        .execute(connection)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}
