//! Drafts are opened and saved, a section at a time. What can be kept is kept; what has to be mended is said.

use chrono::{DateTime, Utc};

use super::clocks;
use super::consent_texts;
use super::context::Context;
use super::error::ServiceError;
use super::read_own::{Opened, badge_of, control_of, slot_of};
use super::rounds::RoundView;
use super::session::Applicant;
use crate::domain::application::Status;
use crate::domain::consent::Purpose;
use crate::domain::form::{self, FieldError, Section};
use crate::domain::id::Id;
use crate::domain::identity::Item;
use crate::domain::programme::{Kind, Question};
use crate::domain::retention::DossierFacts;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::inventory::Badge;
use crate::store::applications;
use crate::store::consents;
use crate::store::dossiers;
use crate::store::drafts::{self, Answer};

/// What a field takes.
#[derive(Clone, Debug)]
pub enum FieldKind {
    /// One line of text.
    Line,
    /// Text of several lines.
    Text,
    /// One of these.
    Choice(Vec<String>),
    /// A whole number.
    Number,
    /// An amount in whole units.
    Money {
        /// ISO 4217.
        currency: String,
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// A calendar day.
    Date,
}

/// The box beside a question that asks for something sensitive.
#[derive(Clone, Debug)]
pub struct ConsentTick {
    /// The name of the form control.
    pub control: String,
    /// What a person needs to know, in paragraphs.
    pub paragraphs: Vec<String>,
    /// The sentence beside the box.
    pub label: String,
    /// Whether the consent stands.
    pub ticked: bool,
}

/// A field of a form.
#[derive(Clone)]
pub struct DraftField {
    /// The name of the form control.
    pub control: String,
    /// The label.
    pub label: String,
    /// What helps to fill it in.
    pub hint: Option<String>,
    /// What it takes.
    pub kind: FieldKind,
    /// Whether an application needs it.
    pub required: bool,
    /// The most words.
    pub words: Option<usize>,
    /// Who sees it, and how long it is kept.
    pub badge: String,
    /// Whether assessors may see it.
    pub shared: bool,
    /// What is kept of it so far.
    pub value: Secret,
    /// The box that has to be ticked before anything of it is kept.
    pub consent: Option<ConsentTick>,
}

/// A section of a draft.
#[derive(Clone)]
pub struct DraftSection {
    /// The application.
    pub application: Id,
    /// What can be read out on the telephone.
    pub reference: String,
    /// The round.
    pub round: RoundView,
    /// The section.
    pub section: Section,
    /// Its place among the sections, from 1.
    pub position: usize,
    /// How many sections there are.
    pub of: usize,
    /// Its fields.
    pub fields: Vec<DraftField>,
    /// The confirmed address.
    pub email: Secret,
    /// When the draft was last saved.
    pub saved_at: DateTime<Utc>,
}

/// Opens a section of a draft of one's own.
///
/// # Errors
/// [`ServiceError::NotFound`]; [`ServiceError::Conflict`] when it is no draft any more.
pub fn open(
    ctx: &Context,
    who: &Applicant,
    application: &Id,
    section: Section,
) -> Result<DraftSection, ServiceError> {
    let opened = open_draft(ctx, who, application)?;
    let sections = opened.round.form.sections();
    let position = sections.iter().position(|own| *own == section).ok_or(ServiceError::NotFound)?;
    let assessment = opened.round.programme.outside_assessment;
    let mut fields = Vec::new();
    if section == Section::You {
        fields.extend(Item::ALL.map(|item| item_field(&opened, item)));
    }
    for question in opened.round.form.questions_of(section) {
        let badge = Badge::of_answer(question.shared, assessment);
        fields.push(DraftField {
            control: control_of(question),
            label: question.ask.clone(),
            hint: hint_of(question),
            kind: kind_of(&opened.round, question),
            required: question.required,
            words: question.words,
            badge: badge.to_string(),
            shared: badge.assessors,
            value: opened.answer(&question.key),
            consent: tick_of(ctx, &opened.round, question, &opened.standing)?,
        });
    }
    Ok(DraftSection {
        application: application.clone(),
        reference: opened.application.reference.clone(),
        section,
        position: position + 1,
        of: sections.len(),
        fields,
        email: opened.email.clone(),
        saved_at: opened.application.changed_at.and_utc(),
        round: opened.round,
    })
}

fn open_draft(ctx: &Context, who: &Applicant, id: &Id) -> Result<Opened, ServiceError> {
    let opened = Opened::own(ctx, who, id)?;
    if opened.application.status() == Status::Draft {
        Ok(opened)
    } else {
        Err(ServiceError::Conflict)
    }
}

fn item_field(opened: &Opened, item: Item) -> DraftField {
    let assessment = opened.round.programme.outside_assessment;
    let hint = match item {
        Item::Name => None,
        Item::Pronouns => Some("Such as she/her. You may leave this out."),
        Item::Location => Some("Town and country are enough."),
        Item::GithubUsername => {
            Some("If your username gives away who you are, assessors can tell.")
        }
        Item::SocialUsernames => Some("One a line. You may leave this out."),
    };
    let shared = crate::inventory::find(item.key())
        .is_some_and(|found| Badge::of(found, assessment).assessors);
    DraftField {
        control: item.key().to_owned(),
        label: item.label().to_owned(),
        // Where assessors see nothing there is nothing to warn of.
        hint: hint.filter(|_| item != Item::GithubUsername || shared).map(str::to_owned),
        kind: if item.several_lines() { FieldKind::Text } else { FieldKind::Line },
        required: item.required(),
        words: None,
        badge: badge_of(item.key(), assessment),
        shared,
        value: opened.item(item),
        consent: None,
    }
}

fn hint_of(question: &Question) -> Option<String> {
    match question.kind {
        Kind::Number => Some("A whole number.".to_owned()),
        Kind::Date => Some("Year, month and day, such as 2027-03-31.".to_owned()),
        _ => None,
    }
}

fn kind_of(round: &RoundView, question: &Question) -> FieldKind {
    match question.kind {
        Kind::Line => FieldKind::Line,
        Kind::Text => FieldKind::Text,
        Kind::Choice => FieldKind::Choice(question.options.clone()),
        Kind::Number => FieldKind::Number,
        Kind::Money => FieldKind::Money {
            currency: round.form.amount.currency.clone(),
            least: round.form.amount.least,
            most: round.form.amount.most,
        },
        Kind::Date => FieldKind::Date,
    }
}

fn tick_of(
    ctx: &Context,
    round: &RoundView,
    question: &Question,
    standing: &[String],
) -> Result<Option<ConsentTick>, ServiceError> {
    if !question.sensitive {
        return Ok(None);
    }
    let offered = consent_texts::sensitive(ctx, round, question)?;
    Ok(Some(ConsentTick {
        control: offered.text.purpose.control(),
        ticked: standing.contains(&offered.row.purpose),
        paragraphs: offered.text.details,
        label: offered.text.statement,
    }))
}

/// What a save changes.
#[derive(Clone, Default)]
struct Changes {
    items: Vec<(Item, crate::domain::sealed::Sealed)>,
    answers: Vec<Answer>,
    deleted: Vec<String>,
    given: Vec<consent_texts::NewReceipt>,
    withdrawn: Vec<String>,
}

/// Saves what can be kept of a section of a draft of one's own. Answers what has to be mended before the
/// section is complete.
///
/// # Errors
/// [`ServiceError::Invalid`] when a field is not one of the section's; [`ServiceError::NotFound`];
/// [`ServiceError::Conflict`] when it is no draft any more.
pub fn save(
    ctx: &Context,
    who: &Applicant,
    application: &Id,
    section: Section,
    values: &[(String, Secret)],
) -> Result<Vec<FieldError>, ServiceError> {
    ctx.steadily(|generation| {
        let opened = open_draft(ctx, who, application)?;
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
        }
        for question in opened.round.form.questions_of(section) {
            let typed = given(&control_of(question)).cloned().unwrap_or_default();
            let purpose = Purpose::Sensitive(question.key.clone());
            let ticked = given(&purpose.control()).is_some();
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
        let kept = DossierFacts::Draft { last_change: ctx.today() }.kept_until(&ctx.periods);
        let dossier = &opened.application.dossier_id;
        let before = ctx.store.read(|connection| dossiers::clock(connection, dossier))?;
        let clock = if before.keep_until == kept.last_day {
            None
        } else {
            Some(clocks::plan(ctx, dossier, kept, &[])?)
        };
        let (id, seen, now) = (application.clone(), opened.application.changed_at, ctx.stamp());
        let member = opened.member.id.clone();
        ctx.write_under(generation, move |connection| {
            applications::touch_draft(connection, &id, seen, now)?;
            if let Some(clock) = &clock {
                clock.apply(connection)?;
            }
            for (item, value) in &changes.items {
                drafts::set_item(connection, &member, *item, value)?;
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

fn refuse_unknown(
    round: &RoundView,
    section: Section,
    values: &[(String, Secret)],
) -> Result<(), ServiceError> {
    for (name, _) in values {
        let item = section == Section::You && Item::ALL.iter().any(|item| item.key() == name);
        let question = round.form.questions_of(section).any(|question| {
            control_of(question) == *name
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
