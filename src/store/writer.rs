//! The one writer of a SQLite database: it commits together what arrives together.
//!
//! Every piece of work runs in a savepoint of its own, so that one that fails takes nothing else with it.
//! An answer is given only after the commit, and the commit is only answered when it is on disk.
//!
//! Some failures undo more than the work that met them: a full disk rolls the whole transaction back, a
//! commit can fail. Then the connection is thrown away and each piece of work is done again, alone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use diesel::connection::{
    AnsiTransactionManager, Connection as _, SimpleConnection, TransactionManager,
    TransactionManagerStatus,
};

use super::db::{Access, AnyConnection, QueryCount, Target};
use super::error::StoreError;

#[cfg(test)]
mod tests;

/// The most pieces of work in one commit.
const MOST_TOGETHER: usize = 64;

type Work = Box<dyn FnMut(&mut AnyConnection) -> Result<(), StoreError> + Send>;

struct Member {
    work: Work,
    done: SyncSender<Result<(), StoreError>>,
}

/// The thread that writes. It ends when this is dropped, after what was handed in.
pub(super) struct Writer {
    queue: Option<Sender<Member>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub fn start(target: Target, count: QueryCount) -> Result<Self, StoreError> {
        let connection = target.connect(Access::Write, &count)?;
        let (queue, arrivals) = channel();
        let thread = std::thread::Builder::new()
            .name("almoner-writer".to_owned())
            .spawn(move || Loop { target, count, connection: Some(connection) }.run(&arrivals))
            .map_err(|e| StoreError::Connect(e.to_string()))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Does the work in a transaction and answers when it is on disk.
    ///
    /// The work may be done more than once: what an earlier time did was undone.
    pub fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut AnyConnection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let result = Arc::new(Mutex::new(None));
        let place = Arc::clone(&result);
        let work: Work = Box::new(move |connection| {
            let value = work(connection)?;
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
            Ok(())
        });
        let (done, answer) = sync_channel(1);
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue.send(Member { work, done }).map_err(|_| StoreError::Closed)?;
        answer.recv().map_err(|_| StoreError::Closed)??;
        result.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or(StoreError::Panicked)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been answered to those who waited for it.
            let _ = thread.join();
        }
    }
}

struct Loop {
    target: Target,
    count: QueryCount,
    /// None after a failure that may have left it in an unknown state.
    connection: Option<AnyConnection>,
}

/// What became of each piece of work, or why the whole batch is in doubt.
type Outcomes = Result<Vec<Result<(), StoreError>>, StoreError>;

impl Loop {
    fn run(mut self, arrivals: &Receiver<Member>) {
        while let Ok(first) = arrivals.recv() {
            let mut batch = vec![first];
            while batch.len() < MOST_TOGETHER {
                match arrivals.try_recv() {
                    Ok(member) => batch.push(member),
                    Err(_) => break,
                }
            }
            self.commit(batch);
        }
    }

    fn commit(&mut self, mut batch: Vec<Member>) {
        match self.together(&mut batch) {
            Ok(outcomes) => {
                for (member, outcome) in batch.into_iter().zip(outcomes) {
                    // Nobody may be waiting any more; the work stands all the same.
                    let _ = member.done.send(outcome);
                }
            }
            Err(error) if batch.len() == 1 => {
                if let Some(member) = batch.pop() {
                    let _ = member.done.send(Err(error));
                }
            }
            // Another process writes for longer than anybody waits. Nothing was begun, and each alone would wait as long.
            Err(StoreError::Busy) => {
                for member in batch {
                    let _ = member.done.send(Err(StoreError::Busy));
                }
            }
            Err(error) => {
                tracing::warn!(members = batch.len(), %error, "a batch was undone; doing each alone");
                for member in batch {
                    self.commit(vec![member]);
                }
            }
        }
    }

    fn together(&mut self, batch: &mut [Member]) -> Outcomes {
        let outcomes = self.attempt(batch);
        if outcomes.is_err() {
            // Dropping the connection rolls back whatever is still open in it.
            self.connection = None;
        }
        outcomes
    }

    fn attempt(&mut self, batch: &mut [Member]) -> Outcomes {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(self.target.connect(Access::Write, &self.count)?),
        };
        begin(connection)?;
        let mut outcomes = Vec::with_capacity(batch.len());
        for member in batch {
            let mut full = false;
            let outcome = connection.transaction::<(), StoreError, _>(|connection| {
                // Caught here, inside the savepoint: a panic that crossed diesel's own code would leave it
                // believing in a transaction that is gone, and its commit would report what never happened.
                let outcome = catch_unwind(AssertUnwindSafe(|| (member.work)(connection)))
                    .unwrap_or(Err(StoreError::Panicked));
                full = matches!(outcome, Err(StoreError::Full));
                outcome
            });
            if full {
                // SQLite has rolled back everything, so that what diesel says is that the savepoint is gone.
                return Err(StoreError::Full);
            }
            if depth(connection) != Some(1) {
                return Err(outcome.err().unwrap_or(StoreError::Panicked));
            }
            match outcome {
                Err(error) if error.spoils_the_batch() => return Err(error),
                outcome => outcomes.push(outcome),
            }
        }
        commit(connection, &self.count)?;
        Ok(outcomes)
    }
}

fn begin(connection: &mut AnyConnection) -> Result<(), StoreError> {
    match connection {
        AnyConnection::Sqlite(inner) => {
            AnsiTransactionManager::begin_transaction_sql(inner, "BEGIN IMMEDIATE")?;
        }
        AnyConnection::Postgres(inner) => AnsiTransactionManager::begin_transaction(inner)?,
    }
    Ok(())
}

fn commit(connection: &mut AnyConnection, count: &QueryCount) -> Result<(), StoreError> {
    match connection {
        AnyConnection::Sqlite(inner) => AnsiTransactionManager::commit_transaction(inner)?,
        AnyConnection::Postgres(inner) => AnsiTransactionManager::commit_transaction(inner)?,
    }
    // Diesel counts levels and sends the statement it thinks fit; only the database knows whether a
    // transaction is still open. A second one can begin only when the first has ended.
    match connection {
        AnyConnection::Sqlite(inner) => {
            count.leave_one_out();
            inner.batch_execute("BEGIN; ROLLBACK;")?;
        }
        AnyConnection::Postgres(_) => {}
    }
    Ok(())
}

/// How many transactions are open, one in another; none when that is unknown.
fn depth(connection: &mut AnyConnection) -> Option<u32> {
    let status = match connection {
        AnyConnection::Sqlite(inner) => {
            AnsiTransactionManager::transaction_manager_status_mut(inner)
        }
        AnyConnection::Postgres(inner) => {
            AnsiTransactionManager::transaction_manager_status_mut(inner)
        }
    };
    match status {
        TransactionManagerStatus::Valid(valid) => {
            valid.transaction_depth().map(std::num::NonZeroU32::get)
        }
        TransactionManagerStatus::InError => None,
    }
}
