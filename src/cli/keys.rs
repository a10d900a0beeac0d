//! `almoner keys`

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use clap::{Args, Subcommand};

use super::output::{Meter, complain, say};
use super::{CliError, Where, clock};
use crate::app;
use crate::config::{Database, Settings};
use crate::domain::class::Class;
use crate::domain::quarter::Quarter;
use crate::domain::sealed::{Sealed, WrappedKey};
use crate::inventory::{NotSurfaces, Surfaces};
use crate::service::rotate_keys::{self, Canary};
use crate::vault::{Cohort, KeyName, KeyringFiles, Part, Problem, Vault, VaultError, restore_root};

/// The commands about keys.
#[derive(Subcommand)]
pub(super) enum Keys {
    /// Make the keyring of a new site.
    Generate(Generate),
    /// List the keys.
    List(List),
    /// Open every key, and look at the files' rights and the calendar. Exit 1 when something should be put right.
    Check(Where),
    /// Add the quarters that the next eight years lack.
    Extend(Where),
    /// Give a cohort a new key, and wrap everything of it anew, while the site works.
    Rotate(Rotate),
    /// Write a smaller keyring, for a process that serves a part of the site.
    Scope(ScopeArgs),
    /// Destroy a cohort whose quarter has ended, or a replaced version. What it sealed is gone for good.
    Destroy(Destroy),
    /// Print the root key as a sheet for the safe, or type one in.
    Recovery(Recovery),
    /// Try to open a canary, from standard input. Exit 0 when it does not open.
    #[command(hide = true)]
    Canary(Where),
}

/// The arguments of `keys generate`.
#[derive(Args)]
pub(super) struct Generate {
    #[command(flatten)]
    site: Where,
    /// Do nothing when there is a keyring.
    #[arg(long)]
    if_missing: bool,
}

/// The arguments of `keys list`.
#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    site: Where,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// The arguments of `keys rotate`.
#[derive(Args)]
pub(super) struct Rotate {
    #[command(flatten)]
    site: Where,
    /// The cohort, such as personal/2029Q4.
    cohort: String,
}

/// The arguments of `keys scope`.
#[derive(Args)]
pub(super) struct ScopeArgs {
    #[command(flatten)]
    site: Where,
    /// The parts of the site that the process will serve: any of applicant,staff,finance,assessor.
    #[arg(long, value_name = "PARTS")]
    surface: String,
    /// The folder that the keyring and its root key are written to.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// The arguments of `keys destroy`.
#[derive(Args)]
pub(super) struct Destroy {
    #[command(flatten)]
    site: Where,
    /// The cohort, such as personal/2026Q1, or a replaced version of one, such as personal/2029Q4/1.
    key: String,
    /// Say that you know that nothing brings it back.
    #[arg(long)]
    yes: bool,
}

/// The arguments of `keys recovery`.
#[derive(Args)]
pub(super) struct Recovery {
    #[command(flatten)]
    site: Where,
    /// Read a sheet from standard input and write the root key from it.
    #[arg(long)]
    restore: bool,
}

impl Keys {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        match self {
            Self::Generate(generate) => generate.run(),
            Self::List(list) => list.run(),
            Self::Check(site) => check(&site),
            Self::Extend(site) => extend(&site),
            Self::Rotate(rotate) => rotate.run(),
            Self::Scope(scope) => scope.run(),
            Self::Destroy(destroy) => destroy.run(),
            Self::Recovery(recovery) => recovery.run(),
            Self::Canary(site) => canary(&site),
        }
    }
}

