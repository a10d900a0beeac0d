//! Helping an applicant who lost their mailbox.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::Answer;
use crate::domain::form::FieldError;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::help_with_access::{self as service, HelpPage};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Layout, call, see_other, send_as};
use crate::web::permitted::{Received, Sent};

#[derive(Template)]
#[template(path = "staff/access.html")]
struct AccessPage {
    page: Layout,
    help: HelpPage,
    email: Secret,
    checked: Secret,
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    received: Received,
    request: HttpRequest,
) -> Answer {
    let said = (request.query_string() == "asked=1")
        .then_some("It is recorded. Both addresses are written to; the link works in 24 hours.");
    let page = Layout::staff(&ctx, &received.session).saying(said);
    show(&ctx, &received, page, (Secret::default(), Secret::default())).await
}

async fn show(
    ctx: &web::Data<Context>,
    received: &Received,
    page: Layout,
    (email, checked): (Secret, Secret),
) -> Answer {
    let (who, application) = (received.session.who.clone(), received.row.clone());
    let help = call(ctx, move |ctx| service::open(ctx, &who, &application)).await?;
    let errors: &[FieldError] = &page.errors;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    send_as(status, &AccessPage { page, help, email, checked })
}

pub(super) async fn ask(
    ctx: web::Data<Context>,
    Sent { about: received, posted }: Sent<Received>,
) -> Answer {
    let form = received.session.trust(posted.only(&["email", "checked"])?)?;
    let typed = (form.value("email"), form.value("checked"));
    let (who, application) = (received.session.who.clone(), received.row.clone());
    let (email, checked) = typed.clone();
    let done =
        call(&ctx, move |ctx| service::help(ctx, &who, &application, email.expose(), &checked));
    match done.await {
        Ok(()) => {
            let id = received.row.id();
            Ok(see_other(&format!("/staff/applications/{id}/access?asked=1")))
        }
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = Layout::staff(&ctx, &received.session).with_errors(errors);
            show(&ctx, &received, page, typed).await
        }
        Err(failure) => Err(failure),
    }
}
