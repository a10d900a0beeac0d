//! Who gets what at every address: route × method × visitor, as one table.
//!
//! A visitor is somebody signed out, an applicant whose application it is, another applicant, or a member of
//! staff with one role. Each cell is called three times: as that visitor; as a page of another site would make
//! their browser do it; and, where something is posted, without the session's token.

use std::fmt::Write as _;

use almoner::domain::form::Section;
use almoner::domain::id::Id;
use almoner::domain::secret::Secret;
use almoner::service::{save_draft, session, submit};
use reqwest::Method;

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::html::Page;

/// The visitors, in the order of the cells.
const VISITORS: [&str; 8] =
    ["nobody", "owner", "stranger", "officer", "approver", "finance", "privacy", "admin"];

/// What an answer means for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    /// It is shown, or done, or sends on to the next page of the same.
    Yes,
    /// First sign in.
    Door,
    /// The same answer as for what does not exist.
    None,
    /// Staff without the role.
    Role,
    /// It needs what nobody can guess: a link, a code, a journey, a filled form.
    Needs,
}
use Cell::{Door, Needs, None as No, Role, Yes};

/// Everybody alike.
const ALL: [Cell; 8] = [Yes; 8];
const NEEDS: [Cell; 8] = [Needs; 8];
/// An applicant's own.
const OWN: [Cell; 8] = [Door, Yes, No, Door, Door, Door, Door, Door];
/// Any applicant's.
const APPLICANT: [Cell; 8] = [Door, Yes, Yes, Door, Door, Door, Door, Door];
/// Any member of staff's.
const STAFF: [Cell; 8] = [Door, Door, Door, Yes, Yes, Yes, Yes, Yes];
/// For those who read applications.
const READERS: [Cell; 8] = [Door, Door, Door, Yes, Yes, Role, Role, Role];
/// For the privacy officer.
const PRIVACY: [Cell; 8] = [Door, Door, Door, Role, Role, Role, Yes, Role];
/// For those who review.
const REVIEWERS: [Cell; 8] = [Door, Door, Door, Yes, Role, Role, Role, Role];
/// For administrators.
const ADMINS: [Cell; 8] = [Door, Door, Door, Role, Role, Role, Role, Yes];

impl Row {
    /// Whether a form here carries the token of a session.
    fn has_token(&self) -> bool {
        self.path.ends_with("/sign-out") || (self.cells != ALL && self.cells != NEEDS)
    }

    /// Whether this visitor has a session for it.
    fn is_signed_in(&self, visitor: &Visitor) -> bool {
        !matches!(visitor.token(self.path), "" | "x")
    }
}

struct Row {
    method: &'static str,
    /// `{draft}` and `{submitted}` are the owner's applications, `{entry}` is one of the audit's.
    path: &'static str,
    cells: [Cell; 8],
    /// What is posted beside the token.
    fields: &'static [(&'static str, &'static str)],
}

const fn get(path: &'static str, cells: [Cell; 8]) -> Row {
    Row { method: "GET", path, cells, fields: &[] }
}

const fn post(
    path: &'static str,
    cells: [Cell; 8],
    fields: &'static [(&'static str, &'static str)],
) -> Row {
    Row { method: "POST", path, cells, fields }
}

