use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::sync::mpsc;

use secrecy::SecretString;

use super::*;
use crate::config::{MailSettings, SmtpLogin, SmtpSettings, SmtpTls};
use crate::domain::controller::Controller;
use crate::domain::notice::{By, Notice};
use crate::domain::role::{Role, Roles};

fn at() -> DateTime<Utc> {
    "2026-03-01T09:55:07Z".parse().unwrap()
}

fn sender_of_tests() -> Sender {
    Sender::new(&Controller::default(), "https://grants.foundation.example/")
}

fn to() -> Secret {
    Secret::new("ada@mail.example")
}

fn every_letter() -> Vec<(&'static str, Message)> {
    let sender = sender_of_tests();
    let sender = &sender;
    let link = "https://grants.foundation.example/sign-in/confirm?t=4f7c";
    let expires_at = "2026-03-01T10:05:00Z".parse().unwrap();
    let code = "482 913";
    vec![
        (
            ConfirmAddress::NAME,
            ConfirmAddress { sender, round: "Project grants, spring", link, code, expires_at }
                .render(to()),
        ),
        (SignIn::NAME, SignIn { sender, link, code, expires_at }.render(to())),
        (StaffSignIn::NAME, StaffSignIn { sender, link, code, expires_at }.render(to())),
        (
            StaffInvitation::NAME,
            StaffInvitation {
                sender,
                roles: Roles::of(&[Role::Officer, Role::Privacy]),
                link,
                expires_at: "2026-03-08T09:55:00Z".parse().unwrap(),
            }
            .render(to()),
        ),
        (
            ApplicationReceived::NAME,
            ApplicationReceived {
                sender,
                reference: "K7QM-2XWB-9TRC",
                programme: "Project grants",
                round: "Spring",
                submitted_on: "2026-03-01".parse().unwrap(),
                link: "https://grants.foundation.example/applications/k7qm",
            }
            .render(to()),
        ),
        (ProofCode::NAME, ProofCode { sender, code, expires_at }.render(to())),
        (AssessorSignIn::NAME, AssessorSignIn { sender, link, code, expires_at }.render(to())),
        (
            AssessorInvitation::NAME,
            AssessorInvitation {
                sender,
                until: "2026-09-30".parse().unwrap(),
                link,
                expires_at: "2026-03-08T09:55:00Z".parse().unwrap(),
            }
            .render(to()),
        ),
        (
            PacketsWaiting::NAME,
            PacketsWaiting {
                sender,
                waits: Waits { packets: 30, overdue: 0, due_on: "2026-04-15".parse().unwrap() },
                link: "https://grants.foundation.example/assess",
            }
            .render(to()),
        ),
        (
            PacketsReminder::NAME,
            PacketsReminder {
                sender,
                waits: Waits { packets: 4, overdue: 2, due_on: "2026-02-27".parse().unwrap() },
                link: "https://grants.foundation.example/assess",
            }
            .render(to()),
        ),
        (NewAddress::NAME, NewAddress { sender, link, code, expires_at }.render(to())),
        (
            AccessRecovery::NAME,
            AccessRecovery {
                sender,
                link,
                starts_at: "2026-03-02T09:55:00Z".parse().unwrap(),
                expires_at: "2026-03-09T09:55:00Z".parse().unwrap(),
            }
            .render(to()),
        ),
        (
            AccessWarning::NAME,
            AccessWarning { sender, link, starts_at: "2026-03-02T09:55:00Z".parse().unwrap() }
                .render(to()),
        ),
        (
            AccountNotice::NAME,
            AccountNotice {
                sender,
                notice: Notice::RolesChanged(By::Administrator),
                roles: Some(Roles::of(&[Role::Officer, Role::Privacy])),
                link: "https://grants.foundation.example/staff/account",
            }
            .render(to()),
        ),
        (
            "account_notice_stronger_way",
            AccountNotice {
                sender,
                notice: Notice::StrongerWay,
                roles: None,
                link: "https://grants.foundation.example/staff/sign-in",
            }
            .render(to()),
        ),
        (
            "account_notice_operator_helped",
            AccountNotice {
                sender,
                notice: Notice::OperatorHelped,
                roles: None,
                link: "https://grants.foundation.example/staff/people/2f6c",
            }
            .render(to()),
        ),
    ]
    .into_iter()
    .map(|(name, message)| (name, message.unwrap_or_else(|error| panic!("{name}: {error}"))))
    .collect()
}

