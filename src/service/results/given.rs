//! What assessors and staff gave, opened.

use std::collections::HashMap;

use crate::domain::id::Id;
use crate::domain::programme::{Criterion, ScoredBy};
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::store::scores::Score;
use crate::store::staff_scores::StaffScore;
use crate::vault::DataKey;

/// The points of an assessment by the place of their criterion among all.
pub(super) type Points = HashMap<i64, u32>;

/// The places of the criteria that somebody judges, among all.
pub(super) fn places(
    criteria: &[Criterion],
    by: ScoredBy,
) -> impl Iterator<Item = (i64, &Criterion)> {
    (0_i64..).zip(criteria).filter(move |(_, criterion)| criterion.scored_by == by)
}

/// The points that an assessor gave for a criterion; none while there are none.
pub(super) fn points(
    ctx: &Context,
    key: &DataKey,
    score: &Score,
) -> Result<Option<u32>, ServiceError> {
    let (slot, dossier) = (Slot::ScorePoints, &score.dossier_id);
    number(&ctx.open(key, slot, &score.id, dossier, &score.points)?, &score.id)
}

/// The comment that an assessor wrote on a criterion.
pub(super) fn comment(ctx: &Context, key: &DataKey, score: &Score) -> Result<Secret, ServiceError> {
    ctx.open(key, Slot::ScoreComment, &score.id, &score.dossier_id, &score.comment)
}

/// The points that staff gave for a criterion.
pub(super) fn staff_points(
    ctx: &Context,
    key: &DataKey,
    score: &StaffScore,
) -> Result<Option<u32>, ServiceError> {
    let (slot, dossier) = (Slot::StaffScorePoints, &score.dossier_id);
    number(&ctx.open(key, slot, &score.id, dossier, &score.points)?, &score.id)
}

fn number(text: &Secret, id: &Id) -> Result<Option<u32>, ServiceError> {
    if text.is_blank() {
        return Ok(None);
    }
    let parsed = text.expose().parse();
    parsed.map(Some).map_err(|_| ServiceError::internal(format!("points of {id} are no number")))
}
