//! What the scores of a round say: places, means, spread, what is missing, who is strict.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::json;

use super::given::{self, Points};
use crate::domain::application::Status;
use crate::domain::assignment::{Comments, State};
use crate::domain::id::Id;
use crate::domain::plot::{self, Strictness};
use crate::domain::programme::{Criterion, OutsideAssessment, ScoredBy};
use crate::domain::role::Permission;
use crate::domain::scores::{self, Assessment, Mean, Place, Range, Sheet};
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::service::assessors;
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::service::rounds::{self, RoundView};
use crate::service::session::Staff;
use crate::store::assignments::Assignment;
use crate::store::{
    assessor_questions, assignments, audit, packets, preparations, scores as stored, staff_scores,
};
use crate::vault::DataKey;

/// An application in the results.
#[derive(Clone)]
pub struct ResultRow {
    /// The application.
    pub id: Id,
    /// Its reference.
    pub reference: String,
    /// The GitHub username, as its packet has it; blank where there is no packet.
    pub username: Secret,
    /// Where it stands among the others.
    pub place: Place,
    /// The assessors' mean and staff's points so far.
    pub total: Option<Mean>,
    /// The mean of the assessors' totals.
    pub mean: Option<Mean>,
    /// How far they lie apart: the sample standard deviation, in points.
    pub spread: Option<f64>,
    /// The lowest and the highest of them.
    pub range: Option<Range>,
    /// The mean if each assessor had been as strict as the others.
    pub adjusted: Option<f64>,
    /// How many assessors have handed in.
    pub given: usize,
    /// How many are asked.
    pub asked: usize,
    /// Those whose scores are missing.
    pub missing: Vec<Secret>,
    /// How many assessors nobody has been asked to be.
    pub to_come: usize,
    /// How many criteria of staff have no points.
    pub staff_missing: usize,
    /// The mean of each criterion, and whether it is below the least that is needed there.
    pub criteria: Vec<(Option<Mean>, bool)>,
    /// The assessors whose totals lie far from the others'.
    pub outliers: Vec<Secret>,
    /// Whether it reaches the mark and the least points everywhere; none while scores are missing.
    pub passes: Option<bool>,
}

impl ResultRow {
    /// Whether scores are missing.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.passes.is_none()
    }
}

/// How strict an assessor is.
#[derive(Clone)]
pub struct StrictRow {
    /// The assessor.
    pub name: Secret,
    /// The packets that others have scored too.
    pub packets: u32,
    /// The mean difference from the others, in points.
    pub difference: Option<f64>,
    /// The same, drawn towards nothing where packets are few.
    pub weighed: f64,
}

/// What a round's scores say.
#[derive(Clone)]
pub struct RoundResults {
    /// The round.
    pub round: RoundView,
    /// Whether it is settled how the round is assessed.
    pub is_planned: bool,
    /// By what it is judged.
    pub criteria: Vec<Criterion>,
    /// The applications, the best first.
    pub rows: Vec<ResultRow>,
    /// The assessors, by name.
    pub assessors: Vec<StrictRow>,
    /// The most points that an application can have.
    pub most: u32,
    /// The points to reach.
    pub pass_mark: Option<u32>,
    /// How the totals are distributed, as SVG.
    pub distribution: Option<String>,
    /// How strict assessors are, as SVG.
    pub strictness: Option<String>,
    /// How many assessments have comments that somebody has to look at.
    pub comments_to_look_at: usize,
    /// How many questions of assessors nobody has answered.
    pub open_questions: usize,
    /// The applications in which there is either.
    pub to_look_at: Vec<(Id, String)>,
}

/// Everything of a round, as it is stored and opened.
struct Loaded {
    applications: Vec<preparations::RoundRow>,
    assignments: HashMap<Id, Vec<Assignment>>,
    points: HashMap<Id, Points>,
    staff: HashMap<Id, Points>,
    usernames: HashMap<Id, Secret>,
    questions: BTreeSet<Id>,
    open_questions: usize,
}

