//! Ways in: passkeys, passwords with their second factor, and who somebody is to the organisation's own sign-in.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::AnyConnection;
use super::error::StoreError;
use super::schema::{organisation_links, passkeys, passwords, recovery_codes};
use crate::domain::id::Id;
use crate::domain::sealed::Sealed;

/// A passkey. Of the two that it may belong to, one is there: the one that its audience says.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = passkeys)]
pub struct Passkey {
    /// Its id.
    pub id: Id,
    /// `staff` or `assessor`.
    pub audience: String,
    /// The dossier of the account.
    pub dossier_id: Id,
    /// The member of staff.
    pub staff_id: Option<Id>,
    /// The assessor.
    pub assessor_id: Option<Id>,
    /// What its owner calls it, sealed.
    pub name: Sealed,
    /// The public key with its counter, sealed.
    pub credential: Sealed,
    /// When it was made, UTC.
    pub created_at: NaiveDateTime,
    /// When it was used last, UTC.
    pub used_at: Option<NaiveDateTime>,
}

/// A password with the key of its authenticator app.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = passwords)]
pub struct Password {
    /// Its id.
    pub id: Id,
    /// The dossier of the account.
    pub dossier_id: Id,
    /// The member of staff.
    pub staff_id: Id,
    /// The slow fingerprint, sealed.
    pub hash: Sealed,
    /// The key of the authenticator app, sealed.
    pub totp: Sealed,
    /// The newest step of time of which a code was taken.
    pub last_step: i64,
    /// When it was set, UTC.
    pub created_at: NaiveDateTime,
}

/// A recovery code.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = recovery_codes)]
pub struct RecoveryCode {
    /// Its id.
    pub id: Id,
    /// The dossier of the account.
    pub dossier_id: Id,
    /// The member of staff.
    pub staff_id: Id,
    /// A keyed fingerprint of the code.
    pub digest: String,
    /// When it was made, UTC.
    pub created_at: NaiveDateTime,
    /// When it was used, UTC.
    pub used_at: Option<NaiveDateTime>,
}

/// Who somebody is to the organisation's own sign-in.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = organisation_links)]
pub struct OrganisationLink {
    /// Its id.
    pub id: Id,
    /// The dossier of the account.
    pub dossier_id: Id,
    /// The member of staff.
    pub staff_id: Id,
    /// Provider and identifier, sealed.
    pub subject: Sealed,
    /// When it was made, UTC.
    pub created_at: NaiveDateTime,
}

/// Inserts a passkey.
///
/// # Errors
/// When the database can't be asked.
pub fn insert_passkey(connection: &mut AnyConnection, new: &Passkey) -> Result<(), StoreError> {
    diesel::insert_into(passkeys::table).values(new.clone()).execute(connection)?;
    Ok(())
}

/// The passkeys of an account, the oldest first. `dossier` is the account's.
///
/// # Errors
/// When the database can't be asked.
pub fn passkeys(connection: &mut AnyConnection, dossier: &Id) -> Result<Vec<Passkey>, StoreError> {
    Ok(passkeys::table
        .filter(passkeys::dossier_id.eq(dossier.as_str().to_owned()))
        .order((passkeys::created_at, passkeys::id))
        .load(connection)?)
}

/// The dossier of whoever has passkeys under this account's id.
///
/// # Errors
/// When the database can't be asked.
pub fn passkeys_of(
    connection: &mut AnyConnection,
    audience: &str,
    owner: &Id,
) -> Result<Vec<Passkey>, StoreError> {
    let owner = owner.as_str().to_owned();
    let of = passkeys::staff_id.eq(owner.clone()).or(passkeys::assessor_id.eq(owner));
    Ok(passkeys::table
        .filter(of)
        .filter(passkeys::audience.eq(audience.to_owned()))
        .order((passkeys::created_at, passkeys::id))
        .load(connection)?)
}

