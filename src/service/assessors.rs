//! Officers invite assessors, and say until when they have access.

use chrono::{Days, NaiveDate};
use serde_json::json;

use super::clocks::{self, Indexed};
use super::context::{Actor, Context, StoreOrService};
use super::error::ServiceError;
use super::people::State;
use super::session::Staff;
use super::{accept_assessor, applicants, github_accounts, links, nobody};
use crate::domain::class::Class;
use crate::domain::form::FieldError;
use crate::domain::id::Id;
use crate::domain::identity;
use crate::domain::lookup::{LookupKind, normalise_email};
use crate::domain::notice::Notice;
use crate::domain::quarter::Quarter;
use crate::domain::retention::{DossierFacts, KeptUntil, Rule};
use crate::domain::role::{Audience, Permission};
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::assessors::{self, AssessorRow};
use crate::store::dossiers::{self, Kind, NewDossier};
use crate::store::lookups::{self, NewLookup};
use crate::store::{AnyConnection, StoreError, audit, outbox, sessions, sign_ins, site};
use crate::vault::DataKey;

/// For how many days access can be given at a time: two years.
const MOST_DAYS: u64 = 731;

/// An assessor as officers see them.
#[derive(Clone)]
pub struct AssessorView {
    /// The account.
    pub id: Id,
    /// The name; blank until the invitation is taken up.
    pub name: Secret,
    /// The address.
    pub email: Secret,
    /// Where the account stands.
    pub state: State,
    /// The last day of access.
    pub until: NaiveDate,
    /// Whether that day has passed.
    pub is_over: bool,
    /// The last day on which the person signed in.
    pub last_sign_in: Option<NaiveDate>,
    pub(crate) row: AssessorRow,
}

impl AssessorView {
    pub(super) fn open(
        ctx: &Context,
        key: &DataKey,
        row: AssessorRow,
    ) -> Result<Self, ServiceError> {
        let open = |slot, sealed| ctx.open(key, slot, &row.id, &row.dossier_id, sealed);
        Ok(Self {
            id: row.id.clone(),
            name: open(Slot::AssessorName, &row.name)?,
            email: open(Slot::AssessorEmail, &row.email)?,
            state: State::of(&row.state),
            until: row.access_until,
            is_over: row.access_until < ctx.today(),
            last_sign_in: row.last_sign_in,
            row,
        })
    }

    /// Whether the invitation was not taken up yet.
    #[must_use]
    pub fn is_invited(&self) -> bool {
        self.state == State::Invited
    }

    /// Whether access was ended before its last day.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.state == State::Disabled
    }

    /// Where the account stands, on pages.
    #[must_use]
    pub fn state_words(&self) -> &'static str {
        match self.state {
            State::Disabled => "access ended",
            _ if self.is_over => "last day has passed",
            State::Invited => "invited",
            State::Active => "has access",
        }
    }
}

/// The assessor with an address.
pub(crate) fn find_by_email(
    ctx: &Context,
    email: &str,
) -> Result<Option<AssessorView>, ServiceError> {
    let kind = LookupKind::AssessorEmail;
    let tags = ctx.vault.blind_all(kind, email)?;
    let ids = ctx.store.read(|connection| lookups::find(connection, kind, &tags, 10))?;
    let wanted = normalise_email(email);
    for id in ids {
        let Some(found) = load_if_any(ctx, &id)? else { continue };
        if normalise_email(found.email.expose()) == wanted {
            return Ok(Some(found));
        }
    }
    let slots = [Slot::AssessorName, Slot::AssessorEmail];
    nobody::as_if_found(ctx, Class::Assessor, &slots, |connection, id| {
        assessors::find(connection, id).map(drop)
    })?;
    Ok(None)
}

pub(crate) fn load_if_any(ctx: &Context, id: &Id) -> Result<Option<AssessorView>, ServiceError> {
    let found = ctx.store.read(|connection| assessors::find(connection, id))?;
    let Some(row) = found else { return Ok(None) };
    let key = ctx.data_key(&row.dossier_id)?;
    AssessorView::open(ctx, &key, row).map(Some)
}

/// Somebody in the role in which they look after assessors.
fn acting(who: &Staff) -> Actor {
    who.acting(Permission::ManageAssessors)
}

/// Writes down that an assessor's account is shown.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn opened(ctx: &Context, who: &Staff, assessor: &AssessorView) -> Result<(), ServiceError> {
    let entry = ctx.audit_plain(&acting(who), "assessor.opened", &assessor.id)?;
    Ok(ctx.store.write(move |connection| audit::insert(connection, &entry))?)
}

fn check_until(ctx: &Context, until: &str) -> Result<NaiveDate, FieldError> {
    let wrong = |message: &str| FieldError { field: "until".to_owned(), message: message.into() };
    let until = NaiveDate::parse_from_str(until.trim(), "%Y-%m-%d")
        .map_err(|_| wrong("Enter the last day of access, such as 2027-09-30"))?;
    let today = ctx.today();
    let most = today.checked_add_days(Days::new(MOST_DAYS)).unwrap_or(today);
    if until < today {
        Err(wrong("The last day of access must be today or later"))
    } else if until > most {
        Err(wrong("The last day of access must be within two years"))
    } else {
        Ok(until)
    }
}

