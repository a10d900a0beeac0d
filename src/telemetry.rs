//! The log: what happened, by id. It holds no form content and no IP addresses.
//!
//! Our own lines carry ids alone, which is a matter of how they are written. What other crates write is not ours to
//! choose, so below a warning it is left out, whatever the filter says: at `debug` some of them print whole requests.
//! For the same reason a panic is logged by its place and not by its message, which may quote a value.

use std::panic::PanicHookInfo;

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{EnvFilter, ParseError, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Layer, fmt};

/// The log can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter has no meaning.
    #[error(
        "the filter of the log can't be understood ({0}); write directives such as info or info,almoner::store=debug"
    )]
    Filter(#[from] ParseError),
    /// The log was set up before, in this process.
    #[error("the log is set up already")]
    Twice(#[from] TryInitError),
}

/// Sends the log to the standard error output, as text for people or as one JSON object a line.
///
/// # Errors
/// A filter that has no meaning, and a second call in the same process.
pub fn init(json: bool, filter: &str) -> Result<(), TelemetryError> {
    subscriber(json, filter, std::io::stderr)?.try_init()?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// What `init` installs, writing elsewhere.
fn subscriber<W>(
    json: bool,
    filter: &str,
    writer: W,
) -> Result<impl Subscriber + Send + Sync, ParseError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::builder().parse(filter)?;
    let lines = fmt::layer().with_writer(writer).with_ansi(false).with_span_events(FmtSpan::NONE);
    let lines = if json { lines.json().flatten_event(true).boxed() } else { lines.boxed() };
    Ok(tracing_subscriber::registry().with(lines.with_filter(filter_fn(is_safe))).with(filter))
}

/// Whether a line may be written at all.
fn is_safe(metadata: &Metadata<'_>) -> bool {
    let ours = metadata.target() == "almoner" || metadata.target().starts_with("almoner::");
    ours || *metadata.level() <= Level::WARN
}

fn log_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(
        place,
        "a piece of work failed by panic; its message is left out, as it may quote a value"
    );
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What is logged while `work` runs.
    fn logged(json: bool, filter: &str, work: impl FnOnce()) -> String {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let subscriber = subscriber(json, filter, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, work);
        String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap()
    }

    // proves S47
    #[test]
    fn other_crates_say_nothing_below_a_warning() {
        let log = logged(false, "trace", || {
            tracing::trace!(target: "almoner::web", "ours");
            tracing::info!(target: "actix_http::h1", "GET / from 192.0.2.1");
            tracing::debug!(target: "almoner_look_alike", "not ours");
            tracing::warn!(target: "actix_server", "something is wrong");
        });
        assert!(log.contains("ours") && log.contains("something is wrong"), "{log}");
        assert!(!log.contains("192.0.2.1") && !log.contains("not ours"), "{log}");
    }

    // proves S47
    #[test]
    fn a_panic_is_logged_by_its_place_alone() {
        let log = logged(false, "info", || {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(log_panic));
            let outcome = std::panic::catch_unwind(|| panic!("Ada Invented, ada@a.example"));
            std::panic::set_hook(before);
            assert!(outcome.is_err());
        });
        assert!(log.contains("src/telemetry.rs:"), "{log}");
        assert!(!log.contains("Ada"), "{log}");
    }

    #[test]
    fn each_line_is_one_json_object() {
        let log = logged(true, "info", || {
            tracing::info!(target: "almoner::jobs", job = "abc", "done\nand \"done\"");
            tracing::debug!(target: "almoner::jobs", "left out by the filter");
        });
        let lines: Vec<serde_json::Value> =
            log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 1, "{log}");
        assert_eq!(lines[0]["message"], "done\nand \"done\"");
        assert_eq!(lines[0]["job"], "abc");
    }

    #[test]
    fn a_line_break_in_a_value_begins_no_new_line() {
        let log = logged(false, "info", || {
            tracing::info!(target: "almoner::web", path = "/a\n2030-01-01 ERROR forged", "asked");
        });
        assert_eq!(log.lines().count(), 1, "{log}");
    }

    #[test]
    fn a_filter_without_meaning_is_refused() {
        assert!(matches!(init(false, "almoner=loud"), Err(TelemetryError::Filter(_))));
    }
}
