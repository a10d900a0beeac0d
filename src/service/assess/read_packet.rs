//! An assessor reads a packet. Each time is in the audit before anything is shown.

use chrono::{NaiveDate, NaiveDateTime};

use super::fetch_file::{self, FileView};
use super::give_scores;
use super::mine;
use super::own::{OwnAssignment, still};
use crate::domain::assessing;
use crate::domain::assignment::{Comments, State};
use crate::domain::id::Id;
use crate::domain::packet::FieldKind;
use crate::domain::programme::Criterion;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::service::context::{Actor, Context};
use crate::service::error::ServiceError;
use crate::service::outsiders::Assessor;
use crate::store::assessor_questions::{self, AssessorQuestion};
use crate::store::assignments::{self, Own};
use crate::store::audit;
use crate::store::packet_files::{self, PacketFile};
use crate::store::packets::{self, Field};
use crate::store::scores::{self, Score};
use crate::vault::DataKey;

/// A packet, as its assessor sees it.
#[derive(Clone)]
pub struct PacketView {
    /// The assignment's id.
    pub id: Id,
    /// Programme and round.
    pub round: String,
    /// The names at GitHub.
    pub usernames: Vec<Secret>,
    /// The answers, in order.
    pub answers: Vec<AnswerView>,
    /// The files, in order.
    pub files: Vec<FileView>,
    /// How often the packet was released.
    pub version: i64,
    /// Which scores these are: what somebody changes is what they saw.
    pub seen: String,
    /// What the assessor judges by.
    pub criteria: Vec<CriterionView>,
    /// Whether the scores are handed in.
    pub is_handed_in: bool,
    /// The day on which they were handed in last.
    pub handed_in_on: Option<NaiveDate>,
    /// Whether the packet was released anew since then.
    pub has_changed: bool,
    /// Whether staff ask to look at the comments again.
    pub is_returned: bool,
    /// By when scores are asked for.
    pub due_on: NaiveDate,
    /// The last day on which they can be given or changed.
    pub closes_on: NaiveDate,
    /// Whether that day has not passed.
    pub is_open: bool,
    /// What was asked and answered.
    pub questions: Vec<QuestionView>,
    /// Whether another question can be asked.
    pub may_ask: bool,
    /// Whether it can be given back for lack of time.
    pub can_be_declined: bool,
    /// Whether others' scores can be seen.
    pub shows_others: bool,
}

/// An answer in a packet.
#[derive(Clone)]
pub struct AnswerView {
    /// What was asked.
    pub label: String,
    /// What was answered, with marks for what was struck out.
    pub value: Secret,
    /// Whether it is of several lines.
    pub is_long: bool,
}

/// A criterion with what was given so far.
#[derive(Clone)]
pub struct CriterionView {
    /// Its place among all of the plan.
    pub place: usize,
    /// The criterion.
    pub criterion: Criterion,
    /// The points; blank while there are none.
    pub points: Secret,
    /// The comment.
    pub comment: Secret,
    /// What is kept, points and comment, where something else was typed in another window.
    pub meanwhile: Option<(Secret, Secret)>,
}

/// A question to staff.
#[derive(Clone)]
pub struct QuestionView {
    /// The question.
    pub body: Secret,
    /// When it was asked.
    pub asked_on: NaiveDate,
    /// The answer, and its day.
    pub answer: Option<(Secret, NaiveDate)>,
}

/// What is read in one transaction with the entry in the audit.
struct Rows {
    own: Own,
    fields: Vec<Field>,
    files: Vec<PacketFile>,
    scores: Vec<Score>,
    questions: Vec<AssessorQuestion>,
}

/// Opens a packet, and writes that into the audit.
///
/// # Errors
/// [`ServiceError::NotFound`] when it can't be read yet, or not any more; [`ServiceError::Busy`], [`ServiceError::Full`],
/// [`ServiceError::Internal`].
pub fn read(
    ctx: &Context,
    who: &Assessor,
    own: &OwnAssignment,
) -> Result<PacketView, ServiceError> {
    let actor = Actor::Assessor(who.id.clone());
    let mut found = own.each_try(who);
    ctx.steadily(|generation| {
        let own = found(ctx)?;
        own.must_be_readable()?;
        let entry = ctx.audit_plain(&actor, audit::PACKET_OPENED, &own.own.packet.id)?;
        let (assessor, before, now) = (who.id.clone(), own.own.clone(), ctx.stamp());
        let rows = ctx.write_under(generation, move |connection| {
            let now_own = still(connection, &assessor, &before)?;
            audit::insert(connection, &entry)?;
            assignments::opened(connection, &now_own.assignment.id, now)?;
            Ok(Rows {
                fields: packets::fields(connection, &now_own.packet.id)?,
                files: packet_files::of_packet(connection, &now_own.packet.id)?,
                scores: scores::of_assignment(connection, &now_own.assignment.id)?,
                questions: assessor_questions::of_assignment(connection, &now_own.assignment.id)?,
                own: now_own,
            })
        })?;
        Ok(view(ctx, &own, rows)?)
    })
}

