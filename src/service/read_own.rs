//! Applicants read what is theirs.

use chrono::{DateTime, NaiveDate, Utc};

use super::consent_texts;
use super::context::Context;
use super::error::ServiceError;
use super::fetch_file::{self, AttachedFile};
use super::history;
use super::own_packet::OwnPacket;
use super::permitted;
use super::rounds::{self, RoundView};
use super::session::Applicant;
use super::views::{CheckRow, ConsentView, Event, FileRow};
use crate::domain::application::{Mover, Status};
use crate::domain::consent::Purpose;
use crate::domain::form::{FieldError, Section};
use crate::domain::id::Id;
use crate::domain::identity::Item;
use crate::domain::programme::{Kind, OutsideAssessment, Question};
use crate::domain::sealed::WrappedKey;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::inventory::{self, Badge};
use crate::store::applications::{self, Application};
use crate::store::drafts::{self, Answer, Member};
use crate::store::rounds::Round;
use crate::store::{self, AnyConnection, StoreError, consents, dossiers, files};
use crate::vault::DataKey;

/// An application in the list of one's own.
#[derive(Clone, Debug)]
pub struct OwnRow {
    /// Its id.
    pub id: Id,
    /// What can be read out on the telephone.
    pub reference: String,
    /// The round.
    pub round_name: String,
    /// The programme.
    pub programme_name: String,
    /// Where it stands.
    pub status: Status,
    /// When it was last changed by the applicant.
    pub changed_at: DateTime<Utc>,
    /// When it was submitted.
    pub submitted_at: Option<DateTime<Utc>>,
    /// When the round closes.
    pub closes_at: Option<DateTime<Utc>>,
    /// The last day on which it is kept.
    pub kept_until: NaiveDate,
}

/// An application of one's own.
#[derive(Clone)]
pub struct OwnView {
    /// What the list shows of it.
    pub row: OwnRow,
    /// What became of it, the oldest first.
    pub changes: Vec<Event>,
    /// What assessors may see.
    pub shared: Vec<CheckRow>,
    /// What only staff see.
    pub staff_only: Vec<CheckRow>,
    /// What was agreed to.
    pub consents: Vec<ConsentView>,
    /// The round.
    pub round: RoundView,
    /// Whether it can be taken back now.
    pub can_withdraw: bool,
    /// What was released to assessors.
    pub packet: Option<OwnPacket>,
    /// Whether there is a consent to outside assessment that can be withdrawn.
    pub can_stay_inside: bool,
}

/// One's own applications, the newest first.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn list(ctx: &Context, who: &Applicant) -> Result<Vec<OwnRow>, ServiceError> {
    let found = ctx.store.read(|connection| applications::all_own(connection, &who.account))?;
    found
        .into_iter()
        .map(|(application, slug, kept_until)| {
            let round = rounds::get(ctx, &slug)?;
            Ok(own_row(&application, &round, kept_until))
        })
        .collect()
}

fn own_row(application: &Application, round: &RoundView, kept_until: NaiveDate) -> OwnRow {
    OwnRow {
        id: application.id.clone(),
        reference: application.reference.clone(),
        round_name: round.name.clone(),
        programme_name: round.programme.name.clone(),
        status: application.status(),
        changed_at: application.changed_at.and_utc(),
        submitted_at: application.submitted_at.map(|at| at.and_utc()),
        closes_at: round.closes_at,
        kept_until,
    }
}

/// An application of one's own.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn get(ctx: &Context, own: &permitted::OwnApplication) -> Result<OwnView, ServiceError> {
    let opened = Opened::open(ctx, own.application.clone())?;
    let rows = opened.rows();
    let application = &opened.application;
    let (clock, changes, given, packet) = ctx.store.read(|connection| {
        Ok((
            dossiers::clock(connection, &application.dossier_id)?,
            history::lines(connection, own.id())?,
            consents::of_application(connection, own.id())?,
            OwnPacket::read(connection, own.id())?,
        ))
    })?;
    let outside = Purpose::OutsideAssessment.word();
    let (shared, mut staff_only): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| opened.is_shared(row));
    if !opened.ip.is_blank() {
        staff_only.push(opened.item_row("ip", "IP address", &opened.ip, false, None));
    }
    Ok(OwnView {
        can_withdraw: application.status().may_become(Status::Withdrawn, Mover::Applicant),
        packet,
        can_stay_inside: opened.standing.contains(&outside),
        row: own_row(application, &opened.round, clock.keep_until),
        changes: changes.iter().map(|line| line.event(None)).collect(),
        shared,
        staff_only,
        consents: consent_texts::views(given, Some(&opened.round.form)),
        round: opened.round,
    })
}

