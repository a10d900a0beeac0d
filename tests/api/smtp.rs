//! Mail over the wire: caught by a mail server that others wrote, and read as it arrived.

use almoner::config::SmtpTls;
use almoner::domain::class::Class;
use almoner::service::deliver_mail::{self, Content, Letter};

use crate::assessors::invite;
use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::journey::{EVENT, FORM, ask_to_apply, fill_in, open_link, person, submit};
use crate::support::smtp::{Asked, Caught, FROM, LOGIN, Smtp, login_of};

const KIM: &str = "kim@mail.example";
const OLU: &str = "olu@foundation.example";
const ASA: &str = "asa@elsewhere.example";

async fn site() -> (TestApp, Smtp) {
    let smtp = Smtp::start(&[]);
    let app = TestApp::start_with(|settings| smtp.set_up(settings)).await;
    (app, smtp)
}

/// Sends what is due, and gives what came last to an address.
async fn mail_to(app: &TestApp, smtp: &Smtp, address: &str) -> Caught {
    app.run_jobs().await;
    smtp.to(address).await
}

/// Somebody asks for a mail at a door, and gets in by what arrives: once by the link, once by the code.
async fn comes_in(
    app: &TestApp,
    smtp: &Smtp,
    (door, under): (&str, &str),
    email: &str,
    home: &str,
) {
    let asks = async |browser: &Client| {
        app.clock.advance(1);
        let page = browser.visit(door).await.expect(200);
        browser.submit_and_follow(&page, FORM, &[("email", email)]).await.expect(200)
    };
    let first = app.browser();
    asks(&first).await;
    let mail = mail_to(app, smtp, email).await;
    plain(&mail, email);
    let link = mail.read().link_to(&format!("{under}/link/"));
    assert!(mail.read().html.contains(&link), "the page has the link, too");
    open_link(&first, &link).await;
    assert_eq!(first.get(home).await.status, 200, "{email} by the link");
    let second = app.browser();
    let page = asks(&second).await;
    let code = mail_to(app, smtp, email).await.read().code();
    second.submit_and_follow(&page, FORM, &[("code", &code)]).await.expect(200);
    assert_eq!(second.get(home).await.status, 200, "{email} by the code");
}

/// What every mail is: to one person and from the foundation, in two forms, with nothing in its head that is not known.
fn plain(caught: &Caught, to: &str) {
    assert_eq!((caught.from.as_str(), caught.to.as_slice()), (FROM, &[to.to_owned()][..]));
    assert_eq!(caught.greeted_as, "[127.0.0.1]", "the machine's own name is nobody's business");
    let headers = caught.headers();
    let mut names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "Auto-Submitted",
            "Content-Type",
            "Date",
            "From",
            "MIME-Version",
            "Message-ID",
            "Subject",
            "To"
        ]
    );
    assert_eq!(caught.header("From"), format!("\"Example Foundation\" <{FROM}>"));
    assert_eq!(caught.header("To"), to);
    assert_eq!(caught.header("Auto-Submitted"), "auto-generated");
    let id = caught.header("Message-ID");
    assert!(id.len() == 26 + "<@localhost>".len() && id.ends_with("@localhost>"), "{id}");
    assert!(caught.header("Content-Type").starts_with("multipart/alternative"));
    let mail = caught.read();
    assert!(mail.text.len() > 100 && mail.html.contains("<p>"), "{}\n{}", mail.text, mail.html);
    assert!(!mail.html.contains("<img") && !mail.html.contains("src="), "nothing is loaded");
    let bytes = caught.bytes();
    assert!(bytes.is_ascii(), "any server can carry it");
    assert!(bytes.split(|byte| *byte == b'\n').all(|line| line.len() < 998));
}

