//! The distribution of scores, with the pass mark.

use super::label::{width, within};
use super::{Anchor, FONT_SIZE, Mark, Plot, Tone, WIDTH, count};
use crate::domain::scores::{Bin, Distribution};

const LEFT: f64 = 12.0;
const RIGHT: f64 = WIDTH - 12.0;
/// How high the highest bar is.
const HIGH: f64 = 140.0;
/// What is above it: its number, and the words at the pass mark.
const ABOVE: f64 = 22.0;
const ABOVE_WITH_MARK: f64 = 44.0;
/// Between a number and what is beside it.
const APART: f64 = 3.0;
/// Between two bars.
const GAP: f64 = 2.0;
const LEGEND_LINE: f64 = 20.0;

/// Draws how many packets have how many points; nothing if none has any.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "no round has 2^53 packets")]
pub fn distribution(distribution: &Distribution) -> Option<Plot> {
    let highest = distribution.bins.iter().map(in_all).max().filter(|highest| *highest > 0)?;
    let end = distribution.bins.last().map(|bin| bin.to).filter(|end| *end > 0)?;
    let across = |points: u32| LEFT + (RIGHT - LEFT) * f64::from(points) / f64::from(end);
    let up = |packets: usize| HIGH * packets as f64 / highest as f64;
    let above = if distribution.pass_mark.is_some() { ABOVE_WITH_MARK } else { ABOVE };
    let ground = above + HIGH;

    let mut plot = Plot {
        id: "score-distribution",
        title: "How the scores are distributed",
        description: describe(distribution, end),
        height: 0.0,
        marks: Vec::new(),
    };
    for bin in distribution.bins.iter().filter(|bin| in_all(bin) > 0) {
        let (from, to) = (across(bin.from), across(bin.to));
        // However narrow a bin is, it can be seen.
        let width = (to - from - GAP).max(1.0);
        let x = f64::midpoint(from, to) - width / 2.0;
        let top = ground - up(in_all(bin));
        let mut bar = |y: f64, height: f64, tone: Tone| {
            if height > 0.0 {
                plot.marks.push(Mark::Bar { x, y, width, height, tone, label: sentence(bin, end) });
            }
        };
        bar(ground - up(bin.complete), up(bin.complete), tone(distribution, bin));
        bar(top, up(bin.provisional), Tone::Open);
    }
    numbers(&mut plot, distribution, &across, &|packets| ground - up(packets) - 5.0);
    plot.line((LEFT, ground), (RIGHT, ground));
    for edge in ticks(distribution, &across) {
        plot.line((across(edge), ground), (across(edge), ground + 4.0));
        let text = edge.to_string();
        let x = within(across(edge), &text);
        plot.quiet((x, ground + 18.0), Anchor::Middle, text);
    }
    plot.quiet((WIDTH / 2.0, ground + 36.0), Anchor::Middle, "Points of a packet");
    if let Some(mark) = distribution.pass_mark {
        let text = format!("Pass mark {mark}");
        plot.marks.push(Mark::Line {
            from: (across(mark), above - 24.0),
            to: (across(mark), ground),
            dashed: true,
        });
        plot.text((within(across(mark), &text), above - 30.0), Anchor::Middle, text);
    }
    let legend_ends = legend(&mut plot, distribution, ground + 58.0);
    plot.height = legend_ends;
    Some(plot)
}

const fn in_all(bin: &Bin) -> usize {
    bin.complete + bin.provisional
}

fn tone(distribution: &Distribution, bin: &Bin) -> Tone {
    if distribution.pass_mark.is_some_and(|mark| bin.from < mark) {
        Tone::Weak
    } else {
        Tone::Strong
    }
}

/// The numbers above the bars, those of the highest first: one that would touch another is left out, as only those of
/// hundreds do.
fn numbers(
    plot: &mut Plot,
    distribution: &Distribution,
    across: &impl Fn(u32) -> f64,
    above: &impl Fn(usize) -> f64,
) {
    let mut bins: Vec<&Bin> = distribution.bins.iter().filter(|bin| in_all(bin) > 0).collect();
    bins.sort_by_key(|bin| std::cmp::Reverse(in_all(bin)));
    let mut written: Vec<(f64, f64, f64)> = Vec::new();
    for bin in bins {
        let text = short(in_all(bin));
        let half = width(&text) / 2.0;
        let mut x = f64::midpoint(across(bin.from), across(bin.to));
        // Beside the line of the mark, not on it.
        if let Some(mark) = distribution.pass_mark {
            let line = across(mark);
            x = if bin.from >= mark {
                x.max(line + APART + half)
            } else {
                x.min(line - APART - half)
            };
        }
        let (x, y) = (within(x, &text), above(in_all(bin)));
        let touches = |(other, base, other_half): &(f64, f64, f64)| {
            (other - x).abs() < half + other_half + APART && (base - y).abs() < FONT_SIZE
        };
        if !written.iter().any(touches) {
            written.push((x, y, half));
            plot.text((x, y), Anchor::Middle, text);
        }
    }
}

