//! Coming in by GitHub, and joining an account there to one's own: alike for applicants and assessors.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::elsewhere::{Query, go};
use super::error::Failure;
use super::filters;
use super::form::Posted;
use super::page::{Layout, call, own_address, see_other, send, send_to_github};
use super::reads;
use super::session::{Door, OutsiderSession, VISIT, cookie, user_agent};
use super::sign_in::signed_in;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::elsewhere::Returned;
use crate::service::error::ServiceError;
use crate::service::github::{self, Arrived, Errand};
use crate::service::way_in;

/// The pages of one door.
pub fn configure(config: &mut web::ServiceConfig, door: Door) {
    let at = |path: &str| format!("{}{path}", door.prefix());
    config
        .service(web::resource(at("/sign-in/github")).route(web::post().to(begin)))
        .service(reads(&at("/sign-in/github/return"), come_back))
        .service(reads(&at("/account/github"), own_page).route(web::post().to(join)))
        .service(web::resource(at("/account/github/part")).route(web::post().to(part)));
}

async fn begin(
    ctx: web::Data<Context>,
    request: HttpRequest,
    posted: Posted,
) -> Result<HttpResponse, Failure> {
    posted.only(&[])?;
    let audience = Door::of_path(request.path()).audience();
    let browser = cookie(&request, VISIT);
    let begun =
        call(&ctx, move |ctx| github::begin(ctx, audience, &Errand::SignIn, browser.as_deref()));
    Ok(go(&begun.await?))
}

/// Says that nobody here is joined to that account.
#[derive(Template)]
#[template(path = "sign_in/unknown.html")]
struct UnknownPage {
    page: Layout,
    door: Door,
    username: Secret,
}

/// GitHub sends people back by GET, which is how the protocol has it. What comes is of use once, and in the browser
/// in which it was begun alone: a link that somebody else made does nothing.
async fn come_back(
    ctx: web::Data<Context>,
    request: HttpRequest,
    query: web::Query<Query>,
) -> Result<HttpResponse, Failure> {
    let door = Door::of_path(request.path());
    let returned = Returned::from(query.into_inner());
    let (browser, session) = (cookie(&request, VISIT), cookie(&request, door.cookie()));
    let agent = user_agent(&request);
    let arrived = call(&ctx, move |ctx| {
        let (browser, session) = (browser.as_deref(), session.as_deref());
        github::come_back(ctx, door.audience(), &returned, browser, session, &agent)
    });
    match arrived.await? {
        Arrived::In(session) => Ok(signed_in(&session)),
        Arrived::Unknown(username) => {
            send(&UnknownPage { page: Layout::at(&ctx, door), door, username })
        }
        Arrived::Named => Ok(see_other("/apply/github")),
        Arrived::Joined => Ok(see_other(&format!("{}?joined=1", door.account()))),
    }
}

/// What is joined to one's own account.
#[derive(Template)]
#[template(path = "account/github.html")]
struct OwnPage {
    page: Layout,
    door: Door,
    username: Option<Secret>,
}

async fn own_page(
    ctx: web::Data<Context>,
    session: OutsiderSession,
) -> Result<HttpResponse, Failure> {
    if !github::is_offered(&ctx) {
        return Err(Failure::NotFound);
    }
    let who = session.who.clone();
    let username = call(&ctx, move |ctx| way_in::github_of(ctx, &who)).await?;
    let page = Layout::outsider(&ctx, &session);
    send_to_github(&ctx, StatusCode::OK, &OwnPage { page, door: session.door, username })
}

async fn join(
    ctx: web::Data<Context>,
    session: OutsiderSession,
    request: HttpRequest,
    posted: Posted,
) -> Result<HttpResponse, Failure> {
    session.trust(posted.only(&[])?)?;
    let browser = cookie(&request, VISIT);
    let (who, audience) = ((*session.who).clone(), session.door.audience());
    let errand = Errand::Join(who);
    let begun = call(&ctx, move |ctx| github::begin(ctx, audience, &errand, browser.as_deref()));
    Ok(go(&begun.await?))
}

async fn part(
    ctx: web::Data<Context>,
    session: OutsiderSession,
    posted: Posted,
) -> Result<HttpResponse, Failure> {
    session.trust(posted.only(&[])?)?;
    let (who, door) = (session.who.clone(), session.door);
    call(&ctx, move |ctx| way_in::part_github(ctx, &who)).await?;
    Ok(see_other(&format!("{}?parted=1", door.account())))
}

/// What was just done, by what the address says of it.
#[must_use]
pub fn said(query: &str) -> Option<&'static str> {
    match query {
        "ended=1" => Some("That has ended."),
        "joined=1" => Some("Your GitHub account is joined. You can sign in with it from now on."),
        "parted=1" => Some("Your GitHub account is taken away. It opens nothing here any more."),
        "changed=1" => Some("Your address is changed. Other browsers were signed out."),
        "stopped=1" => Some("It is stopped. Your account keeps its address."),
        _ => None,
    }
}

/// Begins to prove by GitHub who somebody is; then on to `then`.
///
/// # Errors
/// The service's.
pub async fn prove(
    ctx: &web::Data<Context>,
    session: &OutsiderSession,
    request: &HttpRequest,
    then: &str,
) -> Result<HttpResponse, Failure> {
    let browser = cookie(request, VISIT);
    let (who, audience) = ((*session.who).clone(), session.door.audience());
    let then = own_address(then).to_owned();
    let begun = call(ctx, move |ctx| {
        // The page offers it to those alone who have joined one.
        if way_in::github_of(ctx, &who)?.is_none() {
            return Err(ServiceError::LinkSpent);
        }
        github::begin(ctx, audience, &Errand::Prove(who, then), browser.as_deref())
    });
    Ok(go(&begun.await?))
}
