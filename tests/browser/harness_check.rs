//! The harness itself: script is off when it is off, barriers are found where there are some, and so on.

use actix_web::{App, HttpResponse, HttpServer, web};
use serde_json::json;

use crate::axe;
use crate::harness::{Browser, Kind};

const GOOD: &str = r#"<!doctype html><html lang="en"><head><title>A form</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css"><script src="/script.js" defer></script></head>
<body><main><h1>A form</h1><p id="script">without script</p><p id="scheme"><span class="dark">dark</span></p>
<form method="get" action="/"><p><label for="name">Name</label> <input id="name" name="name"></p>
<p><input type="checkbox" id="agree" name="agree" value="yes"> <label for="agree">I agree</label></p>
<p><button name="action" value="go">Go on</button></p></form><p><a href="/bad">To the bad page</a></p></main></body></html>"#;

const BAD: &str = r#"<!doctype html><html><head><title></title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width"></head><body>
<hr width="2000"><input name="nameless"><script>document.title = "inline"</script></body></html>"#;

const STYLE: &str = ".dark { display: none } @media (prefers-color-scheme: dark) \
                     { .dark { display: inline } body { background: #111; color: #eee } a { color: #9cf } }";
const SCRIPT: &str = "document.querySelector('#script').textContent = 'with script'";

/// As strict as the site itself.
fn answer(kind: &'static str, body: &'static str) -> HttpResponse {
    let policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; form-action 'self'";
    HttpResponse::Ok()
        .insert_header(("Content-Security-Policy", policy))
        .content_type(kind)
        .body(body)
}

fn site() -> String {
    let server = HttpServer::new(|| {
        App::new()
            .route("/", web::get().to(|| async { answer("text/html", GOOD) }))
            .route("/bad", web::get().to(|| async { answer("text/html", BAD) }))
            .route("/style.css", web::get().to(|| async { answer("text/css", STYLE) }))
            .route("/script.js", web::get().to(|| async { answer("text/javascript", SCRIPT) }))
    });
    let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
    let port = server.addrs().first().unwrap().port();
    tokio::spawn(server.run());
    format!("http://localhost:{port}/")
}

#[tokio::test]
async fn a_phone_without_script_runs_none_and_fills_in_a_form() {
    let url = site();
    let browser = Browser::start(Kind::PHONE_WITHOUT_SCRIPT).await;
    browser.open(&url).await;
    assert_eq!(browser.text_of("#script").await, "without script");
    assert_eq!(browser.run("return window.innerWidth", Vec::new()).await, json!(390));
    assert_eq!(browser.overflow().await, 0);
    browser.fill("name", "Zoë").await;
    browser.fill("name", "Ada").await;
    browser.tick("agree", "yes").await;
    browser.press("Go on").await;
    assert_eq!(browser.path().await, "/?name=Ada&agree=yes&action=go");
    browser.follow("To the bad page").await;
    assert_eq!(browser.path().await, "/bad");
    browser.close().await;
}

#[tokio::test]
async fn a_form_is_filled_in_by_keyboard_alone() {
    let url = site();
    let browser = Browser::start(Kind::DESK).await;
    browser.open(&url).await;
    assert_eq!(browser.text_of("#script").await, "with script");
    browser.tab_to("[name=name]").await;
    browser.keys("Ada").await;
    browser.tab_to("[name=agree]").await;
    browser.keys(" ").await;
    browser.tab_to("button").await;
    browser.keys("\u{e007}").await;
    assert_eq!(browser.path().await, "/?name=Ada&agree=yes&action=go");
    browser.close().await;
}

#[tokio::test]
async fn barriers_are_found_where_there_are_some() {
    let url = site();
    let browser = Browser::start(Kind::PHONE).await;
    browser.open(&url).await;
    axe::assert_no_barriers(&browser).await;
    browser.open(&format!("{url}bad")).await;
    let found: Vec<String> = axe::violations(&browser, axe::Rules::All)
        .await
        .into_iter()
        .map(|violation| violation.id)
        .collect();
    for rule in ["document-title", "html-has-lang", "label"] {
        assert!(found.iter().any(|id| id == rule), "{rule} is not among {found:?}");
    }
    browser.resize(390).await;
    assert!(browser.overflow().await > 1000);
    let complaints = browser.complaints().await;
    assert!(
        complaints.iter().any(|line| line.contains("Content Security Policy")),
        "{complaints:?}"
    );
    browser.close().await;
}

#[tokio::test]
async fn a_person_may_prefer_dark_pages() {
    let url = site();
    for (kind, dark) in [(Kind::DESK, false), (Kind::DARK_DESK, true)] {
        let browser = Browser::start(kind).await;
        browser.open(&url).await;
        assert_eq!(browser.shows("#scheme .dark").await, dark, "{kind:?}");
        let picture = tempfile::NamedTempFile::new().unwrap();
        browser.picture(picture.path()).await;
        assert!(picture.as_file().metadata().unwrap().len() > 1000);
        browser.close().await;
    }
}
