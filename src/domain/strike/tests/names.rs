//! Names and places, word by word.

use super::*;

#[test]
fn parts_of_a_name_are_struck_out_with_what_stands_beside_them() {
    // proves A1, A2
    let known = onyango();
    assert_eq!(
        struck(&known, "Dr. C. Onyango wrote it; Cherotich's notes and onyango agree."),
        [
            ("Dr. C. Onyango", Reason::Name),
            ("Cherotich", Reason::PartOfName),
            ("onyango", Reason::PartOfName)
        ]
    );
    assert_eq!(struck(&known, "By Onyango, Cherotich."), [("Onyango, Cherotich", Reason::Name)]);
}

#[test]
fn names_that_are_words_need_their_place() {
    // proves A2
    let known = named("Mark Will");
    for kept in [
        "We will mark every test.",
        "Will it hold? Mark the bad ones.",
        "WE WILL MARK THEM ALL",
        "How We Will Mark Every Single Test",
    ] {
        assert!(pieces(&known, kept).is_empty(), "{kept}: {:?}", pieces(&known, kept));
    }
    for (text, name) in [
        ("I asked Mark about it.", "Mark"),
        ("Will has kept it alive.", "Will"),
        ("That is all.\n\nThanks,\nWill", "Will"),
        ("The author is Mark Will.", "Mark Will"),
        ("my name is mark and I write", "mark"),
    ] {
        assert_eq!(pieces(&known, text), [name], "{text}");
    }
    let months = named("Rose May");
    assert!(pieces(&months, "It rose in May 2024, and by May we had more.").is_empty());
    assert_eq!(pieces(&months, "Rose May wrote, and so did R. May."), ["Rose May", "R. May"]);
}

#[test]
fn short_and_pet_forms_are_known_in_several_languages() {
    // proves A2
    for (name, text, form) in [
        ("Robert Kessler", "They call me Bob.", "Bob"),
        ("José Muñoz", "Me llaman Pepe.", "Pepe"),
        ("Giuseppe Vitrano", "Mi chiamano Beppe.", "Beppe"),
        ("Александр Ковалёв", "Спросите Сашу.", "Сашу"),
        ("Александр Ковалёв", "Ask Sasha.", "Sasha"),
        ("Małgorzata Kowalska", "Pisze Gosia.", "Gosia"),
    ] {
        assert_eq!(struck(&named(name), text), [(form, Reason::OtherName)], "{text}");
    }
}

#[test]
fn a_name_is_known_in_another_script_and_spelling() {
    // proves A2
    for (name, text, found) in [
        ("Игорь Белов", "I am Igor Belov.", "Igor Belov"),
        ("Євген Гнатюк", "Yevhen Hnatiuk wrote it.", "Yevhen Hnatiuk"),
        ("Δημήτριος Παπαδόπουλος", "By Dimitrios Papadopoulos.", "Dimitrios Papadopoulos"),
        ("თამარა ბერიძე", "By Tamara Beridze.", "Tamara Beridze"),
        ("しみず あすか", "By Shimizu Asuka.", "Shimizu Asuka"),
        ("Cherotich Onyango", "Автор Черотич Онянго.", "Черотич Онянго"),
        ("Jürgen Müller", "By Juergen Mueller.", "Juergen Mueller"),
        ("Jürgen Müller", "By Jurgen Muller.", "Jurgen Muller"),
        ("Juergen Mueller", "By Jürgen Müller.", "Jürgen Müller"),
    ] {
        assert_eq!(pieces(&named(name), text), [found], "{text}");
    }
}

