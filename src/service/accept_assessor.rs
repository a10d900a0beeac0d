//! Somebody who was invited to assess comes in for the first time.

use chrono::{Duration, NaiveDate};

use super::context::{Actor, Context};
use super::error::ServiceError;
use super::session::{self, Entry, NewSession, Owner};
use super::{accept_staff, links};
use crate::domain::proof::Proof;
use crate::domain::role::Audience;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::assessors::{self, AssessorRow};
use crate::store::sign_ins::{self, SignIn};
use crate::store::{audit, dossiers, sessions};

/// How long an invitation is of use.
pub(crate) const INVITATION: Duration = Duration::days(7);
/// The purpose of its link, and the name of its mail.
pub(crate) const PURPOSE: &str = "assessor_invitation";

fn invited(ctx: &Context, found: &SignIn) -> Result<AssessorRow, ServiceError> {
    let id = found.assessor_id.as_ref().filter(|_| found.purpose == PURPOSE);
    let id = id.ok_or(ServiceError::LinkSpent)?;
    let row = ctx.store.read(|connection| assessors::find(connection, id))?;
    let row = row.filter(|row| row.state == assessors::INVITED && ctx.today() <= row.access_until);
    row.ok_or(ServiceError::LinkSpent)
}

/// Until when an invitation gives access.
fn until(ctx: &Context, found: &SignIn) -> Result<NaiveDate, ServiceError> {
    invited(ctx, found).map(|row| row.access_until)
}

/// Until when the invitation behind a link gives access. Consumes nothing.
///
/// # Errors
/// [`ServiceError::LinkSpent`].
pub fn look(ctx: &Context, token: &str) -> Result<NaiveDate, ServiceError> {
    until(ctx, &links::find_live(ctx, token)?)
}

/// Takes up an invitation, under a name.
///
/// # Errors
/// [`ServiceError::LinkSpent`]; [`ServiceError::Invalid`].
pub fn accept(
    ctx: &Context,
    token: &str,
    name: &Secret,
    user_agent: &str,
) -> Result<NewSession, ServiceError> {
    let found = links::find_live(ctx, token)?;
    let row = invited(ctx, &found)?;
    accept_staff::check_name(name).map_err(|error| ServiceError::Invalid(vec![error]))?;
    let entry = Entry::new(Proof::Invitation, user_agent);
    let taken_up = ctx.steadily(|generation| {
        let key = ctx.data_key(&row.dossier_id)?;
        let name = ctx.seal(&key, Slot::AssessorName, &row.id, &row.dossier_id, name)?;
        let owner = Owner::Assessor(&row.id);
        let (session, cookie) = session::begin(ctx, (&row.dossier_id, &key), owner, &entry)?;
        let actor = Actor::Assessor(row.id.clone());
        let audited = ctx.audit_plain(&actor, "assessor.invitation_taken_up", &row.id)?;
        let (link, dossier, now) = (found.id.clone(), found.dossier_id.clone(), ctx.stamp());
        let (id, today) = (row.id.clone(), ctx.today());
        let live = ctx.write_under(generation, move |connection| {
            if !sign_ins::consume(connection, &link, now)? {
                return Ok(false);
            }
            assessors::activate(connection, &id, &name, today)?;
            sessions::insert(connection, &session)?;
            audit::insert(connection, &audited)?;
            dossiers::erase(connection, &dossier)?;
            Ok(true)
        })?;
        if !live {
            return Err(ServiceError::LinkSpent.into());
        }
        let go_to = "/assess".to_owned();
        Ok(NewSession { audience: Audience::Assessor, cookie, go_to })
    });
    taken_up.map_err(links::gone_is_spent)
}
