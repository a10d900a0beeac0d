//! Files that can't be kept, and people who may not: what is said, and that nothing is changed.

use std::num::NonZeroU32;

use reqwest::Method;

use crate::files::{FILE_FORM, address, apply, attach, begin};
use crate::support::app::TestApp;
use crate::support::attachments::of_each_kind;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::html::{END, MULTIPART, Page, file_part, part};
use crate::support::journey::{PROJECT, person};

/// What is kept, by its identifier.
fn kept(app: &TestApp) -> Vec<String> {
    Database::open(&app.settings.database).texts("SELECT id AS value FROM files")
}

async fn token(browser: &Client, id: &str) -> String {
    let page = browser.visit(&address(id)).await.expect(200);
    page.form(FILE_FORM).value("token").unwrap().to_owned()
}

#[actix_web::test]
async fn what_can_t_be_kept_is_said_beside_the_field_and_the_other_file_stays() {
    let app = TestApp::start().await;
    let (browser, _, id) = begin(&app, &person(2).email).await;
    attach(&browser, &id, "plan.txt", b"One step.").await.expect(200);
    let before = kept(&app);
    let large = vec![b'x'; 4_000_001];
    let huge = vec![b'x'; 10_000_000];
    let cut = of_each_kind("x").into_iter().find(|file| file.name == "sketch.png").unwrap();
    let cut = cut.bytes.split_at(60).0.to_vec();
    let kinds = "Choose a PDF, a PNG or JPEG picture, a text file, or a document or spreadsheet (.docx, .xlsx, .odt, .ods)";
    for (name, content, said) in [
        ("", b"".as_slice(), "Choose a file"),
        ("empty.pdf", b"", "This file is empty"),
        ("plan.pdf", b"MZ\x90\0\x03\0\0\0", kinds),
        ("page.gif", b"GIF89a\x01\0\x01\0\0\0\0", kinds),
        ("plan.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Save this document as .docx"),
        ("latin.txt", b"M\xfcnchen", "Save this text file in the encoding UTF-8"),
        ("sketch.png", &cut, "This picture"),
        ("large.txt", &large, "Choose a file of at most 4 MB"),
        ("huge.txt", &huge, "Choose a file of at most 4 MB"),
    ] {
        let page = browser.visit(&address(&id)).await.expect(200);
        let refused = browser.attach(&page, FILE_FORM, name, content).await.expect(422);
        assert_eq!(refused.errors().len(), 1, "{name}");
        let error = refused.errors().swap_remove(0);
        assert!(error.starts_with(said), "{name}: {error}");
        assert_eq!(refused.text_of("#file-error"), format!("Error: {error}"));
        assert_eq!(refused.attributes(".error-summary a", "href"), ["#file"]);
        assert!(refused.has("#file[aria-invalid=true][aria-describedby='file-hint file-error']"));
        assert!(refused.text_of(".attached").starts_with("plan.txt"), "what was there stays");
        assert_eq!(kept(&app), before, "{name}");
    }
    let largest = vec![b'x'; 4_000_000];
    let page = attach(&browser, &id, "largest.txt", &largest).await.expect(200);
    assert_eq!(page.text_of(".attached"), "largest.txt Text, 4.0 MB");
    let (_, _, bytes) = browser.fetch(&format!("{}/content", address(&id))).await;
    assert!(bytes == largest);
    app.stop().await;
}

