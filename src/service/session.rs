//! Sessions: who is signed in.

use chrono::{DateTime, Duration, Utc};

use super::context::{Actor, Context};
use super::error::ServiceError;
use crate::domain::device;
use crate::domain::id::Id;
use crate::domain::proof::Proof;
use crate::domain::role::{Audience, Permission, Role, Roles};
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::sessions::{self, Session};
use crate::store::staff;
use crate::vault::{DataKey, MacPurpose};

/// For how long an applicant's session lasts, used or not.
const APPLICANT_MOST: Duration = Duration::hours(12);
/// After how long an unused session of an applicant ends.
const APPLICANT_IDLE: Duration = Duration::hours(2);
/// For how long a session of staff lasts, used or not.
const STAFF_MOST: Duration = Duration::hours(24);
/// After how long an unused session of staff ends.
const STAFF_IDLE: Duration = Duration::hours(1);
/// How exactly it is kept when a session was last used.
const GRAIN: Duration = Duration::minutes(1);

/// For how long a proof is fresh: long enough to do what one came to do.
pub(crate) const FRESH: Duration = Duration::minutes(5);

/// An applicant who is signed in.
#[derive(Clone)]
pub struct Applicant {
    /// The account.
    pub account: Id,
    /// The session.
    pub session: Current,
    /// The token that each of the session's forms carries.
    pub forgery: String,
}

/// A member of staff who is signed in.
#[derive(Clone)]
pub struct Staff {
    /// The account.
    pub id: Id,
    /// The member's name.
    pub name: Secret,
    /// The member's roles.
    pub roles: Roles,
    /// The session.
    pub session: Current,
    /// The token that each of the session's forms carries.
    pub forgery: String,
}

/// The session that a request came with.
#[derive(Clone)]
pub struct Current {
    /// The digest of its cookie.
    pub(crate) id: String,
    /// The dossier of the account.
    pub(crate) dossier: Id,
    /// What it is called on its owner's page.
    pub handle: Id,
    /// In which way the person proved last who they are.
    pub proof: Proof,
    /// When that was, UTC.
    pub proved_at: DateTime<Utc>,
}

impl Current {
    pub(crate) fn of(session: &Session) -> Result<Self, ServiceError> {
        Ok(Self {
            id: session.id.clone(),
            dossier: session.dossier_id.clone(),
            handle: session.handle.clone(),
            proof: session.proof.parse().map_err(ServiceError::internal)?,
            proved_at: session.proved_at.and_utc(),
        })
    }

    /// Whether the person proved just now who they are.
    #[must_use]
    pub fn is_fresh(&self, ctx: &Context) -> bool {
        let now = ctx.now();
        // A clock that was set back makes nothing fresh.
        self.proved_at <= now && now < self.proved_at + FRESH
    }

    /// Refuses without a fresh proof.
    pub(crate) fn must_be_fresh(&self, ctx: &Context) -> Result<(), ServiceError> {
        if self.is_fresh(ctx) { Ok(()) } else { Err(ServiceError::ProofNeeded) }
    }
}

impl Staff {
    /// Whether this session began in a way that is enough to work. Otherwise it opens the pages where such a way is
    /// set up, and nothing else.
    #[must_use]
    pub fn may_work(&self, ctx: &Context) -> bool {
        ctx.site.staff_by_mail || self.session.proof.is_strong()
    }

    /// Refuses without a permission.
    pub(crate) fn must(&self, permission: Permission) -> Result<(), ServiceError> {
        if self.roles.may(permission) { Ok(()) } else { Err(ServiceError::Forbidden) }
    }

    /// The role in which something is done that takes a permission.
    pub(crate) fn role_for(&self, permission: Permission) -> Option<Role> {
        self.roles.iter().find(|role| permission.given_by().contains(role))
    }

    /// The person, in what is open to everybody of staff.
    pub(crate) fn actor(&self) -> Actor {
        Actor::Staff(self.id.clone())
    }

