//! Applicants and assessors come in: what follows once it is known who it is.

use super::applicants;
use super::context::{Actor, Context};
use super::error::ServiceError;
use super::github_accounts::{self, Joined, Joining};
use super::session::{self, Entry, NewSession, Owner};
use super::{new_draft, outsiders, rounds};
use crate::domain::id::Id;
use crate::domain::notice::{Notice, WayKind};
use crate::domain::role::Audience;
use crate::domain::secret::Secret;
use crate::provider::github::GitHubUser;
use crate::store::sign_ins::{self, SignIn};
use crate::store::{AnyConnection, StoreError, outbox, sessions};
use crate::store::{accounts, assessors, audit, consents, dossiers, github_accounts as rows};

/// Starts an application for somebody whose address is confirmed. `user` is whom GitHub named to them; it is joined to
/// the account if the account has none yet.
pub(crate) fn with_draft(
    ctx: &Context,
    found: &SignIn,
    email: &Secret,
    user: Option<&GitHubUser>,
    entry: &Entry,
) -> Result<NewSession, ServiceError> {
    let round = round_of(ctx, found)?;
    let given = ctx.store.read(|connection| consents::of_sign_in(connection, &found.id))?;
    let purposes: Vec<String> = given.iter().map(|own| own.purpose.clone()).collect();
    ctx.steadily(|generation| {
        let entering = applicants::enter(ctx, email)?;
        let joined = github_accounts::of_dossier(ctx, &entering.dossier)?;
        let joining = joining(ctx, &entering, joined.as_ref(), user)?;
        let verified = match (&joined, &joining) {
            (Some(joined), _) => Some(&joined.user),
            (None, Some(_)) => user,
            (None, None) => None,
        };
        let mut moved = Vec::new();
        let draft = new_draft::prepare(
            ctx,
            &entering.id,
            &entering.email,
            &round,
            &purposes,
            verified,
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
        let mut entries = vec![ctx.audit_plain(&actor, "application.started", &application)?];
        let mut mails = Vec::new();
        if joining.is_some() {
            entries.push(ctx.audit_plain(&actor, "way_in.added", &entering.id)?);
            // Who has just come for the first time has nothing to be told.
            if !entering.is_new() {
                let template = Notice::WayInAdded(WayKind::GitHub).template(Audience::Applicant);
                mails.push(ctx.mail(&template, &entering.id, &entering.dossier)?);
            }
        }
        let (id, dossier, now) = (found.id.clone(), found.dossier_id.clone(), ctx.stamp());
        let live = ctx.write_under(generation, move |connection| {
            if !sign_ins::consume(connection, &id, now)? {
                return Ok(false);
            }
            entering.apply(connection)?;
            if let Some(joining) = &joining {
                joining.apply(connection)?;
            }
            draft.insert(connection)?;
            for consent in &moved {
                consents::insert(connection, consent)?;
            }
            sessions::insert(connection, &session)?;
            for mail in &mails {
                outbox::insert(connection, mail)?;
            }
            for entry in &entries {
                audit::insert(connection, entry)?;
            }
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

/// Joins whom GitHub named, unless the account has another already, or another account has it.
fn joining(
    ctx: &Context,
    entering: &applicants::Entering,
    joined: Option<&Joined>,
    user: Option<&GitHubUser>,
) -> Result<Option<Joining>, ServiceError> {
    let (None, Some(user)) = (joined, user) else { return Ok(None) };
    if github_accounts::find(ctx, false, &user.id)?.is_some() {
        return Ok(None);
    }
    let owner = Owner::Applicant(&entering.id);
    let at = (&entering.dossier, &*entering.key);
    github_accounts::prepare(ctx, at, owner, user, entering.kept_in).map(Some)
}

/// The round that somebody began to apply in.
pub(crate) fn round_of(ctx: &Context, found: &SignIn) -> Result<rounds::RoundView, ServiceError> {
    let id = found.round_id.as_ref().ok_or(ServiceError::LinkSpent)?;
    let round = ctx.store.read(|connection| crate::store::rounds::find_by_id(connection, id))?;
    let round = rounds::view(ctx, round)?;
    round.must_be_open()?;
    Ok(round)
}

/// An applicant signs in.
pub(crate) fn applicant(
    ctx: &Context,
    found: &SignIn,
    entry: &Entry,
) -> Result<NewSession, ServiceError> {
    let account = found.account_id.clone().ok_or(ServiceError::LinkSpent)?;
    into_account(ctx, found, &account, None, entry)?.ok_or(ServiceError::LinkSpent)
}

/// Somebody comes in as whom GitHub named; none when nobody is there any more, or they may not come in.
pub(crate) fn by_github(
    ctx: &Context,
    begun: &SignIn,
    joined: &Joined,
    user: &GitHubUser,
    entry: &Entry,
) -> Result<Option<NewSession>, ServiceError> {
    let by = Some((joined, user));
    match (&joined.row.account_id, &joined.row.assessor_id) {
        (Some(account), _) => into_account(ctx, begun, account, by, entry),
        (_, Some(assessor)) => into_assessor(ctx, begun, assessor, by, entry),
        _ => Ok(None),
    }
}

/// The address of the account that an account on GitHub is joined to.
pub(crate) fn email_behind(ctx: &Context, joined: &Joined) -> Result<Option<Secret>, ServiceError> {
    let Some(id) = &joined.row.account_id else { return Ok(None) };
    let account = ctx.store.read(|connection| accounts::find(connection, id))?;
    account.map(|account| applicants::email_of(ctx, &account)).transpose()
}

fn into_account(
    ctx: &Context,
    found: &SignIn,
    account: &Id,
    by: Option<(&Joined, &GitHubUser)>,
    entry: &Entry,
) -> Result<Option<NewSession>, ServiceError> {
    ctx.steadily(|generation| {
        let Some(account) = ctx.store.read(|connection| accounts::find(connection, account))?
        else {
            return Ok(None);
        };
        let email = applicants::email_of(ctx, &account)?;
        let entering = applicants::enter(ctx, &email)?;
        let renamed = match by {
            Some((joined, user)) => github_accounts::renamed(ctx, joined, &entering.key, user)?
                .map(|name| (joined.row.id.clone(), name)),
            None => None,
        };
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
            if let Some((row, name)) = &renamed {
                rows::rename(connection, row, name)?;
            }
            sessions::insert(connection, &session)?;
            audit::insert(connection, &audited)?;
            Ok(true)
        })?;
        if !live {
            return Err(ServiceError::LinkSpent.into());
        }
        let go_to = "/applications".to_owned();
        Ok(Some(NewSession { audience: Audience::Applicant, cookie, go_to }))
    })
}

/// An assessor signs in.
pub(crate) fn assessor(
    ctx: &Context,
    found: &SignIn,
    entry: &Entry,
) -> Result<NewSession, ServiceError> {
    let id = found.assessor_id.clone().ok_or(ServiceError::LinkSpent)?;
    into_assessor(ctx, found, &id, None, entry)?.ok_or(ServiceError::LinkSpent)
}

fn into_assessor(
    ctx: &Context,
    found: &SignIn,
    id: &Id,
    by: Option<(&Joined, &GitHubUser)>,
    entry: &Entry,
) -> Result<Option<NewSession>, ServiceError> {
    let (link, dossier, now) = (found.id.clone(), found.dossier_id.clone(), ctx.stamp());
    assessor_comes_in(ctx, id, by, entry, move |connection| {
        if !sign_ins::consume(connection, &link, now)? {
            return Ok(false);
        }
        dossiers::erase(connection, &dossier)?;
        Ok(true)
    })
}

/// An assessor comes in; none when nobody is there any more, or they may not come in. `with` is done in the same
/// transaction, and answers whether what they came in by was still of use.
pub(crate) fn assessor_comes_in(
    ctx: &Context,
    id: &Id,
    by: Option<(&Joined, &GitHubUser)>,
    entry: &Entry,
    with: impl FnMut(&mut AnyConnection) -> Result<bool, StoreError> + Clone + Send + 'static,
) -> Result<Option<NewSession>, ServiceError> {
    ctx.steadily(|generation| {
        let row = ctx.store.read(|connection| assessors::find(connection, id))?;
        let Some(row) = row.filter(|row| outsiders::has_access(ctx, row)) else { return Ok(None) };
        let key = ctx.data_key(&row.dossier_id)?;
        let renamed = match by {
            Some((joined, user)) => github_accounts::renamed(ctx, joined, &key, user)?
                .map(|name| (joined.row.id.clone(), name)),
            None => None,
        };
        let owner = Owner::Assessor(&row.id);
        let (session, cookie) = session::begin(ctx, (&row.dossier_id, &key), owner, entry)?;
        let actor = Actor::Assessor(row.id.clone());
        let audited = ctx.audit_plain(&actor, "session.began", &row.id)?;
        let (id, today, mut with) = (row.id, ctx.today(), with.clone());
        let live = ctx.write_under(generation, move |connection| {
            if !with(connection)? {
                return Ok(false);
            }
            assessors::signed_in(connection, &id, today)?;
            if let Some((row, name)) = &renamed {
                rows::rename(connection, row, name)?;
            }
            sessions::insert(connection, &session)?;
            audit::insert(connection, &audited)?;
            Ok(true)
        })?;
        if !live {
            return Err(ServiceError::LinkSpent.into());
        }
        let go_to = "/assess".to_owned();
        Ok(Some(NewSession { audience: Audience::Assessor, cookie, go_to }))
    })
}
