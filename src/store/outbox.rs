//! Mail that waits. A row holds a template and ids; the mail itself is written when it is sent.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::{AnyConnection, either};
use super::error::StoreError;
use super::schema::{dossiers, outbox};
use crate::domain::class::Class;
use crate::domain::id::Id;

/// A mail that waits.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = outbox)]
pub struct Mail {
    /// Its id.
    pub id: Id,
    /// The dossier with which it goes: mail to somebody who was erased is never sent.
    pub dossier_id: Id,
    /// The template.
    pub template: String,
    /// The row that it is about: a sign-in or an application.
    pub subject_id: Id,
    /// When it was written, UTC.
    pub created_at: NaiveDateTime,
    /// When it is to be sent, UTC.
    pub due_at: NaiveDateTime,
    /// How often sending failed.
    pub attempts: i64,
    /// When it was sent, UTC.
    pub sent_at: Option<NaiveDateTime>,
}

/// Puts a mail into the outbox.
///
/// # Errors
/// When the database can't be asked.
pub fn insert(connection: &mut AnyConnection, new: &Mail) -> Result<(), StoreError> {
    let insert = diesel::insert_into(outbox::table).values(new.clone());
    either!(connection, inner => insert.execute(inner)?);
    Ok(())
}

/// Which mails are looked for, by their templates.
#[derive(Clone, Copy)]
pub enum Which<'a> {
    /// These.
    Only(&'a [&'a str]),
    /// All others.
    AllBut(&'a [&'a str]),
}

/// Mails that are due, the oldest first, of dossiers of some classes: who sends one has to open what it is about.
///
/// # Errors
/// When the database can't be asked.
pub fn due(
    connection: &mut AnyConnection,
    classes: &[Class],
    which: Which<'_>,
    now: NaiveDateTime,
    limit: i64,
) -> Result<Vec<Mail>, StoreError> {
    let words = classes.iter().map(|class| class.word());
    let waiting = outbox::table
        .inner_join(dossiers::table.on(dossiers::id.eq(outbox::dossier_id)))
        .filter(dossiers::class.eq_any(words))
        .filter(outbox::sent_at.is_null())
        .filter(outbox::due_at.le(now))
        .order((outbox::due_at, outbox::id))
        .select(outbox::all_columns)
        .limit(limit);
    Ok(match which {
        Which::Only(templates) => {
            waiting.filter(outbox::template.eq_any(templates)).load(connection)?
        }
        Which::AllBut(templates) => {
            waiting.filter(outbox::template.ne_all(templates)).load(connection)?
        }
    })
}

/// Notes that a mail was sent.
///
/// # Errors
/// When the database can't be asked.
pub fn sent(connection: &mut AnyConnection, id: &Id, at: NaiveDateTime) -> Result<(), StoreError> {
    diesel::update(outbox::table.find(id)).set(outbox::sent_at.eq(at)).execute(connection)?;
    Ok(())
}

/// Notes that sending failed, and when to try again.
///
/// # Errors
/// When the database can't be asked.
pub fn failed(
    connection: &mut AnyConnection,
    id: &Id,
    next_try: NaiveDateTime,
) -> Result<(), StoreError> {
    diesel::update(outbox::table.find(id))
        .set((outbox::attempts.eq(outbox::attempts + 1), outbox::due_at.eq(next_try)))
        .execute(connection)?;
    Ok(())
}

/// Takes a mail out of the outbox that can't be sent any more.
///
/// # Errors
/// When the database can't be asked.
pub fn delete(connection: &mut AnyConnection, id: &Id) -> Result<(), StoreError> {
    diesel::delete(outbox::table.find(id)).execute(connection)?;
    Ok(())
}

/// Forgets mails that were sent before a moment.
///
/// # Errors
/// When the database can't be asked.
pub fn forget_sent(
    connection: &mut AnyConnection,
    before: NaiveDateTime,
) -> Result<usize, StoreError> {
    Ok(diesel::delete(outbox::table.filter(outbox::sent_at.lt(before))).execute(connection)?)
}
