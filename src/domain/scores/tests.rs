use proptest::prelude::*;
use proptest::sample::subsequence;

use super::*;
use crate::domain::programme;

const ASSESSORS: [&str; 6] = ["ada", "bo", "cy", "di", "ed", "flo"];
const PACKETS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

/// The criteria of the fellowships that a new site starts with: two of staff (2 and 2 points), three of
/// assessors (4, 4 and 3; the least is 1), and 10 of 15 to reach.
fn fellowship() -> (Vec<Criterion>, Option<u32>) {
    let all = programme::parse(programme::STARTING).unwrap();
    let fellowship = all.into_iter().find(|programme| programme.slug == "fellowship").unwrap();
    (fellowship.criterion, fellowship.pass_mark.map(|mark| mark.points))
}

fn sheet<'a>(
    packet: &'a str,
    staff: [Option<u32>; 2],
    given: &[(&'a str, Option<[u32; 3]>)],
) -> Sheet<'a> {
    let assessments = given
        .iter()
        .map(|(assessor, points)| Assessment { assessor, points: points.map(Vec::from) })
        .collect();
    Sheet { packet, assessments, to_come: 0, staff: staff.to_vec() }
}

fn round() -> Vec<Sheet<'static>> {
    vec![
        // 11 + 3, 9 + 3, 10 + 3
        sheet(
            "best",
            [Some(2), Some(1)],
            &[("ada", Some([4, 4, 3])), ("bo", Some([3, 4, 2])), ("cy", Some([4, 3, 3]))],
        ),
        // 8, 7 and 7 with 3: a third above the mark.
        sheet(
            "above",
            [Some(1), Some(2)],
            &[("ada", Some([3, 3, 2])), ("bo", Some([3, 2, 2])), ("cy", Some([3, 3, 1]))],
        ),
        // 7, 6 and 7 with 3: a third below it.
        sheet(
            "below",
            [Some(1), Some(2)],
            &[("ada", Some([3, 3, 1])), ("bo", Some([2, 2, 2])), ("cy", Some([3, 3, 1]))],
        ),
        // Reaches the mark, but two of three saw no plan.
        sheet(
            "no plan",
            [Some(2), Some(2)],
            &[("ada", Some([4, 4, 1])), ("bo", Some([4, 4, 0])), ("cy", Some([4, 4, 0]))],
        ),
        sheet("waits", [Some(2), Some(2)], &[("ada", Some([4, 4, 3])), ("bo", None)]),
        sheet("staff waits", [Some(2), None], &[("bo", Some([1, 1, 1])), ("cy", Some([1, 1, 1]))]),
        sheet("nothing", [None, None], &[("di", None)]),
    ]
}

#[test]
fn a_round_worked_out_by_hand() {
    let (criteria, mark) = fellowship();
    let sheets = round();
    let results = results(&criteria, mark, &sheets).unwrap();
    assert_eq!((results.most, results.pass_mark), (15, Some(10)));
    assert!(!results.is_final());
    let shown: Vec<String> = results
        .ranking()
        .into_iter()
        .map(|packet| {
            let total = packet.total.map_or("none".to_owned(), |total| total.to_string());
            format!("{}: {total} {:?} passes {:?}", packet.packet, packet.place, packet.passes)
        })
        .collect();
    assert_eq!(
        shown,
        [
            "best: 13.00 Ranked(1) passes Some(true)",
            "no plan: 12.33 Ranked(2) passes Some(false)",
            "above: 10.33 Ranked(3) passes Some(true)",
            "below: 9.67 Ranked(4) passes Some(false)",
            "waits: 15.00 Provisional(1) passes None",
            "staff waits: 5.00 Provisional(5) passes None",
            "nothing: none Unscored passes None",
        ]
    );

    let [best, above, _, no_plan, waits, staff_waits, nothing] = &results.packets[..] else {
        panic!("{results:?}")
    };
    assert_eq!((best.given, best.spread, best.range.map(Range::width)), (3, Some(1.0), Some(2)));
    assert_eq!(above.spread, Some((1.0_f64 / 3.0).sqrt()));
    assert_eq!(best.criteria[2].mean, Mean::of([4, 3, 4]));
    assert_eq!(best.criteria[0].mean, Some(Mean::whole(2)));
    let short: Vec<bool> = no_plan.criteria.iter().map(|criterion| criterion.below_least).collect();
    assert_eq!(short, [false, false, false, false, true]);
    assert_eq!(no_plan.reaches_mark, Some(true));
    assert_eq!((&waits.missing[..], waits.spread, waits.reaches_mark), (&["bo"][..], None, None));
    assert_eq!((staff_waits.missing.len(), staff_waits.staff_missing), (0, 1));
    assert_eq!((nothing.mean, nothing.adjusted, nothing.criteria[0].mean), (None, None, None));
}

