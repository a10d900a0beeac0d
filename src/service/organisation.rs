//! Staff sign in through the organisation's own sign-in (OpenID Connect).
//!
//! An account there opens the account here that it is joined to, by the provider's identifier and never by an address
//! that somebody else may have tomorrow. It is joined by its owner, who is signed in here and there; or, to an account
//! without any other way in, by an invitation to the verified address. Roles come from an administrator alone.

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::accept_staff;
use super::applicants;
use super::challenges::{self, Asking};
use super::context::Context;
use super::elsewhere::{Begun, Returned};
use super::error::{ServiceError, Trouble};
use super::limits::failures::{self, Try};
use super::links;
use super::own_sessions::SignedIn;
use super::prove;
use super::session::{self, Entry, NewSession, Staff};
use super::sign_in;
use super::ways as own_ways;
use crate::domain::id::Id;
use crate::domain::lookup::LookupKind;
use crate::domain::notice::WayKind;
use crate::domain::proof::Proof;
use crate::domain::quarter::Quarter;
use crate::domain::role::Audience;
use crate::domain::sealed::BlindIndex;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::provider::ProviderError;
use crate::provider::organisation::{Identity, Organisation, Ties};
use crate::store::lookups::{self, NewLookup};
use crate::store::staff::{self, Member};
use crate::store::ways::{self, OrganisationLink};
use crate::store::{AnyConnection, StoreError, dossiers, sign_ins, site};
use crate::vault::DataKey;

const PURPOSE: &str = "organisation";
/// By how much the provider's clock may be behind.
const SKEW: Duration = Duration::seconds(60);

/// Why somebody sets out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Errand {
    /// To come in.
    SignIn,
    /// To join the account there to one's own here.
    Join,
    /// To prove anew that it is oneself, and to go on there.
    Prove(String),
}

#[derive(Serialize, Deserialize)]
struct UnderWay {
    ties: Ties,
    errand: Errand,
    /// When, UTC.
    began: DateTime<Utc>,
    /// Whoever set out, where they were signed in.
    member: Option<Id>,
}

/// What the organisation's sign-in is called; none where it was not set up.
#[must_use]
pub fn name(ctx: &Context) -> Option<&str> {
    ctx.providers.organisation.as_ref().map(Organisation::name)
}

/// The origin to which a form that begins it leads on.
#[must_use]
pub fn origin(ctx: &Context) -> Option<&str> {
    ctx.providers.organisation.as_ref().map(Organisation::origin)
}

fn provider(ctx: &Context) -> Result<&Organisation, ServiceError> {
    let organisation = ctx.providers.organisation.as_ref();
    organisation.ok_or_else(|| {
        ServiceError::field("organisation", "That way to sign in is not set up here")
    })
}

/// Somebody sets out.
///
/// # Errors
/// [`ServiceError::Invalid`] where it was not set up; [`ServiceError::Elsewhere`] when the provider is not there;
/// [`ServiceError::ProofNeeded`].
pub fn begin(ctx: &Context, errand: Errand, who: Option<&Staff>) -> Result<Begun, ServiceError> {
    let organisation = provider(ctx)?;
    if let (Errand::Join, Some(who)) = (&errand, who) {
        own_ways::may_change(ctx, &SignedIn::from(who))?;
    }
    let ties = Ties {
        state: ctx.id()?.to_string(),
        nonce: ctx.id()?.to_string(),
        verifier: format!("{}{}", ctx.id()?, ctx.id()?),
    };
    let address = organisation.authorize(&ties, errand != Errand::SignIn).map_err(trouble)?;
    let browser = ctx.id()?.to_string();
    let digest = links::browser_digest(ctx, &browser)?;
    let member = who.map(|who| who.id.clone());
    let state = UnderWay { ties, errand, began: ctx.now(), member };
    challenges::begin(ctx, asking(&digest), &state)?;
    Ok(Begun { address: address.to_string(), browser })
}

