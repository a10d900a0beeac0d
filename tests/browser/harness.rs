//! A headless Chromium of one test, by itself: its own profile, its own driver, gone when the test is.

use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

use fantoccini::actions::{
    InputSource, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions, PointerAction,
};
use fantoccini::key::Key;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::{Method, Url};
use serde_json::{Value, json};

use crate::driver::{Driver, program};

/// Flags without which it does not start as root, or without which it looks for its maker's hosts.
const FLAGS: [&str; 11] = [
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
    // Colours that are still changing would be taken for those of the page.
    "--force-prefers-reduced-motion",
];

/// What makes each page a fifth more work, and can't be told from a page: a new frame for every document, and
/// pages that are kept for somebody who goes back.
const WITHOUT: &str = "--disable-features=RenderDocument,BackForwardCache";

/// What kind of browser a person has.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Whether pages may run script.
    pub script: bool,
    /// Whether it keeps cookies.
    pub cookies: bool,
    /// Whether the person prefers dark pages.
    pub dark: bool,
    /// Width in CSS pixels: 390 is a phone.
    pub width: u32,
    /// Whether it keeps pages for when the person goes back, as browsers do.
    pub keeps_pages: bool,
    /// Whether what is sent is noted, for [`Browser::posts`].
    pub notes_posts: bool,
}

impl Kind {
    /// A desk.
    pub const DESK: Self = Self {
        script: true,
        cookies: true,
        dark: false,
        width: 1280,
        keeps_pages: false,
        notes_posts: false,
    };
    /// A desk in the evening.
    pub const DARK_DESK: Self = Self { dark: true, ..Self::DESK };
    /// A phone.
    pub const PHONE: Self = Self { width: 390, ..Self::DESK };
    /// A phone that runs no script.
    pub const PHONE_WITHOUT_SCRIPT: Self = Self { script: false, ..Self::PHONE };
    /// A desk of somebody who refuses cookies.
    pub const WITHOUT_COOKIES: Self = Self { cookies: false, ..Self::DESK };
}

/// A browser. Call [`Browser::close`] at the end; if a test fails before, it is ended all the same.
pub struct Browser {
    /// For what the methods here don't offer.
    pub client: Client,
    width: Cell<u32>,
    dark: Cell<bool>,
    driver: Driver,
}

