//! The assessors' pages: what waits, the undertaking, conflicts of interest, the packet, and when it is gone.

use almoner::domain::assignment::{Comments, State};
use almoner::domain::id::Id;

use crate::assessors::invite;
use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::html::Page;
use crate::support::journey::{EVENT, FORM, person};
use crate::support::packets::{Assessment, Released, day};

/// A round with two packets, and two assessors who have come in.
pub struct Stage {
    pub app: TestApp,
    pub assessment: Assessment,
    pub packets: Vec<Released>,
    pub assessors: Vec<(Client, Id)>,
}

/// The usernames of the packets.
pub const USERNAMES: [&str; 2] = ["wren-codes", "Quokka-9"];

impl Stage {
    pub async fn set() -> Self {
        Self::set_in(TestApp::start().await).await
    }

    pub async fn set_in(app: TestApp) -> Self {
        let mut applications = Vec::new();
        for nth in [1, 2] {
            applications.push(app.apply(&person(nth)).await.id);
        }
        let officer = app.officer().await;
        let mut browsers = Vec::new();
        for address in ["asa@elsewhere.example", "bo@elsewhere.example"] {
            invite(&app, &officer, address, "2027-09-30").await.expect(200);
            let link = app.mail_to(address).await.link_to("/assess/welcome/");
            let browser = app.browser();
            let page = browser.visit(&link).await.expect(200);
            browser.submit_and_follow(&page, FORM, &[("name", "Asa")]).await.expect(200);
            browsers.push(browser);
        }
        let mut assessment = Assessment::open(&app);
        let packets = applications
            .iter()
            .zip(USERNAMES)
            .map(|(application, username)| assessment.release(application, username))
            .collect();
        let assessors = browsers.into_iter().zip(assessment.assessors()).collect();
        Self { app, assessment, packets, assessors }
    }

    pub fn first(&self) -> &Client {
        &self.assessors[0].0
    }

    /// Asks an assessor about a packet.
    pub fn offer(&self, packet: usize, assessor: usize) -> Id {
        self.assign(packet, assessor, State::Offered)
    }

    pub fn assign(&self, packet: usize, assessor: usize, state: State) -> Id {
        self.assessment.assign(&self.packets[packet], &self.assessors[assessor].1, state)
    }

    /// A packet that the first assessor can read.
    pub async fn readable(&self) -> Id {
        let id = self.assign(0, 0, State::Accepted);
        undertake(self.first(), &id).await.expect(200);
        id
    }

    /// The entries of the audit with an action, as `actor subject`.
    pub fn audited(&self, action: &str) -> Vec<String> {
        Database::open(&self.app.settings.database).texts(&format!(
            "SELECT actor || ' ' || COALESCE(subject, '') AS value FROM audit WHERE action = '{action}' ORDER BY at, id"
        ))
    }
}

pub fn address(id: &Id) -> String {
    format!("/assess/packets/{id}")
}

/// Accepts the undertaking of the round, and goes where that leads.
pub async fn undertake(browser: &Client, id: &Id) -> Page {
    let page = browser.visit(&format!("/assess/packets/{id}/undertaking")).await.expect(200);
    browser.submit_and_follow(&page, FORM, &[("undertaking", "yes")]).await
}