#[actix_web::test]
async fn whatever_a_file_is_called_it_is_shown_without_tricks() {
    let app = TestApp::start().await;
    let (browser, _, id) = begin(&app, &person(2).email).await;
    let long = format!("{}.txt", "ñ".repeat(4_000));
    for (name, shown) in [
        ("/home/kim/plan.txt", "plan.txt"),
        ("../../etc/passwd", "passwd"),
        ("plan\u{202e}fdp.exe", "planfdp.exe"),
        ("<script>alert(1)</script>.txt", "script>.txt"),
        ("計画 \"1\" & more.txt", "計画 \"1\" & more.txt"),
        ("..", "file"),
        (long.as_str(), &format!("{}….txt", "ñ".repeat(95))),
    ] {
        let page = attach(&browser, &id, name, b"One step.").await.expect(200);
        assert_eq!(page.text_of(".attached a"), shown, "{name}");
        let (status, headers, _) = browser.fetch(&format!("{}/content", address(&id))).await;
        assert_eq!(status, 200);
        let name = headers.get("content-disposition").unwrap().to_str().unwrap();
        assert!(name.is_ascii() && name.ends_with("-plan.txt\""), "{name}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn a_body_that_is_no_form_is_told_so_and_changes_nothing() {
    let app = TestApp::start().await;
    let (browser, _, id) = begin(&app, &person(2).email).await;
    let at = address(&id);
    let token = token(&browser, &id).await;
    let own = part("token", &token);
    let file = file_part("file", "plan.txt", b"One step.");
    let whole = |parts: &[&[u8]]| [parts.concat(), END.as_bytes().to_vec()].concat();
    let not_utf8: Vec<u8> = {
        let named = file_part("file", "M?nchen.txt", b"One step.");
        named.into_iter().map(|byte| if byte == b'?' { 0xfc } else { byte }).collect()
    };
    for (body, said) in [
        ([own.clone(), file.clone()].concat(), "What you sent did not arrive whole."),
        (whole(&[&own, &file]).split_at(200).0.to_vec(), "What you sent did not arrive whole."),
        (Vec::new(), "What you sent did not arrive whole."),
        (whole(&[&own, &file, &file]), "The field “file” was sent more than once."),
        (whole(&[&own, &own, &file]), "The field “token” was sent more than once."),
        (whole(&[&own, &part("other", "x"), &file]), "This form has no field “other”."),
        (whole(&[&own, &file_part("other", "a.txt", b"1")]), "This form has no field “other”."),
        (whole(&[&own, &part("file", "One step.")]), "This form has no field “file”."),
        (whole(&[&own, &part("then", "a\0b"), &file]), "U+0000"),
        (whole(&[&own, &not_utf8]), "The field “file” was not sent as UTF-8 text."),
    ] {
        let page = browser.post_parts(&at, body).await.expect(400);
        assert!(page.text_of("main").contains(said), "{said}: {}", page.text_of("main"));
        assert_eq!(kept(&app), Vec::<String>::new(), "{said}");
    }
    for kind in [
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data",
        "multipart/mixed; boundary=x",
    ] {
        let headers = [("content-type", kind), ("sec-fetch-site", "same-origin")];
        browser.raw(Method::POST, &at, &headers, whole(&[&own, &file])).await.expect(400);
    }
    browser.post_parts(&at, whole(&[&own, &file])).await.expect(303);
    assert_eq!(kept(&app).len(), 1);
    app.stop().await;
}

#[actix_web::test]
async fn nobody_attaches_for_somebody_else_or_without_being_asked() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let (browser, _, id) = begin(&app, &person(2).email).await;
    let (stranger, _, strangers) = begin(&app, &person(3).email).await;
    attach(&browser, &id, "plan.txt", b"One step.").await.expect(200);
    let before = kept(&app);
    let at = address(&id);
    let body = |token: &str| {
        [part("token", token), file_part("file", "x.txt", b"x"), END.as_bytes().to_vec()].concat()
    };
    let own = token(&browser, &id).await;
    let theirs = token(&stranger, &strangers).await;
    // Somebody else, with the token of their own session.
    stranger.post_parts(&at, body(&theirs)).await.expect(404);
    for end in ["", "/content", "/remove"] {
        stranger.visit(&format!("{at}{end}")).await.expect(404);
    }
    stranger.post(&format!("{at}/remove"), &[("token", &theirs)]).await.expect(404);
    // Without a token, with another's, from another site, signed out.
    for token in ["", theirs.as_str(), "x"] {
        browser.post_parts(&at, body(token)).await.expect(403);
    }
    let without = [file_part("file", "x.txt", b"x"), END.as_bytes().to_vec()].concat();
    browser.post_parts(&at, without).await.expect(403);
    for site in ["cross-site", "same-site"] {
        let headers = [("content-type", MULTIPART), ("sec-fetch-site", site)];
        browser.raw(Method::POST, &at, &headers, body(&own)).await.expect(403);
    }
    let nobody = app.browser();
    let page = nobody.post_parts(&at, body(&own)).await.expect(403);
    assert_eq!(page.text_of("h1"), "You are signed out");
    // A body that nobody is asked for is read to its end, and the answer is seen.
    let long = [file_part("file", "x.txt", &vec![b'x'; 9_000_000]), END.as_bytes().to_vec()];
    nobody.post_parts(&at, long.concat()).await.expect(403);
    officer.post_parts(&at, body(&own)).await.expect(403);
    // Questions that take no file, or are none.
    for question in ["summary", "nothing", "PLAN", "%2e%2e", "plan%00"] {
        let at = format!("/applications/{id}/files/{question}");
        assert_eq!(browser.visit(&at).await.status, 404, "{question}");
        assert_eq!(browser.post_parts(&at, body(&own)).await.status, 404, "{question}");
        assert_eq!(browser.visit(&format!("{at}/content")).await.status, 404, "{question}");
    }
    // Staff see no draft, whatever is attached to it.
    officer.visit(&format!("/staff/applications/{id}/files/plan")).await.expect(404);
    assert_eq!(kept(&app), before);
    app.stop().await;
}

#[actix_web::test]
async fn what_was_submitted_and_what_is_closed_stays_as_it_is() {
    let app = TestApp::start().await;
    let applied = apply(&app, &person(2), "plan.txt", b"One step.").await;
    let (late, _, draft) = begin(&app, &person(3).email).await;
    attach(&late, &draft, "plan.txt", b"One step.").await.expect(200);
    let page = late.visit(&address(&draft)).await.expect(200);
    let before = kept(&app);

    let (browser, id) = (&applied.browser, &applied.id);
    let home = browser.visit("/applications").await.expect(200);
    let own = home.form("form.out").value("token").unwrap().to_owned();
    let body = [part("token", &own), file_part("file", "x.txt", b"x"), END.as_bytes().to_vec()];
    let refused = browser.post_parts(&address(id), body.concat()).await.expect(409);
    assert_eq!(refused.text_of("h1"), "This application changed meanwhile");
    browser.post(&format!("{}/remove", address(id)), &[("token", &own)]).await.expect(409);
    for end in ["", "/remove"] {
        let led = browser.visit(&format!("{}{end}", address(id))).await.expect(200);
        assert_eq!(led.url, format!("/applications/{id}"));
    }

    Database::open(&app.settings.database).run(&format!(
        "UPDATE rounds SET closes_at = '2027-03-02 09:30:00' WHERE slug = '{PROJECT}'"
    ));
    app.clock.advance(60);
    let refused = late.attach(&page, FILE_FORM, "x.txt", b"x").await.expect(409);
    assert_eq!(refused.text_of("h1"), "This round is not open");
    let closed: Page = late.visit(&address(&draft)).await.expect(200);
    assert!(!closed.has(FILE_FORM) && closed.text_of("main").contains("This round is closed."));
    late.post(&format!("{}/remove", address(&draft)), &[("token", &own)]).await.expect(403);
    assert_eq!(late.fetch(&format!("{}/content", address(&draft))).await.2, b"One step.");
    assert_eq!(kept(&app), before);
    app.stop().await;
}

#[actix_web::test]
async fn an_account_that_sends_very_many_files_has_to_wait() {
    let app = TestApp::start_with(|settings| settings.limits = NonZeroU32::MIN).await;
    let (browser, _, id) = begin(&app, &person(2).email).await;
    let page = browser.visit(&address(&id)).await.expect(200);
    for nth in 0..30 {
        let content = format!("{nth}");
        browser.attach(&page, FILE_FORM, "plan.txt", content.as_bytes()).await.expect(303);
    }
    let refused = browser.attach(&page, FILE_FORM, "plan.txt", b"more").await.expect(422);
    let said =
        "You sent many files in a short time. Wait for 21 seconds, then choose the file again";
    assert_eq!(refused.errors(), [said]);
    assert_eq!(browser.fetch(&format!("{}/content", address(&id))).await.2, b"29");
    app.clock.advance(21);
    browser.attach(&page, FILE_FORM, "plan.txt", b"more").await.expect(303);
    app.stop().await;
}
