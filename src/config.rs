//! Typed, strict settings; the only reader of the environment.
//!
//! A setting is taken from the command line, else from a variable `ALMONER_…`, else from the settings file
//! (`--config FILE`, else `almoner.toml` in the data folder, if there), else it has the default that
//! `almoner.example.toml` shows. What has no meaning is refused, with a hint at what may have been meant.

mod check;
mod error;
mod providers;
mod source;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::domain::controller::{Controller, Processor};
use crate::domain::network::Network;
use crate::inventory::Surfaces;
use source::Sources;

pub use error::{ConfigError, Origin};

/// Where Almoner listens when nothing says otherwise.
const DEFAULT_PORT: u16 = 8080;

/// The data folder when nothing says otherwise, below the folder in which Almoner is started.
const DEFAULT_DATA: &str = "almoner-data";

/// All settings of a process.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder that holds the database, the keys and the mails, unless they are put elsewhere.
    pub data: PathBuf,
    /// Where to listen. Not a loopback address only with a certificate or behind a proxy. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// How many times as wide as usual the limits are on what may be asked for.
    pub limits: NonZeroU32,
    /// What of the site this process serves.
    pub surfaces: Surfaces,
    /// A certificate of its own; none means plain HTTP.
    pub tls: Option<TlsSettings>,
    /// The proxies that hand requests on, and alone are believed in what they say of whom they come from.
    pub trusted_proxies: Vec<Network>,
    /// The address people use, without a slash at the end; none means [`Settings::base_url_at`].
    pub base_url: Option<String>,
    /// Where the records are.
    pub database: Database,
    /// Where the keys are.
    pub keys: KeySettings,
    /// Who is responsible for the data, as the privacy notice says it.
    pub controller: Controller,
    /// How mail leaves.
    pub mail: MailSettings,
    /// How people come in.
    pub sign_in: SignInSettings,
    /// Sign-in with GitHub; none means that nobody is offered it.
    pub github: Option<GitHubSettings>,
    /// The organisation's own sign-in, for staff; none means that nobody is offered it.
    pub oidc: Option<OidcSettings>,
    /// What is logged, and how it is written.
    pub log: LogSettings,
}

/// How people come in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInSettings {
    /// Whether staff may work after signing in by mail alone. Otherwise a mailed link lets them in only to set up a
    /// passkey, or a password with a second factor.
    pub staff_by_mail: bool,
}

/// A certificate, with which Almoner speaks HTTPS itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSettings {
    /// The file of the certificate and of those between it and its root, in PEM.
    pub certificate: PathBuf,
    /// The file of its private key, in PEM.
    pub key: PathBuf,
}

/// The database that holds the records.
#[derive(Clone, Debug)]
pub enum Database {
    /// A file of this machine.
    Sqlite(PathBuf),
    /// The address of a PostgreSQL server, with its password.
    Postgres(SecretString),
}

/// Where the keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySettings {
    /// The folder of the keyring.
    pub folder: PathBuf,
    /// The file of the root key; better outside the data folder.
    pub root_key_file: PathBuf,
}

/// How mail leaves.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// The sender of every mail: `NAME <ADDRESS>`, or an address alone.
    pub from: String,
    /// The server that takes the mails; none means that they land in the folder.
    pub smtp: Option<SmtpSettings>,
    /// Where mails land as files when there is no server.
    pub folder: PathBuf,
}

/// A mail server.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: SmtpTls,
    /// User and password, where the server asks for them.
    pub login: Option<SmtpLogin>,
}

/// How Almoner proves itself to a mail server.
#[derive(Clone, Debug)]
pub struct SmtpLogin {
    /// The user.
    pub user: String,
    /// The password.
    pub password: SecretString,
}

/// How the connection to a mail server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// Begins in clear and must change to TLS before anything is sent (port 587).
    Starttls,
    /// TLS from the first byte (port 465).
    Tls,
    /// Not at all; to a server on this machine only (port 25).
    None,
}