#[test]
fn grammar_may_add_to_a_name() {
    // proves A2
    for (name, text, found) in [
        ("Väinö Rautio", "Tämä on Raution paketti.", "Raution"),
        ("Jan Kowalski", "Pytaj Kowalskiego.", "Kowalskiego"),
        ("Tomáš Horáček", "Ptej se Horáčka.", "Horáčka"),
        ("Ayşegül Çağlar", "Bu Çağlar'ın kodu.", "Çağlar"),
        ("Игорь Белкин", "Это код Белкина.", "Белкина"),
        ("איתי קפלן", "זה של ולקפלן.", "ולקפלן"),
    ] {
        assert_eq!(pieces(&named(name), text), [found], "{text}");
    }
    assert!(pieces(&named("Wei Chang"), "We change what has changed.").is_empty());
    assert!(pieces(&named("Ivan Stan"), "The standard is strict.").is_empty());
}

#[test]
fn initials_count_where_one_signs() {
    // proves A2
    let known = onyango();
    assert_eq!(struck(&known, "That is our plan.\n\nBest,\nC.O."), [("C.O.", Reason::Initials)]);
    assert_eq!(pieces(&known, "Many thanks, CO"), ["CO"]);
    assert_eq!(pieces(&known, "The end.\n— C. O."), ["C. O."]);
    assert!(pieces(&known, "Compare plan C. O notation is next, and CO too.").is_empty());
}

#[test]
fn names_without_spaces_around_them() {
    // proves A2
    for (name, text, found) in [
        ("王晓梅", "我叫王晓梅，负责维护。", vec!["王晓梅"]),
        ("王晓梅", "请问晓梅在吗，王老师", vec!["晓梅", "王老师"]),
        ("欧阳文静", "欧阳维护它。", vec!["欧阳"]),
        ("山田 花子", "私は山田花子です。", vec!["山田花子"]),
        ("이영환", "저는 이영환입니다.", vec!["이영환"]),
        ("อำพร นกทอง", "ผมชื่ออำพรนกทองครับ", vec!["อำพรนกทอง"]),
        // 지원 is a given name and the everyday word for a grant.
        ("김지원", "지원을 부탁합니다. 지원씨가 합니다.", vec!["지원씨"]),
        ("王晓梅", "国王很好。", vec![]),
    ] {
        assert_eq!(pieces(&named(name), text), found, "{text}");
    }
}

#[test]
fn places_are_struck_out_in_all_their_names() {
    // proves A1
    let known = |location| Known::new([Person { location, ..Person::default() }], []);
    for (location, text, found) in [
        (
            "Eldoret, KE",
            "In Eldoret, Kenya (KE) 🇰🇪, Kenyan and proud.",
            vec!["Eldoret", "Kenya", "KE", "🇰🇪", "Kenyan"],
        ),
        ("Köln, DE", "Cologne in Germany, or Koeln.", vec!["Cologne", "Germany", "Koeln"]),
        ("Київ, UA", "We meet in Kyiv.", vec!["Kyiv"]),
        ("川崎市幸区, JP", "川崎で会う。", vec!["川崎"]),
        ("Duluth, Minnesota, US", "the north of Minnesota", vec!["Minnesota"]),
        // Codes that are words say nothing, and nor does a word that every second town has.
        ("Ragusa, IT", "IT is hard.", vec![]),
        ("South Douglas, KE", "the south wind", vec![]),
        ("Tokyo, JP", "日本語で書く。", vec![]),
    ] {
        assert_eq!(pieces(&known(location), text), found, "{text}");
    }
}

#[test]
fn everybody_of_a_team_counts() {
    // proves A4
    let known = Known::new(
        [
            Person { name: "Paulo Teixeira", github_username: "cork-oak", ..Person::default() },
            Person { name: "Ngozi Adichukwu", email: "na77@mail.example", ..Person::default() },
        ],
        ["Lusitek Labs"],
    );
    assert_eq!(
        struck(&known, "Paulo and Ngozi of Lusitek-Labs; cork-oak codes."),
        [
            ("Paulo", Reason::PartOfName),
            ("Ngozi", Reason::PartOfName),
            ("Lusitek-Labs", Reason::Further)
        ]
    );
}
