//! A packet: what an applicant wrote as far as assessors may see it, and what its assessor gives to it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::assigned::Assigned;
use super::{Answer, unsaved};
use crate::domain::assessing::{MOST_COMMENT, MOST_QUESTION};
use crate::domain::form::FieldError;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::assess::give_scores::{self, Act, Outcome, Typed};
use crate::service::assess::read_packet::{self, PacketView};
use crate::service::assess::{ask_staff, fetch_file};
use crate::service::error::ServiceError;
use crate::web::download::hand_out;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::{Form, FormError, Posted};
use crate::web::page::{Layout, call, see_other, send_as};

#[derive(Template)]
#[template(path = "assessor/packet.html")]
struct PacketPage {
    page: Layout,
    packet: PacketView,
    /// A question that was typed and not sent.
    question: Secret,
    /// Whether something that was typed for the scores has to be mended: then the form is shown whatever the day.
    is_typed: bool,
}

impl PacketPage {
    const fn most_comment(&self) -> usize {
        MOST_COMMENT
    }

    const fn most_question(&self) -> usize {
        MOST_QUESTION
    }
}

/// What stands on the page beside what is kept.
#[derive(Default)]
struct Over {
    said: Option<&'static str>,
    errors: Vec<FieldError>,
    scores: Option<Form>,
    /// Whether what is kept stands beside what was typed.
    is_overtaken: bool,
    question: Secret,
}

async fn show(ctx: &web::Data<Context>, of: &Assigned, over: Over) -> Answer {
    let (who, own) = (of.session.who.clone(), of.own.clone());
    let mut packet = call(ctx, move |ctx| read_packet::read(ctx, &who, &own)).await?;
    let failed = !over.errors.is_empty();
    let status = if failed { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    if let Some(form) = &over.scores {
        for one in &mut packet.criteria {
            let (points, comment) = (one.points_control(), one.comment_control());
            let is_wrong = |name: &str| over.errors.iter().any(|error| error.field == name);
            if over.is_overtaken && (is_wrong(&points) || is_wrong(&comment)) {
                one.meanwhile = Some((one.points.clone(), one.comment.clone()));
            }
            if let Some(typed) = form.get(&points) {
                one.points = typed.clone();
            }
            if let Some(typed) = form.get(&comment) {
                one.comment = typed.clone();
            }
        }
    }
    let page = Layout::assessor(ctx, &of.session).saying(over.said).with_errors(over.errors);
    let is_typed = over.scores.is_some();
    send_as(status, &PacketPage { page, packet, question: over.question, is_typed })
}

const CHANGED: &str =
    "Your question is sent. What you changed in your scores is not handed in yet.";
const SAVED: &str = "Your draft is saved. You can close this page and come back.";
const ASKED: &str = "Your question is sent. The answer will stand on this page.";

/// What was just done.
fn said(query: &str) -> Option<&'static str> {
    query.split('&').find_map(|pair| match pair {
        "saved=1" => Some(SAVED),
        "asked=1" => Some(ASKED),
        _ => None,
    })
}

pub(super) async fn page(ctx: web::Data<Context>, of: Assigned, request: HttpRequest) -> Answer {
    if let Some(first) = of.first() {
        return Ok(first);
    }
    let said = said(request.query_string());
    show(&ctx, &of, Over { said, ..Over::default() }).await
}

/// Hands out a file of the packet.
pub(super) async fn file(
    ctx: web::Data<Context>,
    of: Assigned,
    at: web::Path<(String, String)>,
) -> Answer {
    if let Some(first) = of.first() {
        return Ok(first);
    }
    let (_, number) = at.into_inner();
    // Written as it stands on the page, and in no other way.
    let number = number.parse().ok().filter(|it: &i64| *it > 0 && it.to_string() == number);
    let number = number.ok_or(Failure::NotFound)?;
    let (who, own) = (of.session.who.clone(), of.own.clone());
    let file = call(&ctx, move |ctx| fetch_file::fetch(ctx, &who, &own, number)).await?;
    Ok(hand_out(&file.name, file.media_type, &file.content))
}

/// Whether the form of a packet has a field that is called like this, whatever the programme.
fn may_have(name: &str) -> bool {
    matches!(name, "action" | "version" | "seen" | "question")
        || ["points.", "comment."].iter().any(|start| name.starts_with(start))
}

/// Which button was pressed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pressed {
    Save,
    HandIn,
    Ask,
}

