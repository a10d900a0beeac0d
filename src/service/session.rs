//! Sessions: who is signed in.

use chrono::Duration;

use super::context::{Actor, Context};
use super::error::ServiceError;
use crate::domain::id::Id;
use crate::domain::role::{Audience, Permission, Role, Roles};
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::sessions::{self, Session};
use crate::store::staff;
use crate::vault::MacPurpose;

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

/// An applicant who is signed in.
#[derive(Clone)]
pub struct Applicant {
    /// The account.
    pub account: Id,
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
    /// The token that each of the session's forms carries.
    pub forgery: String,
}

impl Staff {
    /// Refuses without a permission.
    pub(crate) fn must(&self, permission: Permission) -> Result<(), ServiceError> {
        if self.roles.may(permission) { Ok(()) } else { Err(ServiceError::Forbidden) }
    }

    /// The role in which something is done that takes a permission.
    pub(crate) fn role_for(&self, permission: Permission) -> Option<Role> {
        self.roles.iter().find(|role| permission.given_by().contains(role))
    }

    pub(crate) fn actor(&self) -> Actor {
        Actor::Staff(self.id.clone())
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

/// A session to be inserted, with its cookie.
pub(crate) fn begin(
    ctx: &Context,
    dossier: &Id,
    account: Option<&Id>,
    staff: Option<&Id>,
) -> Result<(Session, String), ServiceError> {
    let cookie = ctx.id()?.to_string();
    let now = ctx.stamp();
    let most = if staff.is_some() { STAFF_MOST } else { APPLICANT_MOST };
    let session = Session {
        id: ctx.digest(MacPurpose::Session, &[b"session", cookie.as_bytes()])?,
        dossier_id: dossier.clone(),
        account_id: account.cloned(),
        staff_id: staff.cloned(),
        created_at: now,
        seen_at: now,
        expires_at: now + most,
    };
    Ok((session, cookie))
}

/// The applicant whose cookie this is.
///
/// # Errors
/// [`ServiceError::SignedOut`] when the session has ended or never was.
pub fn applicant(ctx: &Context, cookie: &str) -> Result<Applicant, ServiceError> {
    let id = id_of(ctx, cookie)?;
    let session = ctx.store.read(|connection| sessions::find(connection, &id))?;
    let session = session.ok_or(ServiceError::SignedOut)?;
    let account = session.account_id.clone().ok_or(ServiceError::SignedOut)?;
    must_live(ctx, &session, APPLICANT_IDLE)?;
    Ok(Applicant { account, forgery: forgery(ctx, &id)? })
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
        forgery: forgery(ctx, &id)?,
    })
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

fn id_of(ctx: &Context, cookie: &str) -> Result<String, ServiceError> {
    // Anything else was not handed out by us.
    let cookie: Id = cookie.parse().map_err(|_| ServiceError::SignedOut)?;
    ctx.digest(MacPurpose::Session, &[b"session", cookie.as_str().as_bytes()])
}

fn forgery(ctx: &Context, session: &str) -> Result<String, ServiceError> {
    ctx.digest(MacPurpose::Forgery, &[session.as_bytes()])
}

fn must_live(ctx: &Context, session: &Session, idle: Duration) -> Result<(), ServiceError> {
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
