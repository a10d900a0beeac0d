//! The exact texts of consent, built from the facts about the controller.

use serde::{Deserialize, Serialize};

use super::Purpose;
use crate::domain::controller::Controller;
use crate::domain::programme::{OutsideAssessment, Question};
use crate::domain::retention::Rule;
use crate::inventory;

/// A text that is shown beside a box, and kept with the receipt as it was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentText {
    /// What it asks for.
    pub purpose: Purpose,
    /// The sentence beside the box. It is the first paragraph of [`ConsentText::text`].
    pub statement: String,
    /// What a person needs to know to agree, in paragraphs. They are the rest of [`ConsentText::text`].
    pub details: Vec<String>,
    /// What the text says, as facts for a receipt.
    pub facts: ConsentFacts,
}

/// What a consent text says, as facts for a receipt. Stored beside the text; nothing in it is about a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentFacts {
    /// The organisation that the consent is given to.
    pub organisation: String,
    /// Its postal address.
    pub address: String,
    /// Where a withdrawal or a question is sent.
    pub contact_email: String,
    /// What the data is used for.
    pub purpose: String,
    /// The legal basis.
    pub basis: String,
    /// The keys of the items.
    pub items: Vec<String>,
    /// The keys of those among them that may be left out.
    pub optional_items: Vec<String>,
    /// Whether they are sensitive.
    pub sensitive: bool,
    /// Who receives them.
    pub recipients: Vec<String>,
    /// The country in which they are stored.
    pub storage: String,
    /// How long they are kept, one phrase for each rule.
    pub kept: Vec<String>,
    /// How the consent can be withdrawn.
    pub withdrawal: String,
    /// The person's rights.
    pub rights: Vec<String>,
    /// Whom a person can complain to.
    pub authority: String,
}

/// The rights that every text and every receipt names.
pub const RIGHTS: [&str; 7] = [
    "to know what is held",
    "to get a copy",
    "to have it corrected",
    "to have it erased",
    "to have its use restricted",
    "to object",
    "to complain to a supervisory authority",
];

impl ConsentText {
    /// The text of a purpose that is asked for before a first draft; none for a sensitive question.
    #[must_use]
    pub fn first(
        purpose: &Purpose,
        controller: &Controller,
        assessment: OutsideAssessment,
    ) -> Option<Self> {
        match purpose {
            Purpose::Application => Some(Self::application(controller, assessment)),
            Purpose::OutsideAssessment => Some(Self::outside_assessment(controller)),
            Purpose::Sensitive(_) => None,
        }
    }

    /// The text of the consent without which there is no application.
    #[must_use]
    pub fn application(controller: &Controller, assessment: OutsideAssessment) -> Self {
        let organisation = &controller.organisation;
        let staff = staff_of(controller);
        let mut recipients = vec![staff.clone()];
        let mut who = vec![format!("Who sees it: {staff}, as far as their work needs it.")];
        match assessment {
            OutsideAssessment::Always => {
                recipients.push(ASSESSORS.to_owned());
                who.push(assessors_see());
            }
            OutsideAssessment::Never => {
                who.push("Nobody outside assesses applications in this programme.".to_owned());
            }
            OutsideAssessment::WithConsent => who
                .push("People outside see nothing of it, unless I agree to that below.".to_owned()),
        }
        let mut items = Vec::new();
        let mut optional_items = Vec::new();
        let mut labels = Vec::new();
        for item in inventory::asked_of_applicants() {
            items.push(item.key.to_owned());
            if item.optional {
                optional_items.push(item.key.to_owned());
                labels.push(format!("{} (optional)", lower_first(item.label)));
            } else {
                labels.push(lower_first(item.label));
            }
        }
        items.push("answer".to_owned());
        let kept = kept();
        let details = vec![
            format!("What: my {}; and my answers to the questions of this round.", list(&labels)),
            format!(
                "What for: to assess my application, to tell me the result and, if I get a grant, \
                 to carry it out. {organisation} ({}) answers for it.",
                controller.address
            ),
            who.join(" "),
            stored_in(controller),
            how_long(),
            "The IP address is the one from which I submit the application. If I choose to sign in with GitHub, the \
             numeric id of my account there is kept with the username; it is shown to nobody."
                .to_owned(),
            format!(
                "I can withdraw this at any time by a message to {}; no reason is needed. \
                 The application is then erased and can't be considered any further. If a grant was already paid, \
                 the record of it is kept until its time is up and used for nothing else.",
                controller.contact_email
            ),
            rights(controller),
        ];
        Self {
            purpose: Purpose::Application,
            statement: format!(
                "I agree that {organisation} keeps and uses what is listed here to deal with this application."
            ),
            details,
            facts: facts(controller, inventory::Purpose::Assess.text(), items, recipients, kept)
                .with_optional(optional_items),
        }
    }

    /// The text of the consent to outside assessment, where a programme asks for it separately.
    #[must_use]
    pub fn outside_assessment(controller: &Controller) -> Self {
        let organisation = &controller.organisation;
        let details = vec![
            "What for: to have people who know the field help to assess my application.".to_owned(),
            format!("Who sees it: assessors whom {organisation} asks, and who are not its staff. {}", assessors_see()),
            stored_in(controller),
            how_long(),
            "I need not agree. If I don't, staff alone assess the application, and it is treated no worse for that."
                .to_owned(),
            format!(
                "I can withdraw this at any time by a message to {}; no reason is needed. \
                 Assessors then see nothing of the application any more, and the application itself goes on.",
                controller.contact_email
            ),
            rights(controller),
        ];
        Self {
            purpose: Purpose::OutsideAssessment,
            statement: format!(
                "I agree that {organisation} shows my GitHub username and some of my answers to outside assessors."
            ),
            details,
            facts: facts(
                controller,
                "to have an application assessed by people from outside",
                vec!["github_username".to_owned(), "answer".to_owned()],
                vec![ASSESSORS.to_owned()],
                kept(),
            ),
        }
    }

