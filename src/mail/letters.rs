//! The mails that are written, one type each. None holds a name or an answer: mail is not confidential.

use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};

use super::{MailError, Message};
use crate::domain::controller::Controller;
use crate::domain::notice::Notice;
use crate::domain::role::Roles;
use crate::domain::secret::Secret;

/// Who sends a mail: what stands at its foot.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The organisation.
    pub organisation: String,
    /// Its postal address.
    pub address: String,
    /// Where people write to.
    pub contact_email: String,
    /// The address of the site, without a slash at its end.
    pub site: String,
}

impl Sender {
    /// The controller, at the site with this address.
    #[must_use]
    pub fn new(controller: &Controller, base_url: &str) -> Self {
        Self {
            organisation: controller.organisation.clone(),
            address: controller.address.clone(),
            contact_email: controller.contact_email.clone(),
            site: base_url.trim_end_matches('/').to_owned(),
        }
    }
}

/// The moment at which a link ends, for readers; the same for everyone, so in UTC.
fn moment(at: DateTime<Utc>) -> String {
    at.format("%H:%M UTC on %-d %B %Y").to_string()
}

/// Makes a mail of a type and its three templates.
macro_rules! letter {
    ($letter:ident, $name:literal, $subject:literal, $text:literal, $html:literal) => {
        impl $letter<'_> {
            /// Its word in the outbox, which is also the folder of its templates.
            pub const NAME: &'static str = $name;

            /// The mail, written to an address.
            ///
            /// # Errors
            /// When a template can't be filled.
            pub fn render(&self, to: Secret) -> Result<Message, MailError> {
                #[derive(Template)]
                #[template(path = $subject)]
                struct Subject<'a> {
                    mail: &'a $letter<'a>,
                }
                #[derive(Template)]
                #[template(path = $text)]
                struct Text<'a> {
                    mail: &'a $letter<'a>,
                }
                #[derive(Template)]
                #[template(path = $html)]
                struct Html<'a> {
                    mail: &'a $letter<'a>,
                }
                Ok(Message {
                    to,
                    subject: Subject { mail: self }.render()?.trim().to_owned(),
                    text: Text { mail: self }.render()?,
                    html: Html { mail: self }.render()?,
                })
            }
        }
    };
}

pub(super) use letter;

/// To somebody who begins an application: is this address yours?
pub struct ConfirmAddress<'a> {
    /// Who sends it.
    pub sender: &'a Sender,
    /// The round, with its programme, as people know it.
    pub round: &'a str,
    /// The page to confirm on, with its token.
    pub link: &'a str,
    /// The code to type instead.
    pub code: &'a str,
    /// When link and code end.
    pub expires_at: DateTime<Utc>,
}

impl ConfirmAddress<'_> {
    fn expires(&self) -> String {
        moment(self.expires_at)
    }
}

letter!(
    ConfirmAddress,
    "confirm_address",
    "mail/confirm_address/subject.txt",
    "mail/confirm_address/text.txt",
    "mail/confirm_address/html.html"
);

/// To an applicant who signs in.
pub struct SignIn<'a> {
    /// Who sends it.
    pub sender: &'a Sender,
    /// The page to sign in on, with its token.
    pub link: &'a str,
    /// The code to type instead.
    pub code: &'a str,
    /// When link and code end.
    pub expires_at: DateTime<Utc>,
}

impl SignIn<'_> {
    fn expires(&self) -> String {
        moment(self.expires_at)
    }
}

letter!(
    SignIn,
    "sign_in",
    "mail/sign_in/subject.txt",
    "mail/sign_in/text.txt",
    "mail/sign_in/html.html"
);

/// To a member of staff who signs in.
pub struct StaffSignIn<'a> {
    /// Who sends it.
    pub sender: &'a Sender,
    /// The page to sign in on, with its token.
    pub link: &'a str,
    /// The code to type instead.
    pub code: &'a str,
    /// When link and code end.
    pub expires_at: DateTime<Utc>,
}

impl StaffSignIn<'_> {
    fn expires(&self) -> String {
        moment(self.expires_at)
    }
}

letter!(
    StaffSignIn,
    "staff_sign_in",
    "mail/staff_sign_in/subject.txt",
    "mail/staff_sign_in/text.txt",
    "mail/staff_sign_in/html.html"
);

/// To somebody who is to become a member of staff.
pub struct StaffInvitation<'a> {
    /// Who sends it.
    pub sender: &'a Sender,
    /// The roles that they will have.
    pub roles: Roles,
    /// The page to accept on, with its token.
    pub link: &'a str,
    /// When the link ends: seven days after it was made.
    pub expires_at: DateTime<Utc>,
}

impl StaffInvitation<'_> {
    fn expires(&self) -> String {
        moment(self.expires_at)
    }

    fn several(&self) -> bool {
        self.roles.iter().count() > 1
    }
}

letter!(
    StaffInvitation,
    "staff_invitation",
    "mail/staff_invitation/subject.txt",
    "mail/staff_invitation/text.txt",
    "mail/staff_invitation/html.html"
);