/// The organisation's own sign-in (OpenID Connect), for staff.
#[derive(Clone, Debug)]
pub struct OidcSettings {
    /// The provider's address, as its tokens name it.
    pub issuer: String,
    /// The id that the provider gave this site.
    pub client_id: String,
    /// The secret that goes with it.
    pub client_secret: SecretString,
    /// What it is called on pages.
    pub name: String,
    /// The domains that addresses must be of, in lower case; none means all.
    pub allowed_domains: Vec<String>,
    /// Whether somebody with an address of these domains gets an account without an invitation, with no roles.
    pub create: bool,
    /// Whether what the provider says counts as a fresh proof although it does not say when the person signed in.
    pub counts_as_fresh: bool,
}

/// Sign-in with GitHub, or with a GitHub Enterprise Server. Addresses have no slash at the end.
#[derive(Clone, Debug)]
pub struct GitHubSettings {
    /// The id that GitHub gave this site.
    pub client_id: String,
    /// The secret that goes with it.
    pub client_secret: SecretString,
    /// Where people sign in.
    pub base_url: String,
    /// Where GitHub is asked who they are.
    pub api_url: String,
}

/// What is logged, and how it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// How a line is written.
    pub format: LogFormat,
    /// Which lines: directives such as `info` or `info,almoner::store=debug`.
    pub filter: String,
}

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// What the command line gives; each wins over variable and file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--config`: the settings file.
    pub config: Option<PathBuf>,
    /// `--data`: the data folder.
    pub data: Option<PathBuf>,
    /// `--listen`: address and port.
    pub listen: Option<String>,
    /// `--base-url`: the address people use.
    pub base_url: Option<String>,
    /// `--surface`: what of the site is served.
    pub surface: Option<String>,
}

impl Settings {
    /// Reads the settings of this process: command line, environment, file.
    ///
    /// # Errors
    /// Anything that is unknown, unreadable, out of range or unsafe; see [`ConfigError`].
    pub fn load(overrides: Overrides) -> Result<Self, ConfigError> {
        let mut vars = Vec::new();
        for (name, value) in std::env::vars_os() {
            // What is not text can't be one of ours, unless it is the value alone that is none.
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => vars.push((name, value)),
                Err(_) if source::is_ours(&name) => {
                    return Err(ConfigError::VariableNotText { name });
                }
                Err(_) => {}
            }
        }
        Self::from_parts(overrides, vars.into_iter())
    }

    /// The same with the environment as a parameter.
    ///
    /// # Errors
    /// As [`Settings::load`].
    pub fn from_parts(
        overrides: Overrides,
        vars: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let vars: Vec<(String, String)> = vars.collect();
        let port = vars.iter().find(|(name, value)| name == "PORT" && !value.is_empty()).cloned();
        let mut sources = Sources::default();
        let written = |path: PathBuf| path.to_string_lossy().into_owned();
        sources.flag("config", "--config", overrides.config.map(written));
        sources.flag("data", "--data", overrides.data.map(written));
        sources.flag("listen", "--listen", overrides.listen);
        sources.flag("base_url", "--base-url", overrides.base_url);
        sources.flag("surface", "--surface", overrides.surface);
        sources.variables(vars.into_iter())?;
        read_file(&mut sources)?;
        build(&sources, port)
    }

    /// The defaults, with everything below one folder and no environment or file asked: for throw-away sites.
    #[must_use]
    pub fn below(data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_PORT),
            limits: NonZeroU32::MIN,
            surfaces: Surfaces::ALL,
            tls: None,
            trusted_proxies: Vec::new(),
            base_url: None,
            database: Database::Sqlite(data.join("almoner.db")),
            keys: KeySettings {
                folder: data.join("keys"),
                root_key_file: data.join("keys").join("root.key"),
            },
            controller: Controller::default(),
            mail: MailSettings {
                from: "Almoner <almoner@localhost.example>".to_owned(),
                smtp: None,
                folder: data.join("mail"),
            },
            sign_in: SignInSettings::default(),
            github: None,
            oidc: None,
            log: LogSettings { format: LogFormat::Text, filter: "info".to_owned() },
        }
    }

    /// The address people use, given the port that was bound.
    #[must_use]
    pub fn base_url_at(&self, port: u16) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        self.base_url.clone().unwrap_or_else(|| format!("{scheme}://localhost:{port}"))
    }

    /// Makes the data folder, for this user's eyes only, if it is not there, and tries to write into it.
    ///
    /// # Errors
    /// [`ConfigError::DataFolder`] and [`ConfigError::DataFolderNotWritable`].
    pub fn make_data_folder(&self) -> Result<(), ConfigError> {
        let path = self.data.clone();
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)
            .map_err(|source| ConfigError::DataFolder { path: path.clone(), source })?;
        let probe = path.join(format!(".write-check-{}", std::process::id()));
        let tried = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&probe)
            .and_then(|_| std::fs::remove_file(&probe));
        tried.map_err(|source| ConfigError::DataFolderNotWritable { path, source })
    }
}