/// The matrix. What ends a session comes last.
const MATRIX: &[Row] = &[
    get("/", ALL),
    get("/rounds/event", ALL),
    get("/rounds/event/apply", ALL),
    post("/rounds/event/apply", ALL, &[("age", "adult")]),
    get("/rounds/event/consent", ALL),
    post("/rounds/event/consent", NEEDS, &[]),
    get("/rounds/event/address", ALL),
    post("/rounds/event/address", NEEDS, &[("email", "new@mail.example")]),
    get("/privacy", ALL),
    get("/healthz", ALL),
    get("/readyz", ALL),
    get("/static/site.css", ALL),
    get("/sign-in", ALL),
    post("/sign-in", ALL, &[("email", "unknown@mail.example")]),
    get("/sign-in/code", ALL),
    post("/sign-in/code", NEEDS, &[("code", "12345678")]),
    get("/sign-in/link/abc", NEEDS),
    post("/sign-in/link/abc", NEEDS, &[]),
    get("/applications", APPLICANT),
    get("/account/who-saw-my-data", APPLICANT),
    get("/applications/{draft}", OWN),
    get("/applications/{submitted}", OWN),
    get("/applications/{draft}/form/you", OWN),
    post("/applications/{draft}/form/you", OWN, &[("name", "Owner"), ("action", "save")]),
    get("/applications/{draft}/check", OWN),
    post("/applications/{submitted}/check", OWN, &[]),
    get("/applications/{submitted}/receipt", OWN),
    get("/applications/{submitted}/withdraw", OWN),
    post("/applications/{submitted}/withdraw", OWN, &[]),
    get("/staff", STAFF),
    get("/staff/sign-in", ALL),
    post("/staff/sign-in", ALL, &[("email", "unknown@staff.example")]),
    get("/staff/sign-in/code", ALL),
    post("/staff/sign-in/code", NEEDS, &[("code", "12345678")]),
    get("/staff/sign-in/link/abc", NEEDS),
    post("/staff/sign-in/link/abc", NEEDS, &[]),
    get("/staff/welcome/abc", NEEDS),
    post("/staff/welcome/abc", NEEDS, &[("name", "X")]),
    get("/staff/applications", READERS),
    post("/staff/applications", READERS, &[("name", "owner")]),
    get("/staff/applications/{submitted}", READERS),
    post("/staff/applications/{submitted}", READERS, &[("reason", "question")]),
    get("/staff/audit", PRIVACY),
    get("/staff/audit/{entry}", PRIVACY),
    get("/staff/access-log", PRIVACY),
    post("/staff/access-log", PRIVACY, &[("day", "2027-03-02"), ("reason", "misuse")]),
    post("/staff/applications/{submitted}/status", REVIEWERS, &[("to", "withdrawn")]),
    get("/staff/people", ADMINS),
    post("/staff/people", ADMINS, &[("email", "next@staff.example"), ("roles", "officer")]),
    // Who is not signed in is signed out already.
    post("/sign-out", ALL, &[]),
    post("/staff/sign-out", ALL, &[]),
];

/// Somebody who visits, with the token of their session.
struct Visitor {
    browser: Client,
    applicant_token: String,
    staff_token: String,
}

impl Visitor {
    fn token(&self, path: &str) -> &str {
        if path.starts_with("/staff") { &self.staff_token } else { &self.applicant_token }
    }
}

async fn staff(app: &TestApp, role: &str) -> Visitor {
    let browser = app.browser();
    let address = format!("{role}@staff.example");
    let link = app.mail_to(&address).await.link_to("/staff/welcome/");
    let page = browser.visit(&link).await.expect(200);
    let home = browser.submit_and_follow(&page, "main form", &[("name", role)]).await.expect(200);
    let staff_token = home.form("form.out").value("token").unwrap().to_owned();
    Visitor { browser, applicant_token: String::new(), staff_token }
}

/// An applicant with a draft; answers the draft's id, too.
async fn applicant(app: &TestApp, name: &str) -> (Visitor, Id) {
    // The newest mail is the one that is meant.
    app.clock.advance(60);
    let browser = app.browser();
    let address = format!("{name}@mail.example");
    let form = "main form[method=post]";
    let page = browser.visit("/rounds/event/apply").await.expect(200);
    let page = browser.submit_and_follow(&page, form, &[("age", "adult")]).await.expect(200);
    let ticked = [("consent.application", "yes")];
    let page = browser.submit_and_follow(&page, form, &ticked).await.expect(200);
    browser.submit_and_follow(&page, form, &[("email", &address)]).await.expect(200);
    let link = app.mail_to(&address).await.link_to("/sign-in/link/");
    let page = browser.visit(&link).await.expect(200);
    let page = browser.submit_and_follow(&page, form, &[]).await.expect(200);
    let id = page.url.split('/').find_map(|part| part.parse().ok()).unwrap();
    let applicant_token = page.form(form).value("token").unwrap().to_owned();
    (Visitor { browser, applicant_token, staff_token: String::new() }, id)
}

