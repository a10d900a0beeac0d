//! Moving a dossier's clock: its data keys, and those of all under it, are wrapped under another quarter.

use super::context::Context;
use super::error::ServiceError;
use crate::domain::id::Id;
use crate::domain::lookup::LookupKind;
use crate::domain::quarter::Quarter;
use crate::domain::retention::KeptUntil;
use crate::domain::sealed::WrappedKey;
use crate::domain::secret::Secret;
use crate::store::lookups::{self, NewLookup};
use crate::store::{AnyConnection, StoreError, dossiers};

/// A value that is found by its blind index.
pub(crate) struct Indexed<'a> {
    /// What it finds.
    pub kind: LookupKind,
    /// The dossier with which it goes.
    pub dossier: &'a Id,
    /// The row that is found.
    pub subject: &'a Id,
    /// The value.
    pub value: &'a Secret,
}

/// A clock to be moved, with everything computed that the transaction needs.
#[derive(Clone)]
pub(crate) struct Move {
    kept: KeptUntil,
    swaps: Vec<(Id, WrappedKey, WrappedKey)>,
    lookups: Vec<NewLookup>,
}

/// Plans to keep a dossier and all under it until another day. `indexed` are all of its values that can be
/// looked up: their indexes are computed anew, under the keys of the quarter to which it goes.
pub(crate) fn plan(
    ctx: &Context,
    dossier: &Id,
    kept: KeptUntil,
    indexed: &[Indexed<'_>],
) -> Result<Move, ServiceError> {
    let subtree = ctx.store.read(|connection| dossiers::subtree(connection, dossier))?;
    plan_with(ctx, subtree, kept, indexed)
}

/// The same where the dossier and all under it were read already.
pub(crate) fn plan_with(
    ctx: &Context,
    subtree: Vec<(Id, WrappedKey)>,
    kept: KeptUntil,
    indexed: &[Indexed<'_>],
) -> Result<Move, ServiceError> {
    let quarter = Quarter::of(kept.last_day);
    let mut swaps = Vec::new();
    for (id, old) in subtree {
        let new = ctx.vault.rewrap(&old, &id, quarter)?;
        swaps.push((id, old, new));
    }
    let mut lookups = Vec::new();
    for value in indexed {
        lookups.push(NewLookup {
            id: ctx.id()?,
            dossier: value.dossier.clone(),
            kind: value.kind,
            tag: ctx.vault.blind(value.kind, quarter, value.value.expose())?,
            subject: value.subject.clone(),
        });
    }
    Ok(Move { kept, swaps, lookups })
}

impl Move {
    /// The quarter to which it goes.
    pub fn quarter(&self) -> Quarter {
        Quarter::of(self.kept.last_day)
    }

    /// Moves the clock.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a key was re-wrapped meanwhile.
    pub fn apply(&self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        let rule = self.kept.rule.word();
        for (id, old, new) in &self.swaps {
            if !dossiers::swap_key(connection, id, old, new)? {
                return Err(StoreError::Conflict);
            }
            dossiers::set_clock(connection, id, self.kept.last_day, rule)?;
        }
        if !self.lookups.is_empty() {
            for (id, _, _) in &self.swaps {
                lookups::delete_of(connection, id)?;
            }
        }
        for lookup in &self.lookups {
            lookups::insert(connection, lookup)?;
        }
        Ok(())
    }
}
