//! Signing in with a password and a second factor, and setting both up.
//!
//! After the password nothing tells whether it was right: the code is asked for in any case, and what is wrong is
//! said once, of all together. The same work is done for people who have an account here and for those who have none.

use std::net::IpAddr;

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};

use super::accept_staff;
use super::challenges::{self, Asking};
use super::context::Context;
use super::error::ServiceError;
use super::limits::failures::{self, Try};
use super::links;
use super::own_sessions::SignedIn;
use super::password_hash::{self, Fingerprint};
use super::prove;
use super::session::{Entry, NewSession, Staff};
use super::sign_in::{self, Asked};
use super::ways as own_ways;
use crate::domain::form::FieldError;
use crate::domain::id::{self, Id};
use crate::domain::identity;
use crate::domain::notice::{Notice, WayKind};
use crate::domain::one_time_code::{self, Picture};
use crate::domain::password;
use crate::domain::proof::Proof;
use crate::domain::role::Audience;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::staff::{self, Member};
use crate::store::ways::{self, Password, RecoveryCode};
use crate::store::{AnyConnection, StoreError, outbox};
use crate::vault::MacPurpose;

const SET_UP: &str = "password_set_up";
const SIGN_IN: &str = "password_sign_in";

/// What is shown to somebody who sets up their authenticator app.
#[derive(Clone)]
pub struct AppSetUp {
    /// The key, as it is typed in.
    pub key: Secret,
    /// The key as a picture.
    pub picture: Option<Picture>,
}

/// What waits for the first code of the app: nothing counts before.
#[derive(Serialize, Deserialize)]
struct SettingUp {
    hash: Fingerprint,
    key: String,
}

/// What waits for the code of somebody who signs in.
#[derive(Serialize, Deserialize)]
struct Entering {
    /// As it was typed: failures count for it, whether there is such an account or not.
    email: String,
    member: Option<Id>,
    is_right: bool,
}

/// A member of staff chooses a password.
///
/// # Errors
/// [`ServiceError::ProofNeeded`]; [`ServiceError::Invalid`] when it won't do; [`ServiceError::Busy`].
pub fn begin_set_up(
    ctx: &Context,
    who: &Staff,
    password: &Secret,
    again: &Secret,
) -> Result<(), ServiceError> {
    let signed_in = SignedIn::from(who);
    own_ways::may_change(ctx, &signed_in)?;
    let email = email_of(ctx, &who.id)?;
    let about = [who.name.expose(), email.expose(), ctx.site.controller.organisation.as_str()];
    password::check(password.expose(), &about)
        .map_err(|weakness| ServiceError::field("password", weakness.to_string()))?;
    if password.expose() != again.expose() {
        return Err(ServiceError::field("again", "Type the same password in both fields"));
    }
    let key = BASE32_NOPAD.encode(&ctx.vault.random_bytes::<{ one_time_code::KEY_BYTES }>()?);
    let state = SettingUp { hash: password_hash::make(ctx, password)?, key };
    let browser = links::browser_digest(ctx, &who.session.id)?;
    challenges::begin(ctx, asking(SET_UP, &browser), &state)
}

/// What the person is shown who chose a password.
///
/// # Errors
/// [`ServiceError::LinkSpent`] when nothing was begun, or too long ago.
pub fn setting_up(ctx: &Context, who: &Staff) -> Result<AppSetUp, ServiceError> {
    let browser = links::browser_digest(ctx, &who.session.id)?;
    let (_, state) = challenges::open::<SettingUp>(ctx, asking(SET_UP, &browser))?;
    let key = Secret::new(state.key);
    let email = email_of(ctx, &who.id)?;
    let picture = one_time_code::picture(&key, &ctx.site.controller.organisation, &email);
    Ok(AppSetUp { key: one_time_code::in_groups(&key), picture })
}

