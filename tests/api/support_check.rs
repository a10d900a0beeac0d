//! The browser of the tests keeps the rules of a browser, or the journeys would prove nothing.

use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use reqwest::Method;

use crate::support::client::Client;

/// Answers with what was sent.
async fn echo(request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let header = |name: &str| {
        let value = request.headers().get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default().to_owned()
    };
    let sent = ["sec-fetch-site", "origin", "content-type", "cookie"]
        .map(|name| format!("{name}: {}", header(name)));
    let body = String::from_utf8_lossy(&body);
    HttpResponse::Ok().body(format!(
        "{} {}\n{}\n{body}",
        request.method(),
        request.uri(),
        sent.join("\n")
    ))
}

async fn cookies() -> HttpResponse {
    let mut answer = HttpResponse::build(StatusCode::SEE_OTHER);
    for cookie in [
        "__Host-good=1; Secure; HttpOnly; Path=/; SameSite=Lax",
        "__Host-open=1; Path=/",
        "__Host-wide=1; Secure; Path=/; Domain=localhost",
        "__Host-deep=1; Secure; Path=/staff",
        "plain=a=b",
    ] {
        answer.append_header(("Set-Cookie", cookie));
    }
    answer.append_header(("Location", "/echo?x=1")).finish()
}

async fn sign_out() -> HttpResponse {
    let over = "__Host-good=; Secure; Path=/; Max-Age=0";
    HttpResponse::SeeOther()
        .append_header(("Set-Cookie", over))
        .append_header(("Location", "echo"))
        .finish()
}

async fn form() -> HttpResponse {
    HttpResponse::Ok().append_header(("Referrer-Policy", "no-referrer")).body(
        r#"<form method="post" action="/echo?id=7"><textarea name="text"></textarea></form>
        <form id="search" action="echo?old=1"><input name="q" value="x"></form><a href="echo">On</a>"#,
    )
}

async fn round() -> HttpResponse {
    HttpResponse::SeeOther().append_header(("Location", "/round")).finish()
}

/// A small site, and a browser that knows it.
fn site() -> (u16, Client) {
    let server = HttpServer::new(|| {
        App::new()
            .route("/echo", web::route().to(echo))
            .route("/cookies", web::get().to(cookies))
            .route("/sign-out", web::get().to(sign_out))
            .route("/form", web::get().to(form))
            .route("/round", web::get().to(round))
    });
    let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
    let port = server.addrs().first().unwrap().port();
    tokio::spawn(server.run());
    (port, Client::new(port))
}

#[tokio::test]
async fn cookies_are_kept_and_dropped_as_a_browser_does() {
    let (port, client) = site();
    let page = client.visit("/cookies").await.expect(200);
    assert_eq!(page.url, "/echo?x=1");
    assert!(page.html.contains("cookie: __Host-good=1; plain=a=b\n"), "{}", page.html);
    assert_eq!(client.cookie("__Host-good").as_deref(), Some("1"));
    let page = client.visit("/sign-out").await;
    assert!(page.html.contains("cookie: plain=a=b\n"), "{}", page.html);
    client.set_cookie("stolen", "2");
    assert!(client.get("/echo").await.html.contains("stolen=2"));
    client.forget_cookies();
    assert!(client.get("/echo").await.html.contains("cookie: \n"));

    let refuser = Client::without_cookies(port);
    assert!(refuser.visit("/cookies").await.html.contains("cookie: \n"));
}

#[tokio::test]
async fn forms_are_sent_as_a_browser_does() {
    let (_, client) = site();
    let page = client.get("/form").await.expect(200);
    let sent = client.submit_and_follow(&page, "form", &[("text", "a & b\nc")]).await.html;
    assert!(
        sent.starts_with("POST /echo?id=7\nsec-fetch-site: same-origin\norigin: null\n"),
        "{sent}"
    );
    assert!(sent.ends_with("\ntext=a+%26+b%0D%0Ac"), "{sent}");
    let sent = client.submit(&page, "#search", &[("q", "y z")]).await.html;
    assert!(sent.starts_with("GET /echo?q=y+z\nsec-fetch-site: same-origin\n"), "{sent}");
    assert!(
        client
            .click(&page, "On")
            .await
            .html
            .starts_with("GET /echo\nsec-fetch-site: same-origin\n")
    );
}

#[tokio::test]
async fn addresses_of_mails_are_opened_from_outside() {
    let (port, client) = site();
    let page = client.get(&format!("http://localhost:{port}/echo?t=1")).await;
    assert_eq!(page.url, "/echo?t=1");
    assert!(page.html.contains("sec-fetch-site: none\norigin: \n"), "{}", page.html);
    let page = client.post("/echo", &[("unasked", "1")]).await;
    assert!(page.html.ends_with("unasked=1") && page.html.contains("same-origin"), "{}", page.html);
    let page = client
        .raw(Method::PUT, "/echo", &[("sec-fetch-site", "cross-site")], b"\xff".to_vec())
        .await;
    assert!(page.html.starts_with("PUT") && page.html.contains("cross-site"), "{}", page.html);
    assert_eq!(
        page.header("content-length").map(|length| length.parse::<usize>().unwrap()),
        Some(page.html.len())
    );
}

#[tokio::test]
#[should_panic(expected = "circles")]
async fn a_redirect_that_never_ends_fails() {
    site().1.visit("/round").await;
}

#[tokio::test]
#[should_panic(expected = "leads away from the site")]
async fn the_site_never_sends_people_elsewhere_unnoticed() {
    site().1.get("http://elsewhere.example/").await;
}
