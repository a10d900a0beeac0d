//! People of staff come in: the first administrator, those who were invited, and those who sign in again.

use std::sync::Arc;

use chrono::Duration;
use serde_json::json;

use super::applicants;
use super::clocks::{self, Indexed, Move};
use super::context::{Actor, Context};
use super::error::ServiceError;
use super::links;
use super::session::{self, Entry, NewSession, Owner};
use crate::domain::class::Class;
use crate::domain::form::FieldError;
use crate::domain::id::Id;
use crate::domain::identity;
use crate::domain::lookup::LookupKind;
use crate::domain::proof::Proof;
use crate::domain::quarter::Quarter;
use crate::domain::retention::{DossierFacts, KeptUntil};
use crate::domain::role::{Audience, Role, Roles};
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::domain::text::{has_line_break, has_trick};
use crate::store::dossiers::{self, Kind, NewDossier};
use crate::store::lookups::{self, NewLookup};
use crate::store::sessions::{self, Session};
use crate::store::sign_ins::{self, SignIn};
use crate::store::staff::{self, Member};
use crate::store::{AnyConnection, StoreError, audit, site, ways};
use crate::vault::DataKey;

/// How long an invitation, and the first administrator's link, is of use.
pub(crate) const INVITATION: Duration = Duration::days(7);
/// The most characters in a name.
const MOST_NAME_CHARACTERS: usize = 200;

/// What a person of staff says who comes in for the first time.
pub struct NewStaff {
    /// Their name.
    pub name: Secret,
    /// Their address; only the first administrator is asked for it.
    pub email: String,
    /// Roles beside that of administrator; only the first administrator chooses.
    pub roles: Vec<Role>,
}

/// Takes up an invitation, or the first administrator's link.
///
/// # Errors
/// [`ServiceError::LinkSpent`]; [`ServiceError::Invalid`].
pub fn accept_staff(
    ctx: &Context,
    token: &str,
    form: &NewStaff,
    user_agent: &str,
) -> Result<NewSession, ServiceError> {
    let found = links::find_live(ctx, token)?;
    let entry = Entry::new(Proof::Invitation, user_agent);
    let name = check_name(&form.name);
    match (found.purpose.as_str(), name) {
        ("invitation", Ok(())) => take_up_invitation(ctx, &found, &form.name, &entry),
        ("first_admin", name) => {
            let email = identity::check_email(&form.email);
            let mut errors: Vec<FieldError> = name.err().into_iter().collect();
            if let Err(message) = &email {
                errors.push(FieldError { field: "email".to_owned(), message: message.clone() });
            }
            match email {
                Ok(email) if errors.is_empty() => first_admin(ctx, &found, form, email, &entry),
                _ => Err(ServiceError::Invalid(errors)),
            }
        }
        ("invitation", Err(error)) => Err(ServiceError::Invalid(vec![error])),
        _ => Err(ServiceError::LinkSpent),
    }
}

pub(crate) fn check_name(name: &Secret) -> Result<(), FieldError> {
    let wrong = |message: String| FieldError { field: "name".to_owned(), message };
    if name.is_blank() {
        return Err(wrong("Enter your name".to_owned()));
    }
    if name.expose().chars().count() > MOST_NAME_CHARACTERS || has_line_break(name.expose()) {
        return Err(wrong(format!(
            "Name must be one line of {MOST_NAME_CHARACTERS} characters or fewer"
        )));
    }
    if has_trick(name.expose()) {
        return Err(wrong("Name must be made of letters and signs that can be seen".to_owned()));
    }
    Ok(())
}

/// An account of staff to be inserted.
#[derive(Clone)]
pub(crate) struct NewMember {
    pub dossier: NewDossier,
    pub member: Member,
    lookup: NewLookup,
    pub key: Arc<DataKey>,
}

impl NewMember {
    fn session(&self, ctx: &Context, entry: &Entry) -> Result<(Session, String), ServiceError> {
        let owner = Owner::Staff(&self.member.id);
        session::begin(ctx, (&self.dossier.id, &self.key), owner, entry)
    }

    pub fn insert(&self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        dossiers::insert(connection, &self.dossier)?;
        staff::insert(connection, &self.member)?;
        lookups::insert(connection, &self.lookup)
    }
}

/// Prepares an account of staff.
pub(crate) fn new_member(
    ctx: &Context,
    name: &Secret,
    email: &Secret,
    roles: Roles,
    state: &str,
) -> Result<NewMember, ServiceError> {
    let today = ctx.today();
    let kept =
        DossierFacts::Staff { last_sign_in: today, deactivated: None }.kept_until(&ctx.periods);
    let (dossier, key) = ctx.new_dossier(Kind::Staff, Class::Staff, None, kept)?;
    let id = ctx.id()?;
    let kind = LookupKind::StaffEmail;
    let lookup = NewLookup {
        id: ctx.id()?,
        dossier: dossier.id.clone(),
        kind,
        tag: ctx.vault.blind(kind, Quarter::of(kept.last_day), email.expose())?,
        subject: id.clone(),
    };
    let member = Member {
        name: ctx.seal(&key, Slot::StaffName, &id, &dossier.id, name)?,
        email: ctx.seal(&key, Slot::StaffEmail, &id, &dossier.id, email)?,
        id,
        dossier_id: dossier.id.clone(),
        roles: roles.to_string(),
        state: state.to_owned(),
        created_at: ctx.stamp(),
        last_sign_in: (state == staff::ACTIVE).then_some(today),
    };
    Ok(NewMember { dossier, member, lookup, key: Arc::new(key) })
}

