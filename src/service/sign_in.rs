//! Signing in by mail: a link, and a code to type where one began. Opening the link consumes nothing.
//!
//! Neither link nor code is stored: both are computed from the id of their row under keys of the site.

use std::net::IpAddr;

use super::applicants;
use super::consent_texts;
use super::context::{Actor, Context};
use super::error::ServiceError;
use super::limits::failures::{self, Try};
use super::session::{Entry, NewSession};
use super::views::ConsentView;
use super::{accept_staff, limits, links, new_draft, readmit, rounds};
use crate::domain::class::Class;
use crate::domain::lookup::{LookupKind, normalise_email};
use crate::domain::proof::Proof;
use crate::domain::retention::DossierFacts;
use crate::domain::role::{Audience, Roles};
use crate::domain::slot::Slot;
use crate::store::dossiers::{self, Kind};
use crate::store::sign_ins::{self, SignIn};
use crate::store::{audit, consents, lookups, outbox, sessions, staff};

/// A link and a code were sent, or would have been.
#[derive(Clone)]
pub struct Asked {
    /// The value of the cookie that ties the code to this browser.
    pub browser: String,
}

/// What a link is for.
#[derive(Clone, Debug)]
pub enum LinkPurpose {
    /// To confirm an address and start an application in this round.
    Apply(String),
    /// To sign in as an applicant.
    Applicant,
    /// To sign in as staff.
    Staff,
    /// To take up an invitation with these roles.
    Invitation(Roles),
    /// To become the first administrator.
    FirstAdmin,
}

/// What a person sees who opens a link.
#[derive(Clone, Debug)]
pub struct LinkView {
    /// What it is for.
    pub purpose: LinkPurpose,
    /// Whether this is the browser that asked for it.
    pub same_browser: bool,
    /// What was agreed to by whoever entered the address: pressing the button confirms it.
    pub consents: Vec<ConsentView>,
}

/// Somebody asks to sign in. The answer is the same whether the address is known or not.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is no address; [`ServiceError::TooMany`] when it was asked for too often.
pub fn ask(
    ctx: &Context,
    audience: Audience,
    email: &str,
    client: Option<IpAddr>,
) -> Result<Asked, ServiceError> {
    let email = identity_email(email)?;
    limits::mail(ctx, audience, &email, client)?;
    let for_staff = audience == Audience::Staff;
    let (account, member) = if for_staff {
        (None, find_staff(ctx, &email)?)
    } else {
        (applicants::find_by_email(ctx, &email)?.map(|(account, _)| account), None)
    };
    // Who has a stronger way comes in by that alone: nothing is sent then, and the answer is the same.
    let nobody = ctx.id()?;
    let dossier = member.as_ref().map_or(&nobody, |member| &member.dossier_id);
    let member =
        if !for_staff || accept_staff::may_come_by_mail(ctx, dossier)? { member } else { None };
    let known = account.is_some() || member.is_some();
    let (class, purpose, template) = if for_staff {
        (Class::Staff, ("staff", "staff"), "staff_sign_in")
    } else {
        (Class::Personal, ("applicant", "applicant"), "sign_in")
    };
    // Nobody is written to whom we do not know, and nothing of the address is kept; the work is the same.
    let template = if known { template } else { links::NOBODY };
    let kept = DossierFacts::SignIn { created: ctx.today() }.kept_until(&ctx.periods);
    let asked = Asked { browser: ctx.id()?.to_string() };
    let browser = links::browser_digest(ctx, &asked.browser)?;
    ctx.steadily(|generation| {
        let (dossier, _) = ctx.new_dossier(Kind::SignIn, class, None, kept)?;
        let id = ctx.id()?;
        let row = SignIn {
            account_id: account.as_ref().map(|account| account.id.clone()),
            staff_id: member.as_ref().map(|member| member.id.clone()),
            browser: Some(browser.clone()),
            ..links::blank(ctx, id.clone(), &dossier.id, purpose, links::MAILED_LINK)
        };
        let mail = ctx.mail(template, &id, &dossier.id)?;
        ctx.write_under(generation, move |connection| {
            dossiers::insert(connection, &dossier)?;
            sign_ins::insert(connection, &row)?;
            outbox::insert(connection, &mail)
        })?;
        Ok(())
    })?;
    Ok(asked)
}

