//! How a round is assessed: for each packet so many assessors, by when, until when.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use data_encoding::BASE32_NOPAD;
use serde_json::json;

use super::{Assessed, acting, day_in};
use crate::domain::application::Status;
use crate::domain::assignment::State;
use crate::domain::form::FieldError;
use crate::domain::id::Id;
use crate::domain::programme::{OutsideAssessment, ScoredBy};
use crate::domain::role::Permission;
use crate::domain::undertaking;
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::service::rounds;
use crate::service::session::Staff;
use crate::store::assessment_plans::{self, Plan};
use crate::store::{assigning, audit, rounds as stored};

/// The most assessors that a packet can be given to.
pub const MOST_EACH: i64 = 10;
/// Scoring can last this many days from today: two years.
const MOST_DAYS: u64 = 731;

/// A round in which assessors from outside score.
#[derive(Clone, Debug)]
pub struct RoundRow {
    /// The name in addresses.
    pub slug: String,
    /// The programme.
    pub programme: String,
    /// The round.
    pub round: String,
    /// How many applications came in and were not taken back.
    pub applications: i64,
    /// How many packets assessors can read.
    pub packets: i64,
    /// How many assignments count.
    pub assigned: i64,
    /// How many scores were handed in.
    pub handed_in: i64,
    /// How many assignments the packets need; none before that is settled.
    pub needed: Option<i64>,
    /// By when scores are asked for.
    pub due_on: Option<NaiveDate>,
}

/// The rounds with assessors from outside.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but officers.
pub fn rounds(ctx: &Context, who: &Staff) -> Result<Vec<RoundRow>, ServiceError> {
    who.must(Permission::ReviewApplications)?;
    let (found, tallies, packets, assignments, plans) = ctx.store.read(|connection| {
        Ok((
            stored::all(connection)?,
            stored::names_and_tallies(connection)?.1,
            assigning::packets_in_rounds(connection)?,
            assigning::assignments_in_rounds(connection)?,
            assessment_plans::all(connection)?,
        ))
    })?;
    let plans: BTreeMap<Id, Plan> =
        plans.into_iter().map(|plan| (plan.round_id.clone(), plan)).collect();
    let mut rows = Vec::new();
    for round in found {
        let round = rounds::view(ctx, round)?;
        if round.programme.outside_assessment == OutsideAssessment::Never {
            continue;
        }
        let counted = |wanted: &[State]| {
            let own = assignments
                .iter()
                .filter(|(id, state, _)| *id == round.id && wanted.contains(state));
            own.map(|(_, _, n)| n).sum::<i64>()
        };
        let here = packets.get(&round.id).copied().unwrap_or_default();
        let plan = plans.get(&round.id);
        let came_in = tallies
            .iter()
            .filter(|(id, status, _)| *id == round.id && *status != Status::Withdrawn);
        rows.push(RoundRow {
            applications: came_in.map(|(_, _, n)| n).sum(),
            packets: here,
            assigned: counted(&State::LIVE),
            handed_in: counted(&[State::Submitted]),
            needed: plan.map(|plan| plan.each_packet * here),
            due_on: plan.map(|plan| plan.due_on),
            slug: round.slug,
            programme: round.programme.name.clone(),
            round: round.name,
        });
    }
    Ok(rows)
}

/// What is typed to settle how a round is assessed.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// How many assessors each packet gets.
    pub each: String,
    /// By when scores are asked for.
    pub due: String,
    /// The last day of scoring.
    pub closes: String,
    /// Whether assessors see the scores of others after their own.
    pub show_others: bool,
}

/// How a round is assessed, for its page.
#[derive(Clone)]
pub struct PlanView {
    /// How far it is.
    pub row: RoundRow,
    /// What is settled, as it would be typed.
    pub typed: Typed,
    /// Whether anything is settled.
    pub is_planned: bool,
    /// Whether the applicants have to agree to it.
    pub asks_consent: bool,
    /// The criteria that are assessors' to score, with the most points of each.
    pub criteria: Vec<(String, u32)>,
    /// What assessors undertake, in paragraphs.
    pub undertaking: Vec<String>,
}

/// How a round is assessed.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but officers; [`ServiceError::NotFound`] also for rounds without assessors from
/// outside.
pub fn view(ctx: &Context, who: &Staff, slug: &str) -> Result<PlanView, ServiceError> {
    let Assessed { round, plan } = Assessed::find(ctx, who, slug)?;
    let row = rounds(ctx, who)?.into_iter().find(|row| row.slug == slug);
    let undertaking = match &plan {
        Some(plan) => {
            let id = &plan.undertaking_id;
            let text = ctx.store.read(|connection| assessment_plans::text(connection, id))?;
            text.body.lines().map(str::to_owned).collect()
        }
        None => undertaking::text(&ctx.site.controller.organisation),
    };
    let criteria = match &plan {
        Some(plan) => serde_json::from_str(&plan.criteria).map_err(ServiceError::internal)?,
        None => round.programme.criterion.clone(),
    };
    let typed = match &plan {
        Some(plan) => Typed {
            each: plan.each_packet.to_string(),
            due: plan.due_on.to_string(),
            closes: plan.closes_on.to_string(),
            show_others: plan.show_others,
        },
        None => Typed { each: "3".to_owned(), ..Typed::default() },
    };
    Ok(PlanView {
        row: row.ok_or(ServiceError::NotFound)?,
        typed,
        is_planned: plan.is_some(),
        asks_consent: round.programme.outside_assessment == OutsideAssessment::WithConsent,
        criteria: criteria
            .into_iter()
            .filter(|criterion| criterion.scored_by == ScoredBy::Assessor)
            .map(|criterion| (criterion.name, criterion.points))
            .collect(),
        undertaking,
    })
}

