//! Conflicts of interest that staff know of.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::candidates::{self, Candidate};
use super::table::note_ids;
use super::{Assessed, acting};
use crate::domain::assignment::{ConflictKind, State};
use crate::domain::form::FieldError;
use crate::domain::id::{Id, reference_written};
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::service::context::{Context, StoreOrService};
use crate::service::error::ServiceError;
use crate::service::read_audit::name_of;
use crate::service::session::Staff;
use crate::store::assignments::{self, Assignment};
use crate::store::audit_search::{self, Filter};
use crate::store::conflicts::{self, Conflict};
use crate::store::{AnyConnection, StoreError, applications, assigning, audit};

/// The most characters of a note.
pub const LONGEST_NOTE: usize = 500;
/// The action of the audit by which a conflict is entered.
const ENTERED: &str = "conflict.entered";

/// A conflict as officers see it.
#[derive(Clone)]
pub struct Row {
    /// Its id.
    pub id: Id,
    /// The application.
    pub application: Id,
    /// The application's reference.
    pub reference: String,
    /// The assessor's name.
    pub assessor: Secret,
    /// What kind it is.
    pub kind: ConflictKind,
    /// What was noted beside it.
    pub note: Secret,
    /// Who entered it; blank where they are gone.
    pub by: Secret,
    /// When.
    pub at: DateTime<Utc>,
}

/// The conflicts of a round.
#[derive(Clone)]
pub struct ConflictsView {
    /// The round's name in addresses.
    pub slug: String,
    /// Programme and round.
    pub title: String,
    /// Those that were entered, the newest first.
    pub rows: Vec<Row>,
    /// Every assessor, to choose from.
    pub people: Vec<(Id, Secret)>,
}

/// What is typed to enter one.
#[derive(Clone, Default)]
pub struct Typed {
    /// The assessor.
    pub assessor: String,
    /// The application's reference.
    pub reference: String,
    /// The word of the kind.
    pub kind: String,
    /// What is noted beside it.
    pub note: Secret,
}

/// The conflicts that were entered with applications of a round.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but officers; [`ServiceError::NotFound`].
pub fn list(ctx: &Context, who: &Staff, slug: &str) -> Result<ConflictsView, ServiceError> {
    let assessed = Assessed::find(ctx, who, slug)?;
    let round = &assessed.round.id;
    let found = ctx.store.read(|connection| conflicts::entered_in(connection, round))?;
    let named: Vec<Id> = found.iter().map(|(own, ..)| own.assessor_id.clone()).collect();
    let people = candidates::current_and(ctx, &named)?;
    let mut rows = Vec::new();
    for (conflict, reference, key) in found {
        let dossier = &conflict.dossier_id;
        let key = ctx.unwrap_key(&key, dossier)?;
        let who = people.iter().find(|own| own.id == conflict.assessor_id);
        rows.push(Row {
            note: ctx.open(&key, Slot::ConflictNote, &conflict.id, dossier, &conflict.note)?,
            by: name_of(ctx, &conflict.staff_id)?.unwrap_or_default(),
            assessor: who.map(Candidate::shown).unwrap_or_default(),
            kind: conflict.kind.parse().unwrap_or(ConflictKind::Other),
            at: conflict.noted_at.and_utc(),
            id: conflict.id,
            application: conflict.application_id,
            reference,
        });
    }
    let ids: Vec<&Id> = rows.iter().map(|row| &row.application).collect();
    if !ids.is_empty() {
        note_ids(ctx, who, &ids)?;
    }
    let mut people: Vec<(Id, Secret)> =
        people.into_iter().map(|own| (own.id.clone(), own.shown())).collect();
    people.sort_by_cached_key(|(_, name)| name.expose().to_lowercase());
    Ok(ConflictsView { slug: slug.to_owned(), title: assessed.round.title(), rows, people })
}

/// What was typed, as it can be used.
struct Checked {
    assessor: Id,
    application: applications::Application,
    kind: ConflictKind,
    note: Secret,
}

fn check(ctx: &Context, assessed: &Assessed, typed: &Typed) -> Result<Checked, ServiceError> {
    let mut wrong = Vec::new();
    let mut refuse = |field: &str, message: String| {
        wrong.push(FieldError { field: field.to_owned(), message });
    };
    let assessor: Option<Id> = typed.assessor.parse().ok();
    let assessor = match assessor {
        Some(id) => candidates::current_and(ctx, &[])?
            .into_iter()
            .find(|own| own.id == id)
            .map(|own| own.id),
        None => None,
    };
    if assessor.is_none() {
        refuse("assessor", "Choose an assessor".to_owned());
    }
    let reference = reference_written(&typed.reference);
    let application = ctx.store.read(|connection| {
        let Some(reference) = &reference else { return Ok(None) };
        let Some(id) = applications::id_of_reference(connection, reference)? else {
            return Ok(None);
        };
        applications::find(connection, &id)
    })?;
    let application = application.filter(|own| own.round_id == assessed.round.id);
    if application.is_none() {
        refuse("reference", "Enter the reference of an application of this round".to_owned());
    }
    let kind: Option<ConflictKind> = typed.kind.parse().ok();
    if kind.is_none() {
        refuse("kind", "Choose what kind of conflict it is".to_owned());
    }
    let note = Secret::new(typed.note.expose().trim());
    if note.expose().chars().count() > LONGEST_NOTE {
        refuse("note", format!("The note must be {LONGEST_NOTE} characters or fewer"));
    } else if kind == Some(ConflictKind::Other) && note.is_blank() {
        refuse("note", "Write down what kind of conflict it is".to_owned());
    }
    match (assessor, application, kind) {
        (Some(assessor), Some(application), Some(kind)) if wrong.is_empty() => {
            Ok(Checked { assessor, application, kind, note })
        }
        _ => Err(ServiceError::Invalid(wrong)),
    }
}