/// The first code of the app: password and app count from now on. Answers the recovery codes, which are shown once.
///
/// # Errors
/// [`ServiceError::Invalid`] when the code is wrong; [`ServiceError::LinkSpent`]; [`ServiceError::ProofNeeded`].
pub fn finish_set_up(
    ctx: &Context,
    who: &Staff,
    code: &str,
) -> Result<(NewSession, Vec<Secret>), ServiceError> {
    let signed_in = SignedIn::from(who);
    own_ways::may_change(ctx, &signed_in)?;
    let browser = links::browser_digest(ctx, &who.session.id)?;
    let (challenge, state) = challenges::open::<SettingUp>(ctx, asking(SET_UP, &browser))?;
    challenges::count_attempt(ctx, &challenge)?;
    let (key, now) = (Secret::new(state.key), ctx.now().timestamp());
    let step = one_time_code::step_of(&key, code, now).ok_or_else(|| {
        ServiceError::field(
            "code",
            "The code is not right; check that the clock of your phone is, and type the newest one",
        )
    })?;
    let dossier = &who.session.dossier;
    let (data_key, id) = (ctx.data_key(dossier)?, ctx.id()?);
    let row = Password {
        hash: ctx.seal_json(&data_key, Slot::PasswordHash, &id, dossier, &state.hash)?,
        totp: ctx.seal(&data_key, Slot::PasswordTotp, &id, dossier, &key)?,
        id,
        dossier_id: dossier.clone(),
        staff_id: who.id.clone(),
        last_step: step,
        created_at: ctx.stamp(),
    };
    let (codes, rows) = new_codes(ctx, who)?;
    let added = own_ways::added(ctx, &signed_in, WayKind::Password)?;
    let renewed =
        prove::renewed(ctx, &signed_in, Proof::Password, "/staff/ways", move |connection| {
            if !challenges::close(connection, &challenge)? {
                return Err(StoreError::Refused);
            }
            added.apply(connection)?;
            ways::set_password(connection, &row, &rows)
        })?;
    Ok((renewed, codes))
}

/// Makes recovery codes in the place of those that there were. They are shown once.
///
/// # Errors
/// [`ServiceError::ProofNeeded`]; [`ServiceError::Invalid`] without a password.
pub fn renew_codes(ctx: &Context, who: &Staff) -> Result<Vec<Secret>, ServiceError> {
    own_ways::may_change(ctx, &SignedIn::from(who))?;
    let has_one = ctx.store.read(|connection| ways::password(connection, &who.id))?.is_some();
    if !has_one {
        return Err(ServiceError::field("ways", "Set up a password first"));
    }
    let (codes, rows) = new_codes(ctx, who)?;
    let entry = ctx.audit_plain(&who.actor(), "way.codes_renewed", &who.id)?;
    let template = Notice::CodesRenewed.template(Audience::Staff);
    let mail = ctx.mail(&template, &who.id, &who.session.dossier)?;
    let id = who.id.clone();
    ctx.store.write(move |connection| {
        ways::set_recovery_codes(connection, &id, &rows)?;
        outbox::insert(connection, &mail)?;
        crate::store::audit::insert(connection, &entry)
    })?;
    Ok(codes)
}

fn new_codes(ctx: &Context, who: &Staff) -> Result<(Vec<Secret>, Vec<RecoveryCode>), ServiceError> {
    let mut codes = Vec::with_capacity(one_time_code::RECOVERY_CODES);
    let mut rows = Vec::with_capacity(one_time_code::RECOVERY_CODES);
    for _ in 0..one_time_code::RECOVERY_CODES {
        let code = Secret::new(id::reference(ctx.vault.random_bytes()?));
        rows.push(RecoveryCode {
            id: ctx.id()?,
            dossier_id: who.session.dossier.clone(),
            staff_id: who.id.clone(),
            digest: digest_of(ctx, &who.id, code.expose())?,
            created_at: ctx.stamp(),
            used_at: None,
        });
        codes.push(code);
    }
    Ok((codes, rows))
}

fn digest_of(ctx: &Context, member: &Id, code: &str) -> Result<String, ServiceError> {
    let normal = one_time_code::normal_recovery_code(code);
    let parts = [b"recovery".as_slice(), member.as_str().as_bytes(), normal.expose().as_bytes()];
    ctx.digest(MacPurpose::Code, &parts)
}

