//! Passkeys of staff and assessors: made, listed, and used to sign in and to prove anew that it is oneself.
//!
//! The question that a passkey signs is kept as a challenge. Signing in names nobody: the passkey itself says whose it
//! is, by the random id of the account, so that the page tells nobody who has an account here. Staff and assessors have
//! passkeys; one of the one audience is nothing to the other.

pub mod sign_in;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;
use webauthn_rs::prelude::{
    AuthenticationResult, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, RequestChallengeResponse, Uuid, Webauthn, WebauthnBuilder,
};

use super::challenges::{self, Asking};
use super::context::Context;
use super::error::ServiceError;
use super::links;
use super::own_sessions::SignedIn;
use super::prove;
use super::session::NewSession;
use super::ways as own_ways;
use crate::domain::id::Id;
use crate::domain::notice::WayKind;
use crate::domain::proof::Proof;
use crate::domain::role::Audience;
use crate::domain::sealed::Sealed;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::domain::text::{has_line_break, has_trick, is_blank};
use crate::store::challenges::Challenge;
use crate::store::{AnyConnection, StoreError, ways};

/// How many passkeys a person may have.
const MOST: usize = 20;
/// How many characters the name of a passkey may have.
const MOST_NAME_CHARACTERS: usize = 60;

const ADD: &str = "passkey_add";
const PROVE: &str = "passkey_prove";

/// A passkey as its owner sees it.
#[derive(Clone)]
pub struct PasskeyRow {
    /// Its id.
    pub id: Id,
    /// What its owner calls it.
    pub name: Secret,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was used last.
    pub used_at: Option<DateTime<Utc>>,
}

/// What a page hands to the browser, which asks the passkey: JSON as WebAuthn writes it.
#[derive(Clone)]
pub struct Question(pub String);

#[derive(Serialize, Deserialize)]
struct Adding {
    name: String,
    options: serde_json::Value,
    state: PasskeyRegistration,
}

#[derive(Serialize, Deserialize)]
struct Proving {
    options: RequestChallengeResponse,
    state: PasskeyAuthentication,
}

/// The part of a state that the page is shown.
#[derive(Deserialize)]
struct Options {
    options: serde_json::Value,
}

fn engine(ctx: &Context) -> Result<Webauthn, ServiceError> {
    let origin = Url::parse(&ctx.site.base_url).map_err(ServiceError::internal)?;
    let host = origin.host_str().unwrap_or_default();
    WebauthnBuilder::new(host, &origin)
        .and_then(|builder| builder.rp_name(&ctx.site.controller.organisation).build())
        .map_err(|error| ServiceError::internal(format!("passkeys can't be used here: {error:?}")))
}

/// The word of an audience with passkeys, in tables.
const fn word(audience: Audience) -> &'static str {
    match audience {
        Audience::Assessor => "assessor",
        _ => "staff",
    }
}

fn wrong() -> ServiceError {
    ServiceError::field(
        "passkey",
        "That passkey was not accepted. Try again, or use another way to sign in",
    )
}

/// The question of a challenge, to be shown again.
fn question(ctx: &Context, asking: Asking<'_>) -> Result<Question, ServiceError> {
    let (_, state) = challenges::open::<Options>(ctx, asking)?;
    Ok(Question(state.options.to_string()))
}

/// Somebody's own passkeys, the oldest first.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn list(ctx: &Context, who: &SignedIn) -> Result<Vec<PasskeyRow>, ServiceError> {
    let dossier = &who.current.dossier;
    let rows = ctx.store.read(|connection| ways::passkeys(connection, dossier))?;
    let key = ctx.data_key(dossier)?;
    let row = |row: ways::Passkey| {
        Ok(PasskeyRow {
            name: ctx.open(&key, Slot::PasskeyName, &row.id, dossier, &row.name)?,
            id: row.id,
            created_at: row.created_at.and_utc(),
            used_at: row.used_at.map(|at| at.and_utc()),
        })
    };
    rows.into_iter().map(row).collect()
}

/// Whether somebody has a passkey.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn has_one(ctx: &Context, who: &SignedIn) -> Result<bool, ServiceError> {
    let dossier = &who.current.dossier;
    Ok(!ctx.store.read(|connection| ways::passkeys(connection, dossier))?.is_empty())
}

