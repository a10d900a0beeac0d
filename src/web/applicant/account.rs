//! One's own account: where one is signed in.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::Answer;
use crate::domain::secret::Secret;
use crate::service::error::ServiceError;
use crate::service::help_with_access::WaitingView;
use crate::service::outsiders::Outsider;
use crate::service::own_sessions::{self, SessionRow, SignedIn, Which};
use crate::service::{Context, address, github, help_with_access, way_in};
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
    /// A change of the address that staff asked for.
    waiting: Option<WaitingView>,
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
        let waiting = help_with_access::waiting_of(ctx, &session.who)?;
        Ok((address::own(ctx, &session.who)?, github, waiting, sessions))
    });
    let (email, github, waiting, sessions) = found.await?;
    send(&AccountPage { page, email, github, offers_github, waiting, sessions })
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

pub(super) async fn stop_change(
    ctx: web::Data<Context>,
    session: ApplicantSession,
    posted: Posted,
) -> Answer {
    session.trust(posted.only(&[])?)?;
    match call(&ctx, move |ctx| help_with_access::stop_own(ctx, &session.who)).await {
        // It was stopped, used or over since the page was shown, and the page says how things stand.
        Err(Failure::Service(ServiceError::LinkSpent)) => Ok(see_other("/account")),
        done => done.map(|()| see_other("/account?stopped=1")),
    }
}
