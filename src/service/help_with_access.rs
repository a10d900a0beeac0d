//! Staff help an applicant who lost their mailbox.
//!
//! What was checked is recorded. A link goes to the new address, a notice to the one before. For a day the link opens
//! nothing, and whoever reads the mailbox before can stop it: a thief who talked staff round has to hope that nobody
//! reads it. After that the link lets in whoever has the new mailbox, once, for a week.

use chrono::{DateTime, Duration, Utc};

use super::address::{self, Done};
use super::context::{Actor, Context};
use super::error::ServiceError;
use super::permitted::ReceivedApplication;
use super::session::{self, Applicant, Entry, NewSession, Owner, Staff};
use super::{applicants, links};
use crate::domain::form::FieldError;
use crate::domain::id::Id;
use crate::domain::identity;
use crate::domain::proof::Proof;
use crate::domain::reason::Reason;
use crate::domain::role::{Audience, Permission};
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::accounts::{self, Account};
use crate::store::address_changes::{self, AddressChange};
use crate::store::{audit, looked, outbox};
use crate::vault::MacPurpose;

/// For how long the address before can stop it.
pub(crate) const DELAY: Duration = Duration::hours(24);
/// For how long the link is of use after that.
const LASTS: Duration = Duration::days(7);
/// The name of the mail to the new address.
pub(crate) const TO_NEW: &str = "access_recovery";
/// The name of the mail to the address before.
pub(crate) const TO_OLD: &str = "access_warning";
/// The most characters that say what was checked.
const MOST_CHARACTERS: usize = 2_000;

/// Where a change stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The address before can stop it.
    Waiting,
    /// The link in the new mailbox can be used.
    Ready,
    /// It was stopped.
    Stopped,
    /// It was done.
    Done,
    /// Nobody used it in time.
    Over,
}

impl Standing {
    fn of(ctx: &Context, change: &AddressChange) -> Self {
        let now = ctx.stamp();
        if change.done_at.is_some() {
            Self::Done
        } else if change.stopped_at.is_some() {
            Self::Stopped
        } else if change.until_at <= now {
            Self::Over
        } else if now < change.from_at {
            Self::Waiting
        } else {
            Self::Ready
        }
    }

    /// What it is called on pages.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Waiting => "waits; the address before can stop it",
            Self::Ready => "ready; the link in the new mailbox works",
            Self::Stopped => "stopped",
            Self::Done => "done",
            Self::Over => "not used in time",
        }
    }
}

/// A change of an address, as officers see it.
#[derive(Clone)]
pub struct ChangeView {
    /// The address before.
    pub old: Secret,
    /// The address after.
    pub new: Secret,
    /// What staff checked; none when the person did it alone.
    pub checked: Option<Secret>,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// From when the link works.
    pub from: DateTime<Utc>,
    /// Where it stands.
    pub standing: Standing,
}

/// What an officer sees who is to help.
#[derive(Clone)]
pub struct HelpPage {
    /// The application.
    pub application: Id,
    /// What can be read out on the telephone.
    pub reference: String,
    /// The address of the account now; none when there is no account any more.
    pub email: Option<Secret>,
    /// The changes so far, the newest first.
    pub changes: Vec<ChangeView>,
}

/// The account of whoever applied.
fn account_of(
    ctx: &Context,
    who: &Staff,
    received: &ReceivedApplication,
) -> Result<Option<Account>, ServiceError> {
    who.must(Permission::ReviewApplications)?;
    Ok(match &received.application.account_id {
        Some(account) => ctx.store.read(|connection| accounts::find(connection, account))?,
        None => None,
    })
}

/// Opens what an officer needs to help the person behind an application.
///
/// # Errors
/// [`ServiceError::Forbidden`]; [`ServiceError::NotFound`].
pub fn open(
    ctx: &Context,
    who: &Staff,
    received: &ReceivedApplication,
) -> Result<HelpPage, ServiceError> {
    let (account, id) = (account_of(ctx, who, received)?, received.id());
    let mut page = HelpPage {
        application: id.clone(),
        reference: received.application.reference.clone(),
        email: None,
        changes: Vec::new(),
    };
    if let Some(account) = account {
        page.email = Some(applicants::email_of(ctx, &account)?);
        let rows =
            ctx.store.read(|connection| address_changes::of_account(connection, &account.id))?;
        page.changes = rows.iter().map(|row| view(ctx, row)).collect::<Result<_, _>>()?;
    }
    let actor = who.acting(Permission::ReviewApplications);
    let mut entry = ctx.audit_plain(&actor, "application.access_opened", id)?;
    entry.reason = Some(Reason::Access.word().to_owned());
    let shown = id.clone();
    ctx.store.write(move |connection| {
        looked::insert(connection, &entry, std::slice::from_ref(&shown))
    })?;
    Ok(page)
}

