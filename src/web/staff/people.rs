//! Who works here, and inviting others.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::Answer;
use crate::domain::role::Role;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::invite_staff::{self as service, StaffRow};
use crate::service::people::State;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send, send_as};
use crate::web::session::StaffSession;

#[derive(Template)]
#[template(path = "staff/people.html")]
struct PeoplePage {
    page: Layout,
    people: Vec<StaffRow>,
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    session: StaffSession,
    request: HttpRequest,
) -> Answer {
    let said = match request.query_string() {
        "invited=1" => Some("The invitation is sent."),
        "taken-back=1" => Some("The invitation is taken back. Its link opens nothing any more."),
        _ => None,
    };
    let page = Layout::staff(&ctx, &session).saying(said);
    let people = call(&ctx, move |ctx| service::people(ctx, &session.who)).await?;
    send(&PeoplePage { page, people })
}

#[derive(Template)]
#[template(path = "staff/invite.html")]
struct InvitePage {
    page: Layout,
    email: Secret,
    roles: Vec<Role>,
}

pub(super) async fn invite_page(ctx: web::Data<Context>, session: StaffSession) -> Answer {
    let page = Layout::staff(&ctx, &session);
    send(&InvitePage { page, email: Secret::default(), roles: Vec::new() })
}

pub(super) async fn invite(
    ctx: web::Data<Context>,
    session: StaffSession,
    posted: Posted,
) -> Answer {
    let form = posted.accept(|name| ["email", "roles"].contains(&name), &["roles"])?;
    let form = session.trust(form)?;
    let email = form.value("email");
    // A role that does not exist is not on the page; it is left out, and nobody gets it.
    let roles: Vec<Role> = form.words("roles").filter_map(|word| word.parse().ok()).collect();
    let (who, address, given) = (session.who.clone(), email.clone(), roles.clone());
    let invited = call(&ctx, move |ctx| service::invite(ctx, &who, address.expose(), &given));
    match invited.await {
        Ok(()) => Ok(see_other("/staff/people?invited=1")),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = Layout::staff(&ctx, &session).with_errors(errors);
            send_as(StatusCode::UNPROCESSABLE_ENTITY, &InvitePage { page, email, roles })
        }
        Err(failure) => Err(failure),
    }
}
