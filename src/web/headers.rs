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

/// Marks the answers with a form that leads on to one other origin.
static LEADS_TO: HeaderName = HeaderName::from_static("x-almoner-leads-to");

/// Says of an answer that a form on it leads on to another origin: browsers hold `form-action` against where a form is
/// sent on to, as well.
pub fn lead_to(headers: &mut HeaderMap, origin: &str) {
    if let Ok(origin) = HeaderValue::from_str(origin) {
        headers.insert(LEADS_TO.clone(), origin);
    }
}

/// The policy of a page with a form that leads on to another origin.
fn policy_leading_to(origin: &HeaderValue) -> Option<HeaderValue> {
    let origin = origin.to_str().ok()?;
    let form = format!("form-action 'self' {origin}");
    HeaderValue::from_str(&CONTENT_SECURITY_POLICY.replace("form-action 'self'", &form)).ok()
}

/// Puts on an answer what stands on each. What may be kept by a browser says so itself; the rest may not.
pub fn put(headers: &mut HeaderMap) {
    let leads_to = headers.remove(&LEADS_TO).next();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(policy) = leads_to.as_ref().and_then(policy_leading_to) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
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

/// The most bytes in the lines before the body. The library that reads them hangs up at four times as many.
const LONGEST_HEAD: usize = 32 * 1024;

/// Whether the lines before the body are longer than any that a browser sends for a site with so few cookies.
#[must_use]
pub fn are_too_long(request: &ServiceRequest) -> bool {
    let lines = request.headers().iter();
    lines.map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>() > LONGEST_HEAD
}

/// Whether a request that may change something was sent by a page of another site.
///
/// A browser too old to say what site sent it may still say which origin: that has to be ours, or unknown. With our own
/// referrer policy, browsers send `null` on our own posts. A request that says neither is held by the session's token.
#[must_use]
pub fn is_foreign(request: &ServiceRequest) -> bool {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    let headers = request.headers();
    if headers.contains_key("sec-fetch-site") {
        let mut sites = headers.get_all("sec-fetch-site");
        return sites.any(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"));
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    headers.get_all(header::ORIGIN).any(|origin| !is_of(origin, host))
}

/// Whether an origin is unknown, or that of a host.
fn is_of(origin: &HeaderValue, host: &str) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    let (usual_port, place) = match origin.split_once("://") {
        Some(("https", place)) => (":443", place),
        Some(("http", place)) => (":80", place),
        _ => return origin == "null",
    };
    let bare = |place: &str| place.strip_suffix(usual_port).unwrap_or(place).to_ascii_lowercase();
    !place.is_empty() && bare(place) == bare(host)
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
    fn a_form_may_lead_on_to_one_origin() {
        let mut headers = HeaderMap::new();
        lead_to(&mut headers, "https://github.example");
        put(&mut headers);
        let policy = headers.get("content-security-policy").unwrap().to_str().unwrap();
        assert!(policy.contains("form-action 'self' https://github.example; base-uri 'none'"));
        assert_eq!(policy.replace(" https://github.example", ""), CONTENT_SECURITY_POLICY);
        assert!(headers.get("x-almoner-leads-to").is_none());
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

    #[test]
    fn without_a_site_the_origin_tells() {
        let post = |origin: &str, host: &str| {
            let request = TestRequest::post().uri("/sign-in").insert_header(("host", host));
            is_foreign(&request.insert_header(("origin", origin)).to_srv_request())
        };
        for (origin, host) in [
            ("null", "grants.example"),
            ("https://grants.example", "grants.example"),
            ("https://grants.example", "Grants.Example:443"),
            ("http://localhost:8080", "localhost:8080"),
        ] {
            assert!(!post(origin, host), "{origin} {host}");
        }
        for (origin, host) in [
            ("https://evil.example", "grants.example"),
            ("https://grants.example.evil.example", "grants.example"),
            ("http://localhost:8081", "localhost:8080"),
            ("https://grants.example:8443", "grants.example"),
            ("http://grants.example:443", "grants.example"),
            ("https://", ""),
            ("", ""),
            ("grants.example", "grants.example"),
            ("file://grants.example", "grants.example"),
        ] {
            assert!(post(origin, host), "{origin} {host}");
        }
        // What a browser says of the site counts for more.
        let request = TestRequest::post().insert_header(("host", "grants.example"));
        let request = request.insert_header(("origin", "https://evil.example"));
        let request = request.insert_header(("sec-fetch-site", "same-origin"));
        assert!(!is_foreign(&request.to_srv_request()));
    }
}
