//! What commands print.

use std::io::{IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};

use crate::domain::text::printable;

/// Prints a line. What people typed can't steer the terminal.
pub(super) fn say(line: &str) {
    // A reader that went away, as `| head` does, is no failure of the command.
    let _ = writeln!(std::io::stdout(), "{}", printable(line));
}

/// Prints a line to the standard error output.
pub(super) fn complain(line: &str) {
    let _ = writeln!(std::io::stderr(), "{}", printable(line));
}

/// Shows how far something is: as a bar on a terminal, as plain lines elsewhere.
pub(super) struct Meter {
    bar: Option<ProgressBar>,
    what: &'static str,
    told: u64,
}

impl Meter {
    pub(super) fn new(what: &'static str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}");
            ProgressBar::new(0)
                .with_message(what)
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { bar, what, told: 0 }
    }

    pub(super) fn tell(&mut self, done: u64, of: u64) {
        match &self.bar {
            Some(bar) => {
                bar.set_length(of);
                bar.set_position(done);
            }
            // Every tenth is enough for a log.
            None if done == of || done >= self.told + of.div_ceil(10) => {
                self.told = done;
                complain(&format!("{}: {done} of {of}", self.what));
            }
            None => {}
        }
    }

    pub(super) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
