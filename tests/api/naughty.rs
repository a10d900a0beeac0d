//! The big list of naughty strings in every field: what is taken comes back unchanged, what is refused stays in the
//! form unchanged, and nothing of it becomes part of a page.
//!
//! `tests/data/blns.txt` is `big-list-of-naughty-strings` 1.0.0 by Max Woolf, under the MIT licence beside it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use almoner::domain::file::shown_name;
use almoner::domain::text::{has_line_break, is_blank};
use scraper::Html;

use crate::files::{self, attach, begin};
use crate::support::app::TestApp;
use crate::support::bytes::files_below;
use crate::support::html::{Page, with_crlf};
use crate::support::journey::{FORM, PROJECT, Typed, agree, fill_in, id_in, person, shown, submit};

/// The elements and attributes that our own templates have. Nobody who fills in a form can add to them.
struct Vocabulary {
    tags: BTreeSet<String>,
    attributes: BTreeSet<String>,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let mut known = Vocabulary { tags: BTreeSet::new(), attributes: BTreeSet::new() };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    for file in files_below(&folder, &folder.join("mail")) {
        // The one page with a drawing shows nobody's words but a key of ours.
        if file.ends_with("staff/ways_app.html") {
            continue;
        }
        let text = std::fs::read_to_string(file).unwrap();
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        for after in text.split('<').skip(1) {
            known.tags.extend(after.split(|letter| !is_name(letter)).next().map(str::to_owned));
        }
        for before in text.split("=\"") {
            known
                .attributes
                .extend(before.rsplit(|letter| !is_name(letter)).next().map(str::to_owned));
        }
    }
    // Those that have no value, and what the filter for times writes.
    let more = [
        "checked",
        "selected",
        "defer",
        "readonly",
        "disabled",
        "data-once",
        "data-file",
        "datetime",
    ];
    known.attributes.extend(more.map(str::to_owned));
    known.tags.insert("time".to_owned());
    for never in
        ["iframe", "img", "svg", "object", "embed", "style", "base", "math", "b", "marquee"]
    {
        assert!(!known.tags.contains(never), "<{never}> would go unnoticed");
    }
    for never in ["style", "onclick", "onload", "onerror", "srcdoc", "formaction", "background"] {
        assert!(!known.attributes.contains(never), "{never} would go unnoticed");
    }
    known
});

fn strings() -> Vec<&'static str> {
    let lines = include_str!("../data/blns.txt").split('\n');
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// As it is kept: every line end is one character.
fn kept(typed: &str) -> String {
    with_crlf(typed).replace("\r\n", "\n")
}

/// Every element with the names of its attributes, in order and by depth: all of a page but its texts and values.
#[track_caller]
fn skeleton(page: &Page) -> Vec<String> {
    let document = Html::parse_document(&page.html);
    let mut found = Vec::new();
    for node in document.tree.nodes() {
        let Some(element) = node.value().as_element() else { continue };
        let mut attributes: Vec<&str> = element.attrs().map(|(name, _)| name).collect();
        attributes.sort_unstable();
        let depth = node.ancestors().count();
        found.push(format!("{depth} {} {}", element.name(), attributes.join(" ")));
        assert!(VOCABULARY.tags.contains(element.name()), "<{}> in {}", element.name(), page.url);
        for (name, value) in element.attrs() {
            let known = VOCABULARY.attributes.contains(name);
            assert!(known, "the attribute {name} in {}", page.url);
            let leads = ["href", "src", "action"].contains(&name);
            let here = ["/", "#", "mailto:"].iter().any(|start| value.starts_with(start));
            assert!(!leads || (here && !value.starts_with("//")), "{name}={value} in {}", page.url);
        }
    }
    let count = |css: &str| page.attributes(css, "src").len();
    assert_eq!((count("script"), count("script[src^='/static/site.js']")), (1, 1));
    found
}

/// The fields into which anything can be typed, by section.
const SECTIONS: [(&str, &[&str]); 3] = [
    ("you", &["name", "pronouns", "location", "github_username", "social_usernames"]),
    (
        "request",
        &[
            "answer.title",
            "answer.summary",
            "answer.benefit",
            "answer.deliverables",
            "answer.midpoint",
            "answer.support",
            "answer.hours",
            "answer.amount",
            "answer.background",
        ],
    ),
    ("staff-only", &["answer.paid_work", "answer.languages"]),
];

