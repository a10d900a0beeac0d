//! The privacy officer searches the audit. Each search, and each entry that is opened, is audited.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use serde_json::json;

use super::context::Context;
use super::error::ServiceError;
use super::openings;
use super::session::Staff;
use crate::domain::id::Id;
use crate::domain::reason::{Opening, Reason};
use crate::domain::role::Role;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::audit::{self, Entry};
use crate::store::audit_search::{self, Filter};
use crate::store::{applications, assessors, looked, staff};

/// How many entries a page shows.
pub const PAGE: usize = 50;

/// Which entries.
#[derive(Clone, Debug, Default)]
pub struct AuditQuery {
    /// From this day on, UTC.
    pub from: Option<NaiveDate>,
    /// Until this day, inclusive, UTC.
    pub to: Option<NaiveDate>,
    /// Of this action.
    pub action: Option<String>,
    /// Done in this role.
    pub role: Option<Role>,
    /// About the application with this reference.
    pub reference: Option<String>,
    /// Done by this member of staff.
    pub staff: Option<Id>,
    /// After the page that gave this.
    pub after: Option<String>,
}

/// An entry, by identifiers.
#[derive(Clone)]
pub struct AuditRow {
    /// Its id.
    pub id: Id,
    /// When.
    pub at: DateTime<Utc>,
    /// `applicant`, `staff`, `assessor` or `system`.
    pub actor: String,
    /// The actor's id.
    pub actor_id: Option<Id>,
    /// What a member of staff or an assessor is called who did it; none for others, and when the account is gone.
    pub name: Option<Secret>,
    /// In which role.
    pub role: Option<Role>,
    /// What happened.
    pub action: String,
    /// Why.
    pub reason: Option<Reason>,
    /// To what.
    pub subject: Option<Id>,
    /// What a member of staff or an assessor is called whom it is about.
    pub about: Option<Secret>,
}

/// A page of the audit.
#[derive(Clone)]
pub struct AuditPage {
    /// The newest first.
    pub rows: Vec<AuditRow>,
    /// What the next page comes after; none when this is the last.
    pub next: Option<String>,
    /// The actions that there are.
    pub actions: Vec<String>,
    /// Members of staff to choose from.
    pub staff: Vec<(Id, Secret)>,
}

/// An entry with what its identifiers stand for.
#[derive(Clone)]
pub struct AuditEntry {
    /// The entry.
    pub row: AuditRow,
    /// The references of the applications that it is about or has shown, as far as they are kept.
    pub references: Vec<String>,
    /// The reason that was typed; none when none was, or what was opened is gone.
    pub typed: Option<Secret>,
    /// More identifiers and words, JSON.
    pub detail: String,
}

/// Searches the audit.
///
/// # Errors
/// [`ServiceError::Forbidden`]; [`ServiceError::NotFound`] when there is no such page.
pub fn search(ctx: &Context, who: &Staff, query: &AuditQuery) -> Result<AuditPage, ServiceError> {
    let grounds = openings::judge(who, Opening::Audit, None)?.ok_or(ServiceError::Forbidden)?;
    let application = match &query.reference {
        Some(reference) => Some(
            ctx.store.read(|connection| applications::id_of_reference(connection, reference))?,
        ),
        None => None,
    };
    let found = match &application {
        // A reference that belongs to nothing any more, or never did.
        Some(None) => Vec::new(),
        chosen => {
            let filter = filter_of(query, chosen.clone().flatten())?;
            let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
            ctx.store.read(|connection| audit_search::page(connection, &filter, limit))?
        }
    };
    let more = found.len() > PAGE;
    let mut rows: Vec<AuditRow> = found.into_iter().take(PAGE).map(row).collect();
    let last = rows.last().filter(|_| more);
    let next = last.map(|row| format!("{}-{}", row.at.timestamp_millis(), row.id));
    let (actions, staff) = choices(ctx)?;
    let assessors = name_all(ctx, &mut rows, &staff)?;
    let detail = json!({
        "from": query.from,
        "to": query.to,
        "action": query.action.as_ref().filter(|action| is_word(action)),
        "role": query.role.map(Role::word),
        "application": application.flatten(),
        "staff": query.staff,
        "entries": rows.len(),
        "assessors": assessors,
    });
    let entry = grounds.audit(ctx, who, "audit.searched", None, &detail)?;
    ctx.store.write(move |connection| audit::insert(connection, &entry))?;
    Ok(AuditPage { rows, next, actions, staff })
}

/// What a search can be narrowed to, without searching.
///
/// # Errors
/// [`ServiceError::Forbidden`].
pub fn without_rows(ctx: &Context, who: &Staff) -> Result<AuditPage, ServiceError> {
    openings::judge(who, Opening::Audit, None)?.ok_or(ServiceError::Forbidden)?;
    let (actions, staff) = choices(ctx)?;
    Ok(AuditPage { rows: Vec::new(), next: None, actions, staff })
}

/// People by name.
type Named = Vec<(Id, Secret)>;

/// The actions that there are, and everybody of staff.
fn choices(ctx: &Context) -> Result<(Vec<String>, Named), ServiceError> {
    let (actions, members) = ctx
        .store
        .read(|connection| Ok((audit_search::actions(connection)?, staff::all(connection)?)))?;
    let staff = members
        .into_iter()
        .map(|(member, key)| {
            let key = ctx.unwrap_key(&key, &member.dossier_id)?;
            let name =
                ctx.open(&key, Slot::StaffName, &member.id, &member.dossier_id, &member.name)?;
            Ok((member.id, name))
        })
        .collect::<Result<_, ServiceError>>()?;
    Ok((actions, staff))
}

