//! Programmes, their forms, and rounds. Nothing here is personal.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::db::{AnyConnection, either};
use super::error::StoreError;
use super::schema::{forms, programmes, rounds, tallies};
use crate::domain::application::Status;
use crate::domain::id::Id;

/// A round with its programme and its form.
#[derive(Clone, Debug, Queryable)]
pub struct Round {
    /// Its id.
    pub id: Id,
    /// The name in addresses.
    pub slug: String,
    /// The name on pages.
    pub name: String,
    /// From when applications are taken, UTC.
    pub opens_at: NaiveDateTime,
    /// Until when; none for a rolling round.
    pub closes_at: Option<NaiveDateTime>,
    /// The day of the award, where one is set.
    pub award_on: Option<NaiveDate>,
    /// The programme.
    pub programme_id: Id,
    /// The programme's definition, JSON.
    pub programme: String,
    /// The version of the form.
    pub form_id: Id,
    /// The form's definition, JSON.
    pub form: String,
}

type Columns = (
    rounds::id,
    rounds::slug,
    rounds::name,
    rounds::opens_at,
    rounds::closes_at,
    rounds::award_on,
    rounds::programme_id,
    programmes::definition,
    rounds::form_id,
    forms::definition,
);

const COLUMNS: Columns = (
    rounds::id,
    rounds::slug,
    rounds::name,
    rounds::opens_at,
    rounds::closes_at,
    rounds::award_on,
    rounds::programme_id,
    programmes::definition,
    rounds::form_id,
    forms::definition,
);

/// A round by the name in its address.
///
/// # Errors
/// When the database can't be asked.
pub fn find(connection: &mut AnyConnection, slug: &str) -> Result<Option<Round>, StoreError> {
    Ok(rounds::table
        .inner_join(programmes::table)
        .inner_join(forms::table)
        .filter(rounds::slug.eq(slug))
        .select(COLUMNS)
        .get_result(connection)
        .optional()?)
}

/// A round by its id.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such round.
pub fn find_by_id(connection: &mut AnyConnection, id: &Id) -> Result<Round, StoreError> {
    let query = rounds::table
        .inner_join(programmes::table)
        .inner_join(forms::table)
        .filter(rounds::id.eq(id))
        .select(COLUMNS);
    Ok(either!(connection, inner => query.get_result(inner)?))
}

/// A round by its id, with the form that an application uses (which may be an earlier version).
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such round.
pub fn get_with_form(
    connection: &mut AnyConnection,
    round: &Id,
    form: &Id,
) -> Result<Round, StoreError> {
    let mut found = find_by_id(connection, round)?;
    if found.form_id != *form {
        found.form = forms::table.find(form).select(forms::definition).get_result(connection)?;
        found.form_id = form.clone();
    }
    Ok(found)
}

/// Rounds that have not closed, by closing time, rolling ones last.
///
/// # Errors
/// When the database can't be asked.
pub fn not_closed(
    connection: &mut AnyConnection,
    now: NaiveDateTime,
) -> Result<Vec<Round>, StoreError> {
    let mut found: Vec<Round> = rounds::table
        .inner_join(programmes::table)
        .inner_join(forms::table)
        .filter(rounds::closes_at.is_null().or(rounds::closes_at.gt(now)))
        .select(COLUMNS)
        .order(rounds::slug)
        .load(connection)?;
    found.sort_by_key(|round| (round.closes_at.is_none(), round.closes_at));
    Ok(found)
}

/// Every round, by name.
///
/// # Errors
/// When the database can't be asked.
pub fn all(connection: &mut AnyConnection) -> Result<Vec<Round>, StoreError> {
    Ok(rounds::table
        .inner_join(programmes::table)
        .inner_join(forms::table)
        .select(COLUMNS)
        .order((programmes::name, rounds::name, rounds::id))
        .load(connection)?)
}

