//! `almoner audit`

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{CliError, Where, clock, output::say};
use crate::app;
use crate::service::audit_chain;

/// The commands about the audit.
#[derive(Subcommand)]
pub(super) enum Audit {
    /// Compute the chain of the audit anew and check every signature. Exit 1 when something is wrong.
    Verify(Verify),
}

/// The arguments of `audit verify`.
#[derive(Args)]
pub(super) struct Verify {
    #[command(flatten)]
    site: Where,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

impl Audit {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        let Self::Verify(verify) = self;
        let settings = verify.site.settings()?;
        let context = app::open(&settings, clock())?;
        let report = audit_chain::verify(&context)?;
        if verify.json {
            say(&serde_json::to_string_pretty(&report).map_err(std::io::Error::other)?);
        } else {
            say(&format!(
                "{} entries: {} chained under {} signed heads, {} waiting.",
                report.entries, report.chained, report.heads, report.waiting
            ));
            say(&format!("Head: {}", report.head));
            for wrong in &report.wrong {
                say(&format!("WRONG: {wrong}"));
            }
            if report.wrong.is_empty() {
                say("The audit is whole.");
            }
        }
        Ok(if report.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}
