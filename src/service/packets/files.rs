//! The files of an application beside what staff made of them for assessors.

use std::collections::BTreeMap;

use super::view::{FileView, FoundView, RedactionView};
use crate::domain::file::{About, FileKind, size_words};
use crate::domain::id::Id;
use crate::domain::redaction::{Found, MOST_NAMED, Redaction, Standing, needs_eyes};
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::domain::strike::Known;
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::service::read_own::Opened;
use crate::store::files;
use crate::store::redactions::{self, RedactionRow};
use crate::store::{AnyConnection, StoreError};

/// What there is of files, as it is read: without the files themselves.
pub(super) struct Rows {
    attached: Vec<files::Attached>,
    redactions: Vec<RedactionRow>,
}

impl Rows {
    pub(super) fn of(connection: &mut AnyConnection, application: &Id) -> Result<Self, StoreError> {
        Ok(Self {
            attached: files::list(connection, application)?,
            redactions: redactions::of_application(connection, application)?,
        })
    }
}

/// A question that a file answers: what the applicant attached, and what staff made of it.
pub(super) struct FilePart {
    /// The key of the question.
    pub question: String,
    /// The question.
    pub label: String,
    /// What the applicant attached; none when it is not there any more.
    pub attached: Option<Attached>,
    /// What staff made of it.
    pub redacted: Option<Redacted>,
}

/// A file as the applicant attached it.
pub(super) struct Attached {
    pub id: Id,
    pub kind: FileKind,
    about: About,
}

/// A redacted version, opened, with what it still says.
pub(super) struct Redacted {
    pub row: RedactionRow,
    pub kind: FileKind,
    pub about: Redaction,
    pub found: Vec<Found>,
    is_stale: bool,
}

impl Redacted {
    pub(super) fn new(
        row: RedactionRow,
        kind: FileKind,
        about: Redaction,
        known: &Known,
        is_stale: bool,
    ) -> Self {
        let found = about.found(known);
        Self { row, kind, about, found, is_stale }
    }

    pub(super) fn standing(&self) -> Standing {
        self.about.standing(self.kind, &self.found, self.is_stale)
    }

    /// Which state of it this is.
    pub(super) fn seen(&self) -> String {
        format!("{}.{}", self.row.id, self.about.revision)
    }

    fn is_ready(&self) -> bool {
        self.standing() == Standing::Ready
    }
}

/// The questions of an application that a file answers, in the order of the form.
pub(super) fn parts(
    ctx: &Context,
    opened: &Opened,
    known: &Known,
    rows: Rows,
) -> Result<Vec<FilePart>, ServiceError> {
    let mut attached: BTreeMap<String, files::Attached> =
        rows.attached.into_iter().map(|row| (row.question.clone(), row)).collect();
    let mut redactions: BTreeMap<String, RedactionRow> =
        rows.redactions.into_iter().map(|row| (row.question.clone(), row)).collect();
    let mut parts = Vec::new();
    for question in &opened.round.form.questions {
        let attached = attached.remove(&question.key);
        let redaction = redactions.remove(&question.key);
        if attached.is_none() && redaction.is_none() {
            continue;
        }
        let attached = attached.map(|row| open_attached(ctx, opened, row)).transpose()?;
        let now = attached.as_ref().map(|own| &own.id);
        let redacted = redaction.map(|row| open_redaction(ctx, opened, known, now, row));
        parts.push(FilePart {
            question: question.key.clone(),
            label: question.ask.clone(),
            redacted: redacted.transpose()?,
            attached,
        });
    }
    Ok(parts)
}

fn kind_of(word: &str, row: &Id) -> Result<FileKind, ServiceError> {
    word.parse().map_err(|_| ServiceError::internal(format!("file {row} is of no kind")))
}

fn open_attached(
    ctx: &Context,
    opened: &Opened,
    row: files::Attached,
) -> Result<Attached, ServiceError> {
    let about = ctx.open(&opened.key, Slot::FileAbout, &row.id, &row.dossier_id, &row.about)?;
    let about = serde_json::from_str(about.expose())
        .map_err(|_| ServiceError::internal(format!("file {} can't be read", row.id)))?;
    Ok(Attached { kind: kind_of(&row.kind, &row.id)?, id: row.id, about })
}

fn open_redaction(
    ctx: &Context,
    opened: &Opened,
    known: &Known,
    now: Option<&Id>,
    row: RedactionRow,
) -> Result<Redacted, ServiceError> {
    let slot = Slot::RedactionAbout;
    let about = ctx.open(&opened.key, slot, &row.id, &row.dossier_id, &row.about)?;
    let about: Redaction = serde_json::from_str(about.expose())
        .map_err(|_| ServiceError::internal(format!("redaction {} can't be read", row.id)))?;
    let is_stale = now.is_none() || row.made_from.as_ref() != now;
    let kind = kind_of(&row.kind, &row.id)?;
    Ok(Redacted::new(row, kind, about, known, is_stale))
}

impl FilePart {
    /// The redacted version that goes into the packet with the next release.
    pub(super) fn ready(&self) -> Option<&Redacted> {
        self.redacted.as_ref().filter(|own| own.is_ready())
    }

    /// How much there is in it that a person has to look at, what may stay too.
    pub(super) fn to_look_at(&self) -> usize {
        let Some(own) = &self.redacted else { return 0 };
        own.found.len() + usize::from(!own.is_ready())
    }

    /// Which state of it this is.
    pub(super) fn seen(&self) -> String {
        let Some(own) = &self.redacted else { return String::new() };
        // It may be stale from one moment to the next without a change of its own.
        format!(".{}{}", own.seen(), if own.is_ready() { "" } else { "-" })
    }

    /// As pages show it; `released` is the redacted version that is in the packet.
    pub(super) fn view(&self, released: Option<&String>) -> FileView {
        let redacted = self.redacted.as_ref();
        FileView {
            question: self.question.clone(),
            label: self.label.clone(),
            attached: self.attached.as_ref().map(|own| {
                let size = size_words(own.about.size);
                (Secret::new(own.about.name.clone()), format!("{}, {size}", own.kind.label()))
            }),
            redaction: redacted.map(|own| own.view(released)),
            is_other_released: released
                .is_some_and(|released| redacted.is_none_or(|own| own.row.id.as_str() != released)),
        }
    }
}

impl Redacted {
    fn view(&self, released: Option<&String>) -> RedactionView {
        let found = self.found.iter().take(MOST_NAMED);
        RedactionView {
            id: self.row.id.clone(),
            seen: self.seen(),
            name: Secret::new(self.about.name.clone()),
            what: format!("{}, {}", self.kind.label(), size_words(self.about.size)),
            uploaded_on: self.row.uploaded_at.date(),
            standing: self.standing(),
            is_read: self.about.text.is_some(),
            needs_eyes: needs_eyes(self.kind),
            is_looked_at: self.about.looked,
            found: found.map(FoundView::new).collect(),
            more: self.found.len().saturating_sub(MOST_NAMED),
            is_released: released.is_some_and(|released| self.row.id.as_str() == released),
        }
    }
}
