//! How requests arrive: by a certificate of the site's own, over a proxy that is trusted, or not at all; and what is too
//! much for any of them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::block;
use almoner::clock::FixedClock;
use almoner::config::{Settings, TlsSettings};
use reqwest::Method;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::support::app::{Home, TestApp};
use crate::support::client::Client;
use crate::support::database::Database;

/// A certificate for `localhost` that signs itself, and its key, both as PEM; and the certificate as it is sent.
fn certificate() -> (String, String, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem(), made.cert.der().clone())
}

/// Puts a certificate where a site finds it.
fn put(folder: &Path, (certificate, key, _): &(String, String, CertificateDer<'static>)) {
    std::fs::write(folder.join("own.pem"), certificate).unwrap();
    std::fs::write(folder.join("own.key"), key).unwrap();
}

fn files(folder: &Path) -> TlsSettings {
    TlsSettings { certificate: folder.join("own.pem"), key: folder.join("own.key") }
}

/// Asks over TLS, trusting one certificate. Answers what came, or that the connection was not trusted.
async fn ask(
    port: u16,
    trusted: &CertificateDer<'static>,
    request: &str,
) -> Result<String, String> {
    let (trusted, request) = (trusted.clone(), request.to_owned());
    let asked = block(move || {
        let mut roots = RootCertStore::empty();
        roots.add(trusted).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let client = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut stream = StreamOwned::new(client, TcpStream::connect(("127.0.0.1", port)).unwrap());
        stream.sock.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request.as_bytes()).map_err(|error| error.to_string())?;
        let mut answer = Vec::new();
        match stream.read_to_end(&mut answer) {
            // It hangs up without a word, as servers do.
            Err(error) if answer.is_empty() => Err(error.to_string()),
            _ => Ok(String::from_utf8_lossy(&answer).into_owned()),
        }
    });
    asked.await.unwrap()
}

const HOME: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

// proves S12
#[actix_web::test]
async fn a_site_with_a_certificate_speaks_https_and_takes_up_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let first = certificate();
    put(folder.path(), &first);
    let app = TestApp::start_with(|settings| settings.tls = Some(files(folder.path()))).await;
    assert!(app.first_admin_link.starts_with("https://localhost:"), "{}", app.first_admin_link);
    let page = ask(app.port(), &first.2, HOME).await.unwrap();
    assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
    assert!(page.contains("strict-transport-security: max-age=63072000"), "{page}");
    // Cookies that are too long are answered by the same page as in clear.
    for length in [132_000, 10 << 20] {
        let long = String::from_utf8(with_cookie(length, true)).unwrap();
        says(&ask(app.port(), &first.2, &long).await.unwrap(), TOO_MUCH.0, TOO_MUCH.1);
    }
    // Who speaks plain HTTP to it is told the address that they want, and nothing else.
    let plain = shout(app.port(), vec![HOME.into()]).await;
    says(&plain, "400", "This page needs a secure connection");
    assert!(plain.contains(&format!("href=\"https://localhost:{}\"", app.port())), "{plain}");

    let second = certificate();
    put(folder.path(), &second);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert!(ask(app.port(), &second.2, HOME).await.unwrap().starts_with("HTTP/1.1 200 "));
    let refused = ask(app.port(), &first.2, HOME).await.unwrap_err();
    assert!(refused.contains("certificate"), "{refused}");

    // One that is of no use changes nothing: half a pair, a file cut short, a file that is gone.
    let third = certificate();
    for harm in 0..3 {
        match harm {
            0 => std::fs::write(folder.path().join("own.pem"), &third.0).unwrap(),
            1 => std::fs::write(folder.path().join("own.pem"), &third.0[..40]).unwrap(),
            _ => std::fs::remove_file(folder.path().join("own.pem")).unwrap(),
        }
        tokio::time::sleep(Duration::from_millis(1100)).await;
        assert!(ask(app.port(), &second.2, HOME).await.unwrap().starts_with("HTTP/1.1 200 "));
    }
    put(folder.path(), &third);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert!(ask(app.port(), &third.2, HOME).await.unwrap().starts_with("HTTP/1.1 200 "));
    app.stop().await;
}

