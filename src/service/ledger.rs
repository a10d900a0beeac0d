//! The ledger: what a restore must not undo. It lies outside the database, only grows, and each line is
//! chained to the one before with a MAC.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::context::Context;
use super::error::ServiceError;
use crate::vault::MacPurpose;

/// The ledger of a site.
pub struct Ledger {
    path: PathBuf,
}

/// A line of the ledger. Ids and names of keys; nothing about a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerLine {
    /// Its place, from 1.
    pub seq: u64,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// What happened, such as `keys.destroyed`.
    pub what: String,
    /// The particulars.
    pub detail: serde_json::Value,
    /// HMAC-SHA256 over the line before it and its own fields, hexadecimal.
    pub mac: String,
}

impl Ledger {
    /// The ledger in a folder; it need not be there yet.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self { path: folder.join("ledger.jsonl") }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a line, which is on disk when this returns.
    ///
    /// # Errors
    /// [`ServiceError::Internal`] when the file can't be written, or its chain is broken.
    pub fn append(
        &self,
        ctx: &Context,
        what: &str,
        detail: &serde_json::Value,
    ) -> Result<LedgerLine, ServiceError> {
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&self.path)
            .map_err(|e| self.failed(&e))?;
        file.lock().map_err(|e| self.failed(&e))?;
        let lines = read(&mut file).map_err(|e| self.failed(&e))?;
        self.check(ctx, &lines)?;
        let (seq, before) = lines.last().map_or((0, ""), |line| (line.seq, line.mac.as_str()));
        let mut line = LedgerLine {
            seq: seq + 1,
            at: ctx.now(),
            what: what.to_owned(),
            detail: detail.clone(),
            mac: String::new(),
        };
        line.mac = mac(ctx, before, &line)?;
        let mut text = serde_json::to_string(&line).map_err(ServiceError::internal)?;
        text.push('\n');
        file.write_all(text.as_bytes()).map_err(|e| self.failed(&e))?;
        file.sync_all().map_err(|e| self.failed(&e))?;
        Ok(line)
    }

    /// Every line, with the chain checked.
    ///
    /// # Errors
    /// [`ServiceError::Internal`] when the file can't be read, or its chain is broken.
    pub fn lines(&self, ctx: &Context) -> Result<Vec<LedgerLine>, ServiceError> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.failed(&error)),
        };
        let lines = read(&mut file).map_err(|e| self.failed(&e))?;
        self.check(ctx, &lines)?;
        Ok(lines)
    }

    fn check(&self, ctx: &Context, lines: &[LedgerLine]) -> Result<(), ServiceError> {
        let mut before = String::new();
        for (position, line) in lines.iter().enumerate() {
            if line.seq != position as u64 + 1 || line.mac != mac(ctx, &before, line)? {
                return Err(ServiceError::Internal(format!(
                    "line {} of the ledger {} is not what was written; put its newest copy back",
                    position + 1,
                    self.path.display()
                )));
            }
            before.clone_from(&line.mac);
        }
        Ok(())
    }

    fn failed(&self, error: &std::io::Error) -> ServiceError {
        ServiceError::Internal(format!("the ledger {}: {error}", self.path.display()))
    }
}

fn read(file: &mut File) -> std::io::Result<Vec<LedgerLine>> {
    file.seek(SeekFrom::Start(0))?;
    let mut lines = Vec::new();
    for line in BufReader::new(&mut *file).lines() {
        let line = line?;
        lines.push(serde_json::from_str(&line).map_err(std::io::Error::other)?);
    }
    Ok(lines)
}

fn mac(ctx: &Context, before: &str, line: &LedgerLine) -> Result<String, ServiceError> {
    let detail = line.detail.to_string();
    let mac = ctx.vault.mac(
        MacPurpose::Ledger,
        &[
            before.as_bytes(),
            &line.seq.to_be_bytes(),
            &line.at.timestamp_millis().to_be_bytes(),
            line.what.as_bytes(),
            detail.as_bytes(),
        ],
    )?;
    Ok(HEXLOWER.encode(&mac))
}
