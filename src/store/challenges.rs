//! What is under way between a question and its answer. Each has a dossier of its own, with which it goes.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::schema::challenges;
use crate::domain::id::Id;
use crate::domain::sealed::Sealed;

/// Something under way.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = challenges)]
pub struct Challenge {
    /// Its id.
    pub id: Id,
    /// Its dossier, which is erased when it is answered.
    pub dossier_id: Id,
    /// `staff` or `assessor`.
    pub audience: String,
    /// What it is for.
    pub purpose: String,
    /// A fingerprint of the cookie of the browser in which it began.
    pub browser: String,
    /// What has to be remembered, sealed.
    pub state: Sealed,
    /// How many wrong answers there were.
    pub attempts: i64,
    /// When it began, UTC.
    pub created_at: NaiveDateTime,
    /// When it is of no use any more, UTC.
    pub expires_at: NaiveDateTime,
}

/// Inserts one. Its dossier is there already.
///
/// # Errors
/// When the database can't be asked.
pub fn insert(connection: &mut AnyConnection, new: &Challenge) -> Result<(), StoreError> {
    diesel::insert_into(challenges::table).values(new.clone()).execute(connection)?;
    Ok(())
}

/// The newest that a browser began for a purpose.
///
/// # Errors
/// When the database can't be asked.
pub fn find(
    connection: &mut AnyConnection,
    browser: &str,
    purpose: &str,
) -> Result<Option<Challenge>, StoreError> {
    Ok(challenges::table
        .filter(challenges::browser.eq(browser.to_owned()))
        .filter(challenges::purpose.eq(purpose.to_owned()))
        .order(challenges::created_at.desc())
        .first(connection)
        .optional()?)
}

/// Counts an answer, and says how many there were with it.
///
/// # Errors
/// [`StoreError::NotFound`] when it is gone.
pub fn count_attempt(connection: &mut AnyConnection, id: &Id) -> Result<i64, StoreError> {
    diesel::update(challenges::table.find(id))
        .set(challenges::attempts.eq(challenges::attempts + 1))
        .execute(connection)?;
    Ok(challenges::table.find(id).select(challenges::attempts).get_result(connection)?)
}
