//! From what was given to typed settings, one function a part.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;

use actix_web::http::Uri;
use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::EnvFilter;

use super::error::{ConfigError, Origin};
use super::source::Sources;
use super::{
    DEFAULT_PORT, Database, LogFormat, LogSettings, MailSettings, Settings, SmtpLogin,
    SmtpSettings, SmtpTls, TlsSettings,
};
use crate::domain::network::Network;
use crate::inventory::Surfaces;

/// Where to listen. `PORT` gives the port alone: on loopback, or on every address with a certificate or behind a proxy.
pub(super) fn listen(
    sources: &Sources,
    port: Option<(String, String)>,
    settings: &Settings,
) -> Result<SocketAddr, ConfigError> {
    let safe = settings.tls.is_some() || !settings.trusted_proxies.is_empty();
    let listen = match (sources.get("listen"), port) {
        (Some(given), _) => {
            let parsed = given.value.as_str().and_then(|text| text.parse().ok());
            parsed.ok_or_else(|| given.wrong("an address and a port, such as 127.0.0.1:8080"))?
        }
        (None, Some((name, value))) => {
            let port = value.parse().map_err(|_| ConfigError::Wrong {
                origin: Origin::Variable(name),
                value,
                expected: "a port, from 0 to 65535".to_owned(),
            })?;
            let address = if safe { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
            SocketAddr::new(IpAddr::V4(address), port)
        }
        (None, None) => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_PORT),
    };
    if listen.ip().is_loopback() || safe {
        Ok(listen)
    } else {
        Err(ConfigError::PlainHttp { listen })
    }
}

/// The proxies that are believed.
pub(super) fn trusted_proxies(sources: &Sources) -> Result<Vec<Network>, ConfigError> {
    let expected = "a list of addresses and networks: [\"127.0.0.1\", \"10.0.0.0/8\"] in the file, 127.0.0.1,10.0.0.0/8 in a variable";
    let Some(proxies) = sources.list("trusted_proxies", expected)? else { return Ok(Vec::new()) };
    let parsed: Result<Vec<Network>, _> = proxies.iter().map(|proxy| proxy.parse()).collect();
    parsed.or_else(|_| wrong(sources, "trusted_proxies", expected))
}

/// What of the site is served.
pub(super) fn surfaces(sources: &Sources) -> Result<Surfaces, ConfigError> {
    let Some(text) = sources.text("surface")? else { return Ok(Surfaces::ALL) };
    let expected = "\"all\", or any of applicant, staff, finance and assessor between commas";
    text.parse().or_else(|_| wrong(sources, "surface", expected))
}

/// How wide the limits are.
pub(super) fn limits(sources: &Sources) -> Result<NonZeroU32, ConfigError> {
    let expected = "a whole number from 1: how many times as wide as usual the limits are";
    let factor = sources.number::<u32>("limits.factor", expected)?;
    factor.map_or(Ok(NonZeroU32::MIN), |factor| {
        NonZeroU32::new(factor).map_or_else(|| wrong(sources, "limits.factor", expected), Ok)
    })
}

/// A certificate of its own.
pub(super) fn tls(sources: &Sources) -> Result<Option<TlsSettings>, ConfigError> {
    match (sources.path("tls.certificate")?, sources.path("tls.key")?) {
        (Some(certificate), Some(key)) => Ok(Some(TlsSettings { certificate, key })),
        (None, None) => Ok(None),
        (Some(_), None) => missing("tls.key", "tls.certificate is given"),
        (None, Some(_)) => missing("tls.certificate", "tls.key is given"),
    }
}

/// The address people use: scheme and host, with nothing after.
pub(super) fn base_url(sources: &Sources) -> Result<Option<String>, ConfigError> {
    let Some(text) = sources.text("base_url")? else { return Ok(None) };
    let wrong = |expected: &str| match sources.get("base_url") {
        Some(given) => Err(given.wrong(expected)),
        None => Ok(None),
    };
    let Ok(uri) = text.parse::<Uri>() else {
        return wrong("the address people use, such as https://grants.example");
    };
    let host = uri.host().unwrap_or_default();
    let bare = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
        && uri.path() == "/"
        && uri.query().is_none()
        && !text.contains('#');
    match uri.scheme_str() {
        _ if !bare || host.is_empty() => {
            wrong("scheme and host alone, such as https://grants.example, with no path after it")
        }
        Some("https") => Ok(Some(text.trim_end_matches('/').to_owned())),
        Some("http") if is_this_machine(host) => Ok(Some(text.trim_end_matches('/').to_owned())),
        Some("http") => wrong("an https address; http is for localhost alone"),
        _ => wrong("an https address, such as https://grants.example"),
    }
}

pub(super) fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// The database from its address.
pub(super) fn database(address: &SecretString, origin: Origin) -> Result<Database, ConfigError> {
    let text = address.expose_secret();
    match text.split_once(':') {
        Some(("sqlite", rest)) => match rest.strip_prefix("//").unwrap_or(rest) {
            "" => Err(ConfigError::IncompleteDatabase {
                origin,
                expected: "name the file after sqlite:, such as sqlite:/var/lib/almoner/almoner.db",
            }),
            // A database in memory would lose what was acknowledged.
            path if path.starts_with(":memory:") || path.contains('?') => {
                Err(ConfigError::IncompleteDatabase {
                    origin,
                    expected: "after sqlite: comes the path of a file, with no parameters",
                })
            }
            path => Ok(Database::Sqlite(PathBuf::from(path))),
        },
        Some(("postgres" | "postgresql", rest)) => match rest.strip_prefix("//") {
            Some(rest) if !rest.is_empty() => Ok(Database::Postgres(address.clone())),
            _ => Err(ConfigError::IncompleteDatabase {
                origin,
                expected: "write postgres://USER:PASSWORD@HOST/NAME",
            }),
        },
        other => {
            // Only a word that looks like a scheme is shown: anything else could be a password.
            let scheme = other.map(|(scheme, _)| scheme).filter(|scheme| {
                scheme.len() <= 16
                    && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
            });
            Err(ConfigError::UnknownDatabase { origin, scheme: scheme.unwrap_or("?").to_owned() })
        }
    }
}