/// What was typed, as far as it can be used.
struct Checked {
    each: i64,
    due: NaiveDate,
    closes: NaiveDate,
}

fn check(ctx: &Context, before: Option<&Plan>, typed: &Typed) -> Result<Checked, ServiceError> {
    let mut wrong = Vec::new();
    let mut refuse = |field: &str, message: String| {
        wrong.push(FieldError { field: field.to_owned(), message });
    };
    let each = typed.each.trim().parse().ok().filter(|each| (1..=MOST_EACH).contains(each));
    if each.is_none() {
        refuse("each", format!("Enter how many assessors each packet gets, from 1 to {MOST_EACH}"));
    }
    let today = ctx.today();
    let last = today.checked_add_days(Days::new(MOST_DAYS)).unwrap_or(today);
    let due = day_in(&typed.due);
    // A day that was settled before may have passed by now.
    let is_new = |day: NaiveDate| before.is_none_or(|plan| plan.due_on != day);
    match due {
        None => refuse("due", "Enter the due day, such as 2027-09-30".to_owned()),
        Some(day) if day < today && is_new(day) => {
            refuse("due", "The due day must be today or later".to_owned());
        }
        Some(_) => {}
    }
    let closes = day_in(&typed.closes);
    match closes {
        None => refuse("closes", "Enter the last day of scoring, such as 2027-10-15".to_owned()),
        Some(day) if due.is_some_and(|due| day < due) => {
            refuse("closes", "The last day of scoring must not be before the due day".to_owned());
        }
        Some(day) if day > last => {
            refuse("closes", "The last day of scoring must be within two years".to_owned());
        }
        Some(_) => {}
    }
    match (each, due, closes) {
        (Some(each), Some(due), Some(closes)) if wrong.is_empty() => {
            Ok(Checked { each, due, closes })
        }
        _ => Err(ServiceError::Invalid(wrong)),
    }
}

/// Settles how a round is assessed, or changes it. From the first time on the criteria stay as they are then, and so
/// does the text that assessors accept.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but officers; [`ServiceError::NotFound`]; [`ServiceError::Invalid`].
pub fn save(ctx: &Context, who: &Staff, slug: &str, typed: &Typed) -> Result<(), ServiceError> {
    ctx.steadily(|_| {
        let Assessed { round, plan: before } = Assessed::find(ctx, who, slug)?;
        let Checked { each, due, closes } = check(ctx, before.as_ref(), typed)?;
        if !round.programme.criterion.iter().any(|own| own.scored_by == ScoredBy::Assessor) {
            let message =
                "This programme has no criteria for assessors, so there is nothing to score";
            return Err(ServiceError::field("each", message).into());
        }
        let body = undertaking::text(&ctx.site.controller.organisation).join("\n");
        let digest = ring::digest::digest(&ring::digest::SHA256, body.as_bytes());
        let digest = BASE32_NOPAD.encode(digest.as_ref()).to_ascii_lowercase();
        let text_id = ctx.id()?;
        let plan = match before.clone() {
            Some(before) => before,
            None => Plan {
                round_id: round.id.clone(),
                title: String::new(),
                criteria: serde_json::to_string(&round.programme.criterion)
                    .map_err(ServiceError::internal)?,
                each_packet: each,
                due_on: due,
                closes_on: closes,
                show_others: typed.show_others,
                undertaking_id: text_id.clone(),
                seed: i64::from_be_bytes(ctx.vault.random_bytes()?),
                opened_at: ctx.stamp(),
            },
        };
        let plan = Plan {
            title: round.title(),
            each_packet: each,
            due_on: due,
            closes_on: closes,
            show_others: typed.show_others,
            ..plan
        };
        let detail = json!({
            "each": each, "due": due, "closes": closes, "show_others": typed.show_others
        });
        let action = if before.is_some() { "assessment.changed" } else { "assessment.opened" };
        let entry = ctx.audit(&acting(who), action, Some(&round.id), &detail)?;
        ctx.store.write(move |connection| {
            let mut plan = plan.clone();
            // Somebody else may have settled it at the same moment: then theirs is what is changed.
            match assessment_plans::find(connection, &plan.round_id)? {
                Some(there) => plan.undertaking_id = there.undertaking_id,
                None => {
                    let id = assessment_plans::keep_text(connection, &text_id, &body, &digest)?;
                    plan.undertaking_id = id;
                }
            }
            assessment_plans::save(connection, &plan)?;
            audit::insert(connection, &entry)
        })?;
        Ok(())
    })
}
