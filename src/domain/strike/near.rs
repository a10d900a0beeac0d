//! Names that a slip or a trick turned into another word: with a letter too few, too many or another, or backwards.

use unicode_normalization::UnicodeNormalization;

use super::words::is_ordinary;

/// The fewest letters of a name that is known with one letter wrong: shorter ones are too near to other words.
const LEAST: usize = 7;
/// The fewest letters of a name that is known backwards.
const LEAST_BACKWARDS: usize = 5;

/// The spellings by which a word is found though a letter is wrong: itself, and each with one letter left out. None for
/// a word that is too short for it.
fn spellings(plain: &str, least: usize) -> Vec<String> {
    let letters: Vec<char> = plain.chars().collect();
    if letters.len() < least || letters.len() > 40 || !letters.iter().all(|c| c.is_alphabetic()) {
        return Vec::new();
    }
    let without = (0..letters.len()).map(|out| {
        letters.iter().enumerate().filter(|(at, _)| *at != out).map(|(_, letter)| letter).collect()
    });
    std::iter::once(plain.to_owned()).chain(without).collect()
}

/// The spellings of a known name.
pub(super) fn of_name(plain: &str) -> Vec<String> {
    spellings(plain, LEAST)
}

/// The spellings of a word of a text, which may be a name that lost a letter.
pub(super) fn of_word(plain: &str) -> Vec<String> {
    if is_ordinary(plain) { Vec::new() } else { spellings(plain, LEAST - 1) }
}

/// Whether two words differ in one letter: one too many, another one, or two beside each other that changed places.
pub(super) fn is_near(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let same = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let (one, other) = (one.get(same..).unwrap_or_default(), other.get(same..).unwrap_or_default());
    let same =
        one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count();
    let (one, other) = (one.get(..one.len() - same), other.get(..other.len() - same));
    match (one.unwrap_or_default(), other.unwrap_or_default()) {
        ([] | [_], [] | [_]) => true,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

/// A name backwards, unless that is a word of its own or too short to say anything.
pub(super) fn backwards(plain: &str) -> Option<String> {
    let letters: Vec<char> = plain.nfc().collect();
    let turned: String = letters.iter().rev().collect();
    (letters.len() >= LEAST_BACKWARDS && turned != plain && !is_ordinary(&turned)).then_some(turned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_letter_makes_no_difference_and_two_do() {
        for near in ["cherotich", "cherotch", "cheroticch", "cherotish", "cehrotich", "herotich"] {
            assert!(is_near("cherotich", near) && is_near(near, "cherotich"), "{near}");
            let shared = of_word(near).into_iter().any(|own| of_name("cherotich").contains(&own));
            assert!(shared, "{near}");
        }
        for far in ["chertch", "cheritoch", "rotich", ""] {
            assert!(!is_near("cherotich", far), "{far}");
        }
        assert!(of_name("onyang").is_empty() && !of_name("onyango").is_empty());
    }
}
