//! Fills a throw-away site with invented people who apply as anybody would.

use std::collections::BTreeMap;

use chrono::Duration;
use serde::Deserialize;

use super::accept_staff::{self, NewStaff};
use super::context::Context;
use super::error::ServiceError;
use super::permitted::{ForStaff as _, OwnApplication, ReceivedApplication};
use super::session::{self, Applicant};
use super::{
    applicants, assessors, attach_file, demo_assessment, demo_files, first_start, invite_staff,
    links, review, rounds, save_draft, sign_in, start_application, submit, withdraw,
};
use crate::domain::application::{Age, Status};
use crate::domain::class::Class;
use crate::domain::consent::Purpose;
use crate::domain::form::Section;
use crate::domain::id::Id;
use crate::domain::programme::{Kind, Question};
use crate::domain::retention::DossierFacts;
use crate::domain::role::{Audience, Role};
use crate::domain::secret::Secret;
use crate::store::dossiers;
use crate::store::sign_ins::{self, SignIn};

/// The invented people, one JSON object a line.
const PEOPLE: &str = include_str!("demo_people.jsonl");

/// How long the links are of use that the demo prints.
const LINKS: Duration = Duration::days(1);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    name: String,
    pronouns: String,
    email: String,
    location: String,
    github_username: String,
    social_usernames: Vec<String>,
    answers: BTreeMap<String, serde_json::Value>,
}

/// Somebody who works here.
struct Colleague {
    name: &'static str,
    email: &'static str,
    role: Role,
}

const fn colleague(name: &'static str, email: &'static str, role: Role) -> Colleague {
    Colleague { name, email, role }
}

/// One for each role, the administrator first.
const STAFF: [Colleague; 5] = [
    colleague("Robin Steward", "robin.steward@staff.example", Role::Admin),
    colleague("Olive Reader", "olive.reader@staff.example", Role::Officer),
    colleague("Ashe Second", "ashe.second@staff.example", Role::Approver),
    colleague("Fin Ledger", "fin.ledger@staff.example", Role::Finance),
    colleague("Petra Keeper", "petra.keeper@staff.example", Role::Privacy),
];

/// A link that signs somebody in, once.
pub struct DemoLink {
    /// Whom.
    pub who: String,
    /// The link.
    pub link: Secret,
}

/// Lets sixty invented people apply, in every state that an application can have. `later` moves the clock.
///
/// # Errors
/// Those of the steps.
pub fn fill(ctx: &Context, mut later: impl FnMut()) -> Result<(), ServiceError> {
    let slugs: Vec<String> =
        rounds::open_rounds(ctx)?.into_iter().map(|round| round.slug).collect();
    let officer = staff(ctx)?;
    let panel = demo_assessment::invite(ctx, &officer)?;
    for (number, line) in PEOPLE.lines().enumerate() {
        let person: Person = serde_json::from_str(line).map_err(ServiceError::internal)?;
        // Most people apply for projects; the other programmes have a few each.
        let place = match number % 10 {
            0..=5 => 0,
            6 | 7 => 1,
            8 => 2,
            _ => 3,
        };
        let slug = order(&slugs).get(place).cloned().ok_or(ServiceError::NotFound)?;
        later();
        let (who, application) = apply(ctx, &person, &slug)?;
        if number % 12 == 7 {
            continue;
        }
        let own = OwnApplication::find(ctx, &who, &application)?;
        let own = attach(ctx, &who, own, &slug, number, &person)?;
        submit::submit(ctx, &who, &own, Some([192, 0, 2, 7].into()))?;
        if number % 9 != 0 {
            later();
        }
        match number % 9 {
            2 | 5 => {
                let received = ReceivedApplication::find(ctx, &officer, &application)?;
                review::review(ctx, &officer, &received, Status::InReview)?;
            }
            8 => {
                withdraw::withdraw(ctx, &who, &own.renewed(ctx)?)?;
            }
            _ => {}
        }
    }
    let projects = order(&slugs).into_iter().next().ok_or(ServiceError::NotFound)?;
    demo_assessment::fill(ctx, &officer, &panel, &projects)
}

