//! The operator of the machine lets an administrator in, when none can come in any more. Every administrator is told.

use serde_json::json;

use super::accept_staff::{self, INVITATION};
use super::context::{Actor, Context};
use super::error::ServiceError;
use super::invite_staff::{self, StaffRow};
use super::people::{self, State};
use super::{applicants, links};
use crate::domain::class::Class;
use crate::domain::id::Id;
use crate::domain::identity;
use crate::domain::lookup::{LookupKind, normalise_email};
use crate::domain::notice::Notice;
use crate::domain::retention::{KeptUntil, Rule};
use crate::domain::role::{Audience, Role, Roles};
use crate::domain::secret::Secret;
use crate::store::dossiers::{self, Kind};
use crate::store::sign_ins::{self, SignIn};
use crate::store::{StoreError, audit, lookups, outbox, site, staff};

/// The purpose of a link that the operator hands over.
pub(crate) const HANDED: &str = "handed";

/// What came of it.
pub struct Readmitted {
    /// A link that works once, for seven days.
    pub link: Secret,
    /// Whether there was no account with this address before.
    pub is_new: bool,
    /// Whether the account was disabled before.
    pub was_disabled: bool,
    /// Whether the person was no administrator before.
    pub is_promoted: bool,
    /// How many ways to sign in were taken away: whoever lost theirs sets up another.
    pub cleared: i64,
}

/// Everybody of staff, for the operator.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn people(ctx: &Context) -> Result<Vec<StaffRow>, ServiceError> {
    let rows = invite_staff::all(ctx)?;
    let ids: Vec<&Id> = rows.iter().map(|row| &row.id).collect();
    let entry = ctx.audit(&Actor::System, "staff.listed", None, &json!({ "staff": ids }))?;
    ctx.store.write(move |connection| audit::insert(connection, &entry))?;
    Ok(rows)
}

/// Makes the person with an address an administrator who may come in, and answers a link for them. An account that
/// was disabled is enabled, and its ways to sign in are taken away; one that is not there is made.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is no address; [`ServiceError::Conflict`] when somebody changed the account at
/// the same moment.
pub fn readmit(ctx: &Context, email: &str) -> Result<Readmitted, ServiceError> {
    let email = Secret::new(
        identity::check_email(email).map_err(|message| ServiceError::field("email", message))?,
    );
    let normal = normalise_email(email.expose());
    let known = invite_staff::all(ctx)?
        .into_iter()
        .find(|row| normalise_email(row.email.expose()) == normal);
    let (id, was_invited, cleared) = match &known {
        Some(row) => (row.id.clone(), row.state == State::Invited, restore(ctx, row)?),
        None => (make(ctx, &email)?, true, 0),
    };
    let link = hand_over(ctx, &id, was_invited)?;
    Ok(Readmitted {
        link,
        is_new: known.is_none(),
        was_disabled: known.as_ref().is_some_and(|row| row.state == State::Disabled),
        is_promoted: known.is_some_and(|row| !row.roles.has(Role::Admin)),
        cleared,
    })
}

/// Answers how many ways to sign in were taken away. A link lets nobody in who has one.
fn restore(ctx: &Context, row: &StaffRow) -> Result<i64, ServiceError> {
    if row.state == State::Disabled {
        let colleague = people::load(ctx, &row.id, None)?;
        people::set_state(ctx, &Actor::System, &colleague, true)?;
    }
    let colleague = people::load(ctx, &row.id, None)?;
    let roles: Roles = colleague.roles.iter().chain([Role::Admin]).collect();
    people::set_roles(ctx, &Actor::System, &colleague, roles, "email")?;
    if colleague.ways > 0 {
        people::clear_ways_of(ctx, &Actor::System, &colleague)?;
    }
    Ok(colleague.ways)
}

fn make(ctx: &Context, email: &Secret) -> Result<Id, ServiceError> {
    let tags = ctx.vault.blind_all(LookupKind::StaffEmail, email.expose())?;
    let lock = applicants::lock_of(ctx, "staff", email)?;
    let roles = Roles::of(&[Role::Admin]);
    ctx.steadily(|generation| {
        let new = accept_staff::new_member(ctx, &Secret::default(), email, roles, staff::INVITED)?;
        let id = new.member.id.clone();
        let detail = json!({ "roles": roles.to_string() });
        let entry = ctx.audit(&Actor::System, "staff.invited", Some(&id), &detail)?;
        let (tags, now) = (tags.clone(), ctx.stamp());
        ctx.write_under(generation, move |connection| {
            site::lock(connection, lock)?;
            if !lookups::find(connection, LookupKind::StaffEmail, &tags, 1)?.is_empty() {
                return Err(StoreError::Conflict);
            }
            new.insert(connection)?;
            // The printed link for a first administrator is of no use beside this one.
            match site::set_first_admin(connection, now) {
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
            audit::insert(connection, &entry)
        })?;
        Ok(id)
    })
}

/// A link for somebody, and word of it to every administrator.
fn hand_over(ctx: &Context, id: &Id, was_invited: bool) -> Result<Secret, ServiceError> {
    let kept = KeptUntil { last_day: ctx.today() + INVITATION, rule: Rule::Staff };
    let (purpose, path) = if was_invited {
        ("invitation", "/staff/welcome/")
    } else {
        (HANDED, "/staff/sign-in/link/")
    };
    // It is about whoever was let in, and goes to the administrator with whose dossier it goes.
    let template = Notice::OperatorHelped.template(Audience::Staff);
    let link = ctx.steadily(|generation| {
        let (dossier, _) = ctx.new_dossier(Kind::SignIn, Class::Staff, None, kept)?;
        let link = ctx.id()?;
        let row = SignIn {
            staff_id: Some(id.clone()),
            ..links::blank(ctx, link.clone(), &dossier.id, ("staff", purpose), INVITATION)
        };
        let people = ctx.store.read(staff::all)?;
        let admins = people.into_iter().map(|(member, _)| member).filter(|member| {
            member.state == staff::ACTIVE
                && member.roles.parse::<Roles>().is_ok_and(|roles| roles.has(Role::Admin))
        });
        let mails = admins
            .map(|member| ctx.mail(&template, id, &member.dossier_id))
            .collect::<Result<Vec<_>, _>>()?;
        let entry = ctx.audit_plain(&Actor::System, "staff.readmitted", id)?;
        let (id, now) = (id.clone(), ctx.stamp());
        ctx.write_under(generation, move |connection| {
            sign_ins::end_of_staff(connection, &id, now)?;
            dossiers::insert(connection, &dossier)?;
            sign_ins::insert(connection, &row)?;
            for mail in &mails {
                outbox::insert(connection, mail)?;
            }
            audit::insert(connection, &entry)
        })?;
        Ok(link)
    })?;
    links::link_for(ctx, path, &link)
}
