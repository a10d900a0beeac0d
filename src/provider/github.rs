//! Sign-in with GitHub, or with a GitHub Enterprise Server: OAuth 2 with PKCE and state.
//!
//! No scope is asked for. The username and the numeric id of an account are public, and nothing else is wanted: the
//! e-mail address is confirmed by a mail of our own.

use oauth2::basic::BasicClient;
use oauth2::http::{Request, header};
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, TokenResponse, TokenUrl,
};
use secrecy::ExposeSecret;
use serde::Deserialize;
use url::Url;

use super::http::{Http, ProviderError};
use crate::config::GitHubSettings;
use crate::domain::identity::Item;
use crate::domain::secret::Secret;

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// GitHub, as the settings describe it.
#[derive(Clone)]
pub struct GitHub {
    client: Client,
    user: String,
    base_url: String,
    origin: String,
    http: Http,
}

/// Whom GitHub says somebody is. Usernames change hands: the numeric id is who it is.
#[derive(Clone)]
pub struct GitHubUser {
    /// The numeric id, as decimal digits.
    pub id: Secret,
    /// The username.
    pub username: Secret,
}

/// What is read of GitHub's answer about an account. There is more in it, and the rest is not kept.
#[derive(Deserialize)]
struct Answer {
    id: u64,
    login: String,
}

impl GitHub {
    /// GitHub for a site at an address.
    ///
    /// # Errors
    /// [`ProviderError::Setting`] when an address can't be used.
    pub fn new(settings: &GitHubSettings, base_url: &str) -> Result<Self, ProviderError> {
        let wrong = |_| ProviderError::Setting;
        let base = settings.base_url.trim_end_matches('/');
        let authorize = AuthUrl::new(format!("{base}/login/oauth/authorize")).map_err(wrong)?;
        let token = TokenUrl::new(format!("{base}/login/oauth/access_token")).map_err(wrong)?;
        let origin = authorize.url().origin().ascii_serialization();
        let client = BasicClient::new(ClientId::new(settings.client_id.clone()))
            .set_client_secret(ClientSecret::new(settings.client_secret.expose_secret().to_owned()))
            .set_auth_uri(authorize)
            .set_token_uri(token)
            // GitHub reads the secret from the body.
            .set_auth_type(oauth2::AuthType::RequestBody);
        let user = format!("{}/user", settings.api_url.trim_end_matches('/'));
        Ok(Self {
            client,
            user,
            base_url: base_url.trim_end_matches('/').to_owned(),
            origin,
            http: Http::default(),
        })
    }

    /// The origin to which the form that begins a sign-in leads on.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Where somebody is sent. `back` is the path of this site to which GitHub sends them back; `choose` when they are to
    /// be shown which account they come with, even if only one is signed in there.
    ///
    /// # Errors
    /// [`ProviderError::Setting`] when the address of this site can't be used.
    pub fn authorize(
        &self,
        back: &str,
        (state, verifier): (&str, &str),
        choose: bool,
    ) -> Result<Url, ProviderError> {
        let verifier = PkceCodeVerifier::new(verifier.to_owned());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        let state = CsrfToken::new(state.to_owned());
        let request = self
            .client
            .authorize_url(move || state)
            .set_redirect_uri(std::borrow::Cow::Owned(self.back(back)?))
            .set_pkce_challenge(challenge);
        let request =
            if choose { request.add_extra_param("prompt", "select_account") } else { request };
        Ok(request.url().0)
    }

    /// Asks who it is that came back with a code.
    ///
    /// # Errors
    /// [`ProviderError::Refused`] when GitHub does not take the code; the others when it gives no answer of use.
    pub fn who(&self, back: &str, code: &str, verifier: &str) -> Result<GitHubUser, ProviderError> {
        let token = self
            .client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_redirect_uri(std::borrow::Cow::Owned(self.back(back)?))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()))
            .request(&self.http)
            .map_err(of_exchange)?;
        // The token goes no further than this request, and is kept nowhere.
        let bearer = format!("Bearer {}", token.access_token().secret());
        let request = Request::get(&self.user)
            .header(header::ACCEPT, "application/vnd.github+json")
            .header(header::AUTHORIZATION, bearer)
            .header("X-GitHub-Api-Version", "2022-11-28")
            .body(Vec::new())
            .map_err(|_| ProviderError::Nonsense)?;
        let answer = self.http.send(request)?;
        match answer.status().as_u16() {
            200 => read(answer.body()),
            status => Err(ProviderError::Failed(status)),
        }
    }

    fn back(&self, path: &str) -> Result<RedirectUrl, ProviderError> {
        RedirectUrl::new(format!("{}{path}", self.base_url)).map_err(|_| ProviderError::Setting)
    }
}

