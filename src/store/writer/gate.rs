//! Who may wait for the writer.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::super::error::StoreError;

/// The most that wait while another process holds the database. Half of the threads that one worker of the server
/// has for what blocks, so that the other half serves readers.
pub(super) const MOST_HELD_UP: usize = 8;

/// Who may wait for the writer.
#[derive(Default)]
pub(super) struct Gate {
    /// Whether another process holds the database.
    pub held_up: AtomicBool,
    /// How many wait for an answer.
    waiting: AtomicUsize,
}

/// One who waits.
pub(super) struct Place<'a>(&'a Gate);

impl Gate {
    /// Whether nobody has a place.
    pub fn is_empty(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) == 0
    }

    /// A place, and whether nobody else had one.
    pub fn enter(&self) -> Result<(Place<'_>, bool), StoreError> {
        let one_more = |waiting: usize| {
            let is_full = waiting >= MOST_HELD_UP && self.held_up.load(Ordering::SeqCst);
            (!is_full).then_some(waiting + 1)
        };
        match self.waiting.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more) {
            Ok(others) => Ok((Place(self), others == 0)),
            Err(_) => Err(StoreError::Busy),
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}
