//! What assessors wrote is looked through for what names the applicant, before anybody but staff reads it.
//!
//! It is done here, where the applicant's data can be opened, and not while the assessor waits: an answer that tells
//! whether a name was found would let anybody try names.

use serde_json::json;

use super::team;
use crate::domain::assignment::Comments;
use crate::domain::class::Class;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::domain::strike;
use crate::service::context::{Actor, Context};
use crate::service::error::ServiceError;
use crate::service::lease;
use crate::store::assignments::{self, Assignment};
use crate::store::{audit, preparations, scores};

/// How many assessments are looked through at a time.
const AT_ONCE: i64 = 50;

/// Looks through what was handed in. Answers how many assessments that were; a process that can't open the applicants'
/// data leaves it to one that can.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn look_through(ctx: &Context) -> Result<usize, ServiceError> {
    let works_on = ctx.works_on();
    let can = [Class::Personal, Class::Packet].iter().all(|class| works_on.contains(class));
    if !can || !lease::take(ctx, "comments")? {
        return Ok(0);
    }
    let unread = ctx.store.read(|connection| assignments::unread(connection, AT_ONCE))?;
    for assignment in &unread {
        let found = match names_somebody(ctx, assignment)? {
            true => Comments::Found,
            false => Comments::Clear,
        };
        let detail = json!({ "comments": found.word() });
        let entry =
            ctx.audit(&Actor::System, "assessment.looked_through", Some(&assignment.id), &detail)?;
        let before = assignment.clone();
        let written = ctx.store.write(move |connection| {
            assignments::set_comments(connection, &before, found)?;
            audit::insert(connection, &entry)
        });
        match written.map_err(ServiceError::from) {
            // They were written anew at this moment, and come again.
            Ok(()) | Err(ServiceError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(unread.len())
}

fn names_somebody(ctx: &Context, assignment: &Assignment) -> Result<bool, ServiceError> {
    let (work, given) = ctx.store.read(|connection| {
        Ok((
            preparations::of_packet(connection, &assignment.packet_id)?,
            scores::of_assignment(connection, &assignment.id)?,
        ))
    })?;
    // Nothing leads to an applicant any more who could be named.
    let Some(work) = work else { return Ok(false) };
    let known = team::known(ctx, &work.application_id, &[])?;
    let key = ctx.data_key(&assignment.dossier_id)?;
    let mut comments = Vec::with_capacity(given.len());
    for score in given {
        let (slot, dossier) = (Slot::ScoreComment, &assignment.dossier_id);
        comments.push(ctx.open(&key, slot, &score.id, dossier, &score.comment)?);
    }
    let texts: Vec<&str> = comments.iter().map(Secret::expose).collect();
    Ok(strike::find_in_several(&known, &texts).iter().any(|found| !found.is_empty()))
}
