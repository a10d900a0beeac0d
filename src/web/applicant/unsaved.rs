//! What was typed, given back to somebody whose session ended over it.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;

use super::Answer;
use crate::domain::form::{Form as Questions, Section};
use crate::domain::id::Id;
use crate::domain::identity::Item;
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::rounds;
use crate::web::filters;
use crate::web::form::Form;
use crate::web::page::{Layout, call, send_as};

#[derive(Template)]
#[template(path = "applicant/unsaved.html")]
struct UnsavedPage {
    page: Layout,
    address: String,
    typed: Vec<Typed>,
}

/// A text that was typed.
struct Typed {
    control: String,
    label: String,
    value: Secret,
}

/// Gives back what was typed, since it could not be kept. Nobody is signed in, so that nothing is looked up but
/// the questions of a round, which anyone may read.
pub(super) async fn give_back(
    ctx: &web::Data<Context>,
    application: &Id,
    section: Section,
    form: &Form,
) -> Answer {
    let slug = form.word("round").to_owned();
    let round = call(ctx, move |ctx| rounds::get(ctx, &slug)).await.ok();
    let questions = round.as_ref().map(|round| round.form.as_ref());
    let typed = form
        .answers()
        .filter(|(control, value)| !control.starts_with("consent.") && !value.is_blank())
        .map(|(control, value)| Typed {
            label: label(questions, control),
            control: control.clone(),
            value: value.clone(),
        })
        .collect();
    let address = format!("/applications/{application}/form/{}", section.slug());
    let page = UnsavedPage { page: Layout::bare(ctx), address, typed };
    send_as(StatusCode::FORBIDDEN, &page)
}

/// The words that stood beside a control, or the nearest to them that its name gives.
fn label(questions: Option<&Questions>, control: &str) -> String {
    if let Some(item) = Item::ALL.into_iter().find(|item| item.key() == control) {
        return item.label().to_owned();
    }
    let key = control.strip_prefix("answer.").unwrap_or(control);
    if let Some(question) = questions.and_then(|form| form.question(key)) {
        return question.ask.clone();
    }
    let words = key.replace(['_', '-', '.'], " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_labelled_by_the_words_of_its_question() {
        let programmes =
            crate::domain::programme::parse(include_str!("../../domain/starting_programmes.toml"))
                .unwrap();
        let form = Questions::of(&programmes[0]);
        let question = &form.questions[0];
        let control = format!("answer.{}", question.key);
        assert_eq!(label(Some(&form), &control), question.ask);
        assert_eq!(label(None, "github_username"), Item::GithubUsername.label());
        assert_eq!(label(Some(&form), "answer.no_such-one"), "No such one");
        assert_eq!(label(None, "answer.öl"), "Öl");
        assert_eq!(label(None, ""), "");
    }
}
