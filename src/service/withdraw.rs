//! An applicant takes an application back.

use super::context::Context;
use super::error::ServiceError;
use super::session::Applicant;
use crate::domain::application::{Mover, Status};
use crate::domain::id::Id;
use crate::store::applications::{self, StatusChange};
use crate::store::audit;

/// Withdraws an application of one's own. Doing so again changes nothing. Its clock goes on as it was.
///
/// # Errors
/// [`ServiceError::NotFound`]; [`ServiceError::Conflict`] when it can't be withdrawn.
pub fn withdraw(ctx: &Context, who: &Applicant, id: &Id) -> Result<(), ServiceError> {
    let found = ctx
        .store
        .read(|connection| applications::find_own(connection, &who.account, id))?
        .ok_or(ServiceError::NotFound)?;
    let from = found.status();
    if from == Status::Withdrawn {
        return Ok(());
    }
    if !from.may_become(Status::Withdrawn, Mover::Applicant) {
        return Err(ServiceError::Conflict);
    }
    let change = StatusChange {
        id: ctx.id()?,
        dossier_id: found.dossier_id,
        application_id: id.clone(),
        from_status: from.word().to_owned(),
        to_status: Status::Withdrawn.word().to_owned(),
        actor: "applicant".to_owned(),
        actor_id: Some(who.account.clone()),
        at: ctx.stamp(),
    };
    let entry = ctx.audit_plain(&who.actor(), "application.withdrawn", id)?;
    let round = found.round_id;
    Ok(ctx.store.write(move |connection| {
        applications::change_status(connection, &round, &change)?;
        audit::insert(connection, &entry)
    })?)
}
