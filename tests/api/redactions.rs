//! Staff make a redacted version of an attached file, release it with the packet, and assessors fetch it.

use almoner::domain::assignment::State;
use almoner::domain::file;
use almoner::domain::id::Id;
use almoner::domain::secret::SecretBytes;

use crate::assess::{address, undertake};
use crate::assessors::{ADDRESS, invite, welcome};
use crate::files::{FILE_FORM, apply};
use crate::packets::release;
use crate::samples::in_parts;
use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::documents::{jpeg, pdf};
use crate::support::html::{MULTIPART, Page};
use crate::support::journey::{Applied, FORM, PROJECT, person};
use crate::support::packets::Assessment;

/// The form that judges what was uploaded, and the one that removes it.
const LOOK: &str = "form[action$='/look']";
const REMOVE: &str = "form[action$='/remove']";

/// The name of the person who applies, which is in their file and in its name.
const NAME: &str = "Onyango Cherotich";

/// A file as somebody attaches it.
pub const PLAN: &[u8] = b"Plan of Onyango Cherotich\nThree months, then a release.";

/// Another.
fn plan() -> Vec<u8> {
    pdf(NAME, &["Plan of Onyango Cherotich", "Three months, then a release."], false)
}

fn packet_of(applied: &Applied) -> String {
    format!("/staff/applications/{}/packet", applied.id)
}

pub fn file_of(applied: &Applied) -> String {
    format!("{}/files/plan", packet_of(applied))
}

/// Uploads a redacted version, and goes where that leads.
pub async fn redact(officer: &Client, applied: &Applied, file: (&str, &[u8])) -> Page {
    let page = officer.visit(&file_of(applied)).await.expect(200);
    officer.attach_and_follow(&page, FILE_FORM, file.0, file.1).await
}

/// Says that every page was looked at.
pub async fn look(officer: &Client, page: &Page) -> Page {
    officer.submit_and_follow(page, LOOK, &[("looked", "yes")]).await.expect(200)
}

/// What the domain leaves of a redacted file.
fn cleaned(bytes: &[u8]) -> String {
    let clean = file::redacted(SecretBytes::new(bytes.to_vec()));
    String::from_utf8_lossy(clean.ok().unwrap().content.expose()).into_owned()
}

/// An assessor who was given the packet and has undertaken.
async fn reader(app: &TestApp, officer: &Client, applied: &Applied) -> (Client, Id) {
    invite(app, officer, ADDRESS, "2027-09-30").await.expect(200);
    let assessor = welcome(app, ADDRESS).await;
    let mut assessment = Assessment::open(app);
    let packet = assessment.released(&applied.id);
    let known = assessment.assessors();
    let own = assessment.assign(&packet, &known[0], State::Accepted);
    undertake(&assessor, &own).await.expect(200);
    (assessor, own)
}

fn audited(app: &TestApp, action: &str) -> Vec<String> {
    Database::open(&app.settings.database).texts(&format!(
        "SELECT detail AS value FROM audit WHERE action = '{action}' ORDER BY at, id"
    ))
}