/// Somebody begins to add a passkey, under a name of their own.
///
/// # Errors
/// [`ServiceError::ProofNeeded`]; [`ServiceError::Invalid`] for the name, or when there are too many.
pub fn begin_adding(
    ctx: &Context,
    who: &SignedIn,
    person: &Secret,
    name: &Secret,
) -> Result<(), ServiceError> {
    own_ways::may_change(ctx, who)?;
    let name = name.expose().trim();
    if is_blank(name) {
        return Err(ServiceError::field("name", "Enter a name for the passkey"));
    }
    if name.chars().count() > MOST_NAME_CHARACTERS || has_line_break(name) || has_trick(name) {
        let message = format!(
            "The name must be one line of {MOST_NAME_CHARACTERS} characters or fewer, all of which can be seen"
        );
        return Err(ServiceError::field("name", message));
    }
    let known = opened(ctx, who)?;
    if known.len() >= MOST {
        let message = format!("You have {MOST} passkeys; remove one first");
        return Err(ServiceError::field("name", message));
    }
    let known = known.iter().map(|(_, key)| key.cred_id().clone()).collect();
    let (options, state) = engine(ctx)?
        .start_passkey_registration(
            handle(&who.account),
            person.expose(),
            person.expose(),
            Some(known),
        )
        .map_err(|error| ServiceError::internal(format!("{error:?}")))?;
    // Signing in names nobody, so the passkey has to know whose it is.
    let mut options = serde_json::to_value(options).map_err(ServiceError::internal)?;
    let selection = options.pointer_mut("/publicKey/authenticatorSelection");
    let selection = selection.and_then(serde_json::Value::as_object_mut);
    let selection = selection.ok_or_else(|| ServiceError::internal("a passkey without choices"))?;
    selection.insert("residentKey".to_owned(), "required".into());
    selection.insert("requireResidentKey".to_owned(), true.into());
    let browser = links::browser_digest(ctx, &who.current.id)?;
    let asking = Asking { audience: who.audience(), purpose: ADD, browser: &browser };
    challenges::begin(ctx, asking, &Adding { name: name.to_owned(), options, state })
}

/// What the browser is asked for while a passkey is added.
///
/// # Errors
/// [`ServiceError::LinkSpent`] when nothing was begun, or too long ago.
pub fn adding(ctx: &Context, who: &SignedIn) -> Result<Question, ServiceError> {
    let browser = links::browser_digest(ctx, &who.current.id)?;
    question(ctx, Asking { audience: who.audience(), purpose: ADD, browser: &browser })
}

/// The browser made a passkey. The session goes on under a new id. `then` is where the person goes on.
///
/// # Errors
/// [`ServiceError::LinkSpent`]; [`ServiceError::ProofNeeded`]; [`ServiceError::Invalid`] when it won't do.
pub fn add(
    ctx: &Context,
    who: &SignedIn,
    answer: &Secret,
    then: &str,
) -> Result<NewSession, ServiceError> {
    own_ways::may_change(ctx, who)?;
    let browser = links::browser_digest(ctx, &who.current.id)?;
    let asking = Asking { audience: who.audience(), purpose: ADD, browser: &browser };
    let (challenge, adding) = challenges::open::<Adding>(ctx, asking)?;
    let made = serde_json::from_str::<RegisterPublicKeyCredential>(answer.expose())
        .ok()
        .and_then(|made| engine(ctx).ok()?.finish_passkey_registration(&made, &adding.state).ok());
    let Some(made) = made else {
        challenges::drop_it(ctx, &challenge)?;
        return Err(wrong());
    };
    let dossier = &who.current.dossier;
    let (key, id) = (ctx.data_key(dossier)?, ctx.id()?);
    let is_staff = who.audience() == Audience::Staff;
    let row = ways::Passkey {
        audience: word(who.audience()).to_owned(),
        dossier_id: dossier.clone(),
        staff_id: is_staff.then(|| who.account.clone()),
        assessor_id: (!is_staff).then(|| who.account.clone()),
        name: ctx.seal(&key, Slot::PasskeyName, &id, dossier, &Secret::new(adding.name))?,
        credential: ctx.seal_json(&key, Slot::PasskeyCredential, &id, dossier, &made)?,
        id,
        created_at: ctx.stamp(),
        used_at: None,
    };
    let added = own_ways::added(ctx, who, WayKind::Passkey)?;
    prove::renewed(ctx, who, Proof::Passkey, then, move |connection| {
        if !challenges::close(connection, &challenge)? {
            return Err(StoreError::Refused);
        }
        added.apply(connection)?;
        ways::insert_passkey(connection, &row)
    })
}

/// Somebody who is signed in begins to prove with a passkey that it is they.
///
/// # Errors
/// [`ServiceError::Invalid`] when they have none.
pub fn begin_proof(ctx: &Context, who: &SignedIn) -> Result<(), ServiceError> {
    let known: Vec<Passkey> = opened(ctx, who)?.into_iter().map(|(_, key)| key).collect();
    if known.is_empty() {
        return Err(wrong());
    }
    let (options, state) = engine(ctx)?
        .start_passkey_authentication(&known)
        .map_err(|error| ServiceError::internal(format!("{error:?}")))?;
    let browser = links::browser_digest(ctx, &who.current.id)?;
    let asking = Asking { audience: who.audience(), purpose: PROVE, browser: &browser };
    challenges::begin(ctx, asking, &Proving { options, state })
}