#[actix_web::test]
async fn in_every_field_of_a_draft_each_comes_back_as_it_was() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let you = app.begin(&browser, PROJECT, "kim@mail.example").await;
    let base = format!("/applications/{}", id_in(&you.url));
    let strings = strings();
    assert!(strings.len() > 400);
    let (mut harmless, mut held) = (Vec::new(), Typed::new());
    let (mut taken, mut refused) = (0, 0);
    // The first turn is of harmless values, and the pages of all others are held against it.
    for turn in 0..=strings.len() {
        for (at, (section, fields)) in SECTIONS.iter().enumerate() {
            let values: Vec<(&str, &str)> = fields
                .iter()
                .enumerate()
                .map(|(nth, field)| {
                    let one = strings.get((turn + nth * 41 + at * 97) % strings.len()).unwrap();
                    (*field, if turn == 0 { "plain" } else { *one })
                })
                .collect();
            let mut typed = vec![("action", "save")];
            typed.extend(&values);
            let address = format!("{base}/form/{section}");
            let page = if turn == 0 { browser.visit(&address).await } else { you.clone() };
            let page = if turn == 0 {
                harmless.push(page.form(FORM));
                browser.submit_and_follow(&page, FORM, &typed).await
            } else {
                let mut form = harmless.get(at).unwrap().clone();
                typed.iter().for_each(|(name, value)| form.set(name, value));
                let answer = browser.send(&page, &form).await;
                browser.follow(answer).await
            };
            assert!([200, 422].contains(&page.status), "{} for {values:?}", page.status);
            skeleton(&page);
            let wrong = page.attributes(".error-summary a", "href");
            let form = page.form(FORM);
            for (field, value) in values {
                assert_eq!(form.value(field), Some(kept(value).as_str()), "{field}");
                if wrong.contains(&format!("#{}", field.replace('.', "-"))) {
                    refused += 1;
                } else {
                    taken += 1;
                    held.insert(field.to_owned(), kept(value));
                }
            }
        }
        for path in ["", "/check"] {
            let page = browser.visit(&format!("{base}{path}")).await.expect(200);
            skeleton(&page);
            let shown = shown(&page);
            for (field, value) in &held {
                assert_eq!(shown.get(field), Some(value), "{field} on {}", page.url);
            }
        }
    }
    eprintln!(
        "{} strings in 16 fields: {taken} times taken, {refused} times refused",
        strings.len()
    );
    app.stop().await;
}

#[actix_web::test]
async fn whatever_a_file_is_called_its_page_is_as_it_was() {
    let app = TestApp::start().await;
    let (browser, _, id) = begin(&app, "kim@mail.example").await;
    let harmless = skeleton(&attach(&browser, &id, "plain.txt", b"x").await.expect(200));
    let mut refused = 0;
    for one in strings() {
        let page = attach(&browser, &id, one, b"x").await;
        if page.status == 400 {
            // What can't stand in a line, or takes the quotation mark along that ends a name.
            assert!(one.chars().any(char::is_control) || one.ends_with('\\'), "{one:?}");
            refused += 1;
            continue;
        }
        assert_eq!(skeleton(&page.expect(200)), harmless, "{one:?}");
        let page = browser.visit(&files::address(&id)).await.expect(200);
        // A backslash is read as the way to write what follows it.
        if !one.contains(['\\', '"']) {
            assert_eq!(page.exact_text_of(".attached a"), shown_name(one), "{one:?}");
        }
    }
    assert!(refused < 20, "{refused} names were refused");
    app.stop().await;
}

/// A string for a field of a submission, where it will do.
fn fitting<'a>(field: &str, text: &'a str) -> &'a str {
    let (words, characters) = match field {
        "answer.title" => (12, 500),
        "answer.languages" => (20, 500),
        "pronouns" => (60, 60),
        "social_usernames" => (2_000, 2_000),
        _ => (90, 200),
    };
    let fits = text.split_whitespace().count() <= words && text.chars().count() <= characters;
    if fits && !is_blank(text) && !has_line_break(text) { text } else { "plain" }
}

