//! Assignments of which assessors are to be reminded.

use chrono::{Days, NaiveDate, NaiveTime};
use diesel::prelude::*;

use super::assessors::ACTIVE;
use super::db::AnyConnection;
use super::error::StoreError;
use super::packets::RELEASED;
use super::schema::{assessors, assignments, packets};
use crate::domain::assignment::State;
use crate::domain::id::Id;

/// So many days before the day by which scores are asked for, assessors are reminded.
pub const DAYS_BEFORE: u64 = 3;

/// An assignment of which somebody is to be reminded.
#[derive(Clone, Debug, Queryable)]
pub struct ToRemind {
    /// The assignment.
    pub id: Id,
    /// The assessor.
    pub assessor: Option<Id>,
    /// The round.
    pub round: Id,
}

/// Those that wait for assessors who can come in, of packets that are open.
macro_rules! waiting {
    ($today:expr) => {
        assignments::table
            .inner_join(packets::table)
            .inner_join(assessors::table.on(assignments::assessor_id.eq(assessors::id.nullable())))
            .filter(
                assignments::state
                    .eq(State::Offered.word())
                    .or(assignments::state.eq(State::Accepted.word())),
            )
            .filter(packets::state.eq(RELEASED))
            .filter(assessors::state.eq(ACTIVE))
            .filter(assessors::access_until.ge($today))
            .select((assignments::id, assignments::assessor_id, assignments::round_id))
            .order((assignments::assessor_id, assignments::id))
    };
}

/// Those of which assessors are to be reminded on a day: once within the last days, and once when the day is over.
/// Whoever got a packet within those last days has just been told of it.
///
/// # Errors
/// When the database can't be asked.
pub fn on(connection: &mut AnyConnection, today: NaiveDate) -> Result<Vec<ToRemind>, StoreError> {
    let mut found: Vec<ToRemind> = waiting!(today)
        .filter(assignments::due_on.lt(today))
        .filter(
            assignments::reminded_on
                .is_null()
                .or(assignments::reminded_on.le(assignments::due_on.nullable())),
        )
        .load(connection)?;
    // A day is moved by numbers here, since the two databases reckon with days in two languages.
    for ahead in 0..=DAYS_BEFORE {
        let Some(due) = today.checked_add_days(Days::new(ahead)) else { continue };
        let Some(from) = due.checked_sub_days(Days::new(DAYS_BEFORE)) else { continue };
        let soon: Vec<ToRemind> = waiting!(today)
            .filter(assignments::due_on.eq(due))
            .filter(assignments::made_at.lt(from.and_time(NaiveTime::MIN)))
            .filter(assignments::reminded_on.is_null().or(assignments::reminded_on.lt(from)))
            .load(connection)?;
        found.extend(soon);
    }
    Ok(found)
}

/// Those that wait in a round, of which nobody was reminded on a day.
///
/// # Errors
/// When the database can't be asked.
pub fn in_round(
    connection: &mut AnyConnection,
    round: &Id,
    today: NaiveDate,
) -> Result<Vec<ToRemind>, StoreError> {
    Ok(waiting!(today)
        .filter(assignments::round_id.eq(round))
        .filter(assignments::reminded_on.is_null().or(assignments::reminded_on.lt(today)))
        .load(connection)?)
}

/// What a mail to an assessor says of what waits: how many packets, by when the first, and of how many the day is over.
///
/// # Errors
/// When the database can't be asked.
pub fn waiting_for(
    connection: &mut AnyConnection,
    assessor: &Id,
) -> Result<Vec<NaiveDate>, StoreError> {
    Ok(assignments::table
        .inner_join(packets::table)
        .filter(assignments::assessor_id.eq(assessor.as_str().to_owned()))
        .filter(assignments::state.eq_any([State::Offered.word(), State::Accepted.word()]))
        .filter(packets::state.eq(RELEASED))
        .select(assignments::due_on)
        .order(assignments::due_on)
        .load(connection)?)
}
