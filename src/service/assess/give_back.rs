//! An assessor gives a packet back, and can read it no more.

use serde_json::json;

use super::own::{OwnAssignment, still};
use crate::domain::assignment::State;
use crate::service::context::{Actor, Context};
use crate::service::error::ServiceError;
use crate::service::outsiders::Assessor;
use crate::store::{assignments, audit};

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// There is a conflict of interest.
    Conflict,
    /// There is no time for it.
    NoTime,
}

/// Gives a packet back, from this moment on. A conflict of interest can be declared at any time; what was handed in, or
/// can't be scored any more, is not given back for lack of time. Answers whether it was given back.
///
/// # Errors
/// [`ServiceError::NotFound`] when it was taken back meanwhile; [`ServiceError::Busy`], [`ServiceError::Full`],
/// [`ServiceError::Internal`].
pub fn give_back(
    ctx: &Context,
    who: &Assessor,
    own: &OwnAssignment,
    why: Why,
) -> Result<bool, ServiceError> {
    let actor = Actor::Assessor(who.id.clone());
    let mut found = own.each_try(who);
    ctx.steadily(|generation| {
        let own = found(ctx)?;
        let (to, action) = match why {
            Why::NoTime if !own.can_be_declined() => return Ok(false),
            Why::NoTime => (State::Declined, "assignment.declined"),
            Why::Conflict => (State::Conflict, "assignment.conflict"),
        };
        let detail = json!({ "packet": own.own.packet.id.as_str() });
        let entry = ctx.audit(&actor, action, Some(own.id()), &detail)?;
        let assessor = who.id.clone();
        ctx.write_under(generation, move |connection| {
            let now = still(connection, &assessor, &own.own)?;
            assignments::move_to(connection, &now.assignment, to)?;
            audit::insert(connection, &entry)
        })?;
        Ok(true)
    })
}
