//! People see where they are signed in, and end what they do not know.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::context::{Actor, Context};
use super::error::ServiceError;
use super::outsiders::Outsider;
use super::session::{Applicant, Current, Staff};
use crate::domain::id::{Id, NotAnId};
use crate::domain::proof::Proof;
use crate::domain::role::Audience;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::{audit, sessions};

/// Somebody who is signed in, in whatever audience.
#[derive(Clone)]
pub struct SignedIn {
    pub(crate) actor: Actor,
    pub(crate) account: Id,
    pub(crate) current: Current,
}

impl SignedIn {
    /// In which audience.
    #[must_use]
    pub const fn audience(&self) -> Audience {
        match self.actor {
            Actor::Staff(_) | Actor::InRole(..) => Audience::Staff,
            Actor::Assessor(_) => Audience::Assessor,
            _ => Audience::Applicant,
        }
    }
}

impl From<&Applicant> for SignedIn {
    fn from(who: &Applicant) -> Self {
        Self { actor: who.actor(), account: who.account.clone(), current: who.session.clone() }
    }
}

impl From<&Staff> for SignedIn {
    fn from(who: &Staff) -> Self {
        Self { actor: who.actor(), account: who.id.clone(), current: who.session.clone() }
    }
}

impl From<&Outsider> for SignedIn {
    fn from(who: &Outsider) -> Self {
        Self { actor: who.actor(), account: who.id.clone(), current: who.session.clone() }
    }
}

/// A session as its owner sees it.
#[derive(Clone)]
pub struct SessionRow {
    /// What it is called in forms.
    pub handle: Id,
    /// The kind of browser.
    pub device: Secret,
    /// In which way the person proved last who they are.
    pub proof: Proof,
    /// When that was.
    pub proved_at: DateTime<Utc>,
    /// When the person signed in.
    pub began_at: DateTime<Utc>,
    /// When it was last used, to the minute or so.
    pub seen_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

impl SessionRow {
    /// Whether the person proved anew who they are, after they had come in.
    #[must_use]
    pub fn is_proved_anew(&self) -> bool {
        self.proved_at > self.began_at
    }
}

/// Which sessions to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// One.
    One(Id),
    /// All but the one that asks.
    Others,
}

impl FromStr for Which {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        if text == "others" { Ok(Self::Others) } else { text.parse().map(Self::One) }
    }
}

/// Where somebody is signed in, the newest session first.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn list(ctx: &Context, who: &SignedIn) -> Result<Vec<SessionRow>, ServiceError> {
    let (dossier, now) = (&who.current.dossier, ctx.stamp());
    let found = ctx.store.read(|connection| sessions::of_dossier(connection, dossier, now))?;
    let key = ctx.data_key(dossier)?;
    found
        .into_iter()
        .map(|session| {
            let place = Slot::SessionDevice;
            Ok(SessionRow {
                device: ctx.open(&key, place, &session.handle, dossier, &session.device)?,
                proof: session.proof.parse().map_err(ServiceError::internal)?,
                proved_at: session.proved_at.and_utc(),
                began_at: session.created_at.and_utc(),
                seen_at: session.seen_at.and_utc(),
                is_this: session.id == who.current.id,
                handle: session.handle,
            })
        })
        .collect()
}

/// Ends one session of somebody's own, or all but this one. One that has ended already is no error.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Full`], [`ServiceError::Internal`].
pub fn end(ctx: &Context, who: &SignedIn, which: &Which) -> Result<(), ServiceError> {
    let what = match which {
        Which::One(_) => "one",
        Which::Others => "others",
    };
    let detail = json!({ "which": what });
    let entry = ctx.audit(&who.actor, "session.ended", Some(&who.account), &detail)?;
    let (dossier, current) = (who.current.dossier.clone(), who.current.id.clone());
    let which = which.clone();
    Ok(ctx.store.write(move |connection| {
        let ended = match &which {
            Which::One(handle) => usize::from(sessions::end_one(connection, &dossier, handle)?),
            Which::Others => sessions::end_all(connection, &dossier, Some(&current))?,
        };
        if ended > 0 { audit::insert(connection, &entry) } else { Ok(()) }
    })?)
}
