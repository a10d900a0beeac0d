//! Everything of the shape of an IP address, and of the address of a network device.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::Reason;
use super::find::Found;
use super::read::Reading;

/// Finds addresses.
pub(super) fn find(reading: &Reading, found: &mut Vec<Found>) {
    let mut place = 0;
    while place < reading.len() {
        if !is_hex(reading.at(place)) && reading.at(place) != ':' {
            place += 1;
            continue;
        }
        let begins = !reading.behind(place).is_alphanumeric() && reading.behind(place) != '.';
        let end = begins
            .then(|| version_4(reading, place).or_else(|| version_6(reading, place)))
            .flatten();
        if let Some(end) = end {
            // A mask or a port goes with it.
            let tail = if matches!(reading.at(end), '/' | ':') {
                let digits = reading.skip(end + 1, end + 6, |c| c.is_ascii_digit());
                if digits > end + 1 { digits } else { end }
            } else {
                end
            };
            found.push(Found::shape(place, tail, Reason::IpShaped));
        }
        place =
            reading.skip(place, usize::MAX, |c| is_hex(c) || c == ':' || c == '.').max(place + 1);
    }
}

fn is_hex(c: char) -> bool {
    c.is_ascii_hexdigit()
}

/// Four numbers with dots, or with dots in brackets as people write who want no link. Answers where they end.
fn version_4(reading: &Reading, place: usize) -> Option<usize> {
    let mut bytes = [0_u8; 4];
    let mut start = place;
    for (number, byte) in bytes.iter_mut().enumerate() {
        if number > 0 {
            start = ["[.]", "(.)", "[dot]", "(dot)", " dot ", "."]
                .iter()
                .find(|dot| reading.reads(start, dot))
                .map(|dot| start + dot.len())?;
        }
        let end = reading.skip(start, start + 4, |c| c.is_ascii_digit());
        let mut value = 0_u32;
        for place in start..end {
            value = value * 10 + reading.at(place).to_digit(10)?;
        }
        *byte = u8::try_from(value).ok().filter(|_| start < end && end < start + 4)?;
        start = end;
    }
    let after = reading.at(start);
    let goes_on = after.is_alphanumeric()
        || ((after == '.' || after == '-') && reading.at(start + 1).is_alphanumeric());
    let address = Ipv4Addr::from(bytes);
    let said_otherwise = reading.words_before(place).first().is_some_and(|word| {
        matches!(word.as_str(), "version" | "v" | "release" | "section" | "chapter")
    });
    (!goes_on
        && !said_otherwise
        && !address.is_loopback()
        && !address.is_unspecified()
        && !address.is_broadcast())
    .then_some(start)
}

/// Groups of hexadecimal digits with colons. Answers where they end.
fn version_6(reading: &Reading, place: usize) -> Option<usize> {
    let end = reading.skip(place, place + 46, |c| is_hex(c) || c == ':' || c == '.');
    let end = reading.skip_back(end, place, |c| c == '.');
    if reading.at(end).is_alphanumeric() || end - place < 4 {
        return None;
    }
    let text: String = (place..end).map(|place| reading.at(place)).collect();
    let groups: Vec<&str> = text.split(':').collect();
    // A path in a program, as in a::b, is no address, although it could be one.
    let filled = groups.iter().filter(|group| !group.is_empty()).count();
    let telling = text.contains(|c: char| c.is_ascii_digit()) && filled >= 2 && groups.len() >= 4;
    let address = text.parse::<Ipv6Addr>().ok().filter(|address| telling && !address.is_loopback());
    let device = groups.len() == 6 && groups.iter().all(|group| group.len() == 2);
    (address.is_some() || device).then_some(end)
}
