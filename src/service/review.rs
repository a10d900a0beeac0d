//! Staff move an application: into review, and back.

use serde_json::json;

use super::context::Context;
use super::error::ServiceError;
use super::permitted::ReceivedApplication;
use super::session::Staff;
use crate::domain::application::{Mover, Status};
use crate::domain::role::Permission;
use crate::store::applications::{self, StatusChange};
use crate::store::audit;

/// Moves an application. Moving it where it stands changes nothing.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but officers; [`ServiceError::Conflict`].
pub fn review(
    ctx: &Context,
    who: &Staff,
    received: &ReceivedApplication,
    to: Status,
) -> Result<(), ServiceError> {
    who.must(Permission::ReviewApplications)?;
    let (found, id) = (received.application.clone(), received.id());
    let from = found.status();
    if from == to {
        return Ok(());
    }
    if !from.may_become(to, Mover::Staff) {
        return Err(ServiceError::Conflict);
    }
    let change = StatusChange {
        id: ctx.id()?,
        dossier_id: found.dossier_id,
        application_id: id.clone(),
        from_status: from.word().to_owned(),
        to_status: to.word().to_owned(),
        actor: "staff".to_owned(),
        actor_id: Some(who.id.clone()),
        at: ctx.stamp(),
    };
    let detail = json!({ "from": from.word(), "to": to.word() });
    let entry = ctx.audit(
        &who.acting(Permission::ReviewApplications),
        "application.moved",
        Some(id),
        &detail,
    )?;
    let round = found.round_id;
    Ok(ctx.store.write(move |connection| {
        applications::change_status(connection, &round, &change)?;
        audit::insert(connection, &entry)
    })?)
}
