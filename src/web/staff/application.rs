//! One application, whole.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::Answer;
use super::list_query::Filters;
use crate::domain::application::Status;
use crate::domain::form::FieldError;
use crate::domain::reason::{Opening, Reason};
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::openings::Why;
use crate::service::read_application::{self, Asked, StaffApplication};
use crate::service::review;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Form;
use crate::web::page::{Layout, call, see_other, send, send_as};
use crate::web::permitted::{Permitted, Received, Sent};

#[derive(Template)]
#[template(path = "staff/application.html")]
struct ApplicationPage {
    page: Layout,
    application: Box<StaffApplication>,
    /// The list from which it was opened.
    list: Filters,
}

#[derive(Template)]
#[template(path = "staff/why.html")]
pub(super) struct WhyPage {
    pub page: Layout,
    pub asked: Asked,
    /// The list from which it is opened.
    pub list: Filters,
    pub why: Why,
    /// The question whose file is to be fetched, where it is not the application that is opened.
    pub file: Option<String>,
}

impl WhyPage {
    fn reasons(&self) -> &'static [Reason] {
        Opening::Application(self.asked.status).choices()
    }

    fn is_chosen(&self, reason: &Reason) -> bool {
        reason.word() == self.why.chosen
    }
}

/// What stands in the address beside the application.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Opened {
    /// The query of the list from which it was opened.
    from: String,
    /// `1` when its status was just changed.
    changed: String,
}

impl ApplicationPage {
    /// What the addresses of its files begin with.
    fn files(&self) -> String {
        format!("/staff/applications/{}/files/", self.application.id)
    }

    /// What the applicant is called. It heads the page and stays out of its title, which histories keep.
    fn name(&self) -> Option<&Secret> {
        let row = self.application.items.iter().find(|row| row.control == "name");
        row.map(|row| &row.value).filter(|name| !name.is_blank())
    }

    /// What the button that moves an application on does, where its words don't say it.
    fn about(&self, to: &Status) -> &'static str {
        match to {
            Status::InReview => "The applicant sees then that it is in review.",
            Status::Submitted => {
                "If the review was begun by mistake. The applicant sees “Submitted” again."
            }
            Status::Withdrawn | Status::Draft => "",
        }
    }

    /// The words on the button that moves an application on.
    fn verb(&self, to: &Status) -> &'static str {
        match to {
            Status::InReview => "Start the review",
            Status::Submitted => "Put back to submitted",
            Status::Withdrawn => "Withdraw",
            Status::Draft => "Make it a draft",
        }
    }
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    Permitted { session, row: application }: Received,
    opened: web::Query<Opened>,
) -> Answer {
    let list = Filters::come_from(&opened.from);
    let changed = (opened.changed == "1").then_some("The status is changed.");
    let page = Layout::staff(&ctx, &session).saying(changed);
    let read = call(&ctx, move |ctx| read_application::read(ctx, &session.who, &application, None));
    match read.await? {
        read_application::Answer::Opened(application) => {
            send(&ApplicationPage { page, application, list })
        }
        read_application::Answer::Asked(asked) => {
            send(&WhyPage { page, asked, list, why: Why::default(), file: None })
        }
    }
}

/// The reason that somebody says, as its form sends it.
pub(super) fn why_in(form: &Form) -> Why {
    Why { chosen: form.word("reason").to_owned(), typed: form.value("reason_text") }
}

/// Opens it for a reason that is said. By POST, since a typed reason may be about somebody.
pub(super) async fn open(
    ctx: web::Data<Context>,
    Sent { about: Permitted { session, row: application }, posted }: Sent<Received>,
) -> Answer {
    let form = session.trust(posted.only(&["reason", "reason_text", "from"])?)?;
    let list = Filters::come_from(form.word("from"));
    let why = why_in(&form);
    let page = Layout::staff(&ctx, &session);
    let (who, said, wanted) = (session.who.clone(), why.clone(), application.clone());
    let read = call(&ctx, move |ctx| read_application::read(ctx, &who, &wanted, Some(&said))).await;
    let errors = match read {
        Ok(read_application::Answer::Opened(application)) => {
            return send(&ApplicationPage { page, application, list });
        }
        Ok(read_application::Answer::Asked(asked)) => {
            return send(&WhyPage { page, asked, list, why, file: None });
        }
        Err(Failure::Service(ServiceError::Invalid(errors))) => errors,
        Err(failure) => return Err(failure),
    };
    let again =
        call(&ctx, move |ctx| read_application::read(ctx, &session.who, &application, None));
    match again.await? {
        read_application::Answer::Asked(asked) => {
            let page = WhyPage { page: page.with_errors(errors), asked, list, why, file: None };
            send_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        // No reason was needed.
        read_application::Answer::Opened(application) => {
            send(&ApplicationPage { page, application, list })
        }
    }
}

pub(super) async fn change_status(
    ctx: web::Data<Context>,
    Sent { about: Permitted { session, row: application }, posted }: Sent<Received>,
) -> Answer {
    let form = session.trust(posted.only(&["to", "from"])?)?;
    let to: Status = form.word("to").parse().map_err(|_| {
        let message = "Choose the new status".to_owned();
        ServiceError::Invalid(vec![FieldError { field: "to".to_owned(), message }])
    })?;
    let changed = application.clone();
    call(&ctx, move |ctx| review::review(ctx, &session.who, &changed, to)).await?;
    let mark = Filters::come_from(form.word("from")).mark().replace('?', "&");
    Ok(see_other(&format!("/staff/applications/{}?changed=1{mark}", application.id())))
}
