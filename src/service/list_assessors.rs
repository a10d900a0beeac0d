//! Officers list assessors, page by page, and look for one.

use chrono::{DateTime, NaiveDateTime};
use serde_json::json;

use super::assessors::{self as one, AssessorView};
use super::context::Context;
use super::error::ServiceError;
use super::session::Staff;
use crate::domain::id::Id;
use crate::domain::lookup::fold;
use crate::domain::role::Permission;
use crate::domain::secret::Secret;
use crate::store::{assessors, audit};

/// How many assessors a page shows.
pub const PAGE: usize = 50;
/// How many are read at a time in a search by name.
const PIECE: usize = 500;

/// A page of the list.
#[derive(Clone)]
pub struct AssessorsPage {
    /// The newest first.
    pub rows: Vec<AssessorView>,
    /// What the next page comes after; none when this is the last, or all that was found.
    pub next: Option<String>,
    /// Whether more were found than are shown.
    pub more: bool,
}

/// A place in the list.
type Place = (NaiveDateTime, Id);

/// A page of the list, after the page that gave `after`.
///
/// # Errors
/// [`ServiceError::Forbidden`] to those who do not look after assessors; [`ServiceError::NotFound`] when there is no
/// such page.
pub fn list(ctx: &Context, who: &Staff, after: &str) -> Result<AssessorsPage, ServiceError> {
    who.must(Permission::ManageAssessors)?;
    let place = || {
        let (at, id) = after.split_once('-')?;
        let at = DateTime::from_timestamp_millis(at.parse().ok()?)?.naive_utc();
        Some((at, id.parse().ok()?))
    };
    let after = match after {
        "" => None,
        _ => Some(place().ok_or(ServiceError::NotFound)?),
    };
    let mut rows = piece(ctx, after.as_ref(), PAGE + 1)?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let last = rows.last().filter(|_| more).map(place_of);
    let next = last.map(|(at, id)| format!("{}-{id}", at.and_utc().timestamp_millis()));
    shown(ctx, who, &rows, "none")?;
    Ok(AssessorsPage { rows, next, more })
}

/// Looks for assessors by a part of the name, or by the whole address.
///
/// # Errors
/// [`ServiceError::Forbidden`] to those who do not look after assessors.
pub fn search(ctx: &Context, who: &Staff, sought: &Secret) -> Result<AssessorsPage, ServiceError> {
    who.must(Permission::ManageAssessors)?;
    let sought = sought.expose().trim();
    let (mut rows, how) = if sought.contains('@') {
        (one::find_by_email(ctx, sought)?.into_iter().collect(), "email")
    } else {
        (by_name(ctx, &fold(sought))?, "name")
    };
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    shown(ctx, who, &rows, how)?;
    Ok(AssessorsPage { rows, next: None, more })
}

/// Every name is opened for it, until a page is full and one more is found.
fn by_name(ctx: &Context, part: &str) -> Result<Vec<AssessorView>, ServiceError> {
    let mut found = Vec::new();
    let mut after = None;
    while found.len() <= PAGE {
        let rows = piece(ctx, after.as_ref(), PIECE)?;
        let is_last = rows.len() < PIECE;
        after = rows.last().map(place_of);
        found.extend(rows.into_iter().filter(|row| fold(row.name.expose()).contains(part)));
        if is_last {
            break;
        }
    }
    Ok(found)
}

fn piece(
    ctx: &Context,
    after: Option<&Place>,
    most: usize,
) -> Result<Vec<AssessorView>, ServiceError> {
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let found = ctx.store.read(|connection| assessors::page(connection, after, limit))?;
    let open = |(row, key): (assessors::AssessorRow, _)| {
        let key = ctx.unwrap_key(&key, &row.dossier_id)?;
        AssessorView::open(ctx, &key, row)
    };
    found.into_iter().map(open).collect()
}

fn place_of(row: &AssessorView) -> Place {
    (row.row.created_at, row.id.clone())
}

/// Writes down who was shown, before anybody sees the page.
fn shown(ctx: &Context, who: &Staff, rows: &[AssessorView], how: &str) -> Result<(), ServiceError> {
    let ids: Vec<&Id> = rows.iter().map(|row| &row.id).collect();
    let detail = json!({ "assessors": ids, "search": how });
    let actor = who.acting(Permission::ManageAssessors);
    let entry = ctx.audit(&actor, "assessors.listed", None, &detail)?;
    Ok(ctx.store.write(move |connection| audit::insert(connection, &entry))?)
}
