//! The audit: entries are added with what they record, and never changed. A job chains them afterwards.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::db::{AnyConnection, either};
use super::error::StoreError;
use super::schema::{audit, audit_chain, audit_heads, audit_pending};
use crate::domain::id::Id;

/// The action of a list of applications.
pub const LISTED: &str = "applications.listed";
/// The action of an assessor who opens a packet.
pub const PACKET_OPENED: &str = "packet.opened";
/// The action of an assessor who fetches a file of one.
pub const PACKET_FILE_OPENED: &str = "packet.file_opened";
/// The action of a packet that assessors can read from then on.
pub const PACKET_RELEASED: &str = "packet.released";
/// The action of one that they can't read any more.
pub const PACKET_CLOSED: &str = "packet.closed";

/// An entry. Ids alone: nothing in it says anything about a person by itself.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = audit)]
pub struct Entry {
    /// Its id.
    pub id: Id,
    /// When it happened, UTC.
    pub at: NaiveDateTime,
    /// Who: `applicant`, `staff` or `system`.
    pub actor: String,
    /// The actor's id.
    pub actor_id: Option<Id>,
    /// What happened.
    pub action: String,
    /// To what, if to one thing.
    pub subject: Option<Id>,
    /// More ids and words, JSON.
    pub detail: String,
    /// In which role, where it was done in one.
    pub role: Option<String>,
    /// Why, where that is recorded.
    pub reason: Option<String>,
}

/// Adds an entry, to be chained.
///
/// # Errors
/// When the database can't be asked.
pub fn insert(connection: &mut AnyConnection, new: &Entry) -> Result<(), StoreError> {
    let pending =
        diesel::insert_into(audit_pending::table).values(audit_pending::audit_id.eq(&new.id));
    either!(connection, inner => {
        diesel::insert_into(audit::table).values(new.clone()).execute(inner)?;
        pending.execute(inner)?
    });
    Ok(())
}

/// Entries that the chain has not taken up, the oldest first.
///
/// # Errors
/// When the database can't be asked.
pub fn pending(connection: &mut AnyConnection, limit: i64) -> Result<Vec<Entry>, StoreError> {
    // An outer join, which begins with what is pending: an inner one would be read along the index of the whole
    // audit, since that is in the wanted order, and every look at it would cost more than the one before.
    let found: Vec<Option<Entry>> = audit_pending::table
        .left_join(audit::table)
        .select(audit::all_columns.nullable())
        .order((audit::at, audit::id))
        .limit(limit)
        .load(connection)?;
    Ok(found.into_iter().flatten().collect())
}

/// A link of the chain.
#[derive(Clone, Debug, Queryable)]
pub struct Link {
    /// Its place, from 1.
    pub seq: i64,
    /// The entry.
    pub audit_id: Id,
    /// The digest over the link before and the entry.
    pub hash: Vec<u8>,
}

/// The newest link.
///
/// # Errors
/// When the database can't be asked.
pub fn last_link(connection: &mut AnyConnection) -> Result<Option<Link>, StoreError> {
    Ok(audit_chain::table
        .order(audit_chain::seq.desc())
        .select((audit_chain::seq, audit_chain::audit_id, audit_chain::hash))
        .first(connection)
        .optional()?)
}

/// Adds a link.
///
/// # Errors
/// When another process added one at the same place.
pub fn add_link(connection: &mut AnyConnection, link: &Link) -> Result<(), StoreError> {
    diesel::insert_into(audit_chain::table)
        .values((
            audit_chain::seq.eq(link.seq),
            audit_chain::audit_id.eq(&link.audit_id),
            audit_chain::hash.eq(&link.hash),
        ))
        .execute(connection)?;
    diesel::delete(audit_pending::table.find(&link.audit_id)).execute(connection)?;
    Ok(())
}

/// A signed head of the chain.
#[derive(Clone, Debug, Queryable)]
pub struct Head {
    /// The place of the link that it signs.
    pub seq: i64,
    /// That link's digest.
    pub hash: Vec<u8>,
    /// The signature, Ed25519.
    pub signature: Vec<u8>,
    /// When it was signed, UTC.
    pub at: NaiveDateTime,
}

/// Adds a signed head.
///
/// # Errors
/// When there is one for that link already.
pub fn add_head(connection: &mut AnyConnection, head: &Head) -> Result<(), StoreError> {
    diesel::insert_into(audit_heads::table)
        .values((
            audit_heads::seq.eq(head.seq),
            audit_heads::hash.eq(&head.hash),
            audit_heads::signature.eq(&head.signature),
            audit_heads::at.eq(head.at),
        ))
        .execute(connection)?;
    Ok(())
}

/// A piece of the chain after a place, with the entries.
///
/// # Errors
/// When the database can't be asked.
pub fn chain_after(
    connection: &mut AnyConnection,
    seq: i64,
    limit: i64,
) -> Result<Vec<(Link, Entry)>, StoreError> {
    Ok(audit_chain::table
        .inner_join(audit::table)
        .filter(audit_chain::seq.gt(seq))
        .order(audit_chain::seq)
        .select(((audit_chain::seq, audit_chain::audit_id, audit_chain::hash), audit::all_columns))
        .limit(limit)
        .load(connection)?)
}

/// The signed heads, in order.
///
/// # Errors
/// When the database can't be asked.
pub fn heads(connection: &mut AnyConnection) -> Result<Vec<Head>, StoreError> {
    Ok(audit_heads::table.order(audit_heads::seq).load(connection)?)
}

/// How many entries there are, in all and pending.
///
/// # Errors
/// When the database can't be asked.
pub fn count(connection: &mut AnyConnection) -> Result<(i64, i64), StoreError> {
    Ok((
        audit::table.count().get_result(connection)?,
        audit_pending::table.count().get_result(connection)?,
    ))
}

/// Entries of some actions on one thing, the oldest first.
///
/// # Errors
/// When the database can't be asked.
pub fn of_subject(
    connection: &mut AnyConnection,
    subject: &Id,
    actions: &[&str],
) -> Result<Vec<Entry>, StoreError> {
    Ok(audit::table
        .filter(audit::subject.eq(subject.as_str().to_owned()))
        .filter(audit::action.eq_any(actions.to_vec()))
        .order((audit::at, audit::id))
        .load(connection)?)
}

/// Entries of one action, oldest first. For tests and the certificate of a check.
///
/// # Errors
/// When the database can't be asked.
pub fn of_action(connection: &mut AnyConnection, action: &str) -> Result<Vec<Entry>, StoreError> {
    Ok(audit::table
        .filter(audit::action.eq(action))
        .order((audit::at, audit::id))
        .load(connection)?)
}
