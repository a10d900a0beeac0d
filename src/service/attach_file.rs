//! An applicant attaches a file to a question of a draft, puts another in its place, or takes it off.

use serde_json::json;

use super::context::Context;
use super::error::ServiceError;
use super::fetch_file::AttachedFile;
use super::open_draft::{draft_of, who_sees_a_file};
use super::permitted::OwnApplication;
use super::read_own::{Opened, badge_of};
use super::rounds::RoundView;
use super::save_draft::clock_of;
use super::session::Applicant;
use crate::domain::file::{About, clean, shown_name};
use crate::domain::form::Section;
use crate::domain::id::Id;
use crate::domain::programme::{Kind, Question};
use crate::domain::secret::SecretBytes;
use crate::domain::slot::Slot;
use crate::store::{applications, audit, files};

/// The name of the form control that takes the file.
pub const CONTROL: &str = "file";

/// The page of a question that takes a file.
#[derive(Clone)]
pub struct FilePage {
    /// The application.
    pub application: Id,
    /// What can be read out on the telephone.
    pub reference: String,
    /// The round.
    pub round: RoundView,
    /// The question's key.
    pub question: String,
    /// The question.
    pub ask: String,
    /// Whether an application needs a file there.
    pub required: bool,
    /// The page of the form where it is asked.
    pub section: Section,
    /// Who sees it, and how long it is kept.
    pub badge: String,
    /// The same in a sentence or two.
    pub who_sees: &'static str,
    /// What is attached.
    pub attached: Option<AttachedFile>,
}

/// The question with this key, if it takes a file.
fn question_of<'a>(opened: &'a Opened, key: &str) -> Result<&'a Question, ServiceError> {
    let question = opened.round.form.question(key).filter(|own| own.kind == Kind::File);
    question.ok_or(ServiceError::NotFound)
}

/// Opens the page of a question that takes a file.
///
/// # Errors
/// [`ServiceError::NotFound`] when no such question takes a file; [`ServiceError::Conflict`] when the application is no
/// draft any more.
pub fn page(ctx: &Context, own: &OwnApplication, question: &str) -> Result<FilePage, ServiceError> {
    let opened = draft_of(ctx, own.application.clone())?;
    let asked = question_of(&opened, question)?.clone();
    let assessment = opened.assessment();
    Ok(FilePage {
        application: own.id().clone(),
        reference: opened.application.reference.clone(),
        attached: opened.file(question).cloned(),
        question: asked.key,
        ask: asked.ask,
        required: asked.required,
        section: if asked.shared { Section::Request } else { Section::StaffOnly },
        badge: badge_of("file", assessment),
        who_sees: who_sees_a_file(assessment),
        round: opened.round,
    })
}

/// Attaches a file, in the place of the one before. What it is, is told by its bytes; what tells about its maker is taken
/// out before anything is kept. Where it can't be kept, what was attached before stays.
///
/// # Errors
/// [`ServiceError::Invalid`] with what is wrong with the file; [`ServiceError::NotFound`] when no such question takes a
/// file; [`ServiceError::Conflict`] when the application is no draft any more; [`ServiceError::RoundClosed`].
pub fn attach(
    ctx: &Context,
    who: &Applicant,
    own: &OwnApplication,
    question: &str,
    name: &str,
    content: SecretBytes,
) -> Result<(), ServiceError> {
    // Whether it may be attached at all is asked before anything is made of it.
    open_for(ctx, own.application.clone(), question)?;
    let file = clean(content).map_err(|error| ServiceError::field(CONTROL, error.to_string()))?;
    let about = About { name: shown_name(name), size: file.content.expose().len() };
    let mut found = own.each_try();
    ctx.steadily(|generation| {
        let opened = open_for(ctx, found(ctx)?, question)?;
        let (key, dossier, id) = (&opened.key, &opened.application.dossier_id, ctx.id()?);
        let now = ctx.stamp();
        let new = files::File {
            about: ctx.seal_json(key, Slot::FileAbout, &id, dossier, &about)?,
            content: ctx.seal_bytes(key, Slot::FileContent, &id, dossier, &file.content)?,
            id,
            dossier_id: dossier.clone(),
            application_id: own.id().clone(),
            question: question.to_owned(),
            kind: file.kind.word().to_owned(),
            attached_at: now,
        };
        let detail = json!({ "question": question, "file": new.id, "kind": file.kind.word() });
        let entry = ctx.audit(&who.actor(), "file.attached", Some(own.id()), &detail)?;
        let (clock, seen) = (clock_of(ctx, &opened)?, opened.application.changed_at);
        ctx.write_under(generation, move |connection| {
            applications::touch_draft(connection, &new.application_id, seen, now)?;
            if let Some(clock) = &clock {
                clock.apply(connection)?;
            }
            files::attach(connection, &new)?;
            audit::insert(connection, &entry)
        })?;
        Ok(())
    })
}

/// Takes off what is attached. Where nothing is, nothing is done.
///
/// # Errors
/// As [`attach`].
pub fn remove(
    ctx: &Context,
    who: &Applicant,
    own: &OwnApplication,
    question: &str,
) -> Result<(), ServiceError> {
    let mut found = own.each_try();
    ctx.steadily(|generation| {
        let opened = open_for(ctx, found(ctx)?, question)?;
        let Some(file) = opened.file(question) else { return Ok(()) };
        let detail = json!({ "question": question, "file": file.id });
        let entry = ctx.audit(&who.actor(), "file.removed", Some(own.id()), &detail)?;
        let (clock, seen, now) =
            (clock_of(ctx, &opened)?, opened.application.changed_at, ctx.stamp());
        let (id, question) = (own.id().clone(), question.to_owned());
        ctx.write_under(generation, move |connection| {
            applications::touch_draft(connection, &id, seen, now)?;
            if let Some(clock) = &clock {
                clock.apply(connection)?;
            }
            files::remove(connection, &id, &question)?;
            audit::insert(connection, &entry)
        })?;
        Ok(())
    })
}

/// A draft of a round that takes applications, with a question that takes a file.
fn open_for(
    ctx: &Context,
    found: applications::Application,
    question: &str,
) -> Result<Opened, ServiceError> {
    let opened = draft_of(ctx, found)?;
    opened.round.must_be_open()?;
    question_of(&opened, question)?;
    Ok(opened)
}
