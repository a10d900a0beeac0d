//! What is known of the people whose identifiers are looked for, laid out for looking up.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::joined::{Edge, Joined, Need, Pattern};
use super::kin::condensed;
use super::latin::sound;
use super::words::{Weight, weight};
use super::{Reason, naming, near, places};

/// One of the people behind an application, with what they said of themselves.
#[derive(Clone, Copy, Default)]
pub struct Person<'a> {
    /// The name, with titles and in any order.
    pub name: &'a str,
    /// The e-mail address.
    pub email: &'a str,
    /// Where the person lives, such as a town and a country or its code.
    pub location: &'a str,
    /// Names elsewhere: handles or addresses of profiles, one a line.
    pub social_usernames: &'a str,
    /// The name at GitHub, which assessors may see.
    pub github_username: &'a str,
}

/// What is known of an applicant and a team, laid out for looking up. It shows itself to nobody.
pub struct Known {
    /// By the plain spelling of a word.
    pub(super) words: HashMap<String, Vec<Entry>>,
    /// By the sound of a word.
    pub(super) sounds: HashMap<String, Vec<Entry>>,
    /// By a word without its last vowel, which grammar exchanges.
    pub(super) stems: HashMap<String, Vec<Entry>>,
    /// By a spelling with a letter left out, the words that are near to it.
    pub(super) near: HashMap<String, Vec<String>>,
    /// By person, the initials in the orders in which they are signed.
    pub(super) initials: Vec<HashSet<String>>,
    /// What may be written in one, spaced out, or over a line break.
    pub(super) joined: Joined,
    /// The names at GitHub.
    pub(super) usernames: Vec<String>,
    /// Country codes.
    pub(super) codes: Vec<String>,
}

/// What a word can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// A part of a name.
    Part,
    /// Another form of a part of a name.
    Form,
    /// A small word or a title inside a name.
    Small,
    /// A place.
    Place,
    /// What staff entered.
    Extra,
}

/// What is known of a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    /// Whose it is.
    pub(super) person: usize,
    /// Which part of the name, counted from the first.
    pub(super) part: usize,
    /// What it is.
    pub(super) role: Role,
    /// How much it says by itself.
    pub(super) weight: Weight,
}

impl Known {
    /// Lays out what is known of some people, and further identifiers that staff entered, such as the name of an employer.
    #[must_use]
    pub fn new<'a>(
        people: impl IntoIterator<Item = Person<'a>>,
        further: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut draft = Draft::default();
        for (number, person) in people.into_iter().enumerate() {
            draft.initials.push(HashSet::new());
            naming::add_name(&mut draft, number, person.name);
            add_email(&mut draft, number, person.email);
            places::add_location(&mut draft, number, person.location);
            for line in person.social_usernames.lines() {
                add_social(&mut draft, number, line);
            }
            let username = person.github_username.trim();
            if !username.is_empty() {
                draft.usernames.push(username.to_owned());
            }
        }
        for (number, identifier) in further.into_iter().enumerate() {
            // Numbers of their own, so that a person's first name does not lean on a company's.
            add_further(&mut draft, usize::MAX - number, identifier);
        }
        Self {
            words: draft.words,
            sounds: draft.sounds,
            stems: draft.stems,
            near: draft.near,
            initials: draft.initials,
            joined: Joined::new(draft.patterns),
            usernames: draft.usernames,
            codes: draft.codes,
        }
    }
}

/// What is gathered before it is laid out.
#[derive(Default)]
pub(super) struct Draft {
    words: HashMap<String, Vec<Entry>>,
    sounds: HashMap<String, Vec<Entry>>,
    stems: HashMap<String, Vec<Entry>>,
    near: HashMap<String, Vec<String>>,
    pub(super) initials: Vec<HashSet<String>>,
    patterns: BTreeMap<String, Pattern>,
    usernames: Vec<String>,
    pub(super) codes: Vec<String>,
}