/// What the browser is asked for while somebody proves that it is they.
///
/// # Errors
/// [`ServiceError::LinkSpent`] when nothing was begun here, or too long ago.
pub fn proving(ctx: &Context, who: &SignedIn) -> Result<Question, ServiceError> {
    let browser = links::browser_digest(ctx, &who.current.id)?;
    question(ctx, Asking { audience: who.audience(), purpose: PROVE, browser: &browser })
}

/// Somebody who is signed in proves with a passkey that it is they. `then` is where they go on.
///
/// # Errors
/// [`ServiceError::LinkSpent`]; [`ServiceError::Invalid`].
pub fn proof(
    ctx: &Context,
    who: &SignedIn,
    answer: &Secret,
    then: &str,
) -> Result<NewSession, ServiceError> {
    let browser = links::browser_digest(ctx, &who.current.id)?;
    let asking = Asking { audience: who.audience(), purpose: PROVE, browser: &browser };
    let (challenge, proving) = challenges::open::<Proving>(ctx, asking)?;
    let answer = serde_json::from_str::<PublicKeyCredential>(answer.expose()).ok();
    let found = answer.and_then(|answer| {
        let result =
            engine(ctx).ok()?.finish_passkey_authentication(&answer, &proving.state).ok()?;
        let (row, passkey) = opened(ctx, who)
            .ok()?
            .into_iter()
            .find(|(_, passkey)| passkey.cred_id() == result.cred_id())?;
        Some((result, Found { row, passkey, answer, owner: who.account.clone() }))
    });
    let Some((result, found)) = found else {
        challenges::drop_it(ctx, &challenge)?;
        return Err(wrong());
    };
    let used = used(ctx, challenge, found, &result)?;
    prove::renewed(ctx, who, Proof::Passkey, then, move |connection| {
        if used.apply(connection)? { Ok(()) } else { Err(StoreError::Refused) }
    })
}

/// A passkey that answered rightly. [`Used::apply`] uses the question up.
#[derive(Clone)]
struct Used {
    /// The account whose it is.
    owner: Id,
    challenge: Challenge,
    id: Id,
    from: Sealed,
    to: Sealed,
    now: chrono::NaiveDateTime,
}

impl Used {
    /// Uses the question up and keeps the counter. Answers whether nobody did so before.
    fn apply(&self, connection: &mut AnyConnection) -> Result<bool, StoreError> {
        if !challenges::close(connection, &self.challenge)? {
            return Ok(false);
        }
        match ways::passkey_used(connection, &self.id, &self.from, &self.to, self.now) {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(other) => Err(other),
        }
    }
}

struct Found {
    row: ways::Passkey,
    passkey: Passkey,
    answer: PublicKeyCredential,
    owner: Id,
}

fn used(
    ctx: &Context,
    challenge: Challenge,
    mut found: Found,
    result: &AuthenticationResult,
) -> Result<Used, ServiceError> {
    found.passkey.update_credential(result);
    let row = found.row;
    let key = ctx.data_key(&row.dossier_id)?;
    let place = Slot::PasskeyCredential;
    Ok(Used {
        owner: found.owner,
        challenge,
        to: ctx.seal_json(&key, place, &row.id, &row.dossier_id, &found.passkey)?,
        from: row.credential,
        id: row.id,
        now: ctx.stamp(),
    })
}

fn opened(ctx: &Context, who: &SignedIn) -> Result<Vec<(ways::Passkey, Passkey)>, ServiceError> {
    let rows = ctx.store.read(|connection| ways::passkeys(connection, &who.current.dossier))?;
    rows.into_iter().map(|row| open(ctx, &row).map(|passkey| (row, passkey))).collect()
}

fn open(ctx: &Context, row: &ways::Passkey) -> Result<Passkey, ServiceError> {
    let key = ctx.data_key(&row.dossier_id)?;
    let place = Slot::PasskeyCredential;
    let text = ctx.open(&key, place, &row.id, &row.dossier_id, &row.credential)?;
    serde_json::from_str(text.expose())
        .map_err(|_| ServiceError::internal(format!("passkey {} can't be read", row.id)))
}

/// What a passkey knows its owner by: the random id of the account.
fn handle(account: &Id) -> Uuid {
    Uuid::from_bytes(account.to_bytes())
}
