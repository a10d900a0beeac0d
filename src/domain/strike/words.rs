//! The words of a text, and what their surroundings say: is this one a name or only spelled like one?

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::fold::{push_plain, push_spelled};
use super::kin::condensed;
use super::read::{Reading, is_letter};

/// How much a spelling says by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// It is a name, however it is written.
    Any,
    /// With a capital it is a name.
    Capital,
    /// It is a name where its place speaks for that.
    Evidence,
}

/// Words that mean something besides being somebody's name, and what they weigh.
static ORDINARY: LazyLock<HashMap<String, Weight>> = LazyLock::new(|| {
    let mut weight = Weight::Evidence;
    let mut words = HashMap::new();
    for line in include_str!("tables/ordinary.txt").lines().filter(|line| !line.starts_with('#')) {
        match line {
            "[anywhere]" => weight = Weight::Evidence,
            "[small]" => weight = Weight::Capital,
            _ => words.extend(line.split_whitespace().map(|word| (condensed(word), weight))),
        }
    }
    words
});

/// How much a plain word says by itself as somebody's name.
pub(super) fn weight(plain: &str) -> Weight {
    let letters = plain.nfc().count();
    let caseless = plain.chars().next().is_some_and(|c| !has_case(c));
    let by_length = match letters {
        0 | 1 => Weight::Evidence,
        2 if !caseless => Weight::Evidence,
        3 if !caseless => Weight::Capital,
        _ => Weight::Any,
    };
    ORDINARY.get(plain).copied().unwrap_or(Weight::Any).max(by_length)
}

/// Whether a letter is of a script that writes names with a capital. Georgian has capitals, and no use for them here.
fn has_case(c: char) -> bool {
    (c.is_lowercase() || c.is_uppercase()) && !matches!(c, '\u{10d0}'..='\u{10ff}')
}

/// Whether a plain word is one that means something besides being a name.
pub(super) fn is_ordinary(plain: &str) -> bool {
    ORDINARY.contains_key(plain)
}

/// Words after which a letter is signed.
const CLOSINGS: [&str; 40] = [
    "thanks",
    "thank",
    "regards",
    "best",
    "cheers",
    "sincerely",
    "yours",
    "greetings",
    "wishes",
    "signed",
    "love",
    "truly",
    "faithfully",
    "warmly",
    "cordially",
    "respectfully",
    "gruss",
    "grusse",
    "gruesse",
    "viele",
    "liebe",
    "danke",
    "merci",
    "cordialement",
    "amicalement",
    "bien",
    "saludos",
    "gracias",
    "atentamente",
    "abracos",
    "obrigado",
    "obrigada",
    "saluti",
    "grazie",
    "pozdrawiam",
    "groeten",
    "hilsen",
    "terveisin",
    "asante",
    "спасибо",
];

/// Words before somebody's name.
const INTRODUCTIONS: [&str; 27] = [
    "named",
    "called",
    "im",
    "heisse",
    "heise",
    "bin",
    "appelle",
    "suis",
    "llamo",
    "soy",
    "chiamo",
    "sono",
    "jestem",
    "chamo",
    "sou",
    "heter",
    "зовут",
    "by",
    "with",
    "mr",
    "mrs",
    "ms",
    "dr",
    "prof",
    "hi",
    "dear",
    "hello",
];

/// Words that follow a person's name at the beginning of a sentence more often than they follow a thing.
const DEEDS: [&str; 18] = [
    "has",
    "is",
    "was",
    "wrote",
    "leads",
    "led",
    "works",
    "worked",
    "maintains",
    "maintained",
    "who",
    "started",
    "joined",
    "teaches",
    "taught",
    "himself",
    "herself",
    "will",
];