// proves A5, A6, A7
#[actix_web::test]
async fn a_file_reaches_assessors_as_the_copy_that_staff_made_and_no_other() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let applied = apply(&app, &person(0), "Cherotich plan.pdf", &plan()).await;
    let page = officer.visit(&packet_of(&applied)).await.expect(200);
    let files = page.text_of("#files");
    assert!(files.contains("Cherotich plan.pdf") && files.contains("PDF"), "{files}");
    assert!(files.contains("File not included"));
    // Released like that, there is no file in the packet.
    release(&officer, &applied).await;
    let database = &mut Database::open(&app.settings.database);
    assert_eq!(database.count("packet_files"), 0);
    let (assessor, own) = reader(&app, &officer, &applied).await;
    let packet = assessor.visit(&address(&own)).await.expect(200);
    assert!(!packet.has("#attachments"));
    let first = format!("{}/files/1", address(&own));
    assessor.visit(&first).await.expect(404);

    // The applicant's own file is refused, also as it is handed out to staff.
    let page = redact(&officer, &applied, ("redacted.pdf", &plan())).await.expect(422);
    let own_file = "This is the file as the applicant attached it. Take out what tells who they are, then upload that";
    assert_eq!(page.errors(), [own_file]);
    // What is covered is still there.
    let covered = pdf("Olu Officer", &["Plan of Onyango Cherotich", "Three months."], true);
    let page = redact(&officer, &applied, ("covered.pdf", &covered)).await.expect(200);
    assert_eq!(page.text_of("#redaction .status"), "Still says something");
    assert!(page.text_of("#redaction").contains("“Onyango Cherotich”"), "{}", page.text_of("main"));
    let page = look(&officer, &page).await;
    assert_eq!(page.text_of("#redaction .status"), "Still says something");
    release(&officer, &applied).await;
    assert_eq!(database.count("packet_files"), 0, "what still says something is not released");

    // Made anew, looked at, and released.
    let made = pdf("Olu Officer", &["Plan", "Three months, then a release."], false);
    let page = redact(&officer, &applied, ("Cherotich without names.pdf", &made)).await.expect(200);
    assert_eq!(page.text_of("#redaction .status"), "To be looked at");
    release(&officer, &applied).await;
    assert_eq!(database.count("packet_files"), 0, "nobody has looked at it");
    let page = officer.visit(&page.url).await.expect(200);
    let uploaded = page.link("Cherotich without names.pdf");
    let fetched = officer.visit(&uploaded).await.expect(200);
    assert_eq!(fetched.html, cleaned(&made), "what assessors would get");
    assert!(!fetched.html.contains("Olu Officer"));
    let page = look(&officer, &page).await;
    assert_eq!(page.text_of("#redaction .status"), "Ready");
    let page = officer.visit(&packet_of(&applied)).await.expect(200);
    assert!(
        page.text_of("#files").contains("It is not in the packet yet: release the packet anew.")
    );
    let page = release(&officer, &applied).await;
    assert!(page.text_of("#files").contains("It is in the packet."));
    assert_eq!(database.texts("SELECT kind AS value FROM packet_files"), ["pdf"]);

    let packet = assessor.visit(&address(&own)).await.expect(200);
    let item = packet.text_of(".attachments li");
    assert!(item.starts_with("attachment-1.pdf PDF, "), "{item}");
    assert_eq!(packet.link("attachment-1.pdf"), first);
    let fetched = assessor.visit(&first).await.expect(200);
    assert_eq!(fetched.html, cleaned(&made));
    for (name, value) in [
        ("content-type", "application/pdf"),
        ("content-disposition", "attachment; filename=\"attachment-1.pdf\""),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(fetched.header(name), Some(value));
    }
    for name in ["etag", "last-modified", "accept-ranges"] {
        assert_eq!(fetched.header(name), None, "{name}");
    }
    for page in [&packet, &fetched] {
        assert!(!page.html.contains("Cherotich") && !page.html.contains("without names"));
    }
    // By no other number, however it is written.
    for other in ["0", "2", "01", "+1", "1.0", "-1", "x", "99999999999999999999", "%31%20"] {
        assessor.visit(&format!("{}/files/{other}", address(&own))).await.expect(404);
    }
    assert_eq!(audited(&app, "packet.file_opened"), ["{\"file\":1}"]);

    // The applicant reads that, and what was looked at.
    let mine = applied.browser.visit(&format!("/applications/{}", applied.id)).await.expect(200);
    assert!(
        mine.text_of("main").contains(
            "with a copy of your file from which they took out what is personal (“Attach a plan or budget, if you have one”)"
        ),
        "{}",
        mine.text_of("main")
    );
    app.run_jobs().await;
    let told = applied.browser.visit("/account/who-saw-my-data").await.expect(200);
    assert!(told.text_of("main").contains("read what was released of application"));
    app.stop().await;
}

