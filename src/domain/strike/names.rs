//! Looks for names and places word by word: whole, inflected, by another form or by sound, with what stands beside them.

use super::Reason;
use super::find::{Found, Guarded};
use super::kin::{is_ending, is_particle, is_prefix, is_title};
use super::known::{Entry, Known, Role};
use super::latin::{in_latin, sound};
use super::near;
use super::read::Reading;
use super::words::{Case, Weight, Word, has_evidence, is_ordinary};

/// What is known of one word of the text.
#[derive(Default)]
struct Hit {
    entries: Vec<Entry>,
    /// The place of the name inside the word, where that is not all of it.
    within: Option<(usize, usize)>,
    /// Whose name it is, once it is sure.
    sure: Option<usize>,
    /// Which part of the name it is.
    part: usize,
    /// What it is struck out for.
    reason: Option<Reason>,
}

/// Looks at every word. `found` is what was found in other ways; names beside that are taken in.
pub(super) fn find(
    known: &Known,
    reading: &Reading,
    words: &[Word],
    guarded: &Guarded,
    found: &[Found],
) -> Vec<Found> {
    let mut hits: Vec<Hit> = words
        .iter()
        .map(|word| {
            if guarded.covers(word.start) { Hit::default() } else { look_up(known, reading, word) }
        })
        .collect();
    take_in(words, &mut hits, found);
    for at in 0..words.len() {
        judge(reading, words, &mut hits, at);
    }
    for at in 0..words.len() {
        judge_pair(reading, words, &mut hits, at);
        judge_initials(known, words, &mut hits, at);
    }
    // Once towards the end and once towards the beginning, so that each word is looked at twice at most.
    for at in 1..words.len() {
        grow(known, reading, words, &mut hits, at - 1, at);
    }
    for at in (1..words.len()).rev() {
        grow(known, reading, words, &mut hits, at, at - 1);
    }
    gather(reading, words, &hits)
}

/// Everything known by the spelling, an inflection or the sound of a word.
fn look_up(known: &Known, reading: &Reading, word: &Word) -> Hit {
    let mut hit = Hit::default();
    for key in std::iter::once(&word.plain).chain(&word.spelled) {
        hit.entries.extend(known.words.get(key).into_iter().flatten());
        // "And to Kaplan" is one word in Hebrew.
        let mut rest = key.as_str();
        while let Some(prefix) = rest.chars().next().filter(|c| is_prefix(*c)) {
            rest = rest.get(prefix.len_utf8()..).unwrap_or_default();
            if rest.chars().count() < 3 || key.chars().count() - rest.chars().count() > 2 {
                break;
            }
            hit.entries.extend(known.words.get(rest).into_iter().flatten());
        }
    }
    if !hit.entries.is_empty() {
        return hit;
    }
    // A word with a meaning of its own is no misspelt and no inflected name, unless it has a capital.
    if !is_ordinary(&word.plain) || (word.case == Case::Capital && !word.first) {
        inflected(known, word, &mut hit);
        if hit.entries.is_empty()
            && word.case != Case::Small
            && let Some(sound) = sound(&word.plain)
        {
            hit.entries.extend(known.sounds.get(&sound).into_iter().flatten());
        }
    }
    if hit.entries.is_empty() {
        misspelt(known, word, &mut hit);
    }
    if hit.entries.is_empty() {
        inside_camel(known, reading, word, &mut hit);
    }
    hit
}

/// The longest ending that grammar adds, in characters.
const LONGEST_ENDING: usize = 4;

fn inflected(known: &Known, word: &Word, hit: &mut Hit) {
    for (cut, (byte, _)) in word.plain.char_indices().rev().enumerate() {
        let (Some(stem), Some(ending)) = (word.plain.get(..byte), word.plain.get(byte..)) else {
            continue;
        };
        if cut >= LONGEST_ENDING || !hit.entries.is_empty() {
            break;
        }
        if !is_ending(ending) {
            continue;
        }
        let letters = stem.chars().count();
        // In small letters, what is left of a word has to be long, or of another script: Chang is in "change".
        let long = letters >= if stem.is_ascii() { 6 } else { 5 };
        let certain = |entry: &&Entry| match entry.role {
            Role::Small => false,
            Role::Form => word.case != Case::Small,
            Role::Part | Role::Place | Role::Extra => {
                word.case != Case::Small || (entry.weight == Weight::Any && long)
            }
        };
        let short = letters == 3
            && (word.case == Case::None || (word.case == Case::Capital && !word.first));
        if letters >= 4 || short {
            hit.entries.extend(known.words.get(stem).into_iter().flatten().filter(certain));
        }
        if letters >= 5
            && word.case != Case::Small
            && let Some(sound) = sound(stem)
        {
            hit.entries.extend(known.sounds.get(&sound).into_iter().flatten().filter(certain));
        }
        if letters >= 3 && word.case != Case::Small {
            hit.entries.extend(known.stems.get(stem).into_iter().flatten().filter(certain));
        }
    }
}

