//! Proving anew that it is oneself, before what needs a fresh proof.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::Answer;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::prove;
use crate::service::session::NewSession;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, own_address, see_other, send, send_as};
use crate::web::session::{Door, StaffSession, set_cookie};

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
fn address(text: &str) -> String {
    let own = own_address(text);
    if own.starts_with("/staff") { own.to_owned() } else { "/staff".to_owned() }
}

#[derive(Template)]
#[template(path = "staff/prove.html")]
struct ProvePage {
    page: Layout,
    then: String,
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    session: StaffSession,
    query: web::Query<Then>,
) -> Answer {
    send(&ProvePage { page: Layout::staff(&ctx, &session), then: query.address() })
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
