//! Lists of applications for staff. Every page costs the same, however long the list is.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::{AnyConnection, either};
use super::error::StoreError;
use super::schema::{applications, data_keys, members};
use crate::domain::application::Status;
use crate::domain::id::Id;
use crate::domain::sealed::{Sealed, WrappedKey};

/// Which applications. Drafts are never among them.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of one programme.
    pub programme: Option<Id>,
    /// Of one round.
    pub round: Option<Id>,
    /// That stand somewhere.
    pub status: Option<Status>,
    /// The oldest first; else the newest first.
    pub oldest_first: bool,
    /// After this one in that order.
    pub after: Option<(NaiveDateTime, Id)>,
}

/// A row of a list.
#[derive(Clone, Debug)]
pub struct Row {
    /// The application.
    pub id: Id,
    /// What a person can read out on the telephone.
    pub reference: String,
    /// The round.
    pub round_id: Id,
    status: String,
    /// When it was submitted, UTC.
    pub submitted_at: Option<NaiveDateTime>,
    /// The member who applies.
    pub member_id: Id,
    /// The member's dossier.
    pub member_dossier: Id,
    /// Sealed.
    pub name: Option<Sealed>,
    /// Sealed.
    pub github_username: Option<Sealed>,
    /// The data key of the member's dossier.
    pub key: WrappedKey,
}

impl Row {
    /// Where the application stands.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status.parse().unwrap_or(Status::Submitted)
    }
}

/// The least that a search by name needs of each application.
#[derive(Clone, Debug)]
pub struct NameRow {
    /// The application.
    pub id: Id,
    /// The member who applies.
    pub member_id: Id,
    /// The member's dossier.
    pub member_dossier: Id,
    /// Sealed.
    pub name: Option<Sealed>,
    /// The data key of the member's dossier.
    pub key: WrappedKey,
}

// Outer joins, although each application has its member and each member a key: SQLite begins with the table on the
// left then. With inner ones it may take it into its head to begin with all members, and to sort.
macro_rules! filtered {
    ($filter:expr, $columns:expr) => {{
        let filter: &Filter = $filter;
        let first = members::application_id.eq(applications::id).and(members::position.eq(0_i64));
        let mut query = applications::table
            .left_join(members::table.on(first))
            .left_join(data_keys::table.on(data_keys::dossier_id.eq(members::dossier_id)))
            .select($columns)
            .into_boxed();
        if let Some(programme) = &filter.programme {
            query = query.filter(applications::programme_id.eq(programme));
        }
        if let Some(round) = &filter.round {
            query = query.filter(applications::round_id.eq(round));
        }
        if let Some(status) = filter.status {
            query = query.filter(applications::status.eq(status.word()));
        }
        // The first comparison is the one that an index serves; the second tells equal times apart. Drafts have no
        // time, so that no comparison holds for them. Saying so as well would lead SQLite to a worse index.
        if let Some((at, id)) = &filter.after {
            query = if filter.oldest_first {
                query.filter(applications::submitted_at.ge(*at)).filter(
                    applications::submitted_at
                        .gt(*at)
                        .or(applications::id.gt(id.clone()).nullable()),
                )
            } else {
                query.filter(applications::submitted_at.le(*at)).filter(
                    applications::submitted_at
                        .lt(*at)
                        .or(applications::id.lt(id.clone()).nullable()),
                )
            };
        } else {
            query = query.filter(applications::submitted_at.is_not_null());
        }
        if filter.oldest_first {
            query.order((applications::submitted_at.asc(), applications::id.asc()))
        } else {
            query.order((applications::submitted_at.desc(), applications::id.desc()))
        }
    }};
}

/// What is read of the applicant: id and dossier, name, key.
type Applicant = (Option<Id>, Option<Id>, Option<Sealed>, Option<String>, Option<Sealed>);

macro_rules! applicant {
    () => {
        (
            members::id.nullable(),
            members::dossier_id.nullable(),
            members::name.nullable(),
            data_keys::cohort_key.nullable(),
            data_keys::wrapped.nullable(),
        )
    };
}

macro_rules! row_columns {
    () => {
        (
            (
                applications::id,
                applications::reference,
                applications::round_id,
                applications::status,
                applications::submitted_at,
            ),
            members::github_username.nullable(),
            applicant!(),
        )
    };
}

type RowColumns = ((Id, String, Id, String, Option<NaiveDateTime>), Option<Sealed>, Applicant);

fn row((own, github_username, applicant): RowColumns) -> Option<Row> {
    let (id, reference, round_id, status, submitted_at) = own;
    let (member_id, member_dossier, name, cohort_key, wrapped) = applicant;
    Some(Row {
        id,
        reference,
        round_id,
        status,
        submitted_at,
        member_id: member_id?,
        member_dossier: member_dossier?,
        name,
        github_username,
        key: WrappedKey { cohort_key: cohort_key?, bytes: wrapped? },
    })
}

/// A page of a list.
///
/// # Errors
/// When the database can't be asked.
pub fn page(
    connection: &mut AnyConnection,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Row>, StoreError> {
    let found: Vec<RowColumns> = either!(connection, inner => {
        filtered!(filter, row_columns!()).limit(limit).load(inner)?
    });
    Ok(found.into_iter().filter_map(row).collect())
}

/// The place of the application that comes after so many others of a list.
///
/// # Errors
/// When the database can't be asked.
pub fn place_after(
    connection: &mut AnyConnection,
    filter: &Filter,
    skip: i64,
) -> Result<Option<(NaiveDateTime, Id)>, StoreError> {
    let found: Vec<(Option<NaiveDateTime>, Id)> =
        filtered!(filter, (applications::submitted_at, applications::id))
            .limit(1)
            .offset(skip)
            .load(connection)?;
    Ok(found.into_iter().find_map(|(at, id)| Some((at?, id))))
}

/// The names of the applications of a list, sealed.
///
/// # Errors
/// When the database can't be asked.
pub fn names(
    connection: &mut AnyConnection,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<NameRow>, StoreError> {
    let columns = (applications::id, applicant!());
    let found: Vec<(Id, Applicant)> = either!(connection, inner => {
        filtered!(filter, columns).limit(limit).load(inner)?
    });
    let name = |(id, applicant)| {
        let (member_id, member_dossier, name, cohort_key, wrapped): Applicant = applicant;
        Some(NameRow {
            id,
            member_id: member_id?,
            member_dossier: member_dossier?,
            name,
            key: WrappedKey { cohort_key: cohort_key?, bytes: wrapped? },
        })
    };
    Ok(found.into_iter().filter_map(name).collect())
}

/// Rows by their applications' ids, as far as the filter lets them through.
///
/// # Errors
/// When the database can't be asked.
pub fn rows_of(
    connection: &mut AnyConnection,
    filter: &Filter,
    applications: &[Id],
) -> Result<Vec<Row>, StoreError> {
    let ids: Vec<&str> = applications.iter().map(Id::as_str).collect();
    let found: Vec<RowColumns> =
        filtered!(filter, row_columns!()).filter(applications::id.eq_any(ids)).load(connection)?;
    Ok(found.into_iter().filter_map(row).collect())
}

/// The application with a reference, as far as the filter lets it through.
///
/// # Errors
/// When the database can't be asked.
pub fn by_reference(
    connection: &mut AnyConnection,
    filter: &Filter,
    reference: &str,
) -> Result<Vec<Row>, StoreError> {
    let found: Vec<RowColumns> = filtered!(filter, row_columns!())
        .filter(applications::reference.eq(reference.to_owned()))
        .load(connection)?;
    Ok(found.into_iter().filter_map(row).collect())
}
