//! The officer's list: filters, order, pages and searches.

use std::collections::BTreeSet;

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::html::Page;
use crate::support::journey::{
    Applied, EVENT, FORM, PROJECT, Person, ask_to_apply, fill_in, id_in, open_link, person, submit,
    together,
};

/// Lets people apply, a second between every two unless they are at it at the same time. Answers the ids in order.
async fn apply_all(app: &TestApp, people: &[(Person, &'static str)], seconds: i64) -> Vec<String> {
    let asking = people.iter().cloned().map(|(person, round)| (app.browser(), person, round));
    let asked = together(asking, 8, |(browser, person, round)| async move {
        ask_to_apply(&browser, round, &person.email).await;
        (browser, person, round)
    })
    .await;
    let mails = app.mails().await;
    let mut ids = Vec::new();
    for (browser, person, round) in asked {
        let mail = mails.iter().rev().find(|mail| mail.to == person.email).unwrap();
        let page = open_link(&browser, &mail.link_to("/sign-in/link/")).await;
        let typed = if round == EVENT { person.event() } else { person.project(1) };
        let page = fill_in(&browser, page, &typed).await;
        ids.push(id_in(&submit(&browser, &page).await.url));
        app.clock.advance(seconds);
    }
    ids
}

fn ids(page: &Page) -> Vec<String> {
    page.attributes("table.list tbody a", "href").iter().map(|href| id_in(href)).collect()
}

fn names(page: &Page) -> Vec<String> {
    page.exact_texts_of("table.list tbody a")
}

/// The ids of all pages from an address on, and how many pages there were.
async fn all_pages(officer: &Client, address: &str) -> (Vec<String>, usize) {
    let mut page = officer.visit(address).await.expect(200);
    let (mut found, mut pages) = (ids(&page), 1);
    while page.has("a[rel=next]") {
        page = officer.click(&page, "Next page").await.expect(200);
        found.extend(ids(&page));
        pages += 1;
        assert!(pages < 20, "the pages never end");
    }
    (found, pages)
}

async fn find(officer: &Client, what: (&str, &str)) -> Page {
    let page = officer.visit("/staff/applications").await.expect(200);
    officer.submit(&page, FORM, &[what]).await.expect(200)
}

#[actix_web::test]
async fn pages_miss_nothing_and_show_nothing_twice() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let named = |nth: usize| (person(nth), if nth.is_multiple_of(3) { EVENT } else { PROJECT });
    // Sixty with the same time to the millisecond, so that only the second part of the order tells them apart.
    let together: Vec<_> = (0..60).map(named).collect();
    let mut same = apply_all(&app, &together, 0).await;
    app.clock.advance(1);
    let apart: Vec<_> = (60..120).map(named).collect();
    let later = apply_all(&app, &apart, 1).await;

    let (newest, pages) = all_pages(&officer, "/staff/applications").await;
    assert_eq!((newest.len(), pages), (120, 3));
    assert_eq!(newest.iter().collect::<BTreeSet<_>>().len(), 120, "nothing twice");
    assert!(newest.iter().take(60).eq(later.iter().rev()), "the newest first");
    let (oldest, pages) = all_pages(&officer, "/staff/applications?sort=oldest").await;
    assert_eq!(pages, 3);
    assert!(
        oldest.iter().eq(newest.iter().rev()),
        "the other order is exactly the other way round"
    );
    let mut equal: Vec<String> = oldest.iter().take(60).cloned().collect();
    equal.sort();
    same.sort();
    assert_eq!(equal, same);

    // Somebody who comes while an officer turns pages moves nobody to another page.
    let first = officer.visit("/staff/applications").await.expect(200);
    app.apply(&person(130)).await;
    let second = officer.click(&first, "Next page").await.expect(200);
    assert_eq!(ids(&second), newest.get(50..100).unwrap());
    let back = officer.click(&second, "First page").await.expect(200);
    assert_eq!(back.url, "/staff/applications");

    // Filters and pages together; the search by name has pages too.
    let events = (0..120).filter(|nth| nth % 3 == 0).count();
    let (found, _) = all_pages(&officer, "/staff/applications?programme=event").await;
    assert_eq!(found.len(), events);
    let (rest, _) = all_pages(&officer, "/staff/applications?programme=project&sort=oldest").await;
    assert_eq!(rest.len(), 121 - events);
    assert!(found.iter().all(|id| !rest.contains(id)));
    let mut page = find(&officer, ("name", "")).await;
    assert_eq!(ids(&page).len(), 50, "an empty search is none");
    page = find(&officer, ("name", "e")).await;
    let wanted: BTreeSet<String> = (0..120)
        .chain([130])
        .map(|nth| person(nth).name)
        .filter(|name| name.to_lowercase().contains('e'))
        .collect();
    let (mut seen, mut rows) = (BTreeSet::new(), Vec::new());
    loop {
        seen.extend(names(&page));
        rows.extend(ids(&page));
        if !page.has("form.paging") {
            break;
        }
        page = officer.submit(&page, "form.paging", &[]).await.expect(200);
    }
    assert_eq!(seen, wanted);
    assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), rows.len(), "nobody twice");
    app.stop().await;
}

