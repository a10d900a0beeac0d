//! Carries what was committed from the write-ahead log into the database file, beside the writer.
//!
//! Commits are on disk when they stand in the log. The log has to be emptied now and then, and whoever does that waits
//! for the disk for many times as long as for a commit. SQLite would let the writer do it, and everybody who wants to
//! write at that moment would wait with it.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use diesel::connection::SimpleConnection as _;

use super::db::{Access, AnyConnection, QueryCount, Target};
use super::error::StoreError;

/// After how many pieces of work the log is emptied. The writer does it itself when the log gets longer than
/// they make it (`wal_autocheckpoint`).
pub(super) const EVERY: usize = 500;

/// The thread. It ends when this is dropped, after what it is at.
pub(super) struct Checkpointer {
    call: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    /// How many pieces of work were committed since it was last called.
    since: usize,
}

impl Checkpointer {
    pub fn start(target: Target) -> Result<Self, StoreError> {
        let (call, calls) = sync_channel(1);
        let work = move || {
            let mut connection = None;
            while calls.recv().is_ok() {
                if let Err(error) = checkpoint(&target, &mut connection) {
                    // The writer does it when the log gets long.
                    tracing::debug!(%error, "the write-ahead log was not emptied");
                    connection = None;
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("almoner-checks".to_owned())
            .spawn(work)
            .map_err(|e| StoreError::Connect(e.to_string()))?;
        Ok(Self { call: Some(call), thread: Some(thread), since: 0 })
    }

    /// Says that so many pieces of work were committed.
    pub fn committed(&mut self, pieces: usize) {
        self.since += pieces;
        if self.since >= EVERY
            && let Some(call) = &self.call
        {
            self.since = 0;
            // Who was called and has not come yet will find all there is.
            let _ = call.try_send(());
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        drop(self.call.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was logged where it happened.
            let _ = thread.join();
        }
    }
}

fn checkpoint(target: &Target, held: &mut Option<AnyConnection>) -> Result<(), StoreError> {
    let connection = match held {
        Some(connection) => connection,
        // What it sends is no query of anybody's page.
        none => none.insert(target.connect(Access::Read, &QueryCount::default())?),
    };
    // As far as it gets without making anybody wait.
    Ok(connection.batch_execute("PRAGMA wal_checkpoint(PASSIVE)")?)
}
