//! Calendar quarters, the grain in which keys and records end.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Months, NaiveDate};

/// A calendar quarter, such as `2029Q4`. Ordered by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Quarter {
    year: i32,
    /// 1 to 4.
    number: u32,
}

/// The text is not a quarter such as `2029Q4`.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a quarter such as 2029Q4")]
pub struct NotAQuarter;

impl Quarter {
    /// The quarter in which a day lies.
    #[must_use]
    pub fn of(day: NaiveDate) -> Self {
        Self { year: day.year(), number: day.month0() / 3 + 1 }
    }

    /// The quarter after this one.
    #[must_use]
    pub fn next(self) -> Self {
        if self.number == 4 {
            Self { year: self.year + 1, number: 1 }
        } else {
            Self { year: self.year, number: self.number + 1 }
        }
    }

    /// This quarter and the `count` that follow it.
    pub fn calendar(self, count: usize) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |quarter| Some(quarter.next())).take(count + 1)
    }

    /// The first day.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year, (self.number - 1) * 3 + 1, 1).unwrap_or_default()
    }

    /// The last day, inclusive.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        self.first_day()
            .checked_add_months(Months::new(3))
            .and_then(|day| day.pred_opt())
            .unwrap_or_default()
    }

    /// Whether the whole quarter lies before `day`.
    #[must_use]
    pub fn has_ended(self, day: NaiveDate) -> bool {
        self.last_day() < day
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}Q{}", self.year, self.number)
    }
}

impl FromStr for Quarter {
    type Err = NotAQuarter;

    fn from_str(text: &str) -> Result<Self, NotAQuarter> {
        let (year, number) = text.split_once('Q').ok_or(NotAQuarter)?;
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if year.len() != 4 || number.len() != 1 || !digits(year) || !digits(number) {
            return Err(NotAQuarter);
        }
        let year: i32 = year.parse().map_err(|_| NotAQuarter)?;
        let number: u32 = number.parse().map_err(|_| NotAQuarter)?;
        if !(1..=4).contains(&number) || year < 2000 {
            return Err(NotAQuarter);
        }
        Ok(Self { year, number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_day_lies_in_its_quarter(days in 10_957_i32..80_000) {
            let day = NaiveDate::from_num_days_from_ce_opt(719_163 + days).unwrap_or_default();
            let quarter = Quarter::of(day);
            prop_assert!(quarter.first_day() <= day && day <= quarter.last_day());
            prop_assert_eq!(quarter.last_day().succ_opt(), Some(quarter.next().first_day()));
            prop_assert_eq!(quarter.to_string().parse::<Quarter>(), Ok(quarter));
        }
    }
}