/// The mark of a username that GitHub named.
pub(crate) const VERIFIED: &str = "verified through GitHub";
/// The mark of a username that was typed.
const STATED: &str = "as stated by the applicant";

/// An application with everything in it opened.
pub(crate) struct Opened {
    pub application: Application,
    pub round: RoundView,
    pub member: Member,
    pub member_key: DataKey,
    pub key: DataKey,
    pub email: Secret,
    pub ip: Secret,
    /// GitHub's numeric id, where the username was verified through GitHub.
    pub github_id: Option<Secret>,
    pub items: Vec<(Item, Secret)>,
    pub answers: Vec<(String, Secret)>,
    /// What is attached, without its content.
    pub files: Vec<AttachedFile>,
    /// The purposes whose consent stands.
    pub standing: Vec<String>,
}

/// What is read of an application to open it: all of one moment, and in one hold of a connection.
struct Read {
    round: Round,
    member: Member,
    member_key: WrappedKey,
    key: WrappedKey,
    answers: Vec<Answer>,
    files: Vec<files::Attached>,
    standing: Vec<String>,
}

impl Read {
    fn of(connection: &mut AnyConnection, application: &Application) -> Result<Self, StoreError> {
        let (id, round) = (&application.id, &application.round_id);
        let member = drafts::applicant(connection, id)?;
        Ok(Self {
            round: store::rounds::get_with_form(connection, round, &application.form_id)?,
            member_key: dossiers::key(connection, &member.dossier_id)?,
            key: dossiers::key(connection, &application.dossier_id)?,
            answers: drafts::answers(connection, id)?,
            files: files::list(connection, id)?,
            standing: consents::standing(connection, id)?,
            member,
        })
    }
}

impl Opened {
    /// One that somebody may work with.
    pub fn open(ctx: &Context, application: Application) -> Result<Self, ServiceError> {
        let Read {
            round,
            member,
            member_key: member_wrapped,
            key: wrapped,
            answers,
            files,
            standing,
        } = ctx.store.read_moment_ahead(|connection| Read::of(connection, &application))?;
        let round = rounds::view(ctx, round)?;
        let key = ctx.unwrap_key(&wrapped, &application.dossier_id)?;
        let member_key = ctx.unwrap_key(&member_wrapped, &member.dossier_id)?;
        let open = |slot, sealed| {
            ctx.open_or_blank(&member_key, slot, &member.id, &member.dossier_id, sealed)
        };
        let items = Item::ALL
            .into_iter()
            .map(|item| Ok((item, open(slot_of(item), member.item(item))?)))
            .collect::<Result<Vec<_>, ServiceError>>()?;
        let email = open(Slot::MemberEmail, Some(&member.email))?;
        let ip = open(Slot::MemberIp, member.ip.as_ref())?;
        let github_id = match &member.github_id {
            Some(sealed) => Some(open(Slot::MemberGithubId, Some(sealed))?),
            None => None,
        };
        let answers = answers
            .into_iter()
            .map(|Answer { id, dossier_id, question, value, .. }| {
                let value = ctx.open(&key, Slot::AnswerValue, &id, &dossier_id, &value)?;
                Ok((question, value))
            })
            .collect::<Result<Vec<_>, ServiceError>>()?;
        let files = files.iter().map(|file| fetch_file::opened(ctx, &key, file));
        let files = files.collect::<Result<Vec<_>, ServiceError>>()?;
        Ok(Self {
            application,
            round,
            member,
            member_key,
            key,
            email,
            ip,
            github_id,
            items,
            answers,
            files,
            standing,
        })
    }

    /// Whether assessors see anything of it: where that needs a consent of its own, once that is given.
    pub fn assessment(&self) -> OutsideAssessment {
        match self.round.programme.outside_assessment {
            OutsideAssessment::WithConsent
                if self.standing.contains(&Purpose::OutsideAssessment.word()) =>
            {
                OutsideAssessment::Always
            }
            OutsideAssessment::WithConsent => OutsideAssessment::Never,
            other => other,
        }
    }

