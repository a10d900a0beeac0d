//! Proving anew that it is oneself, before a way in is changed: alike for applicants and assessors.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::error::Failure;
use super::form::{Form, Posted};
use super::page::{Layout, call, own_address, see_other, send, send_as, send_to_github};
use super::session::{Door, OutsiderSession, set_cookie};
use super::{filters, github, reads};
use crate::domain::form::FieldError;
use crate::domain::role::Audience;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::github as service;
use crate::service::own_sessions::SignedIn;
use crate::service::session::NewSession;
use crate::service::{passkeys, prove_outside, way_in};

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
pub struct Then {
    #[serde(default)]
    then: String,
}

impl Then {
    /// As a form says.
    #[must_use]
    pub fn of(form: &Form) -> Self {
        Self { then: form.word("then").to_owned() }
    }

    /// An address of the same audience: what else stands there is none that we wrote. Then it is where staff begin, or
    /// the page of the account.
    #[must_use]
    pub fn address(&self, door: Door) -> String {
        let own = own_address(&self.then);
        let fits = own != "/" && Door::of_path(own.split('?').next().unwrap_or_default()) == door;
        match door {
            _ if fits => own,
            Door::Staff => "/staff",
            Door::Applicant | Door::Assessor => door.account(),
        }
        .to_owned()
    }
}

/// Gives the browser the new id of its session and lets the person go on.
#[must_use]
pub fn go_on(renewed: &NewSession) -> HttpResponse {
    let mut response = HttpResponse::SeeOther();
    set_cookie(&mut response, Door::of(renewed.audience).cookie(), &renewed.cookie);
    response.insert_header((header::LOCATION, own_address(&renewed.go_to))).finish()
}

/// Who has to prove first that it is they does so, and comes back to a page.
#[must_use]
pub fn proof_first(failure: Failure, door: Door, then: &str) -> Failure {
    match failure {
        Failure::Service(ServiceError::ProofNeeded) => Failure::Prove(door, Some(then.to_owned())),
        other => other,
    }
}

/// Offers the ways to prove it.
#[derive(Template)]
#[template(path = "prove/ask.html")]
struct ProvePage {
    page: Layout,
    door: Door,
    then: String,
    passkeys: bool,
    github: bool,
}

async fn page(
    ctx: web::Data<Context>,
    session: OutsiderSession,
    query: web::Query<Then>,
) -> Result<HttpResponse, Failure> {
    show(&ctx, &session, query.address(session.door), Vec::new()).await
}

/// The page, with what is wrong.
///
/// # Errors
/// The service's.
pub async fn show(
    ctx: &web::Data<Context>,
    session: &OutsiderSession,
    then: String,
    errors: Vec<FieldError>,
) -> Result<HttpResponse, Failure> {
    let who = session.who.clone();
    let found = call(ctx, move |ctx| {
        // Applicants have none, and their process sees nothing of other people's.
        let holds = who.audience == Audience::Assessor;
        let passkeys = holds && passkeys::has_one(ctx, &SignedIn::from(&*who))?;
        Ok((passkeys, way_in::github_of(ctx, &who)?))
    });
    let (passkeys, joined) = found.await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let github = service::is_offered(ctx) && joined.is_some();
    let page = Layout::outsider(ctx, session).with_errors(errors);
    let page = ProvePage { page, door: session.door, then, passkeys, github };
    send_to_github(ctx, status, &page)
}

async fn ask(
    ctx: web::Data<Context>,
    session: OutsiderSession,
    posted: Posted,
) -> Result<HttpResponse, Failure> {
    let form = session.trust(posted.only(&["then"])?)?;
    let (door, then) = (session.door, Then::of(&form).address(session.door));
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
    let then = Then::of(&form).address(session.door);
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
    let then = query.address(session.door);
    send(&CodePage { page: Layout::outsider(&ctx, &session), door: session.door, then })
}

async fn code(
    ctx: web::Data<Context>,
    session: OutsiderSession,
    posted: Posted,
) -> Result<HttpResponse, Failure> {
    let form = session.trust(posted.only(&["code", "then"])?)?;
    let then = Then::of(&form).address(session.door);
    let (who, code, to) = (session.who.clone(), form.value("code"), then.clone());
    let proved = call(&ctx, move |ctx| prove_outside::by_code(ctx, &who, code.expose(), &to));
    match proved.await {
        Ok(renewed) => Ok(go_on(&renewed)),
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
        let address = |door, text: &str| Then { then: text.to_owned() }.address(door);
        assert_eq!(address(Door::Applicant, "/account/address"), "/account/address");
        assert_eq!(address(Door::Assessor, "/assess/account/github"), "/assess/account/github");
        for foreign in ["//evil.example", "https://evil.example", "", "/", "/staff", "/assess"] {
            assert_eq!(address(Door::Applicant, foreign), "/account", "{foreign}");
        }
        assert_eq!(address(Door::Assessor, "/account"), "/assess/account");
        assert_eq!(address(Door::Staff, "/staff/people?x=1"), "/staff/people?x=1");
        for foreign in ["//evil.example", "/", "/account", "/assess", "/staffing"] {
            assert_eq!(address(Door::Staff, foreign), "/staff", "{foreign}");
        }
    }
}
