//! An application laid out for its packet: what goes into it, and what is struck out.

use chrono::NaiveDateTime;

use super::files::{self, FilePart, Redacted};
use super::team;
use super::view::NoPacket;
use crate::domain::application::Status;
use crate::domain::form::Section;
use crate::domain::identity::Item;
use crate::domain::packet::{self, FieldKind, Proposed, Work};
use crate::domain::programme::{Kind, OutsideAssessment};
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::domain::strike::{self, Known};
use crate::domain::text::is_blank;
use crate::service::context::{Context, StoreOrService};
use crate::service::error::ServiceError;
use crate::service::permitted::ReceivedApplication;
use crate::service::read_own::Opened;
use crate::store::preparations::{self, Preparation};
use crate::store::{AnyConnection, StoreError, applications, audit, redactions};

/// An application laid out for its packet.
pub(super) struct Laid {
    pub opened: Opened,
    pub before: Option<Preparation>,
    pub work: Work,
    pub known: Known,
    pub files: Vec<FilePart>,
}

/// An answer that goes to assessors, with everything that was found in it: to look costs most of what is done here, and is
/// done once.
pub(super) struct Looked {
    pub shared: Shared,
    pub proposed: Vec<Proposed>,
}

impl Looked {
    /// What assessors read instead of the answer.
    pub(super) fn struck(&self) -> Secret {
        let standing = packet::standing(&self.proposed);
        Secret::new(strike::apply(self.shared.text.expose(), &standing).plain())
    }
}

/// An answer that goes to assessors.
pub(super) struct Shared {
    pub key: String,
    pub label: String,
    pub kind: FieldKind,
    pub text: Secret,
}

impl Laid {
    pub(super) fn lay(ctx: &Context, received: &ReceivedApplication) -> Result<Self, ServiceError> {
        let opened = Opened::open(ctx, received.application.clone())?;
        let application = &opened.application;
        let (before, rows) = ctx.store.read_moment(|connection| {
            let before = preparations::find(connection, &application.id)?;
            Ok((before, redactions::of_application(connection, &application.id)?))
        })?;
        let mut work = match &before {
            Some(before) => work_of(ctx, &opened, before)?,
            None => Work::default(),
        };
        if before.as_ref().is_some_and(|before| before.made_from != application.changed_at) {
            // What was decided about answers was decided about other words.
            work.answers.clear();
        }
        let known = team::known(ctx, &application.id, &work.further)?;
        let files = files::parts(ctx, &opened, &known, rows)?;
        Ok(Self { opened, before, work, known, files })
    }

    pub(super) fn username(&self) -> Secret {
        self.opened.item(Item::GithubUsername)
    }

    /// Why there can be no packet.
    pub(super) fn no_packet(&self) -> Option<NoPacket> {
        if self.opened.round.programme.outside_assessment == OutsideAssessment::Never {
            return Some(NoPacket::NobodyOutside);
        }
        if self.opened.assessment() == OutsideAssessment::Never {
            return Some(NoPacket::NoConsent);
        }
        match self.opened.application.status() {
            Status::Submitted | Status::InReview => None,
            Status::Withdrawn | Status::Draft => Some(NoPacket::Withdrawn),
        }
    }

    /// The answers that go to assessors: those that are marked so, and were given.
    pub(super) fn shared(&self) -> Vec<Shared> {
        let form = &self.opened.round.form;
        form.questions_of(Section::Request)
            .filter_map(|question| {
                let answer = self.opened.answer(&question.key);
                let text = match question.kind {
                    Kind::Money if !is_blank(answer.expose()) => {
                        Secret::new(format!("{} {}", form.amount.currency, answer.expose().trim()))
                    }
                    _ => answer,
                };
                let kind = match question.kind {
                    Kind::Text => FieldKind::Text,
                    _ => FieldKind::Line,
                };
                (!text.is_blank()).then(|| Shared {
                    key: question.key.clone(),
                    label: question.ask.clone(),
                    kind,
                    text,
                })
            })
            .collect()
    }

    /// Looks through the answers that go to assessors.
    pub(super) fn look(&self) -> Vec<Looked> {
        let look = |shared: Shared| {
            let proposed = self.work.proposed(&self.known, &shared.key, shared.text.expose());
            Looked { shared, proposed }
        };
        self.shared().into_iter().map(look).collect()
    }

