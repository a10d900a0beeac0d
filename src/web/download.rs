//! Files that people keep.

use actix_web::HttpResponse;
use actix_web::http::header;

use crate::domain::secret::SecretBytes;

/// Hands a file out to be kept, never to be shown in the place of a page. `name` is one of ours: of letters, digits, dots
/// and hyphens.
#[must_use]
pub fn hand_out(name: &str, media_type: &str, content: &SecretBytes) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, media_type))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(content.expose().to_vec())
}