fn view(ctx: &Context, own: &OwnAssignment, rows: Rows) -> Result<PacketView, ServiceError> {
    let Rows { own: now, fields, files, scores, questions } = rows;
    let key = ctx.unwrap_key(&now.key, &now.packet.dossier_id)?;
    let (assignment, is_open) = (now.assignment, own.is_open());
    let is_handed_in = assignment.state() == State::Submitted;
    let seen = assignment.scored_version.unwrap_or_default();
    let mut criteria = Vec::new();
    for (place, criterion) in assessing::own(&own.criteria()?) {
        let (points, comment) = given(ctx, &key, &scores, place)?;
        let criterion = criterion.clone();
        criteria.push(CriterionView { place, criterion, points, comment, meanwhile: None });
    }
    Ok(PacketView {
        round: own.plan.title.clone(),
        usernames: mine::usernames(ctx, &key, &fields)?,
        answers: answers(ctx, &key, &fields)?,
        files: fetch_file::views(ctx, &key, &files)?,
        version: now.packet.version,
        seen: give_scores::seen(&scores),
        criteria,
        is_handed_in,
        handed_in_on: assignment.submitted_at.map(|at| at.date()).filter(|_| is_handed_in),
        has_changed: is_handed_in && now.packet.version > seen,
        is_returned: !is_handed_in && assignment.comments() == Comments::Returned,
        due_on: assignment.due_on,
        closes_on: own.plan.closes_on,
        is_open,
        may_ask: is_open && questions.len() < assessing::MOST_QUESTIONS,
        questions: questions_of(ctx, &key, questions)?,
        can_be_declined: own.can_be_declined(),
        shows_others: own.shows_others(),
        id: assignment.id,
    })
}

/// What was given for the criterion at a place: points and comment.
pub(super) fn given(
    ctx: &Context,
    key: &DataKey,
    scores: &[Score],
    place: usize,
) -> Result<(Secret, Secret), ServiceError> {
    let found = scores.iter().find(|score| usize::try_from(score.criterion) == Ok(place));
    let Some(score) = found else { return Ok(Default::default()) };
    let open = |slot, sealed| ctx.open(key, slot, &score.id, &score.dossier_id, sealed);
    Ok((open(Slot::ScorePoints, &score.points)?, open(Slot::ScoreComment, &score.comment)?))
}

fn answers(
    ctx: &Context,
    key: &DataKey,
    fields: &[Field],
) -> Result<Vec<AnswerView>, ServiceError> {
    let answers = fields.iter().filter(|field| field.kind != FieldKind::GithubUsername.word());
    let answer = |field: &Field| {
        Ok(AnswerView {
            label: field.label.clone(),
            value: mine::open(ctx, key, field, &field.value)?,
            is_long: field.kind == FieldKind::Text.word(),
        })
    };
    answers.map(answer).collect()
}

fn questions_of(
    ctx: &Context,
    key: &DataKey,
    rows: Vec<AssessorQuestion>,
) -> Result<Vec<QuestionView>, ServiceError> {
    let view = |row: AssessorQuestion| {
        let open = |slot, sealed| ctx.open(key, slot, &row.id, &row.dossier_id, sealed);
        let answer = row.answer.as_ref().map(|sealed| open(Slot::AssessorQuestionAnswer, sealed));
        // A minute would tell who of staff was there; the day is enough.
        let day = row.answered_at.as_ref().map(NaiveDateTime::date).unwrap_or_default();
        Ok(QuestionView {
            body: open(Slot::AssessorQuestionBody, &row.body)?,
            asked_on: row.asked_at.date(),
            answer: answer.transpose()?.map(|text| (text, day)),
        })
    };
    rows.into_iter().map(view).collect()
}

impl CriterionView {
    /// The name of the control for the points.
    #[must_use]
    pub fn points_control(&self) -> String {
        assessing::points_control(self.place)
    }

    /// The name of the control for the comment.
    #[must_use]
    pub fn comment_control(&self) -> String {
        assessing::comment_control(self.place)
    }

    /// The numbers that are buttons of their own; none where there are too many.
    #[must_use]
    pub fn buttons(&self) -> Vec<u32> {
        let most = self.criterion.points;
        if most > assessing::MOST_BUTTONS { Vec::new() } else { (0..=most).collect() }
    }

    /// Whether these are the points that were given.
    #[must_use]
    pub fn has(&self, points: &u32) -> bool {
        self.points.expose().trim() == points.to_string()
    }
}
