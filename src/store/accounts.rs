//! Applicants' accounts.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::db::{AnyConnection, either};
use super::error::StoreError;
use super::schema::{accounts, applications, dossiers};
use crate::domain::id::Id;
use crate::domain::sealed::Sealed;

/// An account.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = accounts)]
pub struct Account {
    /// Its id.
    pub id: Id,
    /// Its dossier.
    pub dossier_id: Id,
    /// The e-mail address, sealed.
    pub email: Sealed,
    /// When it was made, UTC.
    pub created_at: NaiveDateTime,
    /// The last day on which the person signed in.
    pub last_sign_in: NaiveDate,
}

/// Inserts an account. Its dossier is there already.
///
/// # Errors
/// When the database can't be asked.
pub fn insert(connection: &mut AnyConnection, new: &Account) -> Result<(), StoreError> {
    diesel::insert_into(accounts::table).values(new.clone()).execute(connection)?;
    Ok(())
}

/// An account by its id.
///
/// # Errors
/// When the database can't be asked.
pub fn find(connection: &mut AnyConnection, id: &Id) -> Result<Option<Account>, StoreError> {
    Ok(either!(connection, inner => accounts::table.find(id).get_result(inner)).optional()?)
}

/// Accounts by their ids.
///
/// # Errors
/// When the database can't be asked.
pub fn all_of(connection: &mut AnyConnection, ids: &[Id]) -> Result<Vec<Account>, StoreError> {
    let ids: Vec<&str> = ids.iter().map(Id::as_str).collect();
    Ok(accounts::table.filter(accounts::id.eq_any(ids)).load(connection)?)
}

/// Notes that the person signed in.
///
/// # Errors
/// When the database can't be asked.
pub fn signed_in(
    connection: &mut AnyConnection,
    id: &Id,
    day: NaiveDate,
) -> Result<(), StoreError> {
    diesel::update(accounts::table.find(id))
        .set(accounts::last_sign_in.eq(day))
        .execute(connection)?;
    Ok(())
}

/// The last day on which any submitted application of an account is kept.
///
/// # Errors
/// When the database can't be asked.
pub fn longest_application(
    connection: &mut AnyConnection,
    id: &Id,
) -> Result<Option<NaiveDate>, StoreError> {
    let query = applications::table
        .inner_join(dossiers::table.on(dossiers::id.eq(applications::dossier_id)))
        .filter(applications::account_id.eq(id.as_str().to_owned()))
        .select(diesel::dsl::max(dossiers::keep_until));
    Ok(either!(connection, inner => query.get_result(inner)?))
}

/// Gives an account another address, unless it was given another since this one was read.
///
/// # Errors
/// [`StoreError::Conflict`] when it was, or the account is gone.
pub fn set_email(
    connection: &mut AnyConnection,
    id: &Id,
    from: &Sealed,
    to: &Sealed,
) -> Result<(), StoreError> {
    let changed = diesel::update(accounts::table.find(id).filter(accounts::email.eq(from)))
        .set(accounts::email.eq(to))
        .execute(connection)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}
