use std::collections::BTreeSet;

use super::*;
use crate::domain::controller::Processor;
use crate::inventory::{ITEMS, asked_of_applicants};

fn controller() -> Controller {
    Controller {
        privacy_officer: Some("Noor Aalto".to_owned()),
        processors: vec![Processor {
            name: "Example Hosting".to_owned(),
            purpose: "runs the machines".to_owned(),
            url: "https://hosting.example/privacy".to_owned(),
            country: "Exampleland".to_owned(),
        }],
        ..Controller::default()
    }
}

fn section<'a>(notice: &'a Notice, id: &str) -> &'a Section {
    notice.sections.iter().find(|section| section.id == id).unwrap()
}

fn texts(block: &Block) -> Vec<&Text> {
    match block {
        Block::Paragraph(text) => vec![text],
        Block::List(texts) => texts.iter().collect(),
        Block::Table(table) => table.rows.iter().flatten().collect(),
    }
}

fn words_of(id: &str) -> String {
    let notice = notice(&controller());
    let texts: Vec<_> =
        section(&notice, id).blocks.iter().flat_map(texts).map(Text::plain).collect();
    texts.join("\n")
}

#[test]
fn the_notice_as_it_reads() {
    // When this changes, `VERSION` has to be raised: people were told something else before.
    insta::assert_snapshot!(notice(&controller()).plain());
}

#[test]
fn each_promise_about_the_notice_is_kept() {
    let promises = [
        // proves S1, S19, S50
        ("who", "Example Foundation, 1 Example Street"),
        ("who", "Noor Aalto"),
        ("who", "privacy@foundation.example with any question or request. You need no account"),
        // proves S2
        ("rights", "the same for everyone, wherever you live"),
        // proves S5
        ("who-sees-it", "an authority or a court demands data"),
        // proves S7, S8, S9
        ("cookies", "__Host-applicant"),
        ("cookies", "__Host-staff"),
        ("cookies", "__Host-visit"),
        ("cookies", "Each holds a random value and nothing about you"),
        ("cookies", "the public pages, this notice and our contact work without"),
        // proves S10
        ("where", "stored in Exampleland"),
        ("where", "Authorities in Exampleland may be able to demand access"),
        // proves S13
        ("security", "we can't promise that nothing will ever go wrong"),
        // proves S14, S15, S16, S17, S18
        ("rights", "also when it is nothing"),
        ("rights", "Objection: "),
        ("rights", "Correction: "),
        ("rights", "Erasure: you can ask for it at any time"),
        ("rights", "A copy: "),
        // proves S20, S21
        ("rights", "within one month"),
        ("rights", "we ask for no documents"),
        // proves S22, S23, S25, S29
        ("rights", "Withdrawal of consent: at any time"),
        ("rights", "your whole account"),
        ("rights", "Before we act we tell you what follows from it"),
        ("rights", "stored and used for nothing else"),
        // proves S24
        (
            "complaint",
            "you can complain to a supervisory authority: to Example Data Protection Authority",
        ),
        // proves S30
        ("how-long", "only where a law demands it or a dispute needs it"),
        // proves S31
        ("children", "not for anybody under sixteen"),
        ("children", "nothing is stored"),
        // proves S32, S33, S51
        ("messages", "read by our staff only. Your rights hold for them"),
        // proves S37, S38
        ("how-long", "three years from submission"),
        ("how-long", "seven years from the decision to award the grant"),
        // proves S39, S40
        ("who-sees-it", "of everything about you they may see your GitHub username, and"),
        ("who-sees-it", "a separate consent, which you can refuse at no cost"),
        // proves S45
        ("what-we-ask", "used for the account and the application only"),
        // proves S46
        ("what-we-ask", "assessors may read every word that you write there"),
        // proves S47
        ("what-else", "no report of an error leaves the site"),
        // proves S48
        ("processors", "Example Hosting: runs the machines, in Exampleland"),
    ];
    for (id, promise) in promises {
        let words = words_of(id);
        assert!(words.contains(promise), "“{promise}” is missing in:\n{words}");
    }
}

#[test]
fn every_item_stands_in_the_notice_with_its_period() {
    // proves S27, S34
    let all = notice(&controller()).plain();
    for item in ITEMS {
        assert!(all.contains(item.label) && all.contains(item.what), "{}", item.key);
        for phrase in item.kept.phrases() {
            assert!(all.contains(&phrase), "{}: {phrase}", item.key);
        }
    }
    let notice = notice(&controller());
    let Some(Block::Table(asked)) = section(&notice, "what-we-ask").blocks.get(1) else {
        panic!("the table of what is asked is not where it was");
    };
    assert_eq!(asked.rows.len(), asked_of_applicants().count());
    assert!(
        words_of("what-we-ask").starts_with("We ask for your consent to keep and use seven items")
    );
}

#[test]
fn the_notice_is_silent_about_what_there_is_not() {
    let all = notice(&Controller::default()).plain();
    for absent in ["bank", "avatar", "import", "Our privacy officer"] {
        assert!(!all.contains(absent), "{absent}");
    }
    assert!(all.contains("No other company handles your data for us."));
}

#[test]
fn it_says_how_long_copies_live() {
    let with = |backup_days| {
        let controller = Controller { backup_days, ..Controller::default() };
        notice(&controller).plain()
    };
    assert!(with(14).contains("each for 14 days at most"));
    assert!(with(0).contains("We keep no copies"));
}

#[test]
fn links_lead_where_links_may_lead() {
    let notice = notice(&controller());
    let mut links = 0;
    for text in notice.sections.iter().flat_map(|section| &section.blocks).flat_map(texts) {
        for part in &text.parts {
            if let Inline::Link { words, url } = part {
                links += 1;
                let scheme = ["https://", "http://", "mailto:"];
                assert!(scheme.iter().any(|scheme| url.starts_with(scheme)), "{url}");
                assert!(!words.is_empty());
            }
        }
    }
    assert!(links >= 6, "{links}");
}

#[test]
fn sections_have_names_of_their_own_and_tables_are_whole() {
    let notice = notice(&controller());
    let ids: BTreeSet<_> = notice.sections.iter().map(|section| section.id).collect();
    assert_eq!(ids.len(), notice.sections.len());
    for section in &notice.sections {
        assert!(!section.blocks.is_empty(), "{}", section.id);
        for block in &section.blocks {
            if let Block::Table(table) = block {
                assert!(!table.rows.is_empty(), "{}", table.caption);
                assert!(table.rows.iter().all(|row| row.len() == table.head.len()));
            }
        }
    }
}

#[test]
fn whoever_collects_says_so() {
    // proves S1
    assert_eq!(
        at_collection(&Controller::default()),
        "Example Foundation collects this to assess an application and tell the applicant the result. \
         The privacy notice says how long it is kept, who sees it, and what your rights are."
    );
}
