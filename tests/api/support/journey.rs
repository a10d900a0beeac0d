//! What people do on the site, a function for each thing.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::Deserialize;

use super::app::TestApp;
use super::client::Client;
use super::html::Page;

/// The form of a page, as opposed to the one at its top that signs out.
pub const FORM: &str = "main form[method=post]";
/// The round for projects of a first start.
pub const PROJECT: &str = "project-2027";
/// The round for events, which never closes.
pub const EVENT: &str = "event";
/// The round for people in need, where outside assessment and one question have consents of their own.
pub const HARDSHIP: &str = "hardship";

/// What is typed, ticked and chosen, by the names of form controls.
pub type Typed = BTreeMap<String, String>;

/// An invented person with a request, as `tests/data/people.jsonl` has them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub name: String,
    pub pronouns: String,
    pub email: String,
    pub location: String,
    pub github_username: String,
    pub social_usernames: Vec<String>,
    answers: BTreeMap<String, serde_json::Value>,
    /// Which of their own identifiers the answers give away.
    pub leaks: Vec<String>,
}

/// All 500 invented people.
pub fn people() -> Vec<Person> {
    include_str!("../../data/people.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// One of the invented people.
pub fn person(nth: usize) -> Person {
    people().swap_remove(nth)
}

impl Person {
    /// What this person fills in in the form for projects. What the file does not say is made up from `nth`.
    pub fn project(&self, nth: usize) -> Typed {
        let mut typed = self.items();
        for (key, answer) in &self.answers {
            let answer = answer.as_str().map_or_else(|| answer.to_string(), str::to_owned);
            typed.insert(format!("answer.{key}"), answer);
        }
        let categories = ["Maintenance and support", "Development and infrastructure", "Community"];
        let mut add = |key: &str, text: &str| typed.insert(key.to_owned(), text.to_owned());
        add("answer.category", categories.get(nth % 3).unwrap());
        add("answer.midpoint", &format!("Half of it:\n\n– plan {nth}\n– first users\n"));
        add("answer.paid_work", &format!("Nobody pays me; I give it {} hours a week.", nth % 30));
        if nth.is_multiple_of(2) {
            add("answer.languages", "English, Kiswahili, Ελληνικά");
            add("answer.support", "\n  Somebody who reviews. \n");
        }
        if nth.is_multiple_of(3) {
            add("consent.sensitive.affected", "yes");
            add("answer.affected", "I would rather not say");
        }
        typed
    }

    /// What this person fills in in the form for events.
    pub fn event(&self) -> Typed {
        let mut typed = self.items();
        for (key, answer) in [
            ("title", "A day of first patches"),
            ("kind", "Workshop"),
            ("date", "2027-09-04"),
            ("place", "Nairobi, in English and Kiswahili"),
            ("attendees", "40"),
            ("objective", "One accepted patch each."),
            ("inclusion", "Step-free, and with childcare."),
            ("amount", "450"),
            ("spend", "Room and tea."),
        ] {
            typed.insert(format!("answer.{key}"), answer.to_owned());
        }
        typed
    }

    /// What this person fills in about themself, and these.
    pub fn items_and(&self, more: &[(&str, &str)]) -> Typed {
        let more = more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        self.items().into_iter().chain(more).collect()
    }

    fn items(&self) -> Typed {
        let socials = self.social_usernames.join("\n");
        [
            ("name", &self.name),
            ("pronouns", &self.pronouns),
            ("location", &self.location),
            ("github_username", &self.github_username),
            ("social_usernames", &socials),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.clone()))
        .collect()
    }
}

/// From the start page through age and consent. Leads to the page for the address, or to the form for somebody who is
/// signed in.
pub async fn agree(browser: &Client, round: &str) -> Page {
    agree_also(browser, round, &[]).await
}

/// The same with other boxes ticked as well.
pub async fn agree_also(browser: &Client, round: &str, boxes: &[&str]) -> Page {
    let page = browser.visit(&format!("/rounds/{round}")).await.expect(200);
    let page = browser.click(&page, "Start an application").await.expect(200);
    let page = browser.submit_and_follow(&page, FORM, &[("age", "adult")]).await.expect(200);
    let mut agreed = vec![("consent.application", "yes")];
    agreed.extend(boxes.iter().map(|name| (*name, "yes")));
    browser.submit_and_follow(&page, FORM, &agreed).await.expect(200)
}

/// The same, and the address: then the mail is under way.
pub async fn ask_to_apply(browser: &Client, round: &str, email: &str) -> Page {
    let page = agree(browser, round).await;
    let page = browser.submit_and_follow(&page, FORM, &[("email", email)]).await.expect(200);
    assert_eq!(page.text_of("h1"), "Check your mail");
    page
}

/// Opens a mailed link and presses the button that it shows.
pub async fn open_link(browser: &Client, link: &str) -> Page {
    let page = browser.visit(link).await.expect(200);
    browser.submit_and_follow(&page, FORM, &[]).await.expect(200)
}

/// Fills in section after section, from the first page of the form to the one that checks all answers.
pub async fn fill_in(browser: &Client, mut page: Page, typed: &Typed) -> Page {
    while !page.url.ends_with("/check") {
        page = fill_section(browser, &page, typed).await.expect(200);
    }
    page
}

/// Fills in one section and goes on.
pub async fn fill_section(browser: &Client, page: &Page, typed: &Typed) -> Page {
    let mut form = page.form(FORM);
    let names = form.names();
    for (name, value) in typed.iter().filter(|(name, _)| names.contains(name)) {
        form.set(name, value);
    }
    let answer = browser.send(page, &form).await;
    browser.follow(answer).await
}

/// Submits from the page that checks all answers, and gets the receipt.
pub async fn submit(browser: &Client, page: &Page) -> Page {
    let page = browser.submit_and_follow(page, FORM, &[]).await.expect(200);
    assert!(page.url.ends_with("/receipt"), "{}", page.url);
    page
}

/// The form that asks once more.
pub const SURE: &str = "form:has([name=sure])";

/// Presses a button that asks once more, and says yes.
pub async fn surely(browser: &Client, page: &Page, css: &str) -> Page {
    let asked = browser.submit_and_follow(page, css, &[]).await.expect(200);
    browser.submit_and_follow(&asked, SURE, &[]).await
}

/// The id in the address of one of an application's pages.
#[track_caller]
pub fn id_in(url: &str) -> String {
    let id = url.split(['/', '?']).skip_while(|part| *part != "applications").nth(1);
    id.filter(|id| !id.is_empty())
        .unwrap_or_else(|| panic!("{url} is of no application"))
        .to_owned()
}

/// Every item and answer that a page shows, by the names of the controls, with every space and line end.
pub fn shown(page: &Page) -> Typed {
    let keys = page.attributes("dd.answer", "data-key");
    let values = page.exact_texts_of("dd.answer");
    assert_eq!(keys.len(), values.len());
    keys.into_iter().zip(values).collect()
}

/// What a page says to whoever looks closely: status, headers but the time, and bytes.
pub fn closely(page: &Page) -> (u16, Vec<(String, String)>, String) {
    let mut headers: Vec<(String, String)> = page
        .headers
        .iter()
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    (page.status, headers, page.html.clone())
}

/// An application that was submitted.
pub struct Applied {
    /// The browser, signed in.
    pub browser: Client,
    /// Its id.
    pub id: String,
    /// Its reference.
    pub reference: String,
}

impl TestApp {
    /// Somebody new gets as far as the first page of a round's form.
    pub async fn begin(&self, browser: &Client, round: &str, email: &str) -> Page {
        ask_to_apply(browser, round, email).await;
        let link = self.mail_to(email).await.link_to("/sign-in/link/");
        open_link(browser, &link).await
    }

    /// Somebody new applies for a project.
    pub async fn apply(&self, person: &Person) -> Applied {
        self.apply_in(PROJECT, &person.email, &person.project(0)).await
    }

    /// Somebody new applies.
    pub async fn apply_in(&self, round: &str, email: &str, typed: &Typed) -> Applied {
        let browser = self.browser();
        let page = self.begin(&browser, round, email).await;
        let page = fill_in(&browser, page, typed).await;
        let page = submit(&browser, &page).await;
        Applied { browser, id: id_in(&page.url), reference: page.text_of(".reference") }
    }

    /// Somebody new applies, and lets people outside assess where that has a box of its own.
    pub async fn apply_agreeing(&self, round: &str, email: &str, typed: &Typed) -> Applied {
        let browser = self.browser();
        let page = agree_also(&browser, round, &["consent.outside_assessment"]).await;
        browser.submit_and_follow(&page, FORM, &[("email", email)]).await.expect(200);
        let link = self.mail_to(email).await.link_to("/sign-in/link/");
        let page = open_link(&browser, &link).await;
        let page = fill_in(&browser, page, typed).await;
        let page = submit(&browser, &page).await;
        Applied { browser, id: id_in(&page.url), reference: page.text_of(".reference") }
    }

    /// The first administrator comes in, with other roles beside.
    pub async fn first_admin(&self, roles: &[&str]) -> Client {
        let browser = self.browser();
        let page = browser.visit(&self.first_admin_link).await.expect(200);
        let mut typed = vec![("name", "Ada Admin"), ("email", "ada@foundation.example")];
        typed.extend(roles.iter().map(|role| ("roles", *role)));
        browser.submit_and_follow(&page, FORM, &typed).await.expect(200);
        browser
    }

    /// An administrator invites somebody, who comes in.
    pub async fn staff(&self, admin: &Client, name: &str, email: &str, roles: &[&str]) -> Client {
        let page = admin.visit("/staff/people/invite").await.expect(200);
        let mut typed = vec![("email", email)];
        typed.extend(roles.iter().map(|role| ("roles", *role)));
        admin.submit_and_follow(&page, FORM, &typed).await.expect(200);
        let link = self.mail_to(email).await.link_to("/staff/welcome/");
        let browser = self.browser();
        let page = browser.visit(&link).await.expect(200);
        browser.submit_and_follow(&page, FORM, &[("name", name)]).await.expect(200);
        browser
    }

    /// An officer of a site that has nobody yet.
    pub async fn officer(&self) -> Client {
        let admin = self.first_admin(&[]).await;
        self.staff(&admin, "Olu Officer", "olu@foundation.example", &["officer"]).await
    }
}

/// Does the same with each, so many at a time, and answers in order.
pub async fn together<T, R, F, W>(
    items: impl IntoIterator<Item = T>,
    most: usize,
    work: W,
) -> Vec<R>
where
    R: 'static,
    F: Future<Output = R> + 'static,
    W: Fn(T) -> F,
{
    let places = Rc::new(tokio::sync::Semaphore::new(most));
    let under_way: Vec<_> = items
        .into_iter()
        .map(|item| {
            let (places, one) = (Rc::clone(&places), work(item));
            actix_web::rt::spawn(async move {
                let _place = places.acquire().await.unwrap();
                one.await
            })
        })
        .collect();
    let mut done = Vec::with_capacity(under_way.len());
    for one in under_way {
        done.push(one.await.unwrap());
    }
    done
}
