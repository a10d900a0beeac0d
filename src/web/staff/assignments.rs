//! Who has which packet of a round.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::round_plan::{RoundNav, or_plan};
use super::{Answer, id, sure, take_back};
use crate::domain::form::FieldError;
use crate::domain::id::Id;
use crate::service::Context;
use crate::service::assign::by_hand::{self, Give};
use crate::service::assign::packet::{self as packets, PacketView};
use crate::service::assign::people::{self as service_people, PeopleView};
use crate::service::assign::remind;
use crate::service::assign::table::{self, Given, Query, Show, Table};
use crate::service::error::ServiceError;
use crate::web::error::Failure;
use crate::web::filters;
use crate::web::form::Posted;
use crate::web::page::{Layout, call, see_other, send, send_as};
use crate::web::session::StaffSession;

/// What stands in the address of the table. All of it are words, references and random identifiers.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filters {
    show: String,
    assessor: String,
    after: String,
    done: String,
}

impl Filters {
    fn query(&self) -> Query {
        Query {
            show: Show::of(&self.show),
            assessor: self.assessor.parse().ok(),
            after: self.after.clone(),
        }
    }

    fn said(&self) -> Option<&'static str> {
        match self.done.as_str() {
            "shared" => Some("The packets are shared out. Everybody who got some is told by mail."),
            "due" => Some("The due day is moved."),
            "ended" => Some("The packets are taken back."),
            "nothing" => Some("There was nothing to change."),
            "reminded" => Some("A reminder is on its way."),
            "left" => Some("Nobody is reminded: nothing waits, or everybody was reminded today."),
            _ => None,
        }
    }
}

#[derive(Template)]
#[template(path = "staff/assignments.html")]
struct TablePage {
    page: Layout,
    round: RoundNav,
    asked: Filters,
    table: Table,
    /// What stands in the field for another due day.
    due: String,
}

impl TablePage {
    /// The address of another page of the table.
    fn with_after(&self, after: &str) -> String {
        let Filters { show, assessor, .. } = &self.asked;
        let fields = [("show", show.as_str()), ("assessor", assessor), ("after", after)];
        let query: Vec<String> = fields
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", filters::encoded(value)))
            .collect();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("/staff/rounds/{}/assignments{mark}{}", self.round.slug, query.join("&"))
    }

    fn is_shown(&self, show: &Show) -> bool {
        Show::of(&self.asked.show) == *show
    }

    fn is_narrow(&self) -> bool {
        Show::of(&self.asked.show) != Show::All || !self.asked.assessor.is_empty()
    }

    fn is_chosen(&self, id: &Id) -> bool {
        self.table.chosen.as_ref().is_some_and(|who| who.id == *id)
    }
}

pub(super) async fn page(
    ctx: web::Data<Context>,
    session: StaffSession,
    slug: web::Path<String>,
    asked: web::Query<Filters>,
) -> Answer {
    let asked = asked.into_inner();
    let page = Layout::staff(&ctx, &session).saying(asked.said());
    show(&ctx, &session, slug.into_inner(), page, asked, None).await
}