/// One word.
pub(super) struct Word {
    /// Its first character.
    pub(super) start: usize,
    /// The place after its last character.
    pub(super) end: usize,
    /// The word as it is compared.
    pub(super) plain: String,
    /// The word with its marks spelled out, where that is another one.
    pub(super) spelled: Option<String>,
    /// How it is written.
    pub(super) case: Case,
    /// Whether it is the first of a sentence.
    pub(super) first: bool,
    /// Whether a letter's signature stands here.
    pub(super) signed: bool,
    /// Whether capitals say nothing on this line, as most words have them.
    pub(super) loud: bool,
    /// Whether most words of the line are in capitals altogether.
    pub(super) shouted: bool,
}

/// How a word is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// In small letters.
    Small,
    /// With a capital at its head.
    Capital,
    /// In capitals.
    Capitals,
    /// In a script that has no case.
    None,
}

/// The words of a text, in order.
pub(super) fn words(reading: &Reading) -> Vec<Word> {
    let mut words = Vec::new();
    let mut place = 0;
    let mut first = true;
    while place < reading.len() {
        let start = reading.skip(place, usize::MAX, |c| !is_letter(c));
        for between in place..start {
            first |= ends_sentence(reading, between);
        }
        let end = reading.skip(start, usize::MAX, is_letter);
        if start < end {
            words.push(word(reading, start, end, first));
        }
        first = false;
        place = end;
    }
    mark_lines(reading, &mut words);
    words
}

fn ends_sentence(reading: &Reading, place: usize) -> bool {
    match reading.at(place) {
        '!' | '?' | '\n' | '…' | ';' | ':' | '"' | '“' | '”' | '«' | '•' | '*' | '#' => {
            true
        }
        '.' => !is_letter(reading.at(place + 1)) && !is_initial_before(reading, place),
        _ => false,
    }
}

/// Whether a single capital letter stands before a full stop: `C. Onyango` is one sentence.
fn is_initial_before(reading: &Reading, stop: usize) -> bool {
    reading.behind(stop).is_uppercase()
        && !stop.checked_sub(1).is_some_and(|letter| is_letter(reading.behind(letter)))
}

fn word(reading: &Reading, start: usize, end: usize, first: bool) -> Word {
    let mut plain = String::with_capacity(end - start);
    let mut spelled = String::with_capacity(end - start);
    let mut differs = false;
    let (mut capitals, mut small) = (0_usize, 0_usize);
    for place in start..end {
        let Some(glyph) = reading.glyph(place) else { break };
        push_plain(&mut plain, glyph.c);
        differs |= push_spelled(&mut spelled, glyph.c, glyph.mark);
        capitals += usize::from(glyph.c.is_uppercase());
        small += usize::from(glyph.c.is_lowercase() && has_case(glyph.c));
    }
    let case = match (reading.at(start).is_uppercase(), capitals, small) {
        (_, 0, 0) => Case::None,
        (true, 2.., 0) => Case::Capitals,
        (true, _, _) => Case::Capital,
        _ => Case::Small,
    };
    let spelled = differs.then_some(spelled);
    Word { start, end, plain, spelled, case, first, signed: false, loud: false, shouted: false }
}

/// Finds the lines whose capitals say nothing, and the places of signatures.
fn mark_lines(reading: &Reading, words: &mut [Word]) {
    let mut after_closing = false;
    let mut rest = words;
    while !rest.is_empty() {
        let mut many = 1;
        while many < rest.len() && !has_break(reading, rest, many) {
            many += 1;
        }
        let (line, others) = rest.split_at_mut(many);
        after_closing = mark_line(reading, line, after_closing);
        rest = others;
    }
}

fn has_break(reading: &Reading, words: &[Word], at: usize) -> bool {
    let (Some(before), Some(after)) =
        (at.checked_sub(1).and_then(|before| words.get(before)), words.get(at))
    else {
        return false;
    };
    reading.skip(before.end, after.start, |c| c != '\n') < after.start
}

