//! The way to another site where somebody proves who they are, and back.

use actix_web::HttpResponse;
use actix_web::http::header;
use serde::Deserialize;

use super::session::{VISIT, set_cookie};
use crate::domain::secret::Secret;
use crate::service::elsewhere::{Begun, Returned};

/// Sends a browser there.
#[must_use]
pub fn go(begun: &Begun) -> HttpResponse {
    let mut response = HttpResponse::SeeOther();
    set_cookie(&mut response, VISIT, &begun.browser);
    response.insert_header((header::LOCATION, begun.address.as_str())).finish()
}

/// What the other site writes into the address to which it sends people back.
#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    error: String,
}

impl From<Query> for Returned {
    fn from(Query { state, code, error }: Query) -> Self {
        Self { state: Secret::new(state), code: Secret::new(code), error }
    }
}
