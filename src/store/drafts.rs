//! What an application says: its members' items and its answers.

use diesel::prelude::*;

use super::db::{AnyConnection, either};
use super::error::StoreError;
use super::schema::{answers, members};
use crate::domain::id::Id;
use crate::domain::identity::Item;
use crate::domain::sealed::Sealed;

/// A member of an application.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = members)]
pub struct Member {
    /// The member's id.
    pub id: Id,
    /// The member's dossier, a part of the application's.
    pub dossier_id: Id,
    /// The application.
    pub application_id: Id,
    /// The place among the members, from 0: the one who applies.
    pub position: i64,
    /// Sealed.
    pub name: Option<Sealed>,
    /// Sealed.
    pub pronouns: Option<Sealed>,
    /// Sealed.
    pub email: Sealed,
    /// Sealed.
    pub location: Option<Sealed>,
    /// Sealed; taken at submission.
    pub ip: Option<Sealed>,
    /// Sealed.
    pub github_username: Option<Sealed>,
    /// Sealed.
    pub social_usernames: Option<Sealed>,
    /// GitHub's numeric id, sealed; there where the username was verified through GitHub.
    pub github_id: Option<Sealed>,
}

impl Member {
    /// An item, sealed.
    #[must_use]
    pub const fn item(&self, item: Item) -> Option<&Sealed> {
        match item {
            Item::Name => self.name.as_ref(),
            Item::Pronouns => self.pronouns.as_ref(),
            Item::Location => self.location.as_ref(),
            Item::GithubUsername => self.github_username.as_ref(),
            Item::SocialUsernames => self.social_usernames.as_ref(),
        }
    }
}

/// Inserts a member. The dossier is there already.
///
/// # Errors
/// When the database can't be asked.
pub fn insert_member(connection: &mut AnyConnection, new: &Member) -> Result<(), StoreError> {
    diesel::insert_into(members::table).values(new.clone()).execute(connection)?;
    Ok(())
}

/// The member who applies.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none.
pub fn applicant(connection: &mut AnyConnection, application: &Id) -> Result<Member, StoreError> {
    let query = members::table
        .filter(members::application_id.eq(application))
        .filter(members::position.eq(0_i64));
    Ok(either!(connection, inner => query.get_result(inner)?))
}

/// Every member of an application, the one who applies first.
///
/// # Errors
/// When the database can't be asked.
pub fn members(
    connection: &mut AnyConnection,
    application: &Id,
) -> Result<Vec<Member>, StoreError> {
    Ok(members::table
        .filter(members::application_id.eq(application))
        .order(members::position)
        .load(connection)?)
}

/// Members by the applications that they applied with.
///
/// # Errors
/// When the database can't be asked.
pub fn applicants_of(
    connection: &mut AnyConnection,
    applications: &[Id],
) -> Result<Vec<Member>, StoreError> {
    let ids: Vec<&str> = applications.iter().map(Id::as_str).collect();
    Ok(members::table
        .filter(members::application_id.eq_any(ids))
        .filter(members::position.eq(0_i64))
        .load(connection)?)
}

/// Replaces an item.
///
/// # Errors
/// When the database can't be asked.
pub fn set_item(
    connection: &mut AnyConnection,
    member: &Id,
    item: Item,
    value: &Sealed,
) -> Result<(), StoreError> {
    let row = members::table.find(member);
    match item {
        Item::Name => diesel::update(row).set(members::name.eq(value)).execute(connection)?,
        Item::Pronouns => {
            diesel::update(row).set(members::pronouns.eq(value)).execute(connection)?
        }
        Item::Location => {
            diesel::update(row).set(members::location.eq(value)).execute(connection)?
        }
        Item::GithubUsername => {
            diesel::update(row).set(members::github_username.eq(value)).execute(connection)?
        }
        Item::SocialUsernames => {
            diesel::update(row).set(members::social_usernames.eq(value)).execute(connection)?
        }
    };
    Ok(())
}

/// Keeps the address that an application was submitted from.
///
/// # Errors
/// When the database can't be asked.
pub fn set_ip(
    connection: &mut AnyConnection,
    member: &Id,
    value: &Sealed,
) -> Result<(), StoreError> {
    let change = diesel::update(members::table.find(member)).set(members::ip.eq(value));
    either!(connection, inner => change.execute(inner)?);
    Ok(())
}

/// An answer.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = answers)]
pub struct Answer {
    /// Its id.
    pub id: Id,
    /// The application's dossier.
    pub dossier_id: Id,
    /// The application.
    pub application_id: Id,
    /// The question's key.
    pub question: String,
    /// Sealed.
    pub value: Sealed,
}

/// The answers of an application.
///
/// # Errors
/// When the database can't be asked.
pub fn answers(
    connection: &mut AnyConnection,
    application: &Id,
) -> Result<Vec<Answer>, StoreError> {
    let query = answers::table.filter(answers::application_id.eq(application));
    Ok(either!(connection, inner => query.load(inner)?))
}

/// Puts an answer in the place of the one before. A value is sealed for its row, so the row is new, too.
///
/// # Errors
/// When the database can't be asked.
pub fn put_answer(connection: &mut AnyConnection, new: &Answer) -> Result<(), StoreError> {
    delete_answer(connection, &new.application_id, &new.question)?;
    diesel::insert_into(answers::table).values(new.clone()).execute(connection)?;
    Ok(())
}

/// Deletes an answer.
///
/// # Errors
/// When the database can't be asked.
pub fn delete_answer(
    connection: &mut AnyConnection,
    application: &Id,
    question: &str,
) -> Result<(), StoreError> {
    diesel::delete(
        answers::table
            .filter(answers::application_id.eq(application))
            .filter(answers::question.eq(question)),
    )
    .execute(connection)?;
    Ok(())
}

/// Notes with which account on GitHub the username was verified, or that it was not.
///
/// # Errors
/// When the database can't be asked.
pub fn set_github_id(
    connection: &mut AnyConnection,
    member: &Id,
    github_id: Option<&Sealed>,
) -> Result<(), StoreError> {
    diesel::update(members::table.find(member))
        .set(members::github_id.eq(github_id))
        .execute(connection)?;
    Ok(())
}

/// Replaces the address.
///
/// # Errors
/// When the database can't be asked.
pub fn set_email(
    connection: &mut AnyConnection,
    member: &Id,
    email: &Sealed,
) -> Result<(), StoreError> {
    diesel::update(members::table.find(member))
        .set(members::email.eq(email))
        .execute(connection)?;
    Ok(())
}
