//! How much is found, and how much is struck out for nothing. The figures are printed with `--nocapture`.

use std::collections::BTreeMap;

use super::super::find;
use super::data::{Applicant, applicants, false_strikes, hard, is_covered, places};

/// What is found and what is missed of one kind.
#[derive(Default)]
struct Tally {
    found: usize,
    missed: Vec<String>,
}

impl Tally {
    fn count(&mut self, found: bool, missed: impl FnOnce() -> String) {
        if found {
            self.found += 1;
        } else {
            self.missed.push(missed());
        }
    }

    fn all(&self) -> usize {
        self.found + self.missed.len()
    }
}

fn print(title: &str, tallies: &BTreeMap<String, Tally>) -> (usize, usize) {
    println!("\n{title}");
    for (kind, tally) in tallies {
        println!("  {kind:16} {:4} of {:4}", tally.found, tally.all());
        for missed in &tally.missed {
            println!("    missed: {missed}");
        }
    }
    let (found, all) =
        (tallies.values().map(|tally| tally.found).sum(), tallies.values().map(Tally::all).sum());
    println!("  recall {found} of {all}: {:.1} %", percent(found, all));
    (found, all)
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test are small")]
fn percent(part: usize, all: usize) -> f64 {
    100.0 * part as f64 / all as f64
}

#[test]
fn exact_identifiers_are_all_found() {
    // proves A1
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for Applicant { person, .. } in applicants() {
        let known = person.known();
        let (city, _) = person.location.rsplit_once(", ").unwrap();
        let mut exact = vec![
            ("name", person.name.as_str()),
            ("email", person.email.as_str()),
            ("location", person.location.as_str()),
            ("city", city),
        ];
        exact.extend(person.social_usernames.iter().map(|social| ("social", social.as_str())));
        for (kind, identifier) in exact {
            for text in [
                format!("We wrote the parser with {identifier} last year."),
                identifier.to_owned(),
                format!("The lead ({identifier}), and others.\n\n{identifier}\nMore text."),
            ] {
                let strikes = find(&known, &text);
                let found = places(&text, identifier)
                    .iter()
                    .all(|place| is_covered(&text, &strikes, place));
                tallies.entry(kind.to_owned()).or_default().count(found, || text.clone());
            }
        }
    }
    let (found, all) = print("exact identifiers", &tallies);
    assert_eq!(found, all);
}

/// What each leak of the file is written as.
fn leaked(applicant: &Applicant, leak: &str, background: &str) -> String {
    let person = &applicant.person;
    let between = |start: &str, end: &str| {
        let rest = background.split_once(start).unwrap().1;
        rest.split_once(end).unwrap().0.to_owned()
    };
    match leak {
        "email" => person.email.clone(),
        "name" | "signature" => person.name.clone(),
        "surname" => between("month. As ", " et al."),
        "social" => {
            background.split_once("Follow along at ").unwrap().1.trim_end_matches('.').to_owned()
        }
        "location" => person.location.rsplit_once(", ").unwrap().0.to_owned(),
        other => panic!("a leak of an unknown kind: {other}"),
    }
}

#[test]
fn leaks_of_five_hundred_people_are_found_and_little_else() {
    // proves A1, A2, A3
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let (mut words, mut wrong) = (0, Vec::new());
    for applicant in applicants() {
        let known = applicant.person.known();
        for (key, answer) in &applicant.answers {
            let Some(text) = answer.as_str() else { continue };
            let strikes = find(&known, text);
            let mut leaks = Vec::new();
            if key == "background" {
                for leak in &applicant.leaks {
                    let what = leaked(&applicant, leak, text);
                    let places = places(text, &what);
                    assert!(!places.is_empty(), "{what} is not in {text}");
                    let found = places.iter().all(|place| is_covered(text, &strikes, place));
                    tallies
                        .entry(leak.clone())
                        .or_default()
                        .count(found, || format!("{what} in {text}"));
                    leaks.extend(places);
                }
            }
            let (count, more) = false_strikes(text, &strikes, &leaks);
            words += count;
            wrong
                .extend(more.into_iter().map(|word| format!("{word} ({})", applicant.person.name)));
        }
    }
    let (found, all) = print("leaks of people.jsonl", &tallies);
    println!(
        "  false strikes {} of {words} words: {:.3} %: {wrong:?}",
        wrong.len(),
        percent(wrong.len(), words)
    );
    println!("  precision {:.1} %", percent(found, found + wrong.len()));
    assert!(percent(found, all) >= 95.0);
    assert!(percent(wrong.len(), words) < 2.0);
}

#[test]
fn hard_leaks_are_found_and_harmless_texts_stay() {
    // proves A1, A2, A3, A4
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let (mut words, mut wrong) = (0, Vec::new());
    let (mut beside, mut beside_wrong) = (0, Vec::new());
    for case in hard() {
        let strikes = find(&case.known.known(), &case.text);
        let mut leaks = Vec::new();
        for leak in &case.leaks {
            let places = places(&case.text, leak);
            let found = !places.is_empty()
                && places.iter().all(|place| is_covered(&case.text, &strikes, place));
            tallies
                .entry(case.kind.clone())
                .or_default()
                .count(found, || format!("{leak:?} in {:?}", case.text));
            leaks.extend(places);
        }
        let (count, more) = false_strikes(&case.text, &strikes, &leaks);
        let (words, wrong) = if case.leaks.is_empty() {
            (&mut words, &mut wrong)
        } else {
            (&mut beside, &mut beside_wrong)
        };
        *words += count;
        wrong.extend(more.into_iter().map(|word| format!("{word} ({})", case.known.name)));
    }
    let (found, all) = print("hard leaks", &tallies);
    println!(
        "  harmless texts: {} of {words} words: {:.2} %: {wrong:?}",
        wrong.len(),
        percent(wrong.len(), words)
    );
    println!("  beside hard leaks: {} of {beside} words: {beside_wrong:?}", beside_wrong.len());
    println!("  precision {:.1} %", percent(found, found + wrong.len() + beside_wrong.len()));
    assert!(all >= 100, "{all} cases are too few to say something");
    assert!(percent(found, all) >= 95.0);
    assert!(percent(wrong.len(), words) < 2.0);
    assert!(percent(wrong.len() + beside_wrong.len(), words + beside) < 2.0);
}