/// To an applicant whose application arrived.
pub struct ApplicationReceived<'a> {
    /// Who sends it.
    pub sender: &'a Sender,
    /// The application's reference.
    pub reference: &'a str,
    /// The programme's name.
    pub programme: &'a str,
    /// The round's name.
    pub round: &'a str,
    /// The day on which it was submitted, UTC.
    pub submitted_on: NaiveDate,
    /// The page that says where it stands, behind a sign-in.
    pub link: &'a str,
}

impl ApplicationReceived<'_> {
    fn submitted(&self) -> String {
        self.submitted_on.format("%-d %B %Y").to_string()
    }
}

letter!(
    ApplicationReceived,
    "application_received",
    "mail/application_received/subject.txt",
    "mail/application_received/text.txt",
    "mail/application_received/html.html"
);

/// To somebody whose account was changed.
pub struct AccountNotice<'a> {
    /// Who sends it.
    pub sender: &'a Sender,
    /// What happened.
    pub notice: Notice,
    /// The roles that the person has now, where these were changed.
    pub roles: Option<Roles>,
    /// The page of the account, behind a sign-in.
    pub link: &'a str,
}

letter!(
    AccountNotice,
    "account_notice",
    "mail/account_notice/subject.txt",
    "mail/account_notice/text.txt",
    "mail/account_notice/html.html"
);

/// To somebody who is signed in and has to prove that it is they.
pub struct ProofCode<'a> {
    /// Who sends it.
    pub sender: &'a Sender,
    /// The code.
    pub code: &'a str,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

impl ProofCode<'_> {
    fn expires(&self) -> String {
        moment(self.expires_at)
    }
}

letter!(
    ProofCode,
    "proof_code",
    "mail/proof_code/subject.txt",
    "mail/proof_code/text.txt",
    "mail/proof_code/html.html"
);

/// To an assessor who signs in.
pub struct AssessorSignIn<'a> {
    /// Who sends it.
    pub sender: &'a Sender,
    /// The page to press the button on, with its token.
    pub link: &'a str,
    /// The code to type instead.
    pub code: &'a str,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

impl AssessorSignIn<'_> {
    fn expires(&self) -> String {
        moment(self.expires_at)
    }
}

letter!(
    AssessorSignIn,
    "assessor_sign_in",
    "mail/assessor_sign_in/subject.txt",
    "mail/assessor_sign_in/text.txt",
    "mail/assessor_sign_in/html.html"
);

/// To somebody who is to assess.
pub struct AssessorInvitation<'a> {
    /// Who sends it.
    pub sender: &'a Sender,
    /// The last day of access, UTC.
    pub until: NaiveDate,
    /// The page to press the button on, with its token.
    pub link: &'a str,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

impl AssessorInvitation<'_> {
    fn expires(&self) -> String {
        moment(self.expires_at)
    }

    fn last_day(&self) -> String {
        self.until.format("%-d %B %Y").to_string()
    }
}

letter!(
    AssessorInvitation,
    "assessor_invitation",
    "mail/assessor_invitation/subject.txt",
    "mail/assessor_invitation/text.txt",
    "mail/assessor_invitation/html.html"
);

/// To the address that an applicant wants to change to: is it yours?
pub struct NewAddress<'a> {
    /// Who sends it.
    pub sender: &'a Sender,
    /// The page to press the button on, with its token.
    pub link: &'a str,
    /// The code to type instead.
    pub code: &'a str,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

impl NewAddress<'_> {
    fn expires(&self) -> String {
        moment(self.expires_at)
    }
}

letter!(
    NewAddress,
    "new_address",
    "mail/new_address/subject.txt",
    "mail/new_address/text.txt",
    "mail/new_address/html.html"
);

/// To the address that staff gave to the account of somebody who lost their mailbox.
pub struct AccessRecovery<'a> {
    /// Who sends it.
    pub sender: &'a Sender,
    /// The page to press the button on, with its token.
    pub link: &'a str,
    /// From when the link works.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

impl AccessRecovery<'_> {
    fn expires(&self) -> String {
        moment(self.expires_at)
    }

    fn starts(&self) -> String {
        moment(self.starts_at)
    }
}

letter!(
    AccessRecovery,
    "access_recovery",
    "mail/access_recovery/subject.txt",
    "mail/access_recovery/text.txt",
    "mail/access_recovery/html.html"
);

/// To the address that the account had before that.
pub struct AccessWarning<'a> {
    /// Who sends it.
    pub sender: &'a Sender,
    /// The page that stops it, with its token.
    pub link: &'a str,
    /// From when it can be too late.
    pub starts_at: DateTime<Utc>,
}

impl AccessWarning<'_> {
    fn starts(&self) -> String {
        moment(self.starts_at)
    }
}

letter!(
    AccessWarning,
    "access_warning",
    "mail/access_warning/subject.txt",
    "mail/access_warning/text.txt",
    "mail/access_warning/html.html"
);
