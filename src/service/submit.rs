//! An applicant checks an application and submits it, once.

use std::net::IpAddr;

use super::applicants;
use super::clocks::{self, Indexed};
use super::context::Context;
use super::error::ServiceError;
use super::github_accounts;
use super::gives_away;
use super::packets::team;
use super::permitted::OwnApplication;
use super::read_own::{Opened, control_of};
use super::rounds::RoundView;
use super::session::Applicant;
use super::views::CheckRow;
use crate::domain::application::{Mover, Status};
use crate::domain::consent::Purpose;
use crate::domain::form::{FieldError, Section};
use crate::domain::id::Id;
use crate::domain::identity::Item;
use crate::domain::lookup::LookupKind;
use crate::domain::programme::OutsideAssessment;
use crate::domain::retention::{DossierFacts, Outcome};
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::applications::{self, StatusChange};
use crate::store::{audit, dossiers, drafts, outbox};

/// An application before it is submitted.
#[derive(Clone)]
pub struct CheckPage {
    /// The application.
    pub application: Id,
    /// What can be read out on the telephone.
    pub reference: String,
    /// The round.
    pub round: RoundView,
    /// What assessors may see.
    pub shared: Vec<CheckRow>,
    /// What only staff see.
    pub staff_only: Vec<CheckRow>,
    /// What has to be mended first.
    pub errors: Vec<FieldError>,
    /// Whether assessors see anything of it.
    pub outside: bool,
    /// Whether it can be submitted now.
    pub is_open: bool,
}

/// Shows everything before it is submitted.
///
/// # Errors
/// [`ServiceError::Conflict`] when it is no draft any more.
pub fn check(ctx: &Context, own: &OwnApplication) -> Result<CheckPage, ServiceError> {
    let opened = Opened::open(ctx, own.application.clone())?;
    if opened.application.status() != Status::Draft {
        return Err(ServiceError::Conflict);
    }
    let errors = errors_of(&opened);
    let outside = opened.assessment() != OutsideAssessment::Never;
    let (mut shared, staff_only): (Vec<_>, Vec<_>) =
        opened.rows().into_iter().partition(|row| opened.is_shared(row));
    if outside {
        let known = team::known(ctx, own.id(), &[])?;
        // The username at GitHub is what assessors may see.
        for row in shared.iter_mut().filter(|row| row.section != Section::You) {
            row.gives_away = gives_away::in_text(&known, &row.value);
        }
    }
    Ok(CheckPage {
        application: own.id().clone(),
        reference: opened.application.reference.clone(),
        shared,
        staff_only,
        errors,
        outside,
        is_open: opened.round.is_open,
        round: opened.round,
    })
}

fn errors_of(opened: &Opened) -> Vec<FieldError> {
    let mut errors: Vec<FieldError> = opened
        .rows()
        .into_iter()
        .filter_map(|row| Some(FieldError { field: row.control, message: row.error? }))
        .collect();
    if !opened.standing.contains(&Purpose::Application.word()) {
        errors.push(FieldError {
            field: Purpose::Application.control(),
            message: "Your consent to keep this application was withdrawn".to_owned(),
        });
    }
    for question in &opened.round.form.questions {
        let purpose = Purpose::Sensitive(question.key.clone());
        if question.sensitive && question.required && !opened.standing.contains(&purpose.word()) {
            errors.push(FieldError {
                field: control_of(question),
                message: format!("Tick the box if we may keep your answer to “{}”", question.ask),
            });
        }
    }
    errors
}

/// Submits. Doing so again changes nothing.
///
/// # Errors
/// [`ServiceError::Invalid`] when something has to be mended; [`ServiceError::RoundClosed`], and the draft
/// is kept; [`ServiceError::Conflict`].
pub fn submit(
    ctx: &Context,
    who: &Applicant,
    own: &OwnApplication,
    ip: Option<IpAddr>,
) -> Result<(), ServiceError> {
    let (mut found, application) = (own.each_try(), own.id());
    ctx.steadily(|generation| {
        let opened = Opened::open(ctx, found(ctx)?)?;
        match opened.application.status() {
            Status::Draft => {}
            // The button was pressed twice, or the page was sent again.
            Status::Submitted | Status::InReview => return Ok(()),
            Status::Withdrawn => return Err(ServiceError::Conflict.into()),
        }
        opened.round.must_be_open()?;
        let errors = errors_of(&opened);
        if !errors.is_empty() {
            return Err(ServiceError::Invalid(errors).into());
        }
        let (member, dossier) = (&opened.member, opened.application.dossier_id.clone());
        let ip = match ip {
            Some(ip) => {
                let (key, text) = (&opened.member_key, Secret::new(ip.to_string()));
                Some(ctx.seal(key, Slot::MemberIp, &member.id, &member.dossier_id, &text)?)
            }
            None => None,
        };
        let today = ctx.today();
        let kept = DossierFacts::Application { submitted: today, outcome: Outcome::Undecided }
            .kept_until(&ctx.periods);
        let github = opened.item(Item::GithubUsername);
        let indexed = [
            Indexed {
                kind: LookupKind::ApplicantEmail,
                dossier: &member.dossier_id,
                subject: application,
                value: &opened.email,
            },
            Indexed {
                kind: LookupKind::ApplicantGithub,
                dossier: &member.dossier_id,
                subject: application,
                value: &github,
            },
        ];
        let (keys, account) = ctx.store.read_moment_ahead(|connection| {
            let account = applicants::Read::find(connection, &who.account)?;
            Ok((dossiers::subtree(connection, &dossier)?, account))
        })?;
        let account = account.map(|account| account.open(ctx)).transpose()?;
        // It may have been joined, taken away or renamed since the draft was saved.
        let joined = account.as_ref().and_then(|account| account.joined.as_ref());
        let mark = github_accounts::mark_with(ctx, &opened, &github, joined)?;
        let clock = clocks::plan_with(ctx, keys, kept, &indexed)?;
        // The account is kept as long as the application that is kept longest.
        let account_clock = account.map(|account| account.clock_with(ctx, kept.last_day));
        let account_clock = account_clock.transpose()?;
        let now = ctx.stamp();
        let change = StatusChange {
            id: ctx.id()?,
            dossier_id: dossier.clone(),
            application_id: application.clone(),
            from_status: Status::Draft.word().to_owned(),
            to_status: Status::Submitted.word().to_owned(),
            actor: "applicant".to_owned(),
            actor_id: Some(who.account.clone()),
            at: now,
        };
        debug_assert!(Status::Draft.may_become(Status::Submitted, Mover::Applicant));
        let mail = ctx.mail("application_received", application, &dossier)?;
        let entry = ctx.audit_plain(&who.actor(), "application.submitted", application)?;
        let (member, round) = (member.id.clone(), opened.round.id.clone());
        let seen = opened.application.changed_at;
        ctx.write_under(generation, move |connection| {
            applications::submit(connection, &round, &change, seen)?;
            if let Some(ip) = &ip {
                drafts::set_ip(connection, &member, ip)?;
            }
            if let Some(github_id) = &mark {
                drafts::set_github_id(connection, &member, github_id.as_ref())?;
            }
            clock.apply(connection)?;
            if let Some(clock) = &account_clock {
                clock.apply(connection)?;
            }
            outbox::insert(connection, &mail)?;
            audit::insert(connection, &entry)
        })?;
        Ok(())
    })
}
