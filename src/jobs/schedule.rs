//! When which job runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{outbox, reminders};
use crate::mail::Mailer;
use crate::service::packets::comments;
use crate::service::{
    Context, ServiceError, access_log, audit_chain, first_start, forget_unfinished, lease, limits,
    rotate_keys, session,
};

/// How often the jobs are looked at.
const TICK: Duration = Duration::from_millis(250);
/// How often this process says that it lives, and looks for new keys.
const BEAT: Duration = Duration::from_secs(2);
/// How often what takes longer is looked at.
const HOUSEKEEPING: Duration = Duration::from_secs(600);

/// How many times as long as it works the chain of the audit leaves the database to others: a part of it is written to
/// many places, and nobody waits for it.
const CHAIN_RESTS: u32 = 40;
/// The same of mails. They are waited for, and a slow mail server is rest enough.
const MAIL_RESTS: (u32, Duration) = (16, Duration::from_millis(30));

/// The thread that runs the jobs. It ends when this is dropped.
pub struct Scheduler {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Scheduler {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the machine gives no thread.
    pub fn start(ctx: Arc<Context>, mailer: Arc<Mailer>) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread =
            std::thread::Builder::new().name("almoner-jobs".to_owned()).spawn(move || {
                let (mut beat, mut housekeeping, mut told) = (None, None, ctx.generation());
                let mut more_to_chain = false;
                while !stopped.load(Ordering::Relaxed) {
                    log("keys", first_start::take_up_keys(&ctx));
                    let new_keys = told != ctx.generation();
                    // Who changes keys waits until every process says that it has them.
                    if is_due(&mut beat, BEAT) || new_keys {
                        told = ctx.generation();
                        log("beat", first_start::beat(&ctx));
                        more_to_chain = true;
                    }
                    if more_to_chain {
                        let chained = log("audit", chain(&ctx, rests(CHAIN_RESTS, TICK)));
                        more_to_chain = chained == Some(true);
                    }
                    let (times, most) = MAIL_RESTS;
                    log("outbox", outbox::run(&ctx, &mailer, rests(times, most)));
                    log("comments", comments::look_through(&ctx));
                    if is_due(&mut housekeeping, HOUSEKEEPING) {
                        log("reminders", reminders::run(&ctx));
                        log("housekeeping", keep_house(&ctx));
                    }
                    std::thread::park_timeout(TICK);
                }
            })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A panic of the thread was logged where it happened.
            let _ = thread.join();
        }
    }
}

/// Runs every job once, now. What it leaves undone was not due.
///
/// # Errors
/// The first that a job answers.
pub fn run_once(ctx: &Context, mailer: &Mailer) -> Result<(), ServiceError> {
    first_start::beat(ctx)?;
    reminders::run(ctx)?;
    while outbox::run(ctx, mailer, || {})? > 0 {}
    access_log::write(ctx)?;
    while comments::look_through(ctx)? > 0 {}
    keep_house(ctx)?;
    while chain(ctx, || {})? {}
    Ok(())
}

/// Chains the audit, where this process can sign its head. Answers whether more may wait.
fn chain(ctx: &Context, rest: impl FnMut()) -> Result<bool, ServiceError> {
    if !audit_chain::may_chain(ctx) || !lease::take(ctx, "audit")? {
        return Ok(false);
    }
    audit_chain::chain(ctx, rest)
}

fn keep_house(ctx: &Context) -> Result<usize, ServiceError> {
    let classes = lease::take_classes(ctx, "housekeeping")?;
    if classes.is_empty() {
        return Ok(0);
    }
    let mut done = session::forget_expired(ctx)? + limits::failures::forget(ctx)?;
    loop {
        let erased = forget_unfinished::forget(ctx, &classes)?;
        done += erased;
        if erased == 0 {
            break;
        }
    }
    if rotate_keys::may_extend(ctx) {
        done += rotate_keys::extend(ctx)?;
    }
    Ok(done)
}

/// Rests after work, so many times as long as it took, up to a time.
fn rests(times: u32, most: Duration) -> impl FnMut() {
    let mut began = Instant::now();
    move || {
        std::thread::park_timeout((began.elapsed() * times).min(most));
        began = Instant::now();
    }
}

fn is_due(last: &mut Option<Instant>, every: Duration) -> bool {
    let due = last.is_none_or(|at| at.elapsed() >= every);
    if due {
        *last = Some(Instant::now());
    }
    due
}

fn log<T>(job: &str, outcome: Result<T, ServiceError>) -> Option<T> {
    match outcome {
        Ok(done) => return Some(done),
        // Another process was at it, or the machine is busy: the next turn does it.
        Err(ServiceError::Busy | ServiceError::Conflict) => {
            tracing::debug!(job, "a job waits for its next turn");
        }
        Err(error) => tracing::error!(job, %error, "a job failed"),
    }
    None
}
