//! Links and codes that are sent. Neither is stored: both are computed from the id of their row under keys of the
//! site, when the mail is written and when they come back.

use chrono::Duration;

use super::context::Context;
use super::error::ServiceError;
use crate::domain::id::Id;
use crate::domain::secret::Secret;
use crate::store::sign_ins::{self, SignIn};
use crate::vault::MacPurpose;

/// How long a mailed link or code is of use.
pub(crate) const MAILED_LINK: Duration = Duration::minutes(10);
/// How many digits a code has.
pub(crate) const DIGITS: usize = 8;
/// The template of a mail that is never sent.
pub(crate) const NOBODY: &str = "nobody";

/// A row for a link that is of use for so long; the caller fills in whom it is for.
pub(crate) fn blank(ctx: &Context, id: Id, dossier: &Id, purpose: &str, lasts: Duration) -> SignIn {
    let now = ctx.stamp();
    SignIn {
        id,
        dossier_id: dossier.clone(),
        purpose: purpose.to_owned(),
        account_id: None,
        staff_id: None,
        email: None,
        round_id: None,
        browser: None,
        attempts: 0,
        created_at: now,
        expires_at: now + lasts,
        used_at: None,
    }
}

/// The part of a link that stands for a row.
pub(crate) fn token_of(ctx: &Context, id: &Id) -> Result<String, ServiceError> {
    Ok(format!("{id}{}", ctx.digest(MacPurpose::Link, &[id.as_str().as_bytes()])?))
}

/// The code that stands for a row.
pub(crate) fn code_of(ctx: &Context, id: &Id) -> Result<String, ServiceError> {
    let mac = ctx.vault.mac(MacPurpose::Code, &[id.as_str().as_bytes()])?;
    let (first, _) = mac.split_at(8);
    let number = u64::from_be_bytes(first.try_into().unwrap_or_default()) % 100_000_000;
    Ok(format!("{number:0DIGITS$}"))
}

pub(crate) fn browser_digest(ctx: &Context, cookie: &str) -> Result<String, ServiceError> {
    ctx.digest(MacPurpose::Session, &[b"browser", cookie.as_bytes()])
}

/// The row of a link that is still of use.
pub(crate) fn find_live(ctx: &Context, token: &str) -> Result<SignIn, ServiceError> {
    let (id, mac) = token.split_at_checked(Id::LEN).ok_or(ServiceError::LinkSpent)?;
    let id: Id = id.parse().map_err(|_| ServiceError::LinkSpent)?;
    let right = ctx.digest(MacPurpose::Link, &[id.as_str().as_bytes()])?;
    if !bool::from(subtle::ConstantTimeEq::ct_eq(right.as_bytes(), mac.as_bytes())) {
        return Err(ServiceError::LinkSpent);
    }
    let found = ctx.store.read(|connection| sign_ins::find(connection, &id))?;
    found.filter(|found| is_live(ctx, found)).ok_or(ServiceError::LinkSpent)
}

pub(crate) fn is_live(ctx: &Context, found: &SignIn) -> bool {
    found.used_at.is_none() && found.expires_at > ctx.stamp()
}

/// A link that an operator's command prints; `lasts` says how long it is of use.
pub(crate) fn link_for(ctx: &Context, path: &str, id: &Id) -> Result<Secret, ServiceError> {
    Ok(Secret::new(format!("{}{path}{}", ctx.site.base_url, token_of(ctx, id)?)))
}
