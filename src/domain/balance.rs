//! Shares packets out among assessors: evenly, without conflicts, by field of expertise, and repeatably.
//!
//! The result is not a good guess but the best there is. Of all assignments that respect conflicts, capacities and
//! what is to be kept, [`assign`] takes one with the least sum of squared loads. Nothing is more even by any measure:
//! its heaviest load is the least possible, its lightest the greatest, and loads differ by at most one if they do in
//! any assignment. Among those it takes one in which packets meet the fewest assessors from outside their field
//! (counted in squares per packet too, so that no packet gets all the strangers), then one that shares most tags, and
//! draws among the rest by the seed.
//!
//! The order of the input changes nothing. The same input and seed give the same assignment on every machine.

use std::collections::{BTreeMap, BTreeSet};

pub use obstacle::{BalanceError, Obstacle};
use shares::{Shares, Short};

mod obstacle;
mod seeded;
mod shares;

/// A packet to be assessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Its identifier.
    pub id: &'a str,
    /// The fields that it touches. Without any, every assessor suits it equally.
    pub tags: Vec<&'a str>,
}

/// Somebody who assesses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessor<'a> {
    /// Their identifier.
    pub id: &'a str,
    /// The fields that they know.
    pub tags: Vec<&'a str>,
    /// The most packets that they take, with what they hold already; no end without it.
    pub most: Option<u32>,
    /// How many packets they hold beside those of this call. They count as load.
    pub holds: u32,
}

/// A packet and an assessor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair<'a> {
    /// The packet's identifier.
    pub packet: &'a str,
    /// The assessor's identifier.
    pub assessor: &'a str,
}

/// What is to be shared out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round<'a> {
    /// The packets.
    pub packets: Vec<Packet<'a>>,
    /// The assessors.
    pub assessors: Vec<Assessor<'a>>,
    /// How many assessors each packet needs.
    pub each: u32,
    /// Who must not see what. Pairs of which a part is not in this call are passed over.
    pub conflicts: Vec<Pair<'a>>,
    /// Assignments that stand and count. They may go beyond what somebody takes, as staff made them by hand.
    pub kept: Vec<Pair<'a>>,
    /// Draws among assignments that are equally good.
    pub seed: u64,
}

/// An assignment that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assigned<'a> {
    /// Who got what.
    pub pair: Pair<'a>,
    /// How many of the packet's tags the assessor shares.
    pub shared_tags: usize,
}

/// The result of sharing out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan<'a> {
    /// What is new, by packet and assessor. What was to be kept is not repeated.
    pub assigned: Vec<Assigned<'a>>,
    /// How many packets each assessor then holds: those from before, those kept and those new.
    pub loads: BTreeMap<&'a str, u32>,
}

/// Shares the packets of a round out among its assessors.
///
/// # Errors
/// When the input contradicts itself, or when a packet can't get as many assessors as it needs; then each such packet is
/// named with the reason.
pub fn assign<'a>(round: &Round<'a>) -> Result<Plan<'a>, BalanceError> {
    let packets = by_id(&round.packets, |packet| packet.id)?;
    let assessors = by_id(&round.assessors, |assessor| assessor.id)?;
    let places = Places::new(&packets, &assessors);
    let mut shares = Shares::new(packets.len(), assessors.iter().map(|a| (a.holds, a.most)));

    for conflict in &round.conflicts {
        if let Ok((packet, assessor)) = places.of(*conflict) {
            shares.bar(packet, assessor);
        }
    }
    let candidates: Vec<usize> =
        (0..packets.len()).map(|packet| shares.candidates(packet)).collect();

    let known: Vec<(&str, BTreeSet<&str>)> =
        assessors.iter().map(|assessor| (assessor.id, distinct(&assessor.tags))).collect();
    let known = &known;
    shares.weigh(packets.iter().map(|packet| {
        let tags = distinct(&packet.tags);
        known.iter().map(move |(assessor, known)| {
            let shared = tags.intersection(known).count();
            shares::Fit {
                familiar: tags.is_empty() || shared > 0,
                lacking: tags.len() - shared,
                drawn: seeded::weight(round.seed, packet.id, assessor),
            }
        })
    }));

    let mut kept = vec![0_usize; packets.len()];
    for pair in round.kept.iter().copied().collect::<BTreeSet<_>>() {
        let (packet, assessor) = places.of(pair)?;
        if !shares.keep(packet, assessor) {
            return Err(BalanceError::KeptInConflict {
                packet: pair.packet.to_owned(),
                assessor: pair.assessor.to_owned(),
            });
        }
        if let Some(count) = kept.get_mut(packet) {
            *count += 1;
        }
    }

    let wanted = usize::try_from(round.each).unwrap_or(usize::MAX);
    let mut obstacles = Vec::new();
    for (place, packet) in packets.iter().enumerate() {
        let free = candidates.get(place).copied().unwrap_or_default();
        let kept = kept.get(place).copied().unwrap_or_default();
        if free < wanted {
            obstacles.push(Obstacle::TooFewWithoutConflict {
                packet: packet.id.to_owned(),
                wanted,
                in_conflict: assessors.len() - free,
                without_conflict: free,
            });
        }
        // What can't be placed whole takes the places that it can, so that the other reasons tell of a lack that
        // remains when this one is mended.
        for placed in kept..wanted.min(free) {
            if let Err(Short { full, rivals }) = shares.place(place) {
                if free >= wanted {
                    obstacles.push(Obstacle::NoPlaceLeft {
                        packet: packet.id.to_owned(),
                        wanted,
                        placed,
                        full: ids(&full, |place| assessors.get(place).map(|assessor| assessor.id)),
                        rivals: ids(&rivals, |place| packets.get(place).map(|packet| packet.id)),
                    });
                }
                break;
            }
        }
    }
    if !obstacles.is_empty() {
        return Err(BalanceError::Impossible(obstacles));
    }
    Ok(plan(&shares, &packets, &assessors))
}

