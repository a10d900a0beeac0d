//! Who gets what when the machine shares a round's packets out, and why it can't be done.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::Assessed;
use super::barred::{self, Bars, Known};
use super::candidates::Candidate;
use super::input::{Input, tags_of};
use crate::domain::assignment::State;
use crate::domain::balance::{self, BalanceError, Obstacle, Pair};
use crate::domain::id::Id;
use crate::domain::lookup::fold;
use crate::domain::secret::Secret;
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::service::session::Staff;
use crate::store::assigning::{self, PacketRow};
use crate::vault::MacPurpose;

/// Everything that the result hangs on.
pub(super) struct Reckoning {
    pub input: Input,
    pub tags: BTreeMap<Id, Vec<String>>,
    pub known: Known,
    pub bars: Bars,
    pub elsewhere: BTreeMap<Id, i64>,
    pub result: Result<Vec<(Id, Id, usize)>, Vec<Secret>>,
}

/// Reads and opens it all, and shares out.
pub(super) fn reckon(ctx: &Context, who: &Staff, slug: &str) -> Result<Reckoning, ServiceError> {
    let input = Input::load(ctx, Assessed::planned(ctx, who, slug)?)?;
    let rows: Vec<&PacketRow> = input.packets.iter().collect();
    let tags = tags_of(ctx, &input.planned, &rows)?
        .into_iter()
        .map(|(id, own)| (id, own.iter().map(|tag| fold(tag.expose())).collect()))
        .collect();
    // Also those whose access has ended: what stands is looked at, too.
    let everybody: Vec<&Candidate> = input.people.values().collect();
    let known = barred::know(ctx, &input.packets, &everybody)?;
    let (bars, elsewhere) = ctx.store.read(|connection| {
        let since = input.planned.since();
        let bars = barred::bars(connection, since, &input.packets, &input.assignments, &known)?;
        Ok((bars, assigning::waiting_elsewhere(connection, &input.planned.round.id)?))
    })?;
    let mut reckoning = Reckoning { input, tags, known, bars, elsewhere, result: Ok(Vec::new()) };
    reckoning.result = reckoning.share_out();
    Ok(reckoning)
}

impl Reckoning {
    /// What goes to whom, with how many words they share; or why it can't be done.
    fn share_out(&self) -> Result<Vec<(Id, Id, usize)>, Vec<Secret>> {
        let available = self.input.available();
        let each = self.input.planned.each();
        if self.input.packets.is_empty() {
            return Ok(Vec::new());
        }
        if available.len() < each {
            let can = available.len();
            let be = if can == 1 { "assessor has" } else { "assessors have" };
            return Err(vec![Secret::new(format!(
                "Each packet needs {each}, and {can} {be} access now."
            ))]);
        }
        let broken = self.standing_against_rules();
        if !broken.is_empty() {
            return Err(broken);
        }
        let words: BTreeMap<&Id, Vec<String>> = available
            .iter()
            .map(|who| (&who.id, who.tags.iter().map(|tag| fold(tag.expose())).collect()))
            .collect();
        let round = self.round(&available, &words);
        match balance::assign(&round) {
            Ok(plan) => Ok(plan
                .assigned
                .iter()
                .filter_map(|made| {
                    let (packet, assessor) = (made.pair.packet, made.pair.assessor);
                    Some((packet.parse().ok()?, assessor.parse().ok()?, made.shared_tags))
                })
                .collect()),
            Err(BalanceError::Impossible(obstacles)) => {
                Err(obstacles.into_iter().map(|own| self.sentence(own, &round)).collect())
            }
            Err(other) => {
                tracing::error!(error = %other, "packets can't be shared out");
                let message = "The packets can’t be shared out because of a fault in what is stored; the log says more.";
                Err(vec![Secret::new(message)])
            }
        }
    }

    /// Assignments that stand though they must not: they are taken back by hand first, since their assessors may have
    /// read what they have.
    fn standing_against_rules(&self) -> Vec<Secret> {
        let mut broken = Vec::new();
        for own in self.input.assignments.iter().filter(|own| own.state().is_live()) {
            let row = self.input.packets.iter().find(|row| row.id == own.packet_id);
            let (Some(row), Some(who)) = (row, self.input.assessor_of(own)) else { continue };
            if let Some(bar) = self.bars.get(&row.id, &who.id) {
                broken.push(Secret::new(format!(
                    "{} is with {}. {} Take it back first.",
                    row.reference,
                    who.shown().expose(),
                    bar.sentence(),
                )));
            }
        }
        broken
    }

