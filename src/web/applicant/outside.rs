//! Withdraws the consent that people outside assess an application. What follows from it is said before.

use actix_web::web;
use askama::Template;

use super::Answer;
use crate::service::Context;
use crate::service::read_own::{self, OwnView};
use crate::service::withdraw_consent;
use crate::web::filters;
use crate::web::page::{Layout, call, see_other, send};
use crate::web::permitted::{Own, Sent};

#[derive(Template)]
#[template(path = "applicant/outside.html")]
struct OutsidePage {
    page: Layout,
    own: OwnView,
}

pub(super) async fn page(ctx: web::Data<Context>, Own { session, application }: Own) -> Answer {
    let page = Layout::applicant(&ctx, &session);
    let own = call(&ctx, move |ctx| read_own::get(ctx, &application)).await?;
    if !own.can_stay_inside {
        return Ok(see_other(&format!("/applications/{}", own.row.id)));
    }
    send(&OutsidePage { page, own })
}

pub(super) async fn withdraw(
    ctx: web::Data<Context>,
    Sent { about: Own { session, application }, posted }: Sent<Own>,
) -> Answer {
    session.trust(posted.only(&[])?)?;
    let address = format!("/applications/{}?inside=1", application.id());
    call(&ctx, move |ctx| withdraw_consent::outside_assessment(ctx, &session.who, &application))
        .await?;
    Ok(see_other(&address))
}
