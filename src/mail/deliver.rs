//! How a mail leaves: to a mail server, or as a file.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use lettre::message::Mailbox;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{SmtpTransport, Transport};
use secrecy::ExposeSecret;

use super::{MailError, Message, compose, sender};
use crate::config::{MailSettings, SmtpSettings, SmtpTls};
use crate::domain::id::Id;

/// What a mail server answers that will not have us send at all, until somebody sees to the settings: it wants a login,
/// the login is wrong or too weak, or the connection is not safe enough. None of it is about the mail.
const NOT_US: [u16; 4] = [530, 534, 535, 538];

/// How long a mail server may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Sends mails.
pub struct Mailer {
    from: Mailbox,
    /// The host of the site, for Message-IDs.
    site: String,
    way: Way,
}

enum Way {
    Smtp(Box<SmtpTransport>),
    Folder(PathBuf),
}

impl Mailer {
    /// A mailer as the settings say it; `site` is the host of the site. Connects to nothing yet.
    ///
    /// # Errors
    /// When a setting makes no sense, or the folder can't be made.
    pub fn open(settings: &MailSettings, site: &str) -> Result<Self, MailError> {
        let way = match &settings.smtp {
            Some(smtp) => Way::Smtp(Box::new(transport(smtp)?)),
            None => {
                let folder = settings.folder.clone();
                DirBuilder::new()
                    .recursive(true)
                    .mode(0o700)
                    .create(&folder)
                    .map_err(|source| MailError::Folder { path: folder.clone(), source })?;
                Way::Folder(folder)
            }
        };
        Ok(Self { from: sender(&settings.from)?, site: site.to_owned(), way })
    }

    /// Sends a mail. `id` is the identifier of its row in the outbox: a mail that is sent twice has one Message-ID.
    ///
    /// # Errors
    /// See [`MailError::is_permanent`] for those after which another attempt is no use.
    pub fn send(&self, message: &Message, id: &Id, at: DateTime<Utc>) -> Result<(), MailError> {
        let letter = compose(message, &self.from, id, &self.site, at)?;
        match &self.way {
            Way::Smtp(transport) => match transport.send(&letter) {
                Ok(_) => Ok(()),
                Err(error) => Err(told(&error)),
            },
            Way::Folder(folder) => {
                let name = format!("{}-{id}.eml", at.format("%Y%m%dT%H%M%SZ"));
                write(folder, &name, &letter.formatted())
                    .map_err(|source| MailError::Folder { path: folder.join(&name), source })
            }
        }
    }
}

fn transport(smtp: &SmtpSettings) -> Result<SmtpTransport, MailError> {
    let builder = match smtp.tls {
        SmtpTls::Tls => SmtpTransport::relay(&smtp.host).map_err(|_| MailError::Host)?,
        SmtpTls::Starttls => {
            SmtpTransport::starttls_relay(&smtp.host).map_err(|_| MailError::Host)?
        }
        SmtpTls::None if is_loopback(&smtp.host) => SmtpTransport::builder_dangerous(&smtp.host),
        SmtpTls::None => return Err(MailError::ClearText),
    };
    let builder = builder.port(smtp.port).timeout(Some(TIMEOUT));
    Ok(match &smtp.login {
        Some(login) => builder
            .credentials(Credentials::new(
                login.user.clone(),
                login.password.expose_secret().to_owned(),
            ))
            .build(),
        None => builder.build(),
    })
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What went wrong, without the server's words: they may quote the recipient.
fn told(error: &SmtpError) -> MailError {
    match error.status() {
        Some(code) if error.is_permanent() && !NOT_US.contains(&u16::from(code)) => {
            MailError::Refused(code.to_string())
        }
        Some(code) => MailError::NotNow(format!("code {code}")),
        None if error.is_timeout() => MailError::NotNow("it did not answer in time".to_owned()),
        None if error.is_tls() => MailError::NotNow("no safe connection".to_owned()),
        None => MailError::NotNow("no connection".to_owned()),
    }
}

/// Writes a file that is there whole or not at all, for its owner only.
fn write(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let unfinished = folder.join(format!("{name}.tmp"));
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, folder.join(name))?;
    File::open(folder)?.sync_all()
}
