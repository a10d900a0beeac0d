//! What is said of what went wrong.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use chrono::{DateTime, Utc};

use super::Failure;
use crate::inventory::{Surface, Surfaces};
use crate::service::error::ServiceError;
use crate::web::form::FormError;
use crate::web::session::Door;
use crate::web::{filters, trouble};

/// What the page says.
pub(super) struct Words {
    pub status: StatusCode,
    pub title: &'static str,
    pub sentences: Vec<String>,
    /// A link and its words.
    pub way_on: (Cow<'static, str>, &'static str),
}

/// What is said of an answer that failed, to a request of some path.
pub(super) fn of(
    failure: Option<&Failure>,
    status: StatusCode,
    path: &str,
    surfaces: Surfaces,
) -> Words {
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
        _ => start(path, door, surfaces),
    };
    whole(status, title, sentences, (way_on.0.into(), way_on.1))
}

/// What is said to whoever speaks to the port of HTTPS in clear.
pub(super) fn in_clear(base_url: String) -> Words {
    let (status, title, sentences) = of_failure(&Failure::InClear, StatusCode::BAD_REQUEST);
    whole(status, title, sentences, (base_url.into(), "Go to this site by https"))
}

fn whole(
    status: StatusCode,
    title: &'static str,
    sentences: [String; 2],
    way_on: (Cow<'static, str>, &'static str),
) -> Words {
    let sentences = sentences.into_iter().filter(|text| !text.is_empty()).collect();
    Words { status, title, sentences, way_on }
}

/// Where to begin again: a page that this process has.
fn start(path: &str, door: Door, surfaces: Surfaces) -> (&'static str, &'static str) {
    const STAFF: (&str, &str) = ("/staff", "Go to the staff pages");
    const ASSESSORS: (&str, &str) = ("/assess", "Go to the assessors’ pages");
    let applicants = surfaces.has(Surface::Applicant);
    let staff = surfaces.has(Surface::Staff) || surfaces.has(Surface::Finance);
    match door {
        Door::Staff if staff => STAFF,
        Door::Assessor if surfaces.has(Surface::Assessor) => ASSESSORS,
        _ if applicants && path.starts_with("/applications") => {
            ("/applications", "Go to your applications")
        }
        _ if applicants => ("/", "Go to the start page"),
        _ if staff => STAFF,
        _ => ASSESSORS,
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
        Failure::HeadTooLarge => of_status(status),
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

/// For how long somebody is asked to wait: "61 seconds", "3 minutes".
pub(in crate::web) fn wait(seconds: u64) -> String {
    match seconds {
        0..=1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

fn too_many(status: StatusCode, seconds: u64) -> Said {
    let first = format!("Wait for {}, then try again.", wait(seconds));
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
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => say(
            status,
            "Your browser sent too much",
            "The cookies or other details that came with your request are longer than any that this site uses.",
            "Delete the cookies of this site in your browser, then try again.",
        ),
        StatusCode::REQUEST_TIMEOUT => say(
            status,
            "Your request took too long to arrive",
            "The connection was open, and the request did not come whole. Nothing was done.",
            "Try again.",
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
