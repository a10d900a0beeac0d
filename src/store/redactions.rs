//! Redacted versions of attached files, as staff made them for a packet. They lie with the application.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::schema::redactions;
use crate::domain::id::Id;
use crate::domain::sealed::Sealed;

/// A redacted version of a file.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = redactions)]
pub struct NewRedaction {
    /// Its id.
    pub id: Id,
    /// The application's dossier.
    pub dossier_id: Id,
    /// The application.
    pub application_id: Id,
    /// The key of the question that the file answers.
    pub question: String,
    /// What kind of file it is; see [`crate::domain::file::FileKind`].
    pub kind: String,
    /// What is kept beside it; see [`crate::domain::redaction::Redaction`]. Sealed.
    pub about: Sealed,
    /// The file, sealed.
    pub content: Sealed,
    /// The applicant's file from which it was made.
    pub made_from: Option<Id>,
    /// Who of staff uploaded it.
    pub uploaded_by: Id,
    /// When, UTC.
    pub uploaded_at: NaiveDateTime,
}

/// The same without the file itself.
#[derive(Clone, Debug, Queryable)]
pub struct RedactionRow {
    /// Its id.
    pub id: Id,
    /// The application's dossier.
    pub dossier_id: Id,
    /// The key of the question that the file answers.
    pub question: String,
    /// What kind of file it is.
    pub kind: String,
    /// What is kept beside it, sealed.
    pub about: Sealed,
    /// The applicant's file from which it was made.
    pub made_from: Option<Id>,
    /// When it was uploaded, UTC.
    pub uploaded_at: NaiveDateTime,
}

/// The redacted versions that there are of an application's files, without the files themselves.
///
/// # Errors
/// When the database can't be asked.
pub fn of_application(
    connection: &mut AnyConnection,
    application: &Id,
) -> Result<Vec<RedactionRow>, StoreError> {
    Ok(redactions::table
        .filter(redactions::application_id.eq(application))
        .order(redactions::question)
        .select((
            redactions::id,
            redactions::dossier_id,
            redactions::question,
            redactions::kind,
            redactions::about,
            redactions::made_from,
            redactions::uploaded_at,
        ))
        .load(connection)?)
}

/// One of these files, sealed.
///
/// # Errors
/// When the database can't be asked.
pub fn content(connection: &mut AnyConnection, id: &Id) -> Result<Option<Sealed>, StoreError> {
    Ok(redactions::table.find(id).select(redactions::content).get_result(connection).optional()?)
}

/// Puts a redacted version in the place of the one before, if there was one.
///
/// # Errors
/// When the database can't be asked.
pub fn replace(connection: &mut AnyConnection, new: &NewRedaction) -> Result<(), StoreError> {
    remove(connection, &new.application_id, &new.question)?;
    diesel::insert_into(redactions::table).values(new.clone()).execute(connection)?;
    Ok(())
}

/// Writes anew what is kept beside a redacted version.
///
/// # Errors
/// [`StoreError::Conflict`] when it is not there any more.
pub fn set_about(
    connection: &mut AnyConnection,
    id: &Id,
    about: &Sealed,
) -> Result<(), StoreError> {
    let changed = diesel::update(redactions::table.find(id))
        .set(redactions::about.eq(about.clone()))
        .execute(connection)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Removes the redacted version of a file, if there is one.
///
/// # Errors
/// When the database can't be asked.
pub fn remove(
    connection: &mut AnyConnection,
    application: &Id,
    question: &str,
) -> Result<(), StoreError> {
    let own = redactions::table
        .filter(redactions::application_id.eq(application))
        .filter(redactions::question.eq(question));
    diesel::delete(own).execute(connection)?;
    Ok(())
}
