//! Files: an applicant attaches, replaces, removes and fetches one; staff fetch it; it is gone with what it belongs to.

use reqwest::Method;
use reqwest::header::HeaderMap;

use crate::support::app::TestApp;
use crate::support::attachments::{self, of_each_kind};
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::html::Page;
use crate::support::journey::{
    Applied, FORM, PROJECT, Person, Typed, fill_in, fill_section, id_in, person, shown, submit,
};

/// The form of the page of a question that takes a file.
pub const FILE_FORM: &str = "main form[enctype='multipart/form-data']";

/// The address of the page of the question that takes a file.
pub fn address(application: &str) -> String {
    format!("/applications/{application}/files/plan")
}

/// Somebody new begins an application for a project; answers its id.
pub async fn begin(app: &TestApp, email: &str) -> (Client, Page, String) {
    let browser = app.browser();
    let page = app.begin(&browser, PROJECT, email).await;
    let id = id_in(&page.url);
    (browser, page, id)
}

/// Attaches a file, and looks at the page that follows.
pub async fn attach(browser: &Client, id: &str, name: &str, content: &[u8]) -> Page {
    let page = browser.visit(&address(id)).await.expect(200);
    browser.attach_and_follow(&page, FILE_FORM, name, content).await
}

/// Somebody new applies for a project, with a file; answers the application's id.
pub async fn apply_with_file(app: &TestApp, person: &Person, name: &str, file: &[u8]) -> String {
    apply(app, person, name, file).await.id
}

pub async fn apply(app: &TestApp, person: &Person, name: &str, file: &[u8]) -> Applied {
    apply_as(app, &person.email, &person.project(0), (name, file)).await
}

/// The same with what is typed.
pub async fn apply_as(
    app: &TestApp,
    email: &str,
    typed: &Typed,
    (name, file): (&str, &[u8]),
) -> Applied {
    let (browser, page, id) = begin(app, email).await;
    attach(&browser, &id, name, file).await.expect(200);
    let page = fill_in(&browser, page, typed).await;
    let page = submit(&browser, &page).await;
    Applied { browser, id, reference: page.text_of(".reference") }
}

/// What stands on every file that is handed out.
pub fn check_headers(headers: &HeaderMap, name: &str, media_type: &str) {
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
    assert_eq!(header("content-type"), Some(media_type));
    assert_eq!(
        header("content-disposition"),
        Some(format!("attachment; filename=\"{name}\"").as_str())
    );
    assert_eq!(header("x-content-type-options"), Some("nosniff"));
    assert_eq!(header("cache-control"), Some("no-store"));
    assert_eq!(header("referrer-policy"), Some("no-referrer"));
    assert!(header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    for none in ["etag", "last-modified", "accept-ranges", "content-encoding"] {
        assert_eq!(header(none), None, "{none}");
    }
}

#[actix_web::test]
async fn each_kind_comes_back_byte_for_byte_as_it_is_kept() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let (browser, first, id) = begin(&app, &person(2).email).await;
    let files = of_each_kind("Begin in spring, end in autumn.");
    for file in &files {
        let kept = file.cleaned();
        assert!(!kept.windows(13).any(|part| part == attachments::MAKER.as_bytes()));
        let page = attach(&browser, &id, file.name, &file.bytes).await.expect(200);
        assert_eq!(page.text_of(".said"), "The file is attached.");
        assert!(page.text_of(".attached").starts_with(file.name), "{}", page.text_of(".attached"));
        assert!(page.text_of(".attached").contains(file.kind.label()));
        let (status, headers, bytes) = browser.fetch(&page.link(file.name)).await;
        assert_eq!((status, bytes == kept), (200, true), "{}", file.name);
        let name = headers.get("content-disposition").unwrap().to_str().unwrap().to_owned();
        let name = name.split('"').nth(1).unwrap();
        assert!(name.ends_with(&format!("-plan.{}", file.kind.extension())), "{name}");
        check_headers(&headers, name, file.kind.media_type());
    }
    let mut database = Database::open(&app.settings.database);
    assert_eq!(database.count("files"), 1, "each took the place of the one before");

    let last = files.last().unwrap();
    let check = fill_in(&browser, first, &person(2).project(1)).await;
    let told = shown(&check).remove("answer.plan").unwrap();
    assert!(told.starts_with(&format!("{} ({}", last.name, last.kind.label())), "{told}");
    let receipt = submit(&browser, &check).await;
    let status = browser.visit(&format!("/applications/{id}")).await.expect(200);
    assert_eq!(shown(&status).remove("answer.plan"), Some(told.clone()));
    let (_, _, own) = browser.fetch(&status.link(&told)).await;
    assert!(own == last.cleaned(), "after submission it is still the applicant's own");

    let page = officer.visit(&format!("/staff/applications/{id}")).await.expect(200);
    assert_eq!(shown(&page).remove("answer.plan"), Some(told.clone()));
    let (status, headers, bytes) = officer.fetch(&page.link(&told)).await;
    assert_eq!((status, bytes == last.cleaned()), (200, true));
    let name = format!("{}-plan.{}", receipt.text_of(".reference"), last.kind.extension());
    check_headers(&headers, &name, last.kind.media_type());

    let entry = "SELECT detail AS value FROM audit WHERE action = 'file.opened'";
    assert_eq!(database.texts(entry).len(), 1);
    assert!(database.texts(entry)[0].contains("\"plan\""));
    let attached = "SELECT COUNT(*) AS value FROM audit WHERE action = 'file.attached'";
    assert_eq!(database.number(attached), 8);
    let seen = browser.visit("/account/who-saw-my-data").await.expect(200);
    let fetched = format!(
        "An officer fetched a file that you attached to application {} at 09:30 UTC, to screen applications.",
        receipt.text_of(".reference")
    );
    assert!(seen.texts_of(".looks li").contains(&fetched), "{:?}", seen.texts_of(".looks li"));
    app.stop().await;
}