    /// What the domain shares out. Whoever has handed scores in and can't come in any more stands for what they did,
    /// and takes nothing.
    fn round<'a>(
        &'a self,
        available: &[&'a Candidate],
        words: &'a BTreeMap<&Id, Vec<String>>,
    ) -> balance::Round<'a> {
        let pair = |packet: &'a Id, assessor: &'a Id| Pair {
            packet: packet.as_str(),
            assessor: assessor.as_str(),
        };
        let here: BTreeSet<&Id> = self.input.packets.iter().map(|row| &row.id).collect();
        let mut assessors: Vec<balance::Assessor<'a>> = available
            .iter()
            .map(|who| balance::Assessor {
                id: who.id.as_str(),
                tags: words.get(&who.id).into_iter().flatten().map(String::as_str).collect(),
                most: None,
                holds: self.elsewhere(&who.id),
            })
            .collect();
        let mut conflicts: Vec<Pair<'a>> =
            self.bars.pairs().map(|(packet, assessor, _)| pair(packet, assessor)).collect();
        let mut kept = Vec::new();
        for own in self.input.assignments.iter().filter(|own| here.contains(&own.packet_id)) {
            let who = self.input.assessor_of(own).filter(|who| who.has_access(self.input.today));
            match (who, own.state()) {
                (Some(who), State::Declined | State::Ended) => {
                    conflicts.push(pair(&own.packet_id, &who.id));
                }
                (Some(who), state) if state.is_live() => kept.push(pair(&own.packet_id, &who.id)),
                (None, State::Submitted) => {
                    let id = own.id.as_str();
                    assessors.push(balance::Assessor {
                        id,
                        tags: Vec::new(),
                        most: Some(0),
                        holds: 0,
                    });
                    let others = here.iter().filter(|packet| **packet != &own.packet_id);
                    conflicts.extend(others.map(|packet| pair(packet, &own.id)));
                    kept.push(pair(&own.packet_id, &own.id));
                }
                _ => {}
            }
        }
        let packets = self.input.packets.iter().map(|row| balance::Packet {
            id: row.id.as_str(),
            tags: self.tags.get(&row.id).into_iter().flatten().map(String::as_str).collect(),
        });
        balance::Round {
            packets: packets.collect(),
            assessors,
            each: u32::try_from(self.input.planned.plan.each_packet).unwrap_or_default(),
            conflicts,
            kept,
            seed: self.input.planned.plan.seed.cast_unsigned(),
        }
    }

    /// How many packets of other rounds wait for an assessor.
    pub fn elsewhere(&self, assessor: &Id) -> u32 {
        let n = self.elsewhere.get(assessor).copied().unwrap_or_default();
        u32::try_from(n).unwrap_or_default()
    }

    /// An obstacle with references and names for identifiers.
    fn sentence(&self, obstacle: Obstacle, round: &balance::Round<'_>) -> Secret {
        let rows = &self.input.packets;
        let reference = |id: &str| {
            let row = rows.iter().find(|row| row.id.as_str() == id);
            row.map(|row| row.reference.clone()).unwrap_or_default()
        };
        let people = &self.input.people;
        let name = |id: &String| {
            let who = people.values().find(|who| who.id.as_str() == id);
            who.map_or_else(String::new, |who| who.shown().expose().to_owned())
        };
        let told = match obstacle {
            Obstacle::TooFewWithoutConflict { packet, wanted, in_conflict, without_conflict } => {
                // Those who stand for scores of people that have left are nobody who could be in conflict.
                let gone = round.assessors.iter().filter(|who| who.most == Some(0)).count();
                let stands = round.kept.iter().filter(|own| own.packet == packet);
                let stands = stands.filter(|own| name(&own.assessor.to_owned()).is_empty()).count();
                Obstacle::TooFewWithoutConflict {
                    packet: reference(&packet),
                    wanted,
                    in_conflict: in_conflict.saturating_sub(gone.saturating_sub(stands)),
                    without_conflict,
                }
            }
            Obstacle::NoPlaceLeft { packet, wanted, placed, full, rivals } => {
                Obstacle::NoPlaceLeft {
                    packet: reference(&packet),
                    wanted,
                    placed,
                    full: full.iter().map(name).collect(),
                    rivals: rivals.iter().map(|id| reference(id)).collect(),
                }
            }
        };
        Secret::new(format!("{told}."))
    }
}

/// A digest of everything that the result hangs on.
pub(super) fn digest(ctx: &Context, reckoning: &Reckoning) -> Result<String, ServiceError> {
    let Reckoning { input, tags, bars, elsewhere, .. } = reckoning;
    let plan = &input.planned.plan;
    let people: Vec<_> = input
        .available()
        .into_iter()
        .map(|who| (&who.id, who.tags.iter().map(|tag| fold(tag.expose())).collect::<Vec<_>>()))
        .collect();
    let packets: Vec<_> = input.packets.iter().map(|row| (&row.id, tags.get(&row.id))).collect();
    let standing: Vec<_> = input
        .assignments
        .iter()
        .map(|own| (&own.packet_id, &own.assessor_id, &own.state))
        .collect();
    let bars: Vec<_> = bars.pairs().map(|(packet, assessor, _)| (packet, assessor)).collect();
    let elsewhere: Vec<_> = elsewhere.iter().collect();
    let all = json!({
        "round": plan.round_id, "each": plan.each_packet, "seed": plan.seed, "due": plan.due_on,
        "people": people, "packets": packets, "standing": standing, "bars": bars, "elsewhere": elsewhere,
    });
    let all = Secret::new(all.to_string());
    ctx.digest(MacPurpose::Forgery, &[b"share out", all.expose().as_bytes()])
}
