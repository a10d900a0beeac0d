//! The page of a question that takes a file: attach one, put another in its place, fetch it, remove it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::Answer;
use crate::domain::file::{FileError, FileKind, MOST_BYTES};
use crate::service::attach_file::{self, FilePage as Asked};
use crate::service::error::ServiceError;
use crate::service::{Context, fetch_file};
use crate::web::download::hand_out;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Layout, call, says, see_other, send, send_as};
use crate::web::permitted::{Own, Sent};
use crate::web::upload::{Received, Uploaded};

#[derive(Template)]
#[template(path = "applicant/file.html")]
struct FilePage {
    page: Layout,
    asked: Asked,
    /// Whether the person came from the page that checks all answers, and goes back there.
    from_check: bool,
}

#[derive(Template)]
#[template(path = "applicant/file_remove.html")]
struct RemovePage {
    page: Layout,
    asked: Asked,
    from_check: bool,
}

type Path = web::Path<(String, String)>;

/// The end of an address that leads back to where the person came from.
const fn back(from_check: bool) -> &'static str {
    if from_check { "&then=check" } else { "" }
}

async fn open(ctx: &web::Data<Context>, own: &Own, question: &str) -> Result<Asked, Failure> {
    let (application, question) = (own.application.clone(), question.to_owned());
    call(ctx, move |ctx| attach_file::page(ctx, &application, &question)).await
}

/// Where somebody is sent whose application is no draft any more.
fn sent_away(own: &Own, failure: Failure) -> Answer {
    match failure {
        Failure::Service(ServiceError::Conflict) => {
            Ok(see_other(&format!("/applications/{}", own.application.id())))
        }
        other => Err(other),
    }
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    own: Own,
    path: Path,
    request: HttpRequest,
) -> Answer {
    let asked = match open(&ctx, &own, &path.1).await {
        Ok(asked) => asked,
        Err(failure) => return sent_away(&own, failure),
    };
    let said = match () {
        () if says(&request, "attached=1") => Some("The file is attached."),
        () if says(&request, "removed=1") => Some("The file is removed."),
        () => None,
    };
    let page = Layout::applicant(&ctx, &own.session).saying(said);
    send(&FilePage { page, asked, from_check: says(&request, "then=check") })
}

pub(super) async fn attach(ctx: web::Data<Context>, path: Path, uploaded: Uploaded<Own>) -> Answer {
    let trust = |own: &Own, form| own.session.trust(form);
    let Received { about: own, form, file, work: _work } = uploaded.received(&["then"], trust)?;
    let question = path.into_inner().1;
    let kept = match file {
        Ok(file) => {
            let (who, application) = (own.session.who.clone(), own.application.clone());
            let question = question.clone();
            let work = move |ctx: &Context| {
                attach_file::attach(ctx, &who, &application, &question, &file.name, file.content)
            };
            call(&ctx, work).await
        }
        Err(message) => Err(ServiceError::field(attach_file::CONTROL, message).into()),
    };
    let from_check = form.word("then") == "check";
    match kept {
        Ok(()) => {
            let (id, back) = (own.application.id(), back(from_check));
            Ok(see_other(&format!("/applications/{id}/files/{question}?attached=1{back}")))
        }
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let asked = match open(&ctx, &own, &question).await {
                Ok(asked) => asked,
                Err(failure) => return sent_away(&own, failure),
            };
            let page = Layout::applicant(&ctx, &own.session).with_errors(errors);
            send_as(StatusCode::UNPROCESSABLE_ENTITY, &FilePage { page, asked, from_check })
        }
        Err(failure) => Err(failure),
    }
}

pub(super) async fn remove_page(
    ctx: web::Data<Context>,
    own: Own,
    path: Path,
    request: HttpRequest,
) -> Answer {
    let asked = match open(&ctx, &own, &path.1).await {
        Ok(asked) => asked,
        Err(failure) => return sent_away(&own, failure),
    };
    if asked.attached.is_none() {
        let (id, question) = (own.application.id(), &asked.question);
        return Ok(see_other(&format!("/applications/{id}/files/{question}")));
    }
    let page = Layout::applicant(&ctx, &own.session);
    send(&RemovePage { page, asked, from_check: says(&request, "then=check") })
}

pub(super) async fn remove(
    ctx: web::Data<Context>,
    Sent { about: own, posted }: Sent<Own>,
    path: Path,
) -> Answer {
    let form = own.session.trust(posted.only(&["then"])?)?;
    let question = path.into_inner().1;
    let (who, application, key) =
        (own.session.who.clone(), own.application.clone(), question.clone());
    call(&ctx, move |ctx| attach_file::remove(ctx, &who, &application, &key)).await?;
    let (id, back) = (own.application.id(), back(form.word("then") == "check"));
    Ok(see_other(&format!("/applications/{id}/files/{question}?removed=1{back}")))
}

/// Hands out what is attached, at any time: it is the applicant's own.
pub(super) async fn content(ctx: web::Data<Context>, own: Own, path: Path) -> Answer {
    let question = path.into_inner().1;
    let file = call(&ctx, move |ctx| fetch_file::own(ctx, &own.application, &question)).await?;
    Ok(hand_out(&file.name, file.kind.media_type(), &file.content))
}