impl Loaded {
    fn load(ctx: &Context, round: &Id) -> Result<Self, ServiceError> {
        let (applications, all, given, staff, usernames, questions) =
            ctx.store.read(|connection| {
                Ok((
                    preparations::of_round(connection, round)?,
                    assignments::of_round(connection, round)?,
                    stored::of_round(connection, round)?,
                    staff_scores::of_round(connection, round)?,
                    packets::usernames(connection, round)?,
                    assessor_questions::of_round(connection, round)?,
                ))
            })?;
        let mut keys: HashMap<Id, DataKey> = HashMap::new();
        let mut names = HashMap::new();
        for (field, key) in usernames {
            let key = ctx.unwrap_key(&key, &field.dossier_id)?;
            let (slot, dossier) = (Slot::PacketFieldValue, &field.dossier_id);
            let name = ctx.open(&key, slot, &field.id, dossier, &field.value)?;
            names.insert(field.packet_id, name);
            keys.insert(field.dossier_id, key);
        }
        let handed_in: BTreeSet<&Id> =
            all.iter().filter(|own| own.state() == State::Submitted).map(|own| &own.id).collect();
        let mut points: HashMap<Id, Points> = HashMap::new();
        // A draft is nobody's but the assessor's.
        for score in given.iter().filter(|score| handed_in.contains(&score.assignment_id)) {
            let Some(key) = keys.get(&score.dossier_id) else { continue };
            if let Some(given) = given::points(ctx, key, score)? {
                let own = points.entry(score.assignment_id.clone()).or_default();
                own.insert(score.criterion, given);
            }
        }
        let mut by_staff: HashMap<Id, Points> = HashMap::new();
        let mut staff_keys: HashMap<Id, DataKey> = HashMap::new();
        for (score, key) in &staff {
            let dossier = &score.dossier_id;
            if !staff_keys.contains_key(dossier) {
                staff_keys.insert(dossier.clone(), ctx.unwrap_key(key, dossier)?);
            }
            let Some(key) = staff_keys.get(dossier) else { continue };
            if let Some(given) = given::staff_points(ctx, key, score)? {
                let own = by_staff.entry(score.application_id.clone()).or_default();
                own.insert(score.criterion, given);
            }
        }
        let mut of_packet: HashMap<Id, Vec<Assignment>> = HashMap::new();
        for assignment in all {
            of_packet.entry(assignment.packet_id.clone()).or_default().push(assignment);
        }
        let open = questions.iter().filter(|question| question.answer.is_none());
        Ok(Self {
            applications: applications
                .into_iter()
                .filter(|row| row.status != Status::Withdrawn.word())
                .collect(),
            assignments: of_packet,
            points,
            staff: by_staff,
            usernames: names,
            open_questions: open.clone().count(),
            questions: open.map(|question| question.assignment_id.clone()).collect(),
        })
    }

    fn live<'a>(&'a self, row: &preparations::RoundRow) -> Vec<&'a Assignment> {
        let own = row.packet_id.as_ref().and_then(|packet| self.assignments.get(packet));
        // Nobody can read a closed packet: what was handed in counts, and nothing is waited for.
        let counts = |own: &&Assignment| match is_closed(row) {
            true => own.state() == State::Submitted,
            false => own.state().is_live(),
        };
        own.map(|all| all.iter().filter(counts).collect()).unwrap_or_default()
    }

    /// Whether somebody has to look at something that an assessor wrote about an application.
    fn asks(&self, row: &preparations::RoundRow) -> bool {
        self.live(row)
            .iter()
            .any(|own| own.comments() == Comments::Found || self.questions.contains(&own.id))
    }
}

/// Whether assessors can't read an application's packet any more.
fn is_closed(row: &preparations::RoundRow) -> bool {
    row.packet_state.as_deref() == Some(packets::CLOSED)
}

/// The key under which an assessment counts: its assessor, or itself once that account is gone.
fn of_whom(assignment: &Assignment) -> &str {
    assignment.assessor_id.as_ref().unwrap_or(&assignment.id).as_str()
}

/// The round of an address, for those who read its results.
///
/// # Errors
/// [`ServiceError::Forbidden`]; [`ServiceError::NotFound`], also where nothing is judged by points.
pub(super) fn find(ctx: &Context, who: &Staff, slug: &str) -> Result<RoundView, ServiceError> {
    who.must(Permission::ReadApplications)?;
    let round = rounds::get(ctx, slug)?;
    let never = round.programme.outside_assessment == OutsideAssessment::Never;
    if never && round.programme.criterion.is_empty() {
        return Err(ServiceError::NotFound);
    }
    Ok(round)
}

/// The results of a round as they are now. That the applications stood in a list is in the audit before it is shown.
///
/// # Errors
/// [`ServiceError::Forbidden`]; [`ServiceError::NotFound`].
pub fn read(ctx: &Context, who: &Staff, slug: &str) -> Result<RoundResults, ServiceError> {
    let results = compute(ctx, find(ctx, who, slug)?)?;
    let ids: Vec<&Id> = results.rows.iter().map(|row| &row.id).collect();
    let detail = json!({ "applications": ids, "results": results.round.id });
    let actor = who.acting(Permission::ReadApplications);
    let entry = ctx.audit(&actor, audit::LISTED, None, &detail)?;
    ctx.store.write(move |connection| audit::insert(connection, &entry))?;
    Ok(results)
}

