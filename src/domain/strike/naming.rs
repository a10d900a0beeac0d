//! The ways in which a name can be written.

use unicode_normalization::UnicodeNormalization;

use super::Reason;
use super::joined::{Edge, Need, Pattern};
use super::kin::{HONORIFICS, condensed, is_particle, is_title, other_forms};
use super::known::{Draft, Entry, Role};
use super::latin::in_latin;
use super::read::{Reading, is_letter, is_spaceless};
use super::words::{Weight, weight, words};

/// No more parts of one name than this are put in every order.
const MOST_PARTS: usize = 6;

/// One part of a name.
struct Part {
    plain: String,
    spelled: Option<String>,
}

/// Adds a name in all its forms.
pub(super) fn add_name(draft: &mut Draft, person: usize, name: &str) {
    let mut parts = Vec::new();
    for token in name.split(|c: char| c.is_whitespace() || "(),;\"“”/|".contains(c)) {
        let reading = Reading::of(token);
        let subwords = words(&reading);
        let whole = condensed(token);
        let title = is_title(&whole);
        for word in &subwords {
            let small = title || is_title(&word.plain) || is_particle(&word.plain);
            if small || word.plain.nfc().count() == 1 && !word.plain.chars().any(is_big) {
                let entry = Entry { person, part: 0, role: Role::Small, weight: Weight::Evidence };
                draft.add_word(&word.plain, entry);
            }
            if !small {
                parts.push(Part { plain: word.plain.clone(), spelled: word.spelled.clone() });
            }
        }
        // O'Brien as OBrien, Marie-Theres as Marietheres.
        if subwords.len() > 1 && !title {
            let entry =
                Entry { person, part: parts.len(), role: Role::Part, weight: weight(&whole) };
            draft.add_word(&whole, entry);
        }
    }
    if parts.is_empty() {
        // A name of nothing but small words is a name all the same.
        parts.extend(
            words(&Reading::of(name))
                .into_iter()
                .map(|word| Part { plain: word.plain, spelled: word.spelled }),
        );
    }
    let ordinary = parts.iter().all(|part| weight(&part.plain) != Weight::Any);
    let need = if ordinary { Need::Knit } else { Need::Nothing };
    add_pattern(draft, person, condensed(name), Reason::Name, need);
    if let Some(turned) = super::near::backwards(&condensed(name)) {
        add_pattern(draft, person, turned, Reason::Name, need);
    }
    for (number, part) in parts.iter().enumerate() {
        add_part(draft, person, number, part);
    }
    add_initials(draft, person, &parts);
    let plain: Vec<&str> = parts.iter().map(|part| part.plain.as_str()).collect();
    add_orders(draft, person, &plain);
    let spelled: Vec<&str> =
        parts.iter().map(|part| part.spelled.as_deref().unwrap_or(&part.plain)).collect();
    add_orders(draft, person, &spelled);
    if let [only] = plain.as_slice() {
        east_asian(draft, person, only);
    }
}

/// Whether a character of its own can be a part of a name.
fn is_big(c: char) -> bool {
    is_spaceless(c) || matches!(c, '\u{1100}'..='\u{11ff}')
}

fn add_part(draft: &mut Draft, person: usize, number: usize, part: &Part) {
    let entry = |role, weight| Entry { person, part: number, role, weight };
    for plain in std::iter::once(&part.plain).chain(&part.spelled) {
        let characters = plain.nfc().count();
        if plain.chars().any(is_big) {
            // Two characters are a name where nobody puts spaces, but not if they are an everyday word.
            if characters >= 2 && weight(plain) != Weight::Evidence {
                let least =
                    if plain.chars().next().is_some_and(|c| c > '\u{2e00}') { 2 } else { 4 };
                if characters >= least || plain.chars().any(|c| !is_spaceless(c)) {
                    add_pattern(draft, person, plain.clone(), Reason::PartOfName, Need::Nothing);
                }
            }
            with_honorifics(draft, person, plain);
        } else if characters >= 5 && weight(plain) == Weight::Any {
            add_pattern(draft, person, plain.clone(), Reason::PartOfName, Need::Broken);
        } else if characters >= 3 {
            add_pattern(draft, person, plain.clone(), Reason::PartOfName, Need::Disguise);
        }
        draft.add_word(plain, entry(Role::Part, weight(plain)));
        for form in other_forms(plain) {
            draft.add_word(form, entry(Role::Form, weight(form)));
        }
    }
}

fn add_initials(draft: &mut Draft, person: usize, parts: &[Part]) {
    let mut written: Vec<char> = Vec::new();
    let mut latin: Vec<char> = Vec::new();
    for part in parts {
        written.extend(part.plain.chars().next());
        latin.extend(in_latin(&part.plain).and_then(|latin| latin.chars().next()));
    }
    let Some(initials) = draft.initials.get_mut(person) else { return };
    for letters in [written, latin] {
        let mut turned = letters.clone();
        for _ in 0..letters.len() {
            initials.insert(turned.iter().collect());
            turned.rotate_right(1);
        }
        for letter in &letters {
            initials.insert(letter.to_string());
        }
        if let [first, .., last] = letters.as_slice() {
            initials.insert(format!("{first}{last}"));
            initials.insert(format!("{last}{first}"));
        }
    }
}

