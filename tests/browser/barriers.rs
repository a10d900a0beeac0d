//! No page has barriers, as it stands and with mistakes on it: light and dark, on a desk and on a phone.

use crate::axe::assert_no_barriers;
use crate::harness::{Browser, Kind};
use crate::journey::{
    self, Answers, PROJECT, PROJECT_STAFF_ONLY, YOU, arrived, give_all, open, problems,
};
use crate::pictures::demo_with_link;
use crate::support::app::TestApp;

const EMAIL: &str = "noor@invented.example";

/// Waits for a page and looks for barriers in it.
async fn check(browser: &Browser, heading: &str) {
    arrived(browser, heading).await;
    assert_no_barriers(browser).await;
}

/// The same, for a page that names mistakes.
async fn check_wrong(browser: &Browser, heading: &str, mistakes: usize) {
    check(browser, heading).await;
    let said = problems(browser).await;
    assert_eq!(said.len(), mistakes, "{said:?}");
}

#[actix_web::test]
async fn no_barriers_on_the_way_to_the_form() {
    let app = TestApp::start().await;
    let browser = Browser::start(Kind::DESK).await;
    open(&app, &browser, "/").await;
    check(&browser, "Apply for a grant").await;
    for (path, heading) in [
        ("/rounds/event", "Event support"),
        ("/rounds/hardship", "Hardship grants"),
        ("/privacy", &journey::privacy_title(&app)),
    ] {
        open(&app, &browser, path).await;
        check(&browser, heading).await;
    }
    open(&app, &browser, "/rounds/hardship/apply").await;
    browser.tick("age", "under_sixteen").await;
    browser.press("Continue").await;
    check(&browser, "You can’t apply by yourself yet").await;
    open(&app, &browser, "/rounds/hardship/apply").await;
    browser.tick("age", "adult").await;
    browser.press("Continue").await;
    check(&browser, "Your consent").await;

    open(&app, &browser, "/").await;
    browser.follow("Project grants").await;
    check(&browser, "Project grants").await;
    browser.follow("Start an application").await;
    check(&browser, "How old are you?").await;
    browser.press("Continue").await;
    check_wrong(&browser, "How old are you?", 1).await;
    browser.tick("age", "sixteen_or_seventeen").await;
    browser.press("Continue").await;
    check(&browser, "You can’t apply in this round").await;
    journey::come_to_age(&app, &browser, "Project grants").await;
    browser.tick("age", "adult").await;
    browser.press("Continue").await;
    check(&browser, "Your consent").await;
    browser.press("Continue").await;
    check_wrong(&browser, "Your consent", 1).await;
    browser.tick("consent.application", "yes").await;
    browser.press("Continue").await;
    check(&browser, "Your e-mail address").await;
    browser.press("Send me the link and the code").await;
    check_wrong(&browser, "Your e-mail address", 1).await;
    browser.fill("email", EMAIL).await;
    browser.press("Send me the link and the code").await;
    check(&browser, "Check your mail").await;
    browser.press("Continue").await;
    check_wrong(&browser, "Check your mail", 1).await;
    browser.open(&app.mail_to(EMAIL).await.link_to("/sign-in/link/")).await;
    check(&browser, "Confirm your address").await;
    browser.close().await;
    app.stop().await;
}

#[actix_web::test]
async fn no_barriers_in_the_form_and_after_it() {
    let app = TestApp::start().await;
    let browser = Browser::start(Kind::DESK).await;
    journey::come_to_form(&app, &browser, "Project grants", EMAIL).await;
    check(&browser, "About you").await;
    browser.press("Save and continue").await;
    check_wrong(&browser, "About you", 3).await;
    give_all(&browser, YOU).await;
    browser.press("Save and continue").await;
    check(&browser, "Your request").await;
    browser.press("Save and continue").await;
    check_wrong(&browser, "Your request", PROJECT.len()).await;
    give_all(&browser, PROJECT).await;
    browser.press("Save draft").await;
    arrived(&browser, "Your request").await;
    assert!(browser.shows(".said").await);
    check(&browser, "Your request").await;
    browser.press("Save and continue").await;
    check(&browser, "For our staff only").await;
    browser.press("Save and continue").await;
    check_wrong(&browser, "For our staff only", 1).await;
    browser.follow("Check your answers").await;
    check(&browser, "Check your answers").await;
    browser.press("Submit").await;
    check_wrong(&browser, "Check your answers", 1).await;
    browser.follow("Project grants").await;
    check(&browser, "Project grants").await;
    browser.follow("Check your answers and submit").await;
    arrived(&browser, "Check your answers").await;
    browser.click("#answer-paid_work").await;
    check(&browser, "For our staff only").await;
    give_all(&browser, PROJECT_STAFF_ONLY).await;
    browser.press("Save and continue").await;
    check(&browser, "Check your answers").await;
    browser.press("Submit").await;
    check(&browser, "Your application is in").await;
    browser.follow("status page").await;
    check(&browser, "Project grants").await;
    browser.follow("Your applications").await;
    check(&browser, "Your applications").await;
    browser.follow("Project grants").await;
    arrived(&browser, "Project grants").await;
    browser.follow("Withdraw this application").await;
    check(&browser, "Withdraw this application?").await;
    browser.press("Withdraw the application").await;
    check(&browser, "Project grants").await;
    browser.close().await;
    app.stop().await;
}

