//! Links and codes that were sent. Neither is stored: both are computed from the id under a key.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::schema::sign_ins;
use crate::domain::id::Id;
use crate::domain::sealed::Sealed;

/// A link and a code that were sent.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = sign_ins)]
pub struct SignIn {
    /// Its id.
    pub id: Id,
    /// The dossier that it belongs to.
    pub dossier_id: Id,
    /// What it is for, such as `apply`, `applicant`, `staff`, `invitation`, `first_admin`.
    pub purpose: String,
    /// Whose it is: `applicant`, `staff` or `assessor`.
    pub audience: String,
    /// The applicant's account, when there is one.
    pub account_id: Option<Id>,
    /// The member of staff.
    pub staff_id: Option<Id>,
    /// The assessor.
    pub assessor_id: Option<Id>,
    /// The address to confirm, sealed; only to apply.
    pub email: Option<Sealed>,
    /// The round to apply in.
    pub round_id: Option<Id>,
    /// A digest of the cookie of the browser that asked.
    pub browser: Option<String>,
    /// How many wrong codes were typed.
    pub attempts: i64,
    /// When it was sent, UTC.
    pub created_at: NaiveDateTime,
    /// From when it is of no use, UTC.
    pub expires_at: NaiveDateTime,
    /// When it was used, UTC.
    pub used_at: Option<NaiveDateTime>,
    /// The numeric id that GitHub named, sealed; only to apply.
    pub github_id: Option<Sealed>,
    /// The username that GitHub named, sealed; only to apply.
    pub github_username: Option<Sealed>,
}

/// Inserts one. Its dossier is there already.
///
/// # Errors
/// When the database can't be asked.
pub fn insert(connection: &mut AnyConnection, new: &SignIn) -> Result<(), StoreError> {
    diesel::insert_into(sign_ins::table).values(new.clone()).execute(connection)?;
    Ok(())
}

/// One by its id.
///
/// # Errors
/// When the database can't be asked.
pub fn find(connection: &mut AnyConnection, id: &Id) -> Result<Option<SignIn>, StoreError> {
    Ok(sign_ins::table.find(id).get_result(connection).optional()?)
}

/// The newest that a browser asked for.
///
/// # Errors
/// When the database can't be asked.
pub fn find_by_browser(
    connection: &mut AnyConnection,
    browser: &str,
) -> Result<Option<SignIn>, StoreError> {
    Ok(sign_ins::table
        .filter(sign_ins::browser.eq(browser))
        .order(sign_ins::created_at.desc())
        .first(connection)
        .optional()?)
}

/// The newest for a purpose.
///
/// # Errors
/// When the database can't be asked.
pub fn newest(connection: &mut AnyConnection, purpose: &str) -> Result<Option<SignIn>, StoreError> {
    Ok(sign_ins::table
        .filter(sign_ins::purpose.eq(purpose))
        .order((sign_ins::created_at.desc(), sign_ins::id.desc()))
        .first(connection)
        .optional()?)
}

/// Uses one up, if it is still of use.
///
/// # Errors
/// When the database can't be asked.
pub fn consume(
    connection: &mut AnyConnection,
    id: &Id,
    now: NaiveDateTime,
) -> Result<bool, StoreError> {
    let live = sign_ins::used_at.is_null().and(sign_ins::expires_at.gt(now));
    let changed = diesel::update(sign_ins::table.find(id).filter(live))
        .set(sign_ins::used_at.eq(now))
        .execute(connection)?;
    Ok(changed == 1)
}

/// Ends the invitations that a member of staff has not taken up.
///
/// # Errors
/// When the database can't be asked.
pub fn end_invitations(
    connection: &mut AnyConnection,
    staff: &Id,
    now: NaiveDateTime,
) -> Result<usize, StoreError> {
    Ok(diesel::update(
        sign_ins::table
            .filter(sign_ins::staff_id.eq(staff.as_str().to_owned()))
            .filter(sign_ins::purpose.eq("invitation"))
            .filter(sign_ins::expires_at.gt(now))
            .filter(sign_ins::used_at.is_null()),
    )
    .set(sign_ins::used_at.eq(now))
    .execute(connection)?)
}

/// When the newest invitation of a member of staff ends that is still of use.
///
/// # Errors
/// When the database can't be asked.
pub fn invitation_of(
    connection: &mut AnyConnection,
    staff: &Id,
    now: NaiveDateTime,
) -> Result<Option<NaiveDateTime>, StoreError> {
    Ok(sign_ins::table
        .filter(sign_ins::staff_id.eq(staff.as_str().to_owned()))
        .filter(sign_ins::purpose.eq("invitation"))
        .filter(sign_ins::expires_at.gt(now))
        .filter(sign_ins::used_at.is_null())
        .select(diesel::dsl::max(sign_ins::expires_at))
        .first(connection)?)
}

/// Ends every link and code that a member of staff could still use.
///
/// # Errors
/// When the database can't be asked.
pub fn end_of_staff(
    connection: &mut AnyConnection,
    staff: &Id,
    now: NaiveDateTime,
) -> Result<usize, StoreError> {
    Ok(diesel::update(
        sign_ins::table
            .filter(sign_ins::staff_id.eq(staff.as_str().to_owned()))
            .filter(sign_ins::used_at.is_null()),
    )
    .set(sign_ins::used_at.eq(now))
    .execute(connection)?)
}

/// Ends every link and code that an applicant could still use.
///
/// # Errors
/// When the database can't be asked.
pub fn end_of_account(
    connection: &mut AnyConnection,
    account: &Id,
    now: NaiveDateTime,
) -> Result<usize, StoreError> {
    Ok(diesel::update(
        sign_ins::table
            .filter(sign_ins::account_id.eq(account.as_str().to_owned()))
            .filter(sign_ins::used_at.is_null()),
    )
    .set(sign_ins::used_at.eq(now))
    .execute(connection)?)
}

/// Counts a wrong code. Answers how many there were.
///
/// # Errors
/// When the database can't be asked.
pub fn count_attempt(connection: &mut AnyConnection, id: &Id) -> Result<i64, StoreError> {
    diesel::update(sign_ins::table.find(id))
        .set(sign_ins::attempts.eq(sign_ins::attempts + 1))
        .execute(connection)?;
    Ok(sign_ins::table.find(id).select(sign_ins::attempts).get_result(connection)?)
}

/// Turns what somebody began into the next step of the same, if it is still of use: everything but its id, its dossier
/// and its time of making may be another.
///
/// # Errors
/// When the database can't be asked.
pub fn advance(
    connection: &mut AnyConnection,
    from: &SignIn,
    to: &SignIn,
    now: NaiveDateTime,
) -> Result<bool, StoreError> {
    let live = sign_ins::used_at.is_null().and(sign_ins::expires_at.gt(now));
    let same = sign_ins::purpose.eq(&from.purpose).and(sign_ins::browser.eq(&from.browser));
    let changed = diesel::update(sign_ins::table.find(&from.id).filter(live).filter(same))
        .set((
            sign_ins::purpose.eq(&to.purpose),
            sign_ins::email.eq(&to.email),
            sign_ins::browser.eq(&to.browser),
            sign_ins::expires_at.eq(to.expires_at),
            sign_ins::github_id.eq(&to.github_id),
            sign_ins::github_username.eq(&to.github_username),
        ))
        .execute(connection)?;
    Ok(changed == 1)
}
