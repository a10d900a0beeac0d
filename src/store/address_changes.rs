//! Addresses that were changed, and those that staff helped to change and that wait.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::schema::address_changes;
use crate::domain::id::Id;
use crate::domain::sealed::Sealed;

/// A change of the address of an applicant's account.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = address_changes)]
pub struct AddressChange {
    /// Its id.
    pub id: Id,
    /// The dossier of the account.
    pub dossier_id: Id,
    /// The account.
    pub account_id: Id,
    /// The member of staff who helped; none when the person did it alone.
    pub staff_id: Option<Id>,
    /// The address before, sealed.
    pub old_email: Sealed,
    /// The address after, sealed.
    pub new_email: Sealed,
    /// What staff checked before they helped, sealed.
    pub checked: Option<Sealed>,
    /// When it was asked for, UTC.
    pub created_at: NaiveDateTime,
    /// From when it can be done, UTC.
    pub from_at: NaiveDateTime,
    /// From when it can't be done any more, UTC.
    pub until_at: NaiveDateTime,
    /// When the address before stopped it, UTC.
    pub stopped_at: Option<NaiveDateTime>,
    /// When it was done, UTC.
    pub done_at: Option<NaiveDateTime>,
}

/// Inserts one.
///
/// # Errors
/// When the database can't be asked.
pub fn insert(connection: &mut AnyConnection, new: &AddressChange) -> Result<(), StoreError> {
    diesel::insert_into(address_changes::table).values(new.clone()).execute(connection)?;
    Ok(())
}

/// One by its id.
///
/// # Errors
/// When the database can't be asked.
pub fn find(connection: &mut AnyConnection, id: &Id) -> Result<Option<AddressChange>, StoreError> {
    Ok(address_changes::table.find(id).get_result(connection).optional()?)
}

/// Those of an account, the newest first.
///
/// # Errors
/// When the database can't be asked.
pub fn of_account(
    connection: &mut AnyConnection,
    account: &Id,
) -> Result<Vec<AddressChange>, StoreError> {
    Ok(address_changes::table
        .filter(address_changes::account_id.eq(account))
        .order((address_changes::created_at.desc(), address_changes::id.asc()))
        .load(connection)?)
}

/// Stops those of an account that wait.
///
/// # Errors
/// When the database can't be asked.
pub fn stop_waiting(
    connection: &mut AnyConnection,
    account: &Id,
    now: NaiveDateTime,
) -> Result<usize, StoreError> {
    let waiting = address_changes::stopped_at.is_null().and(address_changes::done_at.is_null());
    Ok(diesel::update(
        address_changes::table.filter(address_changes::account_id.eq(account)).filter(waiting),
    )
    .set(address_changes::stopped_at.eq(now))
    .execute(connection)?)
}

/// Stops one, if it waits still.
///
/// # Errors
/// When the database can't be asked.
pub fn stop(
    connection: &mut AnyConnection,
    id: &Id,
    now: NaiveDateTime,
) -> Result<bool, StoreError> {
    let waiting = address_changes::stopped_at.is_null().and(address_changes::done_at.is_null());
    let changed = diesel::update(address_changes::table.find(id).filter(waiting))
        .set(address_changes::stopped_at.eq(now))
        .execute(connection)?;
    Ok(changed == 1)
}

/// Notes that one is done, if it can be at this moment.
///
/// # Errors
/// When the database can't be asked.
pub fn finish(
    connection: &mut AnyConnection,
    id: &Id,
    now: NaiveDateTime,
) -> Result<bool, StoreError> {
    let waiting = address_changes::stopped_at.is_null().and(address_changes::done_at.is_null());
    let in_time = address_changes::from_at.le(now).and(address_changes::until_at.gt(now));
    let changed = diesel::update(address_changes::table.find(id).filter(waiting).filter(in_time))
        .set(address_changes::done_at.eq(now))
        .execute(connection)?;
    Ok(changed == 1)
}

/// Forgets those that were not done in time: an address that nobody confirmed is kept for nothing.
///
/// # Errors
/// When the database can't be asked.
pub fn forget_undone(
    connection: &mut AnyConnection,
    now: NaiveDateTime,
) -> Result<usize, StoreError> {
    let undone = address_changes::done_at.is_null().and(address_changes::until_at.le(now));
    Ok(diesel::delete(address_changes::table.filter(undone)).execute(connection)?)
}
