//! A connection, as the library that reads requests sees it: it hears what comes, and what it would say of its own
//! accord is said better.
//!
//! That library answers a request that it can't read (a head longer than its buffer, too many lines, no HTTP at all, or
//! not whole in time) with a bare status and nothing else, and lets go of the connection at once. Whoever is still
//! sending is then reset, and never sees the answer. Here the bare answer is exchanged for a whole one, and what still
//! comes is thrown away for a while.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::http::StatusCode;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::timeout;

/// How many bytes are thrown away so that an answer arrives.
const THROWN_AWAY: u64 = 16 << 20;
/// How long they are waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest bare answer: a status, its reason and three lines.
const LONGEST_BARE: usize = 256;

/// The answer, whole, that stands for a bare status.
pub type Answers = Rc<dyn Fn(StatusCode) -> Vec<u8>>;

/// What a connection is.
pub trait Duplex: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Duplex for T {}

/// A connection on which no bare answer is sent.
pub struct Wire {
    state: State,
    answers: Answers,
}

enum State {
    Open(Box<dyn Duplex>),
    /// The last answer is on its way.
    Ending(Pin<Box<dyn Future<Output = ()>>>),
    Ended,
}

impl Wire {
    /// Around a connection that was taken.
    pub fn new(stream: Box<dyn Duplex>, answers: Answers) -> Self {
        Self { state: State::Open(stream), answers }
    }

    /// Goes on with the last answer.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let State::Ending(ending) = &mut self.state {
            ready!(ending.as_mut().poll(cx));
            self.state = State::Ended;
        }
        Poll::Ready(())
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.state {
            State::Open(stream) => Pin::new(stream).poll_read(cx, into),
            State::Ending(_) | State::Ended => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let State::Open(stream) = &mut self.state {
            let Some((before, status)) = bare_at_the_end(bytes) else {
                return Pin::new(stream).poll_write(cx, bytes);
            };
            let said = [before, &(self.answers)(status)].concat();
            if let State::Open(stream) = std::mem::replace(&mut self.state, State::Ended) {
                self.state = State::Ending(Box::pin(last_words(stream, said)));
            }
        }
        ready!(self.poll_end(cx));
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.state {
            State::Open(stream) => Pin::new(stream).poll_flush(cx),
            State::Ending(_) | State::Ended => self.poll_end(cx).map(Ok),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.state {
            State::Open(stream) => Pin::new(stream).poll_shutdown(cx),
            State::Ending(_) | State::Ended => self.poll_end(cx).map(Ok),
        }
    }
}

/// Says one last thing, and hears the other side out, within limits: whoever closes a connection with unread bytes in it
/// takes back what was said, too.
pub async fn last_words(mut stream: impl Duplex, said: Vec<u8>) {
    let hear_out = async {
        stream.write_all(&said).await?;
        stream.shutdown().await?;
        let (mut left, mut thrown) = (THROWN_AWAY, vec![0; 64 << 10]);
        while left > 0 {
            match stream.read(&mut thrown).await? {
                0 => break,
                came => left = left.saturating_sub(came as u64),
            }
        }
        io::Result::Ok(())
    };
    // Nobody is left to tell.
    let _ = timeout(PATIENCE, hear_out).await;
}

/// Where a bare answer begins that ends some bytes, and its status.
///
/// It is told by its form: no answer of ours has so few lines, since those that stand on each are on all of them. One
/// can follow another answer at once when requests came without waiting for answers. A file whose end looks like one
/// would break off there, for whoever made it so.
fn bare_at_the_end(bytes: &[u8]) -> Option<(&[u8], StatusCode)> {
    if !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let tail = bytes.get(bytes.len().saturating_sub(LONGEST_BARE)..)?;
    let begins = tail.windows(7).rposition(|window| window == b"HTTP/1.")?;
    let bare = tail.get(begins..)?;
    let status = status_of_bare(std::str::from_utf8(bare).ok()?)?;
    Some((bytes.get(..bytes.len() - bare.len())?, status))
}

/// The status of a bare answer: one that says that something failed, with nothing beside it.
fn status_of_bare(answer: &str) -> Option<StatusCode> {
    let mut lines = answer.strip_suffix("\r\n\r\n")?.split("\r\n");
    let mut words = lines.next()?.splitn(3, ' ');
    let (Some("HTTP/1.1" | "HTTP/1.0"), Some(code)) = (words.next(), words.next()) else {
        return None;
    };
    let status = StatusCode::from_bytes(code.as_bytes()).ok()?;
    let failed = status.is_client_error() || status.is_server_error();
    let mut bare = lines.map(|line| line.split_once(": ").unwrap_or((line, "")));
    let bare = bare.all(|(name, value)| match name.to_ascii_lowercase().as_str() {
        "content-length" => value == "0",
        "connection" | "date" => true,
        _ => false,
    });
    (failed && bare).then_some(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &str = "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\n\
                        connection: close\r\ndate: Mon, 23 Nov 2026 05:00:00 GMT\r\n\r\n";

    fn found(bytes: &str) -> Option<(&str, u16)> {
        let (before, status) = bare_at_the_end(bytes.as_bytes())?;
        Some((std::str::from_utf8(before).unwrap(), status.as_u16()))
    }

    #[test]
    fn a_bare_answer_is_told_by_its_form() {
        assert_eq!(found(BARE), Some(("", 431)));
        assert_eq!(found("HTTP/1.0 408 Request Timeout\r\n\r\n"), Some(("", 408)));
        let after = format!("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello{BARE}");
        let (before, status) = found(&after).unwrap();
        assert!(before.ends_with("hello") && status == 431);
    }

    #[test]
    fn an_answer_of_ours_is_none() {
        for ours in [
            BARE.replace("date:", "x-frame-options: DENY\r\ndate:"),
            BARE.replace("content-length: 0", "content-length: 5") + "hello",
            BARE.replace("content-length: 0", "content-length: 5"),
            BARE.replace("431", "200"),
            BARE.replace("431", "304"),
            format!("{BARE}and more"),
            "HTTP/1.1 100 Continue\r\n\r\n".to_owned(),
            "a text that ends so\r\n\r\n".to_owned(),
            "\r\n\r\n".to_owned(),
            String::new(),
        ] {
            assert_eq!(found(&ours), None, "{ours}");
        }
    }
}
