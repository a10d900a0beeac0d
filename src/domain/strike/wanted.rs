//! Where something stands that a person wants struck out.

use std::ops::Range;

use super::fold::push_plain;
use super::read::Reading;

/// Where a text stands in another, in bytes of that: in any case, with or without accents and what nobody sees, and
/// whatever spaces are between its words. Nowhere if there is nothing to look for.
#[must_use]
pub fn places(text: &str, wanted: &str) -> Vec<Range<usize>> {
    let (reading, wanted) = (Reading::of(text), plain(&Reading::of(wanted)).text);
    let wanted = wanted.trim();
    if wanted.is_empty() {
        return Vec::new();
    }
    let plain = plain(&reading);
    plain
        .text
        .match_indices(wanted)
        .filter_map(|(start, found)| {
            let end = start + found.len();
            // Not the half of a letter that is spelled with two.
            let begins =
                start.checked_sub(1).is_none_or(|before| plain.of(before) != plain.of(start));
            let ends = plain.of(end).is_none_or(|after| Some(after) != plain.of(end - 1));
            let (first, last) = (plain.of(start)?, plain.of(end - 1)?);
            reading.bytes(first, last + 1).filter(|_| begins && ends)
        })
        .collect()
}

/// A reading as it is compared, and of which character each byte of that is.
struct Plain {
    text: String,
    of: Vec<usize>,
}

impl Plain {
    fn of(&self, byte: usize) -> Option<usize> {
        self.of.get(byte).copied()
    }
}

fn plain(reading: &Reading) -> Plain {
    let mut plain = Plain { text: String::with_capacity(reading.len()), of: Vec::new() };
    for place in 0..reading.len() {
        let letter = reading.at(place);
        if !letter.is_whitespace() {
            push_plain(&mut plain.text, letter);
        } else if !reading.behind(place).is_whitespace() || place == 0 {
            plain.text.push(' ');
        }
        plain.of.resize(plain.text.len(), place);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_spaces_make_no_difference() {
        let text = "JOS\u{c9} wrote; Jose\u{301} reads,\u{200b} jo\u{ad}se\nPe\u{301}rez, Jos\u{e9}  P\u{e9}rez. Stra\u{df}e";
        let found = |wanted: &str| -> Vec<&str> {
            places(text, wanted).into_iter().map(|place| &text[place]).collect()
        };
        assert_eq!(found("jos\u{e9}"), ["JOS\u{c9}", "Jose\u{301}", "jo\u{ad}se", "Jos\u{e9}"]);
        assert_eq!(found(" Jose Perez "), ["jo\u{ad}se\nPe\u{301}rez", "Jos\u{e9}  P\u{e9}rez"]);
        assert_eq!(found("STRASSE"), ["Stra\u{df}e"]);
        for nothing in ["", " ", "\u{200b}", "nobody", "stras"] {
            assert!(found(nothing).is_empty(), "{nothing:?}");
        }
    }
}
