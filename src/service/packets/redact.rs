//! Staff upload a redacted version of an attached file, made for the packet, and say that what is left in it may stay.
//! Nothing of it reaches assessors before the packet is released.

use serde_json::json;

use super::files::{FilePart, Redacted};
use super::laid::Laid;
use super::prepare;
use super::view::{RedactionPage, control_of};
use crate::domain::file::{self, Clean};
use crate::domain::packet::KeepReason;
use crate::domain::redaction::{MOST_KEPT, MOST_TEXT, Redaction, Standing};
use crate::domain::role::Permission;
use crate::domain::secret::{Secret, SecretBytes};
use crate::domain::slot::Slot;
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::service::fetch_file::Fetched;
use crate::service::permitted::ReceivedApplication;
use crate::service::session::Staff;
use crate::store::redactions::{NewRedaction, RedactionRow};
use crate::store::{files, packets, redactions};

/// A file as it was uploaded.
#[derive(Clone)]
pub struct Uploaded {
    /// What it is called where it comes from.
    pub name: Secret,
    /// What is in it.
    pub content: SecretBytes,
}

/// What an officer says of what a redacted version still says.
#[derive(Clone, Default)]
pub struct Judged {
    /// Why something may stay, by the control of it: blank where it may not.
    pub whys: Vec<(String, Option<KeepReason>)>,
    /// Why everything else may stay.
    pub all: Option<KeepReason>,
    /// Whether they looked at every page.
    pub looked: bool,
}

const OVERTAKEN: &str =
    "This changed meanwhile, in another window or by somebody else. Look at how it stands now";

/// What there is of a file for a packet, laid out.
fn lay(ctx: &Context, who: &Staff, received: &ReceivedApplication) -> Result<Laid, ServiceError> {
    who.must(Permission::ReviewApplications)?;
    let laid = Laid::lay(ctx, received)?;
    if laid.no_packet().is_some() { Err(ServiceError::Conflict) } else { Ok(laid) }
}

/// Shows a file and its redacted version, with what that still says. That the application was opened is in the audit
/// before anything is shown.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but officers; [`ServiceError::NotFound`] when there is no such file;
/// [`ServiceError::Conflict`] when there can be no packet.
pub fn show(
    ctx: &Context,
    who: &Staff,
    received: &ReceivedApplication,
    question: &str,
) -> Result<RedactionPage, ServiceError> {
    let laid = lay(ctx, who, received)?;
    let part = laid.file(question)?;
    let application = &laid.opened.application;
    prepare::opened(ctx, who, application, "packet_file")?;
    let packet = laid.before.as_ref().and_then(|before| before.packet_id.clone());
    let packet = match packet {
        Some(id) => ctx.store.read(|connection| packets::find(connection, &id))?,
        None => None,
    };
    Ok(RedactionPage {
        id: application.id.clone(),
        reference: application.reference.clone(),
        title: laid.opened.round.title(),
        is_open: packet.is_some_and(|packet| packet.state == packets::RELEASED),
        file: part.view(laid.released_file(question)),
    })
}

