//! What others gave to a packet that one has scored.

use actix_web::web;
use askama::Template;

use super::Answer;
use super::assigned::Assigned;
use crate::service::Context;
use crate::service::assess::others::{self as service, OtherView};
use crate::web::filters;
use crate::web::page::{Layout, call, send};

#[derive(Template)]
#[template(path = "assessor/others.html")]
struct OthersPage {
    page: Layout,
    round: String,
    address: String,
    others: Vec<OtherView>,
}

pub(super) async fn page(ctx: web::Data<Context>, of: Assigned) -> Answer {
    if let Some(first) = of.first() {
        return Ok(first);
    }
    let (who, own) = (of.session.who.clone(), of.own.clone());
    let others = call(&ctx, move |ctx| service::read(ctx, &who, &own)).await?;
    let page = Layout::assessor(&ctx, &of.session);
    let round = of.own.round().to_owned();
    send(&OthersPage { page, round, address: of.address(""), others })
}
