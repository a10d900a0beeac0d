//! Staff list and search applications.

use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::json;

use super::context::Context;
use super::error::ServiceError;
use super::openings;
use super::session::Staff;
use crate::domain::application::Status;
use crate::domain::id::Id;
use crate::domain::lookup::{LookupKind, fold};
use crate::domain::reason::Opening;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::lists::{self, Filter, Row};
use crate::store::rounds::{self, RoundName};
use crate::store::{audit, looked, lookups};

/// How many applications a page shows.
pub const PAGE: usize = 50;
/// How many sealed names one of the two threads of a search reads at a time. More would not be faster, and each
/// thread's share of the memory keeps the size that it once had.
const CHUNK: i64 = 500;
/// The most applications that one exact search can find.
const MOST_FOUND: i64 = 500;

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
}

/// Which applications.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    /// Of one programme, by the name in its address.
    pub programme: Option<String>,
    /// Of one round, by the name in its address.
    pub round: Option<String>,
    /// That stand somewhere.
    pub status: Option<Status>,
    /// In which order.
    pub sort: Sort,
    /// After the page that gave this.
    pub after: Option<String>,
    /// Whose e-mail address is this.
    pub email: Option<String>,
    /// Whose GitHub username is this.
    pub github: Option<String>,
    /// In whose name this occurs, or which has this reference.
    pub name: Option<String>,
}

/// A row of the list.
#[derive(Clone)]
pub struct ListRow {
    /// The application.
    pub id: Id,
    /// What can be read out on the telephone.
    pub reference: String,
    /// The applicant's name.
    pub name: Secret,
    /// The applicant's GitHub username.
    pub github_username: Secret,
    /// The programme.
    pub programme: String,
    /// The round.
    pub round: String,
    /// Where it stands.
    pub status: Status,
    /// When it was submitted.
    pub submitted_at: DateTime<Utc>,
}

/// A page of the list.
#[derive(Clone)]
pub struct ListPage {
    /// Its rows.
    pub rows: Vec<ListRow>,
    /// What the next page comes after; none when this is the last.
    pub next: Option<String>,
    /// How many stand where, of the chosen programme and round.
    pub counts: Vec<(Status, i64)>,
    /// The programmes: name in addresses, name on pages.
    pub programmes: Vec<(String, String)>,
    /// The rounds: name in addresses, name on pages, the programme's name in addresses.
    pub rounds: Vec<(String, String, String)>,
    /// How many names were looked at in a search by name.
    pub searched: usize,
}

/// A page of the list.
///
/// # Errors
/// [`ServiceError::Forbidden`] to those who may not read applications; [`ServiceError::NotFound`] when a
/// programme, round or page is none.
pub fn list(ctx: &Context, who: &Staff, query: &ListQuery) -> Result<ListPage, ServiceError> {
    let grounds = openings::judge(who, Opening::List, None)?.ok_or(ServiceError::Forbidden)?;
    let (names, tallies) = ctx
        .store
        .read(|connection| Ok((rounds::names(connection)?, lists::tallies(connection)?)))?;
    let filter = filter_of(query, &names)?;
    let (found, searched) = match (&query.email, &query.github, &query.name) {
        (Some(email), _, _) => (exact(ctx, LookupKind::ApplicantEmail, email, &filter)?, 0),
        (_, Some(github), _) => {
            // As people write and copy it: with an at sign, or with the address of the profile.
            let github = github.trim().trim_start_matches("https://github.com/");
            let github = github.trim_start_matches('@').trim_end_matches('/');
            (exact(ctx, LookupKind::ApplicantGithub, github, &filter)?, 0)
        }
        (_, _, Some(name)) => match reference_in(name) {
            Some(reference) => {
                let found = ctx
                    .store
                    .read(|connection| lists::by_reference(connection, &filter, &reference))?;
                (found, 0)
            }
            None => by_name(ctx, name, &filter)?,
        },
        _ => {
            let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
            (ctx.store.read(|connection| lists::page(connection, &filter, limit))?, 0)
        }
    };
    let more = found.len() > PAGE;
    let rows = found
        .into_iter()
        .take(PAGE)
        .map(|row| open(ctx, row, &names))
        .collect::<Result<Vec<_>, _>>()?;
    let ids: Vec<&Id> = rows.iter().map(|row| &row.id).collect();
    let how = json!({ "applications": ids, "search": search_word(query) });
    let entry = grounds.audit(ctx, who, audit::LISTED, None, &how)?;
    let shown: Vec<Id> = ids.into_iter().cloned().collect();
    ctx.store.write(move |connection| looked::insert(connection, &entry, &shown))?;
    let next = rows.last().filter(|_| more).map(cursor_of);
    Ok(ListPage {
        counts: counts(&tallies, &names, query),
        programmes: programmes(&names),
        rounds: names
            .iter()
            .map(|round| (round.slug.clone(), round.name.clone(), round.programme_slug.clone()))
            .collect(),
        rows,
        next,
        searched,
    })
}