fn folder_settings(folder: &std::path::Path) -> MailSettings {
    MailSettings {
        from: "Example Foundation <grants@foundation.example>".to_owned(),
        smtp: None,
        folder: folder.to_owned(),
    }
}

#[test]
fn every_mail_as_it_is_written() {
    for (name, message) in every_letter() {
        insta::assert_snapshot!(
            name,
            format!("{}\n=====\n{}\n=====\n{}", message.subject, message.text, message.html)
        );
    }
}

#[test]
fn every_mail_says_who_sends_it_and_loads_nothing() {
    // proves S19 for mail: the contact stands at the foot.
    for (name, message) in every_letter() {
        for body in [&message.text, &message.html] {
            assert!(body.contains("Example Foundation, 1 Example Street"), "{name}");
            assert!(body.contains("privacy@foundation.example"), "{name}");
            assert!(body.contains("https://grants.foundation.example/privacy"), "{name}");
        }
        for loaded in ["<img", "<link", "<script", "src=", "url("] {
            assert!(!message.html.contains(loaded), "{name} loads something");
        }
    }
}

#[test]
fn what_people_chose_is_escaped_in_html() {
    let sender = sender_of_tests();
    let mail = ApplicationReceived {
        sender: &sender,
        reference: "K7QM-2XWB-9TRC",
        programme: "<b>R&D</b>",
        round: "Spring",
        submitted_on: "2026-03-01".parse().unwrap(),
        link: "https://grants.foundation.example/applications/k7qm",
    }
    .render(to())
    .unwrap_or_else(|error| panic!("{error}"));
    assert!(mail.text.contains("Programme: <b>R&D</b>"));
    assert!(!mail.html.contains("<b>R") && mail.html.contains("R&#38;D"));
}

#[test]
fn a_mail_lands_as_a_file_of_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let mails = folder.path().join("mail");
    let mailer = Mailer::open(&folder_settings(&mails), "grants.foundation.example").unwrap();
    let id = Id::from_bytes([9; 16]);
    let (_, message) = every_letter().remove(0);
    mailer.send(&message, &id, at()).unwrap();
    let names: Vec<_> = std::fs::read_dir(&mails)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names, [format!("20260301T095507Z-{id}.eml")]);
    let path = mails.join(&names[0]);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(&mails).unwrap().permissions().mode() & 0o777, 0o700);
    let written = std::fs::read_to_string(&path).unwrap();
    let headers = written.split("\r\n\r\n").next().unwrap();
    for header in [
        "To: ada@mail.example",
        "From: \"Example Foundation\" <grants@foundation.example>",
        "Date: Sun, 01 Mar 2026 09:55:07 +0000",
        "Auto-Submitted: auto-generated",
        &format!("Message-ID: <{id}@grants.foundation.example>"),
    ] {
        assert!(headers.lines().any(|line| line == header), "{header} is missing in\n{headers}");
    }
    assert!(!headers.contains("Reply-To"));
}

#[test]
fn no_header_can_be_slipped_in() {
    let from = sender("Example Foundation <grants@foundation.example>").unwrap();
    let id = Id::from_bytes([9; 16]);
    let message = |to: &str, subject: &str| Message {
        to: Secret::new(to),
        subject: subject.to_owned(),
        text: "text".to_owned(),
        html: "<p>text</p>".to_owned(),
    };
    let evil = "Hello\r\nBcc: all@mail.example\r\n\r\nbody";
    let letter = compose(&message("ada@mail.example", evil), &from, &id, "site\r\nX: y", at())
        .unwrap_or_else(|error| panic!("{error}"));
    let written = String::from_utf8(letter.formatted()).unwrap();
    let headers = written.split("\r\n\r\n").next().unwrap();
    assert!(!headers.lines().any(|line| line.starts_with("Bcc") || line.starts_with("X:")));
    assert!(headers.contains("@almoner.invalid>"));
    for to in [
        "ada@mail.example\r\nBcc: all@mail.example",
        "\"a\r\nBcc: all@mail.example\"@mail.example",
        "ada@mail.example, all@mail.example",
        "Ada <ada@mail.example>",
        "nobody",
    ] {
        let refused = compose(&message(to, "Hello"), &from, &id, "site.example", at());
        assert!(matches!(refused, Err(MailError::Address)), "{to}");
    }
}

#[test]
fn a_domain_with_other_letters_is_written_in_ascii() {
    let address = recipient(&Secret::new(" ada@bücher.example ")).unwrap();
    assert_eq!(address.to_string(), "ada@xn--bcher-kva.example");
}

