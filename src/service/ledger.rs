//! The ledger: what a restore must not undo. It lies outside the database, only grows, and each line is
//! chained to the one before with a MAC.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
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
        let mut lines = self.whole_lines(ctx, &mut file)?;
        if lines.torn > 0 {
            // Whoever wrote it was told that it failed, or died; the chain says what was taken away.
            file.set_len(lines.whole).map_err(|e| self.failed(&e))?;
            let detail = serde_json::json!({ "bytes": lines.torn });
            tracing::warn!(bytes = lines.torn, "the last line of the ledger was half written");
            self.write(ctx, &mut file, &mut lines, "ledger.mended", &detail)?;
        }
        self.write(ctx, &mut file, &mut lines, what, detail)
    }

    fn write(
        &self,
        ctx: &Context,
        file: &mut File,
        lines: &mut Lines,
        what: &str,
        detail: &serde_json::Value,
    ) -> Result<LedgerLine, ServiceError> {
        let last = lines.lines.last();
        let (seq, before) = last.map_or((0, ""), |line| (line.seq, line.mac.as_str()));
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
        if let Err(error) = file.write_all(text.as_bytes()).and_then(|()| file.sync_all()) {
            // A full disk takes a part of it. What can't be taken away now is by the next that writes.
            let _ = file.set_len(lines.whole);
            return Err(self.failed(&error));
        }
        if lines.lines.is_empty() {
            // Its name must be on disk as well.
            let folder = self.path.parent().filter(|folder| *folder != Path::new(""));
            File::open(folder.unwrap_or_else(|| Path::new(".")))
                .and_then(|folder| folder.sync_all())
                .map_err(|e| self.failed(&e))?;
        }
        lines.whole += text.len() as u64;
        lines.lines.push(line.clone());
        Ok(line)
    }

    /// Every line, with the chain checked. A last line that was never finished is none.
    ///
    /// # Errors
    /// [`ServiceError::Internal`] when the file can't be read, or its chain is broken.
    pub fn lines(&self, ctx: &Context) -> Result<Vec<LedgerLine>, ServiceError> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.failed(&error)),
        };
        Ok(self.whole_lines(ctx, &mut file)?.lines)
    }

    fn whole_lines(&self, ctx: &Context, file: &mut File) -> Result<Lines, ServiceError> {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0)).map_err(|e| self.failed(&e))?;
        file.read_to_end(&mut bytes).map_err(|e| self.failed(&e))?;
        let mut lines = Lines { lines: Vec::new(), whole: 0, torn: 0 };
        for text in bytes.split_inclusive(|byte| *byte == b'\n') {
            if text.last() != Some(&b'\n') {
                lines.torn = text.len();
                break;
            }
            let line = serde_json::from_slice(text);
            lines.lines.push(line.map_err(|_| self.broken(lines.lines.len() + 1))?);
            lines.whole += text.len() as u64;
        }
        self.check(ctx, &lines.lines)?;
        Ok(lines)
    }

    fn check(&self, ctx: &Context, lines: &[LedgerLine]) -> Result<(), ServiceError> {
        let mut before = String::new();
        for (position, line) in lines.iter().enumerate() {
            if line.seq != position as u64 + 1 || line.mac != mac(ctx, &before, line)? {
                return Err(self.broken(position + 1));
            }
            before.clone_from(&line.mac);
        }
        Ok(())
    }

    fn broken(&self, number: usize) -> ServiceError {
        ServiceError::Internal(format!(
            "line {number} of the ledger {} is not what was written; put its newest copy back",
            self.path.display()
        ))
    }

    fn failed(&self, error: &std::io::Error) -> ServiceError {
        ServiceError::Internal(format!("the ledger {}: {error}", self.path.display()))
    }
}

/// What is in the file.
struct Lines {
    lines: Vec<LedgerLine>,
    /// How many bytes the whole lines have.
    whole: u64,
    /// How many bytes come after them: of a line whose writer died over it.
    torn: usize,
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
