//! What all pages share, and how one is sent.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::assets;
use super::error::Failure;
use super::headers;
use super::session::{ApplicantSession, AssessorSession, Door, OutsiderSession, StaffSession};
use crate::domain::form::FieldError;
use crate::domain::role::Permission;
use crate::domain::secret::Secret;
use crate::inventory;
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::{github, organisation};

/// What all pages share.
pub struct Layout {
    /// Who runs the site.
    pub organisation: String,
    /// Where people write to; at the foot of every page.
    pub contact_email: String,
    /// Who collects what is asked for, and what for.
    pub at_collection: String,
    /// What can be gone to from the top of the page.
    pub nav: Nav,
    /// What is wrong with what was typed.
    pub errors: Vec<FieldError>,
    /// What was just done, in a sentence.
    pub said: Option<&'static str>,
    /// The version of the style sheet.
    pub style: u64,
    /// The version of the script.
    pub script: u64,
    /// The version of the script for passkeys.
    pub passkeys: u64,
    /// The version of the icon.
    pub icon: u64,
}

/// What can be gone to from the top of the page.
pub enum Nav {
    /// Anyone: the rounds and the applicant's own pages.
    Public,
    /// Somebody in doubt about where they are: the start page alone.
    Bare,
    /// A signed-in applicant.
    Applicant {
        /// Against forgery.
        token: String,
    },
    /// A signed-in assessor.
    Assessor {
        /// Against forgery.
        token: String,
    },
    /// An assessor who is to sign in.
    AssessorDoor,
    /// Before staff's door.
    StaffDoor,
    /// A signed-in member of staff.
    Staff {
        /// Against forgery.
        token: String,
        /// What they are called.
        name: Secret,
        /// Whether they read applications.
        reads: bool,
        /// Whether they share packets out among assessors.
        assesses: bool,
        /// Whether they look after people.
        manages: bool,
        /// Whether they look after assessors.
        invites: bool,
        /// Whether they look after who looked at what.
        audits: bool,
    },
}

impl Layout {
    /// For pages that anyone may see.
    #[must_use]
    pub fn public(ctx: &Context) -> Self {
        Self {
            organisation: ctx.site.controller.organisation.clone(),
            contact_email: ctx.site.controller.contact_email.clone(),
            at_collection: inventory::at_collection(&ctx.site.controller),
            nav: Nav::Public,
            errors: Vec::new(),
            said: None,
            style: assets::STYLE_VERSION,
            script: assets::SCRIPT_VERSION,
            passkeys: assets::PASSKEYS_VERSION,
            icon: assets::ICON_VERSION,
        }
    }

    /// For pages that must not tell who is asking.
    #[must_use]
    pub fn bare(ctx: &Context) -> Self {
        Self { nav: Nav::Bare, ..Self::public(ctx) }
    }

    /// For an applicant's own pages.
    #[must_use]
    pub fn applicant(ctx: &Context, session: &ApplicantSession) -> Self {
        Self { nav: Nav::Applicant { token: session.who.forgery.clone() }, ..Self::public(ctx) }
    }

    /// For an assessor's pages.
    #[must_use]
    pub fn assessor(ctx: &Context, session: &AssessorSession) -> Self {
        Self { nav: Nav::Assessor { token: session.who.forgery.clone() }, ..Self::public(ctx) }
    }

    /// For pages that are alike for applicants and assessors.
    #[must_use]
    pub fn outsider(ctx: &Context, session: &OutsiderSession) -> Self {
        let token = session.who.forgery.clone();
        let nav = match session.door {
            Door::Assessor => Nav::Assessor { token },
            Door::Applicant | Door::Staff => Nav::Applicant { token },
        };
        Self { nav, ..Self::public(ctx) }
    }

    /// For the pages before a door.
    #[must_use]
    pub fn at(ctx: &Context, door: Door) -> Self {
        match door {
            Door::Assessor => Self { nav: Nav::AssessorDoor, ..Self::public(ctx) },
            Door::Staff => Self { nav: Nav::StaffDoor, ..Self::public(ctx) },
            Door::Applicant => Self::public(ctx),
        }
    }

