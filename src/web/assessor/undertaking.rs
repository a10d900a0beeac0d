//! What an assessor undertakes before anything of a round is read.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;

use super::Answer;
use super::assigned::Assigned;
use crate::domain::form::FieldError;
use crate::service::Context;
use crate::service::assess::undertake::{self as service, UndertakingView};
use crate::service::error::ServiceError;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Layout, call, see_other, send_as};
use crate::web::permitted::Sent;

#[derive(Template)]
#[template(path = "assessor/undertaking.html")]
struct UndertakingPage {
    page: Layout,
    round: String,
    address: String,
    text: UndertakingView,
    /// Whether the packet by which the page was reached can be read.
    is_readable: bool,
}

async fn show(ctx: &web::Data<Context>, of: &Assigned, errors: Vec<FieldError>) -> Answer {
    let (who, own) = (of.session.who.clone(), of.own.clone());
    let text = call(ctx, move |ctx| service::read(ctx, &who, &own)).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = UndertakingPage {
        page: Layout::assessor(ctx, &of.session).with_errors(errors),
        round: of.own.round().to_owned(),
        address: of.address(""),
        text,
        is_readable: of.own.first().is_none(),
    };
    send_as(status, &page)
}

pub(super) async fn page(ctx: web::Data<Context>, of: Assigned) -> Answer {
    show(&ctx, &of, Vec::new()).await
}

pub(super) async fn accept(
    ctx: web::Data<Context>,
    Sent { about: of, posted }: Sent<Assigned>,
) -> Answer {
    let form = of.session.trust(posted.only(&["undertaking", "version"])?)?;
    let (who, own) = (of.session.who.clone(), of.own.clone());
    let (version, ticked) = (form.value("version"), form.word("undertaking") == "yes");
    let accepted =
        call(&ctx, move |ctx| service::accept(ctx, &who, &own, version.expose(), ticked)).await;
    match accepted {
        // The packet itself, or what comes before it.
        Ok(()) => Ok(see_other(&of.address(""))),
        Err(Failure::Service(ServiceError::Invalid(errors))) => show(&ctx, &of, errors).await,
        Err(failure) => Err(failure),
    }
}