/// Scores and a question are on one form: whatever is pressed, nothing that was typed is lost.
pub(super) async fn give(
    ctx: web::Data<Context>,
    // What was typed is given back also to whoever may not come in any more.
    of: Result<Assigned, Failure>,
    posted: Posted,
) -> Answer {
    let form = posted.accept(may_have, &[])?;
    let of = match of {
        Err(Failure::SignedOut(_)) => return unsaved::give_back(&ctx, &form),
        of => of?,
    };
    let form = of.session.trust(form)?;
    if let Some(first) = of.first() {
        return Ok(first);
    }
    let pressed = match form.word("action") {
        // Without a button nothing is handed in.
        "save" | "" => Pressed::Save,
        "hand-in" => Pressed::HandIn,
        "ask" => Pressed::Ask,
        _ => return Err(FormError::Unknown("action".to_owned()).into()),
    };
    let typed = typed(&of, &form)?;
    let question = form.value("question");
    if pressed == Pressed::Ask {
        return ask(&ctx, &of, form, typed, question).await;
    }
    let unsent = pressed == Pressed::HandIn && !question.is_blank();
    let act = if pressed == Pressed::HandIn && !unsent { Act::HandIn } else { Act::Save };
    let Outcome { mut errors, is_overtaken } = if unsent && of.own.is_handed_in() {
        Outcome::default()
    } else {
        scores(&ctx, &of, typed, act).await?
    };
    if unsent {
        let message = "Send your question, or empty its field: it is not sent with your scores";
        errors.push(FieldError { field: "question".to_owned(), message: message.to_owned() });
    }
    if !errors.is_empty() {
        let over = Over { errors, scores: Some(form), is_overtaken, question, said: None };
        return show(&ctx, &of, over).await;
    }
    match act {
        Act::HandIn => Ok(see_other("/assess?done=handed-in")),
        Act::Save if question.is_blank() => Ok(see_other(&format!("{}?saved=1", of.address("")))),
        // A question that was typed and not sent stays where it was typed.
        Act::Save => show(&ctx, &of, Over { said: Some(SAVED), question, ..Over::default() }).await,
    }
}

/// What was typed for the scores.
fn typed(of: &Assigned, form: &Form) -> Result<Typed, Failure> {
    let mut values = Vec::new();
    let beside = |name: &str| ["version", "seen", "question"].contains(&name);
    for (name, value) in form.answers().filter(|(name, _)| !beside(name)) {
        if !of.own.has_control(name) {
            return Err(FormError::Unknown(name.clone()).into());
        }
        values.push((name.clone(), value.clone()));
    }
    let seen = form.get("seen").map(|seen| seen.expose().to_owned());
    Ok(Typed { values, version: form.word("version").to_owned(), seen })
}

async fn scores(
    ctx: &web::Data<Context>,
    of: &Assigned,
    typed: Typed,
    act: Act,
) -> Result<Outcome, Failure> {
    let (who, own) = (of.session.who.clone(), of.own.clone());
    call(ctx, move |ctx| give_scores::give(ctx, &who, &own, &typed, act)).await
}

/// Sends a question. What was typed for the scores is kept as a draft; where they are handed in, it stays on the page.
async fn ask(
    ctx: &web::Data<Context>,
    of: &Assigned,
    form: Form,
    typed: Typed,
    question: Secret,
) -> Answer {
    let (outcome, is_unsaved) = if typed.values.is_empty() {
        (Outcome::default(), false)
    } else if of.own.is_handed_in() {
        let own = of.own.clone();
        let changed = call(ctx, move |ctx| give_scores::is_changed(ctx, &own, &typed)).await?;
        (Outcome::default(), changed)
    } else {
        let outcome = scores(ctx, of, typed, Act::Save).await?;
        let is_unsaved = !outcome.errors.is_empty();
        (outcome, is_unsaved)
    };
    let Outcome { mut errors, is_overtaken } = outcome;
    let (who, own, asked) = (of.session.who.clone(), of.own.clone(), question.clone());
    let (said, question) = match call(ctx, move |ctx| ask_staff::ask(ctx, &who, &own, &asked)).await
    {
        Ok(()) if !is_unsaved => {
            return Ok(see_other(&format!("{}?asked=1", of.address(""))));
        }
        Ok(()) if errors.is_empty() => (Some(CHANGED), Secret::default()),
        Ok(()) => (Some(ASKED), Secret::default()),
        Err(Failure::Service(ServiceError::Invalid(wrong))) => {
            errors.extend(wrong);
            (None, question)
        }
        Err(failure) => return Err(failure),
    };
    let scores = is_unsaved.then_some(form);
    show(ctx, of, Over { said, errors, scores, is_overtaken, question }).await
}
