//! A site of one test: a folder and a database of its own, a port that was free, a clock that stands.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use almoner::app::{App, Running, StartError, keyring_files};
use almoner::clock::{Clock, FixedClock};
use almoner::config::{Database, Settings};
use almoner::domain::lookup::normalise_email;
use almoner::service::Context;
use almoner::vault::Vault;
use chrono::{DateTime, TimeZone, Utc};
use secrecy::SecretString;

use super::client::Client;
use super::mails::{self, Mail};
use super::on_postgres;
use super::postgres::TestDatabase;

/// A site that is being served. Tests that use one are `#[actix_web::test]`.
pub struct TestApp {
    /// The clock of the site.
    pub clock: FixedClock,
    /// The settings it was started with.
    pub settings: Settings,
    /// The link that was printed at the first start.
    pub first_admin_link: String,
    running: Running,
    home: Home,
}

/// What a site leaves behind when it stops, and starts from again.
pub struct Home {
    database: Option<TestDatabase>,
    folder: tempfile::TempDir,
}

impl Home {
    /// An empty folder, and on PostgreSQL a database with tables and no rows.
    pub fn new() -> Self {
        Self::with(on_postgres().then(TestDatabase::with_tables))
    }

    /// An empty folder, and on PostgreSQL an empty database.
    pub fn empty() -> Self {
        Self::with(on_postgres().then(TestDatabase::empty))
    }

    fn with(database: Option<TestDatabase>) -> Self {
        Self { database, folder: tempfile::tempdir().unwrap() }
    }

    /// The settings of a site that lives here, with its keys made where a first start makes none.
    pub fn settings(&self, clock: &dyn Clock) -> Settings {
        let mut settings = Settings::below(&self.folder.path().join("data"));
        settings.listen.set_port(0);
        // Most tests are about something else; those of the ways in begin with the default.
        settings.sign_in.staff_by_mail = true;
        // The clock of a test stands still, and all its people come from one address.
        settings.limits = NonZeroU32::new(1_000_000).unwrap();
        if let Some(database) = &self.database {
            settings.database = Database::Postgres(SecretString::from(database.url.clone()));
            if !settings.keys.folder.exists() {
                settings.make_data_folder().unwrap();
                Vault::create(keyring_files(&settings), None, clock.today()).unwrap();
            }
        }
        settings
    }

    /// The folder around the data folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl TestApp {
    /// Where the clock of a site stands at first: a plain morning, with the rounds of a first start just opened.
    pub fn first_morning() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2027, 3, 2, 9, 30, 0).unwrap()
    }

    /// A new site.
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// A new site with other settings.
    pub async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        let clock = FixedClock::at(Self::first_morning());
        let home = Home::new();
        let mut settings = home.settings(&clock);
        change(&mut settings);
        Self::start_in(home, settings, clock)
            .await
            .unwrap_or_else(|error| panic!("the site does not start: {error}"))
    }

    /// A site where one was before, or where one is refused.
    pub async fn start_in(
        home: Home,
        settings: Settings,
        clock: FixedClock,
    ) -> Result<Self, StartError> {
        let (given, time) = (settings.clone(), Arc::new(clock.clone()));
        let built = actix_web::web::block(move || App::build(given, time)).await;
        let app = built.unwrap()?;
        let first_admin_link =
            app.first_admin_link().map(|link| link.expose().to_owned()).unwrap_or_default();
        let running = app.start_without_jobs()?;
        Ok(Self { clock, settings, first_admin_link, running, home })
    }

    /// Stops, and gives what is needed to start again.
    pub async fn stop(self) -> (Home, Settings, FixedClock) {
        self.running.stop().await;
        (self.home, self.settings, self.clock)
    }

    /// Stops and starts again.
    pub async fn restart(self) -> Self {
        let (home, settings, clock) = self.stop().await;
        Self::start_in(home, settings, clock)
            .await
            .unwrap_or_else(|error| panic!("it does not start again: {error}"))
    }

    /// A new browser.
    pub fn browser(&self) -> Client {
        Client::new(self.running.port())
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.running.port()
    }

    /// What the use cases work with, for what no page shows.
    pub const fn context(&self) -> &Arc<Context> {
        self.running.context()
    }

    /// The folder around the data folder.
    pub fn folder(&self) -> &Path {
        self.home.folder()
    }

    /// Runs the jobs that are due, mail among them.
    pub async fn run_jobs(&self) {
        self.running.run_jobs().unwrap();
    }

    /// Every mail that was sent so far, after the jobs that are due.
    pub async fn mails(&self) -> Vec<Mail> {
        self.run_jobs().await;
        mails::read_all(&self.settings.mail.folder)
    }

    /// The newest mail to an address, however it is written.
    pub async fn mail_to(&self, address: &str) -> Mail {
        let all = self.mails().await;
        let wanted = normalise_email(address);
        let sent = all.iter().rev().find(|mail| normalise_email(&mail.to) == wanted).cloned();
        sent.unwrap_or_else(|| {
            let others: Vec<&str> = all.iter().map(|mail| mail.to.as_str()).collect();
            panic!("no mail went to {address}, but to {others:?}")
        })
    }
}
