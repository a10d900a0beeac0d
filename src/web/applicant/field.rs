//! What the template of a form's field asks of its control.

use chrono::NaiveDate;

use crate::domain::secret::Secret;

/// The word by which a browser helps to fill in a control.
pub(super) fn autocomplete(control: &str) -> &'static str {
    match control {
        "name" => "name",
        "github_username" | "social_usernames" => "off",
        _ => "",
    }
}

/// Whether a text can stand in a date control without being lost.
pub(super) fn is_date(text: &Secret) -> bool {
    text.is_blank() || NaiveDate::parse_from_str(text.expose(), "%Y-%m-%d").is_ok()
}
