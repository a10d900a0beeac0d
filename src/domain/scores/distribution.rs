//! How the totals of a round are distributed.

use super::Results;

/// The most bins that a distribution has: more can't be told apart on a phone.
pub const MOST_BINS: usize = 15;

/// How many packets have how many points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// From the lowest to the highest, without gaps, from 0 to the most points (or the pass mark, if that is more).
    pub bins: Vec<Bin>,
    /// The points to reach. A bin begins here, so none has packets on both sides; unless only the most points
    /// there are will do.
    pub pass_mark: Option<u32>,
    /// The packets that have no total yet.
    pub unscored: usize,
}

/// The packets with totals in a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bin {
    /// From so many points …
    pub from: u32,
    /// … to less than so many; the last one takes these too.
    pub to: u32,
    /// The packets whose scores are complete.
    pub complete: usize,
    /// The packets that wait for scores, by their total so far.
    pub provisional: usize,
}

pub(super) fn of(results: &Results<'_>) -> Distribution {
    let end = results.most.max(results.pass_mark.unwrap_or(0)).max(1);
    let mut bins = bins(results.pass_mark.unwrap_or(0), end);
    let mut unscored = 0;
    for packet in &results.packets {
        let Some(total) = packet.total else {
            unscored += 1;
            continue;
        };
        // What lies in no earlier bin is the most there is.
        let points = total.whole_points().min(u64::from(end) - 1);
        let bin = bins.iter_mut().find(|bin| points < u64::from(bin.to));
        if let Some(bin) = bin {
            *if packet.is_complete() { &mut bin.complete } else { &mut bin.provisional } += 1;
        }
    }
    Distribution { bins, pass_mark: results.pass_mark, unscored }
}

/// Bins of a round width, of which one begins at the mark; so the first and the last may be narrower.
fn bins(mark: u32, end: u32) -> Vec<Bin> {
    let widths = (0..10).flat_map(|zeros| [1, 2, 5].map(|digit| digit * 10_u64.pow(zeros)));
    let (mark, end) = (u64::from(mark), u64::from(end));
    let edges = |width: u64| {
        let first = if mark.is_multiple_of(width) { width } else { mark % width };
        let inner = (0..).map(move |step| first + step * width).take_while(|edge| *edge < end);
        std::iter::once(0).chain(inner).chain(std::iter::once(end))
    };
    let width =
        widths.into_iter().find(|width| edges(*width).take(MOST_BINS + 2).count() <= MOST_BINS + 1);
    let edges: Vec<u64> = width.map(edges).into_iter().flatten().collect();
    let narrow = |edge: u64| u32::try_from(edge).unwrap_or(u32::MAX);
    let pairs = edges.iter().zip(edges.iter().skip(1));
    pairs
        .map(|(from, to)| Bin { from: narrow(*from), to: narrow(*to), complete: 0, provisional: 0 })
        .collect()
}
