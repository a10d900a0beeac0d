//! What an assessor has to do, round by round. Nothing else is here: no totals, and nothing of others.

use chrono::NaiveDate;

use super::mine::{self, Mine};
use crate::domain::assignment::{Comments, State};
use crate::domain::id::Id;
use crate::domain::secret::Secret;
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::service::outsiders::Assessor;
use crate::store::scores;

/// A round in which something is assigned to an assessor.
#[derive(Clone)]
pub struct RoundWork {
    /// Programme and round.
    pub title: String,
    /// The last day on which scores can be given or changed.
    pub closes_on: NaiveDate,
    /// Whether that day has passed.
    pub is_closed: bool,
    /// An assignment of the round by which the undertaking is reached, while it was not accepted.
    pub undertake: Option<Id>,
    /// How many packets wait for the answer whether there is a conflict of interest.
    pub waiting: usize,
    /// Those that can be read.
    pub packets: Vec<PacketRow>,
}

/// A packet in the list.
#[derive(Clone)]
pub struct PacketRow {
    /// The assignment's id.
    pub id: Id,
    /// The names at GitHub.
    pub usernames: Vec<Secret>,
    /// The first answer of one line.
    pub first_line: Option<Secret>,
    /// Where it stands.
    pub standing: Standing,
    /// By when scores are asked for.
    pub due_on: NaiveDate,
    /// Whether that day has passed while they can still be given.
    pub is_overdue: bool,
}

/// Where an assessor's work on a packet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing was given.
    ToDo,
    /// Something is saved and not handed in.
    Draft,
    /// Staff ask to look at the comments again.
    Returned,
    /// The scores are handed in.
    HandedIn,
    /// The packet was released anew since then.
    Changed,
}

impl Standing {
    /// As pages say it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::ToDo => "To do",
            Self::Draft => "Draft",
            Self::Returned => "Comments to be changed",
            Self::HandedIn => "Handed in",
            Self::Changed => "The packet changed since you scored",
        }
    }

    /// Whether something is to be done.
    #[must_use]
    pub const fn is_done(self) -> bool {
        matches!(self, Self::HandedIn)
    }

    fn of(mine: &Mine, has_begun: bool) -> Self {
        let assignment = &mine.own.assignment;
        let seen = assignment.scored_version.unwrap_or_default();
        match assignment.state() {
            State::Submitted if mine.own.packet.version > seen => Self::Changed,
            State::Submitted => Self::HandedIn,
            _ if assignment.comments() == Comments::Returned => Self::Returned,
            _ if has_begun => Self::Draft,
            _ => Self::ToDo,
        }
    }
}

/// Everything that is assigned to an assessor. Which packets were shown is audited.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Full`], [`ServiceError::Internal`].
pub fn read(ctx: &Context, who: &Assessor) -> Result<Vec<RoundWork>, ServiceError> {
    let all = mine::all(ctx, who)?;
    let ids: Vec<Id> = all.iter().map(|own| own.own.assignment.id.clone()).collect();
    let begun = ctx.store.read(|connection| scores::begun(connection, &ids))?;
    let readable = |own: &&Mine| own.undertaken && own.own.assignment.state().may_read();
    let shown: Vec<&Id> = all.iter().filter(readable).map(|own| &own.own.packet.id).collect();
    mine::listed(ctx, who, &shown)?;
    let mut rounds: Vec<(Id, RoundWork)> = Vec::new();
    for own in &all {
        let (assignment, plan) = (&own.own.assignment, &own.plan);
        let at =
            rounds.iter().position(|(round, _)| *round == plan.round_id).unwrap_or_else(|| {
                let work = RoundWork {
                    title: plan.title.clone(),
                    closes_on: plan.closes_on,
                    is_closed: !own.is_open(ctx),
                    undertake: (!own.undertaken).then(|| assignment.id.clone()),
                    waiting: 0,
                    packets: Vec::new(),
                };
                rounds.push((plan.round_id.clone(), work));
                rounds.len() - 1
            });
        let Some((_, round)) = rounds.get_mut(at) else { continue };
        if assignment.state() == State::Offered {
            round.waiting += usize::from(!round.is_closed);
        } else if own.undertaken {
            let standing = Standing::of(own, begun.contains(&assignment.id));
            let is_late = assignment.due_on < ctx.today() && !round.is_closed;
            round.packets.push(PacketRow {
                id: assignment.id.clone(),
                usernames: own.usernames.clone(),
                first_line: own.first_line(ctx)?,
                standing,
                due_on: assignment.due_on,
                is_overdue: is_late && assignment.state() == State::Accepted,
            });
        }
    }
    let mut rounds: Vec<RoundWork> = rounds.into_iter().map(|(_, round)| round).collect();
    rounds.sort_by(|one, other| {
        (one.is_closed, one.closes_on, &one.title).cmp(&(
            other.is_closed,
            other.closes_on,
            &other.title,
        ))
    });
    Ok(rounds)
}
