//! Puts together what the ways of looking find.

use super::known::Known;
use super::read::Reading;
use super::words::words;
use super::{Reason, Strike, address, email, link, names, number, places};

/// Something found in a reading.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// The place of its first character.
    pub(super) start: usize,
    /// The place after its last character.
    pub(super) end: usize,
    /// What it is.
    pub(super) reason: Reason,
    /// Whose name it is, if it is one.
    pub(super) person: Option<usize>,
}

impl Found {
    /// Something that is told by its shape.
    pub(super) fn shape(start: usize, end: usize, reason: Reason) -> Self {
        Self { start, end, reason, person: None }
    }
}

/// The places where a GitHub username stands by itself. Nothing of it is struck out.
pub(super) struct Guarded {
    places: Vec<bool>,
}

impl Guarded {
    /// Finds the usernames, written exactly as they are.
    fn new(known: &Known, reading: &Reading) -> Self {
        let mut places = vec![false; reading.len()];
        let mut place = 0;
        while place < reading.len() {
            let start = reading.skip(place, usize::MAX, |c| !is_handle(c));
            let end = reading.skip(start, usize::MAX, is_handle);
            // A full stop ends the sentence, or the address goes on.
            let stop = reading.at(end) == '.' && reading.at(end + 1).is_alphanumeric();
            let alone = !stop
                && !matches!(reading.at(end), '/' | '@' | ':' if reading.at(end + 1).is_alphanumeric())
                && !is_inside(reading, start);
            let is_username = |name: &String| {
                name.chars().count() == end - start
                    && (start..end).zip(name.chars()).all(|(place, c)| reading.at(place) == c)
            };
            if alone
                && known.usernames.iter().any(is_username)
                && !is_in_name(known, reading, start, end)
            {
                for guarded in places.iter_mut().take(end).skip(start) {
                    *guarded = true;
                }
            }
            place = end.max(start + 1);
        }
        Self { places }
    }

    /// Whether a place belongs to a username.
    pub(super) fn covers(&self, place: usize) -> bool {
        self.places.get(place).copied().unwrap_or(false)
    }
}

fn is_handle(c: char) -> bool {
    c.is_alphanumeric() || c == '-' || c == '_'
}

/// Whether something longer, such as an address, goes on before a place.
fn is_inside(reading: &Reading, start: usize) -> bool {
    let Some(before) = start.checked_sub(1) else { return false };
    match reading.at(before) {
        '@' => {
            let further = reading.behind(before);
            !(further.is_whitespace() || matches!(further, '(' | '[' | '"' | '\'' | ',' | ':'))
        }
        '/' | '.' | '+' | '%' | '~' => true,
        ':' => reading.behind(before).is_alphanumeric() && before > 0 && reading.at(start) != ' ',
        _ => false,
    }
}

/// Whether a username that is a name stands beside more of that name, and so is meant as the name.
fn is_in_name(known: &Known, reading: &Reading, start: usize, end: usize) -> bool {
    let before = reading.skip_back(start, start.saturating_sub(3), |c| c == ' ' || c == ',');
    let after = reading.skip(end, end + 3, |c| c == ' ' || c == ',');
    let from = reading.skip_back(before, before.saturating_sub(40), char::is_alphabetic);
    let to = reading.skip(after, after + 40, char::is_alphabetic);
    [(start, end, from, before), (start, end, after, to)].into_iter().any(
        |(start, end, from, to)| {
            let own = known.words.get(&plain(reading, start, end));
            let other = known.words.get(&plain(reading, from, to));
            own.zip(other).is_some_and(|(own, other)| {
                from < to
                    && own.iter().any(|own| {
                        other
                            .iter()
                            .any(|other| own.person == other.person && own.part != other.part)
                    })
            })
        },
    )
}

fn plain(reading: &Reading, start: usize, end: usize) -> String {
    let mut plain = String::new();
    for place in start..end {
        super::fold::push_plain(&mut plain, reading.at(place));
    }
    plain
}

/// Everything in a text that should be struck out.
pub(super) fn find(known: &Known, text: &str) -> Vec<Strike> {
    let reading = Reading::of(text);
    super::merge(
        text,
        all(known, &reading).iter().filter_map(|found| {
            let bytes = reading.bytes(found.start, found.end)?;
            Some(Strike { start: bytes.start, end: bytes.end, reason: found.reason })
        }),
    )
}

/// Everything that is found in a reading, in no order.
pub(super) fn all(known: &Known, reading: &Reading) -> Vec<Found> {
    let guarded = Guarded::new(known, reading);
    let words = words(reading);
    let mut found = known.joined.find(reading, &guarded);
    let names = names::find(known, reading, &words, &guarded, &found);
    found.extend(names);
    codes(known, reading, &words, &mut found);
    email::find(reading, &mut found);
    link::find(reading, &guarded, &mut found);
    address::find(reading, &mut found);
    number::find(reading, &mut found);
    found
}

/// Finds country codes in capitals, and flags.
fn codes(known: &Known, reading: &Reading, words: &[super::words::Word], found: &mut Vec<Found>) {
    for code in &known.codes {
        for word in words.iter().filter(|word| word.end - word.start == 2 && !word.shouted) {
            if places::is_telling_code(code)
                && code.chars().eq([reading.at(word.start), reading.at(word.start + 1)])
            {
                found.push(Found::shape(word.start, word.end, Reason::Location));
            }
        }
        for place in 0..reading.len() {
            let pair = [reading.at(place), reading.at(place + 1)].map(|c| {
                // Flags are written with letters of their own.
                (c as u32)
                    .checked_sub(0x1f1e6)
                    .and_then(|c| u8::try_from(c).ok())
                    .map(|c| char::from(c.saturating_add(b'A')))
            });
            if pair.into_iter().eq(code.chars().map(Some)) {
                found.push(Found::shape(place, place + 2, Reason::Location));
            }
        }
    }
}
