//! Assessors as those see them who share packets out.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::domain::id::Id;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::service::people::State;
use crate::store::assessors::{self, AssessorRow};
use crate::store::{AnyConnection, StoreError};

/// An assessor, opened.
#[derive(Clone)]
pub(crate) struct Candidate {
    pub id: Id,
    pub dossier: Id,
    pub name: Secret,
    pub email: Secret,
    pub tags: Vec<Secret>,
    pub state: State,
    pub until: NaiveDate,
}

impl Candidate {
    /// Whether they can come in and work on a day.
    pub fn has_access(&self, today: NaiveDate) -> bool {
        self.state == State::Active && self.until >= today
    }

    /// What they are called on pages, also before they have said so.
    pub fn shown(&self) -> Secret {
        if self.name.is_blank() { self.email.clone() } else { self.name.clone() }
    }
}

/// Those who can come in or were invited, and those of some ids whose time may be over: an account is kept for years
/// after that.
pub(crate) fn current_and(ctx: &Context, others: &[Id]) -> Result<Vec<Candidate>, ServiceError> {
    let today = ctx.today();
    let mut found = ctx.store.read(|connection| assessors::current(connection, today))?;
    let missing: BTreeSet<Id> = {
        let here: BTreeSet<&Id> = found.iter().map(|(row, _)| &row.id).collect();
        others.iter().filter(|id| !here.contains(id)).cloned().collect()
    };
    if !missing.is_empty() {
        let missing: Vec<Id> = missing.into_iter().collect();
        found.extend(ctx.store.read(|connection| assessors::named(connection, &missing))?);
    }
    found
        .into_iter()
        .map(|(row, key)| {
            let key = ctx.unwrap_key(&key, &row.dossier_id)?;
            let open = |slot, sealed| ctx.open(&key, slot, &row.id, &row.dossier_id, sealed);
            let tags = match &row.tags {
                Some(sealed) => split(&open(Slot::AssessorTags, sealed)?),
                None => Vec::new(),
            };
            Ok(Candidate {
                name: open(Slot::AssessorName, &row.name)?,
                email: open(Slot::AssessorEmail, &row.email)?,
                tags,
                state: State::of(&row.state),
                until: row.access_until,
                id: row.id.clone(),
                dossier: row.dossier_id.clone(),
            })
        })
        .collect()
}

/// Words between commas, as they are kept.
pub(crate) fn split(text: &Secret) -> Vec<Secret> {
    let words = text.expose().split(',').map(str::trim).filter(|word| !word.is_empty());
    words.map(Secret::new).collect()
}

/// Whether an assessor can come in on a day, asked in the transaction that gives them something.
pub(crate) fn still_has_access(
    connection: &mut AnyConnection,
    id: &Id,
    today: NaiveDate,
) -> Result<bool, StoreError> {
    let found: Option<AssessorRow> = assessors::find(connection, id)?;
    Ok(found.is_some_and(|row| row.state == assessors::ACTIVE && row.access_until >= today))
}
