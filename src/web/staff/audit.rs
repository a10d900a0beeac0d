//! The audit, for the privacy officer.

use std::str::FromStr;

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use super::{Answer, id};
use crate::domain::form::FieldError;
use crate::domain::id::reference_written;
use crate::domain::role::Role;
use crate::service::Context;
use crate::service::read_audit::{self as service, AuditEntry, AuditPage, AuditQuery, AuditRow};
use crate::web::filters;
use crate::web::filters::encoded;
use crate::web::page::{Layout, call, send, send_as};
use crate::web::session::StaffSession;

#[derive(Template)]
#[template(path = "staff/audit.html")]
struct SearchPage {
    page: Layout,
    asked: Filters,
    found: AuditPage,
}

#[derive(Template)]
#[template(path = "staff/audit_entry.html")]
struct EntryPage {
    page: Layout,
    entry: AuditEntry,
    /// The search from which it was opened.
    list: Filters,
}

/// What stands in the address. All of it are days, words and random identifiers.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filters {
    from: String,
    to: String,
    action: String,
    role: String,
    reference: String,
    staff: String,
    after: String,
}

/// The search from which an entry is opened.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Opened {
    list: String,
}

impl Filters {
    /// What is asked for; else what is wrong, by filter. One that can't be understood narrows nothing, and whoever set it
    /// would take the answer for what they asked.
    fn query(&self) -> Result<AuditQuery, Vec<FieldError>> {
        let mut errors = Vec::new();
        let chosen = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let query = AuditQuery {
            from: read(
                &mut errors,
                "from",
                &self.from,
                "Enter the first day as year-month-day, such as 2026-11-30",
            ),
            to: read(
                &mut errors,
                "to",
                &self.to,
                "Enter the last day as year-month-day, such as 2026-11-30",
            ),
            action: chosen(&self.action),
            role: read(&mut errors, "role", &self.role, "There is no such role"),
            reference: chosen(&self.reference).map(|text| reference_written(&text).unwrap_or(text)),
            staff: read(&mut errors, "staff", &self.staff, "There is no such member of staff"),
            after: chosen(&self.after),
        };
        if let (Some(from), Some(to)) = (query.from, query.to)
            && to < from
        {
            let message = "The last day is before the first".to_owned();
            errors.push(FieldError { field: "to".to_owned(), message });
        }
        if errors.is_empty() { Ok(query) } else { Err(errors) }
    }

    fn in_query(&self) -> String {
        let fields = [
            ("from", &self.from),
            ("to", &self.to),
            ("action", &self.action),
            ("role", &self.role),
            ("reference", &self.reference),
            ("staff", &self.staff),
            ("after", &self.after),
        ];
        let query: Vec<_> = fields
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        query.join("&")
    }

    fn address(&self) -> String {
        let query = self.in_query();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("/staff/audit{mark}{query}")
    }

    fn with_after(&self, after: &str) -> String {
        Self { after: after.to_owned(), ..self.clone() }.address()
    }

    /// What the address of an entry says of the search from which it is opened.
    fn mark(&self) -> String {
        let query = self.in_query();
        if query.is_empty() { query } else { format!("?list={}", encoded(&query)) }
    }

    fn narrow(&self) -> bool {
        !(Self { after: String::new(), ..self.clone() }).in_query().is_empty()
    }
}

/// Reads a filter; what it does not understand, it says.
fn read<T: FromStr>(
    errors: &mut Vec<FieldError>,
    field: &str,
    typed: &str,
    message: &str,
) -> Option<T> {
    let typed = typed.trim();
    let read = typed.parse().ok();
    if read.is_none() && !typed.is_empty() {
        errors.push(FieldError { field: field.to_owned(), message: message.to_owned() });
    }
    read
}

/// Who did something, as far as a list says it.
fn actor(row: &AuditRow) -> String {
    match (row.role, row.actor.as_str()) {
        (Some(role), _) => role.label().to_owned(),
        (None, "applicant") => "Applicant".to_owned(),
        (None, "staff") => "Staff".to_owned(),
        (None, "assessor") => "Assessor".to_owned(),
        (None, _) => "Almoner".to_owned(),
    }
}

impl SearchPage {
    fn actor(&self, row: &AuditRow) -> String {
        actor(row)
    }

    /// Whether a control for days can show what was typed.
    fn is_day(&self, typed: &str) -> bool {
        typed.trim().is_empty() || NaiveDate::from_str(typed.trim()).is_ok()
    }

    /// Whether entries of somebody are asked for who is no member of staff.
    fn is_nobody_of_staff(&self) -> bool {
        let asked = &self.asked.staff;
        !asked.is_empty() && !self.found.staff.iter().any(|(id, _)| id.as_str() == asked)
    }

    fn is_role(&self, role: &Role) -> bool {
        role.word() == self.asked.role
    }
}

impl EntryPage {
    fn actor(&self) -> String {
        actor(&self.entry.row)
    }
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    session: StaffSession,
    asked: web::Query<Filters>,
) -> Answer {
    let page = Layout::staff(&ctx, &session);
    let asked = asked.into_inner();
    match asked.query() {
        Ok(query) => {
            let found = call(&ctx, move |ctx| service::search(ctx, &session.who, &query)).await?;
            send(&SearchPage { page, asked, found })
        }
        Err(errors) => {
            let found = call(&ctx, move |ctx| service::without_rows(ctx, &session.who)).await?;
            let page = page.with_errors(errors);
            send_as(StatusCode::UNPROCESSABLE_ENTITY, &SearchPage { page, asked, found })
        }
    }
}

pub(super) async fn entry(
    ctx: web::Data<Context>,
    session: StaffSession,
    entry: web::Path<String>,
    opened: web::Query<Opened>,
) -> Answer {
    let page = Layout::staff(&ctx, &session);
    let entry = id(&entry)?;
    // Whatever is no filter is left out, so that the way back leads to a search of ours.
    let list = web::Query::<Filters>::from_query(&opened.list);
    let list = list.map(web::Query::into_inner).unwrap_or_default();
    let entry = call(&ctx, move |ctx| service::read(ctx, &session.who, &entry)).await?;
    send(&EntryPage { page, entry, list })
}