fn submit_draft(app: &TestApp, owner: &Visitor, id: &Id) {
    let context = app.context();
    let cookie = owner.browser.cookie("__Host-applicant").unwrap();
    let who = session::applicant(context, &cookie).unwrap();
    let save = |section, values: &[(&str, &str)]| {
        let values: Vec<(String, Secret)> =
            values.iter().map(|(key, text)| ((*key).to_owned(), Secret::new(*text))).collect();
        let errors = save_draft::save(context, &who, id, section, &values).unwrap();
        assert_eq!(errors, []);
    };
    save(
        Section::You,
        &[("name", "Owner"), ("location", "Here"), ("github_username", "owner-of-it")],
    );
    save(
        Section::Request,
        &[
            ("answer.title", "A meeting"),
            ("answer.kind", "Workshop"),
            ("answer.date", "2027-06-01"),
            ("answer.place", "Here"),
            ("answer.attendees", "20"),
            ("answer.objective", "To learn"),
            ("answer.inclusion", "Open to all"),
            ("answer.amount", "300"),
            ("answer.spend", "Tea"),
        ],
    );
    submit::submit(context, &who, id, None).unwrap();
}

fn meaning(row: &Row, status: u16, location: &str) -> Cell {
    match status {
        200 => Yes,
        303 if location.ends_with("?signed-out=1") => Yes,
        303 if location.contains("sign-in") && !row.path.contains("sign-in") => Door,
        // Without a journey it begins again.
        303 if row.method == "POST" && location.ends_with("/apply") => Needs,
        303 => Yes,
        // Moving a withdrawn application: this person may, and the application can't.
        409 => Yes,
        404 => No,
        // A post by somebody signed out of this door is answered by a page that says so.
        403 => {
            if location == "signed out" {
                Door
            } else {
                Role
            }
        }
        410 | 422 => Needs,
        _ => Needs,
    }
}

/// Whether a page says that nobody is signed in, in one of the two ways there are.
fn is_signed_out(page: &Page) -> bool {
    page.html.contains("You are signed out") || page.html.contains("You were signed out")
}

#[actix_web::test]
async fn every_route_by_every_role() {
    let app = TestApp::start().await;
    let admin = app.browser();
    let page = admin.visit(&app.first_admin_link).await.expect(200);
    let named = [("name", "admin"), ("email", "admin@staff.example")];
    admin.submit_and_follow(&page, "main form", &named).await.expect(200);
    for role in ["officer", "approver", "finance", "privacy"] {
        let page = admin.visit("/staff/people").await.expect(200);
        let address = format!("{role}@staff.example");
        let invited = [("email", address.as_str()), ("roles", role)];
        admin.submit_and_follow(&page, "main form[method=post]", &invited).await.expect(200);
    }
    let home = admin.visit("/staff/people").await.expect(200);
    let staff_token = home.form("form.out").value("token").unwrap().to_owned();
    let (owner, submitted) = applicant(&app, "owner").await;
    submit_draft(&app, &owner, &submitted);
    app.run_jobs().await;
    let (again, draft) = applicant(&app, "owner").await;
    let nobody = Visitor {
        browser: app.browser(),
        applicant_token: "x".to_owned(),
        staff_token: "x".to_owned(),
    };
    let visitors = [
        nobody,
        again,
        applicant(&app, "stranger").await.0,
        staff(&app, "officer").await,
        staff(&app, "approver").await,
        staff(&app, "finance").await,
        staff(&app, "privacy").await,
        Visitor { browser: admin, applicant_token: String::new(), staff_token },
    ];
    let mut database = Database::open(&app.settings.database);
    let entry = database.texts("SELECT id AS value FROM audit ORDER BY at, id").remove(0);
    let mut wrong = String::new();
    let (mut cells, mut forged) = (0, 0);
    for row in MATRIX {
        let path =
            row.path.replace("{draft}", draft.as_str()).replace("{submitted}", submitted.as_str());
        let path = path.replace("{entry}", &entry);
        for (place, visitor) in visitors.iter().enumerate() {
            let who = VISITORS[place];
            let method: Method = row.method.parse().unwrap();
            // First as a page of another site would do it: nothing may come of it.
            if row.method == "POST" {
                let headers = [
                    ("content-type", "application/x-www-form-urlencoded"),
                    ("sec-fetch-site", "cross-site"),
                ];
                let token = format!("token={}", visitor.token(&path));
                let answer =
                    visitor.browser.raw(method.clone(), &path, &headers, token.into_bytes()).await;
                forged += 1;
                if answer.status != 403 {
                    let _ = writeln!(wrong, "cross-site POST {path} by {who}: {}", answer.status);
                }
                // Then without the token, where this person may do it.
                let expected = row.cells[place];
                if row.has_token() && row.is_signed_in(visitor) && expected == Yes {
                    let answer = visitor.browser.post(&path, row.fields).await;
                    forged += 1;
                    if answer.status != 403 {
                        let _ = writeln!(
                            wrong,
                            "POST {path} without token by {who}: {}",
                            answer.status
                        );
                    }
                }
            }
            let answer = if row.method == "POST" {
                let mut fields = row.fields.to_vec();
                if row.has_token() {
                    fields.push(("token", visitor.token(&path)));
                }
                visitor.browser.post(&path, &fields).await
            } else {
                visitor.browser.get(&path).await
            };
            let location = match answer.header("location") {
                Some(location) => location.to_owned(),
                Option::None if is_signed_out(&answer) => "signed out".into(),
                Option::None => String::new(),
            };
            cells += 1;
            let found = meaning(row, answer.status, &location);
            if found != row.cells[place] {
                let _ = writeln!(
                    wrong,
                    "{} {path} by {who}: {found:?} ({} {location}), not {:?}",
                    row.method, answer.status, row.cells[place]
                );
            }
        }
    }
    println!("{cells} cells of route × method × visitor, {forged} forged requests");
    assert!(wrong.is_empty(), "{wrong}");
    app.stop().await;
}

