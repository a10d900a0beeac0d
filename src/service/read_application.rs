//! Staff open an application. Opening is audited.

use chrono::{DateTime, NaiveDate, Utc};

use super::consent_texts;
use super::context::Context;
use super::error::ServiceError;
use super::read_own::{Opened, change_view};
use super::session::Staff;
use super::views::{CheckRow, ConsentView, StatusChange};
use crate::domain::application::{Mover, Status};
use crate::domain::form::Section;
use crate::domain::id::Id;
use crate::domain::retention::Rule;
use crate::domain::role::Permission;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::{applications, audit, consents, dossiers, staff};

/// An application as staff see it.
#[derive(Clone)]
pub struct StaffApplication {
    /// Its id.
    pub id: Id,
    /// What can be read out on the telephone.
    pub reference: String,
    /// The programme.
    pub programme: String,
    /// The round.
    pub round: String,
    /// Where it stands.
    pub status: Status,
    /// When it was submitted.
    pub submitted_at: DateTime<Utc>,
    /// The last day on which it is kept.
    pub kept_until: NaiveDate,
    /// The rule that says so.
    pub kept_because: String,
    /// The items about the applicant.
    pub items: Vec<CheckRow>,
    /// The answers.
    pub answers: Vec<CheckRow>,
    /// What was agreed to.
    pub consents: Vec<ConsentView>,
    /// What became of it, the oldest first.
    pub changes: Vec<StatusChange>,
    /// Where this person may move it.
    pub may_become: Vec<Status>,
    /// Whether this person may move it at all.
    pub may_review: bool,
}

/// Opens an application.
///
/// # Errors
/// [`ServiceError::Forbidden`] to those who may not read applications; [`ServiceError::NotFound`], also when
/// it is a draft.
pub fn read(ctx: &Context, who: &Staff, id: &Id) -> Result<StaffApplication, ServiceError> {
    who.must(Permission::ReadApplications)?;
    let found = ctx
        .store
        .read(|connection| applications::find(connection, id))?
        .filter(|found| found.status() != Status::Draft)
        .ok_or(ServiceError::NotFound)?;
    let opened = Opened::open(ctx, found)?;
    let application = &opened.application;
    let (clock, changes, given) = ctx.store.read(|connection| {
        Ok((
            dossiers::clock(connection, &application.dossier_id)?,
            applications::changes(connection, id)?,
            consents::of_application(connection, id)?,
        ))
    })?;
    // The entry is on disk before anything is shown.
    let entry = ctx.audit_plain(&who.actor(), "application.opened", id)?;
    ctx.store.write(move |connection| audit::insert(connection, &entry))?;
    let status = application.status();
    let may_review = who.roles.may(Permission::ReviewApplications);
    let rows = opened.rows();
    let (mut items, answers): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.section == Section::You);
    items.push(opened.item_row("ip", "IP address", &opened.ip, false, None));
    let rule: Result<Rule, _> = clock.rule.parse();
    Ok(StaffApplication {
        id: id.clone(),
        reference: application.reference.clone(),
        programme: opened.round.programme.name.clone(),
        round: opened.round.name.clone(),
        status,
        submitted_at: application.submitted_at.unwrap_or_default().and_utc(),
        kept_until: clock.keep_until,
        kept_because: rule.map(Rule::phrase).unwrap_or_default(),
        items,
        answers,
        consents: consent_texts::views(given, Some(&opened.round.form)),
        changes: named(ctx, &changes)?,
        may_become: Status::ALL
            .into_iter()
            .filter(|next| may_review && status.may_become(*next, Mover::Staff))
            .collect(),
        may_review,
    })
}

/// The moves with the names of the colleagues who made them.
fn named(
    ctx: &Context,
    changes: &[applications::StatusChange],
) -> Result<Vec<StatusChange>, ServiceError> {
    changes
        .iter()
        .map(|change| {
            let by = match &change.actor_id {
                Some(id) if change.actor == "staff" => name_of(ctx, id)?,
                _ => None,
            };
            Ok(change_view(change, by))
        })
        .collect()
}

/// The name of a colleague; none when the account is gone.
fn name_of(ctx: &Context, id: &Id) -> Result<Option<Secret>, ServiceError> {
    let Some(member) = ctx.store.read(|connection| staff::find(connection, id))? else {
        return Ok(None);
    };
    let key = ctx.data_key(&member.dossier_id)?;
    let name = ctx.open(&key, Slot::StaffName, &member.id, &member.dossier_id, &member.name)?;
    Ok(Some(name))
}
