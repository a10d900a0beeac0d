//! One application, whole.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::{Answer, id};
use crate::domain::application::Status;
use crate::domain::form::FieldError;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::read_application::{self, StaffApplication};
use crate::service::review;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send};
use crate::web::session::StaffSession;

#[derive(Template)]
#[template(path = "staff/application.html")]
struct ApplicationPage {
    page: Layout,
    application: StaffApplication,
}

impl ApplicationPage {
    /// The words on the button that moves an application on.
    fn verb(&self, to: &Status) -> &'static str {
        match to {
            Status::InReview => "Start the review",
            Status::Submitted => "Put back to submitted",
            Status::Withdrawn => "Withdraw",
            Status::Draft => "Make it a draft",
        }
    }
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    session: StaffSession,
    application: web::Path<String>,
    request: HttpRequest,
) -> Answer {
    let application = id(&application)?;
    let changed = request.query_string() == "changed=1";
    let page = Layout::staff(&ctx, &session).saying(changed.then_some("The status is changed."));
    let read = call(&ctx, move |ctx| read_application::read(ctx, &session.who, &application));
    send(&ApplicationPage { page, application: read.await? })
}

pub(super) async fn change_status(
    ctx: web::Data<Context>,
    session: StaffSession,
    application: web::Path<String>,
    posted: Posted,
) -> Answer {
    let form = session.trust(posted.only(&["to"])?)?;
    let application = id(&application)?;
    let to: Status = form.word("to").parse().map_err(|_| {
        let message = "Choose the new status".to_owned();
        ServiceError::Invalid(vec![FieldError { field: "to".to_owned(), message }])
    })?;
    let changed = application.clone();
    call(&ctx, move |ctx| review::review(ctx, &session.who, &changed, to)).await?;
    Ok(see_other(&format!("/staff/applications/{application}?changed=1")))
}
