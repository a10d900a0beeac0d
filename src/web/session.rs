//! Who is asking: cookies, and the extractors that let only a signed-in person through.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::{Method, header};
use actix_web::{FromRequest, HttpRequest, HttpResponseBuilder, web};
use subtle::ConstantTimeEq;

use super::error::Failure;
use super::form::Form;
use super::page::call;
use crate::domain::role::Audience;
use crate::service::Context;
use crate::service::error::ServiceError;
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
}

impl Door {
    /// The door of an address.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        if path == "/staff" || path.starts_with("/staff/") { Self::Staff } else { Self::Applicant }
    }

    /// What the addresses of its sign-in pages begin with.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Applicant => "",
            Self::Staff => "/staff",
        }
    }

    /// The address of its sign-in page.
    #[must_use]
    pub const fn sign_in(self) -> &'static str {
        match self {
            Self::Applicant => "/sign-in",
            Self::Staff => "/staff/sign-in",
        }
    }

    /// The name of its session cookie.
    #[must_use]
    pub const fn cookie(self) -> &'static str {
        match self {
            Self::Applicant => "__Host-applicant",
            Self::Staff => "__Host-staff",
        }
    }

    /// Whose it is.
    #[must_use]
    pub const fn audience(self) -> Audience {
        match self {
            Self::Applicant => Audience::Applicant,
            Self::Staff => Audience::Staff,
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

fn trust(form: Form, token: &str) -> Result<Form, Failure> {
    if is_token(&form, token) { Ok(form) } else { Err(Failure::Forged) }
}

/// Compares in constant time, so that no answer tells how much of a guess was right.
fn is_token(form: &Form, token: &str) -> bool {
    !token.is_empty() && bool::from(form.word("token").as_bytes().ct_eq(token.as_bytes()))
}

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Failure>>>>;

impl FromRequest for ApplicantSession {
    type Error = Failure;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = look(request, Door::Applicant, session::applicant);
        Box::pin(async move { Ok(Self { who: found.await? }) })
    }
}

impl FromRequest for StaffSession {
    type Error = Failure;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = look(request, Door::Staff, session::staff);
        Box::pin(async move { Ok(Self { who: found.await? }) })
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

/// The cookie that a request brings, not looked up yet.
struct Brought {
    ctx: Option<web::Data<Context>>,
    door: Door,
    cookie: Option<String>,
    reads: bool,
    fresh: bool,
}

impl Brought {
    fn of(request: &HttpRequest, door: Door) -> Self {
        Self {
            ctx: request.app_data::<web::Data<Context>>().cloned(),
            door,
            cookie: cookie(request, door.cookie()),
            reads: matches!(*request.method(), Method::GET | Method::HEAD),
            fresh: request.query_string().split('&').any(|pair| pair == "signed-in=1"),
        }
    }

    /// Does something with the cookie off the threads that serve. Whose it is must be asked first of all.
    async fn call<T: Send + 'static>(
        self,
        work: impl FnOnce(&Context, &str) -> Result<T, ServiceError> + Send + 'static,
    ) -> Result<T, Failure> {
        let Self { ctx, door, cookie, reads, fresh } = self;
        let signed_out = || if reads { Failure::SignIn(door) } else { Failure::SignedOut(door) };
        let Some(ctx) = ctx else { return Err(Failure::NotFound) };
        let Some(cookie) = cookie else {
            // Without this a browser that refuses cookies would be sent to sign in again and again.
            return Err(if fresh { Failure::CookieRefused(door) } else { signed_out() });
        };
        match call(&ctx, move |ctx| work(ctx, &cookie)).await {
            Err(Failure::Service(ServiceError::SignedOut)) => Err(signed_out()),
            done => done,
        }
    }
}

/// The cookie of an applicant, for a handler that looks it up in one go with what it does then: each way to the
/// threads that wait for the database and back costs more than the look-up.
pub struct ApplicantCookie(Brought);

/// The same of a member of staff.
pub struct StaffCookie(Brought);

impl ApplicantCookie {
    /// Does something for whoever is signed in.
    ///
    /// # Errors
    /// As the extractor [`ApplicantSession`].
    pub async fn call<T: Send + 'static>(
        self,
        work: impl FnOnce(&Context, &ApplicantSession) -> T + Send + 'static,
    ) -> Result<(ApplicantSession, T), Failure> {
        let with = |ctx: &Context, cookie: &str| {
            let session = ApplicantSession { who: Arc::new(session::applicant(ctx, cookie)?) };
            let done = work(ctx, &session);
            Ok((session, done))
        };
        self.0.call(with).await
    }
}

impl StaffCookie {
    /// Does something for whoever is signed in.
    ///
    /// # Errors
    /// As the extractor [`StaffSession`].
    pub async fn call<T: Send + 'static>(
        self,
        work: impl FnOnce(&Context, &StaffSession) -> T + Send + 'static,
    ) -> Result<(StaffSession, T), Failure> {
        let with = |ctx: &Context, cookie: &str| {
            let session = StaffSession { who: Arc::new(session::staff(ctx, cookie)?) };
            let done = work(ctx, &session);
            Ok((session, done))
        };
        self.0.call(with).await
    }
}

impl FromRequest for ApplicantCookie {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(Brought::of(request, Door::Applicant))))
    }
}

impl FromRequest for StaffCookie {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(Brought::of(request, Door::Staff))))
    }
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
    }
}
