mod data;
mod joined;
mod measure;
mod names;
mod rules;
mod shapes;

use super::{Known, Person, Reason, apply, find};

/// What is struck out of a text, with the reasons.
fn struck<'a>(known: &Known, text: &'a str) -> Vec<(&'a str, Reason)> {
    find(known, text)
        .into_iter()
        .map(|strike| (&text[strike.start..strike.end], strike.reason))
        .collect()
}

/// The pieces of a text that are struck out.
fn pieces<'a>(known: &Known, text: &'a str) -> Vec<&'a str> {
    struck(known, text).into_iter().map(|(piece, _)| piece).collect()
}

/// Somebody of whom all is known.
fn onyango() -> Known {
    Known::new(
        [Person {
            name: "Cherotich Onyango",
            email: "cherotich.onyango@mail.example",
            location: "Eldoret, KE",
            social_usernames: "@cheronyango@social.example\nhttps://social.example/fox-of-eldoret",
            github_username: "nova-crab",
        }],
        ["Lusitek Labs"],
    )
}

/// Somebody of whom only the name is known.
fn named(name: &str) -> Known {
    Known::new([Person { name, ..Person::default() }], [])
}

/// Nobody: what is found is told by its shape.
fn nobody() -> Known {
    Known::new([], [])
}
