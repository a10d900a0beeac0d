use proptest::prelude::*;

use super::*;
use crate::domain::scores::{Bin, Distribution};

fn bin(from: u32, to: u32, complete: usize, provisional: usize) -> Bin {
    Bin { from, to, complete, provisional }
}

fn three_bins() -> Distribution {
    Distribution {
        bins: vec![bin(0, 5, 1, 0), bin(5, 10, 2, 2), bin(10, 15, 3, 0)],
        pass_mark: Some(10),
        unscored: 1,
    }
}

fn assessor(label: &str, difference: Option<f64>, packets: u32) -> Strictness<'_> {
    let weighed = difference.map_or(0.0, |difference| difference / 2.0);
    Strictness { label, difference, weighed, packets }
}

/// The bars, as left edge, upper edge, width, height and tone; those of the legend have one height.
fn bars(plot: &Plot) -> Vec<(f64, f64, f64, f64, Tone)> {
    let bars = plot.marks.iter().filter_map(|mark| match mark {
        Mark::Bar { x, y, width, height, tone, .. } => Some((*x, *y, *width, *height, *tone)),
        _ => None,
    });
    bars.filter(|bar| bar.3 != 11.0).collect()
}

fn texts(plot: &Plot) -> Vec<&str> {
    let texts = plot.marks.iter().filter_map(|mark| match mark {
        Mark::Text { text, .. } => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// Reads an element and what is in it; panics on what is not well-formed or may not stand in a page of ours.
/// Answers all texts, with entities undone.
fn read(svg: &str) -> Vec<String> {
    let (mut open, mut texts, mut rest) = (Vec::new(), Vec::new(), svg);
    while let Some(start) = rest.find('<') {
        let (text, tag) = rest.split_at(start);
        if !text.trim().is_empty() {
            assert!(!open.is_empty() && !text.contains('>'), "{text}");
            let undone =
                [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
            texts.push(
                undone.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to)),
            );
        }
        let end = tag.find('>').unwrap();
        let inside = &tag[1..end];
        rest = &tag[end + 1..];
        let name = inside.split([' ', '/']).next().unwrap();
        if let Some(closed) = inside.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed));
            continue;
        }
        assert!(
            ["svg", "title", "desc", "rect", "line", "circle", "text"].contains(&name),
            "{name}"
        );
        assert_eq!(inside.matches('"').count() % 2, 0, "{inside}");
        for attribute in inside.split('"').step_by(2) {
            let attribute = attribute.trim().trim_end_matches('=');
            assert!(!attribute.contains("style") && !attribute.contains(" on"), "{attribute}");
        }
        assert!(
            !inside.contains("NaN") && !inside.contains("inf") && !inside.contains("\"-0\""),
            "{inside}"
        );
        if !inside.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty() && rest.is_empty(), "{rest}");
    texts
}

#[test]
fn bars_are_as_high_as_they_count() {
    let plot = distribution(&three_bins()).unwrap();
    // 140 units for the highest, which has four; 112 units for five points, two of them a gap.
    assert_eq!(
        bars(&plot),
        [
            (13.0, 149.0, 110.0, 35.0, Tone::Weak),
            (125.0, 114.0, 110.0, 70.0, Tone::Weak),
            (125.0, 44.0, 110.0, 70.0, Tone::Open),
            (237.0, 79.0, 110.0, 105.0, Tone::Strong),
        ]
    );
    let mark = plot.marks.iter().find_map(|mark| match mark {
        Mark::Line { from, to, dashed: true } => Some((from.0, to.0)),
        _ => None,
    });
    assert_eq!(mark, Some((236.0, 236.0)));
    assert_eq!(
        plot.description,
        "8 packets, of which 3 reach the pass mark of 10. 0 to less than 5 points: 1 packet. \
         5 to less than 10 points: 4 packets, 2 with scores missing. 10 to 15 points: 3 packets. \
         Without a total: 1 packet."
    );
    assert!(texts(&plot).contains(&"Pass mark 10"));
}

#[test]
fn numbers_above_bars_never_touch() {
    let bins = (0..15).map(|from| bin(from, from + 1, 666, 0)).collect();
    let plot = distribution(&Distribution { bins, pass_mark: None, unscored: 0 }).unwrap();
    let shown = texts(&plot).into_iter().filter(|text| *text == "666").count();
    assert!((5..15).contains(&shown), "{shown}");
}

#[test]
fn the_strictest_is_first_and_left() {
    let rows = [
        assessor("unknown", None, 0),
        assessor("Bo", Some(1.0), 9),
        assessor("Ada", Some(-2.0), 1),
    ];
    let plot = strictness(&rows).unwrap();
    // The scale is two points to 160 units on either side.
    assert_eq!(
        bars(&plot),
        [(100.0, 49.0, 80.0, 12.0, Tone::Weak), (180.0, 91.0, 40.0, 12.0, Tone::Weak),]
    );
    let rings: Vec<f64> = plot
        .marks
        .iter()
        .filter_map(|mark| if let Mark::Ring { x, .. } = mark { Some(*x) } else { None })
        .collect();
    assert_eq!(rings[..2], [20.0, 260.0]);
    assert_eq!(
        texts(&plot)[2..],
        [
            "Ada",
            "−1.00, 1 packet",
            "Bo",
            "+0.50, 9 packets",
            "unknown",
            "nobody to compare",
            "−2",
            "0",
            "+2",
            "Points more or less than the others gave",
            "weighed by the number of packets",
            "plain mean of the differences",
        ]
    );
    assert!(plot.description.contains(" Ada: −1.00, in the plain mean −2.00, 1 packet. Bo:"));
}

