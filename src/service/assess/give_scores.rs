//! An assessor scores a packet: a draft is saved as far as it can be kept, and is handed in when it is complete.

use serde_json::json;

use super::mine;
use super::own::{OwnAssignment, still};
use super::read_packet::given;
use crate::domain::assessing;
use crate::domain::assignment::{Comments, State};
use crate::domain::form::FieldError;
use crate::domain::programme::Criterion;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::service::context::{Actor, Context};
use crate::service::error::ServiceError;
use crate::service::outsiders::Assessor;
use crate::store::scores::{self, Score};
use crate::store::{StoreError, assignments, audit, packets};
use crate::vault::DataKey;

/// What is wanted of what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// To be kept, complete or not.
    Save,
    /// To be handed in.
    HandIn,
}

/// What was typed, by control, and on which version of the packet.
pub struct Typed {
    /// Points and comments.
    pub values: Vec<(String, Secret)>,
    /// The version of the packet that was shown beside.
    pub version: String,
    /// Which scores were shown, where that is said: what `seen` made of them.
    pub seen: Option<String>,
}

/// What became of what was typed.
#[derive(Default)]
pub struct Outcome {
    /// What has to be mended; nothing when all is done.
    pub errors: Vec<FieldError>,
    /// Whether something else was saved since the form was shown: then nothing is saved, and what is kept and what was
    /// typed are shown beside each other.
    pub is_overtaken: bool,
}

impl Outcome {
    const fn mending(errors: Vec<FieldError>) -> Self {
        Self { errors, is_overtaken: false }
    }
}

/// Which scores these are: each time that some are saved, it is another. A piece of a random identifier tells them apart,
/// and is of no other use.
pub(super) fn seen(kept: &[Score]) -> String {
    kept.first().map(|score| score.id.as_str().chars().take(8).collect()).unwrap_or_default()
}

impl Typed {
    fn value(&self, control: &str) -> Option<&Secret> {
        self.values.iter().find(|(name, _)| name == control).map(|(_, value)| value)
    }
}

impl OwnAssignment {
    /// Whether the form for scores has a control of this name.
    #[must_use]
    pub fn has_control(&self, name: &str) -> bool {
        let criteria = self.criteria().unwrap_or_default();
        assessing::own(&criteria).any(|(place, _)| {
            name == assessing::points_control(place) || name == assessing::comment_control(place)
        })
    }
}

/// What is kept for a criterion.
struct Kept {
    place: usize,
    points: Secret,
    comment: Secret,
}

/// Saves what can be kept of a draft, and hands it in if that is wanted and nothing is missing. What was handed in before
/// is replaced whole or not at all, and what was saved in another window meanwhile is not replaced unseen.
///
/// # Errors
/// [`ServiceError::NotFound`] when the assignment was taken back, or its packet closed; [`ServiceError::Busy`],
/// [`ServiceError::Full`], [`ServiceError::Internal`].
pub fn give(
    ctx: &Context,
    who: &Assessor,
    own: &OwnAssignment,
    typed: &Typed,
    act: Act,
) -> Result<Outcome, ServiceError> {
    let actor = Actor::Assessor(who.id.clone());
    let mut found = own.each_try(who);
    ctx.steadily(|generation| {
        let own = found(ctx)?;
        own.must_be_readable()?;
        let criteria = own.criteria()?;
        if let Some(error) = refusal(&own, &criteria, act) {
            return Ok(Outcome::mending(vec![error]));
        }
        let packet = &own.own.packet;
        let key = ctx.unwrap_key(&own.own.key, &packet.dossier_id)?;
        let (fields, before) = ctx.store.read(|connection| {
            let fields = packets::heads(connection, std::slice::from_ref(&packet.id))?;
            Ok((fields, scores::of_assignment(connection, own.id())?))
        })?;
        let shown = seen(&before);
        if typed.seen.as_ref().is_some_and(|typed| *typed != shown) {
            // Where nothing is kept, nothing is replaced.
            let mut errors = differing(ctx, &key, &criteria, &before, typed)?;
            errors.retain(|(_, is_kept)| *is_kept);
            let errors: Vec<_> = errors.into_iter().map(|(error, _)| error).collect();
            if !errors.is_empty() {
                return Ok(Outcome { errors, is_overtaken: true });
            }
        }
        let usernames = mine::usernames(ctx, &key, &fields)?;
        let (kept, mut errors) = judge(ctx, &key, &criteria, &usernames, &before, (typed, act))?;
        if act == Act::HandIn && errors.is_empty() && typed.version != packet.version.to_string() {
            errors.push(on_first(
                &criteria,
                "The packet was released anew while you scored it. Look at it again, then hand in",
            ));
        }
        let hands_in = act == Act::HandIn && errors.is_empty();
        if !hands_in && own.own.assignment.state() == State::Submitted {
            // What is handed in stays as it is until something complete takes its place.
            return Ok(Outcome::mending(errors));
        }
        let comments = if kept.iter().all(|one| one.comment.is_blank()) {
            Comments::Clear
        } else {
            Comments::Waiting
        };
        let rows = sealed(ctx, &own, &key, kept)?;
        let detail = json!({ "packet": packet.id.as_str(), "version": packet.version });
        let entry = ctx.audit(&actor, "scores.handed_in", Some(own.id()), &detail)?;
        let (assessor, now) = (who.id.clone(), ctx.stamp());
        ctx.write_under(generation, move |connection| {
            let version = own.own.packet.version;
            let own = still(connection, &assessor, &own.own)?;
            if own.packet.version != version {
                // Released anew at this moment: what it says now is for the assessor to look at first.
                return Err(StoreError::Conflict);
            }
            // What staff hold back stays held back, whatever is written now, until they have looked: else whoever
            // writes could try names, and see by another assessor's page which was found.
            let comments = match own.assignment.comments() {
                Comments::Found => Comments::Found,
                _ => comments,
            };
            let kept = scores::of_assignment(connection, &own.assignment.id)?;
            if seen(&kept) != shown {
                return Err(StoreError::Conflict);
            }
            scores::replace(connection, &own.assignment.id, &rows)?;
            if hands_in {
                assignments::hand_in(
                    connection,
                    &own.assignment,
                    own.packet.version,
                    comments,
                    now,
                )?;
                audit::insert(connection, &entry)?;
            }
            Ok(())
        })?;
        Ok(Outcome::mending(errors))
    })
}

