//! The privacy officer reads a day of the access log. Each page is audited, with a reason.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use serde_json::json;

use super::access_log::Line;
use super::context::Context;
use super::error::ServiceError;
use super::openings::{self, Why};
use super::session::Staff;
use crate::domain::access::Access;
use crate::domain::form::FieldError;
use crate::domain::id::Id;
use crate::domain::reason::Opening;
use crate::domain::role::Permission;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::access_log::{self, Batch};
use crate::store::audit;
use crate::vault::Place;

/// How many requests a page shows.
pub const PAGE: usize = 100;
/// How many batches are read at a time, and the most for one page: a rare address is looked for in steps.
const CHUNK: i64 = 20;
const MOST_BATCHES: usize = 1_000;

/// Which requests of a day.
#[derive(Clone, Default)]
pub struct Wanted {
    /// From this address.
    pub ip: Secret,
    /// Whose path contains this.
    pub path: String,
    /// That were answered with this status.
    pub status: Option<u16>,
    /// After the page that gave this.
    pub after: Option<String>,
}

/// A page of a day.
#[derive(Clone)]
pub struct LogPage {
    /// The newest first.
    pub requests: Vec<Access>,
    /// What the next page comes after; none when this is the last.
    pub next: Option<String>,
    /// How many requests of the day were written.
    pub written: i64,
    /// How many were left out, since they came too fast.
    pub left_out: i64,
}

/// The days that are kept, the newest first. Nothing of them is opened.
///
/// # Errors
/// [`ServiceError::Forbidden`] to those who may not read it.
pub fn days(ctx: &Context, who: &Staff) -> Result<Vec<NaiveDate>, ServiceError> {
    who.must(Permission::ReadAudit)?;
    Ok(ctx.store.read(access_log::days)?)
}

/// Opens a page of a day.
///
/// # Errors
/// [`ServiceError::Forbidden`]; [`ServiceError::Invalid`] without a reason, or when nothing is kept of the day;
/// [`ServiceError::NotFound`] when there is no such page.
pub fn read(
    ctx: &Context,
    who: &Staff,
    day: Option<NaiveDate>,
    why: &Why,
    wanted: &Wanted,
) -> Result<LogPage, ServiceError> {
    let grounds = openings::judge(who, Opening::AccessLog, Some(why))?;
    let grounds = grounds.ok_or(ServiceError::Forbidden)?;
    let found = match day {
        Some(day) => ctx.store.read(|connection| access_log::day(connection, day))?,
        None => None,
    };
    let (Some(day), Some((dossier, wrapped))) = (day, found) else {
        let message = "Choose a day of which something is kept".to_owned();
        return Err(ServiceError::Invalid(vec![FieldError { field: "day".to_owned(), message }]));
    };
    let key = ctx.unwrap_key(&wrapped, &dossier)?;
    let mut place = match &wanted.after {
        Some(text) => Some(place_in(text)?),
        None => None,
    };
    let mut requests = Vec::new();
    let (mut looked, mut next) = (0, None);
    'batches: loop {
        let from = place.as_ref().map(|place| &place.batch);
        let batches =
            ctx.store.read(|connection| access_log::batches(connection, &dossier, from, CHUNK))?;
        let whole = i64::try_from(batches.len()).unwrap_or_default() == CHUNK;
        // The batch at the place comes once more; it alone is no progress.
        let mut fresh = false;
        for batch in batches {
            let begun = place.as_ref().filter(|place| place.batch.1 == batch.id);
            let skip = begun.map_or(0, |place| place.seen);
            fresh |= begun.is_none();
            let place_of = |seen| LogPlace { batch: (batch.written_at, batch.id.clone()), seen };
            let opened = open(ctx, &key, &batch)?;
            for (nth, access) in opened.into_iter().rev().enumerate().skip(skip) {
                if !fits(&access, wanted) {
                    continue;
                }
                if requests.len() == PAGE {
                    next = Some(place_of(nth));
                    break 'batches;
                }
                requests.push(access);
            }
            looked += 1;
            place = Some(place_of(usize::MAX));
            if looked == MOST_BATCHES {
                next.clone_from(&place);
                break 'batches;
            }
        }
        if !(whole && fresh) {
            break;
        }
    }
    let (written, left_out) =
        ctx.store.read(|connection| access_log::counts(connection, &dossier))?;
    let by: Vec<&str> = [
        (!wanted.ip.is_blank(), "ip"),
        (!wanted.path.is_empty(), "path"),
        (wanted.status.is_some(), "status"),
    ]
    .into_iter()
    .filter_map(|(asked, word)| asked.then_some(word))
    .collect();
    let detail = json!({ "day": day, "requests": requests.len(), "search": by });
    let entry = grounds.audit(ctx, who, "access_log.opened", Some(&dossier), &detail)?;
    ctx.store.write(move |connection| audit::insert(connection, &entry))?;
    Ok(LogPage { requests, next: next.map(|place| place.to_string()), written, left_out })
}

fn open(
    ctx: &Context,
    key: &crate::vault::DataKey,
    batch: &Batch,
) -> Result<Vec<Access>, ServiceError> {
    let place = Place { slot: Slot::AccessLogEntries, row: &batch.id, dossier: &batch.dossier_id };
    let text = ctx.vault.open_value(key, place, &batch.entries)?;
    text.expose()
        .lines()
        .map(|line| {
            let line: Line<'_> = serde_json::from_str(line)
                .map_err(|_| ServiceError::internal("a line of the access log can't be read"))?;
            Ok(Access {
                at: DateTime::from_timestamp_millis(line.t).unwrap_or_default(),
                ip: Secret::new(line.ip),
                user_agent: Secret::new(line.ua),
                referrer: Secret::new(line.from),
                method: line.m.into_owned(),
                path: line.p.into_owned(),
                status: line.s,
            })
        })
        .collect()
}

fn fits(access: &Access, wanted: &Wanted) -> bool {
    (wanted.ip.is_blank() || access.ip.expose() == wanted.ip.expose().trim())
        && (wanted.path.is_empty() || access.path.contains(wanted.path.trim()))
        && wanted.status.is_none_or(|status| access.status == status)
}

/// A place in a day: a batch, and how many of its requests were seen.
#[derive(Clone)]
struct LogPlace {
    batch: (NaiveDateTime, Id),
    seen: usize,
}

impl std::fmt::Display for LogPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (at, id) = &self.batch;
        write!(f, "{}-{id}-{}", at.and_utc().timestamp_millis(), self.seen)
    }
}

fn place_in(text: &str) -> Result<LogPlace, ServiceError> {
    let parsed = || {
        let mut parts = text.splitn(3, '-');
        let at = DateTime::from_timestamp_millis(parts.next()?.parse().ok()?)?.naive_utc();
        let id = parts.next()?.parse().ok()?;
        Some(LogPlace { batch: (at, id), seen: parts.next()?.parse().ok()? })
    };
    parsed().ok_or(ServiceError::NotFound)
}
