//! Coming in by GitHub, and joining an account there to one's account here.
//!
//! What is begun is a row like that of a mailed link: of use once, for ten minutes, in the browser in which it was begun.
//! State and code verifier are not stored; they are computed from the row's id under keys of the site.

use std::net::IpAddr;

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};

use super::context::Context;
use super::elsewhere::{Begun, Returned};
use super::error::{ServiceError, Trouble};
use super::outsiders::Outsider;
use super::session::{Entry, NewSession, Owner};
use super::{consent_texts, enter, github_accounts, links, outsiders, prove_outside};
use super::{start_application, way_in};
use crate::domain::class::Class;
use crate::domain::id::Id;
use crate::domain::proof::Proof;
use crate::domain::retention::DossierFacts;
use crate::domain::role::Audience;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::provider::github::{GitHub, GitHubUser};
use crate::store::dossiers::{self, Kind};
use crate::store::sign_ins::{self, SignIn};
use crate::vault::MacPurpose;

/// What somebody goes to GitHub for.
pub enum Errand {
    /// To sign in.
    SignIn,
    /// To apply in a round, after consent was given: what the person carries along says so.
    Apply {
        /// The round.
        slug: String,
        /// What was said so far, signed.
        journey: Secret,
    },
    /// To join an account there to one's own.
    Join(Outsider),
    /// To prove anew who one is; then on to this path of this site.
    Prove(Outsider, String),
}

/// What became of it.
pub enum Arrived {
    /// The person is signed in, or has a session under a new id.
    In(NewSession),
    /// Nobody here is joined to that account: this is its username.
    Unknown(Secret),
    /// GitHub says who it is; the e-mail address is next.
    Named,
    /// The account there is joined to the one here.
    Joined,
}

/// The words of what was begun, by errand.
pub(crate) const SIGN_IN: &str = "github";
pub(crate) const APPLY: &str = "github_apply";
pub(crate) const JOIN: &str = "github_join";
pub(crate) const PROVE: &str = "github_prove";
/// Somebody came back, and GitHub is asked who it is.
const ASKING: &str = "github_asking";
/// GitHub said who it is; the address is to be confirmed.
pub(crate) const NAMED: &str = "github_named";

/// Whether GitHub was set up.
#[must_use]
pub fn is_offered(ctx: &Context) -> bool {
    ctx.providers.github.is_some()
}

/// The origin of GitHub, to which forms of ours may lead.
#[must_use]
pub fn origin(ctx: &Context) -> Option<&str> {
    ctx.providers.github.as_ref().map(GitHub::origin)
}

/// Where GitHub sends people of an audience back to.
const fn back(audience: Audience) -> &'static str {
    match audience {
        Audience::Assessor => "/assess/sign-in/github/return",
        _ => "/sign-in/github/return",
    }
}

fn provider(ctx: &Context) -> Result<&GitHub, ServiceError> {
    ctx.providers.github.as_ref().ok_or(ServiceError::NotFound)
}

