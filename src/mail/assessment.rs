//! The mails to assessors about packets. They say how many, by when and where, and nothing of what is in them, whose
//! they are or which round they are of: mail is not confidential.

use askama::Template;
use chrono::NaiveDate;

use super::letters::{Sender, letter};
use super::{MailError, Message};
use crate::domain::secret::Secret;

/// What waits for an assessor.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// How many packets.
    pub packets: usize,
    /// For how many of them the day is over.
    pub overdue: usize,
    /// The day by which scores of the first are asked for, UTC.
    pub due_on: NaiveDate,
}

impl Waits {
    fn subject(self) -> String {
        match self.packets {
            1 => "A packet waits".to_owned(),
            several => format!("{several} packets wait"),
        }
    }

    fn sentence(self) -> String {
        let Self { packets, overdue, .. } = self;
        let day = self.due_on.format("%-d %B %Y");
        let one = packets == 1;
        match (one, overdue) {
            (true, 0) => format!("Your scores are asked for by {day}."),
            (false, 0) => format!("The first scores are asked for by {day}."),
            (true, _) => format!("Your scores were asked for by {day}."),
            (false, 1) => format!("The first scores were asked for by {day}."),
            (false, late) => format!("For {late} of them the day is over; the first was {day}."),
        }
    }
}

/// To an assessor who was given packets.
pub struct PacketsWaiting<'a> {
    /// Who sends it.
    pub sender: &'a Sender,
    /// What waits.
    pub waits: Waits,
    /// The assessor's start page, behind a sign-in.
    pub link: &'a str,
}

letter!(
    PacketsWaiting,
    "packets_waiting",
    "mail/packets_waiting/subject.txt",
    "mail/packets_waiting/text.txt",
    "mail/packets_waiting/html.html"
);

/// To an assessor for whom packets still wait.
pub struct PacketsReminder<'a> {
    /// Who sends it.
    pub sender: &'a Sender,
    /// What waits.
    pub waits: Waits,
    /// The assessor's start page, behind a sign-in.
    pub link: &'a str,
}

letter!(
    PacketsReminder,
    "packets_reminder",
    "mail/packets_reminder/subject.txt",
    "mail/packets_reminder/text.txt",
    "mail/packets_reminder/html.html"
);
