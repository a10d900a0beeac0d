//! One process at a time does a job.

use chrono::Duration;

use super::context::Context;
use super::error::ServiceError;
use crate::domain::class::Class;
use crate::store::site;

/// For how long a job is this process's; it takes it again at each turn.
const LEASE: Duration = Duration::seconds(30);
/// How long before its end a lease is taken again.
const RENEW: Duration = Duration::seconds(20);

/// Whether this process may do a job now. Asks the database only when the lease in hand runs out.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn take(ctx: &Context, name: &str) -> Result<bool, ServiceError> {
    let now = ctx.stamp();
    if ctx.leases.until(name).is_some_and(|until| now + RENEW < until) {
        return Ok(true);
    }
    let (job, holder, until) = (name.to_owned(), ctx.process.clone(), now + LEASE);
    let mine = ctx
        .store
        .write(move |connection| site::take_lease(connection, &job, &holder, now, until))?;
    ctx.leases.set(name, mine.then_some(until));
    Ok(mine)
}

/// Takes a job for each class of data that this process works on, and answers those that are its to do now. What belongs
/// to other classes waits for a process that holds their keys.
///
/// # Errors
/// As [`take`].
pub fn take_classes(ctx: &Context, job: &str) -> Result<Vec<Class>, ServiceError> {
    let mut mine = Vec::new();
    for class in ctx.works_on() {
        if take(ctx, &format!("{job}.{class}"))? {
            mine.push(class);
        }
    }
    Ok(mine)
}

/// Gives every lease back, when the process ends.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn give_back_all(ctx: &Context) -> Result<(), ServiceError> {
    let (names, holder) = (ctx.leases.take_all(), ctx.process.clone());
    Ok(ctx.store.write(move |connection| {
        for name in &names {
            site::give_lease_back(connection, name, &holder)?;
        }
        Ok(())
    })?)
}
