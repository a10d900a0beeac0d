//! What in a text seems to say who an applicant is, told to the applicant before anybody else reads it.

use crate::domain::secret::Secret;
use crate::domain::strike::{self, Known};

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
