//! The list of applications.

use actix_web::web;
use askama::Template;

use super::Answer;
use super::list_query::{Filters, Search, query};
use crate::domain::application::Status;
use crate::service::Context;
use crate::service::list_applications::{self as service, ListPage as Listed};
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, send};
use crate::web::session::StaffSession;

#[derive(Template)]
#[template(path = "staff/applications.html")]
struct ListPage {
    page: Layout,
    asked: Filters,
    search: Search,
    listed: Listed,
}

impl ListPage {
    /// How many there are in all, whatever their status.
    fn total(&self) -> i64 {
        self.listed.counts.iter().map(|(_, count)| count).sum()
    }

    /// The rounds that can be chosen: those of the chosen programme.
    fn rounds(&self) -> impl Iterator<Item = &(String, String, String)> {
        let programme = &self.asked.programme;
        self.listed.rounds.iter().filter(move |(_, _, of)| programme.is_empty() || of == programme)
    }

    /// Whether a link leads to where one is.
    fn is_status(&self, status: &Status) -> bool {
        self.asked.wanted() == Some(*status)
    }
}

async fn list(
    ctx: web::Data<Context>,
    session: StaffSession,
    asked: Filters,
    search: Search,
) -> Answer {
    let page = Layout::staff(&ctx, &session);
    let query = query(&asked, &search);
    let listed = call(&ctx, move |ctx| service::list(ctx, &session.who, &query)).await?;
    send(&ListPage { page, asked, search, listed })
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    session: StaffSession,
    asked: web::Query<Filters>,
) -> Answer {
    list(ctx, session, asked.into_inner(), Search::default()).await
}

/// Looks for people. It changes nothing; see [`super::list_query`] for why it is posted all the same.
pub(super) async fn search(
    ctx: web::Data<Context>,
    session: StaffSession,
    posted: Posted,
) -> Answer {
    let names =
        ["programme", "round", "status", "sort", "after", "name", "email", "github_username"];
    let form = session.trust(posted.only(&names)?)?;
    list(ctx, session, Filters::of(&form), Search::of(&form)).await
}
