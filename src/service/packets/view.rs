//! What staff see of a packet before it is released.

use chrono::NaiveDate;

use crate::domain::id::Id;
use crate::domain::packet::KeepReason;
use crate::domain::secret::Secret;
use crate::domain::strike::Reason;

/// A piece of an answer, as staff see it.
#[derive(Clone)]
pub enum ShownPiece {
    /// What stays.
    Plain(Secret),
    /// What is struck out, or was proposed and taken back.
    Strike {
        /// The text.
        text: Secret,
        /// Why.
        reason: Reason,
        /// Why it was taken back; none while it is struck out.
        kept: Option<KeepReason>,
        /// Where, in bytes: `start-end`. Names it in the form.
        place: String,
    },
}

/// An answer beside what the packet says instead.
#[derive(Clone)]
pub struct PreparedAnswer {
    /// The key of the question.
    pub key: String,
    /// The name of the form control for what is struck out by hand.
    pub control: String,
    /// The question.
    pub label: String,
    /// Whether it may have several lines.
    pub multiline: bool,
    /// The answer as it was given.
    pub pieces: Vec<ShownPiece>,
    /// What assessors would read.
    pub struck: Secret,
    /// The name of the form control for the reason why something may stay.
    pub keep_control: String,
}

impl PreparedAnswer {
    /// The strikes, those that were taken back too.
    pub fn strikes(&self) -> impl Iterator<Item = (&Secret, Reason, Option<KeepReason>, &str)> {
        self.pieces.iter().filter_map(|piece| match piece {
            ShownPiece::Strike { text, reason, kept, place } => {
                Some((text, *reason, *kept, place.as_str()))
            }
            ShownPiece::Plain(_) => None,
        })
    }
}

/// Why there can be no packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPacket {
    /// Nobody outside assesses in this programme.
    NobodyOutside,
    /// The applicant did not agree to it.
    NoConsent,
    /// It was withdrawn.
    Withdrawn,
}

impl NoPacket {
    /// As a sentence for staff.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NobodyOutside => "Nobody outside assesses applications of this programme.",
            Self::NoConsent => {
                "The applicant has not agreed that people outside assess this application, so there is no packet."
            }
            Self::Withdrawn => {
                "The applicant took this application back. Its packet is closed to assessors."
            }
        }
    }
}

/// Where the packet stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released {
    /// How often it was released.
    pub version: i64,
    /// The day of the last release.
    pub on: NaiveDate,
    /// Whether assessors can read it.
    pub is_open: bool,
    /// Whether the application was changed since.
    pub is_stale: bool,
}

/// An application beside its packet.
#[derive(Clone)]
pub struct Preparing {
    /// The application.
    pub id: Id,
    /// Its reference.
    pub reference: String,
    /// Programme and round.
    pub title: String,
    /// The round's name in addresses.
    pub round: String,
    /// Why there can be no packet.
    pub no_packet: Option<NoPacket>,
    /// The GitHub username, which assessors see; blank where the applicant gave none.
    pub username: Secret,
    /// The answers that go to assessors.
    pub answers: Vec<PreparedAnswer>,
    /// What staff entered to be struck out wherever it stands.
    pub further: Vec<Secret>,
    /// What the application is about.
    pub tags: Vec<Secret>,
    /// How many strikes stand.
    pub standing: usize,
    /// How many were taken back.
    pub kept: usize,
    /// The packet, if it was released.
    pub released: Option<Released>,
    /// Which state of application and work this is: what is released is what was looked at.
    pub seen: String,
}