/// Somebody sets out for GitHub.
///
/// # Errors
/// [`ServiceError::NotFound`] where GitHub was not set up; [`ServiceError::LinkSpent`] when an application has to be
/// begun again.
pub fn begin(
    ctx: &Context,
    audience: Audience,
    errand: &Errand,
    browser: Option<&str>,
) -> Result<Begun, ServiceError> {
    let github = provider(ctx)?;
    // A code that was mailed to this browser goes on being of use.
    let browser = match browser.filter(|cookie| cookie.parse::<Id>().is_ok()) {
        Some(cookie) => cookie.to_owned(),
        None => ctx.id()?.to_string(),
    };
    let (class, word) = match audience {
        Audience::Assessor => (Class::Assessor, "assessor"),
        _ => (Class::Personal, "applicant"),
    };
    let (purpose, then) = match errand {
        Errand::SignIn => (SIGN_IN, ""),
        Errand::Apply { .. } => (APPLY, ""),
        Errand::Join(_) => (JOIN, ""),
        Errand::Prove(_, then) => (PROVE, then.as_str()),
    };
    let agreed = match errand {
        Errand::Apply { slug, journey } => {
            let (round, agreed) =
                start_application::resume_after_consent(ctx, slug, journey.expose())?;
            Some((round.id, agreed))
        }
        _ => None,
    };
    let digest = browser_digest(ctx, &browser)?;
    let kept = DossierFacts::SignIn { created: ctx.today() }.kept_until(&ctx.periods);
    ctx.steadily(|generation| {
        let (dossier, _) = ctx.new_dossier(Kind::SignIn, class, None, kept)?;
        let id = ctx.id()?;
        let begun = (word, purpose);
        let mut row = SignIn {
            browser: Some(digest.clone()),
            round_id: agreed.as_ref().map(|(round, _)| round.clone()),
            ..links::blank(ctx, id.clone(), &dossier.id, begun, links::MAILED_LINK)
        };
        if let Errand::Join(who) | Errand::Prove(who, _) = errand {
            match who.owner() {
                Owner::Assessor(id) => row.assessor_id = Some(id.clone()),
                Owner::Applicant(id) | Owner::Staff(id) => row.account_id = Some(id.clone()),
            }
        }
        let receipts = agreed
            .iter()
            .flat_map(|(_, agreed)| agreed)
            .map(|offered| consent_texts::receipt(ctx, offered, &dossier.id, None, Some(&id)))
            .collect::<Result<Vec<_>, _>>()?;
        let address = github
            .authorize(
                back(audience),
                (&state_of(ctx, &id, then)?, &verifier_of(ctx, &id)?),
                matches!(errand, Errand::Join(_) | Errand::Prove(..)),
            )
            .map_err(ServiceError::internal)?;
        ctx.write_under(generation, move |connection| {
            dossiers::insert(connection, &dossier)?;
            sign_ins::insert(connection, &row)?;
            for receipt in &receipts {
                receipt.insert(connection)?;
            }
            Ok(())
        })?;
        Ok(Begun { address: address.to_string(), browser: browser.clone() })
    })
}

/// Somebody comes back from GitHub. `session` is the cookie of whoever is signed in in that browser.
///
/// # Errors
/// [`ServiceError::Elsewhere`] says what went wrong; what was begun is then over.
pub fn come_back(
    ctx: &Context,
    audience: Audience,
    returned: &Returned,
    browser: Option<&str>,
    session: Option<&str>,
    user_agent: &str,
) -> Result<Arrived, ServiceError> {
    let github = provider(ctx)?;
    let (found, then) = find(ctx, audience, returned, browser)?;
    let asking = SignIn { purpose: ASKING.to_owned(), ..found.clone() };
    let (from, to, now) = (found.clone(), asking.clone(), ctx.stamp());
    // Of use once, whatever comes of it: of two who come back with the same, one goes on.
    if !ctx.store.write(move |connection| sign_ins::advance(connection, &from, &to, now))? {
        return Err(Trouble::Stale.into());
    }
    let arrived = ask(ctx, github, audience, returned, &found.id).and_then(|user| {
        let entry = Entry::new(Proof::Github, user_agent);
        match found.purpose.as_str() {
            SIGN_IN => sign_in(ctx, audience, &asking, &user, &entry),
            APPLY => apply(ctx, &asking, &user, &entry),
            JOIN => {
                let who = own(ctx, audience, &found, session)?;
                way_in::join_github(ctx, &who, &user).map(|()| Arrived::Joined)
            }
            _ => {
                let who = own(ctx, audience, &found, session)?;
                let joined = github_accounts::of_dossier(ctx, &who.session.dossier)?;
                if joined.is_none_or(|joined| joined.user.id.expose() != user.id.expose()) {
                    return Err(Trouble::Another.into());
                }
                prove_outside::by_github(ctx, &who, &asking, &then).map(Arrived::In)
            }
        }
    });
    if !matches!(arrived, Ok(Arrived::In(_) | Arrived::Named)) {
        let dossier = found.dossier_id;
        ctx.store.write(move |connection| dossiers::erase(connection, &dossier))?;
    }
    arrived
}

