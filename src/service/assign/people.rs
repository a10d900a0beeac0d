//! The assessors of a round, and what is done with everything that one of them has.

use serde_json::json;

use super::input::Input;
use super::table::{self, Person};
use super::{Assessed, acting};
use crate::domain::assignment::State;
use crate::domain::id::Id;
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::service::session::Staff;
use crate::store::{assessors, assigning, audit};

/// The assessors of a round.
#[derive(Clone)]
pub struct PeopleView {
    /// The round's name in addresses.
    pub slug: String,
    /// Programme and round.
    pub title: String,
    /// Who can come in, and who has something.
    pub people: Vec<Person>,
}

/// Who assesses in a round.
///
/// # Errors
/// As [`table::table`].
pub fn list(ctx: &Context, who: &Staff, slug: &str) -> Result<PeopleView, ServiceError> {
    let input = Input::load(ctx, Assessed::planned(ctx, who, slug)?)?;
    let people = table::people(&input);
    let ids: Vec<&Id> = people.iter().map(|person| &person.id).collect();
    let detail = json!({ "assessors": ids, "round": input.planned.round.id });
    let entry = ctx.audit(&acting(who), "assessors.listed", None, &detail)?;
    ctx.store.write(move |connection| audit::insert(connection, &entry))?;
    Ok(PeopleView { slug: slug.to_owned(), title: input.planned.round.title(), people })
}

/// Moves the due day of everything that waits for an assessor in a round. Answers how many packets that were.
///
/// # Errors
/// As [`table::table`]; [`ServiceError::Invalid`] for a day that can't be.
pub fn set_due(
    ctx: &Context,
    who: &Staff,
    slug: &str,
    assessor: &Id,
    due: &str,
) -> Result<usize, ServiceError> {
    let planned = Assessed::planned(ctx, who, slug)?;
    must_be(ctx, assessor)?;
    let due = planned.due(ctx, due)?;
    let detail = json!({ "round": planned.round.id, "due": due });
    let entry = ctx.audit(&acting(who), "assignments.due_moved", Some(assessor), &detail)?;
    let (round, assessor) = (planned.round.id, assessor.clone());
    Ok(ctx.store.write(move |connection| {
        let moved = assigning::set_due_of(connection, &round, &assessor, due)?;
        if moved > 0 {
            audit::insert(connection, &entry)?;
        }
        Ok(moved)
    })?)
}

/// Takes everything back that an assessor has in a round; what was handed in only where that is wanted, since its
/// scores count no longer then. Answers how many packets that were.
///
/// # Errors
/// As [`table::table`].
pub fn end_all(
    ctx: &Context,
    who: &Staff,
    slug: &str,
    assessor: &Id,
    handed_in_too: bool,
) -> Result<usize, ServiceError> {
    let planned = Assessed::planned(ctx, who, slug)?;
    must_be(ctx, assessor)?;
    let detail = json!({ "round": planned.round.id, "handed_in_too": handed_in_too });
    let entry = ctx.audit(&acting(who), "assignments.ended", Some(assessor), &detail)?;
    let (round, assessor) = (planned.round.id, assessor.clone());
    let states: &[State] =
        if handed_in_too { &State::LIVE } else { &[State::Offered, State::Accepted] };
    Ok(ctx.store.write(move |connection| {
        let ended = assigning::end_all_of(connection, &round, &assessor, states)?;
        if ended > 0 {
            audit::insert(connection, &entry)?;
        }
        Ok(ended)
    })?)
}

fn must_be(ctx: &Context, assessor: &Id) -> Result<(), ServiceError> {
    let found = ctx.store.read(|connection| assessors::find(connection, assessor))?;
    found.map(drop).ok_or(ServiceError::NotFound)
}
