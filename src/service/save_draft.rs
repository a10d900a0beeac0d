//! Drafts are saved, a section at a time. What can be kept is kept; what has to be mended is said.

use super::clocks;
use super::consent_texts;
use super::context::Context;
use super::error::ServiceError;
use super::github_accounts;
use super::open_draft::draft_of;
use super::permitted::OwnApplication;
use super::read_own::{Opened, control_of, slot_of};
use super::rounds::RoundView;
use crate::domain::consent::Purpose;
use crate::domain::form::{self, FieldError, Section};
use crate::domain::identity::Item;
use crate::domain::programme::{Kind, Question};
use crate::domain::retention::DossierFacts;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::applications;
use crate::store::consents;
use crate::store::dossiers;
use crate::store::drafts::{self, Answer};

/// What a save changes.
#[derive(Clone, Default)]
struct Changes {
    items: Vec<(Item, crate::domain::sealed::Sealed)>,
    answers: Vec<Answer>,
    deleted: Vec<String>,
    given: Vec<consent_texts::NewReceipt>,
    withdrawn: Vec<String>,
    /// With which account on GitHub the username was verified, where that changes.
    github_id: Option<Option<crate::domain::sealed::Sealed>>,
}

/// Saves what can be kept of a section of a draft of one's own. Answers what has to be mended before the
/// section is complete.
///
/// # Errors
/// [`ServiceError::Invalid`] when a field is not one of the section's; [`ServiceError::Conflict`] when it is no draft any more.
pub fn save(
    ctx: &Context,
    own: &OwnApplication,
    section: Section,
    values: &[(String, Secret)],
) -> Result<Vec<FieldError>, ServiceError> {
    let mut found = own.each_try();
    ctx.steadily(|generation| {
        let opened = draft_of(ctx, found(ctx)?)?;
        refuse_unknown(&opened.round, section, values)?;
        let mut errors = Vec::new();
        let mut changes = Changes::default();
        let given =
            |control: &str| values.iter().find(|(name, _)| name == control).map(|(_, value)| value);
        if section == Section::You {
            for item in Item::ALL {
                let Some(value) = given(item.key()) else { continue };
                save_item(ctx, &opened, item, value, &mut changes, &mut errors)?;
            }
            let kept = opened.item(Item::GithubUsername);
            let typed = given(Item::GithubUsername.key());
            let typed = typed.filter(|name| Item::GithubUsername.fits(name.expose()).is_ok());
            changes.github_id = github_accounts::mark(ctx, &opened, typed.unwrap_or(&kept))?;
        }
        for question in opened.round.form.questions_of(section) {
            if question.kind == Kind::File {
                // It is attached on a page of its own.
                errors.extend(opened.error_of(question));
                continue;
            }
            let there = given(&control_of(question));
            let purpose = Purpose::Sensitive(question.key.clone());
            let ticked = given(&purpose.control()).is_some();
            // A field that was not sent is left as it is. Radio buttons of which none is chosen send nothing.
            if there.is_none() && !ticked && question.kind != Kind::Choice {
                errors.extend(opened.error_of(question));
                continue;
            }
            let typed = there.cloned().unwrap_or_else(|| opened.answer(&question.key));
            let stands = opened.standing.contains(&purpose.word());
            if question.sensitive {
                save_consent(ctx, &opened, question, ticked, stands, &mut changes)?;
                if !ticked && (question.required || !typed.is_blank()) {
                    errors.push(FieldError {
                        field: purpose.control(),
                        message: format!(
                            "Tick the box if we may keep your answer to “{}”{}",
                            question.ask,
                            if question.required { "" } else { ", or leave the answer out" }
                        ),
                    });
                }
            }
            let may_keep = !question.sensitive || ticked;
            save_answer(ctx, &opened, question, &typed, may_keep, &mut changes, &mut errors)?;
        }
        let clock = clock_of(ctx, &opened)?;
        let (id, seen, now) = (own.id().clone(), opened.application.changed_at, ctx.stamp());
        let member = opened.member.id.clone();
        ctx.write_under(generation, move |connection| {
            applications::touch_draft(connection, &id, seen, now)?;
            if let Some(clock) = &clock {
                clock.apply(connection)?;
            }
            for (item, value) in &changes.items {
                drafts::set_item(connection, &member, *item, value)?;
            }
            if let Some(github_id) = &changes.github_id {
                drafts::set_github_id(connection, &member, github_id.as_ref())?;
            }
            for question in &changes.deleted {
                drafts::delete_answer(connection, &id, question)?;
            }
            for answer in &changes.answers {
                drafts::put_answer(connection, answer)?;
            }
            for receipt in &changes.given {
                receipt.insert(connection)?;
            }
            for purpose in &changes.withdrawn {
                consents::withdraw(connection, &id, purpose, now)?;
            }
            Ok(())
        })?;
        Ok(errors)
    })
}

