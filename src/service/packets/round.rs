//! The packets of a round: which can be released together, and which have to be looked at.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde_json::json;

use super::laid::{Laid, write};
use super::release;
use crate::domain::consent::Purpose;
use crate::domain::id::Id;
use crate::domain::programme::OutsideAssessment;
use crate::domain::role::Permission;
use crate::service::context::{Context, StoreOrService};
use crate::service::error::ServiceError;
use crate::service::permitted::ReceivedApplication;
use crate::service::rounds::{self, RoundView};
use crate::service::session::Staff;
use crate::store::preparations::{self, RoundRow};
use crate::store::{applications, audit, consents, packets};

/// How many applications are looked through or released at a time: a person waits for it.
pub const AT_ONCE: usize = 100;

/// Where the packet of an application stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Nobody and nothing has looked at it since it was last changed.
    Unread,
    /// Something was found: a person looks at it.
    ToLook,
    /// Nothing was found that would have to be struck out.
    Clear,
    /// Released, and the application was changed since.
    Stale,
    /// Released.
    Released,
    /// Closed by staff.
    Closed,
    /// The applicant did not agree to it, or took the application back.
    NoPacket,
}

impl Stage {
    /// Every stage, in the order in which there is something to do.
    pub const ALL: [Self; 7] = [
        Self::ToLook,
        Self::Clear,
        Self::Stale,
        Self::Unread,
        Self::Released,
        Self::Closed,
        Self::NoPacket,
    ];

    /// The word in addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unread => "unread",
            Self::ToLook => "to_look",
            Self::Clear => "clear",
            Self::Stale => "stale",
            Self::Released => "released",
            Self::Closed => "closed",
            Self::NoPacket => "none",
        }
    }

    /// The name on pages.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Unread => "Not looked through",
            Self::ToLook => "To look at",
            Self::Clear => "Nothing found",
            Self::Stale => "Changed since",
            Self::Released => "Released",
            Self::Closed => "Closed",
            Self::NoPacket => "No packet",
        }
    }

    fn of(row: &RoundRow, agreed: bool) -> Self {
        if !agreed || row.status == "withdrawn" {
            return Self::NoPacket;
        }
        let changed = Some(row.changed_at);
        match (&row.packet_state, row.released_from) {
            (Some(state), _) if state == packets::CLOSED => Self::Closed,
            (Some(_), released_from) if released_from != changed => Self::Stale,
            (Some(_), _) => Self::Released,
            (None, _) if row.made_from != changed => Self::Unread,
            (None, _) if row.found > Some(0) => Self::ToLook,
            (None, _) => Self::Clear,
        }
    }
}

/// An application of a round, as far as its packet is concerned.
#[derive(Clone, Debug)]
pub struct PacketRow {
    /// The application.
    pub id: Id,
    /// Its reference.
    pub reference: String,
    /// Where its packet stands.
    pub stage: Stage,
    /// How many strikes stand, where something was looked at.
    pub found: Option<i64>,
    /// The day of the last release.
    pub released_on: Option<NaiveDate>,
}

/// The packets of a round.
#[derive(Clone, Debug)]
pub struct RoundPackets {
    /// The round.
    pub round: RoundView,
    /// How many stand at each stage.
    pub counts: Vec<(Stage, usize)>,
    /// Those of the stage that was asked for: so many at most.
    pub rows: Vec<PacketRow>,
    /// Which page of them this is, from 1, and how many there are.
    pub page: (usize, usize),
}

/// The round of an address, for those who release packets.
///
/// # Errors
/// [`ServiceError::Forbidden`]; [`ServiceError::NotFound`], also where nobody outside assesses.
pub fn of(ctx: &Context, who: &Staff, slug: &str) -> Result<RoundView, ServiceError> {
    who.must(Permission::ReviewApplications)?;
    let round = rounds::get(ctx, slug)?;
    if round.programme.outside_assessment == OutsideAssessment::Never {
        return Err(ServiceError::NotFound);
    }
    Ok(round)
}

