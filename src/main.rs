//! The program: reads the command line and runs a command.

use std::process::ExitCode;

fn main() -> ExitCode {
    almoner::cli::run()
}
