//! A text as the eye reads it: what shows nothing is left out, other shapes of a character are made the usual one,
//! and each character knows where it came from.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::super::text::is_invisible;

/// One character as it is read.
#[derive(Clone, Copy)]
pub(super) struct Glyph {
    /// The character, with its case, without marks above or below it.
    pub(super) c: char,
    /// The first mark that was taken off, or NUL.
    pub(super) mark: char,
    /// The first byte of the original.
    from: usize,
    /// The byte after the original and after the marks and unseen characters that follow it.
    to: usize,
}

/// A text as it is read.
pub(super) struct Reading {
    glyphs: Vec<Glyph>,
    /// How often a character was looked at, so that tests can tell how the work grows with the text.
    #[cfg(test)]
    pub(super) looks: std::cell::Cell<usize>,
}

impl Reading {
    /// Reads a text.
    pub(super) fn of(text: &str) -> Self {
        let mut glyphs: Vec<Glyph> = Vec::with_capacity(text.len());
        for (from, original) in text.char_indices() {
            let to = from + original.len_utf8();
            if is_unseen(original) {
                if let Some(last) = glyphs.last_mut() {
                    last.to = to;
                }
                continue;
            }
            for c in std::iter::once(usual(original)).nfkd() {
                if is_diacritic(c) {
                    if let Some(last) = glyphs.last_mut() {
                        last.to = to;
                        if last.mark == '\0' {
                            last.mark = c;
                        }
                    }
                } else {
                    glyphs.push(Glyph { c: usual(c), mark: '\0', from, to });
                }
            }
        }
        Self {
            glyphs,
            #[cfg(test)]
            looks: std::cell::Cell::new(0),
        }
    }

    /// How many characters there are.
    pub(super) fn len(&self) -> usize {
        self.glyphs.len()
    }

    /// The character at a place; a line break beyond the end.
    pub(super) fn at(&self, place: usize) -> char {
        self.glyph(place).map_or('\n', |glyph| glyph.c)
    }

    /// The character before a place; a line break before the first.
    pub(super) fn behind(&self, place: usize) -> char {
        place.checked_sub(1).map_or('\n', |before| self.at(before))
    }

    /// The character at a place with its mark.
    pub(super) fn glyph(&self, place: usize) -> Option<Glyph> {
        #[cfg(test)]
        self.looks.set(self.looks.get() + 1);
        self.glyphs.get(place).copied()
    }

    /// Whether a place lies between two characters of the original, not inside what one of them stands for.
    pub(super) fn is_between(&self, place: usize) -> bool {
        let before = place.checked_sub(1).and_then(|before| self.glyph(before));
        match (before, self.glyph(place)) {
            (Some(before), Some(after)) => before.from != after.from,
            _ => true,
        }
    }

    /// The bytes of the original that the characters from `start` up to `end` stand for.
    pub(super) fn bytes(&self, start: usize, end: usize) -> Option<Range<usize>> {
        let last = end.checked_sub(1).filter(|last| *last >= start)?;
        Some(self.glyphs.get(start)?.from..self.glyphs.get(last)?.to)
    }

    /// Whether the characters from a place on are these, whatever the case of ASCII letters.
    pub(super) fn reads(&self, place: usize, what: &str) -> bool {
        what.chars().enumerate().all(|(n, c)| self.at(place + n).eq_ignore_ascii_case(&c))
    }

    /// The first place from `place` on, before `limit`, whose character is not wanted.
    pub(super) fn skip(&self, place: usize, limit: usize, wanted: impl Fn(char) -> bool) -> usize {
        let limit = limit.min(self.len());
        let mut place = place;
        while place < limit && wanted(self.at(place)) {
            place += 1;
        }
        place
    }

    /// The first place of the run of wanted characters that ends before `place`, not before `limit`.
    pub(super) fn skip_back(
        &self,
        place: usize,
        limit: usize,
        wanted: impl Fn(char) -> bool,
    ) -> usize {
        let mut place = place;
        while place > limit && wanted(self.behind(place)) {
            place -= 1;
        }
        place
    }

    /// Up to four words before a place, the nearest first, in small letters; no further back than 48 characters.
    pub(super) fn words_before(&self, place: usize) -> Vec<String> {
        let limit = place.saturating_sub(48);
        let mut words = Vec::new();
        let mut end = place;
        while words.len() < 4 {
            end = self.skip_back(end, limit, |c| !c.is_alphanumeric());
            let start = self.skip_back(end, limit, char::is_alphanumeric);
            if start == end {
                break;
            }
            let mut word = String::new();
            for place in start..end {
                super::fold::push_plain(&mut word, self.at(place));
            }
            words.push(word);
            end = start;
        }
        words
    }
}

/// Whether a character belongs to a word.
pub(super) fn is_letter(c: char) -> bool {
    c.is_alphabetic() || is_combining_mark(c)
}

/// Whether a character is of a script that puts no spaces between words.
pub(super) fn is_spaceless(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{f00}'..='\u{fff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Characters that show nothing: joiners, marks of direction, soft hyphens, controls. White space is not among them.
/// The fillers, which leave room, aren't either; the Arabic lengthening of a line is.
fn is_unseen(c: char) -> bool {
    let is_room = c.is_whitespace()
        || matches!(c, '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}');
    c == '\u{640}' || (is_invisible(c) && !is_room)
}

/// Marks that people leave out or pile up without making another word of it. The vowel signs of Indic and
/// South-East Asian scripts are letters in that sense, and stay.
fn is_diacritic(c: char) -> bool {
    is_combining_mark(c)
        && matches!(c,
            '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}'
            | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}' | '\u{93c}' | '\u{9bc}' | '\u{a3c}'
            | '\u{abc}' | '\u{b3c}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// The usual shape of a character that has several.
fn usual(c: char) -> char {
    match c {
        '\u{b4}'
        | '`'
        | '\u{2b9}'..='\u{2bf}'
        | '\u{2c8}'
        | '\u{2018}'..='\u{201b}'
        | '\u{2032}'
        | '\u{a78c}'
        | '\u{ff07}' => '\'',
        '\u{58a}'
        | '\u{5be}'
        | '\u{2010}'..='\u{2012}'
        | '\u{2212}'
        | '\u{fe58}'
        | '\u{fe63}'
        | '\u{ff0d}' => '-',
        '\u{2013}'..='\u{2015}' | '\u{2e3a}' | '\u{2e3b}' => '—',
        '\u{3002}' | '\u{ff61}' => '.',
        '\u{3001}' | '\u{60c}' | '\u{ff64}' => ',',
        '\u{2044}' | '\u{2215}' | '\u{29f8}' => '/',
        '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        '\n' => '\n',
        // Letters and signs that look like a space.
        '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' => ' ',
        _ if c.is_whitespace() => ' ',
        // Most of a text: no digit of another script.
        _ if c.is_ascii() => c,
        _ => digit(c).and_then(|digit| char::from_digit(digit, 10)).unwrap_or(c),
    }
}

/// The value of a decimal digit of a script that people write numbers in.
fn digit(c: char) -> Option<u32> {
    const ZEROS: [u32; 16] = [
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50,
        0xed0, 0x1040, 0x17e0,
    ];
    ZEROS.iter().find_map(|zero| (c as u32).checked_sub(*zero).filter(|digit| *digit < 10))
}
