//! The organisation that is responsible for what is held, as the privacy notice names it.

use serde::{Deserialize, Serialize};

/// Who is responsible for the personal data held here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Controller {
    /// The name of the organisation.
    pub organisation: String,
    /// Its postal address.
    pub address: String,
    /// Where a person writes about their data; stands at the foot of every page.
    pub contact_email: String,
    /// The country in which what is held is stored.
    pub country: String,
    /// The supervisory authority that takes complaints.
    pub authority_name: String,
    /// The web address of that authority.
    pub authority_url: String,
    /// The privacy officer, where the organisation has one.
    pub privacy_officer: Option<String>,
    /// Who else handles the data on the organisation's behalf.
    pub processors: Vec<Processor>,
    /// How many days the operator's own copies of the data live.
    pub backup_days: u32,
}

/// A company that handles data on the organisation's behalf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Processor {
    /// Its name.
    pub name: String,
    /// What it does: hosting, sending mail.
    pub purpose: String,
    /// Where its own terms are.
    pub url: String,
    /// The country in which it works.
    pub country: String,
}

impl Default for Controller {
    fn default() -> Self {
        Self {
            organisation: "Example Foundation".to_owned(),
            address: "1 Example Street, Exampletown".to_owned(),
            contact_email: "privacy@foundation.example".to_owned(),
            country: "Germany".to_owned(),
            authority_name: "the data protection authority of your country".to_owned(),
            authority_url: "https://authority.example/".to_owned(),
            privacy_officer: None,
            processors: Vec::new(),
            backup_days: 30,
        }
    }
}
