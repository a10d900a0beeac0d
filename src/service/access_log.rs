//! The access log: requests wait in memory for a moment and are written in batches, sealed to the public key of
//! their day. The process that writes them can't read them back.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::context::{Context, StoreOrService};
use super::error::ServiceError;
use crate::domain::access::Access;
use crate::domain::class::Class;
use crate::domain::id::Id;
use crate::domain::retention::DossierFacts;
use crate::domain::slot::Slot;
use crate::store::access_log::{self, Batch};
use crate::store::dossiers::{self, Kind, NewDossier};
use crate::vault::{DataKey, Place};

/// The most requests that wait; what comes on top is left out and counted.
pub const MOST_WAITING: usize = 4096;
/// How many requests make a batch. The longest fit into one sealed value.
const BATCH: usize = 200;

/// Requests that wait to be written.
#[derive(Default)]
pub(crate) struct Queue(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    requests: VecDeque<Access>,
    /// How many were left out since the last batch.
    left_out: u64,
}

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // What is guarded is whole after each line that changes it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next batch, all of one day, and how many were left out before it.
    fn take(&self) -> Option<(NaiveDate, Vec<Access>, u64)> {
        let mut waiting = self.waiting();
        let day = waiting.requests.front()?.at.date_naive();
        let same = waiting.requests.iter().take(BATCH).take_while(|own| own.at.date_naive() == day);
        let count = same.count();
        let batch = waiting.requests.drain(..count).collect();
        Some((day, batch, std::mem::take(&mut waiting.left_out)))
    }

    /// Puts a batch back that could not be written.
    fn put_back(&self, batch: Vec<Access>, left_out: u64) {
        let mut waiting = self.waiting();
        waiting.left_out += left_out;
        for access in batch.into_iter().rev() {
            if waiting.requests.len() < MOST_WAITING {
                waiting.requests.push_front(access);
            } else {
                waiting.left_out += 1;
            }
        }
    }
}

/// Takes a request to be written. Never waits.
pub fn record(ctx: &Context, access: Access) {
    let mut waiting = ctx.accesses.waiting();
    if waiting.requests.len() < MOST_WAITING {
        waiting.requests.push_back(access);
    } else {
        waiting.left_out += 1;
    }
}

/// How many requests wait.
#[must_use]
pub fn waiting(ctx: &Context) -> usize {
    ctx.accesses.waiting().requests.len()
}

/// A request as it is written: short names, since there are many.
#[derive(Serialize, Deserialize)]
pub(super) struct Line<'a> {
    /// Milliseconds since 1970.
    pub t: i64,
    #[serde(borrow)]
    pub ip: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    pub ua: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    pub from: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    pub m: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    pub p: std::borrow::Cow<'a, str>,
    pub s: u16,
}

/// Writes everything that waits. Answers how many requests there were.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`]. What could not be written waits on.
pub fn write(ctx: &Context) -> Result<usize, ServiceError> {
    let mut written = 0;
    while let Some((day, batch, left_out)) = ctx.accesses.take() {
        match write_batch(ctx, day, &batch, left_out) {
            Ok(()) => {
                written += batch.len();
                if left_out > 0 {
                    tracing::warn!(
                        left_out,
                        "requests came too fast for the access log and are not in it"
                    );
                }
            }
            Err(error) => {
                ctx.accesses.put_back(batch, left_out);
                return Err(error);
            }
        }
    }
    Ok(written)
}

fn write_batch(
    ctx: &Context,
    day: NaiveDate,
    batch: &[Access],
    left_out: u64,
) -> Result<(), ServiceError> {
    let mut text = Zeroizing::new(Vec::with_capacity(batch.len() * 256));
    for access in batch {
        let line = Line {
            t: access.at.timestamp_millis(),
            ip: access.ip.expose().into(),
            ua: access.user_agent.expose().into(),
            from: access.referrer.expose().into(),
            m: access.method.as_str().into(),
            p: access.path.as_str().into(),
            s: access.status,
        };
        serde_json::to_writer(&mut *text, &line).map_err(ServiceError::internal)?;
        text.push(b'\n');
    }
    ctx.steadily(|generation| {
        let (dossier, key, new) = day_of(ctx, day)?;
        let id = ctx.id()?;
        let place = Place { slot: Slot::AccessLogEntries, row: &id, dossier: &dossier };
        let entries = ctx.vault.seal(&key, place, &text)?;
        let row = Batch {
            id,
            dossier_id: dossier,
            written_at: ctx.stamp(),
            requests: i64::try_from(batch.len()).unwrap_or(i64::MAX),
            left_out: i64::try_from(left_out).unwrap_or(i64::MAX),
            entries,
        };
        ctx.write_under(generation, move |connection| {
            if let Some(new) = &new {
                dossiers::insert(connection, new)?;
                // Another process may have begun the day meanwhile: then this is done again with its dossier.
                access_log::begin_day(connection, day, &new.id)?;
            }
            access_log::insert(connection, &row)
        })
        .map_err(StoreOrService::from)
    })
}

/// The dossier of a day, what is sealed with for it, and the dossier itself where it is new.
fn day_of(
    ctx: &Context,
    day: NaiveDate,
) -> Result<(Id, DataKey, Option<NewDossier>), ServiceError> {
    if let Some((dossier, wrapped)) =
        ctx.store.read(|connection| access_log::day(connection, day))?
    {
        let key = ctx.vault.sealing_key(&wrapped, &dossier)?;
        return Ok((dossier, key, None));
    }
    let kept = DossierFacts::AccessLog { day }.kept_until(&ctx.periods);
    let (new, key) = ctx.new_dossier(Kind::AccessLog, Class::Log, None, kept)?;
    Ok((new.id.clone(), key, Some(new)))
}
