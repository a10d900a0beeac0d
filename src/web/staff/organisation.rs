//! The organisation's own sign-in: to come in, to join one's account there, to prove anew that it is oneself.

use actix_web::{HttpRequest, web};

use super::ways::proof_first;
use super::{Answer, come_in};
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::elsewhere::Returned;
use crate::service::error::ServiceError;
use crate::service::organisation::{self, Errand};
use crate::service::ways::Way;
use crate::web::elsewhere::{Query, go};
use crate::web::error::Failure;
use crate::web::form::Posted;
use crate::web::page::call;
use crate::web::passkeys::remove_way;
use crate::web::prove::Then;
use crate::web::session::{Door, StaffSession, VISIT, cookie, user_agent};
use crate::web::sign_in::signed_in;
use crate::web::visitor;

pub(super) async fn sign_in(ctx: web::Data<Context>, posted: Posted) -> Answer {
    posted.only(&[])?;
    let begun = call(&ctx, |ctx| organisation::begin(ctx, Errand::SignIn, None)).await?;
    Ok(go(&begun))
}

pub(super) async fn join(ctx: web::Data<Context>, session: StaffSession, posted: Posted) -> Answer {
    session.trust(posted.only(&[])?)?;
    let who = session.who.clone();
    let begun = call(&ctx, move |ctx| organisation::begin(ctx, Errand::Join, Some(&who))).await;
    Ok(go(&begun.map_err(|failure| proof_first(failure, "/staff/ways"))?))
}

pub(super) async fn part(ctx: web::Data<Context>, session: StaffSession, posted: Posted) -> Answer {
    session.trust(posted.only(&[])?)?;
    remove_way(&ctx, &session, Way::Organisation).await
}

pub(super) async fn prove(
    ctx: web::Data<Context>,
    session: StaffSession,
    posted: Posted,
) -> Answer {
    let form = session.trust(posted.only(&["then"])?)?;
    let then = Then::of(&form).address(Door::Staff);
    let who = session.who.clone();
    let errand = Errand::Prove(then);
    Ok(go(&call(&ctx, move |ctx| organisation::begin(ctx, errand, Some(&who))).await?))
}

/// The provider sends people back by GET, which is how the protocol has it. What comes is of use once, and in the
/// browser in which it was begun alone: a link that somebody else made does nothing.
pub(super) async fn come_back(
    ctx: web::Data<Context>,
    request: HttpRequest,
    query: web::Query<Query>,
) -> Answer {
    let returned = Returned::from(query.into_inner());
    let (browser, session) = (cookie(&request, VISIT), cookie(&request, Door::Staff.cookie()));
    let (agent, client) = (user_agent(&request), visitor::network(&request));
    let arrived = call(&ctx, move |ctx| {
        let cookies = (browser.as_deref(), session.as_deref());
        organisation::come_back(ctx, &returned, cookies, &agent, client)
    });
    match arrived.await {
        Ok(session) => Ok(signed_in(&session)),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            come_in::door(&ctx, None, errors, Secret::default())
        }
        Err(failure) => Err(proof_first(failure, "/staff/ways")),
    }
}
