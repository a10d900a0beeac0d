//! The files that applicants attach. What is shown of them everywhere is read without their content.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::{AnyConnection, either};
use super::error::StoreError;
use super::schema::files;
use crate::domain::id::Id;
use crate::domain::sealed::Sealed;

/// An attached file without its content.
#[derive(Clone, Debug, Queryable)]
pub struct Attached {
    /// Its id. A file that takes the place of another has one of its own.
    pub id: Id,
    /// The application's dossier.
    pub dossier_id: Id,
    /// The question's key.
    pub question: String,
    /// The word of its kind.
    pub kind: String,
    /// Its name and its size, sealed.
    pub about: Sealed,
}

/// An attached file.
#[derive(Clone, Debug, Queryable)]
pub struct File {
    /// Its id.
    pub id: Id,
    /// The application's dossier.
    pub dossier_id: Id,
    /// The application.
    pub application_id: Id,
    /// The question's key.
    pub question: String,
    /// The word of its kind.
    pub kind: String,
    /// Its name and its size, sealed.
    pub about: Sealed,
    /// Sealed.
    pub content: Sealed,
    /// When it was attached, UTC.
    pub attached_at: NaiveDateTime,
}

/// Puts a file in the place of the one before. A value is sealed for its row, so the row is new, too.
///
/// # Errors
/// When the database can't be asked.
pub fn attach(connection: &mut AnyConnection, new: &File) -> Result<(), StoreError> {
    remove(connection, &new.application_id, &new.question)?;
    // By reference: a content of several megabytes is not copied once more.
    diesel::insert_into(files::table)
        .values((
            files::id.eq(&new.id),
            files::dossier_id.eq(&new.dossier_id),
            files::application_id.eq(&new.application_id),
            files::question.eq(&new.question),
            files::kind.eq(&new.kind),
            files::about.eq(&new.about),
            files::content.eq(&new.content),
            files::attached_at.eq(new.attached_at),
        ))
        .execute(connection)?;
    Ok(())
}

/// Removes the file of a question, if there is one.
///
/// # Errors
/// When the database can't be asked.
pub fn remove(
    connection: &mut AnyConnection,
    application: &Id,
    question: &str,
) -> Result<(), StoreError> {
    diesel::delete(
        files::table
            .filter(files::application_id.eq(application))
            .filter(files::question.eq(question)),
    )
    .execute(connection)?;
    Ok(())
}

/// The files of an application, without their content.
///
/// # Errors
/// When the database can't be asked.
pub fn list(connection: &mut AnyConnection, application: &Id) -> Result<Vec<Attached>, StoreError> {
    let query = files::table
        .filter(files::application_id.eq(application))
        .order(files::question)
        .select((files::id, files::dossier_id, files::question, files::kind, files::about));
    Ok(either!(connection, inner => query.load(inner)?))
}

/// The file of a question, with its content.
///
/// # Errors
/// When the database can't be asked.
pub fn find(
    connection: &mut AnyConnection,
    application: &Id,
    question: &str,
) -> Result<Option<File>, StoreError> {
    Ok(files::table
        .filter(files::application_id.eq(application))
        .filter(files::question.eq(question))
        .get_result(connection)
        .optional()?)
}
