//! An officer looks at what assessors would read of an application, and says what is struck out.

use serde_json::json;

use super::laid::{Laid, Looked};
use super::team;
use super::view::{PreparedAnswer, Preparing, Released, ShownPiece};
use crate::domain::packet::{FieldKind, KeepReason, Proposed, entered};
use crate::domain::reason::Opening;
use crate::domain::role::Permission;
use crate::domain::secret::Secret;
use crate::domain::strike::{self, Piece};
use crate::service::assign;
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::service::openings;
use crate::service::permitted::ReceivedApplication;
use crate::service::session::Staff;
use crate::store::applications::Application;
use crate::store::{looked, packets};

/// What an officer does to a packet before it is released.
#[derive(Clone)]
pub enum Change {
    /// Takes a strike of an answer back, or strikes it out again.
    Turn {
        /// The key of the question.
        question: String,
        /// The first byte and the byte after the last.
        place: (usize, usize),
        /// Why it may stay, where that was said.
        why: Option<KeepReason>,
    },
    /// Strikes a text out by hand: in one answer.
    StrikeOut {
        /// The key of the question.
        question: String,
        /// The text, as it stands there.
        text: Secret,
    },
    /// Says what is struck out wherever it stands, and what the application is about.
    Entered {
        /// To be struck out: a list.
        further: Secret,
        /// What it is about: a list.
        tags: Secret,
    },
}

/// Shows an application beside its packet. That it was opened is in the audit before anything is shown.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but officers.
pub fn show(
    ctx: &Context,
    who: &Staff,
    received: &ReceivedApplication,
) -> Result<Preparing, ServiceError> {
    who.must(Permission::ReviewApplications)?;
    let laid = Laid::lay(ctx, received)?;
    let application = &laid.opened.application;
    let no_packet = laid.no_packet();
    let released = released(ctx, &laid)?;
    let (mut answers, mut files) = (Vec::new(), Vec::new());
    if no_packet.is_none() {
        opened(ctx, who, application, "packet")?;
        answers = laid.look().iter().map(prepared).collect();
        files = laid.files.iter().map(|own| own.view(laid.released_file(&own.question))).collect();
    }
    let secrets = |texts: &[String]| texts.iter().map(Secret::new).collect();
    Ok(Preparing {
        id: application.id.clone(),
        reference: application.reference.clone(),
        title: laid.opened.round.title(),
        round: laid.opened.round.slug.clone(),
        no_packet,
        username: laid.username(),
        standing: count(&answers, |kept| kept.is_none()),
        kept: count(&answers, |kept| kept.is_some()),
        answers,
        files,
        further: secrets(&laid.work.further),
        tags: secrets(&laid.work.tags),
        released,
        seen: laid.seen(),
    })
}

/// Writes into the audit that an application is opened for its packet, before anything of it is shown.
pub(super) fn opened(
    ctx: &Context,
    who: &Staff,
    application: &Application,
    what_for: &str,
) -> Result<(), ServiceError> {
    let opening = Opening::Application(application.status());
    let grounds = openings::judge(who, opening, None)?.ok_or(ServiceError::Conflict)?;
    let detail = json!({ "for": what_for });
    let entry = grounds.audit(ctx, who, "application.opened", Some(&application.id), &detail)?;
    let id = application.id.clone();
    ctx.store
        .write(move |connection| looked::insert(connection, &entry, std::slice::from_ref(&id)))?;
    assign::opened_as_staff(ctx, who, &application.id)
}

/// How many strikes stand, or were taken back.
fn count(answers: &[PreparedAnswer], which: impl Fn(Option<KeepReason>) -> bool) -> usize {
    let strikes = answers.iter().flat_map(PreparedAnswer::strikes);
    strikes.filter(|(_, _, kept, _)| which(*kept)).count()
}

fn released(ctx: &Context, laid: &Laid) -> Result<Option<Released>, ServiceError> {
    let Some(before) = &laid.before else { return Ok(None) };
    let Some(id) = &before.packet_id else { return Ok(None) };
    let found = ctx.store.read(|connection| packets::find(connection, id))?;
    Ok(found.map(|packet| Released {
        version: packet.version,
        on: packet.released_on,
        is_open: packet.state == packets::RELEASED,
        is_stale: before.released_from != Some(laid.opened.application.changed_at),
    }))
}

