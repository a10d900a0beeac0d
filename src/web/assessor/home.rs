//! Where an assessor begins: what there is to do, and nothing else.

use actix_web::{HttpRequest, web};
use askama::Template;
use chrono::NaiveDate;

use super::Answer;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::assess::overview::{self, RoundWork};
use crate::web::filters;
use crate::web::page::{Layout, call, send};
use crate::web::session::AssessorSession;

#[derive(Template)]
#[template(path = "assessor/home.html")]
struct HomePage {
    page: Layout,
    name: Secret,
    until: NaiveDate,
    rounds: Vec<RoundWork>,
}

/// What was just done.
fn said(query: &str) -> Option<&'static str> {
    query.split('&').find_map(|pair| match pair {
        "done=answered" => Some("Your answers are saved."),
        "done=handed-in" => {
            Some("Your scores are handed in. You can change them until scoring closes.")
        }
        "done=conflict" => {
            Some("Your conflict of interest is noted. You can’t read that packet any more.")
        }
        "done=declined" => Some("The packet is given back. You can’t read it any more."),
        _ => None,
    })
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    session: AssessorSession,
    request: HttpRequest,
) -> Answer {
    let who = session.who.clone();
    let rounds = call(&ctx, move |ctx| overview::read(ctx, &who)).await?;
    let page = Layout::assessor(&ctx, &session).saying(said(request.query_string()));
    send(&HomePage { page, name: session.who.name.clone(), until: session.who.until, rounds })
}
