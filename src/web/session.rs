//! Who is asking: cookies, and the extractors that let only a signed-in person through.

use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponseBuilder};
use subtle::ConstantTimeEq;

use super::entrance::{Brought, Entrance};
use super::error::Failure;
use super::form::Form;
use crate::domain::role::{Audience, Roles};
use crate::service::Context;
use crate::service::error::ServiceError;
use crate::service::outsiders::{self, Assessor, Outsider};
use crate::service::session::{self, Applicant, Staff};

/// The cookie that ties a code to the browser in which it was asked for.
pub const VISIT: &str = "__Host-visit";

/// Where a person comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Applicants.
    Applicant,
    /// Staff.
    Staff,
    /// Outside assessors.
    Assessor,
}

impl Door {
    /// The door of an address.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        let first = path.split('/').nth(1).unwrap_or_default();
        match first {
            "staff" => Self::Staff,
            "assess" => Self::Assessor,
            _ => Self::Applicant,
        }
    }

    /// The door of an audience.
    #[must_use]
    pub const fn of(audience: Audience) -> Self {
        match audience {
            Audience::Applicant => Self::Applicant,
            Audience::Assessor => Self::Assessor,
            Audience::Staff | Audience::Admin | Audience::Privacy => Self::Staff,
        }
    }

    /// What the addresses of its sign-in pages begin with.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Applicant => "",
            Self::Staff => "/staff",
            Self::Assessor => "/assess",
        }
    }

    /// The address of its sign-in page.
    #[must_use]
    pub const fn sign_in(self) -> &'static str {
        match self {
            Self::Applicant => "/sign-in",
            Self::Staff => "/staff/sign-in",
            Self::Assessor => "/assess/sign-in",
        }
    }

    /// The address of the page that asks for an address to send a link to.
    #[must_use]
    pub const fn by_mail(self) -> &'static str {
        match self {
            Self::Staff => "/staff/sign-in/mail",
            other => other.sign_in(),
        }
    }

    /// The address of the page where somebody proves anew who they are.
    #[must_use]
    pub const fn prove(self) -> &'static str {
        match self {
            Self::Applicant => "/prove",
            Self::Staff => "/staff/prove",
            Self::Assessor => "/assess/prove",
        }
    }

    /// The address of the page of one's own account.
    #[must_use]
    pub const fn account(self) -> &'static str {
        match self {
            Self::Applicant => "/account",
            Self::Staff => "/staff/account",
            Self::Assessor => "/assess/account",
        }
    }

    /// The address of the page of one's own ways to sign in.
    #[must_use]
    pub const fn ways(self) -> &'static str {
        match self {
            Self::Staff => "/staff/ways",
            other => other.account(),
        }
    }

    /// The name of its session cookie.
    #[must_use]
    pub const fn cookie(self) -> &'static str {
        match self {
            Self::Applicant => "__Host-applicant",
            Self::Staff => "__Host-staff",
            Self::Assessor => "__Host-assessor",
        }
    }

    /// Whose it is.
    #[must_use]
    pub const fn audience(self) -> Audience {
        match self {
            Self::Applicant => Audience::Applicant,
            Self::Staff => Audience::Staff,
            Self::Assessor => Audience::Assessor,
        }
    }
}

/// A signed-in applicant.
pub struct ApplicantSession {
    /// Who it is.
    pub who: Arc<Applicant>,
}

/// A signed-in member of staff.
pub struct StaffSession {
    /// Who it is.
    pub who: Arc<Staff>,
}

/// A signed-in assessor.
pub struct AssessorSession {
    /// Who it is.
    pub who: Arc<Assessor>,
}

/// A signed-in applicant or assessor, as the address says: for the pages that are alike for both.
pub struct OutsiderSession {
    /// Who it is.
    pub who: Arc<Outsider>,
    /// Where they came in.
    pub door: Door,
}

impl AssessorSession {
    /// The form, when it was posted from a page of this session.
    ///
    /// # Errors
    /// [`Failure::Forged`] when it was not.
    pub fn trust(&self, form: Form) -> Result<Form, Failure> {
        trust(form, &self.who.forgery)
    }
}

impl OutsiderSession {
    /// The form, when it was posted from a page of this session.
    ///
    /// # Errors
    /// [`Failure::Forged`] when it was not.
    pub fn trust(&self, form: Form) -> Result<Form, Failure> {
        trust(form, &self.who.forgery)
    }
}

impl ApplicantSession {
    /// The form, when it was posted from a page of this session.
    ///
    /// # Errors
    /// [`Failure::Forged`] when it was not.
    pub fn trust(&self, form: Form) -> Result<Form, Failure> {
        trust(form, &self.who.forgery)
    }

    /// Whether a form was posted from a page of this session.
    #[must_use]
    pub fn knows(&self, form: &Form) -> bool {
        is_token(form, &self.who.forgery)
    }
}

impl StaffSession {
    /// The form, when it was posted from a page of this session.
    ///
    /// # Errors
    /// [`Failure::Forged`] when it was not.
    pub fn trust(&self, form: Form) -> Result<Form, Failure> {
        trust(form, &self.who.forgery)
    }
}

