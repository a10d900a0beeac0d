//! Another address for one's account, confirmed by a link or a code that goes to it.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::Answer;
use crate::domain::secret::Secret;
use crate::service::error::ServiceError;
use crate::service::{Context, address};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send, send_as};
use crate::web::session::{ApplicantSession, VISIT, cookie, set_cookie};
use crate::web::sign_in::going_on;
use crate::web::visitor;

#[derive(Template)]
#[template(path = "applicant/address.html")]
struct AddressPage {
    page: Layout,
    own: Secret,
    email: Secret,
}

pub(super) async fn page(ctx: web::Data<Context>, session: ApplicantSession) -> Answer {
    let page = Layout::applicant(&ctx, &session);
    let own = call(&ctx, move |ctx| address::own(ctx, &session.who)).await?;
    send(&AddressPage { page, own, email: Secret::default() })
}

pub(super) async fn ask(
    ctx: web::Data<Context>,
    session: ApplicantSession,
    request: HttpRequest,
    posted: Posted,
) -> Answer {
    let client = visitor::network(&request);
    let email = session.trust(posted.only(&["email"])?)?.value("email");
    let (who, typed) = (session.who.clone(), email.clone());
    match call(&ctx, move |ctx| address::ask(ctx, &who, typed.expose(), client)).await {
        Ok(asked) => {
            let mut response = HttpResponse::SeeOther();
            set_cookie(&mut response, VISIT, &asked.browser);
            Ok(response.insert_header((header::LOCATION, "/account/address/code")).finish())
        }
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = Layout::applicant(&ctx, &session).with_errors(errors);
            let own = call(&ctx, move |ctx| address::own(ctx, &session.who)).await?;
            send_as(StatusCode::UNPROCESSABLE_ENTITY, &AddressPage { page, own, email })
        }
        Err(failure) => Err(failure),
    }
}

#[derive(Template)]
#[template(path = "applicant/address_code.html")]
struct CodePage {
    page: Layout,
}

pub(super) async fn code_page(ctx: web::Data<Context>, session: ApplicantSession) -> Answer {
    send(&CodePage { page: Layout::applicant(&ctx, &session) })
}

pub(super) async fn code(
    ctx: web::Data<Context>,
    session: ApplicantSession,
    request: HttpRequest,
    posted: Posted,
) -> Answer {
    let code = session.trust(posted.only(&["code"])?)?.value("code");
    let (who, browser) = (session.who.clone(), cookie(&request, VISIT));
    let done =
        call(&ctx, move |ctx| address::by_code(ctx, &who, browser.as_deref(), code.expose()));
    match done.await {
        Ok(()) => Ok(see_other("/account?changed=1")),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = Layout::applicant(&ctx, &session).with_errors(errors);
            send_as(StatusCode::UNPROCESSABLE_ENTITY, &CodePage { page })
        }
        Err(failure) => Err(failure),
    }
}

#[derive(Template)]
#[template(path = "applicant/address_link.html")]
struct LinkPage {
    page: Layout,
    token: String,
    email: Secret,
}

pub(super) async fn link_page(
    ctx: web::Data<Context>,
    session: Result<ApplicantSession, Failure>,
    request: HttpRequest,
    token: web::Path<String>,
) -> Answer {
    let session = match session {
        // The way leads over the sign-in page, which says what for, and back.
        Err(Failure::SignIn(door)) => {
            return Ok(see_other(&going_on(door.sign_in(), request.path())));
        }
        session => session?,
    };
    let token = token.into_inner();
    let page = Layout::applicant(&ctx, &session);
    let asked = token.clone();
    let email = call(&ctx, move |ctx| address::look(ctx, &session.who, &asked)).await?;
    send(&LinkPage { page, token, email })
}

pub(super) async fn link(
    ctx: web::Data<Context>,
    session: ApplicantSession,
    token: web::Path<String>,
    posted: Posted,
) -> Answer {
    session.trust(posted.only(&[])?)?;
    call(&ctx, move |ctx| address::by_link(ctx, &session.who, &token)).await?;
    Ok(see_other("/account?changed=1"))
}
