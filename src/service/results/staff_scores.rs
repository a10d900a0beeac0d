//! Staff give points for the criteria that are theirs.

use serde_json::json;

use super::criteria_of;
use super::given::places;
use crate::domain::assessing::{self, MOST_COMMENT};
use crate::domain::form::FieldError;
use crate::domain::programme::ScoredBy;
use crate::domain::role::Permission;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::service::context::{Context, StoreOrService};
use crate::service::error::ServiceError;
use crate::service::permitted::ReceivedApplication;
use crate::service::rounds;
use crate::service::session::Staff;
use crate::store::staff_scores::{self, StaffScore};
use crate::store::{applications, audit};

/// What was typed for a criterion.
#[derive(Clone)]
pub struct Typed {
    /// Its place among all.
    pub place: i64,
    /// The points, as they were typed.
    pub points: Secret,
    /// The comment.
    pub comment: Secret,
}

/// Gives points for the criteria of staff, in the place of those given before. Where a field is left blank there are none
/// yet.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but officers; [`ServiceError::Invalid`].
pub fn give(
    ctx: &Context,
    who: &Staff,
    received: &ReceivedApplication,
    typed: &[Typed],
) -> Result<(), ServiceError> {
    who.must(Permission::ReviewApplications)?;
    let actor = who.acting(Permission::ReviewApplications);
    ctx.steadily(|generation| {
        let application = received.renewed(ctx)?.application;
        let round = rounds::of_application(ctx, &application.round_id, &application.form_id)?;
        let (_, criteria) = criteria_of(ctx, &round)?;
        let key = ctx.data_key(&application.dossier_id)?;
        let (mut errors, mut new, mut own) = (Vec::new(), Vec::new(), Vec::new());
        for (place, criterion) in places(&criteria, ScoredBy::Staff) {
            own.push(place);
            let Some(typed) = typed.iter().find(|typed| typed.place == place) else { continue };
            let at = usize::try_from(place).unwrap_or_default();
            let points = match assessing::points(criterion, typed.points.expose()) {
                Ok(points) => points,
                Err(message) => {
                    errors.push(FieldError { field: assessing::points_control(at), message });
                    continue;
                }
            };
            if typed.comment.expose().chars().count() > MOST_COMMENT {
                let message = format!("The comment must be {MOST_COMMENT} characters or fewer");
                errors.push(FieldError { field: assessing::comment_control(at), message });
                continue;
            }
            if points.is_none() && typed.comment.is_blank() {
                continue;
            }
            let id = ctx.id()?;
            let dossier = application.dossier_id.clone();
            let text = Secret::new(points.map(|points| points.to_string()).unwrap_or_default());
            let seal = |slot, value| ctx.seal(&key, slot, &id, &dossier, value);
            new.push(StaffScore {
                points: seal(Slot::StaffScorePoints, &text)?,
                comment: seal(Slot::StaffScoreComment, &typed.comment)?,
                id,
                dossier_id: dossier,
                application_id: application.id.clone(),
                criterion: place,
                staff_id: who.id.clone(),
                given_at: ctx.stamp(),
            });
        }
        if !errors.is_empty() {
            return Err(ServiceError::Invalid(errors).into());
        }
        let detail = json!({ "criteria": own });
        let entry = ctx.audit(&actor, "application.scored", Some(&application.id), &detail)?;
        ctx.write_under(generation, move |connection| {
            applications::hold_still(connection, &application)?;
            staff_scores::replace(connection, &application.id, &own, &new)?;
            audit::insert(connection, &entry)
        })
        .map_err(StoreOrService::from)
    })
}