#[actix_web::test]
async fn applicants_staff_and_assessors_come_in_by_the_mail_as_it_arrived() {
    let (app, smtp) = site().await;
    let applicant = app.browser();
    ask_to_apply(&applicant, EVENT, KIM).await;
    let mail = mail_to(&app, &smtp, KIM).await;
    plain(&mail, KIM);
    let page = open_link(&applicant, &mail.read().link_to("/sign-in/link/")).await;
    let page = fill_in(&applicant, page, &person(1).event()).await;
    submit(&applicant, &page).await;
    let receipt = mail_to(&app, &smtp, KIM).await;
    plain(&receipt, KIM);
    assert!(receipt.header("Subject").starts_with("We have your application "));
    comes_in(&app, &smtp, ("/sign-in", "/sign-in"), KIM, "/applications").await;

    let admin = app.first_admin(&["officer"]).await;
    let page = admin.visit("/staff/people/invite").await.expect(200);
    let typed = [("email", OLU), ("roles", "officer")];
    admin.submit_and_follow(&page, FORM, &typed).await.expect(200);
    let mail = mail_to(&app, &smtp, OLU).await;
    plain(&mail, OLU);
    let officer = app.browser();
    let page = officer.visit(&mail.read().link_to("/staff/welcome/")).await.expect(200);
    officer.submit_and_follow(&page, FORM, &[("name", "Olu Officer")]).await.expect(200);
    let door = ("/staff/sign-in/mail", "/staff/sign-in");
    comes_in(&app, &smtp, door, OLU, "/staff/applications").await;

    invite(&app, &officer, ASA, "2027-09-30").await.expect(200);
    let mail = mail_to(&app, &smtp, ASA).await;
    plain(&mail, ASA);
    let assessor = app.browser();
    let page = assessor.visit(&mail.read().link_to("/assess/welcome/")).await.expect(200);
    assessor.submit_and_follow(&page, FORM, &[("name", "Asa Assessor")]).await.expect(200);
    comes_in(&app, &smtp, ("/assess/sign-in", "/assess/sign-in"), ASA, "/assess").await;

    // Each was sent once, each is a mail of its own, and nothing waits.
    let caught = smtp.caught().await;
    assert_eq!(caught.len(), 10);
    let mut ids: Vec<String> = caught.iter().map(|mail| mail.header("Message-ID")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), caught.len());
    app.run_jobs().await;
    assert_eq!(smtp.caught().await.len(), caught.len());
    app.stop().await;
}

/// How many mails wait.
fn waiting(app: &TestApp) -> i64 {
    let mut database = Database::open(&app.settings.database);
    database.number("SELECT COUNT(*) AS value FROM outbox WHERE sent_at IS NULL")
}

/// Somebody asks to apply, and the mail is tried once.
async fn ask(app: &TestApp, email: &str) {
    ask_to_apply(&app.browser(), EVENT, email).await;
    app.run_jobs().await;
}

#[actix_web::test]
async fn who_is_refused_for_good_is_given_up_and_who_is_put_off_is_tried_again() {
    let (app, smtp) = site().await;
    smtp.mood(KIM, "code=550&times=9").await;
    ask(&app, KIM).await;
    assert_eq!(waiting(&app), 0, "it is no use to send the same again");
    // The page that was shown said no more than to anybody else, and another mail goes out.
    ask(&app, OLU).await;
    plain(&smtp.to(OLU).await, OLU);
    app.clock.advance(3600);
    app.run_jobs().await;
    let tried = |asked: &Asked, address: &str| {
        asked.recipients.iter().filter(|recipient| *recipient == address).count()
    };
    assert_eq!(tried(&smtp.asked().await, KIM), 1);

    smtp.mood(ASA, "code=451&times=2").await;
    ask(&app, ASA).await;
    for (seconds, tries) in [(59, 1), (1, 2), (119, 2), (1, 3), (180, 3)] {
        app.clock.advance(seconds);
        app.run_jobs().await;
        assert_eq!(tried(&smtp.asked().await, ASA), tries, "after {seconds}");
        assert_eq!(waiting(&app), i64::from(tries < 3), "after {seconds}");
    }
    let mail = smtp.to(ASA).await;
    plain(&mail, ASA);
    // The link in it is of use still.
    open_link(&app.browser(), &mail.read().link_to("/sign-in/link/")).await;
    app.stop().await;
}

#[actix_web::test]
async fn a_mail_that_is_sent_twice_is_the_same_mail() {
    let (app, smtp) = site().await;
    // Put off once it has the mail; then it takes it and dies before it can say so.
    for how in ["at=data&code=451", "at=data&code=0"] {
        let before = smtp.caught().await.len();
        let email = format!("kim{before}@mail.example");
        smtp.mood(&email, how).await;
        ask(&app, &email).await;
        assert_eq!(waiting(&app), 1, "{how}");
        app.clock.advance(60);
        app.run_jobs().await;
        assert_eq!(waiting(&app), 0, "{how}");
        let caught = smtp.caught().await.split_off(before);
        let [first, second] = &caught[..] else { panic!("{how}: {}", caught.len()) };
        assert!(!first.taken && second.taken, "{how}");
        for name in ["Message-ID", "Date", "Subject", "To", "From"] {
            assert_eq!(first.header(name), second.header(name), "{how}: {name}");
        }
        assert_eq!(first.read().text, second.read().text, "{how}");
        open_link(&app.browser(), &second.read().link_to("/sign-in/link/")).await;
    }
    app.stop().await;
}

