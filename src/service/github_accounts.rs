//! Accounts on GitHub that are joined to accounts here. GitHub's numeric id says which one it is: usernames change
//! hands.

use super::applicants;
use super::clocks::Indexed;
use super::context::Context;
use super::error::ServiceError;
use super::read_own::Opened;
use super::session::Owner;
use crate::domain::id::Id;
use crate::domain::lookup::{LookupKind, fold};
use crate::domain::quarter::Quarter;
use crate::domain::sealed::{BlindIndex, Sealed};
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::provider::github::GitHubUser;
use crate::store::github_accounts::{self, GitHubAccount};
use crate::store::lookups::{self, NewLookup};
use crate::store::{AnyConnection, StoreError, accounts, dossiers, site};
use crate::vault::DataKey;

/// An account on GitHub, opened.
#[derive(Clone)]
pub(crate) struct Joined {
    pub row: GitHubAccount,
    pub user: GitHubUser,
}

impl Joined {
    /// Opens what was read, with the data key of the account that it is joined to.
    pub fn open(ctx: &Context, key: &DataKey, row: GitHubAccount) -> Result<Self, ServiceError> {
        let open = |slot, sealed| ctx.open(key, slot, &row.id, &row.dossier_id, sealed);
        let user = GitHubUser {
            id: open(Slot::GithubId, &row.github_id)?,
            username: open(Slot::GithubUsername, &row.username)?,
        };
        Ok(Self { user, row })
    }

    /// What it is found by, to be computed anew when the clock of its dossier moves.
    pub fn indexed(&self) -> Indexed<'_> {
        Indexed {
            kind: kind_of(self.row.assessor_id.is_some()),
            dossier: &self.row.dossier_id,
            subject: &self.row.id,
            value: &self.user.id,
        }
    }
}

const fn kind_of(assessor: bool) -> LookupKind {
    if assessor { LookupKind::AssessorGithub } else { LookupKind::AccountGithub }
}

/// What is joined to the account with a dossier.
pub(crate) fn of_dossier(ctx: &Context, dossier: &Id) -> Result<Option<Joined>, ServiceError> {
    let found = ctx.store.read(|connection| github_accounts::of_dossier(connection, dossier))?;
    let Some(row) = found else { return Ok(None) };
    let key = ctx.data_key(dossier)?;
    Joined::open(ctx, &key, row).map(Some)
}

/// What is joined to somebody's account under the numeric id of an account on GitHub.
pub(crate) fn find(
    ctx: &Context,
    assessor: bool,
    github_id: &Secret,
) -> Result<Option<Joined>, ServiceError> {
    let kind = kind_of(assessor);
    let tags = ctx.vault.blind_all(kind, github_id.expose())?;
    let found = ctx.store.read(|connection| {
        let ids = lookups::find(connection, kind, &tags, 10)?;
        github_accounts::all_of(connection, &ids)
    })?;
    for row in found {
        let key = ctx.data_key(&row.dossier_id)?;
        let joined = Joined::open(ctx, &key, row)?;
        // An index value is a digest; only the id itself says that it is the one.
        if joined.user.id.expose() == github_id.expose() {
            return Ok(Some(joined));
        }
    }
    Ok(None)
}

/// An account on GitHub that is about to be joined.
#[derive(Clone)]
pub(crate) struct Joining {
    row: GitHubAccount,
    kind: LookupKind,
    tag: BlindIndex,
    lookup: Id,
    tags: Vec<BlindIndex>,
    lock: i64,
}

