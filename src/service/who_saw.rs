//! An applicant reads who looked at their applications: when, in which role and why. Nobody is named.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::context::Context;
use super::error::ServiceError;
use super::fetch_file;
use super::session::Applicant;
use crate::domain::reason::Reason;
use crate::domain::role::Role;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::looked;

/// How many days with anything to tell a page shows.
const DAYS: i64 = 30;
/// The most single openings of a page; each of them is worked for by hand.
const MOST_OPENED: i64 = 2_000;

/// In which role somebody looked, and why.
#[derive(Clone)]
pub struct Look {
    /// The application's reference.
    pub reference: String,
    /// Whether it was an outside assessor, who read its packet.
    pub is_outside: bool,
    /// Whether it was an attached file that was fetched.
    pub is_file: bool,
    /// The role; none in entries from before it was recorded.
    pub role: Option<Role>,
    /// Why; none likewise.
    pub reason: Option<Reason>,
    /// The reason in the person's own words, where they had to type one.
    pub typed: Secret,
}

/// A day on which somebody looked.
#[derive(Clone)]
pub struct SeenDay {
    /// The day, UTC.
    pub day: NaiveDate,
    /// Each time that a whole application was opened, the newest first.
    pub opened: Vec<(DateTime<Utc>, Look)>,
    /// How often it stood in a list or was found by a search.
    pub listed: Vec<(i64, Look)>,
}

/// Who looked.
#[derive(Clone)]
pub struct WhoSaw {
    /// The days, the newest first.
    pub days: Vec<SeenDay>,
    /// Where the next page begins: before this day. None when this is the last.
    pub next: Option<NaiveDate>,
}

/// Who looked at one's own applications, before a day.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn read(
    ctx: &Context,
    who: &Applicant,
    before: Option<NaiveDate>,
) -> Result<WhoSaw, ServiceError> {
    let account = &who.account;
    let days = ctx.store.read(|connection| looked::days(connection, account, before, DAYS + 1))?;
    let more = i64::try_from(days.len()).unwrap_or(i64::MAX) > DAYS;
    let shown: Vec<NaiveDate> = days.into_iter().take(usize::try_from(DAYS).unwrap_or(0)).collect();
    let (Some(last), Some(first)) = (shown.first().copied(), shown.last().copied()) else {
        return Ok(WhoSaw { days: Vec::new(), next: None });
    };
    let (opened, listed) = ctx.store.read(|connection| {
        Ok((
            looked::opened(connection, account, (first, last), MOST_OPENED)?,
            looked::listed(connection, account, (first, last))?,
        ))
    })?;
    let empty = |day| (day, SeenDay { day, opened: Vec::new(), listed: Vec::new() });
    let mut found: BTreeMap<NaiveDate, SeenDay> = shown.into_iter().map(empty).collect();
    for one in opened {
        let typed = match (&one.dossier, &one.typed) {
            (Some(dossier), Some(sealed)) => {
                let key = ctx.data_key(dossier)?;
                ctx.open(&key, Slot::AuditReason, &one.entry, dossier, sealed)?
            }
            _ => Secret::default(),
        };
        let is_outside = one.actor == "assessor";
        let is_file = one.action == fetch_file::OPENED;
        let look = look(one.reference, one.role.as_deref(), one.reason.as_deref(), typed);
        let look = Look { is_outside, is_file, ..look };
        if let Some(day) = found.get_mut(&one.at.date()) {
            day.opened.push((one.at.and_utc(), look));
        }
    }
    for row in listed {
        let none = Secret::default();
        let look = look(row.reference, row.role.as_deref(), row.reason.as_deref(), none);
        if let Some(day) = found.get_mut(&row.day) {
            day.listed.push((row.times, look));
        }
    }
    Ok(WhoSaw { days: found.into_values().rev().collect(), next: more.then_some(first) })
}

fn look(reference: String, role: Option<&str>, reason: Option<&str>, typed: Secret) -> Look {
    Look {
        reference,
        is_outside: false,
        is_file: false,
        role: role.and_then(|word| word.parse().ok()),
        reason: reason.and_then(|word| word.parse().ok()),
        typed,
    }
}