#[actix_web::test]
async fn a_dead_mail_server_loses_nothing() {
    let (app, smtp) = site().await;
    let port = smtp.port;
    let browser = app.browser();
    ask_to_apply(&browser, EVENT, KIM).await;
    let mail = mail_to(&app, &smtp, KIM).await.read();
    let page = open_link(&browser, &mail.link_to("/sign-in/link/")).await;
    let page = fill_in(&browser, page, &person(1).event()).await;
    drop(smtp);
    // Whoever submits gets their receipt on the page, and so does whoever is invited; their mails wait.
    let page = submit(&browser, &page).await;
    let reference = page.text_of(".reference");
    let admin = app.first_admin(&["officer"]).await;
    let invite = admin.visit("/staff/people/invite").await.expect(200);
    let typed = [("email", OLU), ("roles", "officer")];
    admin.submit_and_follow(&invite, FORM, &typed).await.expect(200);
    // A whole weekend of it, and a restart.
    let mut app = app;
    for hour in 0..60 {
        app.run_jobs().await;
        assert_eq!(waiting(&app), 2, "after {hour} hours");
        app.clock.advance(3600);
        if hour == 30 {
            app = app.restart().await;
        }
    }
    let smtp = Smtp::start(&["--port", &port.to_string()]);
    app.clock.advance(3600);
    let receipt = mail_to(&app, &smtp, KIM).await;
    plain(&receipt, KIM);
    assert!(receipt.header("Subject").contains(&reference));
    let invitation = smtp.to(OLU).await.read();
    let officer = app.browser();
    let page = officer.visit(&invitation.link_to("/staff/welcome/")).await.expect(200);
    officer.submit_and_follow(&page, FORM, &[("name", "Olu Officer")]).await.expect(200);
    assert_eq!(smtp.caught().await.len(), 2);
    assert_eq!(waiting(&app), 0);
    app.stop().await;
}

#[actix_web::test]
async fn what_no_server_takes_for_five_days_is_given_up() {
    let (app, smtp) = site().await;
    drop(smtp);
    let admin = app.first_admin(&[]).await;
    let page = admin.visit("/staff/people/invite").await.expect(200);
    let typed = [("email", OLU), ("roles", "officer")];
    admin.submit_and_follow(&page, FORM, &typed).await.expect(200);
    ask(&app, KIM).await;
    assert_eq!(waiting(&app), 2);
    // A link that has run out meanwhile is of no use to anybody.
    app.clock.advance(3600);
    app.run_jobs().await;
    assert_eq!(waiting(&app), 1);
    app.clock.advance(5 * 24 * 3600 - 3601);
    app.run_jobs().await;
    assert_eq!(waiting(&app), 1);
    app.clock.advance(64 * 60);
    app.run_jobs().await;
    assert_eq!(waiting(&app), 0);
    app.stop().await;
}

