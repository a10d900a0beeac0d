//! What the people of the matrix did before it is gone through.

use almoner::domain::assignment::State::{Accepted, Submitted};
use almoner::domain::form::Section;
use almoner::domain::id::Id;
use almoner::domain::secret::Secret;
use almoner::service::permitted::OwnApplication;
use almoner::service::{save_draft, session, submit};

use super::assess::undertake;
use super::matrix::Visitor;
use crate::support::app::TestApp;
use crate::support::database::Database;
use crate::support::packets::Assessment;

/// Somebody who was invited to assess comes in.
pub async fn outsider(app: &TestApp, name: &str) -> Visitor {
    let browser = app.browser();
    let address = format!("{name}@elsewhere.example");
    let link = app.mail_to(&address).await.link_to("/assess/welcome/");
    let page = browser.visit(&link).await.expect(200);
    let home = browser.submit_and_follow(&page, "main form", &[("name", name)]).await.expect(200);
    let assessor_token = home.form("form.out").value("token").unwrap().to_owned();
    Visitor { assessor_token, ..Visitor::new(browser) }
}

/// Packets of an application, assigned to the assessor, who is the only one so far that came in.
pub async fn assign(app: &TestApp, application: &Id, to: &Visitor) -> Vec<(&'static str, Id)> {
    let mut assessment = Assessment::open(app);
    assessment.change(|plan| plan.show_others = true);
    let mut database = Database::open(&app.settings.database);
    let who = database.texts("SELECT id AS value FROM assessors WHERE state = 'active'").remove(0);
    let who: Id = who.parse().unwrap();
    let assigned: Vec<(&str, Id)> =
        [("{packet}", Accepted), ("{declined}", Accepted), ("{scored}", Submitted)]
            .into_iter()
            .map(|(name, state)| {
                let packet = assessment.release(application.as_str(), "owner-of-it");
                assessment.put_file(&packet, "A plan.");
                (name, assessment.assign(&packet, &who, state))
            })
            .collect();
    undertake(&to.browser, &assigned[0].1).await.expect(200);
    assigned
}

/// The owner fills in a draft and submits it.
pub fn submit_draft(app: &TestApp, owner: &Visitor, id: &Id) {
    let context = app.context();
    let cookie = owner.browser.cookie("__Host-applicant").unwrap();
    let who = session::applicant(context, &cookie).unwrap();
    let save = |section, values: &[(&str, &str)]| {
        let values: Vec<(String, Secret)> =
            values.iter().map(|(key, text)| ((*key).to_owned(), Secret::new(*text))).collect();
        let own = OwnApplication::find(context, &who, id).unwrap();
        let errors = save_draft::save(context, &own, section, &values).unwrap();
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
    let own = OwnApplication::find(context, &who, id).unwrap();
    submit::submit(context, &who, &own, None).unwrap();
}