#[test]
fn nothing_is_drawn_of_nothing() {
    assert_eq!(
        distribution(&Distribution { bins: vec![bin(0, 1, 0, 0)], pass_mark: None, unscored: 3 }),
        None
    );
    assert_eq!(strictness(&[]), None);
    assert_eq!(strictness(&[assessor("Ada", None, 0)]), None);
}

#[test]
fn labels_are_cut_between_letters() {
    assert_eq!(shorten("Ada", 100.0), "Ada");
    assert_eq!(shorten(" Ada\n\u{202e}Example\u{2069} ", 300.0), "Ada Example");
    assert_eq!(shorten("\u{202e}\t", 100.0), "(no name)");
    let long = shorten("wilhelmina.montgomery-smythe@foundation.example", 200.0);
    assert!(long.starts_with("wilhelmina.montgomery") && long.ends_with('…'), "{long}");
    // A family and an accent are one letter each.
    let families = "👩‍👩‍👧‍👦e\u{301}".repeat(20);
    let cut = shorten(&families, 120.0);
    let kept = cut.strip_suffix('…').unwrap();
    assert!(families.starts_with(kept) && !kept.is_empty());
    assert!(kept.ends_with('👦') || kept.ends_with('\u{301}'), "{kept}");
}

#[test]
fn what_is_drawn_is_named_for_those_who_do_not_see_it() {
    let svg = strictness(&[assessor("<script>&\"'", Some(1.0), 3)]).unwrap().svg();
    assert!(svg.contains(
        "role=\"img\" aria-labelledby=\"assessor-strictness-title assessor-strictness-desc\""
    ));
    assert!(
        svg.contains("<title id=\"assessor-strictness-title\">How strict each assessor is</title>")
    );
    assert!(svg.contains("<desc id=\"assessor-strictness-desc\">1 assessor,"));
    assert!(svg.contains("&lt;script&gt;&amp;&quot;&#39;") && !svg.contains("<script"));
}

fn within(plot: &Plot) -> Result<(), TestCaseError> {
    let (x_axis, y_axis) = (-0.1..=WIDTH + 0.1, 0.0..=plot.height);
    for mark in &plot.marks {
        let corners = match mark {
            Mark::Bar { x, y, width, height, .. } => {
                prop_assert!(*width >= 0.0 && *height >= 0.0);
                [(*x, *y), (x + width, y + height)]
            }
            Mark::Line { from, to, .. } => [*from, *to],
            Mark::Ring { x, y, .. } => [(x - RADIUS, y - RADIUS), (x + RADIUS, y + RADIUS)],
            Mark::Text { x, y, anchor, text, .. } => {
                let wide = label::width(text);
                let start = match anchor {
                    Anchor::Start => *x,
                    Anchor::Middle => x - wide / 2.0,
                    Anchor::End => x - wide,
                };
                [(start, y - 10.0), (start + wide, y + 3.0)]
            }
        };
        for (x, y) in corners {
            prop_assert!(x_axis.contains(&x) && y_axis.contains(&y), "{mark:?} of {}", plot.height);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_distribution_stays_in_the_picture(
        counts in prop::collection::vec((1_u32..50, 0_usize..3000, 0_usize..20), 1..15),
        mark in prop::option::of(0_usize..15),
        unscored in 0_usize..3,
    ) {
        let mut from = 0;
        let bins: Vec<Bin> = counts.into_iter().map(|(wide, complete, provisional)| {
            let to = from + wide;
            bin(std::mem::replace(&mut from, to), to, complete, provisional)
        }).collect();
        let pass_mark = mark.and_then(|place| bins.get(place)).map(|bin| bin.from);
        let Some(plot) = distribution(&Distribution { bins, pass_mark, unscored }) else { return Ok(()) };
        within(&plot)?;
        read(&plot.svg());
    }

    #[test]
    fn every_label_is_safe(
        rows in prop::collection::vec((".{0,60}", prop::option::of(-1e9_f64..1e9), 0_u32..5000), 1..12)
    ) {
        let rows: Vec<_> = rows.iter().map(|(label, difference, packets)| assessor(label, *difference, *packets)).collect();
        let Some(plot) = strictness(&rows) else { return Ok(()) };
        within(&plot)?;
        let read = read(&plot.svg());
        prop_assert_eq!(&read[0], plot.title);
        prop_assert_eq!(&read[1], &plot.description);
        for row in &rows {
            prop_assert!(plot.description.contains(&label::clean(row.label)));
        }
        prop_assert_eq!(plot.svg(), strictness(&rows).unwrap().svg());
    }
}
