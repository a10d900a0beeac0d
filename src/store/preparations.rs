//! Staff's work on packets: what leads from an application to its packet.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::packets;
use super::schema::{applications, packets as packet, preparations};
use crate::domain::application::Status;
use crate::domain::id::Id;
use crate::domain::sealed::Sealed;

/// Staff's work on a packet.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = preparations)]
pub struct Preparation {
    /// Its id.
    pub id: Id,
    /// The application's dossier.
    pub dossier_id: Id,
    /// The application.
    pub application_id: Id,
    /// The round.
    pub round_id: Id,
    /// The packet, once it was released.
    pub packet_id: Option<Id>,
    /// What staff decided; see [`crate::domain::packet::Work`]. Sealed.
    pub work: Sealed,
    /// How many strikes stand.
    pub found: i64,
    /// When it was last changed, UTC.
    pub changed_at: NaiveDateTime,
    /// When the application was last changed, as far as this work knows, UTC.
    pub made_from: NaiveDateTime,
    /// The same as far as the released packet knows.
    pub released_from: Option<NaiveDateTime>,
}

/// The work on an application's packet, if there is any.
///
/// # Errors
/// When the database can't be asked.
pub fn find(
    connection: &mut AnyConnection,
    application: &Id,
) -> Result<Option<Preparation>, StoreError> {
    Ok(preparations::table
        .filter(preparations::application_id.eq(application))
        .get_result(connection)
        .optional()?)
}

/// The packet of an application, if it was released.
///
/// # Errors
/// When the database can't be asked.
pub fn packet_of(
    connection: &mut AnyConnection,
    application: &Id,
) -> Result<Option<packets::Packet>, StoreError> {
    Ok(preparations::table
        .inner_join(packet::table)
        .filter(preparations::application_id.eq(application))
        .select(packet::all_columns)
        .get_result(connection)
        .optional()?)
}

/// The work on a packet.
///
/// # Errors
/// When the database can't be asked.
pub fn of_packet(
    connection: &mut AnyConnection,
    packet: &Id,
) -> Result<Option<Preparation>, StoreError> {
    Ok(preparations::table
        .filter(preparations::packet_id.eq(packet.as_str().to_owned()))
        .get_result(connection)
        .optional()?)
}

/// Inserts work that was not begun before.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody began it at the same moment.
pub fn insert(connection: &mut AnyConnection, new: &Preparation) -> Result<(), StoreError> {
    if find(connection, &new.application_id)?.is_some() {
        return Err(StoreError::Conflict);
    }
    diesel::insert_into(preparations::table).values(new.clone()).execute(connection)?;
    Ok(())
}

/// Replaces work, unless somebody changed it since it was read.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody did.
pub fn save(
    connection: &mut AnyConnection,
    before: &Preparation,
    now: &Preparation,
) -> Result<(), StoreError> {
    let same =
        preparations::table.find(&before.id).filter(preparations::changed_at.eq(before.changed_at));
    let changed = diesel::update(same)
        .set((
            preparations::packet_id.eq(now.packet_id.as_ref().map(|id| id.as_str().to_owned())),
            preparations::work.eq(now.work.clone()),
            preparations::found.eq(now.found),
            preparations::changed_at.eq(now.changed_at),
            preparations::made_from.eq(now.made_from),
            preparations::released_from.eq(now.released_from),
        ))
        .execute(connection)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Closes the packet of an application, if it has one. Answers its id if it was open.
///
/// # Errors
/// When the database can't be asked.
pub fn close(connection: &mut AnyConnection, application: &Id) -> Result<Option<Id>, StoreError> {
    let packet: Option<Option<Id>> = preparations::table
        .filter(preparations::application_id.eq(application))
        .select(preparations::packet_id)
        .get_result(connection)
        .optional()?;
    let Some(id) = packet.flatten() else { return Ok(None) };
    Ok(packets::close(connection, &id)?.then_some(id))
}

/// An application of a round, as far as its packet is concerned.
#[derive(Clone, Debug, Queryable)]
pub struct RoundRow {
    /// The application.
    pub application: Id,
    /// Its reference.
    pub reference: String,
    /// Where it stands.
    pub status: String,
    /// When the applicant last changed it, UTC.
    pub changed_at: NaiveDateTime,
    /// How many strikes stand, where work was begun.
    pub found: Option<i64>,
    /// When the application was last changed, as far as this work knows, UTC.
    pub made_from: Option<NaiveDateTime>,
    /// The same as far as the released packet knows.
    pub released_from: Option<NaiveDateTime>,
    /// The packet, if there is one.
    pub packet_id: Option<Id>,
    /// Where the packet stands, if there is one.
    pub packet_state: Option<String>,
    /// The day of its last release.
    pub released_on: Option<NaiveDate>,
}

/// The applications of a round that have reached staff, by reference.
///
/// # Errors
/// When the database can't be asked.
pub fn of_round(connection: &mut AnyConnection, round: &Id) -> Result<Vec<RoundRow>, StoreError> {
    Ok(applications::table
        .left_join(preparations::table.on(preparations::application_id.eq(applications::id)))
        .left_join(packet::table.on(preparations::packet_id.eq(packet::id.nullable())))
        .filter(applications::round_id.eq(round))
        .filter(applications::status.ne(Status::Draft.word()))
        .order(applications::reference)
        .select((
            applications::id,
            applications::reference,
            applications::status,
            applications::changed_at,
            preparations::found.nullable(),
            preparations::made_from.nullable(),
            preparations::released_from.nullable(),
            preparations::packet_id.nullable(),
            packet::state.nullable(),
            packet::released_on.nullable(),
        ))
        .load(connection)?)
}
