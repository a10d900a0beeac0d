//! Sends the mails that wait.

use crate::domain::secret::Secret;
use crate::mail::{
    AccessRecovery, AccessWarning, AccountNotice, ApplicationReceived, AssessorInvitation,
    AssessorSignIn, ConfirmAddress, MailError, Mailer, Message, NewAddress, PacketsReminder,
    PacketsWaiting, ProofCode, Sender, SignIn, StaffInvitation, StaffSignIn, Waits,
};
use crate::service::deliver_mail::{self, Content, Letter, Waiting};
use crate::service::{Context, ServiceError, lease};

/// What the leases are called under which mails are sent, one a class.
const LEASE: &str = "outbox";

/// Sends what is due of those classes that this process holds the lease for, and rests after each, so that many are not
/// in the way of whoever writes. Answers how many mails were sent.
///
/// # Errors
/// [`ServiceError::Busy`], [`ServiceError::Internal`]. A mail that can't be sent is no error: it is tried again.
pub fn run(ctx: &Context, mailer: &Mailer, mut rest: impl FnMut()) -> Result<usize, ServiceError> {
    let classes = lease::take_classes(ctx, LEASE)?;
    if classes.is_empty() {
        return Ok(0);
    }
    let sender = Sender::new(&ctx.site.controller, &ctx.site.base_url);
    let mut count = 0;
    for letter in deliver_mail::due(ctx, &classes)? {
        // A slow mail server may take longer than the lease lasts: then another process has taken over.
        if lease::take_classes(ctx, LEASE)? != classes {
            break;
        }
        // Dated as it was written: one that is sent twice, because somebody died over it, is the same mail.
        let sent = render(&sender, &letter)
            .and_then(|message| mailer.send(&message, &letter.id, letter.written_at));
        match sent {
            Ok(()) => {
                deliver_mail::sent(ctx, &letter)?;
                count += 1;
            }
            Err(error) => {
                tracing::warn!(mail = %letter.id, %error, "a mail was not sent");
                deliver_mail::not_sent(ctx, &letter, error.is_permanent())?;
            }
        }
        rest();
    }
    Ok(count)
}

fn render(sender: &Sender, letter: &Letter) -> Result<Message, MailError> {
    let to: Secret = letter.to.clone();
    match &letter.content {
        Content::ConfirmAddress { round, ways } => ConfirmAddress {
            sender,
            round,
            link: ways.link.expose(),
            code: ways.code.expose(),
            expires_at: ways.expires_at,
        }
        .render(to),
        Content::SignIn(ways) => SignIn {
            sender,
            link: ways.link.expose(),
            code: ways.code.expose(),
            expires_at: ways.expires_at,
        }
        .render(to),
        Content::StaffSignIn(ways) => StaffSignIn {
            sender,
            link: ways.link.expose(),
            code: ways.code.expose(),
            expires_at: ways.expires_at,
        }
        .render(to),
        Content::StaffInvitation { roles, ways } => StaffInvitation {
            sender,
            roles: *roles,
            link: ways.link.expose(),
            expires_at: ways.expires_at,
        }
        .render(to),
        Content::AssessorSignIn(ways) => AssessorSignIn {
            sender,
            link: ways.link.expose(),
            code: ways.code.expose(),
            expires_at: ways.expires_at,
        }
        .render(to),
        Content::AssessorInvitation { until, ways } => AssessorInvitation {
            sender,
            until: *until,
            link: ways.link.expose(),
            expires_at: ways.expires_at,
        }
        .render(to),
        Content::NewAddress(ways) => NewAddress {
            sender,
            link: ways.link.expose(),
            code: ways.code.expose(),
            expires_at: ways.expires_at,
        }
        .render(to),
        Content::AccessRecovery { link, from, until } => {
            let link = link.expose();
            AccessRecovery { sender, link, starts_at: *from, expires_at: *until }.render(to)
        }
        Content::AccessWarning { link, from } => {
            AccessWarning { sender, link: link.expose(), starts_at: *from }.render(to)
        }
        Content::ProofCode(ways) => {
            ProofCode { sender, code: ways.code.expose(), expires_at: ways.expires_at }.render(to)
        }
        Content::AccountNotice { notice, roles, link } => {
            AccountNotice { sender, notice: *notice, roles: *roles, link }.render(to)
        }
        Content::PacketsWaiting(waiting) => {
            PacketsWaiting { sender, waits: waits(waiting), link: &waiting.link }.render(to)
        }
        Content::PacketsReminder(waiting) => {
            PacketsReminder { sender, waits: waits(waiting), link: &waiting.link }.render(to)
        }
        Content::ApplicationReceived { reference, programme, round, submitted_on, link } => {
            ApplicationReceived {
                sender,
                reference,
                programme,
                round,
                submitted_on: *submitted_on,
                link,
            }
            .render(to)
        }
    }
}

const fn waits(waiting: &Waiting) -> Waits {
    Waits { packets: waiting.packets, overdue: waiting.overdue, due_on: waiting.due_on }
}
