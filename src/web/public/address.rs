//! Asks for the e-mail address, to which a link and a code are sent.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::Query;
use super::age::open_round;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::github;
use crate::service::rounds::RoundView;
use crate::service::start_application::{self, ConsentBox};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send_to_github};
use crate::web::session::Door;
use crate::web::sign_in::to_code;
use crate::web::visitor;

/// Asks for the e-mail address.
#[derive(Template)]
#[template(path = "public/address.html")]
struct AddressPage {
    page: Layout,
    round: RoundView,
    journey: Secret,
    email: Secret,
    agreed: Vec<ConsentBox>,
    /// Whether GitHub lets people in here.
    github: bool,
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    slug: web::Path<String>,
    query: web::Query<Query>,
) -> Result<HttpResponse, Failure> {
    let round = open_round(&ctx, slug.into_inner()).await?;
    let journey = Secret::new(query.into_inner().journey);
    if journey.is_blank() {
        return Ok(see_other(&format!("/rounds/{}/apply", round.slug)));
    }
    let Some(agreed) = agreed(&ctx, &round, &journey).await? else {
        return Ok(see_other(&format!("/rounds/{}/apply", round.slug)));
    };
    let page = Layout::public(&ctx);
    let (email, github) = (Secret::default(), github::is_offered(&ctx));
    let page = AddressPage { page, round, journey, email, agreed, github };
    send_to_github(&ctx, StatusCode::OK, &page)
}

/// What was agreed to on the page before; none when it has to be begun again.
async fn agreed(
    ctx: &web::Data<Context>,
    round: &RoundView,
    journey: &Secret,
) -> Result<Option<Vec<ConsentBox>>, Failure> {
    let (slug, journey) = (round.slug.clone(), journey.clone());
    let found = call(ctx, move |ctx| start_application::agreed(ctx, &slug, journey.expose()));
    match found.await {
        Ok(found) => Ok(Some(found)),
        Err(Failure::Service(ServiceError::LinkSpent)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

pub(super) async fn ask(
    ctx: web::Data<Context>,
    slug: web::Path<String>,
    request: HttpRequest,
    posted: Posted,
) -> Result<HttpResponse, Failure> {
    let form = posted.only(&["email"])?;
    let client = visitor::network(&request);
    let round = open_round(&ctx, slug.into_inner()).await?;
    let (journey, email) = (form.value("journey"), form.value("email"));
    let (slug, carried, address) = (round.slug.clone(), journey.clone(), email.clone());
    let asked = call(&ctx, move |ctx| {
        start_application::ask_address(ctx, &slug, carried.expose(), address.expose(), client)
    });
    match asked.await {
        Ok(asked) => Ok(to_code(Door::Applicant, &asked.browser)),
        Err(Failure::Service(ServiceError::LinkSpent)) => {
            Ok(see_other(&format!("/rounds/{}/apply", round.slug)))
        }
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let agreed = agreed(&ctx, &round, &journey).await?.unwrap_or_default();
            let page = Layout::public(&ctx).with_errors(errors);
            let github = github::is_offered(&ctx);
            let page = AddressPage { page, round, journey, email, agreed, github };
            send_to_github(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(failure) => Err(failure),
    }
}