/// Takes in a redacted version, in the place of the one before. `seen` says which that was.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is no file that may reach assessors, when it is the applicant's own file, or when
/// another version was uploaded meanwhile; else as [`show`].
pub fn upload(
    ctx: &Context,
    who: &Staff,
    received: &ReceivedApplication,
    (question, seen): (&str, &str),
    uploaded: Uploaded,
) -> Result<(), ServiceError> {
    // Who it is and what there is comes before the work on the file.
    lay(ctx, who, received)?.file(question)?;
    let refuse = |message: String| ServiceError::field("file", message);
    let clean = file::redacted(uploaded.content.clone());
    let Clean { kind, content } = clean.map_err(|error| refuse(error.to_string()))?;
    let text = file::text_in(kind, &content);
    if text.as_ref().is_some_and(|text| text.expose().len() > MOST_TEXT) {
        let message = "There is more text in it than can be looked through. Leave out what assessors don’t need";
        return Err(refuse(message.to_owned()));
    }
    let about = Redaction {
        name: file::shown_name(uploaded.name.expose()),
        size: content.expose().len(),
        text: text.map(|text| text.expose().to_owned()),
        ..Redaction::default()
    };
    let actor = who.acting(Permission::ReviewApplications);
    ctx.steadily(|generation| {
        let received = received.renewed(ctx)?;
        let mut laid = lay(ctx, who, &received)?;
        let part = laid.file(question)?;
        let before = part.redacted.as_ref().map(|own| own.row.id.to_string()).unwrap_or_default();
        if before != seen {
            return Err(refuse(OVERTAKEN.to_owned()).into());
        }
        if is_as_attached(ctx, &laid, part, &uploaded, &content)? {
            let message = "This is the file as the applicant attached it. Take out what tells who they are, then upload that";
            return Err(refuse(message.to_owned()).into());
        }
        let (id, application) = (ctx.id()?, laid.opened.application.clone());
        let attached = part.attached.as_ref().ok_or(ServiceError::NotFound)?;
        let (key, dossier) = (&laid.opened.key, &application.dossier_id);
        let new = NewRedaction {
            about: ctx.seal_json(key, Slot::RedactionAbout, &id, dossier, &about)?,
            content: ctx.seal_bytes(key, Slot::RedactionContent, &id, dossier, &content)?,
            id,
            dossier_id: dossier.clone(),
            application_id: application.id.clone(),
            question: question.to_owned(),
            kind: kind.word().to_owned(),
            made_from: Some(attached.id.clone()),
            uploaded_by: who.id.clone(),
            uploaded_at: ctx.stamp(),
        };
        let redacted = Redacted::new(row_of(&new), kind, about.clone(), &laid.known, false);
        laid.put(question, redacted);
        let detail = json!({ "question": question, "redaction": new.id, "made_from": new.made_from });
        let entry = ctx.audit(&actor, "redaction.uploaded", Some(received.id()), &detail)?;
        laid.keep(ctx, generation, entry, move |connection| {
            redactions::replace(connection, &new)
        })
    })
}

fn row_of(new: &NewRedaction) -> RedactionRow {
    RedactionRow {
        id: new.id.clone(),
        dossier_id: new.dossier_id.clone(),
        question: new.question.clone(),
        kind: new.kind.clone(),
        about: new.about.clone(),
        made_from: new.made_from.clone(),
        uploaded_at: new.uploaded_at,
    }
}

/// Whether an upload is the applicant's own file: as it is kept, as it came, or as either would be kept for assessors.
fn is_as_attached(
    ctx: &Context,
    laid: &Laid,
    part: &FilePart,
    uploaded: &Uploaded,
    redacted: &SecretBytes,
) -> Result<bool, ServiceError> {
    let application = &laid.opened.application.id;
    let found =
        ctx.store.read(|connection| files::find(connection, application, &part.question))?;
    let found = found.ok_or(ServiceError::NotFound)?;
    let (slot, dossier) = (Slot::FileContent, &found.dossier_id);
    let own = ctx.open_bytes(&laid.opened.key, slot, &found.id, dossier, &found.content)?;
    let is = |one: Result<Clean, file::FileError>, other: &SecretBytes| {
        one.is_ok_and(|one| one.content.expose() == other.expose())
    };
    Ok(uploaded.content.expose() == own.expose()
        || is(file::clean(uploaded.content.clone()), &own)
        || is(file::redacted(own), redacted))
}