#[actix_web::test]
async fn what_waits_stands_on_the_first_page_and_the_undertaking_comes_first() {
    let stage = Stage::set().await;
    let (one, two) = (stage.offer(0, 0), stage.offer(1, 0));
    let browser = stage.first();
    let home = browser.visit("/assess").await.expect(200);
    assert!(home.has("section h2") && home.text_of("section").contains("Project grants"));
    assert!(home.text_of(".inset").starts_with("Before you read anything of this round"));
    for username in USERNAMES {
        assert!(!home.html.contains(username), "no username before the undertaking");
    }
    // Every page of the round leads there.
    for page in ["", "/others", "/conflict", "/decline"] {
        let page = browser.visit(&format!("/assess/packets/{one}{page}")).await.expect(200);
        assert_eq!(page.url, format!("/assess/packets/{one}/undertaking"));
    }
    assert!(!browser.visit("/assess/conflicts").await.expect(200).has("fieldset"));
    let link = "Read and accept the undertaking for Project grants, project-2027";
    let page = browser.click(&home, link).await.expect(200);
    assert!(page.text_of("main").contains("What I read here is given in confidence"));
    let wrong = browser.submit(&page, FORM, &[]).await.expect(422);
    assert_eq!(wrong.errors(), ["Tick the box if you undertake this"]);

    // Staff change the text while it is read: what was read is not what would be kept.
    let mut stage = stage;
    stage.assessment.change_undertaking("I keep it all to myself.");
    let browser = stage.first();
    let changed = browser.submit(&page, FORM, &[("undertaking", "yes")]).await.expect(422);
    assert!(
        changed.errors()[0].starts_with("The text changed meanwhile"),
        "{:?}",
        changed.errors()
    );
    assert!(changed.text_of("main").contains("I keep it all to myself."));
    let next = browser.submit_and_follow(&changed, FORM, &[("undertaking", "yes")]).await;
    assert_eq!(next.expect(200).url, "/assess/conflicts");
    let mut database = Database::open(&stage.app.settings.database);
    let kept =
        "SELECT t.body AS value FROM undertakings u JOIN undertaking_texts t ON t.id = u.text_id";
    assert_eq!(database.texts(kept), ["I keep it all to myself."]);
    assert_eq!(stage.audited("undertaking.accepted").len(), 1);
    // It is asked once a round, and can be read again.
    let page = browser.visit(&format!("/assess/packets/{two}/undertaking")).await.expect(200);
    assert!(page.text_of(".inset").contains("You accepted this on 2 March 2027"));
    let again = [("undertaking", "yes"), ("version", "2"), ("token", token(browser).await.leak())];
    browser.post(&format!("/assess/packets/{two}/undertaking"), &again).await.expect(303);
    assert_eq!(database.count("undertakings"), 1);
    stage.app.stop().await;
}

/// The token of an assessor's session.
pub async fn token(browser: &Client) -> String {
    let home = browser.visit("/assess/account").await.expect(200);
    home.form("form.out").value("token").unwrap().to_owned()
}

#[actix_web::test]
async fn conflicts_are_asked_about_by_username_alone() {
    let stage = Stage::set().await;
    let (one, two) = (stage.offer(0, 0), stage.offer(1, 0));
    let browser = stage.first();
    let page = undertake(browser, &one).await.expect(200);
    assert_eq!(page.url, "/assess/conflicts");
    let mut shown = page.texts_of("fieldset legend");
    shown.sort();
    assert_eq!(shown, ["Quokka-9", "wren-codes"]);
    // Nothing else of a packet: no answer, no link, no picture, nothing to be hovered over.
    assert!(!page.html.contains("Lessons") && !page.html.contains("title=\""));
    assert!(!page.has("fieldset a") && !page.has("img"));
    assert_eq!(browser.visit(&address(&one)).await.url, "/assess/conflicts");
    let none = browser.submit(&page, FORM, &[]).await.expect(422);
    assert_eq!(none.errors(), ["Answer for at least one packet"]);
    let answer = (format!("answer.{one}"), format!("answer.{two}"));
    let said = browser.submit_and_follow(&page, FORM, &[(&answer.0, "none")]).await.expect(200);
    assert_eq!(said.text_of(".said"), "Your answers are saved.");
    assert!(said.text_of(".inset").starts_with("A packet waits for your answer."));
    assert_eq!(said.texts_of("tbody th"), ["wren-codes"]);
    assert_eq!(said.text_of("tbody td"), "Lessons on lifetimes");
    assert_eq!(stage.assessment.assignment(&one).state(), State::Accepted);
    assert_eq!(
        stage.assessment.assignment(&two).state(),
        State::Offered,
        "what is left open stays"
    );
    let said = browser.submit_and_follow(&page, FORM, &[(&answer.1, "conflict")]).await.expect(200);
    assert!(!said.html.contains("Quokka-9"));
    assert_eq!(stage.assessment.assignment(&two).state(), State::Conflict);
    browser.visit(&address(&two)).await.expect(404);
    assert_eq!(stage.audited("assignment.accepted"), [format!("assessor {one}")]);
    assert_eq!(stage.audited("assignment.conflict"), [format!("assessor {two}")]);

    // Somebody else's is left alone, whatever is said about it; so is what there is not.
    let foreign = stage.offer(1, 1);
    let token = token(browser).await;
    for id in [foreign.as_str(), &"a".repeat(26)] {
        let name = format!("answer.{id}");
        let fields = [(name.as_str(), "none"), ("token", token.as_str())];
        let answer = browser.post("/assess/conflicts", &fields).await.expect(303);
        assert_eq!(answer.header("location"), Some("/assess?done=answered"));
    }
    assert_eq!(stage.assessment.assignment(&foreign).state(), State::Offered);
    for (name, value) in [("answer.x", "none"), (&*answer.0, "perhaps"), ("other", "none")] {
        let fields = [(name, value), ("token", token.as_str())];
        browser.post("/assess/conflicts", &fields).await.expect(400);
    }
    stage.app.stop().await;
}

