//! What is under way between a question and its answer: kept sealed in the database, so that whichever process gets
//! the answer knows the question. Each is of use once, for ten minutes, in the browser where it began.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::context::Context;
use super::error::ServiceError;
use super::links;
use crate::domain::class::Class;
use crate::domain::retention::DossierFacts;
use crate::domain::role::Audience;
use crate::domain::slot::Slot;
use crate::store::challenges::{self, Challenge};
use crate::store::dossiers::{self, Kind};
use crate::store::{AnyConnection, StoreError};

/// How many answers may be wrong.
const ATTEMPTS: i64 = 5;

/// Who answers what: the audience, the purpose, and the fingerprint of the browser.
#[derive(Clone, Copy)]
pub(crate) struct Asking<'a> {
    pub audience: Audience,
    pub purpose: &'static str,
    pub browser: &'a str,
}

const fn word_of(audience: Audience) -> (&'static str, Class) {
    match audience {
        Audience::Assessor => ("assessor", Class::Assessor),
        _ => ("staff", Class::Staff),
    }
}

/// Begins one.
pub(crate) fn begin(
    ctx: &Context,
    asking: Asking<'_>,
    state: &impl Serialize,
) -> Result<(), ServiceError> {
    let (audience, class) = word_of(asking.audience);
    let kept = DossierFacts::SignIn { created: ctx.today() }.kept_until(&ctx.periods);
    ctx.steadily(|generation| {
        let (dossier, key) = ctx.new_dossier(Kind::SignIn, class, None, kept)?;
        let id = ctx.id()?;
        let now = ctx.stamp();
        let row = Challenge {
            state: ctx.seal_json(&key, Slot::ChallengeState, &id, &dossier.id, state)?,
            id,
            dossier_id: dossier.id.clone(),
            audience: audience.to_owned(),
            purpose: asking.purpose.to_owned(),
            browser: asking.browser.to_owned(),
            attempts: 0,
            created_at: now,
            expires_at: now + links::MAILED_LINK,
        };
        ctx.write_under(generation, move |connection| {
            dossiers::insert(connection, &dossier)?;
            challenges::insert(connection, &row)
        })?;
        Ok(())
    })
}

/// The newest that is still of use, with what was to be remembered.
///
/// # Errors
/// [`ServiceError::LinkSpent`] when there is none.
pub(crate) fn open<T: DeserializeOwned>(
    ctx: &Context,
    asking: Asking<'_>,
) -> Result<(Challenge, T), ServiceError> {
    let found = ctx
        .store
        .read(|connection| challenges::find(connection, asking.browser, asking.purpose))?;
    let (audience, _) = word_of(asking.audience);
    let found = found
        .filter(|found| found.audience == audience && found.expires_at > ctx.stamp())
        .ok_or(ServiceError::LinkSpent)?;
    // Whoever answered at the same moment erased it, key and all.
    let key = ctx.data_key(&found.dossier_id).map_err(links::gone_is_spent)?;
    let place = Slot::ChallengeState;
    let state = ctx.open(&key, place, &found.id, &found.dossier_id, &found.state)?;
    let state = serde_json::from_str(state.expose()).map_err(|_| {
        // The parser's own words could quote what is kept.
        ServiceError::internal(format!("the state of challenge {} can't be read", found.id))
    })?;
    Ok((found, state))
}

/// Counts an answer before it is looked at, so that many at once are all counted.
///
/// # Errors
/// [`ServiceError::LinkSpent`] when there were too many.
pub(crate) fn count_attempt(ctx: &Context, challenge: &Challenge) -> Result<(), ServiceError> {
    let id = challenge.id.clone();
    let attempts = ctx.store.write(move |connection| challenges::count_attempt(connection, &id));
    let attempts = attempts.map_err(ServiceError::from).map_err(links::gone_is_spent)?;
    if attempts > ATTEMPTS { Err(ServiceError::LinkSpent) } else { Ok(()) }
}

/// Uses one up. Answers whether nobody did so before.
pub(crate) fn close(
    connection: &mut AnyConnection,
    challenge: &Challenge,
) -> Result<bool, StoreError> {
    dossiers::erase(connection, &challenge.dossier_id)
}

/// Forgets one that was answered wrongly and must not be answered again.
pub(crate) fn drop_it(ctx: &Context, challenge: &Challenge) -> Result<(), ServiceError> {
    let challenge = challenge.clone();
    Ok(ctx.store.write(move |connection| close(connection, &challenge).map(|_| ()))?)
}
