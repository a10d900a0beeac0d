//! The one writer of a SQLite database: it commits together what arrives together.
//!
//! Who comes while nobody else writes does the work on their own thread, on the writer's connection: to wake another
//! thread and to be woken by it would cost as much as the reading before it. Whoever comes meanwhile waits for the
//! writer's thread, which commits them together.
//!
//! Of several, every piece of work runs in a savepoint of its own, so that one that fails takes nothing else with it.
//! An answer is given only after the commit, and the commit is only answered when it is on disk.
//!
//! Some failures undo more than the work that met them: a full disk rolls the whole transaction back, a
//! commit can fail. Then the connection is thrown away and each piece of work is done again, alone.
//!
//! Another process may hold the database. While it does, a few wait and all others are told at once that the
//! database is busy: whoever waits here holds a thread that could serve a reader.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use diesel::connection::{Connection as _, SimpleConnection};

use super::checkpointer::Checkpointer;
use super::db::{Access, AnyConnection, QueryCount, Target};
use super::error::StoreError;

mod gate;
#[cfg(test)]
mod tests;
mod transaction;

use gate::{Gate, MOST_HELD_UP};
use transaction::{begin, begin_read, commit, depth, roll_back};

/// The most pieces of work in one commit.
const MOST_TOGETHER: usize = 64;
/// How long the writer waits after a commit that took several along: where several come at a time more come, and one
/// commit for all of them costs hardly more than one for each of the first two. Whoever comes alone never waits.
const GATHER: Duration = Duration::from_millis(1);
/// From how many at a time on it waits: two may have met by chance, one of them a job, and nobody else comes.
const SEVERAL: usize = 3;
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

type Work = Box<dyn FnMut(&mut AnyConnection) -> Result<(), StoreError> + Send>;

struct Member {
    work: Work,
    done: SyncSender<Result<(), StoreError>>,
}

