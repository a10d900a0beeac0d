//! What staff decide about a packet before it is released, and what it is made of.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::strike::{self, Known, Reason, Strike};
use super::text::is_blank;

/// The most texts that staff enter to be struck out everywhere, and the most tags.
pub const MOST_ENTERED: usize = 40;
/// The most characters of each.
pub const LONGEST_ENTERED: usize = 120;

/// What a part of a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// The username at GitHub: the one personal thing that assessors see.
    GithubUsername,
    /// An answer on one line.
    Line,
    /// An answer of several lines.
    Text,
}

/// The text names no kind.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a part of a packet")]
pub struct NotAKind;

impl FieldKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::GithubUsername, Self::Line, Self::Text];

    /// The word in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::GithubUsername => "github_username",
            Self::Line => "line",
            Self::Text => "text",
        }
    }
}

impl FromStr for FieldKind {
    type Err = NotAKind;

    fn from_str(text: &str) -> Result<Self, NotAKind> {
        Self::ALL.into_iter().find(|kind| kind.word() == text).ok_or(NotAKind)
    }
}

/// A piece of an answer, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// Why something that was found may stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeepReason {
    /// It is an ordinary word where it stands.
    OrdinaryWord,
    /// It is about somebody or something else.
    AboutElse,
    /// It is the name of a project or an organisation, and leads to nobody.
    Project,
    /// The request can't be understood without it, and it leads to nobody.
    Needed,
}

impl KeepReason {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::OrdinaryWord, Self::AboutElse, Self::Project, Self::Needed];

    /// The word in forms and in the audit.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OrdinaryWord => "ordinary_word",
            Self::AboutElse => "about_else",
            Self::Project => "project",
            Self::Needed => "needed",
        }
    }

    /// The reason on pages.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::OrdinaryWord => "It is an ordinary word here",
            Self::AboutElse => "It is about somebody or something else",
            Self::Project => "It is a project or an organisation",
            Self::Needed => "It is needed to understand the request",
        }
    }
}

impl FromStr for KeepReason {
    type Err = NotAKind;

    fn from_str(text: &str) -> Result<Self, NotAKind> {
        Self::ALL.into_iter().find(|reason| reason.word() == text).ok_or(NotAKind)
    }
}

/// A proposed strike that was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Where.
    pub span: Span,
    /// Why it may stay.
    pub why: KeepReason,
}

/// What staff decided about one answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerWork {
    /// Proposed strikes that were taken back.
    pub kept: Vec<Kept>,
    /// Strikes that were added by hand.
    pub added: Vec<Span>,
}

/// What staff decided about a packet. It is sealed with the application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// By the key of the question.
    pub answers: BTreeMap<String, AnswerWork>,
    /// What is to be struck out wherever it stands.
    pub further: Vec<String>,
    /// What the application is about, in staff's words.
    pub tags: Vec<String>,
    /// The identifier of the redacted version that went into the packet with its last release, by the key of the
    /// question that the file answers.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

/// A strike as staff see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// Where, and why.
    pub strike: Strike,
    /// Why it was taken back; none while it stands.
    pub kept: Option<KeepReason>,
}

impl Proposed {
    /// Whether it stands: it was not taken back.
    #[must_use]
    pub const fn stands(&self) -> bool {
        self.kept.is_none()
    }

    /// Whether it takes a reason to take it back: it was found, and not made by hand.
    #[must_use]
    pub fn takes_reason(&self) -> bool {
        self.stands() && self.strike.reason != Reason::ByHand
    }
}

/// The strikes that stand, of all that there are in an answer.
#[must_use]
pub fn standing(proposed: &[Proposed]) -> Vec<Strike> {
    proposed.iter().filter(|own| own.stands()).map(|own| own.strike).collect()
}

impl Work {
    /// Every strike in an answer, those that were taken back too, in order. None overlaps another.
    #[must_use]
    pub fn proposed(&self, known: &Known, question: &str, text: &str) -> Vec<Proposed> {
        let own = self.answers.get(question);
        let by_hand = own.iter().flat_map(|own| &own.added).map(|span| Strike {
            start: span.start,
            end: span.end,
            reason: Reason::ByHand,
        });
        let mut found = Vec::new();
        let (mut standing, mut back) = (Vec::new(), Vec::new());
        for strike in strike::find(known, text) {
            let span = Span { start: strike.start, end: strike.end };
            let kept = own.and_then(|own| own.kept.iter().find(|kept| kept.span == span));
            match kept {
                Some(kept) => back.push((strike, kept.why)),
                None => standing.push(strike),
            }
        }
        standing.extend(by_hand);
        let standing = strike::merge(text, standing);
        for (strike, why) in back {
            // What somebody struck out by hand over it stands.
            if !standing.iter().any(|own| own.start < strike.end && strike.start < own.end) {
                found.push(Proposed { strike, kept: Some(why) });
            }
        }
        found.extend(standing.into_iter().map(|strike| Proposed { strike, kept: None }));
        found.sort_by_key(|own| own.strike.start);
        found
    }

