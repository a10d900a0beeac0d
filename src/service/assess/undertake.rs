//! Before an assessor reads anything of a round, they undertake to keep it in confidence.

use chrono::NaiveDate;
use serde_json::json;

use super::own::{OwnAssignment, still};
use crate::service::context::{Actor, Context};
use crate::service::error::ServiceError;
use crate::service::outsiders::Assessor;
use crate::store::undertakings::{self, Undertaking};
use crate::store::{assessment_plans, audit};

/// The text, and whether it was accepted.
#[derive(Clone)]
pub struct UndertakingView {
    /// The version of the text.
    pub version: i64,
    /// The text.
    pub paragraphs: Vec<String>,
    /// On which day the assessor accepted it, if they have.
    pub accepted_on: Option<NaiveDate>,
}

/// The text that was accepted for the round of an assignment, or that is to be.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn read(
    ctx: &Context,
    who: &Assessor,
    own: &OwnAssignment,
) -> Result<UndertakingView, ServiceError> {
    let (accepted, text) = ctx.store.read(|connection| {
        let all = undertakings::of_assessor(connection, &who.id)?;
        let accepted = all.into_iter().find(|one| one.round_id == own.plan.round_id);
        let text = accepted.as_ref().map_or(&own.plan.undertaking_id, |one| &one.text_id);
        let text = assessment_plans::text(connection, text)?;
        Ok((accepted, text))
    })?;
    Ok(UndertakingView {
        version: text.version,
        paragraphs: text.body.lines().map(str::to_owned).collect(),
        accepted_on: accepted.map(|one| one.accepted_at.date()),
    })
}

/// Accepts the text that was shown, which has this version.
///
/// # Errors
/// [`ServiceError::Invalid`] without a tick, and when staff changed the text meanwhile; [`ServiceError::NotFound`] when the
/// assignment was taken back; [`ServiceError::Busy`], [`ServiceError::Full`], [`ServiceError::Internal`].
pub fn accept(
    ctx: &Context,
    who: &Assessor,
    own: &OwnAssignment,
    version: &str,
    is_ticked: bool,
) -> Result<(), ServiceError> {
    if !is_ticked {
        return Err(ServiceError::field("undertaking", "Tick the box if you undertake this"));
    }
    let actor = Actor::Assessor(who.id.clone());
    let mut found = own.each_try(who);
    ctx.steadily(|generation| {
        let own = found(ctx)?;
        if own.is_undertaken() {
            return Ok(());
        }
        let wanted = &own.plan.undertaking_id;
        let text = ctx.store.read(|connection| assessment_plans::text(connection, wanted))?;
        if version != text.version.to_string() {
            let changed = "The text changed meanwhile. Read it again, then tick the box";
            return Err(ServiceError::field("undertaking", changed).into());
        }
        let undertaking = Undertaking {
            id: ctx.id()?,
            dossier_id: who.session.dossier.clone(),
            assessor_id: who.id.clone(),
            round_id: own.plan.round_id.clone(),
            text_id: text.id,
            accepted_at: ctx.stamp(),
        };
        let detail = json!({
            "round": undertaking.round_id.as_str(),
            "text": undertaking.text_id.as_str(),
        });
        let entry = ctx.audit(&actor, "undertaking.accepted", Some(&undertaking.id), &detail)?;
        ctx.write_under(generation, move |connection| {
            still(connection, &undertaking.assessor_id, &own.own)?;
            undertakings::insert(connection, &undertaking)?;
            audit::insert(connection, &entry)
        })?;
        Ok(())
    })
}