#[test]
fn packets_with_equal_totals_share_a_place() {
    let (criteria, mark) = fellowship();
    let even = |packet| {
        sheet(packet, [Some(1), Some(1)], &[("ada", Some([2, 2, 2])), ("bo", Some([3, 3, 2]))])
    };
    let mut sheets =
        vec![even("b"), even("a"), sheet("last", [Some(1), Some(1)], &[("ada", Some([1, 1, 1]))])];
    // Seven, of one assessor: the same total, though another fraction.
    sheets.push(sheet("c", [Some(1), Some(1)], &[("bo", Some([3, 2, 2]))]));
    let results = results(&criteria, mark, &sheets).unwrap();
    assert!(results.is_final());
    let places: Vec<_> =
        results.ranking().iter().map(|packet| (packet.packet, packet.place)).collect();
    let shared = Place::Ranked(1);
    assert_eq!(places, [("a", shared), ("b", shared), ("c", shared), ("last", Place::Ranked(4))]);
}

#[test]
fn strictness_worked_out_by_hand() {
    let (criteria, mark) = fellowship();
    // Ada gives 3 less than Bo on two packets; once both meet Cy. Di is alone, which says nothing.
    let sheets = [
        sheet("a", [Some(0), Some(0)], &[("ada", Some([2, 2, 1])), ("bo", Some([3, 3, 2]))]),
        sheet(
            "b",
            [Some(0), Some(0)],
            &[("ada", Some([2, 2, 0])), ("bo", Some([3, 3, 1])), ("cy", Some([3, 2, 1]))],
        ),
        sheet("c", [Some(0), Some(0)], &[("di", Some([0, 0, 0])), ("cy", None)]),
    ];
    let results = results(&criteria, mark, &sheets).unwrap();
    let [ada, bo, cy, di] = &results.assessors[..] else { panic!("{results:?}") };
    // (5 − 8 + 4 − 6.5) ÷ 2, (8 − 5 + 7 − 5) ÷ 2, 6 − 5.5
    assert_eq!((ada.packets, ada.difference, ada.weighed), (2, Some(-2.75), -5.5 / 7.0));
    assert_eq!((bo.packets, bo.difference, bo.weighed), (2, Some(2.5), 5.0 / 7.0));
    assert_eq!((cy.packets, cy.difference, cy.weighed), (1, Some(0.5), 0.5 / 6.0));
    assert_eq!((di.packets, di.difference, di.weighed), (0, None, 0.0));
    let adjusted = results.packets[0].adjusted.unwrap();
    assert!((adjusted - (13.0 + 5.5 / 7.0 - 5.0 / 7.0) / 2.0).abs() < 1e-12);
    assert_eq!(results.packets[0].mean, Mean::of([5, 8]));
}

#[test]
fn one_far_off_is_named() {
    let (criteria, mark) = fellowship();
    let sheets = [sheet(
        "a",
        [Some(1), Some(1)],
        &[("ada", Some([4, 3, 3])), ("bo", Some([0, 1, 1])), ("cy", Some([4, 4, 3]))],
    )];
    assert_eq!(results(&criteria, mark, &sheets).unwrap().packets[0].outliers, ["bo"]);
}

#[test]
fn a_programme_that_staff_alone_judge() {
    let (mut criteria, mark) = fellowship();
    criteria.retain(|criterion| criterion.scored_by == ScoredBy::Staff);
    let sheets = [sheet("a", [Some(2), Some(1)], &[]), sheet("b", [Some(0), Some(1)], &[])];
    let results = results(&criteria, mark.map(|_| 3), &sheets).unwrap();
    assert_eq!(results.packets[0].passes, Some(true));
    assert_eq!(results.packets[1].total, Some(Mean::whole(1)));
    assert!(results.is_final() && results.packets[1].criteria[0].below_least);
}