    /// How much there is that a person has to look at, in answers and in redacted files: what was kept, too.
    pub(super) fn to_look_at(&self, looked: &[Looked]) -> usize {
        let strikes = looked.iter().map(|own| own.proposed.len()).sum::<usize>();
        strikes + self.files.iter().map(FilePart::to_look_at).sum::<usize>()
    }

    /// The identifier of the redacted version that went into the packet with its last release.
    pub(super) fn released_file(&self, question: &str) -> Option<&String> {
        self.work.files.get(question)
    }

    /// The file that answers a question.
    pub(super) fn file(&self, question: &str) -> Result<&FilePart, ServiceError> {
        self.files.iter().find(|own| own.question == question).ok_or(ServiceError::NotFound)
    }

    /// Takes the redacted version of a file in hand.
    pub(super) fn take(&mut self, question: &str) -> Result<Option<Redacted>, ServiceError> {
        let own = self.files.iter_mut().find(|own| own.question == question);
        Ok(own.ok_or(ServiceError::NotFound)?.redacted.take())
    }

    /// Puts a redacted version in its place, as it will be.
    pub(super) fn put(&mut self, question: &str, redacted: Redacted) {
        if let Some(own) = self.files.iter_mut().find(|own| own.question == question) {
            own.redacted = Some(redacted);
        }
    }

    /// Which state of application and work this is.
    pub(super) fn seen(&self) -> String {
        let at = |time: NaiveDateTime| time.and_utc().timestamp_millis();
        let work = self.before.as_ref().map_or(0, |before| at(before.changed_at));
        let files: String = self.files.iter().map(FilePart::seen).collect();
        format!("{}.{work}{files}", at(self.opened.application.changed_at))
    }

    /// The row with this work in it, to be inserted or saved in the place of the one before.
    pub(super) fn row(
        &self,
        ctx: &Context,
        looked: &[Looked],
    ) -> Result<Preparation, ServiceError> {
        let application = &self.opened.application;
        let id = match &self.before {
            Some(before) => before.id.clone(),
            None => ctx.id()?,
        };
        let (slot, dossier) = (Slot::PreparationWork, application.dossier_id.clone());
        let work = ctx.seal_json(&self.opened.key, slot, &id, &dossier, &self.work)?;
        Ok(Preparation {
            id,
            dossier_id: dossier,
            application_id: application.id.clone(),
            round_id: application.round_id.clone(),
            packet_id: self.before.as_ref().and_then(|before| before.packet_id.clone()),
            work,
            found: i64::try_from(self.to_look_at(looked)).unwrap_or(i64::MAX),
            changed_at: later(ctx.stamp(), self.before.as_ref().map(|before| before.changed_at)),
            made_from: application.changed_at,
            released_from: self.before.as_ref().and_then(|before| before.released_from),
        })
    }

    /// Writes this work down, unless the application was changed meanwhile, with its entry in the audit and what else
    /// goes with it.
    pub(super) fn keep(
        self,
        ctx: &Context,
        generation: i64,
        entry: audit::Entry,
        mut also: impl FnMut(&mut AnyConnection) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), StoreOrService> {
        let row = self.row(ctx, &self.look())?;
        let (before, application) = (self.before, self.opened.application);
        ctx.write_under(generation, move |connection| {
            applications::hold_still(connection, &application)?;
            also(connection)?;
            write(connection, before.as_ref(), &row)?;
            audit::insert(connection, &entry)
        })
        .map_err(StoreOrService::from)
    }
}

/// A time that differs from the one before, by which a change that crossed another is noticed.
fn later(now: NaiveDateTime, before: Option<NaiveDateTime>) -> NaiveDateTime {
    match before {
        Some(before) if before >= now => before + chrono::Duration::milliseconds(1),
        _ => now,
    }
}

/// Writes work, in the place of the one before.
pub(super) fn write(
    connection: &mut AnyConnection,
    before: Option<&Preparation>,
    now: &Preparation,
) -> Result<(), StoreError> {
    match before {
        Some(before) => preparations::save(connection, before, now),
        None => preparations::insert(connection, now),
    }
}

fn work_of(ctx: &Context, opened: &Opened, before: &Preparation) -> Result<Work, ServiceError> {
    let (slot, dossier) = (Slot::PreparationWork, &before.dossier_id);
    let text = ctx.open(&opened.key, slot, &before.id, dossier, &before.work)?;
    serde_json::from_str(text.expose())
        .map_err(|_| ServiceError::internal(format!("preparation {} can't be read", before.id)))
}
