//! Looks for what is known in a text without its spaces and signs, so that "cherotich.onyango", "CherotichOnyango",
//! "C h e r o t i c h" and a name that a line break cuts in two are found like the name itself.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::Reason;
use super::find::{Found, Guarded};
use super::fold::{look_alike, push_plain};
use super::read::{Reading, is_letter, is_spaceless};

/// Where a find has to begin and end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Edge {
    /// At a word's beginning and at a word's end.
    Both,
    /// At a word's beginning: what follows are particles.
    Start,
    /// Anywhere, as words are not parted.
    Free,
}

impl Edge {
    /// The edges that fit the script of a text.
    pub(super) fn of(text: &str) -> Self {
        if text.chars().all(|c| is_spaceless(c) || c.is_numeric()) && text.chars().any(is_spaceless)
        {
            Self::Free
        } else if text.chars().all(|c| matches!(c, '\u{1100}'..='\u{11ff}')) {
            Self::Start
        } else {
            Self::Both
        }
    }
}

/// What a find needs besides its letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Need {
    /// Nothing.
    Nothing,
    /// A capital among small letters, and more than spaces or nothing between its parts: beside each other, ordinary
    /// words are looked at one by one.
    Knit,
    /// Not to be a plain word, which is looked for as one: something inside that parts it, or more word beside it.
    Broken,
    /// Letters that only look like those of the name.
    Disguise,
    /// To be in one.
    Whole,
}

/// Something to look for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pattern {
    /// Whose it is.
    pub(super) person: usize,
    /// What it is struck out for.
    pub(super) reason: Reason,
    /// Where it has to begin and end.
    pub(super) edge: Edge,
    /// What else it needs.
    pub(super) need: Need,
}

/// All that is looked for at once.
pub(super) struct Joined {
    machine: Option<AhoCorasick>,
    patterns: Vec<Pattern>,
}

impl Joined {
    /// Prepares to look for patterns by their condensed spelling.
    pub(super) fn new(patterns: BTreeMap<String, Pattern>) -> Self {
        let (texts, patterns): (Vec<String>, Vec<Pattern>) = patterns.into_iter().unzip();
        let machine =
            AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(&texts);
        // It is refused beyond four thousand million states only.
        Self { machine: machine.ok(), patterns }
    }

    /// Everything that is found.
    pub(super) fn find(&self, reading: &Reading, guarded: &Guarded) -> Vec<Found> {
        let mut found = Vec::new();
        self.find_in(reading, &Stream::new(reading, guarded, false), &mut found);
        let disguised = Stream::new(reading, guarded, true);
        if disguised.changes.last().is_some_and(|changes| *changes > 0) {
            self.find_in(reading, &disguised, &mut found);
        }
        found
    }

    fn find_in(&self, reading: &Reading, stream: &Stream, found: &mut Vec<Found>) {
        let Some(machine) = &self.machine else { return };
        for hit in machine.find_overlapping_iter(&stream.text) {
            let Some(pattern) = self.patterns.get(hit.pattern().as_usize()) else { continue };
            let Some(inside) = stream.inside(hit.start(), hit.end()) else { continue };
            if fits(reading, pattern, &inside, stream.disguised) {
                found.push(Found {
                    start: inside.start,
                    end: inside.end,
                    reason: pattern.reason,
                    person: Some(pattern.person),
                });
            }
        }
    }
}

/// A text without spaces and signs, and for each byte of it where it comes from.
struct Stream {
    text: String,
    disguised: bool,
    places: Vec<usize>,
    /// How many gaps there are up to a byte.
    gaps: Vec<usize>,
    /// How many of them are more than a space.
    breaks: Vec<usize>,
    /// How many letters were taken for another up to a byte.
    changes: Vec<usize>,
}

/// What lies inside a find.
struct Inside {
    start: usize,
    end: usize,
    letters: usize,
    gaps: usize,
    breaks: usize,
    changes: usize,
}

/// The longest gap inside something, in characters.
const LONGEST_GAP: usize = 6;

impl Stream {
    fn new(reading: &Reading, guarded: &Guarded, disguised: bool) -> Self {
        let mut stream = Self {
            text: String::with_capacity(reading.len()),
            disguised,
            places: Vec::new(),
            gaps: Vec::new(),
            breaks: Vec::new(),
            changes: Vec::new(),
        };
        let (mut gaps, mut breaks, mut changes) = (0, 0, 0);
        let (mut gap, mut lines, mut plain) = (0_usize, 0_usize, true);
        for place in 0..reading.len() {
            let c = reading.at(place);
            let sign = disguised.then(|| sign_for_letter(reading, place, c)).flatten();
            if sign.is_none() && !(c.is_numeric() || is_letter(c)) || guarded.covers(place) {
                gap += if guarded.covers(place) { LONGEST_GAP + 1 } else { 1 };
                lines += usize::from(c == '\n');
                plain &= c == ' ';
                continue;
            }
            if gap > 0 {
                if gap > LONGEST_GAP || lines > 1 {
                    // Nothing that is looked for has one.
                    stream.text.push('\n');
                }
                gaps += 1;
                breaks += usize::from(!plain);
                (gap, lines, plain) = (0, 0, true);
            }
            match sign.or_else(|| disguised.then(|| behind_disguise(reading, place, c)).flatten()) {
                Some(latin) => {
                    changes += 1;
                    push_plain(&mut stream.text, latin);
                }
                None => push_plain(&mut stream.text, c),
            }
            let bytes = stream.text.len();
            stream.places.resize(bytes, place);
            stream.gaps.resize(bytes, gaps);
            stream.breaks.resize(bytes, breaks);
            stream.changes.resize(bytes, changes);
        }
        stream
    }