/// The connection that writes, and the thread for those who come at a time. It ends when this is dropped, after what was
/// handed in.
pub(super) struct Writer {
    queue: Option<Sender<Member>>,
    thread: Option<JoinHandle<()>>,
    /// Held by whoever writes, and by the thread while it gathers.
    work: Arc<Mutex<Loop>>,
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
        let work = Arc::new(Mutex::new(work));
        let (queue, arrivals) = channel();
        let shared = Arc::clone(&work);
        let thread = std::thread::Builder::new()
            .name("almoner-writer".to_owned())
            .spawn(move || run(&shared, &arrivals))
            .map_err(|e| StoreError::Connect(e.to_string()))?;
        Ok(Self { queue: Some(queue), thread: Some(thread), work, gate })
    }

    /// Whether another process holds the database, so that who writes now has to wait.
    pub fn is_held_up(&self) -> bool {
        self.gate.held_up.load(Ordering::SeqCst)
    }

    /// Reads by the connection that writes, when nobody writes or waits to. Gives the work back otherwise.
    pub fn read_if_idle<T, W>(&self, work: W) -> Result<Result<T, StoreError>, W>
    where
        W: FnOnce(&mut AnyConnection) -> Result<T, StoreError>,
    {
        if !self.gate.is_empty() {
            return Err(work);
        }
        let Ok(mut own) = self.work.try_lock() else { return Err(work) };
        let Some(connection) = own.connection.as_mut() else { return Err(work) };
        // Of one moment, and undone: whatever this does, it changes nothing.
        let read = |connection: &mut AnyConnection| {
            begin_read(connection)?;
            let read = work(connection);
            roll_back(connection)?;
            read
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| read(connection)));
        if depth(connection) != Some(0) {
            own.connection = None;
        }
        drop(own);
        Ok(outcome.unwrap_or_else(|panic| resume_unwind(panic)))
    }

    /// Does the work in a transaction and answers when it is on disk.
    ///
    /// The work may be done more than once: what an earlier time did was undone.
    pub fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut AnyConnection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (_place, is_alone) = self.gate.enter()?;
        if is_alone
            && let Ok(mut own) = self.work.try_lock()
            && let Some(answer) = own.at_once(&mut work)
        {
            return answer;
        }
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

    /// Does a single piece of work and commits it. None when another process holds the database, so that this has to
    /// wait with all others.
    fn at_once<T>(
        &mut self,
        work: &mut impl FnMut(&mut AnyConnection) -> Result<T, StoreError>,
    ) -> Option<Result<T, StoreError>> {
        let outcome = match self.alone(work, self.patience.soon) {
            // Nothing was begun.
            Err(StoreError::Busy) => return None,
            outcome => outcome.flatten(),
        };
        self.gate.held_up.store(false, Ordering::SeqCst);
        self.committed(1);
        Some(outcome)
    }

    /// Commits what has arrived.
    fn take(&mut self, first: Member, arrivals: &Receiver<Member>) {
        let more = arrivals.try_iter().take(MOST_TOGETHER - 1);
        let mut batch: Vec<Member> = std::iter::once(first).chain(more).collect();
        let are_several = batch.len() >= SEVERAL;
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

    /// Counts pieces of work that were done.
    fn committed(&mut self, pieces: usize) {
        if let (Some(checkpointer), Some(connection)) =
            (&mut self.checkpointer, &mut self.connection)
        {
            checkpointer.committed(pieces, connection, &self.count);
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
                self.committed(pieces);
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

    /// The same with a single piece of work: the outer failure says that the connection is in doubt.
    fn alone<T>(
        &mut self,
        work: &mut impl FnMut(&mut AnyConnection) -> Result<T, StoreError>,
        patience: Duration,
    ) -> Result<Result<T, StoreError>, StoreError> {
        let outcome = self.attempt_alone(work, patience);
        if outcome.is_err() {
            self.connection = None;
        }
        outcome
    }

    /// A connection with a transaction that has begun.
    fn begun(&mut self, patience: Duration) -> Result<&mut AnyConnection, StoreError> {
        let is_said = self.connection.is_some() && self.waits == Some(patience);
        self.waits = Some(patience);
        let connection = self.connect()?;
        if !is_said {
            let wait = format!("PRAGMA busy_timeout = {}", patience.as_millis());
            connection.batch_execute(&wait)?;
        }
        begin(connection)?;
        Ok(connection)
    }

    /// In no savepoint: the transaction is its own, and SQLite keeps no second copy of each page to go back to.
    fn attempt_alone<T>(
        &mut self,
        work: &mut impl FnMut(&mut AnyConnection) -> Result<T, StoreError>,
        patience: Duration,
    ) -> Result<Result<T, StoreError>, StoreError> {
        let count = self.count.clone();
        let connection = self.begun(patience)?;
        let outcome = catch_unwind(AssertUnwindSafe(|| work(connection)));
        let outcome = outcome.unwrap_or(Err(StoreError::Panicked));
        // SQLite rolls everything back when the disk is full; a panic may have left a transaction in this one open.
        if matches!(outcome, Err(StoreError::Full)) || depth(connection) != Some(1) {
            return Err(outcome.err().unwrap_or(StoreError::Panicked));
        }
        match outcome {
            Err(error) if error.spoils_the_batch() => Err(error),
            Err(error) => roll_back(connection).map(|()| Err(error)),
            Ok(value) => commit(connection, &count).map(|()| Ok(value)),
        }
    }

    fn attempt(&mut self, batch: &mut [Member], patience: Duration) -> Outcomes {
        if let [member] = batch {
            return self.attempt_alone(&mut member.work, patience).map(|outcome| vec![outcome]);
        }
        let count = self.count.clone();
        let connection = self.begun(patience)?;
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

/// The thread: commits what arrives while others are at it.
fn run(work: &Mutex<Loop>, arrivals: &Receiver<Member>) {
    while let Ok(first) = arrivals.recv() {
        // Work that panics is caught where it is done, so that nothing is left half done under this.
        work.lock().unwrap_or_else(PoisonError::into_inner).take(first, arrivals);
    }
}

fn refuse(members: impl IntoIterator<Item = Member>) {
    for member in members {
        let _ = member.done.send(Err(StoreError::Busy));
    }
}
