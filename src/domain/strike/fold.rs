//! Folding of letters: case, letters that carry what others write as a mark, and letters that only look alike.

use unicode_normalization::char::compose;

/// Adds a character as it is compared: in small letters, and as plain as people write it without their own keyboard.
pub(super) fn push_plain(to: &mut String, c: char) {
    for c in c.to_lowercase() {
        match c {
            'ß' => to.push_str("ss"),
            'æ' => to.push_str("ae"),
            'œ' => to.push_str("oe"),
            'þ' => to.push_str("th"),
            'ø' | 'ɔ' => to.push('o'),
            'ł' => to.push('l'),
            'đ' | 'ð' | 'ɖ' | 'ɗ' => to.push('d'),
            'ı' => to.push('i'),
            'ə' | 'ɛ' => to.push('e'),
            'ħ' => to.push('h'),
            'ŋ' => to.push('n'),
            'ŧ' => to.push('t'),
            'ɓ' => to.push('b'),
            'ƙ' => to.push('k'),
            'ς' => to.push('σ'),
            'ي' | 'ى' => to.push('ی'),
            'ك' => to.push('ک'),
            'ة' => to.push('ه'),
            // What lower case leaves of a capital I with a dot.
            '\u{307}' => {}
            // Katakana are compared as hiragana.
            '\u{30a1}'..='\u{30f6}' => {
                to.push(char::from_u32(c as u32 - 0x60).unwrap_or(c));
            }
            c => to.push(c),
        }
    }
}

/// How a marked letter is spelled out by those who don't drop the mark: Müller as Mueller, Čech as Chech.
fn spelled_out(c: char, mark: char) -> Option<&'static str> {
    let small = c.to_lowercase().next()?;
    let marked = if mark == '\0' { small } else { compose(small, mark)? };
    Some(match marked {
        'ä' => "ae",
        'ö' | 'ø' => "oe",
        'ü' => "ue",
        'å' => "aa",
        'š' | 'ş' | 'ș' => "sh",
        'č' | 'ć' | 'ç' => "ch",
        'ž' => "zh",
        'ñ' => "ny",
        'đ' => "dj",
        'ð' => "dh",
        'ё' => "ио",
        _ => return None,
    })
}

/// Adds a character spelled out where that is usual, and says whether it was.
pub(super) fn push_spelled(to: &mut String, c: char, mark: char) -> bool {
    let spelled = spelled_out(c, mark);
    match spelled {
        Some(letters) => to.push_str(letters),
        None => push_plain(to, c),
    }
    spelled.is_some()
}

/// The Latin letter that a letter of another script, or a digit, can be mistaken for.
pub(super) fn look_alike(c: char) -> Option<char> {
    /// Groups of letters, each after the Latin letter that they look like.
    const ALIKE: [(char, &str); 49] = [
        ('A', "АΑᎪᗅ"),
        ('B', "ВΒᏴᗷ"),
        ('C', "СϹᏟ"),
        ('D', "ᎠᗞԀ"),
        ('E', "ЕΕᎬ"),
        ('F', "ҒᖴϜ"),
        ('G', "ԌᏀ"),
        ('H', "НΗᎻ"),
        ('I', "ІΙӀᏆ"),
        ('J', "ЈᎫͿ"),
        ('K', "КΚᏦ"),
        ('L', "ᏞᒪԼ"),
        ('M', "МΜᎷ"),
        ('N', "ΝՈ"),
        ('O', "ОΟՕ"),
        ('P', "РΡᏢ"),
        ('Q', "Ԛ"),
        ('R', "ᎡᏒᖇ"),
        ('S', "ЅᏚՏ"),
        ('T', "ТΤᎢ"),
        ('U', "ՍᑌՄ"),
        ('V', "ѴᏙ"),
        ('W', "ԜᏔᎳ"),
        ('X', "ХΧ᙭"),
        ('Y', "УΥҮ"),
        ('Z', "ΖᏃ"),
        ('a', "аαɑᴀ4"),
        ('b', "вьʙᏏ"),
        ('c', "сϲᴄ"),
        ('d', "ԁᴅɗ"),
        ('e', "еεєᴇ3"),
        ('f', "ꜰƒ"),
        ('g', "ɡցɢ"),
        ('h', "һհнʜ"),
        ('i', "іιɪɩ1"),
        ('j', "јϳᴊ"),
        ('k', "кκᴋ"),
        ('l', "ӏʟ"),
        ('m', "мᴍ"),
        ('n', "пηռոɴ"),
        ('o', "оοօσᴏ0"),
        ('p', "рρᴘ"),
        ('q', "ԛզ"),
        ('r', "гʀᴦ"),
        ('s', "ѕꜱ5"),
        ('t', "тτᴛ7"),
        ('u', "υսᴜ"),
        ('v', "ѵνᴠ"),
        ('w', "ԝωᴡ"),
    ];
    const REST: [(char, &str); 3] = [('x', "хχ"), ('y', "уγүʏ"), ('z', "ᴢ")];
    if c.is_ascii_alphabetic() {
        return None;
    }
    ALIKE.iter().chain(&REST).find(|(_, alike)| alike.contains(c)).map(|(latin, _)| *latin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_stands_for_one_letter_only() {
        let mut seen = std::collections::HashSet::new();
        for c in (0..0x20000).filter_map(char::from_u32) {
            if let Some(latin) = look_alike(c) {
                assert!(latin.is_ascii_alphabetic());
                seen.insert(latin);
            }
        }
        assert_eq!(seen.len(), 52, "each Latin letter has something that looks like it");
    }

    #[test]
    fn marks_are_spelled_out_in_either_form() {
        for (c, mark, spelled) in
            [('u', '\u{308}', "ue"), ('Š', '\0', "sh"), ('S', '\u{30c}', "sh")]
        {
            let mut to = String::new();
            assert!(push_spelled(&mut to, c, mark));
            assert_eq!(to, spelled);
        }
    }
}
