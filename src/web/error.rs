//! What went wrong, as a page: one clear sentence, and a way on.

use std::fmt;

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::error::PayloadError;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError, web};
use askama::Template;
use chrono::{DateTime, Utc};

use super::filters;
use super::form::FormError;
use super::page::Layout;
use super::session::Door;
use super::trouble;
use crate::service::Context;
use crate::service::error::ServiceError;

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

/// What the page says.
struct Words {
    status: StatusCode,
    title: &'static str,
    sentences: Vec<String>,
    /// A link and its words.
    way_on: (&'static str, &'static str),
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
    let words = words(failure, status, request.path());
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
    let body = match request.app_data::<web::Data<Context>>() {
        Some(ctx) => ErrorPage { page: Layout::bare(ctx), words }.render().unwrap_or_default(),
        None => String::new(),
    };
    ServiceResponse::new(request, page.body(body))
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

fn words(failure: Option<&Failure>, status: StatusCode, path: &str) -> Words {
    let door = Door::of_path(path);
    let staff = door == Door::Staff;
    let (status, title, sentences) = match failure {
        Some(Failure::Service(ServiceError::Forbidden)) if !staff => missing(),
        Some(failure) => of_failure(failure, status),
        None => of_status(status),
    };
    let way_on = match failure {
        Some(Failure::SignedOut(door) | Failure::CookieRefused(door)) => {
            (door.sign_in(), "Go to the sign-in page")
        }
        Some(Failure::Service(
            ServiceError::LinkSpent | ServiceError::SignedOut | ServiceError::Elsewhere(_),
        )) => (Door::of_path(path).sign_in(), "Go to the sign-in page"),
        Some(Failure::Prove(..) | Failure::Service(ServiceError::ProofNeeded)) => {
            (door.prove(), "Prove that it is you")
        }
        Some(Failure::SetUpWay { .. }) => ("/staff/ways", "Set up a way to sign in"),
        _ if staff => ("/staff", "Go to the staff pages"),
        _ if door == Door::Assessor => ("/assess", "Go to the assessors’ pages"),
        _ if path.starts_with("/applications") => ("/applications", "Go to your applications"),
        _ => ("/", "Go to the start page"),
    };
    Words {
        status,
        title,
        sentences: sentences.into_iter().filter(|text| !text.is_empty()).collect(),
        way_on,
    }
}

type Said = (StatusCode, &'static str, [String; 2]);

fn say(status: StatusCode, title: &'static str, first: &str, second: &str) -> Said {
    (status, title, [first.to_owned(), second.to_owned()])
}

fn missing() -> Said {
    say(
        StatusCode::NOT_FOUND,
        "Page not found",
        "There is no page at this address, or it is not yours to see.",
        "If you typed the address, check it for mistakes.",
    )
}

fn of_failure(failure: &Failure, status: StatusCode) -> Said {
    match failure {
        Failure::NotFound => missing(),
        Failure::Form(error) => say(status, "The form could not be read", &of_form(error), UNSAVED),
        Failure::CutOff => say(
            status,
            "The form could not be read",
            "What you sent did not arrive whole.",
            UNSAVED,
        ),
        Failure::TooLarge => say(
            status,
            "That was too much text",
            "What you sent is longer than any form here can take.",
            "Nothing was saved. Go back in your browser, shorten your answers and try again.",
        ),
        Failure::HeadTooLarge => say(
            status,
            "Your browser sent too much",
            "The cookies or other details that came with your request are longer than any that this site uses.",
            "Delete the cookies of this site in your browser, then try again.",
        ),
        Failure::InClear | Failure::Moved(_) => say(
            status,
            "This page needs a secure connection",
            "What you sent travelled unprotected, so it was not read and nothing was saved.",
            "Open this site by an address that begins with https, then try again.",
        ),
        Failure::Forged => say(
            status,
            "This page was out of date",
            "For your safety we only take forms from pages that you opened here, in this session.",
            "Nothing was saved. Go back in your browser, reload the page and try again.",
        ),
        Failure::SignIn(_) | Failure::SignedOut(_) => signed_out(status),
        Failure::CookieRefused(_) => say(
            status,
            "Your browser refused the cookie",
            "To stay signed in, your browser has to keep one cookie for this site until you close it. It refused that cookie.",
            "Allow cookies for this site, then sign in again. Rounds, the privacy notice and the contact address work without cookies.",
        ),
        Failure::Prove(..) => prove(status),
        Failure::SetUpWay { .. } => say(
            status,
            "Set up a way to sign in first",
            "You came in by a mailed link, which is enough to set up a passkey or a password, and for nothing else.",
            "Nothing was done.",
        ),
        Failure::Page(_) => of_status(StatusCode::INTERNAL_SERVER_ERROR),
        Failure::Service(error) => of_service(error, status),
    }
}

const UNSAVED: &str = "Nothing was saved. Go back in your browser and try again.";

fn prove(status: StatusCode) -> Said {
    say(
        status,
        "Prove that it is you",
        "For this you must have proved within the last five minutes who you are, so nothing was done.",
        "Do that first. Then go back in your browser to the form: what you typed should still be there.",
    )
}

fn signed_out(status: StatusCode) -> Said {
    say(
        status,
        "You are signed out",
        "Your session had ended, so nothing was done.",
        "Sign in, then try again.",
    )
}

fn of_service(error: &ServiceError, status: StatusCode) -> Said {
    match error {
        ServiceError::NotFound => missing(),
        ServiceError::SignedOut => signed_out(status),
        ServiceError::ProofNeeded => prove(status),
        ServiceError::Forbidden => say(
            status,
            "You need another role",
            "Your roles do not let you see this page.",
            "An administrator can change your roles.",
        ),
        ServiceError::Invalid(errors) => {
            let first = errors.first().map(|error| error.message.clone()).unwrap_or_default();
            (status, "There is a problem with what you sent", [first, UNSAVED.to_owned()])
        }
        ServiceError::RoundClosed { name, closed_at } => {
            (status, "This round is not open", [closed(name, *closed_at), String::new()])
        }
        ServiceError::LinkSpent => say(
            status,
            "This link or code no longer works",
            "It was used already, or it is too old, or it is not complete.",
            "Ask for a new one where you sign in, or ask whoever invited you. If you were beginning an application, choose \
             the round again.",
        ),
        ServiceError::Conflict => say(
            status,
            "This application changed meanwhile",
            "Somebody, or you in another window, changed it after you opened the page.",
            "Nothing was done. Look at it again before you go on.",
        ),
        ServiceError::Elsewhere(trouble) => {
            let (title, first, second) = trouble::words(*trouble);
            say(status, title, first, second)
        }
        ServiceError::TooMany { seconds } => too_many(status, *seconds),
        ServiceError::Busy => of_status(StatusCode::SERVICE_UNAVAILABLE),
        ServiceError::Full => of_status(StatusCode::INSUFFICIENT_STORAGE),
        ServiceError::Internal(_) => of_status(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn too_many(status: StatusCode, seconds: u64) -> Said {
    let wait = match seconds {
        0..=1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    };
    let first = format!("Wait for {wait}, then try again.");
    let second = "This was asked for too often, by you or by somebody else. A link that we have mailed to you still works.";
    (status, "Too many tries", [first, second.to_owned()])
}

fn closed(name: &str, closed_at: Option<DateTime<Utc>>) -> String {
    match closed_at {
        Some(at) => format!(
            "“{name}” closed on {}, {} UTC. It takes no more applications. A draft that you began is kept, and you can still read it.",
            filters::long_date(at.date_naive()),
            at.format("%H:%M")
        ),
        None => format!("“{name}” has not opened yet."),
    }
}

fn of_form(error: &FormError) -> String {
    match error {
        FormError::NotAForm => "What you sent was not a form.".to_owned(),
        FormError::TooMany => "What you sent has more fields than any form here.".to_owned(),
        FormError::NotUtf8(field) => format!("The field “{field}” was not sent as UTF-8 text."),
        FormError::NoCharacter(field) => {
            format!("The field “{field}” has a character in it (U+0000) that no page can show.")
        }
        FormError::Unknown(field) => format!("This form has no field “{field}”."),
        FormError::Twice(field) => format!("The field “{field}” was sent more than once."),
    }
}

fn of_status(status: StatusCode) -> Said {
    match status {
        StatusCode::NOT_FOUND => missing(),
        StatusCode::METHOD_NOT_ALLOWED => say(
            status,
            "That can't be done here",
            "This page does not take that kind of request.",
            "",
        ),
        StatusCode::SERVICE_UNAVAILABLE => say(
            status,
            "Please try again in a moment",
            "The system was too busy to answer, and nothing was saved.",
            "Go back in your browser: what you typed should still be there. Then try again.",
        ),
        StatusCode::INSUFFICIENT_STORAGE => say(
            status,
            "Nothing could be saved",
            "There is no room left to save what you sent, so nothing was saved.",
            "Keep a copy of what you typed, and write to the address at the foot of this page.",
        ),
        status if status.is_client_error() => say(
            status,
            "That request could not be understood",
            "Something in the address or in what was sent is not as it should be.",
            "",
        ),
        status => say(
            status,
            "Something went wrong on our side",
            "The system could not answer, and nothing more was saved.",
            "Try again later. If it goes wrong again, write to the address at the foot of this page.",
        ),
    }
}
