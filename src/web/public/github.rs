//! Somebody applies who comes by GitHub: after consent to GitHub, and from there to their address.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::github::{self as service, Errand};
use crate::web::elsewhere::go;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send, send_as};
use crate::web::session::{Door, VISIT, cookie};
use crate::web::sign_in::to_code;
use crate::web::visitor;

/// Sends somebody who has consented on to GitHub.
pub(super) async fn begin(
    ctx: web::Data<Context>,
    slug: web::Path<String>,
    request: HttpRequest,
    posted: Posted,
) -> Result<HttpResponse, Failure> {
    let form = posted.only(&[])?;
    let slug = slug.into_inner();
    let again = format!("/rounds/{}/apply", filters::encoded(&slug));
    let browser = cookie(&request, VISIT);
    let errand = Errand::Apply { slug, journey: form.value("journey") };
    let audience = Door::Applicant.audience();
    let begun = call(&ctx, move |ctx| service::begin(ctx, audience, &errand, browser.as_deref()));
    match begun.await {
        Ok(begun) => Ok(go(&begun)),
        Err(Failure::Service(ServiceError::LinkSpent)) => Ok(see_other(&again)),
        Err(failure) => Err(failure),
    }
}

/// Asks for the e-mail address of somebody who came from GitHub.
#[derive(Template)]
#[template(path = "public/github_address.html")]
struct AddressPage {
    page: Layout,
    username: Secret,
    email: Secret,
}

async fn username(ctx: &web::Data<Context>, request: &HttpRequest) -> Result<Secret, Failure> {
    let browser = cookie(request, VISIT);
    call(ctx, move |ctx| service::named(ctx, browser.as_deref())).await
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let username = username(&ctx, &request).await?;
    send(&AddressPage { page: Layout::public(&ctx), username, email: Secret::default() })
}

pub(super) async fn ask(
    ctx: web::Data<Context>,
    request: HttpRequest,
    posted: Posted,
) -> Result<HttpResponse, Failure> {
    let email = posted.only(&["email"])?.value("email");
    let (browser, address) = (cookie(&request, VISIT), email.clone());
    let client = visitor::network(&request);
    let asked = call(&ctx, move |ctx| {
        service::ask_address(ctx, browser.as_deref(), address.expose(), client)
    });
    match asked.await {
        Ok(asked) => Ok(to_code(Door::Applicant, &asked.browser)),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let username = username(&ctx, &request).await?;
            let page = Layout::public(&ctx).with_errors(errors);
            let page = AddressPage { page, username, email };
            send_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(failure) => Err(failure),
    }
}