fn view(ctx: &Context, row: &AddressChange) -> Result<ChangeView, ServiceError> {
    let key = ctx.data_key(&row.dossier_id)?;
    let open = |slot, sealed| ctx.open(&key, slot, &row.id, &row.dossier_id, sealed);
    let checked = row.checked.as_ref();
    Ok(ChangeView {
        old: open(Slot::AddressChangeOld, &row.old_email)?,
        new: open(Slot::AddressChangeNew, &row.new_email)?,
        checked: checked.map(|sealed| open(Slot::AddressChangeChecked, sealed)).transpose()?,
        asked_at: row.created_at.and_utc(),
        from: row.from_at.and_utc(),
        standing: Standing::of(ctx, row),
    })
}

/// An officer has checked who it is, and gives the account another address, a day from now.
///
/// # Errors
/// [`ServiceError::Forbidden`], [`ServiceError::ProofNeeded`], [`ServiceError::NotFound`]; [`ServiceError::Invalid`].
pub fn help(
    ctx: &Context,
    who: &Staff,
    received: &ReceivedApplication,
    email: &str,
    checked: &Secret,
) -> Result<(), ServiceError> {
    let (account, id) = (account_of(ctx, who, received)?, received.id());
    who.session.must_be_fresh(ctx)?;
    let account = account.ok_or(ServiceError::NotFound)?;
    let old = applicants::email_of(ctx, &account)?;
    let email = check(ctx, &account, &old, email, checked)?;
    ctx.steadily(|generation| {
        let key = ctx.data_key(&account.dossier_id)?;
        let (change, dossier) = (ctx.id()?, account.dossier_id.clone());
        let seal = |slot, value| ctx.seal(&key, slot, &change, &dossier, value);
        let now = ctx.stamp();
        let row = AddressChange {
            old_email: seal(Slot::AddressChangeOld, &old)?,
            new_email: seal(Slot::AddressChangeNew, &email)?,
            checked: Some(seal(Slot::AddressChangeChecked, checked)?),
            id: change.clone(),
            dossier_id: dossier.clone(),
            account_id: account.id.clone(),
            staff_id: Some(who.id.clone()),
            created_at: now,
            from_at: now + DELAY,
            until_at: now + DELAY + LASTS,
            stopped_at: None,
            done_at: None,
        };
        let mails = [ctx.mail(TO_OLD, &change, &dossier)?, ctx.mail(TO_NEW, &change, &dossier)?];
        let detail = serde_json::json!({ "application": id });
        let entry = ctx.audit(
            &who.acting(Permission::ReviewApplications),
            "account.address_change_asked",
            Some(&account.id),
            &detail,
        )?;
        ctx.write_under(generation, move |connection| {
            // Of several, the newest counts.
            address_changes::stop_waiting(connection, &row.account_id, now)?;
            address_changes::insert(connection, &row)?;
            for mail in &mails {
                outbox::insert(connection, mail)?;
            }
            audit::insert(connection, &entry)
        })?;
        Ok(())
    })
}

fn check(
    ctx: &Context,
    account: &Account,
    old: &Secret,
    email: &str,
    checked: &Secret,
) -> Result<Secret, ServiceError> {
    let mut errors = Vec::new();
    let mut wrong = |field: &str, message: String| {
        errors.push(FieldError { field: field.to_owned(), message });
    };
    let characters = checked.expose().chars().count();
    if checked.is_blank() {
        wrong("checked", "Say what you checked".to_owned());
    } else if characters > MOST_CHARACTERS {
        wrong("checked", format!("Use {MOST_CHARACTERS} characters or fewer; it has {characters}"));
    }
    let email = match identity::check_email(email) {
        Ok(email) => Secret::new(email),
        Err(message) => {
            wrong("email", message);
            return Err(ServiceError::Invalid(errors));
        }
    };
    if address::same(&email, old) {
        wrong("email", "That is the address that the account has already".to_owned());
    } else if applicants::find_by_email(ctx, email.expose())?
        .is_some_and(|(other, _)| other.id != account.id)
    {
        let message = "There is another account with this address: the person can sign in with it";
        wrong("email", message.to_owned());
    }
    if errors.is_empty() { Ok(email) } else { Err(ServiceError::Invalid(errors)) }
}

/// What a link is for that went out when staff helped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// To come in with the new address.
    Recover,
    /// To stop it.
    Stop,
}

impl Use {
    const fn word(self) -> &'static [u8] {
        match self {
            Self::Recover => b"recover",
            Self::Stop => b"stop",
        }
    }
}

/// The part of a link that stands for a change.
pub(crate) fn token_of(ctx: &Context, id: &Id, usage: Use) -> Result<String, ServiceError> {
    let mac = ctx.digest(MacPurpose::Link, &[usage.word(), id.as_str().as_bytes()])?;
    Ok(format!("{id}{mac}"))
}

