//! What was typed, given back to an assessor whose session ended over it. Nobody is signed in, so that nothing is looked
//! up.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;

use super::Answer;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::web::filters;
use crate::web::form::Form;
use crate::web::page::{Layout, send_as};

#[derive(Template)]
#[template(path = "assessor/unsaved.html")]
struct UnsavedPage {
    page: Layout,
    comments: Vec<Secret>,
}

/// Gives back the comments and the question; points are soon chosen again.
pub(super) fn give_back(ctx: &web::Data<Context>, form: &Form) -> Answer {
    let is_text = |name: &str| name.starts_with("comment.") || name == "question";
    let typed = form.answers().filter(|(name, value)| is_text(name) && !value.is_blank());
    let comments = typed.map(|(_, value)| value.clone()).collect();
    send_as(StatusCode::FORBIDDEN, &UnsavedPage { page: Layout::bare(ctx), comments })
}
