//! The ways in of staff, and passkeys of assessors: what somebody has, and what it takes to change it.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::context::Context;
use super::error::ServiceError;
use super::own_sessions::SignedIn;
use super::passkeys::{self, PasskeyRow};
use super::session::Staff;
use crate::domain::id::Id;
use crate::domain::lookup::LookupKind;
use crate::domain::notice::{Notice, WayKind};
use crate::domain::role::Audience;
use crate::store::outbox::Mail;
use crate::store::{AnyConnection, StoreError, audit, lookups, outbox, sessions, sign_ins, ways};

/// A way in, in the words of tables and of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// A passkey.
    Passkey(Id),
    /// The password with its second factor.
    Password,
    /// The organisation's own sign-in.
    Organisation,
}

impl Way {
    const fn kind(&self) -> WayKind {
        match self {
            Self::Passkey(_) => WayKind::Passkey,
            Self::Password => WayKind::Password,
            Self::Organisation => WayKind::Organisation,
        }
    }
}

/// The password as its owner sees it.
#[derive(Clone, Copy)]
pub struct PasswordRow {
    /// When it was set.
    pub created_at: DateTime<Utc>,
    /// How many recovery codes are left.
    pub codes_left: i64,
}

/// What somebody has.
#[derive(Clone)]
pub struct Ways {
    /// Their passkeys, the oldest first.
    pub passkeys: Vec<PasskeyRow>,
    /// Their password.
    pub password: Option<PasswordRow>,
    /// Since when the organisation's own sign-in lets them in.
    pub organisation: Option<DateTime<Utc>>,
    /// Whether something can be changed now: nothing is there yet, or the person proved just now who they are.
    pub may_change: bool,
    /// Whether this session began in a way that is enough to work.
    pub session_is_strong: bool,
}

impl Ways {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Whether there is exactly one, which can't be removed.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.count() == 1
    }

    fn count(&self) -> usize {
        self.passkeys.len()
            + usize::from(self.password.is_some())
            + usize::from(self.organisation.is_some())
    }
}

/// What a member of staff has.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn list(ctx: &Context, who: &Staff) -> Result<Ways, ServiceError> {
    let (password, left, link) = ctx.store.read(|connection| {
        Ok((
            ways::password(connection, &who.id)?,
            ways::recovery_codes_left(connection, &who.id)?,
            ways::organisation_link(connection, &who.id)?,
        ))
    })?;
    let password = password.map(|password| PasswordRow {
        created_at: password.created_at.and_utc(),
        codes_left: left,
    });
    let who = SignedIn::from(who);
    Ok(Ways {
        passkeys: passkeys::list(ctx, &who)?,
        password,
        organisation: link.map(|link| link.created_at.and_utc()),
        may_change: can_change(ctx, &who)?,
        session_is_strong: who.current.proof.is_strong(),
    })
}

/// Refuses to change somebody's ways in, unless they proved just now who they are; who has one, by one of those. At an
/// unattended screen nobody makes a first one either: it would shut the owner out.
///
/// # Errors
/// [`ServiceError::ProofNeeded`].
pub fn may_change(ctx: &Context, who: &SignedIn) -> Result<(), ServiceError> {
    // Assessors may come in by mail whatever else they have, and their process sees nothing of staff's ways.
    if who.audience() == Audience::Staff && !who.current.proof.is_strong() {
        let count = ctx.store.read(|connection| ways::count(connection, &who.current.dossier))?;
        if count > 0 {
            return Err(ServiceError::ProofNeeded);
        }
    }
    who.current.must_be_fresh(ctx)
}

/// Whether somebody may change their ways in now, without another proof.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn can_change(ctx: &Context, who: &SignedIn) -> Result<bool, ServiceError> {
    match may_change(ctx, who) {
        Ok(()) => Ok(true),
        Err(ServiceError::ProofNeeded) => Ok(false),
        Err(other) => Err(other),
    }
}

/// What goes with a new way in.
#[derive(Clone)]
pub(crate) struct Added {
    audience: Audience,
    account: Id,
    dossier: Id,
    current: String,
    mail: Mail,
    entry: audit::Entry,
    now: chrono::NaiveDateTime,
}

/// Prepares the mail and the audit entry for a new way in.
pub(crate) fn added(ctx: &Context, who: &SignedIn, way: WayKind) -> Result<Added, ServiceError> {
    let template = Notice::WayInAdded(way).template(who.audience());
    let detail = json!({ "way": way.word() });
    Ok(Added {
        audience: who.audience(),
        account: who.account.clone(),
        dossier: who.current.dossier.clone(),
        current: who.current.id.clone(),
        mail: ctx.mail(&template, &who.account, &who.current.dossier)?,
        entry: ctx.audit(&who.actor, "way.added", Some(&who.account), &detail)?,
        now: ctx.stamp(),
    })
}

impl Added {
    /// Call it before the new way is inserted. It ends every other session: whoever changes a way in may do so since
    /// another has it. The first one ends mailed links, too, that nobody has used yet.
    pub fn apply(&self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        sessions::end_all(connection, &self.dossier, Some(&self.current))?;
        if self.audience == Audience::Staff && ways::count(connection, &self.dossier)? == 0 {
            sign_ins::end_of_staff(connection, &self.account, self.now)?;
        }
        outbox::insert(connection, &self.mail)?;
        audit::insert(connection, &self.entry)
    }
}

/// Removes a way in of somebody's own. One that is gone already is no error.
///
/// # Errors
/// [`ServiceError::ProofNeeded`]; [`ServiceError::Invalid`] for the last one.
pub fn remove(ctx: &Context, who: &SignedIn, way: &Way) -> Result<(), ServiceError> {
    may_change(ctx, who)?;
    let template = Notice::WayInRemoved(way.kind()).template(who.audience());
    let mail = ctx.mail(&template, &who.account, &who.current.dossier)?;
    let detail = json!({ "way": way.kind().word() });
    let entry = ctx.audit(&who.actor, "way.removed", Some(&who.account), &detail)?;
    let (account, dossier, way) = (who.account.clone(), who.current.dossier.clone(), way.clone());
    let current = who.current.id.clone();
    let is_staff = who.audience() == Audience::Staff;
    let removed = ctx.store.write(move |connection| {
        let was_there = match &way {
            Way::Passkey(id) => ways::remove_passkey(connection, &dossier, id)?,
            Way::Password => ways::remove_password(connection, &account)?,
            Way::Organisation => {
                lookups::delete_kind(connection, &dossier, LookupKind::OrganisationSubject)?;
                ways::remove_organisation_link(connection, &account)?
            }
        };
        if !was_there {
            return Ok(());
        }
        // The other audiences can always come in by mail.
        if is_staff && ways::count(connection, &dossier)? == 0 {
            return Err(StoreError::Refused);
        }
        // Whoever came in by it is out.
        sessions::end_all(connection, &dossier, Some(&current))?;
        outbox::insert(connection, &mail)?;
        audit::insert(connection, &entry)
    });
    removed.map_err(|error| match error {
        StoreError::Refused => {
            ServiceError::field("ways", "This is your only way in; set up another one first")
        }
        other => other.into(),
    })
}