    /// An item; blank when it was not given.
    pub fn item(&self, item: Item) -> Secret {
        let found = self.items.iter().find(|(own, _)| *own == item);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// An answer; blank when none was given. Of a file it is what it is called and how large it is.
    pub fn answer(&self, question: &str) -> Secret {
        if let Some(file) = self.file(question) {
            return file.in_words();
        }
        let found = self.answers.iter().find(|(key, _)| key == question);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// What is attached to a question.
    pub fn file(&self, question: &str) -> Option<&AttachedFile> {
        self.files.iter().find(|file| file.question == question)
    }

    /// What has to be mended in an answer.
    pub fn error_of(&self, question: &Question) -> Option<FieldError> {
        let error = self.round.form.check(question, self.answer(&question.key).expose()).err();
        error.map(|message| FieldError { field: control_of(question), message })
    }

    /// Whether assessors may see the value of a row.
    pub fn is_shared(&self, row: &CheckRow) -> bool {
        if self.assessment() == OutsideAssessment::Never {
            return false;
        }
        match row.control.strip_prefix("answer.") {
            Some(key) => self.round.form.question(key).is_some_and(|question| question.shared),
            None => inventory::find(&row.control).is_some_and(inventory::Item::reaches_assessors),
        }
    }

    /// Everything the applicant gave, in the order of the form, with what has to be mended.
    pub fn rows(&self) -> Vec<CheckRow> {
        let assessment = self.assessment();
        let mut rows: Vec<CheckRow> = Vec::new();
        for (item, value) in &self.items {
            rows.push(self.item_row(item.key(), item.label(), value, item.several_lines(), {
                item.check(value.expose()).err()
            }));
            if *item == Item::Pronouns {
                rows.push(self.item_row("email", "E-mail address", &self.email, false, None));
            }
        }
        for section in [Section::Request, Section::StaffOnly] {
            for question in self.round.form.questions_of(section) {
                let value = self.answer(&question.key);
                rows.push(CheckRow {
                    control: control_of(question),
                    label: question.ask.clone(),
                    error: self.round.form.check(question, value.expose()).err(),
                    value,
                    section,
                    badge: badge_of_question(question, assessment),
                    multiline: question.kind == Kind::Text,
                    currency: (question.kind == Kind::Money)
                        .then(|| self.round.form.amount.currency.clone()),
                    mark: None,
                    gives_away: Vec::new(),
                    file: (question.kind == Kind::File).then(|| FileRow {
                        question: question.key.clone(),
                        attached: self.file(&question.key).is_some(),
                    }),
                });
            }
        }
        rows
    }

    /// Where a value comes from, if that is worth a word.
    fn mark_of(&self, key: &str, value: &Secret) -> Option<&'static str> {
        let is_name = key == Item::GithubUsername.key() && !value.is_blank();
        is_name.then(|| if self.github_id.is_some() { VERIFIED } else { STATED })
    }

    /// A row about an item of the person.
    pub fn item_row(
        &self,
        key: &str,
        label: &str,
        value: &Secret,
        multiline: bool,
        error: Option<String>,
    ) -> CheckRow {
        CheckRow {
            control: key.to_owned(),
            label: label.to_owned(),
            value: value.clone(),
            section: Section::You,
            badge: badge_of(key, self.assessment()),
            error,
            multiline,
            currency: None,
            mark: self.mark_of(key, value),
            gives_away: Vec::new(),
            file: None,
        }
    }
}

/// The purposes whose consent stands.
pub(crate) fn standing(ctx: &Context, application: &Id) -> Result<Vec<String>, ServiceError> {
    Ok(ctx.store.read(|connection| consents::standing(connection, application))?)
}

/// Who sees an item, and how long it is kept.
pub(crate) fn badge_of(key: &str, assessment: OutsideAssessment) -> String {
    inventory::find(key).map(|item| Badge::of(item, assessment).to_string()).unwrap_or_default()
}

/// Who sees the answer to a question, and how long it is kept.
pub(crate) fn badge_of_question(question: &Question, assessment: OutsideAssessment) -> String {
    match question.kind {
        Kind::File => badge_of("file", assessment),
        _ => Badge::of_answer(question.shared, assessment).to_string(),
    }
}

/// The name of a question's form control.
pub(crate) fn control_of(question: &Question) -> String {
    format!("answer.{}", question.key)
}

/// Where an item lies.
pub(crate) const fn slot_of(item: Item) -> Slot {
    match item {
        Item::Name => Slot::MemberName,
        Item::Pronouns => Slot::MemberPronouns,
        Item::Location => Slot::MemberLocation,
        Item::GithubUsername => Slot::MemberGithubUsername,
        Item::SocialUsernames => Slot::MemberSocialUsernames,
    }
}
