//! An assessor puts a question about a packet to staff.

use serde_json::json;

use super::own::{OwnAssignment, still};
use crate::domain::assessing::{self, MOST_QUESTIONS};
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::service::context::{Actor, Context};
use crate::service::error::ServiceError;
use crate::service::outsiders::Assessor;
use crate::store::assessor_questions::{self, AssessorQuestion};
use crate::store::{StoreError, audit};

/// Asks. Staff see it beside the packet.
///
/// # Errors
/// [`ServiceError::Invalid`] when there is nothing in it or too much, when scoring is closed, or when there are
/// [`MOST_QUESTIONS`] already; [`ServiceError::NotFound`] when the assignment was taken back; [`ServiceError::Busy`],
/// [`ServiceError::Full`], [`ServiceError::Internal`].
pub fn ask(
    ctx: &Context,
    who: &Assessor,
    own: &OwnAssignment,
    question: &Secret,
) -> Result<(), ServiceError> {
    let refuse = |message: String| ServiceError::field("question", message);
    assessing::question(question.expose()).map_err(refuse)?;
    let actor = Actor::Assessor(who.id.clone());
    let mut found = own.each_try(who);
    let asked = ctx.steadily(|generation| {
        let own = found(ctx)?;
        own.must_be_readable()?;
        if !own.is_open() {
            return Err(refuse("Scoring is closed, so no question can be sent".to_owned()).into());
        }
        let (id, dossier) = (ctx.id()?, &own.own.packet.dossier_id);
        let key = ctx.unwrap_key(&own.own.key, dossier)?;
        let new = AssessorQuestion {
            body: ctx.seal(&key, Slot::AssessorQuestionBody, &id, dossier, question)?,
            dossier_id: dossier.clone(),
            assignment_id: own.id().clone(),
            asked_at: ctx.stamp(),
            answer: None,
            answered_by: None,
            answered_at: None,
            id,
        };
        let detail = json!({ "packet": own.own.packet.id.as_str() });
        let entry = ctx.audit(&actor, "question.asked", Some(&new.id), &detail)?;
        let assessor = who.id.clone();
        let asked = ctx.write_under(generation, move |connection| {
            let own = still(connection, &assessor, &own.own)?;
            let before = assessor_questions::of_assignment(connection, &own.assignment.id)?;
            if before.len() >= MOST_QUESTIONS {
                return Err(StoreError::Refused);
            }
            assessor_questions::insert(connection, &new)?;
            audit::insert(connection, &entry)
        });
        match asked {
            Ok(()) => Ok(true),
            Err(StoreError::Refused) => Ok(false),
            Err(error) => Err(error.into()),
        }
    })?;
    if asked {
        Ok(())
    } else {
        Err(refuse(format!("You can ask {MOST_QUESTIONS} questions about one packet at most")))
    }
}
