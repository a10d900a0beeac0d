//! Check your answers, and submit.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::Answer;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::submit::{self as service, CheckPage as Checked};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send, send_as};
use crate::web::permitted::{Own, OwnCookie};
use crate::web::visitor;

#[derive(Template)]
#[template(path = "applicant/check.html")]
struct CheckPage {
    page: Layout,
    checked: Checked,
    /// How many steps the form has, this one with them.
    steps: usize,
}

impl CheckPage {
    /// What the addresses of its files begin with.
    fn files(&self) -> String {
        format!("/applications/{}/files/", self.checked.application)
    }
}

async fn look(ctx: &web::Data<Context>, own: &Own) -> Result<CheckPage, Failure> {
    let application = own.application.clone();
    let checked = call(ctx, move |ctx| service::check(ctx, &application)).await?;
    let steps = checked.round.form.sections().len() + 1;
    Ok(CheckPage { page: Layout::applicant(ctx, &own.session), checked, steps })
}

pub(super) async fn page(ctx: web::Data<Context>, own: Own) -> Answer {
    match look(&ctx, &own).await {
        // It was submitted: there is nothing to check any more.
        Err(Failure::Service(ServiceError::Conflict)) => {
            Ok(see_other(&format!("/applications/{}", own.application.id())))
        }
        page => send(&page?),
    }
}

pub(super) async fn submit(
    ctx: web::Data<Context>,
    cookie: OwnCookie,
    request: HttpRequest,
    posted: Posted,
) -> Answer {
    let ip = visitor::ip(&request);
    let work = move |ctx: &Context, own: &Own| {
        own.session.trust(posted.only(&[])?)?;
        Ok::<_, Failure>(service::submit(ctx, &own.session.who, &own.application, ip))
    };
    let (own, done) = cookie.call(work).await?;
    match done? {
        Ok(()) => Ok(see_other(&format!("/applications/{}/receipt", own.application.id()))),
        Err(ServiceError::Invalid(errors)) => {
            let mut page = look(&ctx, &own).await?;
            page.page.errors = errors;
            send_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(failure) => Err(failure.into()),
    }
}
