//! Proving anew that it is oneself, before what needs a fresh proof.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::Answer;
use super::come_in::PasskeyPage;
use crate::domain::form::FieldError;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::own_sessions::SignedIn;
use crate::service::session::NewSession;
use crate::service::{organisation, passkeys, passwords, prove, ways};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, own_address, see_other, send, send_as, send_to_organisation};
use crate::web::session::{Door, StaffSession, set_cookie};
use crate::web::visitor;

/// Where the person goes on.
#[derive(Deserialize)]
pub(super) struct Then {
    #[serde(default)]
    then: String,
}

impl Then {
    fn address(&self) -> String {
        address(&self.then)
    }
}

/// An address of staff: what else stands there is none that we wrote.
pub(super) fn address(text: &str) -> String {
    let own = own_address(text);
    if own.starts_with("/staff") { own.to_owned() } else { "/staff".to_owned() }
}

/// The ways that this person has.
struct Offered {
    passkeys: bool,
    password: bool,
    /// What the organisation's own sign-in is called, where it was joined.
    organisation: Option<String>,
    mail: bool,
}

#[derive(Template)]
#[template(path = "staff/prove.html")]
struct ProvePage {
    page: Layout,
    then: String,
    ways: Offered,
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    session: StaffSession,
    query: web::Query<Then>,
) -> Answer {
    show(&ctx, &session, query.address(), Vec::new()).await
}

async fn show(
    ctx: &web::Data<Context>,
    session: &StaffSession,
    then: String,
    errors: Vec<FieldError>,
) -> Answer {
    let who = session.who.clone();
    let ways = call(ctx, move |ctx| ways::list(ctx, &who)).await?;
    let ways = Offered {
        passkeys: !ways.passkeys.is_empty(),
        password: ways.password.is_some(),
        organisation: ways.organisation.and(organisation::name(ctx)).map(ToOwned::to_owned),
        mail: ways.is_empty(),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Layout::staff(ctx, session).with_errors(errors);
    send_to_organisation(ctx, status, &ProvePage { page, then, ways })
}

pub(super) async fn ask_passkey(
    ctx: web::Data<Context>,
    session: StaffSession,
    posted: Posted,
) -> Answer {
    let form = session.trust(posted.only(&["then"])?)?;
    let then = address(form.word("then"));
    let who = SignedIn::from(&*session.who);
    match call(&ctx, move |ctx| passkeys::begin_proof(ctx, &who)).await {
        Ok(()) => Ok(see_other(&format!("/staff/prove/passkey?then={}", filters::encoded(&then)))),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            show(&ctx, &session, then, errors).await
        }
        Err(failure) => Err(failure),
    }
}

pub(super) async fn passkey_page(
    ctx: web::Data<Context>,
    session: StaffSession,
    query: web::Query<Then>,
) -> Answer {
    let who = SignedIn::from(&*session.who);
    let question = call(&ctx, move |ctx| passkeys::proving(ctx, &who)).await?;
    let then = query.address();
    send(&PasskeyPage {
        page: Layout::staff(&ctx, &session),
        question,
        action: "/staff/prove/passkey/answer",
        back: format!("/staff/prove?then={}", filters::encoded(&then)),
        then,
    })
}

pub(super) async fn passkey(
    ctx: web::Data<Context>,
    session: StaffSession,
    posted: Posted,
) -> Answer {
    let form = session.trust(posted.only(&["credential", "then"])?)?;
    let then = address(form.word("then"));
    let (who, answer, to) = (SignedIn::from(&*session.who), form.value("credential"), then.clone());
    let proved = call(&ctx, move |ctx| passkeys::proof(ctx, &who, &answer, &to)).await;
    proved_or_again(&ctx, &session, then, proved).await
}

pub(super) async fn password(
    ctx: web::Data<Context>,
    session: StaffSession,
    request: HttpRequest,
    posted: Posted,
) -> Answer {
    let form = session.trust(posted.only(&["password", "code", "then"])?)?;
    let then = address(form.word("then"));
    let (who, password, code) = (session.who.clone(), form.value("password"), form.value("code"));
    let (to, client) = (then.clone(), visitor::network(&request));
    let proved =
        call(&ctx, move |ctx| passwords::proof(ctx, &who, (&password, code.expose()), &to, client));
    proved_or_again(&ctx, &session, then, proved.await).await
}

async fn proved_or_again(
    ctx: &web::Data<Context>,
    session: &StaffSession,
    then: String,
    proved: Result<NewSession, Failure>,
) -> Answer {
    match proved {
        Ok(renewed) => Ok(go_on(&renewed)),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            show(ctx, session, then, errors).await
        }
        Err(failure) => Err(failure),
    }
}

pub(super) async fn ask(ctx: web::Data<Context>, session: StaffSession, posted: Posted) -> Answer {
    let form = session.trust(posted.only(&["then"])?)?;
    let then = address(form.word("then"));
    call(&ctx, move |ctx| prove::ask(ctx, &session.who)).await?;
    Ok(see_other(&format!("/staff/prove/code?then={}", filters::encoded(&then))))
}

#[derive(Template)]
#[template(path = "staff/prove_code.html")]
struct CodePage {
    page: Layout,
    then: String,
}

pub(super) async fn code_page(
    ctx: web::Data<Context>,
    session: StaffSession,
    query: web::Query<Then>,
) -> Answer {
    send(&CodePage { page: Layout::staff(&ctx, &session), then: query.address() })
}

pub(super) async fn code(ctx: web::Data<Context>, session: StaffSession, posted: Posted) -> Answer {
    let form = session.trust(posted.only(&["code", "then"])?)?;
    let then = address(form.word("then"));
    let (who, code, to) = (session.who.clone(), form.value("code"), then.clone());
    let proved = call(&ctx, move |ctx| prove::by_code(ctx, &who, code.expose(), &to)).await;
    match proved {
        Ok(renewed) => Ok(go_on(&renewed)),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = Layout::staff(&ctx, &session).with_errors(errors);
            send_as(StatusCode::UNPROCESSABLE_ENTITY, &CodePage { page, then })
        }
        Err(failure) => Err(failure),
    }
}

/// Gives the browser the new id of its session and lets the person go on.
pub(super) fn go_on(renewed: &NewSession) -> HttpResponse {
    let mut response = HttpResponse::SeeOther();
    set_cookie(&mut response, Door::Staff.cookie(), &renewed.cookie);
    response.insert_header((header::LOCATION, own_address(&renewed.go_to))).finish()
}
