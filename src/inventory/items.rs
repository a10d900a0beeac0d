//! Every item, declared once.

use super::{Item, Kept, Purpose, Subject};
use crate::domain::class::Class;
use crate::domain::retention::{Rule, Span};
use crate::domain::role::Audience::{Admin, Applicant, Assessor, Privacy, Staff};
use crate::domain::slot::Slot;

/// What lies in an application: as a draft, submitted, or as a grant.
const WITH_THE_APPLICATION: Kept =
    Kept::Under(&[Rule::Draft, Rule::Application, Rule::Award, Rule::ConsentWithdrawn]);

/// One of the seven items that are asked of an applicant.
const fn asked(
    key: &'static str,
    label: &'static str,
    what: &'static str,
    slots: &'static [Slot],
) -> Item {
    Item {
        key,
        label,
        what,
        about: Subject::Applicant,
        class: Some(Class::Personal),
        purpose: Purpose::Assess,
        kept: WITH_THE_APPLICATION,
        shown_to: &[Applicant, Staff],
        source: "the applicant",
        slots,
        optional: false,
    }
}

/// Every piece of personal data that is held.
pub static ITEMS: &[Item] = &[
    asked(
        "name",
        "Name",
        "The name by which the applicant wants to be known to staff.",
        &[Slot::MemberName],
    ),
    Item {
        optional: true,
        ..asked(
            "pronouns",
            "Preferred pronouns",
            "How staff should speak of the applicant.",
            &[Slot::MemberPronouns],
        )
    },
    asked(
        "email",
        "E-mail address",
        "The confirmed address, used for the account and the application only.",
        &[Slot::MemberEmail],
    ),
    asked(
        "location",
        "Location",
        "The town or region and the country that the applicant names.",
        &[Slot::MemberLocation],
    ),
    Item {
        source: "the applicant's connection, when the application is submitted",
        ..asked(
            "ip",
            "IP address",
            "The network address from which the application was submitted.",
            &[Slot::MemberIp],
        )
    },
    Item {
        shown_to: &[Applicant, Staff, Assessor],
        ..asked(
            "github_username",
            "GitHub username",
            "The name of the applicant's account on GitHub, as they write it.",
            &[Slot::MemberGithubUsername],
        )
    },
    Item {
        optional: true,
        ..asked(
            "social_usernames",
            "Social media usernames",
            "Names of accounts elsewhere that the applicant chooses to mention.",
            &[Slot::MemberSocialUsernames],
        )
    },
    Item {
        key: "answer",
        label: "Answers",
        what: "What the applicant answers to the questions of a round. \
               Assessors may see the answers that are marked so, and no others.",
        about: Subject::Application,
        class: Some(Class::Personal),
        purpose: Purpose::Assess,
        kept: WITH_THE_APPLICATION,
        shown_to: &[Applicant, Staff, Assessor],
        source: "the applicant",
        slots: &[Slot::AnswerValue],
        optional: false,
    },
    Item {
        key: "grant",
        label: "Record of a grant",
        what: "The same items and answers, once a grant was awarded.",
        about: Subject::Application,
        class: Some(Class::Personal),
        purpose: Purpose::Grant,
        kept: Kept::Under(&[Rule::Award]),
        shown_to: &[Applicant, Staff],
        source: "the application",
        slots: &[],
        optional: false,
    },
    Item {
        key: "consent",
        label: "Consent receipts",
        what: "What the applicant agreed to, when, how, to which exact text, and whether and when it was withdrawn.",
        about: Subject::Running,
        class: Some(Class::Personal),
        purpose: Purpose::Prove,
        kept: WITH_THE_APPLICATION,
        shown_to: &[Applicant, Staff],
        source: "the applicant's own choice",
        slots: &[],
        optional: false,
    },
    Item {
        key: "status",
        label: "Course of an application",
        what: "Its reference, its round, and its steps: when each was taken, and the random identifier of whoever took it.",
        about: Subject::Running,
        class: Some(Class::Personal),
        purpose: Purpose::Assess,
        kept: WITH_THE_APPLICATION,
        shown_to: &[Applicant, Staff],
        source: "the work on the application",
        slots: &[],
        optional: false,
    },
    Item {
        key: "account",
        label: "Account of an applicant",
        what: "The confirmed e-mail address, when the account was made, and when it was last used.",
        about: Subject::Running,
        class: Some(Class::Personal),
        purpose: Purpose::Access,
        kept: Kept::Under(&[Rule::Account]),
        shown_to: &[Applicant],
        source: "the applicant",
        slots: &[Slot::AccountEmail],
        optional: false,
    },
    Item {
        key: "sign_in",
        label: "Sign-in requests",
        what: "The e-mail address for which a link was asked, and when; for a new application, also what was agreed to. The link works for ten minutes.",
        about: Subject::Running,
        class: Some(Class::Personal),
        purpose: Purpose::Access,
        kept: Kept::Under(&[Rule::Unconfirmed]),
        shown_to: &[],
        source: "whoever asks for the link",
        slots: &[Slot::SignInEmail],
        optional: false,
    },
    Item {
        key: "session",
        label: "Sessions",
        what: "That an account is signed in: a fingerprint of the random identifier in the cookie, and times.",
        about: Subject::Running,
        class: None,
        purpose: Purpose::Access,
        kept: Kept::For(Span::Days(1), "after sign-in at most, and never beyond sign-out"),
        shown_to: &[],
        source: "the running of the site",
        slots: &[],
        optional: false,
    },
    Item {
        key: "mail",
        label: "Mails to a person",
        what: "Which kind of mail was sent about which application, and when. It is written when it is sent, and its text is not kept.",
        about: Subject::Running,
        class: None,
        purpose: Purpose::Access,
        kept: Kept::Under(&[Rule::Mail]),
        shown_to: &[],
        source: "the running of the site",
        slots: &[],
        optional: false,
    },
    Item {
        key: "audit",
        label: "Audit",
        what: "Who opened or changed what, and when, by random identifiers alone.",
        about: Subject::Running,
        class: None,
        purpose: Purpose::Account,
        kept: Kept::IdentifiersOnly,
        shown_to: &[Privacy],
        source: "the running of the site",
        slots: &[],
        optional: false,
    },
    Item {
        key: "staff_name",
        label: "Name of a member of staff",
        what: "The name under which colleagues know them, and their roles.",
        about: Subject::Staff,
        class: Some(Class::Staff),
        purpose: Purpose::Work,
        kept: Kept::Under(&[Rule::Staff]),
        shown_to: &[Staff, Admin, Privacy],
        source: "whoever invites them",
        slots: &[Slot::StaffName],
        optional: false,
    },
    Item {
        key: "staff_email",
        label: "E-mail address of a member of staff",
        what: "The address that the invitation and sign-in links go to, and when the account was last used.",
        about: Subject::Staff,
        class: Some(Class::Staff),
        purpose: Purpose::Work,
        kept: Kept::Under(&[Rule::Staff]),
        shown_to: &[Admin],
        source: "whoever invites them",
        slots: &[Slot::StaffEmail],
        optional: false,
    },
];
