//! New versions of cohort keys while the site works, and the end of old ones.
//!
//! Each step may be cut short and taken again: a rotation that finds old data keys goes on with them.

use std::time::Duration;

use serde_json::json;

use super::context::{Actor, Context};
use super::error::ServiceError;
use super::first_start;
use super::ledger::{Ledger, LedgerLine};
use crate::domain::class::Class;
use crate::domain::id::Id;
use crate::domain::quarter::Quarter;
use crate::store::{StoreError, audit, dossiers, keys, site};
use crate::vault::{
    Cohort, KeyState, Scope, VaultError, VersionInfo, cohort_may_go, version_may_go,
};

/// How many data keys are wrapped anew in one transaction.
const BATCH: i64 = 200;
/// After how long without a sign a process counts as dead, in seconds. Each gives one every two seconds.
const DEAD_AFTER: i64 = 15;
/// How often other processes are looked at, and how many times.
const LOOK: (Duration, u32) = (Duration::from_millis(200), 300);

/// What the certificate of a destruction is called, in the ledger and in the audit.
const DESTROYED: &str = "keys.destroyed";

/// How far a rotation is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// How many data keys have been wrapped anew.
    pub done: u64,
    /// How many there are in all.
    pub of: u64,
}

/// What a rotation did.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Rotated {
    /// The key under which everything is wrapped now.
    pub new: String,
    /// The keys that nothing refers to any more.
    pub old: Vec<String>,
    /// How many data keys were wrapped anew.
    pub moved: u64,
}

/// Extends the calendar of the keyring by what the next eight years lack.
///
/// # Errors
/// [`ServiceError::Internal`] on a part of a keyring.
pub fn extend(ctx: &Context) -> Result<usize, ServiceError> {
    let added = ctx.vault.extend(ctx.today())?;
    first_start::register_keys(ctx)?;
    raise(ctx)?;
    Ok(added)
}

/// Extends the calendar when the site starts, where this process may: a keyring from before there were key pairs
/// gets them. Where the keyring can't be written to, the site starts all the same, and says so.
pub fn extend_at_start(ctx: &Context) {
    if !may_extend(ctx) {
        return;
    }
    match extend(ctx) {
        Ok(0) => {}
        Ok(added) => tracing::info!(added, "the keyring was extended"),
        Err(error) => tracing::warn!(%error, "the keyring can't be extended"),
    }
}

/// Whether this process holds the full keyring, which alone can be extended.
#[must_use]
pub fn may_extend(ctx: &Context) -> bool {
    ctx.vault.scope_kind() == Scope::Full
}

fn raise(ctx: &Context) -> Result<(), ServiceError> {
    let generation = i64::from(ctx.vault.generation());
    Ok(ctx.store.write(move |connection| site::raise_generation(connection, generation))?)
}

/// Gives a cohort a new key and wraps all of its data keys under it, or goes on with a rotation that was cut
/// short.
///
/// # Errors
/// [`ServiceError::Internal`], also when another process does not take up the new key.
pub fn rotate(
    ctx: &Context,
    class: Class,
    quarter: Quarter,
    mut progress: impl FnMut(Progress),
) -> Result<Rotated, ServiceError> {
    let cohort = Cohort { class, quarter };
    if unfinished(ctx, cohort)?.is_empty() {
        let name = ctx.vault.add_version(class, quarter, ctx.today())?;
        first_start::register_keys(ctx)?;
        raise(ctx)?;
        // A new key is used once every process has it: else one could read what another wrote.
        wait_for_all(ctx)?;
        ctx.vault.activate_version(&name)?;
    }
    // From here on nobody writes under the old key: also when an earlier try got no further than this.
    raise(ctx)?;
    let new = ctx.vault.current_key(class, quarter)?;
    audit_once(ctx, "keys.rotated", &json!({ "key": new }))?;
    let old = unfinished(ctx, cohort)?;
    let mut moved = 0;
    let of = old.iter().try_fold(0, |sum, name| {
        ctx.store.read(|connection| keys::count_under(connection, name)).map(|n| sum + n)
    })?;
    let of = u64::try_from(of).unwrap_or_default();
    for name in &old {
        loop {
            let batch = rewrap_batch(ctx, name, quarter)?;
            if batch == 0 {
                break;
            }
            moved += batch;
            progress(Progress { done: moved, of: of.max(moved) });
        }
        ctx.vault.mark_unreferenced(name, ctx.today())?;
    }
    raise(ctx)?;
    Ok(Rotated { new, old, moved })
}