/// The forms that ask for other things: dates, and what is sensitive.
#[actix_web::test]
async fn no_barriers_in_the_other_forms() {
    let app = TestApp::start().await;
    let browser = Browser::start(Kind::DESK).await;
    journey::come_to_form(&app, &browser, "Event support", EMAIL).await;
    give_all(&browser, YOU).await;
    browser.press("Save and continue").await;
    check(&browser, "Your request").await;
    browser.press("Save and continue").await;
    check_wrong(&browser, "Your request", 9).await;

    // Somebody who is signed in is not asked for the address again.
    journey::come_to_address(&app, &browser, "Hardship grants").await;
    arrived(&browser, "About you").await;
    give_all(&browser, YOU).await;
    browser.press("Save and continue").await;
    check(&browser, "Your request").await;
    let answers: &Answers =
        &[("answer.need", "Two months of rent."), ("answer.amount", "1,000 dollars")];
    give_all(&browser, answers).await;
    browser.press("Save and continue").await;
    check_wrong(&browser, "Your request", 4).await;

    // The session ends while somebody types: nothing of it is lost.
    browser.client.delete_all_cookies().await.unwrap();
    browser.press("Save draft").await;
    check(&browser, "You were signed out before this was saved").await;
    assert!(browser.text_of("main").await.contains("copy it"));
    browser.close().await;
    app.stop().await;
}

#[actix_web::test]
async fn no_barriers_where_something_went_wrong() {
    let app = TestApp::start().await;
    let browser = Browser::start(Kind::DESK).await;
    journey::come_to_form(&app, &browser, "Project grants", EMAIL).await;
    let link = app.mail_to(EMAIL).await.link_to("/sign-in/link/");
    for (path, heading) in [
        ("/no-such-page", "Page not found"),
        ("/applications/00000000000000000000000000", "Page not found"),
        ("/staff/no-such-page", "Page not found"),
    ] {
        open(&app, &browser, path).await;
        check(&browser, heading).await;
    }
    browser.open(&link).await;
    check(&browser, "This link or code no longer works").await;
    // Somebody who was signed out and in again meanwhile: the page is out of date.
    open(&app, &browser, "/applications").await;
    browser.follow("Project grants").await;
    arrived(&browser, "Project grants").await;
    browser.run("document.querySelector('.out [name=token]').value = 'x'", Vec::new()).await;
    browser.press("Sign out").await;
    check(&browser, "This page was out of date").await;

    app.clock.advance(70 * 24 * 60 * 60);
    let slug = "/rounds/project-2027";
    open(&app, &browser, slug).await;
    check(&browser, "Project grants").await;
    assert!(browser.text_of(".inset").await.starts_with("This round is closed."));
    open(&app, &browser, &format!("{slug}/apply")).await;
    check(&browser, "This round is not open").await;
    open(&app, &browser, "/applications?signed-in=1").await;
    arrived(&browser, "Sign in to your applications").await;
    browser.client.delete_all_cookies().await.unwrap();
    open(&app, &browser, "/applications?signed-in=1").await;
    check(&browser, "Your browser refused the cookie").await;
    open(&app, &browser, "/sign-in/code").await;
    check(&browser, "A code works only where it was asked for").await;
    open(&app, &browser, "/sign-in").await;
    check(&browser, "Sign in to your applications").await;
    browser.press("Send me the link and the code").await;
    check_wrong(&browser, "Sign in to your applications", 1).await;
    browser.close().await;
    app.stop().await;
}

