//! Nobody assesses themself: a packet with the username that an assessor joined is given back at once.

use serde_json::json;

use crate::domain::assignment::State;
use crate::domain::lookup::fold;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::service::context::{Actor, Context};
use crate::service::error::ServiceError;
use crate::service::outsiders::Assessor;
use crate::store::assignments::{self, Assignment};
use crate::store::github_accounts::GitHubAccount;
use crate::store::{StoreError, audit};

/// The username of the account on GitHub that an assessor joined, if there is one.
pub(super) fn username(
    ctx: &Context,
    who: &Assessor,
    joined: Option<&GitHubAccount>,
) -> Result<Option<Secret>, ServiceError> {
    let Some(row) = joined else { return Ok(None) };
    let key = ctx.data_key(&who.session.dossier)?;
    ctx.open(&key, Slot::GithubUsername, &row.id, &row.dossier_id, &row.username).map(Some)
}

/// Whether it is among those of a packet. GitHub does not tell capital letters apart.
pub(super) fn is_among(own: Option<&Secret>, usernames: &[Secret]) -> bool {
    let Some(own) = own.filter(|own| !own.is_blank()) else { return false };
    let own = fold(own.expose());
    usernames.iter().any(|username| fold(username.expose()) == own)
}

/// Gives back what is about the assessor's own work.
pub(super) fn step_aside(
    ctx: &Context,
    who: &Assessor,
    own_work: &[Assignment],
) -> Result<(), ServiceError> {
    let actor = Actor::Assessor(who.id.clone());
    for assignment in own_work {
        let detail = json!({ "packet": assignment.packet_id.as_str(), "why": "oneself" });
        let entry = ctx.audit(&actor, "assignment.conflict", Some(&assignment.id), &detail)?;
        let before = assignment.clone();
        let moved = ctx.store.write(move |connection| {
            assignments::move_to(connection, &before, State::Conflict)?;
            audit::insert(connection, &entry)
        });
        match moved {
            // Somebody was quicker, and it is theirs no more or as good as: the next look decides.
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
