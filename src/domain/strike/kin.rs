//! What belongs to names: their other forms, titles before and after them, small words inside, endings that grammar adds.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::fold::push_plain;
use super::latin::sound;
use super::read::Reading;

/// A text as it is compared, without anything but letters and digits.
pub(super) fn condensed(text: &str) -> String {
    let reading = Reading::of(text);
    let mut to = String::with_capacity(text.len());
    for place in 0..reading.len() {
        let c = reading.at(place);
        if c.is_numeric() || super::read::is_letter(c) {
            push_plain(&mut to, c);
        }
    }
    to
}

/// The lines of the table, and in which of them a name stands by its sound or, where it has none, by its letters.
struct Kin {
    lines: Vec<Vec<String>>,
    places: HashMap<String, Vec<usize>>,
}

static KIN: LazyLock<Kin> = LazyLock::new(|| {
    let mut kin = Kin { lines: Vec::new(), places: HashMap::new() };
    for line in include_str!("tables/kin.txt").lines().filter(|line| !line.starts_with('#')) {
        let names: Vec<String> = line.split_whitespace().map(condensed).collect();
        for name in &names {
            kin.places.entry(key(name)).or_default().push(kin.lines.len());
        }
        kin.lines.push(names);
    }
    kin
});

fn key(plain: &str) -> String {
    sound(plain).unwrap_or_else(|| plain.to_owned())
}

/// The other forms of a plain name, without itself.
pub(super) fn other_forms(plain: &str) -> impl Iterator<Item = &'static str> {
    KIN.places
        .get(&key(plain))
        .into_iter()
        .flatten()
        .filter_map(|line| KIN.lines.get(*line))
        .flatten()
        .map(String::as_str)
        .filter(move |name| *name != plain)
}

/// Titles, forms of address and degrees.
const TITLES: [&str; 95] = [
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "professor",
    "doctor",
    "sir",
    "madam",
    "rev",
    "sis",
    "sr",
    "sra",
    "srta",
    "senor",
    "senora",
    "lic",
    "ing",
    "dott",
    "dottssa",
    "sig",
    "signor",
    "signora",
    "herr",
    "frau",
    "univprof",
    "univ",
    "dipl",
    "mag",
    "monsieur",
    "madame",
    "mme",
    "mlle",
    "maitre",
    "pan",
    "pani",
    "pane",
    "mgr",
    "bc",
    "judr",
    "mudr",
    "phdr",
    "ars",
    "gor",
    "okt",
    "doc",
    "dt",
    "drs",
    "drg",
    "kh",
    "hj",
    "haji",
    "bapak",
    "ibu",
    "phd",
    "md",
    "dvm",
    "dds",
    "msc",
    "bsc",
    "jr",
    "iii",
    "esq",
    "spt",
    "skom",
    "spd",
    "др",
    "гн",
    "тов",
    "пан",
    "пані",
    "господин",
    "السید",
    "الاستاذ",
    "الاستاذه",
    "جناب",
    "اقای",
    "دکتر",
    "خانم",
    "sayin",
    "bay",
    "bayan",
    "shri",
    "smt",
    "mwalimu",
    "bwana",
    "श्रीमान",
    "आदरसूचक",
    "सम्मानसूचक",
    "माननीय",
    "सुश्री",
    "श्री",
    "श्रीमती",
];

/// Whether a plain word is a title.
pub(super) fn is_title(plain: &str) -> bool {
    TITLES.contains(&plain)
}

/// Small words inside names.
const PARTICLES: [&str; 54] = [
    "de", "da", "do", "dos", "das", "del", "della", "di", "du", "des", "la", "le", "los", "las",
    "el", "al", "van", "von", "der", "den", "ter", "ten", "te", "zu", "zum", "zur", "af", "av",
    "bin", "bint", "ben", "ibn", "abu", "umm", "y", "e", "i", "und", "and", "o", "ó", "mac", "mc",
    "ni", "nic", "die", "san", "st", "آل", "ال", "بن", "بنت", "ابو", "עבד",
];

/// Whether a plain word is a small one inside names.
pub(super) fn is_particle(plain: &str) -> bool {
    PARTICLES.contains(&plain)
}

/// Endings that grammar adds to names: cases of Slavic, Baltic, Finnic, Turkic and Hungarian nouns, genitives.
const ENDINGS: [&str; 136] = [
    "io", "iui", "iaus", "ιου", "a", "u", "e", "y", "i", "o", "s", "n", "t", "ou", "om", "em",
    "im", "ym", "am", "ovi", "owi", "ova", "owa", "ove", "owej", "owie", "ovej", "ego", "emu",
    "iem", "ie", "ej", "iej", "ow", "ov", "ami", "ach", "ech", "oj", "oja", "ogo", "omu", "ssa",
    "sta", "lla", "lta", "lle", "ksi", "na", "ta", "tta", "aan", "een", "iin", "oon", "uun", "in",
    "ina", "ista", "issa", "ille", "an", "en", "on", "un", "et", "at", "ot", "nak", "nek", "val",
    "vel", "ban", "ben", "bol", "hoz", "hez", "tol", "rol", "nal", "nel", "ra", "re", "ert", "as",
    "us", "is", "os", "es", "iu", "ui", "lui", "ului", "ei", "nin", "nun", "da", "de", "dan",
    "den", "tan", "ten", "te", "ya", "ye", "yi", "yu", "la", "le", "lar", "ler", "yla", "yle",
    "ns", "ens", "а", "у", "е", "ы", "и", "і", "о", "ом", "ем", "им", "ым", "ой", "ои", "ого",
    "ому", "ою", "ею", "ові", "еві", "ами", "ах",
];

/// Whether letters can be what grammar adds to a name.
pub(super) fn is_ending(letters: &str) -> bool {
    match letters.chars().next() {
        Some('a'..='z' | 'а'..='џ') => ENDINGS.contains(&letters),
        // Korean puts particles after names that are looked for without spaces around them.
        Some('\u{1100}'..='\u{11ff}') => false,
        // Scripts whose endings are many and short.
        Some(c) => super::read::is_letter(c) && letters.chars().count() <= 3,
        None => false,
    }
}

/// Letters that Arabic, Persian and Hebrew write together with the word after them.
pub(super) fn is_prefix(c: char) -> bool {
    matches!(c, 'و' | 'ف' | 'ب' | 'ل' | 'ک' | 'ו' | 'ה' | 'ב' | 'ל' | 'מ' | 'ש' | 'כ')
}

/// Honorifics that make a name of the one character before them.
pub(super) const HONORIFICS: [&str; 24] = [
    "先生",
    "小姐",
    "女士",
    "老师",
    "老師",
    "教授",
    "博士",
    "同学",
    "太太",
    "さん",
    "さま",
    "様",
    "くん",
    "君",
    "ちゃん",
    "氏",
    "씨",
    "님",
    "선생",
    "교수",
    "박사",
    "대표",
    "작가",
    "군",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_meet_over_scripts() {
        let forms: Vec<_> = other_forms("aleksandr").collect();
        assert!(forms.contains(&"sasha") && forms.contains(&"саша"), "{forms:?}");
        let cyrillic: Vec<_> = other_forms("александр").collect();
        assert!(cyrillic.contains(&"sasha"), "{cyrillic:?}");
        assert!(other_forms("jose").any(|form| form == "pepe"));
        assert!(other_forms("cherotich").next().is_none());
    }

    #[test]
    fn an_ending_is_short() {
        assert!(is_ending("ego") && is_ending("n") && is_ending("में"));
        assert!(!is_ending("") && !is_ending("ation"));
    }
}
