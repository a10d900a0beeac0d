//! A round as those see it who share its packets out: packets, who assesses, and who has what.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::Planned;
use super::candidates::{self, Candidate};
use crate::domain::assignment::State;
use crate::domain::id::Id;
use crate::domain::packet::Work;
use crate::domain::programme::Kind;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::store::assigning::{self, PacketRow};
use crate::store::assignments::{self, Assignment};
use crate::store::packets;

/// Everything of a round at one moment.
pub(crate) struct Input {
    pub planned: Planned,
    pub packets: Vec<PacketRow>,
    pub assignments: Vec<Assignment>,
    /// Packets that nobody outside can read any more, and who had them. Nothing is done with them.
    pub closed: Vec<PacketRow>,
    pub had: Vec<Assignment>,
    pub people: BTreeMap<Id, Candidate>,
    pub today: NaiveDate,
}

impl Input {
    pub fn load(ctx: &Context, planned: Planned) -> Result<Self, ServiceError> {
        let round = &planned.round.id;
        let (packets, all) = ctx.store.read_moment(|connection| {
            Ok((
                assigning::all_packets_of(connection, round)?,
                assignments::of_round(connection, round)?,
            ))
        })?;
        let (closed, packets): (Vec<_>, Vec<_>) =
            packets.into_iter().partition(|row| row.is_closed);
        let named: Vec<Id> = all.iter().filter_map(|own| own.assessor_id.clone()).collect();
        let had = of_these(all.clone(), &closed);
        let assignments = of_these(all, &packets);
        let people = candidates::current_and(ctx, &named)?;
        let people = people.into_iter().map(|own| (own.id.clone(), own)).collect();
        Ok(Self { packets, assignments, closed, had, people, today: ctx.today(), planned })
    }

    /// Who has an assignment, if they are still there.
    pub fn assessor_of(&self, own: &Assignment) -> Option<&Candidate> {
        self.people.get(own.assessor_id.as_ref()?)
    }

    /// Whether an assignment is one of those that a packet needs: scores are in, or somebody who can come in is at it.
    pub fn counts(&self, own: &Assignment) -> bool {
        match own.state() {
            State::Submitted => true,
            State::Offered | State::Accepted => {
                self.assessor_of(own).is_some_and(|who| who.has_access(self.today))
            }
            State::Conflict | State::Declined | State::Ended => false,
        }
    }

    /// Whether scores are late.
    pub fn is_overdue(&self, own: &Assignment) -> bool {
        matches!(own.state(), State::Offered | State::Accepted) && own.due_on < self.today
    }

    /// The assignments of each packet, also of those that were closed.
    pub fn by_packet(&self) -> BTreeMap<&Id, Vec<&Assignment>> {
        let mut sorted: BTreeMap<&Id, Vec<&Assignment>> = BTreeMap::new();
        for own in self.assignments.iter().chain(&self.had) {
            sorted.entry(&own.packet_id).or_default().push(own);
        }
        sorted
    }

    /// How many assessors a packet lacks, given its assignments.
    pub fn missing(&self, own: &[&Assignment]) -> usize {
        let there = own.iter().filter(|own| self.counts(own)).count();
        self.planned.each().saturating_sub(there)
    }

    /// Those who can be given something.
    pub fn available(&self) -> Vec<&Candidate> {
        self.people.values().filter(|who| who.has_access(self.today)).collect()
    }
}

/// The assignments of some packets: those of a packet that was closed matter to nobody any more.
pub(super) fn of_these(all: Vec<Assignment>, packets: &[PacketRow]) -> Vec<Assignment> {
    let here: BTreeSet<&Id> = packets.iter().map(|row| &row.id).collect();
    all.into_iter().filter(|own| here.contains(&own.packet_id)).collect()
}

/// What packets are about: the words that staff gave them, and what was chosen where assessors may read it.
pub(crate) fn tags_of(
    ctx: &Context,
    planned: &Planned,
    rows: &[&PacketRow],
) -> Result<BTreeMap<Id, Vec<Secret>>, ServiceError> {
    let questions: Vec<String> = planned
        .round
        .form
        .questions
        .iter()
        .filter(|question| question.kind == Kind::Choice && question.shared && !question.sensitive)
        .map(|question| question.key.clone())
        .collect();
    let applications: Vec<Id> = rows.iter().map(|row| row.application.clone()).collect();
    let chosen =
        ctx.store.read(|connection| assigning::choices(connection, &applications, &questions))?;
    let mut choices: BTreeMap<Id, Vec<_>> = BTreeMap::new();
    for choice in chosen {
        choices.entry(choice.application.clone()).or_default().push(choice);
    }
    let mut tags = BTreeMap::new();
    for row in rows {
        let dossier = &row.application_dossier;
        let key = ctx.unwrap_key(&row.key, dossier)?;
        let work = ctx.open(&key, Slot::PreparationWork, &row.preparation, dossier, &row.work)?;
        // What can't be read is no reason not to share packets out: it has no words then.
        let work: Work = serde_json::from_str(work.expose()).unwrap_or_default();
        let mut own: Vec<Secret> = work.tags.into_iter().map(Secret::new).collect();
        for choice in choices.remove(&row.application).unwrap_or_default() {
            let value = ctx.open(&key, Slot::AnswerValue, &choice.id, dossier, &choice.value)?;
            if !value.is_blank() {
                own.push(value);
            }
        }
        let mut seen = BTreeSet::new();
        own.retain(|tag| seen.insert(tag.expose().to_lowercase()));
        tags.insert(row.id.clone(), own);
    }
    Ok(tags)
}

/// The usernames that assessors see on packets.
pub(crate) fn usernames_of(
    ctx: &Context,
    rows: &[&PacketRow],
) -> Result<BTreeMap<Id, Secret>, ServiceError> {
    let ids: Vec<Id> = rows.iter().map(|row| row.id.clone()).collect();
    let found = ctx.store.read(|connection| packets::usernames_of(connection, &ids))?;
    let mut usernames = BTreeMap::new();
    for (field, key) in found {
        let dossier = &field.dossier_id;
        let key = ctx.unwrap_key(&key, dossier)?;
        let value = ctx.open(&key, Slot::PacketFieldValue, &field.id, dossier, &field.value)?;
        usernames.insert(field.packet_id, value);
    }
    Ok(usernames)
}
