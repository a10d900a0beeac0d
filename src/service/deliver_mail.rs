//! What mails say, opened at the moment they are sent.

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::assign::remind;
use super::context::Context;
use super::error::ServiceError;
use super::help_with_access::{self, TO_NEW, TO_OLD, Use};
use super::links::{self, NOBODY};
use super::{accept_assessor, address, rounds};
use crate::domain::class::Class;
use crate::domain::id::Id;
use crate::domain::notice::Notice;
use crate::domain::role::{Audience, Roles};
use crate::domain::secret::Secret;
use crate::domain::slot::Slot;
use crate::store::address_changes::{self, AddressChange};
use crate::store::outbox::{self, Mail, Which};
use crate::store::{accounts, applications, assessors, drafts, sign_ins, staff};

/// How many mails are taken at a time.
const BATCH: i64 = 50;
/// Mails that nobody waits for: they let those go first by which somebody comes in.
const UNHURRIED: [&str; 3] = ["application_received", remind::WAITING, remind::REMINDER];
/// How many of these are taken at a time.
const FEW: i64 = 25;
/// For how long a mail is tried that a mail server does not take: as long as mail servers try one another.
const PATIENCE: Duration = Duration::days(5);
/// Two to this power is the longest pause between two tries, in minutes.
const LONGEST_PAUSE: i64 = 6;

/// A mail to be sent.
pub struct Letter {
    /// Its id, the same at every try.
    pub id: Id,
    /// To whom.
    pub to: Secret,
    /// What it says.
    pub content: Content,
    /// When it was written, UTC: the same at every try.
    pub written_at: DateTime<Utc>,
    attempts: i64,
}

/// A link, a code and how long they are of use.
pub struct Ways {
    /// The link.
    pub link: Secret,
    /// The code.
    pub code: Secret,
    /// When they end.
    pub expires_at: DateTime<Utc>,
}

/// What waits for an assessor.
pub struct Waiting {
    /// How many packets.
    pub packets: usize,
    /// For how many of them the day is over.
    pub overdue: usize,
    /// By when scores of the first are asked for.
    pub due_on: NaiveDate,
    /// The assessor's start page.
    pub link: String,
}

/// What a mail says.
pub enum Content {
    /// Is this address yours?
    ConfirmAddress {
        /// The programme and the round.
        round: String,
        /// Link and code.
        ways: Ways,
    },
    /// An applicant signs in.
    SignIn(Ways),
    /// A member of staff signs in.
    StaffSignIn(Ways),
    /// Somebody is invited.
    StaffInvitation {
        /// With these roles.
        roles: Roles,
        /// The link; the code is not used.
        ways: Ways,
    },
    /// An assessor signs in.
    AssessorSignIn(Ways),
    /// Somebody is invited to assess.
    AssessorInvitation {
        /// The last day of access.
        until: NaiveDate,
        /// The link; the code is not used.
        ways: Ways,
    },
    /// Is this new address yours?
    NewAddress(Ways),
    /// Staff helped somebody who lost their mailbox; to the new address.
    AccessRecovery {
        /// The link.
        link: Secret,
        /// From when it works.
        from: DateTime<Utc>,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// The same, to the address before.
    AccessWarning {
        /// The link that stops it.
        link: Secret,
        /// Until when it can be stopped for sure.
        from: DateTime<Utc>,
    },
    /// A code for somebody who is signed in and has to prove that it is they.
    ProofCode(Ways),
    /// Somebody's account was changed.
    AccountNotice {
        /// What happened.
        notice: Notice,
        /// The roles that the person has now, where these were changed.
        roles: Option<Roles>,
        /// The page of the account.
        link: String,
    },
    /// Packets wait for an assessor.
    PacketsWaiting(Waiting),
    /// The same again, some time later.
    PacketsReminder(Waiting),
    /// An application arrived.
    ApplicationReceived {
        /// What can be read out on the telephone.
        reference: String,
        /// The programme.
        programme: String,
        /// The round.
        round: String,
        /// The day of submission, UTC.
        submitted_on: NaiveDate,
        /// Its status page.
        link: String,
    },
}

/// The mails that are due and about dossiers of these classes: those that somebody waits for, or a few others when there are none. Those whose subject is gone, or that were never to be sent, are dropped.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn due(ctx: &Context, classes: &[Class]) -> Result<Vec<Letter>, ServiceError> {
    let now = ctx.stamp();
    let waiting = ctx.store.read(|connection| {
        let first = Which::AllBut(&UNHURRIED);
        let first = outbox::due(connection, classes, first, now, BATCH)?;
        if first.is_empty() {
            return outbox::due(connection, classes, Which::Only(&UNHURRIED), now, FEW);
        }
        Ok(first)
    })?;
    let mut letters = Vec::new();
    for mail in waiting {
        match letter(ctx, &mail) {
            Ok(Some(letter)) => letters.push(letter),
            Ok(None) => drop_mail(ctx, &mail.id)?,
            // One mail that can't be written must not hold up the others.
            Err(error) => {
                tracing::error!(mail = %mail.id, %error, "a mail could not be written");
                failed(ctx, &mail.id, mail.attempts, mail.created_at.and_utc())?;
            }
        }
    }
    Ok(letters)
}

