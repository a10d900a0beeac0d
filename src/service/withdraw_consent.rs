//! An applicant withdraws the consent that people outside assess an application.

use serde_json::json;

use super::context::{Context, StoreOrService};
use super::error::ServiceError;
use super::permitted::OwnApplication;
use super::session::Applicant;
use crate::domain::consent::Purpose;
use crate::store::{applications, audit, consents, preparations};

/// Withdraws it: the packet is closed at once, and the application goes on without. Doing so again changes nothing.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn outside_assessment(
    ctx: &Context,
    who: &Applicant,
    own: &OwnApplication,
) -> Result<(), ServiceError> {
    let mut found = own.each_try();
    ctx.steadily(|_| {
        let application = found(ctx)?;
        let purpose = Purpose::OutsideAssessment.word();
        let detail = json!({ "purpose": purpose });
        let entry = ctx.audit(&who.actor(), "consent.withdrawn", Some(&application.id), &detail)?;
        let closed = ctx.audit_plain(&who.actor(), audit::PACKET_CLOSED, &application.id)?;
        let now = ctx.stamp();
        ctx.store
            .write(move |connection| {
                // Not while its packet is being released.
                applications::hold_still(connection, &application)?;
                if consents::withdraw(connection, &application.id, &purpose, now)? == 0 {
                    return Ok(());
                }
                audit::insert(connection, &entry)?;
                match preparations::close(connection, &application.id)? {
                    Some(_) => audit::insert(connection, &closed),
                    None => Ok(()),
                }
            })
            .map_err(StoreOrService::from)
    })
}
