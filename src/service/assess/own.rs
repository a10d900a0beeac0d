//! The assignment that an address names: looked up and judged anew for each request, so that whatever ends it ends it
//! from the very next request on.

use super::{mine, oneself};
use crate::domain::assignment::State;
use crate::domain::id::Id;
use crate::domain::programme::Criterion;
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::service::outsiders::Assessor;
use crate::store::assessment_plans::{self, Plan};
use crate::store::assignments::{self, Own};
use crate::store::{AnyConnection, StoreError, github_accounts, packets, undertakings};

/// An assignment of the assessor who asks, of a packet that is open.
#[derive(Clone)]
pub struct OwnAssignment {
    pub(super) own: Own,
    pub(super) plan: Plan,
    undertaken: bool,
    is_open: bool,
}

/// What comes before a packet can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// To undertake to keep the round in confidence.
    Undertake,
    /// To say whether there is a conflict of interest.
    Answer,
}

impl OwnAssignment {
    /// The one with this identifier.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], also when it is somebody else's, was taken back or given back, or its packet was
    /// closed; [`ServiceError::Busy`], [`ServiceError::Internal`].
    pub fn find(ctx: &Context, who: &Assessor, id: &Id) -> Result<Self, ServiceError> {
        let found = ctx.store.read(|connection| {
            let Some(own) = assignments::own(connection, &who.id, &State::LIVE, Some(id))?.pop()
            else {
                return Ok(None);
            };
            let Some(plan) = assessment_plans::find(connection, &own.assignment.round_id)? else {
                return Ok(None);
            };
            let heads = packets::heads(connection, std::slice::from_ref(&own.packet.id))?;
            let undertaken = undertakings::of_assessor(connection, &who.id)?;
            let joined = github_accounts::of_dossier(connection, &who.session.dossier)?;
            Ok(Some((own, plan, heads, undertaken, joined)))
        })?;
        let (own, plan, heads, undertaken, joined) = found.ok_or(ServiceError::NotFound)?;
        if let Some(joined) = oneself::username(ctx, who, joined.as_ref())? {
            let key = ctx.unwrap_key(&own.key, &own.packet.dossier_id)?;
            let usernames = mine::usernames(ctx, &key, &heads)?;
            if oneself::is_among(Some(&joined), &usernames) {
                oneself::step_aside(ctx, who, &[own.assignment])?;
                return Err(ServiceError::NotFound);
            }
        }
        let undertaken = undertaken.iter().any(|text| text.round_id == plan.round_id);
        let is_open = ctx.today() <= plan.closes_on;
        Ok(Self { own, plan, undertaken, is_open })
    }

    /// Its identifier.
    #[must_use]
    pub const fn id(&self) -> &Id {
        &self.own.assignment.id
    }

    /// The round, as assessors see it.
    #[must_use]
    pub fn round(&self) -> &str {
        &self.plan.title
    }

    /// What comes before the packet can be read; nothing when it can be.
    #[must_use]
    pub fn first(&self) -> Option<First> {
        if !self.undertaken {
            Some(First::Undertake)
        } else if !self.own.assignment.state().may_read() {
            Some(First::Answer)
        } else {
            None
        }
    }

    /// Whether the assessor has undertaken to keep the round in confidence.
    #[must_use]
    pub const fn is_undertaken(&self) -> bool {
        self.undertaken
    }

    /// Whether scores can be given today.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.is_open
    }

    /// Whether scores were handed in.
    #[must_use]
    pub fn is_handed_in(&self) -> bool {
        self.own.assignment.state() == State::Submitted
    }

    /// Whether an assessor without time can still give it back.
    #[must_use]
    pub fn can_be_declined(&self) -> bool {
        self.is_open && self.own.assignment.state() != State::Submitted
    }

    /// Whether others' scores can be seen.
    #[must_use]
    pub fn shows_others(&self) -> bool {
        self.plan.show_others && self.own.assignment.state() == State::Submitted
    }

    /// The programme's criteria.
    pub(crate) fn criteria(&self) -> Result<Vec<Criterion>, ServiceError> {
        serde_json::from_str(&self.plan.criteria).map_err(ServiceError::internal)
    }

    /// Refuses until the packet can be read.
    pub(super) fn must_be_readable(&self) -> Result<(), ServiceError> {
        if self.first().is_none() { Ok(()) } else { Err(ServiceError::NotFound) }
    }

    /// The row for each try of something that is tried again when another was quicker: as it was found, then as it is.
    pub(super) fn each_try<'a>(
        &self,
        who: &'a Assessor,
    ) -> impl FnMut(&Context) -> Result<Self, ServiceError> + 'a {
        let (mut found, id) = (Some(self.clone()), self.id().clone());
        move |ctx| found.take().map_or_else(|| Self::find(ctx, who, &id), Ok)
    }
}

/// The same assignment inside a transaction, when it still stands as it was found: whatever ended it meanwhile wins.
pub(super) fn still(
    connection: &mut AnyConnection,
    assessor: &Id,
    found: &Own,
) -> Result<Own, StoreError> {
    let id = &found.assignment.id;
    let now = assignments::own(connection, assessor, &State::LIVE, Some(id))?.pop();
    let now = now.ok_or(StoreError::NotFound)?;
    if now.assignment.state == found.assignment.state { Ok(now) } else { Err(StoreError::Conflict) }
}
