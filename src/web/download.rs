//! A file is handed out, to be kept by the person and not to be shown by the browser.

use actix_web::HttpResponse;
use actix_web::http::header;

use crate::domain::secret::SecretBytes;

/// Hands out a file under a name of ours, which must be of letters, digits, dots, hyphens and low lines. The headers that
/// stand on every answer forbid to guess at another type and to keep it.
#[must_use]
pub fn hand_out(name: &str, media_type: &'static str, content: &SecretBytes) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, media_type))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(content.expose().to_vec())
}
