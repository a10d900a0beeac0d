//! Writes the access log, so that no page waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::service::{Context, ServiceError, access_log};

/// How often it is looked whether enough waits.
const TICK: Duration = Duration::from_millis(100);
/// How many requests are written as soon as they wait.
const ENOUGH: usize = 200;
/// For how long fewer than that may wait.
const PATIENCE: Duration = Duration::from_secs(2);

/// The thread that writes. It ends when this is dropped, and writes what waits before it does.
pub struct AccessWriter {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl AccessWriter {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the machine gives no thread.
    pub fn start(ctx: Arc<Context>) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let builder = std::thread::Builder::new().name("almoner-access".to_owned());
        let thread = builder.spawn(move || {
            let (mut last, mut trouble) = (Instant::now(), false);
            while !stopped.load(Ordering::Relaxed) {
                if access_log::waiting(&ctx) >= ENOUGH || last.elapsed() >= PATIENCE {
                    last = Instant::now();
                    tell(access_log::write(&ctx), &mut trouble);
                }
                std::thread::park_timeout(TICK);
            }
            tell(access_log::write(&ctx), &mut trouble);
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for AccessWriter {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A panic of the thread was logged where it happened.
            let _ = thread.join();
        }
    }
}

/// Logs a failure once, until writing works again: it is tried every two seconds.
fn tell(outcome: Result<usize, ServiceError>, trouble: &mut bool) {
    match outcome {
        Ok(_) => *trouble = false,
        // The machine is busy: what waits is written at the next turn.
        Err(ServiceError::Busy | ServiceError::Conflict) => {}
        Err(error) if !*trouble => {
            *trouble = true;
            tracing::error!(%error, "the access log can't be written");
        }
        Err(_) => {}
    }
}
