//! The command line, one file a command. Exit 0: done; 1: failed; 2: used wrongly.

mod audit;
mod demo;
mod keys;
mod migrate;
mod output;
mod people;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};

use crate::app::StartError;
use crate::clock::{Clock, SystemClock};
use crate::config::{ConfigError, LogFormat, Overrides, Settings};
use crate::service::ServiceError;
use crate::telemetry;
use crate::vault::VaultError;

/// Takes in grant applications and keeps them in confidence.
#[derive(Parser)]
#[command(name = "almoner", version, about, long_about = None, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the site. The first start makes what is missing and prints a link for the first administrator.
    Serve(serve::Serve),
    /// Serve a throw-away site full of invented people, and print a sign-in link for each role.
    Demo(demo::Demo),
    /// Bring the database up to date; on PostgreSQL also make a role for each part of the site.
    Migrate(migrate::Migrate),
    /// Look after the keys.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// List who works here, or let a locked-out administrator in.
    #[command(subcommand)]
    People(people::People),
    /// Check the audit.
    #[command(subcommand)]
    Audit(audit::Audit),
}

/// Where the site is; every command takes these.
#[derive(Args, Clone, Debug, Default)]
struct Where {
    /// The data folder (default: almoner-data).
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The settings file (default: almoner.toml in the data folder, if it is there).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Where {
    fn overrides(&self) -> Overrides {
        Overrides { config: self.config.clone(), data: self.data.clone(), ..Overrides::default() }
    }

    fn settings(&self) -> Result<Settings, ConfigError> {
        Settings::load(self.overrides())
    }
}

/// Why a command failed, as a sentence for the operator.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("{0}")]
    Service(#[from] ServiceError),
    #[error(transparent)]
    Log(#[from] telemetry::TelemetryError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Told(String),
}

/// Runs the command that the command line names.
#[must_use]
pub fn run() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(command) => command.run(),
        Command::Demo(command) => command.run(),
        Command::Migrate(command) => command.run(),
        Command::Keys(command) => command.run(),
        Command::People(command) => command.run(),
        Command::Audit(command) => command.run(),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            output::complain(&format!("almoner: {error}"));
            ExitCode::from(1)
        }
    }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

fn start_log(settings: &Settings) -> Result<(), CliError> {
    Ok(telemetry::init(settings.log.format == LogFormat::Json, &settings.log.filter)?)
}
