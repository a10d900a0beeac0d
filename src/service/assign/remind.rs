//! Assessors are told that packets wait, and reminded.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::json;

pub(crate) use super::by_hand::WAITING;
use super::{Assessed, acting};
use crate::domain::id::Id;
use crate::domain::secret::Secret;
use crate::service::context::{Actor, Context};
use crate::service::deliver_mail::{Content, Waiting, assessor_address};
use crate::service::error::ServiceError;
use crate::service::session::Staff;
use crate::store::reminders::{self, ToRemind};
use crate::store::{AnyConnection, StoreError, assessors, assignments, audit, outbox};

/// The mail that reminds.
pub(crate) const REMINDER: &str = "packets_reminder";

/// Whether a name in the outbox is that of a mail about packets.
pub(crate) fn is_ours(template: &str) -> bool {
    [WAITING, REMINDER].contains(&template)
}

/// What a mail to an assessor says at the moment when it is sent: how many packets wait, and by when. None when nothing
/// waits any more, or they can't come in.
pub(crate) fn letter(
    ctx: &Context,
    template: &str,
    assessor: &Id,
) -> Result<Option<(Secret, Content)>, ServiceError> {
    let today = ctx.today();
    let (row, days) = ctx.store.read(|connection| {
        let row = assessors::find(connection, assessor)?;
        Ok((row, reminders::waiting_for(connection, assessor)?))
    })?;
    let row = row.filter(|row| row.state == assessors::ACTIVE && row.access_until >= today);
    let (Some(row), Some(first)) = (row, days.first().copied()) else { return Ok(None) };
    let waiting = Waiting {
        packets: days.len(),
        overdue: days.iter().filter(|day| **day < today).count(),
        due_on: first,
        link: format!("{}/assess", ctx.site.base_url),
    };
    let to = assessor_address(ctx, &row)?;
    let content = if template == REMINDER {
        Content::PacketsReminder(waiting)
    } else {
        Content::PacketsWaiting(waiting)
    };
    Ok(Some((to, content)))
}

/// Reminds everybody for whom packets of a round wait, or one of them. Whoever was reminded of them today is left
/// alone. Answers how many people are written to.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but officers; [`ServiceError::NotFound`].
pub fn now(
    ctx: &Context,
    who: &Staff,
    slug: &str,
    assessor: Option<&Id>,
) -> Result<usize, ServiceError> {
    let round = Assessed::planned(ctx, who, slug)?.round.id;
    let today = ctx.today();
    let found = {
        let round = round.clone();
        move |connection: &mut AnyConnection| reminders::in_round(connection, &round, today)
    };
    let mut people = by_person(ctx.store.read(&found)?);
    people.retain(|id, _| assessor.is_none_or(|wanted| wanted == id));
    remind(ctx, &acting(who), today, people.into_keys().collect(), found)
}

/// Reminds whoever is to be reminded today. It may be done as often as one likes: whoever was reminded is left alone.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn due(ctx: &Context) -> Result<usize, ServiceError> {
    let today = ctx.today();
    let found = move |connection: &mut AnyConnection| reminders::on(connection, today);
    let people = by_person(ctx.store.read(found)?);
    remind(ctx, &Actor::System, today, people.into_keys().collect(), found)
}

fn by_person(found: Vec<ToRemind>) -> BTreeMap<Id, Vec<ToRemind>> {
    let mut people: BTreeMap<Id, Vec<ToRemind>> = BTreeMap::new();
    for own in found {
        if let Some(assessor) = own.assessor.clone() {
            people.entry(assessor).or_default().push(own);
        }
    }
    people
}

/// Writes one mail to each person, and notes of what they were reminded. What is found is asked again in the
/// transaction, so that two who remind at the same moment write one mail.
fn remind(
    ctx: &Context,
    actor: &Actor,
    today: NaiveDate,
    people: Vec<Id>,
    found: impl Fn(&mut AnyConnection) -> Result<Vec<ToRemind>, StoreError> + Send + 'static,
) -> Result<usize, ServiceError> {
    let mut ready = Vec::new();
    for assessor in people {
        let row = ctx.store.read(|connection| assessors::find(connection, &assessor))?;
        let Some(row) = row else { continue };
        let mail = ctx.mail(REMINDER, &assessor, &row.dossier_id)?;
        let entry = ctx.audit(actor, "assessor.reminded", Some(&assessor), &json!({}))?;
        ready.push((assessor, mail, entry));
    }
    if ready.is_empty() {
        return Ok(0);
    }
    Ok(ctx.store.write(move |connection| {
        let mut waits = by_person(found(connection)?);
        let mut reminded = 0;
        for (assessor, mail, entry) in &ready {
            let Some(own) = waits.remove(assessor) else { continue };
            for one in &own {
                assignments::reminded(connection, &one.id, today)?;
            }
            let ids: Vec<&Id> = own.iter().map(|one| &one.id).collect();
            let mut rounds: Vec<&Id> = own.iter().map(|one| &one.round).collect();
            rounds.sort();
            rounds.dedup();
            let detail = json!({ "rounds": rounds, "assignments": ids }).to_string();
            audit::insert(connection, &audit::Entry { detail, ..entry.clone() })?;
            outbox::insert(connection, mail)?;
            reminded += 1;
        }
        Ok(reminded)
    })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_mails_are_told_from_others() {
        assert!(is_ours(WAITING) && is_ours(REMINDER));
        for other in ["sign_in", "packets", "assessor.access_ended", ""] {
            assert!(!is_ours(other), "{other}");
        }
    }
}
