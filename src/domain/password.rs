//! What a password must be: long, and none of those that are tried first.
//!
//! There are no rules of composition. A long one that nobody else would think of is a good one, whatever it is made of.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::lookup::fold;

/// The fewest characters.
pub const LEAST_CHARACTERS: usize = 15;
/// The most characters.
pub const MOST_CHARACTERS: usize = 256;

/// Passwords that are known to be common, folded; `common_passwords.LICENSE` says where they come from.
/// Each stands at its place in the list, the most common first.
static COMMON: LazyLock<HashMap<&'static str, usize>> = LazyLock::new(|| {
    let mut places = HashMap::new();
    for (common, place) in include_str!("common_passwords.txt").lines().zip(1..) {
        places.entry(common).or_insert(place);
    }
    places
});

/// Words that hold sentences together, and what people say of a password: they add next to nothing.
const FILLERS: &str = "the this that is it its my our your you me we i a an and or for of in on at to by with from not \
    are was be been can do has have will very so too more most new old good best better great long longer strong \
    secure safe secret only just always never ever again here there now today please one two three first last \
    account login admin user office work home site web";
/// Fewer guesses than two to the power of this are within reach of somebody who has stolen the fingerprints. Four words
/// that were drawn by lot from some thousands are beyond it.
const FEWEST_BITS: u32 = 44;
/// The most characters that are looked up at once.
const LONGEST_PIECE: usize = 70;

/// Rows of a keyboard, the alphabet and the digits: what fingers run along.
const ROWS: [&str; 10] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "qwertzuiopü",
    "yxcvbnm,.-",
    "azertyuiop",
    "qsdfghjklm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
];

/// Why a password won't do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// There is none.
    #[error("Enter a password")]
    Missing,
    /// Too few characters.
    #[error(
        "A password must have at least {LEAST_CHARACTERS} characters; four or five words that do not belong together make a good one"
    )]
    Short,
    /// Too many characters.
    #[error("A password can have at most {MOST_CHARACTERS} characters")]
    Long,
    /// It is, or is put together from, what many people use.
    #[error(
        "This password is among those that are tried first; choose one that nobody else would think of"
    )]
    Common,
    /// It repeats something short, or runs along the keyboard.
    #[error("This password repeats itself or runs along the keyboard; choose another")]
    Pattern,
    /// It joins what is tried first, and little else.
    #[error(
        "This password only joins common words, names or rows of keys; choose four or five words that do not belong together"
    )]
    Joined,
    /// It holds what anybody can know of the person.
    #[error(
        "This password holds your name, your address or the organisation’s name; choose another"
    )]
    Personal,
}

/// The one way in which a password is written before it is fingerprinted: composed (NFC), with every space kept.
#[must_use]
pub fn normalise(password: &str) -> String {
    password.nfc().collect()
}

/// Checks a password that somebody chose. `about` is what anybody can know of them: name, address, organisation.
///
/// # Errors
/// Why it won't do.
pub fn check(password: &str, about: &[&str]) -> Result<(), Weakness> {
    let password = normalise(password);
    let length = password.chars().count();
    if length == 0 {
        return Err(Weakness::Missing);
    }
    if length < LEAST_CHARACTERS {
        return Err(Weakness::Short);
    }
    if length > MOST_CHARACTERS {
        return Err(Weakness::Long);
    }
    let folded: Vec<char> = fold(&password).chars().collect();
    if repeats(&folded) || runs(&folded) {
        return Err(Weakness::Pattern);
    }
    let text: String = folded.iter().collect();
    if is_common(&text) {
        return Err(Weakness::Common);
    }
    if is_personal(&text, about) {
        return Err(Weakness::Personal);
    }
    if bits(&folded, about) < FEWEST_BITS {
        return Err(Weakness::Joined);
    }
    Ok(())
}

/// Whether it is one piece of at most five characters, over and over, or has hardly any letters of its own.
fn repeats(folded: &[char]) -> bool {
    let few = folded.iter().collect::<HashSet<_>>().len() < 5;
    few || (1..=5)
        .any(|period| folded.iter().zip(folded.iter().skip(period)).all(|(one, next)| one == next))
}

