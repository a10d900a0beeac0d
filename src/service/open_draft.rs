//! A section of a draft is opened, to be filled in.

use chrono::{DateTime, Utc};

use super::consent_texts;
use super::context::Context;
use super::error::ServiceError;
use super::github_accounts;
use super::permitted::OwnApplication;
use super::read_own::{Opened, VERIFIED, badge_of, badge_of_question, control_of};
use super::rounds::RoundView;
use super::session::Applicant;
use crate::domain::application::Status;
use crate::domain::form::Section;
use crate::domain::id::Id;
use crate::domain::identity::Item;
use crate::domain::programme::{Kind, OutsideAssessment, Question};
use crate::domain::secret::Secret;
use crate::inventory::Badge;
use crate::store::applications::Application;

/// What a field takes.
#[derive(Clone, Debug)]
pub enum FieldKind {
    /// One line of text.
    Line,
    /// Text of several lines.
    Text,
    /// One of these.
    Choice(Vec<String>),
    /// A whole number.
    Number,
    /// An amount in whole units.
    Money {
        /// ISO 4217.
        currency: String,
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// A calendar day.
    Date,
    /// A file, which is attached on a page of its own.
    File {
        /// The question's key.
        question: String,
    },
}

/// The box beside a question that asks for something sensitive.
#[derive(Clone, Debug)]
pub struct ConsentTick {
    /// The name of the form control.
    pub control: String,
    /// What a person needs to know, in paragraphs.
    pub paragraphs: Vec<String>,
    /// The sentence beside the box.
    pub label: String,
    /// Whether the consent stands.
    pub ticked: bool,
}

/// A field of a form.
#[derive(Clone)]
pub struct DraftField {
    /// The name of the form control.
    pub control: String,
    /// The label.
    pub label: String,
    /// What helps to fill it in.
    pub hint: Option<String>,
    /// What it takes.
    pub kind: FieldKind,
    /// Whether an application needs it.
    pub required: bool,
    /// The most words.
    pub words: Option<usize>,
    /// Who sees it, and how long it is kept.
    pub badge: String,
    /// Whether assessors may see it.
    pub shared: bool,
    /// What is kept of it so far.
    pub value: Secret,
    /// The box that has to be ticked before anything of it is kept.
    pub consent: Option<ConsentTick>,
    /// Where the value comes from, if that is worth a word.
    pub mark: Option<&'static str>,
}

/// A section of a draft.
#[derive(Clone)]
pub struct DraftSection {
    /// The application.
    pub application: Id,
    /// What can be read out on the telephone.
    pub reference: String,
    /// The round.
    pub round: RoundView,
    /// The section.
    pub section: Section,
    /// Its place among the sections, from 1.
    pub position: usize,
    /// How many sections there are.
    pub of: usize,
    /// Its fields.
    pub fields: Vec<DraftField>,
    /// The confirmed address.
    pub email: Secret,
    /// Whether assessors see anything of it, as the applicant's consent stands.
    pub outside: bool,
    /// When the draft was last saved.
    pub saved_at: DateTime<Utc>,
}

impl DraftSection {
    /// Whether a question of this section takes a file.
    #[must_use]
    pub fn takes_file(&self, key: &str) -> bool {
        let mut kinds = self.fields.iter().map(|field| &field.kind);
        kinds.any(|kind| matches!(kind, FieldKind::File { question } if question == key))
    }
}

/// Opens a section of a draft of one's own.
///
/// # Errors
/// [`ServiceError::NotFound`]; [`ServiceError::Conflict`] when it is no draft any more.
pub fn open(
    ctx: &Context,
    who: &Applicant,
    own: &OwnApplication,
    section: Section,
) -> Result<DraftSection, ServiceError> {
    let opened = draft_of(ctx, own.application.clone())?;
    let sections = opened.round.form.sections();
    let position = sections.iter().position(|own| *own == section).ok_or(ServiceError::NotFound)?;
    let assessment = opened.assessment();
    let mut fields = Vec::new();
    if section == Section::You {
        fields.extend(Item::ALL.map(|item| item_field(&opened, item)));
        name_from_github(ctx, who, &mut fields)?;
    }
    for question in opened.round.form.questions_of(section) {
        fields.push(DraftField {
            control: control_of(question),
            label: question.ask.clone(),
            hint: hint_of(question, assessment),
            kind: kind_of(&opened.round, question),
            required: question.required,
            words: question.words,
            badge: badge_of_question(question, assessment),
            shared: Badge::of_answer(question.shared, assessment).assessors,
            value: opened.answer(&question.key),
            consent: tick_of(ctx, &opened.round, question, &opened.standing)?,
            mark: None,
        });
    }
    Ok(DraftSection {
        application: own.id().clone(),
        reference: opened.application.reference.clone(),
        section,
        position: position + 1,
        of: sections.len(),
        fields,
        email: opened.email.clone(),
        outside: assessment != OutsideAssessment::Never,
        saved_at: opened.application.changed_at.and_utc(),
        round: opened.round,
    })
}

/// A draft of one's own with everything in it opened.
pub(crate) fn draft_of(ctx: &Context, found: Application) -> Result<Opened, ServiceError> {
    let opened = Opened::open(ctx, found)?;
    if opened.application.status() == Status::Draft {
        Ok(opened)
    } else {
        Err(ServiceError::Conflict)
    }
}

pub(crate) fn item_field(opened: &Opened, item: Item) -> DraftField {
    let assessment = opened.assessment();
    let hint = match item {
        Item::Name => None,
        Item::Pronouns => Some("Such as she/her. You may leave this out."),
        Item::Location => Some("Town and country are enough."),
        Item::GithubUsername => {
            Some("If your username gives away who you are, assessors can tell.")
        }
        Item::SocialUsernames => Some("One a line. You may leave this out."),
    };
    let shared = crate::inventory::find(item.key())
        .is_some_and(|found| Badge::of(found, assessment).assessors);
    DraftField {
        control: item.key().to_owned(),
        label: item.label().to_owned(),
        // Where assessors see nothing there is nothing to warn of.
        hint: hint.filter(|_| item != Item::GithubUsername || shared).map(str::to_owned),
        kind: if item.several_lines() { FieldKind::Text } else { FieldKind::Line },
        required: item.required(),
        words: None,
        badge: badge_of(item.key(), assessment),
        shared,
        value: opened.item(item),
        consent: None,
        mark: None,
    }
}

/// Fills in the username of the account on GitHub that is joined to one's own, and says where it comes from.
fn name_from_github(
    ctx: &Context,
    who: &Applicant,
    fields: &mut [DraftField],
) -> Result<(), ServiceError> {
    let Some(joined) = github_accounts::of_account(ctx, &who.account)? else { return Ok(()) };
    let key = Item::GithubUsername.key();
    if let Some(field) = fields.iter_mut().find(|field| field.control == key) {
        if field.value.is_blank() {
            field.value = joined.user.username.clone();
        }
        field.mark = github_accounts::is_of(&joined.user, &field.value).then_some(VERIFIED);
    }
    Ok(())
}

fn hint_of(question: &Question, assessment: OutsideAssessment) -> Option<String> {
    match question.kind {
        Kind::Number => Some("A whole number.".to_owned()),
        Kind::Date => Some("Year, month and day, such as 2027-03-31.".to_owned()),
        Kind::File => Some(who_sees_a_file(assessment).to_owned()),
        _ => None,
    }
}

/// Who gets to see a file, as it is said before one is attached.
pub(crate) const fn who_sees_a_file(assessment: OutsideAssessment) -> &'static str {
    match assessment {
        OutsideAssessment::Never => "Only our staff see this file.",
        _ => {
            "Only our staff see this file. Assessors get it only as a copy from which our staff took out what is personal."
        }
    }
}

fn kind_of(round: &RoundView, question: &Question) -> FieldKind {
    match question.kind {
        Kind::Line => FieldKind::Line,
        Kind::Text => FieldKind::Text,
        Kind::Choice => FieldKind::Choice(question.options.clone()),
        Kind::Number => FieldKind::Number,
        Kind::Money => FieldKind::Money {
            currency: round.form.amount.currency.clone(),
            least: round.form.amount.least,
            most: round.form.amount.most,
        },
        Kind::Date => FieldKind::Date,
        Kind::File => FieldKind::File { question: question.key.clone() },
    }
}

fn tick_of(
    ctx: &Context,
    round: &RoundView,
    question: &Question,
    standing: &[String],
) -> Result<Option<ConsentTick>, ServiceError> {
    if !question.sensitive {
        return Ok(None);
    }
    let offered = consent_texts::sensitive(ctx, round, question)?;
    Ok(Some(ConsentTick {
        control: offered.text.purpose.control(),
        ticked: standing.contains(&offered.row.purpose),
        paragraphs: offered.text.details,
        label: offered.text.statement,
    }))
}
