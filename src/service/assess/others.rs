//! What others gave to a packet, for an assessor who has handed in their own scores in a round that shows it.

use serde_json::json;

use super::own::{OwnAssignment, still};
use super::read_packet::given;
use crate::domain::assessing;
use crate::domain::assignment::{Comments, State};
use crate::domain::secret::Secret;
use crate::service::context::{Actor, Context};
use crate::service::error::ServiceError;
use crate::service::outsiders::Assessor;
use crate::store::assignments::Assignment;
use crate::store::{assignments, audit, scores};
use crate::vault::MacPurpose;

/// What another assessor gave.
#[derive(Clone)]
pub struct OtherView {
    /// By criterion.
    pub criteria: Vec<OtherScore>,
}

/// What another assessor gave for a criterion.
#[derive(Clone)]
pub struct OtherScore {
    /// What was judged.
    pub name: String,
    /// The most points.
    pub most: u32,
    /// The points.
    pub points: Secret,
    /// The comment.
    pub comment: Secret,
}

/// What others gave and staff looked through, in an order that is this assessor's alone. It is in the audit before it is
/// shown.
///
/// # Errors
/// [`ServiceError::NotFound`] when the round shows nothing of others, while the assessor's own scores are not handed in, or
/// when the assignment was taken back; [`ServiceError::Busy`], [`ServiceError::Full`], [`ServiceError::Internal`].
pub fn read(
    ctx: &Context,
    who: &Assessor,
    own: &OwnAssignment,
) -> Result<Vec<OtherView>, ServiceError> {
    let actor = Actor::Assessor(who.id.clone());
    let mut found = own.each_try(who);
    ctx.steadily(|generation| {
        let own = found(ctx)?;
        own.must_be_readable()?;
        if !own.shows_others() {
            return Err(ServiceError::NotFound.into());
        }
        let (packet, viewer) = (own.own.packet.id.clone(), own.id().clone());
        let detail = json!({ "assignment": viewer.as_str() });
        let entry = ctx.audit(&actor, "scores.shown", Some(&packet), &detail)?;
        let (assessor, before) = (who.id.clone(), own.own.clone());
        let rows = ctx.write_under(generation, move |connection| {
            let now = still(connection, &assessor, &before)?;
            audit::insert(connection, &entry)?;
            let mut rows = Vec::new();
            for other in assignments::of_packet(connection, &now.packet.id)? {
                if other.id != now.assignment.id && is_shown(&other) {
                    let given = scores::of_assignment(connection, &other.id)?;
                    rows.push((other.id, given));
                }
            }
            Ok(rows)
        })?;
        let key = ctx.unwrap_key(&own.own.key, &own.own.packet.dossier_id)?;
        let criteria = own.criteria()?;
        let mut views = Vec::new();
        for (other, scores) in rows {
            // Nobody who compares can tell by the order whose scores these are.
            let parts =
                [b"others".as_slice(), viewer.as_str().as_bytes(), other.as_str().as_bytes()];
            let place = ctx.digest(MacPurpose::Session, &parts)?;
            let mut view = OtherView { criteria: Vec::new() };
            for (at, criterion) in assessing::own(&criteria) {
                let (points, comment) = given(ctx, &key, &scores, at)?;
                let (name, most) = (criterion.name.clone(), criterion.points);
                view.criteria.push(OtherScore { name, most, points, comment });
            }
            views.push((place, view));
        }
        views.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(views.into_iter().map(|(_, view)| view).collect())
    })
}

fn is_shown(other: &Assignment) -> bool {
    other.state() == State::Submitted && other.comments() == Comments::Clear
}
