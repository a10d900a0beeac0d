//! What an assessor gives to a packet: points and comments by criterion, and questions to staff.

use std::collections::BTreeSet;

use super::programme::{Criterion, ScoredBy};
use super::strike::{self, Known, Person, Reason};
use super::text::is_blank;

/// The most characters of a comment.
pub const MOST_COMMENT: usize = 4_000;
/// The most characters of a question to staff.
pub const MOST_QUESTION: usize = 2_000;
/// The most questions about one packet.
pub const MOST_QUESTIONS: usize = 10;
/// Up to so many points each number is a button of its own.
pub const MOST_BUTTONS: u32 = 10;

/// The criteria that assessors judge by, each with its place among all of the plan.
pub fn own(criteria: &[Criterion]) -> impl Iterator<Item = (usize, &Criterion)> {
    let all = criteria.iter().enumerate();
    all.filter(|(_, criterion)| criterion.scored_by == ScoredBy::Assessor)
}

/// The name of the control for the points of a criterion, by its place.
#[must_use]
pub fn points_control(place: usize) -> String {
    format!("points.{place}")
}

/// The name of the control for the comment on a criterion, by its place.
#[must_use]
pub fn comment_control(place: usize) -> String {
    format!("comment.{place}")
}

/// The points that somebody typed or chose; none while it is blank.
///
/// # Errors
/// What is wrong, as a sentence for the assessor.
pub fn points(criterion: &Criterion, typed: &str) -> Result<Option<u32>, String> {
    if is_blank(typed) {
        return Ok(None);
    }
    let digits = typed.trim();
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse() {
        Ok(points) if plain && points <= criterion.points => Ok(Some(points)),
        _ => Err(format!(
            "Points for “{}” must be a whole number from 0 to {}",
            criterion.name, criterion.points
        )),
    }
}

/// What can be told of applicants to whoever writes a comment: nothing but the names at GitHub that the packet shows.
#[must_use]
pub fn known<'a>(usernames: impl IntoIterator<Item = &'a str>) -> Known {
    let person = |github_username| Person { github_username, ..Person::default() };
    Known::new(usernames.into_iter().map(person), [])
}

/// Whether a comment can be kept: it is not too long, and has nothing in it of the shape of what leads to a person.
///
/// Whether it names the applicant is not asked here: an answer to that would let anybody try names.
///
/// # Errors
/// What is wrong, as a sentence for the assessor.
pub fn comment(criterion: &Criterion, known: &Known, typed: &str) -> Result<(), String> {
    let length = typed.chars().count();
    if length > MOST_COMMENT {
        return Err(format!(
            "The comment on “{}” must be {MOST_COMMENT} characters or fewer; it has {length}",
            criterion.name
        ));
    }
    let found: BTreeSet<&str> =
        strike::find(known, typed).iter().map(|strike| shape(strike.reason)).collect();
    if found.is_empty() {
        return Ok(());
    }
    let found: Vec<&str> = found.into_iter().collect();
    Err(format!(
        "The comment on “{}” has what looks like {} in it. Take it out: comments must lead to nobody",
        criterion.name,
        found.join(" and ")
    ))
}

/// What a shape is called.
const fn shape(reason: Reason) -> &'static str {
    match reason {
        Reason::EmailShaped => "an e-mail address",
        Reason::Link => "a link or a handle",
        Reason::AccountShaped => "the number of an account, a card or a wallet",
        Reason::IpShaped => "the address of a computer",
        Reason::PhoneShaped => "a phone number",
        _ => "something that leads to a person",
    }
}

/// What is missing before something typed for a criterion can be handed in: the control, and a sentence.
#[must_use]
pub fn missing(place: usize, criterion: &Criterion, given: (&str, &str)) -> Vec<(String, String)> {
    let mut missing = Vec::new();
    if is_blank(given.0) {
        missing.push((points_control(place), format!("Give points for “{}”", criterion.name)));
    }
    if criterion.comment_required && is_blank(given.1) {
        let sentence =
            format!("Say in a comment why you give these points for “{}”", criterion.name);
        missing.push((comment_control(place), sentence));
    }
    missing
}

/// Whether a question to staff can be sent.
///
/// # Errors
/// What is wrong, as a sentence for the assessor.
pub fn question(typed: &str) -> Result<(), String> {
    let length = typed.chars().count();
    if is_blank(typed) {
        Err("Type your question".to_owned())
    } else if length > MOST_QUESTION {
        Err(format!("The question must be {MOST_QUESTION} characters or fewer; it has {length}"))
    } else {
        match strike::find(&known([]), typed).first() {
            Some(found) => Err(format!(
                "The question has what looks like {} in it. Take it out: it must lead to nobody",
                shape(found.reason)
            )),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::programme::{STARTING, parse};
    use super::*;

    fn criteria() -> Vec<Criterion> {
        parse(STARTING).unwrap().swap_remove(0).criterion
    }

    #[test]
    fn assessors_judge_by_their_own_criteria_at_their_places() {
        let all = criteria();
        let places: Vec<usize> = own(&all).map(|(place, _)| place).collect();
        assert_eq!(places, [3, 4, 5, 6]);
        assert_eq!(points_control(3), "points.3");
        assert_eq!(comment_control(3), "comment.3");
    }

    #[test]
    fn points_are_whole_and_no_more_than_there_are() {
        let gain = &criteria()[6];
        assert_eq!(points(gain, " 5 "), Ok(Some(5)));
        assert_eq!(points(gain, "0"), Ok(Some(0)));
        assert_eq!(points(gain, " \u{200b}"), Ok(None));
        for wrong in ["6", "-1", "+1", "2.5", "3,0", "five", "５", "99999999999999999999"] {
            let said = points(gain, wrong).unwrap_err();
            assert_eq!(
                said, "Points for “Gain for the community” must be a whole number from 0 to 5",
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_comment_leads_to_nobody() {
        let (all, known) = (criteria(), known(["ines-m"]));
        let said = |text: &str| comment(&all[6], &known, text);
        for fine in [
            "",
            "Many will rely on it; ines-m has kept it going for 3 years (2024–2027).",
            "👩‍💻 \u{202b}טוב\u{202c} z\u{200b}w",
            // A name is not told: that is for staff to look at.
            "Ines Marchetti does this well.",
        ] {
            assert_eq!(said(fine), Ok(()), "{fine}");
        }
        for (text, shape) in [
            ("Write to ines@mail.example", "an e-mail address"),
            ("See https://ines.example/work", "a link or a handle"),
            ("Call +44 20 7946 0123", "a phone number"),
            ("Paid to GB82 WEST 1234 5698 7654 32", "the number of an account"),
        ] {
            let said = said(text).unwrap_err();
            assert!(said.contains(shape) && !said.contains("ines"), "{text}: {said}");
        }
        assert!(said(&"é".repeat(MOST_COMMENT)).is_ok());
        assert!(said(&"é".repeat(MOST_COMMENT + 1)).unwrap_err().contains("it has 4001"));
    }

    #[test]
    fn what_is_missing_is_named() {
        let all = criteria();
        assert_eq!(missing(3, &all[3], ("1", "")), []);
        let both = missing(6, &all[6], (" ", "\u{200b}"));
        assert_eq!(
            both.iter().map(|own| own.0.as_str()).collect::<Vec<_>>(),
            ["points.6", "comment.6"]
        );
        assert!(question(" ").is_err() && question(&"x".repeat(MOST_QUESTION + 1)).is_err());
        assert!(question("May it be paid in two parts?").is_ok());
    }
}
