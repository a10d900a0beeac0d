//! What a round's scores say: means, spread, outliers, a ranking, and how strict each assessor is.
//!
//! Points are whole numbers and their means are kept as fractions, so that ties and the pass mark are exact: a mean of
//! 9.999 does not reach 10, and two thirds are two thirds. What is shown of them is written by [`two_decimals`].
//!
//! The total of a packet is the mean of its assessors' totals and the points that staff gave, on the scale of the
//! programme's pass mark.

use std::collections::{BTreeMap, BTreeSet};

pub use calibration::{Calibration, SHRINKAGE};
pub use distribution::{Bin, Distribution, MOST_BINS};
pub use points::{Mean, signed, two_decimals};
pub use spread::Range;

use super::programme::{Criterion, ScoredBy};

mod calibration;
mod distribution;
mod points;
mod spread;

/// What was given to one packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet<'a> {
    /// The packet's identifier.
    pub packet: &'a str,
    /// Each assessor that it is assigned to.
    pub assessments: Vec<Assessment<'a>>,
    /// How many assessors it needs beside them, whom nobody has been asked to be.
    pub to_come: usize,
    /// Staff's points, one for each criterion of theirs in the programme's order; none where they are to come.
    pub staff: Vec<Option<u32>>,
}

/// What one assessor gave to one packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment<'a> {
    /// The assessor's identifier.
    pub assessor: &'a str,
    /// The points, one for each assessors' criterion in the programme's order; none until they are handed in.
    pub points: Option<Vec<u32>>,
}

/// The scores don't fit the programme.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScoreError {
    /// A packet is there twice.
    #[error("packet {0} is there twice")]
    PacketTwice(String),
    /// An assessor has one packet twice.
    #[error("{assessor} is there twice for packet {packet}")]
    AssessorTwice {
        /// The packet.
        packet: String,
        /// The assessor.
        assessor: String,
    },
    /// There are more or fewer points than criteria.
    #[error("packet {packet} has {found} points of {by}, for {expected} criteria")]
    WrongCount {
        /// The packet.
        packet: String,
        /// The assessor, or "staff".
        by: String,
        /// How many criteria there are.
        expected: usize,
        /// How many points there are.
        found: usize,
    },
    /// A criterion got more points than it has.
    #[error(
        "packet {packet} has {points} points of {by} for \"{criterion}\", which is more than there are"
    )]
    AboveMost {
        /// The packet.
        packet: String,
        /// The assessor, or "staff".
        by: String,
        /// The criterion.
        criterion: String,
        /// The points.
        points: u32,
    },
    /// All criteria together have more points than can be counted.
    #[error("the criteria have too many points together")]
    TooManyPoints,
}

/// Where a packet stands among the others of its round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The place among all packets whose scores are complete, from 1. Equal totals share a place, and the next one is
    /// left out.
    Ranked(usize),
    /// Scores are missing: the place that it would have among the complete ones with what is there so far.
    Provisional(usize),
    /// There is nothing to rank it by.
    Unscored,
}

/// What one criterion got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CriterionResult {
    /// The mean of what is there; of a criterion of staff, their points.
    pub mean: Option<Mean>,
    /// Whether that is less than the least that an application needs there.
    pub below_least: bool,
}

/// What the scores of one packet say.
#[derive(Clone, Debug, PartialEq)]
pub struct PacketResult<'a> {
    /// The packet's identifier.
    pub packet: &'a str,
    /// How many assessors have handed in their scores.
    pub given: usize,
    /// The assessors whose scores are missing.
    pub missing: Vec<&'a str>,
    /// How many assessors nobody has been asked to be.
    pub to_come: usize,
    /// How many criteria of staff have no points yet.
    pub staff_missing: usize,
    /// The mean of the assessors' totals.
    pub mean: Option<Mean>,
    /// The sample standard deviation of the assessors' totals, in points; it takes two of them.
    pub spread: Option<f64>,
    /// The lowest and the highest of the assessors' totals.
    pub range: Option<Range>,
    /// Each criterion, in the programme's order.
    pub criteria: Vec<CriterionResult>,
    /// The assessors' mean and staff's points so far.
    pub total: Option<Mean>,
    /// The assessors' mean if each had been as strict as the others, in points: to be shown beside the plain one, which
    /// alone counts for total, mark and place. See [`Calibration`].
    pub adjusted: Option<f64>,
    /// The assessors whose totals lie far from the others', to be looked at.
    ///
    /// Far is more than three times the median distance of all totals from their median, and at least a quarter
    /// of the assessors' points. With three assessors: one is three times as far from the middle one as the other. It
    /// takes three of them; where opinion is divided in halves, nobody is an outlier.
    pub outliers: Vec<&'a str>,
    /// Whether the total reaches the pass mark; none without a mark, or while scores are missing.
    pub reaches_mark: Option<bool>,
    /// Whether it reaches the mark (if there is one) and the least points of every criterion; none while scores
    /// are missing.
    pub passes: Option<bool>,
    /// Where it stands.
    pub place: Place,
}

