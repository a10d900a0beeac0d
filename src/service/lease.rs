//! One process at a time does a job.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{Duration, NaiveDateTime};

use super::context::Context;
use super::error::ServiceError;
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

/// The leases that this process holds.
#[derive(Default)]
pub(crate) struct Leases(Mutex<BTreeMap<String, NaiveDateTime>>);

impl Leases {
    fn held(&self) -> MutexGuard<'_, BTreeMap<String, NaiveDateTime>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn until(&self, name: &str) -> Option<NaiveDateTime> {
        self.held().get(name).copied()
    }

    fn set(&self, name: &str, until: Option<NaiveDateTime>) {
        match until {
            Some(until) => self.held().insert(name.to_owned(), until),
            None => self.held().remove(name),
        };
    }

    fn take_all(&self) -> Vec<String> {
        std::mem::take(&mut *self.held()).into_keys().collect()
    }
}