/// Whether most of it runs along rows, forwards or backwards, four keys or more at a time.
fn runs(folded: &[char]) -> bool {
    let in_rows: usize = {
        let mut covered = 0;
        let mut rest = folded;
        while !rest.is_empty() {
            let run = (4..=rest.len())
                .rev()
                .find(|length| is_run(rest.get(..*length).unwrap_or_default()));
            covered += run.unwrap_or(0);
            rest = rest.get(run.unwrap_or(1)..).unwrap_or_default();
        }
        covered
    };
    in_rows * 4 >= folded.len() * 3
}

fn is_run(part: &[char]) -> bool {
    let forwards: String = part.iter().collect();
    let backwards: String = part.iter().rev().collect();
    ROWS.iter().any(|row| row.contains(&forwards) || row.contains(&backwards))
}

/// Whether it is a common password, or two of them in a row, with digits and marks around them.
fn is_common(text: &str) -> bool {
    let known = |part: &str| COMMON.contains_key(part);
    let bare: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    let letters = bare.trim_matches(|letter: char| !letter.is_alphabetic());
    [bare.as_str(), letters].into_iter().any(|text| {
        known(text)
            || text.char_indices().any(|(at, _)| {
                let (first, second) = text.split_at(at);
                known(first) && known(second)
            })
    })
}

/// Whether what is left without the person's own words is too short to protect anything.
fn is_personal(text: &str, about: &[&str]) -> bool {
    let mut longest_first = words_about(about);
    longest_first.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    let left = longest_first.iter().fold(text.to_owned(), |text, word| text.replace(word, ""));
    left != text && left.chars().filter(|letter| letter.is_alphanumeric()).count() < 10
}

/// What anybody can know of a person, folded: whole and in words.
fn words_about(about: &[&str]) -> Vec<String> {
    about
        .iter()
        .flat_map(|text| {
            let whole = fold(text);
            let parts: Vec<String> = whole
                .split(|letter: char| !letter.is_alphanumeric())
                .map(ToOwned::to_owned)
                .collect();
            parts.into_iter().chain([whole])
        })
        .filter(|word| word.chars().count() >= 4)
        .collect()
}

/// How many guesses it takes at least, as a power of two, for somebody who tries common words, names, rows of keys and
/// repetitions of them in every order before anything else. Spaces and letters written as signs hardly count.
fn bits(folded: &[char], about: &[&str]) -> u32 {
    let bare: Vec<char> = folded.iter().copied().filter(|one| !one.is_whitespace()).collect();
    let plain: Vec<char> = bare.iter().map(|one| unmasked(*one)).collect();
    let about = words_about(about);
    fewest(&bare, &about).min(fewest(&plain, &about) + 2)
}

