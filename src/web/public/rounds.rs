//! What can be applied for.

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::domain::form::Section;
use crate::domain::programme::{Kind, OutsideAssessment, Question, ScoredBy};
use crate::service::Context;
use crate::service::rounds::{self, RoundView};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Layout, call, send_public};

/// The rounds that are open.
#[derive(Template)]
#[template(path = "public/home.html")]
struct HomePage {
    page: Layout,
    rounds: Vec<RoundView>,
}

pub(super) async fn home(ctx: web::Data<Context>) -> Result<HttpResponse, Failure> {
    let rounds = call(&ctx, rounds::open_rounds).await?;
    send_public(&HomePage { page: Layout::public(&ctx), rounds })
}

/// One round: what it is for, what is asked, how much, until when.
#[derive(Template)]
#[template(path = "public/round.html")]
struct RoundPage {
    page: Layout,
    round: RoundView,
    /// Whether it has yet to open, as opposed to being over.
    is_to_come: bool,
}

impl RoundPage {
    fn questions(&self, section: &Section) -> impl Iterator<Item = &Question> {
        self.round.form.questions_of(*section)
    }
}

pub(super) async fn round(
    ctx: web::Data<Context>,
    slug: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let round = call(&ctx, move |ctx| rounds::get(ctx, &slug)).await?;
    let is_to_come = ctx.now() < round.opens_at;
    send_public(&RoundPage { page: Layout::public(&ctx), round, is_to_come })
}