/// Names members of staff and assessors in some entries. Answers the assessors whose names were opened for it.
fn name_all(
    ctx: &Context,
    rows: &mut [AuditRow],
    staff: &[(Id, Secret)],
) -> Result<Vec<Id>, ServiceError> {
    let of_staff = |id: &Id| staff.iter().find(|(own, _)| own == id).map(|(_, name)| name.clone());
    let mut ids: Vec<Id> = Vec::new();
    for row in &*rows {
        let actor = row.actor_id.iter().filter(|_| row.actor == "assessor");
        for id in actor.chain(&row.subject).filter(|id| of_staff(id).is_none()) {
            if !ids.contains(id) {
                ids.push(id.clone());
            }
        }
    }
    let found = ctx.store.read(|connection| assessors::named(connection, &ids))?;
    let mut names = Vec::with_capacity(found.len());
    for (row, key) in found {
        let key = ctx.unwrap_key(&key, &row.dossier_id)?;
        let name = ctx.open(&key, Slot::AssessorName, &row.id, &row.dossier_id, &row.name)?;
        names.push((row.id, name));
    }
    let name_of = |id: &Id| {
        let assessor = || names.iter().find(|(own, _)| own == id).map(|(_, name)| name.clone());
        of_staff(id).or_else(assessor)
    };
    for row in rows {
        row.name = row.actor_id.as_ref().and_then(name_of);
        row.about = row.subject.as_ref().and_then(name_of);
    }
    Ok(names.into_iter().map(|(id, _)| id).collect())
}

/// Opens an entry: who did it, by name, and what it was about.
///
/// # Errors
/// [`ServiceError::Forbidden`]; [`ServiceError::NotFound`].
pub fn read(ctx: &Context, who: &Staff, id: &Id) -> Result<AuditEntry, ServiceError> {
    let grounds = openings::judge(who, Opening::Audit, None)?.ok_or(ServiceError::Forbidden)?;
    let (found, mut shown, typed) = ctx.store.read(|connection| {
        Ok((
            audit_search::find(connection, id)?,
            looked::shown_by(connection, id)?,
            looked::reason_of(connection, id)?,
        ))
    })?;
    let found = found.ok_or(ServiceError::NotFound)?;
    if let Some(subject) = &found.subject
        && !shown.iter().any(|(application, _)| application == subject)
    {
        let about = ctx.store.read(|connection| applications::find(connection, subject))?;
        shown.extend(about.map(|application| (application.id, application.reference)));
    }
    let typed = match typed {
        Some(typed) => {
            let key = ctx.data_key(&typed.dossier_id)?;
            let (row, dossier) = (&typed.audit_id, &typed.dossier_id);
            Some(ctx.open(&key, Slot::AuditReason, row, dossier, &typed.reason)?)
        }
        None => None,
    };
    let detail = found.detail.clone();
    let mut rows = [row(found)];
    let shown_names = name_all(ctx, &mut rows, &choices(ctx)?.1)?;
    let [row] = rows;
    let how = json!({ "assessors": shown_names });
    let entry = grounds.audit(ctx, who, "audit.opened", Some(id), &how)?;
    ctx.store.write(move |connection| audit::insert(connection, &entry))?;
    let references = shown.into_iter().map(|(_, reference)| reference).collect();
    Ok(AuditEntry { row, references, typed, detail })
}

/// The name of a colleague; none when the account is gone.
pub(super) fn name_of(ctx: &Context, id: &Id) -> Result<Option<Secret>, ServiceError> {
    let Some(member) = ctx.store.read(|connection| staff::find(connection, id))? else {
        return Ok(None);
    };
    let key = ctx.data_key(&member.dossier_id)?;
    let name = ctx.open(&key, Slot::StaffName, &member.id, &member.dossier_id, &member.name)?;
    Ok(Some(name))
}

fn row(entry: Entry) -> AuditRow {
    AuditRow {
        id: entry.id,
        at: entry.at.and_utc(),
        actor: entry.actor,
        actor_id: entry.actor_id,
        role: entry.role.and_then(|word| word.parse().ok()),
        action: entry.action,
        reason: entry.reason.and_then(|word| word.parse().ok()),
        subject: entry.subject,
        name: None,
        about: None,
    }
}

/// Whether a text can be the word of an action: nothing else that was typed enters the audit.
fn is_word(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'.')
}

fn filter_of(query: &AuditQuery, application: Option<Id>) -> Result<Filter, ServiceError> {
    let after = query.after.as_ref().map(|text| {
        let place = || {
            let (at, id) = text.split_once('-')?;
            let at = DateTime::from_timestamp_millis(at.parse().ok()?)?.naive_utc();
            Some((at, id.parse().ok()?))
        };
        place().ok_or(ServiceError::NotFound)
    });
    Ok(Filter {
        from: query.from.map(|day| day.and_time(NaiveTime::MIN)),
        until: query
            .to
            .and_then(|day| day.checked_add_days(Days::new(1)))
            .map(|day| day.and_time(NaiveTime::MIN)),
        action: query.action.clone(),
        role: query.role.map(|role| role.word().to_owned()),
        actor: query.staff.clone(),
        application,
        after: after.transpose()?,
    })
}
