//! Where an invited person, and the first administrator, comes in: by a link that works once.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::Answer;
use crate::domain::role::Role;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::accept_staff::{self, NewStaff};
use crate::service::error::ServiceError;
use crate::service::sign_in::{self, LinkPurpose};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, send, send_as};
use crate::web::session::{Door, user_agent};
use crate::web::sign_in::signed_in;

#[derive(Template)]
#[template(path = "staff/welcome.html")]
struct WelcomePage {
    page: Layout,
    token: String,
    offer: Offer,
    name: Secret,
    email: Secret,
    /// Roles that were ticked.
    roles: Vec<Role>,
}

/// What a link offers.
enum Offer {
    /// These roles, to a person whose address is known.
    Roles(Vec<Role>),
    /// To set up the site.
    FirstAdmin,
}

impl WelcomePage {
    fn is_first_admin(&self) -> bool {
        matches!(self.offer, Offer::FirstAdmin)
    }
}

async fn look(ctx: &web::Data<Context>, token: &str) -> Result<Offer, Failure> {
    let token = token.to_owned();
    let view = call(ctx, move |ctx| sign_in::look(ctx, &token, None)).await?;
    match view.purpose {
        LinkPurpose::Invitation(roles) => Ok(Offer::Roles(roles.iter().collect())),
        LinkPurpose::FirstAdmin => Ok(Offer::FirstAdmin),
        _ => Err(ServiceError::LinkSpent.into()),
    }
}

pub(super) async fn page(ctx: web::Data<Context>, token: web::Path<String>) -> Answer {
    let token = token.into_inner();
    let offer = look(&ctx, &token).await?;
    send(&WelcomePage {
        page: Layout::at(&ctx, Door::Staff),
        token,
        offer,
        name: Secret::default(),
        email: Secret::default(),
        roles: Vec::new(),
    })
}

pub(super) async fn accept(
    ctx: web::Data<Context>,
    request: HttpRequest,
    token: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, Failure> {
    let token = token.into_inner();
    let agent = user_agent(&request);
    let form = posted.accept(|name| ["name", "email", "roles"].contains(&name), &["roles"])?;
    let offer = look(&ctx, &token).await?;
    let (name, email) = (form.value("name"), form.value("email"));
    let roles: Vec<Role> = form.words("roles").filter_map(|word| word.parse().ok()).collect();
    let (link, new) = (
        token.clone(),
        NewStaff { name: name.clone(), email: email.expose().to_owned(), roles: roles.clone() },
    );
    match call(&ctx, move |ctx| accept_staff::accept_staff(ctx, &link, &new, &agent)).await {
        Ok(session) => Ok(signed_in(&session)),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = Layout::at(&ctx, Door::Staff).with_errors(errors);
            let page = WelcomePage { page, token, offer, name, email, roles };
            send_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(failure) => Err(failure),
    }
}
