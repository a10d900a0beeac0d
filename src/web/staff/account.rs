//! One's own account: where one is signed in.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::Answer;
use crate::domain::role::Roles;
use crate::service::Context;
use crate::service::own_sessions::{self, SessionRow, SignedIn, Which};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send};
use crate::web::session::StaffSession;

#[derive(Template)]
#[template(path = "staff/account.html")]
struct AccountPage {
    page: Layout,
    roles: Roles,
    sessions: Vec<SessionRow>,
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    session: StaffSession,
    request: HttpRequest,
) -> Answer {
    let ended = (request.query_string() == "ended=1").then_some("That has ended.");
    let page = Layout::staff(&ctx, &session).saying(ended);
    let who = SignedIn::from(&*session.who);
    let sessions = call(&ctx, move |ctx| own_sessions::list(ctx, &who)).await?;
    send(&AccountPage { page, roles: session.who.roles, sessions })
}

pub(super) async fn end_sessions(
    ctx: web::Data<Context>,
    session: StaffSession,
    posted: Posted,
) -> Answer {
    let form = session.trust(posted.only(&["session"])?)?;
    let which: Which = form.word("session").parse().map_err(|_| Failure::NotFound)?;
    let who = SignedIn::from(&*session.who);
    call(&ctx, move |ctx| own_sessions::end(ctx, &who, &which)).await?;
    Ok(see_other("/staff/account?ended=1"))
}
