//! Means of points, and how they are written.

use std::cmp::Ordering;
use std::fmt;

/// A mean of points, as a fraction: exact, and never below nothing.
#[derive(Clone, Copy, Debug)]
pub struct Mean {
    sum: u64,
    /// At least 1.
    count: u32,
}

impl Mean {
    /// The mean of some points; none of nothing.
    pub fn of(points: impl IntoIterator<Item = u32>) -> Option<Self> {
        let fold = |(sum, count), points| (sum + u64::from(points), count + 1);
        let (sum, count) = points.into_iter().fold((0_u64, 0_u32), fold);
        (count > 0).then_some(Self { sum, count })
    }

    /// Points that are what they are.
    #[must_use]
    pub const fn whole(points: u64) -> Self {
        Self { sum: points, count: 1 }
    }

    /// So many points more.
    #[must_use]
    pub fn plus(self, points: u64) -> Self {
        Self { sum: self.sum + points * u64::from(self.count), ..self }
    }

    /// Whether it is at least so many points, exactly.
    #[must_use]
    pub fn reaches(self, points: u32) -> bool {
        self.sum >= u64::from(points) * u64::from(self.count)
    }

    /// The whole points in it.
    #[must_use]
    pub fn whole_points(self) -> u64 {
        self.sum / u64::from(self.count.max(1))
    }

    /// The number nearest to it, in points.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "sums of points are far below 2^53")]
    pub fn value(self) -> f64 {
        self.sum as f64 / f64::from(self.count.max(1))
    }
}

impl Ord for Mean {
    fn cmp(&self, other: &Self) -> Ordering {
        let ours = u128::from(self.sum) * u128::from(other.count);
        ours.cmp(&(u128::from(other.sum) * u128::from(self.count)))
    }
}

impl PartialOrd for Mean {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Mean {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Mean {}

impl fmt::Display for Mean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&two_decimals(self.value()))
    }
}

/// A number as tables have it, such as `8.13`: a half is rounded away from zero, and nothing is `-0.00`.
#[must_use]
pub fn two_decimals(number: f64) -> String {
    if !number.is_finite() {
        return "–".to_owned();
    }
    let rounded = (number * 100.0).round() / 100.0;
    // Adding a positive zero turns a negative one into it.
    format!("{:.2}", rounded + 0.0)
}

/// A difference as people read it, such as `+0.42` or `−1.20`, with a minus sign that is one; `0.00` has no sign.
#[must_use]
pub fn signed(number: f64) -> String {
    let text = two_decimals(number);
    match text.strip_prefix('-') {
        Some(digits) => format!("−{digits}"),
        None if number > 0.0 && text != "0.00" => format!("+{text}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_one_way() {
        for (number, text) in [
            (8.125, "8.13"),
            (-8.125, "-8.13"),
            (2.0 / 3.0, "0.67"),
            (-0.001, "0.00"),
            (0.0, "0.00"),
            (10.0, "10.00"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(two_decimals(number), text);
        }
        for (number, text) in [(0.42, "+0.42"), (-1.2, "−1.20"), (0.004, "0.00"), (-0.004, "0.00")]
        {
            assert_eq!(signed(number), text);
        }
    }

    #[test]
    fn fractions_are_exact() {
        let thirds = Mean::of([1, 1, 0]).unwrap();
        assert_eq!(thirds, Mean::of([2, 2, 0, 1, 1, 0, 0, 0, 0]).unwrap());
        assert!(thirds < Mean::whole(1) && !thirds.reaches(1) && thirds.plus(1) > Mean::whole(1));
        // A hair below the mark is below the mark, though it is written as the mark.
        let hair = Mean::of((0..1000).map(|n| if n == 0 { 9 } else { 10 })).unwrap();
        assert_eq!(hair.to_string(), "10.00");
        assert!(!hair.reaches(10));
    }
}
