//! Where somebody who was invited to assess comes in, by a link that works once.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use chrono::NaiveDate;

use super::Answer;
use crate::domain::secret::Secret;
use crate::service::error::ServiceError;
use crate::service::{Context, accept_assessor};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, send, send_as};
use crate::web::session::{Door, user_agent};
use crate::web::sign_in::signed_in;

#[derive(Template)]
#[template(path = "assessor/welcome.html")]
struct WelcomePage {
    page: Layout,
    token: String,
    until: NaiveDate,
    name: Secret,
}

async fn until(ctx: &web::Data<Context>, token: &str) -> Result<NaiveDate, Failure> {
    let token = token.to_owned();
    call(ctx, move |ctx| accept_assessor::look(ctx, &token)).await
}

pub(super) async fn page(ctx: web::Data<Context>, token: web::Path<String>) -> Answer {
    let token = token.into_inner();
    let until = until(&ctx, &token).await?;
    let page = Layout::at(&ctx, Door::Assessor);
    send(&WelcomePage { page, token, until, name: Secret::default() })
}

pub(super) async fn accept(
    ctx: web::Data<Context>,
    request: HttpRequest,
    token: web::Path<String>,
    posted: Posted,
) -> Answer {
    let token = token.into_inner();
    let agent = user_agent(&request);
    let name = posted.only(&["name"])?.value("name");
    let until = until(&ctx, &token).await?;
    let (link, said) = (token.clone(), name.clone());
    match call(&ctx, move |ctx| accept_assessor::accept(ctx, &link, &said, &agent)).await {
        Ok(session) => Ok(signed_in(&session)),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = Layout::at(&ctx, Door::Assessor).with_errors(errors);
            let page = WelcomePage { page, token, until, name };
            send_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(failure) => Err(failure),
    }
}