fn identity_email(email: &str) -> Result<String, ServiceError> {
    crate::domain::identity::check_email(email).map_err(|e| ServiceError::field("email", e))
}

/// The active member of staff with an address.
pub(crate) fn find_staff(
    ctx: &Context,
    email: &str,
) -> Result<Option<staff::Member>, ServiceError> {
    let tags = ctx.vault.blind_all(LookupKind::StaffEmail, email)?;
    let ids = ctx
        .store
        .read(|connection| lookups::find(connection, LookupKind::StaffEmail, &tags, 10))?;
    let wanted = normalise_email(email);
    for id in ids {
        let Some(member) = ctx.store.read(|connection| staff::find(connection, &id))? else {
            continue;
        };
        let key = ctx.data_key(&member.dossier_id)?;
        let kept =
            ctx.open(&key, Slot::StaffEmail, &member.id, &member.dossier_id, &member.email)?;
        if normalise_email(kept.expose()) == wanted && member.state == staff::ACTIVE {
            return Ok(Some(member));
        }
    }
    Ok(None)
}

/// What a link is for. Consumes nothing: programs that check mail for harm open links, too.
///
/// # Errors
/// [`ServiceError::LinkSpent`].
pub fn look(ctx: &Context, token: &str, browser: Option<&str>) -> Result<LinkView, ServiceError> {
    let found = links::find_live(ctx, token)?;
    let same_browser = match (browser, &found.browser) {
        (Some(cookie), Some(digest)) => links::browser_digest(ctx, cookie)? == *digest,
        _ => false,
    };
    let purpose = match found.purpose.as_str() {
        "apply" => LinkPurpose::Apply(round_of(ctx, &found)?.title()),
        "applicant" => LinkPurpose::Applicant,
        "staff" | readmit::HANDED => LinkPurpose::Staff,
        "invitation" => LinkPurpose::Invitation(accept_staff::roles_of(ctx, &found)?),
        _ => LinkPurpose::FirstAdmin,
    };
    let given =
        ctx.store.read(|connection| consents::of_sign_in_with_texts(connection, &found.id))?;
    let consents = consent_texts::views(given, None);
    Ok(LinkView { purpose, same_browser, consents })
}

/// A person presses the button behind a link.
///
/// # Errors
/// [`ServiceError::LinkSpent`]; [`ServiceError::RoundClosed`] when the round closed since.
pub fn by_link(ctx: &Context, token: &str, user_agent: &str) -> Result<NewSession, ServiceError> {
    let found = links::find_live(ctx, token)?;
    enter(ctx, &found, &Entry::new(Proof::Mail, user_agent))
}

/// A person types the code in the browser where they asked for it.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is wrong; [`ServiceError::LinkSpent`] when it is of no use any more;
/// [`ServiceError::TooMany`] when too much was wrong that came from there.
pub fn by_code(
    ctx: &Context,
    browser: Option<&str>,
    code: &str,
    user_agent: &str,
    client: Option<IpAddr>,
) -> Result<NewSession, ServiceError> {
    let browser = links::browser_digest(ctx, browser.ok_or(ServiceError::LinkSpent)?)?;
    let found = ctx.store.read(|connection| sign_ins::find_by_browser(connection, &browser))?;
    let found = found.ok_or(ServiceError::LinkSpent)?;
    let audience = links::audience_of(&found);
    let counted = failures::check(ctx, Try { audience, account: None, client })?;
    links::check_code(ctx, &found, code)?;
    let session = enter(ctx, &found, &Entry::new(Proof::Mail, user_agent))?;
    counted.succeeded(ctx)?;
    Ok(session)
}

fn enter(ctx: &Context, found: &SignIn, entry: &Entry) -> Result<NewSession, ServiceError> {
    let entered = match found.purpose.as_str() {
        "apply" => enter_with_draft(ctx, found, entry),
        "applicant" => enter_applicant(ctx, found, entry),
        "staff" => accept_staff::sign_in(ctx, found, entry),
        readmit::HANDED => {
            let entry = Entry { proof: Proof::Invitation, ..entry.clone() };
            accept_staff::sign_in(ctx, found, &entry)
        }
        // The other links lead to a form of their own.
        _ => Err(ServiceError::LinkSpent),
    };
    entered.map_err(links::gone_is_spent)
}

