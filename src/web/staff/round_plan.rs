//! How rounds are assessed: the list of them, and the plan of one.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{Answer, assignments, conflicts, share_out};
use crate::domain::form::FieldError;
use crate::service::Context;
use crate::service::assign::plan::{self as service, PlanView, RoundRow, Typed};
use crate::service::assign::{NO_PLAN, plan::MOST_EACH};
use crate::service::error::ServiceError;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send, send_as};
use crate::web::session::StaffSession;
use crate::web::{reads, routes};

/// The pages on which packets are shared out.
pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(reads("/staff/assessment", list))
        .service(reads("/staff/rounds/{slug}/assessment", page).route(web::post().to(save)))
        .service(
            reads("/staff/rounds/{slug}/assignments", assignments::page)
                .route(web::post().to(assignments::change)),
        )
        .service(
            reads("/staff/rounds/{slug}/assignments/{id}", assignments::packet)
                .route(web::post().to(assignments::change_packet)),
        )
        .service(reads("/staff/rounds/{slug}/assessors", assignments::people))
        .service(
            reads("/staff/rounds/{slug}/share-out", share_out::page)
                .route(web::post().to(share_out::assign)),
        )
        .service(
            reads("/staff/rounds/{slug}/conflicts", conflicts::page)
                .route(web::post().to(conflicts::enter)),
        )
        .service(
            web::resource("/staff/rounds/{slug}/conflicts/remove")
                .route(web::post().to(conflicts::remove)),
        );
}

/// The pages of one round, for the links between them.
pub(super) struct RoundNav {
    /// The round's name in addresses.
    pub slug: String,
    /// Programme and round.
    pub title: String,
    /// Which of the pages one is on.
    pub here: &'static str,
}

impl RoundNav {
    pub(super) fn new(slug: &str, title: &str, here: &'static str) -> Self {
        Self { slug: slug.to_owned(), title: title.to_owned(), here }
    }

    /// Whether a link leads to where one is.
    pub(super) fn is_here(&self, end: &str) -> bool {
        self.here == end
    }

    /// The pages: the end of the address and the name. Pages that this site does not have are left out.
    pub(super) fn pages(&self) -> Vec<(&'static str, &'static str)> {
        const PAGES: [(&str, &str); 7] = [
            ("assessment", "Plan"),
            ("packets", "Packets"),
            ("assignments", "Assignments"),
            ("assessors", "Assessors"),
            ("share-out", "Share out"),
            ("conflicts", "Conflicts"),
            ("results", "Results"),
        ];
        let there = |end: &str| {
            routes::find(&Method::GET, &format!("/staff/rounds/{{slug}}/{end}")).is_some()
        };
        PAGES.into_iter().filter(|(end, _)| there(end)).collect()
    }
}

/// What a service answers, but that a round without a plan leads to where it is settled.
pub(super) fn or_plan<T>(
    slug: &str,
    answer: Result<T, Failure>,
) -> Result<Result<T, actix_web::HttpResponse>, Failure> {
    match answer {
        Ok(value) => Ok(Ok(value)),
        Err(Failure::Service(ServiceError::Invalid(errors)))
            if errors.iter().any(|error| error.field == NO_PLAN) =>
        {
            Ok(Err(see_other(&format!("/staff/rounds/{slug}/assessment?done=first"))))
        }
        Err(failure) => Err(failure),
    }
}

#[derive(Template)]
#[template(path = "staff/assessment_rounds.html")]
struct ListPage {
    page: Layout,
    rows: Vec<RoundRow>,
}

async fn list(ctx: web::Data<Context>, session: StaffSession) -> Answer {
    let page = Layout::staff(&ctx, &session);
    let rows = call(&ctx, move |ctx| service::rounds(ctx, &session.who)).await?;
    send(&ListPage { page, rows })
}

#[derive(Template)]
#[template(path = "staff/round_assessment.html")]
struct PlanPage {
    page: Layout,
    round: RoundNav,
    view: PlanView,
    typed: Typed,
}

async fn page(
    ctx: web::Data<Context>,
    session: StaffSession,
    slug: web::Path<String>,
    request: HttpRequest,
) -> Answer {
    let said = match request.query_string() {
        "done=saved" => Some("The plan is saved."),
        "done=first" => Some("Settle first how this round is assessed."),
        _ => None,
    };
    let page = Layout::staff(&ctx, &session).saying(said);
    show(&ctx, &session, slug.into_inner(), page, None).await
}

async fn show(
    ctx: &web::Data<Context>,
    session: &StaffSession,
    slug: String,
    page: Layout,
    typed: Option<Typed>,
) -> Answer {
    let who = session.who.clone();
    let view = call(ctx, move |ctx| service::view(ctx, &who, &slug)).await?;
    let title = format!("{}, {}", view.row.programme, view.row.round);
    let round = RoundNav::new(&view.row.slug, &title, "assessment");
    let errors: &[FieldError] = &page.errors;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let typed = typed.unwrap_or_else(|| view.typed.clone());
    send_as(status, &PlanPage { page, round, view, typed })
}

async fn save(
    ctx: web::Data<Context>,
    session: StaffSession,
    slug: web::Path<String>,
    posted: Posted,
) -> Answer {
    let form = session.trust(posted.only(&["each", "due", "closes", "show_others"])?)?;
    let typed = Typed {
        each: form.word("each").to_owned(),
        due: form.word("due").to_owned(),
        closes: form.word("closes").to_owned(),
        show_others: form.word("show_others") == "yes",
    };
    let slug = slug.into_inner();
    let (who, name, wanted) = (session.who.clone(), slug.clone(), typed.clone());
    match call(&ctx, move |ctx| service::save(ctx, &who, &name, &wanted)).await {
        Ok(()) => Ok(see_other(&format!("/staff/rounds/{slug}/assessment?done=saved"))),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = Layout::staff(&ctx, &session).with_errors(errors);
            show(&ctx, &session, slug, page, Some(typed)).await
        }
        Err(failure) => Err(failure),
    }
}
