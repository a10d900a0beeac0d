//! Assignments: who is to assess which packet.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::packets::{Packet, RELEASED};
use super::schema::{assessor_questions, assignments, data_keys, packets, scores};
use crate::domain::assignment::{Comments, State};
use crate::domain::id::Id;
use crate::domain::sealed::{Sealed, WrappedKey};

/// An assignment. Its id is all that an assessor sees of it, and so it says nothing.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = assignments)]
pub struct Assignment {
    /// Its id.
    pub id: Id,
    /// The packet's dossier.
    pub dossier_id: Id,
    /// The packet.
    pub packet_id: Id,
    /// The round.
    pub round_id: Id,
    /// The assessor; none once their account is gone.
    pub assessor_id: Option<Id>,
    /// Where it stands; see [`State`].
    pub state: String,
    /// By when scores are asked for.
    pub due_on: NaiveDate,
    /// When it was made, UTC.
    pub made_at: NaiveDateTime,
    /// When the assessor first read the packet, UTC.
    pub opened_at: Option<NaiveDateTime>,
    /// When scores were last handed in, UTC.
    pub submitted_at: Option<NaiveDateTime>,
    /// Which version of the packet they are about.
    pub scored_version: Option<i64>,
    /// What became of the comments; see [`Comments`].
    pub comments: String,
    /// When the assessor was last reminded.
    pub reminded_on: Option<NaiveDate>,
}

impl Assignment {
    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        // The table's CHECK allows no other words.
        self.state.parse().unwrap_or(State::Ended)
    }

    /// What became of the comments.
    #[must_use]
    pub fn comments(&self) -> Comments {
        self.comments.parse().unwrap_or(Comments::Waiting)
    }
}

/// An assignment of somebody with its packet and the key of that.
#[derive(Clone, Debug)]
pub struct Own {
    /// The assignment.
    pub assignment: Assignment,
    /// The packet.
    pub packet: Packet,
    /// The key of the packet's dossier.
    pub key: WrappedKey,
}

/// Inserts assignments.
///
/// # Errors
/// [`StoreError::InUse`] when a packet or an assessor is gone.
pub fn insert(connection: &mut AnyConnection, new: &[Assignment]) -> Result<(), StoreError> {
    for one in new {
        diesel::insert_into(assignments::table).values(one.clone()).execute(connection)?;
    }
    Ok(())
}

/// An assignment by its id. For staff.
///
/// # Errors
/// When the database can't be asked.
pub fn find(connection: &mut AnyConnection, id: &Id) -> Result<Option<Assignment>, StoreError> {
    Ok(assignments::table.find(id).get_result(connection).optional()?)
}

/// The assignments of an assessor whose packets are open and that stand in one of these states, in the order of their
/// random identifiers; or the one with an id.
///
/// # Errors
/// When the database can't be asked.
pub fn own(
    connection: &mut AnyConnection,
    assessor: &Id,
    states: &[State],
    id: Option<&Id>,
) -> Result<Vec<Own>, StoreError> {
    let words: Vec<&str> = states.iter().map(|state| state.word()).collect();
    let mut query = assignments::table
        .inner_join(packets::table)
        .inner_join(data_keys::table.on(data_keys::dossier_id.eq(assignments::dossier_id)))
        .filter(assignments::assessor_id.eq(assessor.as_str().to_owned()))
        .filter(assignments::state.eq_any(words))
        .filter(packets::state.eq(RELEASED))
        .select((
            assignments::all_columns,
            packets::all_columns,
            data_keys::cohort_key,
            data_keys::wrapped,
        ))
        .order(assignments::id)
        .into_boxed();
    if let Some(id) = id {
        query = query.filter(assignments::id.eq(id.as_str().to_owned()));
    }
    let rows: Vec<(Assignment, Packet, String, Sealed)> = query.load(connection)?;
    Ok(rows
        .into_iter()
        .map(|(assignment, packet, cohort_key, bytes)| Own {
            assignment,
            packet,
            key: WrappedKey { cohort_key, bytes },
        })
        .collect())
}

/// Every assignment of a packet, the oldest first.
///
/// # Errors
/// When the database can't be asked.
pub fn of_packet(
    connection: &mut AnyConnection,
    packet: &Id,
) -> Result<Vec<Assignment>, StoreError> {
    Ok(assignments::table
        .filter(assignments::packet_id.eq(packet))
        .order((assignments::made_at, assignments::id))
        .load(connection)?)
}

/// Every assignment of a round.
///
/// # Errors
/// When the database can't be asked.
pub fn of_round(connection: &mut AnyConnection, round: &Id) -> Result<Vec<Assignment>, StoreError> {
    Ok(assignments::table
        .filter(assignments::round_id.eq(round))
        .order((assignments::packet_id, assignments::made_at, assignments::id))
        .load(connection)?)
}

