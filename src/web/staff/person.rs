//! A colleague's account, for administrators.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::Answer;
use crate::domain::form::FieldError;
use crate::domain::role::Role;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::invite_staff;
use crate::service::people::{self, Colleague};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Layout, call, see_other, send_as};
use crate::web::permitted::{Permitted, Sent};

type Person = Permitted<Colleague>;

#[derive(Template)]
#[template(path = "staff/person.html")]
struct PersonPage {
    page: Layout,
    person: Arc<Colleague>,
    /// The roles that are ticked.
    ticked: Vec<Role>,
}

/// What was just done, by what the address says of it.
fn said(query: &str) -> Option<&'static str> {
    match query {
        "done=roles" => {
            Some("The roles are changed. The person was signed out and is told by mail.")
        }
        "done=enabled" => Some("The account is enabled."),
        "done=disabled" => Some("The account is disabled, and its sessions have ended."),
        "done=again" => {
            Some("The invitation is sent again. The link from before opens nothing any more.")
        }
        "done=sessions" => Some("The sessions have ended."),
        "done=ways" => Some(
            "The ways to sign in are cleared. The person can ask for a mailed link and set up another.",
        ),
        _ => None,
    }
}

pub(super) async fn page(ctx: web::Data<Context>, about: Person, request: HttpRequest) -> Answer {
    show(&ctx, &about, said(request.query_string()), Vec::new(), None).await
}

async fn show(
    ctx: &web::Data<Context>,
    about: &Person,
    said: Option<&'static str>,
    errors: Vec<FieldError>,
    ticked: Option<Vec<Role>>,
) -> Answer {
    let (who, person) = (about.session.who.clone(), about.row.clone());
    let shown = person.clone();
    call(ctx, move |ctx| people::opened(ctx, &who, &shown)).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Layout::staff(ctx, &about.session).saying(said).with_errors(errors);
    let ticked = ticked.unwrap_or_else(|| person.roles.iter().collect());
    send_as(status, &PersonPage { page, person, ticked })
}

pub(super) async fn change_roles(
    ctx: web::Data<Context>,
    Sent { about, posted }: Sent<Person>,
) -> Answer {
    let form = about.session.trust(posted.accept(|name| name == "roles", &["roles"])?)?;
    let roles: Vec<Role> = form.words("roles").filter_map(|word| word.parse().ok()).collect();
    let (who, person, given) = (about.session.who.clone(), about.row.clone(), roles.clone());
    let done = call(&ctx, move |ctx| people::change_roles(ctx, &who, &person, &given)).await;
    answer(&ctx, &about, done, "roles", Some(roles)).await
}

pub(super) async fn change_state(
    ctx: web::Data<Context>,
    Sent { about, posted }: Sent<Person>,
) -> Answer {
    let form = about.session.trust(posted.only(&["to"])?)?;
    let (enabled, word) = match form.word("to") {
        "enabled" => (true, "enabled"),
        "disabled" => (false, "disabled"),
        _ => return Err(Failure::NotFound),
    };
    let (who, person) = (about.session.who.clone(), about.row.clone());
    let done = call(&ctx, move |ctx| people::set_enabled(ctx, &who, &person, enabled)).await;
    answer(&ctx, &about, done, word, None).await
}

pub(super) async fn change_invitation(
    ctx: web::Data<Context>,
    Sent { about, posted }: Sent<Person>,
) -> Answer {
    let form = about.session.trust(posted.only(&["to"])?)?;
    let (who, person) = (about.session.who.clone(), about.row.clone());
    match form.word("to") {
        "again" => {
            let done = call(&ctx, move |ctx| invite_staff::send_again(ctx, &who, &person)).await;
            answer(&ctx, &about, done, "again", None).await
        }
        "back" => {
            let done = call(&ctx, move |ctx| invite_staff::take_back(ctx, &who, &person)).await;
            match done {
                Ok(()) => Ok(see_other("/staff/people?taken-back=1")),
                failed => answer(&ctx, &about, failed, "back", None).await,
            }
        }
        _ => Err(Failure::NotFound),
    }
}

pub(super) async fn end_sessions(
    ctx: web::Data<Context>,
    Sent { about, posted }: Sent<Person>,
) -> Answer {
    about.session.trust(posted.only(&[])?)?;
    let (who, person) = (about.session.who.clone(), about.row.clone());
    let done = call(&ctx, move |ctx| people::end_sessions(ctx, &who, &person)).await;
    answer(&ctx, &about, done, "sessions", None).await
}

pub(super) async fn clear_ways(
    ctx: web::Data<Context>,
    Sent { about, posted }: Sent<Person>,
) -> Answer {
    about.session.trust(posted.only(&[])?)?;
    let (who, person) = (about.session.who.clone(), about.row.clone());
    let done = call(&ctx, move |ctx| people::clear_ways(ctx, &who, &person)).await;
    answer(&ctx, &about, done, "ways", None).await
}

/// Back to the page, with what was done or with what is wrong.
async fn answer(
    ctx: &web::Data<Context>,
    about: &Person,
    done: Result<(), Failure>,
    word: &str,
    ticked: Option<Vec<Role>>,
) -> Answer {
    match done {
        Ok(()) => Ok(see_other(&format!("/staff/people/{}?done={word}", about.row.id))),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            show(ctx, about, None, errors, ticked).await
        }
        Err(failure) => Err(failure),
    }
}
