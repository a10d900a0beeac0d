//! Everything that is assigned to an assessor at this moment.

use std::collections::BTreeMap;

use serde_json::json;

use super::oneself;
use crate::domain::assignment::State;
use crate::domain::id::Id;
use crate::domain::packet::FieldKind;
use crate::domain::sealed::Sealed;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::service::context::{Actor, Context};
use crate::service::error::ServiceError;
use crate::service::outsiders::Assessor;
use crate::store::assessment_plans::{self, Plan};
use crate::store::assignments::{self, Own};
use crate::store::packets::{self, Field};
use crate::store::{audit, github_accounts, undertakings};
use crate::vault::DataKey;

/// Something that is assigned to an assessor, with what lists show of it.
pub(super) struct Mine {
    pub own: Own,
    pub plan: Plan,
    /// Whether the assessor has undertaken to keep the round in confidence.
    pub undertaken: bool,
    pub usernames: Vec<Secret>,
    key: DataKey,
    line: Option<Field>,
}

impl Mine {
    /// Whether scores can be given today.
    pub fn is_open(&self, ctx: &Context) -> bool {
        ctx.today() <= self.plan.closes_on
    }

    /// The first answer on one line, for those who may read the packet.
    pub fn first_line(&self, ctx: &Context) -> Result<Option<Secret>, ServiceError> {
        let line = self.line.as_ref().filter(|_| self.own.assignment.state().may_read());
        line.map(|field| open(ctx, &self.key, field, &field.value)).transpose()
    }
}

/// Opens a part of a packet.
pub(super) fn open(
    ctx: &Context,
    key: &DataKey,
    field: &Field,
    value: &Sealed,
) -> Result<Secret, ServiceError> {
    ctx.open(key, Slot::PacketFieldValue, &field.id, &field.dossier_id, value)
}

/// The names at GitHub among the parts of a packet.
pub(super) fn usernames(
    ctx: &Context,
    key: &DataKey,
    fields: &[Field],
) -> Result<Vec<Secret>, ServiceError> {
    let names = fields.iter().filter(|field| field.kind == FieldKind::GithubUsername.word());
    names.map(|field| open(ctx, key, field, &field.value)).collect()
}

/// Everything that is assigned to an assessor and can be worked on or read, in the order of its random identifiers.
/// What is about the assessor's own work is given back at once, and is not among it.
pub(super) fn all(ctx: &Context, who: &Assessor) -> Result<Vec<Mine>, ServiceError> {
    let (rows, plans, heads, undertaken, joined) = ctx.store.read(|connection| {
        let rows = assignments::own(connection, &who.id, &State::LIVE, None)?;
        let mut plans: BTreeMap<Id, Plan> = BTreeMap::new();
        for row in &rows {
            let round = &row.assignment.round_id;
            if !plans.contains_key(round)
                && let Some(plan) = assessment_plans::find(connection, round)?
            {
                plans.insert(round.clone(), plan);
            }
        }
        let ids: Vec<Id> = rows.iter().map(|row| row.packet.id.clone()).collect();
        Ok((
            rows,
            plans,
            packets::heads(connection, &ids)?,
            undertakings::of_assessor(connection, &who.id)?,
            github_accounts::of_dossier(connection, &who.session.dossier)?,
        ))
    })?;
    let mut of_packet: BTreeMap<Id, Vec<Field>> = BTreeMap::new();
    for field in heads {
        of_packet.entry(field.packet_id.clone()).or_default().push(field);
    }
    let oneself = oneself::username(ctx, who, joined.as_ref())?;
    let (mut mine, mut own_work) = (Vec::new(), Vec::new());
    for own in rows {
        let Some(plan) = plans.get(&own.assignment.round_id).cloned() else { continue };
        let fields = of_packet.remove(&own.packet.id).unwrap_or_default();
        let key = ctx.unwrap_key(&own.key, &own.packet.dossier_id)?;
        let usernames = usernames(ctx, &key, &fields)?;
        if oneself::is_among(oneself.as_ref(), &usernames) {
            own_work.push(own.assignment);
            continue;
        }
        let undertaken = undertaken.iter().any(|text| text.round_id == plan.round_id);
        let line = fields.into_iter().find(|field| field.kind == FieldKind::Line.word());
        mine.push(Mine { own, plan, undertaken, usernames, key, line });
    }
    oneself::step_aside(ctx, who, &own_work)?;
    Ok(mine)
}

/// Writes down that usernames of packets were shown in a list. It is on disk before they are.
pub(super) fn listed(ctx: &Context, who: &Assessor, packets: &[&Id]) -> Result<(), ServiceError> {
    if packets.is_empty() {
        return Ok(());
    }
    let packets: Vec<&str> = packets.iter().map(|id| id.as_str()).collect();
    let actor = Actor::Assessor(who.id.clone());
    let entry = ctx.audit(&actor, "packets.listed", None, &json!({ "packets": packets }))?;
    Ok(ctx.store.write(move |connection| audit::insert(connection, &entry))?)
}