/// The letter for which a sign is written.
const fn unmasked(sign: char) -> char {
    match sign {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// The cheapest way to put a text together, from its beginning to each of its characters.
fn fewest(text: &[char], about: &[String]) -> u32 {
    let mut costs = vec![0_u32];
    for end in 1..=text.len() {
        let cost = (0..end).filter_map(|start| {
            let piece = text.get(start..end)?;
            let before = text.get(..start)?;
            Some(costs.get(start)? + cost_of(piece, before, about)?)
        });
        costs.push(cost.min().unwrap_or_default());
    }
    costs.last().copied().unwrap_or_default()
}

/// What a piece costs after what stands before it; none when it is no piece that anybody would try as a whole.
fn cost_of(piece: &[char], before: &[char], about: &[String]) -> Option<u32> {
    if let [one] = piece {
        return Some(match one {
            'a'..='z' => 5,
            '0'..='9' => 4,
            one if one.is_ascii() => 6,
            _ => 10,
        });
    }
    if before.ends_with(piece) {
        return Some(2);
    }
    if piece.len() >= 3 && before.windows(piece.len()).any(|earlier| earlier == piece) {
        return Some(4);
    }
    if piece.len() > LONGEST_PIECE {
        return None;
    }
    let text: String = piece.iter().collect();
    if about.contains(&text) {
        return Some(2);
    }
    if FILLERS.split_whitespace().any(|filler| filler == text) {
        return Some(4);
    }
    let common = COMMON.get(text.as_str()).map(|place| place.ilog2() + 2);
    let run = (piece.len() >= 3 && is_run(piece)).then_some(8);
    let is_year = text.len() == 4 && (text.starts_with("19") || text.starts_with("20"));
    let year = (is_year && piece.iter().all(char::is_ascii_digit)).then_some(7);
    common.into_iter().chain(run).chain(year).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: [&str; 3] = ["Inês Invented", "ines@foundation.example", "Example Foundation"];

    #[test]
    fn long_ones_that_nobody_thinks_of_are_taken() {
        for good in [
            "correct horse battery staple",
            "  spaces count, and stay  ",
            "漢字とひらがなとカタカナを混ぜた文",
            "Zwölf Boxkämpfer jagen Viktor",
            "tqlmwhrzkdpfxbv",
            "foundation stones of the old mill",
        ] {
            assert_eq!(check(good, &ABOUT), Ok(()), "{good}");
        }
        assert_eq!(check(&"tqlmwhrzkdpfxb".repeat(18), &[]), Ok(()), "252 characters");
    }

    #[test]
    fn what_only_joins_common_words_and_rows_is_refused() {
        for joined in [
            "thebestpasswordever",
            "this is my new password",
            "monkey dragon sunshine princess",
            "P4ssw0rd for the 0ffice",
            "Summer2026!Summer2027!",
            "my password is qwertyuiop",
        ] {
            assert_eq!(check(joined, &[]), Err(Weakness::Joined), "{joined}");
        }
        for own in [
            "Example Foundation Example Foundation",
            "foundation 2027 password",
            "the best ines ever",
        ] {
            assert!(check(own, &ABOUT).is_err(), "{own}");
        }
        for worse in [
            "passwordpasswordpassword",
            "qwertyuiopasdfg",
            "letmein please 2027",
            "football1qaz2wsx1999",
        ] {
            assert!(check(worse, &[]).is_err(), "{worse}");
        }
        // Words drawn by lot, common ones among them, and what nobody has put together before.
        for good in [
            "purple walrus tonight ladder",
            "window copper harvest violin",
            "kite marble seven oyster",
            "my aunt keeps nine grey geese",
            "qwerty was a marsupial of Ghent",
            "the foundation lent me a ladder",
        ] {
            assert_eq!(check(good, &ABOUT), Ok(()), "{good}");
        }
    }

    #[test]
    fn length_is_counted_in_characters_after_composing() {
        assert_eq!(check("", &[]), Err(Weakness::Missing));
        assert_eq!(check("tqlmwhrzkdpfxb", &[]), Err(Weakness::Short));
        // Fourteen letters, one of them written as two.
        assert_eq!(check("tqlmwhrzkdpfxe\u{301}", &[]), Err(Weakness::Short));
        assert_eq!(check(&"tqlmwhrzkdpfxbva".repeat(16), &[]), Ok(()));
        assert_eq!(
            check(&("x".to_owned() + &"tqlmwhrzkdpfxbva".repeat(16)), &[]),
            Err(Weakness::Long)
        );
        assert_eq!(normalise("e\u{301} "), "\u{e9} ");
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        for common in [
            "1qaz2wsx3edc4rfv",
            "PasswordPassword",
            "passwordpassword1",
            "Manchester United 2024!",
            "iloveyou princess",
            "password!!!!!!!!!!!!!!!",
        ] {
            assert!(check(common, &[]).is_err(), "{common}");
        }
        assert_eq!(check("manchesterunited", &[]), Err(Weakness::Common));
        for pattern in [
            "aaaaaaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "qwertyuiopasdfghjkl",
            "abcdefghijklmnopqrst",
            "987654321098765432",
            "ababababababababab1",
            "12345qwert12345qwert",
        ] {
            assert_eq!(check(pattern, &[]), Err(Weakness::Pattern), "{pattern}");
        }
        for own in [
            "ines@foundation.example",
            "InêsInvented2027",
            "ExampleFoundation!",
            "inês-foundation-1",
        ] {
            assert_eq!(check(own, &ABOUT), Err(Weakness::Personal), "{own}");
        }
    }
}
