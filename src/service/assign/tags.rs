//! What an assessor knows about, in words that packets may share.

use serde_json::json;

use super::candidates;
use crate::domain::packet;
use crate::domain::role::Permission;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::service::assessors::AssessorView;
use crate::service::context::{Context, StoreOrService};
use crate::service::error::ServiceError;
use crate::service::session::Staff;
use crate::store::{assessors, audit};

/// What an assessor knows about, as it would be typed.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn of(ctx: &Context, assessor: &AssessorView) -> Result<Secret, ServiceError> {
    let row = &assessor.row;
    let Some(sealed) = &row.tags else { return Ok(Secret::default()) };
    let key = ctx.data_key(&row.dossier_id)?;
    let text = ctx.open(&key, Slot::AssessorTags, &row.id, &row.dossier_id, sealed)?;
    let words = candidates::split(&text);
    let words: Vec<&str> = words.iter().map(Secret::expose).collect();
    Ok(Secret::new(words.join(", ")))
}

/// Says what an assessor knows about.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but officers; [`ServiceError::Invalid`].
pub fn set(
    ctx: &Context,
    who: &Staff,
    assessor: &AssessorView,
    typed: &Secret,
) -> Result<(), ServiceError> {
    who.must(Permission::ManageAssessors)?;
    let words =
        packet::entered(typed.expose()).map_err(|message| ServiceError::field("tags", message))?;
    let text = Secret::new(words.join(","));
    let (id, dossier) = (&assessor.row.id, &assessor.row.dossier_id);
    ctx.steadily(|generation| {
        let sealed = if text.is_blank() {
            None
        } else {
            let key = ctx.data_key(dossier)?;
            Some(ctx.seal(&key, Slot::AssessorTags, id, dossier, &text)?)
        };
        let detail = json!({ "words": words.len() });
        let actor = who.acting(Permission::ManageAssessors);
        let entry = ctx.audit(&actor, "assessor.tags_changed", Some(id), &detail)?;
        let id = id.clone();
        ctx.write_under(generation, move |connection| {
            assessors::set_tags(connection, &id, sealed.as_ref())?;
            audit::insert(connection, &entry)
        })
        .map_err(StoreOrService::from)
    })
}
