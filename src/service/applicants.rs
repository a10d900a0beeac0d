//! Applicants' accounts: found by a confirmed address, or made.

use std::sync::Arc;

use super::clocks::{self, Indexed, Move};
use super::context::Context;
use super::error::ServiceError;
use super::session::{self, Owner};
use super::{github_accounts, nobody};
use crate::domain::class::Class;
use crate::domain::id::Id;
use crate::domain::lookup::{LookupKind, normalise_email};
use crate::domain::quarter::Quarter;
use crate::domain::retention::DossierFacts;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::accounts::{self, Account};
use crate::store::dossiers::{self, Kind, NewDossier};
use crate::store::lookups::{self, NewLookup};
use crate::store::sessions::Session;
use crate::store::{AnyConnection, StoreError, site};
use crate::vault::{DataKey, MacPurpose};

/// The account with an address, if there is one, with the address as it is kept there.
pub(crate) fn find_by_email(
    ctx: &Context,
    email: &str,
) -> Result<Option<(Account, Secret)>, ServiceError> {
    let tags = ctx.vault.blind_all(LookupKind::AccountEmail, email)?;
    let found = ctx.store.read(|connection| {
        let ids = lookups::find(connection, LookupKind::AccountEmail, &tags, 10)?;
        accounts::all_of(connection, &ids)
    })?;
    let wanted = normalise_email(email);
    for account in found {
        let kept = email_of(ctx, &account)?;
        // An index value is a digest; only the address itself says that it is the one.
        if normalise_email(kept.expose()) == wanted {
            return Ok(Some((account, kept)));
        }
    }
    nobody::as_if_found(ctx, Class::Personal, &[Slot::AccountEmail], |_, _| Ok(()))?;
    Ok(None)
}

/// The address of an account.
pub(crate) fn email_of(ctx: &Context, account: &Account) -> Result<Secret, ServiceError> {
    let key = ctx.data_key(&account.dossier_id)?;
    ctx.open(&key, Slot::AccountEmail, &account.id, &account.dossier_id, &account.email)
}

/// An account that is about to be used by somebody who proved that its address is theirs.
#[derive(Clone)]
pub(crate) struct Entering {
    /// Its id.
    pub id: Id,
    /// Its dossier.
    pub dossier: Id,
    /// The address as the account has it.
    pub email: Secret,
    /// The data key of its dossier.
    pub key: Arc<DataKey>,
    /// The quarter in which its time ends.
    pub kept_in: Quarter,
    step: Step,
    lock: i64,
    day: chrono::NaiveDate,
}

#[derive(Clone)]
enum Step {
    Make(Box<(NewDossier, Account, NewLookup)>, Vec<crate::domain::sealed::BlindIndex>),
    MoveClock(Box<Move>),
}

/// Prepares the account with an address, which is made if there is none.
pub(crate) fn enter(ctx: &Context, email: &Secret) -> Result<Entering, ServiceError> {
    let day = ctx.today();
    let lock = lock_of(ctx, "account", email)?;
    if let Some((account, email)) = find_by_email(ctx, email.expose())? {
        let clock = clock_after_sign_in(ctx, &account, &email)?;
        let kept_in = clock.quarter();
        let step = Step::MoveClock(Box::new(clock));
        let key = Arc::new(ctx.data_key(&account.dossier_id)?);
        let (id, dossier) = (account.id, account.dossier_id);
        return Ok(Entering { id, dossier, email, key, kept_in, step, lock, day });
    }
    let kept = DossierFacts::Account { last_sign_in: day, longest_application: None }
        .kept_until(&ctx.periods);
    let (dossier, key) = ctx.new_dossier(Kind::Account, Class::Personal, None, kept)?;
    let id = ctx.id()?;
    let account = Account {
        id: id.clone(),
        dossier_id: dossier.id.clone(),
        email: ctx.seal(&key, Slot::AccountEmail, &id, &dossier.id, email)?,
        created_at: ctx.stamp(),
        last_sign_in: day,
    };
    let kind = LookupKind::AccountEmail;
    let lookup = NewLookup {
        id: ctx.id()?,
        dossier: dossier.id.clone(),
        kind,
        tag: ctx.vault.blind(kind, Quarter::of(kept.last_day), email.expose())?,
        subject: id.clone(),
    };
    let tags = ctx.vault.blind_all(kind, email.expose())?;
    Ok(Entering {
        id,
        dossier: dossier.id.clone(),
        email: email.clone(),
        key: Arc::new(key),
        kept_in: Quarter::of(kept.last_day),
        step: Step::Make(Box::new((dossier, account, lookup)), tags),
        lock,
        day,
    })
}

impl Entering {
    /// Whether the account is made by this.
    pub const fn is_new(&self) -> bool {
        matches!(self.step, Step::Make(..))
    }

    /// A session for whoever enters.
    pub fn session(
        &self,
        ctx: &Context,
        entry: &session::Entry,
    ) -> Result<(Session, String), ServiceError> {
        session::begin(ctx, (&self.dossier, &self.key), Owner::Applicant(&self.id), entry)
    }

    /// Makes the account, or moves its clock.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else made it meanwhile: prepare again.
    pub fn apply(&self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        match &self.step {
            Step::Make(new, tags) => {
                let (dossier, account, lookup) = &**new;
                site::lock(connection, self.lock)?;
                if !lookups::find(connection, LookupKind::AccountEmail, tags, 1)?.is_empty() {
                    return Err(StoreError::Conflict);
                }
                dossiers::insert(connection, dossier)?;
                accounts::insert(connection, account)?;
                lookups::insert(connection, lookup)
            }
            Step::MoveClock(clock) => {
                clock.apply(connection)?;
                accounts::signed_in(connection, &self.id, self.day)
            }
        }
    }
}

/// The lock under which an account for an address is made: a keyed digest, so that it tells nothing.
pub(crate) fn lock_of(ctx: &Context, what: &str, email: &Secret) -> Result<i64, ServiceError> {
    let normal = Secret::new(normalise_email(email.expose()));
    let mac = ctx.vault.mac(MacPurpose::Lock, &[what.as_bytes(), normal.expose().as_bytes()])?;
    let (first, _) = mac.split_at(8);
    Ok(i64::from_be_bytes(first.try_into().unwrap_or_default()))
}

fn clock_after_sign_in(
    ctx: &Context,
    account: &Account,
    email: &Secret,
) -> Result<Move, ServiceError> {
    let longest =
        ctx.store.read(|connection| accounts::longest_application(connection, &account.id))?;
    clock(ctx, account, email, ctx.today(), longest)
}

/// Plans the clock of an account, given the last day of its application that is kept longest.
pub(crate) fn clock(
    ctx: &Context,
    account: &Account,
    email: &Secret,
    last_sign_in: chrono::NaiveDate,
    longest_application: Option<chrono::NaiveDate>,
) -> Result<Move, ServiceError> {
    let kept = DossierFacts::Account { last_sign_in, longest_application }.kept_until(&ctx.periods);
    let email = Indexed {
        kind: LookupKind::AccountEmail,
        dossier: &account.dossier_id,
        subject: &account.id,
        value: email,
    };
    let joined = github_accounts::of_dossier(ctx, &account.dossier_id)?;
    let github = joined.as_ref().map(github_accounts::Joined::indexed);
    let indexed: Vec<Indexed<'_>> = [Some(email), github].into_iter().flatten().collect();
    clocks::plan(ctx, &account.dossier_id, kept, &indexed)
}
