//! Consent receipts and the exact texts that people agreed to.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::{AnyConnection, either};
use super::error::StoreError;
use super::schema::{applications, consent_texts, consents};
use super::site;
use crate::domain::id::Id;

/// The advisory lock under which a text is kept that nobody agreed to before ("text" in ASCII).
const LOCK: i64 = 0x7465_7874;

/// An exact text.
#[derive(Clone, Debug, Queryable)]
pub struct Text {
    /// Its id.
    pub id: Id,
    /// What it asks consent for.
    pub purpose: String,
    /// Which version of that purpose's text it is, from 1.
    pub version: i64,
    /// The text, as it was shown.
    pub body: String,
    /// What a receipt says beside it, JSON.
    pub facts: String,
}

type TextColumns = (
    consent_texts::id,
    consent_texts::purpose,
    consent_texts::version,
    consent_texts::body,
    consent_texts::facts,
);

/// What is read of a text, in the order of [`Text`].
const TEXT: TextColumns = (
    consent_texts::id,
    consent_texts::purpose,
    consent_texts::version,
    consent_texts::body,
    consent_texts::facts,
);

/// The text with a digest, if it is known.
///
/// # Errors
/// When the database can't be asked.
pub fn find_text(connection: &mut AnyConnection, digest: &str) -> Result<Option<Text>, StoreError> {
    Ok(consent_texts::table
        .filter(consent_texts::digest.eq(digest))
        .select(TEXT)
        .get_result(connection)
        .optional()?)
}

/// A text that was not shown before.
#[derive(Clone, Debug)]
pub struct NewText {
    /// Its id, if it is new.
    pub id: Id,
    /// What it asks consent for.
    pub purpose: String,
    /// The text, as it is shown.
    pub body: String,
    /// What a receipt says beside it, JSON.
    pub facts: String,
    /// A digest of all that.
    pub digest: String,
}

/// The id of a text, which becomes the next version of its purpose if it is new.
///
/// # Errors
/// When the database can't be asked.
pub fn keep_text(connection: &mut AnyConnection, new: &NewText) -> Result<Id, StoreError> {
    if let Some(text) = find_text(connection, &new.digest)? {
        return Ok(text.id);
    }
    // Several people may be the first to agree to it at the same moment; one of them keeps it, the others find it.
    site::lock(connection, LOCK)?;
    if let Some(text) = find_text(connection, &new.digest)? {
        return Ok(text.id);
    }
    let last: Option<i64> = consent_texts::table
        .filter(consent_texts::purpose.eq(&new.purpose))
        .select(diesel::dsl::max(consent_texts::version))
        .get_result(connection)?;
    diesel::insert_into(consent_texts::table)
        .values((
            consent_texts::id.eq(&new.id),
            consent_texts::purpose.eq(&new.purpose),
            consent_texts::version.eq(last.unwrap_or_default() + 1),
            consent_texts::body.eq(&new.body),
            consent_texts::facts.eq(&new.facts),
            consent_texts::digest.eq(&new.digest),
        ))
        .execute(connection)?;
    Ok(new.id.clone())
}

/// A receipt: somebody agreed to a text.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = consents)]
pub struct Consent {
    /// Its id.
    pub id: Id,
    /// The dossier that it belongs to.
    pub dossier_id: Id,
    /// The application that it was given for.
    pub application_id: Option<Id>,
    /// The sign-in that it waits at until the address is confirmed.
    pub sign_in_id: Option<Id>,
    /// What it was given for.
    pub purpose: String,
    /// The exact text.
    pub text_id: Id,
    /// How it was given.
    pub method: String,
    /// When, UTC.
    pub given_at: NaiveDateTime,
    /// When it was withdrawn, UTC.
    pub withdrawn_at: Option<NaiveDateTime>,
}

