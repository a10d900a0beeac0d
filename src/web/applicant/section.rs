//! One page of the form: what is typed is kept at every step, and comes back unchanged where it can't be.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{Answer, id, unsaved};
use crate::domain::form::Section;
use crate::domain::identity::Item;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::open_draft::{self, DraftField, DraftSection, FieldKind};
use crate::service::permitted::OwnApplication;
use crate::service::save_draft;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::{Form, FormError, Posted};
use crate::web::page::{Layout, call, says, see_other, send, send_as};
use crate::web::permitted::Own;
use crate::web::session::ApplicantSession;

#[derive(Template)]
#[template(path = "applicant/section.html")]
struct SectionPage {
    page: Layout,
    draft: DraftSection,
    /// Whether the person came from the page that checks all answers, and goes back there.
    from_check: bool,
    /// What was typed and could not be kept.
    unkept: Vec<Unkept>,
}

/// An answer that is on the page alone.
struct Unkept {
    label: String,
    /// Whether it would be kept if its box were ticked.
    lacks_tick: bool,
}

impl SectionPage {
    /// Whether a button to a file's page stands before the others. The key Enter in a line presses the first button of a
    /// form: then one that is not shown goes on as the first one always does.
    fn has_file(&self) -> bool {
        self.draft.fields.iter().any(|field| matches!(field.kind, FieldKind::File { .. }))
    }
}

fn section(slug: &str) -> Result<Section, Failure> {
    Section::of_slug(slug).ok_or(Failure::NotFound)
}

async fn open(
    ctx: &web::Data<Context>,
    own: &Own,
    section: Section,
) -> Result<DraftSection, Failure> {
    let (who, application) = (own.session.who.clone(), own.application.clone());
    call(ctx, move |ctx| open_draft::open(ctx, &who, &application, section)).await
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    own: Own,
    path: web::Path<(String, String)>,
    request: HttpRequest,
) -> Answer {
    let section = section(&path.1)?;
    let page = Layout::applicant(&ctx, &own.session).saying(
        says(&request, "saved=1")
            .then_some("Your draft is saved. You can close this page and come back."),
    );
    let draft = match open(&ctx, &own, section).await {
        // It was submitted: what is left of the form is to be read.
        Err(Failure::Service(ServiceError::Conflict)) => {
            return Ok(see_other(&format!("/applications/{}", own.application.id())));
        }
        draft => draft?,
    };
    send(&SectionPage { page, draft, from_check: says(&request, "then=check"), unkept: Vec::new() })
}

pub(super) async fn save(
    ctx: web::Data<Context>,
    // Not the application: what was typed is given back also to whoever may not come in any more.
    session: Result<ApplicantSession, Failure>,
    path: web::Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let (application, section) = (id(&path.0)?, section(&path.1)?);
    let form = posted.accept(|name| may_have(section, name), &[])?;
    let session = match session {
        Ok(session) if session.knows(&form) => session,
        Ok(_) | Err(Failure::SignedOut(_)) => {
            return unsaved::give_back(&ctx, &application, section, &form).await;
        }
        Err(failure) => return Err(failure),
    };
    let values: Vec<_> = form.answers().cloned().collect();
    let (who, wanted) = (session.who.clone(), application.clone());
    let saved = call(&ctx, move |ctx| {
        let own = OwnApplication::find(ctx, &who, &wanted)?;
        let wrong = save_draft::save(ctx, &own, section, &values)?;
        Ok((own.renewed(ctx)?, wrong))
    });
    let (own, mut wrong) = match saved.await {
        Ok((own, wrong)) => (Own { session, application: Arc::new(own) }, wrong),
        // Whatever can't be stored is answered, not refused: what is refused is a field that this form lacks.
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let field = errors.into_iter().next().map(|error| error.field).unwrap_or_default();
            return Err(FormError::Unknown(field).into());
        }
        Err(failure) => return Err(failure),
    };
    let file = form.word("action").strip_prefix("file.").map(str::to_owned);
    let draft_only = form.word("action") == "save" || file.is_some();
    let from_check = form.word("then") == "check";
    if !draft_only && wrong.is_empty() {
        return Ok(see_other(&next(&ctx, &own, section, from_check).await?));
    }
    let mut draft = open(&ctx, &own, section).await?;
    if draft_only {
        wrong.retain(|error| !is_kept(&draft, &form, &error.field));
        if wrong.is_empty() {
            if let Some(question) = file.filter(|key| draft.takes_file(key)) {
                let then = if from_check { "?then=check" } else { "" };
                return Ok(see_other(&format!(
                    "/applications/{application}/files/{question}{then}"
                )));
            }
            let then = if from_check { "&then=check" } else { "" };
            let slug = section.slug();
            return Ok(see_other(&format!(
                "/applications/{application}/form/{slug}?saved=1{then}"
            )));
        }
    }
    let unkept = unkept(&draft, &form);
    for field in &mut draft.fields {
        overlay(field, &form);
    }
    let page = Layout::applicant(&ctx, &own.session).with_errors(wrong);
    let page = SectionPage { page, draft, from_check, unkept };
    send_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// Whether a form of this section can have a control of this name at all.
fn may_have(section: Section, name: &str) -> bool {
    let answers = match section {
        Section::You => Item::ALL.iter().any(|item| item.key() == name),
        Section::Request | Section::StaffOnly => {
            name.starts_with("answer.") || name.starts_with("consent.sensitive.")
        }
    };
    answers || ["action", "then", "round"].contains(&name)
}

/// Where the form goes on.
async fn next(
    ctx: &web::Data<Context>,
    own: &Own,
    section: Section,
    from_check: bool,
) -> Result<String, Failure> {
    let application = own.application.id();
    let check = format!("/applications/{application}/check");
    if from_check || section == Section::StaffOnly {
        return Ok(check);
    }
    let sections = open(ctx, own, section).await?.round.form.sections();
    let after = sections.iter().skip_while(|other| **other != section).nth(1);
    Ok(after.map_or(check, |next| format!("/applications/{application}/form/{}", next.slug())))
}

/// Whether what was typed in a control is in the draft, though it will not do for submission.
fn is_kept(draft: &DraftSection, form: &Form, control: &str) -> bool {
    // A missing tick is about the answer that it would let us keep.
    let answer = control.strip_prefix("consent.sensitive.").map(|key| format!("answer.{key}"));
    let control = answer.as_deref().unwrap_or(control);
    // A file that is still to be attached is nothing that was typed.
    let typed = form.value(control);
    if typed.is_blank() {
        return true;
    }
    let field = draft.fields.iter().find(|field| field.control == control);
    field.is_some_and(|field| field.value.expose() == typed.expose())
}

/// What was typed on this page and is not in the draft.
fn unkept(draft: &DraftSection, form: &Form) -> Vec<Unkept> {
    let lost = draft.fields.iter().filter(|field| !is_kept(draft, form, &field.control));
    lost.map(|field| Unkept {
        label: field.label.clone(),
        lacks_tick: field.consent.as_ref().is_some_and(|tick| form.get(&tick.control).is_none()),
    })
    .collect()
}

/// Puts what was just typed over what is kept.
fn overlay(field: &mut DraftField, form: &Form) {
    if let Some(typed) = form.get(&field.control) {
        if typed.expose() != field.value.expose() {
            field.mark = None;
        }
        field.value = typed.clone();
    }
    if let Some(consent) = &mut field.consent {
        consent.ticked = form.get(&consent.control).is_some();
    }
}
