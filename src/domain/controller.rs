//! Who answers for the data: the facts about the organisation that the notice and the consent texts name.

use email_address::EmailAddress;
use serde::Deserialize;

/// The organisation that decides what the data is used for. Read from the settings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Controller {
    /// Its name.
    pub organisation: String,
    /// Its postal address, on one line.
    pub address: String,
    /// Where people write to with questions and requests.
    pub contact_email: String,
    /// The country in which the data is stored.
    pub country: String,
    /// The supervisory authority to which people can complain.
    pub authority_name: String,
    /// That authority's page.
    pub authority_url: String,
    /// The name of the privacy or data protection officer, if there is one.
    pub privacy_officer: Option<String>,
    /// Other companies that handle the data on the organisation's behalf.
    pub processors: Vec<Processor>,
    /// How many days copies of the data, made by the operator, live.
    pub backup_days: u32,
}

/// A company that handles data on behalf of the controller, such as a host or a mail service.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Processor {
    /// Its name.
    pub name: String,
    /// What it does, such as `hosting`.
    pub purpose: String,
    /// Its own privacy notice.
    pub url: String,
    /// The country in which it handles the data.
    pub country: String,
}

impl Default for Controller {
    /// An invented organisation, so that a site runs before its settings are written.
    fn default() -> Self {
        Self {
            organisation: "Example Foundation".to_owned(),
            address: "1 Example Street, Exampletown".to_owned(),
            contact_email: "privacy@foundation.example".to_owned(),
            country: "Exampleland".to_owned(),
            authority_name: "Example Data Protection Authority".to_owned(),
            authority_url: "https://authority.example/".to_owned(),
            privacy_officer: None,
            processors: Vec::new(),
            backup_days: 30,
        }
    }
}

/// A fact about the controller that the notice could not be printed with.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ControllerError {
    /// A text that the notice needs is missing.
    #[error("controller.{0} is empty; the privacy notice has to name it")]
    Empty(&'static str),
    /// The contact is no e-mail address.
    #[error("controller.contact_email is not an e-mail address")]
    ContactEmail,
    /// A link that would not be followed safely.
    #[error("controller.{0} has to begin with https:// or http://")]
    Link(&'static str),
    /// Copies that outlive the longest time that may be promised.
    #[error("controller.backup_days is {0}; copies may live {longest} days at most", longest = Controller::LONGEST_BACKUP_DAYS)]
    BackupDays(u32),
}

impl Controller {
    /// The longest that copies of the data may live, in days.
    pub const LONGEST_BACKUP_DAYS: u32 = 30;

    /// Whether these are still the invented values: a site that takes in real people must not keep them.
    #[must_use]
    pub fn is_example(&self) -> bool {
        self.organisation == Self::default().organisation
    }

    /// Checks that the notice can be printed from these facts.
    ///
    /// # Errors
    /// Names the first setting that is empty, no address, no link, or too long.
    pub fn check(&self) -> Result<(), ControllerError> {
        let texts = [
            ("organisation", &self.organisation),
            ("address", &self.address),
            ("country", &self.country),
            ("authority_name", &self.authority_name),
        ];
        for (key, text) in texts {
            if text.trim().is_empty() {
                return Err(ControllerError::Empty(key));
            }
        }
        if !EmailAddress::is_valid(&self.contact_email) {
            return Err(ControllerError::ContactEmail);
        }
        if !is_link(&self.authority_url) {
            return Err(ControllerError::Link("authority_url"));
        }
        for processor in &self.processors {
            let texts = [
                ("processors.name", &processor.name),
                ("processors.purpose", &processor.purpose),
                ("processors.country", &processor.country),
            ];
            for (key, text) in texts {
                if text.trim().is_empty() {
                    return Err(ControllerError::Empty(key));
                }
            }
            if !is_link(&processor.url) {
                return Err(ControllerError::Link("processors.url"));
            }
        }
        if self.backup_days > Self::LONGEST_BACKUP_DAYS {
            return Err(ControllerError::BackupDays(self.backup_days));
        }
        Ok(())
    }
}

fn is_link(url: &str) -> bool {
    let scheme = url.starts_with("https://") || url.starts_with("http://");
    scheme && !url.chars().any(|letter| letter.is_whitespace() || letter.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_invented_values_pass_and_say_that_they_are_invented() {
        assert_eq!(Controller::default().check(), Ok(()));
        assert!(Controller::default().is_example());
        let own = Controller { organisation: "Meadow Trust".to_owned(), ..Controller::default() };
        assert!(!own.is_example());
    }

    #[test]
    fn unknown_settings_are_refused() {
        let error = toml::from_str::<Controller>("organization = 'X'").unwrap_err();
        assert!(error.to_string().contains("organization"), "{error}");
        let read: Controller = toml::from_str("organisation = 'Meadow Trust'").unwrap();
        assert_eq!(read.country, Controller::default().country);
    }

    #[test]
    fn what_the_notice_needs_is_demanded() {
        let whole = Controller::default();
        let blank = Controller { address: "  ".to_owned(), ..whole.clone() };
        assert_eq!(blank.check(), Err(ControllerError::Empty("address")));
        let contact = Controller { contact_email: "write to us".to_owned(), ..whole.clone() };
        assert_eq!(contact.check(), Err(ControllerError::ContactEmail));
        let script =
            Controller { authority_url: "javascript:alert(1)".to_owned(), ..whole.clone() };
        assert_eq!(script.check(), Err(ControllerError::Link("authority_url")));
        let long = Controller { backup_days: 31, ..whole.clone() };
        assert_eq!(long.check(), Err(ControllerError::BackupDays(31)));
        let host = Processor {
            name: "Example Hosting".to_owned(),
            purpose: "hosting".to_owned(),
            url: "hosting.example/privacy".to_owned(),
            country: "Exampleland".to_owned(),
        };
        let hosted = Controller { processors: vec![host], ..whole };
        assert_eq!(hosted.check(), Err(ControllerError::Link("processors.url")));
    }
}
