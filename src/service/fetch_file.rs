//! Attached files: what pages tell of them, and how they are handed out. Staff's look at one is audited.

use serde_json::json;

use super::assign;
use super::context::Context;
use super::error::ServiceError;
use super::openings::{self, Why};
use super::permitted::{OwnApplication, ReceivedApplication};
use super::read_application::{self, Asked};
use super::session::Staff;
use crate::domain::file::{About, FileKind};
use crate::domain::id::Id;
use crate::domain::programme::is_key;
use crate::domain::reason::Opening;
use crate::domain::secret::{Secret, SecretBytes};
use crate::domain::slot::Slot;
use crate::store::applications::Application;
use crate::store::{dossiers, files};
use crate::vault::DataKey;

/// An attached file, without its content.
#[derive(Clone)]
pub struct AttachedFile {
    /// Its id. A file that takes the place of another has one of its own.
    pub id: Id,
    /// The key of its question.
    pub question: String,
    /// What the applicant called it.
    pub name: Secret,
    /// What it is.
    pub kind: FileKind,
    /// Its size in bytes.
    pub size: usize,
}

impl AttachedFile {
    /// What it is and how large: "PDF, 213 kB".
    #[must_use]
    pub fn kind_and_size(&self) -> String {
        self.kind.with_size(self.size)
    }

    /// The same with its name: "plan.pdf (PDF, 213 kB)".
    #[must_use]
    pub fn in_words(&self) -> Secret {
        Secret::new(format!("{} ({})", self.name.expose(), self.kind_and_size()))
    }
}

/// A file to be handed out.
pub struct Fetched {
    /// A name of ours for it, which says nothing of its content: of letters, digits, dots, hyphens and low lines.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// What is in it.
    pub content: SecretBytes,
}

/// What staff get who ask for a file.
pub enum Answer {
    /// The file, and the audit says so.
    Fetched(Fetched),
    /// The application does not wait for this person's work: why do they want it? Nothing of it is opened yet.
    Asked(Asked),
}

/// What pages tell of a file.
pub(crate) fn opened(
    ctx: &Context,
    key: &DataKey,
    file: &files::Attached,
) -> Result<AttachedFile, ServiceError> {
    let about = ctx.open(key, Slot::FileAbout, &file.id, &file.dossier_id, &file.about)?;
    let About { name, size } =
        serde_json::from_str(about.expose()).map_err(ServiceError::internal)?;
    Ok(AttachedFile {
        id: file.id.clone(),
        question: file.question.clone(),
        name: Secret::new(name),
        kind: file.kind.parse().map_err(ServiceError::internal)?,
        size,
    })
}

/// A file of one's own.
///
/// # Errors
/// [`ServiceError::NotFound`] when none is attached; [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn own(ctx: &Context, own: &OwnApplication, question: &str) -> Result<Fetched, ServiceError> {
    let file = find(ctx, own.id(), question)?;
    content(ctx, &own.application, file)
}

/// A file of an application, for the reason that somebody's work gives or that they say.
///
/// # Errors
/// [`ServiceError::NotFound`] when none is attached; [`ServiceError::Invalid`] when what they say is no reason.
pub fn as_staff(
    ctx: &Context,
    who: &Staff,
    received: &ReceivedApplication,
    question: &str,
    why: Option<&Why>,
) -> Result<Answer, ServiceError> {
    let (application, id) = (&received.application, received.id());
    let file = find(ctx, id, question)?;
    let Some(grounds) = openings::judge(who, Opening::Application(application.status()), why)?
    else {
        return Ok(Answer::Asked(asked(received)));
    };
    let detail = json!({ "question": question, "file": file.id });
    let entry = grounds.audit(ctx, who, OPENED, Some(id), &detail)?;
    // The entry is on disk before anything is handed out.
    read_application::note(ctx, &entry, id, &application.dossier_id, &grounds)?;
    assign::opened_as_staff(ctx, who, id)?;
    Ok(Answer::Fetched(content(ctx, application, file)?))
}

/// What is asked of somebody whose work the application does not wait for.
#[must_use]
pub fn asked(received: &ReceivedApplication) -> Asked {
    let application = &received.application;
    Asked {
        id: application.id.clone(),
        reference: application.reference.clone(),
        status: application.status(),
    }
}

/// The entry of the audit that says that staff fetched a file.
pub(crate) const OPENED: &str = "file.opened";

fn find(ctx: &Context, application: &Id, question: &str) -> Result<files::File, ServiceError> {
    // Not every text can be asked the database for.
    if !is_key(question) {
        return Err(ServiceError::NotFound);
    }
    let found = ctx.store.read(|connection| files::find(connection, application, question))?;
    found.ok_or(ServiceError::NotFound)
}

fn content(
    ctx: &Context,
    application: &Application,
    file: files::File,
) -> Result<Fetched, ServiceError> {
    let dossier = &file.dossier_id;
    let wrapped = ctx.store.read(|connection| dossiers::key(connection, dossier))?;
    let key = ctx.unwrap_key(&wrapped, dossier)?;
    let kind: FileKind = file.kind.parse().map_err(ServiceError::internal)?;
    Ok(Fetched {
        name: format!("{}-{}.{}", application.reference, file.question, kind.extension()),
        kind,
        content: ctx.open_bytes(&key, Slot::FileContent, &file.id, dossier, &file.content)?,
    })
}
