//! `almoner people`

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::output::say;
use super::{CliError, Where, clock};
use crate::app;
use crate::config::{Overrides, Settings};
use crate::service::people::State;
use crate::service::{ServiceError, readmit};

/// The commands about people of staff.
#[derive(Subcommand)]
pub(super) enum People {
    /// List who works here.
    List(List),
    /// Let an administrator in when none can come in any more. Every administrator is told by mail.
    Admit(Admit),
}

/// The arguments of `people list`.
#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    site: Where,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// The arguments of `people admit`.
#[derive(Args)]
pub(super) struct Admit {
    #[command(flatten)]
    site: Where,
    /// The person's e-mail address. Where there is no account with it, one is made; one that is disabled is enabled; one
    /// that has ways to sign in loses them.
    #[arg(value_name = "ADDRESS")]
    email: String,
    /// The address that people use, such as <https://grants.example>, where the settings don't say it.
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
}

impl People {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        match self {
            Self::List(command) => command.run(),
            Self::Admit(command) => command.run(),
        }
    }
}

const fn word(state: State) -> &'static str {
    match state {
        State::Invited => "invited",
        State::Active => "active",
        State::Disabled => "disabled",
    }
}

impl List {
    fn run(self) -> Result<ExitCode, CliError> {
        let ctx = app::open(&self.site.settings()?, clock())?;
        let people = readmit::people(&ctx)?;
        if self.json {
            let rows: Vec<_> = people
                .iter()
                .map(|row| {
                    json!({
                        "id": row.id,
                        "name": row.name.expose(),
                        "email": row.email.expose(),
                        "roles": row.roles.iter().map(crate::domain::role::Role::word).collect::<Vec<_>>(),
                        "state": word(row.state),
                    })
                })
                .collect();
            say(&serde_json::Value::from(rows).to_string());
            return Ok(ExitCode::SUCCESS);
        }
        if people.is_empty() {
            say(
                "Nobody works here yet. `almoner serve` prints a link for the first administrator.",
            );
        }
        for row in people {
            let (name, state) = (row.name.expose(), word(row.state));
            let name = if name.is_empty() { "(no name yet)" } else { name };
            say(&format!("{name} <{}>  {state}  {}", row.email.expose(), row.roles.labels()));
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Admit {
    fn run(self) -> Result<ExitCode, CliError> {
        let settings =
            Settings::load(Overrides { base_url: self.base_url, ..self.site.overrides() })?;
        let ctx = app::open(&settings, clock())?;
        let done = readmit::readmit(&ctx, &self.email).map_err(|error| match error {
            ServiceError::Invalid(errors) => CliError::Told(
                errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join("; "),
            ),
            other => other.into(),
        })?;
        if done.is_new {
            say("There was no account with this address; it is made now, as an administrator’s.");
        } else {
            say("The person with this address is an administrator and may come in.");
        }
        if done.was_disabled {
            say("The account was disabled; it is enabled now.");
        }
        if done.is_promoted {
            say("The person was no administrator before and is one now.");
        }
        if done.cleared > 0 {
            say(&format!(
                "{} of their ways to sign in {} taken away: they set up another when they come in.",
                done.cleared,
                if done.cleared == 1 { "was" } else { "were" }
            ));
        }
        say("This link lets them in, once, within seven days. Hand it to nobody else:");
        say(&format!("  {}", done.link.expose()));
        say(
            "If people use another address for the site, give it with --base-url, or in the settings.",
        );
        say("Every administrator is told of this by mail.");
        Ok(ExitCode::SUCCESS)
    }
}
