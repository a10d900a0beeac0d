//! Proving anew that it is oneself, before a way in is changed: alike for applicants and assessors.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::error::Failure;
use super::form::Posted;
use super::page::{Layout, call, own_address, see_other, send, send_as, send_to_github};
use super::session::{Door, OutsiderSession, set_cookie};
use super::{filters, github, reads};
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::github as service;
use crate::service::{prove_outside, way_in};

/// The pages of one door.
pub fn configure(config: &mut web::ServiceConfig, door: Door) {
    let at = |path: &str| format!("{}{path}", door.prefix());
    config
        .service(reads(&at("/prove"), page).route(web::post().to(ask)))
        .service(reads(&at("/prove/code"), code_page).route(web::post().to(code)))
        .service(web::resource(at("/prove/github")).route(web::post().to(by_github)));
}

/// Where the person goes on.
#[derive(Deserialize)]
struct Then {
    #[serde(default)]
    then: String,
}

/// An address of the same audience, or the page of the account.
fn address(door: Door, text: &str) -> String {
    let own = own_address(text);
    let fits = own != "/" && Door::of_path(own.split('?').next().unwrap_or_default()) == door;
    if fits { own.to_owned() } else { door.account().to_owned() }
}

/// Offers the ways to prove it.
#[derive(Template)]
#[template(path = "prove/ask.html")]
struct ProvePage {
    page: Layout,
    door: Door,
    then: String,
    github: bool,
}

async fn page(
    ctx: web::Data<Context>,
    session: OutsiderSession,
    query: web::Query<Then>,
) -> Result<HttpResponse, Failure> {
    let who = session.who.clone();
    let offered = service::is_offered(&ctx);
    let joined = call(&ctx, move |ctx| way_in::github_of(ctx, &who)).await?;
    let page = ProvePage {
        page: Layout::outsider(&ctx, &session),
        door: session.door,
        then: address(session.door, &query.then),
        github: offered && joined.is_some(),
    };
    send_to_github(&ctx, StatusCode::OK, &page)
}

async fn ask(
    ctx: web::Data<Context>,
    session: OutsiderSession,
    posted: Posted,
) -> Result<HttpResponse, Failure> {
    let form = session.trust(posted.only(&["then"])?)?;
    let (door, then) = (session.door, address(session.door, form.word("then")));
    call(&ctx, move |ctx| prove_outside::ask(ctx, &session.who)).await?;
    Ok(see_other(&format!("{}/code?then={}", door.prove(), filters::encoded(&then))))
}

async fn by_github(
    ctx: web::Data<Context>,
    session: OutsiderSession,
    request: HttpRequest,
    posted: Posted,
) -> Result<HttpResponse, Failure> {
    let form = session.trust(posted.only(&["then"])?)?;
    let then = address(session.door, form.word("then"));
    github::prove(&ctx, &session, &request, &then).await
}

/// Asks for the code that was mailed.
#[derive(Template)]
#[template(path = "prove/code.html")]
struct CodePage {
    page: Layout,
    door: Door,
    then: String,
}

async fn code_page(
    ctx: web::Data<Context>,
    session: OutsiderSession,
    query: web::Query<Then>,
) -> Result<HttpResponse, Failure> {
    let then = address(session.door, &query.then);
    send(&CodePage { page: Layout::outsider(&ctx, &session), door: session.door, then })
}

async fn code(
    ctx: web::Data<Context>,
    session: OutsiderSession,
    posted: Posted,
) -> Result<HttpResponse, Failure> {
    let form = session.trust(posted.only(&["code", "then"])?)?;
    let then = address(session.door, form.word("then"));
    let (who, code, to) = (session.who.clone(), form.value("code"), then.clone());
    let proved = call(&ctx, move |ctx| prove_outside::by_code(ctx, &who, code.expose(), &to));
    match proved.await {
        Ok(renewed) => {
            let mut response = HttpResponse::SeeOther();
            set_cookie(&mut response, session.door.cookie(), &renewed.cookie);
            let to = own_address(&renewed.go_to).to_owned();
            Ok(response.insert_header((header::LOCATION, to)).finish())
        }
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = Layout::outsider(&ctx, &session).with_errors(errors);
            let page = CodePage { page, door: session.door, then };
            send_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(failure) => Err(failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_go_on_where_they_belong() {
        assert_eq!(address(Door::Applicant, "/account/address"), "/account/address");
        assert_eq!(address(Door::Assessor, "/assess/account/github"), "/assess/account/github");
        for foreign in ["//evil.example", "https://evil.example", "", "/", "/staff", "/assess"] {
            assert_eq!(address(Door::Applicant, foreign), "/account", "{foreign}");
        }
        assert_eq!(address(Door::Assessor, "/account"), "/assess/account");
    }
}