#[test]
fn what_does_not_fit_is_refused() {
    let (criteria, mark) = fellowship();
    let refused = |sheets: &[Sheet<'_>]| results(&criteria, mark, sheets).unwrap_err().to_string();
    let staff = [Some(1), Some(1)];
    assert_eq!(
        refused(&[sheet("a", staff, &[("ada", Some([5, 0, 0]))])]),
        "packet a has 5 points of ada for \"Steady work\", which is more than there are"
    );
    assert!(refused(&[sheet("a", staff, &[]), sheet("a", staff, &[])]).contains("twice"));
    assert!(refused(&[sheet("a", staff, &[("ada", None), ("ada", None)])]).contains("ada"));
    let short = Sheet { packet: "a", assessments: vec![], to_come: 0, staff: vec![None] };
    assert_eq!(refused(&[short]), "packet a has 1 points of staff, for 2 criteria");
    let mut huge = criteria.clone();
    huge[0].points = u32::MAX;
    assert_eq!(results(&huge, mark, &[]), Err(ScoreError::TooManyPoints));
}

#[test]
fn the_mark_parts_the_bins() {
    let (criteria, mark) = fellowship();
    let sheets = round();
    let distribution = results(&criteria, mark, &sheets).unwrap().distribution();
    assert_eq!((distribution.bins.len(), distribution.unscored), (15, 1));
    let filled: Vec<_> =
        distribution.bins.iter().filter(|bin| bin.complete + bin.provisional > 0).collect();
    let shown: Vec<_> =
        filled.iter().map(|bin| (bin.from, bin.to, bin.complete, bin.provisional)).collect();
    assert_eq!(
        shown,
        [
            (5, 6, 0, 1),
            (9, 10, 1, 0),
            (10, 11, 1, 0),
            (12, 13, 1, 0),
            (13, 14, 1, 0),
            (14, 15, 0, 1)
        ]
    );

    let wide = Results { packets: vec![], assessors: vec![], most: 100, pass_mark: Some(63) }
        .distribution();
    let edges: Vec<u32> = wide.bins.iter().map(|bin| bin.from).collect();
    assert_eq!(edges, [0, 3, 13, 23, 33, 43, 53, 63, 73, 83, 93]);
    assert_eq!(wide.bins.last().map(|bin| bin.to), Some(100));
}

/// Criteria, a mark and sheets that fit them.
fn rounds() -> impl Strategy<Value = (Vec<Criterion>, Option<u32>, Vec<Sheet<'static>>)> {
    let points = prop_oneof![4 => 0_u32..12, 1 => 0_u32..400_000_000];
    let criterion =
        (points, any::<bool>(), 0_u32..4).prop_map(|(points, staff, least)| Criterion {
            name: "name".to_owned(),
            points,
            least: least.min(points),
            scored_by: if staff { ScoredBy::Staff } else { ScoredBy::Assessor },
            guidance: String::new(),
            comment_required: false,
        });
    (prop::collection::vec(criterion, 0..6), prop::option::of(0_u32..40)).prop_flat_map(
        |(criteria, mark)| {
            let up_to = |by| -> Vec<_> {
                of(&criteria, by).map(|criterion| 0..=criterion.points).collect()
            };
            let given = prop::option::weighted(0.9, up_to(ScoredBy::Assessor));
            let assessments =
                (subsequence(ASSESSORS.to_vec(), 0..=6), prop::collection::vec(given, 6)).prop_map(
                    |(assessors, given)| -> Vec<_> {
                        let pair = assessors.into_iter().zip(given);
                        pair.map(|(assessor, points)| Assessment { assessor, points }).collect()
                    },
                );
            let staff: Vec<_> = up_to(ScoredBy::Staff)
                .into_iter()
                .map(|points| prop::option::weighted(0.9, points))
                .collect();
            let sheets = prop::collection::vec((assessments, staff), 0..=12).prop_map(|sheets| {
                let sheet = |(packet, (assessments, staff)): (&&'static str, _)| Sheet {
                    packet,
                    assessments,
                    to_come: 0,
                    staff,
                };
                PACKETS.iter().zip(sheets).map(sheet).collect::<Vec<_>>()
            });
            (Just(criteria), Just(mark), sheets)
        },
    )
}

proptest! {
    #[test]
    fn nothing_is_not_a_number((criteria, mark, sheets) in rounds()) {
        let results = results(&criteria, mark, &sheets).unwrap();
        let scale = f64::from(results.most);
        for packet in &results.packets {
            prop_assert_eq!(packet.mean.is_some(), packet.given > 0);
            prop_assert_eq!(packet.spread.is_some(), packet.given > 1);
            prop_assert!(packet.mean.is_none_or(|mean| (0.0..=scale).contains(&mean.value())));
            prop_assert!(packet.total.is_none_or(|total| (0.0..=scale).contains(&total.value())));
            prop_assert!(packet.adjusted.is_none_or(|mean| (0.0..=scale).contains(&mean)));
            // No spread is more than the range, nor less than nothing.
            let range = packet.range.map_or(0.0, |range| f64::from(range.width()));
            prop_assert!(packet.spread.is_none_or(|spread| (0.0..=range).contains(&spread)));
        }
        for assessor in &results.assessors {
            prop_assert!(assessor.difference.is_none_or(|difference| difference.abs() <= scale));
            prop_assert!(assessor.weighed.abs() <= assessor.difference.unwrap_or(0.0).abs());
        }
    }

    #[test]
    fn places_and_passes_are_what_counting_says((criteria, mark, sheets) in rounds()) {
        let results = results(&criteria, mark, &sheets).unwrap();
        let complete: Vec<_> = results.packets.iter().filter(|packet| packet.is_complete()).collect();
        for (packet, sheet) in results.packets.iter().zip(&sheets) {
            let better = complete.iter().filter(|other| other.total > packet.total).count();
            prop_assert_eq!(packet.place, match packet.total {
                None => Place::Unscored,
                Some(_) if packet.is_complete() => Place::Ranked(better + 1),
                Some(_) => Place::Provisional(better + 1),
            });
            if !packet.is_complete() {
                prop_assert_eq!((packet.passes, packet.reaches_mark), (None, None));
                continue;
            }
            // All in whole numbers, times the number of assessors.
            let times = packet.given.max(1) as u64;
            let given = sheet.assessments.iter().filter(|_| packet.given > 0);
            let by_assessors: u64 = given.flat_map(|given| given.points.iter().flatten()).map(|n| u64::from(*n)).sum();
            let by_staff: u64 = sheet.staff.iter().flatten().map(|n| u64::from(*n)).sum();
            let reaches = mark.map(|mark| by_assessors + times * by_staff >= u64::from(mark) * times);
            prop_assert_eq!(packet.reaches_mark, reaches);
            let below = packet.criteria.iter().any(|criterion| criterion.below_least);
            prop_assert_eq!(packet.passes, Some(reaches != Some(false) && !below));
        }
    }

    #[test]
    fn every_packet_is_in_one_bin((criteria, mark, sheets) in rounds()) {
        let results = results(&criteria, mark, &sheets).unwrap();
        let distribution = results.distribution();
        let bins = &distribution.bins;
        prop_assert!((1..=MOST_BINS).contains(&bins.len()));
        prop_assert!(bins.iter().all(|bin| bin.from < bin.to));
        prop_assert!(bins.windows(2).all(|pair| pair[0].to == pair[1].from));
        let last = bins.last().unwrap();
        for bin in bins {
            let within = results.packets.iter().filter(|packet| packet.total.is_some_and(|total| {
                total.reaches(bin.from) && (!total.reaches(bin.to) || bin == last)
            }));
            let (complete, provisional): (Vec<_>, Vec<_>) = within.partition(|packet| packet.is_complete());
            prop_assert_eq!((bin.complete, bin.provisional), (complete.len(), provisional.len()));
        }
        let counted: usize = bins.iter().map(|bin| bin.complete + bin.provisional).sum();
        prop_assert_eq!(counted + distribution.unscored, sheets.len());
        if let Some(mark) = mark {
            prop_assert!(mark == last.to || bins.iter().any(|bin| bin.from == mark));
        }
    }

    #[test]
    fn the_order_of_the_sheets_changes_nothing((criteria, mark, mut sheets) in rounds()) {
        let one = results(&criteria, mark, &sheets).unwrap();
        let mut reversed = sheets.clone();
        reversed.reverse();
        let mut other = results(&criteria, mark, &reversed).unwrap();
        other.packets.reverse();
        prop_assert_eq!(&one, &other);
        // Who gives everyone one point more is more generous by one.
        sheets.retain(|sheet| sheet.assessments.iter().all(|given| given.points.is_some()));
        if of(&criteria, ScoredBy::Assessor).count() > 0 {
            let mut lenient = criteria.clone();
            let first = lenient.iter_mut().find(|criterion| criterion.scored_by == ScoredBy::Assessor).unwrap();
            first.points += 1;
            let strictness = |sheets: &[Sheet<'_>]| -> Vec<_> {
                let results = results(&lenient, mark, sheets).unwrap();
                results.assessors.iter().map(|assessor| (assessor.assessor == "ada", assessor.difference)).collect()
            };
            let before = strictness(&sheets);
            let adas = sheets.iter_mut().flat_map(|sheet| &mut sheet.assessments).filter(|given| given.assessor == "ada");
            for points in adas.filter_map(|given| given.points.as_mut()) {
                points[0] += 1;
            }
            for ((is_ada, before), (_, after)) in before.into_iter().zip(strictness(&sheets)) {
                if let (true, Some(before), Some(after)) = (is_ada, before, after) {
                    prop_assert!((after - before - 1.0).abs() < 1e-6, "{before} {after}");
                }
            }
        }
    }
}
