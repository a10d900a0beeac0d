//! A round's packets shared out by the machine: first shown, then done if nothing has changed.

use super::act::Act;
use super::reckoning::{Reckoning, digest, reckon};
use super::table::note_ids;
use crate::domain::id::Id;
use crate::domain::secret::Secret;
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::service::session::Staff;
use crate::store::StoreError;
use crate::store::assigning::PacketRow;

/// The most reasons that are told at a time.
const MOST_REASONS: usize = 25;

/// What an assessor would get.
#[derive(Clone)]
pub struct Share {
    /// The name.
    pub name: Secret,
    /// How many packets of other rounds wait for them.
    pub elsewhere: usize,
    /// How many of this round they have.
    pub has: usize,
    /// How many they would get.
    pub gets: usize,
    /// How many of these share none of their words, though the packet has some.
    pub strange: usize,
    /// Whether their access ends before the due day.
    pub ends_early: bool,
}

impl Share {
    /// How many packets of this round they would have then.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.has + self.gets
    }
}

/// What sharing out would do.
#[derive(Clone)]
pub struct Preview {
    /// The round's name in addresses.
    pub slug: String,
    /// Programme and round.
    pub title: String,
    /// How many assessors each packet needs.
    pub each: usize,
    /// By when scores are asked for.
    pub due_on: chrono::NaiveDate,
    /// Whether that day has passed.
    pub is_late: bool,
    /// How many packets there are.
    pub packets: usize,
    /// How many assignments would be made.
    pub new: usize,
    /// Who would get how many.
    pub shares: Vec<Share>,
    /// Why it can't be done, in sentences; none where it can.
    pub reasons: Vec<Secret>,
    /// How many more reasons there are.
    pub more_reasons: usize,
    /// Says what this was reckoned from: the same again, or something has changed.
    pub digest: String,
}

impl Preview {
    /// Whether there is something to be done, and it can be done.
    #[must_use]
    pub fn can_be_done(&self) -> bool {
        self.reasons.is_empty() && self.new > 0 && !self.is_late
    }
}

/// What became of sharing out.
pub enum Outcome {
    /// It is done: so many packets went to so many people.
    Done {
        /// How many assignments were made.
        new: usize,
        /// How many people got some.
        people: usize,
    },
    /// Something has changed since it was shown, or it can't be done: this is what would be done now.
    Again(Box<Preview>),
}

/// Shows who would get how many. Nothing is written but that it was looked at.
///
/// # Errors
/// As [`super::table::table`].
pub fn preview(ctx: &Context, who: &Staff, slug: &str) -> Result<Preview, ServiceError> {
    let reckoning = reckon(ctx, who, slug)?;
    note_reasons(ctx, who, &reckoning)?;
    shown(ctx, &reckoning)
}

/// A reason names applications by their references: then they stood in a list.
fn note_reasons(ctx: &Context, who: &Staff, reckoning: &Reckoning) -> Result<(), ServiceError> {
    let Err(reasons) = &reckoning.result else { return Ok(()) };
    let named = |row: &&PacketRow| {
        let told = reasons.iter().take(MOST_REASONS);
        told.into_iter().any(|reason| reason.expose().contains(&row.reference))
    };
    let ids: Vec<&Id> =
        reckoning.input.packets.iter().filter(named).map(|row| &row.application).collect();
    if ids.is_empty() { Ok(()) } else { note_ids(ctx, who, &ids) }
}

/// Shares the packets out, if what was shown is still what would be done.
///
/// # Errors
/// As [`super::table::table`].
pub fn assign(
    ctx: &Context,
    who: &Staff,
    slug: &str,
    digest: &str,
) -> Result<Outcome, ServiceError> {
    let reckoning = reckon(ctx, who, slug)?;
    let preview = shown(ctx, &reckoning)?;
    if preview.digest != digest || !preview.can_be_done() {
        note_reasons(ctx, who, &reckoning)?;
        return Ok(Outcome::Again(Box::new(preview)));
    }
    let Ok(new) = &reckoning.result else { return Ok(Outcome::Again(Box::new(preview))) };
    let act = Act::of(ctx, who, &reckoning, new)?;
    let (made, people) = (act.new.len(), act.mails.len());
    match ctx.store.write(move |connection| act.apply(connection)) {
        Ok(()) => Ok(Outcome::Done { new: made, people }),
        // Somebody else was quicker: what they did is part of what is shown now.
        Err(StoreError::Conflict | StoreError::InUse) => {
            let now = reckon(ctx, who, slug)?;
            note_reasons(ctx, who, &now)?;
            Ok(Outcome::Again(Box::new(shown(ctx, &now)?)))
        }
        Err(error) => Err(error.into()),
    }
}

fn shown(ctx: &Context, reckoning: &Reckoning) -> Result<Preview, ServiceError> {
    let Reckoning { input, result, .. } = reckoning;
    let plan = &input.planned.plan;
    let made: &[(Id, Id, usize)] = result.as_ref().map_or(&[], Vec::as_slice);
    let has_tags = |packet: &Id| reckoning.tags.get(packet).is_some_and(|own| !own.is_empty());
    let mut shares: Vec<Share> = input
        .available()
        .into_iter()
        .map(|who| {
            let own = || made.iter().filter(|(_, assessor, _)| *assessor == who.id);
            let live = input
                .assignments
                .iter()
                .filter(|own| own.state().is_live() && own.assessor_id.as_ref() == Some(&who.id));
            Share {
                name: who.shown(),
                elsewhere: usize::try_from(reckoning.elsewhere(&who.id)).unwrap_or_default(),
                has: live.count(),
                gets: own().count(),
                strange: own()
                    .filter(|(packet, _, shared)| *shared == 0 && has_tags(packet))
                    .count(),
                ends_early: who.until < plan.due_on,
            }
        })
        .collect();
    shares.sort_by_cached_key(|share| share.name.expose().to_lowercase());
    let mut reasons = result.as_ref().err().cloned().unwrap_or_default();
    let more_reasons = reasons.len().saturating_sub(MOST_REASONS);
    reasons.truncate(MOST_REASONS);
    Ok(Preview {
        slug: input.planned.round.slug.clone(),
        title: input.planned.round.title(),
        each: input.planned.each(),
        due_on: plan.due_on,
        is_late: plan.due_on < input.today,
        packets: input.packets.len(),
        new: made.len(),
        shares,
        reasons,
        more_reasons,
        digest: digest(ctx, reckoning)?,
    })
}
