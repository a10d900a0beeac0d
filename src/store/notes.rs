//! What staff write to each other about an application.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::schema::notes;
use crate::domain::id::Id;
use crate::domain::sealed::Sealed;

/// A note.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = notes)]
pub struct Note {
    /// Its id.
    pub id: Id,
    /// The application's dossier.
    pub dossier_id: Id,
    /// The application.
    pub application_id: Id,
    /// Who wrote it.
    pub staff_id: Id,
    /// The text, sealed.
    pub body: Sealed,
    /// When, UTC.
    pub written_at: NaiveDateTime,
}

/// Inserts a note.
///
/// # Errors
/// When the database can't be asked.
pub fn insert(connection: &mut AnyConnection, new: &Note) -> Result<(), StoreError> {
    diesel::insert_into(notes::table).values(new.clone()).execute(connection)?;
    Ok(())
}

/// The notes about an application, the oldest first.
///
/// # Errors
/// When the database can't be asked.
pub fn of_application(
    connection: &mut AnyConnection,
    application: &Id,
) -> Result<Vec<Note>, StoreError> {
    Ok(notes::table
        .filter(notes::application_id.eq(application))
        .order((notes::written_at, notes::id))
        .load(connection)?)
}
