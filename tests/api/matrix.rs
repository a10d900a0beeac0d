//! Who gets what at every address: each row of the table of routes, called as everybody.
//!
//! A visitor is somebody signed out, an applicant whose application it is, another applicant, or a member of
//! staff with one role. Each cell is called as that visitor; as a page of another site would make their browser do
//! it; where something is posted, without the session's token; and, where a fresh proof is asked for, without one.

use std::fmt::Write as _;

use almoner::config::GitHubSettings;
use almoner::domain::id::Id;
use almoner::domain::role::Role as StaffRole;
use almoner::web::routes::{For, ROUTES, Route};
use reqwest::Method;
use secrecy::SecretString;

use super::assigning::settle;
use super::files::apply_with_file;
use super::matrix_cast::{assign, outsider, submit_draft};
use super::samples::{Sample, body_of, in_parts, sample_of};
use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::html::Page;
use crate::support::journey::{EVENT, PROJECT, person};
use crate::support::rounds::Round;

/// The visitors, in the order of the cells.
const VISITORS: [&str; 10] = [
    "nobody",
    "owner",
    "stranger",
    "assessor",
    "colleague",
    "officer",
    "approver",
    "finance",
    "privacy",
    "admin",
];

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
    /// First prove anew that it is you.
    Prove,
}
use Cell::{Door, Needs, None as No, Prove, Role, Yes};

/// What the table of routes says that a visitor gets.
fn expected(route: &Route, sample: &Sample<'_>, visitor: &str) -> Cell {
    let done = if sample.needs { Needs } else { Yes };
    let role: Option<StaffRole> = visitor.parse().ok();
    match route.who {
        For::Anyone => done,
        For::Bearer => Needs,
        For::Applicant => match visitor {
            "owner" => done,
            "stranger" if route.path.contains("{id}") => No,
            "stranger" => done,
            _ => Door,
        },
        For::Staff => role.map_or(Door, |_| done),
        For::Role(permission) => match role {
            Some(role) if permission.given_by().contains(&role) => done,
            Some(_) => Role,
            Option::None => Door,
        },
        For::Assessor if visitor == "assessor" => done,
        For::Assessor if visitor == "colleague" && route.path.contains("{id}") => No,
        For::Assessor if visitor == "colleague" => done,
        For::Assessor => Door,
    }
}

/// Whether a form here carries the token of a session.
fn has_token(route: &Route) -> bool {
    route.path.ends_with("/sign-out") || !matches!(route.who, For::Anyone | For::Bearer)
}

/// Somebody who visits, with the token of their session.
pub struct Visitor {
    pub browser: Client,
    pub applicant_token: String,
    pub staff_token: String,
    pub assessor_token: String,
}

impl Visitor {
    fn token(&self, path: &str) -> &str {
        match path.split('/').nth(1) {
            Some("staff") => &self.staff_token,
            Some("assess") => &self.assessor_token,
            _ => &self.applicant_token,
        }
    }

    /// Somebody without a session.
    pub fn new(browser: Client) -> Self {
        let none = String::new;
        Self { browser, applicant_token: none(), staff_token: none(), assessor_token: none() }
    }

    /// Whether this visitor has a session for an address.
    fn is_signed_in(&self, path: &str) -> bool {
        !matches!(self.token(path), "" | "x")
    }
}

async fn staff(app: &TestApp, role: &str) -> Visitor {
    let browser = app.browser();
    let address = format!("{role}@staff.example");
    let link = app.mail_to(&address).await.link_to("/staff/welcome/");
    let page = browser.visit(&link).await.expect(200);
    let home = browser.submit_and_follow(&page, "main form", &[("name", role)]).await.expect(200);
    let staff_token = home.form("form.out").value("token").unwrap().to_owned();
    Visitor { staff_token, ..Visitor::new(browser) }
}