/// Notes that a mail was sent.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn sent(ctx: &Context, letter: &Letter) -> Result<(), ServiceError> {
    let (id, now) = (letter.id.clone(), ctx.stamp());
    Ok(ctx.store.write(move |connection| outbox::sent(connection, &id, now))?)
}

/// Notes that sending a mail failed: it is tried again, ever more seldom, or given up.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`].
pub fn not_sent(ctx: &Context, letter: &Letter, for_good: bool) -> Result<(), ServiceError> {
    if for_good {
        return drop_mail(ctx, &letter.id);
    }
    failed(ctx, &letter.id, letter.attempts, letter.written_at)
}

fn failed(
    ctx: &Context,
    id: &Id,
    attempts: i64,
    written_at: DateTime<Utc>,
) -> Result<(), ServiceError> {
    if ctx.now() - written_at >= PATIENCE {
        tracing::error!(mail = %id, "a mail was given up");
        return drop_mail(ctx, id);
    }
    let minutes = 1_i64 << attempts.clamp(0, LONGEST_PAUSE);
    let (id, next) = (id.clone(), ctx.stamp() + Duration::minutes(minutes));
    Ok(ctx.store.write(move |connection| outbox::failed(connection, &id, next))?)
}

fn drop_mail(ctx: &Context, id: &Id) -> Result<(), ServiceError> {
    let id = id.clone();
    Ok(ctx.store.write(move |connection| outbox::delete(connection, &id))?)
}

fn letter(ctx: &Context, mail: &Mail) -> Result<Option<Letter>, ServiceError> {
    let found = match mail.template.as_str() {
        NOBODY => None,
        "application_received" => received(ctx, &mail.subject_id)?,
        TO_NEW | TO_OLD => helped(ctx, &mail.template, &mail.subject_id)?,
        template if remind::is_ours(template) => remind::letter(ctx, template, &mail.subject_id)?,
        template => match Notice::of_template(template) {
            Some((audience, notice)) => notice_to(ctx, audience, notice, mail)?,
            None => by_sign_in(ctx, template, &mail.subject_id)?,
        },
    };
    Ok(found.map(|(to, content)| Letter {
        id: mail.id.clone(),
        to,
        content,
        written_at: mail.created_at.and_utc(),
        attempts: mail.attempts,
    }))
}

