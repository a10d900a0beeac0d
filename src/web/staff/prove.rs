//! Proving anew that it is oneself, before what needs a fresh proof.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::Answer;
use crate::domain::form::FieldError;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::session::NewSession;
use crate::service::{organisation, passwords, prove, ways};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send, send_as, send_to_organisation};
use crate::web::prove::{Then, go_on};
use crate::web::session::{Door, StaffSession};
use crate::web::visitor;

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
    show(&ctx, &session, query.address(Door::Staff), Vec::new()).await
}

/// The page, with what is wrong.
pub(super) async fn show(
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

pub(super) async fn password(
    ctx: web::Data<Context>,
    session: StaffSession,
    request: HttpRequest,
    posted: Posted,
) -> Answer {
    let form = session.trust(posted.only(&["password", "code", "then"])?)?;
    let then = Then::of(&form).address(Door::Staff);
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
    let then = Then::of(&form).address(Door::Staff);
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
    send(&CodePage { page: Layout::staff(&ctx, &session), then: query.address(Door::Staff) })
}

pub(super) async fn code(ctx: web::Data<Context>, session: StaffSession, posted: Posted) -> Answer {
    let form = session.trust(posted.only(&["code", "then"])?)?;
    let then = Then::of(&form).address(Door::Staff);
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
