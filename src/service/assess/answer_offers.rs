//! Before anything of a packet but the username is read, an assessor says whether there is a conflict of interest.

use std::collections::BTreeMap;

use serde_json::json;

use super::mine::{self, Mine};
use super::own::still;
use crate::domain::assignment::State;
use crate::domain::id::Id;
use crate::domain::secret::Secret;
use crate::service::context::{Actor, Context};
use crate::service::error::ServiceError;
use crate::service::outsiders::Assessor;
use crate::store::{assignments, audit};

/// The most that are shown at a time.
pub const MOST: usize = 50;

/// A packet that waits for an answer. Nothing of it is shown but the username.
#[derive(Clone)]
pub struct Offer {
    /// The assignment's id.
    pub id: Id,
    /// Programme and round.
    pub round: String,
    /// The names at GitHub.
    pub usernames: Vec<Secret>,
}

/// What an assessor can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// There is no conflict of interest: the packet can be read.
    NoConflict,
    /// There is one.
    Conflict,
    /// There is no time for it.
    NoTime,
}

impl Said {
    /// Each of them, in the order of the page.
    pub const ALL: [Self; 3] = [Self::NoConflict, Self::Conflict, Self::NoTime];

    /// The word in forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoConflict => "none",
            Self::Conflict => "conflict",
            Self::NoTime => "no_time",
        }
    }

    /// As the page says it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::NoConflict => "No conflict of interest",
            Self::Conflict => "A conflict of interest",
            Self::NoTime => "No time for it",
        }
    }

    /// That of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|said| said.word() == word)
    }

    const fn state(self) -> State {
        match self {
            Self::NoConflict => State::Accepted,
            Self::Conflict => State::Conflict,
            Self::NoTime => State::Declined,
        }
    }

    const fn action(self) -> &'static str {
        match self {
            Self::NoConflict => "assignment.accepted",
            Self::Conflict => "assignment.conflict",
            Self::NoTime => "assignment.declined",
        }
    }
}

fn waiting(ctx: &Context, who: &Assessor) -> Result<Vec<Mine>, ServiceError> {
    let mut all = mine::all(ctx, who)?;
    all.retain(|own| {
        own.undertaken && own.is_open(ctx) && own.own.assignment.state() == State::Offered
    });
    Ok(all)
}

/// What waits for an answer, [`MOST`] at a time. Which usernames were shown is audited.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Full`], [`ServiceError::Internal`].
pub fn list(ctx: &Context, who: &Assessor) -> Result<Vec<Offer>, ServiceError> {
    let mut waiting = waiting(ctx, who)?;
    waiting.truncate(MOST);
    let shown: Vec<&Id> = waiting.iter().map(|own| &own.own.packet.id).collect();
    mine::listed(ctx, who, &shown)?;
    let offer = |own: Mine| Offer {
        id: own.own.assignment.id,
        round: own.plan.title,
        usernames: own.usernames,
    };
    Ok(waiting.into_iter().map(offer).collect())
}

/// Keeps answers. What is not the assessor's, or waits no more, is left alone. Answers how many packets can be read now
/// that could not before.
///
/// # Errors
/// [`ServiceError::Conflict`] when the assignments change all the time; [`ServiceError::Busy`],
/// [`ServiceError::Full`], [`ServiceError::Internal`].
pub fn answer(
    ctx: &Context,
    who: &Assessor,
    said: &BTreeMap<Id, Said>,
) -> Result<usize, ServiceError> {
    let actor = Actor::Assessor(who.id.clone());
    ctx.steadily(|generation| {
        let mut moves = Vec::new();
        for own in waiting(ctx, who)? {
            let assignment = &own.own.assignment;
            let Some(said) = said.get(&assignment.id).copied() else { continue };
            let detail = json!({ "packet": own.own.packet.id.as_str() });
            let entry = ctx.audit(&actor, said.action(), Some(&assignment.id), &detail)?;
            moves.push((own.own, said.state(), entry));
        }
        let assessor = who.id.clone();
        let accepted = moves.iter().filter(|(_, state, _)| state.may_read()).count();
        ctx.write_under(generation, move |connection| {
            for (own, state, entry) in &moves {
                let now = still(connection, &assessor, own)?;
                assignments::move_to(connection, &now.assignment, *state)?;
                audit::insert(connection, entry)?;
            }
            Ok(())
        })?;
        Ok(accepted)
    })
}