/// What kind of search it was: the audit keeps no search terms, since they are about people.
const fn search_word(query: &ListQuery) -> &'static str {
    match (&query.email, &query.github, &query.name) {
        (Some(_), _, _) => "email",
        (_, Some(_), _) => "github_username",
        (_, _, Some(_)) => "name",
        _ => "none",
    }
}

fn filter_of(query: &ListQuery, names: &[RoundName]) -> Result<Filter, ServiceError> {
    let programme = query.programme.as_ref().map(|slug| {
        let found = names.iter().find(|round| round.programme_slug == *slug);
        found.map(|round| round.programme_id.clone()).ok_or(ServiceError::NotFound)
    });
    let round = query.round.as_ref().map(|slug| {
        let found = names.iter().find(|round| round.slug == *slug);
        found.map(|round| round.id.clone()).ok_or(ServiceError::NotFound)
    });
    let after = query
        .after
        .as_ref()
        .map(|cursor| Cursor::from_str(cursor).map(|cursor| (cursor.at, cursor.id)));
    Ok(Filter {
        programme: programme.transpose()?,
        round: round.transpose()?,
        status: query.status,
        oldest_first: query.sort == Sort::Oldest,
        after: after.transpose()?,
    })
}

fn counts(
    tallies: &[(Id, Status, i64)],
    names: &[RoundName],
    query: &ListQuery,
) -> Vec<(Status, i64)> {
    let is_meant = |id: &Id| {
        names.iter().find(|round| round.id == *id).is_some_and(|round| {
            query.programme.as_ref().is_none_or(|slug| round.programme_slug == *slug)
                && query.round.as_ref().is_none_or(|slug| round.slug == *slug)
        })
    };
    Status::SEEN_BY_STAFF
        .into_iter()
        .map(|status| {
            let here = tallies.iter().filter(|(id, own, _)| *own == status && is_meant(id));
            (status, here.map(|(_, _, n)| n).sum())
        })
        .collect()
}

fn programmes(names: &[RoundName]) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for round in names {
        if !found.iter().any(|(slug, _)| *slug == round.programme_slug) {
            found.push((round.programme_slug.clone(), round.programme_name.clone()));
        }
    }
    found
}

fn open(ctx: &Context, row: Row, names: &[RoundName]) -> Result<ListRow, ServiceError> {
    let key = ctx.unwrap_key(&row.key(), &row.member_dossier)?;
    let value =
        |slot, sealed| ctx.open_or_blank(&key, slot, &row.member_id, &row.member_dossier, sealed);
    let round = names.iter().find(|round| round.id == row.round_id);
    Ok(ListRow {
        name: value(Slot::MemberName, row.name.as_ref())?,
        github_username: value(Slot::MemberGithubUsername, row.github_username.as_ref())?,
        programme: round.map(|round| round.programme_name.clone()).unwrap_or_default(),
        round: round.map(|round| round.name.clone()).unwrap_or_default(),
        status: row.status(),
        submitted_at: row.submitted_at.unwrap_or_default().and_utc(),
        id: row.id,
        reference: row.reference,
    })
}

