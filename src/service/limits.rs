//! How often something may be asked for: by everybody together, by one network, for one account.
//!
//! What is counted here is forgotten when the process ends; failures to sign in are kept, see [`failures`]. No answer
//! depends on whether an account exists: what counts is what was typed.

pub mod failures;

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::Clock as Ticking;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use super::context::Context;
use super::error::ServiceError;
use crate::clock::Clock;
use crate::domain::id::Id;
use crate::domain::lookup::normalise_email;
use crate::domain::network::subscriber;
use crate::domain::role::Audience;
use crate::vault::MacPurpose;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A page or a file.
    Page,
    /// Something is posted.
    Post,
    /// A mail with a link or a code.
    Mail,
    /// A code, a password or a link is tried.
    Try,
}

/// How often: so many at once, and one more after each pause.
#[derive(Clone, Copy)]
struct Pace {
    burst: u32,
    pause: Duration,
}

const fn pace(burst: u32, pause_in_ms: u64) -> Pace {
    Pace { burst, pause: Duration::from_millis(pause_in_ms) }
}

impl Kind {
    const ALL: [Self; 4] = [Self::Page, Self::Post, Self::Mail, Self::Try];

    /// For one network. An office or a university comes from one, too.
    const fn for_one(self) -> Pace {
        match self {
            Self::Page => pace(600, 50),
            Self::Post => pace(120, 500),
            Self::Mail => pace(20, 60_000),
            Self::Try => pace(60, 5_000),
        }
    }

    /// For everybody together: what the machine and the mail server can bear.
    const fn for_all(self) -> Pace {
        match self {
            Self::Page => pace(5_000, 1),
            Self::Post => pace(2_000, 5),
            Self::Mail => pace(300, 200),
            Self::Try => pace(600, 50),
        }
    }
}

/// Mails for one account, asked for from one network. Who asks in another's name runs into this first.
const MAILS_FROM_ONE: Pace = pace(4, 120_000);
/// Mails for one account, whoever asks.
const MAILS: Pace = pace(12, 60_000);

/// Files from one account, kept or not: each is looked through, and one that replaces another is written anew.
const FILES: Pace = pace(30, 20_000);

/// After how many requests what has run off is forgotten.
const SWEEP: u32 = 10_000;

/// Turns our clock into one that the limiters read, so that tests can turn it.
#[derive(Clone)]
struct Ticks(Arc<dyn Clock>);

impl Ticking for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_millis(self.0.now().timestamp_millis().unsigned_abs())
    }
}

type Keyed<K> = RateLimiter<K, DashMapStateStore<K>, Ticks, NoOpMiddleware<Duration>>;
type Single = RateLimiter<NotKeyed, InMemoryState, Ticks, NoOpMiddleware<Duration>>;

/// The limits of one kind.
struct OfKind {
    kind: Kind,
    one: Keyed<IpAddr>,
    all: Single,
}

/// Every limit, and what was asked for so far.
pub(crate) struct Limits {
    clock: Ticks,
    kinds: Vec<OfKind>,
    mails_from_one: Keyed<String>,
    mails: Keyed<String>,
    files: Keyed<Id>,
    asked: AtomicU32,
}

impl Limits {
    /// The limits, each so many times as wide as usual.
    pub(crate) fn new(clock: Arc<dyn Clock>, factor: NonZeroU32) -> Self {
        let clock = Ticks(clock);
        let keyed = |pace| RateLimiter::dashmap_with_clock(quota(pace, factor), clock.clone());
        let of_kind = |kind: Kind| OfKind {
            kind,
            one: RateLimiter::dashmap_with_clock(quota(kind.for_one(), factor), clock.clone()),
            all: RateLimiter::direct_with_clock(quota(kind.for_all(), factor), clock.clone()),
        };
        Self {
            kinds: Kind::ALL.into_iter().map(of_kind).collect(),
            mails_from_one: keyed(MAILS_FROM_ONE),
            mails: keyed(MAILS),
            files: RateLimiter::dashmap_with_clock(quota(FILES, factor), clock.clone()),
            clock: clock.clone(),
            asked: AtomicU32::new(0),
        }
    }

    fn request(&self, kind: Kind, client: Option<IpAddr>) -> Result<(), Duration> {
        self.sweep();
        let Some(limits) = self.kinds.iter().find(|own| own.kind == kind) else { return Ok(()) };
        if let Some(client) = client {
            self.ask(&limits.one, &subscriber(client))?;
        }
        limits.all.check().map_err(|not_until| not_until.wait_time_from(self.clock.now()))
    }

    fn ask<K: std::hash::Hash + Eq + Clone>(
        &self,
        limiter: &Keyed<K>,
        key: &K,
    ) -> Result<(), Duration> {
        limiter.check_key(key).map_err(|not_until| not_until.wait_time_from(self.clock.now()))
    }

    /// Forgets now and then who has not asked for long, so that nobody fills the memory.
    fn sweep(&self) {
        if !self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(SWEEP) {
            return;
        }
        for limits in &self.kinds {
            limits.one.retain_recent();
        }
        self.mails_from_one.retain_recent();
        self.mails.retain_recent();
        self.files.retain_recent();
    }
}

fn quota(pace: Pace, factor: NonZeroU32) -> Quota {
    let burst = NonZeroU32::new(pace.burst.saturating_mul(factor.get())).unwrap_or(factor);
    let pause = (pace.pause / factor.get()).max(Duration::from_nanos(1));
    let quota = Quota::with_period(pause).unwrap_or_else(|| Quota::per_second(burst));
    quota.allow_burst(burst)
}

fn too_many(wait: Duration) -> ServiceError {
    // The whole second after it.
    ServiceError::TooMany { seconds: wait.as_secs() + 1 }
}

/// Whether somebody may ask for something now. Counts it.
///
/// # Errors
/// [`ServiceError::TooMany`]
pub fn request(ctx: &Context, kind: Kind, client: Option<IpAddr>) -> Result<(), ServiceError> {
    ctx.limits.request(kind, client).map_err(too_many)
}

/// Whether a mail may be asked for, for the account that was typed, whether there is one or not. Counts it.
///
/// # Errors
/// [`ServiceError::TooMany`], [`ServiceError::Internal`].
pub(crate) fn mail(
    ctx: &Context,
    audience: Audience,
    account: &str,
    client: Option<IpAddr>,
) -> Result<(), ServiceError> {
    let limits = &ctx.limits;
    if let Some(client) = client {
        let pair = digest(ctx, audience, Some(account), Some(client))?;
        limits.ask(&limits.mails_from_one, &pair).map_err(too_many)?;
    }
    let account = digest(ctx, audience, Some(account), None)?;
    limits.ask(&limits.mails, &account).map_err(too_many)
}

/// Whether somebody may send a file now. Counts it.
///
/// # Errors
/// [`ServiceError::TooMany`]
pub fn file(ctx: &Context, account: &Id) -> Result<(), ServiceError> {
    ctx.limits.ask(&ctx.limits.files, account).map_err(too_many)
}

/// What stands for an account, a network, or one at the other. Without the site's key it says nothing of either.
fn digest(
    ctx: &Context,
    audience: Audience,
    account: Option<&str>,
    client: Option<IpAddr>,
) -> Result<String, ServiceError> {
    let account = account.map(normalise_email).unwrap_or_default();
    let client = client.map(|client| subscriber(client).to_string()).unwrap_or_default();
    let door = failures::word(audience);
    let parts = [b"limit", door.as_bytes(), account.as_bytes(), client.as_bytes()];
    ctx.digest(MacPurpose::Lock, &parts)
}
