//! The parts of the site that can run as processes of their own.

use std::fmt;
use std::str::FromStr;

use crate::domain::class::Class;

/// A part of the site that can run as a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Surface {
    /// What applicants use.
    Applicant,
    /// What officers, approvers, the privacy officer and administrators use.
    Staff,
    /// What finance uses.
    Finance,
    /// What outside assessors use.
    Assessor,
}

impl Surface {
    /// Every surface.
    pub const ALL: [Self; 4] = [Self::Applicant, Self::Staff, Self::Finance, Self::Assessor];

    /// The word used in settings and key names.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Applicant => "applicant",
            Self::Staff => "staff",
            Self::Finance => "finance",
            Self::Assessor => "assessor",
        }
    }

    /// The classes whose values it can open.
    #[must_use]
    pub const fn opens(self) -> &'static [Class] {
        match self {
            Self::Applicant => &[Class::Personal],
            Self::Staff => {
                &[Class::Personal, Class::Packet, Class::Staff, Class::Assessor, Class::Log]
            }
            Self::Finance => &[Class::Bank, Class::Staff],
            Self::Assessor => &[Class::Packet, Class::Assessor],
        }
    }

    /// The classes that it can seal to a public key and not open.
    #[must_use]
    pub const fn only_seals(self) -> &'static [Class] {
        match self {
            Self::Applicant => &[Class::Bank, Class::Log],
            Self::Staff => &[],
            Self::Finance | Self::Assessor => &[Class::Log],
        }
    }
}

/// The surfaces that a process serves: one at least.
///
/// Written as a comma-separated text, such as `staff,finance`, or `all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Surfaces(u8);

/// The text names no surfaces.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not the parts of a site; they are applicant, staff, finance and assessor")]
pub struct NotSurfaces;

impl Surfaces {
    /// The whole site.
    pub const ALL: Self = Self(0b1111);

    /// These.
    #[must_use]
    pub fn of(surfaces: &[Surface]) -> Self {
        Self(surfaces.iter().fold(0, |bits, surface| bits | 1 << *surface as u8))
    }

    /// Whether this one is among them.
    #[must_use]
    pub const fn has(self, surface: Surface) -> bool {
        self.0 & (1 << surface as u8) != 0
    }

    /// Whether it is the whole site.
    #[must_use]
    pub fn is_all(self) -> bool {
        self == Self::ALL
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Surface> {
        Surface::ALL.into_iter().filter(move |surface| self.has(*surface))
    }

    /// The classes that a process of these surfaces can open.
    #[must_use]
    pub fn opens(self) -> Vec<Class> {
        let opens = |class: &Class| self.iter().any(|surface| surface.opens().contains(class));
        Class::ALL.into_iter().filter(opens).collect()
    }

    /// The classes that a process of these surfaces can seal for and not open.
    #[must_use]
    pub fn only_seals(self) -> Vec<Class> {
        let opens = self.opens();
        let seals = |class: &Class| self.iter().any(|surface| surface.only_seals().contains(class));
        Class::ALL.into_iter().filter(|class| seals(class) && !opens.contains(class)).collect()
    }
}

impl fmt::Display for Surfaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(Surface::word).collect();
        f.write_str(&words.join(","))
    }
}

impl FromStr for Surfaces {
    type Err = NotSurfaces;

    fn from_str(text: &str) -> Result<Self, NotSurfaces> {
        if text.trim() == "all" {
            return Ok(Self::ALL);
        }
        let surfaces: Option<Vec<Surface>> = text
            .split(',')
            .map(|word| Surface::ALL.into_iter().find(|surface| surface.word() == word.trim()))
            .collect();
        surfaces.map(|surfaces| Self::of(&surfaces)).ok_or(NotSurfaces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surfaces_are_written_and_read() {
        for (text, written) in [
            ("applicant", "applicant"),
            (" finance , staff", "staff,finance"),
            ("all", "applicant,staff,finance,assessor"),
        ] {
            let surfaces: Surfaces = text.parse().unwrap();
            assert_eq!(surfaces.to_string(), written);
            assert_eq!(written.parse(), Ok(surfaces));
        }
        for wrong in ["", "staff,", "Staff", "everything", "staff;finance"] {
            assert_eq!(wrong.parse::<Surfaces>(), Err(NotSurfaces), "{wrong}");
        }
        assert!(Surfaces::of(&Surface::ALL).is_all());
    }

    #[test]
    fn what_several_open_is_what_each_opens() {
        let both = Surfaces::of(&[Surface::Finance, Surface::Assessor]);
        assert_eq!(both.opens(), [Class::Packet, Class::Bank, Class::Staff, Class::Assessor]);
        assert_eq!(Surfaces::ALL.opens(), Class::ALL);
    }
}
