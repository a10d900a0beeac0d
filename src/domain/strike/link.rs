//! Links, domains, handles and other names of profiles: everything that may lead to a person.

use super::Reason;
use super::domain_name::{
    Labels, is_domain_end, is_file_end, is_general_end, is_nobodys, is_service, text,
};
use super::find::{Found, Guarded};
use super::read::Reading;

/// Finds links and handles.
pub(super) fn find(reading: &Reading, guarded: &Guarded, found: &mut Vec<Found>) {
    let (mut place, mut read) = (0, 0);
    while place < reading.len() {
        let before = reading.behind(place);
        if before.is_alphanumeric() || matches!(before, '_' | '@' | '&') {
            place += 1;
            continue;
        }
        let mut verdict = with_scheme(reading, place).or_else(|| handle(reading, guarded, place));
        // The rest of what is no domain is none either, and isn't read again.
        if verdict.is_none() && place >= read && reading.at(place).is_alphanumeric() {
            (read, verdict) = domain(reading, place);
            verdict = verdict.or_else(|| spelled_domain(reading, place));
        }
        match verdict.or_else(|| profile(reading, guarded, place)) {
            Some(Verdict::Strike(start, end)) => {
                found.push(Found::shape(start, end, Reason::Link));
                place = end.max(place + 1);
            }
            Some(Verdict::Stay(end)) => place = end.max(place + 1),
            None => place += 1,
        }
    }
}

/// What to do with something that was found.
enum Verdict {
    /// Strike it out from one place to another.
    Strike(usize, usize),
    /// Leave it up to a place.
    Stay(usize),
}

/// Whether a character can stand in a link.
fn is_in_link(c: char) -> bool {
    !c.is_whitespace() && !"<>\"{}|\\^「」『』，、…“”«»".contains(c)
}

/// Where a link ends that goes on at a place: before the signs that end a sentence, after a line break that cuts it.
fn link_end(reading: &Reading, start: usize, from: usize) -> usize {
    let mut end = reading.skip(from, usize::MAX, is_in_link);
    if reading.at(end) == '\n'
        && matches!(reading.behind(end), '/' | '-' | '_' | '=' | '@')
        && reading.at(end + 1).is_alphanumeric()
    {
        end = reading.skip(end + 1, usize::MAX, is_in_link);
    }
    reading.skip_back(end, start, |c| ".,;:!?)]'*_>".contains(c))
}

/// A link that says what it is: `https://…`, `mailto:…`.
fn with_scheme(reading: &Reading, place: usize) -> Option<Verdict> {
    const SCHEMES: [&str; 10] =
        ["mailto:", "tel:", "skype:", "xmpp:", "acct:", "sip:", "matrix:", "geo:", "urn:", "live:"];
    if let Some(scheme) = SCHEMES.iter().find(|scheme| reading.reads(place, scheme)) {
        let end = link_end(reading, place, place + scheme.len());
        return (end > place + scheme.len()).then_some(Verdict::Strike(place, end));
    }
    let scheme =
        reading.skip(place, place + 12, |c| c.is_ascii_alphanumeric() || "+.-".contains(c));
    if scheme == place || !reading.reads(scheme, "://") {
        return None;
    }
    let labels = Labels::of(reading, scheme + 3);
    let end = link_end(reading, place, labels.end);
    // A scheme by itself is none, and a service may be named with one.
    if end <= scheme + 3 {
        return None;
    }
    let front = reading.skip(labels.end, end, |c| c == '/') >= end && is_service(reading, &labels);
    Some(if front || is_nobodys(reading, &labels, end) {
        Verdict::Stay(end)
    } else {
        Verdict::Strike(place, end)
    })
}

/// A domain, with what follows it. Answers as well how far was read.
fn domain(reading: &Reading, place: usize) -> (usize, Option<Verdict>) {
    let labels = Labels::of(reading, place);
    (labels.end, judge_domain(reading, place, &labels))
}

fn judge_domain(reading: &Reading, place: usize, labels: &Labels) -> Option<Verdict> {
    let after = reading.at(labels.end);
    let known_end =
        is_domain_end(reading, labels.last, labels.end) && !reading.at(labels.last).is_uppercase();
    let www = reading.reads(place, "www.") && labels.count >= 2;
    if labels.count < 2 || !(known_end || www) || after == '@' {
        return None;
    }
    let next = reading.at(labels.end + 1);
    let path =
        after == '/' && (next.is_alphanumeric() || matches!(next, '@' | '~' | '_' | '%' | '-'));
    if labels.short && !path {
        return None;
    }
    if !path && is_service(reading, labels) {
        return Some(Verdict::Stay(labels.end));
    }
    // "main.rs", "README.md" and "tests/run.sh" are files; "list.is_empty()" is a program.
    let file = is_file_end(reading, labels);
    let code = matches!(after, '(' | '_' | '[') || matches!(reading.behind(place), '/' | '.' | '-');
    if (file && !path && !www && labels.count < 3) || code {
        return Some(Verdict::Stay(labels.end));
    }
    let end = if path || matches!(after, '?' | ':' | '#') {
        link_end(reading, place, labels.end)
    } else {
        labels.end
    };
    Some(if is_nobodys(reading, labels, end) {
        Verdict::Stay(end)
    } else {
        Verdict::Strike(place, end)
    })
}