/// A long name with one letter wrong.
fn misspelt(known: &Known, word: &Word, hit: &mut Hit) {
    for spelling in near::of_word(&word.plain) {
        let near = known.near.get(&spelling).into_iter().flatten();
        for name in near.filter(|name| near::is_near(name, &word.plain)) {
            hit.entries.extend(known.words.get(name).into_iter().flatten());
        }
        if !hit.entries.is_empty() {
            return;
        }
    }
}

/// Looks at the pieces of a word with capitals inside, as in `TeamOnyango`.
fn inside_camel(known: &Known, reading: &Reading, word: &Word, hit: &mut Hit) {
    let mut start = word.start;
    for place in word.start + 1..=word.end {
        let turn = reading.behind(place).is_lowercase() && reading.at(place).is_uppercase();
        if !(turn || place == word.end) || (start == word.start && place == word.end) {
            continue;
        }
        let mut plain = String::new();
        for place in start..place {
            super::fold::push_plain(&mut plain, reading.at(place));
        }
        let entries = known.words.get(&plain).into_iter().flatten();
        let before = hit.entries.len();
        hit.entries.extend(
            entries.filter(|entry| entry.weight == Weight::Any && entry.role != Role::Small),
        );
        if hit.entries.len() > before {
            hit.within = Some(hit.within.map_or((start, place), |(first, _)| (first, place)));
        }
        start = place;
    }
}

/// Takes what was found in other ways as sure.
fn take_in(words: &[Word], hits: &mut [Hit], found: &[Found]) {
    for find in found {
        let Some(person) = find.person.filter(|_| find.reason.is_name()) else { continue };
        let from = words.partition_point(|word| word.end <= find.start);
        for (word, hit) in words.iter().zip(hits.iter_mut()).skip(from) {
            if word.start >= find.end {
                break;
            }
            hit.sure = Some(person);
            hit.reason = Some(find.reason);
            // A word that is known with its ending goes as a whole.
            if hit.entries.is_empty() || hit.within.is_some() {
                hit.within = Some((word.start.max(find.start), word.end.min(find.end)));
            }
        }
    }
}

fn reason_of(role: Role) -> Reason {
    match role {
        Role::Part | Role::Small => Reason::PartOfName,
        Role::Form => Reason::OtherName,
        Role::Place => Reason::Location,
        Role::Extra => Reason::Further,
    }
}

/// Decides on a word by itself and its place.
fn judge(reading: &Reading, words: &[Word], hits: &mut [Hit], at: usize) {
    let (Some(word), Some(hit)) = (words.get(at), hits.get_mut(at)) else { return };
    if hit.sure.is_some() || hit.entries.is_empty() {
        return;
    }
    let mut evidence = None;
    let entry = hit.entries.iter().find(|entry| {
        entry.role != Role::Small
            && match entry.weight {
                Weight::Any => true,
                Weight::Capital if word.case == Case::Capital => true,
                Weight::Capital
                    if matches!(word.case, Case::None | Case::Capitals) && !word.loud =>
                {
                    true
                }
                _ => *evidence.get_or_insert_with(|| has_evidence(reading, words, at)),
            }
    });
    if let Some(entry) = entry {
        (hit.sure, hit.part, hit.reason) =
            (Some(entry.person), entry.part, Some(reason_of(entry.role)));
    }
}

/// Two parts of one name beside each other are a name, however ordinary each is.
fn judge_pair(reading: &Reading, words: &[Word], hits: &mut [Hit], at: usize) {
    let (Some(one), Some(two)) = (words.get(at), words.get(at + 1)) else { return };
    if one.case == Case::Small
        || two.case == Case::Small
        || one.loud
        || !are_beside(reading, one, two)
    {
        return;
    }
    let Some([first, second]) = hits.get_mut(at..at + 2) else { return };
    if first.sure.is_some() && second.sure.is_some() {
        return;
    }
    let is_name = |entry: &&Entry| matches!(entry.role, Role::Part | Role::Form);
    let pair = first.entries.iter().filter(is_name).find_map(|one| {
        let other = second
            .entries
            .iter()
            .filter(is_name)
            .find(|two| two.person == one.person && two.part != one.part)?;
        Some((*one, *other))
    });
    if let Some((one, two)) = pair {
        (first.sure, first.part, first.reason) =
            (Some(one.person), one.part, Some(Reason::PartOfName));
        (second.sure, second.part, second.reason) =
            (Some(two.person), two.part, Some(Reason::PartOfName));
    }
}

/// Initials are somebody's where a letter is signed.
fn judge_initials(known: &Known, words: &[Word], hits: &mut [Hit], at: usize) {
    let Some(word) = words.get(at).filter(|word| word.signed) else { return };
    let many = words
        .iter()
        .skip(at)
        .take_while(|word| word.signed && word.plain.chars().count() == 1)
        .take(5)
        .count();
    let letters: String = match many {
        0 => word.plain.clone(),
        many => words.iter().skip(at).take(many).map(|word| word.plain.as_str()).collect(),
    };
    if word.case == Case::Small && many == 0 {
        return;
    }
    let Some(person) = known.initials.iter().position(|initials| initials.contains(&letters))
    else {
        return;
    };
    for hit in hits.iter_mut().skip(at).take(many.max(1)) {
        hit.sure = Some(person);
        hit.reason = Some(Reason::Initials);
    }
}

