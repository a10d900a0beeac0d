//! Who must not assess what.
//!
//! Conflicts that were entered or declared, and what somebody opened as staff, are known by identifiers alone, and are
//! asked again in the transaction that gives a packet to somebody. Whether an assessor is among those who apply is found
//! by blind indexes and then compared in clear; the work grows with the assessors and not with the applications.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;
use serde_json::json;

use super::candidates::Candidate;
use crate::domain::assignment::State;
use crate::domain::id::Id;
use crate::domain::lookup::{LookupKind, normalise_email};
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::service::context::{Actor, Context};
use crate::service::error::ServiceError;
use crate::service::github_accounts::{self, Joined};
use crate::service::session::Staff;
use crate::service::{applicants, assessors as accounts_of_assessors};
use crate::store::assigning::{self, PacketRow};
use crate::store::assignments::{self, Assignment};
use crate::store::drafts::Member;
use crate::store::{
    AnyConnection, StoreError, accounts, audit, conflicts, drafts, looked, lookups, staff,
};

/// The most rows that are looked at for one value: more applications one person does not have in a round.
const MOST: i64 = 1_000;

/// Why somebody must not assess a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bar {
    /// Staff entered a conflict of interest.
    Entered,
    /// The assessor declared one.
    Declared,
    /// The assessor is who applies, or a member of the team.
    Member,
    /// The assessor opened the application as a member of staff.
    Opened,
}

impl Bar {
    /// The rule, in a sentence for staff.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Entered => {
                "A conflict of interest is entered between this assessor and whoever applies."
            }
            Self::Declared => "This assessor declared a conflict of interest.",
            Self::Member => {
                "Nobody assesses themself or a team they belong to: this assessor has the e-mail address or the GitHub \
                 account of a member of the application."
            }
            Self::Opened => {
                "Nobody assesses what they opened as staff: this assessor is a member of staff, too, and has opened the \
                 application."
            }
        }
    }

    /// The same in a few words, for tables.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Entered => "a conflict is entered",
            Self::Declared => "declared a conflict",
            Self::Member => "is a member of the application",
            Self::Opened => "opened it as staff",
        }
    }
}

/// What had to be opened to know it: whom assessors are beside that.
#[derive(Clone, Default)]
pub(crate) struct Known {
    /// Applications with the assessors who are members of them.
    members: BTreeSet<(Id, Id)>,
    /// Accounts of staff, with the assessor who is the same person.
    staff: BTreeMap<Id, Id>,
}

/// Who must not assess what: packets with assessors.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Bars(BTreeMap<(Id, Id), Bar>);

impl Bars {
    /// Why an assessor must not assess a packet, if they must not.
    pub fn get(&self, packet: &Id, assessor: &Id) -> Option<Bar> {
        self.0.get(&(packet.clone(), assessor.clone())).copied()
    }

    /// Every pair.
    pub fn pairs(&self) -> impl Iterator<Item = (&Id, &Id, Bar)> {
        self.0.iter().map(|((packet, assessor), bar)| (packet, assessor, *bar))
    }
}

/// Opens what is needed to tell who is who.
pub(crate) fn know(
    ctx: &Context,
    packets: &[PacketRow],
    who: &[&Candidate],
) -> Result<Known, ServiceError> {
    let mut known = Known::default();
    for candidate in who {
        for application in memberships(ctx, packets, candidate)? {
            known.members.insert((application, candidate.id.clone()));
        }
        for id in staff_with(ctx, &candidate.email)? {
            known.staff.insert(id, candidate.id.clone());
        }
    }
    Ok(known)
}

/// Who must not assess which of some packets of a round. `since` is a moment before which no application of the round
/// can have been opened.
pub(crate) fn bars(
    connection: &mut AnyConnection,
    (round, since): (&Id, NaiveDateTime),
    packets: &[PacketRow],
    assignments: &[Assignment],
    known: &Known,
) -> Result<Bars, StoreError> {
    let packet_of: BTreeMap<&Id, &Id> =
        packets.iter().map(|row| (&row.application, &row.id)).collect();
    let mut bars = BTreeMap::new();
    let mut bar = |application: &Id, assessor: Id, why: Bar| {
        if let Some(packet) = packet_of.get(application) {
            bars.entry(((*packet).clone(), assessor)).or_insert(why);
        }
    };
    for (application, assessor) in conflicts::of_round(connection, round)? {
        bar(&application, assessor, Bar::Entered);
    }
    let staff: Vec<Id> = known.staff.keys().cloned().collect();
    for (opener, application) in looked::openers(connection, round, &staff, since)? {
        if let Some(assessor) = known.staff.get(&opener) {
            bar(&application, assessor.clone(), Bar::Opened);
        }
    }
    for (application, assessor) in &known.members {
        bar(application, assessor.clone(), Bar::Member);
    }
    for own in assignments.iter().filter(|own| own.state() == State::Conflict) {
        if let Some(assessor) = &own.assessor_id {
            bars.entry((own.packet_id.clone(), assessor.clone())).or_insert(Bar::Declared);
        }
    }
    Ok(Bars(bars))
}