#[actix_web::test]
async fn the_button_to_a_file_loses_nothing_that_was_typed() {
    let app = TestApp::start().await;
    let (browser, _, id) = begin(&app, &person(2).email).await;
    let staff_only = format!("/applications/{id}/form/staff-only");
    let page = browser.visit(&staff_only).await.expect(200);
    assert!(page.html.contains("Only our staff see this file. Assessors get it only as a copy"));
    // Enter in a line goes on, and does not open the page of the file.
    assert_eq!(page.form(FORM).value("action"), Some("continue"));
    let typed = [("answer.paid_work", "Nobody pays."), ("action", "file.plan")];
    let page = browser.submit_and_follow(&page, FORM, &typed).await.expect(200);
    assert_eq!(page.url, address(&id));
    assert!(!page.has(".attached"));
    let back = browser.visit(&staff_only).await.expect(200);
    assert_eq!(back.form(FORM).value("answer.paid_work"), Some("Nobody pays."));
    // What can't be kept comes back first.
    let long = "x".repeat(20_001);
    let typed = [("answer.paid_work", long.as_str()), ("action", "file.plan")];
    let refused = browser.submit(&back, FORM, &typed).await.expect(422);
    assert_eq!(refused.form(FORM).value("answer.paid_work"), Some(long.as_str()));

    let page = attach(&browser, &id, "plan.txt", b"One step.").await.expect(200);
    let page = browser.click(&page, "For our staff only").await.expect(200);
    assert_eq!(page.text_of(".attached"), "plan.txt (Text, 9 bytes)");
    assert_eq!(page.form(FORM).value("answer.paid_work"), Some("Nobody pays."));
    // The answer is no field: it is attached on its own page alone.
    let token = page.form(FORM).value("token").unwrap().to_owned();
    for fields in [&[("answer.plan", "x"), ("token", token.as_str())][..]] {
        browser.post(&staff_only, fields).await.expect(400);
    }

    // From the page that checks all answers one comes back to it.
    let page = browser.visit(&format!("/applications/{id}/check")).await.expect(200);
    let links = page.attributes("a#answer-plan", "href");
    assert_eq!(links, [format!("{}?then=check", address(&id))]);
    let page = browser.visit(&links[0]).await.expect(200);
    let page = browser.attach_and_follow(&page, FILE_FORM, "budget.txt", b"1 tent").await;
    let page = browser.click(&page.expect(200), "Check your answers").await.expect(200);
    assert_eq!(shown(&page)["answer.plan"], "budget.txt (Text, 6 bytes)");
    app.stop().await;
}