    /// For staff pages.
    #[must_use]
    pub fn staff(ctx: &Context, session: &StaffSession) -> Self {
        let works = session.who.may_work(ctx);
        let nav = Nav::Staff {
            token: session.who.forgery.clone(),
            name: session.who.name.clone(),
            reads: works && session.who.roles.may(Permission::ReadApplications),
            assesses: works && session.who.roles.may(Permission::ReviewApplications),
            manages: works && session.who.roles.may(Permission::ManagePeople),
            audits: works && session.who.roles.may(Permission::ReadAudit),
            invites: works && session.who.roles.may(Permission::ManageAssessors),
        };
        Self { nav, ..Self::public(ctx) }
    }

    /// With what is wrong.
    #[must_use]
    pub fn with_errors(self, errors: Vec<FieldError>) -> Self {
        Self { errors, ..self }
    }

    /// With what was just done.
    #[must_use]
    pub fn saying(self, said: Option<&'static str>) -> Self {
        Self { said, ..self }
    }

    /// What is wrong with a control.
    #[must_use]
    pub fn error_of(&self, control: &str) -> Option<&str> {
        self.errors.iter().find(|error| error.field == control).map(|error| error.message.as_str())
    }

    /// Against forgery: the hidden field of forms on this page; empty where nobody is signed in.
    #[must_use]
    pub fn token(&self) -> &str {
        match &self.nav {
            Nav::Applicant { token } | Nav::Assessor { token } | Nav::Staff { token, .. } => token,
            Nav::Public | Nav::Bare | Nav::AssessorDoor | Nav::StaffDoor => "",
        }
    }
}

/// Calls a service off the threads that serve.
///
/// # Errors
/// The service's.
pub async fn call<T: Send + 'static>(
    ctx: &web::Data<Context>,
    service: impl FnOnce(&Context) -> Result<T, ServiceError> + Send + 'static,
) -> Result<T, Failure> {
    let ctx = ctx.clone();
    match web::block(move || service(&ctx)).await {
        Ok(answer) => answer.map_err(Failure::from),
        // The thread is gone: the process is stopping.
        Err(_) => Err(Failure::Service(ServiceError::Busy)),
    }
}

/// Sends a page that may not be kept.
///
/// # Errors
/// When the page can't be written.
pub fn send(template: &impl Template) -> Result<HttpResponse, Failure> {
    send_as(StatusCode::OK, template)
}

/// Sends a page with another status.
///
/// # Errors
/// When the page can't be written.
pub fn send_as(status: StatusCode, template: &impl Template) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .body(template.render()?))
}

/// Sends a page with a form that leads on to GitHub, where that was set up.
///
/// # Errors
/// When the page can't be written.
pub fn send_to_github(
    ctx: &Context,
    status: StatusCode,
    template: &impl Template,
) -> Result<HttpResponse, Failure> {
    let mut response = send_as(status, template)?;
    if let Some(origin) = github::origin(ctx) {
        headers::lead_to(response.headers_mut(), origin);
    }
    Ok(response)
}

/// Sends a page with a form that leads on to the organisation's own sign-in, where that was set up.
///
/// # Errors
/// When the page can't be written.
pub fn send_to_organisation(
    ctx: &Context,
    status: StatusCode,
    template: &impl Template,
) -> Result<HttpResponse, Failure> {
    let mut response = send_as(status, template)?;
    if let Some(origin) = organisation::origin(ctx) {
        headers::lead_to(response.headers_mut(), origin);
    }
    Ok(response)
}

/// Sends a page that is the same for everybody. A browser may keep it, and asks again each time.
///
/// # Errors
/// When the page can't be written.
pub fn send_public(template: &impl Template) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(template.render()?))
}

/// Whether something stands in the query of an address, such as `saved=1`.
#[must_use]
pub fn says(request: &HttpRequest, mark: &str) -> bool {
    request.query_string().split('&').any(|pair| pair == mark)
}

/// Sends on to another page of ours, by GET.
#[must_use]
pub fn see_other(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, address)).finish()
}

/// A return address when it is one of ours, else the start page.
#[must_use]
pub fn own_address(address: &str) -> &str {
    let own = address.starts_with('/')
        && !address.starts_with("//")
        && address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if own { address } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn return_addresses_are_our_own() {
        assert_eq!(own_address("/applications?x=1"), "/applications?x=1");
        for foreign in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "",
            "applications",
            "/a\r\nb",
            "/\t/evil.example",
        ] {
            assert_eq!(own_address(foreign), "/", "{foreign}");
        }
    }
}
