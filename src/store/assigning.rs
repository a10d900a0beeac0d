//! What staff need to share packets out: each with the application that it was made from, and how many there are.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::count_star;
use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::packets::RELEASED;
use super::schema::{answers, applications, assignments, data_keys, packets, preparations};
use crate::domain::assignment::State;
use crate::domain::id::Id;
use crate::domain::sealed::{Sealed, WrappedKey};

/// A packet that assessors can read, with what leads back to its application.
#[derive(Clone, Debug)]
pub struct PacketRow {
    /// The packet.
    pub id: Id,
    /// Its dossier.
    pub dossier: Id,
    /// How often it was released.
    pub version: i64,
    /// The application.
    pub application: Id,
    /// The application's dossier.
    pub application_dossier: Id,
    /// The account that applied, while there is one.
    pub account: Option<Id>,
    /// The application's reference.
    pub reference: String,
    /// When the applicant last changed the application, UTC.
    pub changed_at: NaiveDateTime,
    /// The same as far as the packet knows.
    pub released_from: Option<NaiveDateTime>,
    /// The work that staff did on the packet.
    pub preparation: Id,
    /// What they decided, sealed.
    pub work: Sealed,
    /// The key of the application's dossier.
    pub key: WrappedKey,
    /// Whether nobody outside can read it any more.
    pub is_closed: bool,
}

impl PacketRow {
    /// Whether the application was changed since the packet was made.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.released_from.is_some_and(|made_from| self.changed_at > made_from)
    }
}

/// What is read of a packet: itself, its application, the work on it, and the key.
type Read = (
    (Id, Id, i64, String),
    (Id, Id, Option<Id>, String, NaiveDateTime),
    (Option<NaiveDateTime>, Id, Sealed),
    (String, Sealed),
);

/// The packets of a round that assessors can read, by the reference of their applications.
///
/// # Errors
/// When the database can't be asked.
pub fn packets_of(
    connection: &mut AnyConnection,
    round: &Id,
) -> Result<Vec<PacketRow>, StoreError> {
    let mut rows = all_packets_of(connection, round)?;
    rows.retain(|row| !row.is_closed);
    Ok(rows)
}