/// Reads the settings file that was named, else the one in the data folder if there is one.
fn read_file(sources: &mut Sources) -> Result<(), ConfigError> {
    if let Some(path) = sources.path("config")? {
        let text = std::fs::read_to_string(&path)
            .map_err(|source| ConfigError::FileUnreadable { path: path.clone(), source })?;
        return sources.file(&path, &text);
    }
    let data = sources.path("data")?.unwrap_or_else(|| PathBuf::from(DEFAULT_DATA));
    let path = data.join("almoner.toml");
    match std::fs::read_to_string(&path) {
        Ok(text) => sources.file(&path, &text)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(ConfigError::FileUnreadable { path, source }),
    }
    // It was found by way of the data folder: it can't say that the folder is another one.
    match sources.get_in_file("data") {
        Some(given) => Err(given.wrong(
            "left out, since this file lies in the data folder itself; name the folder with --data",
        )),
        None => Ok(()),
    }
}

fn build(sources: &Sources, port: Option<(String, String)>) -> Result<Settings, ConfigError> {
    let data = sources.path("data")?.unwrap_or_else(|| PathBuf::from(DEFAULT_DATA));
    let mut settings = Settings::below(&data);
    settings.trusted_proxies = check::trusted_proxies(sources)?;
    settings.tls = check::tls(sources)?;
    settings.surfaces = check::surfaces(sources)?;
    settings.limits = check::limits(sources)?;
    settings.listen = check::listen(sources, port, &settings)?;
    settings.base_url = check::base_url(sources)?;
    if let Some((address, origin)) = sources.secret("database_url", "database_url_file")? {
        settings.database = check::database(&address, origin)?;
    }
    if let Some(folder) = sources.path("keys.folder")? {
        settings.keys.root_key_file = folder.join("root.key");
        settings.keys.folder = folder;
    }
    if let Some(file) = sources.path("keys.root_key_file")? {
        settings.keys.root_key_file = file;
    }
    settings.controller = controller(sources)?;
    settings.mail = check::mail(sources, settings.mail)?;
    settings.sign_in.staff_by_mail = sources.truth("sign_in.staff_by_mail")?.unwrap_or(false);
    settings.github = providers::github(sources)?;
    settings.oidc = providers::oidc(sources)?;
    settings.log = check::log(sources, settings.log)?;
    check::complete(sources, &settings)?;
    Ok(settings)
}

fn controller(sources: &Sources) -> Result<Controller, ConfigError> {
    let mut controller = Controller::default();
    let texts = [
        ("controller.organisation", &mut controller.organisation),
        ("controller.address", &mut controller.address),
        ("controller.contact_email", &mut controller.contact_email),
        ("controller.country", &mut controller.country),
        ("controller.authority_name", &mut controller.authority_name),
        ("controller.authority_url", &mut controller.authority_url),
    ];
    for (key, place) in texts {
        if let Some(text) = sources.text(key)? {
            *place = text;
        }
    }
    controller.privacy_officer = sources.text("controller.privacy_officer")?;
    if let Some(days) = sources.number("controller.backup_days", "a number of days, such as 30")? {
        controller.backup_days = days;
    }
    if let Some(given) = sources.get(source::PROCESSORS) {
        controller.processors =
            given.value.clone().try_into::<Vec<Processor>>().map_err(|error| {
                given.wrong(format!(
                    "a list of name, purpose, url and country for each company ({})",
                    error.message()
                ))
            })?;
    }
    controller.check()?;
    Ok(controller)
}