#[actix_web::test]
async fn nothing_that_people_type_adds_a_header_or_a_recipient() {
    let (app, smtp) = site().await;
    let bad = "A\r\nBcc: x@example.com";
    let browser = app.browser();
    for email in [
        "kim@mail.example\r\nBcc: x@example.com",
        "kim@mail.example\nBcc:x@example.com",
        "\"kim\r\nBcc: x@example.com\"@mail.example",
        "kim@mail.example, x@example.com",
        "kim@mail.example> RCPT TO:<x@example.com",
        "=?utf-8?q?kim=0D=0ABcc:x=40example.com?=@mail.example x",
    ] {
        browser.post("/sign-in", &[("email", email)]).await.expect(422);
    }
    let admin = app.first_admin(&["officer"]).await;
    let page = admin.visit("/staff/people/invite").await.expect(200);
    let typed = [("email", "olu@foundation.example\r\nBcc: x@example.com"), ("roles", "officer")];
    admin.submit(&page, FORM, &typed).await.expect(422);
    let typed = [("email", OLU), ("roles", "officer")];
    admin.submit_and_follow(&page, FORM, &typed).await.expect(200);
    let link = mail_to(&app, &smtp, OLU).await.read().link_to("/staff/welcome/");
    let officer = app.browser();
    let page = officer.visit(&link).await.expect(200);
    officer.submit(&page, FORM, &[("name", bad)]).await.expect(422);
    officer.submit_and_follow(&page, FORM, &[("name", "Olu Officer")]).await.expect(200);

    // What may hold lines, or anything else, is in the application and in no mail. An address with all that may be in
    // one goes to one.
    let odd = "o'kim+bcc=x_example.com@mail.example";
    let browser = app.browser();
    ask_to_apply(&browser, EVENT, odd).await;
    let link = mail_to(&app, &smtp, odd).await.read().link_to("/sign-in/link/");
    let page = open_link(&browser, &link).await;
    let mut typed = person(1).event();
    for (name, value) in &mut typed {
        if ["answer.inclusion", "answer.objective", "answer.spend", "social_usernames"]
            .contains(&name.as_str())
        {
            *value = bad.to_owned();
        }
    }
    typed.insert("name".to_owned(), "A %0D%0ABcc: x@example.com".to_owned());
    let page = fill_in(&browser, page, &typed).await;
    submit(&browser, &page).await;
    plain(&mail_to(&app, &smtp, odd).await, odd);
    for mail in smtp.caught().await {
        let to = mail.to.first().cloned().unwrap_or_default();
        plain(&mail, &to);
        assert!(!String::from_utf8(mail.bytes()).unwrap().contains("x@example.com"), "{to}");
        assert!(!mail.read().text.contains("x@example.com"), "{to}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn nothing_is_said_to_a_server_that_nobody_vouches_for() {
    // One with a certificate of its own making, and one that offers no encryption at all.
    for options in [&["--starttls"][..], &[]] {
        let smtp = Smtp::start(&[options, &["--login", &login_of()]].concat());
        let app = TestApp::start_with(|settings| {
            smtp.set_up_with_login(settings, LOGIN.1, SmtpTls::Starttls);
        })
        .await;
        ask(&app, KIM).await;
        let asked = smtp.asked().await;
        assert_eq!(asked.connections, 1);
        assert!(asked.logins.is_empty() && asked.recipients.is_empty(), "{options:?}");
        assert_eq!(waiting(&app), 1, "it waits until somebody sees to it");
        app.stop().await;
    }
}

#[actix_web::test]
async fn a_wrong_password_for_the_mail_server_loses_nothing() {
    let smtp = Smtp::start(&["--login", &login_of()]);
    for forgotten in [true, false] {
        let before = smtp.asked().await;
        let app = TestApp::start_with(|settings| {
            smtp.set_up_with_login(settings, "a-wrong-password", SmtpTls::None);
            if forgotten {
                settings.mail.smtp.as_mut().unwrap().login = None;
            }
        })
        .await;
        ask(&app, KIM).await;
        let asked = smtp.asked().await;
        assert_eq!(asked.recipients.len(), before.recipients.len());
        assert_eq!(asked.logins.len() - before.logins.len(), usize::from(!forgotten));
        assert_eq!(waiting(&app), 1);
        // Somebody mends the settings.
        let (home, mut settings, clock) = app.stop().await;
        smtp.set_up_with_login(&mut settings, LOGIN.1, SmtpTls::None);
        clock.advance(60);
        let app = TestApp::start_in(home, settings, clock).await.unwrap_or_else(|e| panic!("{e}"));
        let mail = mail_to(&app, &smtp, KIM).await;
        assert_eq!(mail.user.as_deref(), Some(LOGIN.0));
        assert!(smtp.asked().await.logins.iter().all(|login| login == LOGIN.0));
        assert_eq!(waiting(&app), 0);
        app.stop().await;
    }
}

#[actix_web::test]
async fn a_mail_that_somebody_waits_for_goes_out_before_receipts() {
    let app = TestApp::start().await;
    app.apply(&person(0)).await;
    ask_to_apply(&app.browser(), EVENT, KIM).await;
    let due = || deliver_mail::due(app.context(), &Class::ALL).unwrap();
    let first = due();
    assert_eq!(first.len(), 1, "the receipt waits, though it is older");
    assert!(matches!(first[0].content, Content::ConfirmAddress { .. }));
    assert_eq!(first[0].to.expose(), KIM);
    deliver_mail::sent(app.context(), &first[0]).unwrap();
    let then = due();
    assert!(matches!(then[..], [Letter { content: Content::ApplicationReceived { .. }, .. }]));
    app.run_jobs().await;
    assert_eq!(waiting(&app), 0);
    app.stop().await;
}
