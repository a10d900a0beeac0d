//! Lets the demo's officer release packets, and its assessors score them, so that every page of assessment shows something.

use std::collections::BTreeMap;

use chrono::Duration;

use super::assess::answer_offers::{self, Said};
use super::assess::ask_staff;
use super::assess::give_scores::{self, Act, Typed};
use super::assess::own::OwnAssignment;
use super::assess::undertake;
use super::assign::{automatic, plan};
use super::context::Context;
use super::demo::newest_token;
use super::error::ServiceError;
use super::outsiders::{self, Assessor};
use super::packets::{comments, prepare, release, round};
use super::permitted::{ForStaff as _, ReceivedApplication};
use super::results::staff_scores;
use super::{accept_assessor, assessors, session};
use crate::domain::assessing;
use crate::domain::assignment::State;
use crate::domain::secret::Secret;
use crate::store::{assessment_plans, assignments, preparations};

/// Those who assess: name and address. The first gets a link.
pub(super) const ASSESSORS: [(&str, &str); 4] = [
    ("Juno Judge", "juno.judge@assessor.example"),
    ("Marlow Finch", "marlow.finch@assessor.example"),
    ("Ines Hale", "ines.hale@assessor.example"),
    ("Teo Brandvold", "teo.brandvold@assessor.example"),
];

/// What they say.
const COMMENTS: [&str; 5] = [
    "Many projects would build on it, and the plan says how they would hear of it.",
    "Useful, though for few people; the second half of the plan is thin.",
    "It fills a gap that newcomers fall into every week.",
    "Good work so far. I miss a word on who looks after it afterwards.",
    "Clear aims, and the hours fit them.",
];

/// Outside assessors are invited and come in. No time passes meanwhile: whoever invites must have proved just now who they
/// are.
pub(super) fn invite(
    ctx: &Context,
    officer: &session::Staff,
) -> Result<Vec<Assessor>, ServiceError> {
    let until = ctx.today() + Duration::days(365);
    let mut all = Vec::new();
    for (name, address) in ASSESSORS {
        assessors::invite(ctx, officer, address, &until.to_string())?;
        let token = newest_token(ctx, accept_assessor::PURPOSE)?;
        let entered = accept_assessor::accept(ctx, &token, &Secret::new(name), "")?;
        all.push(outsiders::assessor(ctx, &entered.cookie)?);
    }
    Ok(all)
}

/// A round is assessed as far as it would be some days before its end.
pub(super) fn fill(
    ctx: &Context,
    officer: &session::Staff,
    panel: &[Assessor],
    slug: &str,
) -> Result<(), ServiceError> {
    let day = |days: i64| (ctx.today() + Duration::days(days)).to_string();
    let settled =
        plan::Typed { each: "2".to_owned(), due: day(10), closes: day(30), show_others: true };
    plan::save(ctx, officer, slug, &settled)?;
    release_most(ctx, officer, slug)?;
    let preview = automatic::preview(ctx, officer, slug)?;
    automatic::assign(ctx, officer, slug, &preview.digest)?;
    for (nth, who) in panel.iter().enumerate() {
        assess(ctx, who, nth)?;
    }
    while comments::look_through(ctx)? > 0 {}
    staff_points(ctx, officer, slug)
}

/// Those in which nothing was found, and most of the others as the machine proposed them.
fn release_most(ctx: &Context, officer: &session::Staff, slug: &str) -> Result<(), ServiceError> {
    while round::look_through(ctx, officer, slug)? > 0 {}
    let ids = |stage| -> Result<Vec<_>, ServiceError> {
        let (found, _) = round::list(ctx, officer, slug, Some(stage), 1)?;
        Ok(found.rows.into_iter().map(|row| row.id).collect())
    };
    round::release_clear(ctx, officer, slug, &ids(round::Stage::Clear)?)?;
    for id in ids(round::Stage::ToLook)?.iter().skip(2) {
        let received = ReceivedApplication::find(ctx, officer, id)?;
        let seen = prepare::show(ctx, officer, &received)?.seen;
        release::release(ctx, officer, &received, &seen)?;
    }
    Ok(())
}

/// An assessor does most of what there is to do: the first of them less, so that a visitor finds something.
fn assess(ctx: &Context, who: &Assessor, nth: usize) -> Result<(), ServiceError> {
    let own = |states: &[State]| {
        ctx.store.read(|connection| assignments::own(connection, &who.id, states, None))
    };
    let offered = own(&[State::Offered])?;
    let Some(first) = offered.first() else { return Ok(()) };
    let assignment = OwnAssignment::find(ctx, who, &first.assignment.id)?;
    let text = ctx.store.read(|connection| {
        let plan = assessment_plans::find(connection, &first.assignment.round_id)?;
        plan.map(|plan| assessment_plans::text(connection, &plan.undertaking_id)).transpose()
    })?;
    let version = text.map(|text| text.version.to_string()).unwrap_or_default();
    undertake::accept(ctx, who, &assignment, &version, true)?;
    let answered = if nth == 0 { offered.len().div_ceil(2) } else { offered.len() };
    let said: BTreeMap<_, _> = offered
        .iter()
        .take(answered)
        .enumerate()
        .map(|(at, own)| {
            let said = if nth == 1 && at == 0 { Said::Conflict } else { Said::NoConflict };
            (own.assignment.id.clone(), said)
        })
        .collect();
    answer_offers::answer(ctx, who, &said)?;
    for (at, own) in own(&[State::Accepted])?.iter().enumerate() {
        let assignment = OwnAssignment::find(ctx, who, &own.assignment.id)?;
        if nth == 0 && at % 3 != 0 || at % 7 == 6 {
            if at == 1 {
                let question = Secret::new("Is a translation a part of what is asked for?");
                ask_staff::ask(ctx, who, &assignment, &question)?;
            }
            continue;
        }
        let mut values = Vec::new();
        for (place, criterion) in assessing::own(&assignment.criteria()?) {
            // Somewhat different from each other, and one of them stricter.
            let spread = (at * 5 + place * 3 + nth * (at % 3)) % 4;
            let less = u32::try_from(spread).unwrap_or_default().saturating_sub(1);
            let strict = u32::from(nth == 2 && criterion.points > 2);
            let points = criterion.points.saturating_sub(less.min(criterion.points - 1) + strict);
            values.push((assessing::points_control(place), Secret::new(points.to_string())));
            if criterion.comment_required {
                let comment = COMMENTS.get((at + nth) % COMMENTS.len()).copied();
                let comment = Secret::new(comment.unwrap_or_default());
                values.push((assessing::comment_control(place), comment));
            }
        }
        let typed = Typed { values, version: own.packet.version.to_string(), seen: None };
        give_scores::give(ctx, who, &assignment, &typed, Act::HandIn)?;
    }
    Ok(())
}

/// Staff have given their points for most applications.
fn staff_points(ctx: &Context, officer: &session::Staff, slug: &str) -> Result<(), ServiceError> {
    let round = round::of(ctx, officer, slug)?;
    let rows = ctx.store.read(|connection| preparations::of_round(connection, &round.id))?;
    for (at, row) in rows.iter().enumerate().filter(|(at, _)| at % 8 != 7) {
        let received = ReceivedApplication::find(ctx, officer, &row.application)?;
        let typed: Vec<_> = [at % 3, at % 2, usize::from(at % 5 == 0)]
            .iter()
            .zip(0_i64..)
            .map(|(points, place)| staff_scores::Typed {
                place,
                points: Secret::new(points.to_string()),
                comment: Secret::default(),
            })
            .collect();
        staff_scores::give(ctx, officer, &received, &typed)?;
    }
    Ok(())
}
