//! The scripts of India in Latin letters. Unicode lays nine of them out alike, so that one table reads them all.

/// Adds the reading of a letter; `next` is the letter after it.
///
/// The `a` that a consonant carries unless something takes it away is not spoken at the end of a word.
pub(super) fn push(to: &mut String, c: char, next: Option<char>) -> Option<()> {
    let place = place(c)?;
    match place {
        // Vowels that stand alone.
        0x05..=0x14 => to.push_str(vowel(place - 0x05)),
        0x15..=0x39 => {
            let consonant = consonant(place - 0x15)?;
            to.push_str(consonant);
            // A vowel sign or the sign of no vowel takes the place of the `a`.
            let spoken = next.is_some_and(|next| {
                self::place(next).is_none_or(|next| !matches!(next, 0x3e..=0x4d))
            });
            if spoken {
                to.push('a');
            }
        }
        0x3e..=0x4c => to.push_str(vowel(place - 0x3d)),
        // A nasal sound before or on what follows.
        0x01 | 0x02 => to.push('n'),
        0x03 | 0x4d => {}
        _ => return None,
    }
    Some(())
}

/// The place of a letter in its script's block, for the scripts from Devanagari to Malayalam.
fn place(c: char) -> Option<u32> {
    ('\u{900}'..='\u{d7f}').contains(&c).then(|| (c as u32 - 0x900) % 0x80)
}

/// The vowel at a place counted from `a`; signs have the same order from `aa` on.
fn vowel(place: u32) -> &'static str {
    const VOWELS: [&str; 16] =
        ["a", "a", "i", "i", "u", "u", "ri", "li", "e", "e", "e", "ai", "o", "o", "o", "au"];
    usize::try_from(place).ok().and_then(|place| VOWELS.get(place)).copied().unwrap_or_default()
}

fn consonant(place: u32) -> Option<&'static str> {
    const CONSONANTS: [&str; 37] = [
        "k", "kh", "g", "gh", "n", "ch", "chh", "j", "jh", "n", "t", "th", "d", "dh", "n", "t",
        "th", "d", "dh", "n", "n", "p", "ph", "b", "bh", "m", "y", "r", "r", "l", "l", "l", "v",
        "sh", "sh", "s", "h",
    ];
    CONSONANTS.get(usize::try_from(place).ok()?).copied()
}

#[cfg(test)]
mod tests {
    use super::super::latin::in_latin;

    #[test]
    fn names_are_read_in_several_scripts() {
        for (name, latin) in [
            ("संजय", "sanjay"),
            ("मोहन", "mohan"),
            ("मीरा", "mira"),
            ("বিরাট", "birat"),
            ("ராஜி", "raji"),
            ("प्रेमा", "prema"),
        ] {
            assert_eq!(in_latin(name).unwrap(), latin, "{name}");
        }
    }
}
