//! What a person is told when signing in elsewhere came to nothing.

use actix_web::http::StatusCode;

use crate::service::error::Trouble;

/// The status of the page.
pub const fn status(trouble: Trouble) -> StatusCode {
    match trouble {
        Trouble::Stale => StatusCode::GONE,
        Trouble::Denied | Trouble::NotAnew => StatusCode::FORBIDDEN,
        Trouble::Another | Trouble::Taken | Trouble::Second => StatusCode::CONFLICT,
        Trouble::Refused | Trouble::Nonsense => StatusCode::BAD_GATEWAY,
        Trouble::Silent => StatusCode::GATEWAY_TIMEOUT,
    }
}

/// The title of the page and two sentences.
pub const fn words(trouble: Trouble) -> (&'static str, &'static str, &'static str) {
    const MAIL: &str = "Try again later, or sign in in another way, which works without it.";
    match trouble {
        Trouble::Stale => (
            "This sign-in can’t be finished here",
            "It was begun in another browser, was finished already, or took longer than ten minutes.",
            "Begin again. Nothing was changed.",
        ),
        Trouble::Denied => (
            "You were not signed in",
            "You did not agree, on the other site, that it tells us who you are. That is fine: nothing was kept.",
            "You can begin again, or sign in in another way.",
        ),
        Trouble::Refused => (
            "The other site refused the sign-in",
            "It did not take what it had given you to bring here.",
            MAIL,
        ),
        Trouble::Silent => (
            "The other site does not answer",
            "We asked it who you are and got no answer, so nothing was done.",
            MAIL,
        ),
        Trouble::Nonsense => (
            "The other site’s answer made no sense",
            "We asked it who you are and could not read the answer, so nothing was done.",
            MAIL,
        ),
        Trouble::Another => (
            "That is another account",
            "You came back with an account that is not the one joined to yours here, so nothing was proved.",
            "Sign in to the right one on the other site, or prove it is you by a code that we mail you.",
        ),
        Trouble::NotAnew => (
            "That was no fresh proof",
            "The other site does not say that it asked you just now who you are, so nothing was done.",
            "Prove that it is you with a passkey or your password, or try again and sign in there anew.",
        ),
        Trouble::Taken => (
            "That account is joined to another account here",
            "One account on the other site opens one account here, so nothing was joined.",
            "Sign in with it to get to that other account. There you can take it away.",
        ),
        Trouble::Second => (
            "Your account has one joined already",
            "Nothing was joined: an account here has one account on the other site.",
            "Take that one away first.",
        ),
    }
}
