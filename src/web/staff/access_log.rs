//! A day of the access log, for the privacy officer.
//!
//! It is opened by POST: an address that is looked for is about a person, and must not stand in the address of a page.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;
use chrono::NaiveDate;

use super::Answer;
use crate::domain::form::FieldError;
use crate::domain::reason::{Opening, Reason};
use crate::domain::secret::Secret;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::openings::Why;
use crate::service::read_access_log::{self as service, LogPage, Wanted};
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::{Form, Posted};
use crate::web::page::{Layout, call, send, send_as};
use crate::web::session::StaffSession;

#[derive(Template)]
#[template(path = "staff/access_log.html")]
struct AccessLogPage {
    page: Layout,
    asked: Asked,
    days: Vec<NaiveDate>,
    /// None before anything was opened.
    log: Option<LogPage>,
}

/// What is asked for, as it was typed.
#[derive(Clone, Default)]
struct Asked {
    day: String,
    reason: String,
    ip: Secret,
    path: String,
    status: String,
    after: String,
}

impl Asked {
    fn of(form: &Form) -> Self {
        let word = |name: &str| form.word(name).trim().to_owned();
        Self {
            day: word("day"),
            reason: word("reason"),
            ip: form.value("ip"),
            path: word("path"),
            status: word("status"),
            after: word("after"),
        }
    }
}

impl AccessLogPage {
    fn reasons(&self) -> &'static [Reason] {
        Opening::AccessLog.choices()
    }

    /// A day as addresses and form controls have it.
    fn value_of(&self, day: &NaiveDate) -> String {
        day.to_string()
    }

    /// Whether a day is the one that was chosen; the newest before any was.
    fn is_chosen(&self, day: &NaiveDate) -> bool {
        day.to_string() == self.asked.day
    }
}

pub(super) async fn page(ctx: web::Data<Context>, session: StaffSession) -> Answer {
    let page = Layout::staff(&ctx, &session);
    let days = call(&ctx, move |ctx| service::days(ctx, &session.who)).await?;
    send(&AccessLogPage { page, asked: Asked::default(), days, log: None })
}

pub(super) async fn open(ctx: web::Data<Context>, session: StaffSession, posted: Posted) -> Answer {
    let names = ["day", "reason", "ip", "path", "status", "after"];
    let form = session.trust(posted.only(&names)?)?;
    let asked = Asked::of(&form);
    let why = Why { chosen: asked.reason.clone(), typed: Secret::default() };
    let wanted = Wanted {
        ip: asked.ip.clone(),
        path: asked.path.clone(),
        status: asked.status.parse().ok(),
        after: (!asked.after.is_empty()).then(|| asked.after.clone()),
    };
    if !asked.status.is_empty() && wanted.status.is_none() {
        let message = "Enter a status of three digits, such as 404".to_owned();
        let page = Layout::staff(&ctx, &session);
        let page = page.with_errors(vec![FieldError { field: "status".to_owned(), message }]);
        let days = call(&ctx, move |ctx| service::days(ctx, &session.who)).await?;
        let page = AccessLogPage { page, asked, days, log: None };
        return send_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let (day, who) = (asked.day.parse().ok(), session.who.clone());
    let opened = call(&ctx, move |ctx| service::read(ctx, &who, day, &why, &wanted)).await;
    let page = Layout::staff(&ctx, &session);
    let days = call(&ctx, move |ctx| service::days(ctx, &session.who));
    match opened {
        Ok(log) => send(&AccessLogPage { page, asked, days: days.await?, log: Some(log) }),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = page.with_errors(errors);
            let page = AccessLogPage { page, asked, days: days.await?, log: None };
            send_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(failure) => Err(failure),
    }
}
