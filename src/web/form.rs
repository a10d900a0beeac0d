//! What a browser posts.
//!
//! A body is read strictly: a byte that is not UTF-8, a field that the form does not have, or a field twice is an
//! answer of its own that names the field. Values are kept as they were typed, and in confidence.

use std::collections::HashSet;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::rt::time::timeout;
use actix_web::{FromRequest, HttpRequest, web};

use super::error::Failure;
use crate::domain::secret::Secret;

/// The most bytes in the body of a request.
pub const MOST_BYTES: usize = 1 << 20;
/// The most bytes in the body of a request to sign in: an address, a password, a code. Each is computed with.
const MOST_BYTES_AT_A_DOOR: usize = 16 << 10;
/// The most fields in the body of a request.
pub const MOST_FIELDS: usize = 200;

/// For how long the body of a request may be on its way.
#[derive(Clone, Copy)]
pub struct BodyTime(pub Duration);

impl Default for BodyTime {
    fn default() -> Self {
        Self(Duration::from_secs(30))
    }
}

/// What is wrong with a body, before anything in it is looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// It is not the body of a form.
    #[error("the body is not that of a form")]
    NotAForm,
    /// There are more fields than any form has.
    #[error("there are more than {MOST_FIELDS} fields")]
    TooMany,
    /// Some byte is not UTF-8, or is a percent sign that encodes nothing.
    #[error("the field {0} is not UTF-8")]
    NotUtf8(String),
    /// U+0000, which no page can show.
    #[error("the field {0} has a character that cannot be kept")]
    NoCharacter(String),
    /// The form has no such field.
    #[error("the form has no field {0}")]
    Unknown(String),
    /// The field is there more than once.
    #[error("the field {0} is there more than once")]
    Twice(String),
}

/// The fields that carry no answer.
const CARRIED: [&str; 5] = ["token", "journey", "action", "then", "round"];

/// The body of a request, not yet checked against a form's names.
pub struct Posted(Vec<(String, Secret)>);

/// The fields of a form, in the order in which they came. Every name is one that the form has.
#[derive(Clone, Default)]
pub struct Form(Vec<(String, Secret)>);

impl Posted {
    /// Reads a body.
    ///
    /// # Errors
    /// Names the first field that can't be read; [`FormError::TooMany`].
    pub fn read(body: &[u8]) -> Result<Self, FormError> {
        let mut posted = Self(Vec::new());
        for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            posted.must_have_room()?;
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at(at);
            let value = value.strip_prefix(b"=").unwrap_or(value);
            let name = decode(name).map_err(FormError::NotUtf8)?;
            let value = decode(value).map_err(|_| FormError::NotUtf8(name.clone()))?;
            posted.add(name, &value)?;
        }
        Ok(posted)
    }

    /// Reads fields that came one by one.
    ///
    /// # Errors
    /// As [`Posted::read`].
    pub fn of(fields: &[(String, String)]) -> Result<Self, FormError> {
        let mut posted = Self(Vec::new());
        fields.iter().try_for_each(|(name, value)| posted.add(name.clone(), value))?;
        Ok(posted)
    }

    const fn must_have_room(&self) -> Result<(), FormError> {
        if self.0.len() == MOST_FIELDS { Err(FormError::TooMany) } else { Ok(()) }
    }

    fn add(&mut self, name: String, value: &str) -> Result<(), FormError> {
        self.must_have_room()?;
        if name.contains('\0') || value.contains('\0') {
            return Err(FormError::NoCharacter(name.replace('\0', "")));
        }
        self.0.push((name, Secret::new(value.replace("\r\n", "\n"))));
        Ok(())
    }

    /// The fields, when each is one of the form's. `token` and `journey`, which carry no answer, are always among them.
    ///
    /// # Errors
    /// Names the first field that the form does not have, or that is there twice without leave.
    pub fn accept(
        self,
        has: impl Fn(&str) -> bool,
        may_repeat: &[&str],
    ) -> Result<Form, FormError> {
        let mut seen = HashSet::new();
        for (name, _) in &self.0 {
            if !(has(name) || name == "token" || name == "journey") {
                return Err(FormError::Unknown(name.clone()));
            }
            if !seen.insert(name.as_str()) && !may_repeat.contains(&name.as_str()) {
                return Err(FormError::Twice(name.clone()));
            }
        }
        Ok(Form(self.0))
    }

    /// The fields, when each is one of these.
    ///
    /// # Errors
    /// As [`Posted::accept`].
    pub fn only(self, names: &[&str]) -> Result<Form, FormError> {
        self.accept(|name| names.contains(&name), &[])
    }
}

impl FromRequest for Posted {
    type Error = Failure;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let media_type = request.headers().get(header::CONTENT_TYPE);
        let media_type = media_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        let is_form = essence.eq_ignore_ascii_case("application/x-www-form-urlencoded");
        let at_a_door = request.path().split('/').any(|part| part == "sign-in");
        let BodyTime(most) = request.app_data().copied().unwrap_or_default();
        let body = web::Bytes::from_request(request, payload);
        Box::pin(async move {
            // The body is read first, so that a browser is not cut off while it still sends.
            let body = timeout(most, body).await.map_err(|_| Failure::CutOff)?;
            let body = body.map_err(|error| Failure::of_body(&error))?;
            if at_a_door && body.len() > MOST_BYTES_AT_A_DOOR {
                return Err(Failure::TooLarge);
            }
            if !is_form && !body.is_empty() {
                return Err(FormError::NotAForm.into());
            }
            Ok(Self::read(&body)?)
        })
    }
}

impl Form {
    /// A field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    /// A field, or an empty text.
    #[must_use]
    pub fn value(&self, name: &str) -> Secret {
        self.get(name).cloned().unwrap_or_default()
    }

