//! `almoner migrate`

use std::process::ExitCode;

use clap::Args;

use super::output::say;
use super::{CliError, Where, clock};
use crate::app::{self, StartError};
use crate::store::Store;
use crate::vault::VaultError;

/// The arguments of `migrate`.
#[derive(Args)]
pub(super) struct Migrate {
    #[command(flatten)]
    site: Where,
    /// On PostgreSQL: make a role of the database for each part of the site, with the rights that its work needs. They
    /// get no password: set one for each. To be done again after each new version.
    #[arg(long)]
    grant: bool,
}

impl Migrate {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        let settings = self.site.settings()?;
        settings.make_data_folder()?;
        let target = app::target(&settings);
        let applied = Store::migrate(&target).map_err(StartError::Store)?;
        match applied.as_slice() {
            [] => say("The schema is up to date."),
            applied => say(&format!("Applied: {}.", applied.join(", "))),
        }
        // With the keys at hand the site itself is made, so that processes of its parts find one.
        match app::open(&settings, clock()) {
            Ok(_) => say("The site is ready for its processes."),
            Err(StartError::Vault(VaultError::KeyringMissing { path })) => say(&format!(
                "There is no keyring at {}: before a process of a part of the site can start, run this once with the whole keyring.",
                path.display()
            )),
            Err(error) => return Err(error.into()),
        }
        if self.grant {
            let roles = Store::grant(&target).map_err(StartError::Store)?;
            say("These roles have exactly the rights of their part of the site:");
            for role in roles {
                say(&format!("  {role}"));
            }
            say(
                "Give each a password (\\password ROLE in psql), and its process an address with both.",
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}