    /// The person, in the role in which they do what takes a permission.
    pub(crate) fn acting(&self, permission: Permission) -> Actor {
        match self.role_for(permission) {
            Some(role) => Actor::InRole(self.id.clone(), role),
            None => self.actor(),
        }
    }
}

impl Applicant {
    pub(crate) fn actor(&self) -> Actor {
        Actor::Applicant(self.account.clone())
    }
}

/// A session that has just begun.
#[derive(Clone)]
pub struct NewSession {
    /// Whose it is.
    pub audience: Audience,
    /// The value of its cookie.
    pub cookie: String,
    /// Where to go now: a path of this site.
    pub go_to: String,
}

/// Whose a session is.
#[derive(Clone, Copy)]
pub(crate) enum Owner<'a> {
    /// The applicant with this account.
    Applicant(&'a Id),
    /// The member of staff with this account.
    Staff(&'a Id),
    /// The assessor with this account.
    Assessor(&'a Id),
}

impl Owner<'_> {
    /// The word for the audience in tables.
    pub const fn audience(self) -> &'static str {
        match self {
            Self::Applicant(_) => "applicant",
            Self::Staff(_) => "staff",
            Self::Assessor(_) => "assessor",
        }
    }
}

/// How somebody came in.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The way in which they proved who they are.
    pub proof: Proof,
    /// What their browser says it is.
    pub user_agent: String,
    /// When they proved it, UTC, if not at this moment.
    pub proved_at: Option<DateTime<Utc>>,
}

impl Entry {
    /// Somebody who came in with this browser.
    #[must_use]
    pub fn new(proof: Proof, user_agent: &str) -> Self {
        Self { proof, user_agent: user_agent.to_owned(), proved_at: None }
    }
}

/// A session to be inserted, with its cookie. `key` is the data key of the account's dossier.
pub(crate) fn begin(
    ctx: &Context,
    (dossier, key): (&Id, &DataKey),
    owner: Owner<'_>,
    entry: &Entry,
) -> Result<(Session, String), ServiceError> {
    let cookie = ctx.id()?.to_string();
    let handle = ctx.id()?;
    let device = Secret::new(device::in_words(&entry.user_agent));
    let now = ctx.stamp();
    let most = if matches!(owner, Owner::Applicant(_)) { APPLICANT_MOST } else { STAFF_MOST };
    let mut session = Session {
        id: id_of(ctx, &cookie)?,
        audience: owner.audience().to_owned(),
        dossier_id: dossier.clone(),
        account_id: None,
        staff_id: None,
        assessor_id: None,
        device: ctx.seal(key, Slot::SessionDevice, &handle, dossier, &device)?,
        handle,
        proof: entry.proof.word().to_owned(),
        proved_at: entry.proved_at.map_or(now, |at| at.naive_utc().min(now)),
        created_at: now,
        seen_at: now,
        expires_at: now + most,
    };
    match owner {
        Owner::Applicant(id) => session.account_id = Some(id.clone()),
        Owner::Staff(id) => session.staff_id = Some(id.clone()),
        Owner::Assessor(id) => session.assessor_id = Some(id.clone()),
    }
    Ok((session, cookie))
}

/// The session that takes the place of one whose person proved anew who they are: under a new id, so that whoever
/// knew the old one has nothing of it. It ends when the old one would have ended.
pub(crate) fn renew(
    ctx: &Context,
    old: &Current,
    proof: Proof,
) -> Result<(Session, String), ServiceError> {
    let found = ctx.store.read(|connection| sessions::find(connection, &old.id))?;
    let found = found.ok_or(ServiceError::SignedOut)?;
    let cookie = ctx.id()?.to_string();
    let now = ctx.stamp();
    let renewed = Session {
        id: id_of(ctx, &cookie)?,
        proof: proof.word().to_owned(),
        proved_at: now,
        seen_at: now,
        ..found
    };
    Ok((renewed, cookie))
}

