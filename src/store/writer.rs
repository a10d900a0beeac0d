//! The one writer of a SQLite database: it commits together what arrives together.
//!
//! Every piece of work runs in a savepoint of its own, so that one that fails takes nothing else with it.
//! An answer is given only after the commit, and the commit is only answered when it is on disk.
//!
//! Some failures undo more than the work that met them: a full disk rolls the whole transaction back, a
//! commit can fail. Then the connection is thrown away and each piece of work is done again, alone.
//!
//! Another process may hold the database. While it does, a few wait and all others are told at once that the
//! database is busy: whoever waits here holds a thread that could serve a reader.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use diesel::connection::{
    AnsiTransactionManager, Connection as _, SimpleConnection, TransactionManager,
    TransactionManagerStatus,
};

use super::checkpointer::Checkpointer;
use super::db::{Access, AnyConnection, QueryCount, Target};
use super::error::StoreError;

#[cfg(test)]
mod tests;

/// The most pieces of work in one commit.
const MOST_TOGETHER: usize = 64;
/// The most that wait while another process holds the database. Half of the threads that one worker of the server
/// has for what blocks, so that the other half serves readers.
const MOST_HELD_UP: usize = 8;
/// How long the writer waits after a commit that took several along: where several come at a time more come, and one
/// commit for all of them costs hardly more than one for each of the first two. Whoever comes alone never waits.
const GATHER: Duration = Duration::from_millis(1);
/// For how long a transaction may wait to begin.
const PATIENCE: Patience =
    Patience { soon: Duration::from_millis(500), late: Duration::from_millis(4500) };

/// For how long a transaction may wait to begin.
#[derive(Clone, Copy)]
struct Patience {
    /// Everybody waits so long.
    soon: Duration,
    /// A few wait so long again.
    late: Duration,
}

/// Who may wait for the writer.
#[derive(Default)]
struct Gate {
    /// Whether another process holds the database.
    held_up: AtomicBool,
    /// How many wait for an answer.
    waiting: AtomicUsize,
}

/// One who waits.
struct Place<'a>(&'a Gate);

