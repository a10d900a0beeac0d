//! The table of a round's packets: who has which, and what is missing.

use chrono::NaiveDate;
use serde_json::json;

use super::candidates::Candidate;
use super::input::{Input, tags_of, usernames_of};
use super::{Assessed, Bar};
use crate::domain::assignment::State;
use crate::domain::id::Id;
use crate::domain::reason::Opening;
use crate::domain::secret::Secret;
use crate::service::context::Context;
use crate::service::error::ServiceError;
use crate::service::openings;
use crate::service::session::Staff;
use crate::store::assigning::PacketRow;
use crate::store::assignments::Assignment;
use crate::store::audit;

/// How many packets a page shows.
const PAGE: usize = 50;

/// Which packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    /// Every packet.
    #[default]
    All,
    /// Those that lack an assessor.
    Missing,
    /// Those of which an assessor has not yet said whether there is a conflict of interest.
    Unanswered,
    /// Those whose scores are late.
    Overdue,
    /// Those that nobody outside can read any more.
    Closed,
}

impl Show {
    /// Every filter, in order.
    pub const ALL: [Self; 5] =
        [Self::All, Self::Missing, Self::Unanswered, Self::Overdue, Self::Closed];

    /// The word in addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Missing => "missing",
            Self::Unanswered => "unanswered",
            Self::Overdue => "overdue",
            Self::Closed => "closed",
        }
    }

    /// The name on pages.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::All => "All packets",
            Self::Missing => "Missing some",
            Self::Unanswered => "Waits for an answer",
            Self::Overdue => "Overdue",
            Self::Closed => "Closed",
        }
    }

    /// The filter of a word; every packet where it is none.
    #[must_use]
    pub fn of(word: &str) -> Self {
        Self::ALL.into_iter().find(|own| own.word() == word).unwrap_or_default()
    }
}

/// What the table is asked for.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Which packets.
    pub show: Show,
    /// Only those of an assessor.
    pub assessor: Option<Id>,
    /// After the packet with this reference.
    pub after: String,
}

/// An assignment in the table.
#[derive(Clone)]
pub struct Given {
    /// The assignment.
    pub id: Id,
    /// The assessor; none once their account is gone.
    pub assessor: Option<Id>,
    /// Their name; blank once their account is gone.
    pub name: Secret,
    /// Where it stands.
    pub state: State,
    /// By when scores are asked for.
    pub due_on: NaiveDate,
    /// Whether they are late.
    pub is_overdue: bool,
    /// Whether its due day still matters.
    pub waits: bool,
    /// Whether the assessor has read the packet.
    pub is_opened: bool,
    /// Whether the assessor can no longer come in, though the packet waits for them.
    pub has_no_access: bool,
    /// Whether the assessor's access ends before the due day.
    pub ends_early: bool,
}

impl Given {
    fn of(input: &Input, own: &Assignment, is_closed: bool) -> Self {
        let who = input.assessor_of(own);
        let waits = !is_closed && matches!(own.state(), State::Offered | State::Accepted);
        let has_access = who.is_some_and(|who| who.has_access(input.today));
        Self {
            id: own.id.clone(),
            assessor: own.assessor_id.clone(),
            name: who.map(Candidate::shown).unwrap_or_default(),
            state: own.state(),
            due_on: own.due_on,
            is_overdue: waits && input.is_overdue(own),
            waits,
            is_opened: own.opened_at.is_some(),
            has_no_access: waits && !has_access,
            ends_early: waits && has_access && who.is_some_and(|who| who.until < own.due_on),
        }
    }

    /// Whether anything can still be done with it.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        self.state.is_live()
    }
}

