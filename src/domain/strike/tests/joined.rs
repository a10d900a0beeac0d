//! Names and addresses that are written in one, in pieces, or in disguise.

use super::*;

#[test]
fn spaces_and_signs_make_no_difference() {
    // proves A2
    let known = onyango();
    for text in [
        "CherotichOnyango",
        "cherotich_onyango",
        "cherotich.onyango",
        "Onyango-Cherotich",
        "C h e r o t i c h  O n y a n g o",
        "Chero-\ntich Ony-\nango",
        "O\nN\nY\nA\nN\nG\nO",
        "**Cherotich** _Onyango_",
        "conyango",
    ] {
        let around = format!("see {text}, please");
        let strikes = find(&known, &around);
        let whole = data::places(&around, text);
        assert!(data::is_covered(&around, &strikes, &whole[0]), "{text}: {strikes:?}");
        assert_eq!(data::false_strikes(&around, &strikes, &whole).1, Vec::<&str>::new(), "{text}");
    }
}

#[test]
fn short_names_in_one_are_words() {
    assert!(pieces(&named("Le An"), "A lean design for an error.").is_empty());
    assert!(pieces(&named("Mark Read"), "We mark read messages.").is_empty());
    assert_eq!(pieces(&named("Le An"), "It is by Le An."), ["Le An"]);
}

#[test]
fn what_nobody_sees_and_what_looks_alike() {
    // proves A2
    let known = onyango();
    for text in [
        "Chero\u{200b}tich On\u{ad}yango",
        "C\u{336}h\u{336}e\u{336}r\u{336}o\u{336}t\u{336}i\u{336}c\u{336}h\u{336}",
        "Сhеrоtісh",
        "ＯＮＹＡＮＧＯ",
        "𝓒𝓱𝓮𝓻𝓸𝓽𝓲𝓬𝓱",
        "Ch3r0tich",
        "Οnyangο",
    ] {
        assert_eq!(pieces(&known, &format!("by {text} alone")), [text]);
    }
    // A capital I where a small L should be.
    assert_eq!(pieces(&named("Williamson Halvorsen"), "HaIvorsen did"), ["HaIvorsen"]);
}

#[test]
fn the_known_address_is_found_however_it_is_broken() {
    // proves A1
    let known = onyango();
    for text in [
        "cherotich.onyango@mail.example",
        "CHEROTICH.ONYANGO@MAIL.EXAMPLE",
        "cherotich.onyango@\nmail.example",
        "cherotich.\nonyango@mail.example",
        "cherotich . onyango @ mail . example",
        "cherotich dot onyango at mail dot example",
        "cherotich.onyango (at) mail (dot) example",
    ] {
        assert_eq!(struck(&known, &format!("to {text} now")), [(text, Reason::Email)]);
    }
    let punycode = Person { email: "j@xn--bcher-kva.example", ..Person::default() };
    assert_eq!(
        struck(&Known::new([punycode], []), "an j@bücher.example"),
        [("j@bücher.example", Reason::Email)]
    );
}

#[test]
fn names_elsewhere_are_found_without_their_server() {
    // proves A3
    let known = onyango();
    assert_eq!(struck(&known, "I post as cheronyango."), [("cheronyango", Reason::Social)]);
    assert_eq!(struck(&known, "As Fox-of-Eldoret I blog."), [("Fox-of-Eldoret", Reason::Social)]);
    assert_eq!(
        struck(&known, "Toot @cheronyango@social.example!"),
        [("@cheronyango@social.example", Reason::Social)]
    );
}

#[test]
fn a_github_username_by_itself_stays() {
    // proves A3, A9, A35
    let person = Person {
        name: "Ingrid Halvorsen",
        email: "ingrid-h@mail.example",
        social_usernames: "@ingrid-h@social.example",
        github_username: "ingrid-h",
        ..Person::default()
    };
    let known = Known::new([person], []);
    for kept in [
        "ingrid-h reviews it.",
        "See ingrid-h.",
        "Ask @ingrid-h, please.",
        "(ingrid-h)",
        "ingrid-h: yes",
    ] {
        assert!(pieces(&known, kept).is_empty(), "{kept}: {:?}", struck(&known, kept));
    }
    for (text, found) in [
        ("https://github.com/ingrid-h has it", "https://github.com/ingrid-h"),
        ("github.com/ingrid-h has it", "github.com/ingrid-h"),
        ("to ingrid-h@mail.example now", "ingrid-h@mail.example"),
        ("@ingrid-h@social.example is me", "@ingrid-h@social.example"),
        ("Ingrid-H is another spelling", "Ingrid-H"),
        ("by ingrid-hh", "ingrid"),
    ] {
        assert_eq!(pieces(&known, text), [found], "{text}");
    }
    // A username that is a name stays where it stands alone, and goes with the rest of the name.
    let same =
        Person { name: "Cherotich Onyango", github_username: "Onyango", ..Person::default() };
    let known = Known::new([same], []);
    assert!(pieces(&known, "The login is Onyango.").is_empty());
    assert_eq!(pieces(&known, "By Cherotich Onyango."), ["Cherotich Onyango"]);
}

#[test]
fn a_name_parted_by_a_space_written_with_signs_or_with_a_letter_wrong() {
    // proves A2, A34
    let known = onyango();
    for text in [
        "Chero tich",
        "che ro tich",
        "Ony@ngo",
        "Cherot!ch",
        "Cherotch",
        "cherotichh",
        "Chreotich",
        "Oniango",
    ] {
        let around = format!("the work of {text} is good");
        let found = find(&known, &around);
        let whole = data::places(&around, text);
        assert!(data::is_covered(&around, &found, &whole[0]), "{text}: {found:?}");
    }
    for harmless in
        ["The cherries, on a mango", "a chart of the tonic", "each rotation", "5 @ 3, a@b"]
    {
        assert!(pieces(&known, harmless).is_empty(), "{harmless}");
    }
}

#[test]
fn names_written_backwards() {
    // proves A2, A34
    let known = onyango();
    for text in [
        "hcitorehC",
        "ognaynO",
        "ognaynO hcitorehC",
        "ognaynohcitorehc",
        "\u{202e}ognaynO hcitorehC\u{202c}",
    ] {
        let around = format!("by {text} alone");
        let letters = text.trim_matches(['\u{202e}', '\u{202c}']);
        let found = find(&known, &around);
        for word in letters.split(' ') {
            let whole = data::places(&around, word);
            assert!(data::is_covered(&around, &found, &whole[0]), "{text}: {found:?}");
        }
    }
    // Anna and Otto are the same, Leon is noel, and a lever is no revel.
    assert!(pieces(&named("Leon Lever"), "a noel revel").is_empty());
}

#[test]
fn a_name_is_a_name_though_it_is_used_on_the_net_as_well() {
    let person = Person {
        name: "Cherotich Onyango",
        social_usernames: "@onyango\ncherotichonyango\nfox-of-eldoret",
        ..Person::default()
    };
    let known = Known::new([person], []);
    for (text, reason) in [
        ("Onyango", Reason::PartOfName),
        ("cherotichonyango", Reason::Name),
        ("Cherotich Onyango", Reason::Name),
        ("fox-of-eldoret", Reason::Social),
    ] {
        assert_eq!(struck(&known, &format!("see {text} there")), [(text, reason)]);
    }
}
