//! Who may call what: every address, its methods, and who they are for.
//!
//! This table is not a description beside the code. A page whose address and method are not in it is not answered
//! ([`super::guard`]), and the extractors in `web::session` let through exactly whom the table names. The tests
//! call every row as everybody.

use actix_web::HttpRequest;
use actix_web::http::Method;

use crate::domain::role::{Audience, Permission};

/// Whom an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// Anyone, signed in or not.
    Anyone,
    /// Whoever holds what nobody can guess: a link, a code, a journey that was begun.
    Bearer,
    /// A signed-in applicant; what is in the address is their own, or there is no such page.
    Applicant,
    /// A signed-in member of staff, in whatever role.
    Staff,
    /// A signed-in member of staff with a role that gives this permission.
    Role(Permission),
    /// A signed-in assessor; what is in the address was assigned to them, or there is no such page.
    Assessor,
}

impl For {
    /// Whether a session of an audience is what it takes.
    #[must_use]
    pub const fn takes(self, audience: Audience) -> bool {
        match self {
            Self::Anyone | Self::Bearer => true,
            Self::Applicant => matches!(audience, Audience::Applicant),
            Self::Staff | Self::Role(_) => matches!(audience, Audience::Staff),
            Self::Assessor => matches!(audience, Audience::Assessor),
        }
    }
}

/// An address and a method.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// `GET` (which stands for `HEAD` as well) or `POST`.
    pub method: &'static str,
    /// The address, with its variable parts in braces.
    pub path: &'static str,
    /// Whom it is for.
    pub who: For,
    /// Whether the person must have proved just now who they are.
    pub fresh: bool,
    /// Whether a session of staff opens it that began by mail or by an invitation: the pages where a stronger way to
    /// sign in is set up.
    pub weak: bool,
}

const fn get(path: &'static str, who: For) -> Route {
    Route { method: "GET", path, who, fresh: false, weak: false }
}

const fn post(path: &'static str, who: For) -> Route {
    Route { method: "POST", path, who, fresh: false, weak: false }
}

/// The same with a fresh proof.
const fn fresh(route: Route) -> Route {
    Route { fresh: true, ..route }
}

/// The same for sessions that began by mail, too.
const fn weak(route: Route) -> Route {
    Route { weak: true, ..route }
}

const READ: For = For::Role(Permission::ReadApplications);
const REVIEW: For = For::Role(Permission::ReviewApplications);
const ASSESSORS: For = For::Role(Permission::ManageAssessors);
const AUDIT: For = For::Role(Permission::ReadAudit);
const PEOPLE: For = For::Role(Permission::ManagePeople);