/// How mail leaves.
pub(super) fn mail(sources: &Sources, defaults: MailSettings) -> Result<MailSettings, ConfigError> {
    let mut mail = defaults;
    if let Some(folder) = sources.path("mail.folder")? {
        mail.folder = folder;
    }
    if let Some(from) = sources.text("mail.from")? {
        let sender = from.parse::<lettre::message::Mailbox>();
        if let (Err(_), Some(given)) = (sender, sources.get("mail.from")) {
            return Err(
                given.wrong("a sender, such as Example Foundation <grants@foundation.example>")
            );
        }
        mail.from = from;
    }
    let tls = match sources.text("mail.smtp_tls")?.as_deref() {
        None | Some("starttls") => SmtpTls::Starttls,
        Some("tls") => SmtpTls::Tls,
        Some("none") => SmtpTls::None,
        Some(_) => return wrong(sources, "mail.smtp_tls", "\"starttls\", \"tls\" or \"none\""),
    };
    let port = sources.number::<u16>("mail.smtp_port", "a port, from 1 to 65535")?;
    if port == Some(0) {
        return wrong(sources, "mail.smtp_port", "a port, from 1 to 65535");
    }
    let user = sources.text("mail.smtp_user")?;
    let password = sources.secret("mail.smtp_password", "mail.smtp_password_file")?;
    let login = match (user, password) {
        (Some(user), Some((password, _))) => Some(SmtpLogin { user, password }),
        (None, None) => None,
        (Some(_), None) => return missing("mail.smtp_password", "mail.smtp_user is given"),
        (None, Some(_)) => return missing("mail.smtp_user", "mail.smtp_password is given"),
    };
    let Some(host) = sources.text("mail.smtp_host")? else {
        let given = ["mail.smtp_port", "mail.smtp_tls", "mail.smtp_user"]
            .into_iter()
            .any(|key| sources.get(key).is_some());
        return if given {
            missing("mail.smtp_host", "other settings of a mail server are given")
        } else {
            Ok(mail)
        };
    };
    if tls == SmtpTls::None && !is_this_machine(&host) {
        return wrong(
            sources,
            "mail.smtp_tls",
            "\"starttls\" or \"tls\": mail to another machine is encrypted",
        );
    }
    if sources.get("mail.from").is_none() {
        return missing("mail.from", "mails leave by a mail server, which needs a real sender");
    }
    let port = port.unwrap_or(match tls {
        SmtpTls::Starttls => 587,
        SmtpTls::Tls => 465,
        SmtpTls::None => 25,
    });
    mail.smtp = Some(SmtpSettings { host, port, tls, login });
    Ok(mail)
}

/// What is logged.
pub(super) fn log(sources: &Sources, defaults: LogSettings) -> Result<LogSettings, ConfigError> {
    let mut log = defaults;
    match sources.text("log.format")?.as_deref() {
        None => {}
        Some("text") => log.format = LogFormat::Text,
        Some("json") => log.format = LogFormat::Json,
        Some(_) => return wrong(sources, "log.format", "\"text\" or \"json\""),
    }
    if let Some(filter) = sources.text("log.filter")? {
        if EnvFilter::try_new(&filter).is_err() {
            return wrong(
                sources,
                "log.filter",
                "directives such as info or info,almoner::store=debug",
            );
        }
        log.filter = filter;
    }
    Ok(log)
}

/// What a site that others reach must say about itself: links in mails and the notice stand on it.
pub(super) fn complete(sources: &Sources, settings: &Settings) -> Result<(), ConfigError> {
    if settings.base_url.is_none() && !settings.trusted_proxies.is_empty() {
        return missing(
            "base_url",
            "people reach this site through a proxy, whose address Almoner can't know",
        );
    }
    if settings.base_url.is_none() && !settings.listen.ip().is_loopback() {
        return missing(
            "base_url",
            "other machines reach this site, by a name that Almoner can't know",
        );
    }
    let host = settings.base_url.as_deref().and_then(|url| url.parse::<Uri>().ok());
    let public = host.is_some_and(|uri| uri.host().is_some_and(|host| !is_this_machine(host)));
    let named = [
        "controller.organisation",
        "controller.address",
        "controller.contact_email",
        "controller.country",
    ];
    match named.into_iter().find(|key| public && sources.get(key).is_none()) {
        Some(key) => missing(key, "the privacy notice of a site that others reach must say it"),
        None => Ok(()),
    }
}

pub(super) fn missing<T>(key: &'static str, because: &'static str) -> Result<T, ConfigError> {
    Err(ConfigError::Missing { key, because })
}

/// The error for a value that was given and won't do.
pub(super) fn wrong<T>(
    sources: &Sources,
    key: &'static str,
    expected: &str,
) -> Result<T, ConfigError> {
    Err(match sources.get(key) {
        Some(given) => given.wrong(expected),
        None => {
            ConfigError::Missing { key, because: "its default does not fit the other settings" }
        }
    })
}
