//! Applications: where each stands, and what moved it.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::{AnyConnection, either};
use super::error::StoreError;
use super::schema::{applications, dossiers, rounds, status_changes, tallies};
use crate::domain::application::Status;
use crate::domain::id::Id;

/// An application.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = applications)]
pub struct Application {
    /// Its id.
    pub id: Id,
    /// Its dossier.
    pub dossier_id: Id,
    /// The account that wrote it.
    pub account_id: Option<Id>,
    /// The programme.
    pub programme_id: Id,
    /// The round.
    pub round_id: Id,
    /// The version of the form.
    pub form_id: Id,
    /// What a person can read out on the telephone.
    pub reference: String,
    /// Where it stands; see [`Status`].
    pub status: String,
    /// When it was begun, UTC.
    pub created_at: NaiveDateTime,
    /// When it was last changed by the applicant, UTC.
    pub changed_at: NaiveDateTime,
    /// When it was submitted, UTC.
    pub submitted_at: Option<NaiveDateTime>,
}

impl Application {
    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> Status {
        // The table's CHECK allows no other words.
        self.status.parse().unwrap_or(Status::Draft)
    }
}

/// Inserts a draft. Its dossier is there already.
///
/// # Errors
/// When the database can't be asked.
pub fn insert(connection: &mut AnyConnection, new: &Application) -> Result<(), StoreError> {
    diesel::insert_into(applications::table).values(new.clone()).execute(connection)?;
    Ok(())
}

/// An application by its id. For staff.
///
/// # Errors
/// When the database can't be asked.
pub fn find(connection: &mut AnyConnection, id: &Id) -> Result<Option<Application>, StoreError> {
    Ok(applications::table.find(id).get_result(connection).optional()?)
}

/// The application with a reference, drafts aside. For staff.
///
/// # Errors
/// When the database can't be asked.
pub fn id_of_reference(
    connection: &mut AnyConnection,
    reference: &str,
) -> Result<Option<Id>, StoreError> {
    Ok(applications::table
        .filter(applications::reference.eq(reference))
        .filter(applications::submitted_at.is_not_null())
        .select(applications::id)
        .get_result(connection)
        .optional()?)
}

/// An application of an account. Somebody else's is not found.
///
/// # Errors
/// When the database can't be asked.
pub fn find_own(
    connection: &mut AnyConnection,
    account: &Id,
    id: &Id,
) -> Result<Option<Application>, StoreError> {
    let query = applications::table
        .find(id)
        .filter(applications::account_id.eq(account.as_str().to_owned()));
    Ok(either!(connection, inner => query.get_result(inner)).optional()?)
}

/// An account's applications with their rounds' slugs and their dossiers' last days, the newest first.
///
/// # Errors
/// When the database can't be asked.
pub fn all_own(
    connection: &mut AnyConnection,
    account: &Id,
) -> Result<Vec<(Application, String, chrono::NaiveDate)>, StoreError> {
    Ok(applications::table
        .inner_join(rounds::table)
        .inner_join(dossiers::table.on(dossiers::id.eq(applications::dossier_id)))
        .filter(applications::account_id.eq(account.as_str().to_owned()))
        .order((applications::created_at.desc(), applications::id))
        .select((applications::all_columns, rounds::slug, dossiers::keep_until))
        .load(connection)?)
}

