//! A mail server of the tests, run by Node: npm `smtp-server`, which speaks the protocol as others do.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use almoner::config::{Settings, SmtpLogin, SmtpSettings, SmtpTls};
use data_encoding::BASE64;
use secrecy::SecretString;
use serde::Deserialize;

use super::mails::Mail;

/// The user that it knows, and their password.
pub const LOGIN: (&str, &str) = ("grants", "a-password-of-the-tests");
/// The same as the server is told it.
pub fn login_of() -> String {
    format!("{}:{}", LOGIN.0, LOGIN.1)
}

/// From whom the mails of the site come.
pub const FROM: &str = "grants@foundation.example";

/// The server. It ends when this does.
pub struct Smtp {
    child: Child,
    /// Where it takes mails.
    pub port: u16,
    control: u16,
}

impl Drop for Smtp {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A mail as it came over the wire.
#[derive(Deserialize)]
pub struct Caught {
    /// The sender of the envelope.
    pub from: String,
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// What the site called itself.
    pub greeted_as: String,
    /// Who had logged in.
    pub user: Option<String>,
    /// Whether the server said that it took it.
    pub taken: bool,
    mail: String,
}

impl Caught {
    /// The mail, byte for byte.
    pub fn bytes(&self) -> Vec<u8> {
        BASE64.decode(self.mail.as_bytes()).unwrap()
    }

    /// The mail as its reader sees it.
    pub fn read(&self) -> Mail {
        Mail::read(&self.bytes())
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> String {
        let found = self.headers().into_iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.unwrap_or_else(|| panic!("no {name}")).1
    }

    /// Every header with its value, in order.
    pub fn headers(&self) -> Vec<(String, String)> {
        let bytes = self.bytes();
        let mail = mailparse::parse_mail(&bytes).unwrap();
        mail.headers.iter().map(|header| (header.get_key(), header.get_value())).collect()
    }
}

/// What was said before a mail began.
#[derive(Deserialize)]
pub struct Asked {
    /// How many connections there were.
    pub connections: usize,
    /// To whom mails were to go.
    pub recipients: Vec<String>,
    /// Who tried to log in.
    pub logins: Vec<String>,
}

impl Smtp {
    pub fn start(options: &[&str]) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/providers");
        assert!(
            folder.join("node_modules/smtp-server").exists(),
            "the mail server is not there: run `npm ci` in tests/providers, or scripts/test, which does"
        );
        let mut child = Command::new("node")
            .arg("smtp.js")
            .args(options)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut port = || lines.next().expect("it says its ports").unwrap().parse().unwrap();
        let (port, control) = (port(), port());
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, port, control }
    }

    /// Settings with which the site sends its mails here, in clear: it is the same machine.
    pub fn set_up(&self, settings: &mut Settings) {
        settings.mail.from = format!("Example Foundation <{FROM}>");
        settings.mail.smtp = Some(SmtpSettings {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            tls: SmtpTls::None,
            login: None,
        });
    }

    /// The same with a login, and encrypted first.
    pub fn set_up_with_login(&self, settings: &mut Settings, password: &str, tls: SmtpTls) {
        self.set_up(settings);
        let smtp = settings.mail.smtp.as_mut().unwrap();
        let user = LOGIN.0.to_owned();
        smtp.login = Some(SmtpLogin { user, password: SecretString::from(password) });
        smtp.tls = tls;
        // A certificate is for a name.
        smtp.host = "localhost".to_owned();
    }

    fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.control)
    }

    /// Everything that came, the oldest first.
    pub async fn caught(&self) -> Vec<Caught> {
        let answer = reqwest::get(self.address("/caught")).await.unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    /// The newest that was taken for an address.
    pub async fn to(&self, address: &str) -> Caught {
        let caught = self.caught().await;
        let found = caught.into_iter().rev().find(|one| one.taken && one.to == [address]);
        found.unwrap_or_else(|| panic!("nothing came to {address}"))
    }

    /// What was said before a mail began.
    pub async fn asked(&self) -> Asked {
        let answer = reqwest::get(self.address("/asked")).await.unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    /// The answer to mails for an address, such as `code=451&times=2`; see `smtp.js`.
    pub async fn mood(&self, to: &str, how: &str) {
        let address = self.address(&format!("/mood?to={to}&{how}"));
        let sent = reqwest::Client::new().post(address).send().await.unwrap();
        assert_eq!(sent.status(), 200);
    }
}