/// What was begun in this browser, with where to go on after it.
fn find(
    ctx: &Context,
    audience: Audience,
    returned: &Returned,
    browser: Option<&str>,
) -> Result<(SignIn, String), ServiceError> {
    let stale = || ServiceError::from(Trouble::Stale);
    let (id, then) = read_state(ctx, returned.state.expose())?.ok_or_else(stale)?;
    let digest = browser_digest(ctx, browser.ok_or_else(stale)?)?;
    let found = ctx.store.read(|connection| sign_ins::find(connection, &id))?;
    let word = if audience == Audience::Assessor { "assessor" } else { "applicant" };
    let found = found.filter(|found| {
        let same = found.browser.as_ref() == Some(&digest) && found.audience == word;
        let begun = [SIGN_IN, APPLY, JOIN, PROVE].contains(&found.purpose.as_str());
        same && begun && links::is_live(ctx, found)
    });
    Ok((found.ok_or_else(stale)?, then))
}

fn ask(
    ctx: &Context,
    github: &GitHub,
    audience: Audience,
    returned: &Returned,
    id: &Id,
) -> Result<GitHubUser, ServiceError> {
    match returned.error.as_str() {
        "" => {}
        "access_denied" => return Err(Trouble::Denied.into()),
        // GitHub says so when what the site was registered with does not fit its settings.
        "redirect_uri_mismatch" | "application_suspended" | "incorrect_client_credentials" => {
            tracing::error!(error = returned.error, "GitHub does not take this site's settings");
            return Err(Trouble::Refused.into());
        }
        _ => return Err(Trouble::Refused.into()),
    }
    if returned.code.is_blank() {
        return Err(Trouble::Nonsense.into());
    }
    github.who(back(audience), returned.code.expose(), &verifier_of(ctx, id)?).map_err(|error| {
        tracing::warn!(%error, "GitHub did not say who somebody is");
        error.into()
    })
}

/// Whoever began it, if they are still signed in in this browser.
fn own(
    ctx: &Context,
    audience: Audience,
    found: &SignIn,
    session: Option<&str>,
) -> Result<Outsider, ServiceError> {
    let who = outsiders::outsider(ctx, audience, session.ok_or(ServiceError::SignedOut)?)?;
    let begun_by = found.account_id.as_ref().or(found.assessor_id.as_ref());
    if begun_by == Some(&who.id) { Ok(who) } else { Err(Trouble::Stale.into()) }
}

fn sign_in(
    ctx: &Context,
    audience: Audience,
    begun: &SignIn,
    user: &GitHubUser,
    entry: &Entry,
) -> Result<Arrived, ServiceError> {
    let unknown = || Ok(Arrived::Unknown(user.username.clone()));
    let joined = github_accounts::find(ctx, audience == Audience::Assessor, &user.id)?;
    let Some(joined) = joined else { return unknown() };
    match enter::by_github(ctx, begun, &joined, user, entry)? {
        Some(session) => Ok(Arrived::In(session)),
        None => unknown(),
    }
}

fn apply(
    ctx: &Context,
    begun: &SignIn,
    user: &GitHubUser,
    entry: &Entry,
) -> Result<Arrived, ServiceError> {
    if let Some(joined) = github_accounts::find(ctx, false, &user.id)?
        && let Some(email) = enter::email_behind(ctx, &joined)?
    {
        return enter::with_draft(ctx, begun, &email, Some(user), entry).map(Arrived::In);
    }
    let key = ctx.data_key(&begun.dossier_id)?;
    let seal = |slot, value| ctx.seal(&key, slot, &begun.id, &begun.dossier_id, value).map(Some);
    let named = SignIn {
        purpose: NAMED.to_owned(),
        expires_at: ctx.stamp() + links::MAILED_LINK,
        github_id: seal(Slot::SignInGithubId, &user.id)?,
        github_username: seal(Slot::SignInGithubUsername, &user.username)?,
        ..begun.clone()
    };
    let (from, now) = (begun.clone(), ctx.stamp());
    if ctx.store.write(move |connection| sign_ins::advance(connection, &from, &named, now))? {
        Ok(Arrived::Named)
    } else {
        Err(Trouble::Stale.into())
    }
}

