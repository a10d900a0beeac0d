//! How fast Almoner is, beside what it stands on: `cargo bench` prints a table and keeps it as `benches/results.txt`.
//!
//! Sites of 1,000, 10,000 and 100,000 applications are filled, and served by processes of their own. What is compared
//! is measured in turns, several times over, and the median of the ratios counts: this machine may have other work.
//!
//! `cargo bench -- --long` measures longer. `cargo bench -- list search` runs these parts alone and keeps no table;
//! the parts are `seal`, `balance`, `submit`, `list`, `search` and `start`.

#![expect(clippy::print_stdout, reason = "a benchmark is read where it is run")]

mod apply;
mod balance;
mod bare;
mod fill;
mod http;
mod listed;
mod seal;
mod server;
mod site;
mod submitted;
mod table;

use std::error::Error;

use table::Table;

/// What goes wrong in a benchmark ends it.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// How much is measured.
#[derive(Clone, Copy)]
struct Effort {
    /// How many times each comparison is made.
    rounds: usize,
    /// How many requests at 16 connections in each; a sixth of it at one.
    requests: usize,
}

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let long = words.iter().any(|word| word == "--long");
    // Cargo adds `--bench`.
    let parts: Vec<&str> =
        words.iter().map(String::as_str).filter(|word| !word.starts_with("--")).collect();
    let wanted = |part: &str| parts.is_empty() || parts.contains(&part);
    let effort = if long {
        Effort { rounds: 25, requests: 320 }
    } else {
        Effort { rounds: 7, requests: 800 }
    };
    let mut table = Table::new(long);
    if wanted("seal") {
        seal::measure(effort, &mut table)?;
    }
    if wanted("balance") {
        balance::measure(effort, &mut table)?;
    }
    if wanted("submit") {
        submitted::measure(effort, &mut table)?;
    }
    if ["list", "search", "start"].into_iter().any(wanted) {
        listed::measure(effort, &wanted, &mut table)?;
    }
    let text = table.text();
    println!("\n{text}");
    if parts.is_empty() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/results.txt"), text)?;
    }
    Ok(())
}

/// The middle of some figures; of an even number of them the lower one of the two.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    let middle = figures.len().saturating_sub(1) / 2;
    figures.get(middle).copied().unwrap_or(f64::NAN)
}
