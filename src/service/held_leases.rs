//! The leases that this process holds, as far as it remembers.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::NaiveDateTime;

/// The leases that this process holds.
#[derive(Default)]
pub(crate) struct Leases(Mutex<BTreeMap<String, NaiveDateTime>>);

impl Leases {
    fn held(&self) -> MutexGuard<'_, BTreeMap<String, NaiveDateTime>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn until(&self, name: &str) -> Option<NaiveDateTime> {
        self.held().get(name).copied()
    }

    pub fn set(&self, name: &str, until: Option<NaiveDateTime>) {
        match until {
            Some(until) => self.held().insert(name.to_owned(), until),
            None => self.held().remove(name),
        };
    }

    pub fn take_all(&self) -> Vec<String> {
        std::mem::take(&mut *self.held()).into_keys().collect()
    }
}
