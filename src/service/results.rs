//! Staff's side of assessment: their own scores, what assessors gave, and what a round's scores say.

pub mod comments;
pub mod discuss;
pub mod export;
mod given;
pub mod one;
pub mod round;
pub mod staff_scores;

use crate::domain::programme::Criterion;
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::service::rounds::RoundView;
use crate::store::assessment_plans::{self, Plan};

/// How a round is assessed, and by what it is judged: as was settled, else as the programme says now.
pub(crate) fn criteria_of(
    ctx: &Context,
    round: &RoundView,
) -> Result<(Option<Plan>, Vec<Criterion>), ServiceError> {
    let plan = ctx.store.read(|connection| assessment_plans::find(connection, &round.id))?;
    let criteria = match &plan {
        Some(plan) => serde_json::from_str(&plan.criteria)
            .map_err(|e| ServiceError::internal(format!("plan of round {}: {e}", round.id)))?,
        None => round.programme.criterion.clone(),
    };
    Ok((plan, criteria))
}
