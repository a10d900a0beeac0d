//! What the notice says about people: who answers, and what everyone may ask for.

use super::{Block, Section, Text, list, paragraph};
use crate::domain::controller::Controller;
use crate::domain::retention::Rule;

pub(super) fn who(controller: &Controller) -> Section {
    let mut blocks = vec![
        paragraph(format!(
            "{}, {}, decides what your data is used for on this site and answers for it. This notice says what that is.",
            controller.organisation, controller.address
        )),
        Block::Paragraph(
            Text::from("Write to ")
                .mail(&controller.contact_email)
                .words(" with any question or request. You need no account for that."),
        ),
    ];
    if let Some(officer) = &controller.privacy_officer {
        blocks.push(paragraph(format!("Our privacy officer is {officer}.")));
    }
    Section { id: "who", heading: "Who answers for your data", blocks }
}

pub(super) fn rights(controller: &Controller) -> Section {
    let right = |name: &str, how: &str| Text::from(format!("{name}: {how}"));
    Section {
        id: "rights",
        heading: "Your rights",
        blocks: vec![
            paragraph("They are the same for everyone, wherever you live, and cost nothing."),
            Block::List(vec![
                right("To know", "we tell you whether we hold anything about you, and what; also when it is nothing."),
                right("A copy", "we send you what we hold, in a form that people can read and in one for programs (JSON)."),
                right("Correction", "we put right what is wrong. Until you submit, you can change your draft yourself."),
                right("Erasure", "you can ask for it at any time, for an application or for your whole account."),
                right("Restriction", "we keep it and use it for nothing else, while a question about it is open."),
                right("Objection", "you can object to what we do in our legitimate interest, and we stop unless we can show why not."),
                right(
                    "Withdrawal of consent",
                    "at any time and without a reason. What was done before stays lawful. An optional consent can be \
                     withdrawn alone, and costs you nothing.",
                ),
            ]),
            Block::Paragraph(
                Text::from("For each of them one message is enough: ")
                    .mail(&controller.contact_email)
                    .words(", best from the address that you applied with. We first make sure that it is you, by a \
                            message to the address that we know; we ask for no documents. You have our answer within \
                            one month. If a request is hard to answer we may need two months more, and tell you why \
                            within the first."),
            ),
            paragraph(
                "Before we act we tell you what follows from it. If you withdraw your consent to the application, or \
                 have it erased, we can't consider it any further. When an account is erased, its applications go \
                 with it unless you want them kept.",
            ),
            paragraph(format!(
                "Some of it may have to stay: the record of a grant that was paid ({}), or what a law or a dispute \
                 demands. We then tell you what stays, why, and when that is looked at again; until then it is stored \
                 and used for nothing else.",
                Rule::Award.phrase()
            )),
        ],
    }
}

pub(super) fn complaint(controller: &Controller) -> Section {
    Section {
        id: "complaint",
        heading: "Complaints",
        blocks: vec![
            Block::Paragraph(
                Text::from("If you think that we treat your data wrongly, you can complain to a supervisory authority: to ")
                    .link(controller.authority_name.clone(), controller.authority_url.clone())
                    .words(", or to the one where you live or work."),
            ),
            paragraph("You need not write to us first, though we would like the chance to put it right."),
        ],
    }
}

pub(super) fn children(controller: &Controller) -> Section {
    Section {
        id: "children",
        heading: "Children",
        blocks: vec![
            paragraph(
                "This site is not for anybody under sixteen. We ask for your age group before we collect anything. \
                 If you are younger, nothing is stored, and your answer is kept in no case. Some programmes ask that you are eighteen when grants are \
                 awarded.",
            ),
            Block::Paragraph(
                Text::from("A parent or guardian of somebody younger can write to ")
                    .mail(&controller.contact_email)
                    .words(". If we find that we hold data of somebody under sixteen without a guardian's consent, we erase it."),
            ),
        ],
    }
}

pub(super) fn messages(controller: &Controller) -> Section {
    Section {
        id: "messages",
        heading: "When you write to us",
        blocks: vec![
            Block::Paragraph(Text::from("Messages to ").mail(&controller.contact_email).words(
                " are read by our staff only. Your rights hold for them as for everything else.",
            )),
            paragraph(format!(
                "What you write about an application is kept no longer than the application; a request about your \
                 data, {}.",
                Rule::Request.phrase()
            )),
        ],
    }
}

pub(super) fn changes() -> Section {
    Section {
        id: "changes",
        heading: "Changes of this notice",
        blocks: vec![list([
            "When this notice changes, its number does.",
            "A change never makes us keep longer, or use otherwise, what you gave us under an earlier one.",
        ])],
    }
}
