//! How many files may be on their way in at the same moment. They are held in memory, and nowhere else, until they are
//! kept: so there is a bound on how many, by everybody together and by one account.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::context::Context;
use super::error::ServiceError;
use crate::domain::id::Id;

/// How many files may be arriving. A slow connection holds a place for minutes, so that there are more of these.
const ARRIVING: usize = 16;
/// How many files may be looked through and cleaned. Each may take many times its size in memory.
const AT_WORK: usize = 2;
/// How many of those that arrive may be from one account.
const OF_ONE: usize = 2;
/// For how long somebody waits for a place.
const WAIT: Duration = Duration::from_secs(10);

/// The places there are.
pub(crate) struct Uploads {
    arriving: Arc<Semaphore>,
    at_work: Arc<Semaphore>,
    by: Arc<Mutex<HashMap<Id, usize>>>,
}

impl Default for Uploads {
    fn default() -> Self {
        Self {
            arriving: Arc::new(Semaphore::new(ARRIVING)),
            at_work: Arc::new(Semaphore::new(AT_WORK)),
            by: Arc::default(),
        }
    }
}

/// A place for a file that arrives. It is free again when this is dropped.
pub struct Place {
    _arriving: OwnedSemaphorePermit,
    _own: Own,
    at_work: Arc<Semaphore>,
}

/// A place for a file that is worked on. It is free again when this is dropped.
pub struct Work {
    _at_work: OwnedSemaphorePermit,
    _place: Place,
}

/// Counts the files of one account.
struct Own {
    account: Id,
    by: Arc<Mutex<HashMap<Id, usize>>>,
}

impl Own {
    fn count(by: &Arc<Mutex<HashMap<Id, usize>>>, account: &Id) -> Option<Self> {
        let mut counts = by.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(account.clone()).or_default();
        if *count >= OF_ONE {
            return None;
        }
        *count += 1;
        Some(Self { account: account.clone(), by: Arc::clone(by) })
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let mut counts = self.by.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.account) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.account);
            }
        }
    }
}

async fn wait(
    semaphore: &Arc<Semaphore>,
    most: Duration,
) -> Result<OwnedSemaphorePermit, ServiceError> {
    match timeout(most, Arc::clone(semaphore).acquire_owned()).await {
        Ok(Ok(permit)) => Ok(permit),
        Ok(Err(_)) | Err(_) => Err(ServiceError::Busy),
    }
}

/// Waits for a place for a file of an account.
///
/// # Errors
/// [`ServiceError::Busy`] when there is none for a while, or when the account has as many as one may have.
pub async fn place(ctx: &Context, account: &Id) -> Result<Place, ServiceError> {
    let uploads = &ctx.uploads;
    let own = Own::count(&uploads.by, account).ok_or(ServiceError::Busy)?;
    let arriving = wait(&uploads.arriving, WAIT).await?;
    Ok(Place { _arriving: arriving, _own: own, at_work: Arc::clone(&uploads.at_work) })
}

impl Place {
    /// Waits until the file that has arrived may be worked on.
    ///
    /// # Errors
    /// [`ServiceError::Busy`] when that takes too long.
    pub async fn work(self) -> Result<Work, ServiceError> {
        let at_work = wait(&self.at_work, WAIT).await?;
        Ok(Work { _at_work: at_work, _place: self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(letter: char) -> Id {
        letter.to_string().repeat(Id::LEN).parse().unwrap()
    }

    #[test]
    fn one_account_takes_no_more_than_its_share_and_gives_it_back() {
        let uploads = Uploads::default();
        let first = Own::count(&uploads.by, &id('a')).unwrap();
        let second = Own::count(&uploads.by, &id('a')).unwrap();
        assert!(Own::count(&uploads.by, &id('a')).is_none());
        assert!(Own::count(&uploads.by, &id('b')).is_some());
        drop(first);
        assert!(Own::count(&uploads.by, &id('a')).is_some());
        drop(second);
        assert!(uploads.by.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn who_waits_too_long_is_told_so() {
        let uploads = Uploads::default();
        let taken: Vec<_> = (0..AT_WORK)
            .map(|_| Arc::clone(&uploads.at_work).try_acquire_owned().unwrap())
            .collect();
        let short = Duration::from_millis(20);
        assert!(matches!(wait(&uploads.at_work, short).await, Err(ServiceError::Busy)));
        drop(taken);
        assert!(wait(&uploads.at_work, short).await.is_ok());
    }
}
