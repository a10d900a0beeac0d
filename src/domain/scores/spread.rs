//! How far the totals of one packet lie apart.

/// The lowest and the highest, in points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The lowest.
    pub lowest: u32,
    /// The highest.
    pub highest: u32,
}

impl Range {
    /// The range of some totals; none of nothing.
    #[must_use]
    pub fn of(totals: &[u32]) -> Option<Self> {
        let (lowest, highest) = (*totals.iter().min()?, *totals.iter().max()?);
        Some(Self { lowest, highest })
    }

    /// How far they are apart.
    #[must_use]
    pub const fn width(self) -> u32 {
        self.highest.saturating_sub(self.lowest)
    }
}

/// The sample standard deviation; it takes two totals.
#[expect(clippy::cast_precision_loss, reason = "the last bits of a spread matter to nobody")]
pub(super) fn deviation(totals: &[u32]) -> Option<f64> {
    let count = u128::try_from(totals.len()).ok().filter(|count| *count > 1)?;
    let sum: u128 = totals.iter().map(|total| u128::from(*total)).sum();
    let squares: u128 = totals.iter().map(|total| u128::from(*total).pow(2)).sum();
    // Whole numbers until the last step, so that nothing is lost between near squares and no root is of less than zero.
    let numerator = (count * squares).saturating_sub(sum * sum);
    Some((numerator as f64 / (count * (count - 1)) as f64).sqrt())
}

/// An outlier is further from the median than so many times the median distance from it …
const FAR: u64 = 3;
/// … and further than this part of the points.
const QUARTER: u64 = 4;
/// Of two who differ, nobody can say who is right.
const FEWEST: usize = 3;

/// Which totals lie far from the others'. `most` is the most points that a total can have.
///
/// Median and median distance are moved by no minority, so one strange score can't hide itself or another one by
/// widening the spread, as it does with means and standard deviations.
pub(super) fn outliers(totals: &[u32], most: u32) -> Vec<bool> {
    if totals.len() < FEWEST {
        return vec![false; totals.len()];
    }
    let doubled: Vec<u64> = totals.iter().map(|total| 2 * u64::from(*total)).collect();
    // In halves of a point, as a median may lie between two totals, and so in quarters the median distance.
    let middle = twice_median(&doubled) / 2;
    let distances: Vec<u64> = doubled.iter().map(|total| total.abs_diff(middle)).collect();
    let usual = twice_median(&distances);
    let is_far = |distance: &u64| {
        2 * distance > FAR * usual && QUARTER * distance >= 2 * u64::from(most) && *distance > 0
    };
    distances.iter().map(is_far).collect()
}

fn twice_median(numbers: &[u64]) -> u64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    let at = |place: usize| sorted.get(place).copied().unwrap_or_default();
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { 2 * at(half) } else { at(half.saturating_sub(1)) + at(half) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outliers_of_eleven_points() {
        for (totals, far) in [
            (&[3, 3, 9][..], &[2][..]),
            (&[9, 2, 8], &[1]),
            // The three do not agree at all, so none of them is the odd one.
            (&[2, 6, 10], &[]),
            (&[2, 5, 10], &[]),
            // Five is twice and a half as much as two, four is four times as much as one.
            (&[3, 5, 10], &[]),
            (&[4, 5, 9], &[2]),
            // Close enough, though the other two are of one mind: less than a quarter of the points.
            (&[5, 5, 7], &[]),
            (&[5, 5, 8], &[2]),
            // Of two, and of two camps, nobody is the odd one.
            (&[0, 11], &[]),
            (&[0, 0, 11, 11], &[]),
            (&[0, 0, 11, 11, 11], &[0, 1]),
            // Two strange scores don't hide each other.
            (&[6, 7, 6, 7, 6, 0, 0], &[5, 6]),
            (&[4, 4, 4], &[]),
            (&[], &[]),
        ] {
            let found = outliers(totals, 11);
            let found: Vec<usize> = (0..totals.len()).filter(|place| found[*place]).collect();
            assert_eq!(found, far, "{totals:?}");
        }
    }

    #[test]
    fn deviations_worked_out_by_hand() {
        assert_eq!(deviation(&[7]), None);
        assert_eq!(deviation(&[7, 7, 7]), Some(0.0));
        assert_eq!(deviation(&[2, 4, 4, 4, 5, 5, 7, 9]), Some((32.0_f64 / 7.0).sqrt()));
        // Large and near each other: squares of floating numbers would lose this.
        assert_eq!(deviation(&[u32::MAX, u32::MAX - 2]), Some(2.0_f64.sqrt()));
    }
}