#[actix_web::test]
async fn a_packet_shows_the_username_as_text_and_the_answers_in_order() {
    let stage = Stage::set().await;
    let id = stage.readable().await;
    let browser = stage.first();
    let page = browser.visit(&address(&id)).await.expect(200);
    assert_eq!(page.text_of("title"), "Packet – Example Foundation");
    assert_eq!(page.text_of("h1"), "wren-codes");
    let application = "section[aria-labelledby=application]";
    assert_eq!(page.texts_of(&format!("{application} dt")), ["Title", "Summary", "Hours"]);
    let summary = page.exact_texts_of(&format!("{application} dd")).remove(1);
    assert_eq!(
        summary,
        "Twelve lessons.\nI am █████[struck out], and I teach at █████[struck out]."
    );
    assert!(
        page.text_of(&format!("{application} .hint")).contains("The mark is always equally long")
    );
    // Nothing leads anywhere but to pages of one's own.
    for link in page.attributes("a[href]", "href") {
        let own = link.starts_with(&address(&id)) || link.starts_with("/assess");
        assert!(
            own || link == "#main" || link == "/privacy" || link.starts_with("mailto:"),
            "{link}"
        );
    }
    assert!(!page.has("img") && !page.html.contains("title=\"") && !page.html.contains("<!--"));
    assert!(!page.html.contains(stage.packets[0].id.as_str()), "a packet's own id is nobody's");
    for url in [&page.url, &"".to_owned()] {
        assert!(!url.contains("wren"));
    }
    let labels = page.texts_of("fieldset legend");
    assert_eq!(labels.len(), 4, "{labels:?}");
    assert!(!page.html.contains("Nobody pays for this work yet"), "that is for staff to score");
    assert!(page.text_of("#points-3-hint").ends_with("From 0 to 1 point."));
    assert!(
        page.text_of("#points-6-hint").contains("Five is for work that many will still rely on")
    );
    assert_eq!(page.attributes("[name='points.6']", "value"), ["0", "1", "2", "3", "4", "5"]);
    // Each time is in the audit, by ids alone.
    browser.visit(&address(&id)).await.expect(200);
    let opened = stage.audited("packet.opened");
    assert_eq!(opened.len(), 3, "after the undertaking, and twice");
    assert!(opened.iter().all(|own| *own == format!("assessor {}", stage.packets[0].id)));
    assert!(stage.assessment.assignment(&id).opened_at.is_some());
    let home = browser.visit("/assess").await.expect(200);
    assert!(!home.has("tbody th a"), "a username is no link");
    assert!(stage.audited("packets.listed").len() == 1);
    stage.app.stop().await;
}

