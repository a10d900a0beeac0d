//! Who applied: everybody in a team, and what would tell an assessor who they are.

use crate::domain::id::Id;
use crate::domain::identity::Item;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::domain::strike::{Known, Person};
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::service::read_own::slot_of;
use crate::store::drafts;
use crate::store::drafts::Member;

/// A member of an application, opened.
struct Opened {
    name: Secret,
    email: Secret,
    location: Secret,
    social: Secret,
    github: Secret,
}

fn open(ctx: &Context, member: &Member) -> Result<Opened, ServiceError> {
    let key = ctx.data_key(&member.dossier_id)?;
    let item = |item: Item| {
        let (slot, sealed) = (slot_of(item), member.item(item));
        ctx.open_or_blank(&key, slot, &member.id, &member.dossier_id, sealed)
    };
    Ok(Opened {
        name: item(Item::Name)?,
        email: ctx.open(&key, Slot::MemberEmail, &member.id, &member.dossier_id, &member.email)?,
        location: item(Item::Location)?,
        social: item(Item::SocialUsernames)?,
        github: item(Item::GithubUsername)?,
    })
}

/// What is known of everybody who applied, with what staff entered to be struck out, laid out for looking.
pub(crate) fn known(
    ctx: &Context,
    application: &Id,
    further: &[String],
) -> Result<Known, ServiceError> {
    let members = ctx.store.read(|connection| drafts::members(connection, application))?;
    let opened =
        members.iter().map(|member| open(ctx, member)).collect::<Result<Vec<_>, ServiceError>>()?;
    let people = opened.iter().map(|own| Person {
        name: own.name.expose(),
        email: own.email.expose(),
        location: own.location.expose(),
        social_usernames: own.social.expose(),
        github_username: own.github.expose(),
    });
    Ok(Known::new(people, further.iter().map(String::as_str)))
}
