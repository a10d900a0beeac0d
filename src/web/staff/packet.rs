//! An application beside its packet: what is struck out, and the release.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::Answer;
use super::packet_file::style_of;
use crate::domain::packet::KeepReason;
use crate::domain::redaction::Standing;
use crate::domain::secret::Secret;
use crate::domain::strike::MARK;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::packets::prepare::{self, Change};
use crate::service::packets::release;
use crate::service::packets::view::{
    FileView, PreparedAnswer, Preparing, RedactionView, ShownPiece,
};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Form;
use crate::web::page::{Layout, call, see_other, send, send_as};
use crate::web::permitted::{Permitted, Received, Sent};

#[derive(Template)]
#[template(path = "staff/packet.html")]
struct PacketPage {
    page: Layout,
    preparing: Preparing,
    /// What was typed to be struck out, by the key of the question.
    typed: Option<(String, Secret)>,
    /// The lists as they were typed or are kept.
    further: Secret,
    tags: Secret,
    /// The lists as they are kept.
    kept_further: Secret,
    kept_tags: Secret,
}

impl PacketPage {
    fn new(page: Layout, preparing: Preparing) -> Self {
        let lines = |texts: &[Secret]| {
            let texts: Vec<&str> = texts.iter().map(Secret::expose).collect();
            Secret::new(texts.join("\n"))
        };
        let (further, tags) = (lines(&preparing.further), lines(&preparing.tags));
        let (kept_further, kept_tags) = (further.clone(), tags.clone());
        Self { page, preparing, typed: None, further, tags, kept_further, kept_tags }
    }

    /// What was typed to be struck out of an answer.
    fn typed_for(&self, answer: &PreparedAnswer) -> Secret {
        let typed = self.typed.as_ref().filter(|(own, _)| *own == answer.key);
        typed.map(|(_, text)| text.clone()).unwrap_or_default()
    }

    fn style(&self, standing: &Standing) -> &'static str {
        style_of(*standing)
    }

    /// What the next release does with a redacted version, and where the last one left it.
    fn goes_along(&self, file: &FileView, own: &RedactionView) -> &'static str {
        let is_open = self.preparing.released.as_ref().is_some_and(|released| released.is_open);
        match (own.standing, own.is_released, file.is_other_released) {
            (Standing::Ready, true, _) if is_open => "It is in the packet.",
            (Standing::Ready, _, true) if is_open => {
                "Assessors still fetch the one that was released before: release the packet anew."
            }
            (Standing::Ready, _, _) if is_open => {
                "It is not in the packet yet: release the packet anew."
            }
            (Standing::Ready, ..) => "It goes into the packet.",
            (_, true, _) | (_, _, true) if is_open => {
                "Assessors can fetch what was released before; a new release takes it away."
            }
            (..) => "It does not go into the packet.",
        }
    }

    /// The files whose redacted version a release would leave out.
    fn left_out(&self) -> impl Iterator<Item = &FileView> {
        let is_left_out = |own: &RedactionView| own.standing != Standing::Ready;
        self.preparing
            .files
            .iter()
            .filter(move |file| file.redaction.as_ref().is_some_and(is_left_out))
    }

    /// The words on the button that releases.
    fn release_words(&self) -> &'static str {
        match &self.preparing.released {
            None => "Release the packet",
            Some(released) if !released.is_open => "Release it again",
            Some(_) => "Release it anew",
        }
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
            "released" => {
                Some("The packet is released. Assessors to whom you give it can read it.")
            }
            "closed" => Some("The packet is closed. No assessor can read it any more."),
            "kept" => Some("Your lists are kept."),
            _ => None,
        }
    }
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    Permitted { session, row: application }: Received,
    done: web::Query<Done>,
) -> Answer {
    let page = Layout::staff(&ctx, &session).saying(done.said());
    let shown = call(&ctx, move |ctx| prepare::show(ctx, &session.who, &application)).await?;
    send(&PacketPage::new(page, shown))
}

