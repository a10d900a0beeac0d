//! Text files: what is kept is UTF-8 without a mark at its start, and nothing but text.

use super::FileError;
use crate::domain::text::is_blank;

/// Starts of files that are text to a machine, and to a person something else: they hold what tells about their maker
/// in places that are not looked through.
const NOT_PLAIN: [&[u8]; 6] = [b"{\\rtf", b"<?xml", b"<!doctype", b"<html", b"<svg", b"%!ps"];

/// Whether a file that starts as no other kind can be text.
pub(super) fn looks_like_text(bytes: &[u8]) -> Result<(), FileError> {
    if order_of_utf16(bytes).is_some() {
        return Ok(());
    }
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let other = |mark: &&[u8]| {
        start.get(..mark.len()).is_some_and(|found| found.eq_ignore_ascii_case(mark))
    };
    if NOT_PLAIN.iter().any(other) || bytes.iter().any(|byte| is_binary(*byte)) {
        return Err(FileError::UnknownKind);
    }
    Ok(())
}

/// The text in UTF-8, whatever it came in.
pub(super) fn clean(bytes: &[u8]) -> Result<Vec<u8>, FileError> {
    let text = match order_of_utf16(bytes) {
        Some(order) => from_utf16(bytes, order)?,
        None => std::str::from_utf8(bytes).map_err(|_| FileError::NotUtf8)?.to_owned(),
    };
    let text = text.trim_start_matches('\u{feff}');
    if is_blank(text) {
        return Err(FileError::Empty);
    }
    if text
        .chars()
        .any(|letter| letter.is_control() && !matches!(letter, '\t' | '\n' | '\r' | '\u{c}'))
    {
        return Err(FileError::UnknownKind);
    }
    // What was turned into UTF-8 is told anew: as UTF-8 it may start as something else.
    match super::kind::Told::of(text.as_bytes()) {
        Ok(super::kind::Told::Text) => Ok(text.as_bytes().to_vec()),
        _ => Err(FileError::UnknownKind),
    }
}

/// A byte that no text in UTF-8, or in an older encoding of one byte a letter, has in it.
const fn is_binary(byte: u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r' | 0xc)
}

/// Makes a number of 16 bits of two bytes.
type Order = fn([u8; 2]) -> u16;

/// In which order the bytes of UTF-16 come, if the mark at the start says so.
fn order_of_utf16(bytes: &[u8]) -> Option<Order> {
    match bytes {
        // What goes on with two zeros is UTF-32.
        [0xff, 0xfe, 0, 0, ..] => None,
        [0xff, 0xfe, ..] => Some(u16::from_le_bytes),
        [0xfe, 0xff, ..] => Some(u16::from_be_bytes),
        _ => None,
    }
}

fn from_utf16(bytes: &[u8], order: Order) -> Result<String, FileError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(FileError::UnknownKind);
    }
    char::decode_utf16(pairs.iter().map(|pair| order(*pair)))
        .collect::<Result<String, _>>()
        .map_err(|_| FileError::UnknownKind)
}

#[cfg(test)]
mod tests {
    use super::super::{FileError, FileKind, clean, redacted, text_in};
    use crate::domain::secret::SecretBytes;

    fn cleaned(bytes: &[u8]) -> Result<String, FileError> {
        let clean = clean(SecretBytes::new(bytes.to_vec()))?;
        assert_eq!(clean.kind, FileKind::Text);
        let read = text_in(clean.kind, &clean.content).expect("text can be read");
        assert_eq!(read.expose().as_bytes(), clean.content.expose());
        assert!(redacted(SecretBytes::new(bytes.to_vec())).is_ok());
        Ok(read.expose().to_owned())
    }

    #[test]
    fn text_is_kept_as_utf8() {
        for (given, kept) in [
            (&b"A plan\r\n\tin two lines\x0c"[..], "A plan\r\n\tin two lines\x0c"),
            ("Zoë 計画".as_bytes(), "Zoë 計画"),
            (b"\xef\xbb\xbfname;sum", "name;sum"),
            (b"\xff\xfeZ\0o\0\xeb\0", "Zoë"),
            (b"\xfe\xff\0Z\0o\0\xeb", "Zoë"),
            (b"\xff\xfe\x3d\xd8\x69\xdc", "\u{1f469}"),
        ] {
            assert_eq!(cleaned(given).as_deref(), Ok(kept), "{given:?}");
        }
    }

    #[test]
    fn what_is_no_plain_text_is_refused_in_words() {
        for (given, error) in [
            (&b""[..], FileError::Empty),
            (b"\xef\xbb\xbf \n", FileError::Empty),
            (b"\xff\xfe", FileError::Empty),
            (b"a\0b", FileError::UnknownKind),
            (b"\x1b[31m", FileError::UnknownKind),
            ("a\u{9b}31m".as_bytes(), FileError::UnknownKind),
            (b"Zo\xeb", FileError::NotUtf8),
            (b"\xff\xfeZ\0o", FileError::UnknownKind),
            (b"\xff\xfe\x3d\xd8Z\0", FileError::UnknownKind),
            (b"\xff\xfe\0\0Z\0\0\0", FileError::UnknownKind),
            (b"{\\rtf1\\ansi{\\info{\\author Wren}}}", FileError::UnknownKind),
            (b" \n<?XML version=\"1.0\"?>", FileError::UnknownKind),
            (b"<svg xmlns=\"\"><metadata/></svg>", FileError::UnknownKind),
            (b"\xff\xfe%\0P\0D\0F\0-\0", FileError::UnknownKind),
            (b"\xff\xfeP\0K\0\x03\0\x04\0", FileError::UnknownKind),
            (b"MZ\x90\0\x03", FileError::UnknownKind),
        ] {
            assert_eq!(cleaned(given), Err(error), "{given:?}");
        }
    }
}
