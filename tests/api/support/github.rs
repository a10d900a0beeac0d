//! A GitHub of the tests: it answers as GitHub documents it, and can be made to misbehave.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use almoner::config::{GitHubSettings, Settings};
use data_encoding::BASE64URL_NOPAD;
use secrecy::SecretString;

use super::client::Client;
use super::html::Page;

pub const CLIENT_ID: &str = "Iv23invented";
pub const CLIENT_SECRET: &str = "a-secret-that-no-page-shows";

/// How it behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Well,
    /// The person presses "Cancel".
    Denied,
    /// It does not take the code.
    BadCode,
    /// It answers with what is no JSON.
    Nonsense,
    /// It answers about somebody without an id.
    NoId,
    /// It answers that something is wrong.
    Broken,
}

struct Begun {
    challenge: String,
    back: String,
    user: (u64, String),
}

struct Inner {
    mood: Mood,
    /// Who is signed in there.
    user: (u64, String),
    codes: BTreeMap<String, Begun>,
    tokens: BTreeMap<String, (u64, String)>,
    made: usize,
    /// The paths that were asked for, in order.
    asked: Vec<String>,
}

/// The server. Call [`GitHub::stop`] at the end.
pub struct GitHub {
    port: u16,
    inner: Arc<Mutex<Inner>>,
    handle: ServerHandle,
}

type Data = web::Data<Mutex<Inner>>;
type Pairs = web::Query<BTreeMap<String, String>>;

impl GitHub {
    pub async fn start() -> Self {
        let inner = Arc::new(Mutex::new(Inner {
            mood: Mood::Well,
            user: (0, String::new()),
            codes: BTreeMap::new(),
            tokens: BTreeMap::new(),
            made: 0,
            asked: Vec::new(),
        }));
        let data = web::Data::from(Arc::clone(&inner));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .route("/login/oauth/authorize", web::get().to(authorize))
                .route("/login/oauth/access_token", web::post().to(access_token))
                .route("/api/v3/user", web::get().to(user))
                .route("/api/v3/user/emails", web::get().to(emails))
        });
        let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
        let port = server.addrs()[0].port();
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { port, inner, handle }
    }

    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Sets a site up for it.
    pub fn set_up(&self, settings: &mut Settings) {
        settings.github = Some(GitHubSettings {
            client_id: CLIENT_ID.to_owned(),
            client_secret: SecretString::from(CLIENT_SECRET),
            base_url: self.base(),
            api_url: format!("{}/api/v3", self.base()),
        });
    }

    pub fn sign_in(&self, id: u64, username: &str) {
        self.inner.lock().unwrap().user = (id, username.to_owned());
    }

    pub fn mood(&self, mood: Mood) {
        self.inner.lock().unwrap().mood = mood;
    }

    pub fn asked(&self) -> Vec<String> {
        self.inner.lock().unwrap().asked.clone()
    }

    /// Goes where a form of ours sends on to, as the person's browser would, and answers with the address to which it
    /// is sent back.
    pub async fn agree(&self, answer: &Page) -> String {
        let address = answer.header("location").unwrap_or_else(|| panic!("{}", answer.html));
        assert!(address.starts_with(&self.base()), "{address}");
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        let answer = http.get(address).send().await.unwrap();
        assert_eq!(answer.status(), 302, "{}", answer.text().await.unwrap());
        let back = reqwest::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
        format!("{}?{}", back.path(), back.query().unwrap())
    }

    /// Sends a form of ours that leads there, agrees, and comes back in the same browser.
    pub async fn through(&self, browser: &Client, page: &Page, form: &str) -> Page {
        let sent = browser.submit(page, form, &[]).await.expect(303);
        let back = self.agree(&sent).await;
        browser.visit(&back).await
    }

    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}

