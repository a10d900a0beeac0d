//! What a round's scores say.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::Answer;
use crate::domain::role::Permission;
use crate::domain::scores::{Place, signed, two_decimals};
use crate::service::Context;
use crate::service::results::export::{self, Kind};
use crate::service::results::round::{self, ResultRow, RoundResults};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::page::{Layout, call, send};
use crate::web::session::StaffSession;

/// Which rows are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Only {
    All,
    Passing,
    Below,
    Open,
    Outliers,
}

impl Only {
    const ALL: [Self; 5] = [Self::All, Self::Passing, Self::Below, Self::Open, Self::Outliers];

    const fn word(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Passing => "passing",
            Self::Below => "below",
            Self::Open => "open",
            Self::Outliers => "outliers",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Passing => "Reach the mark",
            Self::Below => "Below it",
            Self::Open => "Scores missing",
            Self::Outliers => "Outliers",
        }
    }

    fn takes(self, row: &ResultRow) -> bool {
        match self {
            Self::All => true,
            Self::Passing => row.passes == Some(true),
            Self::Below => row.passes == Some(false),
            Self::Open => row.is_open(),
            Self::Outliers => !row.outliers.is_empty(),
        }
    }
}

#[derive(Template)]
#[template(path = "staff/results.html")]
struct ResultsPage {
    page: Layout,
    results: RoundResults,
    only: Only,
    /// Whether this person also looks after packets and assignments.
    reviews: bool,
}

impl ResultsPage {
    fn tabs(&self) -> Vec<(Only, usize)> {
        let count = |only: Only| self.results.rows.iter().filter(|row| only.takes(row)).count();
        Only::ALL.into_iter().map(|only| (only, count(only))).collect()
    }

    fn rows(&self) -> impl Iterator<Item = &ResultRow> {
        self.results.rows.iter().filter(|row| self.only.takes(row))
    }

    /// The number of the row after which the mark is not reached any more, in the list of all.
    fn is_last_above(&self, at: &usize) -> bool {
        if self.only != Only::All {
            return false;
        }
        let passing = |at: usize| self.results.rows.get(at).is_some_and(|r| r.passes == Some(true));
        passing(*at) && !passing(at + 1)
    }

    /// The criterion of a column.
    fn criterion_name(&self, at: &usize) -> &str {
        self.results.criteria.get(*at).map_or("", |own| own.name.as_str())
    }

    fn place(row: &ResultRow) -> String {
        match row.place {
            Place::Ranked(place) => place.to_string(),
            Place::Provisional(place) => format!("({place})"),
            Place::Unscored => "–".to_owned(),
        }
    }

    fn spread(row: &ResultRow) -> String {
        row.spread.map_or_else(|| "–".to_owned(), two_decimals)
    }

    fn hundredths(number: &f64) -> String {
        two_decimals(*number)
    }

    fn signed(number: &f64) -> String {
        signed(*number)
    }
}

/// What stands in the address.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    only: String,
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    session: StaffSession,
    slug: web::Path<String>,
    wanted: web::Query<Wanted>,
) -> Answer {
    let page = Layout::staff(&ctx, &session);
    let only = Only::ALL.into_iter().find(|only| only.word() == wanted.only);
    let only = only.ok_or(Failure::NotFound)?;
    let reviews = session.who.roles.may(Permission::ReviewApplications);
    let results = call(&ctx, move |ctx| round::read(ctx, &session.who, &slug)).await?;
    send(&ResultsPage { page, results, only, reviews })
}

pub(super) async fn csv(
    ctx: web::Data<Context>,
    session: StaffSession,
    slug: web::Path<String>,
) -> Answer {
    download(&ctx, session, slug.into_inner(), Kind::Csv, "text/csv; charset=utf-8").await
}

pub(super) async fn xlsx(
    ctx: web::Data<Context>,
    session: StaffSession,
    slug: web::Path<String>,
) -> Answer {
    let media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    download(&ctx, session, slug.into_inner(), Kind::Xlsx, media).await
}

async fn download(
    ctx: &web::Data<Context>,
    session: StaffSession,
    slug: String,
    kind: Kind,
    media: &'static str,
) -> Answer {
    let file = call(ctx, move |ctx| export::export(ctx, &session.who, &slug, kind)).await?;
    // The name is of letters, digits, dots and hyphens.
    let name = format!("attachment; filename=\"{}\"", file.name);
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, media))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(file.bytes))
}
