//! The files in a packet: redacted copies that staff made, as assessors can fetch them. Nothing here leads to an
//! application.

use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::schema::packet_files;
use crate::domain::id::Id;
use crate::domain::sealed::Sealed;

/// A file in a packet.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = packet_files)]
pub struct NewPacketFile {
    /// Its id.
    pub id: Id,
    /// The packet's dossier.
    pub dossier_id: Id,
    /// The packet.
    pub packet_id: Id,
    /// Its place, from 0.
    pub position: i64,
    /// What kind of file it is; see [`crate::domain::file::FileKind`].
    pub kind: String,
    /// What was asked, as the form has it.
    pub label: String,
    /// What assessors know it by, and its size; see [`crate::domain::file::About`]. Sealed.
    pub about: Sealed,
    /// The file, sealed.
    pub content: Sealed,
}

/// The same without the file itself.
#[derive(Clone, Debug, Queryable)]
pub struct PacketFile {
    /// Its id.
    pub id: Id,
    /// The packet's dossier.
    pub dossier_id: Id,
    /// Its place, from 0.
    pub position: i64,
    /// What kind of file it is.
    pub kind: String,
    /// What was asked, as the form has it.
    pub label: String,
    /// What assessors know it by, and its size, sealed.
    pub about: Sealed,
}

/// The columns of a [`PacketFile`].
type WithoutContent = (
    packet_files::id,
    packet_files::dossier_id,
    packet_files::position,
    packet_files::kind,
    packet_files::label,
    packet_files::about,
);

const WITHOUT_CONTENT: WithoutContent = (
    packet_files::id,
    packet_files::dossier_id,
    packet_files::position,
    packet_files::kind,
    packet_files::label,
    packet_files::about,
);

/// Replaces all files of a packet.
///
/// # Errors
/// When the database can't be asked.
pub fn replace(
    connection: &mut AnyConnection,
    packet: &Id,
    files: &[NewPacketFile],
) -> Result<(), StoreError> {
    let old = packet_files::table.filter(packet_files::packet_id.eq(packet));
    diesel::delete(old).execute(connection)?;
    for file in files {
        diesel::insert_into(packet_files::table).values(file.clone()).execute(connection)?;
    }
    Ok(())
}

/// The files of a packet in order, without the files themselves.
///
/// # Errors
/// When the database can't be asked.
pub fn of_packet(
    connection: &mut AnyConnection,
    packet: &Id,
) -> Result<Vec<PacketFile>, StoreError> {
    Ok(packet_files::table
        .filter(packet_files::packet_id.eq(packet))
        .order(packet_files::position)
        .select(WITHOUT_CONTENT)
        .load(connection)?)
}

/// The file at a place of a packet, with its content, sealed.
///
/// # Errors
/// When the database can't be asked.
pub fn at(
    connection: &mut AnyConnection,
    packet: &Id,
    position: i64,
) -> Result<Option<(PacketFile, Sealed)>, StoreError> {
    Ok(packet_files::table
        .filter(packet_files::packet_id.eq(packet))
        .filter(packet_files::position.eq(position))
        .select((WITHOUT_CONTENT, packet_files::content))
        .get_result(connection)
        .optional()?)
}
