//! All applications of one person.

use actix_web::web;
use askama::Template;

use super::Answer;
use crate::domain::application::Status;
use crate::service::Context;
use crate::service::read_own::{self, OwnRow};
use crate::web::filters;
use crate::web::page::{Layout, call, send};
use crate::web::session::ApplicantSession;

#[derive(Template)]
#[template(path = "applicant/list.html")]
struct ListPage {
    page: Layout,
    rows: Vec<OwnRow>,
}

pub(super) async fn page(ctx: web::Data<Context>, session: ApplicantSession) -> Answer {
    let page = Layout::applicant(&ctx, &session);
    let rows = call(&ctx, move |ctx| read_own::list(ctx, &session.who)).await?;
    send(&ListPage { page, rows })
}
