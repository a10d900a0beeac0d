//! Words of other scripts in Latin letters, and a key under which the many spellings of one name meet.

use unicode_normalization::char::compose;

/// The key of the sound of a plain word: `Aleksei`, `Alexey` and `Алексей` have the same.
///
/// `None` if a letter of it has no reading that could be looked up, as those of Han or Arabic.
pub(super) fn sound(plain: &str) -> Option<String> {
    let latin = in_latin(plain)?;
    let mut letters: Vec<char> = Vec::with_capacity(latin.len());
    let mut rest = latin.as_str();
    while let Some(first) = rest.chars().next() {
        let (taken, sound) = step(rest, first);
        for c in sound.chars() {
            if letters.last() != Some(&c) {
                letters.push(c);
            }
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    let mut key = String::with_capacity(letters.len());
    for (place, c) in letters.iter().enumerate() {
        // Yevgeny and Evgeni, Dmitriyev and Dmitriev.
        if *c != 'i' || letters.get(place + 1) != Some(&'e') {
            key.push(*c);
        }
    }
    Some(key)
}

/// How many bytes the next sound takes, and the letters that it is kept as.
fn step(rest: &str, first: char) -> (usize, &'static str) {
    const GROUPS: [(&str, &str); 19] = [
        ("shch", "s"),
        ("tsch", "c"),
        ("sch", "s"),
        ("tch", "c"),
        ("sh", "s"),
        ("ch", "c"),
        ("zh", "z"),
        ("kh", "h"),
        ("gh", "g"),
        ("ph", "f"),
        ("th", "t"),
        ("ck", "k"),
        ("ts", "c"),
        ("tz", "c"),
        ("ou", "u"),
        ("oo", "u"),
        ("ee", "i"),
        ("ce", "ce"),
        ("ci", "ci"),
    ];
    const LETTERS: [(char, &str); 26] = [
        ('a', "a"),
        ('b', "b"),
        ('c', "k"),
        ('d', "d"),
        ('e', "e"),
        ('f', "f"),
        ('g', "g"),
        ('h', "h"),
        ('i', "i"),
        ('j', "i"),
        ('k', "k"),
        ('l', "l"),
        ('m', "m"),
        ('n', "n"),
        ('o', "o"),
        ('p', "p"),
        ('q', "k"),
        ('r', "r"),
        ('s', "s"),
        ('t', "t"),
        ('u', "u"),
        ('v', "v"),
        ('w', "v"),
        ('x', "ks"),
        ('y', "i"),
        ('z', "z"),
    ];
    if let Some((group, sound)) = GROUPS.iter().find(|(group, _)| rest.starts_with(group)) {
        return (group.len(), sound);
    }
    let sound = LETTERS.iter().find(|(letter, _)| *letter == first).map_or("", |(_, sound)| sound);
    (first.len_utf8(), sound)
}

/// A plain word in Latin letters.
pub(super) fn in_latin(plain: &str) -> Option<String> {
    let mut to = String::with_capacity(plain.len());
    let ukrainian = plain.contains(['і', 'є', 'ґ']);
    let mut letters = plain.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            'a'..='z' | '\'' => to.push(c),
            'г' if ukrainian => to.push('h'),
            'а'..='я' | 'ё'..='џ' | 'ґ' => to.push_str(cyrillic(c)?),
            'υ' if to.ends_with('o') => to.push('u'),
            'υ' if to.ends_with(['a', 'e']) => to.push('v'),
            'γ' if matches!(letters.peek(), Some('γ' | 'κ' | 'χ')) => to.push('n'),
            'α'..='ω' => to.push_str(greek(c)?),
            'ა'..='ჰ' => to.push_str(georgian(c)?),
            'ւ' if to.ends_with('o') => {
                to.pop();
                to.push('u');
            }
            'ա'..='և' => to.push_str(armenian(c)?),
            '\u{1100}'..='\u{11ff}' => to.push_str(hangul(c)?),
            '\u{3041}'..='\u{3099}' | 'ー' => {
                let voiced = letters.peek().and_then(|mark| compose(c, *mark));
                if voiced.is_some() {
                    letters.next();
                }
                kana(&mut to, voiced.unwrap_or(c))?;
            }
            '\u{901}'..='\u{d4d}' => super::indic::push(&mut to, c, letters.peek().copied())?,
            _ => return None,
        }
    }
    Some(to)
}