    /// The text of a field that says nothing about a person, such as the button that was pressed.
    #[must_use]
    pub fn word(&self, name: &str) -> &str {
        self.get(name).map_or("", Secret::expose)
    }

    /// Every value of a field that may be repeated.
    pub fn words<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.expose())
    }

    /// The names of the fields whose name begins so.
    pub fn names<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().map(|(name, _)| name.as_str()).filter(move |name| name.starts_with(prefix))
    }

    /// The fields, but for those that carry no answer.
    pub fn answers(&self) -> impl Iterator<Item = &(String, Secret)> {
        self.0.iter().filter(|(name, _)| !CARRIED.contains(&name.as_str()))
    }
}

/// Undoes percent-encoding. On an error, answers what could be read, to name the field by.
fn decode(encoded: &[u8]) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    let mut wrong = false;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => match tail {
                [high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    bytes.push(hex(*high) << 4 | hex(*low));
                    rest = tail;
                }
                _ => {
                    wrong = true;
                    bytes.push(b'%');
                }
            },
            byte => bytes.push(*byte),
        }
    }
    match String::from_utf8(bytes) {
        Ok(text) if !wrong => Ok(text),
        Ok(text) => Err(text),
        Err(error) => Err(String::from_utf8_lossy(error.as_bytes()).into_owned()),
    }
}

const fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit.wrapping_sub(b'A').wrapping_add(10) & 0x0f,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(body: &str) -> Result<Vec<(String, String)>, FormError> {
        let posted = Posted::read(body.as_bytes())?;
        Ok(posted.0.into_iter().map(|(name, value)| (name, value.expose().to_owned())).collect())
    }

    proptest! {
        #[test]
        fn what_a_browser_encodes_is_read_back(value in "[^\u{0}\r]*") {
            let body: String = form_urlencoded::Serializer::new(String::new())
                .append_pair("answer.summary", &value.replace('\n', "\r\n"))
                .append_pair("name", "x")
                .finish();
            let fields = read(&body).unwrap();
            prop_assert_eq!(&fields[0], &("answer.summary".to_owned(), value));
            prop_assert_eq!(fields.len(), 2);
        }

        #[test]
        fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Posted::read(&body);
        }
    }

    #[test]
    fn line_ends_are_one_character_and_others_stay() {
        let fields = read("a=1%0D%0A2%0D3%0A%09+%2B&b&c=%7f=").unwrap();
        let values: Vec<_> = fields.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["1\n2\r3\n\t +", "", "\u{7f}="]);
    }

    #[test]
    fn bytes_that_are_not_utf8_name_the_field() {
        for body in ["name=x&location=%FF", "location=%C3", "location=%ED%A0%80", "location=%4"] {
            assert_eq!(read(body), Err(FormError::NotUtf8("location".to_owned())), "{body}");
        }
        let latin = Posted::read(b"location=M\xfcnchen").map(|_| ());
        assert_eq!(latin, Err(FormError::NotUtf8("location".to_owned())));
        assert_eq!(read("name=a%00b"), Err(FormError::NoCharacter("name".to_owned())));
    }

    #[test]
    fn unknown_and_repeated_fields_are_named() {
        let only = |body: &str| {
            let posted = Posted::read(body.as_bytes()).unwrap();
            posted.accept(|name| ["name", "roles"].contains(&name), &["roles"]).map(|_| ())
        };
        assert_eq!(only("token=t&name=x&roles=a&roles=b"), Ok(()));
        assert_eq!(only("name=x&bank=y"), Err(FormError::Unknown("bank".to_owned())));
        assert_eq!(only("name=x&name=y"), Err(FormError::Twice("name".to_owned())));
        assert_eq!(only("token=t&token=u"), Err(FormError::Twice("token".to_owned())));
    }

    #[test]
    fn no_form_has_so_many_fields() {
        let fields = |count: usize| {
            let names: Vec<String> = (0..count).map(|n| format!("consent.{n}")).collect();
            Posted::read(names.join("&").as_bytes())
        };
        let form = fields(MOST_FIELDS).unwrap().accept(|_| true, &[]).unwrap();
        assert_eq!(form.names("consent.").count(), MOST_FIELDS);
        assert_eq!(fields(MOST_FIELDS + 1).map(|_| ()), Err(FormError::TooMany));
        // What is refused is not even read.
        assert_eq!(read(&format!("{}b=%FF", "a&".repeat(MOST_FIELDS))), Err(FormError::TooMany));
    }

    #[actix_web::test]
    async fn a_body_that_does_not_come_is_not_waited_for() {
        use actix_web::{App, HttpServer};
        use std::io::{Read, Write};

        let short = BodyTime(Duration::from_millis(50));
        let site = move || {
            let read = web::post().to(|_: Posted| async { "read" });
            App::new().app_data(short).route("/", read)
        };
        let server = HttpServer::new(site).workers(1).disable_signals();
        let server = server.bind("127.0.0.1:0").unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        let served = actix_web::rt::spawn(server);
        let answer = web::block(move || {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let begun = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na=";
            stream.write_all(begun.as_bytes()).unwrap();
            let mut answer = String::new();
            // It ends only when the server hangs up.
            stream.read_to_string(&mut answer).map(|_| answer)
        });
        assert!(answer.await.unwrap().unwrap().starts_with("HTTP/1.1 400 "));
        handle.stop(false).await;
        served.await.unwrap().unwrap();
    }

    #[test]
    fn hex_digits() {
        for (digit, value) in [(b'0', 0), (b'9', 9), (b'a', 10), (b'F', 15), (b'A', 10)] {
            assert_eq!(hex(digit), value);
        }
    }
}
