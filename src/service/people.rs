//! Administrators change what colleagues may do, and end what they may do no longer.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::accept_staff;
use super::context::{Actor, Context, StoreOrService};
use super::error::ServiceError;
use super::session::Staff;
use crate::domain::id::Id;
use crate::domain::lookup::LookupKind;
use crate::domain::notice::{By, Notice};
use crate::domain::retention::DossierFacts;
use crate::domain::role::{Audience, Permission, Role, Roles};
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::staff::{self, Member};
use crate::store::{
    AnyConnection, StoreError, audit, lookups, outbox, sessions, sign_ins, site, ways,
};

/// The lock under which it is made sure that an administrator remains ("admins" in ASCII).
const ADMINS: i64 = 0x6164_6d69_6e73;

/// A colleague, as an administrator works on their account.
#[derive(Clone)]
pub struct Colleague {
    /// The account.
    pub id: Id,
    /// The name; blank until the invitation is taken up.
    pub name: Secret,
    /// The address.
    pub email: Secret,
    /// The roles.
    pub roles: Roles,
    /// Where the account stands.
    pub state: State,
    /// Whether it is the administrator's own.
    pub is_self: bool,
    /// How many sessions have not ended.
    pub sessions: usize,
    /// How many ways in they have set up.
    pub ways: i64,
    /// When the newest invitation ends that was not taken up; none when there is none of use.
    pub invitation: Option<DateTime<Utc>>,
    pub(super) member: Member,
}

impl Colleague {
    /// Whether the invitation was not taken up yet.
    #[must_use]
    pub fn is_invited(&self) -> bool {
        self.state == State::Invited
    }

    /// Whether the person may not come in any more.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        self.state == State::Disabled
    }

    /// Where the account stands, on pages.
    #[must_use]
    pub const fn state_words(&self) -> &'static str {
        match self.state {
            State::Invited => "invited, and has not come in yet",
            State::Active => "active",
            State::Disabled => "disabled",
        }
    }
}

/// Where an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The invitation was not taken up yet.
    Invited,
    /// The person may come in.
    Active,
    /// The person may not come in any more.
    Disabled,
}

impl State {
    /// The state of a word in the table.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            staff::ACTIVE => Self::Active,
            staff::DISABLED => Self::Disabled,
            _ => Self::Invited,
        }
    }
}

/// A colleague's account, for an administrator.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but administrators; [`ServiceError::NotFound`].
pub fn opened(ctx: &Context, who: &Staff, colleague: &Colleague) -> Result<(), ServiceError> {
    let actor = who.acting(Permission::ManagePeople);
    let entry = ctx.audit_plain(&actor, "staff.opened", &colleague.id)?;
    Ok(ctx.store.write(move |connection| audit::insert(connection, &entry))?)
}

/// Loads an account, by whatever right.
pub(crate) fn load(
    ctx: &Context,
    id: &Id,
    asked_by: Option<&Id>,
) -> Result<Colleague, ServiceError> {
    let now = ctx.stamp();
    let found = ctx.store.read(|connection| {
        let Some(member) = staff::find(connection, id)? else { return Ok(None) };
        let sessions = sessions::of_dossier(connection, &member.dossier_id, now)?.len();
        let ways = ways::count(connection, &member.dossier_id)?;
        let invitation = sign_ins::invitation_of(connection, id, now)?;
        Ok(Some((member, sessions, ways, invitation)))
    })?;
    let (member, sessions, ways, invitation) = found.ok_or(ServiceError::NotFound)?;
    let key = ctx.data_key(&member.dossier_id)?;
    let open = |slot, sealed| ctx.open(&key, slot, &member.id, &member.dossier_id, sealed);
    Ok(Colleague {
        id: member.id.clone(),
        name: open(Slot::StaffName, &member.name)?,
        email: open(Slot::StaffEmail, &member.email)?,
        roles: member.roles.parse().map_err(ServiceError::internal)?,
        state: State::of(&member.state),
        is_self: asked_by == Some(&member.id),
        sessions,
        ways,
        invitation: invitation.map(|ends| ends.and_utc()),
        member,
    })
}