/// Somebody comes back. `session` is the cookie of whoever is signed in in that browser.
///
/// # Errors
/// [`ServiceError::Elsewhere`] says what went wrong there; [`ServiceError::Invalid`] when nobody here is joined to
/// that account; [`ServiceError::ProofNeeded`]. What was begun is over in each case.
pub fn come_back(
    ctx: &Context,
    returned: &Returned,
    (browser, session): (Option<&str>, Option<&str>),
    user_agent: &str,
    client: Option<IpAddr>,
) -> Result<NewSession, ServiceError> {
    let organisation = provider(ctx)?;
    let stale = || ServiceError::from(Trouble::Stale);
    let digest = links::browser_digest(ctx, browser.ok_or_else(stale)?)?;
    let (challenge, under_way) = match challenges::open::<UnderWay>(ctx, asking(&digest)) {
        Err(ServiceError::LinkSpent) => return Err(stale()),
        found => found?,
    };
    let same = under_way.ties.state.as_bytes().ct_eq(returned.state.expose().as_bytes());
    if !bool::from(same) {
        return Err(stale());
    }
    // Of use once, whatever comes of it: of two who come back with the same, one goes on.
    if !ctx.store.write(move |connection| challenges::close(connection, &challenge))? {
        return Err(stale());
    }
    let attempt = Try { audience: Audience::Staff, account: None, client };
    let counted = failures::check(ctx, attempt)?;
    let identity = ask(ctx, organisation, returned, &under_way.ties)?;
    let arrived = match &under_way.errand {
        Errand::SignIn => {
            let proved_at = Some(proved_at(ctx, organisation, &identity));
            let entry = Entry { proved_at, ..Entry::new(Proof::Organisation, user_agent) };
            sign_in(ctx, organisation, &identity, &entry)
        }
        errand => {
            let who = session::staff(ctx, session.ok_or(ServiceError::SignedOut)?)?;
            if under_way.member.as_ref() != Some(&who.id) {
                return Err(stale());
            }
            if !is_anew(organisation, &identity, under_way.began) {
                return Err(Trouble::NotAnew.into());
            }
            match errand {
                Errand::Prove(then) => prove_by(ctx, organisation, &who, &identity, then),
                _ => join(ctx, organisation, &who, &identity),
            }
        }
    }?;
    counted.succeeded(ctx)?;
    Ok(arrived)
}

const fn asking(browser: &str) -> Asking<'_> {
    Asking { audience: Audience::Staff, purpose: PURPOSE, browser }
}

fn ask(
    ctx: &Context,
    organisation: &Organisation,
    returned: &Returned,
    ties: &Ties,
) -> Result<Identity, ServiceError> {
    match returned.error.as_str() {
        "" => {}
        "access_denied" => return Err(Trouble::Denied.into()),
        _ => return Err(Trouble::Refused.into()),
    }
    if returned.code.is_blank() {
        return Err(Trouble::Nonsense.into());
    }
    organisation.who(returned.code.expose(), ties, ctx.now()).map_err(trouble)
}

fn trouble(error: ProviderError) -> ServiceError {
    tracing::warn!(%error, "the organisation's sign-in gave no answer of use");
    error.into()
}

/// When somebody who comes in proved who they are: a browser that is signed in there comes back without a question, and
/// that is no fresh proof.
fn proved_at(ctx: &Context, organisation: &Organisation, identity: &Identity) -> DateTime<Utc> {
    match identity.authenticated_at {
        Some(at) => at,
        None if organisation.counts_as_fresh() => ctx.now(),
        None => ctx.now() - session::FRESH,
    }
}

/// Whether somebody was asked there who they are after they had set out from here.
fn is_anew(organisation: &Organisation, identity: &Identity, began: DateTime<Utc>) -> bool {
    match identity.authenticated_at {
        Some(at) => began <= at + SKEW,
        None => organisation.counts_as_fresh(),
    }
}

fn nobody(organisation: &Organisation) -> ServiceError {
    ServiceError::field(
        "organisation",
        format!(
            "Nobody here is joined to that account at {}. Sign in another way and join it, or ask an administrator to \
             invite you",
            organisation.name()
        ),
    )
}

/// The address that counts: verified there, and of an allowed domain where domains are named.
fn address<'a>(organisation: &Organisation, identity: &'a Identity) -> Option<&'a Secret> {
    identity.email.as_ref().filter(|email| organisation.allows(email.expose()))
}

fn sign_in(
    ctx: &Context,
    organisation: &Organisation,
    identity: &Identity,
    entry: &Entry,
) -> Result<NewSession, ServiceError> {
    let email = address(organisation, identity);
    // Who has left the domain has left.
    if organisation.has_domains() && email.is_none() {
        return Err(nobody(organisation));
    }
    if let Some(member) = find(ctx, &identity.subject)? {
        return match member.state.as_str() {
            staff::ACTIVE => accept_staff::come_in(ctx, &member, entry, |_| Ok(true)),
            _ => Err(nobody(organisation)),
        };
    }
    let email = email.ok_or_else(|| nobody(organisation))?;
    let name = identity.name.clone().filter(|name| !name.is_blank());
    let name = name.unwrap_or_else(|| email.clone());
    match sign_in::find_member(ctx, email.expose())? {
        Some(member) if member.state == staff::INVITED => {
            let new = new_link(ctx, &member, identity)?;
            let (invited, now) = (member.id.clone(), ctx.stamp());
            accept_staff::activate(ctx, &member, &name, entry, move |connection| {
                site::lock(connection, new.lock)?;
                // An invitation that has run out lets nobody in, by whatever door.
                if sign_ins::end_invitations(connection, &invited, now)? == 0 {
                    return Ok(false);
                }
                new.insert(connection).map(|()| true)
            })
        }
        // An address is no proof that it is they: its owner joins the account themselves.
        Some(_) => Err(nobody(organisation)),
        None if organisation.creates() && organisation.has_domains() => {
            let owner = (&name, email);
            accept_staff::create(ctx, owner, entry, |new| {
                let quarter = Quarter::of(new.dossier.keep_until);
                let link = link_for(ctx, (&new.member, &new.key), quarter, &identity.subject)?;
                Ok(move |connection: &mut AnyConnection| {
                    site::lock(connection, link.lock)?;
                    link.insert(connection)
                })
            })
        }
        None => Err(nobody(organisation)),
    }
}

