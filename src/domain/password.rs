//! What a password must be: long, and none of those that are tried first.
//!
//! There are no rules of composition. A long one that nobody else would think of is a good one, whatever it is made of.

use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::lookup::fold;

/// The fewest characters.
pub const LEAST_CHARACTERS: usize = 15;
/// The most characters.
pub const MOST_CHARACTERS: usize = 256;

/// Passwords that are known to be common, folded; `common_passwords.LICENSE` says where they come from.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

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
    let known = |part: &str| COMMON.contains(part);
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
    let words: Vec<String> = about
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
        .collect();
    let mut longest_first = words;
    longest_first.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    let left = longest_first.iter().fold(text.to_owned(), |text, word| text.replace(word, ""));
    left != text && left.chars().filter(|letter| letter.is_alphanumeric()).count() < 10
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
        assert_eq!(check(&"a1b2c3d4e5f6g7".repeat(18), &[]), Ok(()), "252 characters");
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