#[actix_web::test]
async fn what_is_removed_is_gone_and_only_after_a_question() {
    let app = TestApp::start().await;
    let (browser, _, id) = begin(&app, &person(2).email).await;
    let page = attach(&browser, &id, "plan.txt", b"One step.").await.expect(200);
    let mut database = Database::open(&app.settings.database);
    let before = database.texts("SELECT id AS value FROM files");
    let page = browser.click(&page, "Remove this file").await.expect(200);
    assert_eq!(page.text_of("h1"), "Remove this file?");
    assert_eq!(database.texts("SELECT id AS value FROM files"), before, "asking removes nothing");
    let page = browser.submit_and_follow(&page, FORM, &[]).await.expect(200);
    assert_eq!(page.text_of(".said"), "The file is removed.");
    assert!(!page.has(".attached"));
    assert_eq!(database.count("files"), 0);
    assert_eq!(browser.fetch(&format!("{}/content", address(&id))).await.0, 404);
    // Pressed twice, or long after: nothing more to remove, and nothing to be said.
    let again = format!("{}/remove", address(&id));
    assert_eq!(browser.visit(&again).await.expect(200).url, address(&id));
    let token = page.form(FILE_FORM).value("token").unwrap().to_owned();
    browser.post(&again, &[("token", token.as_str())]).await.expect(303);
    let removed = "SELECT COUNT(*) AS value FROM audit WHERE action = 'file.removed'";
    assert_eq!(database.number(removed), 1);
    app.stop().await;
}

#[actix_web::test]
async fn a_file_lives_as_long_as_its_draft_and_moves_its_clock() {
    let app = TestApp::start().await;
    let (browser, _, id) = begin(&app, &person(2).email).await;
    let mut database = Database::open(&app.settings.database);
    let clock = format!(
        "SELECT CAST(keep_until AS TEXT) AS value FROM dossiers WHERE id = \
         (SELECT dossier_id FROM applications WHERE id = '{id}')"
    );
    let before = database.texts(&clock);
    app.clock.advance(24 * 3600);
    drop(browser);
    let again = app.sign_in_applicant(&person(2).email).await;
    attach(&again, &id, "plan.txt", b"One step.").await.expect(200);
    assert!(database.texts(&clock) > before, "ninety days from the last change");
    let row = "SELECT f.id AS value FROM files f JOIN applications a ON a.dossier_id = f.dossier_id \
               JOIN data_keys k ON k.dossier_id = f.dossier_id";
    assert_eq!(database.texts(row).len(), 1, "in the application's dossier, under its key");
    // The draft is deleted.
    let page = again.visit(&format!("/applications/{id}/withdraw")).await.expect(200);
    again.submit_and_follow(&page, FORM, &[]).await.expect(200);
    assert_eq!(database.count("files"), 0);
    app.stop().await;
}

#[actix_web::test]
async fn a_draft_that_is_swept_takes_its_file_along() {
    let app = TestApp::start().await;
    let (_, _, id) = {
        let (browser, page, id) = begin(&app, &person(2).email).await;
        attach(&browser, &id, "plan.txt", b"One step.").await.expect(200);
        (browser, page, id)
    };
    let kept = apply(&app, &person(3), "other.txt", b"Another step.").await;
    let mut database = Database::open(&app.settings.database);
    assert_eq!(database.count("files"), 2);
    app.clock.advance(89 * 24 * 3600);
    app.run_jobs().await;
    assert_eq!(database.count("files"), 2);
    app.clock.advance(3 * 24 * 3600);
    app.run_jobs().await;
    let left = database.texts("SELECT application_id AS value FROM files");
    assert_eq!(left, std::slice::from_ref(&kept.id), "the draft {id} is gone with its file");
    // Every erasure goes by the dossier.
    let erased = format!(
        "DELETE FROM dossiers WHERE id = (SELECT dossier_id FROM applications WHERE id = '{}')",
        kept.id
    );
    database.run(&erased);
    assert_eq!(database.count("files"), 0);
    app.stop().await;
}

