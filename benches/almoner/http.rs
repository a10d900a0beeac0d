//! Connections that stay open, a fixed number of requests over them, and how long each took.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::{Outcome, median};

/// A connection.
pub struct Connection {
    stream: BufReader<TcpStream>,
    body: Vec<u8>,
}

/// What was answered.
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
}

impl Connection {
    /// Connects to a port of this machine.
    pub fn open(port: u16) -> Outcome<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self { stream: BufReader::with_capacity(64 * 1024, stream), body: Vec::new() })
    }

    /// Sends a request and reads the whole answer.
    pub fn send(&mut self, request: &[u8]) -> Outcome<Answer<'_>> {
        self.stream.get_mut().write_all(request)?;
        let mut line = String::new();
        let mut status = None;
        let mut length = 0_usize;
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let Some(text) = line.strip_suffix("\r\n") else { return Err("cut off".into()) };
            if text.is_empty() {
                break;
            }
            if status.is_none() {
                status = text.split(' ').nth(1).and_then(|code| code.parse().ok());
            } else if let Some((name, value)) = text.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse()?;
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body)?;
        Ok(Answer { status: status.ok_or("no status")?, body: &self.body })
    }
}

/// A page that is asked for by somebody who is signed in.
pub fn get(path: &str, cookie: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\ncookie: {cookie}\r\n\r\n").into_bytes()
}

/// A form that is sent.
pub fn post(path: &str, cookie: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncookie: {cookie}\r\nsec-fetch-site: same-origin\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// How a number of requests went.
pub struct Load {
    /// How long all took.
    pub took: Duration,
    /// How long each took.
    pub each: Vec<Duration>,
}

impl Load {
    /// Requests a second.
    pub fn rate(&self) -> f64 {
        self.each.len() as f64 / self.took.as_secs_f64()
    }

    /// The time within which so many of a hundred were answered, in milliseconds.
    pub fn percentile(&self, of_hundred: usize) -> f64 {
        let mut sorted = self.each.clone();
        sorted.sort();
        let place = (sorted.len() * of_hundred).div_ceil(100).saturating_sub(1);
        sorted.get(place).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    }

    /// Half were answered within this time, in milliseconds.
    pub fn p50(&self) -> f64 {
        median(self.each.iter().map(|time| time.as_secs_f64() * 1e3).collect())
    }
}

/// Sends each request once, over so many connections at a time, and expects one status of all.
pub fn load(port: u16, connections: usize, requests: &[Vec<u8>], status: u16) -> Outcome<Load> {
    let next = AtomicUsize::new(0);
    let one = || -> Outcome<Vec<Duration>> {
        let mut connection = Connection::open(port)?;
        let mut each = Vec::new();
        while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
            let began = Instant::now();
            let answer = connection.send(request)?;
            if answer.status != status {
                let body = String::from_utf8_lossy(answer.body).into_owned();
                return Err(format!("{} instead of {status}: {body}", answer.status).into());
            }
            each.push(began.elapsed());
        }
        Ok(each)
    };
    let began = Instant::now();
    let each = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections).map(|_| scope.spawn(one)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| "a connection's thread failed")?)
            .collect::<Outcome<Vec<_>>>()
    })?;
    Ok(Load { took: began.elapsed(), each: each.concat() })
}
