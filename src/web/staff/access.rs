//! Helping an applicant who lost their mailbox.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{Answer, id};
use crate::domain::form::FieldError;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::help_with_access::{self as service, HelpPage};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send_as};
use crate::web::session::StaffSession;

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
    session: StaffSession,
    path: web::Path<String>,
    request: HttpRequest,
) -> Answer {
    let said = (request.query_string() == "asked=1")
        .then_some("It is recorded. Both addresses are written to; the link works in 24 hours.");
    let page = Layout::staff(&ctx, &session).saying(said);
    show(&ctx, &session, &path, page, (Secret::default(), Secret::default())).await
}

async fn show(
    ctx: &web::Data<Context>,
    session: &StaffSession,
    path: &str,
    page: Layout,
    (email, checked): (Secret, Secret),
) -> Answer {
    let (who, id) = (session.who.clone(), id(path)?);
    let help = call(ctx, move |ctx| service::open(ctx, &who, &id)).await?;
    let errors: &[FieldError] = &page.errors;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    send_as(status, &AccessPage { page, help, email, checked })
}

pub(super) async fn ask(
    ctx: web::Data<Context>,
    session: StaffSession,
    path: web::Path<String>,
    posted: Posted,
) -> Answer {
    let form = session.trust(posted.only(&["email", "checked"])?)?;
    let typed = (form.value("email"), form.value("checked"));
    let (who, application, (email, checked)) = (session.who.clone(), id(&path)?, typed.clone());
    let done =
        call(&ctx, move |ctx| service::help(ctx, &who, &application, email.expose(), &checked));
    match done.await {
        Ok(()) => Ok(see_other(&format!("/staff/applications/{path}/access?asked=1"))),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = Layout::staff(&ctx, &session).with_errors(errors);
            show(&ctx, &session, &path, page, typed).await
        }
        Err(failure) => Err(failure),
    }
}