/// The edges that have room for their numbers: from the left as many as fit, and always the last.
fn ticks(distribution: &Distribution, across: &impl Fn(u32) -> f64) -> Vec<u32> {
    let text = |edge: u32| edge.to_string();
    let middle = |edge: u32| within(across(edge), &text(edge));
    let fits = |left: u32, right: u32| {
        let halves = (width(&text(left)) + width(&text(right))) / 2.0;
        middle(right) - middle(left) >= halves + 4.0
    };
    let mut ticks: Vec<u32> = Vec::new();
    for bin in &distribution.bins {
        if ticks.last().is_none_or(|last| fits(*last, bin.from)) {
            ticks.push(bin.from);
        }
    }
    if let Some(end) = distribution.bins.last().map(|bin| bin.to) {
        while ticks.last().is_some_and(|last| !fits(*last, end)) {
            ticks.pop();
        }
        ticks.push(end);
    }
    ticks
}

/// A number above a bar, in four letters at most.
fn short(packets: usize) -> String {
    match packets {
        0..1_000 => packets.to_string(),
        1_000..10_000 => format!("{}.{}k", packets / 1_000, packets % 1_000 / 100),
        _ => format!("{}k", packets / 1_000),
    }
}

/// What the tones mean, as far as they are there, and what is not drawn; answers where that ends.
fn legend(plot: &mut Plot, distribution: &Distribution, mut y: f64) -> f64 {
    let there = |tone: Tone| {
        plot.marks
            .iter()
            .any(|mark| matches!(mark, Mark::Bar { tone: other, .. } if *other == tone))
    };
    let marked = distribution.pass_mark.is_some();
    let entries: Vec<(Tone, &str)> = [
        (Tone::Strong, if marked { "reaches the pass mark" } else { "scores complete" }),
        (Tone::Weak, "stays below the pass mark"),
        (Tone::Open, "scores are missing, total so far"),
    ]
    .into_iter()
    .filter(|(tone, _)| there(*tone))
    .collect();
    // A single tone needs a word only if it is not the one that everybody takes it for.
    if entries.len() > 1 || there(Tone::Open) {
        for (tone, text) in entries {
            let label = text.to_owned();
            plot.marks.push(Mark::Bar {
                x: LEFT,
                y: y - 10.0,
                width: 11.0,
                height: 11.0,
                tone,
                label,
            });
            plot.quiet((LEFT + 18.0, y), Anchor::Start, text);
            y += LEGEND_LINE;
        }
    }
    if distribution.unscored > 0 {
        let text = format!("Not drawn: {} without a total", count(distribution.unscored, "packet"));
        plot.quiet((LEFT, y), Anchor::Start, text);
        y += LEGEND_LINE;
    }
    y - LEGEND_LINE + 6.0
}

fn describe(distribution: &Distribution, end: u32) -> String {
    let bins = &distribution.bins;
    let complete: usize = bins.iter().map(|bin| bin.complete).sum();
    let provisional: usize = bins.iter().map(|bin| bin.provisional).sum();
    let mut text = count(complete + provisional, "packet");
    if let Some(mark) = distribution.pass_mark {
        let reaching: usize =
            bins.iter().filter(|bin| bin.from >= mark).map(|bin| bin.complete).sum();
        let reach = if reaching == 1 { "reaches" } else { "reach" };
        // If only the most points will do, the last bin can't tell.
        if mark < end {
            text += &format!(", of which {reaching} {reach} the pass mark of {mark}");
        } else {
            text += &format!(", pass mark {mark}");
        }
    }
    text += ".";
    for bin in bins.iter().filter(|bin| in_all(bin) > 0) {
        text += &format!(" {}.", sentence(bin, end));
    }
    if distribution.unscored > 0 {
        text += &format!(" Without a total: {}.", count(distribution.unscored, "packet"));
    }
    text
}

fn sentence(bin: &Bin, end: u32) -> String {
    let to = if bin.to == end { "to" } else { "to less than" };
    let mut text = format!("{} {to} {} points: {}", bin.from, bin.to, count(in_all(bin), "packet"));
    if bin.provisional > 0 {
        text += &format!(", {} with scores missing", bin.provisional);
    }
    text
}