impl PacketResult<'_> {
    /// Whether every score is there.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.missing.is_empty()
            && self.to_come == 0
            && self.staff_missing == 0
            && self.total.is_some()
    }
}

/// What the scores of a round say.
#[derive(Clone, Debug, PartialEq)]
pub struct Results<'a> {
    /// Each packet, in the order in which they came.
    pub packets: Vec<PacketResult<'a>>,
    /// Each assessor of the round, by identifier.
    pub assessors: Vec<Calibration<'a>>,
    /// The most points that a packet can have.
    pub most: u32,
    /// The points to reach.
    pub pass_mark: Option<u32>,
}

impl<'a> Results<'a> {
    /// Whether every packet has every score, so that no place will change.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.packets.iter().all(PacketResult::is_complete)
    }

    /// The packets from the highest total to the lowest: the complete ones, the others, those without scores. Those
    /// that share a place stand in the order of their identifiers.
    #[must_use]
    pub fn ranking(&self) -> Vec<&PacketResult<'a>> {
        let mut ranking: Vec<_> = self.packets.iter().collect();
        ranking.sort_by_key(|packet| {
            let (group, place) = match packet.place {
                Place::Ranked(place) => (0, place),
                Place::Provisional(place) => (1, place),
                Place::Unscored => (2, 0),
            };
            (group, place, std::cmp::Reverse(packet.total), packet.packet)
        });
        ranking
    }

    /// How the totals are distributed.
    #[must_use]
    pub fn distribution(&self) -> Distribution {
        distribution::of(self)
    }
}

/// Works out the results of a round. `pass_mark` is in points.
///
/// # Errors
/// When the scores don't fit the criteria, or something is there twice.
pub fn results<'a>(
    criteria: &[Criterion],
    pass_mark: Option<u32>,
    sheets: &[Sheet<'a>],
) -> Result<Results<'a>, ScoreError> {
    let most = points_of(criteria.iter())?;
    let assessors_most = points_of(of(criteria, ScoredBy::Assessor))?;
    let mut seen = BTreeSet::new();
    for sheet in sheets {
        if !seen.insert(sheet.packet) {
            return Err(ScoreError::PacketTwice(sheet.packet.to_owned()));
        }
        check(criteria, sheet)?;
    }
    let totals: Vec<Vec<(&str, u32)>> =
        sheets.iter().map(|sheet| totals(criteria, sheet)).collect();
    let invited = sheets.iter().flat_map(|sheet| &sheet.assessments).map(|given| given.assessor);
    let assessors = calibration::calibrate(invited, &totals);
    let strictness: BTreeMap<&str, f64> =
        assessors.iter().map(|calibration| (calibration.assessor, calibration.weighed)).collect();

    let mut packets: Vec<PacketResult<'a>> = sheets
        .iter()
        .zip(&totals)
        .map(|(sheet, totals)| {
            let mut result = packet_result(criteria, pass_mark, sheet, totals);
            let outliers = spread::outliers(&points(totals), assessors_most);
            result.outliers = totals
                .iter()
                .zip(outliers)
                .filter_map(|((assessor, _), is_outlier)| is_outlier.then_some(*assessor))
                .collect();
            result.adjusted = calibration::adjusted(totals, &strictness, assessors_most);
            result
        })
        .collect();
    rank(&mut packets);
    Ok(Results { packets, assessors, most, pass_mark })
}

fn of(criteria: &[Criterion], by: ScoredBy) -> impl Iterator<Item = &Criterion> {
    criteria.iter().filter(move |criterion| criterion.scored_by == by)
}

fn points_of<'c>(mut criteria: impl Iterator<Item = &'c Criterion>) -> Result<u32, ScoreError> {
    criteria
        .try_fold(0_u32, |sum, criterion| sum.checked_add(criterion.points))
        .ok_or(ScoreError::TooManyPoints)
}

fn points(totals: &[(&str, u32)]) -> Vec<u32> {
    totals.iter().map(|(_, points)| *points).collect()
}

