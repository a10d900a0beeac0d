//! What assessment holds: of applications, and of assessors.

use super::{Item, Kept, Purpose, Subject};
use crate::domain::class::Class;
use crate::domain::retention::Rule;
use crate::domain::role::Audience::{Assessor, Staff};
use crate::domain::slot::Slot;

/// What comes to an application once it was submitted.
const SINCE_SUBMISSION: Kept =
    Kept::Under(&[Rule::Application, Rule::Award, Rule::ConsentWithdrawn]);

pub(super) const PACKET: Item = Item {
    key: "packet",
    label: "Packet for assessors",
    what: "The copy of an application that outside assessors read: the GitHub username and the answers that are marked so, with names, addresses, numbers and links struck out, the day on which staff released it, and, where staff made one for it, a redacted copy of an attached file.",
    about: Subject::Application,
    class: Some(Class::Packet),
    purpose: Purpose::Assess,
    kept: SINCE_SUBMISSION,
    shown_to: &[Staff, Assessor],
    source: "the application, by way of staff who look at each packet",
    slots: &[Slot::PacketFieldValue, Slot::PacketFileAbout, Slot::PacketFileContent],
    optional: false,
};

pub(super) const ASSESSMENT: Item = Item {
    key: "assessment",
    label: "Assessments",
    what: "Which assessor was asked to judge a packet and what became of it, by random identifiers; the points and comments that they gave, and what they asked staff and were answered.",
    about: Subject::Application,
    class: Some(Class::Packet),
    purpose: Purpose::Assess,
    kept: SINCE_SUBMISSION,
    shown_to: &[Staff, Assessor],
    source: "outside assessors",
    slots: &[
        Slot::ScorePoints,
        Slot::ScoreComment,
        Slot::AssessorQuestionBody,
        Slot::AssessorQuestionAnswer,
    ],
    optional: false,
};

pub(super) const STAFF_ASSESSMENT: Item = Item {
    key: "staff_assessment",
    label: "Staff’s own notes",
    what: "The points that staff gave, what they wrote to each other about the application, what they decided to strike out of its packet, the redacted copies that they made of attached files, and why an assessor must not see it.",
    about: Subject::Application,
    class: Some(Class::Personal),
    purpose: Purpose::Assess,
    kept: SINCE_SUBMISSION,
    shown_to: &[Staff],
    source: "staff",
    slots: &[
        Slot::PreparationWork,
        Slot::RedactionAbout,
        Slot::RedactionContent,
        Slot::StaffScorePoints,
        Slot::StaffScoreComment,
        Slot::NoteBody,
        Slot::ConflictNote,
    ],
    optional: false,
};

pub(super) const ASSESSOR_NAME: Item = Item {
    key: "assessor_name",
    label: "Name of an outside assessor",
    what: "The name under which staff know them.",
    about: Subject::Assessor,
    class: Some(Class::Assessor),
    purpose: Purpose::Work,
    kept: Kept::Under(&[Rule::Staff]),
    shown_to: &[Staff],
    source: "whoever invites them",
    slots: &[Slot::AssessorName],
    optional: false,
};

pub(super) const ASSESSOR_EMAIL: Item = Item {
    key: "assessor_email",
    label: "E-mail address of an outside assessor",
    what: "The address that the invitation and sign-in links go to, until when they have access, and when the account was last used.",
    about: Subject::Assessor,
    class: Some(Class::Assessor),
    purpose: Purpose::Work,
    kept: Kept::Under(&[Rule::Staff]),
    shown_to: &[Staff],
    source: "whoever invites them",
    slots: &[Slot::AssessorEmail],
    optional: false,
};

pub(super) const ASSESSOR_EXPERTISE: Item = Item {
    key: "assessor_expertise",
    label: "What an outside assessor knows about",
    what: "Fields of knowledge in a few words, by which packets are given out.",
    about: Subject::Assessor,
    class: Some(Class::Assessor),
    purpose: Purpose::Work,
    kept: Kept::Under(&[Rule::Staff]),
    shown_to: &[Staff],
    source: "staff",
    slots: &[Slot::AssessorTags],
    optional: true,
};

pub(super) const UNDERTAKING: Item = Item {
    key: "undertaking",
    label: "Undertakings of outside assessors",
    what: "That an assessor undertook to keep a round in confidence: when, and the exact text.",
    about: Subject::Assessor,
    class: Some(Class::Assessor),
    purpose: Purpose::Work,
    kept: Kept::Under(&[Rule::Staff]),
    shown_to: &[Staff],
    source: "the assessor",
    slots: &[],
    optional: false,
};