impl Generate {
    fn run(self) -> Result<ExitCode, CliError> {
        let settings = self.site.settings()?;
        settings.make_data_folder()?;
        let files = app::keyring_files(&settings);
        if self.if_missing && files.keyring.exists() {
            say(&format!("There is a keyring at {}.", files.keyring.display()));
            return Ok(ExitCode::SUCCESS);
        }
        if files.keyring.exists() {
            return Err(VaultError::KeyringExists { path: files.keyring }.into());
        }
        if let Database::Sqlite(database) = &settings.database
            && database.exists()
        {
            return Err(CliError::Told(format!(
                "there is a database at {}, which only its own keyring opens; put that back, or choose an empty data folder",
                database.display()
            )));
        }
        let vault = Vault::create(files.clone(), None, clock().today())?;
        say(&format!("Site {}", vault.deployment()));
        say(&format!("Keyring   {}", files.keyring.display()));
        say(&format!("Root key  {}", files.root.display()));
        say("Print a recovery sheet now, with `almoner keys recovery`, and keep it in a safe.");
        Ok(ExitCode::SUCCESS)
    }
}

fn vault(settings: &Settings) -> Result<Vault, VaultError> {
    Vault::open(app::keyring_files(settings))
}

impl List {
    fn run(self) -> Result<ExitCode, CliError> {
        let vault = vault(&self.site.settings()?)?;
        if self.json {
            let keys: Vec<serde_json::Value> = vault
                .cohorts()
                .into_iter()
                .flat_map(|cohort| cohort.versions)
                .map(|version| {
                    serde_json::json!({
                        "key": version.name.to_string(),
                        "state": version.state.word(),
                        "created": version.created,
                        "unreferenced_since": version.unreferenced_since,
                    })
                })
                .collect();
            say(&serde_json::Value::Array(keys).to_string());
            return Ok(ExitCode::SUCCESS);
        }
        say(&format!("Site {}, generation {}", vault.deployment(), vault.generation()));
        for version in vault.cohorts().into_iter().flat_map(|cohort| cohort.versions) {
            let since = version.unreferenced_since;
            let since = since.map(|day| format!(", unused since {day}")).unwrap_or_default();
            say(&format!(
                "{:<22} {:<9} made {}{since}",
                version.name.to_string(),
                version.state.word(),
                version.created
            ));
        }
        for tombstone in vault.tombstones() {
            say(&format!("{:<22} destroyed {}", tombstone.name.to_string(), tombstone.on));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn check(site: &Where) -> Result<ExitCode, CliError> {
    let report = vault(&site.settings()?)?.check()?;
    say(&format!(
        "Site {}, generation {}, {} keyring: {} cohort keys, {} index keys and {} service keys open; {} are destroyed.",
        report.deployment,
        report.generation,
        report.scope,
        report.cohort_keys,
        report.index_keys,
        report.service_keys,
        report.destroyed
    ));
    for calendar in &report.calendar {
        say(&format!("{:<9} {} to {}", calendar.class.word(), calendar.first, calendar.last));
    }
    let mut wrong = false;
    for problem in &report.problems {
        // Where the root key lies is the operator's choice: advice, and no failure.
        let advice = matches!(problem, Problem::RootBesideKeyring { .. });
        wrong |= !advice;
        let how = if advice { "Better" } else { "To be put right" };
        complain(&format!("{how}: {problem}"));
    }
    Ok(if wrong { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn extend(site: &Where) -> Result<ExitCode, CliError> {
    let context = app::open(&site.settings()?, clock())?;
    let added = rotate_keys::extend(&context)?;
    say(&match added {
        0 => "The calendar is complete.".to_owned(),
        n => format!("{n} keys were added."),
    });
    Ok(ExitCode::SUCCESS)
}

fn parse_key(text: &str) -> Result<(Cohort, Option<u32>), CliError> {
    if let Ok(name) = text.parse::<KeyName>() {
        return Ok((name.cohort, Some(name.version)));
    }
    let parsed = text.split_once('/').and_then(|(class, quarter)| {
        Some(Cohort {
            class: class.parse::<Class>().ok()?,
            quarter: quarter.parse::<Quarter>().ok()?,
        })
    });
    parsed.map(|cohort| (cohort, None)).ok_or_else(|| {
        CliError::Told(format!("{text} names no cohort; write it as personal/2029Q4"))
    })
}

impl Rotate {
    fn run(self) -> Result<ExitCode, CliError> {
        let (cohort, version) = parse_key(&self.cohort)?;
        if version.is_some() {
            return Err(CliError::Told("name the cohort without a version".to_owned()));
        }
        let context = app::open(&self.site.settings()?, clock())?;
        let mut meter = Meter::new("data keys");
        let done = rotate_keys::rotate(&context, cohort.class, cohort.quarter, |progress| {
            meter.tell(progress.done, progress.of);
        })?;
        meter.finish();
        say(&format!("{} data keys are wrapped under {} now.", done.moved, done.new));
        for old in &done.old {
            say(&format!("Nothing refers to {old} any more; it can be destroyed in 30 days."));
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl ScopeArgs {
    fn run(self) -> Result<ExitCode, CliError> {
        let vault = vault(&self.site.settings()?)?;
        let surfaces: Surfaces = self.surface.parse().map_err(|error: NotSurfaces| {
            CliError::Told(format!("{} names {error}", self.surface))
        })?;
        let part = Part::of(surfaces);
        let files = KeyringFiles::in_folder(&self.out);
        vault.scope(&part, files.clone())?;
        say(&format!(
            "Keyring   {} (for {surfaces}: {})",
            files.keyring.display(),
            part.words().join(", ")
        ));
        say(&format!("Root key  {}", files.root.display()));
        Ok(ExitCode::SUCCESS)
    }
}

impl Destroy {
    fn run(self) -> Result<ExitCode, CliError> {
        let (cohort, version) = parse_key(&self.key)?;
        let settings = self.site.settings()?;
        let context = app::open(&settings, clock())?;
        rotate_keys::may_destroy(&context, cohort, version)?;
        if !self.yes {
            return Err(CliError::Told(format!(
                "what {} sealed will be gone for good, in every backup; add --yes to go on",
                self.key
            )));
        }
        let done = rotate_keys::destroy(&context, &app::ledger(&settings), cohort, version)?;
        for canary in &done.canaries {
            try_canary(&self.site, canary)?;
        }
        say(&format!("Destroyed: {}", self.key));
        say(&format!(
            "Certificate: line {} of {}",
            done.certificate.seq,
            app::ledger(&settings).path().display()
        ));
        say(
            "The root key has changed: burn the old recovery sheet and print the new one with `almoner keys recovery`.",
        );
        Ok(ExitCode::SUCCESS)
    }
}

/// A fresh process, which has the files and nothing in memory, tries to open what must not open.
fn try_canary(site: &Where, canary: &Canary) -> Result<(), CliError> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["keys", "canary"]);
    for (flag, path) in [("--data", &site.data), ("--config", &site.config)] {
        if let Some(path) = path {
            command.arg(flag).arg(path);
        }
    }
    let mut child = command.stdin(Stdio::piped()).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(&serde_json::to_vec(canary).map_err(std::io::Error::other)?)?;
    }
    if child.wait()?.success() {
        return Ok(());
    }
    Err(CliError::Told(format!(
        "{} can still be opened from the files: look for another copy of the keyring",
        canary.cohort_key
    )))
}

fn canary(site: &Where) -> Result<ExitCode, CliError> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let canary: Canary = serde_json::from_str(&text).map_err(std::io::Error::other)?;
    let bytes =
        data_encoding::HEXLOWER.decode(canary.wrapped.as_bytes()).map_err(std::io::Error::other)?;
    let wrapped = WrappedKey { cohort_key: canary.cohort_key, bytes: Sealed::from_bytes(bytes) };
    match vault(&site.settings()?)?.open_data_key(&wrapped, &canary.dossier) {
        Err(VaultError::KeyDestroyed { .. }) => Ok(ExitCode::SUCCESS),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(ExitCode::from(1)),
    }
}

impl Recovery {
    fn run(self) -> Result<ExitCode, CliError> {
        let settings = self.site.settings()?;
        if self.restore {
            let mut sheet = zeroize::Zeroizing::new(String::new());
            std::io::stdin().read_to_string(&mut sheet)?;
            restore_root(app::keyring_files(&settings), &sheet)?;
            say("The root key is in place and opens the keyring.");
        } else {
            say(&vault(&settings)?.recovery_sheet()?.to_string());
        }
        Ok(ExitCode::SUCCESS)
    }
}