/// The applications among these of which an assessor is a member.
fn memberships(
    ctx: &Context,
    packets: &[PacketRow],
    candidate: &Candidate,
) -> Result<BTreeSet<Id>, ServiceError> {
    let joined = github_accounts::of_dossier(ctx, &candidate.dossier)?;
    let mut own: BTreeSet<Id> = BTreeSet::new();
    // The account of the same person, whatever address or username an application was made with.
    let accounts = accounts_of(ctx, candidate, joined.as_ref())?;
    let of_account = packets
        .iter()
        .filter(|row| row.account.as_ref().is_some_and(|account| accounts.contains(account)));
    own.extend(of_account.map(|row| row.application.clone()));
    let mut hits = found(ctx, LookupKind::ApplicantEmail, candidate.email.expose())?;
    if let Some(joined) = &joined {
        hits.extend(found(ctx, LookupKind::ApplicantGithub, joined.user.username.expose())?);
    }
    for row in packets.iter().filter(|row| hits.contains(&row.application)) {
        if !own.contains(&row.application)
            && is_member(ctx, &row.application, candidate, joined.as_ref())?
        {
            own.insert(row.application.clone());
        }
    }
    Ok(own)
}

/// What a blind index finds. It is a digest: what is found is compared afterwards.
fn found(ctx: &Context, kind: LookupKind, value: &str) -> Result<BTreeSet<Id>, ServiceError> {
    let tags = ctx.vault.blind_all(kind, value)?;
    let ids = ctx.store.read(|connection| lookups::find(connection, kind, &tags, MOST))?;
    Ok(ids.into_iter().collect())
}

/// The applicant's accounts of an assessor: with the same address, or joined to the same account on GitHub.
fn accounts_of(
    ctx: &Context,
    candidate: &Candidate,
    joined: Option<&Joined>,
) -> Result<BTreeSet<Id>, ServiceError> {
    let mut own = BTreeSet::new();
    for id in found(ctx, LookupKind::AccountEmail, candidate.email.expose())? {
        let row = ctx.store.read(|connection| accounts::find(connection, &id))?;
        if let Some(row) = row
            && is_address(&applicants::email_of(ctx, &row)?, &candidate.email)
        {
            own.insert(id);
        }
    }
    if let Some(joined) = joined
        && let Some(other) = github_accounts::find(ctx, false, &joined.user.id)?
    {
        own.extend(other.row.account_id);
    }
    Ok(own)
}

/// Whether an assessor is a member of an application. Of accounts on GitHub the numeric id decides where both are
/// known, since usernames change hands; else the username.
fn is_member(
    ctx: &Context,
    application: &Id,
    candidate: &Candidate,
    joined: Option<&Joined>,
) -> Result<bool, ServiceError> {
    let members = ctx.store.read(|connection| drafts::members(connection, application))?;
    for member in members {
        let Member { id, dossier_id, email, github_username, github_id, .. } = member;
        let key = ctx.data_key(&dossier_id)?;
        let open = |slot, sealed| ctx.open_or_blank(&key, slot, &id, &dossier_id, sealed);
        if is_address(&open(Slot::MemberEmail, Some(&email))?, &candidate.email) {
            return Ok(true);
        }
        let Some(joined) = joined else { continue };
        let theirs = open(Slot::MemberGithubId, github_id.as_ref())?;
        let username = open(Slot::MemberGithubUsername, github_username.as_ref())?;
        let same = if theirs.is_blank() {
            github_accounts::is_of(&joined.user, &username)
        } else {
            theirs.expose() == joined.user.id.expose()
        };
        if same {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The accounts of staff with an address.
fn staff_with(ctx: &Context, email: &Secret) -> Result<Vec<Id>, ServiceError> {
    let mut same = Vec::new();
    for id in found(ctx, LookupKind::StaffEmail, email.expose())? {
        if is_address(&staff_email(ctx, &id)?, email) {
            same.push(id);
        }
    }
    Ok(same)
}

fn staff_email(ctx: &Context, id: &Id) -> Result<Secret, ServiceError> {
    let found = ctx.store.read(|connection| staff::find(connection, id))?;
    let Some(member) = found else { return Ok(Secret::default()) };
    let key = ctx.data_key(&member.dossier_id)?;
    ctx.open(&key, Slot::StaffEmail, &member.id, &member.dossier_id, &member.email)
}

fn is_address(one: &Secret, other: &Secret) -> bool {
    !one.is_blank() && normalise_email(one.expose()) == normalise_email(other.expose())
}

/// Somebody of staff has just opened an application, and the audit says so: if they are to assess it from outside, they
/// are no longer. Called before they see anything of it.
///
/// Whoever gives them the packet at the same moment reads the audit in the same transaction, so that one of the two
/// always sees the other. Where nobody assesses the application it costs one look.
pub(crate) fn opened_as_staff(
    ctx: &Context,
    who: &Staff,
    application: &Id,
) -> Result<(), ServiceError> {
    let applications = [application.clone()];
    let live =
        ctx.store.read(|connection| assigning::live_of_applications(connection, &applications))?;
    if live.is_empty() {
        return Ok(());
    }
    let email = staff_email(ctx, &who.id)?;
    let Some(same) = accounts_of_assessors::find_by_email(ctx, email.expose())? else {
        return Ok(());
    };
    for own in live.into_iter().filter(|own| own.assessor_id.as_ref() == Some(&same.id)) {
        let detail =
            json!({ "assessor": same.id, "packet": own.packet_id, "because": "opened_as_staff" });
        let entry = ctx.audit(&Actor::System, "assignment.ended", Some(&own.id), &detail)?;
        ctx.store.write(move |connection| {
            // It may have been handed in or answered meanwhile: it ends all the same.
            let now = assignments::find(connection, &own.id)?;
            let Some(now) = now.filter(|now| now.state().is_live()) else { return Ok(()) };
            assignments::move_to(connection, &now, State::Ended)?;
            audit::insert(connection, &entry)
        })?;
    }
    Ok(())
}
