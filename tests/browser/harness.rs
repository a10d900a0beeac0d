//! A headless Chromium of one test, by itself: its own profile, its own driver, gone when the test is.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use fantoccini::key::Key;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::{Method, Url};
use serde_json::{Value, json};

/// Flags without which it does not start as root, or without which it looks for its maker's hosts.
const FLAGS: [&str; 10] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
];

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

/// What kind of browser a person has.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Whether pages may run script.
    pub script: bool,
    /// Whether the person prefers dark pages.
    pub dark: bool,
    /// Width in CSS pixels: 390 is a phone.
    pub width: u32,
}

impl Kind {
    /// A phone that runs no script.
    pub const PHONE_WITHOUT_SCRIPT: Self = Self { script: false, dark: false, width: 390 };
    /// A phone.
    pub const PHONE: Self = Self { script: true, dark: false, width: 390 };
    /// A desk.
    pub const DESK: Self = Self { script: true, dark: false, width: 1280 };
    /// A desk in the evening.
    pub const DARK_DESK: Self = Self { script: true, dark: true, width: 1280 };
}

/// A browser. Call [`Browser::close`] at the end; if a test fails before, it is ended all the same.
pub struct Browser {
    /// For what the methods here don't offer.
    pub client: Client,
    width: u32,
    driver: Driver,
}

/// The driver, and with it the browser, ends when this does.
struct Driver {
    process: Child,
    port: u16,
    profile: PathBuf,
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

impl Browser {
    /// Starts a browser.
    pub async fn start(kind: Kind) -> Self {
        let driver = Driver::start();
        let mut args: Vec<String> = FLAGS.map(ToOwned::to_owned).to_vec();
        args.push(format!("--user-data-dir={}", driver.profile.display()));
        let javascript = if kind.script { 1 } else { 2 };
        let options = json!({
            "binary": program(&["chromium", "chromium-browser", "google-chrome"]),
            "args": args,
            "prefs": { "profile.managed_default_content_settings.javascript": javascript },
            // No touch: a tap never ends while script is off.
            "mobileEmulation": { "deviceMetrics": {
                "width": kind.width, "height": 844, "pixelRatio": 1, "mobile": kind.width < 500, "touch": false
            } },
        });
        let capabilities =
            json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        let Value::Object(capabilities) = capabilities else {
            unreachable!("it was written as an object")
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", driver.port))
            .await
            .expect("Chromium starts");
        let browser = Self { client, width: kind.width, driver };
        let scheme = if kind.dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        browser.devtools("Emulation.setEmulatedMedia", media).await;
        browser
    }

    /// Ends the browser.
    pub async fn close(self) {
        self.client.close().await.unwrap();
        drop(self.driver);
    }

    /// Opens an address.
    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// The path of the page that is shown, with its query.
    pub async fn path(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        url.query().map_or(url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    /// What a person reads in the first element that matches.
    pub async fn text_of(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap()
    }

    /// Whether something that matches is shown.
    pub async fn shows(&self, css: &str) -> bool {
        for element in self.client.find_all(Locator::Css(css)).await.unwrap() {
            if element.is_displayed().await.unwrap() {
                return true;
            }
        }
        false
    }

    /// Clears the control of this name and types into it.
    pub async fn fill(&self, name: &str, text: &str) {
        let control = self.find(&format!("[name='{name}']")).await;
        control.clear().await.unwrap();
        control.send_keys(text).await.unwrap();
    }

    /// Ticks or chooses, by name and value, with a click on the label as a thumb would do it.
    pub async fn tick(&self, name: &str, value: &str) {
        let id =
            self.find(&format!("[name='{name}'][value='{value}']")).await.attr("id").await.unwrap();
        self.find(&format!("label[for='{}']", id.unwrap_or_default())).await.click().await.unwrap();
    }

    /// Presses the button with this text.
    pub async fn press(&self, text: &str) {
        self.click_on("button", text).await;
    }

    /// Follows the link with this text.
    pub async fn follow(&self, text: &str) {
        self.click_on("a[href]", text).await;
    }

    /// Goes forward with the tabulator key alone until the control that matches has the focus.
    pub async fn tab_to(&self, css: &str) {
        for _ in 0..200 {
            self.keys(&String::from(char::from(Key::Tab))).await;
            let reached = self
                .run("return document.activeElement.matches(arguments[0])", vec![json!(css)])
                .await;
            if reached == Value::Bool(true) {
                return;
            }
        }
        panic!(
            "{css} can't be reached by keyboard on {}:\n{}",
            self.path().await,
            self.source().await
        );
    }

    /// Sends keys to whatever has the focus.
    pub async fn keys(&self, keys: &str) {
        self.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    /// How many pixels the page is wider than the window: more than none makes a person scroll sideways.
    pub async fn overflow(&self) -> i64 {
        // A phone shows a page that is too wide by showing it smaller: only the window itself says how wide it may be.
        let script = "const page = document.documentElement;
            return page.scrollWidth - Math.min(page.clientWidth, arguments[0])";
        self.run(script, vec![json!(self.width)]).await.as_i64().unwrap()
    }

    /// What the browser complained of since it was last asked: script errors, what the page's own policy refused,
    /// what could not be loaded.
    pub async fn complaints(&self) -> Vec<String> {
        let request = Request { path: "se/log", body: json!({ "type": "browser" }) };
        let log = self.client.issue_cmd(request).await.unwrap();
        let lines = log.as_array().expect("the log is a list").iter();
        lines
            .map(|line| line.get("message").and_then(Value::as_str).unwrap_or_default().to_owned())
            .collect()
    }

    /// Gives a command of Chromium's own protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.client.issue_cmd(Request { path: "goog/cdp/execute", body }).await.unwrap()
    }

    /// Runs script of the test in the page, also where the page itself may run none.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap()
    }

    /// Keeps a picture of the page.
    pub async fn picture(&self, file: &Path) {
        std::fs::write(file, self.client.screenshot().await.unwrap()).unwrap();
    }

    async fn find(&self, css: &str) -> fantoccini::elements::Element {
        match self.client.find(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => {
                panic!("{} has no {css} ({error}):\n{}", self.path().await, self.source().await)
            }
        }
    }

    async fn click_on(&self, css: &str, text: &str) {
        for element in self.client.find_all(Locator::Css(css)).await.unwrap() {
            if element.text().await.unwrap() == text {
                element.click().await.unwrap();
                return;
            }
        }
        panic!("{} has no {css} “{text}”:\n{}", self.path().await, self.source().await);
    }

    async fn source(&self) -> String {
        self.client.source().await.unwrap()
    }
}

impl Driver {
    fn start() -> Self {
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

/// A request that is Chromium's own and no part of the standard.
#[derive(Debug)]
struct Request {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Request {
    fn endpoint(
        &self,
        base: &Url,
        session: Option<&str>,
    ) -> Result<Url, <Url as std::str::FromStr>::Err> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

/// The first of these programs that is installed.
#[expect(clippy::disallowed_methods, reason = "asks where programs are, no setting")]
fn program(names: &[&str]) -> PathBuf {
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