    /// Takes a strike back, for a reason, or strikes out again what was taken back.
    pub fn turn(&mut self, question: &str, strike: Proposed, why: KeepReason) {
        let own = self.answers.entry(question.to_owned()).or_default();
        let Strike { start, end, reason } = strike.strike;
        let span = Span { start, end };
        let touches = |other: &Span| other.start < end && start < other.end;
        if !strike.stands() {
            own.kept.retain(|other| other.span != span);
        } else if reason == Reason::ByHand {
            own.added.retain(|other| !touches(other));
        } else {
            own.added.retain(|other| !touches(other));
            if !own.kept.iter().any(|other| other.span == span) {
                own.kept.push(Kept { span, why });
            }
        }
    }

    /// Strikes out every place of an answer where a text stands, in any case and with or without accents. Answers how
    /// many there are.
    pub fn strike_out(&mut self, question: &str, text: &str, wanted: &str) -> usize {
        let spans: Vec<Span> = strike::places(text, wanted)
            .into_iter()
            .map(|place| Span { start: place.start, end: place.end })
            .collect();
        let own = self.answers.entry(question.to_owned()).or_default();
        for span in &spans {
            own.kept.retain(|other| other.span != *span);
            if !own.added.contains(span) {
                own.added.push(*span);
            }
        }
        spans.len()
    }
}

/// A list as people type it, between commas or line breaks: trimmed, without repetitions.
///
/// # Errors
/// When there are too many or one is too long, as a sentence.
pub fn entered(text: &str) -> Result<Vec<String>, String> {
    let mut found: Vec<String> = Vec::new();
    for one in text.split([',', '\n', '\r', ';']).map(str::trim).filter(|one| !is_blank(one)) {
        if one.chars().count() > LONGEST_ENTERED {
            return Err(format!("Each must be {LONGEST_ENTERED} characters or fewer"));
        }
        if !found.iter().any(|other| other.to_lowercase() == one.to_lowercase()) {
            found.push(one.to_owned());
        }
    }
    if found.len() > MOST_ENTERED {
        return Err(format!("There can be {MOST_ENTERED} at most; there are {}", found.len()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::strike::Person;
    use super::*;

    fn known(further: &[&str]) -> Known {
        let person = Person {
            name: "Ines Marchetti",
            email: "ines@mail.example",
            location: "",
            social_usernames: "",
            github_username: "imarch",
        };
        Known::new([person], further.iter().copied())
    }

    const TEXT: &str =
        "I am Ines Marchetti, and the library has many users. Write to ines@mail.example about it.";

    fn shown(work: &Work, known: &Known) -> String {
        strike::apply(TEXT, &standing(&work.proposed(known, "q", TEXT))).plain()
    }

    #[test]
    fn a_strike_is_taken_back_and_comes_again() {
        let (known, mut work) = (known(&[]), Work::default());
        assert_eq!(shown(&work, &known).matches(strike::MARK).count(), 2);
        let first = work.proposed(&known, "q", TEXT)[0];
        work.turn("q", first, KeepReason::OrdinaryWord);
        assert!(shown(&work, &known).contains("Ines Marchetti"));
        let again = work.proposed(&known, "q", TEXT)[0];
        assert_eq!(again.kept, Some(KeepReason::OrdinaryWord));
        assert!(first.takes_reason() && !again.takes_reason());
        work.turn("q", again, KeepReason::Needed);
        assert!(!shown(&work, &known).contains("Ines"));
        assert!(!shown(&work, &known).contains("Marchetti"));
    }

    #[test]
    fn what_is_struck_out_by_hand_goes_everywhere_and_comes_back_with_one_press() {
        let (known, mut work) = (known(&[]), Work::default());
        assert_eq!(work.strike_out("q", TEXT, "Librar\u{fd}"), 1);
        assert_eq!(work.strike_out("q", TEXT, " \n"), 0);
        assert_eq!(work.strike_out("q", TEXT, "not there"), 0);
        assert!(!shown(&work, &known).contains("library"));
        let by_hand = work.proposed(&known, "q", TEXT);
        let by_hand = by_hand.iter().find(|own| own.strike.reason == Reason::ByHand).unwrap();
        work.turn("q", *by_hand, KeepReason::Needed);
        assert!(shown(&work, &known).contains("library"));
    }

    #[test]
    fn a_strike_by_hand_over_a_found_one_is_taken_back_whole() {
        let (known, mut work) = (known(&[]), Work::default());
        work.strike_out("q", TEXT, "am Ines Marchetti, and");
        let merged = work.proposed(&known, "q", TEXT)[0];
        work.turn("q", merged, KeepReason::Needed);
        // What was found stands again as it was found.
        let left = work.proposed(&known, "q", TEXT)[0];
        assert!(left.stands());
        assert_ne!(left.strike.reason, Reason::ByHand);
    }

    #[test]
    fn lists_are_read_as_people_type_them() {
        assert_eq!(entered("web, Web; data\n\n  science ,").unwrap(), ["web", "data", "science"]);
        assert!(entered(&"x".repeat(LONGEST_ENTERED + 1)).is_err());
        let many: Vec<String> = (0..=MOST_ENTERED).map(|n| n.to_string()).collect();
        assert!(entered(&many.join(",")).is_err());
    }
}