/// An application with a name, an address and a username of its own.
async fn apply_as(app: &TestApp, name: &str, email: &str, github: &str) -> Applied {
    let mut one = person(0);
    (one.name, one.email, one.github_username) =
        (name.to_owned(), email.to_owned(), github.to_owned());
    app.apply(&one).await
}

#[actix_web::test]
async fn people_are_found_however_their_name_and_address_are_written() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let jose = apply_as(&app, "José Ångström", "Jose.A@Bücher.example", "Jose-A").await;
    let straw =
        apply_as(&app, "Jose\u{301} A\u{30a}ngstro\u{308}m II", "b@mail.example", "jose-a2").await;
    let wei = apply_as(&app, "王 伟", "wei@mail.example", "wei").await;
    apply_as(&app, "100% <b>_Łukasz_</b>", "l@mail.example", "lukasz").await;
    let mut again = person(0).event();
    again.insert("name".to_owned(), "J. Ångström".to_owned());
    again.insert("github_username".to_owned(), "jose-a".to_owned());
    app.clock.advance(1);
    let second = app.apply_in(EVENT, "jose.a@bücher.example", &again).await;

    for (what, spelt, wanted) in [
        ("email", "jose.a@bücher.example", vec![&second, &jose]),
        ("email", " JOSE.A@BÜCHER.EXAMPLE ", vec![&second, &jose]),
        ("email", "jose.a@xn--bcher-kva.example", vec![&second, &jose]),
        ("email", "jose.a@bu\u{308}cher.example", vec![&second, &jose]),
        ("email", "jose.a", vec![]),
        ("email", "ose.a@bücher.example", vec![]),
        ("email", "%", vec![]),
        ("github_username", "JOSE-A", vec![&second, &jose]),
        ("github_username", " jose-a2 ", vec![&straw]),
        ("github_username", "jose", vec![]),
        ("name", "伟", vec![&wei]),
        ("name", "  wei", vec![]),
        ("name", "II", vec![&straw]),
    ] {
        let page = find(&officer, (what, spelt)).await;
        let wanted: Vec<String> = wanted.iter().map(|one| one.id.clone()).collect();
        assert_eq!(ids(&page), wanted, "{what} {spelt:?}");
        assert_eq!(page.form(FORM).value(what), Some(spelt), "the search stays on the page");
        if wanted.is_empty() {
            assert_eq!(page.text_of(".empty h2"), "Nobody found");
        }
        assert_eq!(page.url, "/staff/applications", "nobody's name stands in the address");
    }
    for spelt in ["ÅNGSTRÖM", "a\u{30a}ngstro\u{308}m", "ngstr"] {
        assert_eq!(ids(&find(&officer, ("name", spelt)).await).len(), 3, "{spelt:?}");
    }
    // Characters that mean something to a database mean nothing here.
    for (spelt, found) in
        [("100%", 1), ("%", 1), ("_", 1), ("<b>", 1), ("'", 0), ("*", 0), ("\\", 0)]
    {
        let page = find(&officer, ("name", spelt)).await;
        assert_eq!(ids(&page).len(), found, "{spelt:?}");
        assert!(!page.has("td b") && !page.has("th b"));
    }
    // The filters hold in a search as well.
    let events = officer.visit("/staff/applications?programme=event").await.expect(200);
    let page = officer.submit(&events, FORM, &[("email", "jose.a@bücher.example")]).await;
    assert_eq!(ids(&page.expect(200)), std::slice::from_ref(&second.id));
    app.stop().await;
}