/// The applicant whose cookie this is.
///
/// # Errors
/// [`ServiceError::SignedOut`] when the session has ended or never was.
pub fn applicant(ctx: &Context, cookie: &str) -> Result<Applicant, ServiceError> {
    let id = id_of(ctx, cookie)?;
    let session = ctx.store.read_ahead(|connection| sessions::find(connection, &id))?;
    let session = session.ok_or(ServiceError::SignedOut)?;
    let account = session.account_id.clone().ok_or(ServiceError::SignedOut)?;
    must_live(ctx, &session, APPLICANT_IDLE)?;
    Ok(Applicant { account, session: Current::of(&session)?, forgery: forgery(ctx, &id)? })
}

/// The member of staff whose cookie this is.
///
/// # Errors
/// [`ServiceError::SignedOut`] when the session has ended or never was, or the account is not active.
pub fn staff(ctx: &Context, cookie: &str) -> Result<Staff, ServiceError> {
    let id = id_of(ctx, cookie)?;
    let found = ctx.store.read(|connection| sessions::find_staff(connection, &id))?;
    let found = found.ok_or(ServiceError::SignedOut)?;
    if found.state != staff::ACTIVE {
        return Err(ServiceError::SignedOut);
    }
    must_live(ctx, &found.session, STAFF_IDLE)?;
    let dossier = &found.session.dossier_id;
    let key = ctx.unwrap_key(&found.key(), dossier)?;
    Ok(Staff {
        name: ctx.open(&key, Slot::StaffName, &found.staff_id, dossier, &found.name)?,
        id: found.staff_id,
        roles: found.roles.parse().map_err(ServiceError::internal)?,
        session: Current::of(&found.session)?,
        forgery: forgery(ctx, &id)?,
    })
}

/// The token that the forms of a session carry, whoever's it is.
///
/// # Errors
/// [`ServiceError::SignedOut`] when the session has ended or never was.
pub fn token(ctx: &Context, audience: Audience, cookie: &str) -> Result<String, ServiceError> {
    match audience {
        Audience::Staff => staff(ctx, cookie).map(|who| who.forgery),
        Audience::Applicant => applicant(ctx, cookie).map(|who| who.forgery),
        Audience::Assessor => super::outsiders::assessor(ctx, cookie).map(|who| who.forgery),
        _ => Err(ServiceError::SignedOut),
    }
}

/// Ends a session. One that is not there has ended already.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn end(ctx: &Context, cookie: &str) -> Result<(), ServiceError> {
    let Ok(id) = id_of(ctx, cookie) else { return Ok(()) };
    Ok(ctx.store.write(move |connection| sessions::end(connection, &id))?)
}

/// Forgets sessions that have ended by themselves.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn forget_expired(ctx: &Context) -> Result<usize, ServiceError> {
    let now = ctx.stamp();
    Ok(ctx.store.write(move |connection| sessions::forget_expired(connection, now))?)
}

pub(crate) fn id_of(ctx: &Context, cookie: &str) -> Result<String, ServiceError> {
    // Anything else was not handed out by us.
    let cookie: Id = cookie.parse().map_err(|_| ServiceError::SignedOut)?;
    ctx.digest(MacPurpose::Session, &[b"session", cookie.as_str().as_bytes()])
}

pub(crate) fn forgery(ctx: &Context, session: &str) -> Result<String, ServiceError> {
    ctx.digest(MacPurpose::Forgery, &[session.as_bytes()])
}

pub(crate) fn must_live(
    ctx: &Context,
    session: &Session,
    idle: Duration,
) -> Result<(), ServiceError> {
    let now = ctx.stamp();
    if session.expires_at <= now || session.seen_at + idle <= now {
        return Err(ServiceError::SignedOut);
    }
    // Nobody who reads waits for this, or fails with it: at worst a session ends a little early.
    if session.seen_at + GRAIN <= now && !ctx.store.is_held_up() {
        let id = session.id.clone();
        let kept = ctx.store.write(move |connection| sessions::touch(connection, &id, now));
        if let Err(error) = kept {
            tracing::debug!(%error, "it was not kept that a session was used");
        }
    }
    Ok(())
}
