//! Failures to sign in, kept across restarts: who fails has to wait, ever longer and never for long.
//!
//! A try is counted as failed before it is looked at, and taken back when it succeeds: of many at once, each is
//! counted. A try that comes too early is refused and not counted, so that nobody makes another wait by going on.
//!
//! Whoever tries a stranger's account from one network soon waits, alone. Only very many networks together make the
//! account itself wait, for a minute at most; and a mailed link asks none of this.

use std::net::IpAddr;

use chrono::Duration;

use super::super::context::Context;
use super::super::error::ServiceError;
use super::digest;
use crate::domain::role::Audience;
use crate::store::sign_in_failures::{self, Failures};
use crate::store::{AnyConnection, StoreError, site};
use crate::vault::MacPurpose;

/// For how long failures count, and are kept: after the last of them.
const KEPT: Duration = Duration::days(1);

/// How many failures are free, how long the first pause after them is, and how long the longest.
#[derive(Clone, Copy)]
struct Patience {
    free: i64,
    first: Duration,
    longest: Duration,
}

/// Of one network at one account.
const PAIR: Patience =
    Patience { free: 5, first: Duration::seconds(5), longest: Duration::seconds(300) };
/// At one account, from wherever.
const ACCOUNT: Patience =
    Patience { free: 30, first: Duration::seconds(5), longest: Duration::seconds(60) };
/// Of one network, at whichever accounts.
const NETWORK: Patience =
    Patience { free: 40, first: Duration::seconds(10), longest: Duration::seconds(900) };

impl Patience {
    /// For how long nothing may be tried after so many failures.
    fn pause(self, failures: i64) -> Duration {
        match failures - self.free {
            ..0 => Duration::zero(),
            // Twice as long each time; past the longest, how often no longer matters.
            over => (self.first * (1 << over.min(10))).min(self.longest),
        }
    }
}

/// Somebody tries to sign in.
#[derive(Clone, Copy, Debug)]
pub struct Try<'a> {
    /// At which door.
    pub audience: Audience,
    /// The account as it was typed, where one was.
    pub account: Option<&'a str>,
    /// The network address from where, where it is known.
    pub client: Option<IpAddr>,
}

/// A try that has been counted as failed; so it stays, unless it succeeds.
#[must_use = "it counts as failed until it is said to have succeeded"]
pub struct Counted {
    subjects: Vec<Subject>,
}

#[derive(Clone)]
struct Subject {
    digest: String,
    patience: Patience,
    /// Whether it is about the account: who gets in has it as theirs, and starts afresh.
    of_account: bool,
}

/// The word of an audience's door.
pub(super) const fn word(audience: Audience) -> &'static str {
    match audience {
        Audience::Applicant => "applicant",
        Audience::Assessor => "assessor",
        Audience::Staff | Audience::Admin | Audience::Privacy => "staff",
    }
}

/// Whether somebody may try to sign in now. It is counted as failed.
///
/// # Errors
/// [`ServiceError::TooMany`] when it is too early; [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn check(ctx: &Context, attempt: Try<'_>) -> Result<Counted, ServiceError> {
    let subjects = subjects(ctx, attempt)?;
    let locks = locks(ctx, &subjects)?;
    let (audience, now, counted) = (word(attempt.audience), ctx.stamp(), subjects.clone());
    let wait = ctx.store.write(move |connection| {
        for lock in &locks {
            site::lock(connection, *lock)?;
        }
        count(connection, &counted, audience, now)
    })?;
    match wait {
        None => Ok(Counted { subjects }),
        Some(wait) => Err(super::too_many(wait.to_std().unwrap_or_default())),
    }
}

/// Counts a failure of each, unless one of them has to wait: then answers for how long.
fn count(
    connection: &mut AnyConnection,
    subjects: &[Subject],
    audience: &str,
    now: chrono::NaiveDateTime,
) -> Result<Option<Duration>, StoreError> {
    let mut next = Vec::with_capacity(subjects.len());
    let mut longest = Duration::zero();
    for subject in subjects {
        let found = sign_in_failures::find(connection, &subject.digest)?;
        let found = found.filter(|found| now < found.last_at + KEPT);
        let (before, wait) = found.map_or((0, Duration::zero()), |found| {
            let until = found.last_at + subject.patience.pause(found.failures);
            (found.failures, until - now)
        });
        longest = longest.max(wait);
        next.push(Failures {
            subject: subject.digest.clone(),
            audience: audience.to_owned(),
            failures: before + 1,
            last_at: now,
        });
    }
    if longest > Duration::zero() {
        return Ok(Some(longest));
    }
    for failures in &next {
        sign_in_failures::put(connection, failures)?;
    }
    Ok(None)
}

impl Counted {
    /// It succeeded: the account's failures are forgotten, and the network is not blamed for it.
    ///
    /// # Errors
    /// [`ServiceError::Busy`], [`ServiceError::Internal`].
    pub fn succeeded(self, ctx: &Context) -> Result<(), ServiceError> {
        let subjects = self.subjects;
        Ok(ctx.store.write(move |connection| {
            for subject in &subjects {
                if subject.of_account {
                    sign_in_failures::forget(connection, &subject.digest)?;
                } else {
                    sign_in_failures::take_back(connection, &subject.digest)?;
                }
            }
            Ok(())
        })?)
    }
}

/// Forgets what no longer counts.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn forget(ctx: &Context) -> Result<usize, ServiceError> {
    let before = ctx.stamp() - KEPT;
    Ok(ctx.store.write(move |connection| sign_in_failures::forget_before(connection, before))?)
}

/// In the order in which they are locked.
fn subjects(ctx: &Context, attempt: Try<'_>) -> Result<Vec<Subject>, ServiceError> {
    let Try { audience, account, client } = attempt;
    let mut subjects = Vec::new();
    let mut add = |account: Option<&str>, client, patience| {
        let digest = digest(ctx, audience, account, client)?;
        subjects.push(Subject { digest, patience, of_account: account.is_some() });
        Ok::<_, ServiceError>(())
    };
    if account.is_some() {
        add(account, None, ACCOUNT)?;
    }
    if client.is_some() {
        add(None, client, NETWORK)?;
    }
    if account.is_some() && client.is_some() {
        add(account, client, PAIR)?;
    }
    subjects.sort_by(|one, other| one.digest.cmp(&other.digest));
    Ok(subjects)
}

/// The names of the locks under which they are counted.
fn locks(ctx: &Context, subjects: &[Subject]) -> Result<Vec<i64>, ServiceError> {
    let lock = |subject: &Subject| {
        let mac = ctx.vault.mac(MacPurpose::Lock, &[b"failures", subject.digest.as_bytes()])?;
        let (first, _) = mac.split_at(8);
        Ok(i64::from_be_bytes(first.try_into().unwrap_or_default()))
    };
    subjects.iter().map(lock).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let pauses = |patience: Patience, failures: &[i64]| -> Vec<i64> {
            failures.iter().map(|failures| patience.pause(*failures).num_seconds()).collect()
        };
        assert_eq!(
            pauses(PAIR, &[0, 1, 4, 5, 6, 7, 10, 11, 12]),
            [0, 0, 0, 5, 10, 20, 160, 300, 300]
        );
        assert_eq!(pauses(ACCOUNT, &[29, 30, 33, 34, 1_000_000]), [0, 5, 40, 60, 60]);
        assert_eq!(pauses(NETWORK, &[39, 40, 50, i64::MAX]), [0, 10, 900, 900]);
    }
}
