//! How strict each assessor is, as bars around nothing.

use super::label::{clean, width, within};
use super::{Anchor, Mark, Plot, Tone, WIDTH, count, shorten};
use crate::domain::scores::signed;

const LEFT: f64 = 12.0;
const RIGHT: f64 = WIDTH - 12.0;
const MIDDLE: f64 = WIDTH / 2.0;
/// How far a bar can go to either side.
const HALF: f64 = MIDDLE - LEFT - 8.0;
/// The base line of the words above.
const HEAD: f64 = 16.0;
/// Where the first row begins.
const TOP: f64 = 28.0;
const ROW: f64 = 42.0;
const BAR: f64 = 12.0;
/// Between a name and its numbers.
const APART: f64 = 10.0;

/// An assessor, as the plot needs them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strictness<'a> {
    /// What staff call them. It is shown to whoever sees the plot.
    pub label: &'a str,
    /// The mean difference from the others, in points.
    pub difference: Option<f64>,
    /// The same, drawn towards nothing where packets are few.
    pub weighed: f64,
    /// The packets that others have scored too.
    pub packets: u32,
}

/// Draws how strict each assessor is, the strictest first; nothing if there is nobody to compare.
#[must_use]
pub fn strictness(assessors: &[Strictness<'_>]) -> Option<Plot> {
    let mut rows = assessors.to_vec();
    rows.sort_by(|one, other| {
        let unknown = |row: &Strictness<'_>| row.difference.is_none();
        let by_strictness = one.weighed.total_cmp(&other.weighed);
        unknown(one)
            .cmp(&unknown(other))
            .then(by_strictness)
            .then_with(|| one.label.cmp(other.label))
    });
    let differences =
        rows.iter().filter_map(|row| row.difference).chain(rows.iter().map(|row| row.weighed));
    let farthest = differences.map(f64::abs).filter(|far| far.is_finite()).fold(0.0, f64::max);
    if rows.iter().all(|row| row.difference.is_none()) {
        return None;
    }
    let scale = scale(farthest);
    let across = |points: f64| MIDDLE + HALF * (points / scale).clamp(-1.0, 1.0);

    let mut plot = Plot {
        id: "assessor-strictness",
        title: "How strict each assessor is",
        description: describe(&rows),
        height: 0.0,
        marks: Vec::new(),
    };
    let rows_end = rows.iter().fold(TOP, |y, _| y + ROW);
    plot.quiet((LEFT, HEAD), Anchor::Start, "‹ stricter");
    plot.quiet((RIGHT, HEAD), Anchor::End, "more generous ›");
    let mut y = TOP;
    for row in &rows {
        draw_row(&mut plot, row, y, &across);
        y += ROW;
    }
    plot.line((LEFT, rows_end), (RIGHT, rows_end));
    for points in [-scale, 0.0, scale] {
        plot.line((across(points), rows_end), (across(points), rows_end + 4.0));
        let text = tick(points);
        plot.quiet((within(across(points), &text), rows_end + 18.0), Anchor::Middle, text);
    }
    plot.quiet(
        (MIDDLE, rows_end + 38.0),
        Anchor::Middle,
        "Points more or less than the others gave",
    );
    let legend = rows_end + 62.0;
    let label = "weighed by the number of packets".to_owned();
    plot.quiet((LEFT + 20.0, legend), Anchor::Start, label.as_str());
    plot.marks.push(Mark::Bar {
        x: LEFT,
        y: legend - 10.0,
        width: 12.0,
        height: 11.0,
        tone: Tone::Weak,
        label,
    });
    let label = "plain mean of the differences".to_owned();
    plot.quiet((LEFT + 20.0, legend + 20.0), Anchor::Start, label.as_str());
    plot.marks.push(Mark::Ring { x: LEFT + 6.0, y: legend + 15.5, label });
    plot.height = legend + 28.0;
    Some(plot)
}

fn draw_row(plot: &mut Plot, row: &Strictness<'_>, y: f64, across: &impl Fn(f64) -> f64) {
    let (base, middle) = (y + 14.0, y + 27.0);
    let numbers = numbers(row);
    let room = RIGHT - LEFT - APART - width(&numbers);
    let (text, whole) = (shorten(row.label, room), clean(row.label));
    let whole = (text != whole).then_some(whole);
    plot.marks.push(Mark::Text {
        x: LEFT,
        y: base,
        anchor: Anchor::Start,
        quiet: false,
        text,
        whole,
    });
    plot.quiet((RIGHT, base), Anchor::End, numbers);
    let Some(difference) = row.difference else { return };
    plot.line((across(0.0), middle - BAR / 2.0 - 2.0), (across(0.0), middle + BAR / 2.0 + 2.0));
    let (one, other) = (across(0.0), across(row.weighed));
    plot.marks.push(Mark::Bar {
        x: one.min(other),
        y: middle - BAR / 2.0,
        width: (one - other).abs(),
        height: BAR,
        tone: Tone::Weak,
        label: format!("{} weighed by {}", signed(row.weighed), count_of(row)),
    });
    plot.marks.push(Mark::Ring {
        x: across(difference),
        y: middle,
        label: format!("{} in the plain mean", signed(difference)),
    });
}

/// The least round number of points that has room for the farthest.
fn scale(farthest: f64) -> f64 {
    let powers = (0..40).map(|zeros| 10_f64.powi(zeros));
    let mut steps =
        powers.flat_map(|power| [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0].map(|digit| digit * power));
    steps.find(|step| *step >= farthest).unwrap_or(f64::MAX)
}

/// A whole number of points with its sign.
fn tick(points: f64) -> String {
    signed(points).trim_end_matches("00").trim_end_matches('.').to_owned()
}

fn count_of(row: &Strictness<'_>) -> String {
    count(usize::try_from(row.packets).unwrap_or(usize::MAX), "packet")
}

fn numbers(row: &Strictness<'_>) -> String {
    if row.difference.is_none() {
        return "nobody to compare".to_owned();
    }
    format!("{}, {}", signed(row.weighed), count_of(row))
}

fn describe(rows: &[Strictness<'_>]) -> String {
    let mut text = format!(
        "{}, the strictest first, with the points that each gave more or less than the others on the same packets.",
        count(rows.len(), "assessor"),
    );
    for row in rows {
        text += &match row.difference {
            Some(difference) => format!(
                " {}: {}, in the plain mean {}, {}.",
                clean(row.label),
                signed(row.weighed),
                signed(difference),
                count_of(row),
            ),
            None => format!(" {}: nobody to compare with.", clean(row.label)),
        };
    }
    text
}
