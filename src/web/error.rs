//! What went wrong, as a page: one clear sentence, and a way on.

use std::fmt;

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpResponse, ResponseError, web};
use askama::Template;

use self::words::Words;
use super::filters;
use super::form::FormError;
use super::headers;
use super::page::Layout;
use super::session::Door;
use super::trouble;
use crate::inventory::Surfaces;
use crate::service::Context;
use crate::service::error::ServiceError;

mod words;

pub(in crate::web) use self::words::wait;

/// Why a request gets no page of its own.
pub enum Failure {
    /// There is nothing here, or nothing that this person may know of.
    NotFound,
    /// A service said no.
    Service(ServiceError),
    /// The body can't be read.
    Form(FormError),
    /// The body is longer than any form of ours.
    TooLarge,
    /// The body never came whole.
    CutOff,
    /// The lines before the body, cookies among them, are longer than any that a browser of ours sends.
    HeadTooLarge,
    /// It travelled in clear, and is lost to whoever listened.
    InClear,
    /// It travelled in clear and asked for a page: to the same page by https.
    Moved(String),
    /// The request did not come from a page of ours.
    Forged,
    /// Nobody is signed in: to the sign-in page.
    SignIn(Door),
    /// Nobody is signed in any more, and something was posted.
    SignedOut(Door),
    /// The cookie of a fresh sign-in did not come back.
    CookieRefused(Door),
    /// The person has to prove anew who they are; then back to this address, where it is one to be read.
    Prove(Door, Option<String>),
    /// The person came in by mail, and has to set up a stronger way first: to the page where that is done, or a page
    /// that says so when something was posted.
    SetUpWay {
        /// Whether a page was to be read.
        reads: bool,
    },
    /// A page could not be written.
    Page(askama::Error),
}

impl Failure {
    /// What an error in reading a body means.
    #[must_use]
    pub fn of_body(error: &actix_web::Error) -> Self {
        let overflow = error.as_error::<PayloadError>();
        let too_large = matches!(overflow, Some(PayloadError::Overflow))
            || error.as_response_error().status_code() == StatusCode::PAYLOAD_TOO_LARGE;
        if too_large { Self::TooLarge } else { Self::CutOff }
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

impl From<FormError> for Failure {
    fn from(error: FormError) -> Self {
        Self::Form(error)
    }
}

impl From<askama::Error> for Failure {
    fn from(error: askama::Error) -> Self {
        Self::Page(error)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a request failed with {}", self.status_code())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Form(_) | Self::CutOff => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Moved(_) => StatusCode::PERMANENT_REDIRECT,
            Self::Forged | Self::InClear | Self::SignedOut(_) | Self::CookieRefused(_) => {
                StatusCode::FORBIDDEN
            }
            Self::SignIn(_) | Self::Prove(_, Some(_)) | Self::SetUpWay { reads: true } => {
                StatusCode::SEE_OTHER
            }
            Self::Prove(_, None) | Self::SetUpWay { reads: false } => StatusCode::FORBIDDEN,
            Self::Page(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Service(error) => match error {
                ServiceError::NotFound => StatusCode::NOT_FOUND,
                ServiceError::SignedOut | ServiceError::Forbidden | ServiceError::ProofNeeded => {
                    StatusCode::FORBIDDEN
                }
                ServiceError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
                ServiceError::RoundClosed { .. } | ServiceError::Conflict => StatusCode::CONFLICT,
                ServiceError::LinkSpent => StatusCode::GONE,
                ServiceError::Elsewhere(trouble) => trouble::status(*trouble),
                ServiceError::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
                ServiceError::Busy => StatusCode::SERVICE_UNAVAILABLE,
                ServiceError::Full => StatusCode::INSUFFICIENT_STORAGE,
                ServiceError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            },
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::SignIn(door) => {
                response.insert_header((header::LOCATION, door.sign_in()));
            }
            Self::SetUpWay { reads: true } => {
                response.insert_header((header::LOCATION, "/staff/ways"));
            }
            Self::Prove(door, Some(then)) => {
                let then = form_urlencoded::byte_serialize(then.as_bytes()).collect::<String>();
                let address = format!("{}?then={then}", door.prove());
                response.insert_header((header::LOCATION, address));
            }
            Self::Moved(to) => {
                response.insert_header((header::LOCATION, to.as_str()));
            }
            _ => {}
        }
        response.finish()
    }
}

/// The page that says what went wrong.
#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    page: Layout,
    words: Words,
}

/// Gives every answer that failed without a page of its own the page that says so.
#[must_use]
pub fn explain(response: ServiceResponse) -> ServiceResponse {
    let status = response.status();
    let empty = matches!(response.response().body().size(), BodySize::None | BodySize::Sized(0));
    let failed = status.is_client_error() || status.is_server_error();
    if !failed || !(empty || response.response().error().is_some()) {
        return response;
    }
    let (request, response) = response.into_parts();
    let failure = response.error().and_then(|error| error.as_error::<Failure>());
    log(failure);
    let ctx = request.app_data::<web::Data<Context>>();
    let surfaces = ctx.map_or(Surfaces::ALL, |ctx| ctx.surfaces);
    let words = words::of(failure, status, request.path(), surfaces);
    let mut page = HttpResponse::build(words.status);
    page.insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"));
    if let Some(allowed) = response.headers().get(header::ALLOW) {
        page.insert_header((header::ALLOW, allowed.clone()));
    }
    let seconds = match failure {
        Some(Failure::Service(ServiceError::TooMany { seconds })) => Some(*seconds),
        _ => (words.status == StatusCode::SERVICE_UNAVAILABLE).then_some(5),
    };
    if let Some(seconds) = seconds {
        page.insert_header((header::RETRY_AFTER, seconds));
    }
    let body = match ctx {
        Some(ctx) => ErrorPage { page: Layout::bare(ctx), words }.render().unwrap_or_default(),
        None => String::new(),
    };
    ServiceResponse::new(request, page.body(body))
}

/// An answer whole, for a request that was never read and so never came to any page: with the headers that stand on
/// every other, and with the page that says what is wrong. It ends the connection.
#[must_use]
pub fn unread(ctx: &Context, status: StatusCode) -> Vec<u8> {
    let words = words::of(None, status, "/", ctx.surfaces);
    whole(ctx, words)
}

/// The same for whoever speaks to the port of HTTPS in clear: it names the address that they want.
#[must_use]
pub fn spoken_in_clear(ctx: &Context) -> Vec<u8> {
    whole(ctx, words::in_clear(ctx.site.base_url.clone()))
}

fn whole(ctx: &Context, words: Words) -> Vec<u8> {
    let status = words.status;
    let body = ErrorPage { page: Layout::bare(ctx), words }.render().unwrap_or_default();
    let mut headers = HeaderMap::new();
    headers::put(&mut headers);
    let mut answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\
         date: {}\r\n",
        body.len(),
        ctx.now().format("%a, %d %b %Y %H:%M:%S GMT")
    )
    .into_bytes();
    for (name, value) in &headers {
        answer.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    answer.extend(b"\r\n");
    answer.extend(body.as_bytes());
    answer
}

/// What a person who runs the site needs to know. It holds ids at most.
fn log(failure: Option<&Failure>) {
    match failure {
        Some(Failure::Service(ServiceError::Internal(what))) => {
            tracing::error!(what, "a request failed");
        }
        Some(Failure::Service(ServiceError::Full)) => {
            tracing::error!("a request failed: the disk is full");
        }
        Some(Failure::Page(error)) => tracing::error!(%error, "a page could not be written"),
        _ => (),
    }
}
