//! What holds for every text.

use std::fmt::Write;

use proptest::prelude::*;

use super::super::find::all;
use super::super::read::Reading;
use super::super::{MARK, Piece, Strike, merge, names_someone};
use super::*;

/// Text of letters that matter here, of anything else, and of what people write.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[a-cA-C0-9@.:/+ \n()_-]{0,40}",
        "[\u{200b}\u{301}\u{ad}한글山а-яα-ω٠-٩]{0,12}",
        Just("Cherotich Onyango".to_owned()),
        Just("cherotich.onyango@mail.example ".to_owned()),
        Just("nova-crab ".to_owned()),
        Just("+49 221 5550 0123\n".to_owned()),
        Just("Best,\nC.O.".to_owned()),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn strikes_are_in_order_and_on_boundaries(text in texts()) {
        let strikes = find(&onyango(), &text);
        let mut end = 0;
        for strike in &strikes {
            prop_assert!(end <= strike.start && strike.start < strike.end && strike.end <= text.len());
            prop_assert!(text.is_char_boundary(strike.start) && text.is_char_boundary(strike.end));
            end = strike.end;
        }
        // The same text gives the same strikes.
        prop_assert_eq!(&strikes, &names_someone(&onyango(), &text));
    }

    #[test]
    fn what_is_kept_is_kept_byte_for_byte(text in texts()) {
        let strikes = find(&onyango(), &text);
        let mut again = String::new();
        let mut struck = strikes.iter();
        for piece in apply(&text, &strikes).pieces {
            match piece {
                Piece::Kept(kept) => again.push_str(kept),
                Piece::Struck(strike) => {
                    prop_assert_eq!(Some(&strike), struck.next());
                    again.push_str(&text[strike.start..strike.end]);
                }
            }
        }
        prop_assert_eq!(again, text);
    }

    #[test]
    fn any_strikes_can_be_applied(
        text in texts(),
        places in prop::collection::vec((0_usize..200, 0_usize..200), 0..10),
    ) {
        let strikes: Vec<Strike> = places
            .into_iter()
            .map(|(start, end)| Strike { start, end, reason: Reason::ByHand })
            .collect();
        let merged = merge(&text, strikes.iter().copied());
        let struck = apply(&text, &strikes);
        let kept: usize = struck
            .pieces
            .iter()
            .map(|piece| match piece { Piece::Kept(kept) => kept.len(), Piece::Struck(_) => 0 })
            .sum();
        let gone: usize = merged.iter().map(|strike| strike.end - strike.start).sum();
        prop_assert_eq!(kept + gone, text.len());
        for strike in strikes.iter().filter(|strike| strike.start < strike.end.min(text.len())) {
            prop_assert!(merged.iter().any(|all| all.start <= strike.start && strike.end.min(text.len()) <= all.end));
        }
    }

    #[test]
    fn any_person_can_be_known(name in ".{0,40}", email in ".{0,20}@?.{0,20}", location in ".{0,30}", social in ".{0,30}") {
        let person = Person {
            name: &name, email: &email, location: &location, social_usernames: &social, github_username: &social,
        };
        let text = format!("{name} {location} {email} {social}");
        let _ = find(&Known::new([person], [name.as_str()]), &text);
    }
}

#[test]
fn the_mark_tells_nothing() {
    let known = onyango();
    let short = "By C. Onyango.";
    let long = "By Cherotich Cherotich Cherotich Onyango.";
    for text in [short, long] {
        assert_eq!(apply(text, &find(&known, text)).plain(), format!("By {MARK}."));
    }
    assert_eq!(apply("nothing", &[]).plain(), "nothing");
}

#[test]
fn a_strike_can_be_taken_back() {
    let known = onyango();
    let text = "Onyango lives in Eldoret.";
    let mut strikes = find(&known, text);
    assert_eq!(strikes.len(), 2);
    strikes.remove(0);
    assert_eq!(apply(text, &strikes).plain(), format!("Onyango lives in {MARK}."));
}

#[test]
fn strikes_that_meet_become_one_with_the_stronger_reason() {
    let strike = |start, end, reason| Strike { start, end, reason };
    let strikes =
        [strike(3, 5, Reason::Name), strike(0, 4, Reason::Email), strike(7, 7, Reason::Link)];
    assert_eq!(merge("abcdefgh", strikes), [strike(0, 5, Reason::Email)]);
    // An end inside a character takes all of it.
    assert_eq!(merge("aéb", [strike(2, 3, Reason::ByHand)]), [strike(1, 3, Reason::ByHand)]);
}

#[test]
fn an_assessors_comment_is_scanned_alike() {
    // proves A34
    let known = onyango();
    assert!(names_someone(&known, "A clear plan by nova-crab; the tests are missing.").is_empty());
    assert_eq!(names_someone(&known, "I think this is Onyango from Eldoret.").len(), 2);
}

#[test]
fn each_reason_is_kept_by_its_word() {
    for reason in Reason::ALL {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.word());
        assert!(reason.sentence().ends_with('.'));
    }
}

#[test]
fn the_work_grows_with_the_text_alone() {
    let known = onyango();
    let looks = |unit: &str, times: usize| {
        let reading = Reading::of(&unit.repeat(times));
        let _ = all(&known, &reading);
        reading.looks.get()
    };
    for unit in [
        "a ",
        "a",
        "a.",
        "a@",
        "a-",
        "-at-",
        "a at ",
        " dot a",
        "@a.",
        "1 ",
        "1",
        "1.",
        "+1",
        "(",
        "::1",
        "f:",
        "a/",
        "a.com/",
        "http://",
        "C.O. ",
        "Onyango ",
        "Onyango, C. ",
        "aA",
        "Thanks,\n",
        "\n",
        ".",
        "— a\n",
        "cherotich",
        "DE00",
        "account ",
        "山",
        "이영환",
        "а",
        "\u{301}",
        "nova-crab",
        "@nova-crab",
        "a_",
        "a#",
        "u/",
        "www.",
        "%40",
        "<at>a<dot>",
        "o n y a n g o ",
    ] {
        let (few, many) = (looks(unit, 1_000), looks(unit, 4_000));
        assert!(many <= few * 9 / 2, "{unit:?}: {few} looks grow to {many}");
        // And the most that any text takes of each character is bounded.
        let characters = Reading::of(&unit.repeat(4_000)).len();
        assert!(
            many <= characters.max(4_000) * 400,
            "{unit:?}: {many} looks at {characters} characters"
        );
    }
}

#[test]
fn a_team_of_many_is_looked_for_at_once() {
    let names: Vec<String> = (0..12)
        .map(|number| {
            format!(
                "{}ano {}erez",
                "abcdfghklmnp".repeat(2).get(number..number + 4).unwrap(),
                "pnmlkhgfdcba".repeat(2).get(number..number + 5).unwrap()
            )
        })
        .collect();
    let known = Known::new(names.iter().map(|name| Person { name, ..Person::default() }), []);
    let mut text = String::new();
    for name in &names {
        write!(text, "{name}; ").unwrap();
    }
    assert_eq!(find(&known, &text).len(), names.len());
}