    fn inside(&self, start: usize, end: usize) -> Option<Inside> {
        let last = end.checked_sub(1)?;
        let between = |counts: &[usize]| Some(counts.get(last)? - counts.get(start)?);
        // The change of the first letter itself counts, those before it don't.
        let before = start.checked_sub(1).and_then(|before| self.changes.get(before)).copied();
        Some(Inside {
            start: *self.places.get(start)?,
            end: self.places.get(last)? + 1,
            letters: self.text.get(start..end)?.chars().count(),
            gaps: between(&self.gaps)?,
            breaks: between(&self.breaks)?,
            changes: self.changes.get(last)? - before.unwrap_or(0),
        })
    }
}

/// The letter that a sign is put for inside a word: "Ony@ngo".
fn sign_for_letter(reading: &Reading, place: usize, c: char) -> Option<char> {
    let inside = is_letter(reading.behind(place)) && is_letter(reading.at(place + 1));
    match c {
        '@' if inside => Some('a'),
        '$' if inside => Some('s'),
        '!' | '|' if inside => Some('i'),
        '€' if inside => Some('e'),
        _ => None,
    }
}

/// The letter that a character is put for, if it may be.
fn behind_disguise(reading: &Reading, place: usize, c: char) -> Option<char> {
    let (before, after) = (reading.behind(place), reading.at(place + 1));
    if c.is_ascii_digit() && !before.is_alphabetic() && !after.is_alphabetic() {
        return None;
    }
    // A capital I inside a word is a small L.
    if c == 'I' && before.is_lowercase() {
        return Some('l');
    }
    look_alike(c)
}

fn fits(reading: &Reading, pattern: &Pattern, inside: &Inside, disguised: bool) -> bool {
    if (disguised && inside.changes == 0)
        || !reading.is_between(inside.start)
        || !reading.is_between(inside.end)
    {
        return false;
    }
    let (begins, ends) = (begins_word(reading, inside.start), ends_word(reading, inside.end));
    let edges = match pattern.edge {
        Edge::Both => begins && ends,
        Edge::Start => begins,
        // Japanese and Chinese are languages: the name of a country is a part of them.
        Edge::Free => {
            pattern.reason != Reason::Location || !matches!(reading.at(inside.end), '語' | '语')
        }
    };
    match pattern.need {
        Need::Nothing => edges,
        Need::Knit => {
            edges && (inside.gaps == 0 || inside.breaks > 0) && has_capital(reading, inside)
        }
        Need::Disguise => edges && disguised,
        Need::Whole => edges && inside.gaps == 0,
        // "Onyan-\ngo", "O n y a n g o", and one word of the name with another that is none.
        Need::Broken => {
            let spaced_out = inside.gaps + 1 >= inside.letters;
            let compound = inside.gaps == 0 && inside.letters >= 6 && begins != ends;
            // "Chero tich": a space or two in a long name.
            let parted =
                inside.gaps > 0 && inside.letters >= 7 && inside.gaps * 3 <= inside.letters;
            (edges && (disguised || inside.breaks > 0 || spaced_out || parted)) || compound
        }
    }
}

/// Whether a word, or a part of one as in `CherotichOnyango2`, begins at a place.
fn begins_word(reading: &Reading, place: usize) -> bool {
    let (before, first) = (reading.behind(place), reading.at(place));
    !(before.is_numeric() || is_letter(before))
        || (before.is_lowercase() && first.is_uppercase())
        || (before.is_numeric() && is_letter(first))
        || (is_spaceless(before) != is_spaceless(first))
}

/// Whether a word, or a part of one, ends before a place.
fn ends_word(reading: &Reading, place: usize) -> bool {
    let (last, after) = (reading.behind(place), reading.at(place));
    !(after.is_numeric() || is_letter(after))
        || (last.is_lowercase() && after.is_uppercase())
        || (is_letter(last) && after.is_numeric())
        || (is_spaceless(last) != is_spaceless(after))
}

fn has_capital(reading: &Reading, inside: &Inside) -> bool {
    let letters = inside.start..inside.end;
    let small = letters.clone().any(|place| reading.at(place).is_lowercase());
    let capital = letters.into_iter().any(|place| reading.at(place).is_uppercase());
    small == capital
}
