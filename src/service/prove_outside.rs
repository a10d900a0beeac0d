//! Applicants and assessors prove anew that it is they, before a way in is changed: with a code that is mailed to
//! them, or by GitHub.
//!
//! The session goes on under another id.

use super::context::Context;
use super::error::ServiceError;
use super::limits;
use super::links;
use super::outsiders::Outsider;
use super::session::{self, NewSession, Owner};
use crate::domain::class::Class;
use crate::domain::proof::Proof;
use crate::domain::retention::DossierFacts;
use crate::domain::role::Audience;
use crate::store::dossiers::{self, Kind};
use crate::store::sign_ins::{self, SignIn};
use crate::store::{StoreError, audit, outbox, sessions};

/// The purpose of such a code.
pub(crate) const PURPOSE: &str = "proof";

/// Sends a code. It is of use in this session alone.
///
/// # Errors
/// [`ServiceError::TooMany`], [`ServiceError::Busy`], [`ServiceError::Full`], [`ServiceError::Internal`].
pub fn ask(ctx: &Context, who: &Outsider) -> Result<(), ServiceError> {
    limits::mail(ctx, who.audience, who.id.as_str(), None)?;
    let kept = DossierFacts::SignIn { created: ctx.today() }.kept_until(&ctx.periods);
    let browser = links::browser_digest(ctx, &who.session.id)?;
    let class = if who.is_assessor() { Class::Assessor } else { Class::Personal };
    ctx.steadily(|generation| {
        let (dossier, _) = ctx.new_dossier(Kind::SignIn, class, None, kept)?;
        let id = ctx.id()?;
        let purpose = (who.owner().audience(), PURPOSE);
        let mut row = SignIn {
            browser: Some(browser.clone()),
            ..links::blank(ctx, id.clone(), &dossier.id, purpose, links::MAILED_LINK)
        };
        match who.owner() {
            Owner::Assessor(id) => row.assessor_id = Some(id.clone()),
            Owner::Applicant(id) | Owner::Staff(id) => row.account_id = Some(id.clone()),
        }
        let mail = ctx.mail("proof_code", &id, &dossier.id)?;
        ctx.write_under(generation, move |connection| {
            dossiers::insert(connection, &dossier)?;
            sign_ins::insert(connection, &row)?;
            outbox::insert(connection, &mail)
        })?;
        Ok(())
    })
}

/// Somebody types the code that they were sent. `then` is where they go on.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is wrong; [`ServiceError::LinkSpent`] when it is of no use any more.
pub fn by_code(
    ctx: &Context,
    who: &Outsider,
    code: &str,
    then: &str,
) -> Result<NewSession, ServiceError> {
    let browser = links::browser_digest(ctx, &who.session.id)?;
    let found = ctx.store.read(|connection| sign_ins::find_by_browser(connection, &browser))?;
    let found = found.filter(|found| found.purpose == PURPOSE).ok_or(ServiceError::LinkSpent)?;
    links::check_code(ctx, &found, code)?;
    renewed(ctx, who, Proof::Mail, &found, then)
}

/// Somebody came back from GitHub as the one who is joined to their account.
pub(crate) fn by_github(
    ctx: &Context,
    who: &Outsider,
    begun: &SignIn,
    then: &str,
) -> Result<NewSession, ServiceError> {
    renewed(ctx, who, Proof::Github, begun, then)
}

fn renewed(
    ctx: &Context,
    who: &Outsider,
    proof: Proof,
    by: &SignIn,
    then: &str,
) -> Result<NewSession, ServiceError> {
    let (session, cookie) = session::renew(ctx, &who.session, proof)?;
    let entry = ctx.audit_plain(&who.actor(), "session.proved", &who.id)?;
    let (old, id, dossier) = (who.session.id.clone(), by.id.clone(), by.dossier_id.clone());
    let now = ctx.stamp();
    let done = ctx.store.write(move |connection| {
        if !sign_ins::consume(connection, &id, now)? {
            return Err(StoreError::Refused);
        }
        dossiers::erase(connection, &dossier)?;
        sessions::replace(connection, &old, &session)?;
        audit::insert(connection, &entry)
    });
    done.map_err(|error| match error {
        StoreError::Refused => ServiceError::LinkSpent,
        StoreError::Conflict => ServiceError::SignedOut,
        other => other.into(),
    })?;
    let audience = match who.audience {
        Audience::Assessor => Audience::Assessor,
        _ => Audience::Applicant,
    };
    Ok(NewSession { audience, cookie, go_to: then.to_owned() })
}
