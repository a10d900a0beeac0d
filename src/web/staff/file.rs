//! Staff fetch a file that an applicant attached.

use actix_web::http::StatusCode;
use actix_web::web;

use super::Answer;
use super::application::{WhyPage, why_in};
use super::list_query::Filters;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::fetch_file::{self, Answer as Found};
use crate::service::openings::Why;
use crate::web::download::hand_out;
use crate::web::error::Failure;
use crate::web::page::{Layout, call, send, send_as};
use crate::web::permitted::{Permitted, Received, Sent};

type Path = web::Path<(String, String)>;

/// Fetches a file, for the reason that somebody's work gives; where it gives none, they are asked.
pub(super) async fn fetch(
    ctx: web::Data<Context>,
    Permitted { session, row: application }: Received,
    path: Path,
) -> Answer {
    let page = Layout::staff(&ctx, &session);
    let question = path.into_inner().1;
    let key = question.clone();
    let found =
        call(&ctx, move |ctx| fetch_file::as_staff(ctx, &session.who, &application, &key, None));
    match found.await? {
        Found::Fetched(file) => Ok(hand_out(&file.name, file.kind.media_type(), &file.content)),
        Found::Asked(asked) => {
            let (list, why) = (Filters::come_from(""), Why::default());
            send(&WhyPage { page, asked, list, why, file: Some(question) })
        }
    }
}

/// Fetches it for a reason that is said. By POST, since a typed reason may be about somebody.
pub(super) async fn fetch_because(
    ctx: web::Data<Context>,
    Sent { about: Permitted { session, row: application }, posted }: Sent<Received>,
    path: Path,
) -> Answer {
    let form = session.trust(posted.only(&["reason", "reason_text", "from"])?)?;
    let why = why_in(&form);
    let page = Layout::staff(&ctx, &session);
    let question = path.into_inner().1;
    let found = {
        let (who, application) = (session.who.clone(), application.clone());
        let (key, why) = (question.clone(), why.clone());
        call(&ctx, move |ctx| fetch_file::as_staff(ctx, &who, &application, &key, Some(&why))).await
    };
    let errors = match found {
        Ok(Found::Fetched(file)) => {
            return Ok(hand_out(&file.name, file.kind.media_type(), &file.content));
        }
        Ok(Found::Asked(_)) => Vec::new(),
        Err(Failure::Service(ServiceError::Invalid(errors))) => errors,
        Err(failure) => return Err(failure),
    };
    let asked = fetch_file::asked(&application);
    let (page, list) = (page.with_errors(errors), Filters::come_from(""));
    let page = WhyPage { page, asked, list, why, file: Some(question) };
    send_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}