/// Notes that the applicant changed a draft, and makes others that change it wait.
///
/// # Errors
/// [`StoreError::Conflict`] when it is no draft any more, or was changed after `seen`.
pub fn touch_draft(
    connection: &mut AnyConnection,
    id: &Id,
    seen: NaiveDateTime,
    now: NaiveDateTime,
) -> Result<(), StoreError> {
    let draft = applications::table
        .find(id)
        .filter(applications::status.eq(Status::Draft.word()))
        .filter(applications::changed_at.eq(seen));
    let change = diesel::update(draft).set(applications::changed_at.eq(now));
    let changed = either!(connection, inner => change.execute(inner)?);
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Makes others that change an application wait until this transaction ends.
///
/// # Errors
/// [`StoreError::Conflict`] when it was changed or moved since it was read, or is gone.
pub fn hold_still(connection: &mut AnyConnection, read: &Application) -> Result<(), StoreError> {
    let same = applications::table
        .find(&read.id)
        .filter(applications::status.eq(&read.status))
        .filter(applications::changed_at.eq(read.changed_at));
    let held =
        diesel::update(same).set(applications::status.eq(&read.status)).execute(connection)?;
    if held == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Notes that the applicant corrected an application after it was submitted.
///
/// # Errors
/// [`StoreError::Conflict`] when it was changed or moved since it was read, or is gone.
pub fn corrected(
    connection: &mut AnyConnection,
    read: &Application,
    now: NaiveDateTime,
) -> Result<(), StoreError> {
    hold_still(connection, read)?;
    diesel::update(applications::table.find(&read.id))
        .set(applications::changed_at.eq(now))
        .execute(connection)?;
    Ok(())
}

/// A move from one status to another.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = status_changes)]
pub struct StatusChange {
    /// Its id.
    pub id: Id,
    /// The application's dossier.
    pub dossier_id: Id,
    /// The application.
    pub application_id: Id,
    /// From where.
    pub from_status: String,
    /// To where.
    pub to_status: String,
    /// Who: `applicant` or `staff`.
    pub actor: String,
    /// The actor's id.
    pub actor_id: Option<Id>,
    /// When, UTC.
    pub at: NaiveDateTime,
}

/// Moves an application if it still stands where the change begins.
///
/// # Errors
/// [`StoreError::Conflict`] when it does not.
pub fn change_status(
    connection: &mut AnyConnection,
    round: &Id,
    change: &StatusChange,
) -> Result<(), StoreError> {
    let here = applications::table
        .find(&change.application_id)
        .filter(applications::status.eq(&change.from_status));
    let changed =
        diesel::update(here).set(applications::status.eq(&change.to_status)).execute(connection)?;
    moved(connection, round, change, changed)
}

/// Submits a draft if it stands as it was when it was read.
///
/// # Errors
/// [`StoreError::Conflict`] when it does not.
pub fn submit(
    connection: &mut AnyConnection,
    round: &Id,
    change: &StatusChange,
    seen: NaiveDateTime,
) -> Result<(), StoreError> {
    let same = applications::table
        .find(&change.application_id)
        .filter(applications::status.eq(&change.from_status))
        .filter(applications::changed_at.eq(seen));
    let submission = diesel::update(same).set((
        applications::status.eq(&change.to_status),
        applications::submitted_at.eq(change.at),
        applications::changed_at.eq(change.at),
    ));
    let changed = either!(connection, inner => submission.execute(inner)?);
    moved(connection, round, change, changed)
}

/// Keeps what a move was, where it was one.
fn moved(
    connection: &mut AnyConnection,
    round: &Id,
    change: &StatusChange,
    changed: usize,
) -> Result<(), StoreError> {
    if changed != 1 {
        return Err(StoreError::Conflict);
    }
    let insert = diesel::insert_into(status_changes::table).values(change.clone());
    either!(connection, inner => insert.execute(inner)?);
    let word = |text: &str| text.parse().unwrap_or(Status::Draft);
    tally(connection, round, word(&change.from_status), word(&change.to_status))
}

/// The moves of an application, the oldest first.
///
/// # Errors
/// When the database can't be asked.
pub fn changes(connection: &mut AnyConnection, id: &Id) -> Result<Vec<StatusChange>, StoreError> {
    Ok(status_changes::table
        .filter(status_changes::application_id.eq(id))
        .order((status_changes::at, status_changes::id))
        .load(connection)?)
}

/// Keeps the tallies when an application moves. Drafts are in none: they come and go, and staff do not see them.
fn tally(
    connection: &mut AnyConnection,
    round: &Id,
    from: Status,
    to: Status,
) -> Result<(), StoreError> {
    if from != Status::Draft {
        diesel::update(tallies::table.find((round, from.word())))
            .set(tallies::n.eq(tallies::n - 1))
            .execute(connection)?;
    }
    let row = (tallies::round_id.eq(round), tallies::status.eq(to.word()), tallies::n.eq(1_i64));
    either!(connection, inner => {
        diesel::insert_into(tallies::table)
            .values(row)
            .on_conflict((tallies::round_id, tallies::status))
            .do_update()
            .set(tallies::n.eq(tallies::n + 1))
            .execute(inner)?
    });
    Ok(())
}
