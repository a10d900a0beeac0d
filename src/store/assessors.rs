//! Accounts of assessors.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::schema::{assessors, data_keys, sessions, sign_ins};
use super::sessions::Session;
use crate::domain::id::Id;
use crate::domain::sealed::{Sealed, WrappedKey};

/// The state of an assessor who has not come in yet.
pub const INVITED: &str = "invited";
/// The state of an assessor who has.
pub const ACTIVE: &str = "active";
/// The state of an assessor whose access was ended.
pub const DISABLED: &str = "disabled";

/// An assessor.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = assessors)]
pub struct AssessorRow {
    /// The assessor's id.
    pub id: Id,
    /// The assessor's dossier.
    pub dossier_id: Id,
    /// The name, sealed; blank until the invitation is taken up.
    pub name: Sealed,
    /// The e-mail address, sealed.
    pub email: Sealed,
    /// `invited`, `active` or `disabled`.
    pub state: String,
    /// The last day of access.
    pub access_until: NaiveDate,
    /// When the account was made, UTC.
    pub created_at: NaiveDateTime,
    /// The last day on which the person signed in.
    pub last_sign_in: Option<NaiveDate>,
    /// What they know about, sealed; none where nobody entered anything.
    pub tags: Option<Sealed>,
}

/// Inserts an assessor. The dossier is there already.
///
/// # Errors
/// When the database can't be asked.
pub fn insert(connection: &mut AnyConnection, new: &AssessorRow) -> Result<(), StoreError> {
    diesel::insert_into(assessors::table).values(new.clone()).execute(connection)?;
    Ok(())
}

/// An assessor by id.
///
/// # Errors
/// When the database can't be asked.
pub fn find(connection: &mut AnyConnection, id: &Id) -> Result<Option<AssessorRow>, StoreError> {
    Ok(assessors::table.find(id).get_result(connection).optional()?)
}

/// Assessors with the keys of their dossiers, the newest first, after a place in that order.
///
/// # Errors
/// When the database can't be asked.
pub fn page(
    connection: &mut AnyConnection,
    after: Option<&(NaiveDateTime, Id)>,
    limit: i64,
) -> Result<Vec<(AssessorRow, WrappedKey)>, StoreError> {
    let mut query = assessors::table
        .inner_join(data_keys::table.on(data_keys::dossier_id.eq(assessors::dossier_id)))
        .select((assessors::all_columns, data_keys::cohort_key, data_keys::wrapped))
        .order((assessors::created_at.desc(), assessors::id.desc()))
        .limit(limit)
        .into_boxed();
    if let Some((at, id)) = after {
        let earlier = assessors::created_at.lt(*at).or(assessors::id.lt(id.clone()));
        query = query.filter(assessors::created_at.le(*at)).filter(earlier);
    }
    let rows: Vec<(AssessorRow, String, Sealed)> = query.load(connection)?;
    Ok(rows
        .into_iter()
        .map(|(row, cohort_key, bytes)| (row, WrappedKey { cohort_key, bytes }))
        .collect())
}

/// Those who can come in on a day, or were invited until then, with the keys of their dossiers.
///
/// # Errors
/// When the database can't be asked.
pub fn current(
    connection: &mut AnyConnection,
    today: NaiveDate,
) -> Result<Vec<(AssessorRow, WrappedKey)>, StoreError> {
    let rows: Vec<(AssessorRow, String, Sealed)> = assessors::table
        .inner_join(data_keys::table.on(data_keys::dossier_id.eq(assessors::dossier_id)))
        .filter(assessors::state.ne(DISABLED))
        .filter(assessors::access_until.ge(today))
        .select((assessors::all_columns, data_keys::cohort_key, data_keys::wrapped))
        .order((assessors::created_at, assessors::id))
        .load(connection)?;
    Ok(rows
        .into_iter()
        .map(|(row, cohort_key, bytes)| (row, WrappedKey { cohort_key, bytes }))
        .collect())
}