/// How a draft's clock moves when it is changed today, where it moves.
pub(crate) fn clock_of(
    ctx: &Context,
    opened: &Opened,
) -> Result<Option<clocks::Move>, ServiceError> {
    let kept = DossierFacts::Draft { last_change: ctx.today() }.kept_until(&ctx.periods);
    let dossier = &opened.application.dossier_id;
    let before = ctx.store.read(|connection| dossiers::clock(connection, dossier))?;
    if before.keep_until == kept.last_day {
        return Ok(None);
    }
    Ok(Some(clocks::plan(ctx, dossier, kept, &[])?))
}

fn refuse_unknown(
    round: &RoundView,
    section: Section,
    values: &[(String, Secret)],
) -> Result<(), ServiceError> {
    for (name, _) in values {
        let item = section == Section::You && Item::ALL.iter().any(|item| item.key() == name);
        let question = round.form.questions_of(section).any(|question| {
            (control_of(question) == *name && question.kind != Kind::File)
                || (question.sensitive
                    && Purpose::Sensitive(question.key.clone()).control() == *name)
        });
        if !item && !question {
            return Err(ServiceError::field(name, "This form has no such field"));
        }
    }
    Ok(())
}

fn save_item(
    ctx: &Context,
    opened: &Opened,
    item: Item,
    value: &Secret,
    changes: &mut Changes,
    errors: &mut Vec<FieldError>,
) -> Result<(), ServiceError> {
    if let Err(message) = item.check(value.expose()) {
        errors.push(FieldError { field: item.key().to_owned(), message });
    }
    if item.fits(value.expose()).is_ok() && value.expose() != opened.item(item).expose() {
        let member = &opened.member;
        let slot = slot_of(item);
        let sealed = ctx.seal(&opened.member_key, slot, &member.id, &member.dossier_id, value)?;
        changes.items.push((item, sealed));
    }
    Ok(())
}

fn save_consent(
    ctx: &Context,
    opened: &Opened,
    question: &Question,
    ticked: bool,
    stands: bool,
    changes: &mut Changes,
) -> Result<(), ServiceError> {
    let application = &opened.application;
    if ticked && !stands {
        let offered = consent_texts::sensitive(ctx, &opened.round, question)?;
        let (dossier, id) = (&application.dossier_id, &application.id);
        changes.given.push(consent_texts::receipt(ctx, &offered, dossier, Some(id), None)?);
    }
    if !ticked && stands {
        changes.withdrawn.push(Purpose::Sensitive(question.key.clone()).word());
    }
    Ok(())
}

fn save_answer(
    ctx: &Context,
    opened: &Opened,
    question: &Question,
    typed: &Secret,
    may_keep: bool,
    changes: &mut Changes,
    errors: &mut Vec<FieldError>,
) -> Result<(), ServiceError> {
    if may_keep {
        if let Err(message) = opened.round.form.check(question, typed.expose()) {
            errors.push(FieldError { field: control_of(question), message });
        }
        if form::fits(question, typed.expose()).is_err() {
            // Too long to be kept: what was kept before stays, and the page shows what was typed.
            return Ok(());
        }
    }
    if !may_keep || typed.expose().is_empty() {
        changes.deleted.push(question.key.clone());
    } else if typed.expose() != opened.answer(&question.key).expose() {
        let (dossier, id) = (&opened.application.dossier_id, ctx.id()?);
        changes.answers.push(Answer {
            value: ctx.seal(&opened.key, Slot::AnswerValue, &id, dossier, typed)?,
            id,
            dossier_id: dossier.clone(),
            application_id: opened.application.id.clone(),
            question: question.key.clone(),
        });
    }
    Ok(())
}
