//! Staff list and search applications.

use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, Utc};

use super::context::Context;
use super::error::ServiceError;
use super::name_search;
use super::openings;
use super::session::Staff;
use crate::domain::application::Status;
use crate::domain::id::{Id, reference_written};
use crate::domain::lookup::{LookupKind, fold};
use crate::domain::reason::Opening;
use crate::domain::sealed::BlindIndex;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::lists::{self, Filter, Row};
use crate::store::rounds::{self, RoundName};
use crate::store::{AnyConnection, StoreError, audit, lookups};

/// How many applications a page shows.
pub const PAGE: usize = 50;
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
    let wanted = Wanted::of(ctx, query)?;
    let Read { names, tallies, filter, mut rows, mut more } =
        ctx.store.read(|connection| Ok(read(ctx, connection, query, &wanted)))??;
    let mut searched = 0;
    if let Wanted::ByName(part) = &wanted {
        // A search takes long, and reads over several connections.
        let found;
        (found, searched) = by_name(ctx, part, &filter)?;
        (rows, more) = opened(ctx, found, &names)?;
    }
    let applications = rows.iter().map(|row| &row.id).collect();
    let how = Showing { applications, search: search_word(query) };
    let entry = grounds.audit(ctx, who, audit::LISTED, None, &how)?;
    // On disk before anybody sees the page. The applications find their way from the entry to the pages of their
    // applicants when it is chained.
    ctx.store.write(move |connection| audit::insert(connection, &entry))?;
    let next = rows.last().filter(|_| more).map(cursor_of);
    Ok(ListPage {
        counts: counts(&tallies, &names, query),
        programmes: programmes(&names),
        rounds: round_names(&names),
        rows,
        next,
        searched,
    })
}

/// What a list can be narrowed to, without a row of it.
///
/// # Errors
/// [`ServiceError::Forbidden`] to those who may not read applications.
pub fn without_rows(ctx: &Context, who: &Staff) -> Result<ListPage, ServiceError> {
    openings::judge(who, Opening::List, None)?.ok_or(ServiceError::Forbidden)?;
    let (names, tallies) = ctx.store.read(rounds::names_and_tallies)?;
    Ok(ListPage {
        rows: Vec::new(),
        next: None,
        counts: counts(&tallies, &names, &ListQuery::default()),
        programmes: programmes(&names),
        rounds: round_names(&names),
        searched: 0,
    })
}

fn round_names(names: &[RoundName]) -> Vec<(String, String, String)> {
    let name =
        |round: &RoundName| (round.slug.clone(), round.name.clone(), round.programme_slug.clone());
    names.iter().map(name).collect()
}

/// What an entry of the audit says of a page.
#[derive(serde::Serialize)]
struct Showing<'a> {
    applications: Vec<&'a Id>,
    search: &'static str,
}

/// What is read for a page over one connection.
struct Read {
    names: Vec<RoundName>,
    tallies: Vec<(Id, Status, i64)>,
    filter: Filter,
    rows: Vec<ListRow>,
    /// Whether there are more than a page shows.
    more: bool,
}

/// Reads and opens within one hold of a connection: so as many are at it as there are connections, each in its turn,
/// and nobody is overtaken between one question and the next.
fn read(
    ctx: &Context,
    connection: &mut AnyConnection,
    query: &ListQuery,
    wanted: &Wanted,
) -> Result<Read, ServiceError> {
    let (names, tallies) = rounds::names_and_tallies(connection)?;
    let filter = filter_of(query, &names)?;
    let (rows, more) = opened(ctx, wanted.find(connection, &filter)?, &names)?;
    Ok(Read { names, tallies, filter, rows, more })
}

/// Which applications are to be read.
enum Wanted {
    /// A page of the list.
    Page,
    /// Those with a value, by its blind indexes.
    Exact(LookupKind, Vec<BlindIndex>),
    /// The one with a reference.
    Reference(String),
    /// Those in whose applicant's name this occurs.
    ByName(String),
}

impl Wanted {
    fn of(ctx: &Context, query: &ListQuery) -> Result<Self, ServiceError> {
        let exact = |kind, value| Ok(Self::Exact(kind, ctx.vault.blind_all(kind, value)?));
        match (&query.email, &query.github, &query.name) {
            (Some(email), _, _) => exact(LookupKind::ApplicantEmail, email),
            (_, Some(github), _) => {
                // As people write and copy it: with an at sign, or with the address of the profile.
                let github = github.trim().trim_start_matches("https://github.com/");
                let github = github.trim_start_matches('@').trim_end_matches('/');
                exact(LookupKind::ApplicantGithub, github)
            }
            (_, _, Some(name)) => Ok(match reference_in(name) {
                Some(reference) => Self::Reference(reference),
                None => Self::ByName(fold(name)),
            }),
            _ => Ok(Self::Page),
        }
    }

    /// Those that can be found over one connection: all but those by name.
    fn find(
        &self,
        connection: &mut AnyConnection,
        filter: &Filter,
    ) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Page => {
                let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
                lists::page(connection, filter, limit)
            }
            Self::Exact(kind, tags) => {
                let ids = lookups::find(connection, *kind, tags, MOST_FOUND)?;
                lists::rows_of(connection, filter, &ids)
            }
            Self::Reference(reference) => lists::by_reference(connection, filter, reference),
            Self::ByName(_) => Ok(Vec::new()),
        }
    }
}

/// The applications that a list has shown, from the entry that [`list`] wrote; none for other entries.
pub(crate) fn shown_in(entry: &audit::Entry) -> Vec<Id> {
    #[derive(serde::Deserialize)]
    struct Shown {
        applications: Vec<Id>,
    }
    if entry.action != audit::LISTED {
        return Vec::new();
    }
    // Whoever wrote something else there has altered the audit, which is told by a check of the chain.
    serde_json::from_str(&entry.detail)
        .map_or_else(|_| Vec::new(), |Shown { applications }| applications)
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

/// The rows of a page, opened, and whether there are more than it shows.
fn opened(
    ctx: &Context,
    found: Vec<Row>,
    names: &[RoundName],
) -> Result<(Vec<ListRow>, bool), ServiceError> {
    let more = found.len() > PAGE;
    let rows = found.into_iter().take(PAGE).map(|row| open(ctx, row, names));
    Ok((rows.collect::<Result<_, _>>()?, more))
}

fn open(ctx: &Context, row: Row, names: &[RoundName]) -> Result<ListRow, ServiceError> {
    let key = ctx.unwrap_key(&row.key, &row.member_dossier)?;
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

/// The reference that a text is, if it is one. Twelve letters without a digit and without the signs of a reference are
/// rather a name.
fn reference_in(text: &str) -> Option<String> {
    let is_grouped = text.trim().split('-').map(str::len).eq([4, 4, 4]);
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    reference_written(text).filter(|_| is_grouped || has_digit)
}

/// Applications in whose applicant's name a text occurs, and how many names were looked at. Every name of the list is
/// read and opened for it, by two threads, until a page is full.
fn by_name(ctx: &Context, part: &str, filter: &Filter) -> Result<(Vec<Row>, usize), ServiceError> {
    let (hits, searched) = name_search::search(ctx, part, filter, PAGE + 1)?;
    let rows = ctx.store.read(|connection| lists::rows_of(connection, filter, &hits))?;
    Ok((rows, searched))
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
