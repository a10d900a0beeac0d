//! Staff write notes to each other about an application, and answer what assessors ask.

use crate::domain::assessing::MOST_QUESTION;
use crate::domain::id::Id;
use crate::domain::role::Permission;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::domain::strike;
use crate::service::context::{Context, StoreOrService};
use crate::service::error::ServiceError;
use crate::service::packets::team;
use crate::service::permitted::ReceivedApplication;
use crate::service::session::Staff;
use crate::store::notes::{self, Note};
use crate::store::{applications, assessor_questions, assignments, audit, preparations};

/// The most characters of a note.
pub const MOST_NOTE: usize = 4_000;

/// Adds a note about an application. Staff who read applications read it, and nobody else.
///
/// # Errors
/// [`ServiceError::Forbidden`]; [`ServiceError::Invalid`].
pub fn note(
    ctx: &Context,
    who: &Staff,
    received: &ReceivedApplication,
    text: &Secret,
) -> Result<(), ServiceError> {
    who.must(Permission::ReadApplications)?;
    if text.is_blank() {
        return Err(ServiceError::field("note", "Write something"));
    }
    if text.expose().chars().count() > MOST_NOTE {
        return Err(ServiceError::field(
            "note",
            format!("A note must be {MOST_NOTE} characters or fewer"),
        ));
    }
    let actor = who.acting(Permission::ReadApplications);
    ctx.steadily(|generation| {
        let application = received.renewed(ctx)?.application;
        let (id, dossier) = (ctx.id()?, application.dossier_id.clone());
        let key = ctx.data_key(&dossier)?;
        let note = Note {
            body: ctx.seal(&key, Slot::NoteBody, &id, &dossier, text)?,
            id,
            dossier_id: dossier,
            application_id: application.id.clone(),
            staff_id: who.id.clone(),
            written_at: ctx.stamp(),
        };
        let entry = ctx.audit_plain(&actor, "application.noted", &application.id)?;
        ctx.write_under(generation, move |connection| {
            applications::hold_still(connection, &application)?;
            notes::insert(connection, &note)?;
            audit::insert(connection, &entry)
        })
        .map_err(StoreOrService::from)
    })
}

/// Answers what an assessor asked about an application's packet. The assessor reads it: it must not name the applicant.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but officers; [`ServiceError::NotFound`] when the question is about another packet;
/// [`ServiceError::Conflict`] when it was answered; [`ServiceError::Invalid`].
pub fn answer(
    ctx: &Context,
    who: &Staff,
    received: &ReceivedApplication,
    question: &Id,
    text: &Secret,
) -> Result<(), ServiceError> {
    who.must(Permission::ReviewApplications)?;
    let field = format!("answer.{question}");
    if text.is_blank() || text.expose().chars().count() > MOST_QUESTION {
        let message = format!("Write an answer of {MOST_QUESTION} characters or fewer");
        return Err(ServiceError::field(field, message));
    }
    let known = team::known(ctx, received.id(), &[])?;
    if let Some(found) = strike::names_someone(&known, text.expose()).first() {
        let word = text.expose().get(found.start..found.end).unwrap_or_default();
        let message = format!("The assessor must not read “{word}”: take it out");
        return Err(ServiceError::field(field, message));
    }
    let actor = who.acting(Permission::ReviewApplications);
    ctx.steadily(|generation| {
        let application = received.renewed(ctx)?.application;
        let found = ctx.store.read(|connection| {
            let Some(asked) = assessor_questions::find(connection, question)? else {
                return Ok(None);
            };
            let assignment = assignments::find(connection, &asked.assignment_id)?;
            let work = preparations::find(connection, &application.id)?;
            let own = assignment.zip(work).filter(|(assignment, work)| {
                work.packet_id.as_ref() == Some(&assignment.packet_id)
            });
            Ok(own.map(|_| asked))
        })?;
        let asked = found.ok_or(ServiceError::NotFound)?;
        let (slot, dossier) = (Slot::AssessorQuestionAnswer, &asked.dossier_id);
        let key = ctx.data_key(dossier)?;
        let sealed = ctx.seal(&key, slot, &asked.id, dossier, text)?;
        let entry = ctx.audit_plain(&actor, "question.answered", &asked.id)?;
        let (by, now) = (who.id.clone(), ctx.stamp());
        ctx.write_under(generation, move |connection| {
            assessor_questions::answer(connection, &asked.id, (&sealed, &by, now))?;
            audit::insert(connection, &entry)
        })
        .map_err(StoreOrService::from)
    })
}
