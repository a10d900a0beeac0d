//! Packets given and taken back by hand.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::json;

use super::barred::{self, Known};
use super::candidates::{self, Candidate};
use super::{Assessed, Planned, acting};
use crate::domain::assignment::{Comments, State};
use crate::domain::id::Id;
use crate::service::context::{Context, StoreOrService};
use crate::service::error::ServiceError;
use crate::service::session::Staff;
use crate::store::assigning::{self, PacketRow};
use crate::store::assignments::{self, Assignment};
use crate::store::packets::{self, RELEASED};
use crate::store::{AnyConnection, StoreError, audit, outbox};

/// The mail that says that packets wait.
pub(crate) const WAITING: &str = "packets_waiting";

/// What the form to give a packet says.
#[derive(Clone, Debug)]
pub struct Give {
    /// To whom.
    pub assessor: Id,
    /// By when scores are asked for.
    pub due: String,
}

/// Gives a packet to an assessor.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but officers; [`ServiceError::NotFound`]; [`ServiceError::Invalid`] with the rule
/// that stands against it.
pub fn give(
    ctx: &Context,
    who: &Staff,
    slug: &str,
    packet: &Id,
    give: &Give,
) -> Result<(), ServiceError> {
    hand_over(ctx, who, slug, packet, None, give)
}

/// Takes a packet back from an assessor and gives it to another.
///
/// # Errors
/// As [`give`]; [`ServiceError::Conflict`] when the assignment has ended meanwhile.
pub fn reassign(
    ctx: &Context,
    who: &Staff,
    slug: &str,
    packet: &Id,
    assignment: &Id,
    give: &Give,
) -> Result<(), ServiceError> {
    hand_over(ctx, who, slug, packet, Some(assignment), give)
}

fn hand_over(
    ctx: &Context,
    who: &Staff,
    slug: &str,
    packet: &Id,
    from: Option<&Id>,
    give: &Give,
) -> Result<(), ServiceError> {
    ctx.steadily(|_| {
        let planned = Assessed::planned(ctx, who, slug)?;
        let due = planned.due(ctx, &give.due)?;
        let round = planned.round.id.clone();
        let rows = ctx.store.read(|connection| assigning::packets_of(connection, &round))?;
        let row = rows.into_iter().find(|row| row.id == *packet).ok_or(ServiceError::NotFound)?;
        let back = match from {
            Some(id) => Some(live(ctx, packet, id)?),
            None => None,
        };
        let offer = prepare(ctx, who, &planned, row, &give.assessor, due)?;
        let back = match back {
            Some(own) => {
                let detail = json!({ "assessor": own.assessor_id, "packet": packet });
                let action = "assignment.ended";
                let entry = ctx.audit(&acting(who), action, Some(&own.id), &detail)?;
                Some((own, entry))
            }
            None => None,
        };
        ctx.store.write(move |connection| {
            if let Some((own, entry)) = &back {
                assignments::move_to(connection, own, State::Ended)?;
                audit::insert(connection, entry)?;
            }
            offer.apply(connection)
        })?;
        Ok(())
    })
}

/// A packet that is about to be given to somebody.
struct Offer {
    row: PacketRow,
    known: Known,
    planned: Planned,
    new: Assignment,
    assessor: Id,
    today: NaiveDate,
    mail: outbox::Mail,
    entry: audit::Entry,
}

/// Looks whether an assessor may be given a packet.
fn prepare(
    ctx: &Context,
    who: &Staff,
    planned: &Planned,
    row: PacketRow,
    assessor: &Id,
    due: NaiveDate,
) -> Result<Offer, StoreOrService> {
    let today = ctx.today();
    let refuse = |message: &str| ServiceError::field("assessor", message);
    let people: BTreeMap<Id, Candidate> =
        candidates::current_and(ctx, std::slice::from_ref(assessor))?
            .into_iter()
            .map(|own| (own.id.clone(), own))
            .collect();
    let to = people.get(assessor).ok_or_else(|| refuse("Choose an assessor"))?;
    if !to.has_access(today) {
        let message = "This assessor has no access now: who is invited has to come in first, and an end of access can \
                       be moved on the assessor’s page";
        return Err(refuse(message).into());
    }
    let only = std::slice::from_ref(&row);
    let known = barred::know(ctx, only, &[to])?;
    let (there, bars) = ctx.store.read(|connection| {
        let there = assignments::of_packet(connection, &row.id)?;
        let bars = barred::bars(connection, planned.since(), only, &there, &known)?;
        Ok((there, bars))
    })?;
    if let Some(bar) = bars.get(&row.id, assessor) {
        return Err(refuse(bar.sentence()).into());
    }
    let own = there.iter().find(|own| own.assessor_id.as_ref() == Some(assessor));
    if own.is_some_and(|own| own.state().is_live()) {
        return Err(refuse("This assessor has this packet already").into());
    }
    let new = offered(ctx, planned, &row, assessor, due)?;
    let before = own.map(|own| &own.id);
    let detail = json!({
        "assessor": assessor, "packet": row.id, "due": due, "how": "by_hand", "before": before,
    });
    let entry = ctx.audit(&acting(who), "assignment.made", Some(&new.id), &detail)?;
    let mail = ctx.mail(WAITING, assessor, &to.dossier)?;
    Ok(Offer {
        known,
        planned: planned.clone(),
        new,
        assessor: assessor.clone(),
        today,
        mail,
        entry,
        row,
    })
}

