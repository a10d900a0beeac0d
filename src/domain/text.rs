//! What counts as text that says something.

/// Whether a text has nothing in it that can be seen.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|letter| letter.is_whitespace() || is_invisible(letter))
}

/// Whether a text is of more than one line, however the lines are parted.
#[must_use]
pub fn has_line_break(text: &str) -> bool {
    text.contains(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'])
}

/// Whether a text has something in it that changes how what stands around it is shown: a control, a mark that turns the
/// direction, or what is no character at all. In a name it could pass one person off as another.
#[must_use]
pub fn has_trick(text: &str) -> bool {
    text.chars().any(is_trick)
}

fn is_trick(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fdd0}'..='\u{fdef}')
        || u32::from(letter) & 0xfffe == 0xfffe
}

/// A text as it can be printed on a terminal: line ends and tabs stay, and what would steer the terminal is written out.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_trick(letter) && !matches!(letter, '\n' | '\t') {
            out.extend(letter.escape_unicode());
        } else {
            out.push(letter);
        }
    }
    out
}

/// Characters that are not white space and show nothing: joiners, marks of direction, fillers, controls.
pub(super) fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_blank() {
        for blank in [
            "",
            " \t\n",
            "\u{200b}\u{200d}\u{feff}",
            "\u{200b}\u{2060}",
            "\u{202e}",
            "\u{a0}\u{3164}",
        ] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for text in ["a", "\u{200f}א", "👩\u{200d}💻", "."] {
            assert!(!is_blank(text), "{text:?}");
        }
    }

    #[test]
    fn tricks_are_seen_and_written_out() {
        for trick in ["\u{1b}[31mRoot", "\u{202e}evil", "\u{2066}Robin\u{2069}", "a\tb", "\u{fffe}"]
        {
            assert!(has_trick(trick), "{trick:?}");
        }
        for name in ["Zoë O’Neil", "\u{200f}אבג", "क्\u{200d}ष", "李小龍", "👩\u{200d}💻"]
        {
            assert!(!has_trick(name), "{name:?}");
            assert_eq!(printable(name), name);
        }
        assert_eq!(printable("\u{1b}[31mRoot\n\tx"), "\\u{1b}[31mRoot\n\tx");
    }

    #[test]
    fn a_line_is_one_line() {
        assert!(has_line_break("a\u{2028}b") && has_line_break("a\rb") && !has_line_break("a\tb"));
    }
}