/// Gives a colleague other roles. Whatever they have open ends, and they are written to.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but administrators, [`ServiceError::ProofNeeded`],
/// [`ServiceError::Invalid`] for one's own roles, no role at all, or the last administrator's role;
/// [`ServiceError::Conflict`] when they were changed meanwhile.
pub fn change_roles(
    ctx: &Context,
    who: &Staff,
    colleague: &Colleague,
    roles: &[Role],
) -> Result<(), ServiceError> {
    allowed(ctx, who)?;
    if colleague.is_self {
        let message = "You can’t change your own roles; ask another administrator";
        return Err(ServiceError::field("roles", message));
    }
    set_roles(ctx, &who.acting(Permission::ManagePeople), colleague, Roles::of(roles), "roles")
}

/// Changes somebody's roles, by whatever right. `field` is what a refusal names.
pub(crate) fn set_roles(
    ctx: &Context,
    actor: &Actor,
    colleague: &Colleague,
    roles: Roles,
    field: &str,
) -> Result<(), ServiceError> {
    if roles.is_empty() {
        let message = "Choose at least one role, or disable the account";
        return Err(ServiceError::field(field, message));
    }
    if roles == colleague.roles {
        return Ok(());
    }
    let member = &colleague.member;
    let detail = json!({ "from": member.roles, "to": roles.to_string() });
    let entry = ctx.audit(actor, "staff.roles_changed", Some(&member.id), &detail)?;
    let template = Notice::RolesChanged(by(actor)).template(Audience::Staff);
    let mail = ctx.mail(&template, &member.id, &member.dossier_id)?;
    let (is_invited, now) = (colleague.state == State::Invited, ctx.stamp());
    let (id, dossier, from) = (member.id.clone(), member.dossier_id.clone(), member.roles.clone());
    let changed = ctx.store.write(move |connection| {
        site::lock(connection, ADMINS)?;
        staff::change_roles(connection, &id, &from, &roles.to_string())?;
        if !an_admin_remains(connection)? {
            return Err(StoreError::Refused);
        }
        sessions::end_all(connection, &dossier, None)?;
        // Who has not come in yet finds the roles behind the link that they were sent.
        if !is_invited {
            // What was asked for before belongs to somebody with other roles.
            sign_ins::end_of_staff(connection, &id, now)?;
            outbox::insert(connection, &mail)?;
        }
        audit::insert(connection, &entry)
    });
    changed.map_err(|error| last_admin(error, field))
}

/// Lets a colleague in no longer, at once and everywhere; or lets them in again.
///
/// # Errors
/// As [`change_roles`].
pub fn set_enabled(
    ctx: &Context,
    who: &Staff,
    colleague: &Colleague,
    enabled: bool,
) -> Result<(), ServiceError> {
    allowed(ctx, who)?;
    if colleague.is_self {
        let message = "You can’t disable your own account; ask another administrator";
        return Err(ServiceError::field("state", message));
    }
    set_state(ctx, &who.acting(Permission::ManagePeople), colleague, enabled)
}

/// Changes whether somebody may come in, by whatever right.
pub(crate) fn set_state(
    ctx: &Context,
    actor: &Actor,
    colleague: &Colleague,
    enabled: bool,
) -> Result<(), ServiceError> {
    let (from, to, action, letter) = match (colleague.state, enabled) {
        (State::Disabled, true) => {
            (staff::DISABLED, staff::ACTIVE, "staff.enabled", Notice::Enabled(by(actor)))
        }
        (State::Active, false) => {
            (staff::ACTIVE, staff::DISABLED, "staff.disabled", Notice::Disabled)
        }
        (State::Invited, false) => {
            (staff::INVITED, staff::DISABLED, "staff.disabled", Notice::Disabled)
        }
        (State::Disabled, false) | (State::Active, true) => return Ok(()),
        (State::Invited, true) => {
            return Err(ServiceError::field(
                "state",
                "This person was invited and has not come in",
            ));
        }
    };
    let member = &colleague.member;
    let today = ctx.today();
    let deactivated = (!enabled).then_some(today);
    let last_sign_in = member.last_sign_in.unwrap_or(today);
    // Who is let in again is kept as if they had come in today.
    let last_sign_in = if enabled { today } else { last_sign_in };
    let kept = DossierFacts::Staff { last_sign_in, deactivated }.kept_until(&ctx.periods);
    let entry = ctx.audit_plain(actor, action, &member.id)?;
    let mail = ctx.mail(&letter.template(Audience::Staff), &member.id, &member.dossier_id)?;
    let now = ctx.stamp();
    ctx.steadily(|generation| {
        let clock = accept_staff::clock(ctx, member, kept)?;
        let (id, dossier) = (member.id.clone(), member.dossier_id.clone());
        let (mail, entry) = (mail.clone(), entry.clone());
        let changed = ctx.write_under(generation, move |connection| {
            site::lock(connection, ADMINS)?;
            staff::change_state(connection, &id, from, to)?;
            if !an_admin_remains(connection)? {
                return Err(StoreError::Refused);
            }
            clock.apply(connection)?;
            sessions::end_all(connection, &dossier, None)?;
            sign_ins::end_of_staff(connection, &id, now)?;
            outbox::insert(connection, &mail)?;
            audit::insert(connection, &entry)
        });
        changed.map_err(|error| match error {
            StoreError::Refused => StoreOrService::Service(last_admin(error, "state")),
            other => other.into(),
        })
    })
}