/// Keeps what a passkey's counter says now, and that it was used. Compare and swap: of two uses at once that show the
/// same counter, one is refused.
///
/// # Errors
/// [`StoreError::Conflict`] when it was used or removed meanwhile.
pub fn passkey_used(
    connection: &mut AnyConnection,
    id: &Id,
    from: &Sealed,
    to: &Sealed,
    now: NaiveDateTime,
) -> Result<(), StoreError> {
    let same = passkeys::table.find(id).filter(passkeys::credential.eq(from.clone()));
    let changed = diesel::update(same)
        .set((passkeys::credential.eq(to), passkeys::used_at.eq(now)))
        .execute(connection)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Removes a passkey of an account. Answers whether there was one.
///
/// # Errors
/// When the database can't be asked.
pub fn remove_passkey(
    connection: &mut AnyConnection,
    dossier: &Id,
    id: &Id,
) -> Result<bool, StoreError> {
    let one = passkeys::table
        .filter(passkeys::id.eq(id.as_str().to_owned()))
        .filter(passkeys::dossier_id.eq(dossier.as_str().to_owned()));
    Ok(diesel::delete(one).execute(connection)? == 1)
}

/// The password of a member of staff.
///
/// # Errors
/// When the database can't be asked.
pub fn password(
    connection: &mut AnyConnection,
    staff: &Id,
) -> Result<Option<Password>, StoreError> {
    Ok(passwords::table
        .filter(passwords::staff_id.eq(staff.as_str().to_owned()))
        .first(connection)
        .optional()?)
}

/// Puts a password in the place of the one that there was, with recovery codes of its own.
///
/// # Errors
/// When the database can't be asked.
pub fn set_password(
    connection: &mut AnyConnection,
    new: &Password,
    codes: &[RecoveryCode],
) -> Result<(), StoreError> {
    let of = passwords::staff_id.eq(new.staff_id.as_str().to_owned());
    diesel::delete(passwords::table.filter(of)).execute(connection)?;
    diesel::insert_into(passwords::table).values(new.clone()).execute(connection)?;
    set_recovery_codes(connection, &new.staff_id, codes)
}

/// Notes the step of time of which a code was taken, if none of it or of a later one was.
///
/// # Errors
/// When the database can't be asked.
pub fn take_step(connection: &mut AnyConnection, id: &Id, step: i64) -> Result<bool, StoreError> {
    let before = passwords::table.find(id).filter(passwords::last_step.lt(step));
    Ok(diesel::update(before).set(passwords::last_step.eq(step)).execute(connection)? == 1)
}

/// Removes the password of a member of staff, with its recovery codes. Answers whether there was one.
///
/// # Errors
/// When the database can't be asked.
pub fn remove_password(connection: &mut AnyConnection, staff: &Id) -> Result<bool, StoreError> {
    set_recovery_codes(connection, staff, &[])?;
    let of = passwords::staff_id.eq(staff.as_str().to_owned());
    Ok(diesel::delete(passwords::table.filter(of)).execute(connection)? == 1)
}

/// Puts recovery codes in the place of those that there were.
///
/// # Errors
/// When the database can't be asked.
pub fn set_recovery_codes(
    connection: &mut AnyConnection,
    staff: &Id,
    codes: &[RecoveryCode],
) -> Result<(), StoreError> {
    let of = recovery_codes::staff_id.eq(staff.as_str().to_owned());
    diesel::delete(recovery_codes::table.filter(of)).execute(connection)?;
    for code in codes {
        diesel::insert_into(recovery_codes::table).values(code.clone()).execute(connection)?;
    }
    Ok(())
}

/// How many recovery codes of a member of staff were not used yet.
///
/// # Errors
/// When the database can't be asked.
pub fn recovery_codes_left(connection: &mut AnyConnection, staff: &Id) -> Result<i64, StoreError> {
    Ok(recovery_codes::table
        .filter(recovery_codes::staff_id.eq(staff.as_str().to_owned()))
        .filter(recovery_codes::used_at.is_null())
        .count()
        .get_result(connection)?)
}

/// Whether a member of staff has a recovery code with this fingerprint that was not used yet.
///
/// # Errors
/// When the database can't be asked.
pub fn is_recovery_code(
    connection: &mut AnyConnection,
    staff: &Id,
    digest: &str,
) -> Result<bool, StoreError> {
    let found: i64 = recovery_codes::table
        .filter(recovery_codes::staff_id.eq(staff.as_str().to_owned()))
        .filter(recovery_codes::digest.eq(digest.to_owned()))
        .filter(recovery_codes::used_at.is_null())
        .count()
        .get_result(connection)?;
    Ok(found > 0)
}

/// Uses a recovery code up. Answers whether there was one that was not used before.
///
/// # Errors
/// When the database can't be asked.
pub fn use_recovery_code(
    connection: &mut AnyConnection,
    staff: &Id,
    digest: &str,
    now: NaiveDateTime,
) -> Result<bool, StoreError> {
    let unused = recovery_codes::table
        .filter(recovery_codes::staff_id.eq(staff.as_str().to_owned()))
        .filter(recovery_codes::digest.eq(digest.to_owned()))
        .filter(recovery_codes::used_at.is_null());
    Ok(diesel::update(unused).set(recovery_codes::used_at.eq(now)).execute(connection)? == 1)
}

/// Who a member of staff is to the organisation's own sign-in.
///
/// # Errors
/// When the database can't be asked.
pub fn organisation_link(
    connection: &mut AnyConnection,
    staff: &Id,
) -> Result<Option<OrganisationLink>, StoreError> {
    Ok(organisation_links::table
        .filter(organisation_links::staff_id.eq(staff.as_str().to_owned()))
        .first(connection)
        .optional()?)
}

/// Inserts one.
///
/// # Errors
/// When the database can't be asked, or there is one.
pub fn insert_organisation_link(
    connection: &mut AnyConnection,
    new: &OrganisationLink,
) -> Result<(), StoreError> {
    diesel::insert_into(organisation_links::table).values(new.clone()).execute(connection)?;
    Ok(())
}

/// Removes one. Answers whether there was one.
///
/// # Errors
/// When the database can't be asked.
pub fn remove_organisation_link(
    connection: &mut AnyConnection,
    staff: &Id,
) -> Result<bool, StoreError> {
    let of = organisation_links::staff_id.eq(staff.as_str().to_owned());
    Ok(diesel::delete(organisation_links::table.filter(of)).execute(connection)? == 1)
}

/// How many ways in an account has that are enough by themselves. `dossier` is the account's.
///
/// # Errors
/// When the database can't be asked.
pub fn count(connection: &mut AnyConnection, dossier: &Id) -> Result<i64, StoreError> {
    let dossier = dossier.as_str().to_owned();
    let keys: i64 = passkeys::table
        .filter(passkeys::dossier_id.eq(dossier.clone()))
        .count()
        .get_result(connection)?;
    let passwords: i64 = passwords::table
        .filter(passwords::dossier_id.eq(dossier.clone()))
        .count()
        .get_result(connection)?;
    let links: i64 = organisation_links::table
        .filter(organisation_links::dossier_id.eq(dossier))
        .count()
        .get_result(connection)?;
    Ok(keys + passwords + links)
}

/// Removes every way in of an account. Answers how many there were.
///
/// # Errors
/// When the database can't be asked.
pub fn remove_all(connection: &mut AnyConnection, dossier: &Id) -> Result<usize, StoreError> {
    let dossier = dossier.as_str().to_owned();
    let keys = passkeys::table.filter(passkeys::dossier_id.eq(dossier.clone()));
    let passwords = passwords::table.filter(passwords::dossier_id.eq(dossier.clone()));
    let codes = recovery_codes::table.filter(recovery_codes::dossier_id.eq(dossier.clone()));
    let links = organisation_links::table.filter(organisation_links::dossier_id.eq(dossier));
    diesel::delete(codes).execute(connection)?;
    Ok(diesel::delete(keys).execute(connection)?
        + diesel::delete(passwords).execute(connection)?
        + diesel::delete(links).execute(connection)?)
}
