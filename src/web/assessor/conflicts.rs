//! Before packets are read: the usernames alone, and the question whether there is a conflict of interest.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;

use super::Answer;
use crate::domain::form::FieldError;
use crate::domain::id::Id;
use crate::service::Context;
use crate::service::assess::answer_offers::{self as service, Offer, Said};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::{Form, FormError, Posted};
use crate::web::page::{Layout, call, see_other, send, send_as};
use crate::web::session::AssessorSession;

#[derive(Template)]
#[template(path = "assessor/conflicts.html")]
struct ConflictsPage {
    page: Layout,
    offers: Vec<Offer>,
    /// Whether they are of more than one round.
    has_rounds: bool,
}

impl ConflictsPage {
    fn new(page: Layout, offers: Vec<Offer>) -> Self {
        let first = offers.first().map(|offer| offer.round.clone());
        let has_rounds = offers.iter().any(|offer| Some(&offer.round) != first.as_ref());
        Self { page, offers, has_rounds }
    }
}

pub(super) async fn page(ctx: web::Data<Context>, session: AssessorSession) -> Answer {
    let who = session.who.clone();
    let offers = call(&ctx, move |ctx| service::list(ctx, &who)).await?;
    send(&ConflictsPage::new(Layout::assessor(&ctx, &session), offers))
}

/// The answers by assignment. What is no answer that the page offers was not sent from it.
fn answers(form: &Form) -> Result<BTreeMap<Id, Said>, Failure> {
    let mut answers = BTreeMap::new();
    for (name, value) in form.answers() {
        let id = name.strip_prefix("answer.").and_then(|id| id.parse().ok());
        match (id, Said::of_word(value.expose())) {
            (Some(id), Some(said)) => drop(answers.insert(id, said)),
            _ => return Err(FormError::Unknown(name.clone()).into()),
        }
    }
    Ok(answers)
}

pub(super) async fn answer(
    ctx: web::Data<Context>,
    session: AssessorSession,
    posted: Posted,
) -> Answer {
    let form = session.trust(posted.accept(|name| name.starts_with("answer."), &[])?)?;
    let answers = answers(&form)?;
    let who = session.who.clone();
    if answers.is_empty() {
        let offers = call(&ctx, move |ctx| service::list(ctx, &who)).await?;
        let Some(first) = offers.first() else { return Ok(see_other("/assess")) };
        let error = FieldError {
            field: format!("answer.{}", first.id),
            message: "Answer for at least one packet".to_owned(),
        };
        let page = Layout::assessor(&ctx, &session).with_errors(vec![error]);
        return send_as(StatusCode::UNPROCESSABLE_ENTITY, &ConflictsPage::new(page, offers));
    }
    call(&ctx, move |ctx| service::answer(ctx, &who, &answers)).await?;
    Ok(see_other("/assess?done=answered"))
}
