//! The audit, for the privacy officer.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::{Answer, id};
use crate::domain::id::reference_written;
use crate::domain::role::Role;
use crate::service::Context;
use crate::service::read_audit::{self as service, AuditEntry, AuditPage, AuditQuery, AuditRow};
use crate::web::filters;
use crate::web::filters::encoded;
use crate::web::page::{Layout, call, send};
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
    fn query(&self) -> AuditQuery {
        let chosen = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        AuditQuery {
            from: self.from.trim().parse().ok(),
            to: self.to.trim().parse().ok(),
            action: chosen(&self.action),
            role: self.role.parse().ok(),
            reference: chosen(&self.reference).map(|text| reference_written(&text).unwrap_or(text)),
            staff: self.staff.parse().ok(),
            after: chosen(&self.after),
        }
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

/// Who did something, as far as a list says it.
fn actor(row: &AuditRow) -> String {
    match (row.role, row.actor.as_str()) {
        (Some(role), _) => role.label().to_owned(),
        (None, "applicant") => "Applicant".to_owned(),
        (None, "staff") => "Staff".to_owned(),
        (None, _) => "Almoner".to_owned(),
    }
}

impl SearchPage {
    fn actor(&self, row: &AuditRow) -> String {
        actor(row)
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
    let query = asked.query();
    let found = call(&ctx, move |ctx| service::search(ctx, &session.who, &query)).await?;
    send(&SearchPage { page, asked, found })
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