#[actix_web::test]
async fn staff_whose_work_it_is_not_say_why_before_they_get_a_file() {
    let app = TestApp::start().await;
    let admin = app.first_admin(&[]).await;
    let approver = app.staff(&admin, "Ana Approver", "ana@foundation.example", &["approver"]).await;
    let applied = apply(&app, &person(2), "plan.txt", b"One step.").await;
    let file = format!("/staff/applications/{}/files/plan", applied.id);
    let mut database = Database::open(&app.settings.database);
    let page = approver.visit(&file).await.expect(200);
    assert_eq!(page.text_of("h1"), "Why do you fetch this file?");
    let page = approver.submit(&page, FORM, &[]).await.expect(422);
    assert_eq!(page.errors(), ["Choose why you open this"]);
    let opened = "SELECT COUNT(*) AS value FROM audit WHERE action = 'file.opened'";
    assert_eq!(database.number(opened), 0);
    let got = approver.submit(&page, FORM, &[("reason", "mistake")]).await.expect(200);
    assert_eq!(got.html, "One step.");
    assert_eq!(database.number(opened), 1);
    let typed = "They asked on the phone what was in it";
    let said = [("reason", "other"), ("reason_text", typed)];
    approver.submit(&page, FORM, &said).await.expect(200);
    let seen = applied.browser.visit("/account/who-saw-my-data").await.expect(200);
    let looks = seen.texts_of(".looks li").join("\n");
    assert!(looks.contains("An approver fetched a file that you attached"), "{looks}");
    assert!(looks.contains(typed) && looks.contains("to look into a mistake"), "{looks}");
    app.stop().await;
}

#[actix_web::test]
async fn two_tabs_that_attach_at_once_leave_one_file() {
    let app = TestApp::start().await;
    let (browser, _, id) = begin(&app, &person(2).email).await;
    let page = browser.visit(&address(&id)).await.expect(200);
    let (one, other) = tokio::join!(
        browser.attach(&page, FILE_FORM, "one.txt", b"one"),
        browser.attach(&page, FILE_FORM, "other.txt", b"other")
    );
    assert_eq!((one.status, other.status), (303, 303));
    let mut database = Database::open(&app.settings.database);
    assert_eq!(database.count("files"), 1);
    let (_, _, bytes) = browser.fetch(&format!("{}/content", address(&id))).await;
    assert!([b"one".as_slice(), b"other"].contains(&bytes.as_slice()));
    app.stop().await;
}

#[actix_web::test]
async fn a_required_file_is_asked_for_before_submission() {
    let app = TestApp::start().await;
    let mut database = Database::open(&app.settings.database);
    let forms = "UPDATE forms SET definition = REPLACE(definition, '\"kind\":\"file\",\"required\":false', '\"kind\":\"file\",\"required\":true')";
    database.run(forms);
    let (browser, page, id) = begin(&app, &person(2).email).await;
    let mut typed: Typed = person(2).project(0);
    typed.retain(|name, _| name != "answer.plan");
    let request = fill_section(&browser, &page, &typed).await.expect(200);
    let staff_only = fill_section(&browser, &request, &typed).await.expect(200);
    let refused = fill_section(&browser, &staff_only, &typed).await.expect(422);
    let missing = "Attach a file to “Attach a plan or budget, if you have one”";
    assert_eq!(refused.errors(), [missing]);
    assert!(refused.has("button#answer-plan"), "the summary leads to the button");
    let check = browser.visit(&format!("/applications/{id}/check")).await.expect(200);
    assert_eq!(browser.submit(&check, FORM, &[]).await.expect(422).errors(), [missing]);
    attach(&browser, &id, "plan.txt", b"One step.").await.expect(200);
    let check = browser.visit(&format!("/applications/{id}/check")).await.expect(200);
    submit(&browser, &check).await;
    app.stop().await;
}

#[actix_web::test]
async fn a_file_is_read_by_no_other_method_and_in_one_piece() {
    let app = TestApp::start().await;
    let applied = apply(&app, &person(2), "plan.txt", b"One step.").await;
    let content = format!("{}/content", address(&applied.id));
    let headers = [("range", "bytes=0-2"), ("accept-encoding", "gzip")];
    let page = applied.browser.raw(Method::GET, &content, &headers, Vec::new()).await.expect(200);
    assert_eq!(page.html, "One step.");
    let head = applied.browser.raw(Method::HEAD, &content, &[], Vec::new()).await.expect(200);
    assert_eq!((head.header("content-length"), head.html.as_str()), (Some("9"), ""));
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        applied.browser.raw(method, &content, &[], Vec::new()).await.expect(405);
    }
    app.stop().await;
}