/// Moves an assignment, unless it was moved since it was read.
///
/// # Errors
/// [`StoreError::Conflict`] when it was.
pub fn move_to(
    connection: &mut AnyConnection,
    before: &Assignment,
    to: State,
) -> Result<(), StoreError> {
    let same = assignments::table.find(&before.id).filter(assignments::state.eq(&before.state));
    let changed = diesel::update(same).set(assignments::state.eq(to.word())).execute(connection)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Offers an assignment again that was ended, declined or in conflict, as another one: it has an id of its own, so that
/// nothing an assessor kept of the earlier one leads to it. Scores and questions go along.
///
/// # Errors
/// [`StoreError::Conflict`] when it was moved since it was read.
pub fn offer_again(
    connection: &mut AnyConnection,
    before: &Assignment,
    id: &Id,
    due_on: NaiveDate,
) -> Result<(), StoreError> {
    let same = assignments::table.find(&before.id).filter(assignments::state.eq(&before.state));
    // An assessor has a packet once: the earlier one makes room before the new one comes.
    let nobody = assignments::assessor_id.eq(None::<Id>);
    if diesel::update(same).set(nobody).execute(connection)? != 1 {
        return Err(StoreError::Conflict);
    }
    let state = State::Offered.word().to_owned();
    let again = Assignment { id: id.clone(), state, due_on, ..before.clone() };
    insert(connection, &[again])?;
    diesel::update(scores::table.filter(scores::assignment_id.eq(&before.id)))
        .set(scores::assignment_id.eq(id))
        .execute(connection)?;
    let asked = assessor_questions::table.filter(assessor_questions::assignment_id.eq(&before.id));
    diesel::update(asked).set(assessor_questions::assignment_id.eq(id)).execute(connection)?;
    diesel::delete(assignments::table.find(&before.id)).execute(connection)?;
    Ok(())
}

/// Notes that the assessor has read the packet, if it is the first time.
///
/// # Errors
/// When the database can't be asked.
pub fn opened(
    connection: &mut AnyConnection,
    id: &Id,
    now: NaiveDateTime,
) -> Result<bool, StoreError> {
    let unread = assignments::table.find(id).filter(assignments::opened_at.is_null());
    Ok(diesel::update(unread).set(assignments::opened_at.eq(now)).execute(connection)? == 1)
}

/// Hands scores in, unless the assignment was moved since it was read.
///
/// # Errors
/// [`StoreError::Conflict`] when it was.
pub fn hand_in(
    connection: &mut AnyConnection,
    before: &Assignment,
    version: i64,
    comments: Comments,
    now: NaiveDateTime,
) -> Result<(), StoreError> {
    let same = assignments::table.find(&before.id).filter(assignments::state.eq(&before.state));
    let changed = diesel::update(same)
        .set((
            assignments::state.eq(State::Submitted.word()),
            assignments::submitted_at.eq(now),
            assignments::scored_version.eq(version),
            assignments::comments.eq(comments.word()),
        ))
        .execute(connection)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Says what became of the comments, unless they were handed in anew since they were read.
///
/// # Errors
/// [`StoreError::Conflict`] when they were.
pub fn set_comments(
    connection: &mut AnyConnection,
    before: &Assignment,
    comments: Comments,
) -> Result<(), StoreError> {
    let same = assignments::table
        .find(&before.id)
        .filter(assignments::comments.eq(&before.comments))
        .filter(assignments::submitted_at.eq(before.submitted_at));
    let changed =
        diesel::update(same).set(assignments::comments.eq(comments.word())).execute(connection)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Assignments whose comments nobody has looked through yet.
///
/// # Errors
/// When the database can't be asked.
pub fn unread(connection: &mut AnyConnection, limit: i64) -> Result<Vec<Assignment>, StoreError> {
    Ok(assignments::table
        .filter(assignments::comments.eq(Comments::Waiting.word()))
        .order(assignments::id)
        .limit(limit)
        .load(connection)?)
}

/// Moves the day by which scores of an assignment are asked for.
///
/// # Errors
/// When the database can't be asked.
pub fn set_due(
    connection: &mut AnyConnection,
    id: &Id,
    due_on: NaiveDate,
) -> Result<(), StoreError> {
    diesel::update(assignments::table.find(id))
        .set(assignments::due_on.eq(due_on))
        .execute(connection)?;
    Ok(())
}

/// Notes that the assessor was reminded.
///
/// # Errors
/// When the database can't be asked.
pub fn reminded(connection: &mut AnyConnection, id: &Id, day: NaiveDate) -> Result<(), StoreError> {
    diesel::update(assignments::table.find(id))
        .set(assignments::reminded_on.eq(day))
        .execute(connection)?;
    Ok(())
}
