//! Who looked at what: the entries of the audit by the application that they have shown, and reasons that were typed.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::count_star;
use diesel::prelude::*;

use super::audit::{self, Entry};
use super::db::{AnyConnection, either};
use super::error::StoreError;
use super::schema::{applications, audit as entries, audit_reasons, audit_subjects};
use crate::domain::id::Id;
use crate::domain::sealed::Sealed;

/// Adds an entry to the audit and notes which applications it has shown. One that was erased meanwhile is passed over.
///
/// # Errors
/// When the database can't be asked.
pub fn insert(
    connection: &mut AnyConnection,
    entry: &Entry,
    shown: &[Id],
) -> Result<(), StoreError> {
    audit::insert(connection, entry)?;
    note(connection, entry, shown)
}

/// Notes which applications an entry has shown that is in the audit already. One that was erased is passed over.
///
/// # Errors
/// When the database can't be asked.
pub fn note(connection: &mut AnyConnection, entry: &Entry, shown: &[Id]) -> Result<(), StoreError> {
    let ids: Vec<&str> = shown.iter().map(Id::as_str).collect();
    let (entry, day) = (entry.id.as_str(), entry.at.date());
    either!(connection, inner => {
        let rows = applications::table.filter(applications::id.eq_any(ids)).select((
            applications::id,
            day.into_sql::<diesel::sql_types::Date>(),
            entry.into_sql::<diesel::sql_types::Text>(),
        ));
        rows.insert_into(audit_subjects::table)
            .into_columns((
                audit_subjects::application_id,
                audit_subjects::day,
                audit_subjects::audit_id,
            ))
            .execute(inner)?
    });
    Ok(())
}

/// A reason that was typed.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = audit_reasons)]
pub struct TypedReason {
    /// The entry of the audit.
    pub audit_id: Id,
    /// The dossier of what was opened.
    pub dossier_id: Id,
    /// The reason, sealed.
    pub reason: Sealed,
}

/// Adds a typed reason. Its entry is there already.
///
/// # Errors
/// [`StoreError::InUse`] when the dossier is gone.
pub fn insert_reason(connection: &mut AnyConnection, new: &TypedReason) -> Result<(), StoreError> {
    diesel::insert_into(audit_reasons::table).values(new.clone()).execute(connection)?;
    Ok(())
}

/// The reason that was typed for an entry, if one was and what was opened is still kept.
///
/// # Errors
/// When the database can't be asked.
pub fn reason_of(
    connection: &mut AnyConnection,
    entry: &Id,
) -> Result<Option<TypedReason>, StoreError> {
    Ok(audit_reasons::table.find(entry).get_result(connection).optional()?)
}

/// The applications that an entry has shown, with their references, as far as they are still kept.
///
/// # Errors
/// When the database can't be asked.
pub fn shown_by(
    connection: &mut AnyConnection,
    entry: &Id,
) -> Result<Vec<(Id, String)>, StoreError> {
    Ok(audit_subjects::table
        .inner_join(applications::table)
        .filter(audit_subjects::audit_id.eq(entry.as_str().to_owned()))
        .select((applications::id, applications::reference))
        .order(applications::reference)
        .load(connection)?)
}

/// The days on which anybody looked at an account's applications, the newest first, before a day.
///
/// # Errors
/// When the database can't be asked.
pub fn days(
    connection: &mut AnyConnection,
    account: &Id,
    before: Option<NaiveDate>,
    limit: i64,
) -> Result<Vec<NaiveDate>, StoreError> {
    let mut query = audit_subjects::table
        .inner_join(applications::table)
        .filter(applications::account_id.eq(account.as_str().to_owned()))
        .select(audit_subjects::day)
        .distinct()
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(audit_subjects::day.lt(before));
    }
    Ok(query.order(audit_subjects::day.desc()).limit(limit).load(connection)?)
}

/// An application of an account that was opened.
#[derive(Clone, Debug, Queryable)]
pub struct Opened {
    /// The entry of the audit.
    pub entry: Id,
    /// The application's reference.
    pub reference: String,
    /// When, UTC.
    pub at: NaiveDateTime,
    /// Who: see [`Entry`].
    pub actor: String,
    /// What was done: see [`Entry`].
    pub action: String,
    /// In which role.
    pub role: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The dossier in which the typed reason lies.
    pub dossier: Option<Id>,
    /// The typed reason, sealed.
    pub typed: Option<Sealed>,
}

/// When an account's applications were opened, the newest first, between two days (inclusive).
///
/// # Errors
/// When the database can't be asked.
pub fn opened(
    connection: &mut AnyConnection,
    account: &Id,
    (first, last): (NaiveDate, NaiveDate),
    limit: i64,
) -> Result<Vec<Opened>, StoreError> {
    Ok(audit_subjects::table
        .inner_join(applications::table)
        .inner_join(entries::table)
        .left_join(audit_reasons::table.on(audit_reasons::audit_id.eq(audit_subjects::audit_id)))
        .filter(applications::account_id.eq(account.as_str().to_owned()))
        .filter(audit_subjects::day.between(first, last))
        .filter(entries::action.ne(audit::LISTED))
        .order((entries::at.desc(), entries::id.desc()))
        .select((
            entries::id,
            applications::reference,
            entries::at,
            entries::actor,
            entries::action,
            entries::role,
            entries::reason,
            audit_reasons::dossier_id.nullable(),
            audit_reasons::reason.nullable(),
        ))
        .limit(limit)
        .load(connection)?)
}

/// How often an account's application stood in a list on a day.
#[derive(Clone, Debug, Queryable)]
pub struct Listed {
    /// The day, UTC.
    pub day: NaiveDate,
    /// The application's reference.
    pub reference: String,
    /// In which role.
    pub role: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// How often.
    pub times: i64,
}

/// How often an account's applications stood in lists, a day at a time, between two days (inclusive).
///
/// # Errors
/// When the database can't be asked.
pub fn listed(
    connection: &mut AnyConnection,
    account: &Id,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<Vec<Listed>, StoreError> {
    Ok(audit_subjects::table
        .inner_join(applications::table)
        .inner_join(entries::table)
        .filter(applications::account_id.eq(account.as_str().to_owned()))
        .filter(audit_subjects::day.between(first, last))
        .filter(entries::action.eq(audit::LISTED))
        .group_by((audit_subjects::day, applications::reference, entries::role, entries::reason))
        .select((
            audit_subjects::day,
            applications::reference,
            entries::role,
            entries::reason,
            count_star(),
        ))
        .order((audit_subjects::day.desc(), applications::reference, entries::role))
        .load(connection)?)
}

/// Which applications of a round some of staff have opened since a moment, each with who did. Lists open nothing.
///
/// # Errors
/// When the database can't be asked.
pub fn openers(
    connection: &mut AnyConnection,
    round: &Id,
    staff: &[Id],
    since: NaiveDateTime,
) -> Result<Vec<(Id, Id)>, StoreError> {
    if staff.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = staff.iter().map(Id::as_str).collect();
    let rows: Vec<(Option<Id>, Id)> = audit_subjects::table
        .inner_join(applications::table)
        .inner_join(entries::table)
        .filter(entries::actor_id.eq_any(ids))
        .filter(entries::at.ge(since))
        .filter(entries::action.ne(audit::LISTED))
        .filter(applications::round_id.eq(round))
        .select((entries::actor_id, audit_subjects::application_id))
        .distinct()
        .load(connection)?;
    Ok(rows.into_iter().filter_map(|(staff, application)| Some((staff?, application))).collect())
}
