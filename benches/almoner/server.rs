//! The program as it is released, in a process of its own.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Outcome;
use super::http::{Connection, get};
use super::site::Site;

/// A site that is served. It ends when this is dropped.
pub struct Server {
    child: Child,
    /// The port.
    pub port: u16,
    /// How long it took from the start of the process to the first page.
    pub started_in: Duration,
}

impl Server {
    /// Serves a site.
    pub fn start(site: &Site) -> Outcome<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let began = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_almoner"))
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(&site.settings.data)
            .env_clear()
            .env("ALMONER_LIMITS_FACTOR", "1000000")
            .env("ALMONER_SIGN_IN_STAFF_BY_MAIL", "true")
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(site.settings.data.join("log"))?)
            .spawn()?;
        let mut server = Self { child, port, started_in: Duration::ZERO };
        // The address is bound before anything else is made, so that only the first few attempts are refused.
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if began.elapsed() > Duration::from_secs(30) {
                return Err("the site does not start".into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let mut connection = Connection::open(port)?;
        let status = connection.send(&get("/", ""))?.status;
        server.started_in = began.elapsed();
        if status == 200 { Ok(server) } else { Err(format!("{status} for the first page").into()) }
    }

    /// The most memory that was resident so far, and what is now, in megabytes.
    pub fn memory(&self) -> Outcome<(f64, f64)> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let megabytes = |key: &str| -> Outcome<f64> {
            let line = text.lines().find_map(|line| line.strip_prefix(key)).ok_or("no figure")?;
            let kibibytes: f64 = line.trim_end_matches("kB").trim().parse()?;
            Ok(kibibytes * 1024.0 / 1e6)
        };
        Ok((megabytes("VmHWM:")?, megabytes("VmRSS:")?))
    }

    /// The time that its threads were on a core so far, in milliseconds.
    pub fn core_time(&self) -> Outcome<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The second field, a name in brackets, may contain anything.
        let (_, rest) = text.rsplit_once(')').ok_or("no name")?;
        let ticks = rest.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
        // Linux counts in hundredths of a second here.
        Ok(ticks.sum::<Result<f64, _>>()? * 10.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // What it has acknowledged is on disk, and nobody reads the rest.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