fn rows(ctx: &Context, round: &RoundView) -> Result<Vec<PacketRow>, ServiceError> {
    let by_consent = round.programme.outside_assessment == OutsideAssessment::WithConsent;
    let (rows, agreed) = ctx.store.read(|connection| {
        let purpose = Purpose::OutsideAssessment.word();
        let agreed = match by_consent {
            true => consents::standing_in_round(connection, &round.id, &purpose)?,
            false => Vec::new(),
        };
        Ok((preparations::of_round(connection, &round.id)?, agreed))
    })?;
    let agreed: HashSet<Id> = agreed.into_iter().collect();
    Ok(rows
        .into_iter()
        .map(|row| PacketRow {
            stage: Stage::of(&row, !by_consent || agreed.contains(&row.application)),
            found: row.found.filter(|_| row.made_from == Some(row.changed_at)),
            released_on: row.released_on,
            id: row.application,
            reference: row.reference,
        })
        .collect())
}

/// The packets of a round at a stage; without one, at the first stage at which something is to do.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but officers; [`ServiceError::NotFound`].
pub fn list(
    ctx: &Context,
    who: &Staff,
    slug: &str,
    stage: Option<Stage>,
    page: usize,
) -> Result<(RoundPackets, Stage), ServiceError> {
    let round = of(ctx, who, slug)?;
    let all = rows(ctx, &round)?;
    let counts: Vec<(Stage, usize)> = Stage::ALL
        .into_iter()
        .map(|stage| (stage, all.iter().filter(|row| row.stage == stage).count()))
        .collect();
    let first = counts.iter().find(|(_, count)| *count > 0).map_or(Stage::Unread, |own| own.0);
    let stage = stage.unwrap_or(first);
    let mut rows: Vec<PacketRow> = all.into_iter().filter(|row| row.stage == stage).collect();
    let pages = rows.len().div_ceil(AT_ONCE).max(1);
    let page = page.clamp(1, pages);
    rows.drain(..(page - 1) * AT_ONCE);
    rows.truncate(AT_ONCE);
    Ok((RoundPackets { round, counts, rows, page: (page, pages) }, stage))
}

/// Looks through applications of a round for what would have to be struck out: so many at most. What is found is shown to
/// nobody yet. Answers how many were looked through.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but officers; [`ServiceError::NotFound`].
pub fn look_through(ctx: &Context, who: &Staff, slug: &str) -> Result<usize, ServiceError> {
    let round = of(ctx, who, slug)?;
    let unread = rows(ctx, &round)?.into_iter().filter(|row| row.stage == Stage::Unread);
    let mut looked = 0;
    for row in unread.take(AT_ONCE) {
        let prepared = ctx.steadily(|generation| {
            let Some(received) = received(ctx, &row.id)? else { return Ok(false) };
            let laid = Laid::lay(ctx, &received)?;
            let now = laid.row(ctx, &laid.look())?;
            let (before, application) = (laid.before, laid.opened.application);
            ctx.write_under(generation, move |connection| {
                applications::hold_still(connection, &application)?;
                write(connection, before.as_ref(), &now)
            })?;
            Ok::<bool, StoreOrService>(true)
        });
        match prepared {
            Ok(true) => looked += 1,
            // It was changed at this moment, and comes again.
            Ok(false) | Err(ServiceError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    let actor = who.acting(Permission::ReviewApplications);
    let detail = json!({ "applications": looked });
    let entry = ctx.audit(&actor, "packets.looked_through", Some(&round.id), &detail)?;
    ctx.store.write(move |connection| audit::insert(connection, &entry))?;
    Ok(looked)
}

fn received(ctx: &Context, id: &Id) -> Result<Option<ReceivedApplication>, ServiceError> {
    let found = ctx.store.read(|connection| applications::find(connection, id))?;
    Ok(found.map(|application| ReceivedApplication { application }))
}

/// Releases those of some applications of a round in which nothing was found, and leaves the others. Answers how many
/// were released.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but officers; [`ServiceError::NotFound`].
pub fn release_clear(
    ctx: &Context,
    who: &Staff,
    slug: &str,
    chosen: &[Id],
) -> Result<usize, ServiceError> {
    let round = of(ctx, who, slug)?;
    let chosen: HashSet<&Id> = chosen.iter().take(AT_ONCE).collect();
    let clear = rows(ctx, &round)?
        .into_iter()
        .filter(|row| row.stage == Stage::Clear && chosen.contains(&row.id));
    let mut released = 0;
    for row in clear {
        let Some(received) = received(ctx, &row.id)? else { continue };
        match release::release_if(ctx, who, &received, |laid, looked| laid.to_look_at(looked) == 0)
        {
            Ok(true) => released += 1,
            // Somebody changed it at this moment: it is to be looked at.
            Ok(false) | Err(ServiceError::Conflict | ServiceError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(released)
}
