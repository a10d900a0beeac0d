//! What an address costs that somebody has, done for one that nobody has: the time of an answer tells nobody who is here.

use super::context::Context;
use super::error::ServiceError;
use crate::domain::class::Class;
use crate::domain::id::Id;
use crate::domain::quarter::Quarter;
use crate::domain::retention::DossierFacts;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::{AnyConnection, StoreError, dossiers};

/// As long as an address is once it is padded.
const NOBODY: &str = "nobody@nowhere.invalid";

/// Reads a row and a key that are not there, makes a key instead of unwrapping one, and seals where a found row would
/// have been opened: each is as much work as the other. `find` is how the row would be read.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub(crate) fn as_if_found(
    ctx: &Context,
    class: Class,
    slots: &[Slot],
    find: impl FnOnce(&mut AnyConnection, &Id) -> Result<(), StoreError>,
) -> Result<(), ServiceError> {
    let id = ctx.id()?;
    ctx.store.read(|connection| find(connection, &id))?;
    match ctx.store.read(|connection| dossiers::key(connection, &id)) {
        Ok(_) | Err(StoreError::NotFound) => {}
        Err(error) => return Err(error.into()),
    }
    let kept = DossierFacts::SignIn { created: ctx.today() }.kept_until(&ctx.periods);
    let (key, _) = ctx.vault.new_data_key(class, Quarter::of(kept.last_day), &id)?;
    let value = Secret::new(NOBODY);
    for slot in slots {
        ctx.seal(&key, *slot, &id, &id, &value)?;
    }
    Ok(())
}
