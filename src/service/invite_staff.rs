//! Administrators invite people of staff by mail.

use chrono::NaiveDate;
use serde_json::json;

use super::accept_staff::{self, INVITATION};
use super::applicants;
use super::context::Context;
use super::error::ServiceError;
use super::links;
use super::people::State;
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
use crate::store::dossiers::{self, Kind};
use crate::store::{StoreError, audit, lookups, outbox, sign_ins, site, staff};

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

/// Invites somebody. Somebody who was invited and has not come yet is sent another link.
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
    let kept = KeptUntil { last_day: ctx.today() + INVITATION, rule: Rule::Staff };
    let tags = ctx.vault.blind_all(LookupKind::StaffEmail, email.expose())?;
    let lock = applicants::lock_of(ctx, "staff", &email)?;
    ctx.steadily(|generation| {
        let normal = normalise_email(email.expose());
        let known = all(ctx)?.into_iter().find(|row| normalise_email(row.email.expose()) == normal);
        if known.as_ref().is_some_and(|row| row.state != State::Invited) {
            let message = "There is an account with this address already";
            return Err(ServiceError::field("email", message).into());
        }
        let new = match &known {
            Some(_) => None,
            None => Some(accept_staff::new_member(
                ctx,
                &Secret::default(),
                &email,
                roles,
                staff::INVITED,
            )?),
        };
        let member = match (&new, &known) {
            (Some(new), _) => new.member.id.clone(),
            (None, Some(row)) => row.id.clone(),
            (None, None) => return Err(ServiceError::NotFound.into()),
        };
        let (dossier, _) = ctx.new_dossier(Kind::SignIn, Class::Staff, None, kept)?;
        let id = ctx.id()?;
        let link = sign_ins::SignIn {
            staff_id: Some(member.clone()),
            ..links::blank(ctx, id.clone(), &dossier.id, ("staff", "invitation"), INVITATION)
        };
        let mail = ctx.mail("staff_invitation", &id, &dossier.id)?;
        let detail = json!({ "roles": roles.to_string() });
        let entry = ctx.audit(
            &who.acting(Permission::ManagePeople),
            "staff.invited",
            Some(&member),
            &detail,
        )?;
        let (words, now) = (roles.to_string(), ctx.stamp());
        let tags = tags.clone();
        ctx.write_under(generation, move |connection| {
            site::lock(connection, lock)?;
            match &new {
                // Somebody else invited them at the same moment: look again.
                Some(_)
                    if !lookups::find(connection, LookupKind::StaffEmail, &tags, 1)?.is_empty() =>
                {
                    return Err(StoreError::Conflict);
                }
                Some(new) => new.insert(connection)?,
                None => {
                    // The mail that went out before names other roles.
                    sign_ins::end_invitations(connection, &member, now)?;
                    staff::set_roles(connection, &member, &words)?;
                }
            }
            dossiers::insert(connection, &dossier)?;
            sign_ins::insert(connection, &link)?;
            outbox::insert(connection, &mail)?;
            audit::insert(connection, &entry)
        })?;
        Ok(())
    })
}
