//! Administrators invite people of staff by mail.

use chrono::NaiveDate;
use serde_json::json;

use super::accept_staff::{self, INVITATION};
use super::applicants;
use super::context::Context;
use super::error::ServiceError;
use super::links;
use super::people::{self, Colleague, State};
use super::session::Staff;
use crate::domain::class::Class;
use crate::domain::form::FieldError;
use crate::domain::id::Id;
use crate::domain::identity;
use crate::domain::lookup::{LookupKind, normalise_email};
use crate::domain::retention::{KeptUntil, Rule};
use crate::domain::role::{Permission, Role, Roles};
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::dossiers::{self, Kind, NewDossier};
use crate::store::outbox::{self, Mail};
use crate::store::sign_ins::{self, SignIn};
use crate::store::{AnyConnection, StoreError, audit, lookups, site, staff};

/// A member of staff as the list of people shows them.
#[derive(Clone)]
pub struct StaffRow {
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
    /// The last day on which the person signed in.
    pub last_sign_in: Option<NaiveDate>,
}

/// Everybody of staff.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but administrators.
pub fn people(ctx: &Context, who: &Staff) -> Result<Vec<StaffRow>, ServiceError> {
    who.must(Permission::ManagePeople)?;
    let rows = all(ctx)?;
    let ids: Vec<&Id> = rows.iter().map(|row| &row.id).collect();
    let entry = ctx.audit(
        &who.acting(Permission::ManagePeople),
        "staff.listed",
        None,
        &json!({ "staff": ids }),
    )?;
    ctx.store.write(move |connection| audit::insert(connection, &entry))?;
    Ok(rows)
}

pub(crate) fn all(ctx: &Context) -> Result<Vec<StaffRow>, ServiceError> {
    let found = ctx.store.read(staff::all)?;
    found
        .into_iter()
        .map(|(member, key)| {
            let (id, dossier) = (&member.id, &member.dossier_id);
            let key = ctx.unwrap_key(&key, dossier)?;
            Ok(StaffRow {
                name: ctx.open(&key, Slot::StaffName, id, dossier, &member.name)?,
                email: ctx.open(&key, Slot::StaffEmail, id, dossier, &member.email)?,
                roles: member.roles.parse().map_err(ServiceError::internal)?,
                state: State::of(&member.state),
                last_sign_in: member.last_sign_in,
                id: member.id,
            })
        })
        .collect()
}

/// Invites somebody. Whoever was invited already and has not come keeps that invitation as it is.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but administrators; [`ServiceError::ProofNeeded`]; [`ServiceError::Invalid`].
pub fn invite(ctx: &Context, who: &Staff, email: &str, roles: &[Role]) -> Result<(), ServiceError> {
    who.must(Permission::ManagePeople)?;
    who.session.must_be_fresh(ctx)?;
    let roles = Roles::of(roles);
    let wrong = |field: &str, message: String| FieldError { field: field.to_owned(), message };
    let no_role = roles.is_empty().then(|| wrong("roles", "Choose at least one role".to_owned()));
    // Somebody who has two things to mend is told of both.
    let email = match (identity::check_email(email), no_role) {
        (Ok(email), None) => email,
        (email, no_role) => {
            let email = email.err().map(|message| wrong("email", message));
            return Err(ServiceError::Invalid(email.into_iter().chain(no_role).collect()));
        }
    };
    let email = Secret::new(email);
    let tags = ctx.vault.blind_all(LookupKind::StaffEmail, email.expose())?;
    let lock = applicants::lock_of(ctx, "staff", &email)?;
    ctx.steadily(|generation| {
        let normal = normalise_email(email.expose());
        let known = all(ctx)?.into_iter().find(|row| normalise_email(row.email.expose()) == normal);
        if let Some(known) = known {
            let message = match known.state {
                State::Invited => {
                    "An invitation waits for this address: among the people you can send it again, give it other roles or take it back"
                }
                State::Active | State::Disabled => "There is an account with this address already",
            };
            return Err(ServiceError::field("email", message).into());
        }
        let name = Secret::default();
        let new = accept_staff::new_member(ctx, &name, &email, roles, staff::INVITED)?;
        let member = new.member.id.clone();
        let link = Invitation::new(ctx, &member)?;
        let detail = json!({ "roles": roles.to_string() });
        let entry = ctx.audit(
            &who.acting(Permission::ManagePeople),
            "staff.invited",
            Some(&member),
            &detail,
        )?;
        let tags = tags.clone();
        ctx.write_under(generation, move |connection| {
            site::lock(connection, lock)?;
            // Somebody else invited them at the same moment: look again.
            if !lookups::find(connection, LookupKind::StaffEmail, &tags, 1)?.is_empty() {
                return Err(StoreError::Conflict);
            }
            new.insert(connection)?;
            link.insert(connection)?;
            audit::insert(connection, &entry)
        })?;
        Ok(())
    })
}

