//! Accounts of staff.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::schema::{data_keys, staff};
use crate::domain::id::Id;
use crate::domain::sealed::{Sealed, WrappedKey};

/// The state of a member who has not come in yet.
pub const INVITED: &str = "invited";
/// The state of a member who has.
pub const ACTIVE: &str = "active";
/// The state of a member who may not come in any more.
pub const DISABLED: &str = "disabled";

/// A member of staff.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = staff)]
pub struct Member {
    /// The member's id.
    pub id: Id,
    /// The member's dossier.
    pub dossier_id: Id,
    /// The name, sealed; blank until the invitation is taken up.
    pub name: Sealed,
    /// The e-mail address, sealed.
    pub email: Sealed,
    /// The roles, as a comma-separated text.
    pub roles: String,
    /// `invited`, `active` or `disabled`.
    pub state: String,
    /// When the account was made, UTC.
    pub created_at: NaiveDateTime,
    /// The last day on which the person signed in.
    pub last_sign_in: Option<NaiveDate>,
}

/// Inserts a member. The dossier is there already.
///
/// # Errors
/// When the database can't be asked.
pub fn insert(connection: &mut AnyConnection, new: &Member) -> Result<(), StoreError> {
    diesel::insert_into(staff::table).values(new.clone()).execute(connection)?;
    Ok(())
}

/// A member by id.
///
/// # Errors
/// When the database can't be asked.
pub fn find(connection: &mut AnyConnection, id: &Id) -> Result<Option<Member>, StoreError> {
    Ok(staff::table.find(id).get_result(connection).optional()?)
}

/// Every member with the key of their dossier, in the order in which they came.
///
/// # Errors
/// When the database can't be asked.
pub fn all(connection: &mut AnyConnection) -> Result<Vec<(Member, WrappedKey)>, StoreError> {
    let rows: Vec<(Member, String, Sealed)> = staff::table
        .inner_join(data_keys::table.on(data_keys::dossier_id.eq(staff::dossier_id)))
        .select((staff::all_columns, data_keys::cohort_key, data_keys::wrapped))
        .order((staff::created_at, staff::id))
        .load(connection)?;
    Ok(rows
        .into_iter()
        .map(|(member, cohort_key, bytes)| (member, WrappedKey { cohort_key, bytes }))
        .collect())
}

/// The member with a dossier.
///
/// # Errors
/// When the database can't be asked.
pub fn of_dossier(
    connection: &mut AnyConnection,
    dossier: &Id,
) -> Result<Option<Member>, StoreError> {
    let own = staff::dossier_id.eq(dossier.as_str().to_owned());
    Ok(staff::table.filter(own).get_result(connection).optional()?)
}

/// An invited member comes in, under a name.
///
/// # Errors
/// [`StoreError::Conflict`] when the member has come in before.
pub fn activate(
    connection: &mut AnyConnection,
    id: &Id,
    name: &Sealed,
    day: NaiveDate,
) -> Result<(), StoreError> {
    let changed = diesel::update(staff::table.find(id).filter(staff::state.eq(INVITED)))
        .set((staff::name.eq(name), staff::state.eq(ACTIVE), staff::last_sign_in.eq(day)))
        .execute(connection)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Notes that a member signed in.
///
/// # Errors
/// When the database can't be asked.
pub fn signed_in(
    connection: &mut AnyConnection,
    id: &Id,
    day: NaiveDate,
) -> Result<(), StoreError> {
    diesel::update(staff::table.find(id)).set(staff::last_sign_in.eq(day)).execute(connection)?;
    Ok(())
}

/// Gives a member other roles, unless others were given since these were read.
///
/// # Errors
/// [`StoreError::Conflict`] when they were, or the member is gone.
pub fn change_roles(
    connection: &mut AnyConnection,
    id: &Id,
    from: &str,
    to: &str,
) -> Result<(), StoreError> {
    let changed = diesel::update(staff::table.find(id).filter(staff::roles.eq(from)))
        .set(staff::roles.eq(to))
        .execute(connection)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Moves a member from one state to another.
///
/// # Errors
/// [`StoreError::Conflict`] when the member is not in the first.
pub fn change_state(
    connection: &mut AnyConnection,
    id: &Id,
    from: &str,
    to: &str,
) -> Result<(), StoreError> {
    let changed = diesel::update(staff::table.find(id).filter(staff::state.eq(from)))
        .set(staff::state.eq(to))
        .execute(connection)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// The roles of everybody who may come in, by member.
///
/// # Errors
/// When the database can't be asked.
pub fn active_roles(connection: &mut AnyConnection) -> Result<Vec<(Id, String)>, StoreError> {
    Ok(staff::table
        .filter(staff::state.eq(ACTIVE))
        .select((staff::id, staff::roles))
        .load(connection)?)
}

/// Makes sure, to the end of the transaction, that somebody was invited and has not come in yet.
///
/// # Errors
/// [`StoreError::Conflict`] when they have come in, or are gone.
pub fn still_invited(connection: &mut AnyConnection, id: &Id) -> Result<(), StoreError> {
    change_state(connection, id, INVITED, INVITED)
}
