//! Choosing a password, and the app that goes with it.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use askama::Template;

use super::Answer;
use super::ways::{may_change, proof_first};
use crate::domain::form::FieldError;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::passwords::{self, AppSetUp};
use crate::service::ways::{self, Way};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send, send_as};
use crate::web::passkeys::remove_way;
use crate::web::session::{Door, StaffSession, set_cookie};

#[derive(Template)]
#[template(path = "staff/ways_password.html")]
struct ChoosePage {
    page: Layout,
}

pub(super) async fn page(ctx: web::Data<Context>, session: StaffSession) -> Answer {
    may_change(&ctx, &session, "/staff/ways/password").await?;
    send(&ChoosePage { page: Layout::staff(&ctx, &session) })
}

pub(super) async fn choose(
    ctx: web::Data<Context>,
    session: StaffSession,
    posted: Posted,
) -> Answer {
    let form = session.trust(posted.only(&["password", "again"])?)?;
    let who = session.who.clone();
    let (password, again) = (form.value("password"), form.value("again"));
    let begun = call(&ctx, move |ctx| passwords::begin_set_up(ctx, &who, &password, &again)).await;
    match begun {
        Ok(()) => Ok(see_other("/staff/ways/password/app")),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = Layout::staff(&ctx, &session).with_errors(errors);
            send_as(StatusCode::UNPROCESSABLE_ENTITY, &ChoosePage { page })
        }
        Err(failure) => Err(proof_first(failure, "/staff/ways/password")),
    }
}

#[derive(Template)]
#[template(path = "staff/ways_app.html")]
struct AppPage {
    page: Layout,
    app: AppSetUp,
}

pub(super) async fn app_page(ctx: web::Data<Context>, session: StaffSession) -> Answer {
    show_app(&ctx, &session, Vec::new()).await
}

async fn show_app(
    ctx: &web::Data<Context>,
    session: &StaffSession,
    errors: Vec<FieldError>,
) -> Answer {
    let who = session.who.clone();
    let app = call(ctx, move |ctx| passwords::setting_up(ctx, &who)).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Layout::staff(ctx, session).with_errors(errors);
    send_as(status, &AppPage { page, app })
}

#[derive(Template)]
#[template(path = "staff/ways_codes.html")]
struct CodesPage {
    page: Layout,
    codes: Vec<Secret>,
    then: &'static str,
}

pub(super) async fn finish(
    ctx: web::Data<Context>,
    session: StaffSession,
    posted: Posted,
) -> Answer {
    let code = session.trust(posted.only(&["code"])?)?.value("code");
    let who = session.who.clone();
    match call(&ctx, move |ctx| passwords::finish_set_up(ctx, &who, code.expose())).await {
        Ok((renewed, codes)) => {
            // The page carries no form of the session, whose token is another one now.
            let page = Layout::at(&ctx, Door::Staff);
            let page = CodesPage { page, codes, then: "/staff/ways" };
            let mut response = HttpResponse::Ok();
            set_cookie(&mut response, Door::Staff.cookie(), &renewed.cookie);
            response.insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"));
            Ok(response.body(page.render()?))
        }
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            show_app(&ctx, &session, errors).await
        }
        Err(failure) => Err(proof_first(failure, "/staff/ways/password")),
    }
}

/// Asks before something is done that can't be undone.
#[derive(Template)]
#[template(path = "staff/ways_sure.html")]
struct SurePage {
    page: Layout,
    /// Whether the password is to be removed; else its recovery codes are to be made anew.
    removes: bool,
}

pub(super) async fn codes_page(ctx: web::Data<Context>, session: StaffSession) -> Answer {
    ask_first(&ctx, &session, "/staff/ways/password/codes", false).await
}

pub(super) async fn remove_page(ctx: web::Data<Context>, session: StaffSession) -> Answer {
    ask_first(&ctx, &session, "/staff/ways/password/remove", true).await
}

async fn ask_first(
    ctx: &web::Data<Context>,
    session: &StaffSession,
    here: &str,
    removes: bool,
) -> Answer {
    may_change(ctx, session, here).await?;
    let who = session.who.clone();
    let ways = call(ctx, move |ctx| ways::list(ctx, &who)).await?;
    if ways.password.is_none() || removes && ways.is_last() {
        return Ok(see_other("/staff/ways"));
    }
    send(&SurePage { page: Layout::staff(ctx, session), removes })
}

pub(super) async fn renew_codes(
    ctx: web::Data<Context>,
    session: StaffSession,
    posted: Posted,
) -> Answer {
    session.trust(posted.only(&[])?)?;
    let who = session.who.clone();
    let codes = call(&ctx, move |ctx| passwords::renew_codes(ctx, &who)).await;
    let codes = codes.map_err(|failure| proof_first(failure, "/staff/ways"))?;
    send(&CodesPage { page: Layout::staff(&ctx, &session), codes, then: "/staff/ways" })
}

pub(super) async fn remove(
    ctx: web::Data<Context>,
    session: StaffSession,
    posted: Posted,
) -> Answer {
    session.trust(posted.only(&[])?)?;
    remove_way(&ctx, &session, Way::Password).await
}