/// Somebody gives address and password. The answer is the same whether they are right or not.
///
/// # Errors
/// [`ServiceError::Invalid`] when the address is none, or a field is empty; [`ServiceError::Busy`].
pub fn begin(ctx: &Context, email: &str, password: &Secret) -> Result<Asked, ServiceError> {
    let wrong = |field: &str, message: String| FieldError { field: field.to_owned(), message };
    let missing =
        password.expose().is_empty().then(|| wrong("password", "Enter your password".to_owned()));
    let email = match (identity::check_email(email), missing) {
        (Ok(email), None) => email,
        (email, missing) => {
            let email = email.err().map(|message| wrong("email", message));
            return Err(ServiceError::Invalid(email.into_iter().chain(missing).collect()));
        }
    };
    let member = sign_in::find_staff(ctx, &email)?;
    let known = Known::of(ctx, member.as_ref())?;
    let is_right = password_hash::is_right(known.hash.as_ref(), password)?;
    let state = Entering { email, member: member.map(|member| member.id), is_right };
    let asked = Asked { browser: ctx.id()?.to_string() };
    let browser = links::browser_digest(ctx, &asked.browser)?;
    challenges::begin(ctx, asking(SIGN_IN, &browser), &state)?;
    Ok(asked)
}

/// Whether somebody gave address and password here, a short time ago.
///
/// # Errors
/// [`ServiceError::LinkSpent`].
pub fn asked(ctx: &Context, browser: Option<&str>) -> Result<(), ServiceError> {
    let browser = links::browser_digest(ctx, browser.ok_or(ServiceError::LinkSpent)?)?;
    challenges::open::<Entering>(ctx, asking(SIGN_IN, &browser)).map(|_| ())
}

/// The second factor: a code of the app, or a recovery code.
///
/// # Errors
/// [`ServiceError::Invalid`] when address, password or code is wrong, without telling which;
/// [`ServiceError::LinkSpent`] or [`ServiceError::TooMany`] after too many tries.
pub fn finish(
    ctx: &Context,
    browser: Option<&str>,
    code: &str,
    user_agent: &str,
    client: Option<IpAddr>,
) -> Result<NewSession, ServiceError> {
    let browser = links::browser_digest(ctx, browser.ok_or(ServiceError::LinkSpent)?)?;
    let (challenge, state) = challenges::open::<Entering>(ctx, asking(SIGN_IN, &browser))?;
    // A password alone tells nothing, so that failures are counted here: one for each guess at both together.
    let attempt = Try { audience: Audience::Staff, account: Some(&state.email), client };
    let counted = failures::check(ctx, attempt)?;
    challenges::count_attempt(ctx, &challenge)?;
    let member = match &state.member {
        Some(id) => ctx.store.read(|connection| staff::find(connection, id))?,
        None => None,
    };
    let known = Known::of(ctx, member.as_ref())?;
    let second = known.second(ctx, code)?;
    let (Some(member), Some(second), true) = (member, second, state.is_right) else {
        return Err(wrong());
    };
    let entry = Entry::new(Proof::Password, user_agent);
    let entered = accept_staff::come_in(ctx, &member, &entry, move |connection| {
        Ok(second.apply(connection)? && challenges::close(connection, &challenge)?)
    });
    // A code that was used before is wrong; there may be a newer one.
    let entered = entered.map_err(|error| match error {
        ServiceError::LinkSpent => wrong(),
        other => other,
    })?;
    counted.succeeded(ctx)?;
    Ok(entered)
}

