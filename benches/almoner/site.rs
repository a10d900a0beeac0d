//! A site in a throw-away folder, with an officer who is signed in.

use std::path::PathBuf;
use std::sync::Arc;

use almoner::app::App;
use almoner::clock::SystemClock;
use almoner::config::{Database, Settings};
use almoner::domain::role::Role;
use almoner::domain::secret::Secret;
use almoner::mail::Mailer;
use almoner::service::accept_staff::{self, NewStaff};
use almoner::service::rounds::{self, RoundView};
use almoner::service::{Context, session};

use super::Outcome;

/// A site, not served by this process.
pub struct Site {
    /// Its settings.
    pub settings: Settings,
    /// The officer's cookie, as it stands in a request.
    pub cookie: String,
    /// The token that the officer's forms carry.
    pub token: String,
    /// Goes when this does.
    _folder: tempfile::TempDir,
}

impl Site {
    /// Makes a site, and lets somebody fill it.
    pub fn make(
        fill: impl FnOnce(&Settings, &Context, &Mailer, &session::Staff) -> Outcome<()>,
    ) -> Outcome<Self> {
        // Below `target`: what is compared has to be on one file system, and that of `/tmp` may be memory.
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let mut settings = Settings::below(&folder.path().join("data"));
        settings.limits = std::num::NonZeroU32::MAX;
        // The session that is measured begins by a printed link.
        settings.sign_in.staff_by_mail = true;
        settings.listen.set_port(0);
        let app = App::build(settings.clone(), Arc::new(SystemClock))?;
        let link = app.first_admin_link().ok_or("no link for the first administrator")?;
        let form = NewStaff {
            name: Secret::new("Olive Reader"),
            email: "olive.reader@staff.example".to_owned(),
            roles: vec![Role::Officer],
        };
        let token = link.expose().rsplit('/').next().unwrap_or_default();
        let entered = accept_staff::accept_staff(app.context(), token, &form, "")?;
        let staff = session::staff(app.context(), &entered.cookie)?;
        let mailer = Mailer::open(&settings.mail, "localhost")?;
        fill(&settings, app.context(), &mailer, &staff)?;
        let cookie = format!("__Host-staff={}", entered.cookie);
        Ok(Self { settings, cookie, token: staff.forgery, _folder: folder })
    }

    /// The file of the database.
    pub fn database(&self) -> Outcome<PathBuf> {
        match &self.settings.database {
            Database::Sqlite(path) => Ok(path.clone()),
            Database::Postgres(_) => Err("the benchmark is of SQLite".into()),
        }
    }
}

/// The rounds that are open, that of projects first.
pub fn rounds(ctx: &Context) -> Outcome<Vec<RoundView>> {
    let mut found = rounds::open_rounds(ctx)?;
    found.sort_by_key(|round| !round.slug.starts_with("project"));
    Ok(found)
}