/// Prepares to join an account on GitHub to somebody's. `kept_in` is the quarter in which the time of their dossier
/// ends.
pub(crate) fn prepare(
    ctx: &Context,
    (dossier, key): (&Id, &DataKey),
    owner: Owner<'_>,
    user: &GitHubUser,
    kept_in: Quarter,
) -> Result<Joining, ServiceError> {
    let id = ctx.id()?;
    let kind = kind_of(matches!(owner, Owner::Assessor(_)));
    let mut row = GitHubAccount {
        dossier_id: dossier.clone(),
        audience: owner.audience().to_owned(),
        account_id: None,
        assessor_id: None,
        github_id: ctx.seal(key, Slot::GithubId, &id, dossier, &user.id)?,
        username: ctx.seal(key, Slot::GithubUsername, &id, dossier, &user.username)?,
        joined_at: ctx.stamp(),
        id,
    };
    match owner {
        Owner::Assessor(id) => row.assessor_id = Some(id.clone()),
        Owner::Applicant(id) | Owner::Staff(id) => row.account_id = Some(id.clone()),
    }
    Ok(Joining {
        row,
        kind,
        tag: ctx.vault.blind(kind, kept_in, user.id.expose())?,
        lookup: ctx.id()?,
        tags: ctx.vault.blind_all(kind, user.id.expose())?,
        lock: applicants::lock_of(ctx, kind.word(), &user.id)?,
    })
}

/// The quarter in which the time of a dossier ends.
pub(crate) fn quarter_of(ctx: &Context, dossier: &Id) -> Result<Quarter, ServiceError> {
    let clock = ctx.store.read(|connection| dossiers::clock(connection, dossier))?;
    Ok(Quarter::of(clock.keep_until))
}

impl Joining {
    /// Joins it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it was joined meanwhile, to this account or another.
    pub fn apply(&self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        site::lock(connection, self.lock)?;
        let ids = lookups::find(connection, self.kind, &self.tags, 10)?;
        let taken = !github_accounts::all_of(connection, &ids)?.is_empty();
        if taken || github_accounts::of_dossier(connection, &self.row.dossier_id)?.is_some() {
            return Err(StoreError::Conflict);
        }
        github_accounts::insert(connection, &self.row)?;
        let lookup = NewLookup {
            id: self.lookup.clone(),
            dossier: self.row.dossier_id.clone(),
            kind: self.kind,
            tag: self.tag.clone(),
            subject: self.row.id.clone(),
        };
        lookups::insert(connection, &lookup)
    }
}

/// The username, sealed anew, where it is another than when it was last used.
pub(crate) fn renamed(
    ctx: &Context,
    joined: &Joined,
    key: &DataKey,
    user: &GitHubUser,
) -> Result<Option<Sealed>, ServiceError> {
    if joined.user.username.expose() == user.username.expose() {
        return Ok(None);
    }
    let (id, dossier) = (&joined.row.id, &joined.row.dossier_id);
    ctx.seal(key, Slot::GithubUsername, id, dossier, &user.username).map(Some)
}

/// Whether a username is that of an account on GitHub. GitHub does not tell capital letters apart.
pub(crate) fn is_of(user: &GitHubUser, username: &Secret) -> bool {
    fold(user.username.expose()) == fold(username.expose())
}

/// What is joined to an applicant's account.
pub(crate) fn of_account(ctx: &Context, account: &Id) -> Result<Option<Joined>, ServiceError> {
    let found = ctx.store.read(|connection| accounts::find(connection, account))?;
    match found {
        Some(account) => of_dossier(ctx, &account.dossier_id),
        None => Ok(None),
    }
}

/// How the mark of an application has to change, so that it says with which account on GitHub this username was
/// verified, or that it was not; none when it says so already.
pub(crate) fn mark(
    ctx: &Context,
    opened: &Opened,
    username: &Secret,
) -> Result<Option<Option<Sealed>>, ServiceError> {
    let joined = match &opened.application.account_id {
        Some(account) => of_account(ctx, account)?,
        None => None,
    };
    mark_with(ctx, opened, username, joined.as_ref())
}

/// The same where it is known what is joined to the applicant's account.
pub(crate) fn mark_with(
    ctx: &Context,
    opened: &Opened,
    username: &Secret,
    joined: Option<&Joined>,
) -> Result<Option<Option<Sealed>>, ServiceError> {
    let right = joined.map(|joined| &joined.user).filter(|user| is_of(user, username));
    let (right, marked) = (right.map(|user| user.id.clone()), &opened.github_id);
    if right.as_ref().map(Secret::expose) == marked.as_ref().map(Secret::expose) {
        return Ok(None);
    }
    let (member, key) = (&opened.member, &opened.member_key);
    let seal =
        |id: Secret| ctx.seal(key, Slot::MemberGithubId, &member.id, &member.dossier_id, &id);
    right.map(seal).transpose().map(Some)
}
