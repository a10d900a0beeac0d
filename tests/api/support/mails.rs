//! Mails as they were delivered into the folder.

use std::path::Path;

use mailparse::{MailHeaderMap, ParsedMail};

/// A mail that was sent.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The address it went to.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// What it says, without markup.
    pub text: String,
    /// What it says, as a page.
    pub html: String,
    /// Every header line, as it stands in the file.
    pub headers: String,
}

impl Mail {
    /// Reads a mail.
    pub fn read(bytes: &[u8]) -> Self {
        let mail = mailparse::parse_mail(bytes).unwrap();
        let header = |name: &str| mail.headers.get_first_value(name).unwrap_or_default();
        let part = |kind: &str| {
            let part = mail.parts().find(|part: &&ParsedMail<'_>| part.ctype.mimetype == kind);
            part.map(|part| part.get_body().unwrap()).unwrap_or_default()
        };
        let to = mailparse::addrparse(&header("To")).unwrap().extract_single_info().unwrap().addr;
        let raw = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        Self {
            to,
            subject: header("Subject"),
            text: part("text/plain").replace("\r\n", "\n"),
            html: part("text/html").replace("\r\n", "\n"),
            headers: raw.split("\n\n").next().unwrap_or_default().to_owned(),
        }
    }

    /// The links in its text, in order.
    pub fn links(&self) -> Vec<String> {
        let words =
            self.text.split_whitespace().map(|word| word.trim_matches(['<', '>', '(', ')', ',']));
        words
            .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
            .map(ToOwned::to_owned)
            .collect()
    }

    /// The code to type: the line that has nothing but digits.
    #[track_caller]
    pub fn code(&self) -> String {
        let is_code =
            |line: &&str| line.len() >= 6 && line.bytes().all(|byte| byte.is_ascii_digit());
        let found = self.text.lines().map(str::trim).find(is_code);
        found.unwrap_or_else(|| panic!("no code in:\n{}", self.text)).to_owned()
    }

    /// The first link whose path begins so.
    #[track_caller]
    pub fn link_to(&self, path: &str) -> String {
        let of_path =
            |link: &String| reqwest::Url::parse(link).is_ok_and(|url| url.path().starts_with(path));
        let found = self.links().into_iter().find(of_path);
        found.unwrap_or_else(|| panic!("no link to {path} in:\n{}", self.text))
    }
}

/// The mails in a folder, the oldest first. One that is being written is no mail yet.
pub fn read_all(folder: &Path) -> Vec<Mail> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .collect();
    files.sort();
    files.iter().map(|file| Mail::read(&std::fs::read(file).unwrap())).collect()
}

#[test]
fn an_encoded_mail_is_read_as_its_reader_sees_it() {
    let long =
        "https://grants.example/sign-in/link/abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
    let mail = lettre::Message::builder()
        .from("Almoner <almoner@a.example>".parse().unwrap())
        .to("Zoë Invented <zoe@b.example>".parse().unwrap())
        .subject("Schön, dass Sie da sind")
        .multipart(lettre::message::MultiPart::alternative_plain_html(
            format!("Grüße\nOpen {long}, or <https://grants.example/privacy>\n12345678\n"),
            "<p>Grüße</p>".to_owned(),
        ))
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("1.eml"), mail.formatted()).unwrap();
    std::fs::write(folder.path().join("2.eml.tmp"), "half a ma").unwrap();
    let [mail] = read_all(folder.path()).try_into().unwrap();
    assert_eq!(
        (mail.to.as_str(), mail.subject.as_str()),
        ("zoe@b.example", "Schön, dass Sie da sind")
    );
    assert!(mail.text.starts_with("Grüße\nOpen"), "{}", mail.text);
    assert_eq!(mail.html.trim_end(), "<p>Grüße</p>");
    assert_eq!(mail.links(), [long, "https://grants.example/privacy"]);
    assert_eq!(mail.link_to("/sign-in/"), long);
    assert_eq!(mail.code(), "12345678");
    assert!(
        mail.headers.contains("MIME-Version") && !mail.headers.contains("Grüße"),
        "{}",
        mail.headers
    );
}