fn of_token(ctx: &Context, token: &str, usage: Use) -> Result<AddressChange, ServiceError> {
    let (id, _) = token.split_at_checked(Id::LEN).ok_or(ServiceError::LinkSpent)?;
    let id: Id = id.parse().map_err(|_| ServiceError::LinkSpent)?;
    let right = token_of(ctx, &id, usage)?;
    if !bool::from(subtle::ConstantTimeEq::ct_eq(right.as_bytes(), token.as_bytes())) {
        return Err(ServiceError::LinkSpent);
    }
    let found = ctx.store.read(|connection| address_changes::find(connection, &id))?;
    let found = found.ok_or(ServiceError::LinkSpent)?;
    match Standing::of(ctx, &found) {
        Standing::Waiting | Standing::Ready => Ok(found),
        Standing::Stopped | Standing::Done | Standing::Over => Err(ServiceError::LinkSpent),
    }
}

/// From when the link that somebody opens lets them in, and whether it does now. Consumes nothing.
///
/// # Errors
/// [`ServiceError::LinkSpent`].
pub fn look(ctx: &Context, token: &str) -> Result<(DateTime<Utc>, bool), ServiceError> {
    let found = of_token(ctx, token, Use::Recover)?;
    Ok((found.from_at.and_utc(), Standing::of(ctx, &found) == Standing::Ready))
}

/// Somebody presses the button behind the link that went to the new address.
///
/// # Errors
/// [`ServiceError::LinkSpent`], also when it is too early.
pub fn recover(ctx: &Context, token: &str, user_agent: &str) -> Result<NewSession, ServiceError> {
    let found = of_token(ctx, token, Use::Recover)?;
    if Standing::of(ctx, &found) != Standing::Ready {
        return Err(ServiceError::LinkSpent);
    }
    let email = view(ctx, &found)?.new;
    let entry = Entry::new(Proof::Mail, user_agent);
    let account = found.account_id.clone();
    let by = Done {
        actor: Actor::Applicant(account.clone()),
        by_link: None,
        waiting: Some(found),
        keeps: None,
    };
    let entered = address::change(ctx, &account, &email, &by, |account, key| {
        let owner = Owner::Applicant(&account.id);
        let (session, cookie) = session::begin(ctx, (&account.dossier_id, key), owner, &entry)?;
        let go_to = "/applications".to_owned();
        Ok(Some((session, NewSession { audience: Audience::Applicant, cookie, go_to })))
    });
    entered.map_err(links::gone_is_spent)?.ok_or(ServiceError::LinkSpent)
}

/// The change that waits for an account, as its owner sees it.
#[derive(Clone)]
pub struct WaitingView {
    /// The address that the account would have.
    pub new: Secret,
    /// From when the link in that mailbox lets somebody in.
    pub from: DateTime<Utc>,
    /// Whether it does already.
    pub is_ready: bool,
}

/// The change of one's own address that staff asked for and nobody has used or stopped yet.
///
/// # Errors
/// When the database can't be asked.
pub fn waiting_of(ctx: &Context, who: &Applicant) -> Result<Option<WaitingView>, ServiceError> {
    let Some(row) = waiting_row(ctx, &who.account)? else { return Ok(None) };
    let ChangeView { new, from, standing, .. } = view(ctx, &row)?;
    Ok(Some(WaitingView { new, from, is_ready: standing == Standing::Ready }))
}

fn waiting_row(ctx: &Context, account: &Id) -> Result<Option<AddressChange>, ServiceError> {
    let rows = ctx.store.read(|connection| address_changes::of_account(connection, account))?;
    let open =
        |row: &AddressChange| matches!(Standing::of(ctx, row), Standing::Waiting | Standing::Ready);
    Ok(rows.into_iter().find(open))
}

/// The owner of an account, signed in, stops the change that waits.
///
/// # Errors
/// [`ServiceError::LinkSpent`] when none waits.
pub fn stop_own(ctx: &Context, who: &Applicant) -> Result<(), ServiceError> {
    stop_row(ctx, waiting_row(ctx, &who.account)?.ok_or(ServiceError::LinkSpent)?)
}

/// Whether a link that stops a change is of use. Consumes nothing.
///
/// # Errors
/// [`ServiceError::LinkSpent`].
pub fn look_stop(ctx: &Context, token: &str) -> Result<(), ServiceError> {
    of_token(ctx, token, Use::Stop).map(|_| ())
}

/// Somebody who reads the address before stops it.
///
/// # Errors
/// [`ServiceError::LinkSpent`].
pub fn stop(ctx: &Context, token: &str) -> Result<(), ServiceError> {
    stop_row(ctx, of_token(ctx, token, Use::Stop)?)
}

fn stop_row(ctx: &Context, found: AddressChange) -> Result<(), ServiceError> {
    let actor = Actor::Applicant(found.account_id.clone());
    let action = "account.address_change_stopped";
    let entry = ctx.audit_plain(&actor, action, &found.account_id)?;
    let (id, now) = (found.id, ctx.stamp());
    let stopped = ctx.store.write(move |connection| {
        let stopped = address_changes::stop(connection, &id, now)?;
        if stopped {
            audit::insert(connection, &entry)?;
        }
        Ok(stopped)
    })?;
    if stopped { Ok(()) } else { Err(ServiceError::LinkSpent) }
}
