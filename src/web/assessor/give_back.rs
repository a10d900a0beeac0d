//! An assessor gives a packet back. What follows from it is said before.

use actix_web::web;
use askama::Template;

use super::Answer;
use super::assigned::Assigned;
use crate::service::Context;
use crate::service::assess::give_back::{self as service, Why};
use crate::web::filters;
use crate::web::page::{Layout, call, see_other, send};
use crate::web::permitted::Sent;

#[derive(Template)]
#[template(path = "assessor/give_back.html")]
struct GiveBackPage {
    page: Layout,
    round: String,
    address: String,
    why: Why,
}

fn show(ctx: &Context, of: &Assigned, why: Why) -> Answer {
    if let Some(first) = of.first() {
        return Ok(first);
    }
    if why == Why::NoTime && !of.own.can_be_declined() {
        return Ok(see_other(&of.address("")));
    }
    let page = Layout::assessor(ctx, &of.session);
    let round = of.own.round().to_owned();
    send(&GiveBackPage { page, round, address: of.address(""), why })
}

async fn give_back(ctx: &web::Data<Context>, of: Assigned, why: Why) -> Answer {
    let (who, own) = (of.session.who.clone(), of.own.clone());
    let is_given_back = call(ctx, move |ctx| service::give_back(ctx, &who, &own, why)).await?;
    Ok(see_other(&match (is_given_back, why) {
        (false, _) => of.address(""),
        (true, Why::Conflict) => "/assess?done=conflict".to_owned(),
        (true, Why::NoTime) => "/assess?done=declined".to_owned(),
    }))
}

pub(super) async fn ask_conflict(ctx: web::Data<Context>, of: Assigned) -> Answer {
    show(&ctx, &of, Why::Conflict)
}

pub(super) async fn ask_decline(ctx: web::Data<Context>, of: Assigned) -> Answer {
    show(&ctx, &of, Why::NoTime)
}

pub(super) async fn conflict(
    ctx: web::Data<Context>,
    Sent { about: of, posted }: Sent<Assigned>,
) -> Answer {
    of.session.trust(posted.only(&[])?)?;
    give_back(&ctx, of, Why::Conflict).await
}

pub(super) async fn decline(
    ctx: web::Data<Context>,
    Sent { about: of, posted }: Sent<Assigned>,
) -> Answer {
    of.session.trust(posted.only(&[])?)?;
    give_back(&ctx, of, Why::NoTime).await
}
