//! Whether this process can do its work.

use super::context::Context;
use super::error::ServiceError;
use crate::store::site;

/// Whether the database answers and the keyring is the one that the site works with.
///
/// # Errors
/// Why not.
pub fn ready(ctx: &Context) -> Result<(), ServiceError> {
    let found = ctx.store.read(site::find)?.ok_or(ServiceError::Busy)?;
    if i64::from(ctx.vault.generation()) < found.generation {
        ctx.vault.reload()?;
    }
    if i64::from(ctx.vault.generation()) < found.generation {
        return Err(ServiceError::Busy);
    }
    Ok(())
}
