//! Staff share the packets of a round out among assessors: the plan, who gets what, who must not, and reminders.

mod act;
pub mod automatic;
mod barred;
pub mod by_hand;
mod candidates;
pub mod conflicts;
mod input;
pub mod packet;
pub mod people;
pub mod plan;
mod reckoning;
pub mod remind;
pub mod table;
pub mod tags;

pub use barred::Bar;
pub(crate) use barred::opened_as_staff;

use chrono::{NaiveDate, NaiveDateTime};

use super::context::{Actor, Context};
use super::error::ServiceError;
use super::packets;
use super::rounds::RoundView;
use super::session::Staff;
use crate::domain::id::Id;
use crate::domain::role::Permission;
use crate::store::assessment_plans::{self, Plan};

/// What the field of a refusal is called when a round's assessment is not settled yet.
pub const NO_PLAN: &str = "plan";

/// A round whose programme has assessors from outside.
#[derive(Clone)]
pub(crate) struct Assessed {
    pub round: RoundView,
    pub plan: Option<Plan>,
}

impl Assessed {
    /// The one with a name in addresses, for those who share packets out.
    pub fn find(ctx: &Context, who: &Staff, slug: &str) -> Result<Self, ServiceError> {
        let round = packets::round::of(ctx, who, slug)?;
        let plan = ctx.store.read(|connection| assessment_plans::find(connection, &round.id))?;
        Ok(Self { round, plan })
    }

    /// The same where it is settled how the round is assessed.
    pub fn planned(ctx: &Context, who: &Staff, slug: &str) -> Result<Planned, ServiceError> {
        let Self { round, plan } = Self::find(ctx, who, slug)?;
        let plan = plan.ok_or_else(|| {
            ServiceError::field(NO_PLAN, "Settle first how this round is assessed")
        })?;
        Ok(Planned { round, plan })
    }
}

/// A round of which it is settled how it is assessed.
#[derive(Clone)]
pub(crate) struct Planned {
    pub round: RoundView,
    pub plan: Plan,
}

impl Planned {
    /// How many assessors each packet needs.
    pub fn each(&self) -> usize {
        usize::try_from(self.plan.each_packet).unwrap_or_default()
    }

    /// The round, with a moment before which none of its applications can have been opened.
    pub fn since(&self) -> (&Id, NaiveDateTime) {
        (&self.round.id, self.round.opens_at.naive_utc())
    }

    /// A day by which scores can be asked for.
    ///
    /// # Errors
    /// As the refusal of the field `due`.
    pub fn due(&self, ctx: &Context, typed: &str) -> Result<NaiveDate, ServiceError> {
        let day = day_in(typed)
            .ok_or_else(|| ServiceError::field("due", "Enter the due day, such as 2027-09-30"))?;
        if day < ctx.today() {
            Err(ServiceError::field("due", "The due day must be today or later"))
        } else if day > self.plan.closes_on {
            let message = "The due day must not be after the last day of scoring";
            Err(ServiceError::field("due", message))
        } else {
            Ok(day)
        }
    }
}

/// A day as forms send it.
fn day_in(typed: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(typed.trim(), "%Y-%m-%d").ok()
}

/// Somebody in the role in which they share packets out.
fn acting(who: &Staff) -> Actor {
    who.acting(Permission::ReviewApplications)
}