fn notice_to(
    ctx: &Context,
    audience: Audience,
    notice: Notice,
    mail: &Mail,
) -> Result<Option<(Secret, Content)>, ServiceError> {
    let id = &mail.subject_id;
    let people = format!("/staff/people/{id}");
    let (to, page, roles) = match (audience, notice) {
        // It is about somebody else: whose mail it is, its dossier says.
        (Audience::Staff, Notice::OperatorHelped) => {
            let dossier = &mail.dossier_id;
            let found = ctx.store.read(|connection| staff::of_dossier(connection, dossier))?;
            let Some(member) = found else { return Ok(None) };
            (staff_address(ctx, &member)?, people.as_str(), None)
        }
        (Audience::Staff, _) => {
            let Some(member) = ctx.store.read(|connection| staff::find(connection, id))? else {
                return Ok(None);
            };
            let roles: Roles = member.roles.parse().map_err(ServiceError::internal)?;
            let page = match notice {
                Notice::StrongerWay => "/staff/sign-in",
                _ => "/staff/account",
            };
            (staff_address(ctx, &member)?, page, Some(roles))
        }
        (Audience::Assessor, _) => {
            let found = ctx.store.read(|connection| assessors::find(connection, id))?;
            let Some(row) = found else { return Ok(None) };
            (assessor_address(ctx, &row)?, "/assess", None)
        }
        // The account leads there no more: the record of the change knows the address.
        (_, Notice::AddressLeft) => {
            let found = ctx.store.read(|connection| address_changes::find(connection, id))?;
            let Some(change) = found else { return Ok(None) };
            (old_address(ctx, &change)?, "/account", None)
        }
        _ => {
            let found = ctx.store.read(|connection| accounts::find(connection, id))?;
            let Some(account) = found else { return Ok(None) };
            (super::applicants::email_of(ctx, &account)?, "/account", None)
        }
    };
    let roles = roles.filter(|_| notice.tells_roles());
    let link = format!("{}{page}", ctx.site.base_url);
    Ok(Some((to, Content::AccountNotice { notice, roles, link })))
}

fn staff_address(ctx: &Context, member: &staff::Member) -> Result<Secret, ServiceError> {
    let key = ctx.data_key(&member.dossier_id)?;
    ctx.open(&key, Slot::StaffEmail, &member.id, &member.dossier_id, &member.email)
}

pub(super) fn assessor_address(
    ctx: &Context,
    row: &assessors::AssessorRow,
) -> Result<Secret, ServiceError> {
    let key = ctx.data_key(&row.dossier_id)?;
    ctx.open(&key, Slot::AssessorEmail, &row.id, &row.dossier_id, &row.email)
}

fn old_address(ctx: &Context, change: &AddressChange) -> Result<Secret, ServiceError> {
    let key = ctx.data_key(&change.dossier_id)?;
    let (id, dossier) = (&change.id, &change.dossier_id);
    ctx.open(&key, Slot::AddressChangeOld, id, dossier, &change.old_email)
}

/// What goes to both addresses when staff helped somebody who lost their mailbox.
fn helped(
    ctx: &Context,
    template: &str,
    id: &Id,
) -> Result<Option<(Secret, Content)>, ServiceError> {
    let found = ctx.store.read(|connection| address_changes::find(connection, id))?;
    let found = found.filter(|change| {
        change.stopped_at.is_none() && change.done_at.is_none() && change.until_at > ctx.stamp()
    });
    let Some(change) = found else { return Ok(None) };
    let (from, until) = (change.from_at.and_utc(), change.until_at.and_utc());
    let link = |path: &str, usage| {
        let token = help_with_access::token_of(ctx, id, usage)?;
        Ok::<_, ServiceError>(Secret::new(format!("{}{path}{token}", ctx.site.base_url)))
    };
    if template == TO_OLD {
        let content = Content::AccessWarning { link: link("/account/stop/", Use::Stop)?, from };
        return Ok(Some((old_address(ctx, &change)?, content)));
    }
    let key = ctx.data_key(&change.dossier_id)?;
    let to = ctx.open(&key, Slot::AddressChangeNew, id, &change.dossier_id, &change.new_email)?;
    let link = link("/account/recover/", Use::Recover)?;
    Ok(Some((to, Content::AccessRecovery { link, from, until })))
}

