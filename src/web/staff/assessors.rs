//! Outside assessors: who they are, until when they have access, and inviting others.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Deserialize;

use super::Answer;
use super::sure::{self, Sure};
use crate::domain::form::FieldError;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::assessors::{self as service, AssessorView};
use crate::service::assign::tags;
use crate::service::error::ServiceError;
use crate::service::list_assessors::{self, AssessorsPage};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send, send_as};
use crate::web::permitted::{Permitted, Sent};
use crate::web::session::StaffSession;

type Assessor = Permitted<AssessorView>;

#[derive(Template)]
#[template(path = "staff/assessors.html")]
struct ListPage {
    page: Layout,
    listed: AssessorsPage,
    /// Where the page begins; empty for the first.
    after: String,
    /// Whom to look for.
    sought: Secret,
}

/// What stands in the address of the list.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    after: String,
    invited: String,
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    session: StaffSession,
    asked: web::Query<Asked>,
) -> Answer {
    let Asked { after, invited } = asked.into_inner();
    let said = (invited == "1").then_some("The invitation is sent.");
    let page = Layout::staff(&ctx, &session).saying(said);
    let from = after.clone();
    let listed = call(&ctx, move |ctx| list_assessors::list(ctx, &session.who, &from)).await?;
    send(&ListPage { page, listed, after, sought: Secret::default() })
}

/// Looks for people. It changes nothing, and is posted so that nobody's name or address stands in that of a page.
pub(super) async fn search(
    ctx: web::Data<Context>,
    session: StaffSession,
    posted: Posted,
) -> Answer {
    let sought = session.trust(posted.only(&["sought"])?)?.value("sought");
    if sought.is_blank() {
        return Ok(see_other("/staff/assessors"));
    }
    let page = Layout::staff(&ctx, &session);
    let whom = sought.clone();
    let listed = call(&ctx, move |ctx| list_assessors::search(ctx, &session.who, &whom)).await?;
    send(&ListPage { page, listed, after: String::new(), sought })
}

#[derive(Template)]
#[template(path = "staff/assessor_invite.html")]
struct InvitePage {
    page: Layout,
    email: Secret,
    until: String,
}

pub(super) async fn invite_page(ctx: web::Data<Context>, session: StaffSession) -> Answer {
    let page = Layout::staff(&ctx, &session);
    send(&InvitePage { page, email: Secret::default(), until: String::new() })
}

pub(super) async fn invite(
    ctx: web::Data<Context>,
    session: StaffSession,
    posted: Posted,
) -> Answer {
    let form = session.trust(posted.only(&["email", "until"])?)?;
    let (email, until) = (form.value("email"), form.word("until").to_owned());
    let (who, address, day) = (session.who.clone(), email.clone(), until.clone());
    match call(&ctx, move |ctx| service::invite(ctx, &who, address.expose(), &day)).await {
        Ok(()) => Ok(see_other("/staff/assessors?invited=1")),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = Layout::staff(&ctx, &session).with_errors(errors);
            send_as(StatusCode::UNPROCESSABLE_ENTITY, &InvitePage { page, email, until })
        }
        Err(failure) => Err(failure),
    }
}

#[derive(Template)]
#[template(path = "staff/assessor.html")]
struct AssessorPage {
    page: Layout,
    assessor: Arc<AssessorView>,
    /// What stands in the field for the last day.
    until: String,
    /// What stands in the field for what they know about.
    tags: Secret,
}

/// What was just done, by what the address says of it.
fn said(query: &str) -> Option<&'static str> {
    match query {
        "done=until" => Some("The last day is changed. Who has come in before is told by mail."),
        "done=tags" => Some("What they know about is saved."),
        "done=end" => Some("Access has ended, and so have the sessions."),
        "done=again" => Some("Another invitation is sent. The one before works no longer."),
        _ => None,
    }
}

pub(super) async fn one(ctx: web::Data<Context>, about: Assessor, request: HttpRequest) -> Answer {
    show(&ctx, &about, said(request.query_string()), Vec::new(), Typed::default()).await
}