/// Every route.
#[rustfmt::skip]
pub static ROUTES: &[Route] = &[
    get("/healthz", For::Anyone),
    get("/readyz", For::Anyone),
    get("/static/{file}", For::Anyone),
    get("/", For::Anyone),
    get("/rounds/{slug}", For::Anyone),
    get("/rounds/{slug}/apply", For::Anyone),
    post("/rounds/{slug}/apply", For::Anyone),
    get("/rounds/{slug}/consent", For::Anyone),
    post("/rounds/{slug}/consent", For::Bearer),
    get("/rounds/{slug}/address", For::Anyone),
    post("/rounds/{slug}/address", For::Bearer),
    post("/rounds/{slug}/github", For::Bearer),
    get("/apply/github", For::Bearer),
    post("/apply/github", For::Bearer),
    get("/privacy", For::Anyone),
    get("/sign-in", For::Anyone),
    post("/sign-in", For::Anyone),
    get("/sign-in/code", For::Anyone),
    post("/sign-in/code", For::Bearer),
    get("/sign-in/link/{token}", For::Bearer),
    post("/sign-in/link/{token}", For::Bearer),
    post("/sign-in/github", For::Anyone),
    get("/sign-in/github/return", For::Bearer),
    post("/sign-out", For::Anyone),
    get("/prove", For::Applicant),
    post("/prove", For::Applicant),
    get("/prove/code", For::Applicant),
    post("/prove/code", For::Applicant),
    post("/prove/github", For::Applicant),
    get("/applications", For::Applicant),
    get("/applications/{id}", For::Applicant),
    get("/applications/{id}/form/{section}", For::Applicant),
    post("/applications/{id}/form/{section}", For::Applicant),
    get("/applications/{id}/files/{question}", For::Applicant),
    post("/applications/{id}/files/{question}", For::Applicant),
    get("/applications/{id}/files/{question}/content", For::Applicant),
    get("/applications/{id}/files/{question}/remove", For::Applicant),
    post("/applications/{id}/files/{question}/remove", For::Applicant),
    get("/applications/{id}/check", For::Applicant),
    post("/applications/{id}/check", For::Applicant),
    get("/applications/{id}/receipt", For::Applicant),
    get("/applications/{id}/withdraw", For::Applicant),
    post("/applications/{id}/withdraw", For::Applicant),
    get("/applications/{id}/correct", For::Applicant),
    post("/applications/{id}/correct", For::Applicant),
    get("/applications/{id}/outside", For::Applicant),
    post("/applications/{id}/outside", For::Applicant),
    get("/account", For::Applicant),
    get("/account/who-saw-my-data", For::Applicant),
    post("/account/sessions", For::Applicant),
    fresh(get("/account/address", For::Applicant)),
    fresh(post("/account/address", For::Applicant)),
    get("/account/address/code", For::Applicant),
    post("/account/address/code", For::Applicant),
    post("/account/address/stop", For::Applicant),
    get("/account/address/link/{token}", For::Applicant),
    post("/account/address/link/{token}", For::Applicant),
    get("/account/recover/{token}", For::Bearer),
    post("/account/recover/{token}", For::Bearer),
    get("/account/stop/{token}", For::Bearer),
    post("/account/stop/{token}", For::Bearer),
    fresh(get("/account/github", For::Applicant)),
    fresh(post("/account/github", For::Applicant)),
    fresh(post("/account/github/part", For::Applicant)),
    get("/staff/sign-in", For::Anyone),
    get("/staff/sign-in/mail", For::Anyone),
    post("/staff/sign-in/mail", For::Anyone),
    get("/staff/sign-in/organisation/return", For::Bearer),
    post("/staff/sign-in/organisation", For::Anyone),
    get("/staff/sign-in/passkey", For::Bearer),
    post("/staff/sign-in/passkey/answer", For::Bearer),
    post("/staff/sign-in/passkey", For::Anyone),
    get("/staff/sign-in/password/code", For::Bearer),
    post("/staff/sign-in/password/code", For::Bearer),
    post("/staff/sign-in/password", For::Anyone),
    get("/staff/sign-in/code", For::Anyone),
    post("/staff/sign-in/code", For::Bearer),
    get("/staff/sign-in/link/{token}", For::Bearer),
    post("/staff/sign-in/link/{token}", For::Bearer),
    post("/staff/sign-out", For::Anyone),
    get("/staff/welcome/{token}", For::Bearer),
    post("/staff/welcome/{token}", For::Bearer),
    get("/staff", For::Staff),
    weak(get("/staff/prove", For::Staff)),
    weak(post("/staff/prove", For::Staff)),
    weak(get("/staff/prove/code", For::Staff)),
    weak(post("/staff/prove/code", For::Staff)),
    weak(get("/staff/account", For::Staff)),
    weak(post("/staff/account/sessions", For::Staff)),
    weak(post("/staff/prove/passkey", For::Staff)),
    weak(get("/staff/prove/passkey", For::Staff)),
    weak(post("/staff/prove/passkey/answer", For::Staff)),
    weak(post("/staff/prove/password", For::Staff)),
    weak(post("/staff/prove/organisation", For::Staff)),
    weak(get("/staff/ways", For::Staff)),
    weak(post("/staff/ways/passkeys", For::Staff)),
    weak(get("/staff/ways/passkeys/new", For::Staff)),
    weak(post("/staff/ways/passkeys/new", For::Staff)),
    weak(post("/staff/ways/passkeys/remove", For::Staff)),
    weak(get("/staff/ways/password", For::Staff)),
    weak(post("/staff/ways/password", For::Staff)),
    weak(get("/staff/ways/password/app", For::Staff)),
    weak(post("/staff/ways/password/app", For::Staff)),
    weak(get("/staff/ways/password/codes", For::Staff)),
    weak(post("/staff/ways/password/codes", For::Staff)),
    weak(get("/staff/ways/password/remove", For::Staff)),
    weak(post("/staff/ways/password/remove", For::Staff)),
    weak(post("/staff/ways/organisation", For::Staff)),
    weak(post("/staff/ways/organisation/remove", For::Staff)),
    get("/staff/applications", READ),
    post("/staff/applications", READ),
    get("/staff/applications/{id}", READ),
    post("/staff/applications/{id}", READ),
    post("/staff/applications/{id}/status", REVIEW),
    fresh(get("/staff/applications/{id}/access", REVIEW)),
    fresh(post("/staff/applications/{id}/access", REVIEW)),
    get("/staff/applications/{id}/files/{question}", READ),
    post("/staff/applications/{id}/files/{question}", READ),
    get("/staff/applications/{id}/packet", REVIEW),
    post("/staff/applications/{id}/packet", REVIEW),
    get("/staff/applications/{id}/packet/files/{question}", REVIEW),
    post("/staff/applications/{id}/packet/files/{question}", REVIEW),
    post("/staff/applications/{id}/packet/files/{question}/look", REVIEW),
    post("/staff/applications/{id}/packet/files/{question}/remove", REVIEW),
    get("/staff/applications/{id}/packet/files/{question}/content", REVIEW),
    get("/staff/applications/{id}/assessment", READ),
    post("/staff/applications/{id}/assessment", READ),
    get("/staff/rounds/{slug}/results", READ),
    fresh(get("/staff/rounds/{slug}/results.csv", READ)),
    fresh(get("/staff/rounds/{slug}/results.xlsx", READ)),
    get("/staff/rounds/{slug}/packets", REVIEW),
    post("/staff/rounds/{slug}/packets", REVIEW),
    get("/staff/assessors", ASSESSORS),
    post("/staff/assessors", ASSESSORS),
    fresh(get("/staff/assessors/invite", ASSESSORS)),
    fresh(post("/staff/assessors/invite", ASSESSORS)),
    fresh(get("/staff/assessors/{id}", ASSESSORS)),
    fresh(post("/staff/assessors/{id}/until", ASSESSORS)),
    fresh(post("/staff/assessors/{id}/again", ASSESSORS)),
    fresh(post("/staff/assessors/{id}/end", ASSESSORS)),
    post("/staff/assessors/{id}/tags", ASSESSORS),
    get("/staff/assessment", REVIEW),
    get("/staff/rounds/{slug}/assessment", REVIEW),
    post("/staff/rounds/{slug}/assessment", REVIEW),
    get("/staff/rounds/{slug}/assignments", REVIEW),
    post("/staff/rounds/{slug}/assignments", REVIEW),
    get("/staff/rounds/{slug}/assignments/{id}", REVIEW),
    post("/staff/rounds/{slug}/assignments/{id}", REVIEW),
    get("/staff/rounds/{slug}/assessors", REVIEW),
    get("/staff/rounds/{slug}/share-out", REVIEW),
    post("/staff/rounds/{slug}/share-out", REVIEW),
    get("/staff/rounds/{slug}/conflicts", REVIEW),
    post("/staff/rounds/{slug}/conflicts", REVIEW),
    post("/staff/rounds/{slug}/conflicts/remove", REVIEW),
    get("/staff/audit", AUDIT),
    get("/staff/audit/{id}", AUDIT),
    get("/staff/access-log", AUDIT),
    post("/staff/access-log", AUDIT),
    get("/staff/people", PEOPLE),
    fresh(get("/staff/people/invite", PEOPLE)),
    fresh(post("/staff/people/invite", PEOPLE)),
    fresh(get("/staff/people/{id}", PEOPLE)),
    fresh(post("/staff/people/{id}/roles", PEOPLE)),
    fresh(post("/staff/people/{id}/state", PEOPLE)),
    fresh(post("/staff/people/{id}/sessions", PEOPLE)),
    fresh(post("/staff/people/{id}/ways", PEOPLE)),
    fresh(post("/staff/people/{id}/invitation", PEOPLE)),
    get("/assess/sign-in", For::Anyone),
    post("/assess/sign-in", For::Anyone),
    get("/assess/sign-in/code", For::Anyone),
    post("/assess/sign-in/code", For::Bearer),
    get("/assess/sign-in/link/{token}", For::Bearer),
    post("/assess/sign-in/link/{token}", For::Bearer),
    post("/assess/sign-in/github", For::Anyone),
    get("/assess/sign-in/github/return", For::Bearer),
    get("/assess/sign-in/passkey", For::Bearer),
    post("/assess/sign-in/passkey/answer", For::Bearer),
    post("/assess/sign-in/passkey", For::Anyone),
    post("/assess/sign-out", For::Anyone),
    get("/assess/welcome/{token}", For::Bearer),
    post("/assess/welcome/{token}", For::Bearer),
    get("/assess", For::Assessor),
    get("/assess/conflicts", For::Assessor),
    post("/assess/conflicts", For::Assessor),
    get("/assess/packets/{id}", For::Assessor),
    post("/assess/packets/{id}", For::Assessor),
    get("/assess/packets/{id}/undertaking", For::Assessor),
    post("/assess/packets/{id}/undertaking", For::Assessor),
    get("/assess/packets/{id}/others", For::Assessor),
    get("/assess/packets/{id}/files/{number}", For::Assessor),
    get("/assess/packets/{id}/decline", For::Assessor),
    post("/assess/packets/{id}/decline", For::Assessor),
    get("/assess/packets/{id}/conflict", For::Assessor),
    post("/assess/packets/{id}/conflict", For::Assessor),
    get("/assess/account", For::Assessor),
    post("/assess/account/sessions", For::Assessor),
    fresh(get("/assess/account/github", For::Assessor)),
    fresh(post("/assess/account/github", For::Assessor)),
    fresh(post("/assess/account/github/part", For::Assessor)),
    fresh(post("/assess/account/passkeys", For::Assessor)),
    get("/assess/account/passkeys/new", For::Assessor),
    fresh(post("/assess/account/passkeys/new", For::Assessor)),
    fresh(post("/assess/account/passkeys/remove", For::Assessor)),
    get("/assess/prove", For::Assessor),
    post("/assess/prove", For::Assessor),
    get("/assess/prove/code", For::Assessor),
    post("/assess/prove/code", For::Assessor),
    post("/assess/prove/github", For::Assessor),
    post("/assess/prove/passkey", For::Assessor),
    get("/assess/prove/passkey", For::Assessor),
    post("/assess/prove/passkey/answer", For::Assessor),
];