#[actix_web::test]
async fn answers_headers_and_methods_give_nothing_to_keep() {
    let stage = Stage::set().await;
    let id = stage.readable().await;
    let browser = stage.first();
    for page in
        ["/assess", "/assess/conflicts", &address(&id), &format!("{}/conflict", address(&id))]
    {
        let answer = browser.get(page).await.expect(200);
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{page}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{page}");
        assert_eq!(answer.header("etag"), None);
        assert!(answer.header("content-security-policy").unwrap().contains("default-src 'none'"));
        let head = browser.raw(reqwest::Method::HEAD, page, &[], Vec::new()).await;
        assert_eq!((head.status, head.html.as_str()), (200, ""), "{page}");
        for method in [reqwest::Method::OPTIONS, reqwest::Method::PUT, reqwest::Method::DELETE] {
            let answer = browser.raw(method.clone(), page, &[], Vec::new()).await;
            assert!([404, 405].contains(&answer.status), "{method} {page}: {}", answer.status);
            assert!(!answer.html.contains("wren"));
        }
    }
    stage.app.stop().await;
}

#[actix_web::test]
async fn what_ends_an_assignment_ends_it_at_the_next_request() {
    let stage = Stage::set().await;
    let browser = stage.first();
    let absent = browser.get(&address(&"a".repeat(26).parse().unwrap())).await.expect(404);
    let gone = async |id: &Id, why: &str| {
        for page in ["", "/undertaking", "/others", "/conflict", "/decline"] {
            let answer = browser.get(&format!("/assess/packets/{id}{page}")).await;
            assert_eq!((answer.status, &answer.html), (404, &absent.html), "{why} {page}");
        }
        let token = token(browser).await;
        for page in ["", "/undertaking", "/conflict", "/decline"] {
            let path = format!("/assess/packets/{id}{page}");
            browser.post(&path, &[("token", &token)]).await.expect(404);
        }
        let home = browser.visit("/assess").await.expect(200);
        assert!(!home.html.contains(id.as_str()) && !home.html.contains("wren-codes"), "{why}");
    };
    let id = stage.readable().await;
    stage.assessment.move_to(&id, State::Ended);
    gone(&id, "taken back").await;
    stage.assessment.move_to(&id, State::Submitted);
    browser.visit(&address(&id)).await.expect(200);
    stage.assessment.close(&stage.packets[0]);
    gone(&id, "closed").await;

    // The assessor gives one back.
    let mut stage = stage;
    let application = stage.app.apply(&person(3)).await.id;
    let packet = stage.assessment.release(&application, "emu");
    stage.packets.push(packet);
    for (why, done) in [("conflict", "conflict of interest"), ("decline", "given back")] {
        let browser = stage.first();
        let packet = &stage.packets[stage.packets.len() - 1];
        let id = stage.assessment.assign(packet, &stage.assessors[0].1, State::Accepted);
        let link = if why == "conflict" {
            "I have a conflict of interest"
        } else {
            "I have no time for it"
        };
        let page = browser.visit(&address(&id)).await.expect(200);
        let page = browser.click(&page, link).await.expect(200);
        assert!(page.text_of("main").contains("You lose access to the packet at once"));
        assert!(!page.html.contains("emu"));
        let home = browser.submit_and_follow(&page, FORM, &[]).await.expect(200);
        assert!(home.text_of(".said").contains(done), "{}", home.text_of(".said"));
        browser.visit(&address(&id)).await.expect(404);
        let state = stage.assessment.assignment(&id).state();
        assert_eq!(state, if why == "conflict" { State::Conflict } else { State::Declined });
        if why == "conflict" {
            let another = stage.app.apply(&person(4)).await.id;
            let packet = stage.assessment.release(&another, "emu");
            stage.packets.push(packet);
        }
    }

    // An applicant who is erased, as the database does it.
    let mut database = Database::open(&stage.app.settings.database);
    let id = stage.assign(1, 0, State::Accepted);
    stage.first().visit(&address(&id)).await.expect(200);
    let dossier = &stage.packets[1].dossier;
    database.run(&format!(
        "DELETE FROM dossiers WHERE id = (SELECT parent_id FROM dossiers WHERE id = '{dossier}')"
    ));
    stage.first().get(&address(&id)).await.expect(404);
    assert!(!stage.first().visit("/assess").await.expect(200).html.contains("Quokka-9"));
    stage.app.stop().await;
}

