//! One's own account: where one is signed in.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::Answer;
use crate::domain::secret::Secret;
use crate::service::outsiders::Outsider;
use crate::service::own_sessions::{self, SessionRow, SignedIn, Which};
use crate::service::{Context, address, github, way_in};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::github::said;
use crate::web::page::{Layout, call, see_other, send};
use crate::web::session::ApplicantSession;

#[derive(Template)]
#[template(path = "applicant/account.html")]
struct AccountPage {
    page: Layout,
    email: Secret,
    /// The username of the account on GitHub that is joined.
    github: Option<Secret>,
    offers_github: bool,
    sessions: Vec<SessionRow>,
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    session: ApplicantSession,
    request: HttpRequest,
) -> Answer {
    let page = Layout::applicant(&ctx, &session).saying(said(request.query_string()));
    let offers_github = github::is_offered(&ctx);
    let found = call(&ctx, move |ctx| {
        let who = SignedIn::from(&*session.who);
        let sessions = own_sessions::list(ctx, &who)?;
        let github = way_in::github_of(ctx, &Outsider::from(&*session.who))?;
        Ok((address::own(ctx, &session.who)?, github, sessions))
    });
    let (email, github, sessions) = found.await?;
    send(&AccountPage { page, email, github, offers_github, sessions })
}

pub(super) async fn end_sessions(
    ctx: web::Data<Context>,
    session: ApplicantSession,
    posted: Posted,
) -> Answer {
    let form = session.trust(posted.only(&["session"])?)?;
    let which: Which = form.word("session").parse().map_err(|_| Failure::NotFound)?;
    let who = SignedIn::from(&*session.who);
    call(&ctx, move |ctx| own_sessions::end(ctx, &who, &which)).await?;
    Ok(see_other("/account?ended=1"))
}