fn pick(c: char, first: char, table: &'static str) -> Option<&'static str> {
    let place = (c as usize).checked_sub(first as usize)?;
    table.split(' ').nth(place).map(|latin| if latin == "-" { "" } else { latin })
}

fn cyrillic(c: char) -> Option<&'static str> {
    match c {
        'ґ' => Some("g"),
        'а'..='я' => pick(
            c,
            'а',
            "a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch a y - e yu ya",
        ),
        _ => pick(c, 'ѐ', "e e dj g e dz i i j lj nj c k i u dz"),
    }
}

fn greek(c: char) -> Option<&'static str> {
    pick(c, 'α', "a v g d e z i th i k l m n x o p r s s t y f ch ps o")
}

fn georgian(c: char) -> Option<&'static str> {
    pick(c, 'ა', "a b g d e v z t i k l m n o p zh r s t u p k gh q sh ch ts dz ts ch kh j h")
}

fn armenian(c: char) -> Option<&'static str> {
    pick(
        c,
        'ա',
        "a b g d e z e e t zh i l kh ts k h dz gh ch m y n sh o ch p j r s v t r ts w p k o f ev",
    )
}

/// The parts of Korean syllables, in the Revised Romanization.
fn hangul(c: char) -> Option<&'static str> {
    match c {
        '\u{1100}'..='\u{1112}' => {
            pick(c, '\u{1100}', "g kk n d tt r m b pp s ss - j jj ch k t p h")
        }
        '\u{1161}'..='\u{1175}' => {
            pick(c, '\u{1161}', "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i")
        }
        _ => pick(c, '\u{11a8}', "k k k n n n t l k m p l l p l m p p t t ng t t k t p t"),
    }
}

/// Hiragana in the Hepburn way.
fn kana(to: &mut String, c: char) -> Option<()> {
    const SOUNDS: &str = "a a i i u u e e o o ka ga ki gi ku gu ke ge ko go sa za shi ji su zu se ze so zo ta da chi \
        ji - tsu zu te de to do na ni nu ne no ha ba pa hi bi pi fu bu pu he be pe ho bo po ma mi mu me mo ya ya yu \
        yu yo yo ra ri ru re ro wa wa i e o n vu ka ke";
    match c {
        'ー' | 'っ' => {}
        // A long o is written like a short one.
        'う' | 'お' if to.ends_with('o') => {}
        'ゃ' | 'ゅ' | 'ょ' => {
            let sound = pick(c, 'ぁ', SOUNDS)?;
            to.pop();
            // kya, but sha.
            let sound = if to.ends_with("sh") || to.ends_with("ch") || to.ends_with('j') {
                sound.trim_start_matches('y')
            } else {
                sound
            };
            to.push_str(sound);
        }
        _ => to.push_str(pick(c, 'ぁ', SOUNDS)?),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    #[test]
    fn spellings_meet() {
        for (one, other) in [
            ("алексеи", "alexey"),
            ("шухевич", "shukhevych"),
            ("даниленко", "danylenko"),
            ("огіенко", "ohienko"),
            ("євген", "yevhen"),
            ("дмитриев", "dmitriyev"),
            ("щербаков", "shcherbakov"),
            ("δημητριοσ", "dimitrios"),
            ("παπαδοπουλοσ", "papadopoulos"),
            ("მამალაძე", "mamaladze"),
            ("տաճատյան", "tachatyan"),
            ("あすか", "asuka"),
            ("しょうた", "shota"),
            ("संजय", "sanjay"),
            ("viktor", "victor"),
            ("christof", "christoph"),
        ] {
            let one: String = one.nfd().collect();
            assert_eq!(sound(&one), sound(other), "{one} {other}");
        }
        let korean: String = "영환".nfd().collect();
        assert_eq!(in_latin(&korean).unwrap(), "yeonghwan");
        let voiced: String = "がく".nfd().collect();
        assert_eq!(in_latin(&voiced).unwrap(), "gaku");
        assert_eq!(sound("山田"), None);
    }
}