/// How long an assessor's account is kept whose access ends so.
fn kept(ctx: &Context, ends: NaiveDate) -> KeptUntil {
    let facts = DossierFacts::Staff { last_sign_in: ctx.today(), deactivated: Some(ends) };
    facts.kept_until(&ctx.periods)
}

/// An assessor to be inserted.
#[derive(Clone)]
struct NewAssessor {
    dossier: NewDossier,
    row: AssessorRow,
    lookup: NewLookup,
}

fn new(ctx: &Context, email: &Secret, until: NaiveDate) -> Result<NewAssessor, ServiceError> {
    let kept = kept(ctx, until);
    let (dossier, key) = ctx.new_dossier(Kind::Assessor, Class::Assessor, None, kept)?;
    let id = ctx.id()?;
    let kind = LookupKind::AssessorEmail;
    let lookup = NewLookup {
        id: ctx.id()?,
        dossier: dossier.id.clone(),
        kind,
        tag: ctx.vault.blind(kind, Quarter::of(kept.last_day), email.expose())?,
        subject: id.clone(),
    };
    let row = AssessorRow {
        name: ctx.seal(&key, Slot::AssessorName, &id, &dossier.id, &Secret::default())?,
        email: ctx.seal(&key, Slot::AssessorEmail, &id, &dossier.id, email)?,
        id,
        dossier_id: dossier.id.clone(),
        state: assessors::INVITED.to_owned(),
        access_until: until,
        created_at: ctx.stamp(),
        last_sign_in: None,
        tags: None,
    };
    Ok(NewAssessor { dossier, row, lookup })
}

/// Invites somebody, with access until a day. Somebody who was invited and has not come yet is sent another link.
///
/// # Errors
/// [`ServiceError::Forbidden`] to those who do not look after assessors; [`ServiceError::ProofNeeded`];
/// [`ServiceError::Invalid`].
pub fn invite(ctx: &Context, who: &Staff, email: &str, until: &str) -> Result<(), ServiceError> {
    allowed(ctx, who)?;
    let email = identity::check_email(email)
        .map_err(|message| FieldError { field: "email".to_owned(), message });
    let (email, until) = match (email, check_until(ctx, until)) {
        (Ok(email), Ok(until)) => (Secret::new(email), until),
        // Somebody who has two things to mend is told of both.
        (email, until) => {
            return Err(ServiceError::Invalid(
                email.err().into_iter().chain(until.err()).collect(),
            ));
        }
    };
    let kind = LookupKind::AssessorEmail;
    let tags = ctx.vault.blind_all(kind, email.expose())?;
    let lock = applicants::lock_of(ctx, "assessor", &email)?;
    ctx.steadily(|generation| {
        let known = find_by_email(ctx, email.expose())?;
        if known.as_ref().is_some_and(|found| !found.is_invited()) {
            let message = "There is an assessor with this address already";
            return Err(ServiceError::field("email", message).into());
        }
        let made = if known.is_none() { Some(new(ctx, &email, until)?) } else { None };
        let moved = match &known {
            Some(known) => Some((known.row.clone(), clock(ctx, known, until)?)),
            None => None,
        };
        let assessor = match (&made, &known) {
            (Some(made), _) => made.row.id.clone(),
            (None, Some(known)) => known.id.clone(),
            (None, None) => return Err(ServiceError::NotFound.into()),
        };
        let invitation = invitation(ctx, &assessor)?;
        let detail = json!({ "until": until });
        let entry = ctx.audit(&acting(who), "assessor.invited", Some(&assessor), &detail)?;
        let (tags, now) = (tags.clone(), ctx.stamp());
        ctx.write_under(generation, move |connection| {
            site::lock(connection, lock)?;
            if let Some(made) = &made {
                // Somebody else invited them at the same moment: look again.
                if !lookups::find(connection, kind, &tags, 1)?.is_empty() {
                    return Err(StoreError::Conflict);
                }
                dossiers::insert(connection, &made.dossier)?;
                assessors::insert(connection, &made.row)?;
                lookups::insert(connection, &made.lookup)?;
            }
            if let Some((row, clock)) = &moved {
                assessors::end_links(connection, &row.id, now)?;
                assessors::change_access(connection, row, assessors::INVITED, until)?;
                clock.apply(connection)?;
            }
            invitation.insert(connection)?;
            audit::insert(connection, &entry)
        })?;
        Ok(())
    })
}

/// A link by which somebody takes up an invitation.
struct Invitation {
    dossier: NewDossier,
    link: sign_ins::SignIn,
    mail: outbox::Mail,
}