/// Marks one line; answers whether it ends as a letter does before the name.
fn mark_line(reading: &Reading, line: &mut [Word], after_closing: bool) -> bool {
    let long = line.iter().filter(|word| word.end - word.start > 3);
    let (mut capital, mut capitals, mut all) = (0, 0, 0);
    for word in long {
        all += 1;
        capital += usize::from(matches!(word.case, Case::Capital | Case::Capitals));
        capitals += usize::from(word.case == Case::Capitals);
    }
    let loud = all >= 4 && capital * 10 >= all * 7;
    let shouted = all >= 2 && capitals * 10 >= all * 7;
    let begins = line.first().map_or(0, |word| word.start);
    let head = reading.skip_back(begins, begins.saturating_sub(6), |c| c != '\n');
    let dashed = reading.skip(head, begins, |c| c != '—' && c != '~') < begins
        || reading.skip(head, begins, |c| c != '-') + 1
            < reading.skip_back(begins, head, |c| c == ' ');
    let short = line.len() <= 6;
    // "Best, C.O.": the closing word and what follows it on the same line.
    let closing = line.iter().rposition(|word| CLOSINGS.contains(&word.plain.as_str()));
    let tail = closing
        .map(|at| at + 1)
        .filter(|at| line.len() - at <= 4)
        .filter(|at| *at == line.len() || closes(reading, line, *at));
    let count = line.len();
    for (at, word) in line.iter_mut().enumerate() {
        word.loud = loud || shouted;
        word.shouted = shouted;
        word.signed = (short && (after_closing || dashed)) || tail.is_some_and(|tail| at >= tail);
    }
    tail == Some(count) && short
}

/// Whether a comma, a dash or a stop parts a closing word from what is signed.
fn closes(reading: &Reading, line: &[Word], at: usize) -> bool {
    match (line.get(at - 1), line.get(at)) {
        (Some(before), Some(after)) => {
            reading
                .skip(before.end, after.start, |c| !matches!(c, ',' | '—' | '-' | '.' | '!' | '~'))
                < after.start
        }
        _ => false,
    }
}

/// What speaks for a word being a name where it stands, although it is an ordinary one.
pub(super) fn has_evidence(reading: &Reading, words: &[Word], at: usize) -> bool {
    let Some(word) = words.get(at) else { return false };
    if word.signed {
        return true;
    }
    let before = at.checked_sub(1).and_then(|before| words.get(before));
    let introduced = before.is_some_and(|before| {
        let near = word.start - before.end <= 2;
        let name_is = before.plain == "is"
            && at
                .checked_sub(2)
                .and_then(|at| words.get(at))
                .is_some_and(|word| word.plain == "name");
        near && (name_is
            || (INTRODUCTIONS.contains(&before.plain.as_str()) && word.case != Case::Small))
    });
    if is_date(reading, before, word) {
        return false;
    }
    if introduced || (word.case != Case::Small && stands_alone(reading, word)) {
        return true;
    }
    if word.case != Case::Capital || word.loud {
        return false;
    }
    let next = words.get(at + 1);
    !word.first
        || next
            .is_some_and(|next| next.start - word.end == 1 && DEEDS.contains(&next.plain.as_str()))
}

/// Whether a word has a line or brackets to itself.
fn stands_alone(reading: &Reading, word: &Word) -> bool {
    let start = reading.skip_back(word.start, word.start.saturating_sub(4), |c| c == ' ');
    let end = reading.skip(word.end, word.end + 4, |c| c == ' ' || c == '.');
    matches!((reading.behind(start), reading.at(end)), ('\n', '\n') | ('(', ')') | ('[', ']'))
}

/// Whether a word that may be a month stands as one.
fn is_date(reading: &Reading, before: Option<&Word>, word: &Word) -> bool {
    const MONTHS: [&str; 8] = ["april", "may", "june", "august", "avril", "mai", "juni", "march"];
    const BEFORE: [&str; 18] = [
        "in", "by", "until", "till", "since", "early", "late", "mid", "from", "to", "of", "and",
        "during", "last", "next", "this", "before", "after",
    ];
    if !MONTHS.contains(&word.plain.as_str()) {
        return false;
    }
    let near_digit = (word.start.saturating_sub(3)..word.start)
        .chain(word.end..word.end + 3)
        .any(|place| reading.at(place).is_ascii_digit());
    near_digit || before.is_some_and(|before| BEFORE.contains(&before.plain.as_str()))
}