#[actix_web::test]
async fn somebody_else_s_is_like_what_is_not_there() {
    let stage = Stage::set().await;
    let id = stage.readable().await;
    let (other, _) = &stage.assessors[1];
    let own = stage.assign(1, 1, State::Accepted);
    undertake(other, &own).await.expect(200);
    let absent = "a".repeat(26);
    let token = token(other).await;
    for page in ["", "/undertaking", "/others", "/conflict", "/decline"] {
        let theirs = other.get(&format!("/assess/packets/{id}{page}")).await.expect(404);
        let none = other.get(&format!("/assess/packets/{absent}{page}")).await.expect(404);
        assert_eq!(theirs.html, none.html);
    }
    for page in ["", "/undertaking", "/conflict", "/decline"] {
        for id in [id.as_str(), &absent] {
            let path = format!("/assess/packets/{id}{page}");
            other.post(&path, &[("token", &token)]).await.expect(404);
        }
    }
    assert_eq!(stage.assessment.assignment(&id).state(), State::Accepted);
    // A packet's own id, an application's, and what is no id at all.
    for id in [stage.packets[1].id.as_str(), "x", "..%2f", "wren-codes"] {
        other.get(&format!("/assess/packets/{id}")).await.expect(404);
    }
    // Without the token nothing is done, and by another site's page neither.
    let path = format!("{}/conflict", address(&own));
    other.post(&path, &[]).await.expect(403);
    let headers =
        [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "cross-site")];
    let body = format!("token={token}").into_bytes();
    other.raw(reqwest::Method::POST, &path, &headers, body).await.expect(403);
    assert_eq!(stage.assessment.assignment(&own).state(), State::Accepted);
    stage.app.stop().await;
}

#[actix_web::test]
async fn rounds_stand_apart_and_closed_ones_can_be_read_and_not_changed() {
    let mut stage = Stage::set().await;
    let id = stage.readable().await;
    let mut other = Assessment::open_in(&stage.app.settings, &stage.app.clock, EVENT);
    other.change(|plan| plan.title = "Event support".to_owned());
    let event = stage.app.apply_in(EVENT, "eve@mail.example", &person(5).event()).await;
    let packet = other.release(&event.id, "bilby");
    let waits = other.assign(&packet, &stage.assessors[0].1, State::Offered);
    let home = stage.first().visit("/assess").await.expect(200);
    assert_eq!(home.texts_of("section h2"), ["Event support", "Project grants, project-2027"]);
    // The undertaking of the one round is not that of the other.
    let page = stage.first().visit(&address(&waits)).await.expect(200);
    assert!(page.url.ends_with("/undertaking"));

    stage.assessment.change(|plan| plan.closes_on = day("2027-03-01"));
    let home = stage.first().visit("/assess").await.expect(200);
    assert_eq!(home.texts_of("section h2")[1], "Project grants, project-2027");
    assert!(home.html.contains("Scoring closed on"));
    let page = stage.first().visit(&address(&id)).await.expect(200);
    assert!(page.text_of("main").contains("nothing can be changed any more"));
    assert!(!page.has(FORM), "there is nothing to fill in");
    assert!(page.has("a[href$='/conflict']") && !page.has("a[href$='/decline']"));
    let token = token(stage.first()).await;
    let late = [("points.3", "1"), ("version", "1"), ("token", token.as_str())];
    let answer = stage.first().post(&address(&id), &late).await.expect(422);
    assert_eq!(answer.errors(), ["Scoring is closed, so nothing was saved"]);
    let answer = stage
        .first()
        .post(&address(&id), &[("question", "?"), ("action", "ask"), ("token", &token)])
        .await
        .expect(422);
    assert_eq!(answer.errors(), ["Scoring is closed, so no question can be sent"]);
    stage
        .first()
        .post(&format!("{}/decline", address(&id)), &[("token", &token)])
        .await
        .expect(303);
    assert_eq!(stage.assessment.assignment(&id).state(), State::Accepted);
    assert_eq!(stage.assessment.assignment(&id).comments(), Comments::None);
    stage.app.stop().await;
}
