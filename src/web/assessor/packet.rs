//! A packet: what an applicant wrote as far as assessors may see it, and what its assessor gives to it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::assigned::Assigned;
use super::{Answer, unsaved};
use crate::domain::assessing::{MOST_COMMENT, MOST_QUESTION};
use crate::domain::form::FieldError;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::assess::give_scores::{self, Act, Typed};
use crate::service::assess::read_packet::{self, PacketView};
use crate::service::assess::{ask_staff, fetch_file};
use crate::service::error::ServiceError;
use crate::web::download::hand_out;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::{Form, FormError, Posted};
use crate::web::page::{Layout, call, see_other, send_as};
use crate::web::permitted::Sent;

#[derive(Template)]
#[template(path = "assessor/packet.html")]
struct PacketPage {
    page: Layout,
    packet: PacketView,
    /// A question that was typed and not sent.
    question: Secret,
    /// Whether something that was typed for the scores has to be mended: then the form is shown whatever the day.
    is_typed: bool,
}

impl PacketPage {
    const fn most_comment(&self) -> usize {
        MOST_COMMENT
    }

    const fn most_question(&self) -> usize {
        MOST_QUESTION
    }
}

/// What stands on the page beside what is kept.
#[derive(Default)]
struct Over {
    said: Option<&'static str>,
    errors: Vec<FieldError>,
    scores: Option<Form>,
    question: Secret,
}

async fn show(ctx: &web::Data<Context>, of: &Assigned, over: Over) -> Answer {
    let (who, own) = (of.session.who.clone(), of.own.clone());
    let mut packet = call(ctx, move |ctx| read_packet::read(ctx, &who, &own)).await?;
    let failed = !over.errors.is_empty();
    let status = if failed { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    if let Some(form) = &over.scores {
        for one in &mut packet.criteria {
            if let Some(typed) = form.get(&one.points_control()) {
                one.points = typed.clone();
            }
            if let Some(typed) = form.get(&one.comment_control()) {
                one.comment = typed.clone();
            }
        }
    }
    let page = Layout::assessor(ctx, &of.session).saying(over.said).with_errors(over.errors);
    let is_typed = over.scores.is_some();
    send_as(status, &PacketPage { page, packet, question: over.question, is_typed })
}

/// What was just done.
fn said(query: &str) -> Option<&'static str> {
    query.split('&').find_map(|pair| match pair {
        "saved=1" => Some("Your draft is saved. You can close this page and come back."),
        "asked=1" => Some("Your question is sent. The answer will stand on this page."),
        _ => None,
    })
}

pub(super) async fn page(ctx: web::Data<Context>, of: Assigned, request: HttpRequest) -> Answer {
    if let Some(first) = of.first() {
        return Ok(first);
    }
    let said = said(request.query_string());
    show(&ctx, &of, Over { said, ..Over::default() }).await
}

/// Hands out a file of the packet.
pub(super) async fn file(
    ctx: web::Data<Context>,
    of: Assigned,
    at: web::Path<(String, String)>,
) -> Answer {
    if let Some(first) = of.first() {
        return Ok(first);
    }
    let (_, number) = at.into_inner();
    // Written as it stands on the page, and in no other way.
    let number = number.parse().ok().filter(|it: &i64| *it > 0 && it.to_string() == number);
    let number = number.ok_or(Failure::NotFound)?;
    let (who, own) = (of.session.who.clone(), of.own.clone());
    let file = call(&ctx, move |ctx| fetch_file::fetch(ctx, &who, &own, number)).await?;
    Ok(hand_out(&file.name, file.media_type, &file.content))
}

/// Whether the form for scores has a field that is called like this, whatever the programme.
fn may_have(name: &str) -> bool {
    matches!(name, "action" | "version")
        || ["points.", "comment."].iter().any(|start| name.starts_with(start))
}

pub(super) async fn give(
    ctx: web::Data<Context>,
    // What was typed is given back also to whoever may not come in any more.
    of: Result<Assigned, Failure>,
    posted: Posted,
) -> Answer {
    let form = posted.accept(may_have, &[])?;
    let of = match of {
        Err(Failure::SignedOut(_)) => return unsaved::give_back(&ctx, &form),
        of => of?,
    };
    let form = of.session.trust(form)?;
    if let Some(first) = of.first() {
        return Ok(first);
    }
    let (version, mut values) = (form.word("version").to_owned(), Vec::new());
    for (name, value) in form.answers().filter(|(name, _)| name != "version") {
        if !of.own.has_control(name) {
            return Err(FormError::Unknown(name.clone()).into());
        }
        values.push((name.clone(), value.clone()));
    }
    let act = match form.word("action") {
        // Without a button nothing is handed in.
        "save" | "" => Act::Save,
        "hand-in" => Act::HandIn,
        _ => return Err(FormError::Unknown("action".to_owned()).into()),
    };
    let (who, own, typed) = (of.session.who.clone(), of.own.clone(), Typed { values, version });
    let errors = call(&ctx, move |ctx| give_scores::give(ctx, &who, &own, &typed, act)).await?;
    if errors.is_empty() {
        return Ok(see_other(&match act {
            Act::Save => format!("{}?saved=1", of.address("")),
            Act::HandIn => "/assess?done=handed-in".to_owned(),
        }));
    }
    show(&ctx, &of, Over { errors, scores: Some(form), ..Over::default() }).await
}

pub(super) async fn ask(
    ctx: web::Data<Context>,
    Sent { about: of, posted }: Sent<Assigned>,
) -> Answer {
    let form = of.session.trust(posted.only(&["question"])?)?;
    if let Some(first) = of.first() {
        return Ok(first);
    }
    let (who, own, question) = (of.session.who.clone(), of.own.clone(), form.value("question"));
    let asked = question.clone();
    match call(&ctx, move |ctx| ask_staff::ask(ctx, &who, &own, &asked)).await {
        Ok(()) => Ok(see_other(&format!("{}?asked=1", of.address("")))),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            show(&ctx, &of, Over { errors, question, ..Over::default() }).await
        }
        Err(failure) => Err(failure),
    }
}
