//! Corrects what somebody said about themself after they submitted.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;

use super::Answer;
use crate::domain::identity::Item;
use crate::service::Context;
use crate::service::correct::{self, Correction};
use crate::service::error::ServiceError;
use crate::service::open_draft::FieldKind;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Layout, call, see_other, send, send_as};
use crate::web::permitted::{Own, Sent};

#[derive(Template)]
#[template(path = "applicant/correct.html")]
struct CorrectPage {
    page: Layout,
    correction: Correction,
}

pub(super) async fn page(ctx: web::Data<Context>, Own { session, application }: Own) -> Answer {
    let page = Layout::applicant(&ctx, &session);
    let address = format!("/applications/{}", application.id());
    match call(&ctx, move |ctx| correct::open(ctx, &application)).await {
        Ok(correction) => send(&CorrectPage { page, correction }),
        // It is still a draft, or was taken back: its own page says what can be done.
        Err(Failure::Service(ServiceError::Conflict)) => Ok(see_other(&address)),
        Err(failure) => Err(failure),
    }
}

pub(super) async fn correct(
    ctx: web::Data<Context>,
    Sent { about: Own { session, application }, posted }: Sent<Own>,
) -> Answer {
    let own = |name: &str| Item::ALL.iter().any(|item| item.key() == name);
    let form = session.trust(posted.accept(own, &[])?)?;
    let address = format!("/applications/{}", application.id());
    let values: Vec<_> = form.answers().cloned().collect();
    let (who, about) = (session.who.clone(), application.clone());
    match call(&ctx, move |ctx| correct::correct(ctx, &who, &about, &values)).await {
        Ok(true) => Ok(see_other(&format!("{address}?corrected=1"))),
        Ok(false) => Ok(see_other(&address)),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = Layout::applicant(&ctx, &session).with_errors(errors);
            let mut correction = call(&ctx, move |ctx| correct::open(ctx, &application)).await?;
            for field in &mut correction.fields {
                if let Some(typed) = form.get(&field.control) {
                    field.value = typed.clone();
                }
            }
            send_as(StatusCode::UNPROCESSABLE_ENTITY, &CorrectPage { page, correction })
        }
        Err(failure) => Err(failure),
    }
}