fn first_admin(
    ctx: &Context,
    found: &SignIn,
    form: &NewStaff,
    email: String,
    entry: &Entry,
) -> Result<NewSession, ServiceError> {
    let roles: Roles = form.roles.iter().copied().chain([Role::Admin]).collect();
    let email = Secret::new(email);
    ctx.steadily(|generation| {
        let new = new_member(ctx, &form.name, &email, roles, staff::ACTIVE)?;
        let id = new.member.id.clone();
        let (session, cookie) = new.session(ctx, entry)?;
        let audited = ctx.audit(
            &Actor::Staff(id.clone()),
            "staff.first_admin",
            Some(&id),
            &json!({ "roles": roles.to_string() }),
        )?;
        let (link, dossier, now) = (found.id.clone(), found.dossier_id.clone(), ctx.stamp());
        let live = ctx.write_under(generation, move |connection| {
            if !sign_ins::consume(connection, &link, now)? {
                return Ok(false);
            }
            // Two links may have been printed; one of them makes an administrator.
            match site::set_first_admin(connection, now) {
                Ok(()) => {}
                Err(StoreError::Conflict) => return Ok(false),
                Err(error) => return Err(error),
            }
            new.insert(connection)?;
            sessions::insert(connection, &session)?;
            audit::insert(connection, &audited)?;
            dossiers::erase(connection, &dossier)?;
            Ok(true)
        })?;
        if live { Ok(welcome(cookie)) } else { Err(ServiceError::LinkSpent.into()) }
    })
}

fn take_up_invitation(
    ctx: &Context,
    found: &SignIn,
    name: &Secret,
    entry: &Entry,
) -> Result<NewSession, ServiceError> {
    let member = member_of(ctx, found)?;
    let (link, dossier, now) = (found.id.clone(), found.dossier_id.clone(), ctx.stamp());
    activate(ctx, &member, name, entry, move |connection| {
        let live = sign_ins::consume(connection, &link, now)?;
        Ok(live && dossiers::erase(connection, &dossier)?)
    })
}

/// Somebody who was invited comes in for the first time. `with` uses up what they proved it by, in the same
/// transaction, and says whether it was still of use.
pub(crate) fn activate(
    ctx: &Context,
    member: &Member,
    name: &Secret,
    entry: &Entry,
    with: impl FnMut(&mut AnyConnection) -> Result<bool, StoreError> + Clone + Send + 'static,
) -> Result<NewSession, ServiceError> {
    let key = ctx.data_key(&member.dossier_id)?;
    let name = ctx.seal(&key, Slot::StaffName, &member.id, &member.dossier_id, name)?;
    ctx.steadily(|generation| {
        let owner = Owner::Staff(&member.id);
        let (session, cookie) = session::begin(ctx, (&member.dossier_id, &key), owner, entry)?;
        let actor = Actor::Staff(member.id.clone());
        let audited = ctx.audit_plain(&actor, "staff.invitation_taken_up", &member.id)?;
        let (id, name, today) = (member.id.clone(), name.clone(), ctx.today());
        let mut with = with.clone();
        let live = ctx.write_under(generation, move |connection| {
            if !with(connection)? {
                return Ok(false);
            }
            staff::activate(connection, &id, &name, today)?;
            sessions::insert(connection, &session)?;
            audit::insert(connection, &audited)?;
            Ok(true)
        })?;
        if live { Ok(welcome(cookie)) } else { Err(ServiceError::LinkSpent.into()) }
    })
}

/// Makes an account without any role, for somebody who proved elsewhere who they are. `with` makes what goes with it.
pub(crate) fn create<W>(
    ctx: &Context,
    (name, email): (&Secret, &Secret),
    entry: &Entry,
    with: impl Fn(&NewMember) -> Result<W, ServiceError>,
) -> Result<NewSession, ServiceError>
where
    W: FnMut(&mut AnyConnection) -> Result<(), StoreError> + Send + 'static,
{
    let lock = applicants::lock_of(ctx, "staff", email)?;
    let tags = ctx.vault.blind_all(LookupKind::StaffEmail, email.expose())?;
    ctx.steadily(|generation| {
        let new = new_member(ctx, name, email, Roles::NONE, staff::ACTIVE)?;
        let (session, cookie) = new.session(ctx, entry)?;
        let actor = Actor::Staff(new.member.id.clone());
        let audited = ctx.audit_plain(&actor, "staff.created_by_organisation", &new.member.id)?;
        let (mut with, tags) = (with(&new)?, tags.clone());
        ctx.write_under(generation, move |connection| {
            site::lock(connection, lock)?;
            if !lookups::find(connection, LookupKind::StaffEmail, &tags, 1)?.is_empty() {
                return Err(StoreError::Conflict);
            }
            new.insert(connection)?;
            with(connection)?;
            sessions::insert(connection, &session)?;
            audit::insert(connection, &audited)
        })?;
        Ok(welcome(cookie))
    })
}