// proves A31, A33
#[actix_web::test]
async fn a_released_file_is_replaced_taken_away_and_closed_with_its_packet() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let applied = apply(&app, &person(0), "plan.txt", PLAN).await;
    let text = b"First version of the plan.".as_slice();
    // Text in which nothing is found needs nobody to look at it.
    let page = redact(&officer, &applied, ("plan.txt", text)).await.expect(200);
    assert_eq!(page.text_of("#redaction .status"), "Ready");
    release(&officer, &applied).await;
    let (assessor, own) = reader(&app, &officer, &applied).await;
    let first = format!("{}/files/1", address(&own));
    assert_eq!(assessor.visit(&first).await.expect(200).html, "First version of the plan.");

    // Somebody else, and whoever has not undertaken yet.
    invite(&app, &officer, "bo@elsewhere.example", "2027-09-30").await.expect(200);
    let other = welcome(&app, "bo@elsewhere.example").await;
    other.visit(&first).await.expect(404);
    let mut assessment = Assessment::open(&app);
    let packet = assessment.released(&applied.id);
    let known = assessment.assessors();
    let theirs = assessment.assign(&packet, &known[1], State::Offered);
    let before = format!("{}/files/1", address(&theirs));
    let page = other.visit(&before).await.expect(200);
    assert_eq!(page.url, format!("{}/undertaking", address(&theirs)));
    undertake(&other, &theirs).await.expect(200);
    let page = other.visit(&before).await.expect(200);
    assert_eq!(page.url, "/assess/conflicts");
    assert!(!page.html.contains("First version"));

    // Another version takes its place with the next release, and not before.
    let old = officer.visit(&file_of(&applied)).await.expect(200);
    let page = redact(&officer, &applied, ("plan.txt", b"Second version.")).await.expect(200);
    assert!(page.text_of(".inset").contains("Assessors can still fetch the version"));
    assert_eq!(assessor.visit(&first).await.expect(200).html, "First version of the plan.");
    release(&officer, &applied).await;
    assert_eq!(assessor.visit(&first).await.expect(200).html, "Second version.");
    // An older page does not take away what it did not show.
    let refused = officer.submit(&old, REMOVE, &[]).await.expect(422);
    assert!(refused.errors()[0].starts_with("This changed meanwhile"));
    officer.submit(&page, REMOVE, &[]).await.expect(303);
    let page = officer.visit(&packet_of(&applied)).await.expect(200);
    assert!(page.text_of("#files").contains("Assessors can fetch the one that was removed"));
    release(&officer, &applied).await;
    assessor.visit(&first).await.expect(404);
    let database = &mut Database::open(&app.settings.database);
    assert_eq!((database.count("redactions"), database.count("packet_files")), (0, 0));

    // Closed, taken back by the applicant, and erased: the next request finds nothing.
    redact(&officer, &applied, ("plan.txt", b"Third version.")).await.expect(200);
    let page = release(&officer, &applied).await;
    assert_eq!(assessor.visit(&first).await.expect(200).html, "Third version.");
    officer.submit(&page, "form.release", &[("action", "close")]).await.expect(303);
    assessor.visit(&first).await.expect(404);
    release(&officer, &applied).await;
    assert_eq!(assessor.visit(&first).await.expect(200).html, "Third version.");
    let mine = format!("/applications/{}/withdraw", applied.id);
    let page = applied.browser.visit(&mine).await.expect(200);
    applied.browser.submit_and_follow(&page, FORM, &[]).await.expect(200);
    assessor.visit(&first).await.expect(404);
    officer.visit(&file_of(&applied)).await.expect(409);
    database.run(&format!(
        "DELETE FROM dossiers WHERE id = (SELECT dossier_id FROM applications WHERE id = '{}')",
        applied.id
    ));
    for table in ["files", "redactions", "packet_files"] {
        assert_eq!(database.count(table), 0, "{table}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn what_a_redacted_file_still_says_stays_for_a_reason() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let applied = apply(&app, &person(0), "plan.txt", PLAN).await;
    let says = "Onyango Cherotich, page 1\nOnyango Cherotich, page 2\nCall +44 20 7946 0958.";
    let page = redact(&officer, &applied, ("plan.txt", says.as_bytes())).await.expect(200);
    let found = page.texts_of("#redaction .cards li bdi");
    assert_eq!(found, ["“Onyango Cherotich”", "“+44 20 7946 0958”"]);
    assert!(page.text_of("#redaction").contains("in 2 places"));
    let controls = page.attributes("#redaction .cards select", "name");
    let old = page.clone();
    let page =
        officer.submit_and_follow(&page, LOOK, &[(&controls[0], "about_else")]).await.expect(200);
    assert_eq!(page.text_of("#redaction .status"), "Still says something");
    // What somebody else, or another window, has settled is not undone by an older page; what was chosen stands there.
    let answer = officer.submit(&old, LOOK, &[(&controls[1], "needed")]).await.expect(422);
    assert_eq!(
        answer.errors(),
        [
            "This changed meanwhile, in another window or by somebody else. Look at how it stands now"
        ]
    );
    let chosen = answer.attributes("#redaction .cards li:nth-child(2) option[selected]", "value");
    assert_eq!(chosen, ["needed"]);
    // In lists it is among those to look at, and no bulk release takes it, before and after.
    let round = format!("/staff/rounds/{PROJECT}/packets");
    let of_stage = async |stage: &str| {
        let page = officer.visit(&format!("{round}?stage={stage}")).await.expect(200);
        page.texts_of("tbody th").len()
    };
    assert_eq!((of_stage("to_look").await, of_stage("clear").await), (1, 0));
    let page = officer
        .submit_and_follow(&page, LOOK, &[(&controls[1], ""), ("keep.all", "needed")])
        .await
        .expect(200);
    assert_eq!(page.text_of("#redaction .status"), "Ready");
    assert_eq!((of_stage("to_look").await, of_stage("clear").await), (1, 0));
    let judged = audited(&app, "redaction.judged").concat();
    assert!(judged.contains("\"kept_because\":[\"about_else\",\"needed\"]"), "{judged}");
    assert!(!judged.contains("Cherotich") && !judged.contains("7946"));
    // Words entered for the whole packet are looked for in its files, too.
    let packet = officer.visit(&packet_of(&applied)).await.expect(200);
    let seen = packet.clone();
    let further = [("action", "keep"), ("further", "page 2")];
    officer.submit_and_follow(&packet, "form.packet", &further).await.expect(200);
    let page = officer.visit(&file_of(&applied)).await.expect(200);
    assert_eq!(page.text_of("#redaction .status"), "Still says something");
    officer.submit(&seen, "form.release", &[("action", "release")]).await.expect(409);
    // Nonsense changes nothing.
    for (name, value) in [("keep.0-3", "nonsense"), ("keep.all", "x"), ("other", "needed")] {
        let token = page.attributes("[name=token]", "value").swap_remove(0);
        let fields = [("token", token.as_str()), ("seen", "x"), (name, value)];
        officer.post(&format!("{}/look", file_of(&applied)), &fields).await.expect(400);
    }
    app.stop().await;
}

#[actix_web::test]
async fn a_redacted_version_of_a_file_that_is_another_by_now_is_not_released() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let applied = apply(&app, &person(0), "plan.txt", PLAN).await;
    redact(&officer, &applied, ("plan.txt", b"A plan.")).await.expect(200);
    let seen = officer.visit(&packet_of(&applied)).await.expect(200);
    let database = &mut Database::open(&app.settings.database);
    database.run("UPDATE redactions SET made_from = dossier_id");
    let page = officer.visit(&file_of(&applied)).await.expect(200);
    assert_eq!(page.text_of("#redaction .status"), "Out of date");
    assert!(page.text_of(".inset").contains("is another by now, or is gone"));
    officer.submit(&seen, "form.release", &[("action", "release")]).await.expect(409);
    release(&officer, &applied).await;
    assert_eq!(database.count("packet_files"), 0);
    // Gone altogether: it can be removed, and nothing can be uploaded.
    database.run("DELETE FROM files");
    let page = officer.visit(&file_of(&applied)).await.expect(200);
    assert!(!page.has(FILE_FORM) && page.has(REMOVE));
    assert!(page.text_of("main").contains("It is not there any more."));
    officer.submit(&page, REMOVE, &[]).await.expect(303);
    officer.visit(&file_of(&applied)).await.expect(404);
    app.stop().await;
}