/// The row of a request; none when its address is none of ours, or is not answered under its method.
#[must_use]
pub fn of(request: &HttpRequest) -> Option<&'static Route> {
    find(request.method(), &request.match_pattern()?)
}

/// The row of a method and a pattern.
#[must_use]
pub fn find(method: &Method, pattern: &str) -> Option<&'static Route> {
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    ROUTES.iter().find(|route| route.method == method && route.path == pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_stands_once_and_nothing_is_changed_by_reading() {
        for (position, route) in ROUTES.iter().enumerate() {
            let again = ROUTES.iter().skip(position + 1);
            assert!(
                !again
                    .into_iter()
                    .any(|other| (other.method, other.path) == (route.method, route.path)),
                "{} {}",
                route.method,
                route.path
            );
            assert!(matches!(route.method, "GET" | "POST"));
        }
    }

    #[test]
    fn without_a_strong_way_one_sets_up_a_way_and_does_nothing_else() {
        let open = ["/staff/account", "/staff/ways", "/staff/prove"];
        for route in ROUTES.iter().filter(|route| route.weak) {
            assert!(open.iter().any(|start| route.path.starts_with(start)), "{}", route.path);
            assert!(route.who == For::Staff && !route.fresh, "{}", route.path);
        }
    }

    #[test]
    fn an_audience_is_known_by_the_address() {
        for route in ROUTES {
            let staff = route.path.starts_with("/staff");
            let assessor = route.path.starts_with("/assess");
            match route.who {
                For::Staff | For::Role(_) => assert!(staff, "{}", route.path),
                For::Assessor => assert!(assessor, "{}", route.path),
                For::Applicant => assert!(!staff && !assessor, "{}", route.path),
                For::Anyone | For::Bearer => {}
            }
        }
    }
}
