//! Lists of applications for staff. Every page costs the same, however long the list is.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::schema::{applications, data_keys, members, tallies};
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
#[derive(Clone, Debug, Queryable)]
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
    cohort_key: String,
    wrapped: Sealed,
}

impl Row {
    /// Where the application stands.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status.parse().unwrap_or(Status::Submitted)
    }

    /// The data key of the member's dossier.
    #[must_use]
    pub fn key(&self) -> WrappedKey {
        WrappedKey { cohort_key: self.cohort_key.clone(), bytes: self.wrapped.clone() }
    }
}

/// The least that a search by name needs of each application.
#[derive(Clone, Debug, Queryable)]
pub struct NameRow {
    /// The application.
    pub id: Id,
    /// When it was submitted, UTC.
    pub submitted_at: Option<NaiveDateTime>,
    /// The member who applies.
    pub member_id: Id,
    /// The member's dossier.
    pub member_dossier: Id,
    /// Sealed.
    pub name: Option<Sealed>,
    cohort_key: String,
    wrapped: Sealed,
}

impl NameRow {
    /// The data key of the member's dossier.
    #[must_use]
    pub fn into_key(self) -> WrappedKey {
        WrappedKey { cohort_key: self.cohort_key, bytes: self.wrapped }
    }
}

macro_rules! filtered {
    ($filter:expr, $columns:expr) => {{
        let filter: &Filter = $filter;
        let mut query = applications::table
            .inner_join(members::table)
            .inner_join(data_keys::table.on(data_keys::dossier_id.eq(members::dossier_id)))
            .filter(applications::submitted_at.is_not_null())
            .filter(members::position.eq(0_i64))
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
        // The first comparison is the one that an index serves; the second tells equal times apart.
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
        }
        if filter.oldest_first {
            query.order((applications::submitted_at.asc(), applications::id.asc()))
        } else {
            query.order((applications::submitted_at.desc(), applications::id.desc()))
        }
    }};
}

macro_rules! row_columns {
    () => {
        (
            applications::id,
            applications::reference,
            applications::round_id,
            applications::status,
            applications::submitted_at,
            members::id,
            members::dossier_id,
            members::name,
            members::github_username,
            data_keys::cohort_key,
            data_keys::wrapped,
        )
    };
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
    Ok(filtered!(filter, row_columns!()).limit(limit).load(connection)?)
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
    let columns = (
        applications::id,
        applications::submitted_at,
        members::id,
        members::dossier_id,
        members::name,
        data_keys::cohort_key,
        data_keys::wrapped,
    );
    Ok(filtered!(filter, columns).limit(limit).load(connection)?)
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
    Ok(filtered!(filter, row_columns!()).filter(applications::id.eq_any(ids)).load(connection)?)
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
    Ok(filtered!(filter, row_columns!())
        .filter(applications::reference.eq(reference.to_owned()))
        .load(connection)?)
}

/// How many applications stand where, by round. Drafts are left out.
///
/// # Errors
/// When the database can't be asked.
pub fn tallies(connection: &mut AnyConnection) -> Result<Vec<(Id, Status, i64)>, StoreError> {
    let rows: Vec<(Id, String, i64)> = tallies::table
        .filter(tallies::status.ne(Status::Draft.word()))
        .select((tallies::round_id, tallies::status, tallies::n))
        .load(connection)?;
    Ok(rows
        .into_iter()
        .filter_map(|(round, status, n)| Some((round, status.parse().ok()?, n)))
        .collect())
}
