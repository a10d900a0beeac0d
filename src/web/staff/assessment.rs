//! What was given to one application: by staff, by assessors, and what was asked and noted.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::{Answer, id};
use crate::domain::assignment::{Comments, State};
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::results::comments::{self, Settlement};
use crate::service::results::discuss;
use crate::service::results::one::{self, Asked, Assessed, StaffCriterion};
use crate::service::results::staff_scores::{self, Typed};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Form;
use crate::web::page::{Layout, call, see_other, send, send_as};
use crate::web::permitted::{Permitted, Received, Sent};

#[derive(Template)]
#[template(path = "staff/assessment.html")]
struct AssessmentPage {
    page: Layout,
    assessed: Assessed,
    /// What was typed, where something has to be mended.
    typed: Option<Form>,
}

impl AssessmentPage {
    fn or_typed(&self, control: &str, kept: &Secret) -> Secret {
        let typed = self.typed.as_ref().and_then(|form| form.get(control));
        typed.unwrap_or(kept).clone()
    }

    fn points(&self, own: &StaffCriterion) -> Secret {
        self.or_typed(&own.controls.0, &own.points)
    }

    fn comment(&self, own: &StaffCriterion) -> Secret {
        self.or_typed(&own.controls.1, &own.comment)
    }

    fn answer(&self, asked: &Asked) -> Secret {
        self.or_typed(&asked.control, &Secret::default())
    }

    fn note(&self) -> Secret {
        self.or_typed("note", &Secret::default())
    }
}

/// What was just done.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Done {
    done: String,
}

impl Done {
    fn said(&self) -> Option<&'static str> {
        match self.done.as_str() {
            "scores" => Some("Your points are kept."),
            "note" => Some("The note is added."),
            "answer" => Some("The answer is sent. The assessor reads it beside the packet."),
            "comments" => Some("The comments are settled."),
            _ => None,
        }
    }
}

/// Where a reason is asked for before anything is shown.
fn ask_why(id: &crate::domain::id::Id) -> Answer {
    Ok(see_other(&format!("/staff/applications/{id}")))
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    Permitted { session, row: application }: Received,
    done: web::Query<Done>,
) -> Answer {
    let page = Layout::staff(&ctx, &session).saying(done.said());
    let about = application.id().clone();
    let read = call(&ctx, move |ctx| one::read(ctx, &session.who, &application)).await?;
    match read {
        Some(assessed) => send(&AssessmentPage { page, assessed, typed: None }),
        None => ask_why(&about),
    }
}

/// What a button asks for.
enum Wanted {
    Scores(Vec<Typed>),
    Note(Secret),
    Answer(crate::domain::id::Id, Secret),
    Settle(crate::domain::id::Id, String, Settlement),
}

impl Wanted {
    fn of(form: &Form) -> Result<Self, Failure> {
        let (action, about) = match form.word("action").split_once(':') {
            Some((action, about)) => (action, about),
            None => (form.word("action"), ""),
        };
        match action {
            "scores" => {
                let places = form.names("points.").filter_map(|name| {
                    let place = name.strip_prefix("points.")?;
                    let comment = form.value(&format!("comment.{place}"));
                    Some(Typed { place: place.parse().ok()?, points: form.value(name), comment })
                });
                Ok(Self::Scores(places.collect()))
            }
            "note" => Ok(Self::Note(form.value("note"))),
            "answer" => Ok(Self::Answer(id(about)?, form.value(&format!("answer.{about}")))),
            _ => match Settlement::of(action) {
                Some(settlement) => {
                    Ok(Self::Settle(id(about)?, form.word("seen").to_owned(), settlement))
                }
                None => Err(ServiceError::field("action", "Choose what is to be done").into()),
            },
        }
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::Scores(_) => "scores",
            Self::Note(_) => "note",
            Self::Answer(..) => "answer",
            Self::Settle(..) => "comments",
        }
    }
}

pub(super) async fn change(
    ctx: web::Data<Context>,
    Sent { about: Permitted { session, row: application }, posted }: Sent<Received>,
) -> Answer {
    let own = |name: &str| {
        ["action", "note", "seen"].contains(&name)
            || ["points.", "comment.", "answer."].iter().any(|start| name.starts_with(start))
    };
    let form = session.trust(posted.accept(own, &[])?)?;
    let wanted = Wanted::of(&form)?;
    let address =
        format!("/staff/applications/{}/assessment?done={}", application.id(), wanted.word());
    let (who, about) = (session.who.clone(), application.clone());
    let done = call(&ctx, move |ctx| match &wanted {
        Wanted::Scores(typed) => staff_scores::give(ctx, &who, &about, typed),
        Wanted::Note(text) => discuss::note(ctx, &who, &about, text),
        Wanted::Answer(question, text) => discuss::answer(ctx, &who, &about, question, text),
        Wanted::Settle(assignment, seen, how) => {
            comments::settle(ctx, &who, &about, (assignment, seen), *how)
        }
    });
    match done.await {
        Ok(()) => Ok(see_other(&address)),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = Layout::staff(&ctx, &session).with_errors(errors);
            let id = application.id().clone();
            let read = call(&ctx, move |ctx| one::read(ctx, &session.who, &application)).await?;
            match read {
                Some(assessed) => {
                    let page = AssessmentPage { page, assessed, typed: Some(form) };
                    send_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
                }
                None => ask_why(&id),
            }
        }
        Err(failure) => Err(failure),
    }
}
