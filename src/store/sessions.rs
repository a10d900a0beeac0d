//! Sessions of people who are signed in. The id is a digest: a copy of the table lets nobody in.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::{AnyConnection, either};
use super::error::StoreError;
use super::schema::{data_keys, sessions, staff};
use crate::domain::id::Id;
use crate::domain::sealed::{Sealed, WrappedKey};

/// A session. Of the three that it may belong to, one is there: the one that its audience says.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = sessions)]
pub struct Session {
    /// A digest of the cookie.
    pub id: String,
    /// What it is called on its owner's page.
    pub handle: Id,
    /// `applicant`, `staff` or `assessor`.
    pub audience: String,
    /// The dossier of the account.
    pub dossier_id: Id,
    /// The applicant's account.
    pub account_id: Option<Id>,
    /// The member of staff.
    pub staff_id: Option<Id>,
    /// The assessor.
    pub assessor_id: Option<Id>,
    /// The kind of browser, sealed.
    pub device: Sealed,
    /// In which way the person proved last who they are.
    pub proof: String,
    /// When that was, UTC.
    pub proved_at: NaiveDateTime,
    /// When the person signed in, UTC.
    pub created_at: NaiveDateTime,
    /// When it was last used, to the minute or so, UTC.
    pub seen_at: NaiveDateTime,
    /// When it ends in any case, UTC.
    pub expires_at: NaiveDateTime,
}

/// Inserts one.
///
/// # Errors
/// When the database can't be asked.
pub fn insert(connection: &mut AnyConnection, new: &Session) -> Result<(), StoreError> {
    diesel::insert_into(sessions::table).values(new.clone()).execute(connection)?;
    Ok(())
}

/// One by the digest of its cookie.
///
/// # Errors
/// When the database can't be asked.
pub fn find(connection: &mut AnyConnection, id: &str) -> Result<Option<Session>, StoreError> {
    Ok(either!(connection, inner => sessions::table.find(id).get_result(inner)).optional()?)
}

/// Who of staff is signed in.
#[derive(Clone, Debug, Queryable)]
pub struct StaffSession {
    /// The session.
    pub session: Session,
    /// The member's id.
    pub staff_id: Id,
    /// The member's name, sealed.
    pub name: Sealed,
    /// The member's roles.
    pub roles: String,
    /// Where the account stands.
    pub state: String,
    cohort_key: String,
    wrapped: Sealed,
}

impl StaffSession {
    /// The data key of the member's dossier.
    #[must_use]
    pub fn key(&self) -> WrappedKey {
        WrappedKey { cohort_key: self.cohort_key.clone(), bytes: self.wrapped.clone() }
    }
}

/// A session of staff by the digest of its cookie, with the member.
///
/// # Errors
/// When the database can't be asked.
pub fn find_staff(
    connection: &mut AnyConnection,
    id: &str,
) -> Result<Option<StaffSession>, StoreError> {
    let query = sessions::table
        .inner_join(staff::table.on(sessions::staff_id.eq(staff::id.nullable())))
        .inner_join(data_keys::table.on(data_keys::dossier_id.eq(staff::dossier_id)))
        .filter(sessions::id.eq(id))
        .select((
            sessions::all_columns,
            staff::id,
            staff::name,
            staff::roles,
            staff::state,
            data_keys::cohort_key,
            data_keys::wrapped,
        ));
    Ok(either!(connection, inner => query.get_result(inner)).optional()?)
}

/// The sessions of an account that have not ended, the newest first. `dossier` is the account's.
///
/// # Errors
/// When the database can't be asked.
pub fn of_dossier(
    connection: &mut AnyConnection,
    dossier: &Id,
    now: NaiveDateTime,
) -> Result<Vec<Session>, StoreError> {
    Ok(sessions::table
        .filter(sessions::dossier_id.eq(dossier.as_str().to_owned()))
        .filter(sessions::expires_at.gt(now))
        .order((sessions::created_at.desc(), sessions::id.asc()))
        .load(connection)?)
}

/// Notes that a session is in use.
///
/// # Errors
/// When the database can't be asked.
pub fn touch(
    connection: &mut AnyConnection,
    id: &str,
    now: NaiveDateTime,
) -> Result<(), StoreError> {
    diesel::update(sessions::table.find(id)).set(sessions::seen_at.eq(now)).execute(connection)?;
    Ok(())
}

/// Puts a new session in the place of an old one whose person proved anew who they are.
///
/// # Errors
/// [`StoreError::Conflict`] when the old one has ended meanwhile.
pub fn replace(connection: &mut AnyConnection, old: &str, new: &Session) -> Result<(), StoreError> {
    if diesel::delete(sessions::table.find(old)).execute(connection)? != 1 {
        return Err(StoreError::Conflict);
    }
    insert(connection, new)
}

/// Ends a session.
///
/// # Errors
/// When the database can't be asked.
pub fn end(connection: &mut AnyConnection, id: &str) -> Result<(), StoreError> {
    diesel::delete(sessions::table.find(id)).execute(connection)?;
    Ok(())
}

/// Ends one session of an account by what it is called on its owner's page. Answers whether there was one.
///
/// # Errors
/// When the database can't be asked.
pub fn end_one(
    connection: &mut AnyConnection,
    dossier: &Id,
    handle: &Id,
) -> Result<bool, StoreError> {
    let of = sessions::dossier_id.eq(dossier.as_str().to_owned());
    let one = sessions::table.filter(of).filter(sessions::handle.eq(handle.as_str().to_owned()));
    Ok(diesel::delete(one).execute(connection)? == 1)
}

/// Ends every session of an account, but for one where one is named. Answers how many there were.
///
/// # Errors
/// When the database can't be asked.
pub fn end_all(
    connection: &mut AnyConnection,
    dossier: &Id,
    but: Option<&str>,
) -> Result<usize, StoreError> {
    let of = sessions::dossier_id.eq(dossier.as_str().to_owned());
    // No digest is empty.
    let but = sessions::id.ne(but.unwrap_or_default().to_owned());
    Ok(diesel::delete(sessions::table.filter(of).filter(but)).execute(connection)?)
}

/// Forgets sessions that have ended by themselves, a few at a time.
///
/// # Errors
/// When the database can't be asked.
pub fn forget_expired(
    connection: &mut AnyConnection,
    now: NaiveDateTime,
) -> Result<usize, StoreError> {
    let over: Vec<String> = sessions::table
        .filter(sessions::expires_at.le(now))
        .select(sessions::id)
        .limit(200)
        .load(connection)?;
    Ok(diesel::delete(sessions::table.filter(sessions::id.eq_any(over))).execute(connection)?)
}