/// A link by which somebody takes up an invitation, and the mail with it.
struct Invitation {
    dossier: NewDossier,
    link: SignIn,
    mail: Mail,
}

impl Invitation {
    fn new(ctx: &Context, member: &Id) -> Result<Self, ServiceError> {
        let kept = KeptUntil { last_day: ctx.today() + INVITATION, rule: Rule::Staff };
        let (dossier, _) = ctx.new_dossier(Kind::SignIn, Class::Staff, None, kept)?;
        let id = ctx.id()?;
        let link = SignIn {
            staff_id: Some(member.clone()),
            ..links::blank(ctx, id.clone(), &dossier.id, ("staff", "invitation"), INVITATION)
        };
        let mail = ctx.mail("staff_invitation", &id, &dossier.id)?;
        Ok(Self { dossier, link, mail })
    }

    fn insert(&self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        dossiers::insert(connection, &self.dossier)?;
        sign_ins::insert(connection, &self.link)?;
        outbox::insert(connection, &self.mail)
    }
}

fn must_wait(colleague: &Colleague) -> Result<(), ServiceError> {
    if colleague.is_invited() {
        return Ok(());
    }
    Err(ServiceError::field("invitation", "This person has come in already"))
}

/// Sends another link to somebody who was invited and has not come. The one from before opens nothing any more.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but administrators; [`ServiceError::ProofNeeded`]; [`ServiceError::Invalid`]
/// when they have come in; [`ServiceError::Conflict`] when that happens at this moment.
pub fn send_again(ctx: &Context, who: &Staff, colleague: &Colleague) -> Result<(), ServiceError> {
    people::allowed(ctx, who)?;
    must_wait(colleague)?;
    let actor = who.acting(Permission::ManagePeople);
    ctx.steadily(|generation| {
        let link = Invitation::new(ctx, &colleague.id)?;
        let entry = ctx.audit_plain(&actor, "staff.invited_again", &colleague.id)?;
        let (id, now) = (colleague.id.clone(), ctx.stamp());
        ctx.write_under(generation, move |connection| {
            staff::still_invited(connection, &id)?;
            sign_ins::end_invitations(connection, &id, now)?;
            link.insert(connection)?;
            audit::insert(connection, &entry)
        })?;
        Ok(())
    })
}

/// Takes an invitation back: its link opens nothing, and the address is forgotten.
///
/// # Errors
/// As [`send_again`].
pub fn take_back(ctx: &Context, who: &Staff, colleague: &Colleague) -> Result<(), ServiceError> {
    people::allowed(ctx, who)?;
    must_wait(colleague)?;
    let actor = who.acting(Permission::ManagePeople);
    let entry = ctx.audit_plain(&actor, "staff.invitation_taken_back", &colleague.id)?;
    let (id, dossier) = (colleague.id.clone(), colleague.member.dossier_id.clone());
    Ok(ctx.store.write(move |connection| {
        staff::still_invited(connection, &id)?;
        dossiers::erase(connection, &dossier)?;
        audit::insert(connection, &entry)
    })?)
}
