//! What an applicant learns of the packet that staff released of their application.

use chrono::NaiveDate;

use crate::domain::id::Id;
use crate::store::{AnyConnection, StoreError, packet_files, packets, preparations};

/// What was released to assessors of an application of one's own.
#[derive(Clone, Debug)]
pub struct OwnPacket {
    /// The day of the last release.
    pub on: NaiveDate,
    /// Whether assessors can read it.
    pub is_open: bool,
    /// The questions whose file is in it, as a copy from which staff took out what is personal.
    pub files: Vec<String>,
}

impl OwnPacket {
    /// That of an application, if it was released.
    pub(crate) fn read(
        connection: &mut AnyConnection,
        application: &Id,
    ) -> Result<Option<Self>, StoreError> {
        let Some(packet) = preparations::packet_of(connection, application)? else {
            return Ok(None);
        };
        let files = packet_files::of_packet(connection, &packet.id)?;
        Ok(Some(Self {
            on: packet.released_on,
            is_open: packet.state == packets::RELEASED,
            files: files.into_iter().map(|file| file.label).collect(),
        }))
    }
}
