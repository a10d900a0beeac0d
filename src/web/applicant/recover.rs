//! The links that go out when staff help somebody who lost their mailbox: to come in, and to stop it.

use actix_web::{HttpRequest, web};
use askama::Template;
use chrono::{DateTime, Utc};

use super::Answer;
use crate::service::{Context, help_with_access};
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, send};
use crate::web::session::user_agent;
use crate::web::sign_in::signed_in;

#[derive(Template)]
#[template(path = "applicant/recover.html")]
struct RecoverPage {
    page: Layout,
    token: String,
    from: DateTime<Utc>,
    is_ready: bool,
}

pub(super) async fn page(ctx: web::Data<Context>, token: web::Path<String>) -> Answer {
    let token = token.into_inner();
    let asked = token.clone();
    let (from, is_ready) = call(&ctx, move |ctx| help_with_access::look(ctx, &asked)).await?;
    send(&RecoverPage { page: Layout::bare(&ctx), token, from, is_ready })
}

pub(super) async fn recover(
    ctx: web::Data<Context>,
    request: HttpRequest,
    token: web::Path<String>,
    posted: Posted,
) -> Answer {
    posted.only(&[])?;
    let agent = user_agent(&request);
    let session = call(&ctx, move |ctx| help_with_access::recover(ctx, &token, &agent));
    Ok(signed_in(&session.await?))
}

#[derive(Template)]
#[template(path = "applicant/stop.html")]
struct StopPage {
    page: Layout,
    token: String,
    is_stopped: bool,
}

pub(super) async fn stop_page(ctx: web::Data<Context>, token: web::Path<String>) -> Answer {
    let token = token.into_inner();
    let asked = token.clone();
    call(&ctx, move |ctx| help_with_access::look_stop(ctx, &asked)).await?;
    send(&StopPage { page: Layout::bare(&ctx), token, is_stopped: false })
}

pub(super) async fn stop(
    ctx: web::Data<Context>,
    token: web::Path<String>,
    posted: Posted,
) -> Answer {
    posted.only(&[])?;
    let token = token.into_inner();
    let asked = token.clone();
    call(&ctx, move |ctx| help_with_access::stop(ctx, &asked)).await?;
    send(&StopPage { page: Layout::bare(&ctx), token, is_stopped: true })
}