/// Who comes from GitHub in this browser and has still to say their address.
///
/// # Errors
/// [`ServiceError::LinkSpent`] when nobody does, or too much time has passed.
pub fn named(ctx: &Context, browser: Option<&str>) -> Result<Secret, ServiceError> {
    let found = find_named(ctx, browser)?;
    let user = user_of(ctx, &found)?.ok_or(ServiceError::LinkSpent)?;
    Ok(user.username)
}

fn find_named(ctx: &Context, browser: Option<&str>) -> Result<SignIn, ServiceError> {
    let digest = browser_digest(ctx, browser.ok_or(ServiceError::LinkSpent)?)?;
    let found = ctx.store.read(|connection| sign_ins::find_by_browser(connection, &digest))?;
    let found = found.filter(|found| found.purpose == NAMED && links::is_live(ctx, found));
    found.ok_or(ServiceError::LinkSpent)
}

/// Whom GitHub named to whoever began this; none where GitHub was not asked.
pub(crate) fn user_of(ctx: &Context, found: &SignIn) -> Result<Option<GitHubUser>, ServiceError> {
    let (Some(id), Some(username)) = (&found.github_id, &found.github_username) else {
        return Ok(None);
    };
    let key = ctx.data_key(&found.dossier_id)?;
    let open = |slot, sealed| ctx.open(&key, slot, &found.id, &found.dossier_id, sealed);
    Ok(Some(GitHubUser {
        id: open(Slot::SignInGithubId, id)?,
        username: open(Slot::SignInGithubUsername, username)?,
    }))
}

/// Somebody who comes from GitHub says their address: a link and a code are sent to it.
///
/// # Errors
/// [`ServiceError::Invalid`]; [`ServiceError::LinkSpent`]; [`ServiceError::TooMany`].
pub fn ask_address(
    ctx: &Context,
    browser: Option<&str>,
    email: &str,
    client: Option<IpAddr>,
) -> Result<super::sign_in::Asked, ServiceError> {
    let found = find_named(ctx, browser)?;
    start_application::confirm_named(ctx, &found, email, client)
}

fn browser_digest(ctx: &Context, cookie: &str) -> Result<String, ServiceError> {
    ctx.digest(MacPurpose::Session, &[b"github", cookie.as_bytes()])
}

fn mac_of(ctx: &Context, id: &Id, then: &str) -> Result<String, ServiceError> {
    ctx.digest(MacPurpose::Link, &[b"github", id.as_str().as_bytes(), then.as_bytes()])
}

fn state_of(ctx: &Context, id: &Id, then: &str) -> Result<String, ServiceError> {
    Ok(format!("{id}{}{}", mac_of(ctx, id, then)?, BASE64URL_NOPAD.encode(then.as_bytes())))
}

/// The row and the path that a state of ours stands for.
fn read_state(ctx: &Context, state: &str) -> Result<Option<(Id, String)>, ServiceError> {
    let parts = state.split_at_checked(Id::LEN).and_then(|(id, rest)| {
        let (mac, then) = rest.split_at_checked(26)?;
        let then = BASE64URL_NOPAD.decode(then.as_bytes()).ok()?;
        Some((id.parse::<Id>().ok()?, mac, String::from_utf8(then).ok()?))
    });
    let Some((id, mac, then)) = parts else { return Ok(None) };
    let right = mac_of(ctx, &id, &then)?;
    let same = subtle::ConstantTimeEq::ct_eq(right.as_bytes(), mac.as_bytes());
    Ok(bool::from(same).then_some((id, then)))
}

/// What proves to GitHub that whoever comes with the code is who set out: 52 letters and digits.
fn verifier_of(ctx: &Context, id: &Id) -> Result<String, ServiceError> {
    let mac = ctx.vault.mac(MacPurpose::Code, &[b"github", id.as_str().as_bytes()])?;
    Ok(BASE32_NOPAD.encode(&mac).to_ascii_lowercase())
}
