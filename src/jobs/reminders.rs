//! Reminds assessors of packets that wait for them: three days before the day by which scores are asked for, and the
//! day after it.

use crate::domain::class::Class;
use crate::service::assign::remind;
use crate::service::{Context, ServiceError, lease};

/// What the lease is called.
const LEASE: &str = "reminders";

/// Reminds whoever is to be reminded today, where this process looks after assessors. Answers how many people that were.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn run(ctx: &Context) -> Result<usize, ServiceError> {
    if !ctx.works_on().contains(&Class::Assessor) || !lease::take(ctx, LEASE)? {
        return Ok(0);
    }
    remind::due(ctx)
}