/// Ends every session of a colleague; they may sign in again.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but administrators, [`ServiceError::ProofNeeded`].
pub fn end_sessions(ctx: &Context, who: &Staff, colleague: &Colleague) -> Result<(), ServiceError> {
    allowed(ctx, who)?;
    let actor = who.acting(Permission::ManagePeople);
    let entry = ctx.audit_plain(&actor, "staff.sessions_ended", &colleague.id)?;
    // One's own session stays: one would only sign in again.
    let but = colleague.is_self.then(|| who.session.id.clone());
    let dossier = colleague.member.dossier_id.clone();
    Ok(ctx.store.write(move |connection| {
        sessions::end_all(connection, &dossier, but.as_deref())?;
        audit::insert(connection, &entry)
    })?)
}

/// Takes every way in of a colleague's away: who lost everything is let in again by a mailed link, and sets up
/// another. Their sessions end, and they are written to.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but administrators, [`ServiceError::ProofNeeded`],
/// [`ServiceError::Invalid`] for one's own.
pub fn clear_ways(ctx: &Context, who: &Staff, colleague: &Colleague) -> Result<(), ServiceError> {
    allowed(ctx, who)?;
    if colleague.is_self {
        let message = "You can’t clear your own ways in; ask another administrator";
        return Err(ServiceError::field("ways", message));
    }
    clear_ways_of(ctx, &who.acting(Permission::ManagePeople), colleague)
}

/// Takes every way in of somebody's away, by whatever right.
pub(crate) fn clear_ways_of(
    ctx: &Context,
    actor: &Actor,
    colleague: &Colleague,
) -> Result<(), ServiceError> {
    let member = &colleague.member;
    let template = Notice::WaysCleared(by(actor)).template(Audience::Staff);
    let mail = ctx.mail(&template, &member.id, &member.dossier_id)?;
    let entry = ctx.audit_plain(actor, "staff.ways_cleared", &member.id)?;
    let (id, dossier, now) = (member.id.clone(), member.dossier_id.clone(), ctx.stamp());
    Ok(ctx.store.write(move |connection| {
        if ways::remove_all(connection, &dossier)? == 0 {
            return Ok(());
        }
        lookups::delete_kind(connection, &dossier, LookupKind::OrganisationSubject)?;
        sessions::end_all(connection, &dossier, None)?;
        sign_ins::end_of_staff(connection, &id, now)?;
        outbox::insert(connection, &mail)?;
        audit::insert(connection, &entry)
    })?)
}

/// Who does it, as the person is told.
const fn by(actor: &Actor) -> By {
    if matches!(actor, Actor::System) { By::Operator } else { By::Administrator }
}

pub(super) fn allowed(ctx: &Context, who: &Staff) -> Result<(), ServiceError> {
    who.must(Permission::ManagePeople)?;
    who.session.must_be_fresh(ctx)
}

fn an_admin_remains(connection: &mut AnyConnection) -> Result<bool, StoreError> {
    let people = staff::active_roles(connection)?;
    Ok(people.iter().any(|(_, roles)| roles.split(',').any(|role| role == Role::Admin.word())))
}

fn last_admin(error: StoreError, field: &str) -> ServiceError {
    match error {
        StoreError::Refused => ServiceError::field(
            field,
            "Somebody has to remain an administrator; give the role to another person first",
        ),
        other => other.into(),
    }
}