/// Whether something was typed that is not kept.
///
/// # Errors
/// As [`give`].
pub fn is_changed(ctx: &Context, own: &OwnAssignment, typed: &Typed) -> Result<bool, ServiceError> {
    own.must_be_readable()?;
    let key = ctx.unwrap_key(&own.own.key, &own.own.packet.dossier_id)?;
    let kept = ctx.store.read(|connection| scores::of_assignment(connection, own.id()))?;
    Ok(!differing(ctx, &key, &own.criteria()?, &kept, typed)?.is_empty())
}

/// Where what was typed is something else than what is kept, and whether anything is kept there.
fn differing(
    ctx: &Context,
    key: &DataKey,
    criteria: &[Criterion],
    kept: &[Score],
    typed: &Typed,
) -> Result<Vec<(FieldError, bool)>, ServiceError> {
    let mut errors = Vec::new();
    for (place, criterion) in assessing::own(criteria) {
        let (points, comment) = given(ctx, key, kept, place)?;
        for (control, kept, what) in [
            (assessing::points_control(place), points, "other points were saved"),
            (assessing::comment_control(place), comment, "another comment was saved"),
        ] {
            let is_other = |typed: &&Secret| typed.expose().trim() != kept.expose().trim();
            if typed.value(&control).filter(is_other).is_some() {
                let message = format!(
                    "In another window {what} for “{}” meanwhile. Look at both, then press again",
                    criterion.name
                );
                errors.push((FieldError { field: control, message }, !kept.is_blank()));
            }
        }
    }
    Ok(errors)
}

/// Why nothing can be kept at all.
fn refusal(own: &OwnAssignment, criteria: &[Criterion], act: Act) -> Option<FieldError> {
    if !own.is_open() {
        return Some(on_first(criteria, "Scoring is closed, so nothing was saved"));
    }
    let is_handed_in = own.own.assignment.state() == State::Submitted;
    (is_handed_in && act == Act::Save).then(|| {
        on_first(
            criteria,
            "You have handed in these scores already. To change them, hand them in again",
        )
    })
}

/// An error about the form as a whole stands at its first control.
fn on_first(criteria: &[Criterion], message: &str) -> FieldError {
    let first = assessing::own(criteria).next().map_or(0, |(place, _)| place);
    FieldError { field: assessing::points_control(first), message: message.to_owned() }
}

/// What is kept for each criterion, and what has to be mended.
fn judge(
    ctx: &Context,
    key: &DataKey,
    criteria: &[Criterion],
    usernames: &[Secret],
    before: &[Score],
    (typed, act): (&Typed, Act),
) -> Result<(Vec<Kept>, Vec<FieldError>), ServiceError> {
    let known = assessing::known(usernames.iter().map(Secret::expose));
    let (mut all, mut errors) = (Vec::new(), Vec::new());
    for (place, criterion) in assessing::own(criteria) {
        let (mut points, mut comment) = given(ctx, key, before, place)?;
        let control = assessing::points_control(place);
        let typed_points = typed.value(&control);
        if let Some(typed) = typed_points {
            match assessing::points(criterion, typed.expose()) {
                Ok(number) => {
                    points = Secret::new(number.map(|it| it.to_string()).unwrap_or_default());
                }
                Err(message) => errors.push(FieldError { field: control, message }),
            }
        }
        let control = assessing::comment_control(place);
        let typed_comment = typed.value(&control);
        if let Some(typed) = typed_comment {
            match assessing::comment(criterion, &known, typed.expose()) {
                Ok(()) => comment = typed.clone(),
                Err(message) => errors.push(FieldError { field: control, message }),
            }
        }
        if act == Act::HandIn {
            // Radio buttons of which none is chosen send nothing.
            let given = (
                typed_points.unwrap_or(&points).expose(),
                typed_comment.unwrap_or(&comment).expose(),
            );
            let missing = assessing::missing(place, criterion, given);
            errors
                .extend(missing.into_iter().map(|(field, message)| FieldError { field, message }));
        }
        all.push(Kept { place, points, comment });
    }
    Ok((all, errors))
}

fn sealed(
    ctx: &Context,
    own: &OwnAssignment,
    key: &DataKey,
    kept: Vec<Kept>,
) -> Result<Vec<Score>, ServiceError> {
    let dossier = &own.own.packet.dossier_id;
    let score = |one: Kept| {
        let id = ctx.id()?;
        Ok(Score {
            dossier_id: dossier.clone(),
            assignment_id: own.id().clone(),
            criterion: i64::try_from(one.place).map_err(ServiceError::internal)?,
            points: ctx.seal(key, Slot::ScorePoints, &id, dossier, &one.points)?,
            comment: ctx.seal(key, Slot::ScoreComment, &id, dossier, &one.comment)?,
            id,
        })
    };
    kept.into_iter().map(score).collect()
}