#[actix_web::test]
#[expect(clippy::disallowed_methods, reason = "no setting of the program, but of its tests")]
async fn what_was_submitted_reaches_the_officer_as_it_was() {
    let app = TestApp::start().await;
    let officer = app.officer().await;
    let strings = strings();
    let mut plain = person(0).project(1);
    let free = ["name", "pronouns", "location", "social_usernames"].into_iter().chain(
        SECTIONS.iter().flat_map(|(_, fields)| *fields).copied().filter(|field| {
            field.starts_with("answer.") && !["answer.hours", "answer.amount"].contains(field)
        }),
    );
    let free: Vec<&str> = free.collect();
    for field in &free {
        plain.insert((*field).to_owned(), "plain".to_owned());
    }
    let first = app.apply_in(PROJECT, "kim@mail.example", &plain).await;
    let staff_page = officer.visit(&format!("/staff/applications/{}", first.id)).await.expect(200);
    let (harmless, browser) = (skeleton(&staff_page), first.browser);
    // Thirteen strings go into one application; in the long run each string goes into each field.
    let step = if std::env::var("TEST_LONG").is_ok() { 1 } else { free.len() };
    let mut names = vec!["plain".to_owned()];
    for turn in (0..strings.len()).step_by(step) {
        let mut typed = plain.clone();
        for (nth, field) in free.iter().enumerate() {
            let one = fitting(field, strings.get((turn + nth) % strings.len()).unwrap());
            typed.insert((*field).to_owned(), one.to_owned());
        }
        let page = agree(&browser, PROJECT).await;
        let check = fill_in(&browser, page, &typed).await;
        let id = id_in(&submit(&browser, &check).await.url);
        let page = officer.visit(&format!("/staff/applications/{id}")).await.expect(200);
        assert_eq!(skeleton(&page), harmless, "{typed:?}");
        let shown = shown(&page);
        for field in &free {
            assert_eq!(
                shown.get(*field).cloned(),
                typed.get(*field).map(|one| kept(one)),
                "{field}"
            );
        }
        names.push(typed.remove("name").unwrap());
    }
    let mut listed = Vec::new();
    let mut page = officer.visit("/staff/applications").await.expect(200);
    loop {
        skeleton(&page);
        listed.extend(page.exact_texts_of("table.list tbody a"));
        if !page.has("a[rel=next]") {
            break;
        }
        page = officer.click(&page, "Next page").await.expect(200);
    }
    names.sort();
    listed.sort();
    assert_eq!(listed, names);
    app.stop().await;
}

#[actix_web::test]
async fn in_searches_addresses_and_sign_in_they_are_harmless() {
    let app = TestApp::start().await;
    let admin = app.first_admin(&["officer"]).await;
    app.apply(&person(0)).await;
    let browser = app.browser();
    let list = admin.visit("/staff/applications").await.expect(200);
    let people = admin.visit("/staff/people/invite").await.expect(200);
    let address = agree(&browser, PROJECT).await;
    let sign_in = browser.visit("/sign-in").await.expect(200);
    for text in strings() {
        for field in ["name", "email", "github_username"] {
            let page = admin.submit(&list, FORM, &[(field, text)]).await.expect(200);
            skeleton(&page);
            assert_eq!(page.form(FORM).value(field), Some(kept(text).as_str()));
        }
        for (who, page) in [(&browser, &address), (&browser, &sign_in), (&admin, &people)] {
            let page = who.submit(page, FORM, &[("email", text)]).await;
            if page.status != 303 {
                let page = page.expect(422);
                skeleton(&page);
                assert_eq!(page.form(FORM).value("email"), Some(kept(text).as_str()));
            }
        }
        let encoded: String = form_urlencoded::byte_serialize(text.as_bytes())
            .collect::<String>()
            .replace('+', "%20");
        for path in [
            format!("/staff/applications?programme={encoded}"),
            format!("/staff/applications?after={encoded}&status={encoded}&sort={encoded}"),
            format!("/staff/applications/x{encoded}"),
            format!("/rounds/x{encoded}"),
        ] {
            let page = admin.get(&path).await;
            assert!([200, 404, 422].contains(&page.status), "{} for {path}", page.status);
            skeleton(&page);
        }
    }
    app.stop().await;
}
