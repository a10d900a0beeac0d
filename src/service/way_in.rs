//! Ways in of people from outside are joined to their account and taken away again.

use super::context::{Context, StoreOrService};
use super::error::{ServiceError, Trouble};
use super::github_accounts;
use super::outsiders::Outsider;
use crate::domain::notice::{Notice, WayKind};
use crate::domain::secret::Secret;
use crate::provider::github::GitHubUser;
use crate::store::{StoreError, audit, github_accounts as rows, outbox, sessions};

/// Whether GitHub lets people in here.
#[must_use]
pub fn offers_github(ctx: &Context) -> bool {
    ctx.providers.github.is_some()
}

/// The username of the account on GitHub that is joined to one's own, if there is one.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn github_of(ctx: &Context, who: &Outsider) -> Result<Option<Secret>, ServiceError> {
    let joined = github_accounts::of_dossier(ctx, &who.session.dossier)?;
    Ok(joined.map(|joined| joined.user.username))
}

/// Joins an account on GitHub to one's own: both were proved.
pub(crate) fn join_github(
    ctx: &Context,
    who: &Outsider,
    user: &GitHubUser,
) -> Result<(), ServiceError> {
    let dossier = &who.session.dossier;
    ctx.steadily(|generation| {
        if let Some(other) = github_accounts::find(ctx, who.is_assessor(), &user.id)? {
            let own = other.row.dossier_id == *dossier;
            return if own { Ok(()) } else { Err(ServiceError::from(Trouble::Taken).into()) };
        }
        if github_accounts::of_dossier(ctx, dossier)?.is_some() {
            return Err(ServiceError::from(Trouble::Second).into());
        }
        let key = ctx.data_key(dossier)?;
        let kept_in = github_accounts::quarter_of(ctx, dossier)?;
        let at = (dossier, &key);
        let joining = github_accounts::prepare(ctx, at, who.owner(), user, kept_in)?;
        let entry = ctx.audit_plain(&who.actor(), "way_in.added", &who.id)?;
        let mail = ctx.mail(
            &Notice::WayInAdded(WayKind::GitHub).template(who.audience),
            &who.id,
            dossier,
        )?;
        ctx.write_under(generation, move |connection| {
            joining.apply(connection)?;
            outbox::insert(connection, &mail)?;
            audit::insert(connection, &entry)
        })?;
        Ok(())
    })
}

/// Takes the account on GitHub away from one's own. One that is gone already is no error.
///
/// # Errors
/// [`ServiceError::ProofNeeded`]; [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn part_github(ctx: &Context, who: &Outsider) -> Result<(), ServiceError> {
    who.session.must_be_fresh(ctx)?;
    let dossier = &who.session.dossier;
    ctx.steadily(|generation| {
        let Some(joined) = github_accounts::of_dossier(ctx, dossier)? else { return Ok(()) };
        let entry = ctx.audit_plain(&who.actor(), "way_in.removed", &who.id)?;
        let mail = ctx.mail(
            &Notice::WayInRemoved(WayKind::GitHub).template(who.audience),
            &who.id,
            dossier,
        )?;
        let row = joined.row.id;
        let (dossier, current) = (dossier.clone(), who.session.id.clone());
        let done = ctx.write_under(generation, move |connection| {
            rows::delete(connection, &row)?;
            // Whoever came in by it is out.
            sessions::end_all(connection, &dossier, Some(&current))?;
            outbox::insert(connection, &mail)?;
            audit::insert(connection, &entry)
        });
        match done {
            // Somebody else did it at this moment.
            Err(StoreError::Conflict) => Ok(()),
            other => other.map_err(StoreOrService::from),
        }
    })
}
