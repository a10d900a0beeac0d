//! Carries what was committed from the write-ahead log into the database file, beside the writer.
//!
//! Commits are on disk when they stand in the log. The log has to be emptied now and then, and whoever does that waits
//! for the disk for many times as long as for a commit. SQLite would let the writer do it, and everybody who wants to
//! write at that moment would wait with it.
//!
//! While writing goes on the thread never gets to the end: what was committed meanwhile is in the log. So the writer
//! carries the last few pages itself ([`LONG`]), and writes over the log from its beginning. A log that only grew would
//! cost each commit nearly twice the time: the file system has to find room for what is added to a file.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use diesel::RunQueryDsl as _;
use diesel::connection::SimpleConnection as _;

use super::db::{Access, AnyConnection, QueryCount, Target};
use super::error::StoreError;

/// After how many more pages the log is emptied by the thread.
pub(super) const EVERY: i64 = 1800;
/// At how many pages the writer carries what is left, which is little just after the thread has done its part.
pub(super) const LONG: i64 = 2 * EVERY + 300;
/// After how many pieces of work it is asked how long the log is.
const ASKED_AFTER: usize = 8;

/// The thread. It ends when this is dropped, after what it is at.
pub(super) struct Checkpointer {
    call: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    /// How many pieces of work were committed since the log's length was asked for.
    since: usize,
    /// How long the log was when the thread was last called, in pages.
    called_at: i64,
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
        Ok(Self { call: Some(call), thread: Some(thread), since: 0, called_at: 0 })
    }

    /// Says that so many pieces of work were committed over a connection.
    pub fn committed(&mut self, pieces: usize, connection: &mut AnyConnection, count: &QueryCount) {
        self.since += pieces;
        if self.since < ASKED_AFTER {
            return;
        }
        self.since = 0;
        // What is not known now is known after the next few.
        let Ok(length) = length(connection, count) else { return };
        if length < self.called_at {
            // It was begun anew.
            self.called_at = 0;
        }
        if length >= self.called_at + EVERY
            && let Some(call) = &self.call
        {
            self.called_at = length;
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

/// How long the log is, in pages.
#[derive(diesel::QueryableByName)]
struct Log {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    log: i64,
}

fn length(connection: &mut AnyConnection, count: &QueryCount) -> Result<i64, StoreError> {
    // It is no query of anybody's page.
    count.leave_one_out();
    let Log { log } = diesel::sql_query("PRAGMA wal_checkpoint(NOOP)").get_result(connection)?;
    Ok(log)
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
