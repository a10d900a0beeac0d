//! The second factor beside a password: codes of an authenticator app (RFC 6238), and recovery codes.

use data_encoding::BASE32_NOPAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::{Color, EcLevel, QrCode};
use totp_rs::{Algorithm, Builder, Totp};

use super::secret::Secret;

/// How many bytes the key of an app has.
pub const KEY_BYTES: usize = 20;
/// How many digits a code has.
pub const DIGITS: u8 = 6;
/// For how many seconds a code is shown.
const STEP: u64 = 30;
/// How many steps a clock may be off, either way.
const SKEW: u16 = 1;
/// How many recovery codes there are.
pub const RECOVERY_CODES: usize = 10;

/// What every app understands; many quietly take other settings for these.
fn app(key: &[u8]) -> Option<Totp> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(DIGITS)
        .with_step_duration(STEP)
        .with_skew(SKEW)
        .with_secret(key.to_vec())
        .build()
        .ok()
}

/// The step of time whose code this is, if it is one of now, or of the step before or after. `now` is in seconds.
#[must_use]
pub fn step_of(key: &Secret, code: &str, now: i64) -> Option<i64> {
    let key = BASE32_NOPAD.decode(key.expose().as_bytes()).ok()?;
    let digits: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
    let well_formed =
        digits.len() == usize::from(DIGITS) && digits.bytes().all(|b| b.is_ascii_digit());
    let step = app(&key)?.check(&digits, u64::try_from(now).ok()?).filter(|_| well_formed)?;
    i64::try_from(step).ok()
}

/// The key of an app as it is typed in: groups of four letters and digits.
#[must_use]
pub fn in_groups(key: &Secret) -> Secret {
    let letters: Vec<char> = key.expose().chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    Secret::new(groups.join(" "))
}

/// A picture that an app reads: a path of squares of one unit.
#[derive(Clone)]
pub struct Picture {
    /// The path, in the language of SVG.
    pub path: Secret,
    /// How many units it is wide and high, with the white edge that it needs.
    pub size: usize,
}

/// How many units of white a picture needs on each side.
const EDGE: usize = 4;

/// The picture of an app's key. None when the names are too long for one.
#[must_use]
pub fn picture(key: &Secret, organisation: &str, account: &Secret) -> Option<Picture> {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let issuer = encode(organisation);
    let address = Secret::new(format!(
        "otpauth://totp/{issuer}:{}?secret={}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP}",
        encode(account.expose()),
        key.expose(),
    ));
    let code = QrCode::with_error_correction_level(address.expose(), EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (at % width + EDGE, at / width + EDGE);
            path.push_str(&format!("M{x} {y}h1v1h-1z"));
        }
    }
    Some(Picture { path: Secret::new(path), size: width + 2 * EDGE })
}

/// The one way in which a recovery code is written before it is compared.
#[must_use]
pub fn normal_recovery_code(typed: &str) -> Secret {
    let letters = typed.chars().filter(char::is_ascii_alphanumeric);
    let plain = letters.map(|letter| match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        letter => letter,
    });
    Secret::new(plain.take(40).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 6238, "12345678901234567890".
    const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six of eight digits.
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(step_of(&Secret::new(KEY), code, time), Some(time / 30), "{time}");
        }
    }

    #[test]
    fn a_clock_may_be_off_by_one_step_and_no_more() {
        let at = |time| step_of(&Secret::new(KEY), "287 082", time);
        assert_eq!((at(30), at(59), at(89)), (Some(1), Some(1), Some(1)));
        assert_eq!((at(29), at(0), at(90)), (Some(1), Some(1), None));
        for other in ["", "28708", "2870820", "28708a", "287083", "２８７０８２"] {
            assert_eq!(step_of(&Secret::new(KEY), other, 59), None, "{other}");
        }
    }

    #[test]
    fn recovery_codes_are_read_as_people_write_them() {
        let normal = |text: &str| normal_recovery_code(text).expose().to_owned();
        assert_eq!(normal(" k7qm-2xwb 9trc\n"), "K7QM2XWB9TRC");
        assert_eq!(normal("o0-il"), "0011");
    }

    #[test]
    fn the_picture_holds_the_key() {
        let key = Secret::new(KEY);
        let picture = picture(&key, "Example Foundation", &Secret::new("a@b.example")).unwrap();
        assert!(picture.size > 40 && picture.path.expose().starts_with("M4 4h1v1h-1z"));
        assert_eq!(in_groups(&key).expose(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    }
}
