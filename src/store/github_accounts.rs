//! Accounts on GitHub that are joined to accounts here.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::{AnyConnection, either};
use super::error::StoreError;
use super::schema::{github_accounts, lookups};
use crate::domain::id::Id;
use crate::domain::sealed::Sealed;

/// An account on GitHub. Of the two that it may belong to, one is there: the one that its audience says.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = github_accounts)]
pub struct GitHubAccount {
    /// Its id here.
    pub id: Id,
    /// The dossier of the account that it is joined to.
    pub dossier_id: Id,
    /// `applicant` or `assessor`.
    pub audience: String,
    /// The applicant's account.
    pub account_id: Option<Id>,
    /// The assessor.
    pub assessor_id: Option<Id>,
    /// GitHub's numeric id, sealed.
    pub github_id: Sealed,
    /// The username when it was last used to sign in, sealed.
    pub username: Sealed,
    /// When it was joined, UTC.
    pub joined_at: NaiveDateTime,
}

/// Inserts one.
///
/// # Errors
/// When the database can't be asked, or the account has one already.
pub fn insert(connection: &mut AnyConnection, new: &GitHubAccount) -> Result<(), StoreError> {
    diesel::insert_into(github_accounts::table).values(new.clone()).execute(connection)?;
    Ok(())
}

/// Those with these ids.
///
/// # Errors
/// When the database can't be asked.
pub fn all_of(
    connection: &mut AnyConnection,
    ids: &[Id],
) -> Result<Vec<GitHubAccount>, StoreError> {
    let ids: Vec<&str> = ids.iter().map(Id::as_str).collect();
    Ok(github_accounts::table.filter(github_accounts::id.eq_any(ids)).load(connection)?)
}

/// The one that is joined to the account with this dossier.
///
/// # Errors
/// When the database can't be asked.
pub fn of_dossier(
    connection: &mut AnyConnection,
    dossier: &Id,
) -> Result<Option<GitHubAccount>, StoreError> {
    let query =
        github_accounts::table.filter(github_accounts::dossier_id.eq(dossier.as_str().to_owned()));
    Ok(either!(connection, inner => query.get_result(inner)).optional()?)
}

/// Notes another username of the same account on GitHub.
///
/// # Errors
/// When the database can't be asked.
pub fn rename(
    connection: &mut AnyConnection,
    id: &Id,
    username: &Sealed,
) -> Result<(), StoreError> {
    diesel::update(github_accounts::table.find(id))
        .set(github_accounts::username.eq(username))
        .execute(connection)?;
    Ok(())
}

/// Takes one away, with what it is found by.
///
/// # Errors
/// [`StoreError::Conflict`] when it is gone already.
pub fn delete(connection: &mut AnyConnection, id: &Id) -> Result<(), StoreError> {
    let found_by = lookups::table.filter(lookups::subject_id.eq(id.as_str().to_owned()));
    diesel::delete(found_by).execute(connection)?;
    let gone = diesel::delete(github_accounts::table.find(id)).execute(connection)?;
    if gone == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}
