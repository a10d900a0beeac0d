//! Requests to a provider: encrypted, short, small, and never led on to somewhere else.

use std::net::IpAddr;
use std::time::Duration;

use oauth2::http::{Method, Request, Response, Uri};

/// For how long a connection may be in the making.
const CONNECT: Duration = Duration::from_secs(5);
/// For how long the whole of a request may take. Somebody waits for the page.
const WHOLE: Duration = Duration::from_secs(10);
/// The most bytes of an answer that are read.
pub const MOST_BYTES: u64 = 1 << 20;

/// Why a provider gave no answer that is of use. None of it says what was asked or answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// An address in the settings is none that could be asked.
    #[error("an address of the provider in the settings can't be used")]
    Setting,
    /// The address is not encrypted, and not of this machine.
    #[error("the provider's address is not https")]
    Insecure,
    /// It can't be reached, or breaks off.
    #[error("the provider can't be reached")]
    Unreachable,
    /// It does not answer in time.
    #[error("the provider does not answer in time")]
    Late,
    /// It answers with more than anybody would have to say.
    #[error("the provider answers with too much")]
    TooLarge,
    /// It answers that something is wrong on its side.
    #[error("the provider answers with status {0}")]
    Failed(u16),
    /// It answers something that is not of the form it documents.
    #[error("the provider's answer has no known form")]
    Nonsense,
    /// It does not take the code that somebody came back with.
    #[error("the provider refused the code")]
    Refused,
}

/// Asks providers.
#[derive(Clone)]
pub struct Http {
    agent: ureq::Agent,
}

impl Default for Http {
    fn default() -> Self {
        Self::within(CONNECT, WHOLE)
    }
}

impl Http {
    fn within(connect: Duration, whole: Duration) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_connect(Some(connect))
            .timeout_global(Some(whole))
            // What is sent to one address is for that address: it holds secrets.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            // The environment is read in one place, and this is not it.
            .proxy(None)
            .user_agent("Almoner")
            .max_idle_connections(2)
            .build();
        Self { agent: config.new_agent() }
    }

    /// Sends a request and reads the whole answer, whatever its status.
    ///
    /// # Errors
    /// [`ProviderError::Insecure`], [`ProviderError::Unreachable`], [`ProviderError::Late`],
    /// [`ProviderError::TooLarge`].
    pub fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, ProviderError> {
        must_be_safe(request.uri())?;
        let answer = if matches!(*request.method(), Method::GET | Method::HEAD) {
            self.agent.run(request.map(|_| ()))
        } else {
            self.agent.run(request)
        };
        let (head, mut body) = answer.map_err(|error| kind_of(&error))?.into_parts();
        let read = body.with_config().limit(MOST_BYTES).read_to_vec();
        Ok(Response::from_parts(head, read.map_err(|error| kind_of(&error))?))
    }
}

impl oauth2::SyncHttpClient for Http {
    type Error = ProviderError;

    fn call(&self, request: oauth2::HttpRequest) -> Result<oauth2::HttpResponse, ProviderError> {
        self.send(request)
    }
}

/// Refuses what would go over a network in clear.
fn must_be_safe(address: &Uri) -> Result<(), ProviderError> {
    match (address.scheme_str(), address.host()) {
        (Some("https"), Some(_)) => Ok(()),
        (Some("http"), Some(host)) if is_this_machine(host) => Ok(()),
        _ => Err(ProviderError::Insecure),
    }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn kind_of(error: &ureq::Error) -> ProviderError {
    match error {
        ureq::Error::Timeout(_) => ProviderError::Late,
        ureq::Error::BodyExceedsLimit(_) | ureq::Error::LargeResponseHeader(..) => {
            ProviderError::TooLarge
        }
        ureq::Error::Protocol(_) => ProviderError::Nonsense,
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => {
            ProviderError::Late
        }
        _ => ProviderError::Unreachable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpListener};

    fn get(address: &str) -> Request<Vec<u8>> {
        Request::get(address).body(Vec::new()).unwrap()
    }

    /// A machine that answers each connection with the same bytes.
    fn answering(bytes: Vec<u8>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(&bytes);
            }
        });
        address
    }

    fn answer(bytes: &[u8]) -> Result<Response<Vec<u8>>, ProviderError> {
        let address = answering(bytes.to_vec());
        Http::default().send(get(&format!("http://{address}/user")))
    }

    #[test]
    fn nothing_goes_out_in_clear() {
        for address in ["http://github.example/", "http://10.0.0.1/", "ftp://localhost/", "/user"] {
            let refused = Http::default().send(get(address)).unwrap_err();
            assert_eq!(refused, ProviderError::Insecure, "{address}");
        }
        for address in ["https://github.example/", "http://localhost:1/", "http://[::1]:1/"] {
            assert_eq!(must_be_safe(&address.parse().unwrap()), Ok(()), "{address}");
        }
    }

    #[test]
    fn an_answer_is_read_whole_whatever_its_status() {
        let answer = answer(b"HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno").unwrap();
        assert_eq!((answer.status().as_u16(), answer.into_body()), (404, b"no".to_vec()));
    }

    #[test]
    fn redirects_are_not_followed() {
        let answer = answer(
            b"HTTP/1.1 302 Found\r\nLocation: http://localhost:1/\r\nContent-Length: 0\r\n\r\n",
        );
        assert_eq!(answer.unwrap().status().as_u16(), 302);
    }

    #[test]
    fn too_much_is_not_read() {
        let mut much = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        much.resize(much.len() + usize::try_from(MOST_BYTES).unwrap() + 10, b'x');
        assert_eq!(answer(&much).unwrap_err(), ProviderError::TooLarge);
    }

    #[test]
    fn nonsense_and_silence_are_told_apart() {
        assert_eq!(answer(b"hello\r\n\r\n").unwrap_err(), ProviderError::Nonsense);
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let refused = Http::default().send(get(&format!("http://{closed}/"))).unwrap_err();
        assert_eq!(refused, ProviderError::Unreachable);
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = silent.local_addr().unwrap();
        let hurried = Http::within(Duration::from_millis(300), Duration::from_millis(300));
        let late = hurried.send(get(&format!("http://{address}/"))).unwrap_err();
        assert_eq!(late, ProviderError::Late);
    }
}