fn enter_with_draft(
    ctx: &Context,
    found: &SignIn,
    entry: &Entry,
) -> Result<NewSession, ServiceError> {
    let round = round_of(ctx, found)?;
    let sealed = found.email.as_ref().ok_or(ServiceError::LinkSpent)?;
    let sign_in_key = ctx.data_key(&found.dossier_id)?;
    let email = ctx.open(&sign_in_key, Slot::SignInEmail, &found.id, &found.dossier_id, sealed)?;
    let given = ctx.store.read(|connection| consents::of_sign_in(connection, &found.id))?;
    let purposes: Vec<String> = given.iter().map(|own| own.purpose.clone()).collect();
    ctx.steadily(|generation| {
        let entering = applicants::enter(ctx, &email)?;
        let mut moved = Vec::new();
        let draft = new_draft::prepare(
            ctx,
            &entering.id,
            &entering.email,
            &round,
            &purposes,
            |dossier, id| {
                for consent in &given {
                    moved.push(consents::Consent {
                        id: ctx.id()?,
                        dossier_id: dossier.clone(),
                        application_id: Some(id.clone()),
                        sign_in_id: None,
                        ..consent.clone()
                    });
                }
                Ok(Vec::new())
            },
        )?;
        moved.retain(|consent| !draft.stands(&consent.purpose));
        let application = draft.id().clone();
        let (session, cookie) = entering.session(ctx, entry)?;
        let actor = Actor::Applicant(entering.id.clone());
        let audited = ctx.audit_plain(&actor, "application.started", &application)?;
        let (id, dossier, now) = (found.id.clone(), found.dossier_id.clone(), ctx.stamp());
        let live = ctx.write_under(generation, move |connection| {
            if !sign_ins::consume(connection, &id, now)? {
                return Ok(false);
            }
            entering.apply(connection)?;
            draft.insert(connection)?;
            for consent in &moved {
                consents::insert(connection, consent)?;
            }
            sessions::insert(connection, &session)?;
            audit::insert(connection, &audited)?;
            dossiers::erase(connection, &dossier)?;
            Ok(true)
        })?;
        if !live {
            return Err(ServiceError::LinkSpent.into());
        }
        let go_to = format!("/applications/{application}/form/you");
        Ok(NewSession { audience: Audience::Applicant, cookie, go_to })
    })
}

fn enter_applicant(
    ctx: &Context,
    found: &SignIn,
    entry: &Entry,
) -> Result<NewSession, ServiceError> {
    let account = found.account_id.clone().ok_or(ServiceError::LinkSpent)?;
    ctx.steadily(|generation| {
        let account = ctx
            .store
            .read(|connection| crate::store::accounts::find(connection, &account))?
            .ok_or(ServiceError::LinkSpent)?;
        let email = applicants::email_of(ctx, &account)?;
        let entering = applicants::enter(ctx, &email)?;
        let (session, cookie) = entering.session(ctx, entry)?;
        let actor = Actor::Applicant(entering.id.clone());
        let audited = ctx.audit_plain(&actor, "session.began", &entering.id)?;
        let (id, dossier, now) = (found.id.clone(), found.dossier_id.clone(), ctx.stamp());
        let live = ctx.write_under(generation, move |connection| {
            if !sign_ins::consume(connection, &id, now)? {
                return Ok(false);
            }
            dossiers::erase(connection, &dossier)?;
            entering.apply(connection)?;
            sessions::insert(connection, &session)?;
            audit::insert(connection, &audited)?;
            Ok(true)
        })?;
        if !live {
            return Err(ServiceError::LinkSpent.into());
        }
        let go_to = "/applications".to_owned();
        Ok(NewSession { audience: Audience::Applicant, cookie, go_to })
    })
}

fn round_of(ctx: &Context, found: &SignIn) -> Result<rounds::RoundView, ServiceError> {
    let id = found.round_id.as_ref().ok_or(ServiceError::LinkSpent)?;
    let round = ctx.store.read(|connection| crate::store::rounds::find_by_id(connection, id))?;
    let round = rounds::view(ctx, round)?;
    round.must_be_open()?;
    Ok(round)
}
