//! The door of staff, where the ways to come in are offered, and the password with its code.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::Answer;
use crate::domain::form::FieldError;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::{organisation, passwords};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, send, send_as, send_to_organisation};
use crate::web::session::{Door, VISIT, cookie, set_cookie, user_agent};
use crate::web::sign_in::signed_in;
use crate::web::visitor;

#[derive(Template)]
#[template(path = "staff/come_in.html")]
struct ComeInPage {
    page: Layout,
    email: Secret,
    by_mail_alone: bool,
    /// What the organisation's own sign-in is called, where there is one.
    organisation: Option<String>,
}

pub(super) fn door(
    ctx: &Context,
    said: Option<&'static str>,
    errors: Vec<FieldError>,
    email: Secret,
) -> Answer {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Layout::at(ctx, Door::Staff).saying(said).with_errors(errors);
    let organisation = organisation::name(ctx).map(ToOwned::to_owned);
    let by_mail_alone = ctx.site.staff_by_mail;
    send_to_organisation(ctx, status, &ComeInPage { page, email, by_mail_alone, organisation })
}

pub(super) async fn page(ctx: web::Data<Context>, request: HttpRequest) -> Answer {
    let out = request.query_string() == "signed-out=1";
    door(&ctx, out.then_some("You are signed out."), Vec::new(), Secret::default())
}

/// Ties what was begun to this browser, and goes on.
fn begun(browser: &str, to: &str) -> HttpResponse {
    let mut response = HttpResponse::SeeOther();
    set_cookie(&mut response, VISIT, browser);
    response.insert_header((header::LOCATION, to)).finish()
}

pub(super) async fn password(ctx: web::Data<Context>, posted: Posted) -> Answer {
    let form = posted.only(&["email", "password"])?;
    let (email, password) = (form.value("email"), form.value("password"));
    let address = email.clone();
    match call(&ctx, move |ctx| passwords::begin(ctx, address.expose(), &password)).await {
        Ok(asked) => Ok(begun(&asked.browser, "/staff/sign-in/password/code")),
        Err(Failure::Service(ServiceError::Invalid(errors))) => door(&ctx, None, errors, email),
        Err(failure) => Err(failure),
    }
}

#[derive(Template)]
#[template(path = "staff/come_in_code.html")]
struct CodePage {
    page: Layout,
}

pub(super) async fn code_page(ctx: web::Data<Context>, request: HttpRequest) -> Answer {
    let browser = cookie(&request, VISIT);
    call(&ctx, move |ctx| passwords::asked(ctx, browser.as_deref())).await?;
    send(&CodePage { page: Layout::at(&ctx, Door::Staff) })
}

pub(super) async fn code(ctx: web::Data<Context>, request: HttpRequest, posted: Posted) -> Answer {
    let code = posted.only(&["code"])?.value("code");
    let (browser, agent) = (cookie(&request, VISIT), user_agent(&request));
    let client = visitor::network(&request);
    let entered = call(&ctx, move |ctx| {
        passwords::finish(ctx, browser.as_deref(), code.expose(), &agent, client)
    });
    match entered.await {
        Ok(session) => Ok(signed_in(&session)),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = Layout::at(&ctx, Door::Staff).with_errors(errors);
            send_as(StatusCode::UNPROCESSABLE_ENTITY, &CodePage { page })
        }
        Err(failure) => Err(failure),
    }
}
