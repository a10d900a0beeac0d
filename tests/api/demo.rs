//! The site full of invented people that `almoner demo` serves: it fills, and each of its links lets somebody in.

use almoner::service::demo;

use crate::support::app::TestApp;
use crate::support::journey::FORM;

#[actix_web::test]
async fn the_demo_lets_somebody_of_each_role_in() {
    let app = TestApp::start().await;
    let (ctx, clock) = (app.context().clone(), app.clock.clone());
    let links = actix_web::web::block(move || {
        demo::fill(&ctx, || clock.advance(25_000))?;
        demo::links(&ctx)
    });
    let links = links.await.unwrap().unwrap();
    let first_pages = [
        ("Applicant", "/applications"),
        ("Administrator", "/staff/people"),
        ("Officer", "/staff/applications"),
        ("Approver", "/staff/applications"),
        ("Finance", "/staff"),
        ("Privacy officer", "/staff/audit"),
        ("Assessor", "/assess"),
    ];
    assert_eq!(links.len(), first_pages.len());
    for (link, (role, page)) in links.iter().zip(first_pages) {
        assert!(link.who.starts_with(role), "{} is no {role}", link.who);
        let browser = app.browser();
        let door = browser.visit(link.link.expose()).await.expect(200);
        let home = browser.submit_and_follow(&door, FORM, &[]).await.expect(200);
        assert!(home.url.starts_with(page), "{role} comes to {}", home.url);
        if role == "Officer" {
            assert_eq!(home.texts_of("tbody tr").len(), 50, "a full page of the list");
        }
    }
    app.stop().await;
}
