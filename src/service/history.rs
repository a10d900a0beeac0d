//! What has happened to an application: where it moved, and what became of its packet.

use chrono::NaiveDateTime;

use super::views::{Event, Happened};
use crate::domain::application::Status;
use crate::domain::id::Id;
use crate::domain::secret::Secret;
use crate::store::audit::{PACKET_CLOSED, PACKET_RELEASED};
use crate::store::{AnyConnection, StoreError, applications, audit};

/// Something that happened, as it is stored.
pub(super) struct Line {
    what: Happened,
    at: NaiveDateTime,
    actor: String,
    actor_id: Option<Id>,
}

/// Everything that happened, the oldest first.
pub(super) fn lines(
    connection: &mut AnyConnection,
    application: &Id,
) -> Result<Vec<Line>, StoreError> {
    let moves = applications::changes(connection, application)?.into_iter().map(|own| Line {
        what: Happened::Moved(own.to_status.parse().unwrap_or(Status::Draft)),
        at: own.at,
        actor: own.actor,
        actor_id: own.actor_id,
    });
    let actions = [PACKET_RELEASED, PACKET_CLOSED];
    let packet =
        audit::of_subject(connection, application, &actions)?.into_iter().map(|own| Line {
            what: if own.action == PACKET_RELEASED { Happened::Released } else { Happened::Closed },
            at: own.at,
            actor: own.actor,
            actor_id: own.actor_id,
        });
    let mut lines: Vec<Line> = moves.chain(packet).collect();
    // Of one moment, the move comes before what followed from it, and what is closed was released before.
    lines.sort_by_key(|line| {
        let then = match line.what {
            Happened::Moved(_) => 0,
            Happened::Released => 1,
            Happened::Closed => 2,
        };
        (line.at, then)
    });
    Ok(lines)
}

impl Line {
    /// The member of staff who did it, if one did.
    pub(super) fn member(&self) -> Option<&Id> {
        self.actor_id.as_ref().filter(|_| self.actor == "staff")
    }

    /// As pages show it; `by` is the name of a member of staff, where it is told.
    pub(super) fn event(&self, by: Option<Secret>) -> Event {
        Event {
            what: self.what,
            at: self.at.and_utc(),
            by: match by {
                Some(name) => name,
                None if self.actor == "applicant" => Secret::new("the applicant"),
                None => Secret::new("staff"),
            },
        }
    }
}
