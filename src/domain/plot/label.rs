//! Labels that fit their place.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::{FONT_SIZE, WIDTH};

const ELLIPSIS: &str = "…";

/// A label that is at most so many units wide, on one line and without what could disturb the texts beside it.
///
/// What is too long loses its end: names and e-mail addresses alike begin with what tells people apart. No letter is
/// cut in two.
#[must_use]
pub fn shorten(label: &str, units: f64) -> String {
    let label = clean(label);
    if width(&label) <= units {
        return label;
    }
    let mut left = units - width(ELLIPSIS);
    let fits = |letter: &&str| {
        left -= width(letter);
        left >= 0.0
    };
    let kept: String = label.graphemes(true).take_while(fits).collect();
    format!("{}{ELLIPSIS}", kept.trim_end())
}

/// A label on one line, without controls and without marks that turn the direction of what follows.
pub(super) fn clean(label: &str) -> String {
    let turns = |letter: char| {
        matches!(letter,
            '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{fffe}' | '\u{ffff}')
    };
    let words = label.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let words = words.map(|word| word.replace(turns, "")).filter(|word| !word.is_empty());
    let label = words.collect::<Vec<_>>().join(" ");
    if label.is_empty() { "(no name)".to_owned() } else { label }
}

/// About how wide a text is, in units: rather too much than too little, as every machine has other fonts.
pub(super) fn width(text: &str) -> f64 {
    let ems: f64 = text.graphemes(true).map(ems).sum();
    ems * FONT_SIZE
}

/// The middle of a text at `x`, moved as far as it takes to stay in the picture.
pub(super) fn within(x: f64, text: &str) -> f64 {
    let half = width(text) / 2.0;
    if 2.0 * half > WIDTH { WIDTH / 2.0 } else { x.clamp(half, WIDTH - half) }
}

/// The width of a letter as a part of the font size, as in the wider of the usual sans-serif fonts.
fn ems(grapheme: &str) -> f64 {
    match grapheme.as_bytes() {
        [b'i' | b'j' | b'l' | b'I' | b'.' | b',' | b':' | b';' | b'\'' | b'|' | b'!' | b' '] => {
            0.34
        }
        [b'f' | b'r' | b't' | b'(' | b')' | b'[' | b']' | b'-' | b'/'] => 0.42,
        [b'm' | b'w' | b'M' | b'W' | b'@' | b'%'] => 1.0,
        [b'A'..=b'Z'] => 0.73,
        [_] => 0.62,
        _ => match grapheme.width() {
            0 => 0.0,
            1 => 0.7,
            _ => 1.2,
        },
    }
}