/// What was typed and has to be mended.
#[derive(Default)]
struct Typed {
    until: Option<String>,
    tags: Option<Secret>,
}

async fn show(
    ctx: &web::Data<Context>,
    about: &Assessor,
    said: Option<&'static str>,
    errors: Vec<FieldError>,
    typed: Typed,
) -> Answer {
    let (who, assessor) = (about.session.who.clone(), about.row.clone());
    let shown = assessor.clone();
    let kept = call(ctx, move |ctx| {
        service::opened(ctx, &who, &shown)?;
        tags::of(ctx, &shown)
    });
    let kept = kept.await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Layout::staff(ctx, &about.session).saying(said).with_errors(errors);
    let until = typed.until.unwrap_or_else(|| assessor.until.to_string());
    let tags = typed.tags.unwrap_or(kept);
    send_as(status, &AssessorPage { page, assessor, until, tags })
}

pub(super) async fn set_tags(
    ctx: web::Data<Context>,
    Sent { about, posted }: Sent<Assessor>,
) -> Answer {
    let form = about.session.trust(posted.only(&["tags"])?)?;
    let typed = form.value("tags");
    let (who, assessor, words) = (about.session.who.clone(), about.row.clone(), typed.clone());
    let done = call(&ctx, move |ctx| tags::set(ctx, &who, &assessor, &words)).await;
    answer(&ctx, &about, done, "tags", Typed { tags: Some(typed), ..Typed::default() }).await
}

pub(super) async fn set_until(
    ctx: web::Data<Context>,
    Sent { about, posted }: Sent<Assessor>,
) -> Answer {
    let form = about.session.trust(posted.only(&["until"])?)?;
    let until = form.word("until").to_owned();
    let (who, assessor, day) = (about.session.who.clone(), about.row.clone(), until.clone());
    let done = call(&ctx, move |ctx| service::set_until(ctx, &who, &assessor, &day)).await;
    answer(&ctx, &about, done, "until", Typed { until: Some(until), ..Typed::default() }).await
}

pub(super) async fn end(ctx: web::Data<Context>, Sent { about, posted }: Sent<Assessor>) -> Answer {
    let form = about.session.trust(posted.only(&[sure::FIELD])?)?;
    let (who, assessor) = (about.session.who.clone(), about.row.clone());
    if !sure::is_said(&form) {
        let address = format!("/staff/assessors/{}", assessor.id);
        return sure::ask(&Sure {
            page: Layout::staff(&ctx, &about.session),
            question: "End this assessor’s access now?",
            about: vec![
                ("Name", assessor.name.clone()),
                ("E-mail address", assessor.email.clone()),
            ],
            follows: "They are signed out everywhere at once, and told by mail if they had come in. Packets that they have not scored are to be given to somebody else.",
            action: format!("{address}/end"),
            carried: Vec::new(),
            button: "End access now",
            leave: address,
        });
    }
    let done = call(&ctx, move |ctx| service::end(ctx, &who, &assessor)).await;
    answer(&ctx, &about, done, "end", Typed::default()).await
}

pub(super) async fn again(
    ctx: web::Data<Context>,
    Sent { about, posted }: Sent<Assessor>,
) -> Answer {
    about.session.trust(posted.only(&[])?)?;
    let (who, assessor) = (about.session.who.clone(), about.row.clone());
    let done = call(&ctx, move |ctx| service::resend(ctx, &who, &assessor)).await;
    answer(&ctx, &about, done, "again", Typed::default()).await
}

/// Back to the page, with what was done or with what is wrong.
async fn answer(
    ctx: &web::Data<Context>,
    about: &Assessor,
    done: Result<(), Failure>,
    word: &str,
    typed: Typed,
) -> Answer {
    match done {
        Ok(()) => Ok(see_other(&format!("/staff/assessors/{}?done={word}", about.row.id))),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            show(ctx, about, None, errors, typed).await
        }
        Err(failure) => Err(failure),
    }
}
