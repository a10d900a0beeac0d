//! Packets: what assessors read. Nothing here leads to an application.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::schema::{data_keys, packet_fields, packets};
use crate::domain::id::Id;
use crate::domain::packet::FieldKind;
use crate::domain::sealed::{Sealed, WrappedKey};

/// The state of a packet that assessors can read.
pub const RELEASED: &str = "released";
/// The state of one that nobody outside can read any more.
pub const CLOSED: &str = "closed";

/// A packet.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = packets)]
pub struct Packet {
    /// Its id.
    pub id: Id,
    /// Its dossier, a part of the application's.
    pub dossier_id: Id,
    /// The round.
    pub round_id: Id,
    /// How often it was released, from 1.
    pub version: i64,
    /// `released` or `closed`.
    pub state: String,
    /// The day of the last release.
    pub released_on: NaiveDate,
}

/// A part of a packet.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = packet_fields)]
pub struct Field {
    /// Its id.
    pub id: Id,
    /// The packet's dossier.
    pub dossier_id: Id,
    /// The packet.
    pub packet_id: Id,
    /// Its place, from 0.
    pub position: i64,
    /// What it is; see [`FieldKind`].
    pub kind: String,
    /// What was asked, as the form has it.
    pub label: String,
    /// The value, sealed.
    pub value: Sealed,
}

/// Inserts a packet. The dossier is there already.
///
/// # Errors
/// When the database can't be asked.
pub fn insert(connection: &mut AnyConnection, new: &Packet) -> Result<(), StoreError> {
    diesel::insert_into(packets::table).values(new.clone()).execute(connection)?;
    Ok(())
}

/// Releases a packet anew, unless somebody did so since it was read.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody did.
pub fn release_again(
    connection: &mut AnyConnection,
    before: &Packet,
    day: NaiveDate,
) -> Result<(), StoreError> {
    let same = packets::table.find(&before.id).filter(packets::version.eq(before.version));
    let changed = diesel::update(same)
        .set((
            packets::version.eq(before.version + 1),
            packets::state.eq(RELEASED),
            packets::released_on.eq(day),
        ))
        .execute(connection)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Closes a packet: nobody outside reads it from now on. Answers whether it was open.
///
/// # Errors
/// When the database can't be asked.
pub fn close(connection: &mut AnyConnection, packet: &Id) -> Result<bool, StoreError> {
    let open = packets::table.find(packet).filter(packets::state.eq(RELEASED));
    Ok(diesel::update(open).set(packets::state.eq(CLOSED)).execute(connection)? == 1)
}

/// A packet by its id.
///
/// # Errors
/// When the database can't be asked.
pub fn find(connection: &mut AnyConnection, id: &Id) -> Result<Option<Packet>, StoreError> {
    Ok(packets::table.find(id).get_result(connection).optional()?)
}

/// Replaces everything that is in a packet.
///
/// # Errors
/// When the database can't be asked.
pub fn replace_fields(
    connection: &mut AnyConnection,
    packet: &Id,
    fields: &[Field],
) -> Result<(), StoreError> {
    let old = packet_fields::table.filter(packet_fields::packet_id.eq(packet));
    diesel::delete(old).execute(connection)?;
    for field in fields {
        diesel::insert_into(packet_fields::table).values(field.clone()).execute(connection)?;
    }
    Ok(())
}

/// What is in a packet, in order.
///
/// # Errors
/// When the database can't be asked.
pub fn fields(connection: &mut AnyConnection, packet: &Id) -> Result<Vec<Field>, StoreError> {
    Ok(packet_fields::table
        .filter(packet_fields::packet_id.eq(packet))
        .order(packet_fields::position)
        .load(connection)?)
}

/// The usernames and the lines of some packets, in order: what a list shows of each.
///
/// # Errors
/// When the database can't be asked.
pub fn heads(connection: &mut AnyConnection, ids: &[Id]) -> Result<Vec<Field>, StoreError> {
    let ids: Vec<&str> = ids.iter().map(Id::as_str).collect();
    let kinds = [FieldKind::GithubUsername.word(), FieldKind::Line.word()];
    Ok(packet_fields::table
        .filter(packet_fields::packet_id.eq_any(ids))
        .filter(packet_fields::kind.eq_any(kinds))
        .order((packet_fields::packet_id, packet_fields::position))
        .load(connection)?)
}

/// The first part of each packet of a round, which is the username, with the key of its dossier.
///
/// # Errors
/// When the database can't be asked.
pub fn usernames(
    connection: &mut AnyConnection,
    round: &Id,
) -> Result<Vec<(Field, WrappedKey)>, StoreError> {
    let rows: Vec<(Field, String, Sealed)> = packet_fields::table
        .inner_join(packets::table)
        .inner_join(data_keys::table.on(data_keys::dossier_id.eq(packet_fields::dossier_id)))
        .filter(packets::round_id.eq(round))
        .filter(packet_fields::kind.eq(FieldKind::GithubUsername.word()))
        .select((packet_fields::all_columns, data_keys::cohort_key, data_keys::wrapped))
        .load(connection)?;
    Ok(rows
        .into_iter()
        .map(|(field, cohort_key, bytes)| (field, WrappedKey { cohort_key, bytes }))
        .collect())
}

/// The usernames of some packets, each with the key of its dossier.
///
/// # Errors
/// When the database can't be asked.
pub fn usernames_of(
    connection: &mut AnyConnection,
    of: &[Id],
) -> Result<Vec<(Field, WrappedKey)>, StoreError> {
    let ids: Vec<&str> = of.iter().map(Id::as_str).collect();
    let rows: Vec<(Field, String, Sealed)> = packet_fields::table
        .inner_join(data_keys::table.on(data_keys::dossier_id.eq(packet_fields::dossier_id)))
        .filter(packet_fields::packet_id.eq_any(ids))
        .filter(packet_fields::kind.eq(FieldKind::GithubUsername.word()))
        .select((packet_fields::all_columns, data_keys::cohort_key, data_keys::wrapped))
        .load(connection)?;
    Ok(rows
        .into_iter()
        .map(|(field, cohort_key, bytes)| (field, WrappedKey { cohort_key, bytes }))
        .collect())
}