fn smtp(host: &str, port: u16, tls: SmtpTls) -> MailSettings {
    MailSettings {
        from: "grants@foundation.example".to_owned(),
        smtp: Some(SmtpSettings {
            host: host.to_owned(),
            port,
            tls,
            login: Some(SmtpLogin {
                user: "almoner".to_owned(),
                password: SecretString::from("not a real one"),
            }),
        }),
        folder: "/nowhere".into(),
    }
}

#[test]
fn mail_leaves_this_machine_only_encrypted() {
    for host in ["mail.example", "192.0.2.1", "localhost.mail.example"] {
        let refused = Mailer::open(&smtp(host, 25, SmtpTls::None), "site.example");
        assert!(matches!(refused, Err(MailError::ClearText)), "{host}");
        assert!(Mailer::open(&smtp(host, 587, SmtpTls::Starttls), "site.example").is_ok());
        assert!(Mailer::open(&smtp(host, 465, SmtpTls::Tls), "site.example").is_ok());
    }
    assert!(Mailer::open(&smtp("127.0.0.1", 25, SmtpTls::None), "site.example").is_ok());
    let unnamed = MailSettings { from: "nobody".to_owned(), ..smtp("::1", 25, SmtpTls::None) };
    assert!(matches!(Mailer::open(&unnamed, "site.example"), Err(MailError::From)));
}

/// A mail server for one connection that answers RCPT with `answer`; tells the lines that it was sent.
fn server(answer: &'static str) -> (u16, mpsc::Receiver<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut out = stream.try_clone().unwrap();
        let mut lines = Vec::new();
        let mut in_body = false;
        out.write_all(b"220 mail.example\r\n").unwrap();
        for line in BufReader::new(stream).lines() {
            let Ok(line) = line else { break };
            let reply = match line.as_str() {
                "." if in_body => {
                    in_body = false;
                    "250 taken"
                }
                _ if in_body => "",
                line if line.starts_with("EHLO") => "250 mail.example",
                line if line.starts_with("RCPT") => answer,
                "DATA" => {
                    in_body = true;
                    "354 go on"
                }
                "QUIT" => "221 bye",
                _ => "250 fine",
            };
            lines.push(line);
            if !reply.is_empty() && write!(out, "{reply}\r\n").is_err() {
                break;
            }
        }
        // The test may have ended without asking.
        let _ = tell.send(lines);
    });
    (port, told)
}

fn plain(port: u16) -> Mailer {
    let mut settings = smtp("127.0.0.1", port, SmtpTls::None);
    if let Some(smtp) = &mut settings.smtp {
        smtp.login = None;
    }
    Mailer::open(&settings, "grants.foundation.example").unwrap()
}

#[test]
fn a_mail_server_takes_a_mail() {
    let (port, told) = server("250 fine");
    let (_, message) = every_letter().remove(4);
    plain(port).send(&message, &Id::from_bytes([9; 16]), at()).unwrap();
    let lines = told.recv().unwrap();
    assert!(lines.iter().any(|line| line.starts_with("MAIL FROM:<grants@foundation.example>")));
    assert!(lines.iter().any(|line| line.starts_with("RCPT TO:<ada@mail.example>")));
    assert!(lines.iter().any(|line| line == "Subject: We have your application K7QM-2XWB-9TRC"));
}

#[test]
fn a_refusal_is_told_from_a_delay_and_quotes_nobody() {
    let send = |answer| {
        let (port, _told) = server(answer);
        let (_, message) = every_letter().remove(4);
        plain(port).send(&message, &Id::from_bytes([9; 16]), at()).unwrap_err()
    };
    let refused = send("550 no mailbox ada@mail.example here");
    assert!(refused.is_permanent());
    assert_eq!(refused.to_string(), "the mail server refused the mail (code 550)");
    let delayed = send("451 ada@mail.example later");
    assert!(!delayed.is_permanent());
    assert_eq!(delayed.to_string(), "the mail server took no mail for now (code 451)");
    for error in [refused, delayed] {
        assert!(!format!("{error:?}").contains("ada@"));
    }
}

#[test]
fn a_mail_server_that_is_not_there_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let (_, message) = every_letter().remove(4);
    let error = plain(port).send(&message, &Id::from_bytes([9; 16]), at()).unwrap_err();
    assert!(!error.is_permanent() && matches!(error, MailError::NotNow(_)));
}

#[test]
fn one_mailer_serves_every_thread() {
    const fn is_shared<T: Send + Sync>() {}
    const { is_shared::<Mailer>() };
}
