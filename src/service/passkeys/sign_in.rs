//! Signing in with a passkey. Nobody is named: the passkey itself says whose it is.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, PublicKeyCredential, RequestChallengeResponse,
};

use super::{Found, Question, Used, engine, open, question, used, word, wrong};
use crate::domain::id::Id;
use crate::domain::proof::Proof;
use crate::domain::role::Audience;
use crate::domain::secret::Secret;
use crate::service::challenges::{self, Asking};
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::service::limits::failures::{self, Try};
use crate::service::session::{Entry, NewSession};
use crate::service::sign_in::Asked;
use crate::service::{accept_staff, enter, links};
use crate::store::{AnyConnection, staff, ways};

const SIGN_IN: &str = "passkey_sign_in";

#[derive(Serialize, Deserialize)]
struct Entering {
    options: RequestChallengeResponse,
    state: DiscoverableAuthentication,
}

/// Somebody begins to sign in with a passkey. Nobody is named.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Full`], [`ServiceError::Internal`].
pub fn ask(ctx: &Context, audience: Audience) -> Result<Asked, ServiceError> {
    let (mut options, state) = engine(ctx)?
        .start_discoverable_authentication()
        .map_err(|error| ServiceError::internal(format!("{error:?}")))?;
    // The browser asks at once, and not only when a field is filled in.
    options.mediation = None;
    let asked = Asked { browser: ctx.id()?.to_string() };
    let browser = links::browser_digest(ctx, &asked.browser)?;
    let asking = Asking { audience, purpose: SIGN_IN, browser: &browser };
    challenges::begin(ctx, asking, &Entering { options, state })?;
    Ok(asked)
}

/// What the browser is asked for while somebody signs in.
///
/// # Errors
/// [`ServiceError::LinkSpent`] when nothing was begun here, or too long ago.
pub fn asked(
    ctx: &Context,
    audience: Audience,
    browser: Option<&str>,
) -> Result<Question, ServiceError> {
    let browser = links::browser_digest(ctx, browser.ok_or(ServiceError::LinkSpent)?)?;
    question(ctx, Asking { audience, purpose: SIGN_IN, browser: &browser })
}

/// Looks at the answer of a passkey of somebody who signs in.
///
/// # Errors
/// [`ServiceError::LinkSpent`]; [`ServiceError::Invalid`], the same for a passkey that nobody has and one that answered
/// wrongly.
fn answered(
    ctx: &Context,
    audience: Audience,
    browser: Option<&str>,
    answer: &Secret,
) -> Result<Used, ServiceError> {
    let browser = links::browser_digest(ctx, browser.ok_or(ServiceError::LinkSpent)?)?;
    let asking = Asking { audience, purpose: SIGN_IN, browser: &browser };
    let (challenge, entering) = challenges::open::<Entering>(ctx, asking)?;
    let found = identify(ctx, audience, answer)?.and_then(|found| {
        let key = DiscoverableKey::from(&found.passkey);
        let done = engine(ctx).ok()?.finish_discoverable_authentication_v2(
            &found.answer,
            entering.state,
            &key,
        );
        Some((done.ok()?, found))
    });
    match found {
        Some((result, found)) => used(ctx, challenge, found, &result),
        None => {
            challenges::drop_it(ctx, &challenge)?;
            Err(wrong())
        }
    }
}

/// Somebody signs in with a passkey at the door of an audience: staff or assessors.
///
/// # Errors
/// [`ServiceError::LinkSpent`]; [`ServiceError::Invalid`], the same for a passkey that nobody has and for one whose
/// owner may not come in; [`ServiceError::TooMany`] after too many tries.
pub fn come_in(
    ctx: &Context,
    audience: Audience,
    browser: Option<&str>,
    answer: &Secret,
    user_agent: &str,
    client: Option<IpAddr>,
) -> Result<NewSession, ServiceError> {
    let counted = failures::check(ctx, Try { audience, account: None, client })?;
    let used = answered(ctx, audience, browser, answer)?;
    let entry = Entry::new(Proof::Passkey, user_agent);
    let uses_up = used.clone();
    let with = move |connection: &mut AnyConnection| uses_up.apply(connection);
    let entered = match audience {
        Audience::Staff => {
            let member = ctx.store.read(|connection| staff::find(connection, &used.owner))?;
            match member.filter(|member| member.state == staff::ACTIVE) {
                Some(member) => Some(accept_staff::come_in(ctx, &member, &entry, with)?),
                None => None,
            }
        }
        Audience::Assessor => enter::assessor_comes_in(ctx, &used.owner, None, &entry, with)?,
        _ => None,
    };
    let Some(entered) = entered else {
        // Its question is answered, as that of a passkey that nobody has: a second answer would tell them apart.
        challenges::drop_it(ctx, &used.challenge)?;
        return Err(wrong());
    };
    counted.succeeded(ctx)?;
    Ok(entered)
}

/// The passkey that an answer says it is from.
fn identify(
    ctx: &Context,
    audience: Audience,
    answer: &Secret,
) -> Result<Option<Found>, ServiceError> {
    let Ok(answer) = serde_json::from_str::<PublicKeyCredential>(answer.expose()) else {
        return Ok(None);
    };
    let Ok((user, credential)) = engine(ctx)?.identify_discoverable_authentication(&answer) else {
        return Ok(None);
    };
    let owner = Id::from_bytes(user.into_bytes());
    let rows =
        ctx.store.read(|connection| ways::passkeys_of(connection, word(audience), &owner))?;
    for row in rows {
        let passkey = open(ctx, &row)?;
        if passkey.cred_id().as_slice() == credential {
            return Ok(Some(Found { row, passkey, answer, owner }));
        }
    }
    Ok(None)
}
