//! Everything that was given to one application: by staff, by assessors, and what was asked and noted.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::given::{self, places};
use super::round::name_of;
use super::{comments, criteria_of};
use crate::domain::assessing;
use crate::domain::assignment::{Comments, State};
use crate::domain::id::Id;
use crate::domain::programme::{Criterion, ScoredBy};
use crate::domain::reason::Opening;
use crate::domain::role::Permission;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::domain::strike::{self, Piece, Strike};
use crate::service::assign;
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::service::openings;
use crate::service::packets::team;
use crate::service::permitted::ReceivedApplication;
use crate::service::read_audit;
use crate::service::rounds::{self, RoundView};
use crate::service::session::Staff;
use crate::store::{
    assessor_questions, assignments, looked, notes, preparations, scores, staff_scores,
};

/// A criterion of staff, with what was given.
#[derive(Clone)]
pub struct StaffCriterion {
    /// Its place among all.
    pub place: i64,
    /// What is judged.
    pub criterion: Criterion,
    /// The points; blank while there are none.
    pub points: Secret,
    /// The comment.
    pub comment: Secret,
    /// The names of the form controls: of the points, and of the comment.
    pub controls: (String, String),
    /// Who gave them; blank while nobody did.
    pub by: Secret,
}

/// A comment, in pieces: what may name the applicant is told apart.
#[derive(Clone)]
pub struct CommentPiece {
    /// The text.
    pub text: Secret,
    /// Whether it may name the applicant.
    pub is_found: bool,
}

/// What an assessor gave for a criterion.
#[derive(Clone)]
pub struct GivenScore {
    /// What was judged.
    pub criterion: Criterion,
    /// The points.
    pub points: Option<u32>,
    /// The comment.
    pub comment: Vec<CommentPiece>,
}

impl GivenScore {
    /// Whether there is a comment.
    #[must_use]
    pub fn has_comment(&self) -> bool {
        self.comment.iter().any(|piece| !piece.text.is_blank())
    }
}

/// What an assessor asked.
#[derive(Clone)]
pub struct Asked {
    /// The question.
    pub id: Id,
    /// Its text.
    pub body: Secret,
    /// When it was asked.
    pub asked_at: DateTime<Utc>,
    /// The answer, once there is one.
    pub answer: Option<Secret>,
    /// The name of the form control for the answer.
    pub control: String,
}

/// An assessment.
#[derive(Clone)]
pub struct AssessmentView {
    /// The assignment.
    pub id: Id,
    /// Who assesses.
    pub name: Secret,
    /// Where it stands.
    pub state: State,
    /// What became of the comments.
    pub comments: Comments,
    /// Which hand-in this is: what is settled is settled for this one.
    pub seen: String,
    /// What was given; nothing before it is handed in.
    pub scores: Vec<GivenScore>,
    /// The sum of the points.
    pub total: Option<u32>,
    /// Whether it is about an earlier release of the packet.
    pub is_earlier: bool,
    /// What was asked.
    pub questions: Vec<Asked>,
}

/// A note.
#[derive(Clone)]
pub struct NoteView {
    /// The text.
    pub body: Secret,
    /// Who wrote it.
    pub by: Secret,
    /// When.
    pub at: DateTime<Utc>,
}

/// Everything that was given to an application.
#[derive(Clone)]
pub struct Assessed {
    /// The application.
    pub id: Id,
    /// Its reference.
    pub reference: String,
    /// The round.
    pub round: RoundView,
    /// The criteria of staff.
    pub own: Vec<StaffCriterion>,
    /// The assessments, those that were handed in first.
    pub assessments: Vec<AssessmentView>,
    /// The notes, the oldest first.
    pub notes: Vec<NoteView>,
    /// Whether this person gives points, answers and settles.
    pub may_review: bool,
}

/// Everything that was given to an application; none where the person has to say first why they open it. That it was
/// opened is in the audit before it is shown.
///
/// # Errors
/// [`ServiceError::Forbidden`].
pub fn read(
    ctx: &Context,
    who: &Staff,
    received: &ReceivedApplication,
) -> Result<Option<Assessed>, ServiceError> {
    let application = &received.application;
    let opening = Opening::Application(application.status());
    let Some(grounds) = openings::judge(who, opening, None)? else { return Ok(None) };
    let round = rounds::of_application(ctx, &application.round_id, &application.form_id)?;
    let (_, criteria) = criteria_of(ctx, &round)?;
    let detail = json!({ "for": "assessment" });
    let id = application.id.clone();
    let entry = grounds.audit(ctx, who, "application.opened", Some(&id), &detail)?;
    ctx.store
        .write(move |connection| looked::insert(connection, &entry, std::slice::from_ref(&id)))?;
    assign::opened_as_staff(ctx, who, &application.id)?;
    Ok(Some(Assessed {
        id: application.id.clone(),
        reference: application.reference.clone(),
        own: own(ctx, received, &criteria)?,
        assessments: assessments(ctx, received, &criteria)?,
        notes: noted(ctx, received)?,
        may_review: who.roles.may(Permission::ReviewApplications),
        round,
    }))
}

