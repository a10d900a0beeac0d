//! What the notice says about the data: items, purposes, recipients, periods, places.

use super::{Block, Section, Table, Text, cookie_rows, list, paragraph};
use crate::domain::controller::Controller;
use crate::domain::retention::{Rule, in_words};
use crate::inventory::{Basis, ITEMS, Item, Kept, Purpose, Subject, asked_of_applicants};

pub(super) fn asked() -> Section {
    let row = |item: &Item| {
        let may = if item.optional { "if you like" } else { "yes" };
        let seen = if item.reaches_assessors() { "staff, assessors" } else { "staff" };
        vec![item.label.into(), item.what.into(), may.into(), seen.into(), item.source.into()]
    };
    Section {
        id: "what-we-ask",
        heading: "What we ask of applicants",
        blocks: vec![
            paragraph(format!(
                "We ask for your consent to keep and use {} items about you, before we keep any of them:",
                in_words(u32::try_from(asked_of_applicants().count()).unwrap_or_default())
            )),
            Block::Table(Table {
                caption: "Items about the applicant",
                head: vec!["Item", "What it is", "Needed", "Seen by", "Where it comes from"],
                rows: asked_of_applicants().map(row).collect(),
            }),
            paragraph(
                "Your answers are kept with them. Beside each field stands who sees it and for how long. A question \
                 that asks for something personal or sensitive has a box of its own, and nothing is kept of your \
                 answer unless you tick it.",
            ),
            paragraph(
                "Where a field says that assessors may see it, assessors may read every word that you write there. \
                 Leave out your name, your addresses and anything else that tells who you are. If your GitHub \
                 username is your name, assessors can tell who you are.",
            ),
            paragraph(
                "Nothing obliges you to give us any of it. Without the items that are needed we can't deal with an \
                 application. You sign in by a link that we send you, and need no account with anybody else. If you choose to \
                 sign in with GitHub, we ask GitHub for your username and your numeric id there, and for nothing else.",
            ),
        ],
    }
}

/// How long an item is kept; the periods of an application stand in a table of their own.
fn kept_of(item: &Item) -> Text {
    match item.kept {
        Kept::Under(rules) if rules.contains(&Rule::Application) => {
            "as long as the application".into()
        }
        kept => kept.phrases().join("; ").into(),
    }
}

fn table_of(caption: &'static str, about: &[Subject]) -> Block {
    Block::Table(Table {
        caption,
        head: vec!["What", "What it consists of", "Where it comes from", "How long"],
        rows: ITEMS
            .iter()
            .filter(|item| about.contains(&item.about))
            .map(|item| {
                vec![item.label.into(), item.what.into(), item.source.into(), kept_of(item)]
            })
            .collect(),
    })
}

pub(super) fn running() -> Section {
    Section {
        id: "what-else",
        heading: "What else is held about applicants",
        blocks: vec![
            table_of("Other data about applicants", &[Subject::Application, Subject::Running]),
            paragraph(
                "You can read on this site in which role somebody opened your application, when and why. The access log is \
                 sealed, and is opened for a recorded reason alone. What the program notes about its own running holds \
                 random identifiers and no addresses, and no report of an error leaves the site.",
            ),
        ],
    }
}

pub(super) fn staff() -> Section {
    Section {
        id: "staff",
        heading: "What is held about our staff",
        blocks: vec![table_of(
            "Data about members of staff and outside assessors",
            &[Subject::Staff, Subject::Assessor],
        )],
    }
}

pub(super) fn purposes(controller: &Controller) -> Section {
    let rows = Purpose::ALL
        .into_iter()
        .map(|purpose| {
            let items: Vec<_> = ITEMS
                .iter()
                .filter(|item| item.purpose == purpose)
                .map(|item| item.label)
                .collect();
            vec![purpose.text().into(), purpose.basis().label().into(), items.join(", ").into()]
        })
        .collect();
    let mut weighed = Vec::new();
    for purpose in Purpose::ALL {
        if let Basis::LegitimateInterest { balancing } = purpose.basis() {
            weighed.push(format!("We want {}. {balancing}", purpose.text()));
        }
    }
    Section {
        id: "purposes",
        heading: "What it is used for, and on which legal basis",
        blocks: vec![
            Block::Table(Table {
                caption: "Purposes and their legal bases",
                head: vec!["Purpose", "Legal basis", "Data"],
                rows,
            }),
            paragraph("Where we rely on a legitimate interest, this is how we weighed it:"),
            list(weighed),
            Block::Paragraph(
                Text::from("You can object to these uses: write to ")
                    .mail(&controller.contact_email)
                    .words("."),
            ),
            paragraph(
                "A successful application is kept longer because the grant is a contract between you and us, and \
                 because claims can arise from it.",
            ),
        ],
    }
}