/// A packet in the table.
#[derive(Clone)]
pub struct Row {
    /// The packet.
    pub id: Id,
    /// Its application.
    pub application: Id,
    /// The application's reference.
    pub reference: String,
    /// The username that assessors see.
    pub username: Secret,
    /// What it is about.
    pub tags: Vec<Secret>,
    /// How often it was released.
    pub version: i64,
    /// Whether the application was changed since.
    pub is_stale: bool,
    /// Whether nobody outside can read it any more: nothing is missing, and nothing is done with it.
    pub is_closed: bool,
    /// Who has it, or had it.
    pub given: Vec<Given>,
    /// How many assessors it lacks.
    pub missing: usize,
}

/// An assessor in a round.
#[derive(Clone)]
pub struct Person {
    /// The assessor.
    pub id: Id,
    /// The name.
    pub name: Secret,
    /// What they know about.
    pub tags: Vec<Secret>,
    /// The last day of access.
    pub until: NaiveDate,
    /// Whether they can come in.
    pub has_access: bool,
    /// Whether their access ends before the round's due day.
    pub ends_early: bool,
    /// How many packets wait for them.
    pub waiting: usize,
    /// Of how many they have handed scores in.
    pub handed_in: usize,
    /// Of how many scores are late.
    pub overdue: usize,
}

impl Person {
    pub(super) fn of(input: &Input, who: &Candidate) -> Self {
        let own =
            || input.assignments.iter().filter(|own| own.assessor_id.as_ref() == Some(&who.id));
        let waits = |own: &&Assignment| matches!(own.state(), State::Offered | State::Accepted);
        let has_access = who.has_access(input.today);
        Self {
            id: who.id.clone(),
            name: who.shown(),
            tags: who.tags.clone(),
            until: who.until,
            has_access,
            ends_early: has_access && who.until < input.planned.plan.due_on,
            waiting: own().filter(waits).count(),
            handed_in: own().filter(|own| own.state() == State::Submitted).count(),
            overdue: own().filter(|own| input.is_overdue(own)).count(),
        }
    }

    /// How many packets they have.
    #[must_use]
    pub const fn has(&self) -> usize {
        self.waiting + self.handed_in
    }
}

/// The people of a round: those who can come in, and those who have something.
pub(super) fn people(input: &Input) -> Vec<Person> {
    let people = input.people.values().map(|who| Person::of(input, who));
    let mut people: Vec<Person> =
        people.filter(|person| person.has_access || person.has() > 0).collect();
    people.sort_by_cached_key(|person| person.name.expose().to_lowercase());
    people
}