fn of_exchange(
    error: RequestTokenError<ProviderError, oauth2::basic::BasicErrorResponse>,
) -> ProviderError {
    match error {
        RequestTokenError::ServerResponse(_) => ProviderError::Refused,
        RequestTokenError::Request(error) => error,
        // GitHub says that a code is wrong with status 200.
        RequestTokenError::Parse(_, body)
            if serde_json::from_slice::<oauth2::basic::BasicErrorResponse>(&body).is_ok() =>
        {
            ProviderError::Refused
        }
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => ProviderError::Nonsense,
    }
}

fn read(body: &[u8]) -> Result<GitHubUser, ProviderError> {
    let answer: Answer = serde_json::from_slice(body).map_err(|_| ProviderError::Nonsense)?;
    let name = answer.login.as_str();
    // An Enterprise server may have underscores in its names.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_name = !name.is_empty() && name.bytes().all(is_plain);
    if answer.id == 0 || !is_name || Item::GithubUsername.fits(name).is_err() {
        return Err(ProviderError::Nonsense);
    }
    Ok(GitHubUser { id: Secret::new(answer.id.to_string()), username: Secret::new(answer.login) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;

    fn github() -> GitHub {
        let settings = GitHubSettings {
            client_id: "Iv1.invented".to_owned(),
            client_secret: SecretString::from("very secret"),
            base_url: "https://github.example/".to_owned(),
            api_url: "https://github.example/api/v3".to_owned(),
        };
        GitHub::new(&settings, "https://grants.example").unwrap()
    }

    #[test]
    fn the_address_asks_for_nothing_but_who_it_is() {
        let verifier = "v".repeat(43);
        let address = github().authorize("/sign-in/github/return", ("the-state", &verifier), false);
        let address = address.unwrap();
        assert_eq!(address.origin().ascii_serialization(), github().origin());
        let pairs: std::collections::BTreeMap<String, String> =
            address.query_pairs().into_owned().collect();
        assert_eq!(address.path(), "/login/oauth/authorize");
        assert_eq!(pairs["state"], "the-state");
        assert_eq!(pairs["code_challenge_method"], "S256");
        assert_eq!(pairs["redirect_uri"], "https://grants.example/sign-in/github/return");
        assert!(!pairs.contains_key("scope"), "{pairs:?}");
        assert!(!pairs.contains_key("prompt"), "{pairs:?}");
        let back = "/prove/github/return";
        let address = github().authorize(back, ("the-state", &verifier), true).unwrap();
        assert!(address.query().unwrap().contains("prompt=select_account"), "{address}");
        assert!(!address.as_str().contains("secret") && !address.as_str().contains(&verifier));
    }

    #[test]
    fn of_an_account_two_things_are_read() {
        let long = r#"{"login":"ferris-crab","id":583231,"avatar_url":"https://x.example/a.png","name":"Ferris","email":"f@x.example"}"#;
        let user = read(long.as_bytes()).unwrap();
        assert_eq!((user.id.expose(), user.username.expose()), ("583231", "ferris-crab"));
        for nonsense in [
            "",
            "null",
            "[]",
            r#"{"login":"ferris"}"#,
            r#"{"login":"ferris","id":"583231"}"#,
            r#"{"login":"ferris","id":-1}"#,
            r#"{"login":"ferris","id":0}"#,
            r#"{"login":"","id":1}"#,
            r#"{"login":"a\r\nb","id":1}"#,
            r#"{"login":"<b>","id":1}"#,
            r#"{"login":"aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd","id":1}"#,
        ] {
            assert_eq!(
                read(nonsense.as_bytes()).err(),
                Some(ProviderError::Nonsense),
                "{nonsense}"
            );
        }
    }
}
