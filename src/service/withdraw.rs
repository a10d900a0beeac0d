//! An applicant takes an application back, or throws a draft away.

use super::context::Context;
use super::error::ServiceError;
use super::permitted::OwnApplication;
use super::session::Applicant;
use crate::domain::application::{Mover, Status};
use crate::store::applications::{self, StatusChange};
use crate::store::{audit, dossiers, preparations};

/// Withdraws an application of one's own: its clock goes on as it was, and doing so again changes nothing. A draft
/// is erased. Answers whether it is still there.
///
/// # Errors
/// [`ServiceError::Conflict`] when it can't be withdrawn.
pub fn withdraw(
    ctx: &Context,
    who: &Applicant,
    own: &OwnApplication,
) -> Result<bool, ServiceError> {
    let (found, id) = (own.application.clone(), own.id());
    let from = found.status();
    if from == Status::Withdrawn {
        return Ok(true);
    }
    if from == Status::Draft {
        let entry = ctx.audit_plain(&who.actor(), "application.draft_erased", id)?;
        let (seen, now, id) = (found.changed_at, ctx.stamp(), id.clone());
        ctx.store.write(move |connection| {
            // Not one that is being submitted at this moment.
            applications::touch_draft(connection, &id, seen, now)?;
            dossiers::erase(connection, &found.dossier_id)?;
            audit::insert(connection, &entry)
        })?;
        return Ok(false);
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
    let closed = ctx.audit_plain(&who.actor(), audit::PACKET_CLOSED, id)?;
    let round = found.round_id;
    ctx.store.write(move |connection| {
        applications::change_status(connection, &round, &change)?;
        // Assessors can read nothing of it from now on.
        audit::insert(connection, &entry)?;
        match preparations::close(connection, &change.application_id)? {
            Some(_) => audit::insert(connection, &closed),
            None => Ok(()),
        }
    })?;
    Ok(true)
}