/// Adds a name's parts written in one: all of them, and each two of them, in either order.
fn add_orders(draft: &mut Draft, person: usize, parts: &[&str]) {
    let parts = parts.get(..parts.len().min(MOST_PARTS)).unwrap_or(parts);
    if parts.len() < 2 {
        return;
    }
    let ordinary = parts.iter().all(|part| weight(part) != Weight::Any);
    let need = if ordinary { Need::Knit } else { Need::Nothing };
    let mut turned = parts.to_vec();
    for _ in 0..parts.len() {
        turned.rotate_right(1);
        add_pattern(draft, person, turned.concat(), Reason::Name, need);
    }
    let back: Vec<&str> = parts.iter().rev().copied().collect();
    add_pattern(draft, person, back.concat(), Reason::Name, need);
    for (at, one) in parts.iter().enumerate() {
        for (other_at, other) in parts.iter().enumerate().filter(|(other_at, _)| *other_at != at) {
            let need = if weight(one).max(weight(other)) == Weight::Any {
                Need::Nothing
            } else {
                Need::Knit
            };
            add_pattern(draft, person, format!("{one}{other}"), Reason::Name, need);
            if at < other_at || parts.len() == 2 {
                for form in other_forms(one) {
                    add_pattern(draft, person, format!("{form}{other}"), Reason::Name, Need::Knit);
                }
            }
            // conyango, onyangoc: as people name themselves on machines.
            let initial: String = one.chars().take(1).collect();
            if weight(other) == Weight::Any {
                for text in [format!("{initial}{other}"), format!("{other}{initial}")] {
                    add_pattern(draft, person, text, Reason::Name, Need::Whole);
                }
            }
        }
    }
}

fn add_pattern(draft: &mut Draft, person: usize, text: String, reason: Reason, need: Need) {
    let edge = Edge::of(&text);
    // Short names in one are words like others: "lean" is not Le An. Beside each other they are found as words.
    let least = match (edge, need) {
        (Edge::Both, Need::Disguise) => 3,
        (Edge::Both, Need::Broken) => 5,
        (Edge::Both, Need::Whole) => 6,
        (Edge::Both, _) => 7,
        (Edge::Start | Edge::Free, _) => 2,
    };
    if text.nfc().count() >= least {
        draft.add_pattern(text, Pattern { person, reason, edge, need });
    }
}

/// Family names of two characters, before which a name of three or four is not parted after the first.
const LONG_FAMILIES: [&str; 18] = [
    "欧阳", "歐陽", "司马", "司馬", "诸葛", "諸葛", "上官", "司徒", "夏侯", "东方", "皇甫", "尉迟",
    "남궁", "황보", "제갈", "선우", "독고", "사공",
];

/// Parts a Chinese, Japanese or Korean name that is written in one.
fn east_asian(draft: &mut Draft, person: usize, plain: &str) {
    let name: Vec<char> = plain.nfc().collect();
    let korean = name.iter().all(|c| matches!(c, '\u{ac00}'..='\u{d7a3}'));
    let han = name.iter().all(|c| is_spaceless(*c) && *c > '\u{2e00}');
    if !(2..=6).contains(&name.len()) || !(korean || han) {
        return;
    }
    let long = LONG_FAMILIES.iter().any(|family| name.iter().copied().take(2).eq(family.chars()));
    let mut cuts = vec![if long { 2 } else { 1 }];
    if han && name.len() >= 3 {
        // Of a Japanese name nobody outside can tell where the family name ends.
        cuts.push(name.len() - 2);
        cuts.push(2);
    }
    for cut in cuts {
        let (family, given) = name.split_at(cut.min(name.len()));
        for (number, piece) in [family, given].into_iter().enumerate() {
            let plain = condensed(&piece.iter().collect::<String>());
            if !plain.is_empty() {
                add_part(draft, person, number, &Part { plain, spelled: None });
            }
        }
        let given = condensed(&given.iter().collect::<String>());
        for form in other_forms(&condensed(&family.iter().collect::<String>())) {
            if form.chars().any(is_big) {
                add_pattern(draft, person, format!("{form}{given}"), Reason::Name, Need::Nothing);
            } else if let Some(given) = in_latin(&given) {
                add_pattern(draft, person, format!("{form}{given}"), Reason::Name, Need::Nothing);
                add_pattern(draft, person, format!("{given}{form}"), Reason::Name, Need::Nothing);
            }
        }
    }
}

fn with_honorifics(draft: &mut Draft, person: usize, plain: &str) {
    if plain.chars().all(is_letter) {
        for honorific in HONORIFICS {
            let text = format!("{plain}{}", condensed(honorific));
            add_pattern(draft, person, text, Reason::PartOfName, Need::Nothing);
        }
    }
}