/// Those of some ids that are assessors', with the keys of their dossiers.
///
/// # Errors
/// When the database can't be asked.
pub fn named(
    connection: &mut AnyConnection,
    ids: &[Id],
) -> Result<Vec<(AssessorRow, WrappedKey)>, StoreError> {
    let ids = ids.iter().map(|id| id.as_str().to_owned());
    let rows: Vec<(AssessorRow, String, Sealed)> = assessors::table
        .inner_join(data_keys::table.on(data_keys::dossier_id.eq(assessors::dossier_id)))
        .filter(assessors::id.eq_any(ids))
        .select((assessors::all_columns, data_keys::cohort_key, data_keys::wrapped))
        .load(connection)?;
    Ok(rows
        .into_iter()
        .map(|(row, cohort_key, bytes)| (row, WrappedKey { cohort_key, bytes }))
        .collect())
}

/// A session of an assessor, with the assessor and the key of their dossier.
///
/// # Errors
/// When the database can't be asked.
pub fn of_session(
    connection: &mut AnyConnection,
    session: &str,
) -> Result<Option<(Session, AssessorRow, WrappedKey)>, StoreError> {
    let found: Option<(Session, AssessorRow, String, Sealed)> = sessions::table
        .inner_join(assessors::table.on(sessions::assessor_id.eq(assessors::id.nullable())))
        .inner_join(data_keys::table.on(data_keys::dossier_id.eq(assessors::dossier_id)))
        .filter(sessions::id.eq(session))
        .select((
            sessions::all_columns,
            assessors::all_columns,
            data_keys::cohort_key,
            data_keys::wrapped,
        ))
        .get_result(connection)
        .optional()?;
    Ok(found
        .map(|(session, row, cohort_key, bytes)| (session, row, WrappedKey { cohort_key, bytes })))
}

/// An invited assessor comes in, under a name.
///
/// # Errors
/// [`StoreError::Conflict`] when the assessor has come in before.
pub fn activate(
    connection: &mut AnyConnection,
    id: &Id,
    name: &Sealed,
    day: NaiveDate,
) -> Result<(), StoreError> {
    let invited = assessors::table.find(id).filter(assessors::state.eq(INVITED));
    let changed = diesel::update(invited)
        .set((
            assessors::name.eq(name),
            assessors::state.eq(ACTIVE),
            assessors::last_sign_in.eq(day),
        ))
        .execute(connection)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Notes that an assessor signed in.
///
/// # Errors
/// When the database can't be asked.
pub fn signed_in(
    connection: &mut AnyConnection,
    id: &Id,
    day: NaiveDate,
) -> Result<(), StoreError> {
    diesel::update(assessors::table.find(id))
        .set(assessors::last_sign_in.eq(day))
        .execute(connection)?;
    Ok(())
}

/// Gives an assessor another state and another last day, unless they were changed since they were read.
///
/// # Errors
/// [`StoreError::Conflict`] when they were, or the assessor is gone.
pub fn change_access(
    connection: &mut AnyConnection,
    before: &AssessorRow,
    state: &str,
    until: NaiveDate,
) -> Result<(), StoreError> {
    let same =
        assessors::state.eq(&before.state).and(assessors::access_until.eq(before.access_until));
    let changed = diesel::update(assessors::table.find(&before.id).filter(same))
        .set((assessors::state.eq(state), assessors::access_until.eq(until)))
        .execute(connection)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Ends every link and code that an assessor could still use.
///
/// # Errors
/// When the database can't be asked.
pub fn end_links(
    connection: &mut AnyConnection,
    id: &Id,
    now: NaiveDateTime,
) -> Result<usize, StoreError> {
    let open = sign_ins::table
        .filter(sign_ins::assessor_id.eq(id.as_str().to_owned()))
        .filter(sign_ins::used_at.is_null());
    Ok(diesel::update(open).set(sign_ins::used_at.eq(now)).execute(connection)?)
}

/// Replaces what an assessor knows about.
///
/// # Errors
/// [`StoreError::NotFound`] when the assessor is gone.
pub fn set_tags(
    connection: &mut AnyConnection,
    id: &Id,
    tags: Option<&Sealed>,
) -> Result<(), StoreError> {
    let changed = diesel::update(assessors::table.find(id))
        .set(assessors::tags.eq(tags.cloned()))
        .execute(connection)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}