fn check(criteria: &[Criterion], sheet: &Sheet<'_>) -> Result<(), ScoreError> {
    let fit = |by: &str, scored_by: ScoredBy, given: &[Option<u32>]| {
        let expected = of(criteria, scored_by).count();
        let packet = || sheet.packet.to_owned();
        if given.len() != expected {
            let found = given.len();
            return Err(ScoreError::WrongCount {
                packet: packet(),
                by: by.to_owned(),
                expected,
                found,
            });
        }
        for (criterion, points) in of(criteria, scored_by).zip(given) {
            if let Some(points) = points.filter(|points| *points > criterion.points) {
                return Err(ScoreError::AboveMost {
                    packet: packet(),
                    by: by.to_owned(),
                    criterion: criterion.name.clone(),
                    points,
                });
            }
        }
        Ok(())
    };
    fit("staff", ScoredBy::Staff, &sheet.staff)?;
    let mut seen = BTreeSet::new();
    for Assessment { assessor, points } in &sheet.assessments {
        if !seen.insert(assessor) {
            let (packet, assessor) = (sheet.packet.to_owned(), (*assessor).to_owned());
            return Err(ScoreError::AssessorTwice { packet, assessor });
        }
        if let Some(points) = points {
            let points: Vec<_> = points.iter().copied().map(Some).collect();
            fit(assessor, ScoredBy::Assessor, &points)?;
        }
    }
    Ok(())
}

/// What each assessor gave in all, of those who have handed in; nothing where assessors have nothing to judge.
fn totals<'a>(criteria: &[Criterion], sheet: &Sheet<'a>) -> Vec<(&'a str, u32)> {
    if of(criteria, ScoredBy::Assessor).next().is_none() {
        return Vec::new();
    }
    let given = sheet.assessments.iter();
    given.filter_map(|given| Some((given.assessor, given.points.as_ref()?.iter().sum()))).collect()
}

fn packet_result<'a>(
    criteria: &[Criterion],
    pass_mark: Option<u32>,
    sheet: &Sheet<'a>,
    totals: &[(&'a str, u32)],
) -> PacketResult<'a> {
    let by_assessors = of(criteria, ScoredBy::Assessor).next().is_some();
    let by_staff: u64 = sheet.staff.iter().flatten().map(|points| u64::from(*points)).sum();
    let mean = Mean::of(totals.iter().map(|(_, points)| *points));
    let total = if by_assessors {
        mean.map(|mean| mean.plus(by_staff))
    } else {
        sheet.staff.iter().any(Option::is_some).then(|| Mean::whole(by_staff))
    };
    let waiting = sheet.assessments.iter().filter(|given| by_assessors && given.points.is_none());
    let mut result = PacketResult {
        packet: sheet.packet,
        given: totals.len(),
        missing: waiting.map(|given| given.assessor).collect(),
        to_come: if by_assessors { sheet.to_come } else { 0 },
        staff_missing: sheet.staff.iter().filter(|points| points.is_none()).count(),
        mean,
        spread: spread::deviation(&points(totals)),
        range: Range::of(&points(totals)),
        criteria: criterion_results(criteria, sheet),
        total,
        adjusted: None,
        outliers: Vec::new(),
        reaches_mark: None,
        passes: None,
        place: Place::Unscored,
    };
    if let Some(total) = total.filter(|_| result.is_complete()) {
        result.reaches_mark = pass_mark.map(|mark| total.reaches(mark));
        let enough = result.criteria.iter().all(|criterion| !criterion.below_least);
        result.passes = Some(enough && result.reaches_mark != Some(false));
    }
    result
}

fn criterion_results(criteria: &[Criterion], sheet: &Sheet<'_>) -> Vec<CriterionResult> {
    let (mut staff, mut place) = (sheet.staff.iter(), 0..);
    let result = |criterion: &Criterion| {
        let mean = match criterion.scored_by {
            ScoredBy::Staff => staff.next().copied().flatten().map(u64::from).map(Mean::whole),
            ScoredBy::Assessor => {
                let place = place.next().unwrap_or_default();
                let handed_in = sheet.assessments.iter().filter_map(|given| given.points.as_ref());
                Mean::of(handed_in.filter_map(|points| points.get(place).copied()))
            }
        };
        let below_least = mean.is_some_and(|mean| !mean.reaches(criterion.least));
        CriterionResult { mean, below_least }
    };
    criteria.iter().map(result).collect()
}

fn rank(packets: &mut [PacketResult<'_>]) {
    let complete = packets.iter().filter(|packet| packet.is_complete());
    let mut totals: Vec<Mean> = complete.filter_map(|packet| packet.total).collect();
    totals.sort_unstable_by(|one, other| other.cmp(one));
    for packet in packets {
        packet.place = packet.total.map_or(Place::Unscored, |total| {
            let place = 1 + totals.partition_point(|better| *better > total);
            if packet.is_complete() { Place::Ranked(place) } else { Place::Provisional(place) }
        });
    }
}

#[cfg(test)]
mod tests;