/// Audits a step that may be taken twice, unless it was the first time.
fn audit_once(
    ctx: &Context,
    action: &'static str,
    detail: &serde_json::Value,
) -> Result<(), ServiceError> {
    let entry = ctx.audit(&Actor::System, action, None, detail)?;
    Ok(ctx.store.write(move |connection| {
        let before = audit::of_action(connection, action)?;
        if before.iter().any(|own| own.detail == entry.detail) {
            return Ok(());
        }
        audit::insert(connection, &entry)
    })?)
}

/// The replaced keys of a cohort that a rotation which was cut short has left: data keys still refer to them, or
/// nobody has looked whether any does.
fn unfinished(ctx: &Context, cohort: Cohort) -> Result<Vec<String>, ServiceError> {
    let mut found = Vec::new();
    for version in retired(ctx, cohort) {
        let name = version.name.to_string();
        let count = ctx.store.read(|connection| keys::count_under(connection, &name))?;
        if count > 0 || version.unreferenced_since.is_none() {
            found.push(name);
        }
    }
    Ok(found)
}

fn retired(ctx: &Context, cohort: Cohort) -> Vec<VersionInfo> {
    ctx.vault
        .cohorts()
        .into_iter()
        .filter(|info| info.cohort == cohort)
        .flat_map(|info| info.versions)
        .filter(|version| version.state == KeyState::Retiring)
        .collect()
}

/// Wraps some data keys anew. Answers how many there were; 0 when none is left.
fn rewrap_batch(ctx: &Context, name: &str, quarter: Quarter) -> Result<u64, ServiceError> {
    ctx.steadily(|generation| {
        let batch = ctx.store.read(|connection| keys::under(connection, name, None, BATCH))?;
        let mut swaps = Vec::with_capacity(batch.len());
        for (dossier, old) in batch {
            let new = ctx.vault.rewrap(&old, &dossier, quarter)?;
            swaps.push((dossier, old, new));
        }
        let count = swaps.len() as u64;
        if count > 0 {
            ctx.write_under(generation, move |connection| {
                for (dossier, old, new) in &swaps {
                    // One that was erased or moved meanwhile needs nothing.
                    dossiers::swap_key(connection, dossier, old, new)?;
                }
                Ok(())
            })?;
        }
        Ok(count)
    })
}

/// Waits until every living process has loaded the keyring that is on disk.
fn wait_for_all(ctx: &Context) -> Result<(), ServiceError> {
    let generation = i64::from(ctx.vault.generation());
    let (pause, times) = LOOK;
    for _ in 0..times {
        let since = ctx.stamp() - chrono::Duration::seconds(DEAD_AFTER);
        let lowest =
            ctx.store.write(move |connection| site::lowest_generation(connection, since))?;
        if lowest.is_none_or(|lowest| lowest >= generation) {
            return Ok(());
        }
        std::thread::sleep(pause);
    }
    Err(ServiceError::Internal(format!(
        "a process of this site does not take up generation {generation} of the keyring; stop it, or write its part \
         of the keyring again with `almoner keys scope`, and then do this again: it goes on where it stopped"
    )))
}

/// The old wrapping of one dossier's key, kept to show that a destroyed key opens nothing any more.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub struct Canary {
    /// A dossier that never was.
    pub dossier: Id,
    /// The key that wraps it.
    pub cohort_key: String,
    /// Its wrapped data key, hexadecimal.
    pub wrapped: String,
}

/// What was destroyed.
pub struct Destruction {
    /// The line in the ledger.
    pub certificate: LedgerLine,
    /// What must not open any more.
    pub canaries: Vec<Canary>,
}

/// Destroys the keys of a whole cohort whose quarter has ended, or one replaced version, or goes on with a destruction
/// that was cut short.
///
/// The ledger has two lines of it: what is about to be destroyed, and the certificate that it was.
///
/// # Errors
/// [`ServiceError::Internal`] with a sentence that says why it may not be destroyed: a dossier refers to it,
/// its quarter has not ended, the thirty days of key backups are not over, or it was destroyed before.
pub fn destroy(
    ctx: &Context,
    ledger: &Ledger,
    cohort: Cohort,
    version: Option<u32>,
) -> Result<Destruction, ServiceError> {
    let today = ctx.today();
    let gone = uncertified(ctx, ledger, cohort, version)?;
    let living = may_go(ctx, cohort, version)?;
    if living.is_empty() && gone.is_empty() {
        return Err(absent(ctx, cohort, version));
    }
    let mut canaries = Vec::new();
    if version.is_none() && !living.is_empty() {
        canaries.push(canary(ctx, cohort)?);
    }
    if !living.is_empty() {
        forget(ctx, &living)?;
        ledger.append(ctx, "keys.destroying", &json!({ "keys": living }))?;
        ctx.vault.destroy(&living, today)?;
    }
    let names = [gone, living].concat();
    raise(ctx)?;
    // Once more: whoever started in between may have told the database of keys that it still found on disk.
    // With the new generation nobody can do so again.
    forget(ctx, &names)?;
    wait_for_all(ctx)?;
    let detail = json!({ "keys": names, "on": today, "generation": ctx.vault.generation() });
    audit_once(ctx, DESTROYED, &detail)?;
    // The certificate comes last: what has one is done.
    let certificate = ledger.append(ctx, DESTROYED, &detail)?;
    Ok(Destruction { certificate, canaries })
}