pub(super) fn compute(ctx: &Context, round: RoundView) -> Result<RoundResults, ServiceError> {
    let (plan, criteria) = super::criteria_of(ctx, &round)?;
    let loaded = Loaded::load(ctx, &round.id)?;
    let (by_assessors, by_staff): (Vec<i64>, Vec<i64>) = (
        given::places(&criteria, ScoredBy::Assessor).map(|own| own.0).collect(),
        given::places(&criteria, ScoredBy::Staff).map(|own| own.0).collect(),
    );
    let live: Vec<Vec<&Assignment>> =
        loaded.applications.iter().map(|row| loaded.live(row)).collect();
    let mut names: BTreeMap<&str, Secret> = BTreeMap::new();
    for assignment in live.iter().flatten() {
        if !names.contains_key(of_whom(assignment)) {
            names.insert(of_whom(assignment), name_of(ctx, assignment)?);
        }
    }
    let each = plan.as_ref().map_or(0, |plan| usize::try_from(plan.each_packet).unwrap_or(0));
    let sheets: Vec<Sheet<'_>> = loaded
        .applications
        .iter()
        .zip(&live)
        .map(|(row, live)| Sheet {
            packet: row.application.as_str(),
            assessments: live
                .iter()
                .map(|own| Assessment {
                    assessor: of_whom(own),
                    points: loaded.points.get(&own.id).and_then(|points| {
                        by_assessors.iter().map(|place| points.get(place).copied()).collect()
                    }),
                })
                .collect(),
            // A packet that lacks an assessor is not assessed yet, whatever the others gave.
            to_come: if is_closed(row) { 0 } else { each.saturating_sub(live.len()) },
            staff: by_staff
                .iter()
                .map(|place| loaded.staff.get(&row.application)?.get(place).copied())
                .collect(),
        })
        .collect();
    let mark = round.programme.pass_mark.map(|mark| mark.points);
    let results = scores::results(&criteria, mark, &sheets).map_err(ServiceError::internal)?;
    let by_id: HashMap<&str, &preparations::RoundRow> =
        loaded.applications.iter().map(|row| (row.application.as_str(), row)).collect();
    let called = |ids: &[&str]| -> Vec<Secret> {
        let mut called: Vec<Secret> = ids.iter().filter_map(|id| names.get(id).cloned()).collect();
        called.sort_by(|one, other| one.expose().cmp(other.expose()));
        called
    };
    let mut rows = Vec::new();
    for result in results.ranking() {
        let Some(row) = by_id.get(result.packet) else { continue };
        let packet = row.packet_id.as_ref();
        rows.push(ResultRow {
            id: row.application.clone(),
            reference: row.reference.clone(),
            username: packet
                .and_then(|packet| loaded.usernames.get(packet).cloned())
                .unwrap_or_default(),
            place: result.place,
            total: result.total,
            mean: result.mean,
            spread: result.spread,
            range: result.range,
            adjusted: result.adjusted,
            given: result.given,
            asked: result.given + result.missing.len() + result.to_come,
            missing: called(&result.missing),
            to_come: result.to_come,
            staff_missing: result.staff_missing,
            criteria: result.criteria.iter().map(|own| (own.mean, own.below_least)).collect(),
            outliers: called(&result.outliers),
            passes: result.passes,
        });
    }
    let labels: Vec<(&scores::Calibration<'_>, &Secret)> =
        results.assessors.iter().filter_map(|own| Some((own, names.get(own.assessor)?))).collect();
    let strict: Vec<Strictness<'_>> = labels
        .iter()
        .map(|(own, name)| Strictness {
            label: name.expose(),
            difference: own.difference,
            weighed: own.weighed,
            packets: own.packets,
        })
        .collect();
    let mut assessors: Vec<StrictRow> = labels
        .iter()
        .map(|(own, name)| StrictRow {
            name: (*name).clone(),
            packets: own.packets,
            difference: own.difference,
            weighed: own.weighed,
        })
        .collect();
    assessors.sort_by(|one, other| one.name.expose().cmp(other.name.expose()));
    let found = |own: &&&Assignment| own.comments() == Comments::Found;
    Ok(RoundResults {
        is_planned: plan.is_some(),
        most: results.most,
        pass_mark: results.pass_mark,
        distribution: plot::distribution(&results.distribution()).map(|plot| plot.svg()),
        strictness: plot::strictness(&strict).map(|plot| plot.svg()),
        comments_to_look_at: live.iter().flatten().filter(found).count(),
        open_questions: loaded.open_questions,
        to_look_at: loaded
            .applications
            .iter()
            .filter(|row| loaded.asks(row))
            .map(|row| (row.application.clone(), row.reference.clone()))
            .collect(),
        round,
        criteria,
        rows,
        assessors,
    })
}

/// What an assessor is called.
pub(super) fn name_of(ctx: &Context, assignment: &Assignment) -> Result<Secret, ServiceError> {
    let Some(id) = &assignment.assessor_id else {
        return Ok(Secret::new("An assessor who has left"));
    };
    let found = assessors::load_if_any(ctx, id)?;
    Ok(match found {
        Some(found) if !found.name.is_blank() => found.name,
        Some(found) => found.email,
        None => Secret::new("An assessor who has left"),
    })
}
