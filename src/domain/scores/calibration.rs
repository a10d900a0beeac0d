//! How strict each assessor is, compared with the others on the same packets.

use std::collections::BTreeMap;

/// How many packets an assessor must share with others before their own differences count for half.
pub const SHRINKAGE: u32 = 5;

/// How strict an assessor is.
///
/// For each packet that others have scored too: the assessor's total, less the mean of the others' totals. The
/// `difference` is the mean of that over *m* such packets. A few packets say little, so the `weighed` difference
/// is `difference × m ÷ (m + 5)`: a sixth of it after one packet, half after five, nearly all after fifty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration<'a> {
    /// The assessor's identifier.
    pub assessor: &'a str,
    /// The packets that others have scored too.
    pub packets: u32,
    /// The mean difference from the others, in points: less than nothing is stricter. None without such packets.
    pub difference: Option<f64>,
    /// The same, drawn towards nothing where packets are few.
    pub weighed: f64,
}

/// What is added up of one assessor: by how many scored a packet, so that it stays whole until the end and the order
/// of the packets changes no bit.
#[derive(Default)]
struct Sums {
    packets: u32,
    by_count: BTreeMap<u32, i128>,
}

/// Calibrates everyone who has a packet, by identifier. `totals` has for each packet who gave how many points.
pub(super) fn calibrate<'a>(
    invited: impl Iterator<Item = &'a str>,
    totals: &[Vec<(&'a str, u32)>],
) -> Vec<Calibration<'a>> {
    let mut sums: BTreeMap<&str, Sums> = invited.map(|id| (id, Sums::default())).collect();
    for totals in totals {
        let Some(count) = u32::try_from(totals.len()).ok().filter(|count| *count > 1) else {
            continue;
        };
        let all: i128 = totals.iter().map(|(_, total)| i128::from(*total)).sum();
        for (assessor, total) in totals {
            let sums = sums.entry(assessor).or_default();
            sums.packets += 1;
            // total − (all − total) ÷ (count − 1), times (count − 1)
            *sums.by_count.entry(count).or_default() +=
                i128::from(*total) * i128::from(count) - all;
        }
    }
    sums.into_iter().map(|(assessor, sums)| calibration(assessor, &sums)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "the last bits of a difference matter to nobody")]
fn calibration<'a>(assessor: &'a str, sums: &Sums) -> Calibration<'a> {
    let packets = sums.packets;
    let parts = sums.by_count.iter().map(|(count, sum)| *sum as f64 / f64::from(count - 1));
    let sum: f64 = parts.sum();
    Calibration {
        assessor,
        packets,
        difference: (packets > 0).then(|| sum / f64::from(packets)),
        // difference × m ÷ (m + 5), where the m cancel
        weighed: sum / (f64::from(packets) + f64::from(SHRINKAGE)),
    }
}

/// The mean of a packet's totals, each less its assessor's weighed difference; it stays on the scale of the points.
pub(super) fn adjusted(
    totals: &[(&str, u32)],
    weighed: &BTreeMap<&str, f64>,
    most: u32,
) -> Option<f64> {
    let count = u32::try_from(totals.len()).ok().filter(|count| *count > 0)?;
    let less = |(assessor, total): &(&str, u32)| {
        f64::from(*total) - weighed.get(assessor).copied().unwrap_or_default()
    };
    let sum: f64 = totals.iter().map(less).sum();
    Some((sum / f64::from(count)).clamp(0.0, f64::from(most)))
}
