//! One's own ways to sign in.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::Answer;
use crate::domain::form::FieldError;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::organisation;
use crate::service::own_sessions::SignedIn;
use crate::service::ways::{self, Way, Ways};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Layout, call, see_other, send_to_organisation};
use crate::web::session::{Door, StaffSession};

#[derive(Template)]
#[template(path = "staff/ways.html")]
struct WaysPage {
    page: Layout,
    ways: Ways,
    may_work: bool,
    /// What the organisation's own sign-in is called, where there is one.
    organisation: Option<String>,
    /// The name that was typed for a new passkey.
    name: Secret,
}

impl WaysPage {
    fn heading(&self) -> &'static str {
        if self.ways.is_empty() { "Set up a way to sign in" } else { "Your ways to sign in" }
    }
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    session: StaffSession,
    request: HttpRequest,
) -> Answer {
    let done = request.query_string().split('&').find(|pair| pair.starts_with("done="));
    let said = match done.unwrap_or_default() {
        "done=passkey" => Some("The passkey is made. You can sign in with it from now on."),
        "done=organisation" => {
            Some("Your account there is joined. You can sign in with it from now on.")
        }
        "done=removed" => Some("That way to sign in is gone. You are told by mail, too."),
        _ => None,
    };
    show(&ctx, &session, said, Vec::new(), Secret::default()).await
}

/// The page, with what was just done or with what is wrong.
pub(super) async fn show(
    ctx: &web::Data<Context>,
    session: &StaffSession,
    said: Option<&'static str>,
    errors: Vec<FieldError>,
    name: Secret,
) -> Answer {
    let who = session.who.clone();
    let ways = call(ctx, move |ctx| ways::list(ctx, &who)).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Layout::staff(ctx, session).saying(said).with_errors(errors);
    let may_work = session.who.may_work(ctx);
    let organisation = organisation::name(ctx).map(ToOwned::to_owned);
    let page = WaysPage { page, ways, may_work, organisation, name };
    send_to_organisation(ctx, status, &page)
}

/// Removes a way, and shows the page again.
pub(super) async fn remove(ctx: &web::Data<Context>, session: &StaffSession, way: Way) -> Answer {
    let who = SignedIn::from(&*session.who);
    match call(ctx, move |ctx| ways::remove(ctx, &who, &way)).await {
        Ok(()) => Ok(see_other("/staff/ways?done=removed")),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            show(ctx, session, None, errors, Secret::default()).await
        }
        Err(failure) => Err(proof_first(failure, "/staff/ways")),
    }
}

/// Who has to prove first that it is they does so, and comes back to a page.
pub(super) fn proof_first(failure: Failure, then: &str) -> Failure {
    match failure {
        Failure::Service(ServiceError::ProofNeeded) => {
            Failure::Prove(Door::Staff, Some(then.to_owned()))
        }
        other => other,
    }
}

/// Refuses to go on with somebody who has to prove first that it is they.
pub(super) async fn may_change(
    ctx: &web::Data<Context>,
    session: &StaffSession,
    then: &str,
) -> Result<(), Failure> {
    let who = SignedIn::from(&*session.who);
    let allowed = call(ctx, move |ctx| ways::may_change(ctx, &who)).await;
    allowed.map_err(|failure| proof_first(failure, then))
}