/// Every route that the pages register is in the matrix, under each of its methods.
#[test]
fn no_route_is_missing() {
    let mut missing = Vec::new();
    let mut count = 0;
    for folder in ["src/web", "src/web/public", "src/web/applicant", "src/web/staff"] {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            for route in routes_in(&source) {
                // The sign-in pages stand behind both doors.
                let doors: &[&str] =
                    if path.ends_with("src/web/sign_in.rs") { &["", "/staff"] } else { &[""] };
                for door in doors {
                    count += 1;
                    let full = format!("{door}{}", route.0);
                    for method in &route.1 {
                        if !MATRIX.iter().any(|row| row.method == *method && fits(&full, row.path))
                        {
                            missing.push(format!("{method} {full}"));
                        }
                    }
                }
            }
        }
    }
    assert!(count >= 25, "only {count} routes were found: is this still how they are written?");
    assert_eq!(missing, Vec::<String>::new(), "add these to the matrix");
}

/// The routes that a source registers, with their methods.
fn routes_in(source: &str) -> Vec<(String, Vec<&'static str>)> {
    let mut routes = Vec::new();
    let mut rest = source;
    while let Some(at) =
        rest.find(".service(").map(|at| at + 9).or_else(|| rest.find("web::resource("))
    {
        let here = &rest[at..];
        // A registration ends where its parentheses do.
        let mut depth = 1;
        let end = here
            .char_indices()
            .find(|(_, letter)| {
                match letter {
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    _ => {}
                }
                depth == 0
            })
            .map_or(here.len(), |(position, _)| position);
        let text = &here[..end];
        rest = &here[end.max(1)..];
        let Some(path) = text.split('"').nth(1).filter(|path| path.starts_with('/')) else {
            continue;
        };
        let mut methods = Vec::new();
        if text.contains("reads(") || text.contains("web::get()") {
            methods.push("GET");
        }
        if text.contains("web::post()") {
            methods.push("POST");
        }
        routes.push((path.to_owned(), methods));
    }
    routes
}

/// Whether a row's path is one of a route's.
fn fits(route: &str, path: &str) -> bool {
    let (mut route, mut path) = (route.split('/'), path.split('/'));
    loop {
        match (route.next(), path.next()) {
            (Option::None, Option::None) => return true,
            (Some(part), Some(own)) if part == own || part.starts_with('{') => {}
            _ => return false,
        }
    }
}