impl Draft {
    /// Adds a word in its plain spelling, and its sound.
    pub(super) fn add_word(&mut self, plain: &str, entry: Entry) {
        push(&mut self.words, plain.to_owned(), entry);
        if entry.role == Role::Small {
            return;
        }
        let least = if plain.is_ascii() { 4 } else { 3 };
        // The same letter is g in Russian and h in Ukrainian.
        let other = plain
            .contains('г')
            .then(|| plain.replace('г', if plain.contains(['і', 'є']) { "ґ" } else { "х" }));
        for spelling in std::iter::once(plain).chain(other.as_deref()) {
            if let Some(sound) = sound(spelling).filter(|sound| sound.len() >= least) {
                push(&mut self.sounds, sound, Entry { weight: weight(plain), ..entry });
            }
        }
        if entry.weight == Weight::Any && plain.chars().count() >= 4 {
            for stem in stems(plain) {
                push(&mut self.stems, stem, entry);
            }
        }
        if entry.weight == Weight::Any && entry.role == Role::Part {
            for spelling in near::of_name(plain) {
                push(&mut self.near, spelling, plain.to_owned());
            }
            if let Some(turned) = near::backwards(plain) {
                // A short name backwards may be a word: a lever makes a revel.
                let weight = if turned.chars().count() < 6 { Weight::Capital } else { Weight::Any };
                push(&mut self.words, turned, Entry { weight, ..entry });
            }
        }
    }

    /// Adds what may be written in one or in pieces. Of two for one spelling, what needs less stays.
    pub(super) fn add_pattern(&mut self, condensed: String, pattern: Pattern) {
        if condensed.chars().count() >= 2 {
            let kept = self.patterns.entry(condensed).or_insert(pattern);
            // What needs less is found more often; the reason is the one that says more.
            let reason = kept.reason.over(pattern.reason);
            if pattern.need < kept.need || (pattern.need == kept.need && reason != kept.reason) {
                *kept = pattern;
            }
            kept.reason = reason;
        }
    }
}

fn push<Value: PartialEq>(to: &mut HashMap<String, Vec<Value>>, key: String, entry: Value) {
    let entries = to.entry(key).or_default();
    if !entries.contains(&entry) {
        entries.push(entry);
    }
}

/// What grammar leaves of a name before it adds an ending.
fn stems(plain: &str) -> Vec<String> {
    let mut stems = Vec::new();
    let mut letters: Vec<char> = plain.chars().collect();
    // Virtanen, Virtasen.
    if let Some(stem) = plain.strip_suffix("nen") {
        stems.push(format!("{stem}se"));
    }
    // Martins, Martina; Povilonis, Povilonio; Papadopoulos, Papadopoulou.
    if letters.pop_if(|c| matches!(c, 's' | 'σ')).is_some() {
        stems.push(letters.iter().collect());
    }
    let last = letters.pop();
    if last.is_some_and(is_vowel) {
        // Anna, Anny.
        stems.push(letters.into_iter().collect());
    } else if letters.pop_if(|c| matches!(c, 'e' | 'е' | 'o' | 'о')).is_some() {
        // Marek, Marka.
        letters.extend(last);
        stems.push(letters.into_iter().collect());
    }
    stems
}

fn is_vowel(c: char) -> bool {
    matches!(
        c,
        'a' | 'e'
            | 'i'
            | 'o'
            | 'u'
            | 'y'
            | 'а'
            | 'е'
            | 'и'
            | 'і'
            | 'о'
            | 'у'
            | 'я'
            | 'ю'
            | 'ы'
            | 'э'
            | 'ь'
            | 'ა'
            | 'ე'
            | 'ი'
            | 'ო'
            | 'უ'
    )
}

/// Mailboxes that belong to nobody in particular.
const MAILBOXES: [&str; 22] = [
    "info",
    "hello",
    "contact",
    "mail",
    "email",
    "admin",
    "office",
    "team",
    "hi",
    "me",
    "dev",
    "developer",
    "post",
    "inbox",
    "rust",
    "github",
    "grants",
    "work",
    "home",
    "support",
    "noreply",
    "webmaster",
];

