//! Staff open an application. Opening is audited.

use chrono::{DateTime, NaiveDate, Utc};

use super::assign;
use super::consent_texts;
use serde_json::json;

use super::context::{Context, StoreOrService};
use super::error::ServiceError;
use super::history::{self, Line};
use super::openings::{self, Grounds, Why};
use super::permitted::ReceivedApplication;
use super::read_audit::name_of;
use super::read_own::Opened;
use super::session::Staff;
use super::views::{CheckRow, ConsentView, Event};
use crate::domain::application::{Mover, Status};
use crate::domain::form::Section;
use crate::domain::id::Id;
use crate::domain::programme::OutsideAssessment;
use crate::domain::reason::Opening;
use crate::domain::retention::Rule;
use crate::domain::role::Permission;
use crate::domain::slot::Slot;
use crate::store::looked::{self, TypedReason};
use crate::store::{audit, consents, dossiers};

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
    pub changes: Vec<Event>,
    /// Where this person may move it.
    pub may_become: Vec<Status>,
    /// Whether this person may move it at all.
    pub may_review: bool,
    /// Whether this person makes a packet of it for assessors, where there is one.
    pub has_packet: bool,
}

/// An application, or the question why it is to be opened.
#[derive(Clone)]
pub enum Answer {
    /// It is opened, and the audit says so.
    Opened(Box<StaffApplication>),
    /// It does not wait for this person's work: why do they open it? Nothing of it is opened yet.
    Asked(Asked),
}

/// What is asked before an application is opened.
#[derive(Clone)]
pub struct Asked {
    /// The application.
    pub id: Id,
    /// Its reference.
    pub reference: String,
    /// Where it stands.
    pub status: Status,
}

/// Opens an application, for the reason that somebody's work gives or that they say.
///
/// # Errors
/// [`ServiceError::Invalid`] when what they say is no reason.
pub fn read(
    ctx: &Context,
    who: &Staff,
    received: &ReceivedApplication,
    why: Option<&Why>,
) -> Result<Answer, ServiceError> {
    let (found, id) = (received.application.clone(), received.id());
    let opening = Opening::Application(found.status());
    let Some(grounds) = openings::judge(who, opening, why)? else {
        let (reference, status) = (found.reference.clone(), found.status());
        return Ok(Answer::Asked(Asked { id: id.clone(), reference, status }));
    };
    let opened = Opened::open(ctx, found)?;
    let application = &opened.application;
    let (clock, changes, given) = ctx.store.read(|connection| {
        Ok((
            dossiers::clock(connection, &application.dossier_id)?,
            history::lines(connection, id)?,
            consents::of_application(connection, id)?,
        ))
    })?;
    // The entry is on disk before anything is shown.
    let entry = grounds.audit(ctx, who, "application.opened", Some(id), &json!({}))?;
    note(ctx, &entry, id, &application.dossier_id, &grounds)?;
    assign::opened_as_staff(ctx, who, id)?;
    let status = application.status();
    let may_review = who.roles.may(Permission::ReviewApplications);
    let rows = opened.rows();
    let (mut items, answers): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.section == Section::You);
    items.push(opened.item_row("ip", "IP address", &opened.ip, false, None));
    let rule: Result<Rule, _> = clock.rule.parse();
    Ok(Answer::Opened(Box::new(StaffApplication {
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
        has_packet: may_review
            && matches!(status, Status::Submitted | Status::InReview)
            && opened.assessment() != OutsideAssessment::Never,
    })))
}

/// Writes down that something of an application is opened, and the reason that was typed.
pub(crate) fn note(
    ctx: &Context,
    entry: &audit::Entry,
    id: &Id,
    dossier: &Id,
    grounds: &Grounds,
) -> Result<(), ServiceError> {
    ctx.steadily(|generation| {
        let typed = match &grounds.typed {
            Some(text) => {
                let key = ctx.data_key(dossier)?;
                let reason = ctx.seal(&key, Slot::AuditReason, &entry.id, dossier, text)?;
                let (audit_id, dossier_id) = (entry.id.clone(), dossier.clone());
                Some(TypedReason { audit_id, dossier_id, reason })
            }
            None => None,
        };
        let (entry, id) = (entry.clone(), id.clone());
        ctx.write_under(generation, move |connection| {
            looked::insert(connection, &entry, std::slice::from_ref(&id))?;
            typed.iter().try_for_each(|typed| looked::insert_reason(connection, typed))
        })
        .map_err(StoreOrService::from)
    })
}

/// What happened, with the names of the colleagues who did it.
fn named(ctx: &Context, lines: &[Line]) -> Result<Vec<Event>, ServiceError> {
    lines
        .iter()
        .map(|line| {
            let by = match line.member() {
                Some(id) => name_of(ctx, id)?,
                None => None,
            };
            Ok(line.event(by))
        })
        .collect()
}