#[actix_web::test]
async fn what_is_no_redacted_file_is_refused_with_a_reason_and_changes_nothing() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let applied = apply(&app, &person(0), "plan.txt", PLAN).await;
    redact(&officer, &applied, ("kept.txt", b"A plan.")).await.expect(200);
    let page = officer.visit(&file_of(&applied)).await.expect(200);
    let large = vec![b'x'; file::MOST_BYTES + 1];
    let much_text = vec![b'x'; (1 << 20) + 1];
    for (name, content) in [
        ("nothing.pdf", b"".as_slice()),
        ("office.docx", b"PK\x03\x04not a document"),
        ("program.pdf", b"\x7fELF\x02\x01\x01\0\0\0\0\0"),
        ("torn.pdf", b"%PDF-1.7\n1 0 obj\n<<"),
        ("large.txt", &large),
        ("much.txt", &much_text),
    ] {
        let answer = officer.attach(&page, FILE_FORM, name, content).await.expect(422);
        assert_eq!(answer.errors().len(), 1, "{name}");
        assert!(answer.text_of("#redaction").contains("kept.txt"), "{name}: what was there stays");
    }
    let none = officer.attach(&page, FILE_FORM, "", b"").await.expect(422);
    assert_eq!(none.errors(), ["Choose a file"]);
    // Another version was uploaded since the page was opened.
    officer.attach(&page, FILE_FORM, "newer.txt", b"A newer plan.").await.expect(303);
    let answer = officer.attach(&page, FILE_FORM, "older.txt", b"Older.").await.expect(422);
    assert!(answer.errors()[0].starts_with("This changed meanwhile"));
    assert!(answer.text_of("#redaction").contains("newer.txt"));
    // Forged: without the token, and from another site.
    let form = page.form(FILE_FORM);
    let body = form.in_parts(("file", "x.txt", b"x"));
    let lines = [("content-type", MULTIPART), ("sec-fetch-site", "cross-site")];
    officer.raw(reqwest::Method::POST, &form.action, &lines, body).await.expect(403);
    let seen = form.value("seen").unwrap();
    let body = in_parts(&[("token", "forged"), ("seen", seen)], ("x.txt", "x"));
    officer.post_parts(&form.action, body).await.expect(403);
    // A question without a file, one that there is not, and somebody else's application.
    for other in ["summary", "nothing", "plan%20"] {
        officer.visit(&format!("{}/files/{other}", packet_of(&applied))).await.expect(404);
    }
    let without = app.apply(&person(1)).await;
    officer.visit(&file_of(&without)).await.expect(404);
    let database = &mut Database::open(&app.settings.database);
    assert_eq!(database.count("redactions"), 1);

    // A picture: what it says of who took it is gone, and a person has to look.
    let picture = jpeg(NAME);
    let page = redact(&officer, &applied, ("photo.jpg", &picture)).await.expect(200);
    assert_eq!(page.text_of("#redaction .status"), "To be looked at");
    assert!(page.text_of("#redaction").contains("The machine reads no text in this file"));
    look(&officer, &page).await;
    release(&officer, &applied).await;
    let (assessor, own) = reader(&app, &officer, &applied).await;
    let fetched = assessor.visit(&format!("{}/files/1", address(&own))).await.expect(200);
    assert_eq!(fetched.header("content-type"), Some("image/jpeg"));
    assert_eq!(fetched.html, cleaned(&picture));
    assert!(!fetched.html.contains("Cherotich"));
    app.stop().await;
}