/// Whether a cohort or a version may be destroyed today; what refers to it is looked at when it is.
///
/// # Errors
/// [`ServiceError::Internal`] with a sentence that says why not.
pub fn may_destroy(
    ctx: &Context,
    cohort: Cohort,
    version: Option<u32>,
) -> Result<(), ServiceError> {
    may_go(ctx, cohort, version).map(|_| ())
}

/// The names of the keys that may be destroyed.
fn may_go(
    ctx: &Context,
    cohort: Cohort,
    version: Option<u32>,
) -> Result<Vec<String>, ServiceError> {
    let today = ctx.today();
    let info = ctx.vault.cohorts().into_iter().find(|info| info.cohort == cohort);
    let mut names = Vec::new();
    for own in info.map(|info| info.versions).unwrap_or_default() {
        match version {
            None if cohort_may_go(cohort.quarter, today) => names.push(own.name.to_string()),
            None => {
                return Err(ServiceError::Internal(format!(
                    "{cohort} has not ended: its last day is {}",
                    cohort.quarter.last_day()
                )));
            }
            Some(number) if number != own.name.version => {}
            Some(_) if version_may_go(own.unreferenced_since, today) => {
                names.push(own.name.to_string());
            }
            Some(_) => {
                return Err(ServiceError::Internal(format!(
                    "{} may be destroyed 30 days after nothing refers to it any more; {}",
                    own.name,
                    own.unreferenced_since.map_or_else(
                        || "something does, or it is in use".to_owned(),
                        |day| format!("nothing has since {day}")
                    )
                )));
            }
        }
    }
    Ok(names)
}

/// The keys that were destroyed without a certificate: whoever destroyed them died over it.
fn uncertified(
    ctx: &Context,
    ledger: &Ledger,
    cohort: Cohort,
    version: Option<u32>,
) -> Result<Vec<String>, ServiceError> {
    let lines = ledger.lines(ctx)?;
    let certified = |name: &str| {
        let mut lines = lines.iter().filter(|line| line.what == DESTROYED);
        lines.any(|line| {
            let keys = line.detail.get("keys").and_then(serde_json::Value::as_array);
            keys.is_some_and(|keys| keys.iter().any(|key| key.as_str() == Some(name)))
        })
    };
    let names = tombstones(ctx, cohort, version).into_iter();
    Ok(names.map(|(name, _)| name).filter(|name| !certified(name)).collect())
}

fn tombstones(
    ctx: &Context,
    cohort: Cohort,
    version: Option<u32>,
) -> Vec<(String, chrono::NaiveDate)> {
    ctx.vault
        .tombstones()
        .into_iter()
        .filter(|own| own.name.cohort == cohort)
        .filter(|own| version.is_none_or(|number| number == own.name.version))
        .map(|own| (own.name.to_string(), own.on))
        .collect()
}

/// Why there is nothing to destroy.
fn absent(ctx: &Context, cohort: Cohort, version: Option<u32>) -> ServiceError {
    match tombstones(ctx, cohort, version).pop() {
        Some((name, on)) => VaultError::KeyDestroyed { name, on }.into(),
        None => {
            let name = version.map_or_else(|| cohort.to_string(), |v| format!("{cohort}/{v}"));
            VaultError::KeyUnavailable { name }.into()
        }
    }
}

/// From here on nothing can be wrapped under these keys; refused while something is.
fn forget(ctx: &Context, names: &[String]) -> Result<(), ServiceError> {
    let rows = names.to_vec();
    let forgotten = ctx.store.write(move |connection| {
        for name in &rows {
            keys::forget(connection, name)?;
        }
        Ok(())
    });
    match forgotten {
        Err(StoreError::InUse) => {
            let name = names.join(", ");
            Err(VaultError::CohortInUse { name }.into())
        }
        other => Ok(other?),
    }
}

fn canary(ctx: &Context, cohort: Cohort) -> Result<Canary, ServiceError> {
    let dossier = ctx.id()?;
    let (_, wrapped) = ctx.vault.new_data_key(cohort.class, cohort.quarter, &dossier)?;
    Ok(Canary {
        dossier,
        cohort_key: wrapped.cohort_key,
        wrapped: data_encoding::HEXLOWER.encode(wrapped.bytes.as_bytes()),
    })
}
