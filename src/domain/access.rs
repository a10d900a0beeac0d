//! A request to the site, as the access log keeps it.

use chrono::{DateTime, Utc};

use super::secret::Secret;

/// The longest text of a browser's that is kept, in bytes.
pub const MOST_TEXT: usize = 300;

/// A request.
#[derive(Clone)]
pub struct Access {
    /// When it was answered.
    pub at: DateTime<Utc>,
    /// The address of the person's machine; blank where it is not known.
    pub ip: Secret,
    /// What the browser calls itself.
    pub user_agent: Secret,
    /// The page that led here, without its query.
    pub referrer: Secret,
    /// Such as `GET`.
    pub method: String,
    /// The address on this site, without its query and without the secret of a link.
    pub path: String,
    /// The status of the answer.
    pub status: u16,
}

/// The beginning of a text, as far as it is kept.
#[must_use]
pub fn shortened(text: &str) -> &str {
    let mut end = text.len().min(MOST_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// A referrer as it is kept: without its query and fragment, and of this site's own pages the origin alone, since the
/// rest may be the secret of a link.
#[must_use]
pub fn referrer(text: &str, own: &str) -> String {
    let end = text.find(['?', '#']).unwrap_or(text.len());
    let text = text.get(..end).unwrap_or_default();
    if text.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        return own.to_owned();
    }
    // A name and password before the host are no part of an address.
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit('@').next().unwrap_or_default();
    let whole = if scheme.is_empty() {
        format!("{host}{path}")
    } else {
        format!("{scheme}://{host}{path}")
    };
    shortened(&whole).to_owned()
}

/// The address of a request as it is kept: the pattern of its route, with what is no secret filled in.
///
/// Only the names in this list are ever filled in: a link's token has another.
#[must_use]
pub fn path(pattern: Option<&str>, asked: &str) -> String {
    // What fits no route may be a mistyped link.
    let Some(pattern) = pattern else { return "(no such page)".to_owned() };
    let mut parts = asked.split('/');
    let filled = pattern.split('/').map(|part| {
        let own = parts.next().unwrap_or_default();
        let known = ["{id}", "{slug}", "{section}"].contains(&part);
        let plain = own.len() <= 64
            && own.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if known && plain && !own.is_empty() { own } else { part }
    });
    filled.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_of_a_link_is_in_a_path() {
        let id = "aibaeaqcaibaeaqcaibaeaqcai";
        assert_eq!(
            path(Some("/applications/{id}"), &format!("/applications/{id}")),
            format!("/applications/{id}")
        );
        assert_eq!(
            path(Some("/sign-in/link/{token}"), "/sign-in/link/s3cret"),
            "/sign-in/link/{token}"
        );
        assert_eq!(
            path(Some("/rounds/{slug}/apply"), "/rounds/event-2027/apply"),
            "/rounds/event-2027/apply"
        );
        assert_eq!(path(Some("/rounds/{slug}"), "/rounds/a%20b"), "/rounds/{slug}");
        assert_eq!(
            path(Some("/rounds/{slug}"), &format!("/rounds/{}", "x".repeat(65))),
            "/rounds/{slug}"
        );
        assert_eq!(path(None, "/sign-in/lnik/s3cret"), "(no such page)");
        assert_eq!(path(Some("/"), "/"), "/");
    }

    #[test]
    fn a_referrer_loses_what_may_be_secret() {
        let own = "https://grants.example";
        assert_eq!(referrer("https://grants.example/sign-in/link/s3cret", own), own);
        assert_eq!(referrer("https://grants.example", own), own);
        assert_eq!(referrer("https://news.example/a/b?q=ada#x", own), "https://news.example/a/b");
        assert_eq!(referrer("https://ada:pass@news.example/a", own), "https://news.example/a");
        assert_eq!(
            referrer("https://grants.example.evil.example/x", own),
            "https://grants.example.evil.example/x"
        );
        assert_eq!(referrer("ada:pass@host", own), "host");
        assert_eq!(referrer("", own), "");
        assert!(referrer(&"ü".repeat(400), own).len() <= MOST_TEXT);
    }
}