/// A few people attach a plan or a budget, where a question takes one.
fn attach(
    ctx: &Context,
    who: &Applicant,
    own: OwnApplication,
    slug: &str,
    number: usize,
    person: &Person,
) -> Result<OwnApplication, ServiceError> {
    let round = rounds::get(ctx, slug)?;
    let question = round.form.questions.iter().find(|question| question.kind == Kind::File);
    match (question, demo_files::attached(number, &person.name, &person.email)) {
        (Some(question), Some((name, content))) => {
            attach_file::attach(ctx, who, &own, &question.key, name, content)?;
            own.renewed(ctx)
        }
        _ => Ok(own),
    }
}

/// Projects first, whatever order the rounds have.
fn order(slugs: &[String]) -> Vec<String> {
    let mut sorted = slugs.to_vec();
    let rank = |slug: &String| {
        ["project", "fellowship", "event", "hardship"]
            .iter()
            .position(|start| slug.starts_with(start))
            .unwrap_or(usize::MAX)
    };
    sorted.sort_by_key(rank);
    sorted
}

/// Everybody who works here comes in; one more is invited and has not come. Answers the officer. No time passes
/// meanwhile: whoever invites must have proved just now who they are.
fn staff(ctx: &Context) -> Result<session::Staff, ServiceError> {
    let link = first_start::first_admin_link(ctx)?.ok_or(ServiceError::LinkSpent)?;
    let [robin, colleagues @ ..] = STAFF;
    let form = NewStaff {
        name: Secret::new(robin.name),
        email: robin.email.to_owned(),
        roles: vec![robin.role],
    };
    let admin = accept_staff::accept_staff(ctx, token_in(&link), &form, "")?;
    let admin = session::staff(ctx, &admin.cookie)?;
    let mut officer = None;
    for person in colleagues {
        invite_staff::invite(ctx, &admin, person.email, &[person.role])?;
        let token = newest_token(ctx, "invitation")?;
        let name = Secret::new(person.name);
        let form = NewStaff { name, email: String::new(), roles: vec![] };
        let entered = accept_staff::accept_staff(ctx, &token, &form, "")?;
        if person.role == Role::Officer {
            officer = Some(session::staff(ctx, &entered.cookie)?);
        }
    }
    invite_staff::invite(ctx, &admin, "avery.second@staff.example", &[Role::Approver])?;
    officer.ok_or(ServiceError::NotFound)
}

pub(super) fn newest_token(ctx: &Context, purpose: &str) -> Result<String, ServiceError> {
    let found = ctx.store.read(|connection| sign_ins::newest(connection, purpose))?;
    links::token_of(ctx, &found.ok_or(ServiceError::NotFound)?.id)
}

fn token_in(link: &Secret) -> &str {
    link.expose().rsplit('/').next().unwrap_or_default()
}

/// A person goes all the way from the round's page to a draft that is filled in.
fn apply(ctx: &Context, person: &Person, slug: &str) -> Result<(Applicant, Id), ServiceError> {
    let journey = start_application::state_age(ctx, slug, Age::Adult)?
        .map_err(|_| ServiceError::internal("the demo's people are adults"))?;
    let boxes = start_application::consent_page(ctx, slug, &journey)?.boxes;
    let ticked: Vec<String> = boxes.into_iter().map(|own| own.control).collect();
    let journey = start_application::give_consent(ctx, slug, &journey, &ticked)?;
    let asked = start_application::ask_address(ctx, slug, &journey, &person.email, None)?;
    let browser = links::browser_digest(ctx, &asked.browser)?;
    let found = ctx.store.read(|connection| sign_ins::find_by_browser(connection, &browser))?;
    let found = found.ok_or(ServiceError::LinkSpent)?;
    let entered = sign_in::by_link(ctx, &links::token_of(ctx, &found.id)?, None, "")?;
    let who = session::applicant(ctx, &entered.cookie)?;
    let application: Id = entered
        .go_to
        .split('/')
        .find_map(|part| part.parse().ok())
        .ok_or(ServiceError::NotFound)?;
    let round = rounds::get(ctx, slug)?;
    for section in round.form.sections() {
        let mut values: Vec<(String, Secret)> = Vec::new();
        if section == Section::You {
            values = items(person);
        }
        for question in round.form.questions_of(section) {
            if question.kind == Kind::File {
                continue;
            }
            let purpose = Purpose::Sensitive(question.key.clone());
            if question.sensitive {
                values.push((purpose.control(), Secret::new("yes")));
            }
            let value = answer(person, question, round.form.amount.most);
            values.push((format!("answer.{}", question.key), Secret::new(value)));
        }
        let own = OwnApplication::find(ctx, &who, &application)?;
        let errors = save_draft::save(ctx, &own, section, &values)?;
        if !errors.is_empty() {
            return Err(ServiceError::Invalid(errors));
        }
    }
    Ok((who, application))
}

