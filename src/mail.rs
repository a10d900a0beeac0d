//! Mail: what is written to people, and how it leaves.
//!
//! A mail is rendered when it is sent, and nothing of it is kept. Without a mail server it lands as a file, so that
//! a site can be tried, and tested, before one is set up.

mod assessment;
mod deliver;
mod letters;

use chrono::{DateTime, Utc};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message as Letter};

use crate::domain::id::Id;
use crate::domain::secret::Secret;

pub use assessment::{PacketsReminder, PacketsWaiting, Waits};
pub use deliver::Mailer;
pub use letters::{
    AccessRecovery, AccessWarning, AccountNotice, ApplicationReceived, AssessorInvitation,
    AssessorSignIn, ConfirmAddress, NewAddress, ProofCode, Sender, SignIn, StaffInvitation,
    StaffSignIn,
};

/// A mail to one person, ready to be sent. It may hold a sign-in link, so it has no `Debug`.
pub struct Message {
    /// The address that it goes to.
    pub to: Secret,
    /// The subject, on one line.
    pub subject: String,
    /// The mail as plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// Why a mail could not be written or sent. None of it holds an address, nor what a server said, which may quote one.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The setting `mail.from` names no sender.
    #[error(
        "the setting mail.from has to be an address, or a name with an address in angle brackets"
    )]
    From,
    /// Mail would leave this machine in clear.
    #[error(
        "mail.smtp_tls may be \"none\" only for a mail server on this machine; use \"starttls\" or \"tls\""
    )]
    ClearText,
    /// The mail server's name is none that a certificate could be checked against.
    #[error("mail.smtp_host is not the name of a mail server")]
    Host,
    /// The address of the recipient is none that mail can be sent to.
    #[error("the recipient's address can't be used in a mail")]
    Address,
    /// A template could not be filled.
    #[error("the mail could not be written")]
    Render(#[from] askama::Error),
    /// The parts could not be put together.
    #[error("the mail could not be put together")]
    Compose,
    /// The folder for mails can't be written.
    #[error("the mail could not be written to {path}: {source}")]
    Folder {
        /// The file or folder.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The mail server refused the mail for good.
    #[error("the mail server refused the mail (code {0})")]
    Refused(String),
    /// The mail server could not be reached, or asked to try again.
    #[error("the mail server took no mail for now ({0})")]
    NotNow(String),
}

impl MailError {
    /// Whether it is no use to send the same mail again.
    #[must_use]
    pub const fn is_permanent(&self) -> bool {
        matches!(self, Self::Address | Self::Render(_) | Self::Compose | Self::Refused(_))
    }
}

/// Reads the sender from the settings: an address, or a name with an address in angle brackets.
fn sender(text: &str) -> Result<Mailbox, MailError> {
    text.parse().map_err(|_| MailError::From)
}

/// The address of a recipient, with its domain in ASCII, since not every mail server takes it otherwise.
fn recipient(to: &Secret) -> Result<Address, MailError> {
    let (local, domain) = to.expose().trim().rsplit_once('@').ok_or(MailError::Address)?;
    let domain = idna::domain_to_ascii(domain).map_err(|_| MailError::Address)?;
    let address = Address::new(local, domain).map_err(|_| MailError::Address)?;
    // A folded line in a quoted local part would end the header.
    if address.user().chars().any(char::is_control) {
        return Err(MailError::Address);
    }
    Ok(address)
}

/// Puts a mail together.
///
/// `id` and `site`, the host of the site, make its Message-ID; `at` is its date.
fn compose(
    message: &Message,
    from: &Mailbox,
    id: &Id,
    site: &str,
    at: DateTime<Utc>,
) -> Result<Letter, MailError> {
    let to = recipient(&message.to)?;
    Letter::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(one_line(&message.subject))
        .date(at.into())
        .message_id(Some(format!("<{id}@{}>", host(site))))
        // No machine shall answer it, and no "out of office" tell who reads it.
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ))
        .multipart(MultiPart::alternative_plain_html(message.text.clone(), message.html.clone()))
        .map_err(|_| MailError::Compose)
}

/// Control characters, line ends among them, become spaces: a subject is one header and stays one.
fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// The host for a Message-ID: what it may consist of, or a host that nobody has.
fn host(site: &str) -> &str {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '.' || letter == '-';
    if !site.is_empty() && site.chars().all(plain) { site } else { "almoner.invalid" }
}

#[cfg(test)]
mod tests;