/// An assignment of a packet to somebody, as it begins.
pub(super) fn offered(
    ctx: &Context,
    planned: &Planned,
    row: &PacketRow,
    assessor: &Id,
    due_on: NaiveDate,
) -> Result<Assignment, ServiceError> {
    Ok(Assignment {
        id: ctx.id()?,
        dossier_id: row.dossier.clone(),
        packet_id: row.id.clone(),
        round_id: planned.round.id.clone(),
        assessor_id: Some(assessor.clone()),
        state: State::Offered.word().to_owned(),
        due_on,
        made_at: ctx.stamp(),
        opened_at: None,
        submitted_at: None,
        scored_version: None,
        comments: Comments::None.word().to_owned(),
        reminded_on: None,
    })
}

impl Offer {
    /// Gives the packet, if what stood against it a moment ago is all that there is.
    fn apply(&self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        let (row, new) = (&self.row, &self.new);
        let open = packets::find(connection, &row.id)?.is_some_and(|own| own.state == RELEASED);
        if !open || !candidates::still_has_access(connection, &self.assessor, self.today)? {
            return Err(StoreError::Conflict);
        }
        let there = assignments::of_packet(connection, &row.id)?;
        let only = std::slice::from_ref(row);
        let bars = barred::bars(connection, self.planned.since(), only, &there, &self.known)?;
        if bars.get(&row.id, &self.assessor).is_some() {
            return Err(StoreError::Conflict);
        }
        match there.iter().find(|own| own.assessor_id.as_ref() == Some(&self.assessor)) {
            Some(own) if own.state().is_live() => return Err(StoreError::Conflict),
            Some(own) => assignments::offer_again(connection, own, &new.id, new.due_on)?,
            None => assignments::insert(connection, std::slice::from_ref(new))?,
        }
        outbox::insert(connection, &self.mail)?;
        audit::insert(connection, &self.entry)
    }
}

/// The live assignment of a packet with an id.
fn live(ctx: &Context, packet: &Id, id: &Id) -> Result<Assignment, ServiceError> {
    let found = ctx.store.read(|connection| assignments::find(connection, id))?;
    let own = found.filter(|own| own.packet_id == *packet).ok_or(ServiceError::NotFound)?;
    if own.state().is_live() { Ok(own) } else { Err(ServiceError::Conflict) }
}

/// Takes a packet back: from the next request on the assessor can't read it any more.
///
/// # Errors
/// As [`reassign`].
pub fn take_back(
    ctx: &Context,
    who: &Staff,
    slug: &str,
    packet: &Id,
    assignment: &Id,
) -> Result<(), ServiceError> {
    ctx.steadily(|_| {
        let planned = Assessed::planned(ctx, who, slug)?;
        let own = live(ctx, packet, assignment)?;
        if own.round_id != planned.round.id {
            return Err(ServiceError::NotFound.into());
        }
        let detail = json!({ "assessor": own.assessor_id, "packet": own.packet_id });
        let entry = ctx.audit(&acting(who), "assignment.ended", Some(&own.id), &detail)?;
        ctx.store.write(move |connection| {
            assignments::move_to(connection, &own, State::Ended)?;
            audit::insert(connection, &entry)
        })?;
        Ok(())
    })
}

/// Moves the day by which scores of an assignment are asked for.
///
/// # Errors
/// As [`reassign`]; [`ServiceError::Invalid`] for a day that can't be.
pub fn set_due(
    ctx: &Context,
    who: &Staff,
    slug: &str,
    packet: &Id,
    assignment: &Id,
    due: &str,
) -> Result<(), ServiceError> {
    let planned = Assessed::planned(ctx, who, slug)?;
    let own = live(ctx, packet, assignment)?;
    if own.round_id != planned.round.id {
        return Err(ServiceError::NotFound);
    }
    let due = planned.due(ctx, due)?;
    let detail = json!({ "from": own.due_on, "to": due });
    let entry = ctx.audit(&acting(who), "assignment.due_moved", Some(&own.id), &detail)?;
    Ok(ctx.store.write(move |connection| {
        assignments::set_due(connection, &own.id, due)?;
        audit::insert(connection, &entry)
    })?)
}
