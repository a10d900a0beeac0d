//! What a person called a file, and how its size is told.

use crate::domain::text::{has_trick, is_invisible};

/// The most characters of a file's name.
const LONGEST: usize = 100;
/// The most characters of what a name ends in that are kept when the name is cut.
const LONGEST_ENDING: usize = 10;

/// What the person called a file, as a page can show it: without a path, without what steers a terminal or turns the
/// direction of what stands around it, and at most 100 characters. "file" if nothing is left.
#[must_use]
pub fn shown_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut name = String::with_capacity(last.len().min(4 * LONGEST));
    for letter in last.chars() {
        if letter.is_whitespace() {
            if !name.ends_with(' ') {
                name.push(' ');
            }
        } else if !is_invisible(letter) && !has_trick(letter.encode_utf8(&mut [0; 4])) {
            name.push(letter);
        }
    }
    let name = name.trim();
    if name.trim_matches(['.', ' ']).is_empty() {
        return "file".to_owned();
    }
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    let ending = name
        .rsplit_once('.')
        .map(|(_, ending)| ending)
        .filter(|ending| !ending.is_empty() && ending.chars().count() <= LONGEST_ENDING)
        .map_or_else(String::new, |ending| format!("….{ending}"));
    let room = LONGEST.saturating_sub(ending.chars().count());
    let start: String = name.chars().take(room).collect();
    format!("{}{ending}", start.trim_end())
}

/// A size in bytes, in words: "213 kB", "1.4 MB".
#[must_use]
pub fn size_words(bytes: usize) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        0..1_000 => format!("{bytes} bytes"),
        1_000..999_500 => format!("{} kB", bytes.saturating_add(500) / 1_000),
        _ => {
            let tenths = bytes.saturating_add(50_000) / 100_000;
            format!("{}.{} MB", tenths / 10, tenths % 10)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_without_tricks() {
        for (given, shown) in [
            ("plan.pdf", "plan.pdf"),
            ("  Our  plan\t2026 .pdf ", "Our plan 2026 .pdf"),
            ("C:\\Users\\Wren Abara\\plan.pdf", "plan.pdf"),
            ("../../etc/passwd", "passwd"),
            ("/home/wren/", "file"),
            ("..", "file"),
            ("", "file"),
            ("\u{200b}\u{202e}", "file"),
            ("plan\u{202e}fdp.exe", "planfdp.exe"),
            ("pl\0an\r\n\u{1b}[31m.pdf", "plan [31m.pdf"),
            ("計画書.pdf", "計画書.pdf"),
            ("Zoë’s «plan» \"1\".odt", "Zoë’s «plan» \"1\".odt"),
        ] {
            assert_eq!(shown_name(given), shown, "{given:?}");
            assert_eq!(shown_name(shown), shown);
        }
        let long = shown_name(&format!("{}.docx", "é".repeat(4_000)));
        assert_eq!(long.chars().count(), LONGEST);
        assert!(long.ends_with("….docx"), "{long}");
        assert_eq!(shown_name(&format!("a.{}", "b".repeat(4_000))).chars().count(), LONGEST);
    }

    #[test]
    fn sizes_are_told_in_words() {
        for (bytes, words) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_000, "1 kB"),
            (213_400, "213 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (1_449_999, "1.4 MB"),
            (4_000_000, "4.0 MB"),
        ] {
            assert_eq!(size_words(bytes), words);
        }
        assert!(size_words(usize::MAX).ends_with(" MB"));
    }
}
