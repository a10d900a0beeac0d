use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::{Index, subsequence};

use super::*;
use checks::{cost, shortage, try_all};

mod checks;

const NAMES: [&str; 30] = [
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s",
    "t", "u", "v", "w", "x", "y", "z", "aa", "ab", "ac", "ad",
];
const FIELDS: [&str; 3] = ["docs", "compiler", "teaching"];

fn tags() -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(FIELDS.to_vec(), 0..=3)
}

/// Rounds with up to so many packets and assessors. Conflicts and kept assignments never contradict each other.
fn rounds(packets: usize, assessors: usize, each: u32) -> impl Strategy<Value = Round<'static>> {
    let packets = prop::collection::vec(tags(), 1..=packets);
    let most = prop_oneof![2 => Just(None), 3 => (0_u32..=5).prop_map(Some)];
    let assessors = prop::collection::vec((tags(), most, 0_u32..4), 1..=assessors);
    let pairs = prop::collection::vec((any::<Index>(), any::<Index>(), 0_u8..4), 0..30);
    (packets, assessors, 0..=each, pairs, any::<u64>()).prop_map(
        |(packets, assessors, each, pairs, seed)| {
            let mut ties: BTreeMap<Pair<'_>, bool> = BTreeMap::new();
            for (packet, assessor, kind) in pairs {
                let pair = Pair {
                    packet: NAMES[packet.index(packets.len())],
                    assessor: NAMES[assessor.index(assessors.len())],
                };
                ties.insert(pair, kind == 0);
            }
            let of = |kind| ties.iter().filter(move |(_, kept)| **kept == kind).map(|(p, _)| *p);
            let packet = |(id, tags): (&&'static str, _)| Packet { id, tags };
            let assessor =
                |(id, (tags, most, holds)): (&&'static str, _)| Assessor { id, tags, most, holds };
            Round {
                conflicts: of(false).collect(),
                kept: of(true).collect(),
                packets: NAMES.iter().zip(packets).map(packet).collect(),
                assessors: NAMES.iter().zip(assessors).map(assessor).collect(),
                each,
                seed,
            }
        },
    )
}

fn pairs<'a>(plan: &Plan<'a>) -> Vec<Pair<'a>> {
    plan.assigned.iter().map(|assigned| assigned.pair).collect()
}

fn before(round: &Round<'_>, assessor: &Assessor<'_>) -> usize {
    assessor.holds as usize + round.kept.iter().filter(|pair| pair.assessor == assessor.id).count()
}

