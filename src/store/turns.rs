//! A queue for something of which there are a few: who comes first is served first.
//!
//! A lock or a pool that wakes whoever happens to be quick lets some wait for many others. In a queue everybody waits
//! about as long, and the slowest answer is not much slower than most.

use std::collections::VecDeque;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The queue.
pub(super) struct Turns(Mutex<State>);

struct State {
    of: u32,
    free: u32,
    waiting: VecDeque<SyncSender<()>>,
}

/// Somebody's turn, until it is dropped.
pub(super) struct Turn<'a>(&'a Turns);

impl Turns {
    /// A queue for so many at a time.
    pub fn new(at_a_time: u32) -> Self {
        Self(Mutex::new(State { of: at_a_time, free: at_a_time, waiting: VecDeque::new() }))
    }

    /// Waits for a turn; none when it does not come in time.
    pub fn take(&self, patience: Duration) -> Option<Turn<'_>> {
        let called = {
            let mut state = self.lock();
            if state.free > 0 {
                state.free -= 1;
                return Some(Turn(self));
            }
            let (call, called) = sync_channel(1);
            state.waiting.push_back(call);
            called
        };
        if called.recv_timeout(patience).is_ok() {
            return Some(Turn(self));
        }
        // The call may have come just now. Under the lock nobody calls: either it is here, or it never comes.
        let _state = self.lock();
        let is_called = called.try_recv().is_ok();
        drop(called);
        // Made only if it is meant: one that is dropped gives a turn back.
        is_called.then(|| Turn(self))
    }

    /// Whether nobody has a turn at this moment.
    pub fn are_all_free(&self) -> bool {
        let state = self.lock();
        state.free == state.of
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that is done under it can be left half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        while let Some(next) = state.waiting.pop_front() {
            // Whoever has gone away meanwhile can't be called.
            if next.send(()).is_ok() {
                return;
            }
        }
        state.free += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    const LONG: Duration = Duration::from_secs(20);
    const SHORT: Duration = Duration::from_millis(1);

    fn wait_for(turns: &Turns, waiting: usize) {
        while turns.lock().waiting.len() < waiting {
            std::thread::yield_now();
        }
    }

    #[test]
    fn who_comes_first_is_served_first() {
        let turns = Turns::new(1);
        let order = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            let first = turns.take(LONG).unwrap();
            for nth in 0..20 {
                let (turns, order) = (&turns, &order);
                scope.spawn(move || {
                    let _turn = turns.take(LONG).unwrap();
                    order.lock().unwrap().push(nth);
                });
                wait_for(turns, nth + 1);
            }
            drop(first);
        });
        assert!(order.into_inner().unwrap().into_iter().eq(0..20));
    }

    #[test]
    fn who_goes_away_is_passed_over_and_no_turn_is_lost() {
        let turns = Turns::new(1);
        let first = turns.take(LONG).unwrap();
        assert!(turns.take(SHORT).is_none(), "there is but one");
        assert_eq!(turns.lock().waiting.len(), 1, "nobody is behind this one any more");
        drop(first);
        assert!(turns.take(SHORT).is_some());
        assert!(turns.take(SHORT).is_some(), "it was given back");
    }

    #[test]
    fn there_are_never_more_than_may_be() {
        let turns = Arc::new(Turns::new(3));
        let (inside, most) = (AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for nth in 0..8_u64 {
                let (turns, inside, most) = (&turns, &inside, &most);
                scope.spawn(move || {
                    for round in 0..200 {
                        // Some have so little patience that they often go away.
                        let patience = if nth < 4 { LONG } else { Duration::from_micros(round) };
                        let Some(_turn) = turns.take(patience) else { continue };
                        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::yield_now();
                        inside.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(most.into_inner(), 3);
        assert_eq!(turns.lock().free, 3, "all turns were given back");
    }
}
