//! Dossiers and their data keys. A data key is inserted with its dossier and at no other time: that is
//! the fence against the return of something that was erased.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::db::{AnyConnection, either};
use super::error::StoreError;
use super::schema::{data_keys, dossiers};
use crate::domain::class::Class;
use crate::domain::id::Id;
use crate::domain::sealed::{Sealed, WrappedKey};

/// What a dossier is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An application.
    Application,
    /// A member of an application; its parent is the application's.
    Member,
    /// An applicant's account.
    Account,
    /// A link and a code that were sent.
    SignIn,
    /// An account of staff.
    Staff,
    /// A day of the access log.
    AccessLog,
    /// An account of an assessor.
    Assessor,
    /// The copy of an application that assessors read; its parent is the application's.
    Packet,
}

impl Kind {
    /// The word in the table.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Member => "member",
            Self::Account => "account",
            Self::SignIn => "sign_in",
            Self::Staff => "staff",
            Self::AccessLog => "access_log",
            Self::Assessor => "assessor",
            Self::Packet => "packet",
        }
    }
}

/// A dossier to insert, with its key.
#[derive(Clone, Debug)]
pub struct NewDossier {
    /// Its id.
    pub id: Id,
    /// The dossier that it is a part of.
    pub parent: Option<Id>,
    /// What it is about.
    pub kind: Kind,
    /// The class of its values.
    pub class: Class,
    /// The last day on which it is kept.
    pub keep_until: NaiveDate,
    /// The rule that says so.
    pub rule: &'static str,
    /// When it was made, UTC.
    pub created_at: NaiveDateTime,
    /// Its data key.
    pub key: WrappedKey,
}

/// Inserts a dossier and its data key.
///
/// # Errors
/// [`StoreError::InUse`] when the cohort key that wraps the data key is not there any more.
pub fn insert(connection: &mut AnyConnection, new: &NewDossier) -> Result<(), StoreError> {
    diesel::insert_into(dossiers::table)
        .values((
            dossiers::id.eq(&new.id),
            dossiers::parent_id.eq(new.parent.as_ref().map(Id::as_str)),
            dossiers::kind.eq(new.kind.word()),
            dossiers::class.eq(new.class.word()),
            dossiers::keep_until.eq(new.keep_until),
            dossiers::rule.eq(new.rule),
            dossiers::created_at.eq(new.created_at),
        ))
        .execute(connection)?;
    diesel::insert_into(data_keys::table)
        .values((
            data_keys::dossier_id.eq(&new.id),
            data_keys::cohort_key.eq(&new.key.cohort_key),
            data_keys::wrapped.eq(&new.key.bytes),
        ))
        .execute(connection)?;
    Ok(())
}

/// The wrapped data key of a dossier.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such dossier.
pub fn key(connection: &mut AnyConnection, dossier: &Id) -> Result<WrappedKey, StoreError> {
    let query = data_keys::table.find(dossier).select((data_keys::cohort_key, data_keys::wrapped));
    let (cohort_key, bytes): (String, Sealed) =
        either!(connection, inner => query.get_result(inner)?);
    Ok(WrappedKey { cohort_key, bytes })
}

/// A dossier's clock.
#[derive(Clone, Debug, Queryable)]
pub struct Clock {
    /// The dossier.
    pub id: Id,
    /// The last day on which it is kept.
    pub keep_until: NaiveDate,
    /// The rule that says so.
    pub rule: String,
}

/// The clock of a dossier.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such dossier.
pub fn clock(connection: &mut AnyConnection, dossier: &Id) -> Result<Clock, StoreError> {
    Ok(dossiers::table
        .find(dossier)
        .select((dossiers::id, dossiers::keep_until, dossiers::rule))
        .get_result(connection)?)
}

/// A dossier and all under it, with their keys.
///
/// # Errors
/// When the database can't be asked.
pub fn subtree(
    connection: &mut AnyConnection,
    dossier: &Id,
) -> Result<Vec<(Id, WrappedKey)>, StoreError> {
    let mut found = vec![(dossier.clone(), key(connection, dossier)?)];
    // One question for each part: the trees are small, and a list of ids would be planned anew each time.
    let mut asked = 0;
    while let Some((parent, _)) = found.get(asked) {
        let query = dossiers::table
            .inner_join(data_keys::table)
            .filter(dossiers::parent_id.eq(parent.as_str().to_owned()))
            .select((dossiers::id, data_keys::cohort_key, data_keys::wrapped));
        let children: Vec<(Id, String, Sealed)> = either!(connection, inner => query.load(inner)?);
        found.extend(
            children
                .into_iter()
                .map(|(id, cohort_key, bytes)| (id, WrappedKey { cohort_key, bytes })),
        );
        asked += 1;
    }
    Ok(found)
}

/// Moves a dossier's clock.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such dossier.
pub fn set_clock(
    connection: &mut AnyConnection,
    dossier: &Id,
    keep_until: NaiveDate,
    rule: &str,
) -> Result<(), StoreError> {
    let change = diesel::update(dossiers::table.find(dossier))
        .set((dossiers::keep_until.eq(keep_until), dossiers::rule.eq(rule)));
    let changed = either!(connection, inner => change.execute(inner)?);
    if changed == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Replaces a wrapped data key by the same data key, wrapped otherwise, if nobody did so before.
///
/// # Errors
/// [`StoreError::InUse`] when the new cohort key is not there any more.
pub fn swap_key(
    connection: &mut AnyConnection,
    dossier: &Id,
    old: &WrappedKey,
    new: &WrappedKey,
) -> Result<bool, StoreError> {
    let same = data_keys::table.find(dossier).filter(data_keys::wrapped.eq(old.bytes.clone()));
    let change = diesel::update(same)
        .set((data_keys::cohort_key.eq(&new.cohort_key), data_keys::wrapped.eq(&new.bytes)));
    let changed = either!(connection, inner => change.execute(inner)?);
    Ok(changed == 1)
}

/// Erases a dossier and all that belongs to it.
///
/// # Errors
/// When the database can't be asked.
pub fn erase(connection: &mut AnyConnection, dossier: &Id) -> Result<bool, StoreError> {
    Ok(diesel::delete(dossiers::table.find(dossier)).execute(connection)? == 1)
}

/// Dossiers of some classes under a rule whose last day has passed.
///
/// # Errors
/// When the database can't be asked.
pub fn over(
    connection: &mut AnyConnection,
    classes: &[Class],
    rule: &str,
    today: NaiveDate,
    limit: i64,
) -> Result<Vec<Id>, StoreError> {
    Ok(dossiers::table
        .filter(dossiers::keep_until.lt(today))
        .filter(dossiers::rule.eq(rule))
        .filter(dossiers::parent_id.is_null())
        .filter(dossiers::class.eq_any(classes.iter().map(|class| class.word())))
        .order(dossiers::keep_until)
        .select(dossiers::id)
        .limit(limit)
        .load(connection)?)
}

/// Erases a dossier if its last day has still passed.
///
/// # Errors
/// When the database can't be asked.
pub fn erase_over(
    connection: &mut AnyConnection,
    dossier: &Id,
    rule: &str,
    today: NaiveDate,
) -> Result<bool, StoreError> {
    let over = dossiers::keep_until.lt(today).and(dossiers::rule.eq(rule));
    Ok(diesel::delete(dossiers::table.find(dossier).filter(over)).execute(connection)? == 1)
}
