//! A new draft, or the one that the person has in that round already.

use chrono::NaiveDateTime;

use super::consent_texts::NewReceipt;
use super::context::Context;
use super::error::ServiceError;
use super::read_own;
use super::rounds::RoundView;
use crate::domain::application::Status;
use crate::domain::class::Class;
use crate::domain::consent::Purpose;
use crate::domain::id::{Id, reference};
use crate::domain::retention::DossierFacts;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::provider::github::GitHubUser;
use crate::store::applications::{self, Application};
use crate::store::consents;
use crate::store::dossiers::{self, Kind, NewDossier};
use crate::store::drafts::{self, Member};
use crate::store::{AnyConnection, StoreError};

/// A draft to be inserted.
#[derive(Clone)]
pub(crate) struct Draft {
    /// None where the person has a draft in that round: then only the receipts are new.
    new: Option<Box<(NewDossier, NewDossier, Application, Member)>>,
    id: Id,
    receipts: Vec<NewReceipt>,
    /// The purposes whose consent stands already.
    standing: Vec<String>,
    /// Those that were asked for again, and not given.
    refused: Vec<String>,
    now: NaiveDateTime,
}

impl Draft {
    /// The application.
    pub const fn id(&self) -> &Id {
        &self.id
    }

    /// Whether the consent for a purpose stands already: then it needs no second receipt.
    pub fn stands(&self, purpose: &str) -> bool {
        self.standing.iter().any(|own| own == purpose)
    }

    /// Inserts it. The account is there already.
    pub fn insert(&self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        if let Some(new) = &self.new {
            let (dossier, member_dossier, application, member) = &**new;
            dossiers::insert(connection, dossier)?;
            dossiers::insert(connection, member_dossier)?;
            applications::insert(connection, application)?;
            drafts::insert_member(connection, member)?;
        }
        for receipt in self.receipts.iter().filter(|own| !self.stands(&own.consent.purpose)) {
            receipt.insert(connection)?;
        }
        for purpose in &self.refused {
            consents::withdraw(connection, &self.id, purpose, self.now)?;
        }
        Ok(())
    }
}

/// Prepares a draft of an account, with the purposes that were agreed to just now: of what was asked before, the
/// newest answer counts. `verified` is whom GitHub says the person is: a new draft begins with that. `receipts` makes the receipts, given the application's dossier and id.
pub(crate) fn prepare(
    ctx: &Context,
    account: &Id,
    email: &Secret,
    round: &RoundView,
    given: &[String],
    verified: Option<&GitHubUser>,
    receipts: impl FnOnce(&Id, &Id) -> Result<Vec<NewReceipt>, ServiceError>,
) -> Result<Draft, ServiceError> {
    let own = ctx.store.read(|connection| applications::all_own(connection, account))?;
    let begun = own
        .into_iter()
        .map(|(application, _, _)| application)
        .find(|own| own.round_id == round.id && own.status() == Status::Draft);
    if let Some(draft) = begun {
        let receipts = receipts(&draft.dossier_id, &draft.id)?;
        let standing = read_own::standing(ctx, &draft.id)?;
        let asked = Purpose::asked_first(round.programme.outside_assessment);
        let refused = asked
            .iter()
            .map(Purpose::word)
            .filter(|purpose| standing.contains(purpose) && !given.contains(purpose))
            .collect();
        return Ok(Draft {
            new: None,
            id: draft.id,
            receipts,
            standing,
            refused,
            now: ctx.stamp(),
        });
    }
    let kept = DossierFacts::Draft { last_change: ctx.today() }.kept_until(&ctx.periods);
    let (dossier, _) = ctx.new_dossier(Kind::Application, Class::Personal, None, kept)?;
    let (member_dossier, member_key) =
        ctx.new_dossier(Kind::Member, Class::Personal, Some(&dossier.id), kept)?;
    let id = ctx.id()?;
    let now = ctx.stamp();
    let application = Application {
        id: id.clone(),
        dossier_id: dossier.id.clone(),
        account_id: Some(account.clone()),
        programme_id: round.programme_id.clone(),
        round_id: round.id.clone(),
        form_id: round.form_id.clone(),
        reference: reference(ctx.vault.random_bytes()?),
        status: Status::Draft.word().to_owned(),
        created_at: now,
        changed_at: now,
        submitted_at: None,
    };
    let member_id = ctx.id()?;
    let place = (&member_id, &member_dossier.id);
    let github = |slot, value: fn(&GitHubUser) -> &Secret| {
        let seal = |user| ctx.seal(&member_key, slot, place.0, place.1, value(user));
        verified.map(seal).transpose()
    };
    let github_username = github(Slot::MemberGithubUsername, |user| &user.username)?;
    let github_id = github(Slot::MemberGithubId, |user| &user.id)?;
    let member = Member {
        email: ctx.seal(&member_key, Slot::MemberEmail, &member_id, &member_dossier.id, email)?,
        id: member_id,
        dossier_id: member_dossier.id.clone(),
        application_id: id.clone(),
        position: 0,
        name: None,
        pronouns: None,
        location: None,
        ip: None,
        github_username,
        social_usernames: None,
        github_id,
    };
    let receipts = receipts(&dossier.id, &id)?;
    let new = Some(Box::new((dossier, member_dossier, application, member)));
    Ok(Draft { new, id, receipts, standing: Vec::new(), refused: Vec::new(), now })
}