/// A domain whose dot is written as a word: `ferris (dot) dev`.
fn spelled_domain(reading: &Reading, place: usize) -> Option<Verdict> {
    let end = reading.skip(place, place + 64, |c| c.is_alphanumeric() || c == '-');
    let (start, true) = super::email::dot_after(reading, end, false)? else { return None };
    let to = reading.skip(start, start + 24, char::is_alphanumeric);
    // "The dot in the middle": a bare word is a dot only before an end that is no other word.
    let marked = matches!(reading.behind(start), ')' | ']' | '}')
        || matches!(reading.at(end + 1), '(' | '[' | '{');
    let known =
        if marked { is_domain_end(reading, start, to) } else { is_general_end(reading, start, to) };
    let ordinary = !marked && super::words::is_ordinary(&text(reading, place, end));
    (known && !ordinary).then(|| Verdict::Strike(place, link_end(reading, place, to)))
}

/// `@somebody`, also with a server after it.
fn handle(reading: &Reading, guarded: &Guarded, place: usize) -> Option<Verdict> {
    const CODE: [&str; 26] = [
        "param",
        "return",
        "returns",
        "media",
        "import",
        "override",
        "property",
        "staticmethod",
        "classmethod",
        "deprecated",
        "see",
        "throws",
        "todo",
        "latest",
        "types",
        "angular",
        "babel",
        "test",
        "public",
        "private",
        "type",
        "name",
        "author",
        "since",
        "version",
        "brief",
    ];
    if reading.at(place) != '@' {
        return None;
    }
    let start = place + 1;
    let end =
        reading.skip(start, usize::MAX, |c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
    let end = reading.skip_back(end, start, |c| matches!(c, '.' | '-'));
    let name = text(reading, start, end.min(start + 40));
    let version = name.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit())
        && name.contains('.');
    if end < start + 2 || version || CODE.contains(&name.as_str()) {
        return None;
    }
    // A server after a colon or a second @ belongs to it.
    let server = match reading.at(end) {
        ':' | '@' if reading.at(end + 1).is_alphanumeric() => Labels::of(reading, end + 1).end,
        _ => end,
    };
    if server == end && guarded.covers(start) && guarded.covers(end - 1) {
        return Some(Verdict::Stay(end));
    }
    Some(Verdict::Strike(place, server))
}

/// A name that a service's name introduces, an ORCID, the fingerprint of a key.
fn profile(reading: &Reading, guarded: &Guarded, place: usize) -> Option<Verdict> {
    const SERVICES: [&str; 26] = [
        "twitter",
        "telegram",
        "discord",
        "skype",
        "matrix",
        "irc",
        "mastodon",
        "instagram",
        "facebook",
        "linkedin",
        "reddit",
        "tiktok",
        "snapchat",
        "wechat",
        "weixin",
        "keybase",
        "bluesky",
        "threads",
        "vk",
        "line",
        "kakao",
        "gravatar",
        "libravatar",
        "youtube",
        "twitch",
        "slack",
    ];
    const WORDS: [&str; 11] = [
        "handle", "nick", "nickname", "username", "user", "account", "id", "profile", "name",
        "channel", "hash",
    ];
    if !reading.at(place).is_alphanumeric() {
        return None;
    }
    if let Some(end) = orcid(reading, place) {
        return Some(Verdict::Strike(place, end));
    }
    if reading.reads(place, "u/") && !reading.behind(place).is_alphanumeric() {
        let end =
            reading.skip(place + 2, place + 40, |c| c.is_alphanumeric() || matches!(c, '_' | '-'));
        if end > place + 4 {
            return Some(Verdict::Strike(place, end));
        }
    }
    let end = reading
        .skip(place, place + 64, |c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '#'));
    let end = reading.skip_back(end, place, |c| matches!(c, '.' | '-' | '#'));
    let before = reading.words_before(place);
    let first = before.first().map(String::as_str).unwrap_or_default();
    if ["pgp", "gpg", "fingerprint", "openpgp"]
        .iter()
        .any(|key| before.iter().take(3).any(|word| word == key))
    {
        let end = reading
            .skip(place, place + 64, |c| c.is_ascii_hexdigit() || matches!(c, ' ' | 'x' | ':'));
        let digits = (place..end).filter(|place| reading.at(*place).is_ascii_hexdigit()).count();
        if digits >= 8 && !reading.at(end).is_alphanumeric() {
            return Some(Verdict::Strike(place, reading.skip_back(end, place, |c| c == ' ')));
        }
    }
    let colon = reading.skip_back(place, place.saturating_sub(2), |c| c == ' ');
    let marked = matches!(reading.behind(colon), ':' | '=');
    let named = SERVICES.contains(&first) && marked;
    let named_so = WORDS.contains(&first)
        && before.get(1).is_some_and(|word| SERVICES.contains(&word.as_str()));
    let long = end >= place + 3 && !super::words::is_ordinary(&text(reading, place, end));
    if (named || named_so) && long && !guarded.covers(place) {
        return Some(Verdict::Strike(place, end));
    }
    None
}

/// Four groups of four, the last with an X for ten. Answers where it ends.
fn orcid(reading: &Reading, place: usize) -> Option<usize> {
    let mut start = place;
    for group in 0..4 {
        let end = reading.skip(start, start + 4, |c| c.is_ascii_digit());
        let last = group == 3;
        let end =
            end + usize::from(last && end == start + 3 && matches!(reading.at(end), 'X' | 'x'));
        if end != start + 4 {
            return None;
        }
        if last {
            return (!reading.at(end).is_alphanumeric()).then_some(end);
        }
        if reading.at(end) != '-' {
            return None;
        }
        start = end + 1;
    }
    None
}
