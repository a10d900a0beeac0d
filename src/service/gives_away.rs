//! What in a text seems to say who an applicant is, told to the applicant before anybody else reads it.

use super::read_own::Opened;
use crate::domain::identity::Item;
use crate::domain::secret::Secret;
use crate::domain::strike::{self, Known, Person};

/// What is known of whoever applied, laid out for looking.
pub(crate) fn known_of(opened: &Opened) -> Known {
    let [name, location, social, github] =
        [Item::Name, Item::Location, Item::SocialUsernames, Item::GithubUsername]
            .map(|item| opened.item(item));
    let person = Person {
        name: name.expose(),
        email: opened.email.expose(),
        location: location.expose(),
        social_usernames: social.expose(),
        github_username: github.expose(),
    };
    Known::new([person], [])
}

/// Each thing that gives somebody away, as it stands in the text, once.
pub(crate) fn in_text(known: &Known, text: &Secret) -> Vec<Secret> {
    let text = text.expose();
    let mut found: Vec<&str> = Vec::new();
    for strike in strike::find(known, text) {
        let phrase = text.get(strike.start..strike.end).unwrap_or_default().trim();
        if !found.contains(&phrase) {
            found.push(phrase);
        }
    }
    found.into_iter().map(Secret::new).collect()
}
