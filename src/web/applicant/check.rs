//! Check your answers, and submit.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{Answer, id};
use crate::domain::id::Id;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::submit::{self as service, CheckPage as Checked};
use crate::web::entrance::ApplicantCookie;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send, send_as};
use crate::web::session::ApplicantSession;
use crate::web::visitor;

#[derive(Template)]
#[template(path = "applicant/check.html")]
struct CheckPage {
    page: Layout,
    checked: Checked,
    /// How many steps the form has, this one with them.
    steps: usize,
}

async fn look(
    ctx: &web::Data<Context>,
    session: &ApplicantSession,
    application: &Id,
) -> Result<CheckPage, Failure> {
    let (who, application) = (session.who.clone(), application.clone());
    let checked = call(ctx, move |ctx| service::check(ctx, &who, &application)).await?;
    let steps = checked.round.form.sections().len() + 1;
    Ok(CheckPage { page: Layout::applicant(ctx, session), checked, steps })
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    session: ApplicantSession,
    application: web::Path<String>,
) -> Answer {
    let application = id(&application)?;
    match look(&ctx, &session, &application).await {
        // It was submitted: there is nothing to check any more.
        Err(Failure::Service(ServiceError::Conflict)) => {
            Ok(see_other(&format!("/applications/{application}")))
        }
        page => send(&page?),
    }
}

pub(super) async fn submit(
    ctx: web::Data<Context>,
    cookie: ApplicantCookie,
    application: web::Path<String>,
    request: HttpRequest,
    posted: Posted,
) -> Answer {
    let ip = visitor::ip(&request);
    let wanted = application.into_inner();
    let work = move |ctx: &Context, session: &ApplicantSession| {
        session.trust(posted.only(&[])?)?;
        let application = id(&wanted)?;
        let submitted = service::submit(ctx, &session.who, &application, ip);
        Ok::<_, Failure>((application, submitted))
    };
    let (session, done) = cookie.call(work).await?;
    match done? {
        (application, Ok(())) => Ok(see_other(&format!("/applications/{application}/receipt"))),
        (application, Err(ServiceError::Invalid(errors))) => {
            let mut page = look(&ctx, &session, &application).await?;
            page.page.errors = errors;
            send_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        (_, Err(failure)) => Err(failure.into()),
    }
}
