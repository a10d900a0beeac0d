//! Random identifiers of our own, made before a row is inserted.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE32_NOPAD, Specification};
use diesel::sql_types::Text;

/// A 128-bit random identifier, written as 26 lower-case base32 letters and digits.
///
/// It carries no time: an identifier that sorts by time would tell an assessor the minute of a submission. It is kept in
/// place, since a page of a list copies hundreds.
#[derive(
    Clone,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = Text)]
pub struct Id([u8; Id::LEN]);

/// The text is not an identifier of ours.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not an identifier")]
pub struct NotAnId;

impl Id {
    /// The length of the written form, in characters.
    pub const LEN: usize = 26;

    /// Writes 16 random bytes as an identifier.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        let mut written = [0; Self::LEN];
        BASE32_NOPAD.encode_mut(&bytes, &mut written);
        written.make_ascii_lowercase();
        Self(written)
    }

    /// The 16 bytes that it was written from.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 16] {
        let bytes = BASE32_NOPAD.decode(&self.0.to_ascii_uppercase());
        // 26 characters of the alphabet hold 130 bits; the last two of one that we wrote are nothing.
        bytes.ok().and_then(|bytes| bytes.try_into().ok()).unwrap_or_default()
    }

    /// The written form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Nothing but letters and digits is ever put in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Id {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let written: [u8; Self::LEN] = text.as_bytes().try_into().map_err(|_| NotAnId)?;
        let ok = written.iter().all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(b));
        if ok { Ok(Self(written)) } else { Err(NotAnId) }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for Id {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The reference that somebody wrote down, with its signs or without: as it came over the telephone. None where the text
/// can't be one.
#[must_use]
pub fn reference_written(text: &str) -> Option<String> {
    let letters: String =
        text.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').collect();
    if letters.len() != 12 || !letters.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let letters = letters.to_ascii_uppercase();
    let (first, rest) = letters.split_at_checked(4)?;
    let (second, third) = rest.split_at_checked(4)?;
    Some(format!("{first}-{second}-{third}"))
}

/// A reference that a person can read out on the telephone, such as `K7QM-2XWB-9TRC`, from 8 random bytes.
///
/// The alphabet leaves out letters and digits that are easily confused (Crockford's base32).
#[must_use]
pub fn reference(bytes: [u8; 8]) -> String {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    let text = match specification.encoding() {
        Ok(encoding) => encoding.encode(&bytes[..5]) + &encoding.encode(&bytes[5..]),
        // The specification above is constant and has 32 distinct symbols.
        Err(_) => String::new(),
    };
    let mut written = String::with_capacity(14);
    for (position, letter) in text.chars().take(12).enumerate() {
        if position > 0 && position % 4 == 0 {
            written.push('-');
        }
        written.push(letter);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_however_it_is_written_down() {
        for text in ["X6ZE-4W2R-EWJG", " x6ze 4w2r ewjg", "x6ze4w2rewjg", "X6-ZE4W2R EWJG "] {
            assert_eq!(reference_written(text).as_deref(), Some("X6ZE-4W2R-EWJG"), "{text}");
        }
        for text in ["", "X6ZE-4W2R", "X6ZE-4W2R-EWJGX", "X6ZE-4W2R-EWJÉ", "x6ze/4w2r/ewjg"] {
            assert_eq!(reference_written(text), None, "{text}");
        }
    }

    #[test]
    fn an_identifier_survives_writing_and_reading() {
        let id = Id::from_bytes([7; 16]);
        assert_eq!(id.to_bytes(), [7; 16]);
        assert_eq!(id.as_str().len(), Id::LEN);
        assert_eq!(id.as_str().parse::<Id>(), Ok(id));
    }

    #[test]
    fn nothing_else_is_an_identifier() {
        for text in ["", "short", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "aaaaaaaaaaaaaaaaaaaaaaaaa1"] {
            assert_eq!(text.parse::<Id>(), Err(NotAnId), "{text}");
        }
    }

    #[test]
    fn a_reference_is_three_groups_of_four() {
        let written = reference([0xA5; 8]);
        assert_eq!(written.len(), 14);
        assert_eq!(written.split('-').count(), 3);
    }
}