impl Gate {
    fn enter(&self) -> Result<Place<'_>, StoreError> {
        let one_more = |waiting: usize| {
            let is_full = waiting >= MOST_HELD_UP && self.held_up.load(Ordering::SeqCst);
            (!is_full).then_some(waiting + 1)
        };
        match self.waiting.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more) {
            Ok(_) => Ok(Place(self)),
            Err(_) => Err(StoreError::Busy),
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

type Work = Box<dyn FnMut(&mut AnyConnection) -> Result<(), StoreError> + Send>;

struct Member {
    work: Work,
    done: SyncSender<Result<(), StoreError>>,
}

/// The thread that writes. It ends when this is dropped, after what was handed in.
pub(super) struct Writer {
    queue: Option<Sender<Member>>,
    thread: Option<JoinHandle<()>>,
    gate: Arc<Gate>,
}

impl Writer {
    pub fn start(target: Target, count: QueryCount) -> Result<Self, StoreError> {
        Self::start_with(target, count, PATIENCE)
    }

    fn start_with(
        target: Target,
        count: QueryCount,
        patience: Patience,
    ) -> Result<Self, StoreError> {
        let checkpointer = Checkpointer::start(target.clone())?;
        let mut work = Loop::new(target, count, patience);
        work.connect()?;
        work.checkpointer = Some(checkpointer);
        let gate = Arc::clone(&work.gate);
        let (queue, arrivals) = channel();
        let thread = std::thread::Builder::new()
            .name("almoner-writer".to_owned())
            .spawn(move || work.run(&arrivals))
            .map_err(|e| StoreError::Connect(e.to_string()))?;
        Ok(Self { queue: Some(queue), thread: Some(thread), gate })
    }

    /// Whether another process holds the database, so that who writes now has to wait.
    pub fn is_held_up(&self) -> bool {
        self.gate.held_up.load(Ordering::SeqCst)
    }

    /// Does the work in a transaction and answers when it is on disk.
    ///
    /// The work may be done more than once: what an earlier time did was undone.
    pub fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut AnyConnection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _place = self.gate.enter()?;
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
    patience: Patience,
    gate: Arc<Gate>,
    /// None after a failure that may have left it in an unknown state.
    connection: Option<AnyConnection>,
    /// For how long a connection was last told to wait.
    waits: Option<Duration>,
    /// None where nobody else empties the log.
    checkpointer: Option<Checkpointer>,
}

/// What became of each piece of work, or why the whole batch is in doubt.
type Outcomes = Result<Vec<Result<(), StoreError>>, StoreError>;

impl Loop {
    fn new(target: Target, count: QueryCount, patience: Patience) -> Self {
        let gate = Arc::default();
        Self { target, count, patience, gate, connection: None, waits: None, checkpointer: None }
    }

    fn run(mut self, arrivals: &Receiver<Member>) {
        while let Ok(first) = arrivals.recv() {
            self.take(first, arrivals);
        }
    }

    /// Commits what has arrived.
    fn take(&mut self, first: Member, arrivals: &Receiver<Member>) {
        let more = arrivals.try_iter().take(MOST_TOGETHER - 1);
        let mut batch: Vec<Member> = std::iter::once(first).chain(more).collect();
        let are_several = batch.len() > 1;
        batch = self.commit(batch, self.patience.soon);
        if !batch.is_empty() {
            self.gate.held_up.store(true, Ordering::SeqCst);
            batch.extend(arrivals.try_iter());
            refuse(batch.split_off(batch.len().min(MOST_HELD_UP)));
            batch = self.commit(batch, self.patience.late);
        }
        if batch.is_empty() {
            self.gate.held_up.store(false, Ordering::SeqCst);
            if are_several {
                std::thread::sleep(GATHER);
            }
        } else {
            tracing::warn!("another process holds the database; nothing can be written");
            refuse(batch.into_iter().chain(arrivals.try_iter()));
        }
    }

    /// Commits together, or each alone, and answers. Gives back those for whom nothing could be begun in time.
    fn commit(&mut self, mut batch: Vec<Member>, patience: Duration) -> Vec<Member> {
        match self.together(&mut batch, patience) {
            Ok(outcomes) => {
                let pieces = outcomes.len();
                for (member, outcome) in batch.into_iter().zip(outcomes) {
                    // Nobody may be waiting any more; the work stands all the same.
                    let _ = member.done.send(outcome);
                }
                if let Some(checkpointer) = &mut self.checkpointer {
                    checkpointer.committed(pieces);
                }
                Vec::new()
            }
            // Nothing was begun, and each alone would wait as long.
            Err(StoreError::Busy) => batch,
            Err(error) if batch.len() == 1 => {
                if let Some(member) = batch.pop() {
                    let _ = member.done.send(Err(error));
                }
                Vec::new()
            }
            Err(error) => {
                tracing::warn!(members = batch.len(), %error, "a batch was undone; doing each alone");
                let mut alone = batch.into_iter();
                let mut left = Vec::new();
                while left.is_empty() {
                    let Some(member) = alone.next() else { break };
                    left = self.commit(vec![member], patience);
                }
                left.extend(alone);
                left
            }
        }
    }

    fn together(&mut self, batch: &mut [Member], patience: Duration) -> Outcomes {
        let outcomes = self.attempt(batch, patience);
        if outcomes.is_err() {
            // Dropping the connection rolls back whatever is still open in it.
            self.connection = None;
        }
        outcomes
    }

    fn connect(&mut self) -> Result<&mut AnyConnection, StoreError> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            none => Ok(none.insert(self.target.connect(Access::Write, &self.count)?)),
        }
    }

    fn attempt(&mut self, batch: &mut [Member], patience: Duration) -> Outcomes {
        let count = self.count.clone();
        let is_said = self.connection.is_some() && self.waits == Some(patience);
        self.waits = Some(patience);
        let connection = self.connect()?;
        if !is_said {
            let wait = format!("PRAGMA busy_timeout = {}", patience.as_millis());
            connection.batch_execute(&wait)?;
        }
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
        commit(connection, &count)?;
        Ok(outcomes)
    }
}

fn refuse(members: impl IntoIterator<Item = Member>) {
    for member in members {
        let _ = member.done.send(Err(StoreError::Busy));
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
