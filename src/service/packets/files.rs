//! The files of an application beside what staff made of them for assessors.

use std::collections::BTreeMap;

use super::view::{FileView, FoundView, RedactionView};
use crate::domain::file::FileKind;
use crate::domain::id::Id;
use crate::domain::redaction::{Found, MOST_NAMED, Redaction, Standing, needs_eyes};
use crate::domain::secret::{Secret, SecretBytes};
use crate::domain::slot::Slot;
use crate::domain::strike::Known;
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::service::fetch_file::AttachedFile;
use crate::service::read_own::Opened;
use crate::store::redactions::{self, RedactionRow};
use crate::vault::DataKey;

/// A question that a file answers: what the applicant attached, and what staff made of it.
pub(super) struct FilePart {
    /// The key of the question.
    pub question: String,
    /// The question.
    pub label: String,
    /// What the applicant attached; none when it is not there any more.
    pub attached: Option<AttachedFile>,
    /// What staff made of it.
    pub redacted: Option<Redacted>,
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

    /// The file itself; none when it is not there any more.
    pub(super) fn content(
        &self,
        ctx: &Context,
        key: &DataKey,
    ) -> Result<Option<SecretBytes>, ServiceError> {
        let (row, slot) = (&self.row, Slot::RedactionContent);
        let sealed = ctx.store.read(|connection| redactions::content(connection, &row.id))?;
        let open = |sealed| ctx.open_bytes(key, slot, &row.id, &row.dossier_id, &sealed);
        sealed.map(open).transpose()
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
    rows: Vec<RedactionRow>,
) -> Result<Vec<FilePart>, ServiceError> {
    let mut rows: BTreeMap<String, RedactionRow> =
        rows.into_iter().map(|row| (row.question.clone(), row)).collect();
    let mut parts = Vec::new();
    for question in &opened.round.form.questions {
        let attached = opened.files.iter().find(|file| file.question == question.key).cloned();
        let redaction = rows.remove(&question.key);
        if attached.is_none() && redaction.is_none() {
            continue;
        }
        let now = attached.as_ref().map(|own| &own.id);
        let redacted = redaction.map(|row| open(ctx, opened, known, now, row)).transpose()?;
        parts.push(FilePart {
            question: question.key.clone(),
            label: question.ask.clone(),
            attached,
            redacted,
        });
    }
    Ok(parts)
}

fn open(
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
    let kind = row.kind.parse().map_err(ServiceError::internal)?;
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
            attached: self.attached.as_ref().map(|own| (own.name.clone(), own.kind_and_size())),
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
            what: self.kind.with_size(self.about.size),
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