/// How many more an assessor takes, when nobody is to have more than `highest`.
fn room(round: &Round<'_>, assessor: &Assessor<'_>, highest: usize) -> usize {
    let most = assessor.most.map_or(highest, |most| highest.min(most as usize));
    most.saturating_sub(before(round, assessor))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_better(round in rounds(4, 4, 3)) {
        match (assign(&round), try_all(&round)) {
            (Ok(plan), Some(best)) => prop_assert_eq!(cost(&round, &pairs(&plan)), best),
            (Err(BalanceError::Impossible(_)), None) => (),
            (result, best) => prop_assert!(false, "{result:?} {best:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn what_is_assigned_is_allowed_and_even(round in rounds(30, 9, 4)) {
        let Ok(plan) = assign(&round) else { return Ok(()) };
        let new: BTreeSet<_> = pairs(&plan).into_iter().collect();
        prop_assert_eq!(new.len(), plan.assigned.len());
        prop_assert!(round.conflicts.iter().chain(&round.kept).all(|pair| !new.contains(pair)));
        for packet in &round.packets {
            let of = |pair: &&Pair<'_>| pair.packet == packet.id;
            let kept = round.kept.iter().filter(of).count();
            prop_assert_eq!(kept + new.iter().filter(of).count(), kept.max(round.each as usize));
        }
        for assessor in &round.assessors {
            let fresh = new.iter().filter(|pair| pair.assessor == assessor.id).count();
            prop_assert!(fresh <= room(&round, assessor, usize::MAX));
            prop_assert_eq!(plan.loads[assessor.id] as usize, before(&round, assessor) + fresh);
        }
        // Nobody who got something new could have less of it without somebody else having more.
        let got = round.assessors.iter().filter(|assessor| new.iter().any(|pair| pair.assessor == assessor.id));
        if let Some(highest) = got.map(|assessor| plan.loads[assessor.id]).max() {
            let lower = |assessor: &Assessor<'_>| room(&round, assessor, highest as usize - 1);
            prop_assert!(shortage(&round, lower) > 0);
        }
        // No chain of hand-overs leads from someone to another who has at least two fewer.
        for from in &round.assessors {
            let mut reached = BTreeSet::from([from.id]);
            let mut queue = vec![from.id];
            while let Some(here) = queue.pop() {
                for pair in new.iter().filter(|pair| pair.assessor == here) {
                    for to in &round.assessors {
                        let next = Pair { assessor: to.id, ..*pair };
                        let taken = round.conflicts.contains(&next) || round.kept.contains(&next) || new.contains(&next);
                        if !taken && reached.insert(to.id) {
                            queue.push(to.id);
                        }
                    }
                }
            }
            for to in round.assessors.iter().filter(|to| reached.contains(to.id)) {
                let load = plan.loads[to.id];
                let has_room = to.most.is_none_or(|most| load < most);
                prop_assert!(!has_room || plan.loads[from.id] < load + 2, "{} to {}", from.id, to.id);
            }
        }
    }

    #[test]
    fn what_can_not_be_placed_is_named_with_the_reason(round in rounds(12, 5, 4)) {
        let lacking = shortage(&round, |assessor| room(&round, assessor, usize::MAX));
        let obstacles = match assign(&round) {
            Ok(_) => {
                prop_assert_eq!(lacking, 0);
                return Ok(());
            }
            Err(BalanceError::Impossible(obstacles)) => obstacles,
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        };
        prop_assert!(lacking > 0);
        let free = |packet: &str| {
            let conflicts = round.conflicts.iter().filter(|pair| pair.packet == packet).count();
            round.assessors.len() - conflicts
        };
        let named: Vec<&str> = obstacles.iter().map(Obstacle::packet).collect();
        for packet in &round.packets {
            let too_few = obstacles.iter().any(|obstacle| {
                matches!(obstacle, Obstacle::TooFewWithoutConflict { packet: id, without_conflict, .. }
                    if id == packet.id && *without_conflict == free(packet.id))
            });
            prop_assert_eq!(too_few, free(packet.id) < round.each as usize);
        }
        for obstacle in &obstacles {
            let Obstacle::NoPlaceLeft { full, .. } = obstacle else { continue };
            prop_assert!(!full.is_empty());
            for assessor in full {
                // One more place with any of those named helps.
                let more = |one: &Assessor<'_>| room(&round, one, usize::MAX) + usize::from(one.id == assessor);
                prop_assert_eq!(shortage(&round, more), lacking - 1);
            }
        }
        // All that are not named can be placed together.
        let mut others = round.clone();
        others.packets.retain(|packet| !named.contains(&packet.id));
        let taken_by_kept = |assessor: &str| {
            round.kept.iter().filter(|pair| pair.assessor == assessor && named.contains(&pair.packet)).count() as u32
        };
        for assessor in &mut others.assessors {
            assessor.holds += taken_by_kept(assessor.id);
        }
        others.kept.retain(|pair| !named.contains(&pair.packet));
        prop_assert!(assign(&others).is_ok());
    }

    #[test]
    fn the_order_of_the_input_changes_nothing(round in rounds(12, 6, 3), turn in any::<Index>()) {
        let mut other = round.clone();
        other.packets.reverse();
        let middle = turn.index(other.assessors.len());
        other.assessors.rotate_left(middle);
        other.conflicts.reverse();
        other.kept.reverse();
        prop_assert_eq!(assign(&round), assign(&other));
    }
}

/// 400 packets for 40 assessors, three each, with 200 conflicts that differ by the seed.
struct Big {
    packets: Vec<String>,
    assessors: Vec<String>,
}

impl Big {
    fn new() -> Self {
        Self {
            packets: (0..400).map(|n| format!("packet-{n}")).collect(),
            assessors: (0..40).map(|n| format!("assessor-{n}")).collect(),
        }
    }

    fn round(&self, seed: u64) -> Round<'_> {
        let drawn = |what: &str, turn: usize, of: usize| {
            seeded::weight(seed, what, &turn.to_string()) as usize % of
        };
        let mut conflicts = BTreeSet::new();
        for turn in 0.. {
            conflicts.insert(Pair {
                packet: &self.packets[drawn("packet", turn, 400)],
                assessor: &self.assessors[drawn("assessor", turn, 40)],
            });
            if conflicts.len() == 200 {
                break;
            }
        }
        let packet = |(n, id)| Packet { id, tags: vec![FIELDS[drawn("field", n, 3)]] };
        let assessor =
            |(n, id)| Assessor { id, tags: vec![FIELDS[n % 3]], most: Some(31), holds: 0 };
        Round {
            packets: self.packets.iter().map(String::as_str).enumerate().map(packet).collect(),
            assessors: self
                .assessors
                .iter()
                .map(String::as_str)
                .enumerate()
                .map(assessor)
                .collect(),
            each: 3,
            conflicts: conflicts.into_iter().collect(),
            kept: vec![],
            seed,
        }
    }
}

#[test]
fn a_large_round_is_shared_out_evenly_in_under_a_second() {
    let big = Big::new();
    let mut seen = BTreeSet::new();
    let mut quickest = Duration::MAX;
    for seed in 0..4 {
        let round = big.round(seed);
        let began = Instant::now();
        let plan = assign(&round).unwrap();
        quickest = quickest.min(began.elapsed());
        assert_eq!(plan.assigned.len(), 1200);
        assert!(plan.loads.values().all(|load| *load == 30), "{:?}", plan.loads);
        assert!(pairs(&plan).iter().all(|pair| !round.conflicts.contains(pair)));
        assert_eq!(assign(&round).unwrap(), plan);
        assert!(seen.insert(pairs(&plan)));
        let mut redrawn = round.clone();
        redrawn.seed += 100;
        assert_ne!(pairs(&assign(&redrawn).unwrap()), pairs(&plan));
    }
    // The quickest, as other tests run beside this one.
    println!("400 packets, 40 assessors, 3 each: {quickest:?}");
    assert!(quickest < Duration::from_secs(1), "{quickest:?}");
}

fn small<'a>(packets: &[&'a str], assessors: &[(&'a str, Option<u32>)], each: u32) -> Round<'a> {
    let packet = |id: &&'a str| Packet { id, tags: vec![] };
    let assessor = |(id, most): &(&'a str, _)| Assessor { id, tags: vec![], most: *most, holds: 0 };
    Round {
        packets: packets.iter().map(packet).collect(),
        assessors: assessors.iter().map(assessor).collect(),
        each,
        ..Round::default()
    }
}

#[test]
fn both_reasons_are_said() {
    let mut round = small(&["p1", "p2"], &[("ada", Some(1)), ("bo", None), ("cy", None)], 2);
    round.conflicts = vec![
        Pair { packet: "p1", assessor: "bo" },
        Pair { packet: "p1", assessor: "cy" },
        Pair { packet: "p2", assessor: "bo" },
    ];
    let error = assign(&round).unwrap_err();
    assert_eq!(
        error.to_string(),
        "p1 needs 2 assessors, but only 1 can take it (2 can’t: a conflict of interest, no time, or taken back); \
         p2 needs 2 assessors and has 1: no place is left with ada"
    );
    let BalanceError::Impossible(obstacles) = error else { panic!("{error}") };
    assert!(matches!(&obstacles[1], Obstacle::NoPlaceLeft { rivals, .. } if rivals == &["p1"]));
}

#[test]
fn each_packet_meets_somebody_of_its_field_before_one_meets_two() {
    // Two know the field, two don't, and each takes one packet.
    let mut round = small(
        &["p1", "p2"],
        &[("ada", Some(1)), ("bo", Some(1)), ("cy", Some(1)), ("di", Some(1))],
        2,
    );
    for packet in &mut round.packets {
        packet.tags = vec!["docs"];
    }
    round.assessors[0].tags = vec!["docs"];
    round.assessors[1].tags = vec!["docs", "compiler"];
    for seed in 0..20 {
        round.seed = seed;
        let plan = assign(&round).unwrap();
        let familiar: Vec<&str> =
            plan.assigned.iter().filter(|a| a.shared_tags > 0).map(|a| a.pair.packet).collect();
        assert_eq!(familiar, ["p1", "p2"]);
    }
}

#[test]
fn a_field_counts_more_than_any_number_of_tags() {
    let tags: Vec<String> = (0..40).map(|n| format!("tag-{n}")).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    let mut round = small(&["p1", "p2"], &[("ada", Some(1)), ("bo", Some(1))], 1);
    round.packets[0].tags = tags.clone();
    round.packets[1].tags = vec![tags[0]];
    round.assessors[0].tags = tags.clone();
    round.assessors[1].tags = vec![tags[39]];
    // Ada would suit the first in all its tags; but then the second would have nobody of its field.
    let plan = assign(&round).unwrap();
    let pair = |packet, assessor| Pair { packet, assessor };
    assert_eq!(pairs(&plan), [pair("p1", "bo"), pair("p2", "ada")]);
}

#[test]
fn tags_never_make_loads_uneven() {
    let mut round = small(&["p1", "p2", "p3", "p4"], &[("ada", None), ("bo", None)], 1);
    for packet in &mut round.packets {
        packet.tags = vec!["docs"];
    }
    round.assessors[0].tags = vec!["docs"];
    assert_eq!(assign(&round).unwrap().loads, BTreeMap::from([("ada", 2), ("bo", 2)]));
}

#[test]
fn what_contradicts_itself_is_refused() {
    let pair = Pair { packet: "p1", assessor: "ada" };
    let mut round = small(&["p1"], &[("ada", None)], 1);
    round.kept = vec![pair];
    assert!(assign(&round).unwrap().assigned.is_empty());
    round.conflicts = vec![pair];
    assert!(matches!(assign(&round), Err(BalanceError::KeptInConflict { .. })));
    round.kept = vec![Pair { packet: "p9", assessor: "ada" }];
    assert_eq!(assign(&round), Err(BalanceError::Unknown("p9".to_owned())));
    let twice = small(&["p1", "p1"], &[("ada", None)], 1);
    assert_eq!(assign(&twice), Err(BalanceError::Twice("p1".to_owned())));
}
