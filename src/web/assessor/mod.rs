//! Pages of assessors. Nothing here knows of any type that holds applicants' data.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;

use super::error::Failure;
use super::form::Posted;
use super::page::{Layout, call, see_other, send};
use super::session::{AssessorSession, Door};
use super::{filters, github, prove, reads, sign_in};
use crate::domain::secret::Secret;
use crate::service::outsiders::Outsider;
use crate::service::own_sessions::{self, SessionRow, SignedIn, Which};
use crate::service::{Context, way_in};

mod welcome;

/// Pages of assessors.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(reads("/assess", home))
        .service(reads("/assess/account", account))
        .service(web::resource("/assess/account/sessions").route(web::post().to(end_sessions)))
        .service(
            reads("/assess/welcome/{token}", welcome::page).route(web::post().to(welcome::accept)),
        );
    sign_in::configure(config, Door::Assessor);
    github::configure(config, Door::Assessor);
    prove::configure(config, Door::Assessor);
}

type Answer = Result<HttpResponse, Failure>;

/// Where an assessor begins.
#[derive(Template)]
#[template(path = "assessor/home.html")]
struct HomePage {
    page: Layout,
    name: Secret,
    until: NaiveDate,
}

async fn home(ctx: web::Data<Context>, session: AssessorSession) -> Answer {
    let page = Layout::assessor(&ctx, &session);
    send(&HomePage { page, name: session.who.name.clone(), until: session.who.until })
}

/// One's own account: how one signs in, and where one is signed in.
#[derive(Template)]
#[template(path = "assessor/account.html")]
struct AccountPage {
    page: Layout,
    name: Secret,
    until: NaiveDate,
    github: Option<Secret>,
    offers_github: bool,
    sessions: Vec<SessionRow>,
}

async fn account(
    ctx: web::Data<Context>,
    session: AssessorSession,
    request: HttpRequest,
) -> Answer {
    let page = Layout::assessor(&ctx, &session).saying(github::said(request.query_string()));
    let who = Outsider::from(&*session.who);
    let found = call(&ctx, move |ctx| {
        Ok((way_in::github_of(ctx, &who)?, own_sessions::list(ctx, &SignedIn::from(&who))?))
    });
    let (github, sessions) = found.await?;
    send(&AccountPage {
        page,
        name: session.who.name.clone(),
        until: session.who.until,
        github,
        offers_github: way_in::offers_github(&ctx),
        sessions,
    })
}

async fn end_sessions(ctx: web::Data<Context>, session: AssessorSession, posted: Posted) -> Answer {
    let form = session.trust(posted.only(&["session"])?)?;
    let which = match form.word("session") {
        "others" => Which::Others,
        one => Which::One(one.parse().map_err(|_| Failure::NotFound)?),
    };
    let who = SignedIn::from(&Outsider::from(&*session.who));
    call(&ctx, move |ctx| own_sessions::end(ctx, &who, &which)).await?;
    Ok(see_other("/assess/account?ended=1"))
}