/// An applicant with a draft in a round; answers the draft's id, too.
async fn applicant(app: &TestApp, name: &str, round: &str) -> (Visitor, Id) {
    // The newest mail is the one that is meant.
    app.clock.advance(60);
    let browser = app.browser();
    let address = format!("{name}@mail.example");
    let form = "main form[method=post]";
    let page = browser.visit(&format!("/rounds/{round}/apply")).await.expect(200);
    let page = browser.submit_and_follow(&page, form, &[("age", "adult")]).await.expect(200);
    let ticked = [("consent.application", "yes")];
    let page = browser.submit_and_follow(&page, form, &ticked).await.expect(200);
    browser.submit_and_follow(&page, form, &[("email", &address)]).await.expect(200);
    let link = app.mail_to(&address).await.link_to("/sign-in/link/");
    let page = browser.visit(&link).await.expect(200);
    let page = browser.submit_and_follow(&page, form, &[]).await.expect(200);
    let id = page.url.split('/').find_map(|part| part.parse().ok()).unwrap();
    let applicant_token = page.form(form).value("token").unwrap().to_owned();
    (Visitor { applicant_token, ..Visitor::new(browser) }, id)
}

fn meaning(route: &Route, answer: &Page) -> Cell {
    let location = answer.header("location").unwrap_or_default();
    match answer.status {
        200 => Yes,
        303 if location.ends_with("?signed-out=1") => Yes,
        303 if location.contains("prove?") && !route.path.contains("prove") => Prove,
        // On to GitHub.
        303 if !location.starts_with('/') => Yes,
        303 if location.contains("sign-in") && !route.path.contains("sign-in") => Door,
        // Without a journey it begins again.
        303 if route.method == "POST" && location.ends_with("/apply") => Needs,
        303 => Yes,
        // Moving a withdrawn application: this person may, and the application can't.
        409 => Yes,
        404 => No,
        // A post by somebody signed out of this door is answered by a page that says so.
        403 if is_signed_out(answer) => Door,
        403 if answer.text_of("h1") == "Prove that it is you" => Prove,
        403 => Role,
        _ => Needs,
    }
}

/// Whether a page says that nobody is signed in, in one of the two ways there are.
fn is_signed_out(page: &Page) -> bool {
    page.html.contains("You are signed out") || page.html.contains("You were signed out")
}

/// A site on which GitHub was set up, which nobody asks: nothing listens there.
async fn site() -> TestApp {
    TestApp::start_with(|settings| {
        settings.github = Some(GitHubSettings {
            client_id: "Iv23invented".to_owned(),
            client_secret: SecretString::from("a-secret"),
            base_url: "http://127.0.0.1:9".to_owned(),
            api_url: "http://127.0.0.1:9/api/v3".to_owned(),
        });
    })
    .await
}

/// Everybody who visits, and what there is to visit.
struct Cast {
    visitors: [Visitor; 10],
    draft: Id,
    submitted: Id,
    /// A draft of the owner's with a question that takes a file.
    plan: Id,
    /// Somebody's application with a file.
    attached: String,
    person: Id,
    assessor: Id,
    released: Id,
    entry: String,
    /// What is assigned to the assessor, by the names that samples have for it.
    assigned: Vec<(&'static str, Id)>,
}

impl Cast {
    async fn assemble(app: &TestApp) -> Self {
        let (owner, submitted) = applicant(app, "owner", EVENT).await;
        submit_draft(app, &owner, &submitted);
        app.run_jobs().await;
        let (_, plan) = applicant(app, "owner", PROJECT).await;
        let (again, draft) = applicant(app, "owner", EVENT).await;
        let (stranger, _) = applicant(app, "stranger", EVENT).await;
        let attached = apply_with_file(app, &person(3), "plan.txt", b"One step.").await;
        // Staff come last, so that everybody's proof is fresh.
        let admin = app.browser();
        let page = admin.visit(&app.first_admin_link).await.expect(200);
        let named = [("name", "admin"), ("email", "admin@staff.example")];
        admin.submit_and_follow(&page, "main form", &named).await.expect(200);
        for role in ["officer", "approver", "finance", "privacy", "extra"] {
            let page = admin.visit("/staff/people/invite").await.expect(200);
            let address = format!("{role}@staff.example");
            let given = if role == "extra" { "officer" } else { role };
            let invited = [("email", address.as_str()), ("roles", given)];
            admin.submit_and_follow(&page, "main form[method=post]", &invited).await.expect(200);
        }
        let home = admin.visit("/staff").await.expect(200);
        let staff_token = home.form("form.out").value("token").unwrap().to_owned();
        let officer = staff(app, "officer").await;
        let page = officer.browser.visit("/staff/assessors/invite").await.expect(200);
        for name in ["assessor", "colleague", "guest"] {
            let email = format!("{name}@elsewhere.example");
            let invited = [("email", email.as_str()), ("until", "2027-12-31")];
            officer.browser.submit(&page, "main form", &invited).await.expect(303);
        }
        let assessor = outsider(app, "assessor").await;
        let assigned = assign(app, &submitted, &assessor).await;
        let colleague = outsider(app, "colleague").await;
        let list = officer.browser.visit("/staff/assessors").await.expect(200);
        let guest: Id = list.link("Invited assessor").rsplit('/').next().unwrap().parse().unwrap();
        settle(&officer.browser, 1).await;
        let (_, released) = Round::of(app, PROJECT).with_packet("somebody-else", &[]);
        let visitors = [
            Visitor {
                browser: app.browser(),
                applicant_token: "x".to_owned(),
                staff_token: "x".to_owned(),
                assessor_token: "x".to_owned(),
            },
            again,
            stranger,
            assessor,
            colleague,
            officer,
            staff(app, "approver").await,
            staff(app, "finance").await,
            staff(app, "privacy").await,
            Visitor { staff_token, ..Visitor::new(admin) },
        ];
        let [.., admin] = &visitors;
        // The one who was invited and has not come in.
        let people = admin.browser.visit("/staff/people").await.expect(200);
        let person = people.link("Invited person").rsplit('/').next().unwrap().parse().unwrap();
        let mut database = Database::open(&app.settings.database);
        let entry = database.texts("SELECT id AS value FROM audit ORDER BY at, id").remove(0);
        Self {
            visitors,
            draft,
            submitted,
            plan,
            attached,
            person,
            assessor: guest,
            released,
            entry,
            assigned,
        }
    }

