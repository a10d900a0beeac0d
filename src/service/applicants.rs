//! Applicants' accounts: found by a confirmed address, or made.

use std::sync::Arc;

use chrono::NaiveDate;

use super::clocks::{self, Indexed, Move};
use super::context::Context;
use super::error::ServiceError;
use super::github_accounts::{self, Joined};
use super::nobody;
use super::session::{self, Owner};
use crate::domain::class::Class;
use crate::domain::id::Id;
use crate::domain::lookup::{LookupKind, normalise_email};
use crate::domain::quarter::Quarter;
use crate::domain::retention::DossierFacts;
use crate::domain::sealed::WrappedKey;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::accounts::{self, Account};
use crate::store::dossiers::{self, Kind, NewDossier};
use crate::store::github_accounts::GitHubAccount;
use crate::store::lookups::{self, NewLookup};
use crate::store::sessions::Session;
use crate::store::{self, AnyConnection, StoreError, site};
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
    nobody::as_if_found(ctx, Class::Personal, &[Slot::AccountEmail], |connection, id| {
        accounts::find(connection, id).map(drop)
    })?;
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
    day: NaiveDate,
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

/// All that is read of an account to move its clock: of one moment, in one hold of a connection.
pub(crate) struct Read {
    account: Account,
    /// The data keys of its dossier and of all under it.
    keys: Vec<(Id, WrappedKey)>,
    joined: Option<GitHubAccount>,
    longest: Option<NaiveDate>,
}

impl Read {
    /// The account with an id, if there is one.
    pub fn find(connection: &mut AnyConnection, id: &Id) -> Result<Option<Self>, StoreError> {
        let Some(account) = accounts::find(connection, id)? else { return Ok(None) };
        Ok(Some(Self {
            keys: dossiers::subtree(connection, &account.dossier_id)?,
            joined: store::github_accounts::of_dossier(connection, &account.dossier_id)?,
            longest: accounts::longest_application(connection, id)?,
            account,
        }))
    }

    /// What of it is sealed, opened.
    pub fn open(self, ctx: &Context) -> Result<Known, ServiceError> {
        let Account { id, dossier_id, email, .. } = &self.account;
        let own = self.keys.iter().find(|(dossier, _)| dossier == dossier_id);
        let (_, wrapped) = own.ok_or(ServiceError::NotFound)?;
        let key = ctx.unwrap_key(wrapped, dossier_id)?;
        let email = ctx.open(&key, Slot::AccountEmail, id, dossier_id, email)?;
        let joined = self.joined.clone().map(|row| Joined::open(ctx, &key, row)).transpose()?;
        Ok(Known { read: self, email, joined })
    }
}

/// An account with what of it is sealed.
pub(crate) struct Known {
    read: Read,
    email: Secret,
    /// The account on GitHub that is joined to it.
    pub joined: Option<Joined>,
}

impl Known {
    /// Plans its clock when an application of its is submitted that is kept until a day.
    pub fn clock_with(self, ctx: &Context, kept: NaiveDate) -> Result<Move, ServiceError> {
        let Self { read: Read { account, keys, longest, .. }, email, joined } = self;
        let longest = longest.map_or(kept, |day| day.max(kept));
        let all = (&account, &email, joined.as_ref());
        plan(ctx, all, keys, (account.last_sign_in, Some(longest)))
    }
}

/// Plans the clock of an account, given the last day of its application that is kept longest.
pub(crate) fn clock(
    ctx: &Context,
    account: &Account,
    email: &Secret,
    last_sign_in: NaiveDate,
    longest_application: Option<NaiveDate>,
) -> Result<Move, ServiceError> {
    let joined = github_accounts::of_dossier(ctx, &account.dossier_id)?;
    let keys = ctx.store.read(|connection| dossiers::subtree(connection, &account.dossier_id))?;
    plan(ctx, (account, email, joined.as_ref()), keys, (last_sign_in, longest_application))
}

fn plan(
    ctx: &Context,
    (account, email, joined): (&Account, &Secret, Option<&Joined>),
    keys: Vec<(Id, WrappedKey)>,
    (last_sign_in, longest_application): (NaiveDate, Option<NaiveDate>),
) -> Result<Move, ServiceError> {
    let kept = DossierFacts::Account { last_sign_in, longest_application }.kept_until(&ctx.periods);
    let email = Indexed {
        kind: LookupKind::AccountEmail,
        dossier: &account.dossier_id,
        subject: &account.id,
        value: email,
    };
    let github = joined.map(Joined::indexed);
    let indexed: Vec<Indexed<'_>> = [Some(email), github].into_iter().flatten().collect();
    clocks::plan_with(ctx, keys, kept, &indexed)
}
