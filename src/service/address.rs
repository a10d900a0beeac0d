//! The address of an applicant's account is changed: by its owner, who confirms the new one.
//!
//! Whoever is told that another account has an address learns who applies here: the answer is the same, and a mail tells
//! the one who has it.

use std::net::IpAddr;

use chrono::NaiveDateTime;

use super::applicants;
use super::context::{Actor, Context, StoreOrService};
use super::error::ServiceError;
use super::limits;
use super::links;
use super::session::{Applicant, NewSession};
use super::sign_in::Asked;
use crate::domain::application::Status;
use crate::domain::class::Class;
use crate::domain::id::Id;
use crate::domain::identity;
use crate::domain::lookup::{LookupKind, normalise_email};
use crate::domain::notice::Notice;
use crate::domain::retention::DossierFacts;
use crate::domain::role::Audience;
use crate::domain::sealed::{BlindIndex, Sealed};
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::accounts::{self, Account};
use crate::store::address_changes::{self, AddressChange};
use crate::store::dossiers::{self, Kind};
use crate::store::sessions::Session;
use crate::store::sign_ins::{self, SignIn};
use crate::store::{AnyConnection, StoreError, applications, audit, drafts};
use crate::store::{github_accounts, lookups, outbox, sessions, site};

/// The purpose of a link that confirms a new address, and the name of its mail.
pub(crate) const PURPOSE: &str = "new_address";

/// The address of one's own account.
///
/// # Errors
/// [`ServiceError::SignedOut`] when the account is gone.
pub fn own(ctx: &Context, who: &Applicant) -> Result<Secret, ServiceError> {
    applicants::email_of(ctx, &account_of(ctx, &who.account)?)
}

fn account_of(ctx: &Context, id: &Id) -> Result<Account, ServiceError> {
    let found = ctx.store.read(|connection| accounts::find(connection, id))?;
    found.ok_or(ServiceError::SignedOut)
}