#[actix_web::test]
async fn filters_stand_in_the_address_and_counts_follow() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let empty = officer.visit("/staff/applications").await.expect(200);
    assert_eq!(empty.text_of(".empty h2"), "No applications yet");
    assert!(empty.text_of(".empty").contains("They appear here as soon as"), "what to do next");
    let people: Vec<_> =
        [(1, PROJECT), (2, PROJECT), (3, EVENT)].map(|(nth, round)| (person(nth), round)).into();
    let applied = apply_all(&app, &people, 1).await;
    let [first, second, event] = <[String; 3]>::try_from(applied).unwrap();

    let page = officer.visit(&format!("/staff/applications/{second}")).await.expect(200);
    let moved = officer.submit_and_follow(&page, FORM, &[("to", "in_review")]).await.expect(200);
    assert!(moved.has(".status.in_review"));
    let list = officer.visit("/staff/applications").await.expect(200);
    let chosen = [("programme", "project"), ("status", "submitted"), ("sort", "oldest")];
    let page = officer.submit(&list, "form[method=get]", &chosen).await.expect(200);
    assert_eq!(
        page.url,
        "/staff/applications?programme=project&round=&status=submitted&sort=oldest"
    );
    assert_eq!(ids(&page), std::slice::from_ref(&first));
    let form = page.form("form[method=get]");
    assert_eq!(
        (form.value("programme"), form.value("status")),
        (Some("project"), Some("submitted"))
    );
    assert_eq!(page.texts_of(".count-of"), ["2", "1", "1", "0"], "of the chosen programme");
    let tab = officer.visit(&page.attributes(".tabs a", "href").swap_remove(2)).await.expect(200);
    assert_eq!(
        ids(&tab),
        std::slice::from_ref(&second),
        "the tab of those in review keeps the programme"
    );

    for (query, wanted) in [
        ("", vec![&event, &second, &first]),
        ("?sort=oldest", vec![&first, &second, &event]),
        ("?round=event", vec![&event]),
        ("?round=project-2027&status=in_review", vec![&second]),
        ("?programme=event&round=project-2027", vec![]),
        ("?status=withdrawn", vec![]),
        ("?programme=&round=&status=&sort=&after=", vec![&event, &second, &first]),
    ] {
        let page = officer.visit(&format!("/staff/applications{query}")).await.expect(200);
        let wanted: Vec<String> = wanted.into_iter().cloned().collect();
        assert_eq!(ids(&page), wanted, "{query}");
        if wanted.is_empty() {
            assert_eq!(page.text_of(".empty h2"), "No application fits these filters");
            assert!(page.has("a.clear"));
        }
    }
    // What is no filter is named and kept, and nothing is listed or looked at.
    let mut database = Database::open(&app.settings.database);
    let looked = database.count("audit");
    for (query, wrong) in [
        ("status=draft", vec!["There is no status “draft”"]),
        (
            "status=nonsense&sort=sideways",
            vec!["There is no status “nonsense”", "There is no order “sideways”"],
        ),
        ("programme=nothing", vec!["There is no programme “nothing”"]),
        (
            "programme=event&round=nothing&status=x",
            vec!["There is no round “nothing”", "There is no status “x”"],
        ),
    ] {
        let page = officer.visit(&format!("/staff/applications?{query}")).await.expect(422);
        assert_eq!(page.errors(), wrong);
        assert!(ids(&page).is_empty() && !page.has(".empty"), "{query}");
        for pair in query.split('&') {
            let (name, typed) = pair.split_once('=').unwrap();
            assert_eq!(page.form("form.filters").value(name), Some(typed), "{query}");
        }
    }
    assert_eq!(database.count("audit"), looked);
    for wrong in ["after=nonsense", "after=1-x", "after=9e9-a"] {
        let page = officer.get(&format!("/staff/applications?{wrong}")).await;
        assert_eq!(page.status, 404, "{wrong}");
    }
    app.stop().await;
}