async fn show(
    ctx: &web::Data<Context>,
    session: &StaffSession,
    slug: String,
    page: Layout,
    asked: Filters,
    due: Option<String>,
) -> Answer {
    let (who, query, name) = (session.who.clone(), asked.query(), slug.clone());
    let found = call(ctx, move |ctx| table::table(ctx, &who, &name, &query)).await;
    let table = match or_plan(&slug, found)? {
        Ok(table) => table,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let round = RoundNav::new(&table.slug, &table.title, "assignments");
    let due = due.unwrap_or_else(|| table.due_on.to_string());
    let status = status_of(&page.errors);
    send_as(status, &TablePage { page, round, asked, table, due })
}

fn status_of(errors: &[FieldError]) -> StatusCode {
    if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

/// What is done with everything that somebody has, or with everybody.
pub(super) async fn change(
    ctx: web::Data<Context>,
    session: StaffSession,
    slug: web::Path<String>,
    posted: Posted,
) -> Answer {
    let form = session.trust(posted.only(&[
        "action",
        "assessor",
        "due",
        "handed_in_too",
        sure::FIELD,
    ])?)?;
    let slug = slug.into_inner();
    let action = form.word("action").to_owned();
    let assessor = form.word("assessor").to_owned();
    let (due, too) = (form.word("due").to_owned(), form.word("handed_in_too") == "yes");
    let (who, name, day) = (session.who.clone(), slug.clone(), due.clone());
    let person: Option<Id> = if assessor.is_empty() { None } else { Some(id(&assessor)?) };
    if let ("end", Some(person), false) = (action.as_str(), &person, sure::is_said(&form)) {
        return take_back::ask_for_all(&ctx, &session, (slug, person), too).await;
    }
    let done = call(&ctx, move |ctx| match (action.as_str(), &person) {
        ("due", Some(person)) => {
            Ok(("due", "nothing", service_people::set_due(ctx, &who, &name, person, &day)?))
        }
        ("end", Some(person)) => {
            Ok(("ended", "nothing", service_people::end_all(ctx, &who, &name, person, too)?))
        }
        ("remind", person) => {
            Ok(("reminded", "left", remind::now(ctx, &who, &name, person.as_ref())?))
        }
        _ => Err(ServiceError::NotFound),
    });
    let asked = Filters { assessor, ..Filters::default() };
    match done.await {
        Ok((some, none, count)) => {
            let word = if count > 0 { some } else { none };
            let about = if asked.assessor.is_empty() {
                String::new()
            } else {
                format!("assessor={}&", asked.assessor)
            };
            Ok(see_other(&format!("/staff/rounds/{slug}/assignments?{about}done={word}")))
        }
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            let page = Layout::staff(&ctx, &session).with_errors(errors);
            show(&ctx, &session, slug, page, asked, Some(due)).await
        }
        Err(failure) => Err(failure),
    }
}

#[derive(Template)]
#[template(path = "staff/round_assessors.html")]
struct PeoplePage {
    page: Layout,
    round: RoundNav,
    view: PeopleView,
}

pub(super) async fn people(
    ctx: web::Data<Context>,
    session: StaffSession,
    slug: web::Path<String>,
) -> Answer {
    let page = Layout::staff(&ctx, &session);
    let (slug, who) = (slug.into_inner(), session.who.clone());
    let name = slug.clone();
    let found = call(&ctx, move |ctx| service_people::list(ctx, &who, &name)).await;
    match or_plan(&slug, found)? {
        Ok(view) => {
            let round = RoundNav::new(&view.slug, &view.title, "assessors");
            send(&PeoplePage { page, round, view })
        }
        Err(elsewhere) => Ok(elsewhere),
    }
}

#[derive(Template)]
#[template(path = "staff/assignment.html")]
struct PacketPage {
    page: Layout,
    round: RoundNav,
    view: PacketView,
    /// What was typed into the form to give the packet to somebody.
    typed: Typed,
}

/// What was typed into one of the forms of a packet.
#[derive(Clone, Default)]
struct Typed {
    /// The assignment whose form it was; blank for the one to give the packet to somebody.
    assignment: String,
    assessor: String,
    due: String,
}

impl PacketPage {
    /// What stands in the field for the day, in the form of an assignment or in the one to give.
    fn due_in(&self, given: Option<&Given>) -> String {
        let form = given.map(|own| own.id.to_string()).unwrap_or_default();
        if self.typed.assignment == form && !self.typed.due.is_empty() {
            self.typed.due.clone()
        } else {
            given.map_or(self.view.due_on, |own| own.due_on).to_string()
        }
    }

    fn is_chosen(&self, given: Option<&Given>, id: &Id) -> bool {
        let form = given.map(|own| own.id.to_string()).unwrap_or_default();
        self.typed.assignment == form && self.typed.assessor == id.as_str()
    }

    /// The name of a control in the form of an assignment: each has one of its own.
    fn named(&self, control: &str, given: &Given) -> String {
        format!("{control}-{}", given.id)
    }

    /// Whether something in the form of an assignment has to be mended.
    fn is_wrong(&self, given: &Given) -> bool {
        !self.page.errors.is_empty() && self.typed.assignment == given.id.as_str()
    }
}

pub(super) async fn packet(
    ctx: web::Data<Context>,
    session: StaffSession,
    path: web::Path<(String, String)>,
    request: HttpRequest,
) -> Answer {
    let (slug, packet) = path.into_inner();
    let said = match request.query_string() {
        "done=give" => Some("The packet is given, and the assessor is told by mail."),
        "done=reassign" => {
            Some("The packet is taken back and given on. Who has it now is told by mail.")
        }
        "done=take_back" => Some("The packet is taken back. The assessor can’t read it any more."),
        "done=due" => Some("The due day is moved."),
        _ => None,
    };
    let page = Layout::staff(&ctx, &session).saying(said);
    show_packet(&ctx, &session, (slug, id(&packet)?), page, Typed::default()).await
}

async fn show_packet(
    ctx: &web::Data<Context>,
    session: &StaffSession,
    (slug, packet): (String, Id),
    page: Layout,
    typed: Typed,
) -> Answer {
    let (who, name) = (session.who.clone(), slug.clone());
    let found = call(ctx, move |ctx| packets::view(ctx, &who, &name, &packet)).await;
    let view = match or_plan(&slug, found)? {
        Ok(view) => view,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let round = RoundNav::new(&view.slug, &view.title, "assignments");
    let status = status_of(&page.errors);
    send_as(status, &PacketPage { page, round, view, typed })
}

pub(super) async fn change_packet(
    ctx: web::Data<Context>,
    session: StaffSession,
    path: web::Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let form =
        session.trust(posted.only(&["action", "assignment", "assessor", "due", sure::FIELD])?)?;
    let (slug, packet) = path.into_inner();
    let packet = id(&packet)?;
    let typed = Typed {
        assignment: form.word("assignment").to_owned(),
        assessor: form.word("assessor").to_owned(),
        due: form.word("due").to_owned(),
    };
    let action = form.word("action").to_owned();
    if action == "take_back" && !sure::is_said(&form) {
        return take_back::ask_for_one(&ctx, &session, (slug, packet), &typed.assignment).await;
    }
    let done = {
        let (who, name, packet) = (session.who.clone(), slug.clone(), packet.clone());
        let (action, typed) = (action.clone(), typed.clone());
        call(&ctx, move |ctx| {
            let assignment = || typed.assignment.parse().map_err(|_| ServiceError::NotFound);
            let chosen = || {
                let assessor = typed.assessor.parse();
                let assessor =
                    assessor.map_err(|_| ServiceError::field("assessor", "Choose an assessor"))?;
                Ok::<_, ServiceError>(Give { assessor, due: typed.due.clone() })
            };
            match action.as_str() {
                "give" => by_hand::give(ctx, &who, &name, &packet, &chosen()?),
                "reassign" => {
                    by_hand::reassign(ctx, &who, &name, &packet, &assignment()?, &chosen()?)
                }
                "take_back" => by_hand::take_back(ctx, &who, &name, &packet, &assignment()?),
                "due" => by_hand::set_due(ctx, &who, &name, &packet, &assignment()?, &typed.due),
                _ => Err(ServiceError::NotFound),
            }
        })
    };
    match done.await {
        Ok(()) => Ok(back_to(&slug, &packet, &action)),
        Err(Failure::Service(ServiceError::Invalid(errors))) => {
            // A control of an assignment is named after it on the page, so that each has a name of its own.
            let own = |error: FieldError| match typed.assignment.as_str() {
                "" => error,
                assignment => {
                    FieldError { field: format!("{}-{assignment}", error.field), ..error }
                }
            };
            let errors = errors.into_iter().map(own).collect();
            let page = Layout::staff(&ctx, &session).with_errors(errors);
            show_packet(&ctx, &session, (slug, packet), page, typed).await
        }
        Err(failure) => Err(failure),
    }
}

fn back_to(slug: &str, packet: &Id, word: &str) -> HttpResponse {
    see_other(&format!("/staff/rounds/{slug}/assignments/{packet}?done={word}"))
}