/// Somebody wants another address: a link and a code are sent to it.
///
/// # Errors
/// [`ServiceError::ProofNeeded`]; [`ServiceError::Invalid`] when it is no address, or the one they have;
/// [`ServiceError::TooMany`].
pub fn ask(
    ctx: &Context,
    who: &Applicant,
    email: &str,
    client: Option<IpAddr>,
) -> Result<Asked, ServiceError> {
    who.session.must_be_fresh(ctx)?;
    let email = identity::check_email(email).map_err(|e| ServiceError::field("email", e))?;
    limits::mail(ctx, Audience::Applicant, &email, client)?;
    let own = own(ctx, who)?;
    if own.expose() == email {
        return Err(ServiceError::field("email", "That is the address that you have already"));
    }
    let taken = applicants::find_by_email(ctx, &email)?.map(|(account, _)| account);
    let taken = taken.filter(|account| account.id != who.account);
    let email = Secret::new(email);
    let asked = Asked { browser: ctx.id()?.to_string() };
    let browser = links::browser_digest(ctx, &asked.browser)?;
    let kept = DossierFacts::SignIn { created: ctx.today() }.kept_until(&ctx.periods);
    ctx.steadily(|generation| {
        let (dossier, key) = ctx.new_dossier(Kind::SignIn, Class::Personal, None, kept)?;
        let id = ctx.id()?;
        let row = SignIn {
            account_id: Some(who.account.clone()),
            email: Some(ctx.seal(&key, Slot::SignInEmail, &id, &dossier.id, &email)?),
            browser: Some(browser.clone()),
            ..links::blank(ctx, id.clone(), &dossier.id, ("applicant", PURPOSE), links::MAILED_LINK)
        };
        let mail = match &taken {
            // Nobody gets the link: the account that has the address is told instead.
            Some(account) => {
                let template = Notice::AddressClaimed.template(Audience::Applicant);
                ctx.mail(&template, &account.id, &account.dossier_id)?
            }
            None => ctx.mail(PURPOSE, &id, &dossier.id)?,
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

/// Whether a link confirms a new address of this person's account. Consumes nothing.
///
/// # Errors
/// [`ServiceError::LinkSpent`].
pub fn look(ctx: &Context, who: &Applicant, token: &str) -> Result<Secret, ServiceError> {
    let found = of_link(ctx, who, token)?;
    new_email(ctx, &found)
}

fn of_link(ctx: &Context, who: &Applicant, token: &str) -> Result<SignIn, ServiceError> {
    let found = links::find_live(ctx, token)?;
    let own = found.purpose == PURPOSE && found.account_id.as_ref() == Some(&who.account);
    if own { Ok(found) } else { Err(ServiceError::LinkSpent) }
}

fn new_email(ctx: &Context, found: &SignIn) -> Result<Secret, ServiceError> {
    let sealed = found.email.as_ref().ok_or(ServiceError::LinkSpent)?;
    let key = ctx.data_key(&found.dossier_id)?;
    ctx.open(&key, Slot::SignInEmail, &found.id, &found.dossier_id, sealed)
}

/// Somebody presses the button behind the link that went to the new address, signed in to the account.
///
/// # Errors
/// [`ServiceError::LinkSpent`].
pub fn by_link(ctx: &Context, who: &Applicant, token: &str) -> Result<(), ServiceError> {
    let found = of_link(ctx, who, token)?;
    confirm(ctx, who, &found)
}

/// Somebody types the code that went to the new address.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is wrong; [`ServiceError::LinkSpent`] when it is of no use any more.
pub fn by_code(
    ctx: &Context,
    who: &Applicant,
    browser: Option<&str>,
    code: &str,
) -> Result<(), ServiceError> {
    let browser = links::browser_digest(ctx, browser.ok_or(ServiceError::LinkSpent)?)?;
    let found = ctx.store.read(|connection| sign_ins::find_by_browser(connection, &browser))?;
    let found = found.filter(|found| {
        found.purpose == PURPOSE && found.account_id.as_ref() == Some(&who.account)
    });
    let found = found.ok_or(ServiceError::LinkSpent)?;
    links::check_code(ctx, &found, code)?;
    confirm(ctx, who, &found)
}

fn confirm(ctx: &Context, who: &Applicant, found: &SignIn) -> Result<(), ServiceError> {
    let email = new_email(ctx, found)?;
    let by = Done {
        actor: who.actor(),
        by_link: Some(found.clone()),
        waiting: None,
        keeps: Some(who.session.id.clone()),
    };
    change(ctx, &who.account, &email, &by, |_, _| Ok(None)).map(|_| ())
}

/// How an address comes to be changed.
pub(crate) struct Done {
    /// Who does it.
    pub actor: Actor,
    /// The link that is used up by it.
    pub by_link: Option<SignIn>,
    /// The change that waited for it, if staff helped.
    pub waiting: Option<AddressChange>,
    /// The session that goes on; the others of the account end.
    pub keeps: Option<String>,
}

/// A session that begins with it, and its cookie.
type Began = Option<(Session, NewSession)>;

/// Everything that the transaction needs.
struct Prepared {
    account: Account,
    sealed: Sealed,
    clock: super::clocks::Move,
    drafts: Vec<(Id, Sealed)>,
    record: AddressChange,
    lock: i64,
    tags: Vec<BlindIndex>,
}

/// Gives an account another address. `begin` may make a session that begins with it.
pub(crate) fn change(
    ctx: &Context,
    account: &Id,
    email: &Secret,
    by: &Done,
    begin: impl Fn(&Account, &crate::vault::DataKey) -> Result<Began, ServiceError>,
) -> Result<Option<NewSession>, ServiceError> {
    ctx.steadily(|generation| {
        let account = account_of(ctx, account)?;
        let key = ctx.data_key(&account.dossier_id)?;
        let prepared = prepare(ctx, account, &key, email, by)?;
        let began = begin(&prepared.account, &key)?;
        let (id, dossier) = (&prepared.account.id, &prepared.account.dossier_id);
        let template = |notice: Notice| notice.template(Audience::Applicant);
        let mails = [
            ctx.mail(&template(Notice::AddressLeft), &prepared.record.id, dossier)?,
            ctx.mail(&template(Notice::AddressChanged), id, dossier)?,
        ];
        let entry = ctx.audit_plain(&by.actor, "account.address_changed", id)?;
        let (session, answer) = began.unzip();
        let (link, keeps, now) = (by.by_link.clone(), by.keeps.clone(), ctx.stamp());
        let waited = by.waiting.is_some();
        let done = ctx.write_under(generation, move |connection| {
            if let Some(link) = &link {
                if !sign_ins::consume(connection, &link.id, now)? {
                    return Err(StoreError::Refused);
                }
                dossiers::erase(connection, &link.dossier_id)?;
            }
            if waited && !address_changes::finish(connection, &prepared.record.id, now)? {
                return Err(StoreError::Refused);
            }
            prepared.apply(connection, waited, now)?;
            let dossier = &prepared.account.dossier_id;
            sessions::end_all(connection, dossier, keeps.as_deref())?;
            if let Some(session) = &session {
                sessions::insert(connection, session)?;
            }
            for mail in &mails {
                outbox::insert(connection, mail)?;
            }
            audit::insert(connection, &entry)
        });
        match done {
            Ok(()) => Ok(answer),
            Err(StoreError::Refused) => Err(ServiceError::LinkSpent.into()),
            Err(error) => Err(StoreOrService::from(error)),
        }
    })
}

fn prepare(
    ctx: &Context,
    account: Account,
    key: &crate::vault::DataKey,
    email: &Secret,
    by: &Done,
) -> Result<Prepared, ServiceError> {
    let (id, dossier) = (account.id.clone(), account.dossier_id.clone());
    let old = applicants::email_of(ctx, &account)?;
    let own = ctx.store.read(|connection| applications::all_own(connection, &id))?;
    let mut drafts = Vec::new();
    // A draft goes on with the new address; what was submitted stays as it was submitted.
    for (application, _, _) in own {
        if application.status() == Status::Draft {
            let member =
                ctx.store.read(|connection| drafts::applicant(connection, &application.id))?;
            let key = ctx.data_key(&member.dossier_id)?;
            let place = (&member.id, &member.dossier_id);
            let sealed = ctx.seal(&key, Slot::MemberEmail, place.0, place.1, email)?;
            drafts.push((member.id, sealed));
        }
    }
    let longest = ctx.store.read(|connection| accounts::longest_application(connection, &id))?;
    let clock = applicants::clock(ctx, &account, email, account.last_sign_in, longest)?;
    let record = match &by.waiting {
        Some(waiting) => waiting.clone(),
        None => {
            let (change, now) = (ctx.id()?, ctx.stamp());
            let seal = |slot, value| ctx.seal(key, slot, &change, &dossier, value);
            AddressChange {
                old_email: seal(Slot::AddressChangeOld, &old)?,
                new_email: seal(Slot::AddressChangeNew, email)?,
                id: change,
                dossier_id: dossier.clone(),
                account_id: id.clone(),
                staff_id: None,
                checked: None,
                created_at: now,
                from_at: now,
                until_at: now,
                stopped_at: None,
                done_at: Some(now),
            }
        }
    };
    Ok(Prepared {
        sealed: ctx.seal(key, Slot::AccountEmail, &id, &dossier, email)?,
        account,
        clock,
        drafts,
        record,
        lock: applicants::lock_of(ctx, "account", email)?,
        tags: ctx.vault.blind_all(LookupKind::AccountEmail, email.expose())?,
    })
}

impl Prepared {
    fn apply(
        &self,
        connection: &mut AnyConnection,
        waited: bool,
        now: NaiveDateTime,
    ) -> Result<(), StoreError> {
        site::lock(connection, self.lock)?;
        let found = lookups::find(connection, LookupKind::AccountEmail, &self.tags, 10)?;
        // Somebody else has it by now.
        if found.iter().any(|id| *id != self.account.id) {
            return Err(StoreError::Refused);
        }
        let id = &self.account.id;
        accounts::set_email(connection, id, &self.account.email, &self.sealed)?;
        self.clock.apply(connection)?;
        for (member, email) in &self.drafts {
            drafts::set_email(connection, member, email)?;
        }
        // What was sent to the address before opens nothing any more.
        sign_ins::end_of_account(connection, id, now)?;
        address_changes::stop_waiting(connection, id, now)?;
        // Who was helped had lost the account to somebody, perhaps: what that one joined to it goes as well.
        if waited
            && let Some(joined) = github_accounts::of_dossier(connection, &self.account.dossier_id)?
        {
            github_accounts::delete(connection, &joined.id)?;
        }
        if waited { Ok(()) } else { address_changes::insert(connection, &self.record) }
    }
}

/// Whether two addresses are one.
pub(crate) fn same(one: &Secret, other: &Secret) -> bool {
    normalise_email(one.expose()) == normalise_email(other.expose())
}
