//! People who have filled in a draft and are about to submit it.

use std::collections::BTreeMap;

use almoner::domain::application::Age;
use almoner::domain::consent::Purpose;
use almoner::domain::form::Section;
use almoner::domain::programme::{Kind, Question};
use almoner::domain::secret::Secret;
use almoner::jobs::schedule;
use almoner::mail::Mailer;
use almoner::service::permitted::OwnApplication;
use almoner::service::rounds::RoundView;
use almoner::service::{Context, save_draft, session, sign_in, start_application};

use super::{Outcome, site};

/// How many people fill in their forms at a time: they wait for the disk more than for a core.
const AT_A_TIME: usize = 8;

/// Somebody with a draft that is filled in.
pub struct Ready {
    /// The cookie, as it stands in a request.
    pub cookie: String,
    /// The token that the forms carry.
    pub token: String,
    /// The draft's id.
    pub application: String,
}

/// Lets so many people go all the way to a draft that is filled in.
pub fn drafts(
    ctx: &Context,
    mailer: &Mailer,
    mails: &std::path::Path,
    count: usize,
) -> Outcome<Vec<Ready>> {
    let found = site::rounds(ctx)?;
    let round = found.first().ok_or("no round is open")?;
    let people: Vec<usize> = (0..count).collect();
    at_once(&people, |person| ask(ctx, round, *person))?;
    schedule::run_once(ctx, mailer)?;
    let links = links(mails)?;
    at_once(&people, |person| {
        let token = links.get(&address(*person)).ok_or("a link that was not sent")?;
        fill_in(ctx, round, *person, token)
    })
}

/// Does something for each of several, a few at a time, and answers in their order.
fn at_once<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> Outcome<R> + Sync) -> Outcome<Vec<R>> {
    let work = &work;
    std::thread::scope(|scope| {
        let share = all.len().div_ceil(AT_A_TIME).max(1);
        let threads: Vec<_> = all
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().map(work).collect::<Outcome<Vec<_>>>()))
            .collect();
        let mut done = Vec::new();
        for thread in threads {
            done.extend(thread.join().map_err(|_| "a thread failed")??);
        }
        Ok(done)
    })
}

fn address(person: usize) -> String {
    format!("person{person}@mail.example")
}

/// Age, consent and address.
fn ask(ctx: &Context, round: &RoundView, person: usize) -> Outcome<()> {
    let slug = &round.slug;
    let journey = start_application::state_age(ctx, slug, Age::Adult)?
        .map_err(|_| "grown-up people may apply")?;
    let boxes = start_application::consent_page(ctx, slug, &journey)?.boxes;
    let ticked: Vec<String> = boxes.into_iter().map(|own| own.control).collect();
    let journey = start_application::give_consent(ctx, slug, &journey, &ticked)?;
    start_application::ask_address(ctx, slug, &journey, &address(person), None)?;
    Ok(())
}

/// The tokens in the links that were mailed, by address.
fn links(mails: &std::path::Path) -> Outcome<BTreeMap<String, String>> {
    let mut links = BTreeMap::new();
    for file in std::fs::read_dir(mails)? {
        let bytes = std::fs::read(file?.path())?;
        let mail = mailparse::parse_mail(&bytes)?;
        let to = mail.headers.iter().find(|header| header.get_key_ref() == "To");
        let to = mailparse::addrparse(&to.ok_or("a mail to nobody")?.get_value())?;
        let to = to.extract_single_info().ok_or("a mail to several people")?.addr;
        let text = mail.parts().find(|part| part.ctype.mimetype == "text/plain");
        let text = text.ok_or("a mail without text")?.get_body()?;
        let link = text.split_whitespace().find_map(|word| word.split_once("/sign-in/link/"));
        if let Some((_, token)) = link {
            links.insert(to, token.to_owned());
        }
    }
    Ok(links)
}

fn fill_in(ctx: &Context, round: &RoundView, person: usize, token: &str) -> Outcome<Ready> {
    let entered = sign_in::by_link(ctx, token, None, "")?;
    let who = session::applicant(ctx, &entered.cookie)?;
    let application =
        entered.go_to.split('/').find_map(|part| part.parse().ok()).ok_or("no draft was made")?;
    for section in round.form.sections() {
        let mut values = if section == Section::You { items(person) } else { Vec::new() };
        for question in round.form.questions_of(section).filter(|own| own.kind != Kind::File) {
            if question.sensitive {
                let purpose = Purpose::Sensitive(question.key.clone());
                values.push((purpose.control(), Secret::new("yes")));
            }
            let answer = answer(question, round.form.amount.most);
            values.push((format!("answer.{}", question.key), Secret::new(answer)));
        }
        let own = OwnApplication::find(ctx, &who, &application)?;
        if let Some(error) = save_draft::save(ctx, &own, section, &values)?.first() {
            return Err(format!("{}: {}", error.field, error.message).into());
        }
    }
    Ok(Ready {
        cookie: format!("__Host-applicant={}", entered.cookie),
        token: who.forgery,
        application: application.to_string(),
    })
}

fn items(person: usize) -> Vec<(String, Secret)> {
    [
        ("name", format!("Invented Person {person}")),
        ("pronouns", "they/them".to_owned()),
        ("location", "Somewhere by the river, NO".to_owned()),
        ("github_username", format!("person-{person}")),
        ("social_usernames", format!("@person{person}@social.example")),
    ]
    .map(|(key, value)| (key.to_owned(), Secret::new(value)))
    .into()
}

/// Something that fits a question.
pub fn answer(question: &Question, most: i64) -> String {
    match question.kind {
        Kind::Money => most.to_string(),
        Kind::Number => "40".to_owned(),
        Kind::Date => "2030-05-14".to_owned(),
        Kind::File => String::new(),
        Kind::Choice => question.options.first().cloned().unwrap_or_default(),
        Kind::Line => "A library on the square that everybody may use".to_owned(),
        Kind::Text => "People have asked for it for a long time. It would be open to everybody, and what comes of it \
                       stays in the community's hands. Month one: talk to those who know. Month two: a first try."
            .to_owned(),
    }
}