/// A member of staff signs in by mail.
pub(crate) fn sign_in(
    ctx: &Context,
    found: &SignIn,
    entry: &Entry,
) -> Result<NewSession, ServiceError> {
    let member = member_of(ctx, found)?;
    // Since the mail was asked for, the person may have set up a stronger way.
    if !may_come_by_mail(ctx, &member.dossier_id)? {
        return Err(ServiceError::LinkSpent);
    }
    let (link, dossier, now) = (found.id.clone(), found.dossier_id.clone(), ctx.stamp());
    come_in(ctx, &member, entry, move |connection| {
        let live = sign_ins::consume(connection, &link, now)?;
        Ok(live && dossiers::erase(connection, &dossier)?)
    })
}

/// Whether a mailed link is enough to come in, for the person with this dossier.
pub(crate) fn may_come_by_mail(ctx: &Context, dossier: &Id) -> Result<bool, ServiceError> {
    // Asked in any case, so that the answer takes the same time.
    let ways = ctx.store.read(|connection| ways::count(connection, dossier))?;
    Ok(ctx.site.staff_by_mail || ways == 0)
}

/// A member of staff comes in who proved that it is they. `with` uses up what they proved it by, in the same
/// transaction, and says whether it was still of use.
///
/// # Errors
/// [`ServiceError::LinkSpent`] when it was not, or the account is not active.
pub(crate) fn come_in(
    ctx: &Context,
    member: &Member,
    entry: &Entry,
    with: impl FnMut(&mut AnyConnection) -> Result<bool, StoreError> + Clone + Send + 'static,
) -> Result<NewSession, ServiceError> {
    if member.state != staff::ACTIVE {
        return Err(ServiceError::LinkSpent);
    }
    let today = ctx.today();
    let kept =
        DossierFacts::Staff { last_sign_in: today, deactivated: None }.kept_until(&ctx.periods);
    ctx.steadily(|generation| {
        let key = ctx.data_key(&member.dossier_id)?;
        let clock = clock(ctx, member, kept)?;
        let owner = Owner::Staff(&member.id);
        let (session, cookie) = session::begin(ctx, (&member.dossier_id, &key), owner, entry)?;
        let actor = Actor::Staff(member.id.clone());
        let detail = json!({ "by": entry.proof.word() });
        let audited = ctx.audit(&actor, "session.began", Some(&member.id), &detail)?;
        let (id, mut with) = (member.id.clone(), with.clone());
        let live = ctx.write_under(generation, move |connection| {
            if !with(connection)? {
                return Ok(false);
            }
            clock.apply(connection)?;
            staff::signed_in(connection, &id, today)?;
            sessions::insert(connection, &session)?;
            audit::insert(connection, &audited)?;
            Ok(true)
        })?;
        if live { Ok(welcome(cookie)) } else { Err(ServiceError::LinkSpent.into()) }
    })
}

/// Plans the clock of an account of staff, with everything by which it is looked up.
pub(crate) fn clock(ctx: &Context, member: &Member, kept: KeptUntil) -> Result<Move, ServiceError> {
    let (id, dossier) = (&member.id, &member.dossier_id);
    let key = ctx.data_key(dossier)?;
    let email = ctx.open(&key, Slot::StaffEmail, id, dossier, &member.email)?;
    let link = ctx.store.read(|connection| ways::organisation_link(connection, id))?;
    let subject = match &link {
        Some(link) => {
            Some(ctx.open(&key, Slot::OrganisationSubject, &link.id, dossier, &link.subject)?)
        }
        None => None,
    };
    let indexed = |kind, value| Indexed { kind, dossier, subject: id, value };
    let mut all = vec![indexed(LookupKind::StaffEmail, &email)];
    all.extend(subject.iter().map(|value| indexed(LookupKind::OrganisationSubject, value)));
    clocks::plan(ctx, dossier, kept, &all)
}

fn welcome(cookie: String) -> NewSession {
    NewSession { audience: Audience::Staff, cookie, go_to: "/staff".to_owned() }
}

fn member_of(ctx: &Context, found: &SignIn) -> Result<Member, ServiceError> {
    let id: &Id = found.staff_id.as_ref().ok_or(ServiceError::LinkSpent)?;
    let member = ctx.store.read(|connection| staff::find(connection, id))?;
    member.ok_or(ServiceError::LinkSpent)
}

/// The roles that an invitation gives.
pub(crate) fn roles_of(ctx: &Context, found: &SignIn) -> Result<Roles, ServiceError> {
    member_of(ctx, found)?.roles.parse().map_err(ServiceError::internal)
}