/// What a button asks for.
enum Asked {
    /// Changes, and where on the page the person goes on.
    Change(Change, String),
    /// Nothing but that the lists are kept.
    Keep,
    Release,
    Close,
}

impl Asked {
    fn of(form: &Form) -> Option<Self> {
        if let Some(wanted) = form.get("turn") {
            let (question, place) = wanted.expose().rsplit_once(':')?;
            let (start, end) = place.split_once('-')?;
            let place = (start.parse().ok()?, end.parse().ok()?);
            let why = form.word(&format!("keep.{question}")).parse().ok();
            let (question, back) = (question.to_owned(), format!("#answer-{question}"));
            return Some(Self::Change(Change::Turn { question, place, why }, back));
        }
        if let Some(question) = form.get("strike") {
            return Some(Self::strike(form, question.expose()));
        }
        match form.word("action") {
            "keep" => Some(Self::Keep),
            // The enter key was pressed in one of the fields.
            "enter" => {
                let mut typed = form.names("strike.").filter_map(|name| {
                    (!form.value(name).is_blank()).then(|| name.strip_prefix("strike."))?
                });
                Some(typed.next().map_or(Self::Keep, |question| Self::strike(form, question)))
            }
            "release" => Some(Self::Release),
            "close" => Some(Self::Close),
            _ => None,
        }
    }

    fn strike(form: &Form, question: &str) -> Self {
        let text = form.value(&format!("strike.{question}"));
        let (question, back) = (question.to_owned(), format!("#answer-{question}"));
        Self::Change(Change::StrikeOut { question, text }, back)
    }
}

pub(super) async fn change(
    ctx: web::Data<Context>,
    Sent { about: Permitted { session, row: application }, posted }: Sent<Received>,
) -> Answer {
    let own = |name: &str| {
        ["turn", "strike", "action", "further", "tags", "seen", "was.further", "was.tags"]
            .contains(&name)
            || name.starts_with("strike.")
            || name.starts_with("keep.")
    };
    let form = session.trust(posted.accept(own, &[])?)?;
    let address = format!("/staff/applications/{}/packet", application.id());
    let asked = Asked::of(&form).ok_or_else(|| {
        ServiceError::field("action", "Choose what is to be done with the packet")
    })?;
    let (who, about) = (session.who.clone(), application.clone());
    // The lists are on the same form: whatever is pressed, what was typed there is not lost.
    let (further, tags) = (form.value("further"), form.value("tags"));
    let entered = Change::Entered { further: further.clone(), tags: tags.clone() };
    // From an older page they would undo what somebody entered since.
    let untouched = ["further", "tags"].iter().all(|name| {
        let was = form.get(&format!("was.{name}"));
        was.is_some_and(|was| was.expose() == form.value(name).expose())
    });
    let (changes, back) = match asked {
        Asked::Change(change, back) if untouched => (vec![change], back),
        Asked::Change(change, back) => (vec![entered, change], back),
        Asked::Keep => (vec![entered], "?done=kept#lists".to_owned()),
        Asked::Release => {
            let seen = form.word("seen").to_owned();
            call(&ctx, move |ctx| release::release(ctx, &who, &about, &seen)).await?;
            return Ok(see_other(&format!("{address}?done=released")));
        }
        Asked::Close => {
            call(&ctx, move |ctx| release::close(ctx, &who, &about)).await?;
            return Ok(see_other(&format!("{address}?done=closed")));
        }
    };
    let typed = changes.iter().find_map(|change| match change {
        Change::StrikeOut { question, text } => Some((question.clone(), text.clone())),
        Change::Entered { .. } | Change::Turn { .. } => None,
    });
    match call(&ctx, move |ctx| prepare::change(ctx, &who, &about, &changes)).await {
        Ok(()) => Ok(see_other(&format!("{address}{back}"))),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = Layout::staff(&ctx, &session).with_errors(errors);
            let shown =
                call(&ctx, move |ctx| prepare::show(ctx, &session.who, &application)).await?;
            let page = PacketPage { typed, further, tags, ..PacketPage::new(page, shown) };
            send_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(failure) => Err(failure),
    }
}