impl Browser {
    /// Starts a browser.
    pub async fn start(kind: Kind) -> Self {
        let driver = Driver::start();
        let mut args: Vec<String> = FLAGS.map(ToOwned::to_owned).to_vec();
        if !kind.keeps_pages {
            args.push(WITHOUT.to_owned());
        }
        args.push(format!("--user-data-dir={}", driver.profile.display()));
        let javascript = if kind.script { 1 } else { 2 };
        let options = json!({
            "binary": program(&["chromium", "chromium-browser", "google-chrome"]),
            "args": args,
            "prefs": {
                "profile.managed_default_content_settings.javascript": javascript,
                "profile.default_content_setting_values.cookies": if kind.cookies { 1 } else { 2 },
            },
            // No touch: a tap never ends while script is off.
            "mobileEmulation": { "deviceMetrics": {
                "width": kind.width, "height": 844, "pixelRatio": 1, "mobile": kind.width < 500, "touch": false
            } },
        });
        let mut logs = json!({ "browser": "ALL" });
        if kind.notes_posts {
            logs["performance"] = json!("ALL");
        }
        let capabilities = json!({ "goog:chromeOptions": options, "goog:loggingPrefs": logs });
        let Value::Object(capabilities) = capabilities else {
            unreachable!("it was written as an object")
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", driver.port))
            .await
            .expect("Chromium starts");
        let browser = Self { client, width: Cell::new(kind.width), dark: Cell::new(false), driver };
        browser.prefer_dark(kind.dark).await;
        browser
    }

    /// Ends the browser.
    pub async fn close(self) {
        self.client.close().await.unwrap();
        drop(self.driver);
    }

    /// Asks for dark pages, or light ones, from now on.
    pub async fn prefer_dark(&self, dark: bool) {
        if self.dark.replace(dark) == dark {
            return;
        }
        let scheme = if dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", media).await;
    }

    /// Shows the page, and those to come, at another width.
    pub async fn resize(&self, width: u32) {
        let metrics =
            json!({ "width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        self.width.set(width);
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

    /// Answers by name: chooses where there is something to choose from, types where there is not.
    pub async fn give(&self, name: &str, value: &str) {
        if self.find(&format!("[name='{name}']")).await.prop("type").await.unwrap().as_deref()
            == Some("radio")
        {
            self.tick(name, value).await;
        } else {
            self.fill(name, value).await;
        }
    }

    /// What stands in the control of this name, or which of several is chosen.
    pub async fn value_of(&self, name: &str) -> String {
        let script = "const control = document.querySelector(`[name='${arguments[0]}']`);
            const chosen = document.querySelector(`[name='${arguments[0]}']:checked`);
            return (control.type === 'radio' || control.type === 'checkbox' ? chosen : control)?.value ?? ''";
        let value = self.run(script, vec![json!(name)]).await;
        value.as_str().unwrap_or_default().to_owned()
    }

    /// Presses the button with this text, and waits until the page is gone.
    pub async fn press(&self, text: &str) {
        self.run("window.isLeft = true", Vec::new()).await;
        self.click_on("button", text).await;
        let begun = Instant::now();
        while self.run("return window.isLeft === true", Vec::new()).await == true {
            assert!(begun.elapsed() < Duration::from_secs(20), "“{text}” leads nowhere");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Follows the link with this text.
    pub async fn follow(&self, text: &str) {
        self.click_on("a[href]", text).await;
    }

    /// Clicks on the first element that matches.
    pub async fn click(&self, css: &str) {
        self.find(css).await.click().await.unwrap();
    }

    /// Clicks twice, as fast as a browser can.
    pub async fn press_twice(&self, css: &str) {
        let button = self.find(css).await;
        let script = "document.querySelector(arguments[0]).scrollIntoView({ block: 'center' })";
        self.run(script, vec![json!(css)]).await;
        let mut mouse = MouseActions::new("mouse".to_owned()).then(PointerAction::MoveToElement {
            element: button,
            duration: None,
            x: 0.0,
            y: 0.0,
        });
        for _ in 0..2 {
            mouse = mouse
                .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
                .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        }
        self.client.perform_actions(mouse).await.unwrap();
    }

    /// Goes forward with the tabulator key alone until the control that matches has the focus. At each stop a person
    /// must see where they are.
    pub async fn tab_to(&self, css: &str) {
        let script = "const here = document.activeElement;
            const style = getComputedStyle(here), box = here.getBoundingClientRect();
            const ring = style.outlineStyle === 'auto' || style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
            // The button of a date's calendar is a part inside the control. It has a ring by itself, where no script looks.
            const ringed = ring || here.type === 'date' && !here.matches(':focus');
            const shown = box.width > 0 && box.right > 0 && box.bottom > 0 && box.top < innerHeight;
            return {
                reached: here.matches(arguments[0]),
                lost: here !== document.body && !(ringed && shown),
                what: here.outerHTML.slice(0, 200),
            };";
        for _ in 0..200 {
            self.keys(&char::from(Key::Tab).to_string()).await;
            let stop = self.run(script, vec![json!(css)]).await;
            let path = self.path().await;
            assert_eq!(
                stop["lost"], false,
                "on {path} the focus can't be seen at {}",
                stop["what"]
            );
            if stop["reached"] == true {
                return;
            }
        }
        panic!(
            "{css} can't be reached by keyboard on {}:\n{}",
            self.path().await,
            self.source().await
        );
    }

    /// Presses keys, one after another, whatever has the focus.
    pub async fn keys(&self, keys: &str) {
        let mut keyboard = KeyActions::new("keyboard".to_owned());
        for value in keys.chars() {
            keyboard = keyboard.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        self.client.perform_actions(keyboard).await.unwrap();
    }

    /// How many pixels the page is wider than the window: more than none makes a person scroll sideways.
    pub async fn overflow(&self) -> i64 {
        // A phone shows a page that is too wide by showing it smaller: only the window itself says how wide it may be.
        let script = "const page = document.documentElement;
            return page.scrollWidth - Math.min(page.clientWidth, arguments[0])";
        self.run(script, vec![json!(self.width.get())]).await.as_i64().unwrap()
    }

    /// What the browser complained of since it was last asked: script errors, what the page's own policy refused,
    /// what could not be loaded.
    pub async fn complaints(&self) -> Vec<String> {
        self.log("browser").await
    }

    /// What was posted since it was last asked, by address.
    pub async fn posts(&self) -> Vec<String> {
        let log = self.log("performance").await;
        let events = log.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        events
            .filter(|event| event["message"]["method"] == "Network.requestWillBeSent")
            .filter(|event| event["message"]["params"]["redirectResponse"].is_null())
            .map(|event| event["message"]["params"]["request"].clone())
            .filter(|request| request["method"] == "POST")
            .map(|request| request["url"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    async fn log(&self, kind: &str) -> Vec<String> {
        let request = Request { path: "se/log", body: json!({ "type": kind }) };
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

    /// Gives the browser a place for passkeys, whose owner is there and agrees to everything: `internal` in the device
    /// itself, of which there is one, or `usb`.
    pub async fn keep_passkeys(&self, transport: &str) {
        let body = json!({
            "protocol": "ctap2", "transport": transport, "hasResidentKey": true,
            "hasUserVerification": true, "isUserConsenting": true, "isUserVerified": true,
        });
        let request = Request { path: "webauthn/authenticator", body };
        self.client.issue_cmd(request).await.unwrap();
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

    /// Clicks on the first of these that is shown and reads so.
    async fn click_on(&self, css: &str, text: &str) {
        // Asking each by itself is a round trip and more for every link of the page.
        let script = "return [...document.querySelectorAll(arguments[0])].map(one => one.checkVisibility() && one.innerText.trim())";
        let read = self.run(script, vec![json!(css)]).await;
        let nth = read.as_array().and_then(|all| all.iter().position(|read| read == text));
        let all = self.client.find_all(Locator::Css(css)).await.unwrap();
        match nth.and_then(|nth| all.get(nth)) {
            Some(element) => element.click().await.unwrap(),
            None => panic!("{} has no {css} “{text}”:\n{}", self.path().await, self.source().await),
        }
    }

    async fn source(&self) -> String {
        self.client.source().await.unwrap()
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