fn invitation(ctx: &Context, assessor: &Id) -> Result<Invitation, ServiceError> {
    let lasts = accept_assessor::INVITATION;
    let kept = KeptUntil { last_day: ctx.today() + lasts, rule: Rule::Staff };
    let (dossier, _) = ctx.new_dossier(Kind::SignIn, Class::Assessor, None, kept)?;
    let id = ctx.id()?;
    let purpose = ("assessor", accept_assessor::PURPOSE);
    let link = sign_ins::SignIn {
        assessor_id: Some(assessor.clone()),
        ..links::blank(ctx, id.clone(), &dossier.id, purpose, lasts)
    };
    let mail = ctx.mail(accept_assessor::PURPOSE, &id, &dossier.id)?;
    Ok(Invitation { dossier, link, mail })
}

impl Invitation {
    fn insert(&self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        dossiers::insert(connection, &self.dossier)?;
        sign_ins::insert(connection, &self.link)?;
        outbox::insert(connection, &self.mail)
    }
}

fn clock(
    ctx: &Context,
    assessor: &AssessorView,
    ends: NaiveDate,
) -> Result<clocks::Move, ServiceError> {
    let dossier = &assessor.row.dossier_id;
    let email = Indexed {
        kind: LookupKind::AssessorEmail,
        dossier,
        subject: &assessor.id,
        value: &assessor.email,
    };
    let joined = github_accounts::of_dossier(ctx, dossier)?;
    let github = joined.as_ref().map(github_accounts::Joined::indexed);
    let indexed: Vec<Indexed<'_>> = [Some(email), github].into_iter().flatten().collect();
    clocks::plan(ctx, dossier, kept(ctx, ends), &indexed)
}

/// Sends somebody who has not come in yet another link. The one before is of no use any more.
///
/// # Errors
/// As [`invite`]; [`ServiceError::NotFound`]; [`ServiceError::Invalid`] when they have come in, or their time is over.
pub fn resend(ctx: &Context, who: &Staff, found: &AssessorView) -> Result<(), ServiceError> {
    allowed(ctx, who)?;
    let id = &found.id;
    if !found.is_invited() || found.is_over {
        let message = "Only somebody who is invited and has time left can be sent another link";
        return Err(ServiceError::field("state", message));
    }
    ctx.steadily(|generation| {
        let invitation = invitation(ctx, id)?;
        let entry = ctx.audit_plain(&acting(who), "assessor.invited_again", id)?;
        let (id, now) = (id.clone(), ctx.stamp());
        ctx.write_under(generation, move |connection| {
            assessors::end_links(connection, &id, now)?;
            invitation.insert(connection)?;
            audit::insert(connection, &entry)
        })?;
        Ok(())
    })
}

/// Gives somebody another last day. Who had no access any more has it again.
///
/// # Errors
/// As [`invite`]; [`ServiceError::NotFound`].
pub fn set_until(
    ctx: &Context,
    who: &Staff,
    found: &AssessorView,
    until: &str,
) -> Result<(), ServiceError> {
    allowed(ctx, who)?;
    let until = check_until(ctx, until).map_err(|error| ServiceError::Invalid(vec![error]))?;
    change(ctx, who, &found.id, Some(until))
}

/// Ends somebody's access now, everywhere.
///
/// # Errors
/// As [`invite`]; [`ServiceError::NotFound`].
pub fn end(ctx: &Context, who: &Staff, found: &AssessorView) -> Result<(), ServiceError> {
    allowed(ctx, who)?;
    change(ctx, who, &found.id, None)
}

fn change(
    ctx: &Context,
    who: &Staff,
    id: &Id,
    until: Option<NaiveDate>,
) -> Result<(), ServiceError> {
    ctx.steadily(|generation| {
        let found = load_if_any(ctx, id)?.ok_or(ServiceError::NotFound)?;
        let came_in = found.last_sign_in.is_some();
        let (state, ends, action, notice) = match until {
            Some(until) if came_in => {
                (assessors::ACTIVE, until, "assessor.access_changed", Notice::AccessChanged)
            }
            Some(until) => {
                (assessors::INVITED, until, "assessor.access_changed", Notice::AccessChanged)
            }
            None => {
                (assessors::DISABLED, ctx.today(), "assessor.access_ended", Notice::AccessEnded)
            }
        };
        let until = until.unwrap_or(found.until);
        if found.row.state == state && found.until == until {
            return Ok(());
        }
        let clock = clock(ctx, &found, ends)?;
        let detail = json!({ "until": until });
        let entry = ctx.audit(&acting(who), action, Some(id), &detail)?;
        let template = notice.template(Audience::Assessor);
        let mail = ctx.mail(&template, id, &found.row.dossier_id)?;
        let (row, now) = (found.row, ctx.stamp());
        ctx.write_under(generation, move |connection| {
            assessors::change_access(connection, &row, state, until)?;
            clock.apply(connection)?;
            if state == assessors::DISABLED {
                sessions::end_all(connection, &row.dossier_id, None)?;
                assessors::end_links(connection, &row.id, now)?;
            }
            // Who has never come in is told by an invitation.
            if came_in {
                outbox::insert(connection, &mail)?;
            }
            audit::insert(connection, &entry)
        })
        .map_err(StoreOrService::from)
    })
}

fn allowed(ctx: &Context, who: &Staff) -> Result<(), ServiceError> {
    who.must(Permission::ManageAssessors)?;
    who.session.must_be_fresh(ctx)
}
