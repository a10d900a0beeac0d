//! What staff see of a packet before it is released.

use chrono::NaiveDate;

use crate::domain::id::Id;
use crate::domain::packet::KeepReason;
use crate::domain::redaction::{Found, Standing};
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

/// A question that a file answers: what the applicant attached, and what staff made of it for assessors.
#[derive(Clone)]
pub struct FileView {
    /// The key of the question.
    pub question: String,
    /// The question.
    pub label: String,
    /// What the applicant called the file, and its kind and size in words; none when it is not there any more.
    pub attached: Option<(Secret, String)>,
    /// The redacted version, if there is one.
    pub redaction: Option<RedactionView>,
    /// Whether another redacted version than this, or one that was removed, is in the packet as it was released last.
    pub is_other_released: bool,
}

/// A redacted version of a file.
#[derive(Clone)]
pub struct RedactionView {
    /// Its id.
    pub id: Id,
    /// Which state of it this is.
    pub seen: String,
    /// What whoever uploaded it called it.
    pub name: Secret,
    /// Its kind and size in words.
    pub what: String,
    /// When it was uploaded.
    pub uploaded_on: NaiveDate,
    /// Where it stands.
    pub standing: Standing,
    /// Whether a machine reads text in it.
    pub is_read: bool,
    /// Whether a person has to look at every page.
    pub needs_eyes: bool,
    /// Whether one did.
    pub is_looked_at: bool,
    /// What it still says.
    pub found: Vec<FoundView>,
    /// How much more it says that is not named.
    pub more: usize,
    /// Whether it is in the packet as it was released last.
    pub is_released: bool,
}

/// Something that a redacted version still says.
#[derive(Clone)]
pub struct FoundView {
    /// What.
    pub text: Secret,
    /// Why it should go.
    pub reason: Reason,
    /// In how many places it stands.
    pub times: usize,
    /// Why it may stay.
    pub kept: Option<KeepReason>,
    /// The name of the form control for that.
    pub control: String,
}

impl FoundView {
    pub(super) fn new(found: &Found) -> Self {
        Self {
            text: Secret::new(found.text.clone()),
            reason: found.reason,
            times: found.places.len(),
            kept: found.kept,
            control: control_of(found),
        }
    }
}

/// The name of the form control for the reason why something may stay: where it first stands.
pub(super) fn control_of(found: &Found) -> String {
    let place = found.places.first();
    place.map_or_else(String::new, |span| format!("keep.{}-{}", span.start, span.end))
}

/// A file of an application and what staff make of it for its packet.
#[derive(Clone)]
pub struct RedactionPage {
    /// The application.
    pub id: Id,
    /// Its reference.
    pub reference: String,
    /// Programme and round.
    pub title: String,
    /// Whether assessors can read the packet as it was released.
    pub is_open: bool,
    /// The file.
    pub file: FileView,
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
    /// The files that the applicant attached.
    pub files: Vec<FileView>,
    /// How many strikes stand.
    pub standing: usize,
    /// How many were taken back.
    pub kept: usize,
    /// The packet, if it was released.
    pub released: Option<Released>,
    /// Which state of application and work this is: what is released is what was looked at.
    pub seen: String,
}
