//! Places: the pieces of a location, the names of its country, and other names of its town.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Reason;
use super::joined::{Edge, Need, Pattern};
use super::kin::condensed;
use super::known::{Draft, Entry, Role};
use super::read::{Reading, is_spaceless};
use super::words::{Weight, Word, weight, words};

/// A country of the table.
struct Country {
    code: &'static str,
    /// Its names and those of its people.
    names: Vec<&'static str>,
    /// The same as they are compared.
    condensed: Vec<String>,
}

struct Places {
    countries: Vec<Country>,
    /// The names of a country or town, by each of them.
    others: HashMap<String, Vec<&'static str>>,
}

static PLACES: LazyLock<Places> = LazyLock::new(|| {
    let mut places = Places { countries: Vec::new(), others: HashMap::new() };
    for line in include_str!("tables/places.txt").lines().filter(|line| !line.starts_with('#')) {
        let names: Vec<&str> = if let Some(town) = line.strip_prefix('=') {
            town.split('|').collect()
        } else if let Some((code, names)) = line.split_once('|') {
            let names: Vec<&str> =
                names.split(['|', ',']).filter(|name| !name.is_empty()).collect();
            let condensed = names.iter().map(|name| condensed(name)).collect();
            places.countries.push(Country { code, names: names.clone(), condensed });
            names
        } else {
            continue;
        };
        for name in &names {
            places.others.entry(condensed(name)).or_default().extend(&names);
        }
    }
    places
});

/// Whether two letters are the code of a country, in small letters.
pub(super) fn is_code(letters: &str) -> bool {
    PLACES.countries.iter().any(|country| country.code.eq_ignore_ascii_case(letters))
}

/// Codes that are words or abbreviations of everyday.
const ORDINARY_CODES: [&str; 43] = [
    "AD", "AI", "AL", "AM", "AS", "AT", "BE", "BY", "CA", "CC", "CD", "CI", "CO", "DE", "DO", "ES",
    "GB", "GE", "ID", "IN", "IO", "IS", "IT", "LA", "MA", "MD", "ME", "ML", "MS", "MY", "NA", "NO",
    "OM", "PA", "PM", "PR", "PS", "SO", "TO", "TV", "UI", "US", "VR",
];

/// Words of places that say nothing without the others.
const GENERAL: [&str; 78] = [
    "north",
    "south",
    "east",
    "west",
    "new",
    "old",
    "saint",
    "sankt",
    "san",
    "santa",
    "santo",
    "port",
    "lake",
    "upper",
    "lower",
    "city",
    "town",
    "village",
    "county",
    "district",
    "region",
    "province",
    "state",
    "near",
    "the",
    "greater",
    "nova",
    "nuevo",
    "nueva",
    "vieja",
    "viejo",
    "sur",
    "norte",
    "los",
    "las",
    "les",
    "bains",
    "montana",
    "villa",
    "thanh",
    "pho",
    "tinh",
    "quan",
    "село",
    "город",
    "місто",
    "хутір",
    "республика",
    "область",
    "стан",
    "град",
    "شهرستان",
    "استان",
    "دهستان",
    "شهر",
    "شمال",
    "جنوب",
    "شرق",
    "غرب",
    "mount",
    "fort",
    "bad",
    "area",
    "central",
    "republic",
    "republik",
    "federal",
    "island",
    "islands",
    "bay",
    "beach",
    "valley",
    "heights",
    "hills",
    "park",
    "bosnia",
    "united",
    "kingdom",
];

/// Adds a location: as a whole, piece by piece, and by its distinctive words.
pub(super) fn add_location(draft: &mut Draft, person: usize, location: &str) {
    add_joined(draft, person, location);
    for piece in location.split([',', ';', '(', ')', '/', '\n', '、', '،']).map(str::trim) {
        add_piece(draft, person, piece, true);
        let plain = condensed(piece);
        for other in PLACES.others.get(&plain).into_iter().flatten() {
            add_piece(draft, person, other, false);
        }
        let country = PLACES
            .countries
            .iter()
            .find(|country| country.code == piece || country.condensed.contains(&plain));
        if let Some(country) = country {
            draft.codes.push(country.code.to_owned());
            for name in &country.names {
                add_piece(draft, person, name, false);
            }
        }
    }
}

/// Whether a country code in capitals, by itself, tells where somebody lives.
pub(super) fn is_telling_code(code: &str) -> bool {
    !ORDINARY_CODES.contains(&code)
}

fn add_joined(draft: &mut Draft, person: usize, text: &str) {
    let text = condensed(text);
    let edge = Edge::of(&text);
    if text.chars().count() >= if edge == Edge::Both { 5 } else { 2 } {
        draft.add_pattern(
            text,
            Pattern { person, reason: Reason::Location, edge, need: Need::Nothing },
        );
    }
}

fn add_piece(draft: &mut Draft, person: usize, piece: &str, towns: bool) {
    let reading = Reading::of(piece);
    let words = words(&reading);
    let code = piece.len() == 2 && piece.is_ascii();
    if words.is_empty() || code && towns {
        return;
    }
    if words.len() > 1
        || piece.chars().any(|c| is_spaceless(c) || matches!(c, '\u{ac00}'..='\u{d7a3}'))
    {
        add_joined(draft, person, piece);
    }
    // Nagano-shi, 川崎市: the town without what it is.
    let kinds = ["광역시", "특별시", "특별자치시", "특별자치도"];
    let stem = kinds.iter().find_map(|kind| piece.strip_suffix(kind)).unwrap_or_else(|| {
        piece.trim_end_matches([
            '市', '县', '縣', '県', '区', '區', '町', '村', '省', '시', '군', '구', '도',
        ])
    });
    if stem.len() < piece.len()
        && stem.chars().count() >= 2
        && weight(&condensed(stem)) == Weight::Any
    {
        add_joined(draft, person, stem);
    }
    for (town, _) in piece.match_indices(['市', '시']) {
        if let Some(town) = piece.get(..town).filter(|town| town.chars().count() >= 2) {
            add_joined(draft, person, town);
        }
    }
    let telling =
        |word: &&Word| !GENERAL.contains(&word.plain.as_str()) && word.end - word.start >= 3;
    let single = words.len() == 1 || words.iter().filter(telling).count() == 1;
    for word in &words {
        if words.len() == 1 || (towns && telling(&word) && (single || word.end - word.start >= 4)) {
            let weight = weight(&word.plain);
            for plain in std::iter::once(&word.plain).chain(&word.spelled) {
                draft.add_word(plain, Entry { person, part: 0, role: Role::Place, weight });
            }
        }
    }
}
