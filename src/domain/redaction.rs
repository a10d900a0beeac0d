//! A redacted version of an attached file, as staff judge it before it goes to assessors.
//!
//! Staff make it: they take out of a file what tells who applied, and upload what is left. The machine reads what text
//! it can, and lists what that still says. What nobody or nothing has looked at is not released.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::file::FileKind;
use super::packet::{KeepReason, Kept, Span};
use super::strike::{self, Known, Reason};

/// The most bytes of text that are looked through in one file.
pub const MOST_TEXT: usize = 1 << 20;
/// The most different findings of a file that a page names one by one. A file that says more is to be made anew.
pub const MOST_NAMED: usize = 40;
/// The most places of a file in which something may stay.
pub const MOST_KEPT: usize = 2_000;

/// What is kept beside a redacted version. It is sealed with the application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redaction {
    /// What whoever uploaded it called it. Assessors don't learn it.
    pub name: String,
    /// Its size in bytes.
    pub size: usize,
    /// The text that a machine reads in it; none where it reads none.
    pub text: Option<String>,
    /// Whether somebody of staff said that they looked at every page.
    pub looked: bool,
    /// What was found and may stay.
    pub kept: Vec<Kept>,
    /// How often staff judged it: what somebody judges is what they saw.
    pub revision: u32,
}

/// Something that a redacted version still says, wherever in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What, as it stands there.
    pub text: String,
    /// Why it should go.
    pub reason: Reason,
    /// Where in the text, in order.
    pub places: Vec<Span>,
    /// Why it may stay; none while it should go.
    pub kept: Option<KeepReason>,
}

/// Where a redacted version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The applicant's file is another by now, or is gone.
    Stale,
    /// It still says something that should go.
    Says,
    /// A person has to look at it.
    ToLook,
    /// It goes into the packet with the next release.
    Ready,
}

impl Standing {
    /// The name on pages.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Stale => "Out of date",
            Self::Says => "Still says something",
            Self::ToLook => "To be looked at",
            Self::Ready => "Ready",
        }
    }
}

/// Whether a person has to look at every page of such a file. Letterheads and signatures are pictures, and no machine
/// here reads pictures.
#[must_use]
pub const fn needs_eyes(kind: FileKind) -> bool {
    !matches!(kind, FileKind::Text)
}

impl Redaction {
    /// What it still says, those that may stay too, each once and in the order in which they first stand there.
    #[must_use]
    pub fn found(&self, known: &Known) -> Vec<Found> {
        let mut all: Vec<Found> = Vec::new();
        let Some(text) = &self.text else { return all };
        let kept: HashMap<Span, KeepReason> =
            self.kept.iter().map(|kept| (kept.span, kept.why)).collect();
        let mut known_before: HashMap<(&str, Reason), usize> = HashMap::new();
        for strike in strike::find(known, text) {
            let span = Span { start: strike.start, end: strike.end };
            let piece = text.get(span.start..span.end).unwrap_or_default();
            let kept = kept.get(&span).copied();
            let place = *known_before.entry((piece, strike.reason)).or_insert(all.len());
            match all.get_mut(place) {
                Some(own) => {
                    own.places.push(span);
                    // It may stay where it may stay everywhere.
                    own.kept = own.kept.and(kept);
                }
                None => all.push(Found {
                    text: piece.to_owned(),
                    reason: strike.reason,
                    places: vec![span],
                    kept,
                }),
            }
        }
        all
    }

    /// Where it stands, by what was found in it and whether it was made of what the applicant's file is now.
    #[must_use]
    pub fn standing(&self, kind: FileKind, found: &[Found], is_stale: bool) -> Standing {
        if is_stale {
            Standing::Stale
        } else if found.iter().any(|own| own.kept.is_none()) {
            Standing::Says
        } else if needs_eyes(kind) && !self.looked {
            Standing::ToLook
        } else {
            Standing::Ready
        }
    }

    /// Says why something may stay, or that it may not.
    pub fn settle(&mut self, found: &Found, why: Option<KeepReason>) {
        self.kept.retain(|kept| found.places.binary_search(&kept.span).is_err());
        if let Some(why) = why {
            self.kept.extend(found.places.iter().map(|span| Kept { span: *span, why }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::strike::Person;
    use super::*;

    fn known() -> Known {
        let person = Person {
            name: "Ines Marchetti",
            email: "ines@mail.example",
            location: "",
            social_usernames: "",
            github_username: "imarch",
        };
        Known::new([person], [])
    }

    fn saying(text: &str) -> Redaction {
        Redaction { text: Some(text.to_owned()), ..Redaction::default() }
    }

    #[test]
    fn what_stands_on_each_page_is_one_finding_and_stays_or_goes_as_one() {
        let mut own =
            saying("Ines Marchetti, page 1\nInes Marchetti, page 2\nask ines@mail.example");
        let found = own.found(&known());
        let texts: Vec<_> = found.iter().map(|own| (own.text.as_str(), own.places.len())).collect();
        assert_eq!(texts, [("Ines Marchetti", 2), ("ines@mail.example", 1)]);
        assert_eq!(own.standing(FileKind::Text, &found, false), Standing::Says);
        for one in &found {
            own.settle(one, Some(KeepReason::AboutElse));
        }
        let found = own.found(&known());
        assert!(found.iter().all(|own| own.kept == Some(KeepReason::AboutElse)));
        assert_eq!(own.standing(FileKind::Text, &found, false), Standing::Ready);
        own.settle(&found[0], None);
        assert_eq!(own.found(&known())[0].kept, None);
        assert_eq!(own.kept.len(), 1);
    }

    #[test]
    fn a_name_that_became_known_later_is_found_although_another_may_stay() {
        let mut own = saying("imarch, of Ines Marchetti and Bo Lindqvist");
        for one in own.found(&known()) {
            own.settle(&one, Some(KeepReason::Needed));
        }
        let more = Known::new([], ["Lindqvist"]);
        let found = own.found(&more);
        assert_eq!(own.standing(FileKind::Text, &found, false), Standing::Says);
    }

    #[test]
    fn what_can_hold_pictures_is_looked_at_by_a_person() {
        let mut own = saying("Nothing about anybody.");
        for kind in [FileKind::Pdf, FileKind::Png, FileKind::Jpeg] {
            assert_eq!(own.standing(kind, &[], false), Standing::ToLook);
        }
        assert_eq!(own.standing(FileKind::Text, &[], false), Standing::Ready);
        own.looked = true;
        assert_eq!(own.standing(FileKind::Pdf, &[], false), Standing::Ready);
        assert_eq!(own.standing(FileKind::Pdf, &[], true), Standing::Stale);
    }
}
