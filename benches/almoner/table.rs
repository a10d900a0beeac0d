//! The table that is printed and kept.

use std::fmt::Write as _;

use almoner::clock::{Clock as _, SystemClock};

/// The table.
pub struct Table {
    long: bool,
    /// The load of the machine when the benchmark began.
    load: String,
    rows: Vec<[String; 4]>,
}

/// What a figure should be.
pub enum Target {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
    /// Nothing is asked of it; it explains another.
    None,
}

impl Table {
    /// An empty table.
    pub fn new(long: bool) -> Self {
        Self { long, load: load(), rows: Vec::new() }
    }

    /// Adds a figure, in its unit.
    pub fn add(&mut self, what: impl Into<String>, figure: f64, unit: &str, target: Target) {
        let number = |figure: f64| match figure.abs() {
            large if large >= 100.0 => format!("{figure:.0}"),
            middle if middle >= 10.0 => format!("{figure:.1}"),
            _ => format!("{figure:.2}"),
        };
        let (asked, verdict) = match target {
            Target::AtLeast(least) => (format!("≥ {least}"), figure >= least),
            Target::AtMost(most) => (format!("≤ {most}"), figure <= most),
            Target::None => (String::new(), true),
        };
        let verdict = match (asked.is_empty(), verdict) {
            (true, _) => "",
            (false, true) => "yes",
            (false, false) => "MISSED",
        };
        let figure = format!("{} {unit}", number(figure));
        let what = what.into();
        // Said at once as well: the whole takes minutes.
        println!("{what}: {} {asked} {verdict}", figure.trim_end());
        self.rows.push([what, figure.trim_end().to_owned(), asked, verdict.to_owned()]);
    }

    /// The whole table.
    pub fn text(&self) -> String {
        let mut text = format!(
            "Almoner, {} measurement of {}\n{}\nLoad of the machine before: {}; after: {}\n\n",
            if self.long { "long" } else { "short" },
            SystemClock.today(),
            machine(),
            self.load,
            load(),
        );
        let head = ["", "measured", "asked", "met"].map(str::to_owned);
        let rows: Vec<&[String; 4]> = std::iter::once(&head).chain(&self.rows).collect();
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let [first, second, third] = [width(0), width(1), width(2)];
        for [what, figure, asked, verdict] in rows {
            let line = format!("{what:first$}  {figure:>second$}  {asked:>third$}  {verdict}");
            // Writing into a string can't fail.
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text
    }
}

fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

fn machine() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split_once(": ")).map_or("unknown processor", |at| at.1);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{model}, {cores} cores, {}", std::env::consts::OS)
}