/// Takes the word at `to` in, if it belongs to the name that the word at `from` is of.
fn grow(
    known: &Known,
    reading: &Reading,
    words: &[Word],
    hits: &mut [Hit],
    from: usize,
    to: usize,
) {
    let (Some(sure), Some(next)) = (words.get(from), words.get(to)) else { return };
    let Some((person, reason)) = hits.get(from).and_then(|hit| hit.sure.zip(hit.reason)) else {
        return;
    };
    let (left, right) = if from < to { (sure, next) } else { (next, sure) };
    if hits.get(to).is_none_or(|hit| hit.sure.is_some())
        || !reason.is_name()
        || !are_beside(reading, left, right)
    {
        return;
    }
    let stop = reading.at(next.end) == '.';
    let initial = next.plain.chars().count() == 1 && starts_part(known, person, &next.plain);
    let abbreviated = stop
        && next.end - next.start <= 3
        && next.case == Case::Capital
        && hits.get(from).is_some_and(|_| is_abbreviation(known, person, &next.plain));
    let takes = if to < from {
        let near = right.start - next.end;
        let title = is_title(&next.plain) && (next.case != Case::Small || stop);
        // "I" and "A" are words; with a full stop they are initials.
        let letter = initial
            && next.case != Case::Small
            && (stop || !matches!(next.plain.as_str(), "i" | "a"));
        (letter && near <= 2) || title || abbreviated
    } else {
        (initial && (stop || next.signed) && next.case != Case::Small) || abbreviated
    };
    let small = |entry: &Entry| match entry.role {
        Role::Small => is_particle(&next.plain) || from < to || is_title(&next.plain),
        Role::Part | Role::Form => next.case != Case::Small || sure.case == Case::Small,
        Role::Place | Role::Extra => false,
    };
    let Some(hit) = hits.get_mut(to) else { return };
    let entry = hit.entries.iter().find(|entry| entry.person == person && small(entry)).copied();
    if takes || entry.is_some() {
        hit.sure = Some(person);
        hit.part = entry.map_or(usize::MAX - 1, |entry| entry.part);
        hit.reason = Some(Reason::PartOfName);
    }
}

fn starts_part(known: &Known, person: usize, letter: &str) -> bool {
    known.initials.get(person).is_some_and(|initials| {
        initials.contains(letter)
            || in_latin(letter).is_some_and(|letter| initials.contains(&letter))
    })
}

/// Whether a few letters are the beginning of a part of somebody's name.
fn is_abbreviation(known: &Known, person: usize, letters: &str) -> bool {
    known.words.iter().any(|(word, entries)| {
        word.starts_with(letters)
            && entries.iter().any(|entry| entry.person == person && entry.role == Role::Part)
    })
}

/// Whether two words are so near that they may be parts of one name.
fn are_beside(reading: &Reading, left: &Word, right: &Word) -> bool {
    let gap = right.start.saturating_sub(left.end);
    if gap > 4 {
        return false;
    }
    let (mut lines, mut stop) = (0, false);
    for place in left.end..right.start {
        match reading.at(place) {
            '\n' => lines += 1,
            '.' => stop = true,
            ' ' | ',' | '-' | '\'' | '_' | '(' | ')' | '"' | '*' => {}
            _ => return false,
        }
    }
    // A full stop ends a sentence, unless what is before it is short.
    lines <= 1 && !(stop && gap > 1 && left.end - left.start > 4)
}

/// Makes one find of the words that stand beside each other.
fn gather(reading: &Reading, words: &[Word], hits: &[Hit]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut last: Option<(&Word, usize, usize)> = None;
    for (word, hit) in words.iter().zip(hits) {
        let Some((person, reason)) = hit.sure.zip(hit.reason) else {
            last = None;
            continue;
        };
        let (start, mut end) = hit.within.unwrap_or((word.start, word.end));
        if reading.at(end) == '.' && (word.end - word.start == 1 || is_title(&word.plain)) {
            end += 1;
        }
        let goes_on = last.filter(|(before, owner, _)| {
            *owner == person && reason.is_name() && are_beside(reading, before, word)
        });
        match (goes_on, found.last_mut()) {
            // A name inside a longer word doesn't go on beyond that.
            (Some((word_before, _, part)), Some(before))
                if before.reason.is_name()
                    && before.end >= word_before.end
                    && start == word.start =>
            {
                before.end = end;
                if part != hit.part {
                    before.reason = Reason::Name;
                }
            }
            _ => found.push(Found { start, end, reason, person: Some(person) }),
        }
        last = Some((word, person, hit.part));
    }
    found
}