    /// The text of the box beside a question that asks for something sensitive.
    #[must_use]
    pub fn sensitive(
        controller: &Controller,
        question: &Question,
        assessment: OutsideAssessment,
    ) -> Self {
        let organisation = &controller.organisation;
        let staff = staff_of(controller);
        let mut recipients = vec![staff.clone()];
        let who = match assessment {
            OutsideAssessment::Always if question.shared => {
                recipients.push(ASSESSORS.to_owned());
                format!("Who sees it: {staff}, and {ASSESSORS}.")
            }
            OutsideAssessment::WithConsent if question.shared => {
                recipients.push(ASSESSORS.to_owned());
                format!(
                    "Who sees it: {staff}, and {ASSESSORS} only if I agreed to outside assessment."
                )
            }
            _ => format!("Who sees it: {staff}. Outside assessors never see it."),
        };
        let choice = if question.required {
            "Without this answer an application of this kind can't be assessed. If I don't agree, \
             nothing of the answer is kept, and I can't submit the application."
        } else {
            "I need not agree. If I don't, nothing of the answer is kept, \
             and the application is treated no worse for that."
        };
        let details = vec![
            "The answer may say something sensitive about me or others. \
             It is used to assess this application and for nothing else."
                .to_owned(),
            who,
            stored_in(controller),
            how_long(),
            choice.to_owned(),
            format!(
                "I can withdraw this at any time by a message to {}; no reason is needed. The answer is then erased.",
                controller.contact_email
            ),
            rights(controller),
        ];
        Self {
            purpose: Purpose::Sensitive(question.key.clone()),
            statement: format!(
                "I agree that {organisation} keeps and uses my answer to the question “{}”.",
                question.ask
            ),
            details,
            facts: ConsentFacts {
                sensitive: true,
                ..facts(
                    controller,
                    inventory::Purpose::Assess.text(),
                    vec![format!("answer.{}", question.key)],
                    recipients,
                    kept(),
                )
            },
        }
    }

    /// The exact text: the statement and the details, with an empty line between paragraphs.
    ///
    /// A page that shows the statement beside the box and every detail in order shows this text and no other.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = self.statement.clone();
        for paragraph in &self.details {
            text.push_str("\n\n");
            text.push_str(paragraph);
        }
        text
    }
}

impl ConsentFacts {
    fn with_optional(self, optional_items: Vec<String>) -> Self {
        Self { optional_items, ..self }
    }
}

const ASSESSORS: &str = "outside assessors of this programme";

fn staff_of(controller: &Controller) -> String {
    format!("staff of {}", controller.organisation)
}

fn assessors_see() -> String {
    "Of all that is known about me, assessors from outside are shown my GitHub username only, with those of my \
     answers that are marked “assessors may see this”. Of a file that I attach they get at most a copy from which staff \
     took out what is personal. If my username gives away who I am, they can tell."
        .to_owned()
}

fn stored_in(controller: &Controller) -> String {
    format!(
        "Where: it is stored in {}. Authorities there may demand access to it under the law of that country.",
        controller.country
    )
}

fn kept() -> Vec<String> {
    [Rule::Draft, Rule::Application, Rule::Award]
        .into_iter()
        .map(|rule| format!("{}: {}", rule.word(), rule.phrase()))
        .collect()
}

fn how_long() -> String {
    format!(
        "How long: {}; if I get a grant, {}. A draft that I don't submit is erased {} {}.",
        Rule::Application.phrase(),
        Rule::Award.phrase(),
        Rule::Draft.longest(),
        Rule::Draft.counted(),
    )
}

fn rights(controller: &Controller) -> String {
    format!(
        "My rights: {}, such as {} ({}). The privacy notice says how.",
        RIGHTS.join(", "),
        controller.authority_name,
        controller.authority_url
    )
}

fn facts(
    controller: &Controller,
    purpose: &str,
    items: Vec<String>,
    recipients: Vec<String>,
    kept: Vec<String>,
) -> ConsentFacts {
    ConsentFacts {
        organisation: controller.organisation.clone(),
        address: controller.address.clone(),
        contact_email: controller.contact_email.clone(),
        purpose: purpose.to_owned(),
        basis: inventory::Basis::Consent.label().to_owned(),
        items,
        optional_items: Vec::new(),
        sensitive: false,
        recipients,
        storage: controller.country.clone(),
        kept,
        withdrawal: format!("a message to {}", controller.contact_email),
        rights: RIGHTS.map(str::to_owned).to_vec(),
        authority: controller.authority_name.clone(),
    }
}

/// Lowers a label for the middle of a sentence, but not an abbreviation or a name.
fn lower_first(label: &str) -> String {
    let mut letters = label.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() && !label.starts_with("GitHub") => {
            first.to_lowercase().chain(letters).collect()
        }
        (Some(first), Some('-')) => first.to_lowercase().chain(letters).collect(),
        _ => label.to_owned(),
    }
}

fn list(parts: &[String]) -> String {
    match parts.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => parts.concat(),
    }
}
