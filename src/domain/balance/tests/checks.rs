//! What the results are held against: slow ways that are plain enough to be believed.

use super::*;

/// What an assignment costs, the weightiest first: squared loads, squared strangers, tags lacked, what was drawn.
pub(super) type Cost = [u64; 4];

pub(super) fn cost(round: &Round<'_>, new: &[Pair<'_>]) -> Cost {
    let all: BTreeSet<Pair<'_>> = round.kept.iter().chain(new).copied().collect();
    let tags = |pair: &Pair<'_>| {
        let packet = round.packets.iter().find(|packet| packet.id == pair.packet).unwrap();
        let assessor = round.assessors.iter().find(|a| a.id == pair.assessor).unwrap();
        let shared = packet.tags.iter().filter(|tag| assessor.tags.contains(tag)).count();
        (packet.tags.len(), shared)
    };
    let squares = |counts: Vec<usize>| counts.into_iter().map(|n| (n * n) as u64).sum();
    let loads = round.assessors.iter().map(|assessor| {
        assessor.holds as usize + all.iter().filter(|pair| pair.assessor == assessor.id).count()
    });
    let strangers = round.packets.iter().map(|packet| {
        let its = all.iter().filter(|pair| pair.packet == packet.id);
        its.filter(|pair| matches!(tags(pair), (1.., 0))).count()
    });
    [
        squares(loads.collect()),
        squares(strangers.collect()),
        new.iter().map(tags).map(|(all, shared)| (all - shared) as u64).sum(),
        new.iter().map(|p| u64::from(seeded::weight(round.seed, p.packet, p.assessor))).sum(),
    ]
}

/// The least cost over every assignment there is, by trying each; none if there is no assignment.
pub(super) fn try_all(round: &Round<'_>) -> Option<Cost> {
    let open: Vec<Vec<Pair<'_>>> = round
        .packets
        .iter()
        .map(|packet| {
            let taken =
                |pair: &Pair<'_>| round.conflicts.contains(pair) || round.kept.contains(pair);
            let pairs = round.assessors.iter().map(|a| Pair { packet: packet.id, assessor: a.id });
            pairs.filter(|pair| !taken(pair)).collect()
        })
        .collect();
    let mut best = None;
    descend(round, &open, &mut Vec::new(), &mut best);
    best
}

fn descend<'a>(
    round: &Round<'a>,
    open: &[Vec<Pair<'a>>],
    new: &mut Vec<Pair<'a>>,
    best: &mut Option<Cost>,
) {
    let Some((first, others)) = open.split_first() else {
        let within = round.assessors.iter().all(|assessor| {
            let fresh = new.iter().filter(|pair| pair.assessor == assessor.id).count() as u32;
            let kept = round.kept.iter().filter(|pair| pair.assessor == assessor.id).count() as u32;
            fresh == 0 || assessor.most.is_none_or(|most| assessor.holds + kept + fresh <= most)
        });
        if within {
            let cost = cost(round, new);
            *best = Some(best.map_or(cost, |best| best.min(cost)));
        }
        return;
    };
    let packet = round.packets[round.packets.len() - open.len()].id;
    let kept = round.kept.iter().filter(|pair| pair.packet == packet).count();
    let needed = (round.each as usize).saturating_sub(kept);
    for choice in 0_u32..1 << first.len() {
        if choice.count_ones() as usize == needed {
            let chosen = first.iter().enumerate().filter(|(bit, _)| choice >> bit & 1 == 1);
            let before = new.len();
            new.extend(chosen.map(|(_, pair)| *pair));
            descend(round, others, new, best);
            new.truncate(before);
        }
    }
}

/// How many assignments are lacking at least, by the plainest of matchings: `room` says how many more each may take.
pub(super) fn shortage(round: &Round<'_>, room: impl Fn(&Assessor<'_>) -> usize) -> usize {
    fn augment(
        open: &[Vec<usize>],
        room: &[usize],
        held: &mut [Vec<usize>],
        packet: usize,
        seen: &mut BTreeSet<usize>,
    ) -> bool {
        for &to in &open[packet] {
            if held[to].contains(&packet) || !seen.insert(to) {
                continue;
            }
            if held[to].len() < room[to] {
                held[to].push(packet);
                return true;
            }
            for place in 0..held[to].len() {
                if augment(open, room, held, held[to][place], seen) {
                    held[to][place] = packet;
                    return true;
                }
            }
        }
        false
    }
    let taken = |pair: &Pair<'_>| round.conflicts.contains(pair) || round.kept.contains(pair);
    let open: Vec<Vec<usize>> = round
        .packets
        .iter()
        .map(|packet| {
            let pair =
                |place: &usize| Pair { packet: packet.id, assessor: round.assessors[*place].id };
            (0..round.assessors.len()).filter(|place| !taken(&pair(place))).collect()
        })
        .collect();
    let room: Vec<usize> = round.assessors.iter().map(room).collect();
    let mut held = vec![Vec::new(); room.len()];
    let mut lacking = 0;
    for (place, packet) in round.packets.iter().enumerate() {
        let kept = round.kept.iter().filter(|pair| pair.packet == packet.id).count();
        for _ in kept..round.each as usize {
            lacking += usize::from(!augment(&open, &room, &mut held, place, &mut BTreeSet::new()));
        }
    }
    lacking
}
