//! The exact texts that people are asked to agree to, and receipts for them.

use data_encoding::BASE32_NOPAD;

use super::context::Context;
use super::error::ServiceError;
use super::rounds::RoundView;
use super::views::ConsentView;
use crate::domain::consent::{ConsentText, Purpose};
use crate::domain::form::Form;
use crate::domain::id::Id;
use crate::domain::programme::Question;
use crate::store::consents::{self, Consent, NewText, Text};

/// How a consent is given on this site.
pub(crate) const METHOD: &str = "web form, box ticked";

/// A text that is shown beside a box.
#[derive(Clone)]
pub(crate) struct Offered {
    pub text: ConsentText,
    pub row: NewText,
}

/// The texts that are shown before anything is kept.
pub(crate) fn first(ctx: &Context, round: &RoundView) -> Result<Vec<Offered>, ServiceError> {
    let assessment = round.programme.outside_assessment;
    Purpose::asked_first(assessment)
        .iter()
        .filter_map(|purpose| ConsentText::first(purpose, &ctx.site.controller, assessment))
        .map(|text| offer(ctx, text))
        .collect()
}

/// The text beside a question that asks for something sensitive.
pub(crate) fn sensitive(
    ctx: &Context,
    round: &RoundView,
    question: &Question,
) -> Result<Offered, ServiceError> {
    let assessment = round.programme.outside_assessment;
    offer(ctx, ConsentText::sensitive(&ctx.site.controller, question, assessment))
}

fn offer(ctx: &Context, text: ConsentText) -> Result<Offered, ServiceError> {
    let purpose = text.purpose.word();
    let body = text.text();
    let facts = serde_json::to_string(&text.facts).map_err(ServiceError::internal)?;
    let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
    for part in [&purpose, &body, &facts] {
        hash.update(&(part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest = BASE32_NOPAD.encode(hash.finish().as_ref()).to_ascii_lowercase();
    Ok(Offered { text, row: NewText { id: ctx.id()?, purpose, body, facts, digest } })
}

/// One digest over several texts: it tells whether a person agreed to the texts that are shown now.
pub(crate) fn digest_of(texts: &[Offered]) -> String {
    let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
    for text in texts {
        hash.update(text.row.digest.as_bytes());
    }
    BASE32_NOPAD.encode(hash.finish().as_ref()).to_ascii_lowercase()
}

/// A receipt whose text is kept with it.
#[derive(Clone)]
pub(crate) struct NewReceipt {
    pub text: NewText,
    pub consent: Consent,
}

impl NewReceipt {
    /// Inserts the receipt, and its text if that is new.
    pub fn insert(
        &self,
        connection: &mut crate::store::AnyConnection,
    ) -> Result<(), crate::store::StoreError> {
        let text_id = consents::keep_text(connection, &self.text)?;
        consents::insert(connection, &Consent { text_id, ..self.consent.clone() })
    }
}

/// A receipt that was given now.
pub(crate) fn receipt(
    ctx: &Context,
    offered: &Offered,
    dossier: &Id,
    application: Option<&Id>,
    sign_in: Option<&Id>,
) -> Result<NewReceipt, ServiceError> {
    Ok(NewReceipt {
        text: offered.row.clone(),
        consent: Consent {
            id: ctx.id()?,
            dossier_id: dossier.clone(),
            application_id: application.cloned(),
            sign_in_id: sign_in.cloned(),
            purpose: offered.row.purpose.clone(),
            text_id: offered.row.id.clone(),
            method: METHOD.to_owned(),
            given_at: ctx.stamp(),
            withdrawn_at: None,
        },
    })
}

/// Receipts as pages show them: the one for the application first.
pub(crate) fn views(mut found: Vec<(Consent, Text)>, form: Option<&Form>) -> Vec<ConsentView> {
    found.sort_by_key(|(consent, _)| consent.purpose.contains('.'));
    found
        .into_iter()
        .map(|(consent, text)| ConsentView {
            purpose_title: title(&consent.purpose, form),
            paragraphs: text.body.split("\n\n").map(str::to_owned).collect(),
            version: text.version,
            given_at: consent.given_at.and_utc(),
            withdrawn_at: consent.withdrawn_at.map(|at| at.and_utc()),
        })
        .collect()
}

/// What a consent is for, in a few words.
pub(crate) fn title(purpose: &str, form: Option<&Form>) -> String {
    match purpose.parse() {
        Ok(Purpose::Application) => "Keeping and assessing this application".to_owned(),
        Ok(Purpose::OutsideAssessment) => "Assessment by people outside".to_owned(),
        Ok(Purpose::Sensitive(key)) => match form.and_then(|form| form.question(&key)) {
            Some(question) => format!("Keeping the answer to “{}”", question.ask),
            None => "Keeping the answer to a sensitive question".to_owned(),
        },
        Err(_) => purpose.to_owned(),
    }
}