/// Applications by an exact value, through the blind indexes.
fn exact(
    ctx: &Context,
    kind: LookupKind,
    value: &str,
    filter: &Filter,
) -> Result<Vec<Row>, ServiceError> {
    let tags = ctx.vault.blind_all(kind, value)?;
    Ok(ctx.store.read(|connection| {
        let ids = lookups::find(connection, kind, &tags, MOST_FOUND)?;
        lists::rows_of(connection, filter, &ids)
    })?)
}

/// The reference that a text is, if it is one.
fn reference_in(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_uppercase();
    let groups: Vec<&str> = text.split('-').collect();
    let is_group =
        |group: &&str| group.len() == 4 && group.bytes().all(|b| b.is_ascii_alphanumeric());
    (groups.len() == 3 && groups.iter().all(is_group)).then_some(text)
}

/// Applications in whose applicant's name a text occurs. Every name of the list is read and opened for it, by
/// two threads, until a page is full.
fn by_name(ctx: &Context, part: &str, filter: &Filter) -> Result<(Vec<Row>, usize), ServiceError> {
    let part = fold(part);
    let mut from = filter.clone();
    let mut searched = 0;
    let mut hits: Vec<Id> = Vec::new();
    while hits.len() <= PAGE {
        let middle =
            ctx.store.read(|connection| lists::place_after(connection, &from, CHUNK - 1))?;
        let Some(middle) = middle else {
            let last = look_through(ctx, &from, &part)?;
            searched += last.searched;
            hits.extend(last.hits);
            break;
        };
        let after = Filter { after: Some(middle), ..from.clone() };
        let (first, second) = std::thread::scope(|scope| {
            let second = scope.spawn(|| look_through(ctx, &after, &part));
            (look_through(ctx, &from, &part), second.join())
        });
        let second = second.map_err(|_| ServiceError::internal("a search thread failed"))??;
        for chunk in [first?, second] {
            searched += chunk.searched;
            hits.extend(chunk.hits);
            if chunk.last.is_some() {
                from.after = chunk.last;
            }
        }
    }
    hits.truncate(PAGE + 1);
    let rows = ctx.store.read(|connection| lists::rows_of(connection, filter, &hits))?;
    Ok((rows, searched))
}

/// What a look through some names found.
struct Looked {
    hits: Vec<Id>,
    searched: usize,
    /// The place of the last one.
    last: Option<(NaiveDateTime, Id)>,
}

/// Looks through the next names of a list.
fn look_through(ctx: &Context, from: &Filter, part: &str) -> Result<Looked, ServiceError> {
    let rows = ctx.store.read(|connection| lists::names(connection, from, CHUNK))?;
    let last = rows.last().map(|row| (row.submitted_at.unwrap_or_default(), row.id.clone()));
    let mut looked = Looked { hits: Vec::new(), searched: rows.len(), last };
    for mut row in rows {
        let Some(name) = row.name.take() else { continue };
        let (id, member, dossier) =
            (row.id.clone(), row.member_id.clone(), row.member_dossier.clone());
        let key = ctx.unwrap_key(&row.into_key(), &dossier)?;
        let name = ctx.open(&key, Slot::MemberName, &member, &dossier, &name)?;
        if fold(name.expose()).contains(part) {
            looked.hits.push(id);
        }
    }
    Ok(looked)
}

/// A place in the list.
struct Cursor {
    at: NaiveDateTime,
    id: Id,
}

impl FromStr for Cursor {
    type Err = ServiceError;

    fn from_str(text: &str) -> Result<Self, ServiceError> {
        let parse = || {
            let (at, id) = text.split_once('-')?;
            let at = DateTime::from_timestamp_millis(at.parse().ok()?)?.naive_utc();
            Some(Self { at, id: id.parse().ok()? })
        };
        parse().ok_or(ServiceError::NotFound)
    }
}

fn cursor_of(row: &ListRow) -> String {
    format!("{}-{}", row.submitted_at.timestamp_millis(), row.id)
}
