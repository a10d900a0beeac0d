//! Ports.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// A port that nobody is given who asks for any: between here and its use, another test would take one of those.
pub fn port_that_stays_free() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = std::process::id() % 10_000;
    loop {
        let nth = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = 20_000 + (u16::try_from(first).unwrap() + nth) % 10_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