/// Keeps what an officer says of what a redacted version still says, and that they looked at it. `seen` says what it was
/// that they judged.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is another by now, or says too much to be kept; else as [`show`].
pub fn judge(
    ctx: &Context,
    who: &Staff,
    received: &ReceivedApplication,
    (question, seen): (&str, &str),
    judged: &Judged,
) -> Result<(), ServiceError> {
    let actor = who.acting(Permission::ReviewApplications);
    ctx.steadily(|generation| {
        let received = received.renewed(ctx)?;
        let mut laid = lay(ctx, who, &received)?;
        let Some(mut own) = laid.take(question)? else { return Err(ServiceError::NotFound.into()) };
        if own.seen() != seen || own.standing() == Standing::Stale {
            return Err(ServiceError::field("redaction", OVERTAKEN).into());
        }
        let before = (own.about.kept.clone(), own.about.looked);
        for one in &own.found {
            let control = control_of(one);
            let said = judged.whys.iter().find(|(name, _)| *name == control);
            let why = match said {
                Some((_, why)) => why.or(judged.all),
                // It is one of so many that the page does not name it.
                None => judged.all.or(one.kept),
            };
            own.about.settle(one, why);
        }
        if own.about.kept.len() > MOST_KEPT {
            let message =
                "It says too much that would have to go. Take it out, and upload it again";
            return Err(ServiceError::field("keep.all", message).into());
        }
        own.about.looked = judged.looked;
        if before == (own.about.kept.clone(), own.about.looked) && own.standing() != Standing::Ready
        {
            let unsettled = own.found.iter().find(|found| found.kept.is_none());
            return Err(match unsettled {
                Some(found) => {
                    let message =
                        "Choose why it may stay, or upload a version that does not say it";
                    ServiceError::field(control_of(found), message)
                }
                None => ServiceError::field("looked", "Look at every page, then tick that you did"),
            }
            .into());
        }
        own.about.revision += 1;
        let mut kept: Vec<&str> = own.about.kept.iter().map(|kept| kept.why.word()).collect();
        kept.sort_unstable();
        kept.dedup();
        let detail = json!({
            "question": question,
            "redaction": own.row.id,
            "kept_because": kept,
            "looked_at_every_page": judged.looked,
        });
        let entry = ctx.audit(&actor, "redaction.judged", Some(received.id()), &detail)?;
        let (id, dossier) = (own.row.id.clone(), own.row.dossier_id.clone());
        let slot = Slot::RedactionAbout;
        let about = ctx.seal_json(&laid.opened.key, slot, &id, &dossier, &own.about)?;
        let own = Redacted::new(own.row, own.kind, own.about, &laid.known, false);
        laid.put(question, own);
        laid.keep(ctx, generation, entry, move |connection| {
            redactions::set_about(connection, &id, &about)
        })
    })
}

/// Removes a redacted version: with the next release there is no copy of the file in the packet. `seen` says which it
/// is.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is another by now; else as [`show`].
pub fn remove(
    ctx: &Context,
    who: &Staff,
    received: &ReceivedApplication,
    (question, seen): (&str, &str),
) -> Result<(), ServiceError> {
    let actor = who.acting(Permission::ReviewApplications);
    ctx.steadily(|generation| {
        let received = received.renewed(ctx)?;
        let mut laid = lay(ctx, who, &received)?;
        let Some(own) = laid.take(question)? else { return Ok(()) };
        if own.row.id.as_str() != seen {
            return Err(ServiceError::field("redaction", OVERTAKEN).into());
        }
        let detail = json!({ "question": question, "redaction": own.row.id });
        let entry = ctx.audit(&actor, "redaction.removed", Some(received.id()), &detail)?;
        let (application, question) = (laid.opened.application.id.clone(), question.to_owned());
        laid.keep(ctx, generation, entry, move |connection| {
            redactions::remove(connection, &application, &question)
        })
    })
}

/// Hands out what was uploaded: exactly what assessors would get.
///
/// # Errors
/// As [`show`].
pub fn fetch(
    ctx: &Context,
    who: &Staff,
    received: &ReceivedApplication,
    question: &str,
) -> Result<Fetched, ServiceError> {
    let laid = lay(ctx, who, received)?;
    let own = laid.file(question)?.redacted.as_ref().ok_or(ServiceError::NotFound)?;
    let application = &laid.opened.application;
    let content = own.content(ctx, &laid.opened.key)?.ok_or(ServiceError::NotFound)?;
    prepare::opened(ctx, who, application, "packet_file")?;
    let (reference, ending) = (&application.reference, own.kind.extension());
    let name = format!("{reference}-{question}-redacted.{ending}");
    Ok(Fetched { name, kind: own.kind, content })
}