fn own(
    ctx: &Context,
    received: &ReceivedApplication,
    criteria: &[Criterion],
) -> Result<Vec<StaffCriterion>, ServiceError> {
    let application = &received.application;
    let given = ctx.store.read(|c| staff_scores::of_application(c, &application.id))?;
    let key = ctx.data_key(&application.dossier_id)?;
    let mut all = Vec::new();
    for (place, criterion) in places(criteria, ScoredBy::Staff) {
        let score = given.iter().find(|score| score.criterion == place);
        let at = usize::try_from(place).unwrap_or_default();
        let mut own = StaffCriterion {
            place,
            criterion: criterion.clone(),
            points: Secret::default(),
            comment: Secret::default(),
            controls: (assessing::points_control(at), assessing::comment_control(at)),
            by: Secret::default(),
        };
        if let Some(score) = score {
            let open = |slot, sealed| ctx.open(&key, slot, &score.id, &score.dossier_id, sealed);
            own.points = open(Slot::StaffScorePoints, &score.points)?;
            own.comment = open(Slot::StaffScoreComment, &score.comment)?;
            own.by = read_audit::name_of(ctx, &score.staff_id)?.unwrap_or_default();
        }
        all.push(own);
    }
    Ok(all)
}

fn noted(ctx: &Context, received: &ReceivedApplication) -> Result<Vec<NoteView>, ServiceError> {
    let application = &received.application;
    let found = ctx.store.read(|c| notes::of_application(c, &application.id))?;
    let key = ctx.data_key(&application.dossier_id)?;
    found
        .into_iter()
        .map(|note| {
            let (slot, dossier) = (Slot::NoteBody, &note.dossier_id);
            Ok(NoteView {
                body: ctx.open(&key, slot, &note.id, dossier, &note.body)?,
                by: read_audit::name_of(ctx, &note.staff_id)?.unwrap_or_default(),
                at: note.written_at.and_utc(),
            })
        })
        .collect()
}

fn assessments(
    ctx: &Context,
    received: &ReceivedApplication,
    criteria: &[Criterion],
) -> Result<Vec<AssessmentView>, ServiceError> {
    let application = received.id();
    let (packet, all) = ctx.store.read(|connection| {
        let packet = preparations::packet_of(connection, application)?;
        let all = match &packet {
            Some(packet) => assignments::of_packet(connection, &packet.id)?,
            None => Vec::new(),
        };
        Ok((packet, all))
    })?;
    let Some(packet) = packet else { return Ok(Vec::new()) };
    let key = ctx.data_key(&packet.dossier_id)?;
    let known = team::known(ctx, application, &[])?;
    let mut views = Vec::new();
    for assignment in all {
        let (rows, asked) = ctx.store.read(|connection| {
            Ok((
                scores::of_assignment(connection, &assignment.id)?,
                assessor_questions::of_assignment(connection, &assignment.id)?,
            ))
        })?;
        let mut given = Vec::new();
        // A draft is nobody's but the assessor's.
        if assignment.state() == State::Submitted {
            let looks = assignment.comments() == Comments::Found;
            let opened = rows.iter().map(|score| given::comment(ctx, &key, score));
            let opened: Vec<Secret> = opened.collect::<Result<_, _>>()?;
            let texts: Vec<&str> = opened.iter().map(Secret::expose).collect();
            let found = if looks { strike::find_in_several(&known, &texts) } else { Vec::new() };
            for (place, criterion) in places(criteria, ScoredBy::Assessor) {
                let at = rows.iter().position(|score| score.criterion == place);
                let Some((at, score)) = at.and_then(|at| Some((at, rows.get(at)?))) else {
                    continue;
                };
                let comment = opened.get(at).map_or("", Secret::expose);
                let strikes = found.get(at).map(Vec::as_slice).unwrap_or_default();
                given.push(GivenScore {
                    criterion: criterion.clone(),
                    points: given::points(ctx, &key, score)?,
                    comment: in_pieces(strikes, comment),
                });
            }
        }
        let mut questions = Vec::new();
        for one in asked {
            let open = |slot, sealed| ctx.open(&key, slot, &one.id, &one.dossier_id, sealed);
            questions.push(Asked {
                body: open(Slot::AssessorQuestionBody, &one.body)?,
                answer: match &one.answer {
                    Some(answer) => Some(open(Slot::AssessorQuestionAnswer, answer)?),
                    None => None,
                },
                asked_at: one.asked_at.and_utc(),
                control: format!("answer.{}", one.id),
                id: one.id,
            });
        }
        let points: Option<Vec<u32>> = given.iter().map(|score| score.points).collect();
        let total = points.filter(|points| !points.is_empty()).map(|points| points.iter().sum());
        let is_earlier = assignment.scored_version.is_some_and(|version| version < packet.version);
        views.push(AssessmentView {
            name: name_of(ctx, &assignment)?,
            state: assignment.state(),
            comments: assignment.comments(),
            seen: comments::seal_of(&assignment),
            id: assignment.id,
            scores: given,
            total,
            is_earlier,
            questions,
        });
    }
    views.sort_by_key(|view| view.state != State::Submitted);
    Ok(views)
}

/// A comment in pieces. What may name the applicant is looked for where there is a reason to.
fn in_pieces(strikes: &[Strike], text: &str) -> Vec<CommentPiece> {
    strike::apply(text, strikes)
        .pieces
        .into_iter()
        .map(|piece| match piece {
            Piece::Kept(text) => CommentPiece { text: Secret::new(text), is_found: false },
            Piece::Struck(own) => CommentPiece {
                text: Secret::new(text.get(own.start..own.end).unwrap_or_default()),
                is_found: true,
            },
        })
        .collect()
}
