//! Takes an application back, or throws a draft away. What follows from it is said before.

use actix_web::web;
use askama::Template;

use super::Answer;
use crate::domain::application::Status;
use crate::service::Context;
use crate::service::read_own::{self, OwnView};
use crate::service::withdraw as service;
use crate::web::filters;
use crate::web::page::{Layout, call, see_other, send};
use crate::web::permitted::{Own, Sent};

#[derive(Template)]
#[template(path = "applicant/withdraw.html")]
struct WithdrawPage {
    page: Layout,
    own: OwnView,
}

pub(super) async fn page(ctx: web::Data<Context>, Own { session, application }: Own) -> Answer {
    let page = Layout::applicant(&ctx, &session);
    let own = call(&ctx, move |ctx| read_own::get(ctx, &application)).await?;
    if !own.can_withdraw && own.row.status != Status::Draft {
        return Ok(see_other(&format!("/applications/{}", own.row.id)));
    }
    send(&WithdrawPage { page, own })
}

pub(super) async fn withdraw(
    ctx: web::Data<Context>,
    Sent { about: Own { session, application }, posted }: Sent<Own>,
) -> Answer {
    session.trust(posted.only(&[])?)?;
    let withdrawn = application.clone();
    let is_there = call(&ctx, move |ctx| service::withdraw(ctx, &session.who, &withdrawn)).await?;
    Ok(see_other(&if is_there {
        format!("/applications/{}?withdrawn=1", application.id())
    } else {
        "/applications".to_owned()
    }))
}
