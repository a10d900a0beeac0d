//! Packets shared out by the machine: who would get how many, then done.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;

use super::Answer;
use super::round_plan::{RoundNav, or_plan};
use crate::domain::form::FieldError;
use crate::service::Context;
use crate::service::assign::automatic::{self as service, Outcome, Preview};
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send, send_as};
use crate::web::session::StaffSession;

#[derive(Template)]
#[template(path = "staff/share_out.html")]
struct PreviewPage {
    page: Layout,
    round: RoundNav,
    preview: Preview,
}

impl PreviewPage {
    fn new(page: Layout, preview: Preview) -> Self {
        let round = RoundNav::new(&preview.slug, &preview.title, "share-out");
        Self { page, round, preview }
    }

    /// The least and the most that anybody would have then.
    fn loads(&self) -> Option<(usize, usize)> {
        let totals = || self.preview.shares.iter().map(service::Share::total);
        Some((totals().min()?, totals().max()?))
    }

    /// How many get packets that share none of their words.
    fn strange(&self) -> usize {
        self.preview.shares.iter().map(|share| share.strange).sum()
    }

    /// Those whose access ends before the due day and who would get something.
    fn ends_early(&self) -> bool {
        self.preview.shares.iter().any(|share| share.ends_early && share.total() > 0)
    }
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    session: StaffSession,
    slug: web::Path<String>,
) -> Answer {
    let page = Layout::staff(&ctx, &session);
    let (slug, who) = (slug.into_inner(), session.who.clone());
    let name = slug.clone();
    let found = call(&ctx, move |ctx| service::preview(ctx, &who, &name)).await;
    match or_plan(&slug, found)? {
        Ok(preview) => send(&PreviewPage::new(page, preview)),
        Err(elsewhere) => Ok(elsewhere),
    }
}

pub(super) async fn assign(
    ctx: web::Data<Context>,
    session: StaffSession,
    slug: web::Path<String>,
    posted: Posted,
) -> Answer {
    let form = session.trust(posted.only(&["seen"])?)?;
    let (slug, seen) = (slug.into_inner(), form.word("seen").to_owned());
    let (who, name) = (session.who.clone(), slug.clone());
    let done = call(&ctx, move |ctx| service::assign(ctx, &who, &name, &seen)).await;
    match or_plan(&slug, done)? {
        Ok(Outcome::Done { .. }) => {
            Ok(see_other(&format!("/staff/rounds/{slug}/assignments?done=shared")))
        }
        Ok(Outcome::Again(preview)) => {
            let message = "Something has changed since you saw who would get how many. Nothing is shared out yet: look \
                           again";
            let error = FieldError { field: "seen".to_owned(), message: message.to_owned() };
            let page = Layout::staff(&ctx, &session).with_errors(vec![error]);
            send_as(StatusCode::CONFLICT, &PreviewPage::new(page, *preview))
        }
        Err(elsewhere) => Ok(elsewhere),
    }
}