async fn refused_start(tls: TlsSettings) -> String {
    let (home, clock) = (Home::new(), FixedClock::at(TestApp::first_morning()));
    let settings = Settings { tls: Some(tls), ..home.settings(&clock) };
    match TestApp::start_in(home, settings, clock).await {
        Ok(_) => panic!("it must not start"),
        Err(error) => error.to_string(),
    }
}

#[actix_web::test]
async fn a_certificate_that_is_of_no_use_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let error = refused_start(files(folder.path())).await;
    assert!(error.contains("own.pem") && error.contains("PEM file"), "{error}");
    let (one, other) = (certificate(), certificate());
    put(folder.path(), &(one.0, other.1, other.2));
    let error = refused_start(files(folder.path())).await;
    assert!(error.contains("own.pem") && error.contains("own.key"), "{error}");
    std::fs::write(folder.path().join("own.key"), "-----BEGIN NONSENSE-----").unwrap();
    let error = refused_start(files(folder.path())).await;
    assert!(error.contains("own.key") && error.contains("as a key"), "{error}");
}

async fn behind(trusted: &str) -> TestApp {
    TestApp::start_with(|settings| {
        settings.trusted_proxies = vec![trusted.parse().unwrap()];
        settings.base_url = Some("https://grants.example".to_owned());
    })
    .await
}

// proves S12
#[actix_web::test]
async fn what_a_proxy_took_in_clear_is_sent_to_https_or_refused() {
    let app = behind("127.0.0.1").await;
    let secure = Client::with_headers(app.port(), &[("x-forwarded-proto", "https")]);
    secure.get("/sign-in").await.expect(200);
    let clear = Client::with_headers(app.port(), &[("x-forwarded-proto", "http")]);
    let moved = clear.get("/privacy?x=%2F").await.expect(308);
    assert_eq!(moved.header("location"), Some("https://grants.example/privacy?x=%2F"));
    assert!(moved.header("content-security-policy").is_some());
    let headers = [("sec-fetch-site", "same-origin"), ("x-forwarded-host", "evil.example")];
    let moved = clear.raw(Method::GET, "/staff", &headers, Vec::new()).await.expect(308);
    assert_eq!(moved.header("location"), Some("https://grants.example/staff"));
    let mut database = Database::open(&app.settings.database);
    let before = database.counts();
    let page = clear.post("/sign-in", &[("email", "kim@mail.example")]).await.expect(403);
    assert_eq!(page.text_of("h1"), "This page needs a secure connection");
    assert!(!page.html.contains("kim@mail.example"));
    assert_eq!(database.counts(), before);
    clear.get("/healthz").await.expect(200);
    app.stop().await;
}

#[actix_web::test]
async fn who_is_no_proxy_is_not_believed() {
    let app = behind("192.0.2.1").await;
    let liar = [("x-forwarded-proto", "http"), ("x-forwarded-for", "203.0.113.9")];
    Client::with_headers(app.port(), &liar).get("/sign-in").await.expect(200);
    app.stop().await;
}

/// Sends without regard for what comes back, and answers what came until the connection ended.
async fn shout(port: u16, parts: Vec<Vec<u8>>) -> String {
    let heard = block(move || {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        for part in parts {
            if stream.write_all(&part).is_err() {
                break;
            }
        }
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    });
    heard.await.unwrap()
}

/// One answer, whole: the page that is expected, with the headers that stand on every page, and nothing of what was sent.
fn says(heard: &str, status: &str, title: &str) {
    let (head, body) = heard.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{heard:?}"));
    let head = head.to_lowercase();
    assert!(head.starts_with(&format!("http/1.1 {status} ")), "{head}");
    for line in [
        "content-type: text/html; charset=utf-8",
        "content-security-policy: default-src 'none';",
        "strict-transport-security: max-age=63072000",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "x-frame-options: deny",
        "cache-control: no-store",
        "connection: close",
        "date: ",
    ] {
        assert!(head.contains(&format!("\r\n{line}")), "{line} is not in {head}");
    }
    assert!(head.contains(&format!("\r\ncontent-length: {}\r\n", body.len())), "{head}");
    assert!(body.contains(&format!("<h1>{title}</h1>")), "{body}");
    assert!(body.ends_with("</html>"), "{body}");
    assert!(!heard.to_lowercase().contains("canary"), "{heard}");
}