/// A member of staff proves with password and code that it is they. `then` is where they go on.
///
/// # Errors
/// [`ServiceError::Invalid`]; [`ServiceError::TooMany`] after too many tries; [`ServiceError::Busy`].
pub fn proof(
    ctx: &Context,
    who: &Staff,
    (password, code): (&Secret, &str),
    then: &str,
    client: Option<IpAddr>,
) -> Result<NewSession, ServiceError> {
    let attempt = Try { audience: Audience::Staff, account: Some(who.id.as_str()), client };
    let counted = failures::check(ctx, attempt)?;
    let member = ctx.store.read(|connection| staff::find(connection, &who.id))?;
    let known = Known::of(ctx, member.as_ref())?;
    let is_right = password_hash::is_right(known.hash.as_ref(), password)?;
    let second = known.second(ctx, code)?.filter(|_| is_right);
    let wrong = || ServiceError::field("password", "The password or the code is not right");
    let second = second.ok_or_else(wrong)?;
    let signed_in = SignedIn::from(who);
    let renewed = prove::renewed(ctx, &signed_in, Proof::Password, then, move |connection| {
        if second.apply(connection)? { Ok(()) } else { Err(StoreError::Refused) }
    });
    let renewed = renewed.map_err(|error| match error {
        ServiceError::LinkSpent => wrong(),
        other => other,
    })?;
    counted.succeeded(ctx)?;
    Ok(renewed)
}

fn wrong() -> ServiceError {
    ServiceError::field(
        "code",
        "The address, the password or the code is not right. Type the newest code, or begin again",
    )
}

const fn asking<'a>(purpose: &'static str, browser: &'a str) -> Asking<'a> {
    Asking { audience: Audience::Staff, purpose, browser }
}

fn email_of(ctx: &Context, id: &Id) -> Result<Secret, ServiceError> {
    let member = ctx.store.read(|connection| staff::find(connection, id))?;
    let member = member.ok_or(ServiceError::SignedOut)?;
    let key = ctx.data_key(&member.dossier_id)?;
    ctx.open(&key, Slot::StaffEmail, &member.id, &member.dossier_id, &member.email)
}

/// What is known of somebody's password: nothing, where there is no such person or no password.
struct Known {
    member: Id,
    row: Option<Password>,
    hash: Option<Fingerprint>,
    key: Secret,
}

impl Known {
    fn of(ctx: &Context, member: Option<&Member>) -> Result<Self, ServiceError> {
        // Asked for in any case, so that it takes the same time.
        let member = match member {
            Some(member) => member.id.clone(),
            None => ctx.id()?,
        };
        let row = ctx.store.read(|connection| ways::password(connection, &member))?;
        let Some(row) = row else {
            // The key of RFC 6238: its codes are computed as others are, and count for nothing.
            let key = Secret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
            return Ok(Self { member, row: None, hash: None, key });
        };
        let data_key = ctx.data_key(&row.dossier_id)?;
        let open = |slot, sealed| ctx.open(&data_key, slot, &row.id, &row.dossier_id, sealed);
        let hash = open(Slot::PasswordHash, &row.hash)?;
        let hash = serde_json::from_str(hash.expose())
            .map_err(|_| ServiceError::internal(format!("password {} can't be read", row.id)))?;
        let key = open(Slot::PasswordTotp, &row.totp)?;
        Ok(Self { member, hash: Some(hash), key, row: Some(row) })
    }

    /// What a right code uses up; none when it can't be right.
    fn second(&self, ctx: &Context, code: &str) -> Result<Option<Second>, ServiceError> {
        let step = one_time_code::step_of(&self.key, code, ctx.now().timestamp());
        let digest = digest_of(ctx, &self.member, code)?;
        let is_one = ctx
            .store
            .read(|connection| ways::is_recovery_code(connection, &self.member, &digest))?;
        let Some(row) = &self.row else { return Ok(None) };
        let member = self.member.clone();
        let recovery = is_one.then(|| Second::Recovery { member, digest, now: ctx.stamp() });
        Ok(step.map(|step| Second::Step(row.id.clone(), step)).or(recovery))
    }
}

/// A second factor that may be right.
#[derive(Clone)]
enum Second {
    /// A code of the app, of this step of time.
    Step(Id, i64),
    /// A recovery code.
    Recovery { member: Id, digest: String, now: chrono::NaiveDateTime },
}

impl Second {
    /// Uses it up. Answers whether it was right and not used before.
    fn apply(&self, connection: &mut AnyConnection) -> Result<bool, StoreError> {
        match self {
            Self::Step(id, step) => ways::take_step(connection, id, *step),
            Self::Recovery { member, digest, now } => {
                ways::use_recovery_code(connection, member, digest, *now)
            }
        }
    }
}
