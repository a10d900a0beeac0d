//! Who looked at one's own applications.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::Answer;
use crate::service::Context;
use crate::service::who_saw::{self as service, Look, WhoSaw};
use crate::web::filters;
use crate::web::page::{Layout, call, send};
use crate::web::session::ApplicantSession;

#[derive(Template)]
#[template(path = "applicant/who_saw.html")]
struct WhoSawPage {
    page: Layout,
    saw: WhoSaw,
    /// Whether this is the first page.
    first: bool,
}

impl WhoSawPage {
    /// The role, as a person outside knows it.
    fn role(&self, look: &Look) -> &'static str {
        if look.is_outside {
            return "An outside assessor";
        }
        look.role.map_or("A member of staff", |role| role.of_staff())
    }

    /// Why, in the words of the list; blank where it was typed, or is not known.
    fn why(&self, look: &Look) -> &'static str {
        if !look.typed.is_blank() {
            return "";
        }
        look.reason.map_or("", |reason| reason.text())
    }
}

/// What stands in the address.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Place {
    /// The day before which the page begins.
    before: String,
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    session: ApplicantSession,
    place: web::Query<Place>,
) -> Answer {
    let page = Layout::applicant(&ctx, &session);
    // What is no day is the beginning.
    let before = place.before.parse().ok();
    let saw = call(&ctx, move |ctx| service::read(ctx, &session.who, before)).await?;
    send(&WhoSawPage { page, saw, first: before.is_none() })
}
