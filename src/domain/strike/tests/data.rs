//! The invented people and texts that striking out is tried on.

use std::ops::Range;

use serde::Deserialize;

use super::super::{Known, Person, Strike};

/// What is known of an invented person.
#[derive(Clone, Deserialize)]
pub struct Somebody {
    pub name: String,
    pub email: String,
    pub location: String,
    pub social_usernames: Vec<String>,
    pub github_username: String,
    #[serde(default)]
    pub team: Vec<Somebody>,
    #[serde(default)]
    pub further: Vec<String>,
}

impl Somebody {
    pub fn known(&self) -> Known {
        let people: Vec<(&Self, String)> = std::iter::once(self)
            .chain(&self.team)
            .map(|person| (person, person.social_usernames.join("\n")))
            .collect();
        Known::new(
            people.iter().map(|(person, socials)| Person {
                name: &person.name,
                email: &person.email,
                location: &person.location,
                social_usernames: socials,
                github_username: &person.github_username,
            }),
            self.further.iter().map(String::as_str),
        )
    }
}

/// A person of `people.jsonl` with a request.
#[derive(Deserialize)]
pub struct Applicant {
    #[serde(flatten)]
    pub person: Somebody,
    pub answers: std::collections::BTreeMap<String, serde_json::Value>,
    pub leaks: Vec<String>,
}

/// A text of `hard_leaks.jsonl`.
#[derive(Deserialize)]
pub struct Hard {
    pub kind: String,
    pub known: Somebody,
    pub text: String,
    pub leaks: Vec<String>,
}

pub fn applicants() -> Vec<Applicant> {
    lines(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/people.jsonl")))
}

pub fn hard() -> Vec<Hard> {
    lines(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hard_leaks.jsonl")))
}

fn lines<T: for<'a> Deserialize<'a>>(text: &str) -> Vec<T> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Everywhere in a text where something stands.
pub fn places(text: &str, what: &str) -> Vec<Range<usize>> {
    text.match_indices(what).map(|(start, what)| start..start + what.len()).collect()
}

/// Whether all that can be read of a piece of the text is struck out. Punctuation at its ends may stay.
pub fn is_covered(text: &str, strikes: &[Strike], piece: &Range<usize>) -> bool {
    text[piece.clone()].char_indices().all(|(at, c)| {
        let at = piece.start + at;
        !(c.is_alphanumeric() || !c.is_ascii() && !c.is_whitespace() && !"—–’“”".contains(c))
            || strikes.iter().any(|strike| strike.start <= at && at < strike.end)
    })
}

/// How many words a text has, and which of them are struck out although no leak touches them.
pub fn false_strikes<'a>(
    text: &'a str,
    strikes: &[Strike],
    leaks: &[Range<usize>],
) -> (usize, Vec<&'a str>) {
    let touch =
        |word: &Range<usize>, start: usize, end: usize| start < word.end && word.start < end;
    let words = text.split_whitespace().map(|word| {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        (start..start + word.len(), word)
    });
    let mut count = 0;
    let mut wrong = Vec::new();
    for (word, letters) in words {
        count += 1;
        if strikes.iter().any(|strike| touch(&word, strike.start, strike.end))
            && !leaks.iter().any(|leak| touch(&word, leak.start, leak.end))
        {
            wrong.push(letters);
        }
    }
    (count, wrong)
}
