//! Everything of the shape of an e-mail address, with `@` or the many ways of not writing it.

use super::Reason;
use super::domain_name::is_domain_end;
use super::find::Found;
use super::read::Reading;

/// How an `@` is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// As it is.
    Sign,
    /// Between brackets, or as a code: `(at)`, `%40`.
    Marked,
    /// As a word.
    Word,
}

/// Finds addresses.
pub(super) fn find(reading: &Reading, found: &mut Vec<Found>) {
    let mut from = 0;
    let mut place = 0;
    while place < reading.len() {
        let Some((at, end)) = at(reading, place) else {
            place += 1;
            continue;
        };
        // What belongs to the address before is not looked at again.
        if let Some((start, to)) = around(reading, at, from, place, end) {
            let fediverse = reading.behind(start) == '@';
            let reason = if fediverse { Reason::Link } else { Reason::EmailShaped };
            found.push(Found::shape(start - usize::from(fediverse), to, reason));
        }
        from = place;
        place = end;
    }
}

/// An at that begins at a place, and the place after it.
fn at(reading: &Reading, place: usize) -> Option<(At, usize)> {
    const CODES: [&str; 5] = ["%40", "&#64;", "&#x40;", "&commat;", "\\u0040"];
    const WORDS: [&str; 9] = [
        "at",
        "arroba",
        "arobase",
        "aet",
        "klammeraffe",
        "chiocciola",
        "malpa",
        "zavinac",
        "собака",
    ];
    let c = reading.at(place);
    if c == '@' {
        return Some((At::Sign, place + 1));
    }
    if matches!(c, '%' | '&' | '\\') {
        let code = CODES.iter().find(|code| reading.reads(place, code))?;
        return Some((At::Marked, place + code.len()));
    }
    let bracket = matches!(c, '(' | '[' | '{' | '<' | '-' | '_' | '*');
    if !bracket && (!c.is_alphabetic() || !reading.behind(place).is_whitespace()) {
        return None;
    }
    let start = if bracket { reading.skip(place + 1, place + 3, |c| c == ' ') } else { place };
    let end = match WORDS.iter().find(|word| {
        reading.reads(start, word) && !reading.at(start + word.chars().count()).is_alphanumeric()
    }) {
        Some(word) => start + word.chars().count(),
        None if bracket && reading.at(start) == '@' => start + 1,
        None => return None,
    };
    if !bracket {
        return reading.at(end).is_whitespace().then_some((At::Word, end));
    }
    let close = reading.skip(end, end + 2, |c| c == ' ');
    matches!(reading.at(close), ')' | ']' | '}' | '>' | '-' | '_' | '*')
        .then_some((At::Marked, close + 1))
}

/// The address around an at.
fn around(
    reading: &Reading,
    at: At,
    from: usize,
    place: usize,
    end: usize,
) -> Option<(usize, usize)> {
    let (local, spelled_before) = local(reading, at, from, place, end)?;
    let domain = domain(reading, at, end)?;
    let telling = domain.spelled
        || spelled_before
        || (local..place).any(|place| matches!(reading.at(place), '.' | '_' | '+' | '0'..='9'));
    let fits = match at {
        At::Sign => domain.labels >= 2,
        At::Marked => true,
        // "hosted at docs.rs" is no address.
        At::Word => telling && (domain.labels >= 2 || is_provider(reading, domain.end)),
    };
    fits.then_some((local, domain.end))
}

/// Whether the name of somebody who keeps mailboxes ends at a place.
fn is_provider(reading: &Reading, end: usize) -> bool {
    const PROVIDERS: [&str; 16] = [
        "gmail",
        "googlemail",
        "outlook",
        "hotmail",
        "yahoo",
        "icloud",
        "proton",
        "protonmail",
        "gmx",
        "fastmail",
        "yandex",
        "qq",
        "naver",
        "posteo",
        "tutanota",
        "zoho",
    ];
    let start = reading.skip_back(end, end.saturating_sub(12), char::is_alphanumeric);
    PROVIDERS.iter().any(|provider| provider.len() == end - start && reading.reads(start, provider))
}

/// Spaces, and one line break.
fn is_gap(c: char) -> bool {
    c == ' ' || c == '\n'
}

