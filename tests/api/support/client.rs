//! A browser without script: it keeps cookies, fills in forms and sends what a browser sends.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use std::time::Duration;

use reqwest::header::{
    CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION, SET_COOKIE,
};
use reqwest::redirect::Policy;
use reqwest::{Method, Url};

use super::html::{Form, MULTIPART, Page};

/// A browser. Every one has cookies of its own.
pub struct Client {
    http: reqwest::Client,
    base: Url,
    cookies: Mutex<BTreeMap<String, String>>,
    refuses_cookies: bool,
    /// Sent with every request.
    always: HeaderMap,
}

/// How a page was asked for, which a browser tells the site.
#[derive(Clone, Copy)]
enum From<'a> {
    /// By an address typed in, or a link in a mail.
    Outside,
    /// From a page of the same site.
    Page(&'a Page),
}

impl Client {
    /// A browser that knows the site at `http://localhost` and this port.
    pub fn new(port: u16) -> Self {
        let http = reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .timeout(Duration::from_secs(60))
            // Well before the site itself lets go of a connection, at which moment a request on it would be lost.
            .pool_idle_timeout(Duration::from_secs(10))
            .resolve("localhost", SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
            .build()
            .unwrap();
        let base = Url::parse(&format!("http://localhost:{port}/")).unwrap();
        Self {
            http,
            base,
            cookies: Mutex::default(),
            refuses_cookies: false,
            always: HeaderMap::new(),
        }
    }

    /// The same, for someone who refuses cookies.
    pub fn without_cookies(port: u16) -> Self {
        Self { refuses_cookies: true, ..Self::new(port) }
    }

    /// The same, with lines that a proxy or an unusual browser adds to every request.
    pub fn with_headers(port: u16, headers: &[(&'static str, &str)]) -> Self {
        let lines = headers.iter().map(|(name, value)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        });
        Self { always: lines.collect(), ..Self::new(port) }
    }

    /// Opens a path of the site, or an address as it stands in a mail. Follows no redirect.
    pub async fn get(&self, address: &str) -> Page {
        self.navigate(Method::GET, address, None, From::Outside).await
    }

    /// Opens an address and goes where it leads.
    pub async fn visit(&self, address: &str) -> Page {
        let page = self.get(address).await;
        self.follow(page).await
    }

    /// Clicks a link of a page, by its text, and goes where it leads.
    pub async fn click(&self, page: &Page, text: &str) -> Page {
        let next = self.navigate(Method::GET, &page.link(text), None, From::Page(page)).await;
        self.follow(next).await
    }

    /// Goes where a page leads, if it is a redirect, at most ten times.
    pub async fn follow(&self, mut page: Page) -> Page {
        for _ in 0..10 {
            let Some(next) =
                page.headers.get(LOCATION).filter(|_| (300..400).contains(&page.status))
            else {
                return page;
            };
            let next = next.to_str().unwrap().to_owned();
            page = self.navigate(Method::GET, &next, None, From::Page(&page)).await;
        }
        assert!(page.status < 300, "{} leads round in circles", page.url);
        page
    }

    /// Fills in the form of a page and sends it. Follows no redirect.
    pub async fn submit(&self, page: &Page, css: &str, values: &[(&str, &str)]) -> Page {
        let mut form = page.form(css);
        for (name, value) in values {
            form.set(name, value);
        }
        self.send(page, &form).await
    }

    /// Fills in the form of a page, sends it and goes where that leads.
    pub async fn submit_and_follow(&self, page: &Page, css: &str, values: &[(&str, &str)]) -> Page {
        let answer = self.submit(page, css, values).await;
        self.follow(answer).await
    }

    /// Sends a form of a page as it is filled in.
    pub async fn send(&self, page: &Page, form: &Form) -> Page {
        if form.method == "POST" {
            return self
                .navigate(Method::POST, &form.action, Some(form.encoded()), From::Page(page))
                .await;
        }
        let path = form.action.split('?').next().unwrap_or_default();
        let address = format!("{path}?{}", form.encoded());
        self.navigate(Method::GET, &address, None, From::Page(page)).await
    }

    /// Chooses a file in the form of a page and sends it. Follows no redirect.
    pub async fn attach(&self, page: &Page, css: &str, name: &str, content: &[u8]) -> Page {
        let form = page.form(css);
        let body = form.in_parts(("file", name, content));
        self.post_parts(&form.action, body).await
    }

    /// The same, and goes where that leads.
    pub async fn attach_and_follow(
        &self,
        page: &Page,
        css: &str,
        name: &str,
        content: &[u8],
    ) -> Page {
        let answer = self.attach(page, css, name, content).await;
        self.follow(answer).await
    }

    /// Posts the body of a form that brings a file, from the same site.
    pub async fn post_parts(&self, address: &str, body: Vec<u8>) -> Page {
        let headers = [("content-type", MULTIPART), ("sec-fetch-site", "same-origin")];
        self.raw(Method::POST, address, &headers, body).await
    }

    /// Fetches a file: the status, the headers, and every byte.
    pub async fn fetch(&self, address: &str) -> (u16, HeaderMap, Vec<u8>) {
        let mut headers = HeaderMap::new();
        headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
        let (_, status, headers, bytes) = self.ask(Method::GET, address, headers, Vec::new()).await;
        (status, headers, bytes)
    }

    /// Posts fields that no form of the site offers, as an attacker with a console would, from the same site.
    pub async fn post(&self, address: &str, fields: &[(&str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
        ];
        self.raw(Method::POST, address, &headers, body.into_bytes()).await
    }

    /// Sends whatever is given, with this browser's cookies and nothing else of a browser.
    pub async fn raw(
        &self,
        method: Method,
        address: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Page {
        let mut lines = HeaderMap::new();
        for (name, value) in headers {
            lines.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        self.request(method, address, lines, body).await
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// Plants a cookie, as somebody who stole one would.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    /// Closes the browser: session cookies are gone.
    pub fn forget_cookies(&self) {
        self.cookies.lock().unwrap().clear();
    }

    async fn navigate(
        &self,
        method: Method,
        address: &str,
        body: Option<String>,
        from: From<'_>,
    ) -> Page {
        let mut headers = HeaderMap::new();
        let mut line = |name: &'static str, value: &str| {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        };
        line("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
        line("sec-fetch-mode", "navigate");
        line("sec-fetch-dest", "document");
        line("sec-fetch-site", if matches!(from, From::Outside) { "none" } else { "same-origin" });
        if body.is_some() {
            line(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded");
            // A page that asks for no referrer makes the origin of its forms unknown.
            let hidden = matches!(from, From::Page(page) if page.header("referrer-policy") == Some("no-referrer"));
            line("origin", if hidden { "null" } else { self.base.as_str().trim_end_matches('/') });
        }
        let address = match from {
            From::Page(page) => {
                self.base.join(&page.url).unwrap().join(address).unwrap().to_string()
            }
            From::Outside => address.to_owned(),
        };
        self.request(method, &address, headers, body.unwrap_or_default().into_bytes()).await
    }

    async fn ask(
        &self,
        method: Method,
        address: &str,
        mut headers: HeaderMap,
        body: Vec<u8>,
    ) -> (Url, u16, HeaderMap, Vec<u8>) {
        let url = self.base.join(address).unwrap();
        assert_eq!(url.origin(), self.base.origin(), "{address} leads away from the site");
        headers.extend(self.always.clone());
        let cookies = self.cookie_line();
        if let Some(cookies) = cookies {
            headers.insert(COOKIE, cookies.parse().unwrap());
        }
        let sent = self.http.request(method, url.clone()).headers(headers).body(body).send().await;
        let answer =
            sent.unwrap_or_else(|error| panic!("the site does not answer {url}: {error:?}"));
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        for line in headers.get_all(SET_COOKIE) {
            self.keep(line.to_str().unwrap());
        }
        let bytes = answer.bytes().await.unwrap().to_vec();
        (url, status, headers, bytes)
    }

    async fn request(
        &self,
        method: Method,
        address: &str,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Page {
        let (url, status, headers, bytes) = self.ask(method, address, headers, body).await;
        // A file to keep is no text; what is shown is.
        let is_file = headers.contains_key(reqwest::header::CONTENT_DISPOSITION);
        let html = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) if is_file => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            Err(error) => panic!("{address} is not UTF-8: {error}"),
        };
        let path =
            url.query().map_or(url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        Page { status, headers, url: path, html }
    }

    fn cookie_line(&self) -> Option<String> {
        let cookies = self.cookies.lock().unwrap();
        let pairs: Vec<String> =
            cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Keeps a cookie or drops one, by the rules of a browser. Cookies that are `Secure` are taken over plain HTTP,
    /// since this machine is `localhost`.
    fn keep(&self, line: &str) {
        let mut parts = line.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let attributes: BTreeMap<String, String> = parts
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .map(|(key, value)| (key.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let attribute = |key: &str| attributes.get(key).map(String::as_str);
        let bound_to_host = attribute("secure").is_some()
            && attribute("path") == Some("/")
            && attribute("domain").is_none();
        if self.refuses_cookies || (name.starts_with("__Host-") && !bound_to_host) {
            return;
        }
        let mut cookies = self.cookies.lock().unwrap();
        let is_over = attribute("max-age").is_some_and(|age| age.starts_with('-') || age == "0")
            || attribute("expires").is_some_and(|day| day.contains(" 1970 "));
        if is_over || value.is_empty() {
            cookies.remove(name);
        } else {
            cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}
