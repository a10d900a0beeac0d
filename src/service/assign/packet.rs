//! One packet of a round: who has it, and who could.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::input::Input;
use super::table::{self, Choice, Person, Row};
use super::{Assessed, barred};
use crate::domain::id::Id;
use crate::domain::secret::Secret;
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::service::session::Staff;

/// A packet with who has it and who could.
#[derive(Clone)]
pub struct PacketView {
    /// The round's name in addresses.
    pub slug: String,
    /// Programme and round.
    pub title: String,
    /// The packet.
    pub row: Row,
    /// By when scores are asked for, unless it is said otherwise.
    pub due_on: NaiveDate,
    /// The last day for which they can be.
    pub closes_on: NaiveDate,
    /// Those who could be given it: who shares most words with it first, then who has least.
    pub free: Vec<Choice>,
    /// Those who must not, and why.
    pub barred: Vec<Choice>,
}

/// One packet.
///
/// # Errors
/// As [`table::table`]; [`ServiceError::NotFound`] also for a packet of another round.
pub fn view(ctx: &Context, who: &Staff, slug: &str, id: &Id) -> Result<PacketView, ServiceError> {
    let input = Input::load(ctx, Assessed::planned(ctx, who, slug)?)?;
    let packet = input.packets.iter().find(|row| row.id == *id).ok_or(ServiceError::NotFound)?;
    let only = std::slice::from_ref(packet);
    let available = input.available();
    let known = barred::know(ctx, only, &available)?;
    let bars = ctx.store.read(|connection| {
        barred::bars(connection, input.planned.since(), only, &input.assignments, &known)
    })?;
    let row = table::rows(ctx, &input, &[packet])?.pop().ok_or(ServiceError::NotFound)?;
    table::note(ctx, who, &[packet])?;
    let folded = |tags: &[Secret]| -> BTreeSet<String> {
        tags.iter().map(|tag| tag.expose().to_lowercase()).collect()
    };
    let words = folded(&row.tags);
    let holds =
        |id: &Id| row.given.iter().any(|own| own.is_live() && own.assessor.as_ref() == Some(id));
    let choices = available.iter().filter(|who| !holds(&who.id)).map(|who| {
        let person = Person::of(&input, who);
        Choice {
            id: who.id.clone(),
            has: person.has(),
            ends_early: person.ends_early,
            name: person.name,
            shared_tags: folded(&who.tags).intersection(&words).count(),
            bar: bars.get(id, &who.id),
        }
    });
    let (mut free, mut barred): (Vec<_>, Vec<_>) = choices.partition(|choice| choice.bar.is_none());
    let name = |choice: &Choice| choice.name.expose().to_lowercase();
    free.sort_by_cached_key(|choice| (usize::MAX - choice.shared_tags, choice.has, name(choice)));
    barred.sort_by_cached_key(name);
    Ok(PacketView {
        slug: slug.to_owned(),
        title: input.planned.round.title(),
        due_on: input.planned.plan.due_on.max(input.today),
        closes_on: input.planned.plan.closes_on,
        row,
        free,
        barred,
    })
}
