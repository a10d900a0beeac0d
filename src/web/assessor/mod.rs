//! Pages of assessors. Nothing here knows of any type that holds applicants' data.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;

use super::error::Failure;
use super::page::{Layout, send};
use super::session::{AssessorSession, Door};
use super::{filters, github, passkeys, prove, reads, sign_in};
use crate::domain::secret::Secret;
use crate::service::Context;

mod account;
mod welcome;

/// Pages of assessors.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(reads("/assess", home))
        .service(reads("/assess/account", account::page))
        .service(
            web::resource("/assess/account/sessions").route(web::post().to(account::end_sessions)),
        )
        .service(
            reads("/assess/welcome/{token}", welcome::page).route(web::post().to(welcome::accept)),
        );
    sign_in::configure(config, Door::Assessor);
    github::configure(config, Door::Assessor);
    prove::configure(config, Door::Assessor);
    passkeys::configure::<AssessorSession>(config);
    passkeys::configure_own::<AssessorSession>(config);
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