/// Inserts a receipt.
///
/// # Errors
/// When the database can't be asked.
pub fn insert(connection: &mut AnyConnection, new: &Consent) -> Result<(), StoreError> {
    diesel::insert_into(consents::table).values(new.clone()).execute(connection)?;
    Ok(())
}

/// The receipts that wait at a sign-in.
///
/// # Errors
/// When the database can't be asked.
pub fn of_sign_in(
    connection: &mut AnyConnection,
    sign_in: &Id,
) -> Result<Vec<Consent>, StoreError> {
    Ok(consents::table
        .filter(consents::sign_in_id.eq(sign_in.as_str().to_owned()))
        .load(connection)?)
}

/// The same with their texts.
///
/// # Errors
/// When the database can't be asked.
pub fn of_sign_in_with_texts(
    connection: &mut AnyConnection,
    sign_in: &Id,
) -> Result<Vec<(Consent, Text)>, StoreError> {
    Ok(consents::table
        .inner_join(consent_texts::table)
        .filter(consents::sign_in_id.eq(sign_in.as_str().to_owned()))
        .select((consents::all_columns, TEXT))
        .order(consents::id)
        .load(connection)?)
}

/// The receipts of an application with their texts, oldest first.
///
/// # Errors
/// When the database can't be asked.
pub fn of_application(
    connection: &mut AnyConnection,
    application: &Id,
) -> Result<Vec<(Consent, Text)>, StoreError> {
    Ok(consents::table
        .inner_join(consent_texts::table)
        .filter(consents::application_id.eq(application.as_str().to_owned()))
        .select((consents::all_columns, TEXT))
        .order((consents::given_at, consents::id))
        .load(connection)?)
}

/// The purposes for which an application has consent that was not withdrawn, oldest first.
///
/// # Errors
/// When the database can't be asked.
pub fn standing(
    connection: &mut AnyConnection,
    application: &Id,
) -> Result<Vec<String>, StoreError> {
    let query = consents::table
        .filter(consents::application_id.eq(application.as_str().to_owned()))
        .filter(consents::withdrawn_at.is_null())
        .order((consents::given_at, consents::id))
        .select(consents::purpose);
    Ok(either!(connection, inner => query.load(inner)?))
}

/// Notes that the consent for a purpose was withdrawn.
///
/// # Errors
/// When the database can't be asked.
pub fn withdraw(
    connection: &mut AnyConnection,
    application: &Id,
    purpose: &str,
    at: NaiveDateTime,
) -> Result<usize, StoreError> {
    Ok(diesel::update(
        consents::table
            .filter(consents::application_id.eq(application.as_str().to_owned()))
            .filter(consents::purpose.eq(purpose))
            .filter(consents::withdrawn_at.is_null()),
    )
    .set(consents::withdrawn_at.eq(at))
    .execute(connection)?)
}

/// Whether a consent was given with an application and not withdrawn.
///
/// # Errors
/// When the database can't be asked.
pub fn stands(
    connection: &mut AnyConnection,
    application: &Id,
    purpose: &str,
) -> Result<bool, StoreError> {
    let standing: i64 = consents::table
        .filter(consents::application_id.eq(application.as_str().to_owned()))
        .filter(consents::purpose.eq(purpose.to_owned()))
        .filter(consents::withdrawn_at.is_null())
        .count()
        .get_result(connection)?;
    Ok(standing > 0)
}

/// The applications of a round with which a consent was given and not withdrawn.
///
/// # Errors
/// When the database can't be asked.
pub fn standing_in_round(
    connection: &mut AnyConnection,
    round: &Id,
    purpose: &str,
) -> Result<Vec<Id>, StoreError> {
    Ok(applications::table
        .inner_join(consents::table.on(consents::application_id.eq(applications::id.nullable())))
        .filter(applications::round_id.eq(round))
        .filter(consents::purpose.eq(purpose.to_owned()))
        .filter(consents::withdrawn_at.is_null())
        .select(applications::id)
        .distinct()
        .load(connection)?)
}
