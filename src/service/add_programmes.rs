//! Adds programmes, each with the first version of its form and an open round.

use chrono::{Datelike, Duration};

use super::context::{Actor, Context};
use super::error::ServiceError;
use crate::domain::form::Form;
use crate::domain::id::Id;
use crate::domain::programme::Programme;
use crate::store::rounds::{self, NewProgramme};
use crate::store::{audit, site};

/// For how long a first round that is not rolling takes applications.
const OPEN: Duration = Duration::weeks(8);
/// How long after that grants are awarded.
const UNTIL_AWARD: Duration = Duration::weeks(8);

/// Adds programmes with a round each that is open from now on, and writes the first row about the site.
///
/// # Errors
/// When one of them is there already.
pub fn add_first(ctx: &Context, programmes: &[Programme]) -> Result<(), ServiceError> {
    let rows = programmes
        .iter()
        .map(|programme| row(ctx, programme))
        .collect::<Result<Vec<_>, ServiceError>>()?;
    let ids: Vec<&Id> = rows.iter().map(|row| &row.id).collect();
    let entry =
        ctx.audit(&Actor::System, "site.made", None, &serde_json::json!({ "programmes": ids }))?;
    let (deployment, generation) = (ctx.vault.deployment(), i64::from(ctx.vault.generation()));
    Ok(ctx.store.write(move |connection| {
        site::insert(connection, &deployment, generation)?;
        for row in &rows {
            rounds::insert(connection, row)?;
        }
        audit::insert(connection, &entry)
    })?)
}

fn row(ctx: &Context, programme: &Programme) -> Result<NewProgramme, ServiceError> {
    let now = ctx.now();
    // People are told a day, and the round is open until the end of that day everywhere on Earth.
    let closes_at = (!programme.rolling).then(|| {
        let day = (now + OPEN).date_naive();
        (day + Duration::days(1)).and_hms_opt(12, 0, 0).unwrap_or_default()
    });
    let name = if programme.rolling {
        "Open all year".to_owned()
    } else {
        format!("Round of {}", closes_at.map_or_else(|| now.year(), |at| at.year()))
    };
    Ok(NewProgramme {
        id: ctx.id()?,
        slug: programme.slug.clone(),
        name: programme.name.clone(),
        definition: serde_json::to_string(programme).map_err(ServiceError::internal)?,
        form_id: ctx.id()?,
        form: serde_json::to_string(&Form::of(programme)).map_err(ServiceError::internal)?,
        round_id: ctx.id()?,
        round_slug: match closes_at {
            Some(at) => format!("{}-{}", programme.slug, at.year()),
            None => programme.slug.clone(),
        },
        round_name: name,
        opens_at: ctx.stamp(),
        closes_at,
        award_on: closes_at.map(|at| (at + UNTIL_AWARD).date()),
    })
}