fn plan<'a>(shares: &Shares, packets: &[&Packet<'a>], assessors: &[&Assessor<'a>]) -> Plan<'a> {
    let assigned = packets.iter().enumerate().flat_map(|(place, packet)| {
        let given =
            assessors.iter().enumerate().filter(move |(other, _)| shares.has(place, *other));
        given.map(move |(_, assessor)| Assigned {
            pair: Pair { packet: packet.id, assessor: assessor.id },
            shared_tags: distinct(&packet.tags).intersection(&distinct(&assessor.tags)).count(),
        })
    });
    Plan {
        assigned: assigned.collect(),
        loads: assessors.iter().map(|assessor| assessor.id).zip(shares.loads()).collect(),
    }
}

/// The things in the order of their identifiers, which is the order of nothing else.
fn by_id<'t, 'a, T>(
    things: &'t [T],
    id: impl Fn(&T) -> &'a str,
) -> Result<Vec<&'t T>, BalanceError> {
    let sorted: BTreeMap<&str, &T> = things.iter().map(|thing| (id(thing), thing)).collect();
    if sorted.len() < things.len() {
        let mut seen = BTreeSet::new();
        let twice = things.iter().map(&id).find(|id| !seen.insert(*id)).unwrap_or_default();
        return Err(BalanceError::Twice(twice.to_owned()));
    }
    Ok(sorted.into_values().collect())
}

fn ids<'a>(places: &[usize], id: impl Fn(usize) -> Option<&'a str>) -> Vec<String> {
    places.iter().filter_map(|place| id(*place)).map(str::to_owned).collect()
}

fn distinct<'a>(tags: &[&'a str]) -> BTreeSet<&'a str> {
    tags.iter().copied().collect()
}

/// Where packets and assessors stand in their orders.
struct Places<'a> {
    packets: BTreeMap<&'a str, usize>,
    assessors: BTreeMap<&'a str, usize>,
}

impl<'a> Places<'a> {
    fn new(packets: &[&Packet<'a>], assessors: &[&Assessor<'a>]) -> Self {
        Self {
            packets: packets.iter().enumerate().map(|(place, packet)| (packet.id, place)).collect(),
            assessors: assessors.iter().enumerate().map(|(place, a)| (a.id, place)).collect(),
        }
    }

    fn of(&self, pair: Pair<'_>) -> Result<(usize, usize), BalanceError> {
        let unknown = |id: &str| BalanceError::Unknown(id.to_owned());
        let packet = self.packets.get(pair.packet).ok_or_else(|| unknown(pair.packet))?;
        let assessor = self.assessors.get(pair.assessor).ok_or_else(|| unknown(pair.assessor))?;
        Ok((*packet, *assessor))
    }
}

#[cfg(test)]
mod tests;
