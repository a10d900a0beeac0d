//! The names of keys, and the calendar of cohorts: one for every class and quarter.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;

use crate::domain::class::Class;
use crate::domain::quarter::Quarter;

/// How many quarters after the current one have their keys ready: eight years.
pub const CALENDAR_QUARTERS: usize = 32;

/// All dossiers of a class whose time ends in one quarter, such as `personal/2029Q4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cohort {
    /// The class.
    pub class: Class,
    /// The quarter.
    pub quarter: Quarter,
}

/// The name of a cohort key, such as `personal/2029Q4/1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyName {
    /// Whose key it is.
    pub cohort: Cohort,
    /// 1 for the first, one more with each rotation. Never used twice.
    pub version: u32,
}

/// The text is not the name of a cohort or of a cohort key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a cohort key such as personal/2029Q4/1")]
pub struct NotAKeyName;

impl fmt::Display for Cohort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.class, self.quarter)
    }
}

impl FromStr for Cohort {
    type Err = NotAKeyName;

    fn from_str(text: &str) -> Result<Self, NotAKeyName> {
        let (class, quarter) = text.split_once('/').ok_or(NotAKeyName)?;
        let class = class.parse().map_err(|_| NotAKeyName)?;
        let quarter = quarter.parse().map_err(|_| NotAKeyName)?;
        Ok(Self { class, quarter })
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.cohort, self.version)
    }
}

impl FromStr for KeyName {
    type Err = NotAKeyName;

    fn from_str(text: &str) -> Result<Self, NotAKeyName> {
        let (cohort, number) = text.rsplit_once('/').ok_or(NotAKeyName)?;
        // A name has one written form, since values are bound to it.
        if number.starts_with('0') || !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotAKeyName);
        }
        let version = number.parse().map_err(|_| NotAKeyName)?;
        Ok(Self { cohort: cohort.parse()?, version })
    }
}

/// Where a version of a cohort key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Made, and not used until every process has loaded it.
    Pending,
    /// The one version of its cohort that data keys are wrapped under.
    Active,
    /// Replaced. It still opens what it wrapped, until that is re-wrapped.
    Retiring,
}

impl KeyState {
    /// The word in the keyring.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Retiring => "retiring",
        }
    }
}

impl fmt::Display for KeyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for KeyState {
    type Err = NotAKeyName;

    fn from_str(text: &str) -> Result<Self, NotAKeyName> {
        [Self::Pending, Self::Active, Self::Retiring]
            .into_iter()
            .find(|state| state.word() == text)
            .ok_or(NotAKeyName)
    }
}

/// A cohort of the keyring, without its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CohortInfo {
    /// Which cohort it is.
    pub cohort: Cohort,
    /// Its key's versions, oldest first.
    pub versions: Vec<VersionInfo>,
}

/// A version of a cohort key, without the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionInfo {
    /// Its name.
    pub name: KeyName,
    /// Where it is in its life.
    pub state: KeyState,
    /// The day on which it was made, UTC.
    pub created: NaiveDate,
    /// The day on which nothing referred to it any more, UTC, where that was recorded.
    pub unreferenced_since: Option<NaiveDate>,
}

/// A key that was destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// Its name, never given to another key.
    pub name: KeyName,
    /// The day of its destruction, UTC.
    pub on: NaiveDate,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_written_form() {
        let name: KeyName = "personal/2029Q4/12".parse().unwrap();
        assert_eq!(name.to_string(), "personal/2029Q4/12");
        for text in [
            "",
            "personal",
            "personal/2029Q4",
            "personal/2029Q4/",
            "personal/2029Q4/0",
            "personal/2029Q4/01",
            "personal/2029Q4/+1",
            "personal/2029Q4/1 ",
            "personal/2029Q5/1",
            "Personal/2029Q4/1",
            "personal/2029Q4/1/1",
            "personal/2029Q4/4294967296",
        ] {
            assert_eq!(text.parse::<KeyName>(), Err(NotAKeyName), "{text}");
        }
    }
}
