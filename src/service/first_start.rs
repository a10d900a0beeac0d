//! The first start of a site: its keys, its programmes, and a one-time link for the first administrator.

use super::accept_staff::INVITATION;
use super::add_programmes;
use super::context::{Actor, Context};
use super::error::ServiceError;
use super::links;
use crate::domain::class::Class;
use crate::domain::programme;
use crate::domain::retention::{KeptUntil, Rule};
use crate::domain::secret::Secret;
use crate::store::dossiers::{self, Kind};
use crate::store::keys::{self, CohortKey};
use crate::store::{StoreError, audit, sign_ins, site};
use crate::vault::Scope;

/// Brings database and keyring together, at the first start and at every later one.
///
/// # Errors
/// [`ServiceError::Internal`] when the keyring is another site's.
pub fn prepare(ctx: &Context) -> Result<(), ServiceError> {
    let found = ctx.store.read(site::find)?;
    let Some(found) = found else {
        if ctx.vault.scope_kind() != Scope::Full {
            return Err(ServiceError::Internal(
                "this database has no site yet, and only a process with the whole keyring makes one; run \
                 `almoner migrate` with it first"
                    .to_owned(),
            ));
        }
        register_keys(ctx)?;
        let programmes = programme::parse(programme::STARTING).map_err(ServiceError::internal)?;
        return match add_programmes::add_first(ctx, &programmes) {
            // Another process was first.
            Err(_) if ctx.store.read(site::find)?.is_some() => prepare(ctx),
            done => done,
        };
    };
    if found.deployment != ctx.vault.deployment() {
        return Err(ServiceError::Internal(format!(
            "this keyring belongs to site {} and the database to site {}; put the keyring of this \
             database back",
            ctx.vault.deployment(),
            found.deployment
        )));
    }
    let generation = i64::from(ctx.vault.generation());
    if generation < found.generation {
        return Err(ServiceError::Internal(format!(
            "this keyring has generation {generation}, and the site has worked with generation {}; \
             put the newest copy of the keyring back",
            found.generation
        )));
    }
    if ctx.vault.scope_kind() != Scope::Full {
        // Whoever wrote this part has told the database of its keys.
        return Ok(());
    }
    // Only now: a keyring that is refused must leave nothing behind.
    register_keys(ctx)?;
    Ok(ctx.store.write(move |connection| site::raise_generation(connection, generation))?)
}

/// Makes the keys of the keyring known to the database, so that data keys can be wrapped under them.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn register_keys(ctx: &Context) -> Result<usize, ServiceError> {
    let known = ctx.store.read(keys::known)?;
    let mut rows = Vec::new();
    for cohort in ctx.vault.cohorts() {
        for version in &cohort.versions {
            let name = version.name.to_string();
            if known.binary_search(&name).is_err() {
                rows.push(CohortKey {
                    name,
                    class: cohort.cohort.class.word(),
                    quarter: cohort.cohort.quarter.to_string(),
                    version: i64::from(version.name.version),
                });
            }
        }
    }
    if rows.is_empty() {
        return Ok(0);
    }
    let generation = i64::from(ctx.vault.generation());
    let first = ctx.store.read(site::find)?.is_none();
    // A process with an old keyring must not bring back a key that was destroyed meanwhile.
    Ok(ctx.store.write(move |connection| {
        if !first {
            site::compare_generation(connection, generation)?;
        }
        keys::register(connection, &rows)
    })?)
}

/// A one-time link for the first administrator, as long as there is none.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn first_admin_link(ctx: &Context) -> Result<Option<Secret>, ServiceError> {
    let found = ctx.store.read(site::find)?.ok_or(ServiceError::NotFound)?;
    if found.first_admin_at.is_some() {
        return Ok(None);
    }
    let kept = KeptUntil { last_day: ctx.today() + INVITATION, rule: Rule::Staff };
    let link = ctx.steadily(|generation| {
        let (dossier, _) = ctx.new_dossier(Kind::SignIn, Class::Staff, None, kept)?;
        let id = ctx.id()?;
        let row = links::blank(ctx, id.clone(), &dossier.id, ("staff", "first_admin"), INVITATION);
        let entry = ctx.audit_plain(&Actor::System, "staff.first_admin_link", &id)?;
        ctx.write_under(generation, move |connection| {
            dossiers::insert(connection, &dossier)?;
            sign_ins::insert(connection, &row)?;
            audit::insert(connection, &entry)
        })?;
        Ok(id)
    })?;
    Ok(Some(links::link_for(ctx, "/staff/welcome/", &link)?))
}

/// This process tells that it lives and which keys it has loaded; it takes up new keys that are on disk.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn beat(ctx: &Context) -> Result<(), ServiceError> {
    ctx.take_up_keys();
    let (process, generation) = (ctx.process.clone(), i64::from(ctx.vault.generation()));
    let (now, surfaces) = (ctx.stamp(), ctx.surfaces.to_string());
    ctx.store
        .write(move |connection| site::beat(connection, &process, &surfaces, generation, now))?;
    Ok(())
}

/// Takes up new keys that are on disk; one look at the file's times when there are none.
///
/// # Errors
/// [`ServiceError::Internal`] when an older keyring was put there, or it can't be read.
pub fn take_up_keys(ctx: &Context) -> Result<bool, ServiceError> {
    Ok(ctx.vault.reload()?)
}

/// This process says that it ends.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn leave(ctx: &Context) -> Result<(), ServiceError> {
    let process = ctx.process.clone();
    let left: Result<(), StoreError> =
        ctx.store.write(move |connection| site::leave(connection, &process));
    Ok(left?)
}