/// The table.
#[derive(Clone)]
pub struct Table {
    /// The round's name in addresses.
    pub slug: String,
    /// Programme and round.
    pub title: String,
    /// How many assessors each packet needs.
    pub each: usize,
    /// By when scores are asked for, unless it is said otherwise.
    pub due_on: NaiveDate,
    /// How many packets there are by each filter, for the chosen assessor.
    pub counts: Vec<(Show, usize)>,
    /// A page of packets.
    pub rows: Vec<Row>,
    /// Who assesses.
    pub people: Vec<Person>,
    /// The assessor who is chosen.
    pub chosen: Option<Person>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// The packets of a round and who has them.
///
/// # Errors
/// [`ServiceError::Forbidden`] to all but officers; [`ServiceError::NotFound`]; [`ServiceError::Invalid`] for the field
/// [`super::NO_PLAN`].
pub fn table(ctx: &Context, who: &Staff, slug: &str, query: &Query) -> Result<Table, ServiceError> {
    let input = Input::load(ctx, Assessed::planned(ctx, who, slug)?)?;
    let by_packet = input.by_packet();
    let none = Vec::new();
    let of = |row: &PacketRow| by_packet.get(&row.id).unwrap_or(&none);
    let is_theirs = |row: &&PacketRow| match &query.assessor {
        Some(id) => of(row).iter().any(|own| own.assessor_id.as_ref() == Some(id)),
        None => true,
    };
    let fits = |row: &PacketRow, show: Show| match show {
        Show::All => true,
        Show::Closed => row.is_closed,
        _ if row.is_closed => false,
        Show::Missing => input.missing(of(row)) > 0,
        Show::Unanswered => of(row).iter().any(|own| own.state() == State::Offered),
        Show::Overdue => of(row).iter().any(|own| input.is_overdue(own)),
    };
    let mut theirs: Vec<&PacketRow> =
        input.packets.iter().chain(&input.closed).filter(is_theirs).collect();
    theirs.sort_by(|one, other| one.reference.cmp(&other.reference));
    let counts = Show::ALL
        .into_iter()
        .map(|show| (show, theirs.iter().filter(|row| fits(row, show)).count()))
        .collect();
    let mut wanted: Vec<&PacketRow> = theirs
        .into_iter()
        .filter(|row| fits(row, query.show) && row.reference > query.after)
        .take(PAGE + 1)
        .collect();
    let more = wanted.len() > PAGE;
    wanted.truncate(PAGE);
    let next = wanted.last().filter(|_| more).map(|row| row.reference.clone());
    let rows = rows(ctx, &input, &wanted)?;
    note(ctx, who, &wanted)?;
    let chosen = query.assessor.as_ref().and_then(|id| input.people.get(id));
    Ok(Table {
        slug: slug.to_owned(),
        title: input.planned.round.title(),
        each: input.planned.each(),
        due_on: input.planned.plan.due_on,
        counts,
        rows,
        people: people(&input),
        chosen: chosen.map(|who| Person::of(&input, who)),
        next,
    })
}

/// Packets as the table shows them.
pub(super) fn rows(
    ctx: &Context,
    input: &Input,
    wanted: &[&PacketRow],
) -> Result<Vec<Row>, ServiceError> {
    let (by_packet, none) = (input.by_packet(), Vec::new());
    let mut tags = tags_of(ctx, &input.planned, wanted)?;
    let mut usernames = usernames_of(ctx, wanted)?;
    let row = |row: &&PacketRow| {
        let own = by_packet.get(&row.id).unwrap_or(&none);
        Row {
            id: row.id.clone(),
            application: row.application.clone(),
            reference: row.reference.clone(),
            username: usernames.remove(&row.id).unwrap_or_default(),
            tags: tags.remove(&row.id).unwrap_or_default(),
            version: row.version,
            is_stale: row.is_stale() && !row.is_closed,
            is_closed: row.is_closed,
            given: own.iter().map(|own| Given::of(input, own, row.is_closed)).collect(),
            missing: if row.is_closed { 0 } else { input.missing(own) },
        }
    };
    Ok(wanted.iter().map(row).collect())
}

/// Writes down which applications a page shows by username and reference, as any list of them does.
pub(super) fn note(ctx: &Context, who: &Staff, shown: &[&PacketRow]) -> Result<(), ServiceError> {
    let ids: Vec<&Id> = shown.iter().map(|row| &row.application).collect();
    note_ids(ctx, who, &ids)
}

/// The same by the applications' ids.
pub(super) fn note_ids(ctx: &Context, who: &Staff, ids: &[&Id]) -> Result<(), ServiceError> {
    let grounds = openings::judge(who, Opening::List, None)?.ok_or(ServiceError::Forbidden)?;
    let how = json!({ "applications": ids, "search": "assessment" });
    let entry = grounds.audit(ctx, who, audit::LISTED, None, &how)?;
    Ok(ctx.store.write(move |connection| audit::insert(connection, &entry))?)
}

/// Somebody who could be given a packet, or why they can't.
#[derive(Clone)]
pub struct Choice {
    /// The assessor.
    pub id: Id,
    /// The name.
    pub name: Secret,
    /// How many packets of the round they have.
    pub has: usize,
    /// How many words they share with the packet.
    pub shared_tags: usize,
    /// Whether their access ends before the due day.
    pub ends_early: bool,
    /// Why they must not, if they must not.
    pub bar: Option<Bar>,
}
