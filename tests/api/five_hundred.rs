//! Five hundred people apply, in fifty languages; an officer reads back what each of them gave, byte for byte.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Instant;

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::html::Page;
use crate::support::journey::ask_to_apply;
use crate::support::journey::{
    PROJECT, Person, Typed, fill_in, id_in, open_link, people, shown, submit, together,
};

/// How many people are at it at the same moment.
const AT_ONCE: usize = 8;

/// Somebody who has submitted.
struct Submitted {
    person: Person,
    typed: Typed,
    id: String,
    reference: String,
}

/// What the pages have to show of somebody: everything that was typed, and what nobody types.
fn expected(typed: &Typed, email: &str) -> Typed {
    let mut expected: Typed = typed
        .iter()
        .filter(|(key, _)| !key.starts_with("consent."))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    for key in ["answer.support", "answer.languages", "answer.affected", "answer.plan"] {
        expected.entry(key.to_owned()).or_default();
    }
    expected.insert("email".to_owned(), email.to_owned());
    expected
}

async fn apply(browser: Client, person: Person, nth: usize, link: String) -> Submitted {
    let typed = person.project(nth);
    let form = open_link(&browser, &link).await;
    let check = fill_in(&browser, form, &typed).await;
    assert_eq!(shown(&check), expected(&typed, &person.email), "before submission, {nth}");
    let receipt = submit(&browser, &check).await;
    let (id, reference) = (id_in(&receipt.url), receipt.text_of(".reference"));
    Submitted { person, typed, id, reference }
}

/// The names and ids of every page of the officer's list, in order.
async fn list(officer: &Client) -> Vec<(String, String)> {
    let mut page = officer.visit("/staff/applications").await.expect(200);
    let mut listed = rows(&page);
    while page.has("a[rel=next]") {
        page = officer.click(&page, "Next page").await.expect(200);
        listed.extend(rows(&page));
    }
    listed
}

fn rows(page: &Page) -> Vec<(String, String)> {
    let ids = page.attributes("table.list tbody a", "href");
    let names = page.exact_texts_of("table.list tbody a");
    ids.iter().map(|href| id_in(href)).zip(names).collect()
}

// proves S34 S35 S43
#[actix_web::test]
async fn five_hundred_people_apply_and_are_read_back_byte_for_byte() {
    let begun = Instant::now();
    let app = TestApp::start().await;
    let officer = Rc::new(app.officer().await);
    let people: Vec<Person> = people();
    assert_eq!(people.len(), 500);

    let asking = people.iter().map(|person| (app.browser(), person.email.clone()));
    let browsers = together(asking, AT_ONCE, |(browser, email)| async move {
        ask_to_apply(&browser, PROJECT, &email).await;
        browser
    })
    .await;
    let links: BTreeMap<String, String> = app
        .mails()
        .await
        .into_iter()
        .filter(|mail| mail.links().iter().any(|link| link.contains("/sign-in/link/")))
        .map(|mail| (mail.to.clone(), mail.link_to("/sign-in/link/")))
        .collect();
    assert_eq!(links.len(), 500, "one mail for each address");
    let asked = begun.elapsed();

    let applying = browsers.into_iter().zip(people).enumerate().map(|(nth, (browser, person))| {
        let link = links.get(&person.email).unwrap().clone();
        (browser, person, nth, link)
    });
    let submitted = together(applying, AT_ONCE, |(browser, person, nth, link)| {
        apply(browser, person, nth, link)
    })
    .await;
    let applied = begun.elapsed();

    let receipts: BTreeMap<String, String> = app
        .mails()
        .await
        .into_iter()
        .filter(|mail| mail.links().iter().any(|link| link.contains("/applications/")))
        .map(|mail| (mail.to, mail.text))
        .collect();
    assert_eq!(receipts.len(), 500, "one receipt for each");
    for one in &submitted {
        let mail = receipts.get(&one.person.email).unwrap();
        assert!(mail.contains(&one.reference), "{} is not in {mail}", one.reference);
    }
    let references: BTreeSet<&str> = submitted.iter().map(|one| one.reference.as_str()).collect();
    assert_eq!(references.len(), 500);

    let listed: BTreeMap<String, String> = list(&officer).await.into_iter().collect();
    assert_eq!(listed.len(), 500);
    for one in &submitted {
        assert_eq!(listed.get(&one.id), Some(&one.person.name));
    }
    let reading = submitted.into_iter().map(|one| (Rc::clone(&officer), one));
    let read = together(reading, AT_ONCE, |(officer, one)| async move {
        let page = officer.visit(&format!("/staff/applications/{}", one.id)).await.expect(200);
        let mut expected = expected(&one.typed, &one.person.email);
        expected.insert("ip".to_owned(), "127.0.0.1".to_owned());
        assert_eq!(shown(&page), expected);
        assert!(page.text_of("h1").contains(&one.reference));
        expected.len()
    })
    .await;
    let values: usize = read.iter().sum();
    app.stop().await;
    eprintln!(
        "500 people: asked for mail after {asked:.1?}, submitted after {applied:.1?}, {values} values read back after {:.1?}",
        begun.elapsed()
    );
}
