//! Sharing a large round out among its assessors.

use std::hint::black_box;
use std::time::Instant;

use almoner::domain::balance::{Assessor, Packet, Pair, Round, assign};

use super::table::{Table, Target};
use super::{Effort, Outcome, median};

/// How many packets, assessors, assessors for each packet, and conflicts.
const SIZE: (usize, usize, u32, usize) = (400, 40, 3, 200);
/// What packets are about, and assessors know.
const FIELDS: [&str; 6] = ["web", "data", "science", "teaching", "embedded", "privacy"];

/// Measures it.
pub fn measure(effort: Effort, table: &mut Table) -> Outcome<()> {
    let (packets, assessors, each, conflicts) = SIZE;
    let packet_ids: Vec<String> = (0..packets).map(|n| format!("packet {n:03}")).collect();
    let assessor_ids: Vec<String> = (0..assessors).map(|n| format!("assessor {n:02}")).collect();
    let field = |n: usize| FIELDS.get(n % FIELDS.len()).copied().unwrap_or_default();
    let mut round = Round {
        packets: (0..)
            .zip(&packet_ids)
            .map(|(n, id)| Packet { id, tags: vec![field(n)] })
            .collect(),
        assessors: (0..)
            .zip(&assessor_ids)
            .map(|(n, id)| {
                let tags = vec![field(n), field(n * 3 + 1)];
                Assessor { id, tags, most: None, holds: 0 }
            })
            .collect(),
        each,
        conflicts: (0..conflicts)
            .filter_map(|n| {
                Some(Pair {
                    packet: packet_ids.get(n * 7 % packets)?,
                    assessor: assessor_ids.get(n * 11 % assessors)?,
                })
            })
            .collect(),
        kept: Vec::new(),
        seed: 0,
    };
    let mut figures = Vec::new();
    for seed in 0..u64::try_from(effort.rounds)? {
        round.seed = seed;
        let begun = Instant::now();
        black_box(assign(&round)?);
        figures.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    let what = "Sharing 400 packets out among 40 assessors, 3 each, 200 conflicts";
    table.add(what, median(figures), "ms", Target::AtMost(1_000.0));
    Ok(())
}