fn items(person: &Person) -> Vec<(String, Secret)> {
    [
        ("name", person.name.clone()),
        ("pronouns", person.pronouns.clone()),
        ("location", person.location.clone()),
        ("github_username", person.github_username.clone()),
        ("social_usernames", person.social_usernames.join("\n")),
    ]
    .map(|(key, value)| (key.to_owned(), Secret::new(value)))
    .into()
}

fn answer(person: &Person, question: &Question, most: i64) -> String {
    let given = person.answers.get(&question.key);
    let given = given.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    match (question.kind, given) {
        (Kind::Money, given) => {
            let asked = given.and_then(|text| text.parse().ok()).unwrap_or(most);
            asked.min(most).to_string()
        }
        (_, Some(given)) => given,
        (Kind::File, None) => String::new(),
        (Kind::Choice, None) => question.options.first().cloned().unwrap_or_default(),
        (Kind::Number, None) => "40".to_owned(),
        (Kind::Date, None) => "2027-05-14".to_owned(),
        (Kind::Line, None) => "English and one more, in the library on the square".to_owned(),
        (Kind::Text, None) => {
            "People have asked for it for a long time. It would be open to everybody, \
             and what comes of it stays in the community's hands."
                .to_owned()
        }
    }
}

/// One link for each role, each good for a day and for one use.
///
/// # Errors
/// Those of the store.
pub fn links(ctx: &Context) -> Result<Vec<DemoLink>, ServiceError> {
    let applicant = PEOPLE.lines().next().map(serde_json::from_str::<Person>);
    let applicant = applicant.ok_or(ServiceError::NotFound)?.map_err(ServiceError::internal)?;
    let (account, _) =
        applicants::find_by_email(ctx, &applicant.email)?.ok_or(ServiceError::NotFound)?;
    let mut links = vec![DemoLink {
        who: format!("Applicant ({})", applicant.name),
        link: link(ctx, Audience::Applicant, "/sign-in/link/", |row| {
            row.account_id = Some(account.id)
        })?,
    }];
    for person in STAFF {
        let member = sign_in::find_staff(ctx, person.email)?.ok_or(ServiceError::NotFound)?;
        links.push(DemoLink {
            who: format!("{} ({})", person.role.label(), person.name),
            link: link(ctx, Audience::Staff, "/staff/sign-in/link/", |row| {
                row.staff_id = Some(member.id)
            })?,
        });
    }
    let [(name, address), ..] = demo_assessment::ASSESSORS;
    let assessor = assessors::find_by_email(ctx, address)?.ok_or(ServiceError::NotFound)?;
    links.push(DemoLink {
        who: format!("Assessor ({name})"),
        link: link(ctx, Audience::Assessor, "/assess/sign-in/link/", |row| {
            row.assessor_id = Some(assessor.id)
        })?,
    });
    Ok(links)
}

fn link(
    ctx: &Context,
    audience: Audience,
    path: &str,
    whose: impl FnOnce(&mut SignIn),
) -> Result<Secret, ServiceError> {
    let kept = DossierFacts::SignIn { created: ctx.today() }.kept_until(&ctx.periods);
    let (class, word) = match audience {
        Audience::Staff => (Class::Staff, "staff"),
        Audience::Assessor => (Class::Assessor, "assessor"),
        _ => (Class::Personal, "applicant"),
    };
    let (dossier, _) = ctx.new_dossier(dossiers::Kind::SignIn, class, None, kept)?;
    let id = ctx.id()?;
    let mut row = links::blank(ctx, id.clone(), &dossier.id, (word, word), LINKS);
    whose(&mut row);
    ctx.store.write(move |connection| {
        dossiers::insert(connection, &dossier)?;
        sign_ins::insert(connection, &row)
    })?;
    links::link_for(ctx, path, &id)
}
