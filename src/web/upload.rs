//! A file that a browser posts, with the few fields of its form.
//!
//! The body is read to memory and to its end, also where nothing will come of it: an answer that comes while a browser is
//! still sending may cut it off, and the person never sees why. What is too large is read past, not kept. The fields are
//! as strict as those of any form ([`super::form`]), and carry the same token.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use actix_multipart::form::{Limits, MultipartCollect, MultipartForm, State};
use actix_multipart::{Field, MultipartError};
use actix_web::body::{BodyStream, MessageBody};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use tokio::time::timeout;

use super::error::{Failure, wait};
use super::form::{BodyTime, Form, FormError, Posted};
use super::permitted::{Own, Permitted};
use super::session::Extracting;
use crate::domain::file::{FileError, MOST_BYTES};
use crate::domain::id::Id;
use crate::domain::secret::SecretBytes;
use crate::service::error::ServiceError;
use crate::service::uploads::{self, Place, Work};
use crate::service::{Context, limits};

/// The name of the form control that takes the file.
pub const FIELD: &str = "file";

/// The most bytes of a body of which anything is kept: a file, its form's fields, and what stands between them.
const MOST_KEPT: usize = MOST_BYTES + (64 << 10);
/// The most bytes that are read past, so that the answer is seen. Whoever sends more is cut off.
const MOST_READ: usize = 64 << 20;
/// How many times as long as any other body one with a file may take: 4 MB over a slow mobile connection.
const TIMES_AS_LONG: u32 = 6;
/// The most parts of a body.
const MOST_PARTS: usize = 20;

/// A file as it was sent.
pub struct GivenFile {
    /// What it is called where it comes from, as the browser says.
    pub name: String,
    /// What is in it.
    pub content: SecretBytes,
}

/// What came where a file was to be chosen.
enum Given {
    /// None was chosen.
    Nothing,
    /// One that is larger than any that is taken. It was not kept.
    TooLarge,
    /// One.
    File(GivenFile),
}

impl Given {
    fn file(self) -> Result<GivenFile, String> {
        match self {
            Self::File(file) => Ok(file),
            Self::Nothing => Err("Choose a file".to_owned()),
            Self::TooLarge => Err(FileError::TooLarge.to_string()),
        }
    }
}

/// What a form with a file brought.
struct Upload {
    posted: Posted,
    given: Given,
    work: Work,
}

/// Somebody whom the address is for, and what they sent. The body of nobody else is kept, however it is called.
pub struct Uploaded<T> {
    /// Who it is, and the row that the address names.
    pub about: T,
    upload: Result<Upload, TooOften>,
}

/// The same once its fields were looked at.
pub struct Received<T> {
    /// Who it is, and the row that the address names.
    pub about: T,
    /// The fields of the form.
    pub form: Form,
    /// The file, or why there is none that can be kept: a sentence to stand beside the field.
    pub file: Result<GivenFile, String>,
    /// While this is held, the file has a place among the few that are worked on at a time.
    pub work: Option<Work>,
}

impl<T> Uploaded<T> {
    /// Looks at the fields: each must be one of these, and `trust` must find the token of the session among them.
    ///
    /// # Errors
    /// Names a field that the form does not have; what `trust` answers.
    pub fn received(
        self,
        names: &[&str],
        trust: impl FnOnce(&T, Form) -> Result<Form, Failure>,
    ) -> Result<Received<T>, Failure> {
        let about = self.about;
        match self.upload {
            Ok(Upload { posted, given, work }) => {
                let form = trust(&about, posted.only(names)?)?;
                Ok(Received { about, form, file: given.file(), work: Some(work) })
            }
            // Nothing was kept of what was sent, and nothing is done.
            Err(often) => Ok(Received {
                about,
                form: Form::default(),
                file: Err(often.message()),
                work: None,
            }),
        }
    }
}

/// One account has sent so many files that it has to wait.
struct TooOften {
    seconds: u64,
}

impl TooOften {
    fn message(self) -> String {
        let wait = wait(self.seconds);
        format!("You sent many files in a short time. Wait for {wait}, then choose the file again")
    }
}

/// Whose account a file is counted for.
pub trait Sender: FromRequest<Error = Failure> + 'static {
    /// The account.
    fn account(&self) -> &Id;
}

impl Sender for Own {
    fn account(&self) -> &Id {
        &self.session.who.account
    }
}

impl<T> Sender for Permitted<T>
where
    Self: FromRequest<Error = Failure> + 'static,
{
    fn account(&self) -> &Id {
        &self.session.who.id
    }
}

impl<T: Sender> FromRequest for Uploaded<T> {
    type Error = Failure;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let about = T::from_request(request, &mut Payload::None);
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let BodyTime(most) = request.app_data().copied().unwrap_or_default();
            let most = most.saturating_mul(TIMES_AS_LONG);
            let about = match about.await {
                Ok(about) => about,
                Err(failure) => {
                    read(payload, 0, most).await?;
                    return Err(failure);
                }
            };
            let ctx = request.app_data::<web::Data<Context>>().ok_or(Failure::NotFound)?;
            match place(ctx, about.account()).await {
                Ok(place) => {
                    let body = read(payload, MOST_KEPT, most).await?;
                    let (posted, given) = parse(&request, body).await?;
                    let upload = Upload { posted, given, work: place.work().await? };
                    Ok(Self { about, upload: Ok(upload) })
                }
                Err(error) => {
                    read(payload, 0, most).await?;
                    match error {
                        ServiceError::TooMany { seconds } => {
                            Ok(Self { about, upload: Err(TooOften { seconds }) })
                        }
                        error => Err(error.into()),
                    }
                }
            }
        })
    }
}