const TOO_MUCH: (&str, &str) = ("431", "Your browser sent too much");

/// A request with a cookie of some length. `end` says whether its head ever ends.
fn with_cookie(length: usize, end: bool) -> Vec<u8> {
    let mut head = b"GET /canary HTTP/1.1\r\nHost: localhost\r\nCookie: a=canary".to_vec();
    head.resize(head.len() + length, b'x');
    if end {
        head.extend(b"\r\n\r\n");
    }
    head
}

#[actix_web::test]
async fn cookies_of_any_length_are_answered_by_one_page() {
    let app = TestApp::start().await;
    let browser = app.browser();
    browser.set_cookie("other", &"x".repeat(20_000));
    browser.get("/").await.expect(200);
    browser.set_cookie("other", &"x".repeat(40_000));
    let page = browser.get("/").await.expect(431);
    assert_eq!(page.text_of("h1"), "Your browser sent too much");
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    let mut database = Database::open(&app.settings.database);
    let before = database.counts();
    // From just too long for what reads requests, to ten megabytes and more; also where the end never comes.
    for (length, end) in
        [(131_072, true), (132_000, false), (200_000, true), (10 << 20, true), (15 << 20, true)]
    {
        let heard = shout(app.port(), vec![with_cookie(length, end)]).await;
        says(&heard, TOO_MUCH.0, TOO_MUCH.1);
    }
    // Nor is anything said back of what came in very many lines.
    let mut head = "GET /canary HTTP/1.1\r\nHost: localhost\r\n".to_owned();
    head.extend((0..100).map(|nth| format!("X-Canary-{nth}: canary\r\n")));
    let heard = shout(app.port(), vec![(head + "\r\n").into_bytes()]).await;
    says(&heard, TOO_MUCH.0, TOO_MUCH.1);
    // Past what is heard out, the connection ends, and the site goes on.
    let _ = shout(app.port(), vec![with_cookie(40 << 20, true)]).await;
    assert_eq!(database.counts(), before);
    app.browser().get("/").await.expect(200);
    app.stop().await;
}

#[actix_web::test]
async fn what_came_before_on_the_connection_is_answered_first() {
    let app = TestApp::start().await;
    // A page, and a form with a body that is no head, all sent at once: both answers come whole before the last.
    let mut sent = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec();
    let body = format!("email={}", "x".repeat(3000));
    let post = "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    sent.extend(format!("{post}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes());
    sent.extend(with_cookie(1 << 20, true));
    let heard = shout(app.port(), vec![sent]).await;
    assert!(heard.starts_with("HTTP/1.1 200 "), "{heard}");
    let last = heard.rfind("HTTP/1.1 ").unwrap();
    assert_eq!(heard.matches("HTTP/1.1 ").count(), 3, "{heard}");
    says(&heard[last..], TOO_MUCH.0, TOO_MUCH.1);
    app.stop().await;
}

#[actix_web::test]
async fn what_is_no_http_is_answered_by_a_page() {
    let app = TestApp::start().await;
    for sent in
        ["canary\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nBad Name: x\r\n\r\n"]
    {
        let heard = shout(app.port(), vec![sent.into()]).await;
        says(&heard, "400", "That request could not be understood");
    }
    app.stop().await;
}

#[actix_web::test]
async fn what_is_typed_at_a_door_is_short() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let long = "x".repeat(1_000_000);
    for (path, field) in [
        ("/sign-in", "email"),
        ("/sign-in/code", "code"),
        ("/staff/sign-in/mail", "email"),
        ("/staff/sign-in/password", "password"),
        ("/staff/sign-in/code", "code"),
        ("/sign-in", "password"),
    ] {
        let page = browser.post(path, &[(field, &long)]).await.expect(413);
        assert_eq!(page.text_of("h1"), "That was too much text");
        assert!(page.html.len() < 20_000, "it is not given back");
    }
    app.stop().await;
}
