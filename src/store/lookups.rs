//! Blind indexes: equal values are found without being opened.

use diesel::prelude::*;

use super::db::{AnyConnection, either};
use super::error::StoreError;
use super::schema::lookups;
use crate::domain::id::Id;
use crate::domain::lookup::LookupKind;
use crate::domain::sealed::BlindIndex;

/// An entry of a blind index.
#[derive(Clone, Debug)]
pub struct NewLookup {
    /// Its id.
    pub id: Id,
    /// The dossier with which it goes.
    pub dossier: Id,
    /// What it finds.
    pub kind: LookupKind,
    /// The index value.
    pub tag: BlindIndex,
    /// The row that is found.
    pub subject: Id,
}

/// Inserts an entry.
///
/// # Errors
/// When the database can't be asked.
pub fn insert(connection: &mut AnyConnection, new: &NewLookup) -> Result<(), StoreError> {
    let insert = diesel::insert_into(lookups::table).values((
        lookups::id.eq(&new.id),
        lookups::dossier_id.eq(&new.dossier),
        lookups::kind.eq(new.kind.word()),
        lookups::tag.eq(&new.tag),
        lookups::subject_id.eq(&new.subject),
    ));
    either!(connection, inner => insert.execute(inner)?);
    Ok(())
}

/// The rows that may have a value, given its index values in all cohorts; at most `limit`.
/// Compare what is opened: an index value is a digest.
///
/// # Errors
/// When the database can't be asked.
pub fn find(
    connection: &mut AnyConnection,
    kind: LookupKind,
    tags: &[BlindIndex],
    limit: i64,
) -> Result<Vec<Id>, StoreError> {
    let tags: Vec<Vec<u8>> = tags.iter().map(|tag| tag.as_bytes().to_vec()).collect();
    Ok(lookups::table
        .filter(lookups::tag.eq_any(tags))
        .filter(lookups::kind.eq(kind.word()))
        .select(lookups::subject_id)
        .limit(limit)
        .load(connection)?)
}

/// Deletes a dossier's entries of one kind.
///
/// # Errors
/// When the database can't be asked.
pub fn delete_kind(
    connection: &mut AnyConnection,
    dossier: &Id,
    kind: LookupKind,
) -> Result<usize, StoreError> {
    let of = lookups::dossier_id.eq(dossier.as_str().to_owned());
    let those = lookups::table.filter(of).filter(lookups::kind.eq(kind.word()));
    Ok(diesel::delete(those).execute(connection)?)
}

/// Deletes a dossier's entries, to be computed again under another cohort.
///
/// # Errors
/// When the database can't be asked.
pub fn delete_of(connection: &mut AnyConnection, dossier: &Id) -> Result<usize, StoreError> {
    let gone = diesel::delete(lookups::table.filter(lookups::dossier_id.eq(dossier)));
    Ok(either!(connection, inner => gone.execute(inner)?))
}
