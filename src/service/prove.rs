//! Somebody who is signed in proves anew that it is they: before what must not be done at an unattended screen, or
//! with a stolen cookie.
//!
//! The session goes on under another id.

use super::context::Context;
use super::error::ServiceError;
use super::limits;
use super::links;
use super::own_sessions::SignedIn;
use super::session::{self, NewSession, Staff};
use crate::domain::class::Class;
use crate::domain::proof::Proof;
use crate::domain::retention::DossierFacts;
use crate::domain::role::Audience;
use crate::store::dossiers::{self, Kind};
use crate::store::sign_ins::{self, SignIn};
use crate::store::{StoreError, audit, outbox, sessions, ways};

/// The purpose of such a code.
pub(crate) const PURPOSE: &str = "proof";

/// Whether somebody may prove by mail that it is they: who has no other way yet.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn by_mail(ctx: &Context, who: &Staff) -> Result<bool, ServiceError> {
    Ok(ctx.store.read(|connection| ways::count(connection, &who.session.dossier))? == 0)
}

/// Sends a code to a member of staff. It is of use in this session alone.
///
/// # Errors
/// [`ServiceError::Forbidden`] to those who have a stronger way; [`ServiceError::TooMany`], [`ServiceError::Busy`],
/// [`ServiceError::Full`], [`ServiceError::Internal`].
pub fn ask(ctx: &Context, who: &Staff) -> Result<(), ServiceError> {
    if !by_mail(ctx, who)? {
        return Err(ServiceError::Forbidden);
    }
    limits::mail(ctx, Audience::Staff, who.id.as_str(), None)?;
    let kept = DossierFacts::SignIn { created: ctx.today() }.kept_until(&ctx.periods);
    let browser = links::browser_digest(ctx, &who.session.id)?;
    ctx.steadily(|generation| {
        let (dossier, _) = ctx.new_dossier(Kind::SignIn, Class::Staff, None, kept)?;
        let id = ctx.id()?;
        let row = SignIn {
            staff_id: Some(who.id.clone()),
            browser: Some(browser.clone()),
            ..links::blank(ctx, id.clone(), &dossier.id, ("staff", PURPOSE), links::MAILED_LINK)
        };
        let mail = ctx.mail("proof_code", &id, &dossier.id)?;
        ctx.write_under(generation, move |connection| {
            dossiers::insert(connection, &dossier)?;
            sign_ins::insert(connection, &row)?;
            outbox::insert(connection, &mail)
        })?;
        Ok(())
    })
}

/// A member of staff types the code that they were sent. `then` is where they go on.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is wrong; [`ServiceError::LinkSpent`] when it is of no use any more.
pub fn by_code(
    ctx: &Context,
    who: &Staff,
    code: &str,
    then: &str,
) -> Result<NewSession, ServiceError> {
    if !by_mail(ctx, who)? {
        return Err(ServiceError::LinkSpent);
    }
    let browser = links::browser_digest(ctx, &who.session.id)?;
    let found = ctx.store.read(|connection| sign_ins::find_by_browser(connection, &browser))?;
    let found = found.filter(|found| found.purpose == PURPOSE).ok_or(ServiceError::LinkSpent)?;
    links::check_code(ctx, &found, code)?;
    let (dossier, id, now) = (found.dossier_id.clone(), found.id.clone(), ctx.stamp());
    renewed(ctx, &SignedIn::from(who), Proof::Mail, then, move |connection| {
        if !sign_ins::consume(connection, &id, now)? {
            return Err(StoreError::Refused);
        }
        dossiers::erase(connection, &dossier).map(|_| ())
    })
}

/// Gives a session whose person just proved who they are a new id, and a fresh proof. `with` is done in the same
/// transaction; what it refuses makes the proof one that was of no use any more.
pub(crate) fn renewed(
    ctx: &Context,
    who: &SignedIn,
    proof: Proof,
    then: &str,
    mut with: impl FnMut(&mut crate::store::AnyConnection) -> Result<(), StoreError> + Send + 'static,
) -> Result<NewSession, ServiceError> {
    let (session, cookie) = session::renew(ctx, &who.current, proof)?;
    let entry = ctx.audit_plain(&who.actor, "session.proved", &who.account)?;
    let old = who.current.id.clone();
    let done = ctx.store.write(move |connection| {
        with(connection)?;
        sessions::replace(connection, &old, &session)?;
        audit::insert(connection, &entry)
    });
    done.map_err(|error| match error {
        StoreError::Refused => ServiceError::LinkSpent,
        StoreError::Conflict => ServiceError::SignedOut,
        other => other.into(),
    })?;
    Ok(NewSession { audience: who.audience(), cookie, go_to: then.to_owned() })
}