pub(super) fn recipients(controller: &Controller) -> Section {
    let seen: Vec<_> = asked_of_applicants()
        .filter(|item| item.reaches_assessors())
        .map(|item| item.label)
        .collect();
    Section {
        id: "who-sees-it",
        heading: "Who sees it",
        blocks: vec![
            list([
                "You see your own applications and nobody else's.".to_owned(),
                format!(
                    "Staff of {} who work on applications, and nobody else on the staff. Whenever one of them opens \
                     an application, that is recorded.",
                    controller.organisation
                ),
                format!(
                    "Assessors from outside, where a programme has them: of everything about you they may see your {}, \
                     and the answers that are marked. Some programmes have none, and some ask you for a separate \
                     consent, which you can refuse at no cost.",
                    seen.join(", ")
                ),
                "The companies listed below that run machines or send mail for us, as far as that work needs it."
                    .to_owned(),
            ]),
            paragraph(
                "If an authority or a court demands data, we check whether it must be given, give no more than the \
                 law demands, and record it.",
            ),
            paragraph("We give your data to nobody else."),
        ],
    }
}

pub(super) fn kept(controller: &Controller) -> Section {
    let rules = Rule::ALL.into_iter().filter(|rule| {
        ITEMS.iter().any(|item| matches!(item.kept, Kept::Under(under) if under.contains(rule)))
    });
    let mut rows: Vec<Vec<Text>> =
        rules.map(|rule| vec![rule.subject().into(), rule.phrase().into()]).collect();
    for item in ITEMS.iter().filter(|item| !matches!(item.kept, Kept::Under(_))) {
        rows.push(vec![item.label.into(), kept_of(item)]);
    }
    let copies = match controller.backup_days {
        0 => "We keep no copies of the system beside it.".to_owned(),
        days => format!(
            "To be able to restore the system we may keep copies of it, each for {days} days at most. \
             What was erased lasts no longer than that in them, and stays encrypted."
        ),
    };
    Section {
        id: "how-long",
        heading: "How long it is kept",
        blocks: vec![
            Block::Table(Table {
                caption: "How long each kind of record is kept",
                head: vec!["Record", "Kept"],
                rows,
            }),
            paragraph(
                "Days are calendar days in UTC, and the last day is included. Two applications run on two clocks. \
                 If you take an application back, its time goes on; if you withdraw your consent, it is erased at once.",
            ),
            paragraph(copies),
            paragraph(
                "We keep something longer only where a law demands it or a dispute needs it: then only that part, \
                 for a recorded reason, and used for nothing else.",
            ),
        ],
    }
}

pub(super) fn stored(controller: &Controller) -> Section {
    Section {
        id: "where",
        heading: "Where it is stored",
        blocks: vec![
            paragraph(format!(
                "The data is stored in {0}. If you live elsewhere, applying means that it is transferred to {0}, whose \
                 law may protect it differently from the law where you live. Authorities in {0} may be able to demand \
                 access to it under the law of that country.",
                controller.country
            )),
            paragraph(
                "We say so again beside the box in which you agree, before anything is sent.",
            ),
        ],
    }
}

pub(super) fn processors(controller: &Controller) -> Section {
    let block = if controller.processors.is_empty() {
        paragraph("No other company handles your data for us.")
    } else {
        Block::List(
            controller
                .processors
                .iter()
                .map(|processor| {
                    Text::from(format!(
                        "{}: {}, in {} (",
                        processor.name, processor.purpose, processor.country
                    ))
                    .link(format!("privacy notice of {}", processor.name), processor.url.clone())
                    .words(")")
                })
                .collect(),
        )
    };
    Section { id: "processors", heading: "Companies that work for us", blocks: vec![block] }
}

pub(super) fn cookies() -> Section {
    Section {
        id: "cookies",
        heading: "Cookies",
        blocks: vec![
            Block::Table(Table {
                caption: "Cookies",
                head: vec!["Name", "What it is for", "When it ends"],
                rows: cookie_rows(),
            }),
            paragraph(
                "Each holds a random value and nothing about you. None is used to follow you, here or elsewhere. You \
                 can refuse them in your browser: the public pages, this notice and our contact work without; to \
                 sign in and to apply needs them, and the page says so.",
            ),
        ],
    }
}

pub(super) fn security() -> Section {
    Section {
        id: "security",
        heading: "How it is protected",
        blocks: vec![
            list([
                "The connection between your browser and the site is encrypted (https).",
                "Every personal value is encrypted on its own before it is stored, with a key of its own record.",
                "The keys are sorted by the quarter in which records end. When a quarter is over and its records are \
                 erased, its keys can be destroyed, and what may be left in old copies becomes unreadable.",
                "Data of applicants and data of staff have different keys.",
                "Staff see what their role needs. Opening an application is recorded, and the record is protected \
                 against changes.",
                "Sign-in links work once, for ten minutes.",
            ]),
            paragraph(
                "No way of sending or storing data is perfectly safe, and we can't promise that nothing will ever go \
                 wrong. If something does and it puts you at risk, we tell you.",
            ),
        ],
    }
}
