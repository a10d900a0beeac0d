//! The list of applications.

use actix_web::web;
use askama::Template;

use super::Answer;
use super::list_query::{Filters, Search, query};
use crate::domain::application::Status;
use crate::service::Context;
use crate::service::list_applications::{self as service, ListPage as Listed};
use crate::web::entrance::StaffCookie;
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
    /// What the links to applications say of this list, so that they lead back to it.
    mark: String,
}

/// The rounds of one programme: its name, then of each round the name in addresses and the name on pages.
type Group<'a> = (&'a str, Vec<(&'a str, &'a str)>);

impl ListPage {
    /// How many there are in all, whatever their status.
    fn total(&self) -> i64 {
        self.listed.counts.iter().map(|(_, count)| count).sum()
    }

    /// The rounds that can be chosen: those of the chosen programme, else of each.
    fn groups(&self) -> Vec<Group<'_>> {
        let chosen = &self.asked.programme;
        let programmes = self.listed.programmes.iter();
        programmes
            .filter(|(programme, _)| chosen.is_empty() || chosen == programme)
            .map(|(programme, name)| {
                let rounds = self.listed.rounds.iter().filter(|(_, _, of)| of == programme);
                let rounds = rounds.map(|(slug, name, _)| (slug.as_str(), name.as_str()));
                (name.as_str(), rounds.collect())
            })
            .collect()
    }

    /// Whether a link leads to where one is.
    fn is_status(&self, status: &Status) -> bool {
        self.asked.wanted() == Some(*status)
    }
}

fn show(
    ctx: &web::Data<Context>,
    session: &StaffSession,
    asked: Filters,
    search: Search,
    listed: Listed,
) -> Answer {
    let page = Layout::staff(ctx, session);
    // The place in a search means nothing to the list without it.
    let mark = if search.is_on() { asked.at_first_page().mark() } else { asked.mark() };
    send(&ListPage { page, asked, search, listed, mark })
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    cookie: StaffCookie,
    asked: web::Query<Filters>,
) -> Answer {
    let (asked, search) = (asked.into_inner(), Search::default());
    let query = query(&asked, &search);
    let list =
        move |ctx: &Context, session: &StaffSession| service::list(ctx, &session.who, &query);
    let (session, listed) = cookie.call(list).await?;
    show(&ctx, &session, asked, search, listed?)
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
    let (asked, search) = (Filters::of(&form), Search::of(&form));
    let (who, query) = (session.who.clone(), query(&asked, &search));
    let listed = call(&ctx, move |ctx| service::list(ctx, &who, &query)).await?;
    show(&ctx, &session, asked, search, listed)
}
