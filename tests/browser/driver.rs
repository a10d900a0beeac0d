//! ChromeDriver, and with it the browser: both are gone when the test is, however it ends.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Runs the driver until the standard input ends, which it does when the test has ended, however it ended, or until
/// nothing can come of it any more. A driver that is killed leaves its browser behind, so that is ended first.
const KEEPER: &str = r#"
trap '' HUP INT
"$1" --port=0 </dev/null 2>/dev/null &
driver=$!
read -r -t 300 _
exec 2>/dev/null
browsers=$(grep -ls "^PPid:[[:space:]]*$driver$" /proc/[0-9]*/status | cut -d/ -f3)
kill -KILL $browsers "$driver"
wait "$driver"
rm -rf "$2"
"#;

/// The driver, and with it the browser, ends when this does.
pub struct Driver {
    process: Child,
    /// Where it listens.
    pub port: u16,
    /// The browser's folder.
    pub profile: PathBuf,
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

impl Driver {
    /// Starts one.
    pub fn start() -> Self {
        let profile = tempfile::Builder::new().prefix("almoner-browser-").tempdir().unwrap().keep();
        let mut process = Command::new("bash")
            .args(["-c", KEEPER, "keeper"])
            .arg(program(&["chromedriver"]))
            .arg(&profile)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        // "ChromeDriver was started successfully on port 12345."
        let port = lines.by_ref().find_map(|line| {
            let line = line.unwrap();
            line.split_once("successfully on port ")
                .and_then(|(_, port)| port.trim_end_matches('.').parse().ok())
        });
        // Whatever else it says is taken from the pipe, or it would stop when that is full.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, port: port.expect("ChromeDriver says its port"), profile }
    }
}

/// The first of these programs that is installed.
#[expect(clippy::disallowed_methods, reason = "asks where programs are, no setting")]
pub fn program(names: &[&str]) -> PathBuf {
    let path = std::env::var("PATH").unwrap_or_default();
    let found = names.iter().find_map(|name| {
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.exists())
    });
    found.unwrap_or_else(|| {
        panic!(
            "{} is not installed: install the packages chromium and chromium-driver, or run \
             scripts/test --without browser",
            names.join(" or ")
        )
    })
}
