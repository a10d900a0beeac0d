//! A site in a process of its own, as an operator runs it, behind a proxy and with a talkative log.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use almoner::clock::SystemClock;
use almoner::config::{Database, Settings};
use secrecy::ExposeSecret;

use super::app::Home;
use super::mails;

/// A site that is served by a process of its own. It ends with this.
pub struct Server {
    child: Child,
    /// The port.
    pub port: u16,
    /// Where it is at home.
    pub home: Home,
    /// What it was started with, as far as its tests have to know.
    pub settings: Settings,
    /// The path of the first administrator's link.
    pub first_admin: String,
    /// The links that were taken out of mails already.
    taken: BTreeSet<String>,
}

impl Server {
    /// Starts one, with everything logged that can be.
    pub fn start() -> Self {
        let home = Home::empty();
        let settings = home.settings(&SystemClock);
        let (temporary, log) = (home.folder().join("tmp"), home.folder().join("log"));
        std::fs::create_dir(&temporary).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_almoner"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--base-url", "http://localhost"])
            .arg("--data")
            .arg(&settings.data)
            .env_clear()
            .env("TMPDIR", &temporary)
            .env("ALMONER_TRUSTED_PROXIES", "127.0.0.1")
            .env("ALMONER_SIGN_IN_STAFF_BY_MAIL", "true")
            .env("ALMONER_LIMITS_FACTOR", "1000000")
            .env("ALMONER_LOG_FILTER", "trace")
            .current_dir(&temporary)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap());
        if let Database::Postgres(address) = &settings.database {
            command.env("DATABASE_URL", address.expose_secret());
        }
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut port = None;
        let first_admin = loop {
            let Some(Ok(line)) = lines.next() else {
                panic!("it does not start:\n{}", std::fs::read_to_string(&log).unwrap());
            };
            if let Some((_, number)) = line.split_once("on port ") {
                port = number.trim_end_matches('.').parse().ok();
            }
            if let Some((_, path)) = line.split_once("http://localhost/staff/") {
                break format!("/staff/{path}");
            }
        };
        // Nothing more is printed, but a closed pipe would end it if there were.
        std::thread::spawn(move || lines.for_each(drop));
        let (port, taken) = (port.unwrap(), BTreeSet::new());
        Self { child, port, home, settings, first_admin, taken }
    }

    /// The file with everything that was logged.
    pub fn log(&self) -> PathBuf {
        self.home.folder().join("log")
    }

    /// The path of a mailed link that was not asked for before, as soon as it has come.
    pub async fn link(&mut self, address: &str, path: &str) -> String {
        let begun = Instant::now();
        loop {
            for mail in mails::read_all(&self.settings.mail.folder) {
                for link in mail.links().iter().filter(|_| mail.to == address) {
                    let Some(found) = link.strip_prefix("http://localhost") else { continue };
                    if found.starts_with(path) && self.taken.insert(found.to_owned()) {
                        return found.to_owned();
                    }
                }
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "no mail to {address} comes");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Runs a command of the operator on the same site, and answers what it printed.
    pub fn command(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_almoner"));
        command
            .args(arguments)
            .arg("--data")
            .arg(&self.settings.data)
            .env_clear()
            .env("ALMONER_BASE_URL", "http://localhost")
            .current_dir(self.home.folder());
        if let Database::Postgres(address) = &self.settings.database {
            command.env("DATABASE_URL", address.expose_secret());
        }
        let output = command.output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(&mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
