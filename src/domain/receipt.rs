//! A consent receipt, and how it is written as a record of ISO/IEC TS 27560.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::consent::{ConsentFacts, Purpose};
use super::id::Id;

/// What became of a consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It stands.
    Given,
    /// It was withdrawn.
    Withdrawn,
}

impl State {
    /// Its word in a record.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// Everything that a consent receipt says.
#[derive(Clone, Debug)]
pub struct ReceiptFacts {
    /// The receipt.
    pub id: Id,
    /// Whose consent it is: the random identifier of the application (or of the request to start one).
    pub who: Id,
    /// What was agreed to.
    pub purpose: Purpose,
    /// The number of the text among the texts of this purpose.
    pub version: i64,
    /// The exact text that was shown.
    pub text: String,
    /// What that text says, as facts.
    pub facts: ConsentFacts,
    /// How it was given, such as `web form, box ticked`.
    pub how: String,
    /// When it was given.
    pub given_at: DateTime<Utc>,
    /// When it was withdrawn, if it was.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

impl ReceiptFacts {
    /// What became of the consent.
    #[must_use]
    pub const fn state(&self) -> State {
        if self.withdrawn_at.is_some() { State::Withdrawn } else { State::Given }
    }

    /// The receipt as a record with the fields of ISO/IEC TS 27560: header, processing, parties and events.
    ///
    /// Its times are RFC 3339 in UTC. The exact text and the rules of retention have fields of our own beside the
    /// ones of that document.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let facts = &self.facts;
        let items: Vec<Value> = facts
            .items
            .iter()
            .map(|item| {
                json!({
                    "pii_type": item,
                    "pii_optional": facts.optional_items.contains(item),
                    "sensitive_pii_category": facts.sensitive,
                })
            })
            .collect();
        let mut events = vec![self.event(self.given_at, State::Given)];
        if let Some(at) = self.withdrawn_at {
            events.push(self.event(at, State::Withdrawn));
        }
        json!({
            "schema_version": "ISO/IEC TS 27560:2023",
            "record_id": self.id,
            "pii_principal_id": self.who,
            "pii_processing": {
                "privacy_notice": { "text": self.text, "version": self.version },
                "language": "en",
                "purposes": [{
                    "purpose": facts.purpose,
                    "purpose_type": self.purpose.word(),
                    "lawful_basis": facts.basis,
                    "pii_information": items,
                    "pii_controllers": ["controller"],
                    "collection_method": self.how,
                    "storage_locations": [facts.storage],
                    "retention_period": facts.kept,
                    "recipient_third_parties": facts.recipients,
                    "withdrawal_method": facts.withdrawal,
                    "privacy_rights": facts.rights,
                    "authority_party": "authority",
                }],
            },
            "party_identification": [
                {
                    "party_id": "controller",
                    "party_role": "controller",
                    "party_name": facts.organisation,
                    "party_address": facts.address,
                    "party_email": facts.contact_email,
                },
                {
                    "party_id": "authority",
                    "party_role": "authority",
                    "party_name": facts.authority,
                },
            ],
            "events": events,
            "state": self.state().word(),
        })
    }

    fn event(&self, at: DateTime<Utc>, state: State) -> Value {
        json!({
            "event_time": at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            "event_type": "explicit",
            "event_state": state.word(),
            "entity_id": self.who,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::consent::ConsentText;
    use crate::domain::controller::Controller;

    fn receipt(withdrawn_at: Option<&str>) -> ReceiptFacts {
        let text = ConsentText::outside_assessment(&Controller::default());
        ReceiptFacts {
            id: Id::from_bytes([1; 16]),
            who: Id::from_bytes([2; 16]),
            purpose: text.purpose.clone(),
            version: 3,
            text: text.text(),
            facts: text.facts,
            how: "web form, box ticked".to_owned(),
            given_at: "2026-03-01T10:00:00Z".parse().unwrap(),
            withdrawn_at: withdrawn_at.map(|at| at.parse().unwrap()),
        }
    }

    #[test]
    fn a_record_says_who_when_how_what_and_to_which_text() {
        let facts = receipt(None);
        let record = facts.to_json();
        let at = |pointer: &str| record.pointer(pointer).unwrap_or(&Value::Null).clone();
        assert_eq!(at("/pii_principal_id"), json!(facts.who));
        assert_eq!(at("/pii_processing/privacy_notice/text"), json!(facts.text));
        assert_eq!(at("/pii_processing/privacy_notice/version"), json!(3));
        assert_eq!(
            at("/events"),
            json!([{
                "event_time": "2026-03-01T10:00:00Z", "event_type": "explicit",
                "event_state": "given", "entity_id": facts.who,
            }])
        );
        let purpose = at("/pii_processing/purposes/0");
        for field in [
            "purpose",
            "purpose_type",
            "lawful_basis",
            "pii_information",
            "collection_method",
            "storage_locations",
            "retention_period",
            "recipient_third_parties",
            "withdrawal_method",
            "privacy_rights",
        ] {
            let value = purpose.get(field).unwrap_or(&Value::Null);
            let empty = value.as_str().is_some_and(str::is_empty)
                || value.as_array().is_some_and(Vec::is_empty);
            assert!(!value.is_null() && !empty, "{field}");
        }
        assert_eq!(at("/state"), json!("given"));
    }

    #[test]
    fn a_withdrawal_is_an_event_of_its_own() {
        let record = receipt(Some("2026-04-02T08:30:00Z")).to_json();
        let events = record.get("events").and_then(Value::as_array).map(Vec::len);
        assert_eq!(events, Some(2));
        assert_eq!(record.get("state"), Some(&json!("withdrawn")));
    }

    #[test]
    fn the_facts_survive_writing_and_reading() {
        let facts = receipt(None).facts;
        let written = serde_json::to_string(&facts).unwrap();
        assert_eq!(serde_json::from_str::<ConsentFacts>(&written).unwrap(), facts);
    }
}