async fn authorize(data: Data, query: Pairs) -> HttpResponse {
    let mut inner = data.lock().unwrap();
    inner.asked.push("/login/oauth/authorize".to_owned());
    assert_eq!(query["client_id"], CLIENT_ID);
    assert_eq!(query["response_type"], "code");
    assert_eq!(query["code_challenge_method"], "S256");
    assert!(!query.contains_key("scope"), "nothing but what is public is asked for");
    let back = query["redirect_uri"].clone();
    let pairs = if inner.mood == Mood::Denied {
        vec![
            ("error", "access_denied".to_owned()),
            ("error_description", "The user has denied your application access.".to_owned()),
        ]
    } else {
        inner.made += 1;
        let code = format!("code-number-{}", inner.made);
        let begun = Begun {
            challenge: query["code_challenge"].clone(),
            back: back.clone(),
            user: inner.user.clone(),
        };
        inner.codes.insert(code.clone(), begun);
        vec![("code", code)]
    };
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .append_pair("state", &query["state"])
        .finish();
    HttpResponse::Found().insert_header(("location", format!("{back}?{query}"))).finish()
}

async fn access_token(data: Data, form: web::Form<BTreeMap<String, String>>) -> HttpResponse {
    let mut inner = data.lock().unwrap();
    inner.asked.push("/login/oauth/access_token".to_owned());
    match inner.mood {
        Mood::Nonsense => return HttpResponse::Ok().body("<html>Unicorn!</html>"),
        Mood::Broken => return HttpResponse::BadGateway().body("Unicorn!"),
        _ => {}
    }
    assert_eq!(form["grant_type"], "authorization_code");
    assert_eq!(
        (form["client_id"].as_str(), form["client_secret"].as_str()),
        (CLIENT_ID, CLIENT_SECRET)
    );
    let begun = inner.codes.remove(&form["code"]).filter(|begun| {
        let digest = ring::digest::digest(&ring::digest::SHA256, form["code_verifier"].as_bytes());
        begun.challenge == BASE64URL_NOPAD.encode(digest.as_ref())
            && begun.back == form["redirect_uri"]
    });
    let Some(begun) = begun.filter(|_| inner.mood != Mood::BadCode) else {
        return HttpResponse::Ok().json(serde_json::json!({
            "error": "bad_verification_code",
            "error_description": "The code passed is incorrect or expired.",
            "error_uri": "https://docs.github.example/bad-verification-code",
        }));
    };
    let token = format!("gho_{}", inner.made);
    inner.tokens.insert(token.clone(), begun.user);
    HttpResponse::Ok()
        .json(serde_json::json!({ "access_token": token, "scope": "", "token_type": "bearer" }))
}

async fn user(data: Data, request: HttpRequest) -> HttpResponse {
    let mut inner = data.lock().unwrap();
    inner.asked.push("/user".to_owned());
    let bearer = request.headers().get("authorization").unwrap().to_str().unwrap();
    let user = bearer.strip_prefix("Bearer ").and_then(|token| inner.tokens.get(token)).cloned();
    let Some((id, login)) = user else {
        return HttpResponse::Unauthorized()
            .json(serde_json::json!({ "message": "Bad credentials" }));
    };
    let mut answer = serde_json::json!({
        "login": login,
        "id": id,
        "node_id": "MDQ6VXNlcjE=",
        "avatar_url": "https://avatars.example/u/canary-avatar",
        "gravatar_id": "",
        "url": format!("https://api.github.example/users/{login}"),
        "html_url": format!("https://github.example/{login}"),
        "type": "User",
        "site_admin": false,
        "name": "Canary Display Name",
        "company": null,
        "blog": "",
        "location": "Canary Town",
        "email": "canary@github.example",
        "hireable": null,
        "bio": null,
        "public_repos": 2,
        "followers": 20,
        "following": 0,
        "created_at": "2008-01-14T04:33:35Z",
        "updated_at": "2008-01-14T04:33:35Z",
    });
    if inner.mood == Mood::NoId {
        answer["id"] = serde_json::Value::Null;
    }
    HttpResponse::Ok().json(answer)
}

async fn emails(data: Data) -> HttpResponse {
    data.lock().unwrap().asked.push("/user/emails".to_owned());
    HttpResponse::Ok().json(serde_json::json!([
        { "email": "canary@github.example", "verified": true, "primary": true, "visibility": "public" }
    ]))
}