    fn path(&self, sample: &Sample<'_>) -> String {
        let assigned = self.assigned.iter();
        assigned
            .fold(sample.path.to_owned(), |path, (name, id)| path.replace(name, id.as_str()))
            .replace("{draft}", self.draft.as_str())
            .replace("{submitted}", self.submitted.as_str())
            .replace("{plan}", self.plan.as_str())
            .replace("{attached}", &self.attached)
            .replace("{person}", self.person.as_str())
            .replace("{assessor}", self.assessor.as_str())
            .replace("{released}", self.released.as_str())
            .replace("{entry}", &self.entry)
    }
}

/// Calls an address as a visitor, in the ordinary way.
async fn visit(route: &Route, path: &str, sample: &Sample<'_>, visitor: &Visitor) -> Page {
    if route.method == "GET" {
        return visitor.browser.get(path).await;
    }
    let mut fields = sample.fields.to_vec();
    if has_token(route) {
        fields.push(("token", visitor.token(path)));
    }
    send(path, sample, &fields, visitor).await
}

/// Posts fields, and the file where a sample brings one.
async fn send(path: &str, sample: &Sample<'_>, fields: &[(&str, &str)], visitor: &Visitor) -> Page {
    match sample.file {
        None => visitor.browser.post(path, fields).await,
        Some(file) => visitor.browser.post_parts(path, in_parts(fields, file)).await,
    }
}

/// Calls it as a page of another site would, and without the token: nothing may come of either. Answers how many
/// requests there were.
async fn forge(
    route: &Route,
    path: &str,
    sample: &Sample<'_>,
    visitor: &Visitor,
    expected: Cell,
    wrong: &mut String,
) -> usize {
    let token = visitor.token(path);
    let (kind, body) = body_of(sample, token);
    let headers = [("content-type", kind), ("sec-fetch-site", "cross-site")];
    let answer = visitor.browser.raw(Method::POST, path, &headers, body).await;
    if answer.status != 403 {
        let _ = writeln!(wrong, "cross-site POST {path}: {}", answer.status);
    }
    // Then without the token, where this person may do it.
    if !(has_token(route) && visitor.is_signed_in(path) && matches!(expected, Yes | Needs)) {
        return 1;
    }
    let answer = send(path, sample, sample.fields, visitor).await;
    if answer.status != 403 || answer.text_of("h1") == "Prove that it is you" {
        let _ = writeln!(wrong, "POST {path} without token: {}", answer.status);
    }
    2
}

#[actix_web::test]
async fn every_route_by_every_role() {
    let app = site().await;
    let cast = Cast::assemble(&app).await;
    let mut wrong = String::new();
    let (mut cells, mut forged) = (0, 0);
    // What ends a session comes last.
    let (ends, goes_on): (Vec<&Route>, Vec<&Route>) =
        ROUTES.iter().partition(|route| route.path.ends_with("/sign-out"));
    for route in goes_on.into_iter().chain(ends) {
        let sample = &sample_of(route);
        let path = cast.path(sample);
        for (visitor, who) in cast.visitors.iter().zip(VISITORS) {
            let wanted = expected(route, sample, who);
            if route.method == "POST" {
                forged += forge(route, &path, sample, visitor, wanted, &mut wrong).await;
            }
            let answer = visit(route, &path, sample, visitor).await;
            cells += 1;
            let found = meaning(route, &answer);
            if found != wanted {
                let location = answer.header("location").unwrap_or_default();
                let _ = writeln!(
                    wrong,
                    "{} {path} by {who}: {found:?} ({} {location}), not {wanted:?}",
                    route.method, answer.status
                );
            }
        }
    }
    println!("{cells} cells of route × method × visitor, {forged} forged requests");
    assert!(wrong.is_empty(), "{wrong}");
    app.stop().await;
}

#[actix_web::test]
async fn what_needs_a_fresh_proof_is_not_done_without_one() {
    let app = site().await;
    let cast = Cast::assemble(&app).await;
    app.clock.advance(5 * 60);
    let mut wrong = String::new();
    let mut cells = 0;
    for route in ROUTES.iter().filter(|route| route.fresh) {
        let sample = &sample_of(route);
        let path = cast.path(sample);
        for (visitor, who) in cast.visitors.iter().zip(VISITORS) {
            let wanted = match expected(route, sample, who) {
                Yes | Needs => Prove,
                other => other,
            };
            let answer = visit(route, &path, sample, visitor).await;
            cells += 1;
            let found = meaning(route, &answer);
            if found != wanted {
                let _ =
                    writeln!(wrong, "{} {path} by {who}: {found:?}, not {wanted:?}", route.method);
            }
        }
    }
    println!("{cells} cells of routes that need a fresh proof");
    assert!(cells > 0 && wrong.is_empty(), "{wrong}");
    app.stop().await;
}

/// Another's id and one that never was get the same answer, byte for byte but for what belongs to the person.
#[actix_web::test]
async fn what_is_another_s_looks_like_what_is_not_there() {
    let app = site().await;
    let cast = Cast::assemble(&app).await;
    let none: String = cast.submitted.as_str().chars().rev().collect();
    let [_, _, stranger, _, colleague, ..] = &cast.visitors;
    for route in ROUTES.iter().filter(|route| route.path.contains("{id}")) {
        let sample = &sample_of(route);
        let path = cast.path(sample);
        let absent_path = sample.path_of_nothing(&none);
        for (visitor, who) in cast.visitors.iter().zip(VISITORS) {
            let answer = visit(route, &absent_path, sample, visitor).await;
            let found = meaning(route, &answer);
            let wanted = match expected(route, sample, who) {
                Yes | Needs => No,
                other => other,
            };
            assert_eq!(found, wanted, "{} {absent_path} by {who}", route.method);
        }
        let other = match route.who {
            For::Applicant => Some(stranger),
            For::Assessor => Some(colleague),
            _ => Option::None,
        };
        if let Some(other) = other {
            let others = visit(route, &path, sample, other).await;
            let absent = visit(route, &absent_path, sample, other).await;
            assert_eq!((others.status, &others.html), (absent.status, &absent.html), "{path}");
            // Nor does a form without the session's token tell the one from the other.
            if route.method == "POST" {
                let others = other.browser.post(&path, sample.fields).await;
                let absent = other.browser.post(&absent_path, sample.fields).await;
                // What was typed is given back, with a link to where it was to go.
                let plain = |page: &Page, own: &str| (page.status, page.html.replace(own, "HERE"));
                assert_eq!(plain(&others, &path), plain(&absent, &absent_path), "{path}");
            }
        }
    }
    app.stop().await;
}