fn add_email(draft: &mut Draft, person: usize, email: &str) {
    let Some((local, domain)) = email.trim().rsplit_once('@') else { return };
    let (readable, _) = idna::domain_to_unicode(domain);
    let whole = Pattern { person, reason: Reason::Email, edge: Edge::Both, need: Need::Nothing };
    for domain in [domain, readable.as_str()] {
        for (before, at, after) in ["", "dot"].into_iter().flat_map(|before| {
            ["", "at"].into_iter().flat_map(move |at| ["", "dot"].map(|after| (before, at, after)))
        }) {
            let written =
                |text: &str, dot: &str| condensed(&text.replace('.', &format!(" {dot} ")));
            let address = format!("{}{at}{}", written(local, before), written(domain, after));
            draft.add_pattern(address, whole);
        }
    }
    for mailbox in [
        local,
        local.split_once('+').map_or(local, |(_, tag)| tag),
        local.split('+').next().unwrap_or(local),
    ] {
        add_handle(draft, person, mailbox, Reason::Email);
    }
}

fn add_social(draft: &mut Draft, person: usize, line: &str) {
    for word in
        line.split([' ', ',', ';', '\t']).map(|word| word.trim_matches(['<', '>', '(', ')']))
    {
        if word.is_empty() || word.ends_with(':') {
            continue;
        }
        let whole =
            Pattern { person, reason: Reason::Social, edge: Edge::Both, need: Need::Nothing };
        let path = word.split_once("://").map_or(word, |(_, path)| path);
        let handle = if path.contains('/') {
            let path = path.split(['?', '#']).next().unwrap_or(path).trim_end_matches('/');
            path.rsplit('/').next().unwrap_or(path)
        } else {
            // A label as in twitter:ferris is none of the handle; a server after it is.
            path.rsplit(':').next().unwrap_or(path)
        };
        if path.contains('/') || path.trim_start_matches('@').contains('@') {
            draft.add_pattern(condensed(word), whole);
            draft.add_pattern(condensed(path), whole);
        }
        let handle = handle.trim_start_matches('@');
        add_handle(draft, person, handle.split('@').next().unwrap_or(handle), Reason::Social);
    }
}

/// Adds a name that somebody uses on the net, and what it seems to be made of.
fn add_handle(draft: &mut Draft, person: usize, handle: &str, reason: Reason) {
    let whole = condensed(handle);
    let letters = whole.chars().count();
    if letters < 4 || MAILBOXES.contains(&whole.as_str()) || weight(&whole) != Weight::Any {
        return;
    }
    draft.add_pattern(whole, Pattern { person, reason, edge: Edge::Both, need: Need::Nothing });
    let pieces: Vec<String> = handle
        .split(|c: char| !c.is_alphabetic())
        .map(condensed)
        .filter(|piece| !piece.is_empty() && !super::kin::is_title(piece))
        .collect();
    // One piece may be a word like any other; of several, each may be a name.
    if pieces.len() < 2 {
        return;
    }
    for piece in
        pieces.iter().filter(|piece| piece.len() >= 4 && !MAILBOXES.contains(&piece.as_str()))
    {
        // No part of the name has this number: a piece may repeat one.
        let entry = Entry { person, part: usize::MAX, role: Role::Part, weight: weight(piece) };
        if !draft.words.contains_key(piece) {
            draft.add_word(piece, entry);
        }
    }
}

fn add_further(draft: &mut Draft, number: usize, identifier: &str) {
    let whole = condensed(identifier);
    let pattern = Pattern {
        person: number,
        reason: Reason::Further,
        edge: Edge::of(&whole),
        need: Need::Nothing,
    };
    if identifier.split_whitespace().count() == 1 {
        let entry = Entry { person: number, part: 0, role: Role::Extra, weight: Weight::Any };
        draft.add_word(&whole, entry);
    }
    draft.add_pattern(whole, pattern);
}
