//! What is written when the machine has shared packets out.

use std::collections::BTreeMap;

use serde_json::json;

use super::barred::{self, Bars, Known};
use super::by_hand::{WAITING, offered};
use super::input::of_these;
use super::reckoning::Reckoning;
use super::{Planned, acting, candidates};
use crate::domain::id::Id;
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::service::session::Staff;
use crate::store::assigning::{self, PacketRow};
use crate::store::assignments::{self, Assignment};
use crate::store::{AnyConnection, StoreError, assessment_plans, audit, outbox};

/// What is written when packets are shared out.
pub(super) struct Act {
    planned: Planned,
    packets: Vec<PacketRow>,
    before: Vec<(Id, Option<Id>, String)>,
    known: Known,
    bars: Bars,
    today: chrono::NaiveDate,
    people: Vec<Id>,
    pub new: Vec<Assignment>,
    pub mails: Vec<outbox::Mail>,
    entries: Vec<audit::Entry>,
}

/// What of assignments the result hangs on.
fn standing(assignments: &[Assignment]) -> Vec<(Id, Option<Id>, String)> {
    let own = |own: &Assignment| (own.id.clone(), own.assessor_id.clone(), own.state.clone());
    assignments.iter().map(own).collect()
}

impl Act {
    /// For a result.
    pub fn of(
        ctx: &Context,
        who: &Staff,
        reckoning: &Reckoning,
        made: &[(Id, Id, usize)],
    ) -> Result<Self, ServiceError> {
        let input = &reckoning.input;
        let rows: BTreeMap<&Id, &PacketRow> =
            input.packets.iter().map(|row| (&row.id, row)).collect();
        let mut of_person: BTreeMap<&Id, Vec<&Id>> = BTreeMap::new();
        let mut new = Vec::with_capacity(made.len());
        for (packet, assessor, _) in made {
            let row = rows.get(packet).ok_or(ServiceError::Conflict)?;
            new.push(offered(ctx, &input.planned, row, assessor, input.planned.plan.due_on)?);
            of_person.entry(assessor).or_default().push(packet);
        }
        let (mut mails, mut entries) = (Vec::new(), Vec::new());
        for (assessor, packets) in &of_person {
            let person = input.people.get(*assessor).ok_or(ServiceError::Conflict)?;
            mails.push(ctx.mail(WAITING, assessor, &person.dossier)?);
            let detail = json!({
                "round": input.planned.round.id, "packets": packets, "how": "automatically",
                "due": input.planned.plan.due_on,
            });
            entries.push(ctx.audit(&acting(who), "assignments.made", Some(assessor), &detail)?);
        }
        Ok(Self {
            planned: input.planned.clone(),
            packets: input.packets.clone(),
            before: standing(&input.assignments),
            known: reckoning.known.clone(),
            bars: reckoning.bars.clone(),
            today: input.today,
            people: of_person.keys().map(|id| (*id).clone()).collect(),
            new,
            mails,
            entries,
        })
    }

    /// Writes it, if everything is as it was reckoned with.
    pub fn apply(&self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        let round = &self.planned.round.id;
        let packets = assigning::packets_of(connection, round)?;
        let there = of_these(assignments::of_round(connection, round)?, &packets);
        let same_packets =
            packets.iter().map(|row| &row.id).eq(self.packets.iter().map(|row| &row.id));
        let plan = assessment_plans::find(connection, round)?;
        let same_plan = plan.is_some_and(|plan| {
            (plan.each_packet, plan.due_on)
                == (self.planned.plan.each_packet, self.planned.plan.due_on)
        });
        let since = self.planned.since();
        let bars = barred::bars(connection, since, &self.packets, &there, &self.known)?;
        if !same_packets || !same_plan || standing(&there) != self.before || bars != self.bars {
            return Err(StoreError::Conflict);
        }
        for assessor in &self.people {
            if !candidates::still_has_access(connection, assessor, self.today)? {
                return Err(StoreError::Conflict);
            }
        }
        assignments::insert(connection, &self.new)?;
        for mail in &self.mails {
            outbox::insert(connection, mail)?;
        }
        self.entries.iter().try_for_each(|entry| audit::insert(connection, entry))
    }
}
