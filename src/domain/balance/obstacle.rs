//! Why packets can't be shared out.

use std::fmt;

/// The packets of a round can't be shared out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BalanceError {
    /// Two packets or two assessors have one identifier.
    #[error("{0} is there twice")]
    Twice(String),
    /// An assignment to be kept names a packet or an assessor that is not there.
    #[error("an assignment to be kept names {0}, which is not there")]
    Unknown(String),
    /// An assignment to be kept stands against a conflict.
    #[error("{assessor} has a conflict with {packet}, so that assignment can't be kept")]
    KeptInConflict {
        /// The packet.
        packet: String,
        /// The assessor.
        assessor: String,
    },
    /// At least one packet can't get as many assessors as it needs: each with the reason, by identifier.
    #[error("{}", sentences(.0))]
    Impossible(Vec<Obstacle>),
}

/// Why one packet can't get as many assessors as it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// There are too few assessors without a conflict, however much each would take.
    TooFewWithoutConflict {
        /// The packet.
        packet: String,
        /// How many assessors it needs.
        wanted: usize,
        /// How many have a conflict with it.
        in_conflict: usize,
        /// How many have none.
        without_conflict: usize,
    },
    /// The assessors who could take it take no more packets, and handing packets on among them frees no place.
    NoPlaceLeft {
        /// The packet.
        packet: String,
        /// How many assessors it needs.
        wanted: usize,
        /// How many it has.
        placed: usize,
        /// The assessors to whom it could go, directly or when they hand other packets on. One more place with any of
        /// them is a place for this packet.
        full: Vec<String>,
        /// The other packets that contend for the places of these assessors.
        rivals: Vec<String>,
    },
}

impl Obstacle {
    /// The packet.
    #[must_use]
    pub fn packet(&self) -> &str {
        match self {
            Self::TooFewWithoutConflict { packet, .. } | Self::NoPlaceLeft { packet, .. } => packet,
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFewWithoutConflict { packet, wanted, in_conflict, without_conflict } => {
                write!(
                    f,
                    "{packet} needs {}, but only {without_conflict} can take it ({in_conflict} can’t: a conflict of interest, no time, or taken back)",
                    assessors(*wanted),
                )
            }
            Self::NoPlaceLeft { packet, wanted, placed, full, .. } => write!(
                f,
                "{packet} needs {} and has {placed}: no place is left with {}",
                assessors(*wanted),
                full.join(", "),
            ),
        }
    }
}

fn assessors(count: usize) -> String {
    if count == 1 { "1 assessor".to_owned() } else { format!("{count} assessors") }
}

fn sentences(obstacles: &[Obstacle]) -> String {
    obstacles.iter().map(Obstacle::to_string).collect::<Vec<_>>().join("; ")
}
