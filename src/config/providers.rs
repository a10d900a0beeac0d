//! The settings of providers with which people sign in elsewhere.

use actix_web::http::Uri;

use super::check::{is_this_machine, missing, wrong};
use super::error::ConfigError;
use super::source::Sources;
use super::{GitHubSettings, OidcSettings};

/// Sign-in with GitHub.
pub(super) fn github(sources: &Sources) -> Result<Option<GitHubSettings>, ConfigError> {
    let base_url = provider_url(sources, "github.base_url")?;
    let api_url = provider_url(sources, "github.api_url")?;
    let secret = sources.secret("github.client_secret", "github.client_secret_file")?;
    let (client_id, client_secret) = match (sources.text("github.client_id")?, secret) {
        (Some(client_id), Some((secret, _))) => (client_id, secret),
        (Some(_), None) => return missing("github.client_secret", "github.client_id is given"),
        (None, Some(_)) => return missing("github.client_id", "github.client_secret is given"),
        (None, None) if base_url.is_some() || api_url.is_some() => {
            return missing("github.client_id", "an address of GitHub is given");
        }
        (None, None) => return Ok(None),
    };
    // The API of an Enterprise server is below its own address.
    let api_url = api_url.unwrap_or_else(|| match &base_url {
        Some(own) => format!("{own}/api/v3"),
        None => "https://api.github.com".to_owned(),
    });
    let base_url = base_url.unwrap_or_else(|| "https://github.com".to_owned());
    Ok(Some(GitHubSettings { client_id, client_secret, base_url, api_url }))
}

/// The organisation's own sign-in.
pub(super) fn oidc(sources: &Sources) -> Result<Option<OidcSettings>, ConfigError> {
    let secret = sources.secret("oidc.client_secret", "oidc.client_secret_file")?;
    let Some(issuer) = oidc_issuer(sources)? else {
        let given = [
            "oidc.client_id",
            "oidc.name",
            "oidc.allowed_domains",
            "oidc.create",
            "oidc.counts_as_fresh",
        ];
        let given = given.into_iter().any(|key| sources.get(key).is_some());
        return if given || secret.is_some() {
            missing("oidc.issuer", "other settings of the organisation's sign-in are given")
        } else {
            Ok(None)
        };
    };
    let Some(client_id) = sources.text("oidc.client_id")? else {
        return missing("oidc.client_id", "oidc.issuer is given");
    };
    let Some((client_secret, _)) = secret else {
        return missing("oidc.client_secret", "oidc.issuer is given");
    };
    let allowed = sources.text("oidc.allowed_domains")?.unwrap_or_default();
    let allowed_domains: Vec<String> = allowed
        .split(',')
        .map(|domain| domain.trim().to_lowercase())
        .filter(|domain| !domain.is_empty())
        .collect();
    if allowed_domains.iter().any(|domain| domain.contains(['@', ' ', '*', '/'])) {
        return wrong(sources, "oidc.allowed_domains", "domains, such as \"foundation.example\"");
    }
    let create = sources.truth("oidc.create")?.unwrap_or(false);
    if create && allowed_domains.is_empty() {
        return missing(
            "oidc.allowed_domains",
            "oidc.create would let in whoever has an account there",
        );
    }
    Ok(Some(OidcSettings {
        issuer,
        client_id,
        client_secret,
        name: sources.text("oidc.name")?.unwrap_or_else(|| "your organisation".to_owned()),
        allowed_domains,
        create,
        counts_as_fresh: sources.truth("oidc.counts_as_fresh")?.unwrap_or(false),
    }))
}

/// The issuer as it was written: tokens name it letter by letter, a slash at the end included.
fn oidc_issuer(sources: &Sources) -> Result<Option<String>, ConfigError> {
    match provider_url(sources, "oidc.issuer")? {
        Some(_) => sources.text("oidc.issuer"),
        None => Ok(None),
    }
}

/// An address of a provider, with no slash at the end: https, or of this machine.
fn provider_url(sources: &Sources, key: &'static str) -> Result<Option<String>, ConfigError> {
    let Some(text) = sources.text(key)? else { return Ok(None) };
    let uri: Option<Uri> = text.parse().ok();
    let usable = uri.is_some_and(|uri| {
        let host = uri.host().unwrap_or_default();
        let bare = uri.authority().is_some_and(|own| !own.as_str().contains('@'));
        let safe = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => is_this_machine(host),
            _ => false,
        };
        safe && bare && !host.is_empty() && uri.query().is_none() && !text.contains('#')
    });
    if usable {
        Ok(Some(text.trim_end_matches('/').to_owned()))
    } else {
        wrong(sources, key, "an https address, such as https://github.example")
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{ConfigError, GitHubSettings, Overrides, Settings};
    use secrecy::ExposeSecret;

    fn with(vars: &[(&str, &str)]) -> Result<Option<GitHubSettings>, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let overrides = Overrides { data: Some(folder.path().to_owned()), ..Overrides::default() };
        let vars = vars
            .iter()
            .map(|(name, value)| (format!("ALMONER_GITHUB_{name}"), (*value).to_owned()));
        Settings::from_parts(overrides, vars.collect::<Vec<_>>().into_iter()).map(|own| own.github)
    }

    #[test]
    fn github_is_set_up_whole_or_not_at_all() {
        assert!(with(&[]).unwrap().is_none());
        let whole = [("CLIENT_ID", "Iv1"), ("CLIENT_SECRET", "hunter2")];
        let github = with(&whole).unwrap().unwrap();
        assert_eq!(github.client_secret.expose_secret(), "hunter2");
        assert_eq!(
            (github.base_url.as_str(), github.api_url.as_str()),
            ("https://github.com", "https://api.github.com")
        );
        for part in [whole[0], whole[1], ("BASE_URL", "https://github.example")] {
            assert!(with(&[part]).unwrap_err().to_string().contains("github.client_"), "{part:?}");
        }
        let enterprise = [whole[0], whole[1], ("BASE_URL", "https://github.example/")];
        let github = with(&enterprise).unwrap().unwrap();
        assert_eq!(github.base_url, "https://github.example");
        assert_eq!(github.api_url, "https://github.example/api/v3");
    }

    #[test]
    fn a_provider_is_asked_in_confidence_alone() {
        for bad in [
            "http://github.example",
            "github.example",
            "https://u:p@github.example",
            "https://github.example/?a=b",
            "ftp://localhost",
        ] {
            let given = [("CLIENT_ID", "a"), ("CLIENT_SECRET", "hunter2"), ("BASE_URL", bad)];
            let error = with(&given).unwrap_err().to_string();
            assert!(error.contains("BASE_URL") && !error.contains("hunter2"), "{error}");
        }
        let local =
            [("CLIENT_ID", "a"), ("CLIENT_SECRET", "b"), ("BASE_URL", "http://127.0.0.1:9")];
        assert!(with(&local).is_ok());
    }
}
