//! Asks for the age, before anything about the person is taken in.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use crate::domain::application::{Age, TooYoung};
use crate::domain::form::FieldError;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::rounds::{self, RoundView};
use crate::service::start_application;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send, send_as};

/// Asks for the age.
#[derive(Template)]
#[template(path = "public/age.html")]
struct AgePage {
    page: Layout,
    ages: Vec<Age>,
    /// Whether the programme asks for more years than the law does.
    asks_more: bool,
    round: RoundView,
}

impl AgePage {
    fn of(page: Layout, round: RoundView) -> Self {
        let least = round.programme.min_age_on_award;
        let asks_more = least.is_some_and(|least| least >= 18);
        Self { page, ages: Age::offered(least), asks_more, round }
    }
}

/// Says why somebody can't apply, and what a guardian can do.
#[derive(Template)]
#[template(path = "public/too_young.html")]
struct TooYoungPage {
    page: Layout,
    round: RoundView,
    why: TooYoung,
}

/// The round, when it takes applications.
pub(super) async fn open_round(
    ctx: &web::Data<Context>,
    slug: String,
) -> Result<RoundView, Failure> {
    let round = call(ctx, move |ctx| rounds::get(ctx, &slug)).await?;
    if round.is_open {
        return Ok(round);
    }
    let now = ctx.now();
    let closed_at = round.closes_at.filter(|closes_at| *closes_at <= now);
    Err(ServiceError::RoundClosed { name: round.programme.name.clone(), closed_at }.into())
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    slug: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let round = open_round(&ctx, slug.into_inner()).await?;
    send(&AgePage::of(Layout::public(&ctx), round))
}

pub(super) async fn answer(
    ctx: web::Data<Context>,
    slug: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, Failure> {
    let form = posted.only(&["age"])?;
    let round = open_round(&ctx, slug.into_inner()).await?;
    let offered = Age::offered(round.programme.min_age_on_award);
    let Some(age) = form.word("age").parse().ok().filter(|age| offered.contains(age)) else {
        let error = FieldError { field: "age".to_owned(), message: "Choose your age".to_owned() };
        let page = Layout::public(&ctx).with_errors(vec![error]);
        return send_as(StatusCode::UNPROCESSABLE_ENTITY, &AgePage::of(page, round));
    };
    let slug = round.slug.clone();
    match call(&ctx, move |ctx| start_application::state_age(ctx, &slug, age)).await? {
        Ok(journey) => {
            let journey = filters::encoded(&journey);
            Ok(see_other(&format!("/rounds/{}/consent?journey={journey}", round.slug)))
        }
        Err(why) => send(&TooYoungPage { page: Layout::public(&ctx), round, why }),
    }
}
