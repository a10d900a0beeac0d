//! Staff settle what becomes of comments that may name the applicant.

use serde_json::json;

use super::given;
use crate::domain::assignment::{Comments, State};
use crate::domain::id::Id;
use crate::domain::role::Permission;
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::domain::strike::{self, MARK};
use crate::service::context::{Context, StoreOrService};
use crate::service::error::ServiceError;
use crate::service::packets::team;
use crate::service::permitted::ReceivedApplication;
use crate::service::session::Staff;
use crate::store::assignments::{self, Assignment};
use crate::store::{audit, preparations, scores};

/// What becomes of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// They stay as they are: what was found names nobody.
    Keep,
    /// Each comment in which something was found is struck out, for good.
    StrikeOut,
    /// The assessor is asked to write them anew.
    Return,
}

impl Settlement {
    /// The one with a word in forms.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "keep" => Some(Self::Keep),
            "strike" => Some(Self::StrikeOut),
            "return" => Some(Self::Return),
            _ => None,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Keep => "kept",
            Self::StrikeOut => "struck_out",
            Self::Return => "returned",
        }
    }
}

/// What tells one hand-in of an assessment from the next.
pub(super) fn seal_of(assignment: &Assignment) -> String {
    let at = assignment.submitted_at.map(|at| at.and_utc().timestamp_millis());
    at.unwrap_or_default().to_string()
}

/// Settles it for one assessment of an application's packet, as it was when somebody looked at it: `seen` says which.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but officers; [`ServiceError::NotFound`] when it is of another packet;
/// [`ServiceError::Conflict`] when there is nothing to settle.
pub fn settle(
    ctx: &Context,
    who: &Staff,
    received: &ReceivedApplication,
    (assignment, seen): (&Id, &str),
    settlement: Settlement,
) -> Result<(), ServiceError> {
    who.must(Permission::ReviewApplications)?;
    let actor = who.acting(Permission::ReviewApplications);
    ctx.steadily(|generation| {
        let (found, work, rows) = ctx.store.read(|connection| {
            Ok((
                assignments::find(connection, assignment)?,
                preparations::find(connection, received.id())?,
                scores::of_assignment(connection, assignment)?,
            ))
        })?;
        let packet = work.and_then(|work| work.packet_id);
        let own = found.filter(|own| packet.as_ref() == Some(&own.packet_id));
        let before = own.ok_or(ServiceError::NotFound)?;
        // What was handed in since nobody has read.
        if before.comments() != Comments::Found || seal_of(&before) != seen {
            return Err(ServiceError::Conflict.into());
        }
        let mut struck = Vec::new();
        if settlement == Settlement::StrikeOut {
            let known = team::known(ctx, received.id(), &[])?;
            let key = ctx.data_key(&before.dossier_id)?;
            let comments = rows.iter().map(|score| given::comment(ctx, &key, score));
            let comments: Vec<Secret> = comments.collect::<Result<_, _>>()?;
            let texts: Vec<&str> = comments.iter().map(Secret::expose).collect();
            let found = strike::find_in_several(&known, &texts);
            for (score, found) in rows.into_iter().zip(&found) {
                if found.is_empty() {
                    continue;
                }
                // The whole comment: its writer sees what is left, and could tell by it which words were right.
                let text = Secret::new(MARK);
                let (slot, dossier) = (Slot::ScoreComment, &score.dossier_id);
                let sealed = ctx.seal(&key, slot, &score.id, dossier, &text)?;
                struck.push((score.id, sealed));
            }
        }
        let detail = json!({ "comments": settlement.word() });
        let entry = ctx.audit(&actor, "assessment.comments_settled", Some(assignment), &detail)?;
        ctx.write_under(generation, move |connection| {
            let now = match settlement {
                Settlement::Keep | Settlement::StrikeOut => Comments::Clear,
                Settlement::Return => Comments::Returned,
            };
            assignments::set_comments(connection, &before, now)?;
            for (id, sealed) in &struck {
                scores::set_comment(connection, id, sealed)?;
            }
            if settlement == Settlement::Return {
                assignments::move_to(connection, &before, State::Accepted)?;
            }
            audit::insert(connection, &entry)
        })
        .map_err(StoreOrService::from)
    })
}
