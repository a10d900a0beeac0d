//! Conflicts of interest that staff know of.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::round_plan::RoundNav;
use super::sure::{self, Sure};
use super::{Answer, id};
use crate::domain::assignment::ConflictKind;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::assign::conflicts::{self as service, ConflictsView, LONGEST_NOTE, Typed};
use crate::service::error::ServiceError;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send_as};
use crate::web::session::StaffSession;

#[derive(Template)]
#[template(path = "staff/conflicts.html")]
struct ConflictsPage {
    page: Layout,
    round: RoundNav,
    view: ConflictsView,
    typed: Typed,
}

impl ConflictsPage {
    fn is_kind(&self, kind: &ConflictKind) -> bool {
        self.typed.kind == kind.word()
    }
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    session: StaffSession,
    slug: web::Path<String>,
    request: HttpRequest,
) -> Answer {
    let said = match request.query_string() {
        "done=entered" => {
            Some("The conflict is entered. What the assessor had of this applicant has ended.")
        }
        "done=removed" => Some(
            "The conflict is removed. Nothing is given back by itself: share out, or give it by hand.",
        ),
        _ => None,
    };
    let page = Layout::staff(&ctx, &session).saying(said);
    show(&ctx, &session, slug.into_inner(), page, Typed::default()).await
}

async fn show(
    ctx: &web::Data<Context>,
    session: &StaffSession,
    slug: String,
    page: Layout,
    typed: Typed,
) -> Answer {
    let who = session.who.clone();
    let view = call(ctx, move |ctx| service::list(ctx, &who, &slug)).await?;
    let round = RoundNav::new(&view.slug, &view.title, "conflicts");
    let wrong = !page.errors.is_empty();
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    send_as(status, &ConflictsPage { page, round, view, typed })
}

pub(super) async fn enter(
    ctx: web::Data<Context>,
    session: StaffSession,
    slug: web::Path<String>,
    posted: Posted,
) -> Answer {
    let form = session.trust(posted.only(&["assessor", "reference", "kind", "note"])?)?;
    let typed = Typed {
        assessor: form.word("assessor").to_owned(),
        reference: form.word("reference").to_owned(),
        kind: form.word("kind").to_owned(),
        note: form.value("note"),
    };
    let slug = slug.into_inner();
    let (who, name, wanted) = (session.who.clone(), slug.clone(), typed.clone());
    match call(&ctx, move |ctx| service::enter(ctx, &who, &name, &wanted)).await {
        Ok(()) => Ok(see_other(&format!("/staff/rounds/{slug}/conflicts?done=entered"))),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = Layout::staff(&ctx, &session).with_errors(errors);
            show(&ctx, &session, slug, page, typed).await
        }
        Err(failure) => Err(failure),
    }
}

pub(super) async fn remove(
    ctx: web::Data<Context>,
    session: StaffSession,
    slug: web::Path<String>,
    posted: Posted,
) -> Answer {
    let form = session.trust(posted.only(&["conflict", sure::FIELD])?)?;
    let (slug, conflict) = (slug.into_inner(), id(form.word("conflict"))?);
    let (who, name) = (session.who.clone(), slug.clone());
    if !sure::is_said(&form) {
        let view = call(&ctx, move |ctx| service::list(ctx, &who, &name)).await?;
        let address = format!("/staff/rounds/{slug}/conflicts");
        // Somebody else has removed it.
        let Some(row) = view.rows.into_iter().find(|row| row.id == conflict) else {
            return Ok(see_other(&address));
        };
        return sure::ask(&Sure {
            page: Layout::staff(&ctx, &session),
            question: "Remove this conflict of interest?",
            about: vec![
                ("Assessor", row.assessor),
                ("Application", Secret::new(row.reference)),
                ("Kind", Secret::new(row.kind.label())),
                ("Note", row.note),
            ],
            follows: "The assessor can then be given applications of this applicant. The note is gone. Nothing is given back by itself.",
            action: format!("{address}/remove"),
            carried: vec![("conflict", conflict.to_string())],
            button: "Remove the conflict",
            leave: address,
        });
    }
    call(&ctx, move |ctx| service::remove(ctx, &who, &name, &conflict)).await?;
    Ok(see_other(&format!("/staff/rounds/{slug}/conflicts?done=removed")))
}
