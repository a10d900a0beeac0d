//! People from outside who are signed in: applicants and assessors. What both do alike, they do as this.

use chrono::{Duration, NaiveDate};

use super::context::{Actor, Context};
use super::error::ServiceError;
use super::session::{self, Applicant, Current, Owner};
use crate::domain::id::Id;
use crate::domain::role::Audience;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::assessors::{self, AssessorRow};

/// After how long an unused session of an assessor ends: as with staff.
const IDLE: Duration = Duration::hours(1);

/// An assessor who is signed in.
#[derive(Clone)]
pub struct Assessor {
    /// The account.
    pub id: Id,
    /// The assessor's name.
    pub name: Secret,
    /// The last day of access.
    pub until: NaiveDate,
    /// The session.
    pub session: Current,
    /// The token that each of the session's forms carries.
    pub forgery: String,
}

/// The assessor whose cookie this is.
///
/// # Errors
/// [`ServiceError::SignedOut`] when the session has ended or never was, access was ended, or its last day has passed.
pub fn assessor(ctx: &Context, cookie: &str) -> Result<Assessor, ServiceError> {
    let id = session::id_of(ctx, cookie)?;
    let found = ctx.store.read(|connection| assessors::of_session(connection, &id))?;
    let (session, row, wrapped) = found.ok_or(ServiceError::SignedOut)?;
    if !has_access(ctx, &row) {
        return Err(ServiceError::SignedOut);
    }
    session::must_live(ctx, &session, IDLE)?;
    let key = ctx.unwrap_key(&wrapped, &row.dossier_id)?;
    Ok(Assessor {
        name: ctx.open(&key, Slot::AssessorName, &row.id, &row.dossier_id, &row.name)?,
        id: row.id,
        until: row.access_until,
        session: Current::of(&session)?,
        forgery: session::forgery(ctx, &id)?,
    })
}

/// Whether an assessor may come in today.
pub(crate) fn has_access(ctx: &Context, row: &AssessorRow) -> bool {
    row.state == assessors::ACTIVE && ctx.today() <= row.access_until
}

/// An applicant or an assessor who is signed in.
#[derive(Clone)]
pub struct Outsider {
    /// Which of the two.
    pub audience: Audience,
    /// The account.
    pub id: Id,
    /// The session.
    pub session: Current,
    /// The token that each of the session's forms carries.
    pub forgery: String,
}

impl From<&Applicant> for Outsider {
    fn from(who: &Applicant) -> Self {
        Self {
            audience: Audience::Applicant,
            id: who.account.clone(),
            session: who.session.clone(),
            forgery: who.forgery.clone(),
        }
    }
}

impl From<&Assessor> for Outsider {
    fn from(who: &Assessor) -> Self {
        Self {
            audience: Audience::Assessor,
            id: who.id.clone(),
            session: who.session.clone(),
            forgery: who.forgery.clone(),
        }
    }
}

impl Outsider {
    pub(crate) fn actor(&self) -> Actor {
        match self.audience {
            Audience::Assessor => Actor::Assessor(self.id.clone()),
            _ => Actor::Applicant(self.id.clone()),
        }
    }

    pub(crate) const fn is_assessor(&self) -> bool {
        matches!(self.audience, Audience::Assessor)
    }

    pub(crate) const fn owner(&self) -> Owner<'_> {
        match self.audience {
            Audience::Assessor => Owner::Assessor(&self.id),
            _ => Owner::Applicant(&self.id),
        }
    }
}

/// The applicant or the assessor whose cookie this is.
///
/// # Errors
/// As [`assessor`] and [`session::applicant`].
pub fn outsider(ctx: &Context, audience: Audience, cookie: &str) -> Result<Outsider, ServiceError> {
    match audience {
        Audience::Applicant => session::applicant(ctx, cookie).map(|who| Outsider::from(&who)),
        Audience::Assessor => assessor(ctx, cookie).map(|who| Outsider::from(&who)),
        _ => Err(ServiceError::SignedOut),
    }
}
