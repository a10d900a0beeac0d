//! Puts a site together from its settings: the same for the program and for tests.

mod server;
mod tls;
mod wire;

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::{App as WebApp, web as actix};

use crate::clock::Clock;
use crate::config::{ConfigError, Database, Settings};
use crate::domain::secret::Secret;
use crate::inventory::{Surface, Surfaces};
use crate::jobs::access_writer::AccessWriter;
use crate::jobs::schedule::{self, Scheduler};
use crate::mail::{MailError, Mailer};
use crate::provider::{ProviderError, Providers};
use crate::service::ledger::Ledger;
use crate::service::{Context, ServiceError, Site, access_log, first_start, lease, rotate_keys};
use crate::store::{Store, StoreError, Target};
use crate::vault::{KeyringFiles, Vault, VaultError};
use crate::web;

/// Why a site does not start. Every text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The keys.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Mail.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// Where else people sign in.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// Keys and database together.
    #[error("{0}")]
    Service(#[from] ServiceError),
    /// There is a database with people's data, and no keyring that could open it.
    #[error(
        "there is a database but no keyring at {0}; put the newest copy of the keyring back, without it nothing in the database can be opened (for a new site, choose an empty data folder)"
    )]
    KeyringLost(String),
    /// On PostgreSQL, several machines may start at once; none of them makes keys by itself.
    #[error(
        "there is no keyring at {0}; with PostgreSQL a first start makes none: run `almoner keys generate` once, and give each process that keyring"
    )]
    KeysFirst(String),
    /// A process of some surfaces is given its keys, and makes none.
    #[error(
        "there is no keyring at {path}; write the one for a process that serves {surfaces} with `almoner keys scope --surface {surfaces} --out DIR`, and name that folder as keys.folder"
    )]
    ScopeFirst {
        /// Where it should be.
        path: String,
        /// What the process serves.
        surfaces: Surfaces,
    },
    /// The address is taken.
    #[error("{address} can't be listened on: {reason}; choose another with --listen or PORT")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// What the system says.
        reason: String,
    },
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] tls::TlsError),
    /// The machine has no threads to give.
    #[error("the site can't start its threads: {0}")]
    Threads(std::io::Error),
}

/// A site that is ready to be served.
pub struct App {
    settings: Settings,
    listener: TcpListener,
    context: Arc<Context>,
    mailer: Arc<Mailer>,
    first_admin_link: Option<Secret>,
    /// With a certificate of its own.
    tls: Option<rustls::ServerConfig>,
}

/// Where the keyring of a site is.
#[must_use]
pub fn keyring_files(settings: &Settings) -> KeyringFiles {
    KeyringFiles {
        keyring: settings.keys.folder.join("keyring.toml"),
        root: settings.keys.root_key_file.clone(),
    }
}

/// The ledger of a site.
#[must_use]
pub fn ledger(settings: &Settings) -> Ledger {
    Ledger::in_folder(&settings.data)
}

/// Opens what is there, for commands that work on a site. Makes neither keys nor a site.
///
/// # Errors
/// When there is no site, or it can't be opened.
pub fn open(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Context, StartError> {
    let vault = Vault::open(keyring_files(settings))?;
    let store = Store::open(target(settings))?;
    // A command works on all that its keys open, whatever is served.
    let site = site(settings, settings.listen.port());
    let context = Context::new(store, vault, clock, Surfaces::ALL, site)?;
    first_start::prepare(&context)?;
    Ok(context)
}

/// The database of a site.
#[must_use]
pub fn target(settings: &Settings) -> Target {
    match &settings.database {
        Database::Sqlite(path) => Target::Sqlite(path.clone()),
        Database::Postgres(address) => Target::Postgres(address.clone()),
    }
}

fn site(settings: &Settings, port: u16) -> Site {
    Site {
        base_url: settings.base_url_at(port).trim_end_matches('/').to_owned(),
        controller: settings.controller.clone(),
        limits: settings.limits,
        staff_by_mail: settings.sign_in.staff_by_mail,
    }
}

/// Opens the keyring, or makes one where a first start may.
fn open_vault(settings: &Settings, clock: &dyn Clock) -> Result<Vault, StartError> {
    let files = keyring_files(settings);
    match Vault::open(files.clone()) {
        Err(VaultError::KeyringMissing { path }) if !settings.surfaces.is_all() => {
            Err(StartError::ScopeFirst {
                path: path.display().to_string(),
                surfaces: settings.surfaces,
            })
        }
        Err(VaultError::KeyringMissing { path }) => match &settings.database {
            Database::Postgres(_) => Err(StartError::KeysFirst(path.display().to_string())),
            Database::Sqlite(database) if has_content(database) => {
                Err(StartError::KeyringLost(path.display().to_string()))
            }
            Database::Sqlite(_) => Ok(Vault::create(files, None, clock.today())?),
        },
        opened => {
            let vault = opened?;
            vault.must_fit(settings.surfaces)?;
            Ok(vault)
        }
    }
}

/// A folder that was there before has whatever mode it was given. It may be so on purpose, as in a container.
fn warn_of_others(settings: &Settings) {
    let root = settings.keys.root_key_file.parent();
    let folders = [
        ("data folder", Some(settings.data.as_path())),
        ("folder of the keyring", Some(settings.keys.folder.as_path())),
        ("folder of the root key", root.filter(|root| *root != settings.keys.folder)),
    ];
    for (what, folder) in folders {
        let Some(folder) = folder else { continue };
        let mode = std::fs::metadata(folder).map(|folder| folder.permissions().mode());
        let (others, writes) = mode.map_or((false, false), |m| (m & 0o077 != 0, m & 0o022 != 0));
        if others {
            let can = if writes { "put files of their own into" } else { "look into" };
            let folder = folder.display();
            tracing::warn!(
                "other users of this machine can {can} the {what}; to close it: chmod 700 {folder}"
            );
        }
    }
}

fn has_content(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|data| data.len() > 0)
}

