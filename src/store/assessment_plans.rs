//! How rounds are assessed, and the texts that assessors undertake. Nothing here is personal.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::db::{AnyConnection, either};
use super::error::StoreError;
use super::schema::{assessment_plans, undertaking_texts};
use crate::domain::id::Id;

/// How a round is assessed.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = assessment_plans)]
pub struct Plan {
    /// The round.
    pub round_id: Id,
    /// Programme and round, as assessors see them.
    pub title: String,
    /// The programme's criteria, JSON.
    pub criteria: String,
    /// How many assessors each packet needs.
    pub each_packet: i64,
    /// By when assessors are asked to hand in their scores.
    pub due_on: NaiveDate,
    /// The last day on which scores can be given or changed.
    pub closes_on: NaiveDate,
    /// Whether an assessor who has handed in scores sees those of others.
    pub show_others: bool,
    /// The text that assessors accept.
    pub undertaking_id: Id,
    /// Draws among assignments that are equally good.
    pub seed: i64,
    /// When assessment was opened, UTC.
    pub opened_at: NaiveDateTime,
}

/// How a round is assessed, if that is settled.
///
/// # Errors
/// When the database can't be asked.
pub fn find(connection: &mut AnyConnection, round: &Id) -> Result<Option<Plan>, StoreError> {
    Ok(assessment_plans::table.find(round).get_result(connection).optional()?)
}

/// Every plan.
///
/// # Errors
/// When the database can't be asked.
pub fn all(connection: &mut AnyConnection) -> Result<Vec<Plan>, StoreError> {
    Ok(assessment_plans::table.order(assessment_plans::round_id).load(connection)?)
}

/// Settles how a round is assessed, or changes it. Criteria, seed and the day of opening stay as they were.
///
/// # Errors
/// When the database can't be asked.
pub fn save(connection: &mut AnyConnection, plan: &Plan) -> Result<(), StoreError> {
    let changes = (
        assessment_plans::title.eq(plan.title.clone()),
        assessment_plans::each_packet.eq(plan.each_packet),
        assessment_plans::due_on.eq(plan.due_on),
        assessment_plans::closes_on.eq(plan.closes_on),
        assessment_plans::show_others.eq(plan.show_others),
        assessment_plans::undertaking_id.eq(plan.undertaking_id.as_str().to_owned()),
    );
    either!(connection, inner => {
        diesel::insert_into(assessment_plans::table)
            .values(plan.clone())
            .on_conflict(assessment_plans::round_id)
            .do_update()
            .set(changes)
            .execute(inner)?
    });
    Ok(())
}

/// A text that assessors accept.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = undertaking_texts)]
pub struct Text {
    /// Its id.
    pub id: Id,
    /// Which version it is, from 1.
    pub version: i64,
    /// The text, a paragraph a line.
    pub body: String,
    /// Its digest.
    pub digest: String,
}

/// A text by its id.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none.
pub fn text(connection: &mut AnyConnection, id: &Id) -> Result<Text, StoreError> {
    Ok(undertaking_texts::table.find(id).get_result(connection)?)
}

/// The text with a digest, kept from now on if it was not before. Answers its id.
///
/// # Errors
/// [`StoreError::Conflict`] when another text was kept at the same moment.
pub fn keep_text(
    connection: &mut AnyConnection,
    new: &Id,
    body: &str,
    digest: &str,
) -> Result<Id, StoreError> {
    let found: Option<Id> = undertaking_texts::table
        .filter(undertaking_texts::digest.eq(digest))
        .select(undertaking_texts::id)
        .get_result(connection)
        .optional()?;
    if let Some(id) = found {
        return Ok(id);
    }
    let last: Option<i64> = undertaking_texts::table
        .select(diesel::dsl::max(undertaking_texts::version))
        .get_result(connection)?;
    let text = Text {
        id: new.clone(),
        version: last.unwrap_or_default() + 1,
        body: body.to_owned(),
        digest: digest.to_owned(),
    };
    diesel::insert_into(undertaking_texts::table).values(text).execute(connection)?;
    Ok(new.clone())
}