fn prepared(looked: &Looked) -> PreparedAnswer {
    let Looked { shared, proposed } = looked;
    let text = shared.text.expose();
    let all: Vec<_> = proposed.iter().map(|own| own.strike).collect();
    let mut places = proposed.iter();
    let mut pieces = Vec::new();
    for piece in strike::apply(text, &all).pieces {
        match piece {
            Piece::Kept(text) => pieces.push(ShownPiece::Plain(Secret::new(text))),
            Piece::Struck(_) => {
                if let Some(Proposed { strike, kept }) = places.next() {
                    pieces.push(ShownPiece::Strike {
                        text: Secret::new(text.get(strike.start..strike.end).unwrap_or_default()),
                        reason: strike.reason,
                        kept: *kept,
                        place: format!("{}-{}", strike.start, strike.end),
                    });
                }
            }
        }
    }
    PreparedAnswer {
        key: shared.key.clone(),
        control: format!("strike.{}", shared.key),
        keep_control: format!("keep.{}", shared.key),
        label: shared.label.clone(),
        multiline: shared.kind == FieldKind::Text,
        pieces,
        struck: looked.struck(),
    }
}

/// Changes what is struck out. Nothing reaches assessors before it is released.
///
/// # Errors
/// [`ServiceError::Forbidden`]; [`ServiceError::Invalid`]; [`ServiceError::Conflict`] when there can be no packet.
pub fn change(
    ctx: &Context,
    who: &Staff,
    received: &ReceivedApplication,
    changes: &[Change],
) -> Result<(), ServiceError> {
    who.must(Permission::ReviewApplications)?;
    let actor = who.acting(Permission::ReviewApplications);
    ctx.steadily(|generation| {
        let received = received.renewed(ctx)?;
        let mut laid = Laid::lay(ctx, &received)?;
        if laid.no_packet().is_some() {
            return Err(ServiceError::Conflict.into());
        }
        for change in changes {
            apply(ctx, &mut laid, change)?;
        }
        let kept: Vec<&str> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Turn { why, .. } => why.map(KeepReason::word),
                Change::StrikeOut { .. } | Change::Entered { .. } => None,
            })
            .collect();
        let detail = json!({ "kept_because": kept });
        let entry = ctx.audit(&actor, "packet.prepared", Some(received.id()), &detail)?;
        laid.keep(ctx, generation, entry, |_| Ok(()))
    })
}

fn apply(ctx: &Context, laid: &mut Laid, change: &Change) -> Result<(), ServiceError> {
    let shared = laid.shared();
    let answer = |question: &str| {
        shared.iter().find(|own| own.key == question).ok_or(ServiceError::NotFound)
    };
    match change {
        Change::Turn { question, place, why } => {
            let text = &answer(question)?.text;
            let found = laid.work.proposed(&laid.known, question, text.expose());
            let wanted = found.iter().find(|own| (own.strike.start, own.strike.end) == *place);
            // Somebody else has turned it, or the answer is another by now: what is on the page is not what is here.
            let wanted = *wanted.ok_or(ServiceError::Conflict)?;
            if wanted.takes_reason() && why.is_none() {
                let message = "Choose why it may stay, then press it again";
                return Err(ServiceError::field(format!("keep.{question}"), message));
            }
            laid.work.turn(question, wanted, why.unwrap_or(KeepReason::Needed));
        }
        Change::StrikeOut { question, text: wanted } => {
            let text = &answer(question)?.text;
            let field = format!("strike.{question}");
            if wanted.is_blank() {
                return Err(ServiceError::field(field, "Write what is to be struck out"));
            }
            if wanted.expose().chars().filter(|letter| !letter.is_whitespace()).count() < 2 {
                let message =
                    "Write at least two characters: a single one stands all over the answer";
                return Err(ServiceError::field(field, message));
            }
            if laid.work.strike_out(question, text.expose(), wanted.expose().trim()) == 0 {
                let message = "This does not stand in the answer: look how it is written there";
                return Err(ServiceError::field(field, message));
            }
        }
        Change::Entered { further, tags } => {
            let wrong = |field: &'static str| move |message| ServiceError::field(field, message);
            let further = entered(further.expose()).map_err(wrong("further"))?;
            laid.work.tags = entered(tags.expose()).map_err(wrong("tags"))?;
            if further != laid.work.further {
                laid.known = team::known(ctx, &laid.opened.application.id, &further)?;
                laid.work.further = further;
            }
        }
    }
    Ok(())
}