impl App {
    /// Makes or opens everything that a site needs, and binds its address.
    ///
    /// # Errors
    /// Why it can't, and what to do about it.
    pub fn build(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        settings.make_data_folder()?;
        let tls = settings.tls.as_ref().map(tls::server).transpose()?;
        // First of all: a port that is taken should not leave a new site behind.
        let address = settings.listen;
        let refused = |e: std::io::Error| StartError::Listen { address, reason: e.to_string() };
        let listener = TcpListener::bind(address).map_err(refused)?;
        let port = listener.local_addr().map_err(refused)?.port();
        let vault = open_vault(&settings, &*clock)?;
        // A process of some surfaces may have no right to change the schema, and must not try.
        let store = match settings.surfaces.is_all() {
            true => Store::open(target(&settings))?,
            false => Store::open_current(target(&settings))?,
        };
        let site = site(&settings, port);
        let providers = Providers::new(&settings, &site.base_url)?;
        let context =
            Context::new(store, vault, clock, settings.surfaces, site)?.with_providers(providers);
        first_start::prepare(&context)?;
        rotate_keys::extend_at_start(&context);
        first_start::beat(&context)?;
        // Where the link leads to is a page of staff's.
        let first_admin_link = match settings.surfaces.has(Surface::Staff) {
            true => first_start::first_admin_link(&context)?,
            false => None,
        };
        let mailer = Mailer::open(&settings.mail, host_of(&context.site.base_url))?;
        warn_of_others(&settings);
        Ok(Self {
            settings,
            listener,
            context: Arc::new(context),
            mailer: Arc::new(mailer),
            first_admin_link,
            tls,
        })
    }

    /// A one-time link for the first administrator, as long as there is none.
    #[must_use]
    pub const fn first_admin_link(&self) -> Option<&Secret> {
        self.first_admin_link.as_ref()
    }

    /// What the use cases of this site work with.
    #[must_use]
    pub const fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// The port that was bound.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.listener.local_addr().map(|address| address.port()).unwrap_or_default()
    }

    /// The settings.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Serves, with jobs in a thread beside. Needs a runtime of actix.
    ///
    /// # Errors
    /// When the threads can't be started.
    pub fn start(self) -> Result<Running, StartError> {
        let scheduler = Scheduler::start(Arc::clone(&self.context), Arc::clone(&self.mailer))
            .map_err(StartError::Threads)?;
        let writer = AccessWriter::start(Arc::clone(&self.context)).map_err(StartError::Threads)?;
        self.serve(Some((scheduler, writer)))
    }

    /// Serves without jobs: they run when [`Running::run_jobs`] says so.
    ///
    /// # Errors
    /// When the threads can't be started.
    pub fn start_without_jobs(self) -> Result<Running, StartError> {
        self.serve(None)
    }

    fn serve(self, beside: Option<(Scheduler, AccessWriter)>) -> Result<Running, StartError> {
        let port = self.port();
        let data = actix::Data::from(Arc::clone(&self.context));
        let transport = actix::Data::new(web::Transport {
            trusted: self.settings.trusted_proxies.clone(),
            tls: self.settings.tls.is_some(),
            base_url: self.context.site.base_url.clone(),
        });
        let surfaces = self.settings.surfaces;
        let context = Arc::clone(&self.context);
        let pages = move || {
            WebApp::new()
                .wrap(actix_web::middleware::from_fn(web::guard))
                .app_data(data.clone())
                .app_data(transport.clone())
                .configure(|config| web::configure(config, surfaces))
        };
        let server = server::listen(self.listener, self.tls, context, pages);
        let server = server.map_err(StartError::Threads)?;
        let handle = server.handle();
        let served = actix_web::rt::spawn(server);
        Ok(Running { port, handle, served, beside, context: self.context, mailer: self.mailer })
    }
}

/// A site that is being served.
pub struct Running {
    port: u16,
    handle: ServerHandle,
    served: actix_web::rt::task::JoinHandle<std::io::Result<()>>,
    beside: Option<(Scheduler, AccessWriter)>,
    context: Arc<Context>,
    mailer: Arc<Mailer>,
}

impl Running {
    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// What the use cases of this site work with.
    #[must_use]
    pub const fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Runs every job that is due, once.
    ///
    /// # Errors
    /// The first that a job answers.
    pub fn run_jobs(&self) -> Result<(), ServiceError> {
        schedule::run_once(&self.context, &self.mailer)
    }

    /// Stops: requests that are under way are answered first.
    pub async fn stop(mut self) {
        self.handle.stop(true).await;
        // The server answers when its threads have ended; what it says then was logged.
        let _ = self.served.await;
        drop(self.beside.take());
        if let Err(error) = access_log::write(&self.context) {
            tracing::warn!(%error, "the last requests are not in the access log");
        }
        for done in [lease::give_back_all(&self.context), first_start::leave(&self.context)] {
            if let Err(error) = done {
                tracing::warn!(%error, "the database was not told that this process ends");
            }
        }
    }
}

fn host_of(base_url: &str) -> &str {
    let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or(rest)
}