/// What a list needs to know of every round.
#[derive(Clone, Debug, Queryable)]
pub struct RoundName {
    /// Its id.
    pub id: Id,
    /// The name in addresses.
    pub slug: String,
    /// The name on pages.
    pub name: String,
    /// Its programme.
    pub programme_id: Id,
    /// The programme's name in addresses.
    pub programme_slug: String,
    /// The programme's name on pages.
    pub programme_name: String,
}

/// How many applications of a round stand somewhere.
pub type Tally = (Id, Status, i64);

/// Every round with its programme, by name; and how many applications stand where in each, drafts left out. Asked in
/// one query, since every page of the list needs both.
///
/// # Errors
/// When the database can't be asked.
pub fn names_and_tallies(
    connection: &mut AnyConnection,
) -> Result<(Vec<RoundName>, Vec<Tally>), StoreError> {
    let query = rounds::table
        .inner_join(programmes::table)
        .left_join(tallies::table.on(tallies::round_id.eq(rounds::id)))
        .select((
            (
                rounds::id,
                rounds::slug,
                rounds::name,
                rounds::programme_id,
                programmes::slug,
                programmes::name,
            ),
            tallies::status.nullable(),
            tallies::n.nullable(),
        ))
        .order((programmes::name, rounds::name, rounds::id));
    let rows: Vec<(RoundName, Option<String>, Option<i64>)> =
        either!(connection, inner => query.load(inner)?);
    let (mut names, mut counted): (Vec<RoundName>, Vec<Tally>) = (Vec::new(), Vec::new());
    for (name, status, n) in rows {
        let status = status.and_then(|word| word.parse().ok());
        if let (Some(status), Some(n)) = (status, n)
            && status != Status::Draft
        {
            counted.push((name.id.clone(), status, n));
        }
        if names.last().is_none_or(|last| last.id != name.id) {
            names.push(name);
        }
    }
    Ok((names, counted))
}

/// A programme to insert, with the first version of its form and a round.
#[derive(Clone, Debug)]
pub struct NewProgramme {
    /// The programme's id.
    pub id: Id,
    /// The name in addresses, of the programme and its round alike.
    pub slug: String,
    /// The name on pages.
    pub name: String,
    /// Its definition, JSON.
    pub definition: String,
    /// The form's id.
    pub form_id: Id,
    /// The form's definition, JSON.
    pub form: String,
    /// The round's id.
    pub round_id: Id,
    /// The round's name in addresses.
    pub round_slug: String,
    /// The round's name on pages.
    pub round_name: String,
    /// From when applications are taken, UTC.
    pub opens_at: NaiveDateTime,
    /// Until when; none for a rolling round.
    pub closes_at: Option<NaiveDateTime>,
    /// The day of the award, where one is set.
    pub award_on: Option<NaiveDate>,
}

/// Inserts a programme, its form and its round.
///
/// # Errors
/// When one of that name is there already.
pub fn insert(connection: &mut AnyConnection, new: &NewProgramme) -> Result<(), StoreError> {
    diesel::insert_into(programmes::table)
        .values((
            programmes::id.eq(&new.id),
            programmes::slug.eq(&new.slug),
            programmes::name.eq(&new.name),
            programmes::definition.eq(&new.definition),
        ))
        .execute(connection)?;
    diesel::insert_into(forms::table)
        .values((
            forms::id.eq(&new.form_id),
            forms::programme_id.eq(&new.id),
            forms::version.eq(1_i64),
            forms::definition.eq(&new.form),
        ))
        .execute(connection)?;
    diesel::insert_into(rounds::table)
        .values((
            rounds::id.eq(&new.round_id),
            rounds::slug.eq(&new.round_slug),
            rounds::programme_id.eq(&new.id),
            rounds::form_id.eq(&new.form_id),
            rounds::name.eq(&new.round_name),
            rounds::opens_at.eq(new.opens_at),
            rounds::closes_at.eq(new.closes_at),
            rounds::award_on.eq(new.award_on),
        ))
        .execute(connection)?;
    Ok(())
}