/// Every packet of a round, also those that were closed.
///
/// # Errors
/// When the database can't be asked.
pub fn all_packets_of(
    connection: &mut AnyConnection,
    round: &Id,
) -> Result<Vec<PacketRow>, StoreError> {
    let rows: Vec<Read> = preparations::table
        .inner_join(packets::table)
        .inner_join(applications::table.on(applications::id.eq(preparations::application_id)))
        .inner_join(data_keys::table.on(data_keys::dossier_id.eq(preparations::dossier_id)))
        .filter(preparations::round_id.eq(round))
        .order(applications::reference)
        .select((
            (packets::id, packets::dossier_id, packets::version, packets::state),
            (
                applications::id,
                applications::dossier_id,
                applications::account_id,
                applications::reference,
                applications::changed_at,
            ),
            (preparations::released_from, preparations::id, preparations::work),
            (data_keys::cohort_key, data_keys::wrapped),
        ))
        .load(connection)?;
    let row = |(packet, application, work, key): Read| PacketRow {
        id: packet.0,
        dossier: packet.1,
        version: packet.2,
        application: application.0,
        application_dossier: application.1,
        account: application.2,
        reference: application.3,
        changed_at: application.4,
        released_from: work.0,
        preparation: work.1,
        work: work.2,
        key: WrappedKey { cohort_key: key.0, bytes: key.1 },
        is_closed: packet.3 != RELEASED,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// An answer by which packets are told apart.
#[derive(Clone, Debug, Queryable)]
pub struct Choice {
    /// Its id.
    pub id: Id,
    /// The application.
    pub application: Id,
    /// Sealed.
    pub value: Sealed,
}

/// The answers of applications to some questions.
///
/// # Errors
/// When the database can't be asked.
pub fn choices(
    connection: &mut AnyConnection,
    applications: &[Id],
    questions: &[String],
) -> Result<Vec<Choice>, StoreError> {
    let ids: Vec<&str> = applications.iter().map(Id::as_str).collect();
    Ok(answers::table
        .filter(answers::application_id.eq_any(ids))
        .filter(answers::question.eq_any(questions))
        .order((answers::application_id, answers::question))
        .select((answers::id, answers::application_id, answers::value))
        .load(connection)?)
}

/// How many packets of each round assessors can read.
///
/// # Errors
/// When the database can't be asked.
pub fn packets_in_rounds(connection: &mut AnyConnection) -> Result<BTreeMap<Id, i64>, StoreError> {
    let rows: Vec<(Id, i64)> = packets::table
        .filter(packets::state.eq(RELEASED))
        .group_by(packets::round_id)
        .select((packets::round_id, count_star()))
        .load(connection)?;
    Ok(rows.into_iter().collect())
}

/// How many assignments of each round stand where, of packets that assessors can read.
///
/// # Errors
/// When the database can't be asked.
pub fn assignments_in_rounds(
    connection: &mut AnyConnection,
) -> Result<Vec<(Id, State, i64)>, StoreError> {
    let rows: Vec<(Id, String, i64)> = assignments::table
        .inner_join(packets::table)
        .filter(packets::state.eq(RELEASED))
        .group_by((assignments::round_id, assignments::state))
        .select((assignments::round_id, assignments::state, count_star()))
        .load(connection)?;
    // The table's CHECK allows no other words.
    let known = |(round, word, n): (Id, String, i64)| Some((round, word.parse().ok()?, n));
    Ok(rows.into_iter().filter_map(known).collect())
}

/// How many packets of other rounds wait for each assessor.
///
/// # Errors
/// When the database can't be asked.
pub fn waiting_elsewhere(
    connection: &mut AnyConnection,
    round: &Id,
) -> Result<BTreeMap<Id, i64>, StoreError> {
    let waits = [State::Offered.word(), State::Accepted.word()];
    let rows: Vec<(Option<Id>, i64)> = assignments::table
        .inner_join(packets::table)
        .filter(packets::state.eq(RELEASED))
        .filter(assignments::state.eq_any(waits))
        .filter(assignments::round_id.ne(round))
        .group_by(assignments::assessor_id)
        .select((assignments::assessor_id, count_star()))
        .load(connection)?;
    Ok(rows.into_iter().filter_map(|(assessor, n)| Some((assessor?, n))).collect())
}

/// The live assignments of applications.
///
/// # Errors
/// When the database can't be asked.
pub fn live_of_applications(
    connection: &mut AnyConnection,
    applications: &[Id],
) -> Result<Vec<super::assignments::Assignment>, StoreError> {
    let ids: Vec<&str> = applications.iter().map(Id::as_str).collect();
    let packets: Vec<Option<Id>> = preparations::table
        .filter(preparations::application_id.eq_any(ids))
        .filter(preparations::packet_id.is_not_null())
        .select(preparations::packet_id)
        .load(connection)?;
    if packets.is_empty() {
        return Ok(Vec::new());
    }
    let packets: Vec<&str> = packets.iter().flatten().map(Id::as_str).collect();
    Ok(assignments::table
        .filter(assignments::packet_id.eq_any(packets))
        .filter(assignments::state.eq_any(State::LIVE.map(State::word)))
        .order(assignments::id)
        .load(connection)?)
}

/// An application with every other one of the same account.
///
/// # Errors
/// When the database can't be asked.
pub fn of_same_account(
    connection: &mut AnyConnection,
    application: &Id,
) -> Result<Vec<Id>, StoreError> {
    let account: Option<Option<Id>> = applications::table
        .find(application)
        .select(applications::account_id)
        .get_result(connection)
        .optional()?;
    let Some(account) = account.flatten() else { return Ok(vec![application.clone()]) };
    Ok(applications::table
        .filter(applications::account_id.eq(account.as_str().to_owned()))
        .select(applications::id)
        .load(connection)?)
}

/// Moves the day of those assignments of an assessor in a round that wait for them. Answers how many.
///
/// # Errors
/// When the database can't be asked.
pub fn set_due_of(
    connection: &mut AnyConnection,
    round: &Id,
    assessor: &Id,
    due_on: NaiveDate,
) -> Result<usize, StoreError> {
    let waits = [State::Offered.word(), State::Accepted.word()];
    let those = assignments::table
        .filter(assignments::assessor_id.eq(assessor.as_str().to_owned()))
        .filter(assignments::round_id.eq(round))
        .filter(assignments::state.eq_any(waits));
    Ok(diesel::update(those).set(assignments::due_on.eq(due_on)).execute(connection)?)
}

/// Takes the assignments of an assessor in a round back that stand in one of these states. Answers how many.
///
/// # Errors
/// When the database can't be asked.
pub fn end_all_of(
    connection: &mut AnyConnection,
    round: &Id,
    assessor: &Id,
    states: &[State],
) -> Result<usize, StoreError> {
    let words: Vec<&str> = states.iter().map(|state| state.word()).collect();
    let those = assignments::table
        .filter(assignments::assessor_id.eq(assessor.as_str().to_owned()))
        .filter(assignments::round_id.eq(round))
        .filter(assignments::state.eq_any(words));
    Ok(diesel::update(those).set(assignments::state.eq(State::Ended.word())).execute(connection)?)
}