fn received(ctx: &Context, id: &Id) -> Result<Option<(Secret, Content)>, ServiceError> {
    let Some(application) = ctx.store.read(|connection| applications::find(connection, id))? else {
        return Ok(None);
    };
    let round = rounds::of_application(ctx, &application.round_id, &application.form_id)?;
    let member = ctx.store.read(|connection| drafts::applicant(connection, id))?;
    let key = ctx.data_key(&member.dossier_id)?;
    let to = ctx.open(&key, Slot::MemberEmail, &member.id, &member.dossier_id, &member.email)?;
    let content = Content::ApplicationReceived {
        reference: application.reference,
        programme: round.programme.name.clone(),
        round: round.name,
        submitted_on: application.submitted_at.unwrap_or_default().date(),
        link: format!("{}/applications/{id}", ctx.site.base_url),
    };
    Ok(Some((to, content)))
}

fn by_sign_in(
    ctx: &Context,
    template: &str,
    id: &Id,
) -> Result<Option<(Secret, Content)>, ServiceError> {
    let Some(found) = ctx.store.read(|connection| sign_ins::find(connection, id))? else {
        return Ok(None);
    };
    if found.used_at.is_some() || found.expires_at <= ctx.stamp() {
        return Ok(None);
    }
    let path = match template {
        "staff_sign_in" => "/staff/sign-in/link/",
        "staff_invitation" => "/staff/welcome/",
        "assessor_sign_in" => "/assess/sign-in/link/",
        accept_assessor::PURPOSE => "/assess/welcome/",
        address::PURPOSE => "/account/address/link/",
        _ => "/sign-in/link/",
    };
    let ways = Ways {
        link: links::link_for(ctx, path, id)?,
        code: Secret::new(links::code_of(ctx, id)?),
        expires_at: found.expires_at.and_utc(),
    };
    if let Some(member) = &found.staff_id {
        let Some(member) = ctx.store.read(|connection| staff::find(connection, member))? else {
            return Ok(None);
        };
        let to = staff_address(ctx, &member)?;
        let roles = member.roles.parse().map_err(ServiceError::internal)?;
        let content = match template {
            "staff_invitation" => Content::StaffInvitation { roles, ways },
            "proof_code" => Content::ProofCode(ways),
            _ => Content::StaffSignIn(ways),
        };
        return Ok(Some((to, content)));
    }
    if let Some(assessor) = &found.assessor_id {
        let row = ctx.store.read(|connection| assessors::find(connection, assessor))?;
        let Some(row) = row else { return Ok(None) };
        let content = match template {
            accept_assessor::PURPOSE => {
                Content::AssessorInvitation { until: row.access_until, ways }
            }
            "proof_code" => Content::ProofCode(ways),
            _ => Content::AssessorSignIn(ways),
        };
        return Ok(Some((assessor_address(ctx, &row)?, content)));
    }
    if let (address::PURPOSE, Some(email)) = (template, &found.email) {
        let key = ctx.data_key(&found.dossier_id)?;
        let to = ctx.open(&key, Slot::SignInEmail, &found.id, &found.dossier_id, email)?;
        return Ok(Some((to, Content::NewAddress(ways))));
    }
    if let Some(account) = &found.account_id {
        let Some(account) = ctx.store.read(|connection| accounts::find(connection, account))?
        else {
            return Ok(None);
        };
        let to = super::applicants::email_of(ctx, &account)?;
        let content = match template {
            "proof_code" => Content::ProofCode(ways),
            _ => Content::SignIn(ways),
        };
        return Ok(Some((to, content)));
    }
    let (Some(email), Some(round)) = (&found.email, &found.round_id) else { return Ok(None) };
    let key = ctx.data_key(&found.dossier_id)?;
    let to = ctx.open(&key, Slot::SignInEmail, &found.id, &found.dossier_id, email)?;
    let round = ctx.store.read(|connection| crate::store::rounds::find_by_id(connection, round))?;
    let round = rounds::view(ctx, round)?;
    Ok(Some((to, Content::ConfirmAddress { round: round.title(), ways })))
}