/// Where the part before the at begins, and whether a dot in it is written as a word.
fn local(
    reading: &Reading,
    at: At,
    from: usize,
    place: usize,
    end: usize,
) -> Option<(usize, bool)> {
    let mut to = place;
    if at != At::Sign || is_gap(reading.at(end)) || reading.behind(place) == '\n' {
        to = reading.skip_back(place, from.max(place.saturating_sub(3)), is_gap);
    }
    let ascii = reading.behind(to).is_ascii();
    let belongs = |c: char| (c.is_alphanumeric() && c.is_ascii() == ascii) || "._+-%~'".contains(c);
    let mut start = reading.skip_back(to, from, belongs);
    let mut spelled = false;
    // "ada dot lovelace at", as far as it goes.
    while let Some(before) = dot_before(reading, start, from) {
        let further = reading.skip_back(before, from, belongs);
        if further == before {
            break;
        }
        spelled = true;
        start = further;
    }
    let start = reading.skip(start, to, |c| !c.is_alphanumeric() && c != '_');
    (start < to).then_some((start, spelled))
}

/// The place before a dot that is written as a word and ends before a place.
fn dot_before(reading: &Reading, place: usize, from: usize) -> Option<usize> {
    let limit = from.max(place.saturating_sub(12));
    let end = reading.skip_back(place, limit, |c| " )]}>".contains(c));
    let start = reading.skip_back(end, limit, |c| !" ([{<".contains(c));
    let word = end.checked_sub(start).filter(|_| start < place)?;
    if !is_dot_word(reading, start, word) || !" ([{<".contains(reading.behind(start)) {
        return None;
    }
    Some(reading.skip_back(start, limit, |c| " ([{<".contains(c)))
}

fn is_dot_word(reading: &Reading, start: usize, letters: usize) -> bool {
    ["dot", "punkt", "punto", "point", "ponto", "tocka", "точка", "."]
        .iter()
        .any(|dot| dot.chars().count() == letters && reading.reads(start, dot))
}

/// A domain as it is written.
struct Domain {
    end: usize,
    labels: usize,
    spelled: bool,
}

/// The domain from a place on.
fn domain(reading: &Reading, at: At, place: usize) -> Option<Domain> {
    let spaced = at != At::Sign || is_gap(reading.at(place));
    let mut start = if spaced { reading.skip(place, place + 3, is_gap) } else { place };
    let mut last = start;
    let mut domain = Domain { end: place, labels: 0, spelled: false };
    while domain.labels < 12 {
        let ascii = reading.at(start).is_ascii();
        let belongs = |c: char| (c.is_alphanumeric() && c.is_ascii() == ascii) || c == '-';
        // A label has no more characters than this, and a domain no more labels than below.
        let mut end = reading.skip(start, start + 64, belongs);
        // A line break after a hyphen cuts a label in two.
        if reading.behind(end) == '-' && reading.at(end) == '\n' {
            end = reading.skip(end + 1, end + 64, belongs);
        }
        let end = reading.skip_back(end, start, |c| c == '-');
        if start == end {
            break;
        }
        domain.labels += 1;
        (domain.end, last) = (end, start);
        let Some((next, spelled)) = dot_after(reading, end, domain.labels == 1) else { break };
        domain.spelled |= spelled;
        start = next;
    }
    let letters = domain.end.saturating_sub(last);
    let punycode = reading.reads(last, "xn--");
    let alphabetic = reading.skip(last, domain.end, char::is_alphabetic) == domain.end;
    // "serde@1.0" has a version where a domain would have letters.
    (domain.labels > 0 && (punycode || (alphabetic && letters >= 2) || domain.labels == 1))
        .then_some(domain)
}

/// The place after a dot that stands at a place, and whether it is written as a word.
pub(super) fn dot_after(
    reading: &Reading,
    place: usize,
    incomplete: bool,
) -> Option<(usize, bool)> {
    if reading.at(place) == '.' && reading.at(place + 1).is_alphanumeric() {
        return Some((place + 1, false));
    }
    let near = reading.skip(place, place + 2, |c| c == ' ');
    if reading.at(near) == '.' {
        let next = reading.skip(near + 1, near + 4, is_gap);
        // "mail . example", or a line that ends after the dot; after a whole domain it ends the sentence.
        let to = reading.skip(next, next + 24, |c| c.is_alphanumeric() && c.is_ascii());
        let known_end = incomplete && next < to && is_domain_end(reading, next, to);
        return ((near > place && next > near + 1 && incomplete) || known_end)
            .then_some((next, false));
    }
    let start = reading.skip(place, place + 4, |c| " ([{<".contains(c));
    let end = reading.skip(start, start + 6, |c| c.is_alphabetic() || c == '.');
    if start == place || !is_dot_word(reading, start, end - start) {
        return None;
    }
    let next = reading.skip(end, end + 4, |c| " )]}>".contains(c));
    (next > end && reading.at(next).is_alphanumeric()).then_some((next, true))
}
