//! Signing in by mail: a link, and a code to type where one began. Opening the link consumes nothing.
//!
//! Neither link nor code is stored: both are computed from the id of their row under keys of the site.

use std::net::IpAddr;

use super::context::Context;
use super::error::ServiceError;
use super::limits::failures::{self, Try};
use super::session::{Entry, NewSession};
use super::views::ConsentView;
use super::{accept_staff, applicants, assessors, consent_texts};
use super::{enter, github, limits, links, nobody, outsiders, readmit};
use crate::domain::class::Class;
use crate::domain::lookup::{LookupKind, normalise_email};
use crate::domain::notice::Notice;
use crate::domain::proof::Proof;
use crate::domain::retention::DossierFacts;
use crate::domain::role::{Audience, Roles};
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::dossiers::{self, Kind};
use crate::store::sign_ins::{self, SignIn};
use crate::store::{consents, lookups, outbox, staff};

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
    /// To sign in as an assessor.
    Assessor,
    /// To take up an invitation with these roles.
    Invitation(Roles),
    /// To become the first administrator.
    FirstAdmin,
}

/// What a person sees who opens a link.
#[derive(Clone)]
pub struct LinkView {
    /// What it is for.
    pub purpose: LinkPurpose,
    /// Whether this is the browser that asked for it.
    pub same_browser: bool,
    /// What was agreed to by whoever entered the address: pressing the button confirms it.
    pub consents: Vec<ConsentView>,
    /// The username with which whoever entered the address came from GitHub. It is joined in the same browser alone.
    pub github: Option<Secret>,
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
    let (mut account, mut member, mut assessor) = (None, None, None);
    let mut stronger = None;
    let (class, purpose, template) = match audience {
        Audience::Staff => {
            // Who has a stronger way comes in by that alone, and is told so by mail; the answer is the same.
            let found = find_staff(ctx, &email)?;
            let nobody = ctx.id()?;
            let dossier = found.as_ref().map_or(&nobody, |found| &found.dossier_id);
            let by_mail = accept_staff::may_come_by_mail(ctx, dossier)?;
            (member, stronger) = if by_mail { (found, None) } else { (None, found) };
            (Class::Staff, ("staff", "staff"), "staff_sign_in")
        }
        Audience::Assessor => {
            assessor = assessors::find_by_email(ctx, &email)?
                .map(|found| found.row)
                .filter(|row| outsiders::has_access(ctx, row));
            (Class::Assessor, ("assessor", "assessor"), "assessor_sign_in")
        }
        _ => {
            account = applicants::find_by_email(ctx, &email)?.map(|(account, _)| account);
            (Class::Personal, ("applicant", "applicant"), "sign_in")
        }
    };
    let known = account.is_some() || member.is_some() || assessor.is_some();
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
            assessor_id: assessor.as_ref().map(|row| row.id.clone()),
            browser: Some(browser.clone()),
            ..links::blank(ctx, id.clone(), &dossier.id, purpose, links::MAILED_LINK)
        };
        let mail = match &stronger {
            Some(member) => {
                let template = Notice::StrongerWay.template(Audience::Staff);
                ctx.mail(&template, &member.id, &dossier.id)?
            }
            None => ctx.mail(template, &id, &dossier.id)?,
        };
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
    Ok(find_member(ctx, email)?.filter(|member| member.state == staff::ACTIVE))
}

/// The member of staff with an address, in whatever state.
pub(crate) fn find_member(
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
        if normalise_email(kept.expose()) == wanted {
            return Ok(Some(member));
        }
    }
    nobody::as_if_found(ctx, Class::Staff, &[Slot::StaffEmail], |connection, id| {
        staff::find(connection, id).map(drop)
    })?;
    Ok(None)
}

/// What a link is for. Consumes nothing: programs that check mail for harm open links, too.
///
/// # Errors
/// [`ServiceError::LinkSpent`].
pub fn look(ctx: &Context, token: &str, browser: Option<&str>) -> Result<LinkView, ServiceError> {
    let found = links::find_live(ctx, token)?;
    let same_browser = is_same(ctx, &found, browser)?;
    let purpose = match found.purpose.as_str() {
        "apply" => LinkPurpose::Apply(enter::round_of(ctx, &found)?.title()),
        "applicant" => LinkPurpose::Applicant,
        "assessor" => LinkPurpose::Assessor,
        "staff" | readmit::HANDED => LinkPurpose::Staff,
        "invitation" => LinkPurpose::Invitation(accept_staff::roles_of(ctx, &found)?),
        "first_admin" => LinkPurpose::FirstAdmin,
        _ => return Err(ServiceError::LinkSpent),
    };
    // Only who applies has agreed to something: processes of other parts have no right to look.
    let given = match &purpose {
        LinkPurpose::Apply(_) => {
            ctx.store.read(|connection| consents::of_sign_in_with_texts(connection, &found.id))?
        }
        _ => Vec::new(),
    };
    let consents = consent_texts::views(given, None);
    let github = github::user_of(ctx, &found)?.map(|user| user.username);
    Ok(LinkView { purpose, same_browser, consents, github })
}

/// A person presses the button behind a link.
///
/// # Errors
/// [`ServiceError::LinkSpent`]; [`ServiceError::RoundClosed`] when the round closed since.
pub fn by_link(
    ctx: &Context,
    token: &str,
    browser: Option<&str>,
    user_agent: &str,
) -> Result<NewSession, ServiceError> {
    let found = links::find_live(ctx, token)?;
    let same_browser = is_same(ctx, &found, browser)?;
    come_in(ctx, &found, same_browser, &Entry::new(Proof::Mail, user_agent))
}

/// Whether this is the browser in which a link was asked for.
fn is_same(ctx: &Context, found: &SignIn, browser: Option<&str>) -> Result<bool, ServiceError> {
    match (browser, &found.browser) {
        (Some(cookie), Some(digest)) => Ok(links::browser_digest(ctx, cookie)? == *digest),
        _ => Ok(false),
    }
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
    let session = come_in(ctx, &found, true, &Entry::new(Proof::Mail, user_agent))?;
    counted.succeeded(ctx)?;
    Ok(session)
}

fn come_in(
    ctx: &Context,
    found: &SignIn,
    same_browser: bool,
    entry: &Entry,
) -> Result<NewSession, ServiceError> {
    let entered = match found.purpose.as_str() {
        "apply" => apply(ctx, found, same_browser, entry),
        "applicant" => enter::applicant(ctx, found, entry),
        "assessor" => enter::assessor(ctx, found, entry),
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

fn apply(
    ctx: &Context,
    found: &SignIn,
    same_browser: bool,
    entry: &Entry,
) -> Result<NewSession, ServiceError> {
    let sealed = found.email.as_ref().ok_or(ServiceError::LinkSpent)?;
    let key = ctx.data_key(&found.dossier_id)?;
    let email = ctx.open(&key, Slot::SignInEmail, &found.id, &found.dossier_id, sealed)?;
    // Whoever reads the mail elsewhere may not be who came from GitHub: an account there that is joined lets in.
    let user = if same_browser { github::user_of(ctx, found)? } else { None };
    enter::with_draft(ctx, found, &email, user.as_ref(), entry)
}
