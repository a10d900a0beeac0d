//! An applicant corrects what they said about themself after they submitted. Answers stay as they were submitted.

use serde_json::json;

use super::context::{Context, StoreOrService};
use super::error::ServiceError;
use super::github_accounts;
use super::open_draft::{self, DraftField};
use super::permitted::OwnApplication;
use super::read_own::{Opened, slot_of};
use super::session::Applicant;
use crate::domain::application::Status;
use crate::domain::form::FieldError;
use crate::domain::id::Id;
use crate::domain::identity::Item;
use crate::domain::lookup::LookupKind;
use crate::domain::quarter::Quarter;
use crate::domain::secret::Secret;
use crate::store::applications::Application;
use crate::store::lookups::{self, NewLookup};
use crate::store::{applications, audit, dossiers, drafts, packets, preparations};

/// What can be corrected.
#[derive(Clone)]
pub struct Correction {
    /// The application.
    pub application: Id,
    /// Its reference.
    pub reference: String,
    /// The programme.
    pub programme: String,
    /// The items, as they are kept.
    pub fields: Vec<DraftField>,
    /// Whether assessors can read a packet that was made of it.
    pub is_released: bool,
}

/// The application with everything in it opened, if it waits for a decision.
fn waiting(ctx: &Context, found: Application) -> Result<Opened, ServiceError> {
    let opened = Opened::open(ctx, found)?;
    match opened.application.status() {
        Status::Submitted | Status::InReview => Ok(opened),
        Status::Draft | Status::Withdrawn => Err(ServiceError::Conflict),
    }
}

/// What can be corrected in an application of one's own.
///
/// # Errors
/// [`ServiceError::Conflict`] when it was not submitted, or was taken back.
pub fn open(ctx: &Context, own: &OwnApplication) -> Result<Correction, ServiceError> {
    let opened = waiting(ctx, own.application.clone())?;
    let packet = ctx.store.read(|connection| preparations::packet_of(connection, own.id()))?;
    Ok(Correction {
        is_released: packet.is_some_and(|packet| packet.state == packets::RELEASED),
        application: own.id().clone(),
        reference: opened.application.reference.clone(),
        programme: opened.round.programme.name.clone(),
        fields: Item::ALL.map(|item| open_draft::item_field(&opened, item)).to_vec(),
    })
}

/// Corrects items. The clock of the application stays as it is; a packet that was released of it is out of date from now on,
/// which staff see. Answers whether anything was changed.
///
/// # Errors
/// [`ServiceError::Invalid`] when something has to be mended: then nothing is changed; [`ServiceError::Conflict`].
pub fn correct(
    ctx: &Context,
    who: &Applicant,
    own: &OwnApplication,
    values: &[(String, Secret)],
) -> Result<bool, ServiceError> {
    let mut found = own.each_try();
    ctx.steadily(|generation| {
        let opened = waiting(ctx, found(ctx)?)?;
        let (mut errors, mut items, mut changed) = (Vec::new(), Vec::new(), Vec::new());
        let member = &opened.member;
        for item in Item::ALL {
            let Some((_, value)) = values.iter().find(|(name, _)| name == item.key()) else {
                continue;
            };
            if let Err(message) = item.check(value.expose()) {
                errors.push(FieldError { field: item.key().to_owned(), message });
            } else if value.expose() != opened.item(item).expose() {
                let (key, slot) = (&opened.member_key, slot_of(item));
                let sealed = ctx.seal(key, slot, &member.id, &member.dossier_id, value)?;
                items.push((item, sealed, value.clone()));
                changed.push(item.key());
            }
        }
        if !errors.is_empty() {
            return Err(ServiceError::Invalid(errors).into());
        }
        if items.is_empty() {
            return Ok(false);
        }
        let username = items.iter().find(|own| own.0 == Item::GithubUsername).map(|own| &own.2);
        let kept = opened.item(Item::GithubUsername);
        let mark = github_accounts::mark(ctx, &opened, username.unwrap_or(&kept))?;
        let lookup = match username {
            Some(username) => Some(indexed(ctx, &opened, username)?),
            None => None,
        };
        let detail = json!({ "items": changed });
        let entry = ctx.audit(&who.actor(), "application.corrected", Some(own.id()), &detail)?;
        let (now, id, dossier) = (ctx.stamp(), member.id.clone(), member.dossier_id.clone());
        let application = opened.application;
        ctx.write_under(generation, move |connection| {
            applications::corrected(connection, &application, now)?;
            for (item, sealed, _) in &items {
                drafts::set_item(connection, &id, *item, sealed)?;
            }
            if let Some(github_id) = &mark {
                drafts::set_github_id(connection, &id, github_id.as_ref())?;
            }
            if let Some(lookup) = &lookup {
                lookups::delete_kind(connection, &dossier, LookupKind::ApplicantGithub)?;
                lookups::insert(connection, lookup)?;
            }
            audit::insert(connection, &entry)
        })?;
        Ok::<bool, StoreOrService>(true)
    })
}

/// The blind index of another username, under the key of the quarter in which the application's time ends.
fn indexed(ctx: &Context, opened: &Opened, username: &Secret) -> Result<NewLookup, ServiceError> {
    let dossier = &opened.application.dossier_id;
    let clock = ctx.store.read(|connection| dossiers::clock(connection, dossier))?;
    let (kind, quarter) = (LookupKind::ApplicantGithub, Quarter::of(clock.keep_until));
    Ok(NewLookup {
        id: ctx.id()?,
        dossier: opened.member.dossier_id.clone(),
        kind,
        tag: ctx.vault.blind(kind, quarter, username.expose())?,
        subject: opened.application.id.clone(),
    })
}
