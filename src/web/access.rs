//! Tells the access log of each request that was answered.

use actix_web::dev::ServiceResponse;
use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, web};

use super::visitor;
use crate::domain::access::{Access, path, referrer, shortened};
use crate::domain::secret::Secret;
use crate::service::{Context, access_log};

/// What says nothing about anybody: files that are the same for all, and the questions of whoever runs the site.
const LEFT_OUT: [&str; 3] = ["/static/{file}", "/healthz", "/readyz"];

/// Hands a request on to be written. Nothing waits for that.
pub fn record<B>(response: &ServiceResponse<B>) {
    let request = response.request();
    let pattern = request.match_pattern();
    if pattern.as_deref().is_some_and(|pattern| LEFT_OUT.contains(&pattern)) {
        return;
    }
    let Some(ctx) = request.app_data::<web::Data<Context>>() else { return };
    let ip = visitor::ip(request).map(|ip| ip.to_string()).unwrap_or_default();
    let access = Access {
        at: ctx.now(),
        ip: Secret::new(ip),
        user_agent: Secret::new(shortened(&line(request, header::USER_AGENT))),
        referrer: Secret::new(referrer(&line(request, header::REFERER), &ctx.site.base_url)),
        method: shortened(request.method().as_str()).to_owned(),
        path: path(pattern.as_deref(), request.path()),
        status: response.status().as_u16(),
    };
    access_log::record(ctx, access);
}

/// A header, with whatever is no text in it made visible.
fn line(request: &HttpRequest, name: HeaderName) -> String {
    let value = request.headers().get(name).map(|value| value.as_bytes()).unwrap_or_default();
    String::from_utf8_lossy(value).into_owned()
}
