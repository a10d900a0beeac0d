//! Domains: their labels and ends, and those that belong to nobody.

use super::read::Reading;

/// Hosts of standards and documentation. Nothing under them belongs to a person, so links to them stay.
const NOBODYS: [&str; 16] = [
    "doc.rust-lang.org",
    "rust-lang.github.io",
    "www.rust-lang.org",
    "rust-lang.org",
    "docs.python.org",
    "docs.kernel.org",
    "developer.mozilla.org",
    "www.w3.org",
    "w3.org",
    "www.rfc-editor.org",
    "rfc-editor.org",
    "www.unicode.org",
    "unicode.org",
    "semver.org",
    "spdx.org",
    "riscv.org",
];

/// Services that may be named, but under which pages tell who owns something.
const SERVICES: [&str; 14] = [
    "docs.rs",
    "crates.io",
    "lib.rs",
    "github.com",
    "gitlab.com",
    "codeberg.org",
    "npmjs.com",
    "pypi.org",
    "stackoverflow.com",
    "wikipedia.org",
    "asp.net",
    "socket.io",
    "discord.com",
    "zulip.com",
];

/// Ends of domains besides the codes of countries.
const ENDS: [&str; 44] = [
    "com",
    "org",
    "net",
    "dev",
    "io",
    "app",
    "info",
    "biz",
    "edu",
    "gov",
    "int",
    "mil",
    "name",
    "pro",
    "xyz",
    "tech",
    "online",
    "site",
    "blog",
    "cloud",
    "codes",
    "page",
    "social",
    "software",
    "space",
    "studio",
    "systems",
    "world",
    "wiki",
    "works",
    "zone",
    "eu",
    "uk",
    "su",
    "example",
    "test",
    "invalid",
    "localhost",
    "onion",
    "me",
    "cat",
    "club",
    "live",
    "link",
];

/// Ends of domains that are more often the ends of files.
const FILES: [&str; 12] = ["rs", "md", "sh", "py", "pl", "so", "ps", "cc", "ml", "la", "zip", "in"];

/// Whether letters are the end of a domain.
pub(super) fn is_domain_end(reading: &Reading, start: usize, end: usize) -> bool {
    let letters: String =
        (start..end).map(|place| reading.at(place).to_ascii_lowercase()).collect();
    ENDS.contains(&letters.as_str())
        || super::places::is_code(&letters)
        || letters.starts_with("xn--")
        || matches!(letters.as_str(), "рф" | "укр" | "бел" | "срб" | "中国" | "香港")
}

/// Whether the last label is more often the end of a file's name.
pub(super) fn is_file_end(reading: &Reading, labels: &Labels) -> bool {
    FILES.contains(&text(reading, labels.last, labels.end).as_str())
}

/// Whether letters are the end of a domain that is no country's.
pub(super) fn is_general_end(reading: &Reading, start: usize, end: usize) -> bool {
    ENDS.contains(&text(reading, start, end).as_str())
}

/// Whether a domain is that of a service which may be named.
pub(super) fn is_service(reading: &Reading, labels: &Labels) -> bool {
    SERVICES.contains(&text(reading, labels.start, labels.end).as_str())
}

/// Characters in small letters.
pub(super) fn text(reading: &Reading, start: usize, end: usize) -> String {
    (start..end).map(|place| reading.at(place).to_ascii_lowercase()).collect()
}

/// The labels of a domain.
pub(super) struct Labels {
    /// Where the first begins.
    pub(super) start: usize,
    /// The place after the last.
    pub(super) end: usize,
    /// Where the last one begins.
    pub(super) last: usize,
    /// How many there are.
    pub(super) count: usize,
    /// Whether all before the last are of one letter, as in "e.g." and "U.S.".
    pub(super) short: bool,
}

impl Labels {
    /// The labels from a place on.
    pub(super) fn of(reading: &Reading, place: usize) -> Self {
        let mut labels = Self { start: place, end: place, last: place, count: 0, short: true };
        let mut start = place;
        loop {
            let ascii = reading.at(start).is_ascii();
            let end = reading.skip(start, usize::MAX, |c| {
                (c.is_alphanumeric() && c.is_ascii() == ascii) || c == '-'
            });
            if start == end {
                break;
            }
            if labels.count > 0 {
                labels.short &= labels.end - labels.last <= 1;
            }
            (labels.last, labels.end, labels.count) = (start, end, labels.count + 1);
            if reading.at(end) != '.' {
                break;
            }
            start = end + 1;
        }
        labels
    }
}

/// Whether a link leads to standards or documentation, and its path to nobody's page there.
pub(super) fn is_nobodys(reading: &Reading, labels: &Labels, end: usize) -> bool {
    let name = text(reading, labels.start, labels.end);
    let path = text(reading, labels.end, end.max(labels.end));
    NOBODYS.contains(&name.as_str())
        && (path.is_empty() || path.starts_with('/'))
        && !path.contains(['@', '?', '~', '%'])
        && !["people", "person", "user", "author", "member", "team", "governance", "blog"]
            .iter()
            .any(|word| path.contains(word))
}
