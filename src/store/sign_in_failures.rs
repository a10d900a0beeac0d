//! How often signing in failed lately. What it failed for is a keyed digest.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::schema::sign_in_failures;

/// The failures of one account or network.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = sign_in_failures)]
pub struct Failures {
    /// A keyed digest of the account that was typed, or of the network that tried.
    pub subject: String,
    /// The word of the audience whose door it was.
    pub audience: String,
    /// How many there were, each not more than a day after the one before.
    pub failures: i64,
    /// When the last was, UTC.
    pub last_at: NaiveDateTime,
}

/// The failures of one account or network, if there were any.
///
/// # Errors
/// When the database can't be asked.
pub fn find(connection: &mut AnyConnection, subject: &str) -> Result<Option<Failures>, StoreError> {
    Ok(sign_in_failures::table.find(subject).get_result(connection).optional()?)
}

/// Writes how many there are now. Whoever counts holds a lock on the subject.
///
/// # Errors
/// When the database can't be asked.
pub fn put(connection: &mut AnyConnection, new: &Failures) -> Result<(), StoreError> {
    let changed = diesel::update(sign_in_failures::table.find(&new.subject))
        .set((
            sign_in_failures::failures.eq(new.failures),
            sign_in_failures::last_at.eq(new.last_at),
        ))
        .execute(connection)?;
    if changed == 0 {
        diesel::insert_into(sign_in_failures::table).values(new.clone()).execute(connection)?;
    }
    Ok(())
}

/// Takes one failure back that was counted beforehand.
///
/// # Errors
/// When the database can't be asked.
pub fn take_back(connection: &mut AnyConnection, subject: &str) -> Result<(), StoreError> {
    let counted = sign_in_failures::table.find(subject).filter(sign_in_failures::failures.gt(0));
    diesel::update(counted)
        .set(sign_in_failures::failures.eq(sign_in_failures::failures - 1))
        .execute(connection)?;
    Ok(())
}

/// Forgets those of one account or network.
///
/// # Errors
/// When the database can't be asked.
pub fn forget(connection: &mut AnyConnection, subject: &str) -> Result<(), StoreError> {
    diesel::delete(sign_in_failures::table.find(subject)).execute(connection)?;
    Ok(())
}

/// Forgets all whose last was before a moment.
///
/// # Errors
/// When the database can't be asked.
pub fn forget_before(
    connection: &mut AnyConnection,
    before: NaiveDateTime,
) -> Result<usize, StoreError> {
    let over = sign_in_failures::table.filter(sign_in_failures::last_at.lt(before));
    Ok(diesel::delete(over).execute(connection)?)
}
