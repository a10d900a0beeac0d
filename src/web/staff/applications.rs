//! The list of applications.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;

use super::Answer;
use super::list_query::{Filters, Search, query};
use crate::domain::application::Status;
use crate::domain::form::FieldError;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::list_applications::{self as service, ListPage as Listed};
use crate::web::entrance::StaffCookie;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, send_as};
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
    (asked, search): (Filters, Search),
    listed: Listed,
    errors: Vec<FieldError>,
) -> Answer {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Layout::staff(ctx, session).with_errors(errors);
    // The place in a search means nothing to the list without it.
    let mark = if search.is_on() { asked.at_first_page().mark() } else { asked.mark() };
    send_as(status, &ListPage { page, asked, search, listed, mark })
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
    if !asked.broken().is_empty() {
        let (session, _) = cookie.call(|_, _| ()).await?;
        return mend(&ctx, &session, (asked, search), Failure::NotFound).await;
    }
    let (session, listed) = cookie.call(list).await?;
    match listed {
        Ok(listed) => show(&ctx, &session, (asked, search), listed, Vec::new()),
        Err(error) => mend(&ctx, &session, (asked, search), error.into()).await,
    }
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
    if !asked.broken().is_empty() {
        return mend(&ctx, &session, (asked, search), Failure::NotFound).await;
    }
    match call(&ctx, move |ctx| service::list(ctx, &who, &query)).await {
        Ok(listed) => show(&ctx, &session, (asked, search), listed, Vec::new()),
        Err(failure) => mend(&ctx, &session, (asked, search), failure).await,
    }
}

/// The page with the filters that have to be mended and no row; what else failed, as it is.
async fn mend(
    ctx: &web::Data<Context>,
    session: &StaffSession,
    (asked, search): (Filters, Search),
    failure: Failure,
) -> Answer {
    let not_found = matches!(failure, Failure::NotFound | Failure::Service(ServiceError::NotFound));
    if !not_found {
        return Err(failure);
    }
    let who = session.who.clone();
    let there = call(ctx, move |ctx| service::without_rows(ctx, &who)).await?;
    let mut errors = asked.unknown(&there);
    errors.extend(asked.broken());
    // Else there is no such page.
    if errors.is_empty() {
        return Err(failure);
    }
    show(ctx, session, (asked, search), there, errors)
}
