//! A file of an application beside its redacted version, which staff made for the packet.

use std::str::FromStr;

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::Answer;
use crate::domain::file::{FileError, FileKind, MOST_BYTES};
use crate::domain::form::FieldError;
use crate::domain::packet::KeepReason;
use crate::domain::redaction::Standing;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::packets::redact::{self, Judged, Uploaded};
use crate::service::packets::view::{FoundView, RedactionPage};
use crate::service::permitted::ReceivedApplication;
use crate::web::download::hand_out;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::{Form, FormError};
use crate::web::page::{Layout, call, see_other, send_as};
use crate::web::permitted::{Permitted, Received, Sent};
use crate::web::upload;

#[derive(Template)]
#[template(path = "staff/packet_file.html")]
struct FilePage {
    page: Layout,
    shown: RedactionPage,
    /// What was chosen and not kept.
    typed: Option<Form>,
}

impl FilePage {
    /// Whether a reason is the one that was chosen, or is kept, for something.
    fn has(&self, found: &FoundView, why: &KeepReason) -> bool {
        match self.typed.as_ref().and_then(|form| form.get(&found.control)) {
            Some(typed) => typed.expose() == why.word(),
            None => found.kept.as_ref() == Some(why),
        }
    }

    /// The kinds of file that may reach assessors, for a file input.
    const fn accept(&self) -> &'static str {
        FileKind::accept_redacted()
    }

    fn style(&self, standing: &Standing) -> &'static str {
        style_of(*standing)
    }

    fn is_for_all(&self, why: &KeepReason) -> bool {
        self.typed.as_ref().is_some_and(|form| form.word("keep.all") == why.word())
    }

    fn is_ticked(&self, kept: &bool) -> bool {
        self.typed.as_ref().map_or(*kept, |form| form.word("looked") == "yes")
    }
}

/// The look of a badge that says where a redacted version stands.
pub(super) const fn style_of(standing: Standing) -> &'static str {
    match standing {
        Standing::Stale => "late",
        Standing::Says | Standing::ToLook => "in_review",
        Standing::Ready => "submitted",
    }
}

/// What was just done.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Done {
    done: String,
}

impl Done {
    fn said(&self) -> Option<&'static str> {
        match self.done.as_str() {
            "uploaded" => Some(
                "The file is uploaded. Nothing of it reaches assessors before you release the packet.",
            ),
            "judged" => Some("What you said of this file is kept."),
            "removed" => Some("The redacted version is removed."),
            _ => None,
        }
    }
}

/// The address of an application and of one of its questions.
type At = web::Path<(String, String)>;

fn question_of(at: At) -> String {
    at.into_inner().1
}

async fn show(
    ctx: &web::Data<Context>,
    page: Layout,
    (received, question): (&Received, &str),
    typed: Option<Form>,
) -> Answer {
    let (who, about) = (received.session.who.clone(), received.row.clone());
    let question = question.to_owned();
    let shown = call(ctx, move |ctx| redact::show(ctx, &who, &about, &question)).await?;
    let failed = !page.errors.is_empty();
    let status = if failed { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    send_as(status, &FilePage { page, shown, typed })
}

/// The page again with what has to be mended, or that it is done.
async fn after(
    ctx: &web::Data<Context>,
    (received, question): (&Received, &str),
    done: Result<(), Failure>,
    (word, typed): (&str, Option<Form>),
) -> Answer {
    match done {
        Ok(()) => Ok(see_other(&address(&received.row, question, word))),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            again(ctx, (received, question), errors, typed).await
        }
        Err(failure) => Err(failure),
    }
}

async fn again(
    ctx: &web::Data<Context>,
    of: (&Received, &str),
    errors: Vec<FieldError>,
    typed: Option<Form>,
) -> Answer {
    let page = Layout::staff(ctx, &of.0.session).with_errors(errors);
    show(ctx, page, of, typed).await
}

fn address(application: &ReceivedApplication, question: &str, done: &str) -> String {
    let question = filters::encoded(question);
    format!("/staff/applications/{}/packet/files/{question}?done={done}", application.id())
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    received: Received,
    at: At,
    done: web::Query<Done>,
) -> Answer {
    let page = Layout::staff(&ctx, &received.session).saying(done.said());
    show(&ctx, page, (&received, &question_of(at)), None).await
}

pub(super) async fn upload(
    ctx: web::Data<Context>,
    at: At,
    uploaded: upload::Uploaded<Received>,
) -> Answer {
    let trust = |received: &Received, form: Form| received.session.trust(form);
    let upload::Received { about: received, form, file, work } =
        uploaded.received(&["seen"], trust)?;
    let question = question_of(at);
    let file = match file {
        Ok(file) => file,
        Err(message) => {
            let errors = vec![FieldError { field: upload::FIELD.to_owned(), message }];
            return again(&ctx, (&received, &question), errors, None).await;
        }
    };
    let uploaded = Uploaded { name: Secret::new(file.name), content: file.content };
    let (who, about, of) = (received.session.who.clone(), received.row.clone(), question.clone());
    let done = call(&ctx, move |ctx| {
        let seen = form.word("seen");
        redact::upload(ctx, &who, &about, (&of, seen), uploaded)
    });
    let done = done.await;
    drop(work);
    after(&ctx, (&received, &question), done, ("uploaded", None)).await
}

/// What was said of a redacted version.
fn judged(form: &Form) -> Result<Judged, Failure> {
    let why = |name: &str| match form.word(name) {
        "" => Ok(None),
        word => KeepReason::from_str(word)
            .map(Some)
            .map_err(|_| Failure::from(FormError::Unknown(name.to_owned()))),
    };
    let names = form.names("keep.").filter(|name| *name != "keep.all");
    let whys = names.map(|name| Ok((name.to_owned(), why(name)?))).collect::<Result<_, Failure>>();
    Ok(Judged { whys: whys?, all: why("keep.all")?, looked: form.word("looked") == "yes" })
}

pub(super) async fn judge(
    ctx: web::Data<Context>,
    at: At,
    Sent { about: received, posted }: Sent<Received>,
) -> Answer {
    let own = |name: &str| ["seen", "looked"].contains(&name) || name.starts_with("keep.");
    let form = received.session.trust(posted.accept(own, &[])?)?;
    let (question, said) = (question_of(at), judged(&form)?);
    let (who, about, of) = (received.session.who.clone(), received.row.clone(), question.clone());
    let seen = form.word("seen").to_owned();
    let done = call(&ctx, move |ctx| redact::judge(ctx, &who, &about, (&of, &seen), &said)).await;
    after(&ctx, (&received, &question), done, ("judged", Some(form))).await
}

pub(super) async fn remove(
    ctx: web::Data<Context>,
    at: At,
    Sent { about: received, posted }: Sent<Received>,
) -> Answer {
    let form = received.session.trust(posted.only(&["seen"])?)?;
    let question = question_of(at);
    let (who, about, of) = (received.session.who.clone(), received.row.clone(), question.clone());
    let seen = form.word("seen").to_owned();
    let done = call(&ctx, move |ctx| redact::remove(ctx, &who, &about, (&of, &seen))).await;
    after(&ctx, (&received, &question), done, ("removed", None)).await
}

pub(super) async fn content(
    ctx: web::Data<Context>,
    Permitted { session, row }: Received,
    at: At,
) -> Answer {
    let question = question_of(at);
    let file = call(&ctx, move |ctx| redact::fetch(ctx, &session.who, &row, &question)).await?;
    Ok(hand_out(&file.name, file.kind.media_type(), &file.content))
}