#[actix_web::test]
async fn no_barriers_for_staff() {
    let app = TestApp::start().await;
    let browser = Browser::start(Kind::DESK).await;
    open(&app, &browser, "/staff/sign-in").await;
    check(&browser, "Staff sign-in").await;
    browser.press("Continue").await;
    check_wrong(&browser, "Staff sign-in", 2).await;
    browser.fill("email", "somebody@staff.example").await;
    browser.fill("password", "not a password of anybody").await;
    browser.press("Continue").await;
    check(&browser, "Enter the code").await;
    browser.press("Sign in").await;
    check_wrong(&browser, "Enter the code", 1).await;
    open(&app, &browser, "/staff/sign-in/mail").await;
    check(&browser, "Sign in by mail").await;
    browser.fill("email", "somebody@staff.example").await;
    browser.press("Send me the link and the code").await;
    check(&browser, "Check your mail").await;
    browser.open(&app.first_admin_link).await;
    check(&browser, "Welcome").await;
    browser.press("Come in").await;
    check_wrong(&browser, "Welcome", 2).await;

    browser.open(&demo_with_link(&app, "Officer").await).await;
    check(&browser, "Sign in").await;
    browser.press("Sign in").await;
    check(&browser, "Applications").await;
    let rows = browser.client.find_all(fantoccini::Locator::Css("tbody tr")).await.unwrap();
    assert_eq!(rows.len(), 50, "sixty people applied");
    browser.follow("Next page").await;
    check(&browser, "Applications").await;
    browser.fill("name", "a").await;
    browser.press("Search").await;
    check(&browser, "Applications").await;
    browser.fill("name", "nobody is called so").await;
    browser.press("Search").await;
    arrived(&browser, "Applications").await;
    assert_eq!(browser.text_of(".empty h2").await, "Nobody found");
    assert_no_barriers(&browser).await;
    open(&app, &browser, "/staff/applications?programme=hardship&status=withdrawn").await;
    check(&browser, "Applications").await;
    open(&app, &browser, "/staff/applications").await;
    browser.click("tbody a").await;
    assert!(browser.shows(".columns").await);
    assert_no_barriers(&browser).await;
    // The officer does not look after people.
    open(&app, &browser, "/staff/people").await;
    check(&browser, "You need another role").await;
    browser.close().await;
    app.stop().await;
}

#[actix_web::test]
async fn no_barriers_for_those_who_look_after_people() {
    let app = TestApp::start().await;
    let browser = Browser::start(Kind::DESK).await;
    browser.open(&app.first_admin_link).await;
    browser.fill("name", "Robin Invented").await;
    browser.fill("email", "robin@staff.example").await;
    browser.tick("roles", "officer").await;
    browser.press("Come in").await;
    open(&app, &browser, "/staff/applications").await;
    check(&browser, "Applications").await;
    assert_eq!(browser.text_of(".empty h2").await, "No applications yet");
    browser.follow("People").await;
    check(&browser, "People").await;
    browser.follow("Robin Invented").await;
    check(&browser, "Robin Invented").await;
    open(&app, &browser, "/staff/account").await;
    check(&browser, "Your account").await;
    open(&app, &browser, "/staff/prove?then=/staff/people").await;
    check(&browser, "Prove that it is you").await;
    browser.press("Mail me a code").await;
    check(&browser, "Enter the code").await;
    browser.press("Go on").await;
    check_wrong(&browser, "Enter the code", 1).await;
    open(&app, &browser, "/staff/people").await;
    browser.follow("Invite somebody").await;
    check(&browser, "Invite somebody").await;
    browser.press("Send the invitation").await;
    check_wrong(&browser, "Invite somebody", 2).await;
    browser.fill("email", "finn@staff.example").await;
    browser.tick("roles", "finance").await;
    browser.press("Send the invitation").await;
    arrived(&browser, "People").await;
    assert!(browser.shows(".said").await);
    assert_no_barriers(&browser).await;
    browser.follow("Invited person").await;
    check(&browser, "Invited person").await;

    // Somebody whose role has no page yet.
    let link = app.mail_to("finn@staff.example").await.link_to("/staff/welcome/");
    browser.client.delete_all_cookies().await.unwrap();
    browser.open(&link).await;
    check(&browser, "Welcome").await;
    browser.fill("name", "Finn Invented").await;
    browser.press("Come in").await;
    check(&browser, "Welcome").await;
    browser.close().await;
    app.stop().await;
}
