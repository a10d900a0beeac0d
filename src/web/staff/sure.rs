//! What can't be undone, or hits somebody at once, is asked for once more before it is done.

use askama::Template;

use super::Answer;
use crate::domain::secret::Secret;
use crate::web::filters;
use crate::web::form::Form;
use crate::web::page::{Layout, send};

/// The name of the form control that says that somebody is sure.
pub(super) const FIELD: &str = "sure";

/// A question before something is done.
#[derive(Template)]
#[template(path = "staff/sure.html")]
pub(super) struct Sure {
    pub page: Layout,
    /// The question.
    pub question: &'static str,
    /// Whom or what it is about, each with a word for it.
    pub about: Vec<(&'static str, Secret)>,
    /// What follows from it.
    pub follows: &'static str,
    /// Where it is sent.
    pub action: String,
    /// What is sent along.
    pub carried: Vec<(&'static str, String)>,
    /// The words on the button.
    pub button: &'static str,
    /// The page on which it stays as it is.
    pub leave: String,
}

/// Whether somebody has said that they are sure.
pub(super) fn is_said(form: &Form) -> bool {
    form.word(FIELD) == "yes"
}

/// Asks.
pub(super) fn ask(question: &Sure) -> Answer {
    send(question)
}
