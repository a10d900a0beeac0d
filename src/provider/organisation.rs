//! The organisation's own sign-in: OpenID Connect with discovery, PKCE, state and nonce.
//!
//! What the provider says of itself is asked for at each sign-in, so that a key it changed is known at once. An identity
//! token is checked by the library: signature, issuer, audience, nonce and time.

use std::time::Duration;

use chrono::{DateTime, Utc};
use oauth2::RequestTokenError;
use openidconnect::core::{
    CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreErrorResponseType, CoreProviderMetadata,
};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, DiscoveryError, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, Scope, StandardErrorResponse, TokenResponse,
};
use secrecy::ExposeSecret;
use url::Url;

use super::http::{Http, ProviderError};
use crate::config::OidcSettings;
use crate::domain::secret::Secret;

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The path to which the provider sends people back.
const BACK: &str = "/staff/sign-in/organisation/return";

/// The organisation's own sign-in, as the settings describe it.
#[derive(Clone)]
pub struct Organisation {
    settings: OidcSettings,
    issuer: IssuerUrl,
    origin: String,
    back: RedirectUrl,
    http: Http,
}

/// What ties a coming back to a setting out.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub struct Ties {
    /// Against a coming back that was set out by somebody else.
    pub state: String,
    /// Against an identity token that was made for another sign-in.
    pub nonce: String,
    /// Against a code that somebody overheard.
    pub verifier: String,
}

/// Whom the provider says somebody is.
#[derive(Clone)]
pub struct Identity {
    /// Provider and identifier: together they name one account for ever.
    pub subject: Secret,
    /// The address, where the provider says that it verified it.
    pub email: Option<Secret>,
    /// The name, where it gives one.
    pub name: Option<Secret>,
    /// When the person last signed in there, UTC, where the provider says so. It may be long ago: a browser that is
    /// signed in there is sent back without a question.
    pub authenticated_at: Option<DateTime<Utc>>,
}

impl Organisation {
    /// The organisation's sign-in for a site at an address.
    ///
    /// # Errors
    /// [`ProviderError::Setting`] when an address can't be used.
    pub fn new(settings: &OidcSettings, base_url: &str) -> Result<Self, ProviderError> {
        let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(|_| ProviderError::Setting)?;
        let back = format!("{}{BACK}", base_url.trim_end_matches('/'));
        Ok(Self {
            settings: settings.clone(),
            origin: issuer.url().origin().ascii_serialization(),
            issuer,
            back: RedirectUrl::new(back).map_err(|_| ProviderError::Setting)?,
            http: Http::default(),
        })
    }

    /// What it is called on pages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Whether somebody with an address of an allowed domain gets an account without an invitation, with no roles.
    #[must_use]
    pub const fn creates(&self) -> bool {
        self.settings.create
    }

    /// Whether an address is of an allowed domain; without a list, every one is.
    #[must_use]
    pub fn allows(&self, email: &str) -> bool {
        let domain = email.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
        let allowed = &self.settings.allowed_domains;
        allowed.is_empty() || domain.is_some_and(|domain| allowed.contains(&domain))
    }

    /// Whether what the provider says counts as a fresh proof although it does not say when the person signed in.
    #[must_use]
    pub const fn counts_as_fresh(&self) -> bool {
        self.settings.counts_as_fresh
    }

    /// Whether there is a list of allowed domains.
    #[must_use]
    pub fn has_domains(&self) -> bool {
        !self.settings.allowed_domains.is_empty()
    }

    /// The origin to which the form that begins a sign-in leads on.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Where somebody is sent; `anew` when they are to be asked who they are even if they are signed in there.
    ///
    /// # Errors
    /// What the provider does wrong; [`ProviderError::Setting`] when it wants people at another origin than its own,
    /// to which a page of ours may not lead.
    pub fn authorize(&self, ties: &Ties, anew: bool) -> Result<Url, ProviderError> {
        let verifier = PkceCodeVerifier::new(ties.verifier.clone());
        let (state, nonce) = (CsrfToken::new(ties.state.clone()), Nonce::new(ties.nonce.clone()));
        let client = self.client()?;
        let mut request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce)
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        if anew {
            // An age obliges the provider to say when the person signed in.
            request = request.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO);
        }
        let (address, ..) = request.url();
        if address.origin().ascii_serialization() == self.origin {
            Ok(address)
        } else {
            Err(ProviderError::Setting)
        }
    }

    /// Asks who it is that came back with a code.
    ///
    /// # Errors
    /// [`ProviderError::Refused`] when the provider does not take the code; [`ProviderError::Nonsense`] when its token
    /// is not for this sign-in; the others when it gives no answer of use.
    pub fn who(
        &self,
        code: &str,
        ties: &Ties,
        now: DateTime<Utc>,
    ) -> Result<Identity, ProviderError> {
        let client = self.client()?;
        let token = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|_| ProviderError::Nonsense)?
            .set_pkce_verifier(PkceCodeVerifier::new(ties.verifier.clone()))
            .request(&self.http)
            .map_err(of_exchange)?;
        let verifier = client.id_token_verifier().set_time_fn(move || now);
        let id_token = token.id_token().ok_or(ProviderError::Nonsense)?;
        let claims = id_token
            .claims(&verifier, &Nonce::new(ties.nonce.clone()))
            .map_err(|_| ProviderError::Nonsense)?;
        let email = claims.email().filter(|_| claims.email_verified() == Some(true));
        let name = claims.name().and_then(|name| name.get(None));
        let subject = format!("{}\n{}", self.issuer.as_str(), claims.subject().as_str());
        Ok(Identity {
            subject: Secret::new(subject),
            email: email.map(|email| Secret::new(email.as_str())),
            name: name.map(|name| Secret::new(name.as_str())),
            authenticated_at: claims.auth_time(),
        })
    }

    fn client(&self) -> Result<Client, ProviderError> {
        let found = CoreProviderMetadata::discover(&self.issuer, &self.http);
        let found = found.map_err(|error| match error {
            DiscoveryError::Request(error) => error,
            DiscoveryError::Response(status, ..) => ProviderError::Failed(status.as_u16()),
            _ => ProviderError::Nonsense,
        })?;
        let secret = ClientSecret::new(self.settings.client_secret.expose_secret().to_owned());
        let id = ClientId::new(self.settings.client_id.clone());
        Ok(CoreClient::from_provider_metadata(found, id, Some(secret))
            .set_redirect_uri(self.back.clone()))
    }
}

fn of_exchange(
    error: RequestTokenError<ProviderError, StandardErrorResponse<CoreErrorResponseType>>,
) -> ProviderError {
    match error {
        RequestTokenError::ServerResponse(_) => ProviderError::Refused,
        RequestTokenError::Request(error) => error,
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => ProviderError::Nonsense,
    }
}