async fn place(ctx: &Context, account: &Id) -> Result<Place, ServiceError> {
    limits::file(ctx, account)?;
    uploads::place(ctx, account).await
}

/// What was kept of a body.
struct Body {
    bytes: Vec<u8>,
    /// Whether there was more.
    more: bool,
}

/// Reads a body to its end, within a time, and keeps so much of it.
async fn read(payload: Payload, keep: usize, most: Duration) -> Result<Body, Failure> {
    let body = async {
        let mut body = Body { bytes: Vec::new(), more: false };
        let mut read = 0_usize;
        let mut chunks = Box::pin(BodyStream::new(payload));
        while let Some(chunk) = poll_fn(|cx| Pin::as_mut(&mut chunks).poll_next(cx)).await {
            let chunk = chunk.map_err(|_| Failure::CutOff)?;
            read = read.saturating_add(chunk.len());
            if read > MOST_READ {
                return Err(Failure::TooLarge);
            }
            let room = keep.saturating_sub(body.bytes.len()).min(chunk.len());
            body.more |= room < chunk.len();
            body.bytes.extend_from_slice(&chunk.slice(..room));
        }
        Ok(body)
    };
    timeout(most, body).await.map_err(|_| Failure::CutOff)?
}

/// A part of a body, not yet judged.
struct Part {
    name: String,
    file_name: Option<String>,
    content: web::Bytes,
}

/// The parts of a body, in the order in which they came.
struct Parts(Vec<Part>);

impl MultipartCollect for Parts {
    fn limit(_: &str) -> Option<usize> {
        None
    }

    fn handle_field<'t>(
        _: &'t HttpRequest,
        mut field: Field,
        _: &'t mut Limits,
        state: &'t mut State,
    ) -> Pin<Box<dyn Future<Output = Result<(), MultipartError>> + 't>> {
        Box::pin(async move {
            let name = field.name().unwrap_or_default().to_owned();
            let file_name = field.content_disposition().and_then(|disposition| {
                let wide = disposition.get_filename_ext();
                let wide = wide.map(|wide| String::from_utf8_lossy(&wide.value).into_owned());
                // Browsers write a quotation mark in a name like this.
                wide.or_else(|| Some(disposition.get_filename()?.replace("%22", "\"")))
            });
            let content = match field.bytes(MOST_KEPT).await {
                Ok(content) => content?,
                Err(_) => return Err(MultipartError::Payload(PayloadError::Overflow)),
            };
            let key = format!("{:06}", state.0.len());
            if state.0.len() == MOST_PARTS {
                return Err(MultipartError::Payload(PayloadError::Overflow));
            }
            state.0.insert(key, Box::new(Part { name, file_name, content }));
            Ok(())
        })
    }

    fn from_state(state: State) -> Result<Self, MultipartError> {
        let mut parts: Vec<_> = state.0.into_iter().collect();
        parts.sort_by(|(one, _), (other, _)| one.cmp(other));
        let parts = parts.into_iter().filter_map(|(_, part)| part.downcast().ok());
        Ok(Self(parts.map(|part| *part).collect()))
    }
}

/// What a body says.
async fn parse(request: &HttpRequest, body: Body) -> Result<(Posted, Given), Failure> {
    let Body { mut bytes, more } = body;
    let end = format!("--{}--", boundary(request).ok_or(FormError::NotAForm)?);
    if more {
        // What was too large is closed where it was cut, so that the fields before it can be read.
        bytes.extend(format!("\r\n{end}").bytes());
    } else if !bytes.trim_ascii_end().ends_with(end.as_bytes()) {
        return Err(Failure::CutOff);
    }
    let mut whole = Payload::from(bytes);
    let parts = MultipartForm::<Parts>::from_request(request, &mut whole).await;
    let MultipartForm(Parts(parts)) = parts.map_err(|error| failure_of(&error))?;
    Ok(judge(parts)?)
}

/// What stands between the parts of a body.
fn boundary(request: &HttpRequest) -> Option<String> {
    let media_type = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let media_type: mime::Mime = media_type.parse().ok()?;
    Some(media_type.get_param(mime::BOUNDARY)?.as_str().to_owned())
}

fn failure_of(error: &actix_web::Error) -> Failure {
    match error.as_error::<MultipartError>() {
        Some(MultipartError::Incomplete) => Failure::CutOff,
        Some(MultipartError::Payload(PayloadError::Overflow)) => FormError::TooMany.into(),
        // The library reads no name that is not UTF-8.
        Some(MultipartError::ContentDispositionMissing) => {
            FormError::NotUtf8(FIELD.to_owned()).into()
        }
        _ => FormError::NotAForm.into(),
    }
}

fn judge(parts: Vec<Part>) -> Result<(Posted, Given), FormError> {
    let (mut fields, mut given) = (Vec::new(), None);
    for Part { name, file_name, content } in parts {
        let Some(file_name) = file_name else {
            let text = String::from_utf8(content.into());
            let text = text.map_err(|_| FormError::NotUtf8(name.clone()))?;
            fields.push((name, text));
            continue;
        };
        if name != FIELD {
            return Err(FormError::Unknown(name));
        }
        if given.is_some() {
            return Err(FormError::Twice(name));
        }
        given = Some(match content.len() {
            0 if file_name.is_empty() => Given::Nothing,
            length if length > MOST_BYTES => Given::TooLarge,
            _ => Given::File(GivenFile {
                name: file_name,
                content: SecretBytes::new(content.into()),
            }),
        });
    }
    Ok((Posted::of(&fields)?, given.unwrap_or(Given::Nothing)))
}

#[cfg(test)]
mod tests;
