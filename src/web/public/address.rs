//! Asks for the e-mail address, to which a link and a code are sent.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::Query;
use super::age::open_round;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::rounds::RoundView;
use crate::service::start_application;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send, send_as};
use crate::web::session::Door;
use crate::web::sign_in::to_code;

/// Asks for the e-mail address.
#[derive(Template)]
#[template(path = "public/address.html")]
struct AddressPage {
    page: Layout,
    round: RoundView,
    journey: Secret,
    email: Secret,
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
    send(&AddressPage { page: Layout::public(&ctx), round, journey, email: Secret::default() })
}

pub(super) async fn ask(
    ctx: web::Data<Context>,
    slug: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, Failure> {
    let form = posted.only(&["email"])?;
    let round = open_round(&ctx, slug.into_inner()).await?;
    let (journey, email) = (form.value("journey"), form.value("email"));
    let (slug, carried, address) = (round.slug.clone(), journey.clone(), email.clone());
    let asked = call(&ctx, move |ctx| {
        start_application::ask_address(ctx, &slug, carried.expose(), address.expose())
    });
    match asked.await {
        Ok(asked) => Ok(to_code(Door::Applicant, &asked.browser)),
        Err(Failure::Service(ServiceError::LinkSpent)) => {
            Ok(see_other(&format!("/rounds/{}/apply", round.slug)))
        }
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = Layout::public(&ctx).with_errors(errors);
            let page = AddressPage { page, round, journey, email };
            send_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(failure) => Err(failure),
    }
}
