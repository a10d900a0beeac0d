//! What stands on every answer, errors too, and what a request must say of where it came from.

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Pages load from here and nowhere else, are framed by nobody, and post to nobody else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
     img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const ALWAYS: [(HeaderName, &str); 8] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
    (header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        header::PERMISSIONS_POLICY,
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// Puts on an answer what stands on each. What may be kept by a browser says so itself; the rest may not.
pub fn put(headers: &mut HeaderMap) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Puts on an answer what stands on each.
#[must_use]
pub fn put_on(mut response: ServiceResponse) -> ServiceResponse {
    put(response.headers_mut());
    response
}

/// Whether a request that may change something was sent by a page of another site.
///
/// `Origin` does not tell: with our own referrer policy, browsers send `null` on our own posts.
/// A browser too old to send the header is held by the session's token alone.
#[must_use]
pub fn is_foreign(request: &ServiceRequest) -> bool {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    let mut sites = request.headers().get_all("sec-fetch-site");
    sites.any(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn what_must_not_be_kept_is_not() {
        let mut headers = HeaderMap::new();
        put(&mut headers);
        assert_eq!(headers.get("cache-control").unwrap(), "no-store");
        assert_eq!(headers.get("referrer-policy").unwrap(), "no-referrer");
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        put(&mut headers);
        assert_eq!(headers.get("cache-control").unwrap(), "no-cache");
    }

    #[test]
    fn the_policy_allows_no_inline_and_no_other_origin() {
        assert!(CONTENT_SECURITY_POLICY.starts_with("default-src 'none'"));
        for loose in ["unsafe", "*", "http", "data:"] {
            assert!(!CONTENT_SECURITY_POLICY.contains(loose), "{loose}");
        }
    }

    #[test]
    fn only_pages_of_ours_may_change_something() {
        let post = |site: Option<&str>| {
            let request = TestRequest::post().uri("/sign-in");
            is_foreign(&match site {
                Some(site) => request.insert_header(("sec-fetch-site", site)).to_srv_request(),
                None => request.to_srv_request(),
            })
        };
        assert!(!post(Some("same-origin")) && !post(Some("none")) && !post(None));
        assert!(post(Some("cross-site")) && post(Some("same-site")) && post(Some("")));
        let get = TestRequest::get().insert_header(("sec-fetch-site", "cross-site"));
        assert!(!is_foreign(&get.to_srv_request()));
    }
}
