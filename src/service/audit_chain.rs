//! Chains the audit and signs its head, and checks both.
//!
//! A link's digest is SHA-256 over the digest of the link before it and every field of the entry, each with
//! its length before it. Whoever changes, removes or inserts an entry has to make all later links anew, and
//! can't sign them.

use data_encoding::HEXLOWER;

use super::context::Context;
use super::error::ServiceError;
use super::list_applications;
use crate::domain::id::Id;
use crate::store::audit::{self, Entry, Head, Link};
use crate::store::{AnyConnection, StoreError, looked, preparations};
use crate::vault::verify_audit_head;

/// How many entries are taken up at a time.
const MOST: u8 = 60;
/// How many rows are written in one transaction, or a few more. Whoever wants to write meanwhile waits for it.
const ROWS: usize = 50;
/// How many links are read at a time in a check.
const PIECE: i64 = 2_000;

/// Whether this process can sign the head of the chain. Others leave their entries to one that can.
#[must_use]
pub fn may_chain(ctx: &Context) -> bool {
    ctx.vault.signs_audit()
}

/// An entry that waits, with the applications that it has shown in a list.
struct Waiting {
    entry: Entry,
    shown: Vec<Id>,
}

/// Takes up to so many entries that wait into the chain, and signs the new head of each part of it. With an entry of a
/// list, the applications that were shown are noted: to do that before the list is shown would cost as much as the
/// list. Rests between the parts, so that many entries are not in the way of whoever makes more of them. Answers whether
/// there were as many as are taken up at a time, so that more may wait.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn chain(ctx: &Context, mut rest: impl FnMut()) -> Result<bool, ServiceError> {
    let (waiting, last) = ctx.store.read(|connection| {
        Ok((audit::pending(connection, MOST.into())?, audit::last_link(connection)?))
    })?;
    let is_full = waiting.len() >= usize::from(MOST);
    let mut place = last.map_or((0, Vec::new()), |link| (link.seq, link.hash));
    let (mut batch, mut rows) = (Vec::new(), 0);
    for entry in waiting {
        let shown = match entry.action.as_str() {
            audit::PACKET_OPENED | audit::PACKET_FILE_OPENED => application_of(ctx, &entry)?,
            _ => list_applications::shown_in(&entry),
        };
        rows += 3 + shown.len();
        batch.push(Waiting { entry, shown });
        if rows >= ROWS {
            place = chain_together(ctx, std::mem::take(&mut batch), place)?;
            rest();
            rows = 0;
        }
    }
    if !batch.is_empty() {
        chain_together(ctx, batch, place)?;
    }
    Ok(is_full)
}

/// The application of the packet that an assessor opened: their process knows of packets alone.
fn application_of(ctx: &Context, entry: &Entry) -> Result<Vec<Id>, ServiceError> {
    let Some(packet) = &entry.subject else { return Ok(Vec::new()) };
    let found = ctx.store.read(|connection| preparations::of_packet(connection, packet))?;
    Ok(found.map(|own| own.application_id).into_iter().collect())
}

/// Chains entries after a link in one transaction. Answers the place and the digest of the last link.
fn chain_together(
    ctx: &Context,
    batch: Vec<Waiting>,
    (mut seq, mut hash): (i64, Vec<u8>),
) -> Result<(i64, Vec<u8>), ServiceError> {
    let mut links = Vec::with_capacity(batch.len());
    for Waiting { entry, .. } in &batch {
        seq += 1;
        hash = digest(seq, &hash, entry);
        links.push(Link { seq, audit_id: entry.id.clone(), hash: hash.clone() });
    }
    let signature = ctx.vault.sign_audit_head(&head_message(seq, &hash))?.to_vec();
    let head = Head { seq, signature, hash: hash.clone(), at: ctx.stamp() };
    ctx.store.write(move |connection| {
        // Another process that chains at the same moment has the same place, and one of the two fails.
        for link in &links {
            audit::add_link(connection, link)?;
        }
        for Waiting { entry, shown } in batch.iter().filter(|own| !own.shown.is_empty()) {
            looked::note(connection, entry, shown)?;
        }
        audit::add_head(connection, &head)
    })?;
    Ok((seq, hash))
}

