//! Takes an application back, or throws a draft away. What follows from it is said before.

use actix_web::web;
use askama::Template;

use super::{Answer, id};
use crate::domain::application::Status;
use crate::service::Context;
use crate::service::read_own::{self, OwnApplication};
use crate::service::withdraw as service;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send};
use crate::web::session::ApplicantSession;

#[derive(Template)]
#[template(path = "applicant/withdraw.html")]
struct WithdrawPage {
    page: Layout,
    own: OwnApplication,
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    session: ApplicantSession,
    application: web::Path<String>,
) -> Answer {
    let application = id(&application)?;
    let page = Layout::applicant(&ctx, &session);
    let own = call(&ctx, move |ctx| read_own::get(ctx, &session.who, &application)).await?;
    if !own.can_withdraw && own.row.status != Status::Draft {
        return Ok(see_other(&format!("/applications/{}", own.row.id)));
    }
    send(&WithdrawPage { page, own })
}

pub(super) async fn withdraw(
    ctx: web::Data<Context>,
    session: ApplicantSession,
    application: web::Path<String>,
    posted: Posted,
) -> Answer {
    session.trust(posted.only(&[])?)?;
    let application = id(&application)?;
    let withdrawn = application.clone();
    let is_there = call(&ctx, move |ctx| service::withdraw(ctx, &session.who, &withdrawn)).await?;
    Ok(see_other(&if is_there {
        format!("/applications/{application}?withdrawn=1")
    } else {
        "/applications".to_owned()
    }))
}