/// What the audit says of a conflict that was entered: when it is removed, it is known what it ended.
#[derive(Deserialize)]
struct Entered {
    ended: Vec<Id>,
}

/// Enters a conflict. What the assessor has of the same applicant ends at once.
///
/// # Errors
/// As [`list`]; [`ServiceError::Invalid`].
pub fn enter(ctx: &Context, who: &Staff, slug: &str, typed: &Typed) -> Result<(), ServiceError> {
    let assessed = Assessed::find(ctx, who, slug)?;
    let Checked { assessor, application, kind, note } = check(ctx, &assessed, typed)?;
    let (id, round) = (ctx.id()?, assessed.round.id.clone());
    ctx.steadily(|generation| {
        let of = &application.id;
        let there = ctx.store.read(|connection| conflicts::of_application(connection, of))?;
        if there.iter().any(|own| own.assessor_id == assessor) {
            let message = "A conflict between these two is entered already";
            return Err(ServiceError::field("assessor", message).into());
        }
        let dossier = &application.dossier_id;
        let key = ctx.data_key(dossier)?;
        let new = Conflict {
            dossier_id: dossier.clone(),
            application_id: application.id.clone(),
            assessor_id: assessor.clone(),
            kind: kind.word().to_owned(),
            note: ctx.seal(&key, Slot::ConflictNote, &id, dossier, &note)?,
            staff_id: who.id.clone(),
            noted_at: ctx.stamp(),
            id: id.clone(),
        };
        let entry = ctx.audit(&acting(who), ENTERED, Some(&id), &json!({}))?;
        let round = round.clone();
        ctx.write_under(generation, move |connection| {
            conflicts::insert(connection, &new)?;
            let ended = ends(connection, &new, &round)?;
            for own in &ended {
                assignments::move_to(connection, own, State::Conflict)?;
            }
            let ended: Vec<&Id> = ended.iter().map(|own| &own.id).collect();
            let detail = json!({
                "application": new.application_id, "assessor": new.assessor_id, "kind": new.kind, "ended": ended
            });
            audit::insert(connection, &audit::Entry { detail: detail.to_string(), ..entry.clone() })
        })
        .map_err(StoreOrService::from)
    })
}

/// What an assessor has of an applicant: everything in this round, and elsewhere what was not handed in.
fn ends(
    connection: &mut AnyConnection,
    conflict: &Conflict,
    round: &Id,
) -> Result<Vec<Assignment>, StoreError> {
    let same = assigning::of_same_account(connection, &conflict.application_id)?;
    let mut live = assigning::live_of_applications(connection, &same)?;
    live.retain(|own| {
        own.assessor_id.as_ref() == Some(&conflict.assessor_id)
            && (own.round_id == *round || own.state() != State::Submitted)
    });
    Ok(live)
}

/// Removes a conflict that was entered by mistake. What it ended stays with nobody, and can be given again. One that is
/// not there, or is of another round, is removed already.
///
/// # Errors
/// As [`list`].
pub fn remove(ctx: &Context, who: &Staff, slug: &str, id: &Id) -> Result<(), ServiceError> {
    let assessed = Assessed::find(ctx, who, slug)?;
    let (found, entered) = ctx.store.read(|connection| {
        let found = conflicts::find(connection, id)?;
        let of = Filter {
            application: Some(id.clone()),
            action: Some(ENTERED.to_owned()),
            ..Filter::default()
        };
        let application = match &found {
            Some(own) => applications::find(connection, &own.application_id)?,
            None => None,
        };
        let found = found.filter(|_| {
            application.is_some_and(|application| application.round_id == assessed.round.id)
        });
        Ok((found, audit_search::page(connection, &of, 1)?))
    })?;
    let Some(found) = found else { return Ok(()) };
    let ended = entered
        .first()
        .and_then(|entry| serde_json::from_str::<Entered>(&entry.detail).ok())
        .map(|entered| entered.ended)
        .unwrap_or_default();
    let detail = json!({ "application": found.application_id, "assessor": found.assessor_id });
    let entry = ctx.audit(&acting(who), "conflict.removed", Some(id), &detail)?;
    Ok(ctx.store.write(move |connection| {
        if !conflicts::remove(connection, &found.application_id, &found.id)? {
            return Ok(());
        }
        for id in &ended {
            // One that the assessor declared afterwards is not among these: it was in conflict already.
            match assignments::find(connection, id)? {
                Some(own) if own.state() == State::Conflict => {
                    assignments::move_to(connection, &own, State::Ended)?;
                }
                _ => {}
            }
        }
        audit::insert(connection, &entry)
    })?)
}