fn join(
    ctx: &Context,
    organisation: &Organisation,
    who: &Staff,
    identity: &Identity,
) -> Result<NewSession, ServiceError> {
    let signed_in = SignedIn::from(who);
    own_ways::may_change(ctx, &signed_in)?;
    if organisation.has_domains() && address(organisation, identity).is_none() {
        return Err(nobody(organisation));
    }
    if let Some(other) = find(ctx, &identity.subject)? {
        return Err(if other.id == who.id { Trouble::Second } else { Trouble::Taken }.into());
    }
    if ctx.store.read(|connection| ways::organisation_link(connection, &who.id))?.is_some() {
        return Err(Trouble::Second.into());
    }
    let member = ctx.store.read(|connection| staff::find(connection, &who.id))?;
    let member = member.ok_or(ServiceError::SignedOut)?;
    let new = new_link(ctx, &member, identity)?;
    let added = own_ways::added(ctx, &signed_in, WayKind::Organisation)?;
    let then = "/staff/ways?done=organisation";
    prove::renewed(ctx, &signed_in, Proof::Organisation, then, move |connection| {
        site::lock(connection, new.lock)?;
        added.apply(connection)?;
        new.insert(connection)
    })
}

fn prove_by(
    ctx: &Context,
    organisation: &Organisation,
    who: &Staff,
    identity: &Identity,
    then: &str,
) -> Result<NewSession, ServiceError> {
    // Who has left the domain has left.
    if organisation.has_domains() && address(organisation, identity).is_none() {
        return Err(nobody(organisation));
    }
    match find(ctx, &identity.subject)? {
        Some(member) if member.id == who.id => {
            prove::renewed(ctx, &SignedIn::from(who), Proof::Organisation, then, |_| Ok(()))
        }
        _ => Err(Trouble::Another.into()),
    }
}

/// Whose account here is joined to an account there.
fn find(ctx: &Context, subject: &Secret) -> Result<Option<Member>, ServiceError> {
    let kind = LookupKind::OrganisationSubject;
    let tags = ctx.vault.blind_all(kind, subject.expose())?;
    let ids = ctx.store.read(|connection| lookups::find(connection, kind, &tags, 10))?;
    for id in ids {
        let found = ctx.store.read(|connection| {
            let link = ways::organisation_link(connection, &id)?;
            Ok((link, staff::find(connection, &id)?))
        })?;
        let (Some(link), Some(member)) = found else { continue };
        let key = ctx.data_key(&link.dossier_id)?;
        let place = Slot::OrganisationSubject;
        let kept = ctx.open(&key, place, &link.id, &link.dossier_id, &link.subject)?;
        if kept.expose() == subject.expose() {
            return Ok(Some(member));
        }
    }
    Ok(None)
}

/// An account there, about to be joined to one here.
#[derive(Clone)]
struct NewLink {
    row: OrganisationLink,
    lookup: NewLookup,
    tags: Vec<BlindIndex>,
    lock: i64,
}

fn new_link(ctx: &Context, member: &Member, identity: &Identity) -> Result<NewLink, ServiceError> {
    let dossier = &member.dossier_id;
    let clock = ctx.store.read(|connection| dossiers::clock(connection, dossier))?;
    let key = ctx.data_key(dossier)?;
    link_for(ctx, (member, &key), Quarter::of(clock.keep_until), &identity.subject)
}

fn link_for(
    ctx: &Context,
    (member, key): (&Member, &DataKey),
    quarter: Quarter,
    subject: &Secret,
) -> Result<NewLink, ServiceError> {
    let (dossier, id) = (&member.dossier_id, ctx.id()?);
    let kind = LookupKind::OrganisationSubject;
    Ok(NewLink {
        row: OrganisationLink {
            subject: ctx.seal(key, Slot::OrganisationSubject, &id, dossier, subject)?,
            id,
            dossier_id: dossier.clone(),
            staff_id: member.id.clone(),
            created_at: ctx.stamp(),
        },
        lookup: NewLookup {
            id: ctx.id()?,
            dossier: dossier.clone(),
            kind,
            tag: ctx.vault.blind(kind, quarter, subject.expose())?,
            subject: member.id.clone(),
        },
        tags: ctx.vault.blind_all(kind, subject.expose())?,
        lock: applicants::lock_of(ctx, "organisation", subject)?,
    })
}

impl NewLink {
    /// Joins the two, unless that account was joined to another meanwhile.
    fn insert(&self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        if !lookups::find(connection, self.lookup.kind, &self.tags, 1)?.is_empty() {
            return Err(StoreError::Conflict);
        }
        ways::insert_organisation_link(connection, &self.row)?;
        lookups::insert(connection, &self.lookup)
    }
}