/// The form, when it carries this token.
///
/// # Errors
/// [`Failure::Forged`] when it does not.
pub fn trust(form: Form, token: &str) -> Result<Form, Failure> {
    if is_token(&form, token) { Ok(form) } else { Err(Failure::Forged) }
}

/// Compares in constant time, so that no answer tells how much of a guess was right.
fn is_token(form: &Form, token: &str) -> bool {
    !token.is_empty() && bool::from(form.word("token").as_bytes().ct_eq(token.as_bytes()))
}

/// What an extractor that asks the database answers.
pub type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Failure>>>>;

impl FromRequest for ApplicantSession {
    type Error = Failure;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = look(request, Door::Applicant, session::applicant);
        let entrance = Entrance::of(request);
        Box::pin(async move {
            let who: Arc<Applicant> = found.await?;
            entrance.admit(Door::Applicant, Roles::NONE, &who.session)?;
            Ok(Self { who })
        })
    }
}

impl FromRequest for StaffSession {
    type Error = Failure;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = look(request, Door::Staff, session::staff);
        let entrance = Entrance::of(request);
        Box::pin(async move {
            let who: Arc<Staff> = found.await?;
            entrance.admit_staff(&who)?;
            Ok(Self { who })
        })
    }
}

impl FromRequest for AssessorSession {
    type Error = Failure;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = look(request, Door::Assessor, outsiders::assessor);
        let entrance = Entrance::of(request);
        Box::pin(async move {
            let who: Arc<Assessor> = found.await?;
            entrance.admit(Door::Assessor, Roles::NONE, &who.session)?;
            Ok(Self { who })
        })
    }
}

impl FromRequest for OutsiderSession {
    type Error = Failure;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let door = Door::of_path(request.path());
        let found = look(
            request,
            door,
            match door {
                Door::Assessor => {
                    |ctx, cookie| outsiders::outsider(ctx, Audience::Assessor, cookie)
                }
                Door::Applicant | Door::Staff => {
                    |ctx, cookie| outsiders::outsider(ctx, Audience::Applicant, cookie)
                }
            },
        );
        let entrance = Entrance::of(request);
        Box::pin(async move {
            let who: Arc<Outsider> = found.await?;
            entrance.admit(door, Roles::NONE, &who.session)?;
            Ok(Self { who, door })
        })
    }
}

/// Looks up the session of a request's cookie.
fn look<T: Send + Sync + 'static>(
    request: &HttpRequest,
    door: Door,
    find: fn(&Context, &str) -> Result<T, ServiceError>,
) -> Extracting<Arc<T>> {
    let brought = Brought::of(request, door);
    Box::pin(brought.call(move |ctx, cookie| Ok(Arc::new(find(ctx, cookie)?))))
}

/// The value of a cookie.
#[must_use]
pub fn cookie(request: &HttpRequest, name: &str) -> Option<String> {
    request
        .headers()
        .get_all(header::COOKIE)
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(other, value)| *other == name && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

/// What the browser says it is; empty when it says nothing that can be read.
#[must_use]
pub fn user_agent(request: &HttpRequest) -> String {
    let header = request.headers().get(header::USER_AGENT);
    header.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// Gives the browser a cookie that dies when the browser is closed.
pub fn set_cookie(response: &mut HttpResponseBuilder, name: &str, value: &str) {
    let line = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax");
    response.append_header((header::SET_COOKIE, line));
}

/// Takes a cookie back.
pub fn drop_cookie(response: &mut HttpResponseBuilder, name: &str) {
    let line = format!("{name}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    response.append_header((header::SET_COOKIE, line));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::form::Posted;
    use actix_web::HttpResponse;
    use actix_web::test::TestRequest;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let request = TestRequest::get()
            .append_header(("cookie", "x__Host-staff=no; __Host-staffx=no"))
            .append_header(("cookie", "a=b; __Host-staff=yes=; c"))
            .to_http_request();
        assert_eq!(cookie(&request, Door::Staff.cookie()).as_deref(), Some("yes="));
        assert_eq!(cookie(&request, Door::Applicant.cookie()), None);
    }

    // proves S8
    #[test]
    fn cookies_die_with_the_browser() {
        let mut response = HttpResponse::Ok();
        set_cookie(&mut response, VISIT, "v");
        let response = response.finish();
        let line = response.headers().get(header::SET_COOKIE).unwrap().to_str().unwrap();
        assert_eq!(line, "__Host-visit=v; Path=/; Secure; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn a_token_must_be_the_session_s_own() {
        let form = |body: &str| Posted::read(body.as_bytes()).unwrap().only(&["a"]).unwrap();
        assert!(is_token(&form("token=abc"), "abc"));
        for wrong in ["token=abd", "token=", "a=abc", "token=abcd", ""] {
            assert!(!is_token(&form(wrong), "abc"), "{wrong}");
        }
        assert!(!is_token(&form("token="), ""));
    }

    #[test]
    fn doors() {
        assert_eq!(Door::of_path("/staff/applications"), Door::Staff);
        assert_eq!(Door::of_path("/staff"), Door::Staff);
        assert_eq!(Door::of_path("/staffing"), Door::Applicant);
        assert_eq!(Door::of_path("/assess/packets"), Door::Assessor);
        assert_eq!(Door::of_path("/assessment"), Door::Applicant);
    }
}
