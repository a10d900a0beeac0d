//! What assessors undertook before they read anything.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::schema::undertakings;
use crate::domain::id::Id;

/// That an assessor accepted a text for a round.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = undertakings)]
pub struct Undertaking {
    /// Its id.
    pub id: Id,
    /// The assessor's dossier.
    pub dossier_id: Id,
    /// The assessor.
    pub assessor_id: Id,
    /// The round.
    pub round_id: Id,
    /// The exact text.
    pub text_id: Id,
    /// When, UTC.
    pub accepted_at: NaiveDateTime,
}

/// Inserts an undertaking. One that is there already stays.
///
/// # Errors
/// When the database can't be asked.
pub fn insert(connection: &mut AnyConnection, new: &Undertaking) -> Result<(), StoreError> {
    let there = of_assessor(connection, &new.assessor_id)?;
    if !there.iter().any(|own| own.round_id == new.round_id) {
        diesel::insert_into(undertakings::table).values(new.clone()).execute(connection)?;
    }
    Ok(())
}

/// What an assessor undertook.
///
/// # Errors
/// When the database can't be asked.
pub fn of_assessor(
    connection: &mut AnyConnection,
    assessor: &Id,
) -> Result<Vec<Undertaking>, StoreError> {
    Ok(undertakings::table
        .filter(undertakings::assessor_id.eq(assessor))
        .order(undertakings::accepted_at)
        .load(connection)?)
}
