//! Asks for consent. Nothing is stored before it is given.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::Query;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::start_application::{self, ConsentPage as Asked};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send, send_as};
use crate::web::session::ApplicantSession;

/// One box a purpose, none of them ticked.
#[derive(Template)]
#[template(path = "public/consent.html")]
struct ConsentPage {
    page: Layout,
    asked: Asked,
    journey: Secret,
    /// The boxes that were ticked before something else was found wrong.
    ticked: Vec<String>,
}

impl ConsentPage {
    fn is_ticked(&self, control: &str) -> bool {
        self.ticked.iter().any(|ticked| ticked == control)
    }
}

/// What is asked, or the way back to the first page when what the browser carries along is too old.
async fn ask(
    ctx: &web::Data<Context>,
    slug: &str,
    journey: &Secret,
) -> Result<Result<Asked, HttpResponse>, Failure> {
    let (slug, journey) = (slug.to_owned(), journey.clone());
    let start = format!("/rounds/{}/apply", filters::encoded(&slug));
    let asked = call(ctx, move |ctx| start_application::consent_page(ctx, &slug, journey.expose()));
    match asked.await {
        Ok(asked) => Ok(Ok(asked)),
        Err(Failure::Service(ServiceError::LinkSpent)) => Ok(Err(see_other(&start))),
        Err(failure) => Err(failure),
    }
}

fn layout(ctx: &Context, session: Option<&ApplicantSession>) -> Layout {
    match session {
        Some(session) => Layout::applicant(ctx, session),
        None => Layout::public(ctx),
    }
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    slug: web::Path<String>,
    query: web::Query<Query>,
    session: Option<ApplicantSession>,
) -> Result<HttpResponse, Failure> {
    let journey = Secret::new(query.into_inner().journey);
    match ask(&ctx, &slug, &journey).await? {
        Ok(asked) => {
            let page = layout(&ctx, session.as_ref());
            send(&ConsentPage { page, asked, journey, ticked: Vec::new() })
        }
        Err(back) => Ok(back),
    }
}

pub(super) async fn give(
    ctx: web::Data<Context>,
    slug: web::Path<String>,
    session: Option<ApplicantSession>,
    posted: Posted,
) -> Result<HttpResponse, Failure> {
    let form = posted.accept(|name| name.starts_with("consent."), &[])?;
    let journey = form.value("journey");
    let asked = match ask(&ctx, &slug, &journey).await? {
        Ok(asked) => asked,
        Err(back) => return Ok(back),
    };
    let ticked: Vec<String> = form.names("consent.").map(str::to_owned).collect();
    let unknown = ticked.iter().find(|name| asked.boxes.iter().all(|one| one.control != **name));
    if let Some(name) = unknown {
        return Err(crate::web::form::FormError::Unknown(name.clone()).into());
    }
    let (round, carried, given) = (asked.round.slug.clone(), journey.clone(), ticked.clone());
    let consent = call(&ctx, move |ctx| {
        start_application::give_consent(ctx, &round, carried.expose(), &given)
    });
    let consented = match consent.await {
        Ok(journey) => journey,
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = layout(&ctx, session.as_ref()).with_errors(errors);
            let page = ConsentPage { page, asked, journey, ticked };
            return send_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
        Err(failure) => return Err(failure),
    };
    let round = asked.round.slug;
    // Somebody who signed in after this page was opened confirms the address like anybody else.
    match session.filter(|session| session.knows(&form)) {
        Some(session) => {
            let begin = call(&ctx, move |ctx| {
                start_application::start(ctx, &session.who, &round, &consented)
            });
            Ok(see_other(&format!("/applications/{}/form/you", begin.await?)))
        }
        None => {
            let journey = filters::encoded(&consented);
            Ok(see_other(&format!("/rounds/{round}/address?journey={journey}")))
        }
    }
}