/// What a check of the audit found.
#[derive(Clone, Debug, serde::Serialize)]
pub struct AuditReport {
    /// How many entries there are.
    pub entries: i64,
    /// How many of them the chain holds.
    pub chained: i64,
    /// How many wait for it.
    pub waiting: i64,
    /// How many signed heads there are.
    pub heads: usize,
    /// The digest of the newest link, hexadecimal.
    pub head: String,
    /// What is wrong; nothing when the audit is whole.
    pub wrong: Vec<String>,
}

/// Computes the whole chain anew and checks every signature.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`]. A broken chain is no error but a report.
pub fn verify(ctx: &Context) -> Result<AuditReport, ServiceError> {
    // Of one moment, so that a chain that grows meanwhile is not taken for a broken one.
    let (heads, (entries, waiting), last) = ctx.store.read_moment(|connection| {
        Ok((audit::heads(connection)?, audit::count(connection)?, audit::last_link(connection)?))
    })?;
    let last = last.map_or(0, |link| link.seq);
    let mut wrong = Vec::new();
    let (mut seq, mut hash) = (0, Vec::new());
    let mut open_heads = heads.iter().peekable();
    while seq < last {
        let mut piece = ctx.store.read(|connection| piece(connection, seq))?;
        piece.retain(|(link, _)| link.seq <= last);
        if piece.is_empty() {
            break;
        }
        for (link, entry) in piece {
            seq += 1;
            if link.seq != seq {
                wrong.push(format!("link {seq} is missing"));
                seq = link.seq;
            }
            hash = digest(seq, &hash, &entry);
            if hash != link.hash {
                wrong.push(format!("entry {} at link {seq} is not what was chained", entry.id));
                // Go on from what is written, so that one altered entry is told once.
                hash.clone_from(&link.hash);
            }
            while let Some(head) = open_heads.next_if(|head| head.seq <= seq) {
                check_head(ctx, head, seq, &hash, &mut wrong);
            }
        }
    }
    for head in open_heads {
        wrong.push(format!("the signed link {} is missing", head.seq));
    }
    if heads.last().map_or(0, |head| head.seq) != seq {
        wrong.push(format!("the newest link {seq} is not signed"));
    }
    if entries != seq + waiting {
        wrong.push(format!("there are {entries} entries, but {seq} links and {waiting} that wait"));
    }
    let head = HEXLOWER.encode(&hash);
    Ok(AuditReport { entries, chained: seq, waiting, heads: heads.len(), head, wrong })
}

fn piece(connection: &mut AnyConnection, seq: i64) -> Result<Vec<(Link, Entry)>, StoreError> {
    audit::chain_after(connection, seq, PIECE)
}

fn check_head(ctx: &Context, head: &Head, seq: i64, hash: &[u8], wrong: &mut Vec<String>) {
    let message = head_message(head.seq, &head.hash);
    let (key, site) = (ctx.vault.audit_public_key(), ctx.vault.deployment());
    let genuine = verify_audit_head(&key, &site, &message, &head.signature);
    if !genuine {
        wrong.push(format!("the signature of link {} is not right", head.seq));
    }
    if head.seq != seq || head.hash != hash {
        wrong.push(format!("link {} is not the one that was signed", head.seq));
    }
}

fn head_message(seq: i64, hash: &[u8]) -> Vec<u8> {
    let mut message = b"almoner audit head 1".to_vec();
    message.extend_from_slice(&seq.to_be_bytes());
    message.extend_from_slice(hash);
    message
}

fn digest(seq: i64, before: &[u8], entry: &Entry) -> Vec<u8> {
    let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
    let mut part = |bytes: &[u8]| {
        hash.update(&(bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    part(&seq.to_be_bytes());
    part(before);
    part(entry.id.as_str().as_bytes());
    // Milliseconds: what both databases keep alike.
    part(&entry.at.and_utc().timestamp_millis().to_be_bytes());
    part(entry.actor.as_bytes());
    part(entry.actor_id.as_ref().map_or("", |id| id.as_str()).as_bytes());
    part(entry.action.as_bytes());
    part(entry.subject.as_ref().map_or("", |id| id.as_str()).as_bytes());
    part(entry.detail.as_bytes());
    // Entries from before there were these are chained without them.
    if entry.role.is_some() || entry.reason.is_some() {
        part(entry.role.as_deref().unwrap_or_default().as_bytes());
        part(entry.reason.as_deref().unwrap_or_default().as_bytes());
    }
    hash.finish().as_ref().to_vec()
}
